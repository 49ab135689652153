"""What a stranger's bytes may come to at each way in: the outcomes that are documented.

Each target takes bytes and raises AssertionError, or whatever was not foreseen, if they come to
anything else. `run.py` feeds them from a fuzzer, `test_targets.py` from samples and past findings.
"""

import codecs
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hashsweep.analysis.decisions_file import RowProblem, rows
from hashsweep.analysis.totals import total_of
from hashsweep.engines import protocol
from hashsweep.errors import REASONS, STAGES, ItemError, ListError, ReportError, SourceError
from hashsweep.gate.framing import LONGEST_NAME, Frames, Lines
from hashsweep.hashers import HASHERS
from hashsweep.hashers.damaged_pdq import rate_decoded
from hashsweep.hashlists.batches import Batch
from hashsweep.hashlists.batches import unpack as unpack_list
from hashsweep.hashlists.builder import ListBuilder
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.container import Container
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.base import REFUSALS, ListFile
from hashsweep.hashlists.kinds import BITS
from hashsweep.hashlists.reading import read_batches
from hashsweep.hashlists.renewal import open_any_layout, renew
from hashsweep.media import frames as media_frames
from hashsweep.media.animations import MAX_PATCHES, read_patches
from hashsweep.media.jpeg_scans import dc_scans
from hashsweep.media.picture import open_picture
from hashsweep.media.png_chunks import METADATA, SIGNATURE, chunk, take_apart
from hashsweep.media.png_metadata import MAX_INFLATED, read_metadata
from hashsweep.media.sniff import HEAD, sniff
from hashsweep.model import Entry, Item, Refusal, Skipped
from hashsweep.output.metrics import exposition
from hashsweep.output.summary import verdict_line
from hashsweep.report import schema
from hashsweep.report.rows import file_row
from hashsweep.report.sweep_json import parse, serialize
from hashsweep.report.tally import Tally
from hashsweep.sources import manifest
from hashsweep.sources.base import Choice
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests.base import ListOptions
from hashsweep.sources.manifests.cells import texts, times
from hashsweep.sources.manifests.columns import unpack as unpack_rows
from hashsweep.sources.manifests.parser import decode_contents
from hashsweep.sources.paths import PathsSource
from hashsweep.storage.places import Places
from hashsweep.storage.stores import Stores
from hashsweep.sweep.results import Inspector
from hashsweep.sweep.worker import Sweeper, WorkerOptions
from support import drawings, listed, parsing_here
from support.forged_lists import contain, lay_out
from support.listed import entry
from support.parsing_here import TooMuch, list_batches

_LONG_HEX = re.compile(r"[0-9a-fA-F]{16,}")


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="hashsweep-fuzz-"))


def _file(data: bytes) -> Path:
    path = _folder() / "input"
    path.write_bytes(data)
    return path


def _says_no_hash(text: str, data: bytes) -> None:
    """A message may quote nothing of the file that looks like a hash."""
    for found in _LONG_HEX.findall(text.replace(str(_folder()), "")):
        assert found.encode() not in data


def _read(name: str, path: Path, data: bytes) -> None:
    for algorithm in (None, "pdq"):
        source = ListFile(path, algorithm, categories=frozenset("12"))
        try:
            for row in FORMATS.load(name).read(source):
                if isinstance(row, Refusal):
                    assert row.code in REFUSALS
                    _says_no_hash(row.detail, data)
                else:
                    assert isinstance(row, Entry)
                    for kind, value in row.hashes:
                        assert kind not in BITS or len(value) * 8 == BITS[kind]
        except ListError as error:
            _says_no_hash(str(error), data)


def lists(data: bytes) -> None:
    """A list in a format that its first byte chooses, and in the one it seems to have."""
    names = FORMATS.names
    forced, content = names[data[0] % len(names)] if data else names[0], data[1:]
    path = _file(content)
    _read(forced, path, content)
    seeming = next((n for n in names if FORMATS.load(n).recognises(content[:4096])), None)
    if seeming not in (None, forced):
        _read(seeming, path, content)


_EVERY = 100  # inputs of which one goes through a process of its own
_parsed = [0]


def parsed_lists(data: bytes) -> None:
    """A list as its parser sends it: batches that fit, or one error; the same in its own process.

    What was read can be compiled.
    """
    names = (None, *FORMATS.names)
    forced, content = names[data[0] % len(names)] if data else None, data[1:]
    options = {
        "shown": "the list",
        "name": "list.csv",
        "format": forced,
        "columns": {},
        "algorithm": ("pdq", None)[len(data) % 2],
        "categories": ["1"],
        "scheme": None,
    }
    path = _file(content)
    here = _outcome(lambda: list_batches(path, options))
    if isinstance(here, str):
        _says_no_hash(here, data)
    elif here is not None:
        made = ListBuilder(frozenset(BITS))
        for batch in here:
            made.extend(batch.columns)
            assert set(batch.refusals) <= set(REFUSALS)
        made.find_superseded()
        assert len(made.entry_arrays()["entry.about"]) == len(made)
    _parsed[0] += 1
    if _parsed[0] % _EVERY == 0:
        with path.open("rb") as stream:
            number = stream.fileno()
            there = _outcome(
                lambda: list(read_batches(Path("the list"), number, options, in_memory=False))
            )
        if here is not None:
            assert _told(there) == _told(here)


def _outcome(read: Callable[[], list[Batch] | None]) -> list[Batch] | str | None:
    """What is read, or why nothing is; None where that cannot be known here."""
    try:
        return read()
    except ListError as error:
        return str(error)
    except TooMuch:
        return None


def _told(outcome: list[Batch] | str | None) -> object:
    if not isinstance(outcome, list):
        return outcome
    held = [{k: v for k, v in vars(b.columns).items() if k[0] != "_"} for b in outcome]
    return [(b.format, b.refused, b.refusals, b.refused_rows) for b in outcome], held


def batches(data: bytes) -> None:
    """What a parser that was taken over might send: refused, or columns that can be used."""
    with suppress(ValueError):
        made = ListBuilder(frozenset(BITS))
        for _ in range(2):
            made.extend(unpack_list(bytearray(data), BITS).columns)
        made.find_superseded()
        assert len(made.entry_arrays()["entry.about"]) == len(made)
        assert max(made.about, default=0) < max(1, len(made.meanings()))
    with suppress(ValueError):
        found, _ = unpack_rows(bytearray(data))
        for column in found.columns:
            assert len(list(texts(column))) == len(found)
            assert len(list(times(column))) == len(found)
    with suppress(ValueError):
        assert decode_contents(data).kind


def compiled(data: bytes) -> None:
    """A compiled list that was damaged is refused; one that is made up opens, or is refused.

    Its checksums find damage, not forgery, and a fuzzer learns to forge them.
    """
    try:
        assert Container(_file(data), verify=True).names is not None
    except ListError:
        return


def renewed(data: bytes) -> None:
    """A table of contents, of either layout, before arrays of a true list: refused, or renewed.

    Its checksum is put in, which a fuzzer does not find. What was renewed can be read in full.
    """
    body, _ = lay_out(list_arrays())
    path = _file(contain(data[1:], body, 1 + data[0] % 2 if data else 2))
    new = _folder() / "renewed.hsl"
    new.unlink(missing_ok=True)
    try:
        opened = open_any_layout(path)
        for name in opened.names:
            assert opened.array(name).nbytes <= len(body)
        renew(opened, None, new)
    except ListError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are fine
        assert not new.exists()
        return
    made = CompiledList(new)
    assert len([*made.entries()]) <= len(made)
    assert sum(made.categories().values()) <= len(made)
    for name in made.algorithms:
        assert len(made.column(name).hashes) == len(made.column(name).entries)


@cache
def list_arrays() -> dict[str, Any]:
    """The arrays of a small list, by name."""
    rows = [
        entry(n, "c", ("x",), 50, md5=n.encode() * 16, pdq=b"p" * 32, photodna=b"x") for n in "abc"
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = listed.compiled(Path(folder), [*rows, rows[0]._replace(key="k", withdrawn=True)])
        return {name: made.array(name).copy() for name in made.sections}


def paths(data: bytes) -> None:
    """A list of paths: an item or a skip for each name, nothing is opened; UTF-16 is refused."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    _file(data)
    data = data.removeprefix(codecs.BOM_UTF8)
    for null in (False, True):
        names = [name for name in data.split(b"\0" if null else b"\n") if name.rstrip(b"\r")]
        try:
            found = list(PathsSource(str(_folder() / "input"), null).items())
        except SourceError:
            assert utf16
            return
        assert not utf16
        assert len(found) >= len(names) - (not null) * data.count(b"\r")
        assert len(found) <= data.count(b"\0" if null else b"\n") + 1
        for each in found:
            assert isinstance(each, Item | Skipped)


@cache
def _sweepers() -> tuple[Sweeper, Sweeper]:
    names = tuple(HASHERS.names)
    options = {"max_pixels": 4_000_000, "max_frames": 3}
    return Sweeper(WorkerOptions(names, **options)), Sweeper(
        WorkerOptions(names, exact=True, **options)
    )


def media(data: bytes) -> None:
    """A file: one record, scanned or failed for a reason that is none of our faults."""
    if cut := dc_scans(data):  # what fuzzing draws is too small to be cut by itself
        assert len(cut) <= len(data)
        assert dc_scans(cut) is None  # the coefficients of AC are missing now
    item = Item(str(_file(data)))
    for sweeper in _sweepers():
        first, again = sweeper.scan(item), sweeper.scan(item)
        assert [record.to_wire() for record in first] == [record.to_wire() for record in again]
        assert first[0].part is None
        for record in first:
            for each in record.reasons:
                assert each.stage in STAGES
                assert each.reason in REASONS
                assert each.reason != "internal", each
            json.dumps(record.to_wire())


def png_chunks(data: bytes) -> None:
    """A PNG's chunks: what is given on is a PNG again, bounded, and taken apart once more the same.

    The signature and the CRCs are put in: a fuzzer finds neither.
    """
    whole = SIGNATURE + b"".join(_chunks(data))
    for content in (whole, SIGNATURE + data):
        stream = io.BytesIO(content)
        try:
            found = take_apart(stream)
        except ItemError as error:
            assert error.reason == "corrupt"  # noqa: PT017 - both outcomes are fine
            continue
        given = found.give(stream).read()
        assert len(given) <= len(content) + 32
        assert all(0 <= span.start <= len(content) + 8 for span in found.metadata)
        again = take_apart(io.BytesIO(given))
        assert again.give(io.BytesIO(given)).read() == given
        fields = read_metadata(stream, found.metadata)
        assert sum(len(text) for _, text in fields.texts) <= MAX_INFLATED


def animations(data: bytes) -> None:
    """An animation's frames have its size, or one is refused with a reason."""
    kind = sniff(data[:HEAD], data[-32:])
    if kind.decoder not in ("GIF", "PNG"):
        return
    try:
        frames = media_frames.Frames(io.BytesIO(data), kind, 1 << 16)
        for number, picture in frames.pictures(9):
            assert 0 < number < frames.count
            assert picture.width * picture.height <= 1 << 16
            assert all(each.image.size == picture.image.size for _, each in picture.draw_shown())
    except ItemError as error:
        assert error.reason != "internal"  # noqa: PT017 - both outcomes are fine
    patches = read_patches(io.BytesIO(data), kind.decoder)
    assert len(patches) <= MAX_PATCHES
    assert all(patch.box[0] < patch.box[2] for patch in patches if kind.decoder == "GIF")


def _chunks(data: bytes) -> Iterator[bytes]:
    """Bodies of chunks, each behind a byte that chooses its type and one that is its length."""
    kinds = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND")
    kinds = (*kinds, *sorted(METADATA))
    at = 0
    while at + 2 <= len(data):
        body = data[at + 2 : at + 2 + data[at + 1]]
        yield chunk(kinds[data[at] % len(kinds)], body)
        at += 2 + data[at + 1]


@cache
def _whole_pictures() -> tuple[tuple[bytes, int, int], ...]:
    """(bytes, width, height) of a small picture in each format that can break off."""
    names = ("jpeg", "jpeg-progressive", "jpeg-cmyk", "png", "png-palette", "gif", "bmp", "tga")
    names = (*names, "webp", "webp-lossless", "tiff", "tiff-lzw", "tiff-16bit", "ppm")
    drawing = drawings.scene(4, 70, 50)
    return tuple((drawings.FORMATS[name].write(drawing), 70, 50) for name in names)


def damaged_ends(data: bytes) -> None:
    """A picture that is cut where the first bytes say, with the rest in its place or over it.

    It is decoded as far as it goes, of its size, or refused; what was filled has no quality.
    """
    if len(data) < 4:
        return
    pictures = _whole_pictures()
    whole, width, height = pictures[data[0] % len(pictures)]
    at = int.from_bytes(data[1:3], "big") % (len(whole) + 1)
    behind = at + len(data) - 4 if data[3] % 2 else len(whole)
    content = whole[:at] + data[4:] + whole[behind:]
    kind = sniff(content[:HEAD], content[-32:])
    if kind.decoder is None:
        return
    for exact in (False, True):
        try:
            picture = open_picture(io.BytesIO(content), kind, exact=exact, max_pixels=1_000_000)
        except ItemError as error:
            assert error.reason in REASONS.keys() - {"internal"}  # noqa: PT017 - the same
            continue
        value, quality = HASHERS.load("pdq").hash(picture)
        assert len(value) == 32
        if picture.rows:
            first, last = picture.rows
            assert 0 <= first < last <= len(picture.samples)
            assert picture.damage
            assert 0 <= rate_decoded(picture) <= (quality or 0)
        if not picture.damage and at > 100 and content == whole:
            assert (picture.width, picture.height) == (width, height)


def results(data: bytes) -> None:
    """What a worker that was taken over might send: rows that can be written, or a ValueError."""
    sizes = {"md5": 16, "pdq": 32}
    try:
        _, answer = protocol.decode_answer(data)
        items = [Item(f"/{number}") for number in range(min(answer.done, 9))]
        ahead = Item("/next") if answer.ahead else None
        found = Inspector(sizes).inspect(answer.payload, items, ahead)
    except (ValueError, RecursionError, protocol.WorkerRefused):
        return
    every = found.by_item(len(items))
    assert [own.item for own, *_ in every] == items
    tally, counted = Tally(), Tally()
    for record in (each for records in every for each in records):
        tally.add(record)
        file_row(record, b"", "", None)
    if found.plain is not None:
        counted.add_plain(found.plain)
        ids = [item.item_id for item in found.plain.items]
        found.plain.to_batch(ids, schema.FILES).validate(full=True)
    for record in (each for records in found.found for each in records):
        counted.add(record)
    assert tally == counted


def decisions(data: bytes) -> None:
    """A file of decisions: rows that say what they are about, or a line that cannot be used."""
    try:
        for row in rows(data):
            assert row.decision in (None, "confirmed", "overturned")
            assert row.entry_id
            assert row.sha256 or row.pdqs or row.clusters
            assert {len(each) for each in (*row.sha256, *row.pdqs)} <= {32}
    except RowProblem as problem:
        _says_no_hash(str(problem), data)


@cache
def _places() -> Places:
    return Places(3, 256, ExitStack())


def requests(data: bytes) -> None:
    """Requests of a stream, however it is cut: an answer for each, or an error that is foreseen."""
    step = 1 + data[0] % 64 if data else 1
    for null in (False, True):
        lines = Lines(null=null)
        asked = [
            each for at in range(0, len(data), step) for each in lines.take(data[at : at + step])
        ]
        end = b"\0" if null else b"\n"
        assert len(asked) == data.count(end)
        try:
            lines.end()
        except SourceError:
            assert data
            assert not data.endswith(end)
        else:
            assert not data or data.endswith(end)
        assert all(len(os.fsencode(each.name)) <= LONGEST_NAME for each in asked)
    frames, at = Frames(_places(), 100), 0
    try:
        while at < len(data):
            size = frames.wants()
            assert size > 0
            for each in frames.take(data[at : at + min(size, step)]):
                frames.release(each.item)
            at += min(size, step)
        frames.end()
    except SourceError:
        return
    finally:
        for path in _places().paths:
            _places().give_back(path)


def manifests(data: bytes) -> None:
    """A list of URIs in a format that its first byte chooses: items and skips, or one error."""
    names = ("csv", "jsonl", "text", "parquet")
    form, content = names[data[0] % len(names)] if data else names[0], data[1:]
    source = ManifestSource(str(_file(content)), Stores(), Choice(), ListOptions(format=form))
    with (
        patch.object(manifest.reading, "explain", parsing_here.explain),
        patch.object(manifest.reading, "read_rows", parsing_here.read_rows),
    ):
        try:
            source.check()
            for each in source.items():
                assert isinstance(each, Item | Skipped)
                if isinstance(each, Item) and each.failure:
                    assert each.failure.reason in REASONS
        except SourceError as error:
            _says_no_hash(str(error), data)


def sweep_json(data: bytes) -> None:
    """A `sweep.json`: damage is one error; what is read can be added up and told, and is kept."""
    try:
        info = parse(data, "report")
    except ReportError:
        return
    assert parse(serialize(info), "report") == info
    total = total_of([info, info])
    assert total.tally.items == 2 * info.tally.items
    for each in (info, total):
        assert "\n" not in verdict_line(each).plain
    assert exposition(info, "sweep").encode().endswith(b"\n")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "lists": lists,
    "parsed_lists": parsed_lists,
    "batches": batches,
    "compiled": compiled,
    "renewed": renewed,
    "paths": paths,
    "media": media,
    "png_chunks": png_chunks,
    "animations": animations,
    "damaged_ends": damaged_ends,
    "results": results,
    "decisions": decisions,
    "requests": requests,
    "manifests": manifests,
    "sweep_json": sweep_json,
}
"""Every target by its name."""
