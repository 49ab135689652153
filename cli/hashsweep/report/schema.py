"""Every column of a report and its meaning. The tables in the docs are generated from this.

Times are microseconds, which every Parquet reader supports (Spark refuses nanoseconds). A column
that a later version adds is null in reports that lack it. Knows no row.
"""

import pyarrow as pa

from hashsweep.report.no_pandas import leave_out_pandas

leave_out_pandas()  # before anything is converted


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": meaning})


EVIDENCE = pa.list_(pa.struct([("algorithm", pa.string()), ("distance", pa.int32())]))
REASONS = pa.list_(
    pa.struct([("stage", pa.string()), ("reason", pa.string()), ("detail", pa.string())])
)
LOOKED_FOR = pa.struct(
    [
        ("ruleset", pa.int32()),
        ("hashes", pa.list_(pa.string())),
        ("views", pa.list_(pa.string())),
        ("frames_seen", pa.int32()),
        ("frames_left", pa.int32()),
        ("frames_not_kept", pa.int32()),
    ]
)
FRAME_HASHES = pa.list_(
    pa.struct([("frame", pa.int32()), ("pdq", pa.binary(32)), ("quality", pa.uint8())])
)
VIEWS = pa.list_(
    pa.struct([("variant", pa.string()), ("pdq", pa.binary(32)), ("quality", pa.uint8())])
)
POSSIBLE = pa.list_(
    pa.struct([("list", pa.string()), ("entry_id", pa.string()), ("distance", pa.int32())])
)
CLAIMS = pa.list_(pa.struct([("claim", pa.string()), ("value", pa.string())]))
TIMESTAMP = pa.timestamp("us", tz="UTC")

FILES = pa.schema(
    [
        _column("item_id", pa.binary(16), "BLAKE2b-128 of the URI's bytes; joins files to matches"),
        _column("uri", pa.string(), "path or URI; bytes that are not UTF-8 become \\xNN"),
        _column("uri_bytes", pa.binary(), "the name itself, only if it is not valid UTF-8"),
        _column(
            "part",
            pa.string(),
            "something inside the file, such as `frame 3`, counted from 1; null for the file "
            "itself and its first frame",
        ),
        _column("status", pa.string(), "scanned, or failed: something requested was not done"),
        _column(
            "reasons",
            REASONS,
            "what was not done: stage and reason are stable codes (see their tables), detail is "
            "for people; empty if there is nothing to report",
        ),
        _column("size", pa.int64(), "bytes"),
        _column("mtime", TIMESTAMP, "last modification, as given by the source or file system"),
        _column("mtime_ns", pa.int32(), "its nanoseconds within the second, 0-999999999"),
        _column("etag", pa.string(), "an object store's change token; never evidence"),
        _column("from_baseline", pa.bool_(), "hashes are from an earlier report; nothing was read"),
        _column(
            "stated_hashes",
            pa.list_(pa.string()),
            "hashes that the source states and that nothing was read to compute",
        ),
        _column("media_type", pa.string(), "detected from the content, never from the name"),
        _column("part_bytes", pa.int64(), "bytes of the part alone; null for the file"),
        _column("time_ms", pa.int64(), "when the part is shown, milliseconds from the start"),
        _column("width", pa.int32(), "pixels, as stored (no rotation by EXIF)"),
        _column("height", pa.int32(), "pixels, as stored"),
        _column(
            "animated",
            pa.bool_(),
            "has more than one frame or page (also a camera's preview)",
        ),
        _column("frames", pa.int32(), "how many, if there are several; see --max-frames"),
        _column("decode_mode", pa.string(), "exact, or fast/N: JPEG luminance decoded at 1/N"),
        _column(
            "looked_for",
            LOOKED_FOR,
            "what was compared: hashes; views (kinds of variants; of a stored hash, where no views "
            "are kept, turns-of-hash and inverted); frames seen, left out, and seen without their "
            "PDQ being kept; and the rules used (a number into sweep.json's rulesets, from 0)",
        ),
        _column("origin_claims", CLAIMS, "what the file says about its origin; never evidence"),
        _column("known_good", pa.string(), "the --known-good list that names this file, if any"),
        _column("md5", pa.binary(16), "MD5 of the bytes"),
        _column("sha1", pa.binary(20), "SHA-1 of the bytes"),
        _column("sha256", pa.binary(32), "SHA-256 of the bytes"),
        _column("pdq", pa.binary(32), "PDQ of the picture, most significant bit first"),
        _column(
            "pdq_quality",
            pa.uint8(),
            "0-100; below 50 the hash matches at 22 bits at most, below 5 never",
        ),
        _column(
            "frame_hashes",
            FRAME_HASHES,
            "the different PDQs of the file's frames, counted from 1, also of those without a row "
            "(--keep-frames); null where there is one frame",
        ),
        _column(
            "kept_views",
            pa.list_(pa.string()),
            "the kinds of variants of which `views` has the PDQs, as far as the picture has any; "
            "null where none are kept",
        ),
        _column(
            "views",
            VIEWS,
            "the PDQs of the picture turned and of its parts, by variant, as in matches "
            "(--keep-views); null where none are kept",
        ),
        _column(
            "possible",
            POSSIBLE,
            "entries that the picture possibly shows, at most 10, nearest first (--possible): "
            "leads, never matches; null where there are none or nobody asked",
        ),
        _column("phash", pa.binary(8), "imagehash.phash"),
        _column("dhash", pa.binary(8), "imagehash.dhash"),
        _column("ahash", pa.binary(8), "imagehash.average_hash"),
        _column("whash", pa.binary(8), "imagehash.whash"),
        _column(
            "source_columns",
            pa.map_(pa.string(), pa.string()),
            "further columns of a manifest",
        ),
    ]
)

MATCHES = pa.schema(
    [
        _column("item_id", pa.binary(16), "the item, as in files"),
        _column("uri", pa.string(), "the item's path or URI, as in files"),
        _column("part", pa.string(), "as in files"),
        _column("algorithm", pa.string(), "the strongest hash that matched"),
        _column("distance", pa.int32(), "in the hash's own unit: bits, 0 for digests"),
        _column(
            "variant",
            pa.string(),
            "what makes the file's picture the listed one: as-is, mirrored, over-white, ...",
        ),
        _column("list", pa.string(), "name of the hash list"),
        _column("entry_id", pa.string(), "the entry's id on that list (its hash stays there)"),
        _column("category", pa.string(), "the entry's category, as the list gives it"),
        _column("labels", pa.list_(pa.string()), "the entry's labels, as the list gives them"),
        _column("tier", pa.string(), "weight of the evidence (see the table of tiers)"),
        _column("evidence", EVIDENCE, "every hash that matched this entry, strongest first"),
        _column("known_percent", pa.float32(), "share of a video entry's frames found, 0-100"),
        _column("query_percent", pa.float32(), "share of the file's frames that match it, 0-100"),
        _column("frames_matched", pa.int32(), "frames of the file that match a video entry"),
        _column("first_ms", pa.int64(), "when the first of these is shown, in milliseconds"),
        _column("last_ms", pa.int64(), "when the last of these is shown, in milliseconds"),
        _column(
            "decision", pa.string(), "confirmed or overturned (--decisions); null if undecided"
        ),
        _column("md5", pa.binary(16), "the file's own MD5, as in files"),
        _column("sha1", pa.binary(20), "the file's own SHA-1, as in files"),
        _column("sha256", pa.binary(32), "the file's own SHA-256, as in files"),
        _column("pdq", pa.binary(32), "the picture's or frame's own PDQ, as in files"),
    ]
)

NEVER_NULL = (
    *("item_id", "uri", "status", "reasons"),
    *("algorithm", "distance", "list", "entry_id", "category", "tier"),
)
"""Columns, of one or both tables, that have a value in every row."""

HASH_COLUMNS = ("md5", "sha1", "sha256", "pdq", "phash", "dhash", "ahash", "whash")


def files_schema(extra: dict[str, int]) -> pa.Schema:
    """Return FILES with one column per plug-in hash: name -> length in bytes."""
    schema = FILES
    for name, size in extra.items():
        schema = schema.append(_column(name, pa.binary(size), f"{name}, by a plug-in"))
    return schema


def description(field: pa.Field) -> str:
    """Return what a column means."""
    text: bytes = (field.metadata or {}).get(b"description", b"")
    return text.decode()
