"""Data files: there, whole, and of the right bytes."""

import hashlib

import obstore
import pytest

from hashsweep.errors import SourceError
from hashsweep.sources.manifests.base import DataFile
from hashsweep.sources.manifests.files import check, head, open_data_file
from hashsweep.storage.stores import Stores

CONTENT = b"0123456789" * 1000


@pytest.fixture
def uri(seaweed, monkeypatch):
    """An object of these bytes in a real store."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    bucket = seaweed.bucket()
    obstore.put(seaweed.store(bucket), "data/1.csv", CONTENT)
    return f"s3://{bucket}/data/1.csv"


def test_a_file_of_a_store_is_copied_and_compared(uri):
    """It is on this machine while it is open, and its MD5 is that of the manifest."""
    file = DataFile(uri, len(CONTENT), hashlib.md5(CONTENT).hexdigest())
    check((file,), Stores())
    with open_data_file(file, Stores()) as path, open(path, "rb") as stream:
        assert stream.read() == CONTENT
    assert head(uri, Stores(), 20)[:20] == CONTENT[:20]
    wrong = DataFile(uri, None, "0" * 32)
    with pytest.raises(SourceError, match="was altered"), open_data_file(wrong, Stores()):
        pass


def test_what_is_missing_or_of_another_size_is_told(uri):
    """By its name."""
    with pytest.raises(SourceError, match=r"data/2\.csv is missing"):
        check((DataFile(uri), DataFile(uri.replace("1", "2"))), Stores())
    with pytest.raises(SourceError, match="has 10,000 bytes, not 9,999"):
        check((DataFile(uri, 9_999),), Stores())
    with (
        pytest.raises(SourceError, match="no such object"),
        open_data_file(DataFile(f"{uri}x"), Stores()),
    ):
        pass


def test_a_file_of_this_machine_is_read_where_it_is(tmp_path):
    """Nothing is copied."""
    path = tmp_path / "1.csv"
    path.write_bytes(CONTENT)
    file = DataFile(str(path), None, hashlib.md5(CONTENT).hexdigest())
    with open_data_file(file, Stores()) as found:
        assert found == str(path)
