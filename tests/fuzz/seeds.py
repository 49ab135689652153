"""What fuzzer and tests begin with: a sample of everything that is read, and past findings."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from fuzz.targets import list_arrays
from hashsweep.engines import protocol
from hashsweep.engines.base import Answer
from hashsweep.hashlists.batches import Batch, pack
from hashsweep.hashlists.columns import EntryColumns
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.kinds import BITS
from hashsweep.model import Failure, Item, Match, Possible, Record, Refusal
from hashsweep.report.sweep_json import serialize
from hashsweep.sources.manifests import gcs_inventory
from hashsweep.sources.manifests.base import Contents, DataFile
from hashsweep.sources.manifests.columns import pack as pack_rows
from hashsweep.sources.manifests.parser import encode_contents
from hashsweep.sweep.packing import Packer
from support import animations, drawings, list_samples
from support.animations import GifPatch, PngPatch
from support.forged_lists import lay_out
from support.listed import compiled, entry
from support.rematch_info import rematch_info
from support.reports import sweep

FINDINGS = Path(__file__).with_name("findings")


def seeds(target: str) -> Iterator[bytes]:
    """Yield the inputs of a target."""
    own = {"media": _media, "lists": _lists, "compiled": _compiled, "batches": _batches}
    own |= {"parsed_lists": _lists, "renewed": _renewed, "animations": _animations}
    yield from own.get(target, _small)(target)
    for path in sorted((FINDINGS / target).glob("*")):
        yield path.read_bytes()


def _media(_: str) -> Iterator[bytes]:
    for form in drawings.FORMATS:
        yield drawings.encode("text", form)
    yield drawings.jpeg(drawings.scene(1, 1100, 1030), 30)
    yield drawings.jpeg(drawings.scene(1, 90, 70), 30, progressive=True)


def _lists(target: str) -> Iterator[bytes]:
    for number, name in enumerate(FORMATS.names):
        content = list_samples.SAMPLES[name](3)
        yield bytes([number]) + content
        if target == "parsed_lists":
            yield bytes([number + 1]) + content
            yield b"\0" + gzip.compress(content, mtime=0)


def _batches(_: str) -> Iterator[bytes]:
    columns = EntryColumns(frozenset(BITS))
    columns.add(entry("a", "c", ("x",), md5=bytes(16), photodna=b"abc"))
    columns.add(entry("b", quality=7, pdq=bytes(32))._replace(withdrawn=True, key="k"))
    rows = [Refusal(3, "bad-hash", "no hex")]
    yield b"".join(map(bytes, pack(Batch("csv", columns, 1, {"bad-hash": 1}, rows))))
    texts, sizes = pa.array(["a", None]), pa.array([1, 2])
    batch = pa.record_batch([texts, sizes, pa.array([1, None], pa.timestamp("us"))], [*"abc"])
    yield b"".join(map(bytes, pack_rows(batch, 1)))
    yield encode_contents(Contents((DataFile("/a", 3),), "csv", gcs_inventory.LAYOUT))


def _compiled(_: str) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        entries = [entry(md5=bytes([n]) * 16, pdq=bytes([n, 15]) * 16) for n in range(5)]
        yield compiled(Path(folder), entries).path.read_bytes()


def _renewed(_: str) -> Iterator[bytes]:
    arrays = list_arrays()
    _, lines = lay_out(arrays)
    with tempfile.TemporaryDirectory() as folder:
        meta = compiled(Path(folder), [entry(n, md5=n.encode() * 16) for n in "abcd"]).meta
    meta |= {"hashes": {"md5": 3, "pdq": 3}, "kept": {"photodna": 3}, "abouts": [["", "c", [], ""]]}
    yield b"\0" + json.dumps({"meta": meta, "sections": lines}).encode()
    yield b"\1" + json.dumps({"meta": meta, "sections": lines, "optional": {}}).encode()
    last = max(lines, key=lambda name: lines[name]["start"])
    for required in (False, True):
        line = lines[last] | {"length": arrays[last].nbytes, "required": required}
        left = {name: each for name, each in lines.items() if name != last}
        tables = {"meta": meta, "sections": left, "optional": {"more": line}}
        yield b"\1" + json.dumps(tables).encode()


def _animations(_: str) -> Iterator[bytes]:
    patches = [(drawings.noise(seed, 9, 12, 4), (seed, 2 * seed)) for seed in range(3)]
    gif = [GifPatch(pixels[..., 0], at, number, 3) for number, (pixels, at) in enumerate(patches)]
    png = [PngPatch(pixels, at, number, 1) for number, (pixels, at) in enumerate(patches)]
    png[0].place = gif[0].place = (0, 0)
    yield animations.gif((16, 16), *gif)
    yield animations.apng((16, 16), *png, default=drawings.noise(5, 16, 16, 4))


def _small(target: str) -> Iterator[bytes]:
    yield b""
    if target == "png_chunks":
        header = b"\0\0\0\2\0\0\0\2\x08\2\0\0\0"
        yield b"\0" + bytes([len(header)]) + header + b"\4\x08" + bytes(8) + b"\3\2ab\7\0"
        yield drawings.encode("tiny", "png")[8:]
    if target == "damaged_ends":
        for number in range(14):
            yield bytes([number, 2, 0, 0]) + b"xyz"
            yield bytes([number, 1, 0, 1]) + b"xyz"
    if target == "paths":
        yield b"/etc/hostname\n\n/nowhere\r\n./a/../b\n\xff\xfe\n/dev/null\n"
        yield b"/tmp\0/a\nb\0"
    if target == "decisions":
        row = f"overturned,known,e-1,{'ab' * 32},{'cd' * 32} {'ce' * 32},ann,2026-11-24"
        yield f"\ufeffdecision,list,entry_id,sha256,pdq,by,when\r\n{row}\r\n".encode()
        yield b"entry_id;cluster;decision\n'=e;" + b"0f" * 16 + b";confirmed\n"
    if target == "requests":
        yield b"/a\n\nb\0c\n" + b"x" * 5_000
        yield b"".join(len(each).to_bytes(8, "big") + each for each in (b"abc", b"", b"y" * 101))
    if target == "manifests":
        yield b"\0uri,size,md5,id\ns3://b/k,3,900150983cd24fb0d6963f7d28e17f72,c-1\n,x,,\n"
        yield b'\1{"uri": "gs://b/k", "size": 3}\n{"uri": 7}\n[]\n'
        yield b"\2# a comment\n/a\r\nhttps://user@h/x?secret\n\xff\n"
    if target == "sweep_json":
        yield serialize(sweep(chance_matches={"pdq": 0.5}, observed=None))
        yield serialize(sweep(options={"shard": [1, 2]}, **rematch_info(unfinished=["monday"])))
    if target == "results":
        match = Match("pdq", 3, "l", "e", "c", ("x",), "close", (("pdq", 3),))
        full = Record(Item("/a"), size=1, hashes={"md5": bytes(16)}, matches=[match])
        full.fail(Failure("decode", "corrupt", "x"))
        full.possible = [Possible("l", "e", 36)]
        frame = Record(Item("/a"), part="frame 2")
        plain = Record(Item("/b"), size=1, mtime_ns=5, width=7, hashes={"md5": bytes(16)})
        packer = Packer({"md5": 16, "pdq": 32})
        done = packer.pack([[full, frame], [plain], [plain]])
        yield protocol.encode_answer(7, Answer(3, done))
        yield protocol.encode_answer(7, Answer(2, packer.pack([[plain], [plain]])))
        yield protocol.encode_answer(7, Answer(0, packer.pack((), [frame]), ahead=True))
        yield protocol.encode_refusal("no list")
