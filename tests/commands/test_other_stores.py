"""Sweeps of Google's and Azure's buckets through the real command."""

import duckdb
import obstore
import pytest

import support.servers.azure
import support.servers.gcs

NAMES = {"1.jpg": "a b.jpg", "2.jpg": "c+d%41.jpg", "3.jpg": "ü 😀.jpg"}
HASHES = "sha256, md5, pdq, media_type, size"


def rows(report, columns="uri", table="files"):
    """Rows of a report."""
    return duckdb.sql(f"select {columns} from '{report}/{table}/*.parquet' order by uri").fetchall()


def objects(media):
    """The media under names that are not easy."""
    return {f"in/{NAMES.get(p.name, p.name)}": p.read_bytes() for p in media.iterdir()}


@pytest.fixture
def of_folder(hashsweep, media, known, tmp_path):
    """The rows of a sweep of the same files on disk."""
    hashsweep("scan", media, "--list", known, "-o", "folder", "-q")
    return sorted(rows(tmp_path / "folder", HASHES))


def test_google_cloud_storage(hashsweep_process, gcs, media, known, of_folder, tmp_path):  # noqa: PLR0917
    """The same hashes and matches as of a folder."""
    bucket = gcs.bucket()
    gcs.put(bucket, objects(media))
    done = hashsweep_process(
        *("scan", f"gs://{bucket}/in", "--list", known, "-o", "report", "-q"),
        env=gcs.environment(),
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert sorted(rows(tmp_path / "report", HASHES)) == of_folder
    assert {uri for (uri,) in rows(tmp_path / "report")} == {
        f"gs://{bucket}/{name}" for name in objects(media)
    }
    assert len(rows(tmp_path / "report", table="matches")) == 1


def test_google_buckets_and_objects_that_are_not_there(hashsweep, gcs, known, tmp_path):
    """A source that is not there stops the run; an item of a list is gone."""
    bucket = gcs.bucket()
    gcs.put(bucket, {"a": b"x"})
    (tmp_path / "list").write_text(f"gs://{bucket}/a\ngs://{bucket}/none\n")
    scan = ("scan", "--list", known, "-o", "report")
    none = hashsweep(*scan, f"gs://{bucket}-none", env=gcs.environment())
    done = hashsweep(*scan, "--manifest", "list", "-q", env=gcs.environment())

    assert (none.returncode, none.stderr.count("\n"), done.returncode) == (2, 1, 4)
    assert [reason for (reason,) in rows(tmp_path / "report", "reasons[1].reason")] == [
        None,
        "gone",
    ]


def test_google_credentials_that_are_refused(hashsweep, faulty, known, tmp_path):
    """One line, and nothing of the account in it."""
    import os

    account = support.servers.gcs.account(tmp_path, f"{faulty.endpoint}/403")
    done = hashsweep(
        *("scan", "gs://bucket/x", "--list", known, "-o", "report", "--retries", "0"),
        env=os.environ | {"GOOGLE_SERVICE_ACCOUNT": str(account)},
    )

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("hashsweep: source gs://bucket/x: ")


@pytest.mark.azurite
def test_azure_blob_storage(hashsweep_process, azure, media, known, of_folder, tmp_path):  # noqa: PLR0917
    """By the environment alone, and by --endpoint."""
    container = azure.container()
    azure.put(container, objects(media))
    scan = ("scan", f"az://{container}/in", "--list", known, "-q", "-o")
    done = hashsweep_process(*scan, "report", env=azure.environment())
    environment = azure.environment()
    del environment["AZURE_STORAGE_ENDPOINT"]
    also = hashsweep_process(*scan, "also", "--endpoint", azure.endpoint, env=environment)

    assert (done.returncode, done.stderr, also.returncode) == (1, "", 1), also.stderr
    assert sorted(rows(tmp_path / "report", HASHES)) == of_folder
    assert sorted(rows(tmp_path / "also", HASHES)) == of_folder
    assert all(etag for (etag,) in rows(tmp_path / "report", "etag"))


@pytest.mark.azurite
def test_azure_credentials_that_are_wrong(hashsweep, azure, known):
    """Signatures are checked; no key is told."""
    container = azure.container()
    wrong = support.servers.azure.KEY[::-1].lstrip("=") + "="
    done = hashsweep(
        *("scan", f"az://{container}/in", "--list", known, "-o", "report"),
        env=azure.environment(wrong),
    )

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "refuses" in done.stderr
    assert wrong not in done.stderr


@pytest.mark.azurite
def test_azure_blobs_that_are_gone_or_of_another_kind(hashsweep, azure, known, tmp_path):
    """Of a list: gone; of an inventory that is older: changed."""
    container = azure.container()
    azure.put(container, {"a": b"new", "b": b"same"})
    etag = obstore.head(azure.store(container), "b")["e_tag"].strip('"')
    (tmp_path / "list.csv").write_text(
        f"uri,etag\naz://{container}/a,0x123\naz://{container}/b,{etag}\naz://{container}/none,\n"
    )
    done = hashsweep(
        *("scan", "--manifest", "list.csv", "--list", known, "-o", "report", "-q"),
        env=azure.environment(),
    )

    assert done.returncode == 4
    assert [reason for (reason,) in rows(tmp_path / "report", "reasons[1].reason")] == [
        "changed",
        None,
        "gone",
    ]


@pytest.mark.azurite
def test_a_report_in_azure(hashsweep, azure, media, known):
    """Written, never over another, gone on with, and read."""
    place = f"az://{azure.container()}/reports/one"
    environment = azure.environment()
    scan = ("scan", media, "--list", known, "-o", place)
    done = hashsweep(*scan, "-q", env=environment)
    again = hashsweep(*scan, env=environment)
    finished = hashsweep(*scan, "--resume", "-q", env=environment)
    shown = hashsweep(
        *("report", "show", place, "--what", "files", "--format", "csv"), env=environment
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
    assert finished.returncode == 1
    assert f"{place} was finished at" in finished.stderr
    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, 5)
