"""What a new report says of files that an earlier one looked at: --reread-share, --require-current.

The rules are made newer between two sweeps, as another version of hashsweep would have them.
"""

import json
import os

import pytest

from hashsweep import model
from support.drawings import scene

SCAN = ("scan", "media", "--list", "known.csv", "--engine", "serial")


@pytest.fixture
def swept(hashsweep, tmp_path, monkeypatch):
    """A report, by earlier rules, of twelve pictures and two texts of long ago."""
    (tmp_path / "media").mkdir()
    for number in range(12):
        scene(number, 64, 48).save(tmp_path / f"media/{number}.png")
    for name in "ab":
        (tmp_path / f"media/{name}.txt").write_text(f"harmless {name}")
    for path in (tmp_path / "media").iterdir():
        os.utime(path, (1e9, 1e9))
    scene(99, 64, 48).save(tmp_path / "known.png")
    hashsweep("hash", "known.png", "-o", "known.csv")
    assert hashsweep(*SCAN, "-o", "monday", "-q").returncode == 0
    monkeypatch.setattr(model, "RULES", model.RULES + 1)


def verdict(done):
    """The line that can be read on its own, however it is wrapped."""
    whole = " ".join(done.stdout.split())
    return "nothing" + whole.partition("nothing")[2].partition(" Report:")[0]


@pytest.mark.usefixtures("swept")
def test_the_verdict_says_what_rests_on_earlier_rules(hashsweep, tmp_path):
    """And with --require-current the status does."""
    done = hashsweep(*SCAN, "-o", "tuesday", "--baseline", "monday")
    strict = hashsweep(*SCAN, "-o", "strict", "--baseline", "monday", "--require-current")
    fresh = hashsweep(*SCAN, "-o", "fresh", "--require-current")
    about = json.loads((tmp_path / "tuesday/sweep.json").read_text())

    assert (done.returncode, strict.returncode, fresh.returncode) == (0, 4, 0)
    assert verdict(done) == (
        "nothing found in what was compared; 14 files carried over from earlier reports; "
        "14 files looked at by earlier rules"
    )
    assert "exit status 4 by --fail-on match,incomplete,outdated" in verdict(strict)
    assert "carried" not in verdict(fresh)
    assert [each["rules"] for each in about["rulesets"]] == [model.RULES, model.RULES - 1]
    assert about["tally"]["by_ruleset"] == {"1": 14}


@pytest.mark.usefixtures("swept")
def test_a_share_is_read_again_each_night(hashsweep, tmp_path):
    """After as many nights as there are shares all are of today's rules."""
    before, outdated = "monday", []
    for night in range(4):
        done = hashsweep(
            *SCAN, "-o", f"night-{night}", "--baseline", before, "--reread-share", "1/4",
            "--require-current",
        )  # fmt: skip
        about = json.loads((tmp_path / f"night-{night}/sweep.json").read_text())
        tally = about["tally"]
        assert (about["baseline"]["items"], about["baseline"]["gone"]) == (14, 0)
        outdated.append(tally["by_ruleset"].get("1", 0))
        before = f"night-{night}"
        assert done.returncode == (4 if outdated[-1] else 0)
        assert tally["items"] == 14

    assert "read again 1/4 share 4 (--reread-share)" in " ".join(done.stdout.split())
    assert outdated == sorted(outdated, reverse=True)
    assert outdated[-1] == 0 < outdated[0]
    assert outdated[1] < 14  # which files are of a share depends on where the folder is


@pytest.mark.usefixtures("swept")
def test_a_rematch_says_so_too(hashsweep):
    """Its rows are as old as those it was made of; a hash that is lacking counts as well."""
    words = ("rematch", "monday", "--list", "known.csv")
    done = hashsweep(*words, "-o", "new")
    strict = hashsweep(*words, "-o", "strict", "--require-current")
    both = hashsweep("report", "summary", "monday", "new", "--total")

    assert (done.returncode, strict.returncode) == (0, 4)
    assert verdict(done).endswith("; 14 files looked at by earlier rules")
    assert "; 28 files looked at by earlier rules" in verdict(both)


@pytest.mark.usefixtures("swept")
def test_an_unfinished_sweep_of_earlier_rules_is_not_continued(hashsweep, tmp_path):
    """One report has one set of rules for what it read itself."""
    path = tmp_path / "monday/sweep.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"state": "interrupted", "incomplete": True}))
    done = hashsweep(*SCAN, "-o", "monday", "--resume")

    assert done.returncode == 2
    assert "the rules by which this version looks at files changed" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--reread-share", "1/30"], "--reread-share is about a --baseline: name one"),
        (["--reread-share", "0/3", "--baseline", "x"], "'0/3': 0 is not between 1 and 3"),
        (["--reread-share", "4/3", "--baseline", "x"], "'4/3': 4 is not between 1 and 3"),
        (["--reread-share", "30", "--baseline", "x"], "'30' does not look like 1/30"),
    ],
)
def test_a_share_that_is_none_is_refused(hashsweep, tmp_path, words, message):
    """Before anything is read."""
    (tmp_path / "media").mkdir()
    done = hashsweep("scan", "media", "--hash", "md5", "-o", "report", *words)

    assert done.returncode == 2
    assert message in done.stderr
