"""Checks that a report is what its sweep wrote: digests, totals, references, signature.

Yields findings in words; knows no terminal and writes nothing.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.errors import ReportError
from hashsweep.report import schema, tally_columns
from hashsweep.report.completeness import state_of
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import LOCK, MORE_TABLES, SIGNATURE, TABLES
from hashsweep.report.in_hand import IN_HAND
from hashsweep.report.keeping import NOTES_TO_KEEP
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segment_digests import digest_of
from hashsweep.report.segments import SWEEP, Segment
from hashsweep.report.signing import SIGNATURE_BYTES, Verifier
from hashsweep.report.sweep_json import SEGMENT, STATES, SegmentInfo, SweepInfo, parse
from hashsweep.report.tally import Tally
from hashsweep.report.totals import Totals

NOT_IN_ROWS = {"skipped", "in_other_shards"}
"""Totals that rows do not show: what was skipped or left to other shards."""


_TABLES = (*TABLES, *MORE_TABLES)


class Weight(Enum):
    """How a finding affects the verdict."""

    ALTERED = "altered or damaged"
    INCOMPLETE = "incomplete"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something to report, in one line."""

    weight: Weight
    text: str


def verify(
    path: Path,
    keys: Keys | None = None,
    verifier: Verifier | None = None,
    signature: Path | None = None,
    *,
    rows: bool = True,
) -> Iterator[Finding]:
    """Yield the findings about a report; only notes if all is well.

    `signature` names a file to use instead of the report's own. Without `rows` no part is opened;
    only their bytes are checked.
    """
    try:
        content = _read(path / SWEEP)
        if content is None:
            why = f"it has no {SWEEP}" if path.is_dir() else "the folder does not exist"
            raise ReportError(f"not a report: {why}")
        yield from _of_signature(path, content, verifier, signature)
        checked = _Checked(path, parse(content, SWEEP), keys)
        yield from checked.state()
        yield from checked.strays()
        yield from checked.digests()
        if rows:
            yield from checked.rows()
    except ReportError as error:
        yield Finding(Weight.ALTERED, str(error))


def _of_signature(
    path: Path, content: bytes, verifier: Verifier | None, name: Path | None
) -> Iterator[Finding]:
    signature = _read(name or path / SIGNATURE)
    if signature is None:
        if name is not None or verifier is not None:
            yield Finding(Weight.ALTERED, f"signature {name or SIGNATURE} does not exist")
        else:
            yield Finding(
                Weight.NOTE, "not signed: anyone who can write to the folder can change all of it"
            )
    elif verifier is None:
        yield Finding(
            Weight.NOTE,
            "its signature was not checked, because no --public-key was given: anyone who can "
            "write to the folder can change all of it",
        )
    elif len(signature) != SIGNATURE_BYTES or not verifier.holds(content, signature):
        yield Finding(
            Weight.ALTERED,
            f"key {verifier.id} did not sign this {SWEEP}: the file, the signature or the key is "
            "a different one",
        )
    else:
        yield Finding(Weight.NOTE, f"signed by key {verifier.id}")


class _Checked:
    """The checks of one report, in order."""

    def __init__(self, path: Path, sweep: SweepInfo, keys: Keys | None) -> None:
        self._path, self._sweep, self._keys = path, sweep, keys
        self._state = state_of(path, sweep)
        self._closed = self._state in ("complete", "interrupted")
        self._bad = False

    def state(self) -> Iterator[Finding]:
        """Check whether the sweep finished, and whether there are digests at all."""
        if self._state != "complete":
            yield Finding(Weight.INCOMPLETE, STATES[self._state])
        if not self._sweep.segments and self._closed:
            self._bad = True
            yield Finding(Weight.ALTERED, f"{SWEEP} has no digests of the segments")

    def strays(self) -> Iterator[Finding]:
        """Find things in the folder that do not belong to the report."""
        unknown = 0
        for name, is_plain in _contents(self._path):
            is_ours = name in {SWEEP, SIGNATURE, LOCK, IN_HAND, *NOTES_TO_KEEP}
            if is_plain and (is_ours or name in self._sweep.segments):
                continue
            if is_plain and SEGMENT.fullmatch(name) and not self._closed:
                unknown += 1
            elif is_plain and name.endswith(".tmp") and not self._closed:
                yield Finding(Weight.INCOMPLETE, f"{name} is a draft: its sweep did not finish it")
            else:
                self._bad = True
                yield Finding(Weight.ALTERED, f"{name} does not belong to the report")
        if unknown:
            text = f"{unknown:,} segments are newer than {SWEEP}, which has no digests for them"
            yield Finding(Weight.INCOMPLETE, text)

    def digests(self) -> Iterator[Finding]:
        """Compare the bytes of each part with its digest in `sweep.json`."""
        for name, expected in self._sweep.segments.items():
            if how := _difference(self._path / name, expected):
                self._bad = True
                yield Finding(Weight.ALTERED, f"{name} {how}")

    def rows(self) -> Iterator[Finding]:
        """Compare the parts with each other and with the totals."""
        if self._sweep.encrypted and self._keys is None:
            text = "its rows were not checked: they are encrypted, and no key was given"
            yield Finding(Weight.NOTE, text)
            return
        if self._bad:
            text = "its rows were not checked: altered or added segments should not be opened"
            yield Finding(Weight.NOTE, text)
            return
        report, tally = OpenReport(self._path, self._keys), Tally.create(self._sweep.accept)
        of_files, of_matches = report.names("files"), set(report.names("matches"))
        for name in sorted(of_matches - set(of_files)):
            weight = Weight.ALTERED if self._closed else Weight.INCOMPLETE
            yield Finding(weight, f"matches/{name} has no matching segment of files")
        for name in of_files:
            matches = report.segment("matches", name) if name in of_matches else None
            yield from self._segment(name, report.segment("files", name), matches, tally)
        yield from self._retractions(report)
        if self._closed:
            yield from _of_totals(tally.totals(), self._sweep.tally)

    def _retractions(self, report: OpenReport) -> Iterator[Finding]:
        """Compare the table that only a rematch has with its recorded counts."""
        count = sum(part.rows for part in report.segments("retractions"))
        own = self._sweep.rematch
        wanted = sum(own.matches.retracted.values()) if own else 0
        if self._closed and count != wanted:
            text = f"there are {count:,} retractions, but {SWEEP} says {wanted:,}"
            yield Finding(Weight.ALTERED, text)

    def _segment(
        self, name: str, part: Segment, own: Segment | None, tally: Tally
    ) -> Iterator[Finding]:
        wanted = [*dict.fromkeys([*tally_columns.columns(part.schema), "uri"])]
        files = part.table(wanted)
        matches = own.table() if own else schema.MATCHES.empty_table()
        tally_columns.add(tally, files, matches)
        strangers = pc.invert(pc.is_in(_keys(matches), value_set=_keys(files)))
        if number := pc.sum(strangers).as_py():
            text = f"matches/{name} has {number:,} rows for items that are not in files/{name}"
            yield Finding(Weight.ALTERED, text)


def _of_totals(found: Totals, stated: Totals) -> Iterator[Finding]:
    """Yield a finding that names the totals that the rows do not add up to."""
    names = [name for name in Totals.__struct_fields__ if name not in NOT_IN_ROWS]
    if wrong := [name for name in names if getattr(found, name) != getattr(stated, name)]:
        text = f"the rows do not add up to the totals of {SWEEP}: {', '.join(wrong)}"
        yield Finding(Weight.ALTERED, text)


def _difference(part: Path, expected: SegmentInfo) -> str:
    """Return how a part differs from `sweep.json`, "" if it does not."""
    try:
        if not _is_plain(part):
            return "is not a file"
        found = digest_of(part, expected.rows)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if found.bytes != expected.bytes:
        return f"has {found.bytes:,} bytes, not {expected.bytes:,}"
    return "was altered: its SHA-256 is different" if found != expected else ""


def _keys(table: pa.Table) -> pa.ChunkedArray:
    """Return an item's key in both tables: id, name and frame."""
    texts = (pc.fill_null(table[name], "").cast(pa.binary()) for name in ("uri", "part"))
    return pc.binary_join_element_wise(table["item_id"].cast(pa.binary()), *texts, b"\0")


def _contents(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield everything in a report's folder except its tables, and whether it is a plain file."""

    def fail(error: OSError) -> None:
        raise ReportError(f"{error.filename}: {error.strerror}") from error

    for here, folders, files in os.walk(folder, onerror=fail):
        inside = Path(here).relative_to(folder)
        for name in sorted(folders):
            found = Path(here) / name
            if found.is_symlink() or here != os.fspath(folder) or name not in _TABLES:
                yield f"{inside / name}/", False
        for name in sorted(files):
            yield os.fspath(inside / name), _is_plain(Path(here) / name)


def _is_plain(path: Path) -> bool:
    """Say whether this is a regular file: not a link or FIFO."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:  # a draft that has just been renamed
        return True


def _read(path: Path) -> bytes | None:
    """Return the bytes of a small file, None if it does not exist."""
    try:
        if path.exists() and not path.is_file():
            raise ReportError(f"{path} is not a file")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
