"""What names the content of matches, from their own part or the files beside it."""

import pytest
from msgspec.structs import replace

from hashsweep.analysis.clusters import COLUMNS
from hashsweep.analysis.own_hashes import with_own_hashes
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import serialize
from support.reports import found, match, open_report

PART = "part-00000.parquet"
DIGESTS = {"md5": b"m" * 16, "sha1": b"s" * 20, "sha256": b"d" * 32}


def file(quality=None, frame_quality=None):
    """A file and its frame, both with a match that is not by PDQ."""
    found_here = [match(algorithm="phash")]
    own = found("/a", found_here, **DIGESTS, pdq=b"p" * 32)
    frame = found("/a", found_here, part="frame 2", pdq=b"q" * 32)
    own.pdq_quality, frame.pdq_quality = quality, frame_quality
    return [own, frame]


@pytest.fixture
def read(tmp_path):
    """A function from items to what names their matches."""

    def of(*items):
        report = open_report(tmp_path / "r", [[found("/none")], *items])
        return with_own_hashes(report, PART, COLUMNS).to_pylist()

    return of


def test_digests_are_those_of_the_file_and_the_pdq_that_of_the_frame(read):
    """Also where the file's digests are not in the frame's own row."""
    own, frame = read(file())

    assert list(own) == [*COLUMNS]
    assert {name: own[name] for name in DIGESTS} == DIGESTS
    assert {name: frame[name] for name in DIGESTS} == DIGESTS
    assert (own["part"], own["pdq"]) == (None, b"p" * 32)
    assert (frame["part"], frame["pdq"]) == ("frame 2", b"q" * 32)


@pytest.mark.parametrize(
    ("qualities", "there"),
    [((49, 50), [False, True]), ((None, 0), [True, False]), ((100, None), [True, True])],
)
def test_a_pdq_of_low_quality_is_none(read, qualities, there):
    """Of the file and of a frame each for itself; one that is not known is no low one."""
    assert [row["pdq"] is not None for row in read(file(*qualities))] == there


def test_matches_whose_files_are_not_there_are_left_as_they_are(tmp_path):
    """A killed sweep may have placed them alone."""
    report = open_report(tmp_path / "r", [file(0, 0)])
    killed = replace(report.sweep, state="running", segments={})
    (report.path / "sweep.json").write_bytes(serialize(killed))
    (report.path / "files" / PART).unlink()
    told = with_own_hashes(OpenReport(report.path), PART, ("uri", "pdq", "sha1"))

    assert told.column_names == ["uri", "pdq", "sha1"]
    assert told["pdq"].null_count == told["sha1"].null_count == 0
