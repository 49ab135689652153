"""Which options make a sweep or a gate find, compare or report less than without them.

Where one of these does not come from a flag, a sweep says so and records it, and a gate refuses it.
Knows no command and no terminal.
"""

from collections.abc import Mapping

from hashsweep.settings.options import Setting, Value

WEAKENING = {
    "accept": "failures with these reasons do not count",
    "accept-unsafe": "failures that may hide anything can be accepted",
    "allow-host": "these web servers are asked for files",
    "allow-readable-lists": "lists that other users can read are taken",
    "confirm": "matches on one 64-bit hash alone do not count",
    "decisions": "matches that were overturned do not count",
    "digest-only": "no file is read",
    "encrypt": "names are written in the clear",
    "engine": "hostile files are opened in the process of the command",
    "exact": "large JPEGs are decoded at reduced scale",
    "exclude": "files are left out",
    "exclude-from": "files are left out",
    "exit-zero": "the exit status is 0 whatever is found",
    "fail-on": "the exit status leaves something out",
    "include": "files are left out",
    "known-good": "files on these lists are not decoded",
    "max-distance": "matches farther away do not count",
    "max-file-size": "larger files are left out",
    "shard": "other parts of the sources are left out",
    "skip-archived": "archived objects are left out",
    "variants": "fewer variants of each picture are compared",
    "vics-category": "entries of other categories are not compared",
}
"""Options, and what each does. One that may do either is here for the value that weakens."""

ONLY_FOR: Mapping[str, tuple[Value, ...]] = {
    "encrypt": (False,),
    "engine": ("serial",),
    "exact": (False,),
    "variants": ("off", "turns"),
}
"""The values of options that weaken; any value of the others does, and no switch that is off."""

_NOT_OF_A_GATE = frozenset({"max-file-size", "vics-category"})
"""A gate lets larger files fail, and without categories nothing of a VICS list matches."""


def is_weakening(command: str, name: str, value: Value) -> bool:
    """Say whether an option with this value weakens `scan`, `rematch` or `check`.

    `name` is as in the flag, without dashes in front.
    """
    if name not in WEAKENING or (command == "check" and name in _NOT_OF_A_GATE):
        return False
    if command == "scan" and name == "exact":
        return False  # reduced scale is its default
    if name in ONLY_FOR:
        return value in ONLY_FOR[name]
    if name == "fail-on":
        words = {word.strip() for word in str(value).split(",")}
        return not {"match", "incomplete"} <= words
    return value not in (False, [], "")


def list_weakening(command: str, settings: Mapping[str, Setting]) -> list[str]:
    """Return the names of the settings that weaken a command, sorted."""
    return sorted(
        name for name, each in settings.items() if is_weakening(command, name, each.value)
    )
