"""The errors, their codes, and what the tables say of them."""

import inspect
import re

import pytest

from hashsweep import errors
from hashsweep.errors import (
    EXIT_MEANING,
    REASONS,
    REMEDIES,
    SKIPS,
    STAGES,
    UNSAFE_TO_ACCEPT,
    ExitCode,
    HashsweepError,
    Interrupted,
    ItemError,
    RunError,
    exit_code,
    one_line,
)
from hashsweep.model import Failure


def drawn_tree() -> dict[str, str]:
    """Child to parent, as the module's docstring draws it."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([| +-]*)([A-Z]\w+)", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        above = [(d, n) for d, n in above if d < depth]
        parents[name] = above[-1][1] if above else "Exception"
        above.append((depth, name))
    return parents


def test_tree_in_the_docstring_is_the_classes() -> None:
    """The drawn tree names every error and its parent, and nothing else."""
    classes = {
        name: value.__base__.__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert drawn_tree() == classes


def test_exit_codes_in_the_docstring() -> None:
    """The exit codes that the tree mentions are those of the classes."""
    drawn = dict(re.findall(r"([A-Z]\w+) +exit (\d+):", errors.__doc__ or ""))
    assert drawn == {"RunError": "2", "Interrupted": "130"}
    assert (RunError.exit_code, Interrupted.exit_code) == (2, 130)


def test_every_run_error_ends_in_an_exit_code() -> None:
    """Whatever stops a run has an exit code; an item's error has none."""
    for value in vars(errors).values():
        if inspect.isclass(value) and issubclass(value, HashsweepError):
            has_code = isinstance(getattr(value, "exit_code", None), ExitCode)
            assert has_code == issubclass(value, (RunError, Interrupted))


@pytest.mark.parametrize("table", [STAGES, REASONS, SKIPS], ids=["stages", "reasons", "skips"])
def test_every_code_has_a_meaning(table: dict[str, str]) -> None:
    """Codes are short, lower-case and stable to type; meanings are short phrases in one line."""
    for code, meaning in table.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert one_line(meaning) == meaning.strip() != ""
        assert not meaning.endswith(".")


def test_codes_mean_one_thing() -> None:
    """A code of a failure and of a skip has one meaning in both, and no two codes have one."""
    assert all(REASONS[code] == SKIPS[code] for code in set(REASONS) & set(SKIPS))
    meanings = [*STAGES.values(), *(REASONS | SKIPS).values()]
    assert len(set(meanings)) == len(meanings)


def test_remedies_and_unsafe_reasons_are_reasons() -> None:
    """No remedy is for a reason that nothing has; what nobody knows is not simply accepted."""
    assert REMEDIES.keys() <= REASONS.keys()
    assert all(REMEDIES.values())
    assert {"internal", "crashed", "sweep-killed", "missing-rows"} == UNSAFE_TO_ACCEPT
    assert REASONS.keys() >= UNSAFE_TO_ACCEPT


def test_every_exit_code_has_a_meaning() -> None:
    """Each exit status is described, in ascending order."""
    assert list(EXIT_MEANING) == sorted(ExitCode)


@pytest.mark.parametrize(
    ("matches", "incomplete", "code"),
    [(False, False, 0), (True, False, 1), (False, True, 4), (True, True, 5)],
)
def test_exit_code_is_a_sum(matches: bool, incomplete: bool, code: int) -> None:
    """1 for matches and 4 for what is missing add up."""
    assert exit_code(matches=matches, incomplete=incomplete) == code


def test_item_error_becomes_a_failure() -> None:
    """An item's error carries its stage, reason and detail into the record."""
    error = ItemError("decode", "corrupt", "bad CRC")
    assert str(error) == "decode: corrupt: bad CRC"
    assert error.failure == Failure("decode", "corrupt", "bad CRC")


def test_item_error_without_detail() -> None:
    """A reason may say enough by itself."""
    error = ItemError("read", "empty")
    assert (str(error), error.detail) == ("read: empty", "")


def test_detail_is_one_printable_line() -> None:
    """Whatever a decoder says cannot drive a terminal or fill a report."""
    error = ItemError("decode", "corrupt", "line\nline\x1b[2J\u202e" + "x" * 500)
    assert error.detail.startswith("line?line?[2J?xxx")
    assert len(error.detail) == 200
    assert error.detail.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("Grüße 文字", "Grüße 文字"),
        ("a\tb\r\nc\0", "a?b??c?"),
        ("\ud800", "?"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 197 + "..."),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    """One line of at most 200 characters, each printable."""
    assert one_line(text) == shown


def test_one_line_of_any_length() -> None:
    """The limit counts the dots."""
    assert one_line("abcdefghij", 8) == "abcde..."
