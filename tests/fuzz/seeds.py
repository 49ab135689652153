"""What fuzzer and tests begin with: a sample of everything that is read, and past findings."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import drawings
import list_samples
from hashsweep.hashlists import FORMATS
from hashsweep.model import Failure, Item, Match, Record
from listed import compiled, entry

FINDINGS = Path(__file__).with_name("findings")


def seeds(target: str) -> Iterator[bytes]:
    """Yield the inputs of a target."""
    yield from {"media": _media, "lists": _lists, "compiled": _compiled}.get(target, _small)(target)
    for path in sorted((FINDINGS / target).glob("*")):
        yield path.read_bytes()


def _media(_: str) -> Iterator[bytes]:
    for form in drawings.FORMATS:
        yield drawings.encode("text", form)
    yield drawings.jpeg(drawings.scene(1, 1100, 1030), 30)
    yield drawings.jpeg(drawings.scene(1, 90, 70), 30, progressive=True)


def _lists(_: str) -> Iterator[bytes]:
    for number, name in enumerate(FORMATS.names):
        yield bytes([number]) + list_samples.SAMPLES[name](3)


def _compiled(_: str) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        entries = [entry(md5=bytes([n]) * 16, pdq=bytes([n, 15]) * 16) for n in range(5)]
        yield compiled(Path(folder), entries).path.read_bytes()


def _small(target: str) -> Iterator[bytes]:
    yield b""
    if target == "paths":
        yield b"/etc/hostname\n\n/nowhere\r\n./a/../b\n\xff\xfe\n/dev/null\n"
        yield b"/tmp\0/a\nb\0"
    if target == "results":
        match = Match("pdq", 3, "l", "e", "c", ("x",), "close", (("pdq", 3),))
        full = Record(Item("/a"), size=1, hashes={"md5": bytes(16)}, matches=[match])
        full.failure = Failure("decode", "corrupt", "x")
        yield json.dumps(
            [7, [[full.to_wire(), Record(Item("/a"), part="frame 2").to_wire()]]]
        ).encode()
        yield b'"no list"'
