"""Which options weaken a sweep."""

import click
import pytest

from hashsweep.commands import main
from hashsweep.commands.configured import options_of
from hashsweep.settings.options import Setting
from hashsweep.settings.weakening import WEAKENING, is_weakening, list_weakening


@pytest.mark.parametrize(
    ("name", "value", "weakens"),
    [
        ("accept", ["corrupt"], True),
        ("accept", [], False),
        ("exit-zero", True, True),
        ("exit-zero", False, False),
        ("variants", "turns", True),
        ("variants", "off", True),
        ("variants", "thorough", False),
        ("encrypt", True, False),
        ("encrypt", False, True),
        ("engine", "processes", False),
        ("engine", "serial", True),
        ("fail-on", "match,incomplete,outdated", False),
        ("fail-on", "match", True),
        ("fail-on", "tier:exact,incomplete", True),
        ("list", ["a"], False),
        ("hash", ["md5"], False),  # what the lists hold is computed as well
    ],
)
def test_values_that_weaken(name, value, weakens):
    """Only the direction that finds or tells less."""
    assert is_weakening("scan", name, value) == weakens


def test_a_gate_is_weakened_by_decoding_fast_alone():
    """A sweep decodes fast by default; files that are too large fail at a gate."""
    assert is_weakening("check", "exact", value=False)
    assert not is_weakening("scan", "exact", value=False)
    assert is_weakening("scan", "max-file-size", "1G")
    assert not is_weakening("check", "max-file-size", "1G")


def test_those_of_a_call_are_listed():
    """By name, sorted."""
    settings = {"known-good": Setting(["n"], "x"), "accept": Setting(["gone"], "x")}

    assert list_weakening("scan", settings | {"list": Setting(["a"], "x")}) == [
        "accept", "known-good",
    ]  # fmt: skip


def test_every_one_is_an_option():
    """Of a sweep, a rematch or a gate."""
    context = click.Context(main)
    commands = [main.get_command(context, name) for name in ("scan", "rematch", "check")]
    names = {name for each in commands for name in options_of(each)}

    assert WEAKENING.keys() <= names
