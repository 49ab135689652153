"""Ask a report the questions that every sweep raises, with DuckDB.

    python -m pip install duckdb
    python examples/queries.py report

The Parquet files of a report are plain tables: the same SQL runs in DuckDB's own shell, and
pandas, polars or Spark read the same files. Names of files come from strangers, so they are
printed here in a form that cannot drive a terminal.
"""

import argparse
from pathlib import Path

import duckdb

from hashsweep.report.names import shown

QUESTIONS = {
    "How much was covered?": """
        SELECT status, count(*) AS files, sum(size) AS bytes
        FROM files GROUP BY ALL ORDER BY ALL DESC
    """,
    "What could not be scanned, and why?": """
        SELECT stage, reason, count(*) AS files, min(uri) AS example
        FROM files WHERE status = 'failed' GROUP BY ALL ORDER BY files DESC, stage, reason
    """,
    "What was found, by list, category and weight of the evidence?": """
        SELECT list, category, tier, count(DISTINCT item_id) AS files
        FROM matches GROUP BY ALL ORDER BY ALL
    """,
    "Which files should a person look at with the most care?": """
        SELECT uri, algorithm, distance, list, entry_id
        FROM matches WHERE tier IN ('far', 'weak') ORDER BY distance DESC, uri LIMIT 10
    """,
    "Which listed content was found most often?": """
        SELECT list, entry_id, count(DISTINCT item_id) AS files
        FROM matches GROUP BY ALL ORDER BY files DESC, list, entry_id LIMIT 10
    """,
    "Which matching files are the same file, byte for byte?": """
        SELECT lower(hex(sha256)) AS sha256, count(*) AS files
        FROM files SEMI JOIN matches USING (item_id)
        WHERE sha256 IS NOT NULL GROUP BY ALL HAVING files > 1 ORDER BY files DESC, sha256 LIMIT 10
    """,
}


def main() -> None:
    """Print each question and its answer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path, help="the folder that `hashsweep scan -o` made")
    report = parser.parse_args().report
    database = duckdb.connect()
    for table in ("files", "matches"):
        database.read_parquet(str(report / table / "*.parquet")).create_view(table)
    for question, query in QUESTIONS.items():
        answer = database.sql(query)
        print(f"\n{question}")
        print_table(answer.columns, answer.fetchall())


def print_table(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """Print rows under their columns' names, or that there are none."""
    if not rows:
        print("  (none)")
        return
    cells = [columns, *([shown(str(value)) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    for row in cells:
        print("  " + "  ".join(map(str.ljust, row, widths)).rstrip())


if __name__ == "__main__":
    main()
