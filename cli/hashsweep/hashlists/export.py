"""Exports active entries of a compiled list in formats that other tools read.

Its output contains hashes, as requested; knows no file and no terminal.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator

import numpy as np

from hashsweep.hashlists.compiled import CompiledList
from hashsweep.model import Entry
from hashsweep.sources.naming import Relative

_PATH = re.compile(r"/|~/|file:/|[A-Za-z]:[\\/]|\\\\", re.IGNORECASE)
_VICS = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/CUSTOM/$metadata#Media"


def as_csv(compiled: CompiledList) -> Iterator[str]:
    """Yield hashsweep's own CSV, one row per line; an entry with two hashes of a kind takes two."""
    kinds = [*compiled.algorithms, *compiled.meta["kept"]]
    about = ["category", "scheme", "labels", "source", "updated"]
    fields = ["entry_id", *kinds, "pdq_quality", *about]
    yield _row(fields)
    names = _names(compiled)
    for entry in _active(compiled):
        left = list(entry.hashes)
        while left:
            taken: dict[str, str] = {}
            for name, value in list(left):
                if name not in taken:
                    taken[name] = value.hex() if name in compiled.algorithms else value.decode()
                    left.remove((name, value))
            quality = "" if entry.quality is None else str(entry.quality)
            hashes = [taken.get(name, "") for name in kinds]
            labels = ";".join(entry.labels)
            about = [entry.category, entry.scheme, labels, entry.source, entry.updated]
            yield _row([names(entry.entry_id), *hashes, quality, *about])


def as_pdq_text(compiled: CompiledList) -> Iterator[str]:
    """Yield PDQ's own text form: the hash, a comma, the entry's id."""
    names = _names(compiled)
    for entry in _active(compiled):
        for name, value in entry.hashes:
            if name == "pdq":
                yield f"{value.hex()},{_one_line(names(entry.entry_id))}\n"


def as_vics(compiled: CompiledList) -> Iterator[str]:
    """Yield a VICS 2.0 hash set (JSON, one media object per line), only entries with MD5."""
    yield f'{{"@odata.context": {json.dumps(_VICS)},\n"value": [\n'
    comma = ""
    names = _names(compiled)
    for number, entry in enumerate(_active(compiled), 1):
        hashes = dict(entry.hashes)
        if "md5" in hashes:
            yield comma + json.dumps(_media(number, names(entry.entry_id), entry, hashes))
            comma = ",\n"
    yield "\n]}\n"


def _media(number: int, name: str, entry: Entry, hashes: dict[str, bytes]) -> dict[str, object]:
    media: dict[str, object] = {"MediaID": number, "MD5": hashes["md5"].hex().upper()}
    if entry.category.isdigit():
        media["Category"] = int(entry.category)
    if "sha1" in hashes:
        media["SHA1"] = hashes["sha1"].hex().upper()
    others = [
        {"HashName": name.upper(), "HashValue": value.hex()}
        for name, value in entry.hashes
        if name in ("sha256", "pdq")
    ]
    if others:
        media["AlternativeHashes"] = others
    if entry.labels:
        media["Tags"] = ", ".join(entry.labels)
    media["Comments"] = name
    return media


def _names(compiled: CompiledList) -> Callable[[str], str]:
    """Return a function from an entry's id to what it is called elsewhere: no path of a machine.

    Absolute paths become relative to the common folder of all that are on the list; where they
    have none, they are numbered.
    """
    paths = [each for each in map(_as_path, compiled.ids()) if each]
    common = Relative(each.rpartition("/")[0] for each in paths)
    has_common = bool(paths) and common.name(paths[0]) != paths[0].lstrip("/")
    numbers: dict[str, int] = {}

    def name(entry_id: str) -> str:
        path = _as_path(entry_id)
        if not path:
            return entry_id
        if has_common:
            return common.name(path)
        return f"entry-{numbers.setdefault(path, len(numbers) + 1)}"

    return name


def _as_path(entry_id: str) -> str:
    """Return an id that is a path of a machine with slashes, "" for another id."""
    if not _PATH.match(entry_id):
        return ""
    path = re.sub("(?i)^file:(//[^/]*)?", "", entry_id).replace("\\", "/")
    return path if path.startswith("/") else f"/{path}"


def _active(compiled: CompiledList) -> Iterator[Entry]:
    return (entry for entry in compiled.entries() if not entry.withdrawn)


def list_left_out(compiled: CompiledList, form: str) -> int:
    """Return how many active entries cannot be exported: those without the format's only hash."""
    kind = {"pdq": "pdq", "vics": "md5"}.get(form)
    if kind is None:
        return 0
    held = np.unique(compiled.column(kind).entries).size if kind in compiled.algorithms else 0
    active: int = compiled.meta["active"]
    return active - held


def _row(cells: list[str]) -> str:
    """Return a line; one that would look like a comment is quoted."""
    text = io.StringIO()
    comment = cells[0].startswith("#")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain = csv.writer(text, lineterminator="\n")
    (quoted if comment else plain).writerow([_one_line(cell) for cell in cells])
    return text.getvalue()


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")


EXPORTS: dict[str, Callable[[CompiledList], Iterator[str]]] = {
    "csv": as_csv,
    "pdq": as_pdq_text,
    "vics": as_vics,
}
