"""Sweeps of inventories and lists through the real command, against a real server."""

import csv
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import obstore
import pytest

from support.inventories import (
    azure_inventory,
    azure_row,
    gcs_inventory,
    gcs_row,
    md5_hex,
    s3_inventory,
    s3_row,
)
from support.servers.web import serving
from support.thoroughness import times

ROWS = times(20_000, 1000)
"""Objects in the large inventory; .ci/run has a hundred thousand."""


def rows(report, columns="uri", table="files"):
    """Rows of a report."""
    return duckdb.sql(f"select {columns} from '{report}/{table}/*.parquet' order by uri").fetchall()


def reasons(report):
    """Last part of the URI -> why it failed, of those that did."""
    found = rows(report, "uri, reasons[1].reason")
    return {uri.rpartition("/")[2]: reason for uri, reason in found if reason}


@pytest.fixture
def inventoried(seaweed, media):
    """Put media and an S3 inventory of them into buckets; return the manifest's URI."""

    def make(extra=(), form="CSV", change=lambda row: row, versions=()):
        source, destination = seaweed.bucket(), seaweed.bucket()
        seaweed.put(source, {path.name: path.read_bytes() for path in media.iterdir()})
        listed = [
            change(
                s3_row(
                    meta["path"],
                    meta["size"],
                    Bucket=source,
                    ETag=meta["e_tag"].strip('"'),
                    LastModifiedDate=meta["last_modified"].isoformat(),
                )
            )
            for page in obstore.list(seaweed.store(source))
            for meta in page
        ]
        bucket = {}
        more = [{**row, "Bucket": source} for row in (*extra, *versions)]
        key = s3_inventory(bucket, [*listed, *more], form, files=2)
        for name, content in bucket.items():
            bucket[name] = content.replace(b":::example-dest", f":::{destination}".encode())
        manifest = bucket[key]
        bucket[key.replace(".json", ".checksum")] = md5_hex(manifest).encode()
        seaweed.put(destination, bucket)
        return f"s3://{destination}/{key}"

    return make


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_an_inventory_gives_what_a_folder_gives(  # noqa: PLR0917
    hashsweep, seaweed, inventoried, media, known, tmp_path, form
):
    """The manifest is in a bucket itself; what is listed and gone since is told."""
    cold = s3_row("ice.jpg", 5, StorageClass="GLACIER")
    uri = inventoried([s3_row("vanished.jpg", 5), cold], form)
    hashsweep("scan", media, "--list", known, "-o", "folder", "-q")
    done = hashsweep(
        *("scan", "--manifest", uri, "--list", known, "-o", "report", "-q"),
        env=seaweed.environment(),
    )
    columns = "sha256, md5, pdq, media_type"
    found = [row for row in rows(tmp_path / "report", f"status, {columns}") if row[1]]

    assert (done.returncode, done.stderr) == (5, "")
    assert [row[1:] for row in found] == rows(tmp_path / "folder", columns)
    assert {row[0] for row in found} == {"scanned"}
    assert reasons(tmp_path / "report") == {"vanished.jpg": "gone", "ice.jpg": "archived"}
    about = json.loads((tmp_path / "report/sweep.json").read_text())
    assert about["sources"] == [uri]


def test_an_object_that_changed_since_is_told(hashsweep, seaweed, inventoried, known, tmp_path):
    """It is hashed as it is now, and does not pass for what was listed."""
    uri = inventoried(change=lambda row: {**row, "ETag": "0" * 32} if "1" in row["Key"] else row)
    done = hashsweep(
        *("scan", "--manifest", uri, "--list", known, "-o", "report", "-q"),
        env=seaweed.environment(),
    )

    assert done.returncode == 5
    assert reasons(tmp_path / "report") == {"1.jpg": "changed"}
    assert all(sha256 for (sha256,) in rows(tmp_path / "report", "sha256"))


def test_tampered_or_missing_files_stop_the_run_before_it_starts(
    hashsweep, seaweed, inventoried, known, tmp_path
):
    """One clear line, and no report."""
    uri = inventoried()
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    store = seaweed.store(bucket)
    content = bytes(obstore.get(store, key).bytes())
    scan = ("scan", "--manifest", uri, "--list", known, "-o", "report")
    obstore.put(store, key, content.replace(b"1767225600000", b"1767225600001"))
    tampered = hashsweep(*scan, env=seaweed.environment())
    obstore.put(store, key, content)
    obstore.delete(store, json.loads(content)["files"][1]["key"])
    missing = hashsweep(*scan, env=seaweed.environment())
    denied = hashsweep(*scan, env=seaweed.environment(("testkey", "wrong")))

    assert (tampered.returncode, missing.returncode, denied.returncode) == (2, 2, 2)
    assert tampered.stderr.endswith("it was altered: its MD5 is not the one in manifest.checksum\n")
    assert missing.stderr.endswith("data/00000001-aaaa.csv.gz is missing\n")
    assert denied.stderr.endswith("manifest.json: the store refuses access\n")
    assert [done.stderr.count("\n") for done in (tampered, missing, denied)] == [1, 1, 1]
    assert not (tmp_path / "report").exists()


def test_versions_that_are_not_the_current_one(hashsweep, seaweed, known, media, tmp_path):
    """Each is an item; without the option they are skipped and counted."""
    bucket = seaweed.bucket()
    client = seaweed.client()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = (media / "1.jpg").read_bytes()
    first = client.put_object(Bucket=bucket, Key="a.jpg", Body=old)["VersionId"]
    last = client.put_object(Bucket=bucket, Key="a.jpg", Body=b"new")["VersionId"]
    listing = {}
    key = s3_inventory(
        listing,
        [
            s3_row("a.jpg", 3, Bucket=bucket, VersionId=last, ETag=md5_hex(b"new")),
            s3_row("a.jpg", len(old), Bucket=bucket, VersionId=first, IsLatest=False, ETag=""),
        ],
    )
    for name, content in listing.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    scan = ("scan", "--manifest", tmp_path / "copy" / key, "--hash", "sha256", "-q")
    current = hashsweep(*scan, "-o", "current", env=seaweed.environment())
    whole = hashsweep(*scan, "-o", "all", "--all-versions", env=seaweed.environment())
    resumed = hashsweep(*scan, "-o", "all", "--all-versions", "--resume", env=seaweed.environment())

    assert (current.returncode, whole.returncode, resumed.returncode) == (0, 0, 0), whole.stderr
    assert len(rows(tmp_path / "current")) == 1
    found = rows(tmp_path / "all", "sha256, source_columns, item_id")
    assert {row[0] for row in found} == {hashlib.sha256(c).digest() for c in (old, b"new")}
    assert sorted((row[1] or {}).get("version", "") for row in found) == sorted(["", first])
    assert len({row[2] for row in found}) == 2


def test_digests_that_a_store_states_are_matched_with_no_byte_read(hashsweep, known, tmp_path):
    """Nothing is fetched: there is no such store. What has no digest does not look clean."""
    listed = next(csv.DictReader(known.read_text().splitlines()))
    content = b"any"
    rows_ = [
        gcs_row("known.jpg", content, md5Hash=_base64(listed["md5"])),
        gcs_row("other.jpg", content),
        gcs_row("composed.jpg", content, md5Hash=None),
    ]
    manifest = gcs_inventory(tmp_path / "gcs", rows_)
    done = hashsweep(
        *("scan", "--manifest", manifest, "--digest-only", "--list", known, "-o", "gcs-report"),
    )
    blob = azure_row("c/k.jpg", content, **{"Content-MD5": _base64(listed["md5"])})
    blobs = azure_inventory(tmp_path / "azure", [blob])
    also = hashsweep(
        *("scan", "--manifest", blobs, "--digest-only", "--list", known, "-o", "az-report", "-q"),
    )

    assert (done.returncode, also.returncode) == (5, 1), done.stderr + also.stderr
    assert rows(tmp_path / "gcs-report", "uri, tier", "matches") == [
        ("gs://example-source/known.jpg", "exact-md5")
    ]
    assert rows(tmp_path / "az-report", "uri, tier", "matches") == [("az://c/k.jpg", "exact-md5")]
    assert reasons(tmp_path / "gcs-report") == {"composed.jpg": "no-digest"}
    assert rows(tmp_path / "gcs-report", "uri, stated_hashes, sha256") == [
        ("gs://example-source/composed.jpg", [], None),
        ("gs://example-source/known.jpg", ["md5"], None),
        ("gs://example-source/other.jpg", ["md5"], None),
    ]


def _base64(text):
    import base64

    return base64.b64encode(bytes.fromhex(text)).decode()


def test_an_md5_that_is_enough_is_not_fetched(hashsweep, tmp_path):
    """Where nothing but MD5 is wanted and stated, no store is asked."""
    manifest = gcs_inventory(tmp_path / "gcs", [gcs_row("a.jpg", b"any")])
    done = hashsweep("scan", "--manifest", manifest, "--hash", "md5", "-o", "report", "-q")

    assert (done.returncode, done.stderr) == (0, "")
    assert rows(tmp_path / "report", "stated_hashes, md5") == [
        (["md5"], hashlib.md5(b"any").digest())
    ]


def test_what_a_list_says_beside_is_in_the_report(hashsweep, media, known, tmp_path):
    """Content and uploader, by which a match can be acted on; permissions are not."""
    (tmp_path / "list.csv").write_text(
        "path,content_id,uploader\n"
        + "".join(f"{path},{path.stem},7\n" for path in sorted(media.glob("*.jpg")))
        + "http://127.0.0.1:9/a.jpg?sig=topsecret,web,8\n"
    )
    done = hashsweep(
        *("scan", "--manifest", "list.csv", "--list", known, "-o", "report", "--retries", "0"),
        *("--allow-host", "127.0.0.1:9"),
    )
    found = rows(tmp_path / "report", "uri, source_columns")

    assert done.returncode == 5
    assert dict(found)["http://127.0.0.1:9/a.jpg"] == {"content_id": "web", "uploader": "8"}
    assert {columns["content_id"] for _, columns in found} == {"1", "2", "3", "web"}
    written = [path.read_bytes() for path in (tmp_path / "report").rglob("*") if path.is_file()]
    assert not any(b"topsecret" in content for content in written)
    assert "topsecret" not in done.stdout + done.stderr


def test_of_web_servers_only_those_named_are_asked(hashsweep_process, media, known, tmp_path):
    """Every other row fails with a reason that names the way out; nothing is sent to others."""
    picture = (media / "1.jpg").read_bytes()
    with serving(picture) as named, serving(picture) as other:
        listed = (
            *(named.at("/object?sig=canary"), other.at("/object?sig=canary"), named.at("/drip")),
            *(named.at(f"/to?{other.at('/object')}"), f"http://user:canary@{named.host}/x"),
        )
        (tmp_path / "list.txt").write_text("\n".join(listed))
        done = hashsweep_process(
            *("scan", "--manifest", "list.txt", "--list", known, "-o", "report", "--retries", "0"),
            *("--allow-host", named.host, "--web-timeout", "1"),
        )
        resumed = hashsweep_process(
            *("scan", "--manifest", "list.txt", "--list", known, "-o", "report", "--resume"),
        )
        asked = dict(other.asked)
    found = dict(rows(tmp_path / "report", "uri, reasons[1].reason || ': ' || reasons[1].detail"))

    assert done.returncode == 5, done.stderr
    assert asked == {}
    assert len(rows(tmp_path / "report", "uri", "matches")) == 1
    assert found == {
        named.at("/object"): None,
        named.at("/x"): "bad-name: a web address with a user or password is not fetched",
        other.at("/object"): f"host-not-allowed: --allow-host does not name {other.host}",
        named.at("/to"): "redirected: to another scheme, host or port",
        named.at("/drip"): "timeout: the whole object takes longer than --web-timeout",
    }
    assert "canary" not in done.stdout + done.stderr
    assert (resumed.returncode, "--allow-host" in resumed.stderr) == (2, True)


def test_a_manifest_on_a_web_server_names_itself_alone(hashsweep_process, media, known, tmp_path):
    """Whoever names it wants it read; its rows need `--allow-host` all the same."""
    with serving(b"") as server:
        server.content = f"{media}/1.jpg\n{server.at('/status/200')}\n".encode()
        words = ("scan", "--manifest", server.at("/object?sig=canary"), "--list", known, "-o")
        without = hashsweep_process(*words, "without")
        allowed = hashsweep_process(*words, "allowed", "--allow-host", server.host)
    found = [
        [reason for _, reason in rows(tmp_path / name, "uri, reasons[1].reason")]
        for name in ("without", "allowed")
    ]

    assert (without.returncode, allowed.returncode) == (5, 5), without.stderr
    assert found == [[None, "host-not-allowed"], [None, "empty"]]
    written = (tmp_path / "without/sweep.json").read_text() + without.stdout + without.stderr
    assert "canary" not in written
    assert server.at("/object") in written


def test_a_web_address_is_no_source(hashsweep, known):
    """It could not be listed; the message says what to do."""
    done = hashsweep("scan", "https://h.example/a?sig=canary", "--list", known, "-o", "report")

    assert done.returncode == 2
    assert "--manifest" in done.stderr
    assert "canary" not in done.stderr


def test_a_list_from_another_program(hashsweep, media, known, tmp_path):
    """A database's export needs no file."""
    listed = "".join(f"{json.dumps({'path': str(path)})}\n" for path in media.iterdir())
    done = hashsweep(
        *("scan", "--manifest", "-", "--list", known, "-o", "report", "-q"), input=listed
    )

    assert done.returncode == 1
    assert len(rows(tmp_path / "report")) == len(list(media.iterdir()))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--digest-only", "."], "need a --manifest"),
        (["--manifest", "-", "--files-from", "-"], "standard input can be read only once"),
        (["--manifest", "none.csv"], "none.csv: No such file or directory"),
        (["--manifest", "s3://"], "it names no bucket"),
    ],
)
def test_what_does_not_fit_together_is_refused(hashsweep, known, arguments, told):
    """In one line."""
    done = hashsweep("scan", *arguments, "--list", known, "-o", "report")

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_large_inventory_end_to_end(hashsweep_process, seaweed, tmp_path):
    """Every row comes to one row of the report; what is on the list is found."""
    bucket = seaweed.bucket()
    store = seaweed.store(bucket)
    keys = [f"2026/{number % 97:02d}/{number:06d} +.bin" for number in range(ROWS)]

    def put(number):
        content = b"object %d" % number
        etag = obstore.put(store, keys[number], content)["e_tag"]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return s3_row(
            keys[number], len(content), Bucket=bucket, ETag=etag.strip('"'), LastModifiedDate=now
        )

    with ThreadPoolExecutor(16) as threads:
        listed = list(threads.map(put, range(ROWS), chunksize=100))
    inventory = {}
    key = s3_inventory(inventory, listed, files=3)
    for name, content in inventory.items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    wanted = range(7, ROWS, ROWS // 20)
    hashes = [hashlib.sha256(b"object %d" % number).hexdigest() for number in wanted]
    (tmp_path / "known.csv").write_text("".join(f"{value}\n" for value in ["sha256", *hashes]))
    done = hashsweep_process(
        *("scan", "--manifest", tmp_path / "copy" / key, "--list", "known.csv", "-o", "report"),
        "-q",
        env=seaweed.environment(),
        timeout=1800,
    )

    assert (done.returncode, done.stderr) == (1, "")
    found = {uri for (uri,) in rows(tmp_path / "report", table="matches")}
    counted = "count(*), count(distinct uri), count(sha256)"
    counts = duckdb.sql(f"select {counted} from '{tmp_path}/report/files/*.parquet'").fetchall()
    assert counts == [(ROWS, ROWS, ROWS)]
    assert found == {f"s3://{bucket}/{keys[number]}" for number in wanted}
