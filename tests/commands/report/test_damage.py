"""Every command that reads a report, on a `sweep.json` in which something is not what it was.

Which damage is found is told by tests/report/test_sweep_json.py.
"""

import shutil

import pytest

COMMANDS = {
    "summary": ["summary", "out", "good"],
    "summary-json": ["summary", "out", "--json"],
    "show": ["show", "out", "--list", "known", "--clusters"],
    "stats": ["stats", "out", "--by", "month", "--by", "list", "--format", "json"],
    "decisions": ["decisions", "out", "-o", "new"],
    "export": ["export", "out", "--format", "jsonl", "-o", "new"],
    "cybertip": ["export", "out", "--cybertip", "--format", "jsonl", "-o", "new"],
    "html": ["html", "out", "-o", "new"],
}
DAMAGES = {
    "not JSON": lambda text: text[:-9],
    "not an object": lambda _: "[]",
    "no state": lambda text: text.replace('"state"', '"State"', 1),
    "a count below zero": lambda text: text.replace('"matched_items": ', '"matched_items": -'),
    "half a character": lambda text: text.replace('"name": "', '"name": "\\ud800', 1),
    "half a character where no text belongs": lambda text: text.replace(
        '"created": "20', '"created": "\\udc80', 1
    ),
    "half a rematch": lambda text: text.replace('"kind": "rematch"', '"kind": "sweep"'),
    "not a valid time in UTC": lambda text: text.replace(
        '"started": "20', '"started": "0001-01-01T00:00:00+14:00", "was": "20', 1
    ),
    "a list of no date in UTC": lambda text: text.replace(
        '"created": "20', '"created": "0001-01-01T00:00:00+14:00", "was": "20', 1
    ),
}


@pytest.fixture(scope="module")
def rematch(tmp_path_factory):
    """A rematch, which says all that a report can."""
    return tmp_path_factory.mktemp("rematch") / "good"


@pytest.fixture
def good(rematch, request, tmp_path):
    """That rematch, in a folder of the test's own; made once."""
    if not rematch.exists():
        request.getfixturevalue("swept")()
        hashsweep, known = (request.getfixturevalue(name) for name in ("hashsweep", "known"))
        known.rename(tmp_path / "more.csv")
        known.write_text(f"md5\n{'ab' * 16}\n")
        hashsweep("rematch", "out", "--list", known, "--list", "more.csv", "-o", rematch)
        shutil.rmtree(tmp_path / "out")
    shutil.copytree(rematch, tmp_path / "good")
    return tmp_path / "good"


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_to_sweep_json_is_one_line(words, damage, good, report, tmp_path):
    """Status 2, nothing on stdout and no file: no half an answer, and no fault of ours."""
    shutil.copytree(good, tmp_path / "out")
    path = tmp_path / "out/sweep.json"
    text = path.read_text()
    path.write_text(damage(text))
    done = report(*words)

    assert path.read_text() != text
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hashsweep: report out/sweep.json is damaged: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_verify_says_that_it_is_altered_or_damaged(damage, good, report):
    """As a finding about the report, beside all others."""
    path = good / "sweep.json"
    path.write_text(damage(path.read_text()))
    done = report("verify", "good")

    assert (done.returncode, done.stderr) == (2, "")
    assert "good: altered or damaged: report sweep.json is damaged: " in done.stdout
