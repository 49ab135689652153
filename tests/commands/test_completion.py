"""Completion, in the shells themselves."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.shells import FISH

BIN = Path(sys.executable).parent

CASES = [
    ("hashsweep rem", "hashsweep rematch"),
    ("hashsweep report summ", "hashsweep report summary"),
    ("hashsweep scan med", "hashsweep scan media/"),
    ("hashsweep scan media --list kno", "hashsweep scan media --list known.csv"),
    ("hashsweep scan media --known-g", "hashsweep scan media --known-good"),
    ("hashsweep lists inspect kno", "hashsweep lists inspect known.csv"),
    ("hashsweep report show earl", "hashsweep report show earlier/"),
    ("hashsweep hash --hash pd", "hashsweep hash --hash pdq"),
    ("hashsweep scan --variants tho", "hashsweep scan --variants thorough"),
]
"""What is typed before the tab key, and what stands there afterwards."""

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(hashsweep completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u -D; source <(hashsweep completion zsh)",
    ),
}


@pytest.fixture
def folder(tmp_path):
    """What there is to complete."""
    (tmp_path / "media").mkdir()
    (tmp_path / "earlier").mkdir()
    (tmp_path / "known.csv").touch()
    return tmp_path


@pytest.fixture
def environment(folder):
    """That of a user who has hashsweep on the path."""
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "LANG") if name in os.environ}
    path = f"{BIN}:{os.environ['PATH']}"
    return kept | {"PATH": path, "HOME": str(folder), "TERM": "dumb", "PS1": "$ "}


def read_until(terminal, wanted):
    """Read what a shell writes until a text is there; return it all after half a minute."""
    written = b""
    deadline = time.monotonic() + 30
    while wanted not in written and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            written += os.read(terminal, 65536)
    return written


@pytest.mark.parametrize("shell", ["bash", pytest.param("zsh", marks=pytest.mark.zsh)])
def test_the_tab_key_completes(folder, environment, shell):
    """Commands, options, files, hashes and choices, at a prompt."""
    words, setting_up = SHELLS[shell]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        try:
            os.write(ours, f"{setting_up}; echo rea''dy\n".encode())
            assert b"ready" in read_until(ours, b"ready\r\n")
            for typed, expected in CASES:
                os.write(ours, f"{typed}\t".encode())
                assert expected.encode() in read_until(ours, expected.encode()), typed
                os.write(ours, b"\x15")  # ctrl-U: an empty line again
        finally:
            process.kill()
    os.close(ours)


@pytest.mark.fish
def test_fish_completes(folder, environment):
    """By its own command for what the tab key would offer."""
    asked = "; ".join(f'complete -C "{typed}"; echo' for typed, _ in CASES)
    done = subprocess.run(
        [FISH, "--no-config", "-c", f"hashsweep completion fish | source; {asked}"],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    offered = [block.split("\t")[0] for block in done.stdout.split("\n\n")]

    assert offered[: len(CASES)] == [expected.split()[-1] for _, expected in CASES]


def test_only_shells_that_are_known(hashsweep):
    """And none of them is guessed."""
    done = hashsweep("completion", "tcsh")

    assert done.returncode == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.stderr
