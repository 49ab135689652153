"""Standard output that is full, closed or broken: what was found counts, unless output is the work.

In processes of their own: what becomes of a stream shows only at the end of one.
"""

import json
import subprocess

import pytest

from support.commands import COMMAND
from support.thoroughness import some

ENDS = {
    "full": ('exec "$@" > /dev/full', "No space left on device"),
    "closed": ('exec "$@" >&-', "standard output is closed"),
    "closed with stdin": ('exec "$@" <&- >&-', "standard output is closed"),
    "broken": ("", "Broken pipe"),
}
"""How a shell gives a command such an output, and what the command says of it."""


def ended(folder, how, *arguments):
    """Run a command with such an output; (exit status, what it says on stderr)."""
    done = subprocess.run(
        ["bash", "-c", how, "bash", *COMMAND, *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def reader_that_has_left(folder, *arguments):
    """Run a command whose output nobody reads any more; (exit status, what it says on stderr)."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    return process.wait(), said


def run(folder, end, *arguments):
    """Run a command whose output ends so."""
    if end == "broken":
        return reader_that_has_left(folder, *arguments)
    return ended(folder, ENDS[end][0], *arguments)


@pytest.fixture
def found(media, known, tmp_path, hashsweep):
    """A list, two files of which one is on it, and a report of them."""
    (media / "2.jpg").unlink()
    (media / "3.jpg").unlink()
    hashsweep("scan", media, "--list", known, "-o", "report", "-q")
    return tmp_path


@pytest.mark.parametrize("end", some(ENDS, {"broken"}))
@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    "words",
    [("scan", "media", "--engine", "serial"), ("rematch", "report")],
    ids=["scan", "rematch"],
)
def test_a_report_that_is_made_counts(found, end, form, words):
    """The status says what was found, one line says that nothing could be printed."""
    status, said = run(found, end, *words, "--list", "known.csv", "-o", "new", *form)
    report = json.loads((found / "new/sweep.json").read_text())

    assert status == 1
    assert said == (
        f"hashsweep: the summary could not be printed ({ENDS[end][1]}); "
        "the report is not affected\n"
    )
    assert (report["state"], report["tally"]["matched_items"]) == ("complete", 1)


@pytest.mark.parametrize("end", some(ENDS, {"broken"}))
def test_where_nothing_is_printed_nothing_is_missed(found, end):
    """With -q there is nothing to say."""
    words = ("scan", "media", "--engine", "serial", "-q", "--list", "known.csv", "-o", "new")

    assert run(found, end, *words) == (1, "")


@pytest.mark.parametrize("end", some(ENDS, {"broken"}))
@pytest.mark.parametrize(
    "words",
    [
        ("check", "media/1.jpg", "--list", "known.csv"),
        ("report", "show", "report"),
        ("report", "stats", "report"),
        ("report", "summary", "report"),
        ("hash", "media"),
        ("scan", "media", "--list", "known.csv", "--dry-run"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_where_the_output_is_the_work_it_was_not_done(found, end, words):
    """Exit 2: whoever called did not get what was asked for."""
    status, said = run(found, end, *words)

    assert status == 2
    assert said.count("\n") <= 1
    assert "fault in hashsweep" not in said


@pytest.mark.parametrize("end", some(ENDS, {"broken"}))
def test_a_gate_whose_answers_cannot_be_written_ends(found, end):
    """Exit 2, though it could read all requests."""
    words = ("check", "--stream", "--list", "known.csv")
    process = subprocess.Popen(
        ["bash", "-c", ENDS[end][0] or '"$@"', "bash", *COMMAND, *words],
        cwd=found, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.close()
    _, said = process.communicate(b"media/1.jpg\n" if "stdin" not in end else None)

    assert process.returncode == 2
    assert b"Traceback" not in said
