"""Writes the `fileDetails` of a report's matched files: a folder of files, or one file of lines.

Knows no terminal.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hashsweep.analysis.matched_files import MatchedFile, matched_files
from hashsweep.atomic_files import new_file
from hashsweep.output.cybertip import ListSays, as_json, as_xml, file_details, texts_of
from hashsweep.report.folder import on_disk
from hashsweep.report.open_report import OpenReport

FORMS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "xml": as_xml,
    "json": lambda details: as_json(details).encode(),
}
"""Formats of a fragment."""

INDEX = "index.jsonl"
"""Which fragment belongs to which file; only for the person who uploads them."""


class Written(NamedTuple):
    """How many fragments were written, and which of ListSays.texts occur in no match."""

    fragments: int
    unmet: set[str]


def as_folder(report: OpenReport, folder: Path, form: str, says: ListSays) -> Written:
    """Write ITEM_ID.xml (or .json) for each file into a new folder, and an index.

    A file that its sweep was given twice gets one fragment. A folder without an index is not
    complete: an error removes it. Raises ReportError.
    """
    with on_disk(folder):
        folder.mkdir(mode=0o700)
    count, unmet = 0, says.texts
    with new_file(folder / INDEX) as index:
        for file, details in _details(report, says, unmet):
            path = folder / f"{file.item_id.hex()}.{form}"
            if path.exists():
                continue
            with new_file(path, sync=False) as fragment:
                fragment.write(FORMS[form](details))
            line = {"fragment": path.name, **_of(file)}
            index.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
            count += 1
    return Written(count, unmet)


def as_lines(report: OpenReport, path: Path, _form: str, says: ListSays) -> Written:
    """Write one JSON object per line to a new file: item, name and `fileDetails`."""
    count, unmet = 0, says.texts
    with new_file(path) as file:
        for count, (matched, details) in enumerate(_details(report, says, unmet), 1):  # noqa: B007
            line = {**_of(matched), "fileDetails": details}
            file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
    return Written(count, unmet)


def _details(
    report: OpenReport, says: ListSays, unmet: set[str]
) -> Iterator[tuple[MatchedFile, dict[str, Any]]]:
    """Yield each file with its elements; removes what its matches say from `unmet`."""
    for file in matched_files(report):
        unmet -= texts_of(file)
        yield file, file_details(file, says, report.sweep)


def _of(file: MatchedFile) -> dict[str, str]:
    return {"item_id": file.item_id.hex(), "uri": file.uri}
