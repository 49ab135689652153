"""Digests of parts: taken as they are written, and compared when a sweep goes on."""

import hashlib
import json

import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report.folder import SIGNATURE, ReportFolder
from hashsweep.report.segment_digests import digest_of, rehash
from hashsweep.report.segments import sweep_of
from hashsweep.report.sweep_json import SegmentInfo
from hashsweep.report.writer import ReportWriter
from support.reports import sweep

FIRST = "files/part-00000.parquet"


@pytest.fixture
def report(tmp_path):
    """The path of a report of three items in two parts."""
    with ReportFolder(tmp_path / "report") as folder:
        writer = ReportWriter(folder, segment_rows=2)
        for name in "abc":
            writer.add([Record(Item(f"/{name}"))])
        writer.finish()
        folder.write_sweep(sweep(state="interrupted"))
    return tmp_path / "report"


def told(report):
    """What sweep.json says."""
    return json.loads((report / "sweep.json").read_text())


def test_sweep_json_has_the_digest_size_and_rows_of_every_part(report):
    """Of both tables, and of nothing else."""
    paths = [path for path in report.rglob("*") if path.suffix == ".parquet"]

    assert told(report)["segments"] == {
        path.relative_to(report).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
            "rows": {"files/part-00000": 2, "files/part-00001": 1}.get(
                path.relative_to(report).with_suffix("").as_posix(), 0
            ),
        }
        for path in paths
    }
    assert len(paths) == 4


def test_whoever_goes_on_has_the_parts_that_are_there(report):
    """Read anew, and equal to what was written down."""
    about = sweep_of(report)
    rows = {name: each.rows for name, each in about.segments.items()}

    assert rehash(report, about, rows) == about.segments
    assert rehash(report, sweep(), rows) == about.segments  # after a kill


@pytest.mark.parametrize("how", ["altered", "missing"])
def test_what_was_changed_in_between_is_not_vouched_for(report, how):
    """A sweep that went on would give an altered part a new digest."""
    about = sweep_of(report)
    rows = {name: each.rows for name, each in about.segments.items()}
    if how == "altered":
        (report / FIRST).write_bytes((report / FIRST).read_bytes() + b"x")
    else:
        (report / FIRST).unlink()
        del rows[FIRST]

    with pytest.raises(ReportError, match=rf"{FIRST} \w+ {how} since its sweep was interrupted"):
        rehash(report, about, rows)


def test_a_part_that_cannot_be_read_is_told(report):
    """With its name."""
    with pytest.raises(ReportError, match=r"part-00009\.parquet: No such file"):
        rehash(report, sweep(), {"files/part-00009.parquet": 1})


def test_a_signature_does_not_outlive_what_it_signed(report):
    """Whoever writes sweep.json anew takes it away."""
    with ReportFolder(report, resume=True) as folder:
        folder.place_bytes(SIGNATURE, bytes(64))
    with ReportFolder(report, resume=True) as folder:
        assert (report / SIGNATURE).exists()
        folder.write_sweep(sweep())

    assert not (report / SIGNATURE).exists()


def test_a_digest_is_of_the_bytes(tmp_path):
    """SHA-256 and length, as sha256sum and ls tell them."""
    (tmp_path / "x").write_bytes(b"abc")

    assert digest_of(tmp_path / "x", 7) == SegmentInfo(
        sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        rows=7,
        bytes=3,
    )
