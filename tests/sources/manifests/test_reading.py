"""Manifests made to do harm: one line says why, in bounded memory."""

import gzip
import json
import os
import resource
import signal
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.engines import forkserver, parsing
from hashsweep.errors import SourceError
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests import reading
from hashsweep.sources.manifests.base import ListOptions
from hashsweep.storage.stores import Stores
from support.proc import Peaks, workers

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("no_worker_left")


def items(path, **options):
    """All items of a manifest."""
    return list(ManifestSource(str(path), Stores(), options=ListOptions(**options)).items())


def grown():
    """By how many bytes this process's peak of memory has grown since the last call."""
    now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    before, grown.before = grown.before, now
    return now - before


grown.before = 0


def write_bomb(path, rows, length, *, as_dictionary):
    """A Parquet file in which one long text stands in every row; it takes its room but once."""
    numbers = pa.array([0] * rows, pa.int32())
    uris = pa.DictionaryArray.from_arrays(numbers, pa.array(["s3://b/" + "x" * length]))
    pq.write_table(pa.table({"uri": uris}), path, compression="zstd", store_schema=as_dictionary)


TOO_MANY = r"holds more than [0-9,]* bytes of rows, which no file of its size"


@pytest.mark.parametrize(
    ("length", "as_dictionary", "why"),
    [
        (64 * 1024, False, "needs more than 1,024 MiB of memory"),
        (64 * 1024, True, TOO_MANY),
        (1000, False, TOO_MANY),
    ],
)
def test_a_bomb_of_parquet_is_refused(tmp_path, monkeypatch, length, as_dictionary, why):
    """It took 2.2 GB of the command's memory; now the command takes next to none."""
    monkeypatch.setattr(reading, "_LEAST", 128 * MIB)  # a GiB takes longer, and no more memory
    path = tmp_path / "bomb.parquet"
    write_bomb(path, 2 * 10**9 // length, length, as_dictionary=as_dictionary)
    assert path.stat().st_size < 250_000
    grown()
    with Peaks() as peaks, pytest.raises(SourceError, match=rf"bomb\.parquet {why}"):
        for _ in ManifestSource(str(path), Stores()).items():
            pass

    assert grown() < 300 * MIB
    assert 0 < peaks.most < 1400 * MIB


def test_a_bomb_of_gzip_comes_to_nothing(tmp_path):
    """A line without an end is cut."""
    path = tmp_path / "list.txt.gz"
    path.write_bytes(gzip.compress(b"x" * (100 * MIB), 1))
    grown()
    with Peaks() as peaks:
        found = items(path, format="text")

    assert len(found) <= 1
    assert grown() < 300 * MIB
    assert 0 < peaks.most < 200 * MIB


def test_a_manifest_of_nested_brackets_is_no_inventory(tmp_path):
    """It is not parsed to the depth that it asks for; what is left is a line that is no name."""
    path = tmp_path / "manifest.json"
    path.write_text('{"fileSchema": ' + "[" * 5_000_000)

    assert all(item.failure for item in items(path))


def test_a_parser_that_is_killed_is_told_of(tmp_path):
    """With the manifest's name."""
    path = tmp_path / "list.csv"
    path.write_text("uri\n" + "".join(f"s3://b/{n}\n" for n in range(1_000_000)))
    source = ManifestSource(str(path), Stores()).items()
    next(source)
    os.kill(workers()[0], signal.SIGKILL)
    with pytest.raises(SourceError, match=r"^manifest: .*list\.csv was not read: the process"):
        for _ in source:
            pass


def test_the_end_of_the_fork_server_costs_nothing(tmp_path):
    """The file is read again, up to the next row."""
    path = tmp_path / "list.csv"
    path.write_text("uri\n" + "".join(f"s3://b/{n}\n" for n in range(300_000)))
    found = []
    for item in ManifestSource(str(path), Stores()).items():
        found.append(item.uri)
        if len(found) == 10:
            os.kill(forkserver.server_pid(), signal.SIGKILL)
            time.sleep(0.1)

    assert found == [f"s3://b/{n}" for n in range(300_000)]


@pytest.mark.parametrize(
    "content", [b"x" * 10, b"[]", b"", b'["/etc/passwd"', b'["/etc/passwd", -1]', b"7"]
)
def test_a_question_that_is_none_is_the_end(tmp_path, monkeypatch, content):
    """A parser that was taken over gets nothing for it."""
    monkeypatch.setattr(reading, "EXPLAINER", "support.faulty_parsers:ask")
    monkeypatch.setattr(
        reading, "asdict", lambda _: None
    )  # the parser's own options are put in instead
    (tmp_path / "list").write_text("uri\n")
    original = parsing.Parsing

    def start(target, _, *more):
        return original(target, {"questions": [content.decode()]}, *more)

    monkeypatch.setattr(reading, "Parsing", start)
    with pytest.raises(SourceError, match="sent nonsense"):
        items(tmp_path / "list")


def test_a_parser_gets_only_what_lies_beside_the_manifest(tmp_path, monkeypatch):
    """Nothing else that the command can read: a store's objects, or what it has open."""
    asked = []

    class Parser:
        def answer(self, content):
            asked.append(content)

        def refuse(self, why):
            asked.append(why[1])

    (tmp_path / "manifest.json").write_bytes(b"m")
    (tmp_path / "manifest.checksum").write_bytes(b"c")
    (tmp_path / "below").mkdir()
    (tmp_path / "below/x").write_bytes(b"x")
    own = str(tmp_path / "manifest.json")
    for uri in (own, f"{tmp_path}/manifest.checksum", f"{tmp_path}/none", "/etc/passwd",
                f"{tmp_path}/below/x", f"{tmp_path}/below/../../x", "s3://b/x", "x"):  # fmt: skip
        question = bytearray(json.dumps([uri, 100]).encode())
        reading._answer(Parser(), question, own, Stores())
    reading._answer(Parser(), bytearray(b'["/proc/self/fd/3", 9]'), "/proc/self/fd/5", Stores())

    assert asked == [b"m", b"c", "gone", *["denied"] * 6]


def test_a_data_file_that_cannot_be_opened_is_told(tmp_path):
    """In one line."""
    (tmp_path / "list.csv").write_text("uri\n")
    source = ManifestSource(str(tmp_path / "list.csv"), Stores())
    source.check()
    (tmp_path / "list.csv").unlink()
    with pytest.raises(SourceError, match=r"list\.csv: No such file or directory"):
        list(source.items())
