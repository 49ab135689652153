"""Files of the old ThreatExchange command line: kinds by file name, user or length."""

from pathlib import Path

from support.list_samples import entries, hexes, md5, pdq, read, refusals, te_csv

LINE = f"{pdq(1)},1234567,2021-03-01T00:00:00+0000,tag_a tag_b\n"


def test_sample(tmp_path: Path) -> None:
    """MD5 is told by its length; 64 digits are open."""
    rows = read(tmp_path, "te-csv", te_csv(1))
    first, other = entries(rows)
    assert (first.entry_id, hexes(first)) == ("12345000001", {"md5": md5(1)})
    assert first.key == "threatexchange:12345000001"
    assert (first.labels, first.updated) == (("tag_a", "tag_b"), "2021-03-01T00:00:00+00:00")
    assert (other.entry_id, hexes(other), other.labels) == ("2233445566", {"md5": md5(31)}, ())
    assert refusals(rows) == [(3, "unknown-algorithm")]


def test_kind_in_the_file_name(tmp_path: Path) -> None:
    """The file's own name says the kind."""
    (entry,) = entries(read(tmp_path, "te-csv", LINE, filename="simple.HASH_PDQ.te"))
    assert hexes(entry) == {"pdq": pdq(1)}


def test_kind_by_the_user(tmp_path: Path) -> None:
    """The user's kind goes before the name's."""
    options = {"filename": "simple.HASH_PDQ.te", "algorithm": "sha256"}
    (entry,) = entries(read(tmp_path, "te-csv", LINE, **options))
    assert hexes(entry) == {"sha256": pdq(1)}


def test_short_rows(tmp_path: Path) -> None:
    """A row that lacks fields is refused."""
    assert refusals(read(tmp_path, "te-csv", f"{md5(1)},1,2\n")) == [(1, "bad-row")]
