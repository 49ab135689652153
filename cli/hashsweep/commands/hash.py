"""`hashsweep hash`: prints hashes of files as CSV, which is itself a hash list."""

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any, TextIO

import click

from hashsweep.commands.options import hash_option, source_options, take_excluded, work_options

_SHORT = 3  # characters of a quality; every hash has more


@click.command(
    "hash",
    epilog="""\b
Examples:
  hashsweep hash known/*.jpg -o known.csv
  hashsweep hash --hash pdq --hash sha256 evidence/ -o list.csv
""",
)
@click.argument("sources", metavar="[FILE]...", nargs=-1)
@hash_option("Without it: md5, sha1, sha256, pdq.")
@click.option("-o", "--output", metavar="FILE", help="A new file, mode 0600.  [default: stdout]")
@click.option(
    "--id",
    "form",
    type=click.Choice(["relative", "path", "number"]),
    default="relative",
    show_default=True,
    help="What entries are called: by their paths relative to the common folder of the FILEs, by "
    "their whole paths, or by numbers. Reports show these ids.",
)
@source_options
@work_options
def hash_files(hashes: tuple[str, ...], output: str | None, form: str, **options: Any) -> int:
    """Print the hashes of FILEs (or of all files in folders) as CSV.

    The output is a hash list in the order of the FILEs. `scan --list` reads it only if nobody else
    can, so write it with -o. A file that cannot be hashed is named on stderr with the reason, and
    the exit status is 4.
    """
    from hashsweep.commands.progress import Progress
    from hashsweep.errors import exit_code
    from hashsweep.report.tally import Tally
    from hashsweep.safe_text import printable
    from hashsweep.sweep.batches import in_order
    from hashsweep.sweep.config import DEFAULT_HASHES, ScanConfig
    from hashsweep.sweep.plan import build_plan
    from hashsweep.sweep.run import items

    tally = Tally()
    take_excluded(options)
    without_hash = 0
    config = ScanConfig(
        hashes=hashes or DEFAULT_HASHES, max_frames=1, missing_is_failed=True, **options
    )
    with (
        build_plan(config) as plan,
        _open_output(output) as stream,
        Progress(quiet=output is None and sys.stdout.isatty()) as progress,
    ):
        names = [spec.name for spec in plan.specs]
        quality = ["pdq_quality"] if "pdq" in names else []
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["entry_id", *names, *quality])
        stream.flush()  # a full disk is reported here, before workers start
        write = _make_writer(table, form, options, plan.folders())
        for record in chain.from_iterable(in_order(plan, items(plan, tally.skip))):
            tally.add(record)
            progress.advance(tally)
            for each in record.reasons:
                why = f"{each.stage}: {each.reason}"
                progress.tell(f"hashsweep: {printable(record.item.uri)}: {why}")
            if not record.reasons and not record.hashes:
                without_hash += 1
                progress.tell(f"hashsweep: {printable(record.item.uri)}: no hash: not a picture")
            if any(each.stage == "decode" for each in record.reasons):
                whole = [spec.name for spec in plan.specs if spec.reads == "bytes"]
            else:
                whole = names  # the rest of a damaged picture is not listed
            found = {name: record.hashes[name].hex() for name in whole if name in record.hashes}
            if found:
                graded = "pdq" in found and record.pdq_quality is not None
                grade = str(record.pdq_quality) if graded else ""
                values = [found.get(name, "") for name in names]
                write(record.item.uri, [*values, *([grade] if quality else [])])
        write(None, [])
        stream.flush()
    return int(exit_code(matches=False, incomplete=tally.failed + without_hash > 0))


def _make_writer(
    table: Any, form: str, options: dict[str, Any], folders: Sequence[str]
) -> Callable[[str | None, list[str]], None]:
    """Return a function that writes the row of a file, and at last (None) what it kept back.

    Rows are kept back where the common folder is known only at the end: what a list of paths or
    a manifest names.
    """
    from hashsweep.safe_text import printable
    from hashsweep.sources.naming import Relative

    kept: list[tuple[str, list[str]]] = []
    waits = form == "relative" and bool(options.get("files_from") or options.get("manifests"))
    names = None if waits else Relative(folders)
    numbers = count(1)

    def put(uri: str, values: list[str], names: Relative | None) -> None:
        number = next(numbers)
        shown = str(number)
        if form != "number":
            shown = names.name(uri) if form == "relative" and names else uri
            low = shown.lower()
            if form == "relative" and any(each in low for each in values if len(each) > _SHORT):
                shown = f"file-{number}"  # a name that is the hash of the content
        table.writerow([printable(shown), *values])

    def write(uri: str | None, values: list[str]) -> None:
        if uri is not None and waits:
            kept.append((uri, values))
        elif uri is not None:
            put(uri, values, names)
        elif kept:
            found = Relative(each.rpartition("/")[0] for each, _ in kept)
            for each, its in kept:
                put(each, its, found)

    return write


@contextmanager
def _open_output(output: str | None) -> Iterator[TextIO]:
    """Give stdout, or a new private file that appears only once it is complete."""
    from hashsweep.atomic_files import new_file

    if output is None:
        yield sys.stdout
        return
    with new_file(Path(output)) as file:
        stream = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace")
        yield stream
        stream.detach()
