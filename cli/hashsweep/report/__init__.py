"""The report folder: schema, writer, totals, tables for people. Knows no source and no hasher."""
