"""Sweeps of buckets through the real command, against real and faulty servers."""

import json
import os

import duckdb
import pytest

import support.servers.seaweed
from support.drawings import jpeg, scene


@pytest.fixture
def bucket(seaweed, media):
    """The media as objects; the bucket's name."""
    name = seaweed.bucket()
    seaweed.put(name, {f"in/{path.name}": path.read_bytes() for path in media.iterdir()})
    return name


def rows(report, columns="uri", table="files"):
    """Rows of one report, or of several that a pattern names."""
    return duckdb.sql(f"select {columns} from '{report}/{table}/*.parquet' order by uri").fetchall()


HASHES = "right(uri, 5), status, size, media_type, width, height, sha256, md5, pdq, pdq_quality"


def test_a_bucket_gives_what_a_folder_gives(  # noqa: PLR0917
    hashsweep_process, seaweed, bucket, media, known, tmp_path
):
    """The same hashes and matches; workers have no network all the same."""
    of_folder = hashsweep_process("scan", media, "--list", known, "-o", "folder")
    of_bucket = hashsweep_process(
        *("scan", f"s3://{bucket}/in", "--list", known, "-o", "bucket", "--json"),
        env=seaweed.environment(),
    )

    assert (of_bucket.returncode, of_folder.returncode) == (1, 1), of_bucket.stderr
    assert rows(tmp_path / "bucket", HASHES) == rows(tmp_path / "folder", HASHES)
    assert rows(tmp_path / "bucket", "distance, entry_id, tier", "matches") == rows(
        tmp_path / "folder", "distance, entry_id, tier", "matches"
    )
    assert "no-network" in json.loads(of_bucket.stdout)["workers_confined"]
    assert all(etag for (etag,) in rows(tmp_path / "bucket", "etag"))


def test_the_engine_without_processes(hashsweep, seaweed, bucket, known, tmp_path):
    """It fetches, too."""
    done = hashsweep(
        *("scan", f"s3://{bucket}", "--list", known, "-o", "report", "--engine", "serial", "-q"),
        env=seaweed.environment(),
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert len(rows(tmp_path / "report")) == 4


def test_no_credential_is_in_a_report_or_message(
    hashsweep_process, seaweed, bucket, known, tmp_path
):
    """Nowhere in any file of it, nor in what is printed."""
    done = hashsweep_process(
        *("scan", f"s3://{bucket}", f"s3://{bucket}-none", "--list", known, "-o", "report"),
        *("--log-file", "log"),
        env=seaweed.environment(),
    )
    again = hashsweep_process(
        *("scan", f"s3://{bucket}", "--list", known, "-o", "report", "--log-file", "log"),
        env=seaweed.environment(),
    )
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files if path.suffix != ".jpg")

    assert (done.returncode, again.returncode) == (2, 1)
    assert "bucket does not exist" in done.stderr
    for secret in support.servers.seaweed.WRITER:
        assert secret.encode() not in written
        assert secret not in done.stdout + done.stderr + again.stdout + again.stderr


def test_shards_are_the_whole_together(hashsweep, seaweed, bucket, known, tmp_path):
    """Each item is in exactly one report, and the reports can be read as one."""
    codes = [
        hashsweep(
            *("scan", f"s3://{bucket}", "--list", known, "-o", f"shard-{i}", "--shard", f"{i}/3"),
            env=seaweed.environment(),
        ).returncode
        for i in (1, 2, 3)
    ]

    assert set(codes) <= {0, 1}
    assert len(rows(f"{tmp_path}/shard-*")) == 4
    assert len(rows(f"{tmp_path}/shard-*", table="matches")) == 1
    sweeps = [json.loads((tmp_path / f"shard-{i}/sweep.json").read_text()) for i in (1, 2, 3)]
    assert [each["tally"]["items"] + each["tally"]["in_other_shards"] for each in sweeps] == [
        4,
        4,
        4,
    ]


def test_unchanged_objects_are_not_fetched_again(hashsweep, seaweed, bucket, known, tmp_path):
    """A change token tells; an object that was overwritten is read anew."""
    first = hashsweep(
        *("scan", f"s3://{bucket}", "--list", known, "-o", "one", "-q"), env=seaweed.environment()
    )
    seaweed.put(bucket, {"in/2.jpg": jpeg(scene(9, 320, 240))})
    second = hashsweep(
        *("scan", f"s3://{bucket}", "--list", known, "-o", "two", "-q", "--baseline", "one"),
        env=seaweed.environment(),
    )

    assert (first.returncode, second.returncode) == (1, 1)
    carried = rows(tmp_path / "two", "right(uri, 5), from_baseline")
    assert dict(carried) == {"1.jpg": True, "2.jpg": False, "3.jpg": True, "s.txt": True}
    assert rows(tmp_path / "two", "sha256")[1] != rows(tmp_path / "one", "sha256")[1]


def test_a_server_that_goes_wrong(hashsweep_process, faulty, known, tmp_path):
    """Every object is one row with its reason; what went well in the end is scanned."""
    values = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_REGION": "x"}
    done = hashsweep_process(
        *("scan", "s3://bucket", "--list", known, "-o", "report", "--endpoint", faulty.endpoint),
        *("--fetch-timeout", "1", "--retries", "2"),
        env={**os.environ, **values},
    )
    reasons = dict(rows(tmp_path / "report", "uri, reasons[1].reason"))

    assert done.returncode == 4, done.stderr
    assert {uri.removeprefix("s3://bucket/"): reason for uri, reason in reasons.items()} == {
        "good": None,
        "503-then-ok": None,
        "cut-once": None,
        "403": "denied",
        "404": "gone",
        "500": "io-error",
        "archived": "archived",
        "cut-short": "io-error",
        "no-answer": "timeout",
        "stalled": "timeout",
        "wrong-etag": "changed",
    }
    changed = rows(tmp_path / "report", "sha256, reasons[1].reason")
    assert all(digest for digest, reason in changed if reason in (None, "changed"))
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0/3", "'0/3': 0 is not between 1 and 3"),
        ("4/3", "'4/3': 4 is not between 1 and 3"),
        ("1", "'1' does not look like 1/4"),
        ("1/0", "'1/0': 0 is not a number of parts"),
    ],
)
def test_no_such_shard(hashsweep, media, known, text, told):
    """Parts are counted from 1."""
    done = hashsweep("scan", media, "--list", known, "-o", "report", "--shard", text)

    assert done.returncode == 2
    assert told in done.stderr


def test_a_profile_of_the_users_own(hashsweep_process, seaweed, bucket, known, tmp_path):
    """As the store's own tools have it, by the optional boto3."""
    key, secret = support.servers.seaweed.WRITER
    (tmp_path / "credentials").write_text(
        f"[sweeper]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    )
    environment = seaweed.environment()
    del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    environment |= {
        "AWS_PROFILE": "sweeper",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }
    done = hashsweep_process(
        *("scan", f"s3://{bucket}", "--list", known, "-o", "report", "-q"), env=environment
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert len(rows(tmp_path / "report")) == 4


def test_names_that_are_not_easy(hashsweep, seaweed, media, known, tmp_path):
    """Spaces, plus, percent, emoji, newline, control, 1,024 bytes: each is read as itself."""
    name = seaweed.bucket()
    content = (media / "1.jpg").read_bytes()
    long = "/".join(["y" * 200] * 5) + "/" + "z" * 19
    keys = ["a b+c%20d.jpg", "ü/😀.jpg", "new\nline.jpg", "\x01", long]
    for key in keys:
        with seaweed.files().open_output_stream(f"{name}/{key}") as stream:
            stream.write(content)
    words = ("scan", f"s3://{name}", "--list", known, "-o", "report", "-q")
    done = hashsweep(*words, env=seaweed.environment())

    assert (done.returncode, done.stderr) == (1, "")
    found = rows(tmp_path / "report", "uri, status")
    assert sorted(found) == sorted((f"s3://{name}/{key}", "scanned") for key in keys)
