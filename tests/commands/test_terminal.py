"""What people see who look, and what pipes and CI jobs get."""

import os
import sys

import pytest

from hashsweep.commands import terminal
from support.reports import match, record, write
from support.terminals import on_terminal

LONG = "/srv/media/" + "very-long-folder-name/" * 6 + "last.jpg"


@pytest.fixture
def matched(tmp_path):
    """A report of two matches, one of a file with a long name."""
    found = match("an-entry-id-of-some-length-0001", "near", 12, category="category-of-this-list")
    write(tmp_path / "report", [record(LONG, 1, found), record("/srv/b.jpg", 2, match())])
    return tmp_path


@pytest.mark.parametrize(
    ("is_terminal", "environ", "watched"),
    [(True, {}, True), (True, {"CI": ""}, True), (True, {"CI": "true"}, False), (False, {}, False)],
)
def test_ci_jobs_are_not_people(monkeypatch, is_terminal, environ, watched):
    """Although some give a terminal: what stands there is stored."""
    monkeypatch.delenv("CI", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)

    assert terminal.is_watched() == watched


def test_a_table_comes_in_pages_and_fits(matched):
    """Through the pager, options and all; no line is longer than the terminal is wide."""
    written, status = on_terminal(
        matched, "report", "show", "report", width=80, PAGER="sed 's/^/P:/'"
    )
    lines = written.decode().splitlines()

    assert status == 0
    assert [line[:9] for line in lines] == ["P:TIER   ", "P:close  ", "P:near   "]
    assert max(map(len, lines)) - len("P:") <= 80
    assert lines[1].endswith("/srv/b.jpg")
    assert lines[2].endswith("name/last.jpg")
    assert "/srv/me" in lines[2]


def test_no_pager_and_a_pipe_have_it_all_at_once(matched, hashsweep):
    """A pipe has the whole names."""
    words = "report", "show", "report"
    written, _ = on_terminal(matched, *words, "--no-pager", width=60, PAGER="sed 's/^/P:/'")
    piped = hashsweep(*words, cwd=matched)

    assert b"P:" not in written
    assert max(map(len, written.decode().splitlines())) <= 60
    assert piped.stdout.splitlines()[2].endswith(f"  {LONG}")


def test_without_options_of_its_own_less_ends_by_itself(monkeypatch):
    """What fits on one page waits for no key; options of the user stay."""
    seen = []
    monkeypatch.setattr(terminal, "is_watched", lambda: True)
    monkeypatch.setattr(terminal.click, "echo_via_pager",
                        lambda text: seen.append(("".join(text), os.environ["LESS"])))  # fmt: skip
    monkeypatch.delenv("LESS", raising=False)
    terminal.print_pages(iter(["a\n", "b\n"]), paged=True)
    assert "LESS" not in os.environ
    monkeypatch.setenv("LESS", "-S")
    terminal.print_pages(iter([]), paged=True)

    assert seen == [("a\nb", "FRX"), ("", "-S")]
    assert os.environ["LESS"] == "-S"


def test_a_pager_that_cannot_be_read_is_left_out(monkeypatch, capsys):
    """Rather than ending with a fault."""
    monkeypatch.setattr(terminal, "is_watched", lambda: True)
    monkeypatch.setenv("PAGER", "less 'unbalanced")
    terminal.print_pages(iter(["a\n"]), paged=True)

    assert capsys.readouterr().out == "a\n"
