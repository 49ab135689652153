"""Text from strangers, made safe to show, to write and to read back. Knows no report."""

import os
import re

# C0 and C1 control characters, line and paragraph separators, and the characters that turn
# the direction of text or hide in it (Unicode TR 36, "bidirectional text spoofing").
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)

# What begins a formula or a command in one spreadsheet or another (OWASP, "CSV Injection")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_OF_FILE = re.compile(r"[/\\]|\.[A-Za-z0-9]{1,5}\Z")


def as_text(uri: str) -> tuple[str, bytes | None]:
    r"""Return (valid text, None) or (text with \xNN for bad bytes, the name's own bytes)."""
    try:
        uri.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(uri)
        return raw.decode("utf-8", "backslashreplace"), raw
    return uri, None


def printable(uri: str) -> str:
    r"""Return a name without anything that can control a terminal: such characters become \xNN."""
    return _UNSAFE.sub(_escape, uri.replace("\\", "\\\\") if _UNSAFE.search(uri) else uri)


def one_line(text: str, limit: int = 200) -> str:
    """Return text as one printable line of at most `limit` characters, `?` for all others."""
    kept = "".join(char if char.isprintable() else "?" for char in text)
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet may treat a cell's text as a formula or a command."""
    return text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)


def is_of_file(entry_id: str) -> bool:
    """Say whether an entry's id looks like a path or file name, as in a list made from a folder."""
    return _OF_FILE.search(entry_id) is not None


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte that os.fsdecode could not read
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004
