r"""How databases, spreadsheets and data frames write bytes in text, and what for nothing.

0x<hex>   \x<hex>   X'<hex>'   b'\xd4\x1d...'   \xD4\x1D...   ="<hex>"
d41d8cd9-8f00-b204-e980-0998ecf8427e   d4:1d:8c:...
"""

import re

_WORDS = (
    *("null", "n/a", "na", "nan", "none", "nil", "nat", "undefined", "missing", "empty"),
    *("(null)", "<null>", "[null]", "<na>", "#n/a", "n.a.", "-", "--", "\\n"),
)
BLANK = frozenset(form for word in _WORDS for form in (word, word.upper(), word.title())) | {
    *("NaN", "NaT", "<NA>", "\\N", "n/A"),
}
"""What stands in a column where there is nothing: as pandas, MySQL, Postgres or people write it."""

_QUOTED = re.compile(r"=?([\"'`])(.*)\1", re.DOTALL)
_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)
_SQL = re.compile(r"[xX]'([0-9A-Fa-f]*)'")
_HEX_MARK = re.compile(r"\A(?:0[xX]|\\+[xX])(?=[0-9A-Fa-f]+\Z)")
_GROUPS = re.compile(r"[0-9A-Fa-f]{2,8}(?:([-: ])[0-9A-Fa-f]{2,12})(?:\1[0-9A-Fa-f]{2,12})*")
_ESCAPES = re.compile(r"\\x([0-9A-Fa-f]{2})|([\x20-\x7e])")
_LONGEST = 1024  # characters; no hash that is computed here has as many


def bare(text: str) -> str:
    """Return a hash without what a tool wrote around it; any other text as it is."""
    text = text.strip()
    if len(text) > _LONGEST:
        return text
    if _BYTES.fullmatch(text):
        return _of_python(text)
    if sql := _SQL.fullmatch(text):
        return sql[1]
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[2].strip()
    text = text.removeprefix("'")  # how a spreadsheet marks a text
    if text.count("\\x") > 1:
        return _of_escapes(text)
    text = _HEX_MARK.sub("", text, count=1)
    return re.sub("[-: ]", "", text) if _GROUPS.fullmatch(text) else text


def _of_python(text: str) -> str:
    """Return the hex of bytes as Python shows them, or the text in them; the same for no such."""
    import ast

    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return of_bytes(value) if isinstance(value, bytes) else text


def _of_escapes(text: str) -> str:
    """Return the hex of bytes as DuckDB writes them: printable ones as they are."""
    found = list(_ESCAPES.finditer(text))
    if sum(len(match[0]) for match in found) != len(text):
        return text
    return bytes(int(match[1], 16) if match[1] else ord(match[2]) for match in found).hex()


_TEXT_SIZES = (16, 32, 40, 64)  # bytes of a hash written as hex


def of_bytes(value: bytes, size: int | None = None) -> str:
    """Return bytes as hex, or as the text that they are: hex digits where `size` bytes are less.

    `size` is that of the hash itself, None where it is not known.
    """
    is_text = len(value) == 2 * size if size else len(value) in _TEXT_SIZES
    if is_text and re.fullmatch(rb"[0-9A-Fa-f]+", value):
        return value.decode("ascii")
    return value.hex()
