"""The report folder: schema, writer, totals, tables for people. Knows no source and no hasher."""

PART_ROWS = 50_000
PART_SECONDS = 60.0
"""A part is closed at the latest after so many rows or seconds: a kill loses no more than that."""
