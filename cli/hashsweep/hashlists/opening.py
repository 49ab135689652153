"""Opens the user's hash lists as compiled lists with their indexes.

The place where list formats, hashers and indexes meet. Knows no source and no terminal.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from hashsweep.errors import ListError, ReportError
from hashsweep.hashlists import access
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.importing import ListName, ListOptions, compile_files, is_compiled
from hashsweep.hashlists.renewal import is_known_good, open_any_layout, renew
from hashsweep.hashlists.withdrawals import apply_across


def is_piped(name: str) -> bool:
    """Say whether a list, as named by the user, comes through standard input."""
    return ListName.parse(name).path == access.STDIN


def open_lists(
    names: Iterable[str],
    options: ListOptions,
    scratch: access.Scratch,
    taken: set[str],
    stack: ExitStack,
    *,
    verify: bool = True,
) -> list[CompiledList]:
    """Open each list, compiling those that are not into files of `scratch`.

    Each is verified, unless the caller does it later. Names in reports are the lists' own or the
    files' stems, with a number where two would be alike; `taken` holds those in use. A list from
    standard input lives in memory until `stack` is closed, and `scratch` should lie there, too.
    An entry that another of these lists has withdrawn is taken out; see withdrawals.py. Raises
    ListError, or ReportError if `scratch` is full.
    """
    lists = [
        _open(ListName.parse(name), options, scratch, taken, stack, verify=verify) for name in names
    ]
    try:
        return apply_across(lists, scratch)
    except OSError as error:
        raise ReportError(f"{scratch.place}: {error.strerror}") from error


@contextmanager
def verify_in_background(lists: Sequence[CompiledList]) -> Iterator[Callable[[], None]]:
    """Check every byte of lists in a thread, during other work.

    Gives a function that waits for it to end and raises ListError for a damaged list: call it
    before trusting any answer.
    """

    def verify() -> None:
        for each in lists:
            each.verify()

    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(verify).result


def _open(
    given: ListName,
    options: ListOptions,
    scratch: access.Scratch,
    taken: set[str],
    stack: ExitStack,
    *,
    verify: bool,
) -> CompiledList:
    with _without_path(given):
        named = resolve_piped(given, options, stack)
        opened = CompiledList(named.path, verify=verify) if is_compiled(named.path) else None
        stem = "stdin" if given.path == access.STDIN else given.path.stem
        name = _warn_unused(opened.name if opened else stem, taken)
        taken.add(name)
        if opened is None:
            opened = _compile(named, name, scratch, options)
    opened.name = name
    if options.known_good not in (None, opened.known_good):
        its = "of harmless files" if opened.known_good else "of harmful files"
        raise ListError(f"{given.path} is a list {its}, but is given here as the other kind")
    return opened


@contextmanager
def _without_path(given: ListName) -> Iterator[None]:
    """Name standard input in messages, not its internal path."""
    try:
        yield
    except ListError as error:
        if given.path != access.STDIN:
            raise
        text = re.sub(r"(hash list )?/proc/\d+/fd/\d+", "the list on standard input", str(error))
        raise ListError(text) from error


def resolve_piped(named: ListName, options: ListOptions, stack: ExitStack) -> ListName:
    """Return where a list can be read from; raises ListError if it is open to others.

    Standard input is kept in memory until `stack` is closed. Lists of harmless
    files may well be public; all others are confidential.
    """
    if named.path == access.STDIN:
        return replace(named, path=access.from_stdin(stack))
    is_public = options.readable or options.known_good
    if not is_public and not (is_compiled(named.path) and is_known_good(named.path)):
        access.check_private(named.path)
    return named


def import_lists(
    named: Iterable[ListName],
    name: str | None,
    path: Path,
    options: ListOptions,
    base: CompiledList | None = None,
) -> CompiledList:
    """Compile files (after the entries of `base`) to `path`; raises ListError or ReportError.

    One compiled list alone is renewed, also one of the layout before, and keeps its name. Any
    other result is called `name`, or like its file.
    """
    if os.path.lexists(path):
        raise ReportError(f"{path} already exists: choose another name")
    first, *more = named
    try:
        if base is None and not more and is_compiled(first.path):
            return _renew(first.path, name, path, options)
        return compile_files([first, *more], name or path.stem, path, options=options, base=base)
    except FileExistsError as error:
        raise ReportError(f"{path} already exists: choose another name") from error
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error


def _renew(old: Path, name: str | None, path: Path, options: ListOptions) -> CompiledList:
    opened = open_any_layout(old)
    if options.known_good and not opened.meta.get("known_good"):
        raise ListError(f"{old} is a list of harmful files: it cannot be renewed as --known-good")
    renew(opened, name, path)
    made = CompiledList(path, verify=False)
    made.left_out = tuple(opened.skipped)
    return made


def _compile(
    named: ListName, name: str, scratch: access.Scratch, options: ListOptions
) -> CompiledList:
    try:
        path = scratch.new()
        compiled = compile_files([named], name, path, options=options)
    except OSError as error:
        raise ReportError(f"{scratch.place}: {error.strerror}") from error
    scratch.finish(path)
    return compiled


def _warn_unused(name: str, taken: set[str]) -> str:
    number = 1
    unused = name
    while unused in taken:
        number += 1
        unused = f"{name}#{number}"
    return unused
