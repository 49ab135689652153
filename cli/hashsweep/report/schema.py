"""Every column of a report, with what it means. The README's tables are made from this.

Knows no row.
"""

import pyarrow as pa

VERSION = 5
"""Version of the report's layout; in `sweep.json` as `report_version`.

5 has a part of `matches` for each of `files`, also where nothing matched. 4 has the item's own
`md5`, `sha1`, `sha256` and `pdq` and the column `decision` in `matches`. 3 has the column `stated`.
2 has the columns `carried` and `frames`, and rows of further frames.
"""

READ = (2, 3, 4, VERSION)
"""Versions that can be read."""

STATES = {
    "complete": "the sweep came to its end",
    "interrupted": "the sweep was stopped before its end",
    "running": "the sweep is still running",
    "killed": "the sweep was killed, or its machine stopped",
}
"""States of a report; `sweep.json` has `running` for one that was killed, too."""


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": meaning})


EVIDENCE = pa.list_(pa.struct([("algorithm", pa.string()), ("distance", pa.int16())]))
TIMESTAMP = pa.timestamp("ns", tz="UTC")

FILES = pa.schema(
    [
        _column("item_id", pa.binary(16), "BLAKE2b-128 of the URI's bytes; joins files to matches"),
        _column("uri", pa.string(), "path or URI; bytes that are not UTF-8 stand as \\xNN"),
        _column("uri_bytes", pa.binary(), "the name itself, only where it is not valid UTF-8"),
        _column(
            "part",
            pa.string(),
            "frame N, counted from 1; null for the file itself and its first frame",
        ),
        _column("status", pa.string(), "scanned, or failed: something asked for was not done"),
        _column("stage", pa.string(), "where a failed item failed (see the table of stages)"),
        _column("reason", pa.string(), "why a failed item failed: a stable code (see the table)"),
        _column("detail", pa.string(), "more about the failure, for people"),
        _column("size", pa.int64(), "bytes"),
        _column("mtime", TIMESTAMP, "last modification, as the source or the file system has it"),
        _column("etag", pa.string(), "an object store's change token; never evidence"),
        _column("carried", pa.bool_(), "hashes are from an earlier report; nothing was read"),
        _column("stated", pa.bool_(), "the MD5 is what the source states; nothing was read"),
        _column("media_type", pa.string(), "told from the content, never from the name"),
        _column("width", pa.int32(), "pixels, as stored (no rotation by EXIF)"),
        _column("height", pa.int32(), "pixels, as stored"),
        _column(
            "animated",
            pa.bool_(),
            "has more than one frame or page (also a camera's preview)",
        ),
        _column("frames", pa.int32(), "how many, where there are several; see --max-frames"),
        _column("decode_mode", pa.string(), "exact, or fast/N: JPEG luminance decoded at 1/N"),
        _column("known_good", pa.string(), "the --known-good list that names this file, if any"),
        _column("md5", pa.binary(16), "MD5 of the bytes"),
        _column("sha1", pa.binary(20), "SHA-1 of the bytes"),
        _column("sha256", pa.binary(32), "SHA-256 of the bytes"),
        _column("pdq", pa.binary(32), "PDQ of the picture, most significant bit first"),
        _column("pdq_quality", pa.uint8(), "0-100; below 50 the hash is kept but not matched"),
        _column("phash", pa.binary(8), "imagehash.phash"),
        _column("dhash", pa.binary(8), "imagehash.dhash"),
        _column("ahash", pa.binary(8), "imagehash.average_hash"),
        _column("whash", pa.binary(8), "imagehash.whash"),
        _column(
            "source_columns",
            pa.map_(pa.string(), pa.string()),
            "what a manifest brought along",
        ),
    ]
)

MATCHES = pa.schema(
    [
        _column("item_id", pa.binary(16), "the item, as in files"),
        _column("uri", pa.string(), "the item's path or URI, as in files"),
        _column("part", pa.string(), "as in files"),
        _column("algorithm", pa.string(), "the strongest hash that matched"),
        _column("distance", pa.int16(), "bits in which that hash differs; 0 for digests"),
        _column("variant", pa.string(), "as-is: the picture as it is stored"),
        _column("list", pa.string(), "name of the hash list"),
        _column("entry_id", pa.string(), "the entry's id on that list (its hash stays there)"),
        _column("category", pa.string(), "the list's own category of the entry"),
        _column("labels", pa.list_(pa.string()), "the list's own labels of the entry"),
        _column("tier", pa.string(), "weight of the evidence (see the table of tiers)"),
        _column("evidence", EVIDENCE, "every hash that matched this entry, strongest first"),
        _column("decision", pa.string(), "confirmed or overturned, by --decisions; null without"),
        _column("md5", pa.binary(16), "the file's own MD5, as in files"),
        _column("sha1", pa.binary(20), "the file's own SHA-1, as in files"),
        _column("sha256", pa.binary(32), "the file's own SHA-256, as in files"),
        _column("pdq", pa.binary(32), "the picture's or frame's own PDQ, as in files"),
    ]
)

NEVER_NULL = (
    *("item_id", "uri", "status"),
    *("algorithm", "distance", "list", "entry_id", "category", "tier"),
)
"""Columns, of one table or both, that every version has had, with a value in every row."""

HASH_COLUMNS = ("md5", "sha1", "sha256", "pdq", "phash", "dhash", "ahash", "whash")


def files_schema(extra: dict[str, int]) -> pa.Schema:
    """Return FILES with a column for each plug-in hash: name -> length in bytes."""
    schema = FILES
    for name, size in extra.items():
        schema = schema.append(_column(name, pa.binary(size), f"{name}, by a plug-in"))
    return schema


def description(field: pa.Field) -> str:
    """Return what a column means."""
    text: bytes = (field.metadata or {}).get(b"description", b"")
    return text.decode()
