"""Reads the values of options from a table of the configuration file and from variables.

Variables come before the file. What an option is, is told by the caller. Knows no command and no
terminal.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hashsweep.errors import UsageProblem
from hashsweep.safe_text import printable
from hashsweep.settings.files import ConfigFile
from hashsweep.storage.uris import without_secrets

Kind = Literal["switch", "text", "number", "size", "texts"]

PREFIX = "HASHSWEEP"

_WANTED = {
    "switch": "true or false",
    "text": 'a text, such as "..."',
    "number": "a number",
    "size": 'a number, or a text such as "2G"',
    "texts": 'an array of texts, such as ["...", "..."]',
}
_TYPES: dict[str, tuple[type, ...]] = {
    "switch": (bool,),
    "text": (str,),
    "number": (int, float),
    "size": (int, str),
    "texts": (str,),
}
_SWITCHES = {"1": True, "true": True, "yes": True, "on": True}
_SWITCHES |= {"0": False, "false": False, "no": False, "off": False}

_SECRET = re.compile(
    r"pass(word|phrase)|secret|token|credential|(report|access|private|account)-key"
)
_KEY = re.compile(r"-----BEGIN|[0-9a-fA-F]{32,}|[A-Za-z0-9+/_=-]{40,}")
_NAMES_KEY = frozenset({"key-file", "signing-key", "redact-key", "public-key"})

Value = bool | str | list[str]


@dataclass(frozen=True)
class Option:
    """An option that can be set: its name as in the flag without dashes in front, and its kind."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Setting:
    """A value of an option, in the form of an argument, and where it comes from, for people."""

    value: Value
    origin: str


def variable_of(table: Sequence[str], name: str) -> str:
    """Return the variable of an option: HASHSWEEP, the command and the option, in capitals."""
    words = "_".join((PREFIX, *table, name))
    return words.replace("-", "_").upper()


def read_settings(
    config: ConfigFile,
    table: Sequence[str],
    options: Sequence[Option],
    environment: Mapping[str, str],
) -> dict[str, Setting]:
    """Return what file and variables say about the options of one command, by name.

    `table` has the words of the command, such as ("report", "show"). Raises UsageProblem for an
    unknown key or variable, a wrong type and a secret.
    """
    known = {each.name: each for each in options}
    found = {}
    for key, value in find_table(config, table).items():
        origin = origin_of(config, table, key)
        if key not in known:
            refuse_key(origin, key, known)
        found[key] = Setting(_of_file(known[key], value, origin), origin)
    names = {variable_of(table, name): name for name in known}
    prefix = variable_of(table, "")
    for variable in environment:
        if not variable.startswith(prefix) or not environment[variable]:
            continue
        if variable not in names:
            near = _near(variable, names)
            raise UsageProblem(f"{printable(variable)} sets no option of this command{near}")
        option = known[names[variable]]
        found[option.name] = Setting(
            _of_variable(option, environment[variable], variable), variable
        )
    return found


def find_table(config: ConfigFile, table: Sequence[str]) -> Mapping[str, Any]:
    """Return a table, an empty one where there is none; raises UsageProblem if it is none."""
    found: Any = config.tables
    for number, word in enumerate(table, 1):
        found = found.get(word, {})
        if not isinstance(found, dict):
            name = ".".join(table[:number])
            raise UsageProblem(f"{printable(config.path or '')}: {name} is not a table: [{name}]")
    result: Mapping[str, Any] = found
    return result


def origin_of(config: ConfigFile, table: Sequence[str], key: str) -> str:
    """Return where a value of a file stands, for people: FILE [table] key."""
    return printable(f"{config.path} [{'.'.join(table)}] {key}")


def refuse_key(origin: str, key: str, known: Iterable[str]) -> None:
    """Raise UsageProblem for a key that is not known, with the nearest one."""
    if _SECRET.search(key.replace("_", "-").lower()):
        raise UsageProblem(
            f"{origin}: secrets are not accepted here; keys are read from files (key-file) and "
            "credentials from the environment"
        )
    raise UsageProblem(f"{origin}: there is no such key{_near(key.replace('_', '-'), known)}")


def check_tables(config: ConfigFile, known: Iterable[Sequence[str]]) -> None:
    """Raise UsageProblem for a table at the top that belongs to no command."""
    tops = dict.fromkeys(words[0] for words in known)
    for name, content in config.tables.items():
        place = printable(f"{config.path} [{name}]")
        if name not in tops:
            if not isinstance(content, dict):
                raise UsageProblem(
                    f"{printable(f'{config.path} {name}')}: keys belong into the table of a "
                    "command, such as [scan]"
                )
            raise UsageProblem(f"{place}: there is no such table{_near(name, tops, '[{}]')}")


def _near(word: str, known: Iterable[str], form: str = "{}") -> str:
    found = difflib.get_close_matches(word, [*known], 1)
    return f"; did you mean {form.format(found[0])}?" if found else ""


def _of_file(option: Option, value: Any, origin: str) -> Value:
    """Return a value of TOML in the form of an argument."""
    values = value if option.kind == "texts" and isinstance(value, list) else [value]
    right = _TYPES[option.kind]
    wrong = option.kind == "texts" and not isinstance(value, list)
    for each in values:
        wrong |= not isinstance(each, right) or (isinstance(each, bool) and bool not in right)
    if wrong:
        raise UsageProblem(f"{origin}: this has to be {_WANTED[option.kind]}")
    if option.kind == "switch":
        return bool(value)
    texts = [_check_text(option, str(each), origin) for each in values]
    return texts if option.kind == "texts" else texts[0]


def _of_variable(option: Option, text: str, variable: str) -> Value:
    """Return the value of a variable; of an option that may be repeated, one value per line."""
    if option.kind == "switch":
        if (word := text.strip().lower()) not in _SWITCHES:
            raise UsageProblem(f"{variable}: this has to be 1 or 0 (or true, false, yes, no)")
        return _SWITCHES[word]
    if option.kind == "texts":
        lines = [line for line in text.split("\n") if line]
        return [_check_text(option, line, variable) for line in lines]
    return _check_text(option, text, variable)


def _check_text(option: Option, text: str, origin: str) -> str:
    """Refuse what no argument can be, and what looks like a secret; no message repeats it."""
    if "\0" in text:
        raise UsageProblem(f"{origin}: this holds a NUL")
    is_key = option.name in _NAMES_KEY and "/" not in text[:1] and _KEY.fullmatch(text[:4096])
    if is_key or "-----BEGIN" in text:
        raise UsageProblem(f"{origin}: this has to be the name of a file, not a key itself")
    if "://" in text and without_secrets(text) != text:
        raise UsageProblem(
            f"{origin}: this address holds a credential; credentials come from the environment "
            "variables of the store"
        )
    return text
