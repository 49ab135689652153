"""Lists in formats of others, and read again."""

import csv
import json

import pytest

from hashsweep.hashlists.export import EXPORTS, list_left_out
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from hashsweep.model import Entry
from support.listed import compiled, entry
from support.planted import random_hashes


def values(seed):
    """One hash of each kind."""
    sizes = {"md5": 16, "sha1": 20, "sha256": 32, "pdq": 32, "phash": 8}
    return {kind: random_hashes(seed, 1, size).tobytes() for kind, size in sizes.items()}


def again(folder, made, form, name, **options):
    """The entries of a list that was exported and imported again."""
    path = folder / f"{form}.txt"
    path.write_text("".join(EXPORTS[form](made)), "utf-8", "surrogateescape")
    named = [ListName(path, **name)]
    return list(import_lists(named, "x", folder / f"{form}.hsl", ListOptions(**options)).entries())


def plain(each):
    """An entry without what no export keeps: its key."""
    return each._replace(key="", hashes=tuple(sorted(each.hashes)))


def test_own_csv_gives_the_same_entries(tmp_path):
    """Ids, hashes, kept ones too, quality, category and its scheme, labels, source and date."""
    made = compiled(
        tmp_path,
        [
            Entry("a", tuple(values(1).items()), "A1", "UK", ("x", "y z"), "NGO", "2026-01-02", 70),
            Entry('q"uo,ted ä', (("md5", b"1" * 16), ("photodna", b"AAEC+/=="))),
            Entry("#not a comment", (("sha1", b"2" * 20),), "#"),
            Entry("=1+1", (("phash", b"3" * 7 + b"4"),)),
            Entry("kept alone", (("tmk", b"dG1r"),), labels=("x",)),
        ],
    )

    assert [plain(each) for each in again(tmp_path, made, "csv", {})] == [
        plain(each) for each in made.entries()
    ]


def test_an_entry_with_two_hashes_of_a_kind_takes_two_rows(tmp_path):
    """All hashes are written, under the same id."""
    made = compiled(
        tmp_path, [Entry("a", (("md5", b"1" * 16), ("sha1", b"3" * 20), ("md5", b"2" * 16)), "c")]
    )
    rows = list(csv.DictReader(EXPORTS["csv"](made)))

    assert [(row["entry_id"], row["md5"], row["sha1"], row["category"]) for row in rows] == [
        ("a", (b"1" * 16).hex(), (b"3" * 20).hex(), "c"),
        ("a", (b"2" * 16).hex(), "", "c"),
    ]


@pytest.mark.parametrize("form", EXPORTS)
def test_a_newline_in_an_id_does_not_break_the_row(tmp_path, form):
    """An id cannot smuggle in a row of its own."""
    made = compiled(tmp_path, [entry("a\nb\rc", **values(1))])
    (back,) = again(
        tmp_path, made, form, {"algorithm": "pdq"} if form == "pdq" else {},
        categories=frozenset("0"),
    )  # fmt: skip

    assert back.entry_id == ("1" if form == "vics" else "a b c")


@pytest.mark.parametrize("form", EXPORTS)
def test_what_is_withdrawn_or_replaced_is_not_exported(tmp_path, form):
    """The active entries alone."""
    rows = [
        Entry("a", tuple(values(1).items()), key="a"),
        Entry("a", tuple(values(2).items()), key="a", replaces=True),
        Entry("b", tuple(values(3).items()), key="b"),
        Entry("b", (), key="b", withdrawn=True),
    ]
    text = "".join(EXPORTS[form](compiled(tmp_path, rows))).lower()
    kind = "pdq" if form == "pdq" else "md5"

    assert [values(seed)[kind].hex() in text for seed in (1, 2, 3)] == [False, True, False]


def test_pdq_text_gives_the_same_ids_and_hashes(tmp_path):
    """PDQ's own form: hash, comma, id; other hashes have no place in it."""
    made = compiled(tmp_path, [entry(f"id {n}", **values(n)) for n in range(3)])
    back = again(tmp_path, made, "pdq", {"algorithm": "pdq"})

    assert [(each.entry_id, each.hashes) for each in back] == [
        (f"id {n}", (("pdq", values(n)["pdq"]),)) for n in range(3)
    ]


def test_vics_gives_the_same_hashes_categories_and_labels(tmp_path):
    """A hash set of Project VIC: media by number, their hashes, category and tags."""
    made = compiled(
        tmp_path,
        [
            Entry("a", tuple(values(1).items()), "1", labels=("x", "y z")),
            Entry("b", (("md5", values(2)["md5"]),), "2"),
            Entry("c", (("md5", values(3)["md5"]),), "not a number"),
        ],
    )
    back = again(tmp_path, made, "vics", {}, categories=frozenset("12"))
    document = json.loads((tmp_path / "vics.txt").read_text())
    kinds = {"md5", "sha1", "sha256", "pdq"}

    assert [(each.category, each.labels, dict(each.hashes)) for each in back] == [
        ("1", ("x", "y z"), {kind: v for kind, v in values(1).items() if kind in kinds}),
        ("2", (), {"md5": values(2)["md5"]}),
    ]
    assert document["@odata.context"].endswith("#Media")
    assert [medium["Comments"] for medium in document["value"]] == ["a", "b", "c"]


@pytest.mark.parametrize("form", EXPORTS)
def test_an_empty_list_is_exported(tmp_path, form):
    """No entry, no error, and JSON stays JSON."""
    text = "".join(EXPORTS[form](compiled(tmp_path, [])))

    assert form != "vics" or json.loads(text)["value"] == []
    assert text.count("\n") == {"csv": 1, "pdq": 0, "vics": 4}[form]


@pytest.mark.parametrize(("form", "missing"), [("csv", 0), ("pdq", 2), ("vics", 3)])
def test_entries_without_place_are_counted(tmp_path, form, missing):
    """What a form cannot hold is known, not dropped in silence."""
    rows = [
        Entry("a", (("md5", b"1" * 16), ("md5", b"2" * 16)), key="a"),
        Entry("b", (("pdq", b"1" * 32), ("pdq", b"2" * 32))),
        Entry("c", (("pdq", b"3" * 32),)),
        Entry("d", (("tmk", b"x"),)),
        Entry("x", (("md5", b"4" * 16),), key="x"),
        Entry("x", (), key="x", withdrawn=True),
    ]

    assert list_left_out(compiled(tmp_path, rows), form) == missing


def test_nothing_fits_and_nothing_is_left_out_of_nothing(tmp_path):
    """A list without the form's hash leaves out all it has."""
    assert list_left_out(compiled(tmp_path, [entry(phash=b"12345678")]), "vics") == 1
    assert list_left_out(compiled(tmp_path, [], "empty"), "vics") == 0


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["/home/me/case/a.jpg", "/home/me/case/b/c.jpg", "x"], ["a.jpg", "b/c.jpg", "x"]),
        (["/home/me/a.jpg"], ["a.jpg"]),
        (["file:///home/me/a.jpg", "/home/me/b.jpg"], ["a.jpg", "b.jpg"]),
        (["C:\\Users\\me\\a.jpg", "C:\\Users\\me\\b\\c.jpg"], ["a.jpg", "b/c.jpg"]),
        (["/srv/a.jpg", "/home/me/b.jpg"], ["entry-1", "entry-2"]),
        (["a/b.jpg", "42/img1"], ["a/b.jpg", "42/img1"]),
    ],
)
def test_no_export_holds_a_path_of_a_machine(tmp_path, ids, expected):
    """Ids that are paths become relative to what is common to them, in every form."""
    made = [
        entry(name, md5=bytes([n]) * 15 + b"x", pdq=bytes([n, 7]) * 16)
        for n, name in enumerate(ids, 1)
    ]
    opened = compiled(tmp_path, made, "paths")
    texts = {form: "".join(EXPORTS[form](opened)) for form in EXPORTS}

    assert [row["entry_id"] for row in csv.DictReader(texts["csv"].splitlines())] == expected
    assert [line.partition(",")[2] for line in texts["pdq"].splitlines()] == expected
    assert [each["Comments"] for each in json.loads(texts["vics"])["value"]] == expected
    assert not any("/home/" in text or "Users" in text for text in texts.values())
