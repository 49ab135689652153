"""One file's bytes, read once: what the digests and the decoder get."""

import hashlib
import os

import pytest

from hashsweep.errors import ItemError
from hashsweep.hashers import HASHERS
from hashsweep.model import HashSpec, Item, Record
from hashsweep.storage import local
from hashsweep.storage.local import LocalFile
from hashsweep.sweep.content import Content, check_hash
from support.drawings import png, scene

SPEC = HashSpec("four", "1", 32, "exact", "bytes", 0, "drawn", 1)


def hashers(*names):
    return [HASHERS.load(name) for name in names]


@pytest.fixture
def write(tmp_path):
    """A function that writes a file and returns its path."""

    def write(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("whole", [local.WHOLE, 1000])
def test_digests_and_decoder_get_the_same_bytes(write, monkeypatch, whole):
    """Whether the file is held in memory or read in pieces."""
    monkeypatch.setattr(local, "WHOLE", whole)
    monkeypatch.setattr(local, "CHUNK", 700)
    data = png(scene(1, 90, 70))
    item = Item(str(write(data)))
    record = Record(item)
    with LocalFile(item) as file:
        content = Content(file, hashers("md5", "sha256"), record)
        decoded = content.stream.read()

    assert len(data) > 1400
    assert record.hashes == {
        "md5": hashlib.md5(data).digest(),
        "sha256": hashlib.sha256(data).digest(),
    }
    assert (decoded, content.kind.media_type) == (data, "image/png")
    assert (content.head, content.tail) == (data[: len(content.head)], data[-32:])
    assert record.reasons == []


def test_without_digests_only_the_ends_are_read(write):
    """The rest of a file that is no picture is nobody's business."""
    path = write(b"%PDF-1.7" + bytes(10**6) + b"the end")
    record = Record(Item(str(path)))
    with LocalFile(record.item) as file:
        content = Content(file, [], record)
        at = os.lseek(file.stream.fileno(), 0, os.SEEK_CUR)

    assert (record.hashes, content.kind.media_type) == ({}, "application/pdf")
    assert content.tail.endswith(b"the end")
    assert at < 10**6


@pytest.mark.parametrize("names", [["md5"], ["sha256"]])
def test_a_file_that_is_not_the_one_its_source_states_fails(write, names):
    """With the computed MD5, where one is computed; without it nothing can be told."""
    record = Record(Item(str(write(b"other bytes"))), hashes={"md5": bytes(16)})
    with LocalFile(record.item) as file:
        Content(file, hashers(*names), record)
    computed = hashlib.md5(b"other bytes").digest()

    assert record.hashes["md5"] == (computed if names == ["md5"] else bytes(16))
    reasons = [(each.stage, each.reason) for each in record.reasons]
    assert reasons == ([("read", "changed")] if names == ["md5"] else [])


@pytest.mark.parametrize("value", [b"123", b"12345", "1234", None, 4])
def test_a_hasher_that_gives_something_else_fails_the_file(value):
    """A plug-in may be wrong; its column has a fixed length."""
    with pytest.raises(ItemError, match="four gave"):
        check_hash(value, SPEC)


def test_a_hash_of_the_right_length_is_plain_bytes():
    """Whatever subclass of bytes a plug-in returns."""

    class Own(bytes):
        pass

    assert type(check_hash(Own(b"1234"), SPEC)) is bytes
