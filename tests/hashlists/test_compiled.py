"""The compiled form: what goes in comes out, and damage is always noticed."""

import os
import pickletools
import stat

import numpy as np
import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.compiled import VERSION, CompiledList
from hashsweep.hashlists.formats.base import key_of_hash
from hashsweep.matching import mih
from hashsweep.matching.brute import BruteIndex
from hashsweep.matching.mih import MihIndex
from hashsweep.model import Entry
from support.listed import compiled, entry
from support.planted import clustered, pairs, random_hashes

FULL = Entry(
    entry_id="NGO/4711 ä\udcff",
    hashes=(
        ("sha256", b"1" * 32),
        ("sha1", b"2" * 20),
        ("md5", b"3" * 16),
        ("md5", b"4" * 16),
        ("pdq", b"5" * 32),
        ("phash", b"6" * 8),
        ("photodna", b"AAEC=="),
        ("tmk", "ünï".encode()),
    ),
    category="A1",
    scheme="VICS UK",
    labels=("AI-generated", "non-photographic", "\udc80"),
    source="NGO",
    updated="2026-11-22T10:00:00Z",
    quality=77,
    replaces=True,
)


def hashes(made):
    """Of each entry that comes back: its id and its hashes in order."""
    return [(each.entry_id, sorted(each.hashes)) for each in made.entries()]


def test_every_field_comes_back(tmp_path):
    """Nothing of an entry is lost but the number of its line and the order of its hashes."""
    (back,) = compiled(tmp_path, [FULL._replace(line=9)]).entries()

    assert sorted(back.hashes) == sorted(FULL.hashes)
    assert back._replace(hashes=FULL.hashes) == FULL


def test_a_key_comes_back_as_16_bytes_that_stand_for_it(tmp_path):
    """A list made of a list has the same keys as the list itself."""
    (once,) = compiled(tmp_path, [FULL._replace(key="Key ä")]).entries()
    (twice,) = compiled(tmp_path, [once], "again").entries()

    assert isinstance(once.key, bytes)
    assert (len(once.key), once.key) == (16, twice.key)
    assert [each.key for each in compiled(tmp_path, [FULL], "none").entries()] == [""]


@pytest.mark.parametrize("quality", [None, 0, 49, 50, 100])
def test_quality_comes_back(tmp_path, quality):
    """Not said is not the same as 0."""
    (back,) = compiled(tmp_path, [entry(pdq=b"1" * 32, quality=quality)]).entries()

    assert back.quality == quality


def test_many_entries_keep_their_own(tmp_path):
    """Entries with different numbers of hashes, some equal, come back in their order."""
    rng = np.random.default_rng(3)
    made = []
    for number in range(300):
        own = [
            ("md5", random_hashes(n, 1, 16).tobytes()) for n in rng.integers(40, size=number % 4)
        ]
        own += [("pdq", random_hashes(number, 1, 32).tobytes())] * (number % 3)
        own += [("photodna", b"%d" % number)] * (number % 2)
        labels = tuple(f"l{n}" for n in range(number % 3))
        made.append(Entry(f"e{number}", tuple(own), f"c{number % 7}", f"s{number % 2}", labels))
    opened = compiled(tmp_path, made)

    assert len(opened) == 300
    assert hashes(opened) == [(each.entry_id, sorted(each.hashes)) for each in made]
    assert [each._replace(hashes=()) for each in opened.entries()] == [
        each._replace(hashes=()) for each in made
    ]
    assert [opened.describe(row) for row in (0, 299)] == [
        ("e0", "c0", ()), ("e299", "c5", ("l0", "l1")),
    ]  # fmt: skip


def test_columns_are_sorted_and_belong_together(tmp_path):
    """Each hash stands beside its own key, entry and quality, in the order of the keys."""
    values = random_hashes(1, 50, 32)
    made = [entry(str(n), pdq=v.tobytes(), quality=n) for n, v in enumerate(values)]
    column = compiled(tmp_path, made).column("pdq")

    assert (column.hashes == values[column.entries]).all()
    assert column.quality.tolist() == column.entries.tolist()
    assert column.keys.tolist() == sorted(int.from_bytes(v[:8].tobytes()) for v in values)
    assert column.keys.tolist() == [int.from_bytes(v[:8].tobytes()) for v in column.hashes]


def test_only_long_columns_of_perceptual_hashes_bring_an_index(tmp_path, monkeypatch):
    """Digests are searched as they lie; a short column by brute force."""
    monkeypatch.setattr(mih, "SMALLEST", 3)
    made = [entry(str(n), md5=b"%016d" % n, pdq=b"%032d" % n) for n in range(4)]
    made += [entry("x", phash=b"12345678")]
    opened = compiled(tmp_path, made)

    assert sorted(opened.column("pdq").index) == ["blocks", "first_blocks", "ids", "starts"]
    assert opened.column("md5").index == opened.column("phash").index == {}


UPDATE, TOMB = {"replaces": True}, {"withdrawn": True}


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([("a", {}), ("a", {})], "0+ 1+"),
        ([("a", {}), ("a", UPDATE)], "1+"),
        ([("a", UPDATE), ("a", {})], "0+ 1+"),
        ([("a", UPDATE), ("a", UPDATE), ("a", UPDATE)], "2+"),
        ([("a", {}), ("b", UPDATE)], "0+ 1+"),
        ([("", {}), ("", UPDATE), ("", TOMB)], "0+ 1+ 2-"),
        ([("a", {}), ("a", TOMB)], "1-"),
        ([("a", {}), ("a", {}), ("b", {}), ("a", TOMB)], "2+ 3-"),
        ([("a", TOMB), ("a", {})], "0- 1+"),
        ([("a", TOMB), ("a", UPDATE)], "1+"),
        ([("a", UPDATE), ("a", TOMB), ("a", UPDATE)], "2+"),
        ([("a", {}), ("a", TOMB), ("a", TOMB)], "2-"),
        ([("a", {}), ("b", {}), ("a", UPDATE), ("b", TOMB), ("c", TOMB)], "2+ 3- 4-"),
    ],
)
def test_later_entries_replace_and_withdraw_earlier_ones(tmp_path, rows, left):
    """By key and in order: what is left, + active and - a tombstone; matched is what is active."""
    made = [
        Entry(str(n), () if "withdrawn" in more else (("md5", b"%016d" % n),), key=key, **more)
        for n, (key, more) in enumerate(rows)
    ]
    opened = compiled(tmp_path, made)
    told = [f"{each.entry_id}{'-' if each.withdrawn else '+'}" for each in opened.entries()]
    active = [int(word[:-1]) for word in left.split() if word.endswith("+")]
    column = opened.column("md5").entries.tolist() if "md5" in opened.algorithms else []

    assert " ".join(told) == left
    assert sorted(column) == active
    assert opened.meta["active"] == len(active)
    assert opened.meta["withdrawn"] == left.count("-")
    assert opened.meta["superseded"] == len(rows) - len(told)
    assert opened.meta["hashes"] == ({"md5": len(active)} if active else {})


def test_withdrawals_are_counted_by_entry(tmp_path):
    """Not by hash, nor twice where an id is withdrawn as a whole as well."""
    graves = [
        Entry("a", (), key=key_of_hash("k", "md5", bytes([n]) * 16), replaces=True, withdrawn=True)
        for n in range(4)
    ]
    whole = [Entry("b", (), key="l", withdrawn=True), Entry("a", (), key="k", withdrawn=True)]

    assert compiled(tmp_path, graves, "one").meta["withdrawn"] == 1
    assert compiled(tmp_path, [*graves, *whole], "two").meta["withdrawn"] == 2


def test_a_tombstone_with_hashes_is_not_matched(tmp_path):
    """What is withdrawn is gone from every column, whatever its row still says."""
    opened = compiled(tmp_path, [FULL._replace(withdrawn=True), entry(md5=b"7" * 16)])

    assert opened.algorithms == ("md5",)
    assert opened.column("md5").entries.tolist() == [1]


def test_hashes_that_cannot_be_computed_are_kept_and_counted(tmp_path):
    """PhotoDNA and the like stay on the list as their own text; only active ones count."""
    made = [
        Entry("a", (("photodna", b"x"), ("photodna", b"y")), key="a"),
        Entry("b", (("tmk", b"z"), ("md5", b"1" * 16))),
        Entry("c", (("photodna", b"w"),)),
        Entry("a2", (("photodna", b"v"),), key="a", replaces=True),
    ]
    opened = compiled(tmp_path, made)

    assert opened.meta["kept"] == {"photodna": 2, "tmk": 1}
    assert opened.algorithms == ("md5",)
    assert hashes(opened) == [
        ("b", [("md5", b"1" * 16), ("tmk", b"z")]),
        ("c", [("photodna", b"w")]),
        ("a2", [("photodna", b"v")]),
    ]


def test_a_kind_that_is_no_longer_computed_is_kept(tmp_path, monkeypatch):
    """What an installation computes is its own affair."""
    bits = {name: size for name, size in known_hashes.known_bits().items() if name != "md5"}
    monkeypatch.setattr(known_hashes, "known_bits", lambda: bits)
    opened = compiled(tmp_path, [Entry("a", (("md5", b"0" * 32),))])

    assert (opened.algorithms, opened.meta["kept"]) == ((), {"md5": 1})


def test_categories_and_labels_are_counted(tmp_path):
    """Active entries alone, by scheme; the same label twice on an entry counts once."""
    made = [
        Entry("1", (("md5", b"1" * 16),), "1", "UK", ("x", "y", "x"), key="k"),
        Entry("2", (("md5", b"2" * 16),), "1", "UK", ("x",)),
        Entry("3", (("md5", b"3" * 16),), "1", "US", source="other"),
        Entry("4", (("md5", b"4" * 16),), "1", "US"),
        Entry("5", (), key="k", withdrawn=True),
    ]
    opened = compiled(tmp_path, made)

    assert opened.categories() == {("UK", "1"): 1, ("US", "1"): 2}
    assert opened.labels() == {"x": 1}


def test_an_empty_list_is_a_list(tmp_path):
    """No entry, no column, no error."""
    opened = compiled(tmp_path, [])

    assert (len(opened), list(opened.entries()), opened.algorithms) == (0, [], ())
    assert (opened.categories(), opened.labels()) == ({}, {})


def test_its_mode_is_0600_and_nothing_in_it_is_a_pickle(tmp_path):
    """For its owner alone, and plain numbers and JSON throughout."""
    path = compiled(tmp_path, [FULL]).path

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="at position 0, opcode"):
        list(pickletools.genops(path.read_bytes()))


def test_it_has_a_name_that_may_be_replaced(tmp_path):
    """Reports call it by its own name unless two lists would be alike."""
    path = compiled(tmp_path, [FULL], "own", known_good=True).path

    assert (CompiledList(path).name, CompiledList(path, name="x").name) == ("own", "x")
    assert CompiledList(path).known_good


@pytest.mark.parametrize(("step", "remedy"), [(1, "import its sources"), (-1, "renew it with")])
def test_a_list_whose_arrays_mean_something_else_is_refused(tmp_path, monkeypatch, step, remedy):
    """VERSION tells; an older one can be renewed."""
    monkeypatch.setattr("hashsweep.hashlists.compiled.VERSION", VERSION + step)
    other = tmp_path / "known.hsl"
    compiled(tmp_path, [FULL])
    monkeypatch.undo()
    with pytest.raises(ListError, match=f"by another version of hashsweep; {remedy}"):
        CompiledList(other)


def test_a_worker_opens_only_what_its_parent_has_verified(tmp_path):
    """Opened with the stamp and without reading it all; altered since then, it is refused."""
    opened = compiled(tmp_path, [FULL])
    again = CompiledList(opened.path, verify=False, stamp=opened.stamp)
    content = bytearray(opened.path.read_bytes())
    content[100] ^= 1
    opened.path.write_bytes(content)
    os.utime(opened.path, ns=(5, 5))

    assert again.stamp == opened.stamp
    with pytest.raises(ListError, match="changed in place while in use"):
        CompiledList(opened.path, verify=False, stamp=opened.stamp)


def test_a_list_knows_its_own_file(tmp_path):
    """By whatever name; another list in its place is another file."""
    made = compiled(tmp_path, [FULL])
    (tmp_path / "held").hardlink_to(made.path)
    other = compiled(tmp_path, [FULL], "other")
    before = made.is_at(made.path)
    other.path.replace(made.path)

    assert (before, made.is_at(made.path), made.is_at(tmp_path / "held")) == (True, False, True)


def test_what_is_written_into_a_list_in_use_is_noticed(tmp_path):
    """And not what becomes of its name: the file that is open stays as it was."""
    made = compiled(tmp_path, [FULL])
    (tmp_path / "held").hardlink_to(made.path)
    made.open_as = tmp_path / "held"
    other = compiled(tmp_path, [FULL, entry("other", md5=b"5" * 16)], "other")
    content = other.path.read_bytes()
    other.path.replace(made.path)
    made.check_unchanged()
    made.open_as.write_bytes(content)

    with pytest.raises(ListError, match=r"changed in place while in use: .* by rename"):
        made.check_unchanged()


def test_a_mapped_index_finds_what_brute_force_finds(tmp_path, monkeypatch):
    """The arrays serve as they lie in the file."""
    monkeypatch.setattr(mih, "SMALLEST", 8)
    values = clustered(1, 64, 32)
    opened = compiled(tmp_path, [entry(str(n), pdq=v.tobytes()) for n, v in enumerate(values)])
    column = opened.column("pdq")
    found = MihIndex(column.hashes, column.index)._search(values, 31)

    assert pairs(found) == pairs(BruteIndex(column.hashes).find(values, 31))
    assert len(found.row) > 64
