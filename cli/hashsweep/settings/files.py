"""Finds the configuration file, refuses one that others could have written, and reads it.

The nearest file counts as a whole; nothing is merged. Knows no command and no terminal.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hashsweep.errors import UsageProblem
from hashsweep.safe_text import printable

NAME = "hashsweep.toml"

VARIABLE = "HASHSWEEP_CONFIG"
"""Names the file; empty: no file is read."""

SYSTEM = f"/etc/hashsweep/{NAME}"

MOST_BYTES = 1 << 20
"""Of a file; inclusive. A configuration with a hundred sweeps has some 50 KB."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class ConfigFile:
    """A configuration: its path, None where there is no file, and its tables as TOML has them."""

    path: str | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)


def find_places(named: str | None, environment: Mapping[str, str]) -> tuple[list[str], bool]:
    """Return where a file may be, nearest first, and whether it has to be there.

    `named` is the option --config.
    """
    if named is not None:
        return [named], True
    if (chosen := environment.get(VARIABLE)) is not None:
        return [chosen] if chosen else [], True
    base = environment.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # the XDG specification: relative ones are ignored
        home = environment.get("HOME", "")
        base = os.path.join(home, ".config") if os.path.isabs(home) else ""
    own = [os.path.join(base, "hashsweep", NAME)] if base else []
    return [*own, SYSTEM], False


def load_config(named: str | None, environment: Mapping[str, str]) -> ConfigFile:
    """Return the nearest configuration, an empty one where there is none; raises UsageProblem."""
    places, needed = find_places(named, environment)
    for path in places:
        try:
            content = _read_trusted(path)
        except (FileNotFoundError, NotADirectoryError) as error:
            if needed:
                raise UsageProblem(f"{_name(path)}: {error.strerror}") from error
            continue
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            why = getattr(error, "strerror", None) or error
            raise UsageProblem(f"{_name(path)}: {why}") from error
        return ConfigFile(os.path.abspath(path), parse_config(content, path))
    return ConfigFile()


def parse_config(content: bytes, path: str) -> dict[str, Any]:
    """Return the tables of a file; raises UsageProblem, with the line where it is not TOML."""
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageProblem(f"{_name(path)}: line {line} is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageProblem(f"{_name(path)} is not TOML: {printable(str(error))}") from error


def _read_trusted(path: str) -> bytes:
    """Return the bytes of a file that only root and this user can have written."""
    # O_NONBLOCK: a FIFO must not hang the command
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UsageProblem(f"{_name(path)} is not a file")
        _check_owner(path, status, _name(path))
        if status.st_mode & _OTHERS_WRITE:
            mode = stat.S_IMODE(status.st_mode)
            raise UsageProblem(
                f"{_name(path)} can be changed by other users (mode {mode:04o}): "
                "run chmod go-w on it"
            )
        lexical = os.path.dirname(os.path.abspath(path))
        for folder in dict.fromkeys((lexical, os.path.dirname(os.path.realpath(path)))):
            _check_folders(path, folder)
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UsageProblem(f"{_name(path)} is larger than {MOST_BYTES >> 20} MiB")
    return content


def _check_folders(path: str, folder: str) -> None:
    """Refuse a folder in which others could put another file in the place of this one.

    Its own folder must not be writable for others even if it is sticky, as /tmp: whoever comes
    first there makes the file, or a link. Above it sticky folders are safe, because nobody can
    rename in them what is not theirs.
    """
    above = os.path.realpath(folder)
    is_own = True
    while True:
        status = os.stat(above)
        _check_owner(path, status, f"{printable(above)}, where {_name(path)} lies,")
        is_open = status.st_mode & _OTHERS_WRITE
        if is_open and (is_own or not status.st_mode & stat.S_ISVTX):
            raise UsageProblem(
                f"{_name(path)} lies below {printable(above)}, where other users can write: "
                "move it, or run chmod go-w on that folder"
            )
        is_own = False
        if above == (parent := os.path.dirname(above)):
            return
        above = parent


def _check_owner(path: str, status: os.stat_result, what: str) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise UsageProblem(
            f"{what} belongs to another user ({status.st_uid}): only root's files and your own "
            f"are taken as configuration{'' if what.startswith('conf') else ', ' + printable(path)}"
        )


def _name(path: str) -> str:
    return f"configuration file {printable(path)}"
