"""Inventories as the stores write them, by their vendors' documentation, from rows of ours."""

import base64
import csv
import gzip
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

TIME = "2026-01-01T00:00:00.000Z"
TIME_NS = 1_767_225_600_000_000_000

S3_FIELDS = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate"),
    *("ETag", "StorageClass", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus"),
    *("ObjectLockRetainUntilDate", "ObjectLockMode", "ObjectLockLegalHoldStatus"),
    *("IntelligentTieringAccessTier", "BucketKeyStatus", "ChecksumAlgorithm"),
)
_S3_COLUMNS = {
    "bucket": pa.string(),
    "key": pa.string(),
    "version_id": pa.string(),
    "is_latest": pa.bool_(),
    "is_delete_marker": pa.bool_(),
    "size": pa.int64(),
    "last_modified_date": pa.timestamp("ms"),
    "e_tag": pa.string(),
    "storage_class": pa.string(),
    "is_multipart_uploaded": pa.bool_(),
    "replication_status": pa.string(),
    "encryption_status": pa.string(),
    "object_lock_retain_until_date": pa.timestamp("ms"),
    "object_lock_mode": pa.string(),
    "object_lock_legal_hold_status": pa.string(),
    "intelligent_tiering_access_tier": pa.string(),
    "bucket_key_status": pa.string(),
    "checksum_algorithm": pa.string(),
}
GCS_FIELDS = (
    *("project", "bucket", "name", "location", "size", "timeCreated", "timeDeleted", "updated"),
    *("storageClass", "etag", "retentionExpirationTime", "crc32c", "md5Hash", "generation"),
    *("metageneration", "contentType", "contentEncoding", "timeStorageClassUpdated"),
)


def md5_hex(content: bytes) -> str:
    """The MD5 in hexadecimal."""
    return hashlib.md5(content).hexdigest()


def md5_base64(content: bytes) -> str:
    """The MD5 as Google and Azure write it."""
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def s3_row(key: str, size: int | None = 1, **others: object) -> dict[str, object]:
    """One row of an S3 inventory, by its CSV names."""
    return {
        "Bucket": "example-source",
        "Key": key,
        "VersionId": "",
        "IsLatest": True,
        "IsDeleteMarker": False,
        "Size": size,
        "LastModifiedDate": TIME,
        "ETag": "9e107d9d372bb6826bd81d3542a419d6",
        "StorageClass": "STANDARD",
        "IsMultipartUploaded": False,
        "ReplicationStatus": "",
        "EncryptionStatus": "SSE-S3",
        **others,
    }


def s3_inventory(
    bucket: dict[str, bytes], rows: list[dict], form: str = "CSV", *, files: int = 1
) -> str:
    """Put an inventory into `bucket` (key -> bytes) and return the key of its manifest."""
    start = "inventory/example-source/daily"
    listed = []
    for number in range(files):
        content, ending = _S3_FORMS[form](rows[number::files])
        key = f"{start}/data/{number:08d}-aaaa{ending}"
        bucket[key] = content
        listed.append({"key": key, "size": len(content), "MD5checksum": md5_hex(content)})
    if form == "CSV":
        schema = ", ".join(S3_FIELDS)
    else:
        columns = "".join(f"  optional binary {name};\n" for name in _S3_COLUMNS)
        schema = f"message s3.inventory {{\n{columns}}}"
    manifest = {
        "sourceBucket": "example-source",
        "destinationBucket": "arn:aws:s3:::example-dest",
        "version": "2016-11-30",
        "creationTimestamp": "1767225600000",
        "fileFormat": form,
        "fileSchema": schema,
        "files": listed,
    }
    key = f"{start}/2026-01-01T00-00Z/manifest.json"
    bucket[key] = json.dumps(manifest, indent=2).encode()
    bucket[key.replace(".json", ".checksum")] = md5_hex(bucket[key]).encode()
    return key


def _s3_csv(rows: list[dict]) -> tuple[bytes, str]:
    """Headerless, every cell in quotes, keys encoded, compressed."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        row = {**row, "Key": quote_plus(row["Key"], safe="/")}  # noqa: PLW2901
        writer.writerow([_cell(row.get(name)) for name in S3_FIELDS])
    return gzip.compress(text.getvalue().encode()), ".csv.gz"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _s3_table(rows: list[dict]) -> pa.Table:
    columns = {}
    for (name, kind), field in zip(_S3_COLUMNS.items(), S3_FIELDS, strict=True):
        values = [row.get(field) for row in rows]
        if pa.types.is_timestamp(kind):
            values = [v and datetime.fromisoformat(v).astimezone(UTC) for v in values]
        columns[name] = pa.array([None if v == "" else v for v in values], kind)
    return pa.table(columns)


def _s3_parquet(rows: list[dict]) -> tuple[bytes, str]:
    out = io.BytesIO()
    pq.write_table(_s3_table(rows), out, compression="snappy")
    return out.getvalue(), ".parquet"


def _s3_orc(rows: list[dict]) -> tuple[bytes, str]:
    out = io.BytesIO()
    orc.write_table(_s3_table(rows), out, compression="zlib")
    return out.getvalue(), ".orc"


_S3_FORMS = {"CSV": _s3_csv, "Parquet": _s3_parquet, "ORC": _s3_orc}


def gcs_row(name: str, content: bytes, **others: object) -> dict[str, object]:
    """One row of a Cloud Storage inventory report."""
    return {
        "project": "123456789",
        "bucket": "example-source",
        "name": name,
        "location": "EU",
        "size": len(content),
        "timeCreated": TIME,
        "timeDeleted": None,
        "updated": TIME,
        "storageClass": "STANDARD",
        "etag": "CJ+Uu6CGzIkDEAE=",
        "crc32c": "yZRlqg==",
        "md5Hash": md5_base64(content),
        "generation": 1767225600000000,
        "metageneration": 1,
        "contentType": "image/jpeg",
        **others,
    }


def gcs_inventory(
    folder: Path, rows: list[dict], *, parquet: bool = False, header: bool = True, delimiter=","
) -> Path:
    """Write a report of one shard into a folder; return the manifest."""
    start = "fc95c52f-157a-494f-af4a-d4a53a69ba66_2026-01-20T00:00"
    folder.mkdir(parents=True, exist_ok=True)
    shard = folder / f"{start}_0.{'parquet' if parquet else 'csv'}"
    if parquet:
        table = pa.table({name: [row.get(name) for row in rows] for name in GCS_FIELDS})
        pq.write_table(table, shard)
    else:
        with shard.open("w", newline="") as text:
            writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
            if header:
                writer.writerow(GCS_FIELDS)
            for row in rows:
                writer.writerow([_cell(row.get(name)) for name in GCS_FIELDS])
    options = {"delimiter": delimiter, "header_required": header, "record_separator": "\n"}
    config = {
        "display_name": "demo",
        "object_metadata_report_options": {"metadata_fields": [*GCS_FIELDS]},
        ("parquet_options" if parquet else "csv_options"): {} if parquet else options,
    }
    manifest = folder / f"{start}_manifest.json"
    manifest.write_text(
        json.dumps(
            {
                "report_config": config,
                "records_processed": len(rows),
                "snapshot_time": "2026-01-20T00:00:00Z",
                "shard_count": 1,
                "report_shards_file_names": [shard.name],
            }
        )
    )
    return manifest


def azure_row(name: str, content: bytes, **others: object) -> dict[str, object]:
    """One row of a blob inventory."""
    return {
        "Name": name,
        "Creation-Time": TIME,
        "Last-Modified": TIME,
        "ETag": "0x8D8C5C5A5A5A5A5",
        "Content-Length": len(content),
        "Content-Type": "image/jpeg",
        "Content-MD5": md5_base64(content),
        "BlobType": "BlockBlob",
        "AccessTier": "Hot",
        "Metadata": '{"uploader":"7"}',
        "Snapshot": None,
        "VersionId": None,
        "IsCurrentVersion": None,
        "Deleted": None,
        **others,
    }


def azure_inventory(folder: Path, rows: list[dict], *, parquet: bool = False, **others) -> Path:
    """Write an inventory below a folder, which stands for the container; return the manifest."""
    below = "2026/01/20/00-00-00/Rule_1"
    (folder / below).mkdir(parents=True, exist_ok=True)
    fields = list(azure_row("", b""))
    blob = f"{below}/Rule_1_1000000_0.{'parquet' if parquet else 'csv'}"
    if parquet:
        pq.write_table(pa.table({f: [row[f] for row in rows] for f in fields}), folder / blob)
    else:
        with (folder / blob).open("w", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(fields)
            writer.writerows([_cell(row[field]) for field in fields] for row in rows)
    manifest = {
        "destinationContainer": "inventory",
        "endpoint": "https://demo.blob.core.windows.net",
        "files": [{"blob": blob, "size": (folder / blob).stat().st_size}],
        "inventoryCompletionTime": "2026-01-20T00:10:00Z",
        "inventoryStartTime": "2026-01-20T00:00:00Z",
        "ruleDefinition": {
            "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["c1"]},
            "format": "parquet" if parquet else "csv",
            "objectType": "blob",
            "schedule": "daily",
            "schemaFields": fields,
        },
        "ruleName": "Rule_1",
        "status": "Succeeded",
        "summary": {"objectCount": len(rows), "totalObjectSize": 1},
        "version": "1.0",
        **others,
    }
    path = folder / below / "Rule_1-manifest.json"
    path.write_text(json.dumps(manifest))
    path.with_name("Rule_1-manifest.checksum").write_text(md5_hex(path.read_bytes()))
    return path


def write(folder: Path, bucket: dict[str, bytes]) -> None:
    """Write what is in a bucket to a folder, as a copy of it."""
    for key, content in bucket.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
