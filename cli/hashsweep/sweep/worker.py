"""Does the work on items: read, sniff, decode once, hash; then match the whole batch.

Runs inside worker processes. Knows no report and no terminal. Has the broad `except` around an
item, and the one around a part of it.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from hashsweep.engines.base import NOTHING, UNTRIED, Answer, Resumption
from hashsweep.errors import ItemError, SourceError
from hashsweep.hashers import HASHERS, BytesHasher, PictureHasher, Undecided
from hashsweep.hashers.damaged_pdq import rate_decoded
from hashsweep.hashers.pdq import Pdq
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.low_words import open_low_words
from hashsweep.matching.matcher import Matcher
from hashsweep.matching.possible import PossibleFinder
from hashsweep.matching.turned_bits import view_hashes
from hashsweep.media import KEEP_FRAMES, MAX_FRAMES, MAX_PIXELS
from hashsweep.media.frames import Frames
from hashsweep.media.other_types import name_other
from hashsweep.media.picture import Picture, open_picture
from hashsweep.model import PDQ_MAX_DISTANCE, Failure, Item, Record, name_frame
from hashsweep.storage.beneath import Roots
from hashsweep.storage.fetching import FetchedFile, Fetching
from hashsweep.storage.local import LocalFile
from hashsweep.storage.memory import adopt
from hashsweep.storage.uris import is_remote
from hashsweep.sweep.content import Content, check_hash
from hashsweep.sweep.coverage import (
    DistinctFrames,
    Wanted,
    find_lacking,
    judge,
    list_compared,
)
from hashsweep.sweep.need import Need, need_of
from hashsweep.sweep.packing import Packer, hash_sizes
from hashsweep.sweep.scanning import CHUNK, Scanning
from hashsweep.variants import KINDS, LEVELS, OF_HASH, View, names_of

UNREADABLE_PROFILE = Failure("decode", "unsupported-format", "its colour profile")
"""A viewer may show another picture than the samples, which were compared."""

_NOBODY: Mapping[int, Resumption] = {}


@dataclass(frozen=True)
class WorkerOptions:
    """Everything a worker needs to know, as plain JSON values.

    `lists` are (path, stamp, name, whether known good) of compiled lists that the parent has
    verified; `max_distance` is in bits by algorithm; `in_memory` are URIs of items in memory
    (storage.memory). `fetch` is how objects are fetched (options.FetchOptions), None where there
    are none. With `digest_only` nothing is read at all. `max_size` bounds the bytes of a file;
    with `follow` a link is followed. `channel` is the socket to what fetches (fetching.Fetching),
    where the parent has started that. Below `roots`, paths and either their place among
    `descriptors` or where they can be opened, no link is followed. `possible` are (list name, path,
    stamp) of what the search for leads needs (hashlists.low_words); empty for no leads.
    """

    hashes: tuple[str, ...]
    lists: tuple[tuple[str, str, str, bool], ...] = ()
    max_distance: dict[str, int] = field(default_factory=dict)
    confirm: bool = False
    views: tuple[str, ...] = LEVELS["default"]
    possible: tuple[tuple[str, str, str], ...] = ()
    exact: bool = False
    max_pixels: int = MAX_PIXELS
    max_frames: int = MAX_FRAMES
    keep_frames: int = KEEP_FRAMES
    keep_views: bool = False
    frame_seconds: float | None = None
    in_memory: tuple[str, ...] = ()
    fetch: dict[str, Any] | None = None
    digest_only: bool = False
    max_size: int | None = None
    follow: bool = False
    channel: int | None = None
    roots: tuple[tuple[str, int | str], ...] = ()
    descriptors: tuple[int, ...] = ()


def open_worker(options: dict[str, Any]) -> "Sweeper":
    """Make a worker in this process.

    Raises ListError if a list is not what the parent saw, SourceError if a root cannot be opened.
    """
    return Sweeper(WorkerOptions(**options))


class Sweeper:
    """Works on batches (see engines.base.Worker)."""

    def __init__(self, options: WorkerOptions) -> None:
        """Import the hashers and map the lists."""
        self._options = options
        hashers = [HASHERS.load(name) for name in options.hashes]
        self._bytes = [cast("BytesHasher", h) for h in hashers if h.spec.reads == "bytes"]
        self._picture = [cast("PictureHasher", h) for h in hashers if h.spec.reads == "picture"]
        specs = {hasher.spec.name: hasher.spec for hasher in hashers}
        lists: dict[bool, list[CompiledList]] = {True: [], False: []}
        for path, stamp, name, known_good in options.lists:
            lists[known_good].append(CompiledList(Path(path), verify=False, stamp=stamp, name=name))
        self._matcher = Matcher(lists[False], specs, options.max_distance, confirm=options.confirm)
        self._possible = _find_possible(lists[False], options) if options.possible else None
        exact = {name: spec for name, spec in specs.items() if spec.metric == "exact"}
        self._coverage = Wanted.by(lists[False], specs.values())
        self._known_good = Matcher(lists[True], exact, {}) if lists[True] else None
        self._in_memory = {uri: adopt(uri) for uri in options.in_memory}
        try:
            self._roots = Roots(
                (path, at if isinstance(at, str) else options.descriptors[at])
                for path, at in options.roots
            )
        except OSError as error:
            raise SourceError(f"a source cannot be opened: {error.strerror}") from error
        self._fetching = Fetching(options.fetch, options.channel) if options.fetch else None
        self._wanted = {hasher.spec.name for hasher in hashers}
        self._packer = Packer(hash_sizes(specs.values()))
        needed = options.keep_views or "pdq" in self._coverage.pictures
        self._views = frozenset(options.views if needed else ())

    def expect(self, items: Sequence[Item]) -> None:
        """Start fetching what these items need; they are next."""
        if self._fetching:
            self._fetching.expect([item for item in items if self._is_fetched(item)])

    def work(
        self,
        items: Sequence[Item],
        starting: Callable[..., None],
        resumed: Mapping[int, Resumption] = _NOBODY,
    ) -> Iterator[Answer]:
        """Yield answers with records (see packing); an item with many parts has several."""
        done: list[Scanning] = []
        for number, item in enumerate(items):
            fetched = self._take_fetched(item)  # not timed: the store has its own timeouts
            starting(number)
            known = resumed.get(number, UNTRIED)
            scanning = self._begin(item, partial(starting, number), known)
            for _ in self._scan(scanning, fetched):
                starting(NOTHING)
                if done:
                    yield self._answer(done)
                    done = []
                parts = scanning.take()
                self._compare(parts)
                if chosen := scanning.choose(parts):
                    yield Answer(0, self._packer.pack((), chosen), ahead=True)
            done.append(scanning)
        starting(NOTHING)  # no item causes what follows
        if done:
            yield self._answer(done)

    def _answer(self, done: Sequence[Scanning]) -> Answer:
        """Compare the records of items that are done, and say what of them."""
        self._compare([record for each in done for record in (each.own, *each.parts)])
        return Answer(len(done), self._packer.pack([each.end() for each in done]))

    def _compare(self, records: list[Record]) -> None:
        """Match records, and leave what is to be kept of their views."""
        self._view_stored(records)
        self._matcher.match(records)
        if self._possible:
            self._possible.note(records)
        for record in records:
            self._keep_views(record, self._views if self._options.keep_views else ())

    def _is_fetched(self, item: Item) -> bool:
        """Say whether this item's bytes come from a store."""
        if not is_remote(item.uri):
            return False
        if item.earlier is not None and self._carry(item, item.earlier) is None:
            item = item._replace(earlier=None)
        return self._need(item) == "read"

    def _need(self, item: Item) -> Need:
        return need_of(item, self._wanted, digest_only=self._options.digest_only)

    def _take_fetched(self, item: Item) -> FetchedFile | Failure | None:
        if self._fetching is None or not self._is_fetched(item):
            return None
        try:
            return self._fetching.take()
        except ItemError as error:
            return error.failure

    def _begin(
        self, item: Item, begin: Callable[[int], None], known: Resumption = UNTRIED
    ) -> Scanning:
        own = Record(item, size=item.size, mtime_ns=item.mtime_ns)
        return Scanning(own, DistinctFrames(self._options.keep_frames), begin, known)

    def scan(self, item: Item, fetched: FetchedFile | Failure | None = None) -> list[Record]:
        """Return an item's own record and those of its further frames, compared with nothing.

        `fetched` is the result of fetching an object. Whatever goes wrong is in the record, not
        raised.
        """
        scanning = self._begin(item, lambda _: None)
        for _ in self._scan(scanning, fetched):
            pass
        return [scanning.own, *scanning.parts]

    def _scan(self, scanning: Scanning, fetched: FetchedFile | Failure | None) -> Iterator[None]:
        """Scan an item; yields whenever enough of its parts are there to be compared."""
        yield from self._obtain(scanning, fetched)
        own = scanning.own
        self._note_compared(own)
        own.fail(judge(own, self._coverage, scanning.lacking))

    def _obtain(self, scanning: Scanning, fetched: FetchedFile | Failure | None) -> Iterator[None]:
        own = scanning.own
        item = own.item
        own.fail(item.failure)
        if item.md5:
            own.hashes["md5"] = item.md5
        if isinstance(fetched, Failure):
            own.reasons = [fetched]
            return
        if own.reasons:
            return
        if item.earlier is not None and (carried := self._carry(item, item.earlier)):
            scanning.own = carried[0]
            for each in carried[1:]:
                if self._add_part(scanning, each):
                    yield
            return
        need = self._need(item._replace(earlier=None))
        if need == "stated":
            own.stated_hashes = ("md5",)
        elif need == "no-digest":
            own.fail(Failure("list", "no-digest"))
        else:
            yield from self._read(scanning, fetched)
            if fetched and fetched.changed:
                own.fail(Failure("read", "changed", "since its source was written"))

    def _add_part(self, scanning: Scanning, record: Record) -> bool:
        """Take the record of a part; say whether enough are there to be compared."""
        self._note_compared(record)
        scanning.lacking = scanning.lacking or find_lacking(record, self._coverage)
        scanning.parts.append(record)
        return len(scanning.parts) >= CHUNK

    def _note_compared(self, record: Record) -> None:
        """Note in a record what of it is compared."""
        record.compared = tuple(list_compared(record, self._coverage))
        if "pdq" in record.compared:
            record.compared_views = self._name_views(record)

    def _name_views(self, record: Record) -> tuple[str, ...]:
        """Return the kinds of views that are compared; a stored hash alone gives few."""
        if record.from_baseline:
            lacking = self._views.difference(record.kept_views)
            return (*record.kept_views, *(OF_HASH[kind] for kind in OF_HASH if kind in lacking))
        return tuple(kind for kind in KINDS if kind in self._views)

    def _read(self, scanning: Scanning, fetched: FetchedFile | None) -> Iterator[None]:
        """Read, sniff, decode and hash, also further frames; yields as `_scan`."""
        record = scanning.own
        item = record.item
        stage = "read"
        try:
            with fetched or self._open_item(item) as file:
                record.size, record.mtime_ns = file.size, file.mtime_ns
                if fetched:
                    record.etag = fetched.etag
                content = Content(file, self._bytes, record)
                record.media_type = content.kind.media_type
                trusted = self._is_known_good(record)
                if self._picture and content.kind.is_picture and not trusted:
                    stage = "decode"
                    picture = self._open_picture(content, record, exact=self._options.exact)
                    file.check_unchanged()
                    stage = "hash"
                    if picture:
                        try:
                            self._hash_picture(picture, record)
                        except Undecided:
                            picture = self._hash_in_full(content, record) or picture
                            file.check_unchanged()
                        if picture.damage:
                            record.fail(picture.damage.failure)
                        self._check_profile(picture, record)
                        for frame in self._further_frames(content, scanning):
                            if self._add_part(scanning, frame):
                                yield
        except Exception as error:  # noqa: BLE001 - one of two places where any error may surface
            record.fail(_failure_of(error, stage))

    def _open_item(self, item: Item) -> LocalFile:
        uri = item.uri
        held = self._in_memory.get(uri, uri if self._options.follow else None)
        file = LocalFile(item, held, self._roots)
        if self._options.max_size is not None and file.size > self._options.max_size:
            file.stream.close()
            raise ItemError("read", "too-large")
        return file

    def _carry(self, item: Item, earlier: Sequence[Mapping[str, Any]]) -> list[Record] | None:
        """Return an unchanged item's records from its earlier hashes; None if it must be read."""
        records = [Record.from_wire(item, {**wire, "from_baseline": True}) for wire in earlier]
        for each in records:
            self._keep_views(each, self._views)
        record = records[0]
        if any(hasher.spec.name not in record.hashes for hasher in self._bytes):
            return None
        if self._options.exact and record.decode_mode not in (None, "exact"):
            return None
        trusted = self._is_known_good(record)
        is_picture = (record.media_type or "").startswith("image/")
        wanted = {hasher.spec.name for hasher in self._picture}
        lacks = any(wanted - each.hashes.keys() for each in records)
        if self._options.keep_views and "pdq" in wanted:
            lacks |= not self._views.issubset(record.kept_views)
        return None if is_picture and lacks and not trusted else records

    def _further_frames(self, content: Content, scanning: Scanning) -> Iterator[Record]:
        """Yield a record for each further frame; an unreadable one fails the file's own record."""
        record = scanning.own
        if not record.animated or not (self._options.max_frames > 1 or self._coverage.pictures):
            return
        content.stream.seek(0)
        frames = Frames(content.stream, content.kind, self._options.max_pixels)
        record.frames = frames.count
        record.frames_seen, record.frames_left = 1, frames.count - 1
        scanning.note_deaths()
        avoided = {part - 1 for part in scanning.known.deaths}
        before: object = None
        bound = self._options.frame_seconds
        enough = time.monotonic() + (math.inf if bound is None else bound)
        pictures = frames.pictures(
            self._options.max_frames, lambda number: scanning.begin(number + 1), avoided
        )
        for number, picture in pictures:
            if time.monotonic() > enough:
                return  # what is left counts as left out, before --timeout takes all
            record.frames_seen, record.frames_left = record.frames_seen + 1, record.frames_left - 1
            appearance = picture.appearance
            if appearance == before:
                continue  # a repeated frame: already compared
            before = appearance
            frame = Record(record.item, part=name_frame(number + 1), decode_mode="exact")
            frame.width, frame.height = picture.width, picture.height
            try:
                self._hash_picture(picture, frame)
            except Exception as error:  # noqa: BLE001 - the other: it costs this frame alone
                scanning.note_failure(number + 1, _failure_of(error, "hash"))
                continue
            self._check_profile(picture, record)
            yield frame

    def _check_profile(self, picture: Picture, record: Record) -> None:
        """Fail a file of which a viewer may show something else than was compared."""
        if picture.shown and picture.shown.is_unreadable and "shown" in self._views:
            record.fail(UNREADABLE_PROFILE)

    def _hash_in_full(self, content: Content, record: Record) -> Picture | None:
        """Rehash a picture that was decoded at reduced scale; an error removes its hashes.

        Returns the picture decoded in full.
        """
        for hasher in self._picture:
            record.hashes.pop(hasher.spec.name, None)
        record.views = {}
        content.stream.seek(0)
        if picture := self._open_picture(content, record, exact=True):
            self._hash_picture(picture, record)
        return picture

    def _open_picture(self, content: Content, record: Record, *, exact: bool) -> Picture | None:
        """Return the picture; None if the file only looked like one."""
        named_so = record.item.uri.lower().endswith(content.kind.extension)
        certain = content.kind.sure or named_so
        picture = None
        try:
            picture = open_picture(
                content.stream,
                content.kind,
                exact=exact,
                max_pixels=self._options.max_pixels,
            )
        except ItemError as error:
            if certain or error.reason not in ("corrupt", "truncated"):
                raise
        if picture is None or (picture.damage and not certain):
            # it only looked like a picture
            record.media_type = name_other(content.head, content.tail)
            return None
        record.width, record.height = picture.width, picture.height
        record.animated, record.decode_mode = picture.animated, picture.decode_mode
        return picture

    def _is_known_good(self, record: Record) -> bool:
        """Mark a file that is on a known-good list; say whether decoding can be skipped.

        An MD5 alone marks it but skips nothing, because MD5 collisions can be forged.
        """
        if self._known_good is None:
            return False
        found = Record(record.item, hashes=record.hashes)
        self._known_good.match([found])
        named = [match for match in found.matches if match.tier != "collision"]
        if named:
            record.known_good = named[0].list_name
        record.is_trusted = any(match.tier == "exact" for match in named)
        return record.is_trusted

    def _hash_picture(self, picture: Picture, record: Record) -> None:
        for hasher in self._picture:
            quality: int | None
            if isinstance(hasher, Pdq) and self._views:
                value, quality, record.views = hasher.hash_views(picture, self._views)
                record.kept_views = tuple(kind for kind in KINDS if kind in self._views)
            else:
                value, quality = hasher.hash(picture)
            record.hashes[hasher.spec.name] = check_hash(value, hasher.spec)
            if hasher.spec.name == "pdq":
                record.pdq_quality = rate_decoded(picture) if picture.rows else quality
                if picture.rows:
                    _bound_quality(record)

    def _keep_views(self, record: Record, kinds: Collection[str]) -> None:
        """Keep no other views than those of these kinds, and none that were made of a hash."""
        record.kept_views = tuple(kind for kind in record.kept_views if kind in kinds)
        wanted = names_of(record.kept_views)
        record.views = {name: view for name, view in record.views.items() if name in wanted}

    def _view_stored(self, records: Sequence[Record]) -> None:
        """Add the views of pictures to records whose hash is that of an earlier report."""
        stored = [each for each in records if each.from_baseline and "pdq" in each.hashes]
        hashes = np.frombuffer(b"".join(each.hashes["pdq"] for each in stored), np.uint8)
        names, views = view_hashes(hashes.reshape(-1, 32), self._views)
        for record, rows in zip(stored, views, strict=True):
            kept = names_of(record.kept_views)
            record.views |= {
                name: View(row.tobytes(), record.pdq_quality)
                for name, row in zip(names, rows, strict=True)
                if name not in kept
            }


def _failure_of(error: Exception, stage: str) -> Failure:
    if isinstance(error, ItemError):
        return error.failure
    reason = "out-of-memory" if isinstance(error, MemoryError) else "internal"
    return ItemError(stage, reason, f"{type(error).__name__}: {error}").failure


def _bound_quality(record: Record) -> None:
    """Leave no view of a damaged picture a higher quality than its decoded rows have."""
    most = record.pdq_quality or 0
    record.views = {
        name: View(view.pdq, min(most, most if view.quality is None else view.quality))
        for name, view in record.views.items()
    }


def _find_possible(lists: Sequence[CompiledList], options: WorkerOptions) -> PossibleFinder:
    words = {name: open_low_words(path, stamp) for name, path, stamp in options.possible}
    return PossibleFinder(lists, words, options.max_distance.get("pdq", PDQ_MAX_DISTANCE))
