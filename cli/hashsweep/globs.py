"""Shell patterns against paths: --include and --exclude of a sweep, --path of a report.

Knows no file system and nothing else of hashsweep.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence

_NOTHING = r"[^\x00-\x{10FFFF}]"
_ANYTHING = r"[\x00-\x{10FFFF}]"


def any_matches(patterns: Sequence[str], path: str) -> bool:
    """Say whether one of these patterns matches the path, or the part after its last `/`.

    `*` and `?` match `/`, too; case matters.
    """
    name = path.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern)
        for pattern in patterns
    )


def as_re2(pattern: str) -> str:
    """Return a pattern as an RE2 expression (Arrow uses RE2) that matches whole texts only.

    The same texts match as with fnmatch.fnmatchcase, whose own expressions RE2 cannot read.
    """
    return rf"(?s)\A(?:{''.join(_pieces(pattern))})\z"


def _pieces(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "[" and (end := _end_of_set(pattern, at)) is not None:
            yield _set(pattern[at:end])
            at = end + 1
        else:
            yield {"*": ".*", "?": "."}.get(char) or _escape(char)


def _end_of_set(pattern: str, start: int) -> int | None:
    """Return the position of the `]` that ends a set; one that comes first is a member."""
    first = start + (pattern[start : start + 1] == "!")
    end = pattern.find("]", first + 1)
    return None if end < 0 else end


def _set(inner: str) -> str:
    """Return `abc`, `a-z` or `!a-z` as an RE2 set; a range that runs backwards is empty."""
    negated = inner.startswith("!")
    members, at = "", int(negated)
    while at < len(inner):
        if inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
            low, high = inner[at], inner[at + 2]
            members += f"{_escape(low)}-{_escape(high)}" if low <= high else ""
            at += 3
        else:
            members += _escape(inner[at])
            at += 1
    if not members:
        return _ANYTHING if negated else _NOTHING
    return f"[{'^' if negated else ''}{members}]"


def _escape(char: str) -> str:
    r"""Return one character that stands for itself; RE2 knows \x{...} but not all escapes of re."""
    return char if re.match(r"[A-Za-z0-9]", char) else rf"\x{{{ord(char):x}}}"
