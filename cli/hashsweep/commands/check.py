"""`hashsweep check`: a verdict for each file, as a gate before publication."""

import errno
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click

from hashsweep.commands.check_stream import check_call, choose_framing, stream_options
from hashsweep.commands.list_options import list_options, tell_refusals
from hashsweep.commands.options import frame_option, gate_work_options, match_options
from hashsweep.commands.outcome_options import outcome_options, take_accepted
from hashsweep.commands.report_options import decisions_option
from hashsweep.commands.values import Size

MOST_IN_MEMORY = 1 << 30
"""Most bytes of standard input held in memory, unless --max-file-size is given."""


@click.command(
    epilog="""\b
Examples:
  hashsweep check upload.jpg --list known.hsl && publish upload.jpg
  curl -s "$URL" | hashsweep check - --list known.hsl --json
  hashsweep check --stream --list known.hsl

Compile the lists first (hashsweep lists import); otherwise every call parses them again.
"""
)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@list_options
@stream_options
@click.option(
    "--max-file-size",
    type=Size(),
    help="Larger files, such as 200M, count as failed.  [default: 1G for bytes in memory]",
)
@match_options
@decisions_option
@outcome_options
@frame_option
@gate_work_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per file.")
@click.option(
    "--explain",
    is_flag=True,
    help="Below each line, explain what was compared, what was not, why, and what helps.",
)
def check(
    files: tuple[str, ...],
    *,
    as_json: bool,
    explain: bool,
    stream: bool,
    null: bool,
    length_prefixed: bool,
    **options: Any,
) -> int:
    """Report for each FILE whether it matches a LIST.

    Each line has a verdict, the file and the reason, separated by tabs. The verdict is match,
    clean or failed; a file is clean only if it was read, decoded and compared in full. A FILE of -
    is standard input, which never touches the disk.

    Exit status: 0 all clean, 1 matches, 4 something could not be checked, 5 both. With --stream
    the status covers all answers, once standard input has ended.
    """
    if options["engine"] == "processes" and not options["nice"]:
        from hashsweep.engines.forkserver import start_server
        from hashsweep.sweep.config import PRELOAD

        start_server(PRELOAD)  # workers get ready while the lists are being opened
    from hashsweep.engines import limits
    from hashsweep.errors import UsageProblem
    from hashsweep.gate.answers import Answers
    from hashsweep.gate.stream import Requests, answer
    from hashsweep.hashlists.describe import is_used
    from hashsweep.hashlists.opening import is_piped, verify_in_background
    from hashsweep.report.outcome import FailOn
    from hashsweep.safe_text import printable
    from hashsweep.sweep.config import ScanConfig
    from hashsweep.sweep.work import prepare_work

    how = {"null": null, "length_prefixed": length_prefixed}
    check_call(files, stream=stream, **how, pipes=sum(map(is_piped, options["lists"])))
    if not options["lists"]:
        raise UsageProblem("name a --list to check against")
    workers = options["workers"] or limits.processors()
    most = options["max_file_size"] or MOST_IN_MEMORY
    take_accepted(options)
    accept = frozenset(options["accept"])
    answers = Answers(accept, FailOn.parse(options["fail_on"]))
    render = _renderer(as_json=as_json, explain=explain)
    with ExitStack() as stack:
        decisions = _decisions(options["decisions"])
        if stream:
            framing, in_memory = choose_framing(**how, workers=workers, most=most, stack=stack)
        else:
            options["workers"] = min(workers, len(files))
            items = [_item(file, most, stack) for file in files]
            in_memory = tuple(i.uri for f, i in zip(files, items, strict=True) if f == "-" != i.uri)
        work = prepare_work(
            ScanConfig(**options), stack, verify=False, in_memory=in_memory, gate=True, many=stream
        )
        tell_refusals(work.lists)
        more = decisions.warnings(work.lists) if decisions else []
        for warning in (*work.warnings, *more):
            click.echo(f"hashsweep: {printable(warning)}", err=True)
        verified = stack.enter_context(verify_in_background(work.lists))
        if stream:
            verified()  # a stream that has started can answer
            found = answer(work, Requests(sys.stdin.fileno(), framing))
        else:
            found = _of_files(work, files, items)
        with closing(found):
            for name, records in found:
                verified()
                for each in work.lists:
                    each.check_unchanged()
                if decisions:
                    decisions.apply(records)
                answers.take(records)
                _tell(render(name, records, accept))
        return int(answers.status(lists_used=all(map(is_used, work.lists))))


def _renderer(*, as_json: bool, explain: bool) -> Callable[..., str]:
    """Return the function that turns a file's records into text."""
    from hashsweep.errors import UsageProblem
    from hashsweep.gate import verdict

    if explain and as_json:
        raise UsageProblem(
            "--explain is for people, and --json already has it all: use one of them"
        )
    return verdict.explain if explain else verdict.as_line if as_json else verdict.line


def _decisions(name: str | None) -> Any:
    if name is None:
        return None
    from hashsweep.analysis.decisions import Decisions  # takes 0.1 s; few calls need it

    return Decisions(Path(name))


def _of_files(
    work: Any, files: Sequence[str], items: Sequence[Any]
) -> Generator[tuple[str, Any], None, None]:
    from hashsweep.sweep.batches import in_order

    with closing(in_order(work, iter(items))) as stream:
        yield from zip(files, stream, strict=True)


def _item(file: str, most: int, stack: ExitStack) -> Any:
    """Return the item for a file named by the user, or for standard input."""
    from hashsweep.errors import SourceError
    from hashsweep.gate.framing import item_of
    from hashsweep.model import Failure, Item
    from hashsweep.storage.memory import hold

    if file != "-":
        if os.path.isdir(file):
            from hashsweep.safe_text import printable

            text = f"{printable(file)} is a folder: `hashsweep scan` reads folders"
            click.echo(f"hashsweep: {text}", err=True)
        return item_of(file)
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("- means standard input, but nothing is piped in")
    try:
        return Item(hold(sys.stdin.buffer, stack, most))
    except OSError as error:
        if error.errno == errno.EFBIG:
            return Item(file, failure=Failure("read", "too-large"))
        raise SourceError(f"standard input: {error.strerror}") from error


def _tell(text: str) -> None:
    """Write a line at once, unbuffered, so that no stop can leave it in a buffer."""
    data = f"{text}\n".encode(sys.stdout.encoding, "backslashreplace")
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
