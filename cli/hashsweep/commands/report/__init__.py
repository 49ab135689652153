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
            "Print rows of a REPORT, decrypted where need be.",
        ),
        "decisions": (
            "hashsweep.commands.report.decisions:decisions",
            "Write a CSV of what there is to decide: a row for each content and list entry.",
        ),
        "keygen": (
            "hashsweep.commands.report.keygen:keygen",
            "Make a key file for `hashsweep scan --encrypt`.",
        ),
    },
    epilog="""\b
Examples:
  hashsweep report summary report
  hashsweep report show report --what failed
  hashsweep report keygen -o report.key
""",
)
def report() -> None:
    """Print summaries and rows of reports, and make keys for them."""
