"""`hashsweep check`: a verdict on each file, for a gate before publication."""

import json
import os
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click

from hashsweep.commands.list_options import list_options, tell_refusals
from hashsweep.commands.options import (
    decisions_option,
    frame_option,
    match_options,
    work_options,
)


@click.command(
    epilog="""\b
Examples:
  hashsweep check upload.jpg --list known.hsl && publish upload.jpg
  curl -s "$URL" | hashsweep check - --list known.hsl --json

Compile the lists first (hashsweep lists import), or each call reads their text anew.
"""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@list_options
@match_options
@decisions_option
@frame_option
@work_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
def check(files: tuple[str, ...], *, as_json: bool, **options: Any) -> int:
    """Say of each FILE whether it matches a LIST, in one line.

    The line has a verdict, the file and the reason, with tabs between. The verdict is match,
    clean or failed; only what could be read, decoded and compared in full is clean. A FILE of -
    is standard input, which never touches the disk.

    Exit status: 0 all clean, 1 matches, 4 something could not be checked, 5 both.
    """
    if options["engine"] == "processes" and not options["nice"]:
        from hashsweep.config import PRELOAD
        from hashsweep.engines.context import context_of

        context_of("forkserver", PRELOAD)  # workers get ready while the lists are being opened
    from hashsweep.batches import in_order
    from hashsweep.config import ScanConfig
    from hashsweep.errors import UsageProblem, exit_code
    from hashsweep.hashlists.facts import is_used
    from hashsweep.lists import is_piped, verifying
    from hashsweep.report import verdict
    from hashsweep.report.names import shown
    from hashsweep.work import prepared

    if not options["lists"]:
        raise UsageProblem("name a --list to check against")
    if files.count("-") + sum(map(is_piped, options["lists"])) > 1:
        raise UsageProblem("standard input can be read only once: - is named twice")
    options["workers"] = min(options["workers"] or os.cpu_count() or 1, len(files))
    matched = incomplete = False
    with ExitStack() as held:
        decisions = _decisions(options["decisions"])
        items = [_item(file, held) for file in files]
        piped = [item.uri for file, item in zip(files, items, strict=True) if file == "-"]
        work = prepared(ScanConfig(**options), held, verify=False, in_memory=piped)
        tell_refusals(work.lists)
        for warning in work.warnings:
            click.echo(f"hashsweep: {shown(warning)}", err=True)
        verified = held.enter_context(verifying(work.lists))
        with closing(in_order(work, iter(items))) as stream:
            for name, records in zip(files, stream, strict=True):
                verified()
                if decisions:
                    decisions.apply(records)
                matched |= verdict.verdict(records) == "match"
                incomplete |= verdict.is_incomplete(records)
                told = json.dumps(verdict.as_json(name, records)) if as_json else None
                click.echo(told or verdict.line(name, records))
        incomplete |= not all(map(is_used, work.lists))
    return int(exit_code(matches=matched, incomplete=incomplete))


def _decisions(name: str | None) -> Any:
    if name is None:
        return None
    from hashsweep.decisions import Decisions  # a tenth of a second that few calls need

    return Decisions(Path(name))


def _item(file: str, held: ExitStack) -> Any:
    """Return the item for a file as the user names it; a link is followed."""
    from hashsweep.errors import SourceError
    from hashsweep.model import Item
    from hashsweep.storage.memory import hold

    if file != "-":
        return Item(file if "\0" in file else os.path.realpath(file))
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("- is standard input, and nothing is piped in")
    try:
        return Item(hold(sys.stdin.buffer, held))
    except OSError as error:
        raise SourceError(f"standard input: {error.strerror}") from error
