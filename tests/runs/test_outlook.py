"""What a dry run says: lists, sources, reports, disks, and what keeps a sweep from running."""

import shutil

import pytest

from hashsweep.runs.memory import Memory, remember
from hashsweep.runs.named import NamedSweep
from hashsweep.runs.outlook import look_ahead
from hashsweep.sweep.config import ScanConfig
from support.reports import record, write


@pytest.fixture
def ahead(tmp_path):
    """Looks ahead; returns what is said, by its word."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.txt").write_text("a")
    (tmp_path / "known.csv").write_text("md5\n" + "0123456789abcdef" * 2 + "\n")

    def look(**options):
        source = str(tmp_path / "media")
        named = NamedSweep("nightly", (source,), tmp_path / "nights", ("/usr/bin/mail",))
        config = ScanConfig(lists=(str(tmp_path / "known.csv"),), engine="serial", **options)
        found = {}
        for word, text in look_ahead(named, config):
            found.setdefault(word, []).append(text)
        return found

    return look


def test_before_the_first_night(ahead, tmp_path):
    """Nothing is written."""
    found = ahead()

    assert found["list"] == ["known: 1 entry, 0 hours old"]
    assert found["source"] == [str(tmp_path / "media")]
    assert found["baseline"] == ["none: all files are read"]
    assert (found["last success"], found["notify"]) == (["never"], ["/usr/bin/mail"])
    assert found["free space"][0].endswith(" where reports go")
    assert "problem" not in found
    assert not (tmp_path / "nights").exists()


def test_with_reports(ahead, tmp_path):
    """The newest complete one, one to be resumed, and one that is damaged."""
    nights = tmp_path / "nights"
    for day in (1, 2, 3):
        date = f"2026-03-0{day}T02:00:00+00:00"
        more = {"state": "interrupted"} if day == 3 else {}
        write(
            nights / f"2026-03-0{day}T020000Z", [record("/a", 1)], started=date, ended=date, **more
        )
    remember(nights, "nightly", Memory(finished="2026-03-02T03:00:00+00:00"))
    found = ahead()

    assert found["baseline"] == [f"{nights}/2026-03-02T020000Z, of 2026-03-02 02:00 UTC, 1 file"]
    assert found["unfinished"] == [f"{nights}/2026-03-03T020000Z would be resumed"]
    assert found["last success"] == ["2026-03-02T03:00:00+00:00"]
    assert "the baseline takes" in found["free space"][0]
    shutil.rmtree(nights / "2026-03-02T020000Z" / "files")
    found = ahead()
    assert f"{nights}/2026-03-01T020000Z" in found["baseline"][0]
    assert "is missing" in found["problem"][0]


def test_what_would_keep_it_from_running(ahead, tmp_path):
    """A list that is away, and a disk that was mounted for the baseline."""
    write(
        tmp_path / "nights/2026-03-01T020000Z", [record("/a", 1)], mounts=[str(tmp_path / "media")]
    )
    assert ahead()["problem"] == [f"{tmp_path}/media is not mounted, and was for the baseline"]
    (tmp_path / "known.csv").unlink()
    found = ahead()
    assert "known.csv" in found["problem"][0]
    assert found["baseline"]
