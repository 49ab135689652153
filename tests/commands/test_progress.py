"""The bar: there on a terminal, and nowhere else."""

import subprocess

import pytest

from support.commands import COMMAND
from support.drawings import scene
from support.terminals import on_terminal


@pytest.fixture
def folder(tmp_path):
    """Enough work for the bar to move."""
    media = tmp_path / "media"
    media.mkdir()
    scene(1, 160, 120).save(media / "0.png")
    for number in range(1, 600):
        (media / f"{number}.png").hardlink_to(media / "0.png")
    return tmp_path


SCAN = ("scan", "media", "--hash", "pdq", "-o", "report")


def test_a_terminal_shows_bar_and_colour(folder):
    """Files, bytes, matches and failures move on stderr; the summary comes with colour."""
    written, status = on_terminal(folder, *SCAN)

    assert status == 0
    assert b" files [" in written
    assert b"0 matched, 0 failed" in written
    assert b"\x1b[1;32mnothing found in what was compared" in written


def test_quiet_shows_nothing_on_a_terminal(folder):
    """-q means no bar either."""
    assert on_terminal(folder, *SCAN, "-q") == (b"", 0)


def test_no_bar_and_no_colour_where_there_is_no_terminal(folder, hashsweep_process):
    """Logs of cron jobs stay readable."""
    done = hashsweep_process(*SCAN, cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout


def test_messages_stand_on_lines_of_their_own(folder):
    """A refused list row is told before the bar appears, not behind it."""
    (folder / "known.csv").write_text(f"md5\n{'ab' * 16}\nxyz\n")
    written, status = on_terminal(folder, *SCAN, "--list", "known.csv")

    assert status == 4
    assert written.startswith(b"hashsweep: list known: 1 row refused")


def test_a_table_on_a_terminal_has_no_bar_through_it(folder):
    """`hash` shows no bar where its own output goes to the terminal."""
    (folder / "media/empty").touch()
    written, status = on_terminal(folder, "hash", "media", "--hash", "md5")

    assert status == 4
    assert b" files [" not in written
    assert len(written.splitlines()) == 602


def closed(folder, streams, *arguments):
    """A call for which a shell has closed streams, such as `2>&-`."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMAND, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("streams", ["2>&-", "<&- 2>&-"])
def test_a_closed_stderr_ends_nothing(folder, streams):
    """A scan and a rematch go on without a word there, and their status is what it would be."""
    (folder / "media/empty").touch()
    (folder / "known.csv").write_text(f"md5\n{'ab' * 16}\n{'cd' * 15}\n")
    given = ("--list", "known.csv", "-o")
    scan = closed(folder, streams, "scan", "media", *given, "report")
    rematch = closed(folder, streams, "rematch", "report", *given, "again")
    wrong = closed(folder, streams, "scan", "none", *given, "new")

    assert [each.returncode for each in (scan, rematch, wrong)] == [4, 4, 2]
    assert "INCOMPLETE: 1 file could not be scanned and 1 list row" in scan.stdout
    assert "INCOMPLETE: 1 file could not be scanned and 1 list row" in rematch.stdout
    assert (folder / "report/sweep.json").read_text().count('"state": "complete"') == 1
