"""The program that tells people: real ones, started without a shell."""

import sys

import pytest

from hashsweep.runs import notify as module
from hashsweep.runs.notify import NotToldError, notify

SAVE = """import os, sys
with open(sys.argv[1], "w") as file:
    file.write(sys.stdin.read() + repr([sys.argv[2:], dict(os.environ)]))
"""


def test_the_message_is_its_input_and_arguments_are_as_they_are(tmp_path):
    """No shell reads them, and the environment holds no secret."""
    given = {"PATH": "/usr/bin", "HASHSWEEP_REPORT_KEY": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    given |= {"HASHSWEEP_NOTIFY_URL": "u", "LC_ALL": "C.UTF-8"}
    notify([sys.executable, "-c", SAVE, str(tmp_path / "out"), "$(id); *"], "3 new\n", given)
    text, found = (tmp_path / "out").read_text().split("\n")

    assert text == "3 new"
    arguments, environment = eval(found)
    assert arguments == ["$(id); *"]
    assert environment.items() >= {
        ("PATH", "/usr/bin"), ("HASHSWEEP_NOTIFY_URL", "u"), ("LC_ALL", "C.UTF-8"),
    }  # fmt: skip
    assert not environment.keys() & {"HASHSWEEP_REPORT_KEY", "AWS_SECRET_ACCESS_KEY"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["/bin/false"], "/bin/false: ended with status 1"),
        (["/none/mail"], "/none/mail: No such file or directory"),
        (["/bin/sleep", "60"], "took longer than 0.1 seconds"),
    ],
)
def test_what_cannot_be_told_is_an_error(words, why, monkeypatch):
    """It does not hang, and says that nothing is lost."""
    monkeypatch.setattr(module, "SECONDS", 0.1)
    with pytest.raises(NotToldError, match=f"{why}; what is new is told the next night"):
        notify(words, "news\n", {"PATH": "/usr/bin:/bin"})


def test_a_program_that_reads_nothing_was_told(tmp_path):
    """Its status counts."""
    notify(["/bin/true"], "news\n" * 100_000, {})
