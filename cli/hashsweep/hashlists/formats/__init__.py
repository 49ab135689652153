"""Hash list formats: one reader each, and the registry of them. Knows no compiled list."""

from hashsweep.hashlists.formats.base import ListReader
from hashsweep.registry import Registry

# Tried in this order when a list's format is not given; the last one accepts any text.
FORMATS: Registry[ListReader] = Registry(
    "hashsweep.hashlists",
    "list format",
    {
        "ncmec": "hashsweep.hashlists.formats.ncmec:READER",
        "stopncii": "hashsweep.hashlists.formats.stopncii:READER",
        "vics": "hashsweep.hashlists.formats.vics:READER",
        "threatexchange": "hashsweep.hashlists.formats.threatexchange:READER",
        "te-csv": "hashsweep.hashlists.formats.te_csv:READER",
        "tat": "hashsweep.hashlists.formats.tat:READER",
        "nsrl": "hashsweep.hashlists.formats.nsrl:READER",
        "nsrl-sqlite": "hashsweep.hashlists.formats.nsrl_sqlite:READER",
        "hashkeeper": "hashsweep.hashlists.formats.hashkeeper:READER",
        "ilook": "hashsweep.hashlists.formats.ilook:READER",
        "encase": "hashsweep.hashlists.formats.encase:READER",
        "hashdeep": "hashsweep.hashlists.formats.hashdeep:READER",
        "checksums": "hashsweep.hashlists.formats.checksums:READER",
        "parquet": "hashsweep.hashlists.formats.parquet:READER",
        "jsonl": "hashsweep.hashlists.formats.jsonl:READER",
        "csv": "hashsweep.hashlists.formats.csv_table:READER",
        "text": "hashsweep.hashlists.formats.text:READER",
    },
)

__all__ = ["FORMATS", "ListReader"]
