"""Reports that are written to an object store, on a real server."""

import pytest

from hashsweep.errors import ReportError
from hashsweep.report.store_folder import StoreFolder
from hashsweep.report.sweep_json import serialize
from hashsweep.storage.stores import Stores
from support.reports import sweep

SWEEP = sweep(state="running")


@pytest.fixture
def uri(seaweed, monkeypatch):
    """A new place in a bucket."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{seaweed.bucket()}/report"


def write(content):
    return lambda draft: draft.write_bytes(content)


def test_a_part_is_new_or_refused(uri):
    """It never replaces another one; the very same bytes are our own, whose answer got lost."""
    stores = Stores()
    with StoreFolder(uri, stores) as folder:
        folder.place("files/part-00000.parquet", write(b"one"))
        folder.place("files/part-00000.parquet", write(b"one"))
        for other in (b"two", b"three"):
            with pytest.raises(ReportError, match="another sweep is writing to this report"):
                folder.place("files/part-00000.parquet", write(other))

    assert stores.read(f"{uri}/files/part-00000.parquet", 10) == b"one"


def test_what_the_sweep_says_replaces_what_it_said_before(uri):
    """And nothing that somebody else has said meanwhile."""
    stores = Stores()
    with StoreFolder(uri, stores) as folder:
        folder.write_sweep(SWEEP)
        folder.write_sweep(sweep(state="complete"))
        with StoreFolder(uri, stores, resume=True) as other:
            other.write_sweep(SWEEP)
        with pytest.raises(ReportError, match="another sweep is writing to this report"):
            folder.write_sweep(sweep(state="interrupted"))


def test_only_matches_are_kept_on_this_disk(uri):
    """Parts of files are as long as the sweep, and are read no more."""
    with StoreFolder(uri, Stores()) as folder:
        for table in ("matches", "files"):
            folder.place(f"{table}/part-00000.parquet", write(b"rows"))

        assert folder.name == uri
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert [len(folder.segments(table)) for table in ("matches", "files")] == [1, 0]
    assert not folder.path.exists()


def test_a_place_that_holds_anything_is_refused(uri, seaweed):
    """A report can be gone on with; anything else is another's."""
    bucket = uri.removeprefix("s3://").partition("/")[0]
    seaweed.put(bucket, {"report/sweep.json": serialize(SWEEP), "other/holiday.jpg": b"a"})
    seaweed.put(bucket, {"bare/files/part-00000.parquet": b"a"})

    with pytest.raises(ReportError, match=r"is not empty: choose a new folder .*--resume"):
        StoreFolder(uri, Stores())
    for name in ("other", "bare"):
        with pytest.raises(ReportError, match="something other than a report"):
            StoreFolder(f"s3://{bucket}/{name}", Stores(), resume=True)
    with StoreFolder(uri, Stores(), resume=True) as folder:
        assert folder.sweep == SWEEP
