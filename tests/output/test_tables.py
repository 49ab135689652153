"""Tables and figures for people."""

import pytest
from rich.console import Console

from hashsweep.output.tables import add_row, amount, console, duration, new_table


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (2.5e9, "2.5 GB"), (3e15, "3,000.0 TB")],
)
def test_amounts(number, told):
    """Powers of 1000."""
    assert amount(number) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (3_700, "1:01:40"), (90_061, "1 day, 1:01:01")],
)
def test_durations(seconds, told):
    """Tenths below a minute, else a clock."""
    assert duration(seconds) == told


def test_rows_cannot_drive_a_terminal(capsys):
    """Names are escaped, and markup is text."""
    made = new_table("Title", "", "", "")
    add_row(made, "a\x1b[2J[red]", 1_234, "note")
    out = console()
    out.print(made)
    printed = capsys.readouterr().out

    assert isinstance(out, Console)
    assert "\x1b" not in printed
    assert "[red]" in printed
    assert "1,234" in printed


def test_lines_for_a_file_or_pipe_end_without_blanks(capsys):
    """A mail or pager narrower than the table does not wrap them into blank lines."""
    made = new_table("Title", "", "", "")
    add_row(made, "short", 1, "note")
    add_row(made, "a longer row", 1_234, "a note that is longer")
    console().print(made)
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == 3
    assert lines == [line.rstrip() for line in lines]


@pytest.mark.parametrize(
    ("columns", "width"), [(None, 100), ("", 100), ("wide", 100), ("60", 60), ("7", 40)]
)
def test_a_file_or_pipe_is_as_wide_as_columns_says(monkeypatch, columns, width):
    """Where a number says it, down to what can be read."""
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)

    assert console().width == width
