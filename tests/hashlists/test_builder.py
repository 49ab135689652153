"""Entries into columns."""

import numpy as np
import pytest

from hashsweep.hashlists.builder import ListBuilder, arrays_of
from hashsweep.hashlists.columns import Texts
from hashsweep.hashlists.formats.base import key_of_hash
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from hashsweep.model import UNKNOWN_QUALITY, Entry


def gathered(*entries):
    """All of them taken, MD5 and PDQ being computable."""
    made = ListBuilder(frozenset({"md5", "pdq"}))
    for each in entries:
        made.add(each)
    return made


def test_texts_are_one_run_of_bytes_and_their_ends():
    """An empty text is one, too."""
    texts = Texts()
    for text in (b"ab", b"", b"c"):
        texts.add(text)
    arrays = arrays_of(texts, "x")

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
    assert made.meanings() == [
        ("s", "1", (), "o"),
        ("s", "2", ("l",), "o"),
        ("s", "1", ("l",), "o"),
    ]


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

    assert gathered(*made).find_superseded().tolist() == expected
    assert 0 < sum(expected) < 300


def test_the_same_hashes_under_one_key_are_one_picture():
    """The later entry is it; not where one has a hash more, another key or none."""
    one, two, text = ("md5", b"1" * 16), ("pdq", b"2" * 32), ("tmk", b"text")
    made = [
        Entry("a", (one, two), key="k"),
        Entry("b", (one,), key="k"),
        Entry("c", (one, two), key="l"),
        Entry("d", (one, two)),
        Entry("d", (one, two)),
        Entry("e", (one, text), key="k"),
        Entry("f", (one, ("tmk", b"other")), key="k"),
        Entry("g", (two, one), category="new", quality=80, key="k"),
        Entry("h", (text, one), key="k"),
        Entry("i", (("md5", b"3" * 16),), key="m"),
        Entry("i", (("md5", b"3" * 16),), key="m"),
        Entry("i", (("md5", b"3" * 16),), key="m"),
    ]
    gone = gathered(*made).find_superseded()

    assert [made[at].entry_id for at in np.nonzero(gone)[0]] == ["a", "e", "i", "i"]
    assert np.nonzero(gone)[0].tolist()[2:] == [9, 10]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_picture_by_the_plain_rule(seed):
    """Against a loop that compares sets of hashes."""
    rng = np.random.default_rng(seed)
    made = [
        Entry(
            "x",
            tuple(("md5", bytes([n]) * 16) for n in rng.permutation(4)[: rng.integers(4)] + 1),
            key=f"k{rng.integers(1, 20)}",
        )
        for _ in range(300)
    ]
    expected = [
        bool(one.hashes)
        and any(o.key == one.key and set(o.hashes) == set(one.hashes) for o in made[at + 1 :])
        for at, one in enumerate(made)
    ]

    assert gathered(*made).find_superseded().tolist() == expected
    assert 0 < sum(expected) < 300


def test_a_tombstone_for_one_hash_takes_back_what_has_it():
    """Not the other entries with its key, nor that hash under another key, nor a later entry."""
    one, two = b"1" * 16, b"2" * 16

    def grave(key, kind, value):
        return Entry("g", (), key=key_of_hash(key, kind, value), replaces=True, withdrawn=True)

    made = [
        Entry("a", (("md5", one), ("pdq", b"3" * 32)), key="case"),
        Entry("b", (("md5", two),), key="case"),
        Entry("c", (("md5", one),), key="other"),
        Entry("d", (("md5", one),)),
        Entry("e", (("tmk", b"text"), ("md5", two)), key="case"),
        grave("case", "md5", one),
        grave("case", "tmk", b"text"),
        grave("case", "md5", b"4" * 16),
        Entry("f", (("md5", one),), key="case"),
    ]

    assert gathered(*made).find_superseded().tolist() == [
        True, False, False, False, True, False, False, False, False,
    ]  # fmt: skip
    assert gathered(*made, grave("case", "md5", two)).find_superseded().tolist() == [
        True, True, False, False, True, False, False, False, False, False,
    ]  # fmt: skip


def test_a_tombstone_for_one_hash_outlives_being_compiled(tmp_path):
    """A compiled list withdraws one picture of a case from another list, not the case."""
    one, two = "0123456789abcdef" * 2, "123456789abcdef0" * 2
    (tmp_path / "a.csv").write_text(f"id,md5\ncase,{one}\ncase,{two}\n")
    (tmp_path / "d.csv").write_text(f"id,md5,status\ncase,{one},withdrawn\nz,{two},active\n")
    import_lists([ListName(tmp_path / "d.csv")], "d", tmp_path / "d.hsl", ListOptions())
    named = [ListName(tmp_path / "a.csv"), ListName(tmp_path / "d.hsl")]
    both = import_lists(named, "both", tmp_path / "both.hsl", ListOptions())
    again = import_lists([ListName(both.path)] * 2, "x", tmp_path / "x.hsl", ListOptions())

    for each in (both, again):
        active = [(e.entry_id, dict(e.hashes)) for e in each.entries() if not e.withdrawn]
        assert sorted(active, key=lambda e: e[0]) == sorted(
            [("case", {"md5": bytes.fromhex(two)}), ("z", {"md5": bytes.fromhex(two)})],
            key=lambda e: e[0],
        )


def test_withdrawals_that_take_nothing_back_are_counted():
    """By row: one is met by its id or one of its hashes in the base, or was withdrawn there."""
    one, two, three = (bytes([n]) * 16 for n in (1, 2, 3))

    def graves(line, key, *values):
        return [
            Entry("g", (), line=line, key=key_of_hash(key, "md5", value), replaces=True,
                  withdrawn=True)
            for value in values
        ]  # fmt: skip

    def grave(line, key):
        return Entry("g", (), line=line, key=key, withdrawn=True)

    base = [
        Entry("a", (("md5", one), ("md5", two)), key="case"),
        grave(0, "gone"),
        *graves(0, "part", one),
    ]
    met = [
        *graves(2, "case", three, one), *graves(3, "gone", one), *graves(4, "part", one),
        grave(5, "case"), grave(6, "gone"), grave(7, "part"),
        Entry("b", (("md5", one),), line=8, key="new"), *graves(9, "new", one), grave(9, "new"),
    ]  # fmt: skip
    unmet = [
        *graves(10, "case", three), *graves(11, "part", two, three), *graves(12, "none", one),
        grave(13, "none"), grave(14, "none"), grave(15, ""), grave(16, "late"),
        Entry("c", (("md5", one),), line=17, key="late"),
    ]  # fmt: skip

    assert gathered(*base, *met).count_unmet(len(base)) == 0
    assert gathered(*base, *met, *unmet).count_unmet(len(base)) == 7
    assert gathered(*base, *unmet, *met).count_unmet(len(base)) == 7


def test_ids_of_two_formats_do_not_meet(tmp_path):
    """An entry of one format neither replaces nor withdraws one of another with the same id."""
    hashes = ["0123456789abcdef" * 2, "123456789abcdef0" * 2]
    (tmp_path / "a.csv").write_text(f"id,md5\n1,{hashes[0]}\n")
    (tmp_path / "b.json").write_text(
        f'[{{"hash_digest": "{hashes[1]}", "algorithm": "MD5", "deleted": false, "id": 1}}]'
    )
    named = [ListName(tmp_path / name) for name in ("a.csv", "b.json")]
    both = import_lists(named, "both", tmp_path / "both.hsl", ListOptions())

    assert (both.meta["active"], both.meta["superseded"]) == (2, 0)


def test_nothing_gathered_is_empty_columns():
    """No entry is no error."""
    made = gathered()

    assert (len(made), made.find_superseded().tolist(), made.find_withdrawn().tolist()) == (
        0,
        [],
        [],
    )
    assert {name: len(a) for name, a in made.entry_arrays().items() if len(a)} == {
        "entry.id.ends": 1,
        "entry.updated.ends": 1,
    }


def test_no_hash_is_an_id():
    """An id that is a hash, or of the form of one, becomes the number of its line."""
    value = bytes.fromhex("0123456789abcdef" * 2)
    made = gathered(
        Entry(value.hex().upper(), (("md5", value),), line=7),
        Entry("ab" * 20, (), line=8, key="k", withdrawn=True),
        Entry("text", (("tmk", b"text"),), line=9),
        Entry("0123456789abcdef", (("phash", value[:8]),), line=10),
        Entry(f"{value.hex()}.jpg", (("md5", value),), line=11),
    )

    assert made.entry_arrays()["entry.id.bytes"].tobytes().decode() == (
        f"line-7line-8line-9line-10{value.hex()}.jpg"
    )
