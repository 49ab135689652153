"""`hashsweep hash`: prints hashes of files as CSV, which is itself a hash list."""

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import click

from hashsweep.commands.options import hash_option, source_options, work_options


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
@source_options
@work_options
def hash_files(hashes: tuple[str, ...], output: str | None, **options: Any) -> int:
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
        stream.flush()  # report a full disk as such, before workers start
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
                table.writerow([printable(record.item.uri), *values, *([grade] if quality else [])])
        stream.flush()
    return int(exit_code(matches=False, incomplete=tally.failed + without_hash > 0))


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
