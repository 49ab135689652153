"""A faithful synthetic sample of every list format, with its traps; no hash of any real file.

`SAMPLES` holds a function for each name in FORMATS: rows -> the file's bytes. Each sample begins
with good rows, as many as asked for, and then has the format's own traps, one bad row at least.
"""

import base64
import csv
import hashlib
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.base import ListFile
from hashsweep.hashlists.kinds import BITS
from hashsweep.model import Entry, Refusal

BOM = b"\xef\xbb\xbf"
OPTIONS: dict[str, dict[str, Any]] = {"vics": {"categories": frozenset({"1", "2"})}}
"""What the user has to say of a format."""


def md5(n: int) -> str:
    """A made-up MD5."""
    return hashlib.md5(b"made up %d" % n).hexdigest()


def sha1(n: int) -> str:
    """A made-up SHA-1."""
    return hashlib.sha1(b"made up %d" % n).hexdigest()


def sha256(n: int) -> str:
    """A made-up SHA-256."""
    return hashlib.sha256(b"made up %d" % n).hexdigest()


def pdq(n: int) -> str:
    """A made-up PDQ."""
    return hashlib.sha256(b"pdq %d" % n).hexdigest()


def photodna(n: int) -> str:
    """A made-up PhotoDNA, 144 bytes in base64."""
    return base64.b64encode(hashlib.shake_128(b"photodna %d" % n).digest(144)).decode()


ALL_HASHES = [kind(n) for n in range(1, 40) for kind in (md5, sha1, sha256, pdq, photodna)]
"""Every hash that a sample of up to 20 rows may hold."""

READERS = {name: FORMATS.load(name) for name in FORMATS.names}


def read(folder: Path, name: str, data: bytes | str, **options: Any) -> list[Entry | Refusal]:
    """What the reader called `name` makes of a file with this content."""
    return list(stream(folder, name, data, **options))


def stream(folder: Path, name: str, data: bytes | str, **options: Any) -> Iterator[Entry | Refusal]:
    """The same, row by row."""
    path = folder / options.pop("filename", "list")
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return READERS[name].read(ListFile(path, **{**OPTIONS.get(name, {}), **options}))


def entries(rows: list[Entry | Refusal]) -> list[Entry]:
    """The entries among rows."""
    return [row for row in rows if isinstance(row, Entry)]


def refusals(rows: list[Entry | Refusal]) -> list[tuple[int, str]]:
    """(line, code) of the refusals among rows."""
    return [(row.line, row.code) for row in rows if isinstance(row, Refusal)]


def hexes(entry: Entry) -> dict[str, str]:
    """The entry's computable hashes in hex, its kept ones as text."""
    return {k: v.hex() if k in BITS else v.decode() for k, v in entry.hashes}


def ncmec(rows: int = 3) -> bytes:
    """Images, a deleted one, a video with a link for a hash."""
    images = "".join(
        f'  <image><member id="42">Example Member</member>'
        f"<timestamp>2026-01-01T00:00:00Z</timestamp>"
        f"<id>img{n}</id><classification>A1</classification><fingerprints><md5>{md5(n)}</md5>"
        f"<sha1>{sha1(n).upper()}</sha1><pdna>{photodna(n)}</pdna><pdq>{pdq(n)}</pdq></fingerprints>"
        f'<feedback><affirmativeFeedback type="Md5"><members><member id="43">Other</member>'
        f"</members></affirmativeFeedback></feedback></image>\n"
        for n in range(1, rows + 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">
 <images count="{rows}" maxTimestamp="2026-01-02T00:00:00Z">
{images}  <deletedImage><member id="43">Other</member><id>img9</id>
   <timestamp>2026-01-02T00:00:00Z</timestamp></deletedImage>
 </images>
 <videos count="2">
  <video><member id="42">Example Member</member><timestamp>2026-01-03T00:00:00Z</timestamp>
   <id>vid1</id><fingerprints><md5>{md5(31)}</md5>
    <tmk-pdqf rel="self" href="/v2/entries/1/fingerprints/TMK_PDQF"/></fingerprints></video>
  <video><member id="42">Example Member</member><id>vid2</id>
   <fingerprints><md5>{md5(32)[:30]}</md5></fingerprints></video>
 </videos>
 <paging><next>/v2/entries?from=2017&amp;start=2001</next></paging>
</queryResult>
""".encode()


def stopncii(rows: int = 3) -> bytes:
    """Active, withdrawn and deleted records, one of an unknown kind."""

    def record(kind: str, value: str, status: str = "Active") -> dict[str, Any]:
        return {
            "lastModtimestamp": 1767225600,
            "signalType": kind,
            "hashValue": value,
            "hashStatus": status,
            "caseNumbers": {"00000000-0000-4000-8000-000000000001": status},
            "CSPFeedbacks": [{"source": "C", "feedbackValue": "Blocked", "tags": ["Nude"]}],
        }

    records = [record("ImagePDQ", pdq(n)) for n in range(1, rows + 1)]
    records += [
        record("VideoMD5", md5(21).upper()),
        record("ImagePDQ", pdq(1).upper(), "Withdrawn"),
        record("ImagePDQ", pdq(33), "Deleted"),
        record("Unknown", pdq(34)),
        record("ImagePDQ", "0" * 64),
    ]
    page = {"count": len(records), "nextSetTimestamp": 1767225600, "nextPageToken": None}
    return json.dumps({**page, "hasMoreRecords": False, "hashRecords": records}).encode()


def vics(rows: int = 3) -> bytes:
    """A hash set of version 2.0: upper case, string booleans, other categories, bogus PhotoDNA."""
    media: list[dict[str, Any]] = [
        {
            "MediaID": n,
            "Category": 1,
            "MD5": md5(n).upper(),
            "SHA1": sha1(n).upper(),
            "MediaSize": 2835,
            "VictimIdentified": "true",
            "IsDistributed": "false",
            "Tags": "first, second",
            "DateUpdated": "/Date(1767225600000)/",
            "AlternativeHashes": [
                {"MD5": md5(n), "HashName": "PDQ", "HashValue": pdq(n)},
                {"MD5": md5(n), "HashName": "PhotoDNA", "HashValue": photodna(n)},
            ],
            "MediaFiles": [{"MD5": md5(n), "FileName": f"{n}[.jpg", "FilePath": "a/b"}],
        }
        for n in range(1, rows + 1)
    ]
    media += [
        {"MediaID": 901, "Category": 0, "MD5": md5(30).upper()},
        {"MediaID": 902, "MD5": md5(31).upper()},
        {"MediaID": 903, "Category": 2, "MD5": md5(32), "PhotoDNA": "A" * 192},
        {"MediaID": 904, "Category": "2", "MD5": md5(33)[:31]},
    ]
    url = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"
    return json.dumps({"@odata.context": url, "value": media}).encode()


def vics_case(rows: int = 3) -> bytes:
    """The same media as a case of version 1.3."""
    media = json.loads(vics(rows))["value"]
    url = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases"
    case = {"CaseID": "0001", "CaseNumber": "7", "TotalMediaFiles": 1, "Media": media}
    return json.dumps({"odata.metadata": url, "value": [case]}, indent=1).encode()


def threatexchange(rows: int = 3) -> bytes:
    """A page of updates with both sorts of tombstones and a kind that is not known."""
    updates: list[dict[str, Any]] = [
        {
            "id": str(1000 + n),
            "indicator": pdq(n),
            "type": "HASH_PDQ",
            "creation_time": 1767225000,
            "last_updated": 1767225600,
            "should_delete": False,
            "descriptors": {
                "data": [
                    {"id": "7", "owner": {"id": "99"}, "status": "MALICIOUS", "tags": ["a", "b"]},
                    {"id": "8", "owner": {"id": "98"}, "status": "UNKNOWN", "tags": ["b"]},
                ]
            },
        }
        for n in range(1, rows + 1)
    ]
    updates += [
        {"id": "1001", "indicator": pdq(1), "type": "HASH_PDQ", "should_delete": True},
        {"id": "2002", "indicator": md5(22), "type": "HASH_MD5", "should_delete": False},
        {**updates[0], "id": "2003", "type": "HASH_PDQ_OCR", "indicator": pdq(23)},
        {**updates[0], "id": "2004", "type": "HASH_VIDEO_MD5", "indicator": md5(24)},
    ]
    return json.dumps({"data": updates, "paging": {"next": "https://example.com"}}).encode()


def te_csv(rows: int = 3) -> bytes:
    """MD5s known by their length, one that has none."""
    lines = [
        f"{md5(n)},12345{n:06},2021-03-01T00:00:00+0000,tag_a tag_b" for n in range(1, rows + 1)
    ]
    lines.append(f"{md5(31)},2233445566,9988776655,2021-03-01T00:00:00+0000,")
    lines.append(f"{pdq(32)},1234567,2021-03-01T00:00:00+0000,tag")
    return "\n".join([*lines, ""]).encode()


def tat(rows: int = 3) -> bytes:
    """Active and deleted entries, one with a short hash."""

    def entry(n: int, algorithm: str, digest: str, *, deleted: Any = False) -> dict[str, Any]:
        return {
            "hash_digest": digest,
            "algorithm": algorithm,
            "ideology": "far-right",
            "file_type": "mp4",
            "deleted": deleted,
            "updated_on": 1704901040.222779,
            "created_on": "2025-03-03 23:05:22,587",
            "id": n,
        }

    found = [entry(n, "MD5", md5(n)) for n in range(1, rows + 1)]
    found += [
        entry(9001, "PDQ", pdq(31).upper()),
        entry(1, "MD5", md5(1), deleted="True"),
        entry(9002, "MD5", md5(32)[:12]),
    ]
    return json.dumps(found).encode()


def nsrl(rows: int = 3) -> bytes:
    """The order of version 2: a name with a comma and one with a quote."""
    head = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"'
    line = '"{}","{}","AA6A7B16","{}",2226,228,"WIN",""'
    names = ["a, b.gif", 'a"b.gif'] + ["00br2026.gif"] * rows
    lines = [line.format(sha1(n).upper(), md5(n).upper(), names[n - 1]) for n in range(1, rows + 1)]
    lines += [line.format(sha1(31)[:39], md5(31), "short"), "nonsense"]
    return "\r\n".join([head, *lines, ""]).encode()


def nsrl_sqlite(rows: int = 3) -> bytes:
    """The minimal set: FILE and a view of its distinct hashes."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/rds.db")
        connection.executescript(
            "CREATE TABLE FILE (sha256 TEXT, sha1 TEXT, md5 TEXT, crc32 TEXT,"
            " file_name TEXT, file_size INTEGER, package_id INTEGER);"
            "CREATE VIEW DISTINCT_HASH AS SELECT DISTINCT sha256, sha1, md5, crc32 FROM FILE;"
        )
        connection.executemany(
            "INSERT INTO FILE VALUES (?, ?, ?, 'AA6A7B16', ?, 7, 1)",
            [
                *((sha256(n).upper(), sha1(n), md5(n), f"{n}.gif") for n in range(1, rows + 1)),
                (sha256(31), sha1(31)[:9], None, None),
            ],
        )
        connection.commit()
        connection.close()
        return Path(f"{folder}/rds.db").read_bytes()


def hashkeeper(rows: int = 3) -> bytes:
    """The fixed header, blank lines, a short row."""
    head = (
        '"file_id","hashset_id","file_name","directory","hash","file_size","date_modified",'
        '"time_modified","time_zone","comments","date_accessed","time_accessed"'
    )
    line = '{},5,"MSFS, 2.HLP","C:\\WINDOWS\\HELP","{}",34832,7/11/95 0:00:00,,"PST",,,'
    lines = [line.format(n, md5(n).upper()) for n in range(1, rows + 1)]
    return "\r\n".join([head, "", *lines, '7,5,"x"', line.format(8, "F" * 32), ""]).encode()


def ilook(rows: int = 3) -> bytes:
    """Version 4: empty columns, a name with a comma."""
    head = (
        "V4Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512,"
        "CreateTime,ModTime,LastAccessTime"
    )
    times = "16.4.2008 14:29:24,16.4.2008 10:24:28,18.4.2008"
    lines = [f"{md5(n).upper()},{sha1(n)},a.gz,D:\\x\\,10,,,,{times}" for n in range(1, rows + 1)]
    lines += [f"{md5(31)},{sha1(31)},NULL,DEV,,0,{sha256(31)},,,{times}", f"{md5(32)},short"]
    return "\r\n".join([head, *lines, ""]).encode()


def encase(rows: int = 3) -> bytes:
    """A header with a name, records of 18 bytes, one of zeros."""
    header = bytearray(1152)
    header[:8] = b"HASH\r\n\xff\0"
    header[16:20] = (rows + 1).to_bytes(4, "little")
    header[1032:1040] = "Demo".encode("utf-16-le")
    records = b"".join(bytes.fromhex(md5(n)) + b"\0\0" for n in range(1, rows + 1))
    return bytes(header) + records + bytes(18)


def hashdeep(rows: int = 3) -> bytes:
    """Comments, a name with commas, a short row, a bad hash."""
    head = "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /home/demo\n##\n"
    lines = [f"3184,{md5(n)},{sha256(n)},/demo/{n},with,commas" for n in range(1, rows + 1)]
    lines += [f"12,{md5(31)}", f"12,{md5(32)[:9]},{sha256(32)},/demo/short"]
    return (head + "\n".join([*lines, ""])).encode()


def checksums(rows: int = 3) -> bytes:
    """GNU, binary, escaped and BSD lines."""
    lines = [f"{sha256(n)}  photos/{n}.jpg" for n in range(1, rows + 1)]
    lines += [
        f"{md5(31).upper()} *binary.jpg",
        f"\\{sha1(32)}  a\\nb\\\\c.jpg",
        f"SHA256 (a (1).jpg) = {sha256(33)}",
        f"SHA512 (a.jpg) = {sha256(34)}{sha256(35)}",
        f"{sha256(36)[:50]}  short.jpg",
    ]
    return "\n".join([*lines, ""]).encode()


def parquet(rows: int = 3) -> bytes:
    """Binary and text columns, lists of labels, a withdrawn row, a row without a hash."""
    count = rows + 2
    table = pa.table(
        {
            "id": [str(n) for n in range(1, count + 1)],
            "md5": pa.array([bytes.fromhex(md5(n)) for n in range(1, rows + 1)] + [None] * 2),
            "SHA-256": [sha256(n).upper() for n in range(1, rows + 1)] + [None, None],
            "labels": [["a;b", "c"]] * count,
            "pdq_quality": pa.array([100] * count, pa.uint8()),
            "status": ["active"] * rows + ["withdrawn", "active"],
            "size": [7] * count,
        }
    )
    with io.BytesIO() as stream:
        pq.write_table(table, stream)
        return stream.getvalue()


def jsonl(rows: int = 3) -> bytes:
    """Labels as arrays and as text, a withdrawn entry, a long row, a line that is no JSON."""
    lines = [
        {"id": n, "MD5": md5(n).upper(), "pdq": pdq(n), "tags": ["a;b", "c"], "quality": 90}
        for n in range(1, rows + 1)
    ]
    more = [
        {"id": "w", "md5": md5(31), "status": "Withdrawn"},
        {"signal_type": "pdq", "signal_str": pdq(32), "tags": "x|y"},
    ]
    text = "\n".join(json.dumps(line) for line in [*lines, *more])
    return f'{text}\n{{"md5": "{md5(33)}\n'.encode()


def table(rows: int = 3) -> bytes:
    """A wide table: quoted cells, kept hashes, withdrawals, a bad row of each sort."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["ID", "MD5", "PhotoDNA", "pdq", "Category", "Tags", "quality", "status"])
    for n in range(1, rows + 1):
        writer.writerow([n, md5(n), photodna(n), pdq(n).upper(), "A, 1", "x;y", 90, "active"])
    writer.writerow(["w", md5(31), "", "", "", "", "", "Withdrawn"])
    writer.writerow(["b", md5(32)[:31], "", pdq(32), "", "", "101", ""])
    return stream.getvalue().encode() + f'q,{md5(33)},"a\nb",,,,,\n'.encode()


def text(rows: int = 3) -> bytes:
    """Bare hashes, named ones, PDQ with metadata, a bare hash of open kind."""
    lines = ["# a comment", "", *(f"{md5(n).upper()}, id {n}" for n in range(1, rows + 1))]
    lines += [
        sha1(31),
        f"pdq {pdq(32)}",
        f"hash={pdq(33)},norm=1,quality=87,filename=a,b.jpg",
        pdq(34),
        "rubbish",
    ]
    return "\n".join([*lines, ""]).encode()


SAMPLES: dict[str, Callable[..., bytes]] = {
    "ncmec": ncmec,
    "stopncii": stopncii,
    "vics": vics,
    "threatexchange": threatexchange,
    "te-csv": te_csv,
    "tat": tat,
    "nsrl": nsrl,
    "nsrl-sqlite": nsrl_sqlite,
    "hashkeeper": hashkeeper,
    "ilook": ilook,
    "encase": encase,
    "hashdeep": hashdeep,
    "checksums": checksums,
    "parquet": parquet,
    "jsonl": jsonl,
    "csv": table,
    "text": text,
}
BINARY = {"nsrl-sqlite", "encase", "parquet"}

_PIECES = re.compile(r"[0-9A-Za-z+/]{8,}")
_KNOWN = {piece.lower() for each in ALL_HASHES for piece in (each[:12], each[-13:-1])}


def reveals(message: str) -> bool:
    """Say whether a message holds a hash of a sample, or either end of one."""
    lower = message.lower()
    return any(each in lower for each in _KNOWN) if _PIECES.search(message) else False
