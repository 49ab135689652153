"""Every command that reads a report, on a `sweep.json` in which something is not what it was."""

import json
import shutil

import pytest
from click.testing import CliRunner

from hashsweep.commands import main
from hashsweep.errors import RunError

WRONG = (None, [], {}, "x", -1)
COMMANDS = {
    "summary": ["summary", "out", "good"],
    "summary-json": ["summary", "out", "--json"],
    "show": ["show", "out", "--list", "known", "--clusters"],
    "stats": ["stats", "out", "--by", "month", "--by", "list", "--format", "json"],
    "verify": ["verify", "out"],
    "cybertip": ["export", "out", "--cybertip", "--format", "jsonl", "-o", "new"],
    "html": ["html", "out", "--force", "-o", "new"],
    "decisions": ["decisions", "out", "-o", "new"],
}


@pytest.fixture
def good(swept, hashsweep, known, tmp_path, monkeypatch):
    """A rematch, which says all that a report can, and a copy of it, `out`; what they say."""
    swept()
    known.rename(tmp_path / "more.csv")
    known.write_text(f"md5\n{'ab' * 16}\n")
    hashsweep("rematch", "out", "--list", known, "--list", "more.csv", "-o", "good")
    shutil.rmtree(tmp_path / "out")
    shutil.copytree(tmp_path / "good", tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    return json.loads((tmp_path / "good/sweep.json").read_text())


def places(about):
    """Yield (what it is in, its key, what to put there instead) of values, at the top and below."""
    for key, value in about.items():
        yield from ((about, key, wrong) for wrong in WRONG)
        if isinstance(value, dict | list):
            keys = value if isinstance(value, dict) else range(len(value))
            yield from ((value, each, None) for each in keys)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_damage_to_sweep_json_is_a_fault_of_ours(words, good, tmp_path):
    """A command passes over what it does not need, or says that the report is damaged."""
    faults = []
    for inside, key, wrong in [*places(good)]:
        before, inside[key] = inside[key], wrong
        (tmp_path / "out/sweep.json").write_text(json.dumps(good))
        inside[key] = before
        (tmp_path / "new").unlink(missing_ok=True)
        done = CliRunner().invoke(main, ["report", *words], standalone_mode=False)
        if not isinstance(done.exception, RunError | None):
            faults.append(f"{key} is {wrong!r}: {done.exception!r}")

    assert faults == []
