# %% [markdown]
"""Ask reports the questions that every sweep raises, with DuckDB.

    python3 -m pip --python .venv/bin/python install duckdb
    python examples/queries.py report [REPORT...]

Each `# %%` begins a cell: Jupyter (with jupytext), VS Code, Spyder and PyCharm open this file as a
notebook. There, name the reports in the first cell. The newest one is asked, and all of them for
the trend. The Parquet files of a report are plain tables: the same SQL runs in DuckDB's own shell,
and pandas, polars or Spark read the same files. Names of files come from strangers, so they are
printed here in a form that cannot drive a terminal. Where rows of a report may be missing, the
script says so and has exit status 4, as `hashsweep report` has.
"""

# %% Which reports?
import sys

try:
    import duckdb
except ImportError:
    sys.exit("queries.py needs DuckDB: python3 -m pip --python .venv/bin/python install duckdb")

from hashsweep.analysis.totals import info_of
from hashsweep.errors import ExitCode, ReportError
from hashsweep.report.open_report import OpenReport, start_of
from hashsweep.safe_text import printable

IN_NOTEBOOK = "ipykernel" in sys.modules
REPORTS = ["report"] if IN_NOTEBOOK else sys.argv[1:]
if not REPORTS:
    sys.exit("usage: queries.py REPORT... (folders that `hashsweep scan -o` made)")

# %% Open them: `sweeps` has a row a report; `files` and `matches` are the newest one's
try:
    opened = sorted(map(OpenReport, REPORTS), key=start_of)
    report = opened[-1].path
    if opened[-1].sweep.encrypted:
        sys.exit(f"{report} is encrypted: `hashsweep report show` reads it with its key")
    gaps = [f"{printable(each.name)}: {why}" for each in opened for why in each.gaps]
    sweeps = [(each.path, info_of(each)) for each in opened]  # of unfinished ones, from their rows
except ReportError as error:  # also where segments are missing, which would look like no matches
    sys.exit(f"queries.py: {error}")
database = duckdb.connect()
for table in ("files", "matches"):
    database.read_parquet(str(report / table / "*.parquet")).create_view(f"all_{table}")
database.execute("CREATE VIEW files AS FROM all_files")
database.execute(
    "CREATE VIEW matches AS FROM all_matches WHERE decision IS DISTINCT FROM 'overturned'"
)
database.execute("""
    CREATE TABLE sweeps (started TIMESTAMPTZ, report TEXT, state TEXT, items BIGINT, bytes BIGINT,
                         failed BIGINT, matched BIGINT, lists BIGINT, entries BIGINT)
""")
for path, sweep in sweeps:
    tally, lists = sweep.tally, [each for each in sweep.lists if not each.known_good]
    values = [sweep.started, path.name, sweep.state]
    values += [tally.items, tally.bytes, tally.failed, tally.matched_items]
    values += [len(lists), sum(each.entries for each in lists)]
    database.execute("INSERT INTO sweeps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def ask(question: str, query: str) -> None:
    """Print a question and its answer, or that there are no rows."""
    answer = database.sql(query)
    rows = [[printable(str(value)) for value in row] for row in answer.fetchall()]
    print(f"\n{question}")
    if not rows:
        print("  (none)")
        return
    cells = [answer.columns, *rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    for row in cells:
        print("  " + "  ".join(map(str.ljust, row, widths)).rstrip())


# %% Coverage: what was not seen cannot have been found
for each in gaps:
    print(f"{each}; rows may be missing")
ask(
    "How much was covered?",
    """
    SELECT status, count(*) AS files, coalesce(sum(size), 0)::BIGINT AS bytes
    FROM files WHERE part IS NULL GROUP BY ALL ORDER BY ALL DESC
    """,
)
ask(
    "What could not be scanned, and why?",
    """
    WITH told AS (
        SELECT item_id, uri, unnest(reasons, recursive := true) FROM files WHERE part IS NULL
    )
    SELECT stage, reason, count(DISTINCT item_id) AS files, min(uri) AS example
    FROM told GROUP BY ALL ORDER BY files DESC, stage, reason
    """,
)

# %% What was found
ask(
    "What was found, by list, category and weight of the evidence?",
    """
    SELECT list, category, tier, count(DISTINCT item_id) AS files
    FROM matches GROUP BY ALL ORDER BY ALL
    """,
)
ask(
    "Which files should a person look at with the most care?",
    """
    SELECT uri, algorithm, distance, list, entry_id
    FROM matches WHERE tier IN ('far', 'weak', 'collision') ORDER BY distance DESC, uri LIMIT 10
    """,
)
ask(
    "Which listed content was found most often?",
    """
    SELECT list, entry_id, count(DISTINCT item_id) AS files
    FROM matches GROUP BY ALL ORDER BY files DESC, list, entry_id LIMIT 10
    """,
)

# %% Copies: one decision can cover them all
ask(
    "Which matching files are the same file, byte for byte?",
    """
    SELECT lower(hex(sha256)) AS sha256, count(*) AS files, min(uri) AS example
    FROM files SEMI JOIN matches USING (item_id)
    WHERE sha256 IS NOT NULL AND part IS NULL
    GROUP BY ALL HAVING files > 1 ORDER BY files DESC, sha256 LIMIT 10
    """,
)

# %% Who: further columns of a manifest (`source_columns`), such as the uploader
ask(
    "Whose files match, by each column that the manifest brought along?",
    """
    WITH told AS (
        SELECT item_id, unnest(map_entries(source_columns), recursive := true) FROM files
        WHERE source_columns IS NOT NULL AND part IS NULL
    )
    SELECT key AS "column", value, count(*) AS files,
           count(*) FILTER (item_id IN (SELECT item_id FROM matches)) AS matching
    FROM told GROUP BY ALL HAVING matching > 0 ORDER BY matching DESC, "column", value LIMIT 20
    """,
)

# %% Trend: all reports, oldest first
ask(
    "How do the sweeps compare?",
    """
    SELECT strftime(started AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M') AS started, report, state, items,
           failed, matched, round(1e6 * matched / nullif(items, 0))::BIGINT AS matched_per_million,
           lists, entries
    FROM sweeps ORDER BY sweeps.started
    """,
)

# %% A script says in its exit status, too, that rows may be missing
if gaps and not IN_NOTEBOOK:
    sys.exit(ExitCode.INCOMPLETE)
