"""Buckets as sources, on a real server; in them there are no links and no FIFOs."""

import sys

import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Item, Skipped
from hashsweep.sources.base import Choice
from hashsweep.sources.bucket import BucketSource
from hashsweep.storage.stores import Stores


@pytest.fixture
def bucket(seaweed, monkeypatch):
    """A bucket with some objects and a folder's marker; its URI."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    name = seaweed.bucket()
    seaweed.put(name, {"a/1.jpg": b"1", "a/2.txt": b"22", "ab.jpg": b"333", "empty": b""})
    seaweed.files().create_dir(f"{name}/marker")
    return f"s3://{name}"


def found(uri, **options):
    """What the source yields, by URI."""
    source = BucketSource(uri, Stores(), **options)
    source.check()
    return {each.uri.removeprefix("s3://").partition("/")[2]: each for each in source.items()}


def test_all_of_a_bucket(bucket):
    """Every object is an item, with what the store says of it; a folder's marker is none."""
    items = found(bucket)

    assert {key for key, each in items.items() if isinstance(each, Item)} == {
        *("a/1.jpg", "a/2.txt", "ab.jpg", "empty"),
    }
    assert items["a/2.txt"].size == 2
    assert items["a/2.txt"].etag
    assert items["a/2.txt"].mtime_ns > 0
    skips = {each.reason for each in items.values() if isinstance(each, Skipped)}
    assert skips <= {"folder-marker"}


@pytest.mark.parametrize("tail", ["/a", "/a/"])
def test_a_prefix(bucket, tail):
    """A prefix is a folder, with a slash or without."""
    assert set(found(bucket + tail)) == {"a/1.jpg", "a/2.txt"}


def test_one_object(bucket):
    """A URI may name a single object."""
    assert set(found(f"{bucket}/ab.jpg")) == {"ab.jpg"}


def test_choice(bucket):
    """What is not wanted is counted, not lost; patterns are against what lies below the prefix."""
    choice = Choice(include=("*.jpg", "a/*"), exclude=("1.*",), max_file_size=1)
    items = found(bucket, choice=choice)

    assert {key: each.reason for key, each in items.items() if key != "marker"} == {
        "a/1.jpg": "excluded",
        "a/2.txt": "too-large",
        "ab.jpg": "too-large",
        "empty": "excluded",
    }


def test_the_report_is_left_out(bucket):
    """A sweep does not scan what it writes."""
    assert found(bucket, leave_out=f"{bucket}/a")["a/1.jpg"] == Skipped(
        f"{bucket}/a/1.jpg", "own-report"
    )


def test_holds(bucket):
    """What lies below is held."""
    source = BucketSource(f"{bucket}/a", Stores())

    assert source.holds(f"{bucket}/a/x")
    assert not source.holds(f"{bucket}/ab.jpg")


@pytest.mark.parametrize(
    ("uri", "told"),
    [("{bucket}/none", "there are no objects"), ("s3://not-there", "bucket does not exist")],
)
def test_what_is_not_there_stops_the_run(bucket, uri, told):
    """Before it starts, in a clear message."""
    with pytest.raises(SourceError, match=told):
        BucketSource(uri.format(bucket=bucket), Stores()).check()


def test_a_key_that_obstore_cannot_list(bucket, seaweed, monkeypatch):
    """It is an item like the others; without boto3 the listing is an error and not cut short."""
    name = bucket.removeprefix("s3://")
    before = [each.uri for each in BucketSource(bucket, Stores()).items()]
    with seaweed.files().open_output_stream(f"{name}/b/new\nline") as stream:
        stream.write(b"x")

    found = list(BucketSource(bucket, Stores()).items())
    after = [each.uri.removesuffix("/") for each in found]
    assert sorted(after) == sorted([*before, f"{bucket}/b/new\nline"])
    assert [each.reason for each in found if isinstance(each, Skipped)] == ["folder-marker"]
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SourceError, match=r"\.\[aws\]"):
        list(BucketSource(bucket, Stores()).items())
