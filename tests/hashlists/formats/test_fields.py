"""Named fields to entries: names of columns, dates, labels, booleans, rows of one entry."""

import datetime
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, key_of_hash
from hashsweep.hashlists.formats.fields import FIELDS, entry_of, layout
from hashsweep.hashlists.formats.grouping import LONGEST_ENTRY, group_rows
from hashsweep.hashlists.formats.values import (
    date_of,
    plain,
    quality_of,
    split_labels,
    texts,
    truth,
)
from hashsweep.hashlists.kinds import BITS
from hashsweep.model import Entry, Refusal
from support.list_samples import md5, sha1, sha256


def source(**options: object) -> ListFile:
    """A list that is only spoken of."""
    return ListFile(Path("list"), **options)  # type: ignore[arg-type]


def test_names_in_any_spelling() -> None:
    """Columns are found by our names and by those of other tools, in either case."""
    found = layout(["ID", " Sha-256 ", "PDNA", "Tags", "width"], source())
    assert found is not None
    assert found.places == {"entry_id": 0, "labels": 3}
    assert found.kinds == (("sha256", 1), ("photodna", 2))
    assert (found.long, found.retracts) == (False, False)


def test_own_name_wins() -> None:
    """Where our own name and another's are there, ours is taken."""
    found = layout(["name", "entry_id", "md5"], source())
    assert found is not None
    assert found.places["entry_id"] == 1


def test_value_is_no_hash_beside_hashes() -> None:
    """`value` means a hash only where no column is called like one."""
    wide, long = layout(["md5", "value"], source()), layout(["type", "value"], source())
    assert wide is not None
    assert long is not None
    assert (wide.long, long.long) == (False, True)


def test_no_hash_column() -> None:
    """Columns without a hash are no list; a column of texts or URLs is no hash."""
    assert layout(["id", "url", "text"], source()) is None


def test_map() -> None:
    """The user's names go before all others, in either case, kept kinds included."""
    columns = {"md5": "Digest", "category": "CLASS", "pdna": "P"}
    found = layout(["digest", "class", "md5", "p", "category"], source(columns=columns))
    assert found is not None
    assert dict(found.kinds) == {"md5": 0, "photodna": 3}
    assert found.places == {"category": 1}


@pytest.mark.parametrize("columns", [{"md5": "gone"}, {"colour": "md5"}])
def test_map_of_nothing(columns: dict[str, str]) -> None:
    """A column that is not there, or a field that nobody knows, is an error."""
    with pytest.raises(ListError):
        layout(["md5"], source(columns=columns))


def rows(names: list[str], *values: list[str], **options: object) -> list[Entry | Refusal]:
    """What becomes of rows of a table with these columns."""
    about = source(**options)
    where = layout(names, about)
    assert where is not None
    return [e for n, row in enumerate(values, 2) for e in entry_of(n, row, where, about)]


def test_good_hashes_of_a_bad_row() -> None:
    """A bad hash is refused, and the good ones beside it are kept."""
    refused, entry = rows(["id", "md5", "sha1"], ["7", md5(1)[:9], sha1(1)])
    assert isinstance(entry, Entry)
    assert isinstance(refused, Refusal)
    assert (refused.line, refused.code) == (2, "bad-length")
    assert entry.hashes == (("sha1", bytes.fromhex(sha1(1))),)
    assert (entry.entry_id, entry.key, entry.line) == ("7", "table:7", 2)


def test_bad_quality_keeps_the_hash() -> None:
    """A quality that is none is refused, and the hash still counts."""
    refused, entry = rows(["pdq", "quality"], [sha256(1), "101"])
    assert isinstance(entry, Entry)
    assert isinstance(refused, Refusal)
    assert (refused.code, entry.quality, entry.entry_id, entry.key) == (
        "bad-quality",
        None,
        "line-2",
        "",
    )


@pytest.mark.parametrize("status", ["withdrawn", " Deleted", "RETRACTED", "inactive"])
def test_withdrawn(status: str) -> None:
    """A status that takes an entry back makes a tombstone for all that has its id."""
    (entry,) = rows(["id", "md5", "status"], ["7", "", status])
    assert entry == Entry("7", (), line=2, key="table:7", withdrawn=True)


def test_withdrawn_with_hashes() -> None:
    """A withdrawn row with hashes makes a tombstone for each of them, and refuses bad ones."""
    refused, one, two = rows(
        ["id", "md5", "sha1", "sha256", "status"], ["7", md5(1), sha1(1), "00", "withdrawn"]
    )
    assert isinstance(refused, Refusal)
    graves = [each for each in (one, two) if isinstance(each, Entry)]
    assert [each.key for each in graves] == [
        key_of_hash("table:7", "md5", bytes.fromhex(md5(1))),
        key_of_hash("table:7", "sha1", bytes.fromhex(sha1(1))),
    ]
    assert {(e.entry_id, e.hashes, e.withdrawn, e.replaces) for e in graves} == {
        ("7", (), True, True)
    }


def test_withdrawn_without_an_id() -> None:
    """A tombstone that names nothing is refused."""
    with pytest.raises(RowError) as caught:
        rows(["md5", "withdrawn"], [md5(1), "TRUE"])
    assert caught.value.code == "bad-row"


def test_withdrawn_with_a_hash_that_is_not_known_as_one() -> None:
    """It may mean one picture of the id, so not all of them are taken back."""
    with pytest.raises(RowError) as caught:
        rows(["id", "pruefsumme", "status"], ["7", f" {md5(1)} ", "withdrawn"])
    (entry,) = rows(["id", "note", "status"], [md5(1), "on request", "withdrawn"])

    assert caught.value.code == "bad-row"
    assert isinstance(entry, Entry)
    assert entry.withdrawn


@pytest.mark.parametrize("status", ["active", "scanned", "failed", ""])
def test_other_statuses_are_active(status: str) -> None:
    """Any other status leaves the entry active."""
    (entry,) = rows(["id", "md5", "status"], ["7", md5(1), status])
    assert isinstance(entry, Entry)
    assert not entry.withdrawn


def test_scheme_of_the_user() -> None:
    """The user's scheme stands where the row names none."""
    names = ["md5", "category", "scheme"]
    found = rows(names, [md5(1), "A", ""], [md5(2), "A", "UK"], scheme="US")
    assert [entry.scheme for entry in found if isinstance(entry, Entry)] == ["US", "UK"]


def entry(key: str, n: int, **more: object) -> Entry:
    """An entry with one hash."""
    return Entry(key, (("md5", bytes.fromhex(md5(n))),), key=key, **more)  # type: ignore[arg-type]


def test_joined() -> None:
    """Rows that follow each other with one id are one entry with all hashes and labels."""
    first = entry("a", 1, labels=("x",), quality=None)
    second = entry("a", 2, labels=("x", "y"))
    found = list(group_rows([first, second, entry("b", 3), entry("a", 4)]))
    assert [(e.key, len(e.hashes)) for e in found if isinstance(e, Entry)] == [
        ("a", 2),
        ("b", 1),
        ("a", 1),
    ]
    assert isinstance(found[0], Entry)
    assert found[0].labels == ("x", "y")


def test_joined_keeps_each_pdq_with_its_quality() -> None:
    """A poor PDQ hash does not make that of the next row with the same id a poor one."""
    names = ["algorithm", "hash", "id", "quality"]
    one, two, three, sha = sha256(1), sha256(2), sha256(3), sha1(1)
    found = list(
        group_rows(
            rows(
                names,
                ["md5", md5(1), "case", "0"],
                ["pdq", one, "case", "10"],
                ["pdq", two, "case", "100"],
                ["sha1", sha, "case", "x"],
                ["pdq", three, "case", ""],
            )
        )
    )
    told = [([k for k, _ in e.hashes], e.quality) for e in found if isinstance(e, Entry)]
    assert told == [(["md5", "pdq"], 10), (["pdq", "sha1"], 100), (["pdq"], None)]
    assert len(found) == 3


def test_joined_labels() -> None:
    """Labels of many rows with one hash come together once each, in entries of bounded length."""
    found = list(group_rows(entry("a", 1, labels=("x", f"l{n}")) for n in range(LONGEST_ENTRY + 1)))
    assert [(len(e.hashes), len(e.labels)) for e in found if isinstance(e, Entry)] == [
        (1, LONGEST_ENTRY + 1),
        (1, 2),
    ]


def test_joined_keeps_apart() -> None:
    """Rows without an id, of two categories, or of which one is a tombstone stay apart."""
    gone = Entry("a", (), key="a", withdrawn=True)
    each = [entry("", 1), entry("", 2), entry("a", 3), entry("a", 4, category="B"), gone]
    assert list(group_rows(each)) == each


def test_joined_is_bounded() -> None:
    """A column that says the same throughout does not make one endless entry."""
    found = list(group_rows(entry("a", n) for n in range(LONGEST_ENTRY + 1)))
    assert [len(e.hashes) for e in found if isinstance(e, Entry)] == [LONGEST_ENTRY, 1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01 10:00:00+00:00", "2026-01-01 10:00:00+00:00"),
        (1767225600, "2026-01-01T00:00:00Z"),
        ("1767225600", "2026-01-01T00:00:00Z"),
        (1767225600123.0, "2026-01-01T00:00:00.123Z"),
        (1767225600123456789, "2026-01-01T00:00:00.123457Z"),
        ("20260131", "2026-01-31"),
        ("/Date(1767225600000)/", "2026-01-01T00:00:00Z"),
        ("/Date(1767225600000+0100)/", "2026-01-01T00:00:00Z"),
        (datetime.date(2026, 1, 1), "2026-01-01"),
        ("1/2/2026 10:00", ""),
        ("", ""),
        (None, ""),
        (True, ""),
        (0, ""),
        ("nan", ""),
        ("1e400", ""),
        (10**30, ""),
        ([], ""),
    ],
)
def test_dates(value: object, expected: str) -> None:
    """A date of clear form becomes ISO 8601; one that may mean two days is left out."""
    assert date_of(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("", None), ("0", 0), ("100", 100), ("87.0", 87), ("007", 7)]
)
def test_quality(text: str, expected: int | None) -> None:
    """A quality is a whole number from 0 to 100, also where pandas wrote it."""
    assert quality_of(text) == expected


@pytest.mark.parametrize("text", ["101", "-1", "87.5", "nan", "\u0665", "1" * 5000])
def test_no_quality(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(RowError) as caught:
        quality_of(text)
    assert caught.value.code == "bad-quality"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("True ", True), ("1", True), (True, True), (1, True), ("false", False),
     ("False", False), ("0", False), ("", False), (None, False), (False, False)],
)  # fmt: skip
def test_truth(value: object, expected: bool) -> None:
    """Booleans that a tool wrote as text mean what they say."""
    assert truth(value) is expected


def test_labels() -> None:
    """Labels are separated by ; or | in text, and taken as they are from arrays."""
    assert split_labels(" a; b|c;;") == ("a", "b", "c")
    assert texts(["a;b", " c ", None, 7, ["x"]]) == ("a;b", "c", "7")
    assert texts("a|b") == ("a", "b")


def test_plain() -> None:
    """Values of JSON and Parquet become text that can be stored; huge and nested ones do not."""
    assert [plain(v) for v in (b"\xa1", 1.0, 1.5, True, None, [1], {"a": 1}, 10**5000)] == [
        "a1",
        "1",
        "1.5",
        "true",
        "",
        "",
        "",
        "",
    ]
    assert plain("a\ud800é") == "a?é"


def test_every_field_is_named_once() -> None:
    """No name of a column means two fields, and none is a hash kind."""
    names = [name for field, others in FIELDS.items() for name in (field, *others)]
    assert len(names) == len(set(names))
    assert not set(names) & set(BITS)


def test_long_by_length() -> None:
    """A long row without an algorithm goes by the user's, or by its length."""
    (one,) = rows(["hash"], [md5(1)])
    (other,) = rows(["hash"], [sha256(1)], algorithm="pdq")
    assert isinstance(one, Entry)
    assert isinstance(other, Entry)
    assert (one.hashes[0][0], other.hashes[0][0]) == ("md5", "pdq")
