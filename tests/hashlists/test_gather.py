"""Entries into columns."""

import numpy as np
import pytest

from hashsweep.hashlists.gather import UNKNOWN_QUALITY, Gathered, Texts
from hashsweep.model import Entry


def gathered(*entries):
    """All of them taken, MD5 and PDQ being computable."""
    made = Gathered(frozenset({"md5", "pdq"}))
    for each in entries:
        made.add(each)
    return made


def test_texts_are_one_run_of_bytes_and_their_ends():
    """An empty text is one, too."""
    texts = Texts()
    for text in (b"ab", b"", b"c"):
        texts.add(text)
    arrays = texts.arrays("x")

    assert arrays["x.bytes"].tobytes() == b"abc"
    assert (arrays["x.ends"].dtype, arrays["x.ends"].tolist()) == (np.uint64, [0, 2, 2, 3])


def test_hashes_go_to_their_kind_and_kept_ones_apart():
    """Each with the row of its entry; quality stands beside it, or that it is not known."""
    made = gathered(
        Entry("a", (("md5", b"1" * 16), ("tmk", b"t"), ("pdq", b"2" * 32)), quality=80),
        Entry("b", (("md5", b"3" * 16), ("md5", b"4" * 16))),
    )
    texts, rows = made.kept["tmk"]

    assert bytes(made.kinds["md5"].hashes) == b"1" * 16 + b"3" * 16 + b"4" * 16
    assert made.kinds["md5"].entries.tolist() == [0, 1, 1]
    assert list(made.kinds["pdq"].quality) == [80]
    assert list(made.kinds["md5"].quality) == [80, UNKNOWN_QUALITY, UNKNOWN_QUALITY]
    assert (bytes(texts.content), rows.tolist()) == (b"t", [0])
    assert len(made) == 2


def test_what_entries_have_in_common_is_stored_once():
    """Scheme, category, labels and source by number, in order of first use."""
    made = gathered(
        *(Entry("x", (), category, "s", labels, "o")
          for category, labels in (("1", ()), ("2", ("l",)), ("1", ()), ("1", ("l",)))),
    )  # fmt: skip

    assert made.entry_arrays()["entry.about"].tolist() == [0, 1, 0, 2]
    assert made.abouts() == [("s", "1", (), "o"), ("s", "2", ("l",), "o"), ("s", "1", ("l",), "o")]


def test_keys_become_16_bytes_once():
    """None is zeros, a text its digest, and such a digest stays what it is."""
    first = gathered(Entry("a", (), key="k"), Entry("b", ())).entry_arrays()["entry.key"]
    second = gathered(Entry("a", (), key=first[0].tobytes())).entry_arrays()["entry.key"]

    assert (first.shape, first[1].tolist(), first[0].any()) == ((2, 2), [0, 0], True)
    assert second[0].tolist() == first[0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_superseded_by_the_plain_rule(seed):
    """Against a loop that says it in words: an earlier entry of a later final one's key is gone."""
    rng = np.random.default_rng(seed)
    made = [
        Entry(
            "x", (), key="" if n == 0 else f"k{n}", replaces=bool(r), withdrawn=bool(w)
        )
        for n, r, w in zip(
            rng.integers(30, size=300), rng.random(300) < 0.3, rng.random(300) < 0.1, strict=True
        )
    ]  # fmt: skip
    expected = [
        bool(one.key)
        and any(o.key == one.key and (o.replaces or o.withdrawn) for o in made[at + 1 :])
        for at, one in enumerate(made)
    ]

    assert gathered(*made).superseded().tolist() == expected
    assert 0 < sum(expected) < 300


def test_nothing_gathered_is_empty_columns():
    """No entry is no error."""
    made = gathered()

    assert (len(made), made.superseded().tolist(), made.withdrawn().tolist()) == (0, [], [])
    assert {name: len(a) for name, a in made.entry_arrays().items() if len(a)} == {
        "entry.id.ends": 1,
        "entry.updated.ends": 1,
    }
