"""Maps names of plug-ins to their code, imported only when used.

Does not know what the plug-ins do. Other packages join a registry through an entry point
group (`hashsweep.hashers` and so on); a duplicate name is an error.
"""

import importlib
import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from hashsweep.errors import UsageProblem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Plugin = TypeVar("Plugin")


@lru_cache(maxsize=1)
def _entry_points(_path: tuple[str, ...]) -> "tuple[EntryPoint, ...]":
    """Return those of all packages on the path, which are looked for once for all registries."""
    from importlib.metadata import entry_points  # takes 40 ms, which `--help` does not need

    found = entry_points()
    return tuple(point for group in found.groups for point in found.select(group=group))


class Registry(Generic[Plugin]):
    """A read-only table of plug-ins: name -> "module:attribute"."""

    def __init__(self, group: str, what: str, builtin: Mapping[str, str]) -> None:
        """`group` is the entry point group, `what` what messages call one plug-in."""
        self.group = group
        self.what = what
        self._builtin = dict(builtin)

    @cached_property
    def _table(self) -> dict[str, str]:
        table = dict(self._builtin)
        for point in _entry_points(tuple(sys.path)):
            if point.group != self.group:
                continue
            if point.name in table:
                raise UsageProblem(
                    f"two packages have a {self.what} called {point.name!r}: "
                    f"{table[point.name]} and {point.value}"
                )
            table[point.name] = point.value
        return table

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name: the built-in ones in their table's order, then the others'."""
        return tuple(self._table)

    @property
    def modules(self) -> tuple[str, ...]:
        """Return the modules of the built-in plug-ins."""
        return tuple(target.partition(":")[0] for target in self._builtin.values())

    def load(self, name: str) -> Plugin:
        """Import and return the plug-in; raises UsageProblem for an unknown name."""
        if name not in self._table:
            known = ", ".join(self.names)
            raise UsageProblem(f"unknown {self.what} {name!r}; choose one of: {known}")
        module, _, attribute = self._table[name].partition(":")
        try:
            return cast("Plugin", getattr(importlib.import_module(module), attribute))
        except ImportError as error:
            raise UsageProblem(
                f"the {self.what} {name!r} needs a package that is not installed: {error.name}"
            ) from error
