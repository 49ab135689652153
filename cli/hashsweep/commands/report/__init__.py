"""`hashsweep report`: reads reports, encrypted and unfinished ones too, keeps some, makes keys.

Each command is a module of its own, imported when it is called.
"""

import click

from hashsweep.commands.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    table={
        "summary": (
            "hashsweep.commands.report.summary:summary",
            "Print each REPORT's summary again, as `hashsweep scan` printed it.",
        ),
        "show": (
            "hashsweep.commands.report.show:show",
            "Print rows of REPORTs, decrypted if necessary.",
        ),
        "stats": (
            "hashsweep.commands.report.stats:stats",
            "Count what REPORTs hold, for transparency reports.",
        ),
        "verify": (
            "hashsweep.commands.report.verify:verify",
            "Check that each REPORT is still what its sweep wrote.",
        ),
        "sign": (
            "hashsweep.commands.report.sign:sign",
            "Sign a REPORT's sweep.json, which holds the digests of all its segments.",
        ),
        "export": (
            "hashsweep.commands.report.export:export",
            "Write a REPORT's rows to a file, or details for CyberTipline reports.",
        ),
        "html": (
            "hashsweep.commands.report.html:html",
            "Write REPORTs as one page for a browser, without network or pictures.",
        ),
        "decisions": (
            "hashsweep.commands.report.decisions:decisions",
            "Write the matches to decide on as CSV: one row per content and list entry.",
        ),
        "prune": (
            "hashsweep.commands.report.prune:prune",
            "Print which reports directly below FOLDER would be removed, and why others stay.",
        ),
        "hold": (
            "hashsweep.commands.report.hold:hold",
            "Keep REPORT from being removed by `report prune` and by named sweeps.",
        ),
        "keygen": (
            "hashsweep.commands.report.keygen:keygen",
            "Make a key file for `hashsweep scan --encrypt`, or keys that sign reports.",
        ),
    },
    epilog="""\b
Examples:
  hashsweep report summary report
  hashsweep report show report --what failed
  hashsweep report verify report
  hashsweep report html report -o report.html
  hashsweep report stats reports/* --by month
  hashsweep report keygen -o report.key
""",
)
def report() -> None:
    """Print summaries, rows and counts of reports, and make keys for them."""
