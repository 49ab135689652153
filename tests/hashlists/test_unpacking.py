"""Packed lists and lists in other encodings, as they come."""

import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists import unpacking
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists, open_lists
from hashsweep.hashlists.unpacking import Rooms, plain
from support import list_samples
from support.list_samples import md5

PLAIN = f"entry_id,md5,category\na,{md5(1)},A\nb,{md5(2)},Ü\n"


def zipped(*files: tuple[str, bytes]) -> bytes:
    """A zip archive of these files."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files:
                archive.writestr(name, content)
        return stream.getvalue()


def packed(content: bytes) -> bytes:
    """It in gzip, without the time: tests have the same name in all processes."""
    return gzip.compress(content, mtime=0)


def told(folder: Path, content: bytes, name: str = "list.csv.gz") -> list[tuple[str, str]]:
    """(id, category) of what is read of a file with this content."""
    path = folder / name
    path.write_bytes(content)
    out = folder / "out.hsl"
    out.unlink(missing_ok=True)
    made = import_lists([ListName(path)], "out", out, ListOptions())
    assert (made.meta["sources"][0]["path"], made.meta["sources"][0]["size"]) == (
        str(path),
        len(content),
    )
    return [(e.entry_id, e.category) for e in made.entries()]


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(PLAIN.encode()),
        gzip.compress(PLAIN.encode()[:30]) + gzip.compress(PLAIN.encode()[30:]),
        bz2.compress(PLAIN.encode()),
        lzma.compress(PLAIN.encode()),
        zipped(("list.csv", PLAIN.encode())),
        zipped(("a/", b""), ("a/list.csv", PLAIN.encode()), ("__MACOSX/._list.csv", b"x")),
        gzip.compress(zipped(("list.csv", PLAIN.encode()))),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        PLAIN.replace("\n", "\r").encode(),
        gzip.compress(PLAIN.replace("\n", "\r\n").encode("utf-16")),
        b"\xef\xbb\xbf" + PLAIN.encode(),
    ],
)
def test_packed_and_encoded(tmp_path: Path, content: bytes) -> None:
    """All of them are the one list; the source is the file as it came."""
    assert told(tmp_path, content) == [("a", "A"), ("b", "Ü")]


@pytest.mark.parametrize("name", [n for n in list_samples.SAMPLES if n != "vics"])
def test_every_format_packed(tmp_path: Path, name: str) -> None:
    """What is recognised and read of it is as of the plain file."""
    found = []
    for content in (list_samples.SAMPLES[name](), gzip.compress(list_samples.SAMPLES[name]())):
        path = tmp_path / f"simple.md5.te{'.gz' if found else ''}"
        path.write_bytes(content)
        out = tmp_path / f"{len(found)}.hsl"
        made = import_lists([ListName(path)], "made", out, ListOptions())
        (source,) = made.meta["sources"]
        found.append((source["format"], source["refusals"], list(made.entries())))
    assert found[0] == found[1]


def test_xml_in_utf_16(tmp_path: Path) -> None:
    """The encoding that it declares is not that of the text any more."""
    text = list_samples.ncmec().decode().replace('"UTF-8"', '"UTF-16"')
    assert len(told(tmp_path, text.encode("utf-16"))) == 5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (packed(PLAIN.encode())[:-9], "is damaged: it cannot be unpacked"),
        (packed(PLAIN.encode())[:-8] + bytes(8), "it cannot be unpacked"),
        (lzma.compress(PLAIN.encode())[:-30], "is damaged: it cannot be unpacked"),
        (zipped(("a.csv", b"x"), ("b.csv", b"y")), "is a zip archive of 2 files, not of one"),
        (zipped(), "is a zip archive of 0 files"),
        (zipped(("[Content_Types].xml", b"x")), "is an Office file: save the sheet as CSV"),
        (zipped(("mimetype", b"x")), "is an OpenDocument"),
        (b"PK\3\4 no archive", "is damaged: it cannot be unpacked"),
        (b"\x28\xb5\x2f\xfd rest", "is packed with zstd: unpack it first"),
        (b"7z\xbc\xaf\x27\x1c rest", "is a 7z archive"),
        (b"age-encryption.org/v1\n", "is encrypted with age"),
        (bytes(257) + b"ustar" + bytes(300), "is a tar archive"),
        (packed(bytes(257) + b"ustar" + bytes(300)), "is a tar archive"),
        (
            packed(packed(packed(PLAIN.encode()))),
            "is packed more than 2 times",
        ),
        (packed(b""), "is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: bytes, why: str
) -> None:
    """By the name that the user gave, and nothing is left behind."""
    with pytest.raises(ListError, match=why) as caught:
        told(tmp_path, content)
    assert str(caught.value).startswith(f"hash list {tmp_path}/list.csv.gz ") or why in str(
        caught.value
    )
    assert "/proc/" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["list.csv.gz"]


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the disk; a list is never so small in comparison."""
    monkeypatch.setattr(unpacking, "ALWAYS", 100_000)
    monkeypatch.setattr(unpacking, "_CHUNK", 10_000)
    room = os.memfd_create("room")
    for content in (gzip.compress(bytes(10**7)), zipped(("a.csv", bytes(10**7)))):
        (tmp_path / "bomb").write_bytes(content)
        with pytest.raises(ListError, match="hash list bomb unpacks to more than"):
            plain(tmp_path / "bomb", "bomb", Rooms([room]))
        assert os.fstat(room).st_size <= 5_000_000
    os.close(room)


def test_a_packed_database_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite opens by name; the folder goes away."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE FILE (md5 TEXT, file_name TEXT)")
        database.execute("INSERT INTO FILE VALUES (?, 'a')", [md5(1)])
    database.close()
    content = gzip.compress((tmp_path / "x.db").read_bytes())
    assert told(tmp_path, content, "x.db.gz") == [("a", "")]
    assert os.listdir(tmp_path / "tmp") == []


def test_where_no_file_can_be_made_a_packed_list_is_refused(tmp_path: Path) -> None:
    """In one line; others need none."""
    (tmp_path / "list").write_bytes(gzip.compress(b"x"))
    (tmp_path / "plain").write_bytes(b"x")

    assert plain(tmp_path / "plain", "plain", Rooms([])) == tmp_path / "plain"
    with pytest.raises(ListError, match="hash list it: no temporary file can be made to unpack"):
        plain(tmp_path / "list", "it", Rooms([]))


def test_lists_that_are_packed_are_lists_of_a_sweep(tmp_path: Path) -> None:
    """open_lists takes them as it takes others."""
    path = tmp_path / "list.json.gz"
    path.write_bytes(gzip.compress(json.dumps([{"md5": md5(1)}]).encode()))
    path.chmod(0o600)
    with ExitStack() as stack:
        (opened,) = open_lists(
            [str(path)], ListOptions(), Scratch(stack, in_memory=False), set(), stack
        )
        assert opened.meta["hashes"] == {"md5": 1}
