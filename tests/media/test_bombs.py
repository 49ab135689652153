"""Files that ask for too much, swept by the real command: refused or given up; no harm is done."""

import io
import json
import os
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hashsweep.media import MAX_PIXELS
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, sniff
from support.bombs import CLAIMS, LENGTHY
from support.commands import COMMAND
from support.drawings import jpeg, scene
from support.first_reason import reason_of
from support.proc import watched

MIB = 1 << 20
HOSTILE = Path(__file__).parents[2] / "../shared/corpora/hostile"
EITHER = {None, "timeout"}
"""Long, but honest: it is hashed if the time suffices."""
OUTCOMES = {
    "png, text of 300 MB": {None},  # never inflated: what is no pixel is not looked at
    "png, 500 texts": {None},
    "png, profile of 300 MB": {None},
    "png, pixels of 300 MB": {None, "corrupt"},
    "gif, 100,000 frames": EITHER,
    "webp, 100,000 frames": EITHER,
    "apng, 100,000 frames": EITHER,
    "tiff, 60,000 pages": EITHER,
    "tiff, pages in a circle": {None},
    "tiff, a page after itself": {None},
    "jpeg, 100,000 scans": {"timeout"},  # far more data than a photograph has: decoded in full
    "jpeg, 500,000 scans": {"timeout"},  # too small to be cut
}


def sweep(folder, tmp_path, *options):
    """(exit status, what was written, rows by name, bytes by which the largest worker grew)."""
    process = subprocess.Popen(
        [*COMMAND, "scan", folder, "-o", "report", "-q", "-j", "2", *options],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    written, server, worker = watched(process)
    rows = pq.read_table(tmp_path / "report/files").to_pylist()
    files = {os.path.relpath(row["uri"], folder): row for row in rows if row["part"] is None}
    assert sum(row["part"] is None for row in rows) == len(files)
    return process.returncode, written, files, worker - server


@pytest.mark.parametrize("options", [("--exact",), (), ("--hash", "sha256")], ids=str)
def test_claims_of_the_header(options, tmp_path):
    """What claims thousands of megapixels is refused, and nothing is allocated for it."""
    folder = tmp_path / "claims"
    folder.mkdir()
    for name, content in CLAIMS.items():
        assert len(content) < 2000
        (folder / name).write_bytes(content)
    (folder / "good").write_bytes(jpeg(scene(1, 640, 480)))
    limits = ("--max-memory", "200M", "--timeout", "30")
    status, written, rows, grown = sweep(folder, tmp_path, "--hash", "pdq", *limits, *options)
    good = rows.pop("good")

    assert (status, written) == (4, ("", ""))
    assert (good["status"], good["width"]) == ("scanned", 640)
    assert {name: reason_of(row) for name, row in rows.items()} == {
        name: "corrupt" if name == "avif" else "too-many-pixels"
        for name in CLAIMS  # libavif
    }
    assert {row["pdq"] for row in rows.values()} == {None}
    assert grown < 100 * MIB


@pytest.mark.exhaustive
def test_other_bombs_come_to_an_end(tmp_path):
    """Text, frames, pages and scans without end: each is hashed, refused or given up in time."""
    assert OUTCOMES.keys() == LENGTHY.keys()
    folder = tmp_path / "lengthy"
    folder.mkdir()
    for name, make in LENGTHY.items():
        content = make()
        assert len(content) < 8 * MIB
        (folder / name).write_bytes(content)
    limits = ("--max-memory", "300M", "--timeout", "4")
    status, written, rows, grown = sweep(folder, tmp_path, "--hash", "pdq", *limits)
    unexpected = {
        name: reason_of(row) for name, row in rows.items() if reason_of(row) not in OUTCOMES[name]
    }

    assert (status, written) == (4, ("", ""))
    assert unexpected == {}
    assert rows.keys() == LENGTHY.keys()
    assert grown < 200 * MIB


class Counting(io.BytesIO):
    """Knows how many bytes were read from it."""

    count = 0

    def read(self, size=-1):
        part = super().read(size)
        self.count += len(part)
        return part


@pytest.mark.parametrize("name", ["gif, 100,000 frames", "tiff, 60,000 pages"])
def test_that_there_are_more_frames_is_known_without_walking_them(name):
    """To decode the first frame less than a tenth of the file is read (a block of 64 KiB)."""
    content = LENGTHY[name]()
    stream = Counting(content)
    kind = sniff(content[:HEAD], content[-32:])
    picture = open_picture(stream, kind, exact=True, max_pixels=MAX_PIXELS)

    assert picture.animated
    assert 0 < stream.count < len(content) // 10


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile files are not part of the project")
def test_the_hostile_corpus(tmp_path):
    """One row for every file that once crashed a decoder, and no worker beyond its memory."""
    memory = 1024 * MIB
    present = {
        os.path.relpath(path, HOSTILE)
        for path in HOSTILE.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    limits = ("--max-memory", str(memory), "--timeout", "30", "--max-pixels", "100M")
    status, written, rows, grown = sweep(HOSTILE, tmp_path, "--hash", "all", *limits)
    told = json.loads((tmp_path / "report/sweep.json").read_text())
    reasons = {reason_of(row) for row in rows.values()}

    assert (status, written) == (4, ("", ""))
    assert rows.keys() == present
    assert told["tally"]["items"] == len(present)
    assert "internal" not in reasons
    assert {None, "corrupt", "truncated", "too-many-pixels"} <= reasons
    assert grown < memory
