"""What a parser sends is the same on the other side, or refused."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.hashlists.batches import Batch, pack, unpack
from hashsweep.hashlists.builder import ListBuilder
from hashsweep.hashlists.columns import EntryColumns
from hashsweep.hashlists.kinds import BITS
from hashsweep.model import Entry, Refusal

COMPUTABLE = frozenset(BITS)
REFUSED = [Refusal(3, "bad-hash", "no hex", 1), Refusal(9, "damaged", "", 1000)]

texts = st.text(st.characters(codec="utf-8"), max_size=5) | st.just("\udcff")
hashes = st.one_of(
    st.tuples(st.just("md5"), st.binary(min_size=16, max_size=16)),
    st.tuples(st.just("pdq"), st.binary(min_size=32, max_size=32)),
    st.tuples(st.sampled_from(["photodna", "tmk"]), st.binary(max_size=9)),
)
entries = st.builds(
    Entry,
    entry_id=texts,
    hashes=st.lists(hashes, max_size=3).map(tuple),
    category=texts,
    labels=st.lists(texts, max_size=2).map(tuple),
    updated=st.sampled_from(["", "2026-11-30"]),
    quality=st.none() | st.integers(0, 100),
    line=st.integers(1, 10**9),
    key=texts,
    replaces=st.booleans(),
    withdrawn=st.booleans(),
)


def packed(several, **more):
    """The message of these entries."""
    columns = EntryColumns(COMPUTABLE)
    for each in several:
        columns.add(each)
    return bytearray(b"".join(map(bytes, pack(Batch("csv", columns, **more)))))


def state(columns):
    """All that columns hold."""
    return {name: value for name, value in vars(columns).items() if not name.startswith("_")}


@given(st.lists(entries, max_size=9), st.lists(entries, max_size=9))
def test_they_come_out_as_they_went_in(one, two):
    """A builder that is given batches has what it would have of the entries."""
    whole, joined = ListBuilder(COMPUTABLE), ListBuilder(COMPUTABLE)
    for each in (*one, *two):
        whole.add(each)
    for part in (one, two):
        joined.extend(unpack(packed(part), BITS).columns)

    assert state(joined) == state(whole)


def test_refusals_come_out_as_well():
    """How many there were, and the first."""
    found = unpack(packed([], refused=2, refusals={"bad-hash": 1}, refused_rows=REFUSED), BITS)

    assert (found.format, found.refused, found.refusals) == ("csv", 2, {"bad-hash": 1})
    assert found.refused_rows == REFUSED


ENTRIES = [
    Entry("a", (("md5", bytes(16)), ("photodna", b"abc")), "c", labels=("x",), line=1, key="k"),
    Entry("b", (("pdq", bytes(32)),), quality=7, line=2, withdrawn=True),
]


def altered(change):
    """The message of ENTRIES with a header that was changed."""
    content = packed(ENTRIES, refusals={"bad-hash": 1}, refused_rows=REFUSED)
    (length,) = struct.unpack_from("=I", content)
    header = json.loads(content[4 : 4 + length])
    change(header)
    new = json.dumps(header).encode()
    return bytearray(struct.pack("=I", len(new)) + new + content[4 + length :])


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(rows=3),
        lambda h: h.update(rows=-1),
        lambda h: h.update(rows="2"),
        lambda h: h.pop("rows"),
        lambda h: h.update(format=7),
        lambda h: h.update(abouts=[]),
        lambda h: h.update(abouts=h["abouts"][:1]),
        lambda h: h.update(abouts=[["", "", 7, ""]] * 2),
        lambda h: h.update(abouts=[["", "", [], ""]] * 2),
        lambda h: h.update(kinds=["md5", "md5"]),
        lambda h: h.update(kinds=["pdq", "md5"]),
        lambda h: h.update(kinds=["sha1", "pdq"]),
        lambda h: h.update(kinds=["md5", "other"]),
        lambda h: h.update(kinds=["md5"]),
        lambda h: h.update(kinds=["md5", ["pdq"]]),
        lambda h: h.update(kept=["md5"]),
        lambda h: h.update(kept=["x" * 100]),
        lambda h: h.update(kept=[]),
        lambda h: h.update(lengths=[*h["lengths"], 0]),
        lambda h: h.update(lengths=h["lengths"][:-1]),
        lambda h: h.update(lengths=[sum(h["lengths"])]),
        lambda h: h.update(lengths=[-1, 1, *h["lengths"]]),
        lambda h: h.update(refused=None),
        lambda h: h.update(refusals={"x": -1}),
        lambda h: h.update(refusals=[1]),
        lambda h: h.update(refused_rows=[[1, 2, 3, 4]]),
        lambda h: h.update(refused_rows=[["1", "x", "", 1]]),
        lambda h: h.update(refused_rows=7),
    ],
)
def test_a_header_that_does_not_fit_is_refused(change):
    """Whatever in it is wrong."""
    assert len(unpack(altered(lambda _: None), BITS).columns) == 2
    with pytest.raises(ValueError, match=r"."):
        unpack(altered(change), BITS)


@given(st.integers(0, 10_000), st.binary(max_size=9), st.integers(0, 9))
def test_altered_bytes_are_refused_or_harmless(at, new, removed):
    """What passes can be appended and used: no number points outside."""
    content = packed(ENTRIES)
    at %= len(content)
    content[at : at + removed] = new
    try:
        found = unpack(content, BITS)
    except ValueError:
        return
    made = ListBuilder(COMPUTABLE)
    made.extend(found.columns)
    made.extend(found.columns)
    made.find_superseded()
    assert len(made.entry_arrays()["entry.about"]) == len(made)


@given(st.data())
def test_altered_numbers_are_refused_or_harmless(data):
    """The same where only the columns of numbers are hit, as headers are refused soonest."""
    content = packed(ENTRIES)
    start = 4 + struct.unpack_from("=I", content)[0]
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(start, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(content, BITS)
    except ValueError:
        return
    made = ListBuilder(COMPUTABLE)
    made.extend(found.columns)
    made.find_superseded()
    for name, kind in made.kinds.items():
        assert len(kind.hashes) * 8 == BITS[name] * len(kind.entries)
        assert max(kind.entries) < len(made)
