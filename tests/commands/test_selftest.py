"""`hashsweep selftest` through the real command."""

import importlib
import json

from hashsweep import __version__

selftest = importlib.import_module("hashsweep.commands.selftest")


def test_it_proves_that_matches_are_found(hashsweep):
    """Every expectation is listed as ok, and nothing else is printed."""
    done = hashsweep("selftest")

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 7


def test_it_answers_programs_too(hashsweep):
    """The same as one object, with the version that was tried."""
    done = hashsweep("selftest", "--json")
    told = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert [*told] == ["version", "passed", "checks", "problems"]
    assert (told["version"], told["passed"], told["problems"]) == (__version__, True, [])
    assert {each["file"]: each["found"] for each in told["checks"]} == selftest._EXPECTED
    assert all(each["found"] == each["expected"] for each in told["checks"])


def test_an_answer_that_is_wrong_fails_it(hashsweep, monkeypatch):
    """In words and for programs, with status 2."""
    monkeypatch.setitem(selftest._EXPECTED, "another.jpg", "close")
    plain, told = hashsweep("selftest"), hashsweep("selftest", "--json")

    assert (plain.returncode, told.returncode) == (2, 2)
    assert "FAILED  another.jpg: expected close, got None\n" in plain.stdout
    assert json.loads(told.stdout)["problems"] == ["another.jpg: expected close, got None"]
    assert not json.loads(told.stdout)["passed"]
