"""Where an inventory's data files are, and where they cannot be."""

import os
from pathlib import Path

import pytest

from hashsweep.errors import SourceError
from hashsweep.sources.manifests.base import DataFile, Manifest
from hashsweep.sources.manifests.beside import find_data_file, find_shard, open_local
from hashsweep.sources.manifests.files import check, open_data_file
from hashsweep.storage.stores import Stores

KEY = "inventory/source/daily/data/1.csv.gz"


@pytest.fixture
def manifest(tmp_path):
    """The manifest of a delivery by S3, whose folder bears its time."""
    path = tmp_path / "daily" / "2026-01-01T00-00Z" / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}")
    return Manifest(str(path), b"{}", Stores())


def put(path, content=b"here"):
    """A file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def content_of(file):
    """What is read as the data file."""
    check((file,), Stores())
    with open_data_file(file, Stores()) as path, open(path, "rb") as stream:
        return stream.read()


@pytest.mark.parametrize(
    "place",
    [KEY, "source/daily/data/1.csv.gz", "data/1.csv.gz", "1.csv.gz", "../data/1.csv.gz"],
)
def test_a_copy_of_a_bucket_is_found_as_it_is_laid_out(manifest, place):
    """In full, without what is above, flat; and where S3 has its folder `data`."""
    folder = os.path.dirname(manifest.uri)
    path = put(Path(folder, place))
    found = find_data_file(manifest, "s3://d", KEY, 4)

    assert os.path.samefile(found.uri, path)
    assert content_of(found) == b"here"


def test_in_a_store_the_key_decides():
    """Data files are in the bucket that the manifest was written to."""
    remote = Manifest("s3://d/inventory/manifest.json", b"", Stores())

    assert find_data_file(remote, "s3://d", KEY) == DataFile(f"s3://d/{KEY}")
    assert find_shard(remote, "x_0.csv") == DataFile("s3://d/inventory/x_0.csv")
    assert find_shard(remote, "s3://d/other/x_0.csv") == DataFile("s3://d/other/x_0.csv")
    for elsewhere in ("https://h/x_0.csv", "s3://e/x_0.csv", "gs://d/x_0.csv", "s3://"):
        with pytest.raises(SourceError, match="in another bucket"):
            find_shard(remote, elsewhere)


@pytest.mark.parametrize("key", ["../secret.csv", "data/../../secret.csv", "..", "a/./b", "", "\0"])
def test_a_key_that_leads_out_is_refused(manifest, key):
    """The whole manifest is: it was not written by a store."""
    put(Path(manifest.uri).parents[1] / "secret.csv")

    with pytest.raises(SourceError, match="names a data file outside its folder"):
        find_data_file(manifest, "s3://d", key)


def test_what_lies_above_or_anywhere_is_not_found(manifest, tmp_path):
    """A copy was once looked for in all folders above, up to the root."""
    put(tmp_path / "secret.csv")
    put(tmp_path / "daily" / "secret.csv")
    put(tmp_path / "daily" / "other" / "secret.csv")

    for key in ("secret.csv", "other/secret.csv", str(tmp_path / "secret.csv")):
        with pytest.raises(SourceError, match="is missing"):
            check((find_data_file(manifest, "s3://d", key),), Stores())
    local = find_shard(manifest, f"gs://bucket/{tmp_path}/secret.csv")
    assert os.path.dirname(local.uri) == os.path.dirname(manifest.uri)


@pytest.mark.parametrize("where", ["1.csv.gz", "data"])
def test_a_link_leads_nowhere(manifest, tmp_path, where):
    """Neither as the file nor above it, also if it is put there after the check."""
    outside = put(tmp_path / "outside" / "1.csv.gz")
    folder = os.path.dirname(manifest.uri)
    os.symlink(outside if where == "1.csv.gz" else os.path.dirname(outside), f"{folder}/{where}")
    found = find_data_file(manifest, "s3://d", f"{where}/1.csv.gz".removeprefix("1.csv.gz/"))

    with pytest.raises(SourceError):
        check((found,), Stores())
    late = DataFile(f"{folder}/{where}/1.csv.gz".replace("1.csv.gz/1", "1"), root=folder)
    with pytest.raises(OSError, match="symbolic link"), open_local(late):
        pass
    with pytest.raises(SourceError, match="symbolic link"), open_data_file(late, Stores()):
        pass
    with pytest.raises(SourceError, match="is a link, or lies behind one"):
        check((late,), Stores())


def test_what_is_no_file_does_not_hang(manifest):
    """A pipe of that name is no data file."""
    folder = os.path.dirname(manifest.uri)
    os.mkfifo(f"{folder}/1.csv.gz")

    with pytest.raises(SourceError, match="is missing"):
        check((find_data_file(manifest, "s3://d", KEY),), Stores())
