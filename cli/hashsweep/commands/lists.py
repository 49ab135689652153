"""`hashsweep lists`: import, check, inspect, diff, merge and export hash lists."""

import datetime
import json
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.lazy import ConfiguredGroup
from hashsweep.commands.list_options import reading_options, tell_refusals
from hashsweep.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hashsweep.hashlists.compiled import CompiledList

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group(
    cls=ConfiguredGroup,
    epilog="""\b
Examples:
  hashsweep lists inspect known.csv
  hashsweep lists import known.csv -o known.hsl
  hashsweep lists diff monday.hsl tuesday.hsl
""",
)
def lists() -> None:
    """Check, compile, compare and convert hash lists."""


@lists.command(
    "import",
    epilog="""\b
Examples:
  hashsweep lists import iwf.csv --map md5=MD5,category=Category -o iwf.hsl
  hashsweep lists import ncmec-delta.xml --base ncmec.hsl -o ncmec-new.hsl
  hashsweep lists import old.hsl -o new.hsl
""",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The compiled list, a new file."
)
@click.option(
    "--name",
    help="The list's name in reports.  [default: that of the list that is renewed, else the "
    "output's stem]",
)
@click.option("--base", metavar="LIST", help="The compiled list that the FILEs update.")
@click.option("--known-good", is_flag=True, help="This is a list of harmless files.")
@click.option("--strict", is_flag=True, help="Write nothing if any row is refused.")
@click.option("--force", is_flag=True, help="Replace an existing output once the new one is whole.")
@reading_options
def import_list(
    files: tuple[str, ...],
    output: str,
    name: str | None,
    base: str | None,
    *,
    strict: bool,
    force: bool,
    **reading: Any,
) -> int:
    """Compile FILEs into one list that opens instantly.

    All workers share it. Its mode is 0600, and it contains checksums of all its parts. With
    --base, entries of the FILEs replace or withdraw entries of the base, where their format says
    so. Withdrawals that match no entry of the base are reported, and the exit status is 4.

    One compiled list alone is renewed: its entries, name and sources are kept and its index is
    made anew. Lists of the previous version of hashsweep are read for that, and only for that.
    """
    from hashsweep.hashlists.compiled import CompiledList
    from hashsweep.hashlists.describe import count_refusals
    from hashsweep.hashlists.importing import ListName
    from hashsweep.hashlists.opening import import_lists, resolve_piped

    path, options = Path(output), _options(reading)
    with ExitStack() as held:
        named = [resolve_piped(ListName.parse(each), options, held) for each in files]
        older = CompiledList(Path(base)) if base else None
        draft = held.enter_context(_beside(path)) if force else path
        made = import_lists(named, name, draft, options, older)
        tell_refusals([made])
        if strict and count_refusals(made):
            draft.unlink()
            click.echo("hashsweep: nothing was written (--strict)", err=True)
            return ExitCode.USAGE
        if force:
            draft.replace(path)
            made.path = made.open_as = path
    if unmet := made.meta["unmet"]:
        text = f"{unmet:,} withdrawal{'s' * (unmet > 1)} matched no entry of the base"
        click.echo(f"hashsweep: list {_show(made.name)}: {text}", err=True)
    _print_facts(made)
    return ExitCode.INCOMPLETE if count_refusals(made) or unmet else ExitCode.CLEAN


@contextmanager
def _beside(path: Path) -> "Iterator[Path]":
    """Yield a file of the same name in a folder beside it, which is removed; raises ReportError."""
    from hashsweep.errors import ReportError

    try:
        with tempfile.TemporaryDirectory(prefix=".hashsweep-", dir=path.parent) as folder:
            yield Path(folder) / path.name
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error


@lists.command(
    epilog="""\b
Examples:
  hashsweep lists inspect known.csv
  hashsweep lists inspect pdq:hashes.txt --json
"""
)
@click.argument("names", metavar="LIST...", nargs=-1, required=True)
@reading_options
@_JSON
def inspect(names: tuple[str, ...], *, as_json: bool, **reading: Any) -> int:
    """Show what each LIST holds, what was refused, and what looks suspicious.

    With --json each LIST is an object of its own.
    """
    return max(_inspect(name, reading, as_json=as_json) for name in names)


def _inspect(name: str, reading: dict[str, Any], *, as_json: bool) -> int:
    from hashsweep.hashlists.describe import count_refusals, facts
    from hashsweep.hashlists.lint import PROBLEMS, lint

    with _open_list(name, reading) as opened:
        problems = list(lint(opened))
        if as_json:
            about = facts(opened) | {
                "categories": [[*each, count] for each, count in opened.categories().items()],
                "labels": opened.labels(),
                "problems": [asdict(problem) for problem in problems],
            }
            click.echo(json.dumps(about, indent=2))
        else:
            _print_facts(opened)
            _print_counts(opened)
            for problem in problems:
                kind = f" ({problem.algorithm})" if problem.algorithm else ""
                click.echo(f"{problem.code}{kind}: {problem.count:,}, {PROBLEMS[problem.code]}")
                click.echo(f"    {', '.join(_show(each) for each in problem.examples)}")
        return ExitCode.INCOMPLETE if count_refusals(opened) else ExitCode.CLEAN


@lists.command(
    "check",
    epilog="""\b
Examples:
  hashsweep lists check known.csv
  hashsweep lists check january.xml march.xml --json
""",
)
@click.argument("names", metavar="LIST...", nargs=-1, required=True)
@reading_options
@_JSON
def check_list(names: tuple[str, ...], *, as_json: bool, **reading: Any) -> int:
    """Show how much of each LIST a sweep would use, and how old the list is.

    Exit status: 0 all of every LIST would be compared, 2 a LIST cannot be read, 4 some rows could
    not be used, or nothing on a LIST can match.
    """
    from hashsweep.hashlists.describe import is_used, readiness

    with _open_lists(names, reading) as opened:
        found = [readiness(each, datetime.datetime.now(datetime.UTC)) for each in opened]
        if as_json:
            click.echo(json.dumps(found, indent=2))
        else:
            for about in found:
                _print_readiness(about)
        return ExitCode.CLEAN if all(map(is_used, opened)) else ExitCode.INCOMPLETE


@lists.command(
    epilog="""\b
Example:
  hashsweep lists diff monday.hsl tuesday.hsl --ids
"""
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--ids", is_flag=True, help="Also print the id of each entry.")
@reading_options
@_JSON
def diff(old: str, new: str, *, ids: bool, as_json: bool, **reading: Any) -> int:
    """Count the entries that NEW adds, changes, withdraws or no longer has.

    Exit status: 0 no difference, 1 differences.
    """
    from hashsweep.hashlists.diff import changes

    counts: Counter[str] = Counter(added=0, changed=0, withdrawn=0, removed=0)
    named: dict[str, list[str]] = {what: [] for what in counts}
    with _open_list(old, reading) as before, _open_list(new, reading) as after:
        for change in changes(before, after):
            counts[change.what] += 1
            if ids:
                named[change.what].append(change.entry_id)
    if as_json:
        click.echo(json.dumps(named if ids else dict(counts), indent=2))
    else:
        for what, count in counts.items():
            click.echo(f"{what:<10} {count:>12,}")
            for entry_id in named[what]:
                click.echo(f"    {_show(entry_id)}")
    return ExitCode.MATCHES if counts.total() else ExitCode.CLEAN


@lists.command(
    epilog="""\b
Example:
  hashsweep lists merge iwf.hsl ncmec.hsl ours.csv -o all.hsl
"""
)
@click.argument("files", metavar="LIST...", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The compiled list, a new file."
)
@click.option("--name", help="The list's name in reports.  [default: as for import]")
@reading_options
@click.pass_context
def merge(ctx: click.Context, /, **options: Any) -> int:
    """Merge several LISTs into one compiled list.

    Later LISTs withdraw earlier entries of the same format and id. They replace them where the
    format says so, or where the hashes are the same; entries without an id are all kept.
    """
    status: int = ctx.invoke(import_list, base=None, strict=False, known_good=False, **options)
    return status


@lists.command(
    epilog="""\b
Examples:
  hashsweep lists export known.hsl --format csv -o known.csv
  hashsweep lists export known.hsl --format vics -o known.json
"""
)
@click.argument("name", metavar="LIST")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "pdq", "vics"]),
    default="csv",
    show_default=True,
    help="hashsweep's own CSV, the PDQ text format, or a Project VIC hash set.",
)
@click.option("-o", "--output", metavar="FILE", help="A new file, mode 0600.  [default: stdout]")
@reading_options
def export(name: str, form: str, output: str | None, **reading: Any) -> int:
    """Write the active entries of a LIST in another format. The output holds hashes."""
    from hashsweep.atomic_files import new_file
    from hashsweep.hashlists.export import EXPORTS, list_left_out

    with _open_list(name, reading) as opened:
        lines = EXPORTS[form](opened)
        if missing := list_left_out(opened, form):
            text = f"hashsweep: {missing:,} entries have no hash that this format can hold"
            click.echo(f"{text}; they are left out", err=True)
        if output is None:
            sys.stdout.writelines(lines)
            return ExitCode.CLEAN
        with new_file(Path(output)) as file:
            file.writelines(line.encode("utf-8", "surrogateescape") for line in lines)
    return ExitCode.CLEAN


@lists.command()
def formats() -> int:
    """Describe the list formats that can be read."""
    from hashsweep.hashlists.formats import FORMATS

    for each in FORMATS.names:
        click.echo(f"{each:<16} {FORMATS.load(each).description}")
    return ExitCode.CLEAN


@contextmanager
def _open_list(name: str, reading: dict[str, Any]) -> "Iterator[CompiledList]":
    """Open a list of any format; what is compiled for that goes away again."""
    with _open_lists([name], reading) as opened:
        yield opened[0]


@contextmanager
def _open_lists(names: "Sequence[str]", reading: dict[str, Any]) -> "Iterator[list[CompiledList]]":
    """Open lists as a sweep does, so that one may withdraw entries of another."""
    from hashsweep.hashlists.access import Scratch
    from hashsweep.hashlists.opening import is_piped, open_lists

    if sum(map(is_piped, names)) > 1:
        raise click.UsageError("standard input can be read only once: - was given twice")
    with ExitStack() as held:
        scratch = Scratch(held, in_memory=any(map(is_piped, names)))
        opened = open_lists(names, _options(reading), scratch, set(), held)
        tell_refusals(opened)
        yield opened


def _options(reading: dict[str, Any]) -> Any:
    from hashsweep.hashlists.importing import ListOptions

    return ListOptions(
        columns=dict(reading["columns"]),
        categories=frozenset(reading["categories"]) or None,
        scheme=reading["scheme"],
        known_good=reading.get("known_good"),
        readable=reading["allow_readable_lists"],
    )


def _print_facts(opened: "CompiledList") -> None:
    meta = opened.meta
    click.echo(f"{_show(opened.name)}: {meta['active']:,} active entries")
    for what in ("withdrawn", "superseded"):
        if meta[what]:
            click.echo(f"  {what:<24} {meta[what]:>12,}")
    for name, count in meta["hashes"].items():
        click.echo(f"  {name:<24} {count:>12,}")
    for name, count in meta["kept"].items():
        click.echo(f"  {name:<24} {count:>12,}  kept, not matchable here")


def _print_readiness(about: dict[str, Any]) -> None:
    click.echo(f"{_show(about['name'])}: {about['matchable']:,} entries can match")
    rows = [
        ("rows used", about["rows_used"]),
        ("rows refused", about["rows_refused"]),
        *((f"  {code}", count) for code, count in about["refused"].items()),
        ("withdrawn", about["withdrawn"]),
        ("superseded", about["superseded"]),
        ("withdrawn by another list", about["withdrawn_by_others"]),
        ("in an order without times", about["undated"]),
        ("only for a plug-in", about["plugin_only"]),
        *((f"  {name}", count) for name, count in about["not_matchable_here"].items()),
        ("PDQ of low quality", about["low_quality"]),
    ]
    for what, count in rows:
        if count or what.startswith("rows"):
            click.echo(f"  {what:<26} {count:>12,}")
    click.echo(f"  {'age of the oldest file':<26} {about['age_days']:>12.1f} days")
    if newest := about["newest_entry"]:
        click.echo(f"  {'newest entry':<26} {_show(newest):>12}")


def _print_counts(opened: "CompiledList") -> None:
    for (scheme, category), count in opened.categories().items():
        of = f" of {scheme}" if scheme else ""
        what = _show(f"category {category or '(none)'}{of}")
        click.echo(f"  {what:<24} {count:>12,}")
    for label, count in opened.labels().items():
        click.echo(f"  {_show(f'label {label}'):<24} {count:>12,}")


def _show(text: str) -> str:
    from hashsweep.safe_text import printable

    return printable(text)
