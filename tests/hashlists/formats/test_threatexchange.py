"""ThreatExchange updates: pages, arrays and lines, tombstones, descriptors."""

import json
from pathlib import Path

import pytest

from support.list_samples import entries, hexes, md5, pdq, read, refusals, threatexchange

UPDATES = json.loads(threatexchange(2))["data"]


def test_sample(tmp_path: Path) -> None:
    """An update gives its hash with all tags and owners; deletions are tombstones."""
    rows = read(tmp_path, "threatexchange", threatexchange(2))
    first, _, deleted, bare, video = entries(rows)
    assert hexes(first) == {"pdq": pdq(1)}
    assert (first.entry_id, first.key, first.replaces) == ("1001", "threatexchange:1001", True)
    assert (first.category, first.scheme) == ("MALICIOUS", "ThreatExchange")
    assert (first.labels, first.source) == (("a", "b"), "99;98")
    assert first.updated == "2026-01-01T00:00:00Z"
    assert [(e.key, e.withdrawn, e.hashes) for e in (deleted, bare)] == [
        ("threatexchange:1001", True, ()),
        ("threatexchange:2002", True, ()),
    ]
    assert hexes(video) == {"md5": md5(24)}
    assert refusals(rows) == [(5, "unknown-algorithm")]


@pytest.mark.parametrize("shape", ["array", "lines", "pages"])
def test_shapes(tmp_path: Path, shape: str) -> None:
    """An array, an update a line and several pages in one file read the same."""
    data = {
        "array": json.dumps(UPDATES, indent=1),
        "lines": "\n".join(json.dumps(update) for update in UPDATES),
        "pages": "\n".join(json.dumps({"data": [update]}) for update in UPDATES),
    }[shape]
    expected = read(tmp_path, "threatexchange", threatexchange(2))
    assert read(tmp_path, "threatexchange", data) == expected


@pytest.mark.parametrize("tags", [{"data": [{"text": "a"}, {"text": "b"}]}, ["a", "b"], "a;b"])
def test_tags(tmp_path: Path, tags: object) -> None:
    """Tags are texts, or objects with a text."""
    update = {**UPDATES[0], "descriptors": {"data": [{"tags": tags}]}}
    (entry,) = entries(read(tmp_path, "threatexchange", json.dumps([update])))
    assert entry.labels == ("a", "b")


def test_tombstone_without_an_id(tmp_path: Path) -> None:
    """A deletion that names nothing is refused."""
    rows = read(tmp_path, "threatexchange", '[{"should_delete": "true", "indicator": "x"}]')
    assert refusals(rows) == [(1, "bad-row")]


def test_non_malicious_is_not_matched(tmp_path: Path) -> None:
    """An indicator that all who describe it call harmless is not active, and takes nothing back."""
    kinds = [["NON_MALICIOUS"] * 2, ["NON_MALICIOUS", "MALICIOUS"], ["NON_MALICIOUS", ""]]
    updates = [
        {**UPDATES[0], "descriptors": {"data": [{"status": each} for each in statuses]}}
        for statuses in kinds
    ]
    found = entries(read(tmp_path, "threatexchange", json.dumps(updates)))
    assert [(e.withdrawn, bool(e.key), len(e.hashes)) for e in found] == [
        (True, False, 0),
        (False, True, 1),
        (False, True, 1),
    ]
