"""What runs where a manifest is parsed."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.engines.parser_process import BATCH, Refused
from hashsweep.errors import SourceError
from hashsweep.sources.manifests import parser
from hashsweep.sources.manifests.base import Contents, DataFile, Layout
from hashsweep.sources.manifests.columns import unpack
from hashsweep.sources.manifests.parser import (
    decode_contents,
    encode_contents,
    explain,
    send_rows,
)
from support.inventories import azure_inventory, azure_row, s3_inventory, s3_row, write

NOTHING = {"format": None, "columns": [], "mapped": [], "base": "", "null": False}


class Heard:
    """A channel that keeps what is sent, and answers questions from a folder."""

    def __init__(self):
        self.messages, self.asked = [], []

    def send(self, kind, *parts):
        assert kind == BATCH
        self.messages.append(bytearray(b"".join(map(bytes, parts))))

    def ask(self, question):
        uri, limit = json.loads(question)
        self.asked.append(uri)
        try:
            with open(uri, "rb") as stream:
                return stream.read(limit)
        except OSError as error:
            raise Refused(["read", "gone", ""]) from error


def explained(path, heard=None, **listing):
    """What a manifest says."""
    heard = heard or Heard()
    options = {"uri": str(path), "name": "it", "listing": NOTHING | listing, "cwd": "/"}
    with path.open("rb") as stream:
        explain(heard, options, [stream.fileno()])
    return decode_contents(heard.messages[0])


def inventory(folder):
    """The manifest of an S3 inventory, in a copy of its bucket."""
    bucket = {}
    key = s3_inventory(bucket, [s3_row("a")], "CSV")
    write(folder, bucket)
    return folder / key


def test_what_inventories_say_survives(tmp_path):
    """Files, sizes, digests and the meaning of columns; only what lies beside is asked for."""
    heard = Heard()
    manifest = inventory(tmp_path / "s3")
    found = explained(manifest, heard)

    assert {asked.rpartition("/")[0] for asked in heard.asked} == {str(manifest.parent)}
    assert found.files[0].md5
    assert found.layout.encoded
    assert found.layout.skipped[0][1].values == frozenset({"true"})
    other = explained(azure_inventory(tmp_path / "azure", [azure_row("c/a", b"x")]))
    assert other.layout.older[1].values is None


def test_a_missing_checksum_is_told(tmp_path):
    """As the store says it."""
    manifest = inventory(tmp_path)
    (manifest.parent / "manifest.checksum").unlink()
    with pytest.raises(SourceError, match=r"manifest\.checksum does not exist"):
        explained(manifest)


def test_contents_are_checked():
    """What a parser sends is not taken on trust."""
    whole = Contents((DataFile("/a", 3, "ab"),), "csv", Layout({"uri": ("uri",)}), ("x",), ";", 7)

    assert decode_contents(encode_contents(whole)) == whole
    for bad in (b"", b"{}", b"[" * 100_000, b'{"files": 1}', b"\xff"):
        with pytest.raises(ValueError, match=r"."):
            decode_contents(bad)
    with pytest.raises(ValueError, match="not what a manifest says"):
        decode_contents(encode_contents(whole).replace(b'"csv"', b'"exe"'))


def test_rows_are_sent_in_parts(tmp_path, monkeypatch):
    """However many a batch of the file has."""
    monkeypatch.setattr(parser, "_BATCH", 100_000)
    pq.write_table(pa.table({"uri": ["x" * 1000] * 3000}), tmp_path / "list.parquet")
    contents = json.loads(encode_contents(Contents((), "parquet", Layout({}))))
    heard = Heard()
    with (tmp_path / "list.parquet").open("rb") as stream:
        send_rows(heard, {"contents": contents, "shown": "it"}, [stream.fileno()])
    found = [unpack(each)[0] for each in heard.messages]

    assert sum(map(len, found)) == 3000
    assert max(map(len, heard.messages)) < 150_000


def test_rows_that_cannot_be_read_are_counted(tmp_path):
    """Also behind the last good one."""
    (tmp_path / "list.jsonl").write_text('{"uri": "a"}\n[]\n{"uri": "b"}\n7\n8\n')
    contents = json.loads(encode_contents(Contents((), "jsonl", Layout({}))))
    heard = Heard()
    with (tmp_path / "list.jsonl").open("rb") as stream:
        send_rows(heard, {"contents": contents, "shown": "it"}, [stream.fileno()])

    assert sum(unpack(each)[1] for each in heard.messages) == 3
    assert sum(len(unpack(each)[0]) for each in heard.messages) == 2
