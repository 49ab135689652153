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
        "ncmec": "hashsweep.hashlists.ncmec:READER",
        "stopncii": "hashsweep.hashlists.stopncii:READER",
        "vics": "hashsweep.hashlists.vics:READER",
        "threatexchange": "hashsweep.hashlists.threatexchange:READER",
        "te-csv": "hashsweep.hashlists.te_csv:READER",
        "tat": "hashsweep.hashlists.tat:READER",
        "nsrl": "hashsweep.hashlists.nsrl:READER",
        "nsrl-sqlite": "hashsweep.hashlists.nsrl_sqlite:READER",
        "hashkeeper": "hashsweep.hashlists.hashkeeper:READER",
        "ilook": "hashsweep.hashlists.ilook:READER",
        "encase": "hashsweep.hashlists.encase:READER",
        "hashdeep": "hashsweep.hashlists.hashdeep:READER",
        "checksums": "hashsweep.hashlists.checksums:READER",
        "parquet": "hashsweep.hashlists.parquet:READER",
        "jsonl": "hashsweep.hashlists.jsonl:READER",
        "csv": "hashsweep.hashlists.table:READER",
        "text": "hashsweep.hashlists.text:READER",
    },
)

__all__ = ["FORMATS", "ListReader"]
