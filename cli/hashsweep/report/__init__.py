"""The report folder: schema, writer, totals, tables for people. Knows no source and no hasher."""

SEGMENT_ROWS = 50_000
SEGMENT_SECONDS = 60.0
"""A part is closed after at most this many rows or seconds: a kill loses no more than that."""
