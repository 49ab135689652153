"""Reports in an object store as something to read, on a real server."""

import pytest

from hashsweep.errors import ReportError
from hashsweep.report.object_store import StoredReport, at_hand
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.stores import Stores

OBJECTS = {
    "sweep.json": b"{}",
    "files/part-00000.parquet": b"f",
    "matches/part-00000.parquet": b"m",
}


@pytest.fixture
def stored(seaweed, monkeypatch):
    """A report of three objects beside another one's."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    bucket = seaweed.bucket()
    seaweed.put(bucket, {f"one/{name}": content for name, content in OBJECTS.items()})
    seaweed.put(bucket, {"one-more/sweep.json": b"{}"})
    return StoredReport(f"s3://{bucket}/one/", Stores())


def test_its_names(stored):
    """Of this report alone, and when the last was written."""
    assert stored.written_ns == 0
    assert stored.names() == OBJECTS.keys()
    assert stored.written_ns > 1_700_000_000_000_000_000
    assert stored.uri_of("sweep.json") == f"{stored.uri}/sweep.json"
    assert not stored.uri.endswith("/")


def test_a_copy_is_for_its_owner_alone(stored, tmp_path):
    """The tables that were asked for, and what the sweep says of itself."""
    token = stored.copy(tmp_path / "copy", ["files"])
    found = {
        path.relative_to(tmp_path / "copy").as_posix(): path
        for path in (tmp_path / "copy").rglob("*")
        if path.is_file()
    }

    assert sorted(found) == ["files/part-00000.parquet", "sweep.json"]
    assert all(path.read_bytes() == OBJECTS[name] for name, path in found.items())
    assert {path.stat().st_mode & 0o777 for path in found.values()} == {0o600}
    assert token


def test_a_name_that_is_no_parts_is_no_path_here(stored, seaweed, tmp_path):
    """Whoever may write to the store cannot have a file written anywhere on this machine."""
    bucket, _, prefix = stored.uri.removeprefix("s3://").partition("/")
    for name in ("files/part-00001.parquet/x", "files/x.parquet", "other/part-00000.parquet"):
        seaweed.put(bucket, {f"{prefix}/{name}": b"evil"})

    names = {"matches": ["part-00000.parquet"], "files": ["part-00000.parquet"], "retractions": []}
    assert stored.segments() == names
    stored.copy(tmp_path / "copy", ["files"])
    assert sum(path.is_file() for path in (tmp_path / "copy").rglob("*")) == 2
    with pytest.raises(ReportError, match="does not belong to the report"), at_hand(stored.uri):
        pass


def test_a_copy_goes_away(stored):
    """It is there as long as it is needed."""
    with at_hand(stored.uri) as path:
        assert (path / "matches/part-00000.parquet").read_bytes() == b"m"
        assert path.stat().st_mode & 0o777 == 0o700

    assert not path.exists()


def test_what_is_removed_is_not_there_any_more(stored, tmp_path):
    """Asking for it is one clear error."""
    stored.remove("files/part-00000.parquet")

    assert "files/part-00000.parquet" not in stored.names()
    with pytest.raises(ReportError, match=r"one/files/part-00000.parquet: the store has no such"):
        stored.fetch("files/part-00000.parquet", tmp_path / "part")


def test_a_store_that_does_not_answer(tmp_path, monkeypatch):
    """The report is named, and nothing else."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    options = StoreOptions("http://127.0.0.1:9", timeout=0.5, retries=0)
    stored = StoredReport("s3://bucket/one", Stores(options))
    for asked in (stored.names, lambda: stored.fetch("sweep.json", tmp_path / "a")):
        with pytest.raises(ReportError, match=r"^report s3://bucket/one") as caught:
            asked()
        assert "canary" not in str(caught.value)
