"""`hashsweep report`: what reports say, also encrypted and unfinished ones, and keys for them.

Each command is a module of its own, imported when it is called.
"""

import click

from hashsweep.commands.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    table={
        "summary": (
            "hashsweep.commands.report.summary:summary",
            "Print the summary of each REPORT again, as `hashsweep scan` did at its end.",
        ),
        "show": (
            "hashsweep.commands.report.show:show",
            "Print rows of REPORTs, decrypted where need be.",
        ),
        "stats": (
            "hashsweep.commands.report.stats:stats",
            "Count what REPORTs hold, for transparency reports.",
        ),
        "verify": (
            "hashsweep.commands.report.verify:verify",
            "Say whether each REPORT is still what its sweep wrote.",
        ),
        "sign": (
            "hashsweep.commands.report.sign:sign",
            "Sign a REPORT: sweep.json, which holds the digests of all its parts.",
        ),
        "export": (
            "hashsweep.commands.report.export:export",
            "Write a REPORT's rows to a file, or what of it a CyberTipline report wants.",
        ),
        "html": (
            "hashsweep.commands.report.html:html",
            "Write REPORTs as one page to look at in a browser, without network or pictures.",
        ),
        "decisions": (
            "hashsweep.commands.report.decisions:decisions",
            "Write a CSV of what there is to decide: a row for each content and list entry.",
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
