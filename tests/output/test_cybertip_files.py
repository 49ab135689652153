"""Fragments on disk: one for each file that matched, and an index of them."""

import json
import stat

import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Match
from hashsweep.output import cybertip_files
from hashsweep.output.cybertip import ListSays
from support.reports import found, open_report

MATCH = Match("md5", 0, "known", "e", "c", ("l",), "exact-md5", (("md5", 0),))


@pytest.fixture
def report(tmp_path):
    """Three files, of which one is named twice and one does not match; a part each."""
    items = [
        [found(name, [] if name == "/clean" else [MATCH], md5=bytes(16))]
        for name in ("/a", "/b\udcff", "/clean", "/a")
    ]
    return open_report(tmp_path / "report", items, segment_rows=1)


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_folder_has_a_fragment_for_each_file(report, tmp_path, form):
    """Named by its item; the index says which is whose, with names exactly as they are."""
    folder = tmp_path / "tips"
    count, _ = cybertip_files.as_folder(report, folder, form, ListSays())
    index = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]

    assert count == 2
    assert [each["uri"] for each in index] == ["/a", "/b\udcff"]
    assert [each["item_id"] for each in index] == [
        Item(name).item_id.hex() for name in ("/a", "/b\udcff")
    ]
    assert {path.name for path in folder.iterdir()} == {
        "index.jsonl", *(each["fragment"] for each in index),
    }  # fmt: skip
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("write", [cybertip_files.as_folder, cybertip_files.as_lines])
def test_what_no_match_says_is_returned(report, tmp_path, write):
    """Labels and categories that are mapped, of all files together."""
    says = ListSays((("infant", "l"), ("viral", "other")), (("A1", "c"), ("B2", "C")))

    assert write(report, tmp_path / "tips", "xml", says).unmet == {"other", "C"}


def test_lines_are_fragments_with_their_items(report, tmp_path):
    """For programs: one JSON object a file."""
    count, _ = cybertip_files.as_lines(report, tmp_path / "tips", "jsonl", ListSays())
    lines = [json.loads(line) for line in (tmp_path / "tips").read_text().splitlines()]

    assert count == len(lines) == 3
    assert [*lines[0]] == ["item_id", "uri", "fileDetails"]
    assert lines[1]["fileDetails"]["originalFileName"] == "b\\xff"


def test_nothing_is_written_over_and_no_index_is_half(report, tmp_path):
    """A folder that is there is refused; a damaged report leaves a folder without an index."""
    (tmp_path / "there").mkdir()
    with pytest.raises(ReportError, match="there: File exists"):
        cybertip_files.as_folder(report, tmp_path / "there", "xml", ListSays())
    (tmp_path / "report/files/part-00001.parquet").write_bytes(b"PAR1")

    with pytest.raises(ReportError, match="is damaged"):
        cybertip_files.as_folder(report, tmp_path / "tips", "xml", ListSays())
    assert not (tmp_path / "tips/index.jsonl").exists()
