"""Hash lists: one reader a format, a compiled form that is opened by memory map.

Knows no picture and no index.
"""

from hashsweep.hashlists.base import ListReader
from hashsweep.registry import Registry

# Tried in this order when a list's format is not named; the last one takes what is left.
FORMATS: Registry[ListReader] = Registry(
    "hashsweep.hashlists",
    "list format",
    {
        "csv": "hashsweep.hashlists.table:READER",
        "text": "hashsweep.hashlists.text:READER",
    },
)

__all__ = ["FORMATS", "ListReader"]
