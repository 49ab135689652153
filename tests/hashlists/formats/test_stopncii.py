"""StopNCII: statuses, names that do not reveal the hash, several pages."""

from pathlib import Path

from support.list_samples import entries, hexes, md5, pdq, read, refusals, stopncii


def test_sample(tmp_path: Path) -> None:
    """Active records are entries; withdrawn and deleted ones take them back by the same name."""
    rows = read(tmp_path, "stopncii", stopncii(2))
    first, second, video, gone, deleted = entries(rows)
    assert [hexes(e) for e in (first, second, video)] == [
        {"pdq": pdq(1)},
        {"pdq": pdq(2)},
        {"md5": md5(21)},
    ]
    assert (first.labels, first.updated) == (("Nude",), "2026-01-01T00:00:00Z")
    assert (first.key, first.replaces) == (f"stopncii:{first.entry_id}", True)
    assert (gone.key, gone.withdrawn, gone.hashes) == (first.key, True, ())
    assert deleted.withdrawn
    assert refusals(rows) == [(6, "unknown-algorithm"), (7, "bogus-hash")]


def test_names(tmp_path: Path) -> None:
    """A name is 64 bits of a digest, the same in every file, and holds nothing of the hash."""
    found = entries(read(tmp_path, "stopncii", stopncii(2)))
    assert found[0].key == "stopncii:85a0c8cb73d44d8f"
    assert len({entry.key for entry in found[:3]}) == 3


def test_pages(tmp_path: Path) -> None:
    """Pages saved one by one are one list."""
    data = stopncii(1)
    once, twice = (read(tmp_path, "stopncii", each) for each in (data, data + b"\n" + data))
    assert len(twice) == 2 * len(once)
    assert refusals(twice)[-1] == (12, "bogus-hash")


def test_kept_kinds(tmp_path: Path) -> None:
    """TMK, texts and URLs are kept."""
    record = '{"signalType": "%s", "hashValue": "some value", "hashStatus": "Active"}'
    records = ",".join(record % kind for kind in ("VideoTMK", "Text", "URL"))
    found = entries(read(tmp_path, "stopncii", f'{{"hashRecords": [{records}]}}'))
    assert [kind for entry in found for kind, _ in entry.hashes] == ["tmk", "text", "text"]
