"""NCMEC: all fingerprints of images and videos, deletions, memory, attacks by XML."""

import subprocess
import sys
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.model import Refusal
from support.list_samples import entries, hexes, md5, ncmec, pdq, photodna, read, refusals, sha1

HEAD = '<?xml version="1.0"?>'
MEMORY = """
import resource, sys
from pathlib import Path
import ijson.backends, defusedxml.ElementTree
from hashsweep.hashlists.formats.base import ListFile
from hashsweep.hashlists.kinds import BITS
from hashsweep.hashlists.formats.ncmec import READER
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in READER.read(ListFile(Path(sys.argv[1]))))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_sample(tmp_path: Path) -> None:
    """Images and videos give every fingerprint that holds a value; links hold none."""
    rows = read(tmp_path, "ncmec", ncmec(1))
    image, gone, video = entries(rows)
    assert hexes(image) == {
        "md5": md5(1),
        "sha1": sha1(1),
        "photodna": photodna(1),
        "pdq": pdq(1),
    }
    assert (image.entry_id, image.key, image.replaces) == ("42/img1", "ncmec:42/img1", True)
    assert (image.category, image.scheme, image.source) == ("A1", "NCMEC", "Example Member")
    assert image.updated == "2026-01-01T00:00:00Z"
    assert (gone.key, gone.withdrawn, gone.hashes) == ("ncmec:43/img9", True, ())
    assert (video.entry_id, video.category, hexes(video)) == ("42/vid1", "", {"md5": md5(31)})
    assert refusals(rows) == [(4, "bad-length"), (4, "no-hash")]


def test_without_namespace(tmp_path: Path) -> None:
    """Tools that strip the namespace leave the list readable."""
    data = ncmec(1).replace(b' xmlns="https://hashsharing.ncmec.org/hashsharing/v2"', b"")
    assert read(tmp_path, "ncmec", data) == read(tmp_path, "ncmec", ncmec(1))


def test_entry_without_a_name(tmp_path: Path) -> None:
    """An entry without a member cannot be updated or deleted, so it is refused."""
    data = f"<queryResult><images><image><id>1</id><fingerprints><md5>{md5(1)}</md5>"
    data += "</fingerprints></image></images></queryResult>"
    assert refusals(read(tmp_path, "ncmec", data)) == [(1, "bad-row")]


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE q SYSTEM "http://example.invalid/x.dtd">',
    ],
)
def test_entities(tmp_path: Path, dtd: str) -> None:
    """A file with a document type is refused before an entity is expanded."""
    data = ncmec(1).decode().replace("?>", f"?>{dtd}", 1)
    with pytest.raises(ListError, match="document type"):
        read(tmp_path, "ncmec", data)


@pytest.mark.parametrize(
    "filling",
    ["<a>" * 200_000, "<a/>" * 400_000, "<a>" + "x" * 3_000_000, "<!--" + "x" * 3_000_000],
    ids=["deep", "wide", "text", "comment"],
)
def test_endless_entry(tmp_path: Path, filling: str) -> None:
    """An entry that does not end is damage, found before it fills the memory."""
    good = f"<id>1</id><fingerprints><md5>{md5(1)}</md5></fingerprints></image>"
    start = f'{HEAD}<queryResult><images><image><member id="4">M</member>'
    rows = read(tmp_path, "ncmec", start + good + "<image>" + filling)
    assert [e.entry_id for e in entries(rows)] == ["4/1"]
    assert refusals(rows) == [(2, "damaged")]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """XML in another encoding that it declares is read."""
    data = ncmec(1).decode().replace("UTF-8", encoding).encode(encoding)
    assert read(tmp_path, "ncmec", data) == read(tmp_path, "ncmec", ncmec(1))


def test_memory(tmp_path: Path) -> None:
    """A file of 50 MB is read in a few megabytes."""
    start, middle, end = ncmec(1000).partition(b"  <deletedImage>")
    head, first, images = start.partition(b"  <image>")
    path = tmp_path / "large.xml"
    with path.open("wb") as stream:
        stream.write(head)
        while stream.tell() < 50_000_000:
            stream.write(first + images)
        stream.write(middle + end)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count > 50_000
    assert grown < 16 * 1024  # KiB


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n\r\n", b"\n\xef\xbb\xbf", b"\0\0"])
def test_pages_joined_in_one_file(tmp_path: Path, between: bytes) -> None:
    """`cat page*.xml`: all of them are read, with or without a declaration."""
    pages = [ncmec(rows) for rows in (1, 40, 3)]
    expected = sum(len(read(tmp_path, "ncmec", page)) for page in pages)
    bare = [page.partition(b"?>\n")[2] for page in pages]
    prefixed = pages[0].replace(b"queryResult xmlns=", b"n:queryResult xmlns:n=")
    prefixed = prefixed.replace(b"</queryResult>", b"</n:queryResult >")
    for each in (pages, bare, [prefixed, *pages[1:]]):
        assert len(read(tmp_path, "ncmec", between.join(each))) == expected


def test_a_damaged_page_among_others(tmp_path: Path) -> None:
    """It is told with what it announces and lacks; a document type in a later page is refused."""
    first, second = ncmec(1), ncmec(40)
    rows = read(tmp_path, "ncmec", first + second[: second.index(b"<id>img11<")])
    (damage,) = [row for row in rows if isinstance(row, Refusal) and row.code == "damaged"]
    assert damage.count == 30
    assert len(entries(rows)) == len(entries(read(tmp_path, "ncmec", first))) + 10
    with pytest.raises(ListError, match="document type"):
        read(tmp_path, "ncmec", first + b'<!DOCTYPE x [<!ENTITY a "b">]>' + second)


def test_text_behind_the_end_is_damage(tmp_path: Path) -> None:
    """Whatever it is, it was meant to be read."""
    rows = read(tmp_path, "ncmec", ncmec(1) + b"trailing words")
    assert refusals(rows)[-1][1] == "damaged"
