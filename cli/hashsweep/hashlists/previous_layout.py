"""Reads the layout of compiled lists before this one, as far as a renewal needs it.

It has no table of optional sections; all else is the same. Goes when the layout changes again.
"""

from typing import Any

from hashsweep.hashlists.container import MAGIC, PREVIOUS, Container


class PreviousContainer(Container):
    """The Container of a list of the layout before."""

    magic = MAGIC[:-1] + bytes([PREVIOUS])

    def adapt(self, contents: Any) -> Any:
        """Add the table that the layout before did not have."""
        is_sound = isinstance(contents, dict) and "optional" not in contents
        return {**contents, "optional": {}} if is_sound else None
