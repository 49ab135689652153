r"""What databases, spreadsheets and registries write around a hash, and what they write for none.

sha256:<hex>   md5-<base64>   {SHA256}<hex>   urn:sha1:<base32>   0x<hex>   \x<hex>   X'<hex>'
b'\xd4\x1d...'   \xD4\x1D...   d41d8cd9-8f00-b204-e980-0998ecf8427e   d4:1d:8c:...   ="<hex>"
"""

import ast
import re

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.kinds import KEPT, kind_of

_WORDS = (
    *("null", "n/a", "na", "nan", "none", "nil", "nat", "undefined", "missing", "empty"),
    *("(null)", "<null>", "[null]", "<na>", "#n/a", "n.a.", "-", "--", "\\n"),
)
BLANK = frozenset(form for word in _WORDS for form in (word, word.upper(), word.title())) | {
    *("NaN", "NaT", "<NA>", "\\N", "n/A"),
}
"""What stands in a column where there is nothing: as pandas, MySQL, Postgres or people write it."""

_NAMED = re.compile(
    r"(?:urn:)?(?:"
    r"\{([A-Za-z][A-Za-z0-9_-]{1,15})\}|"  # LDAP
    r"([A-Za-z][A-Za-z0-9_-]{1,15}) ?[:=] ?|"
    r"(md5|sha1|sha256|sha384|sha512)-(?=[A-Za-z0-9+/]{22})"  # subresource integrity
    r")(?=\S)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"=?([\"'`])(.*)\1", re.DOTALL)
_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)
_SQL = re.compile(r"[xX]'([0-9A-Fa-f]*)'")
_HEX_MARK = re.compile(r"\A(?:0[xX]|\\+[xX])(?=[0-9A-Fa-f]+\Z)")
_GROUPS = re.compile(r"[0-9A-Fa-f]{2,8}(?:([-: ])[0-9A-Fa-f]{2,12})(?:\1[0-9A-Fa-f]{2,12})*")
_ESCAPES = re.compile(r"\\x([0-9A-Fa-f]{2})|([\x20-\x7e])")
_LONGEST = 1024  # characters; no hash that is computed here has as many


def named_by(text: str) -> tuple[str | None, str]:
    """Return the kind of hash that a text names before the hash, None for none, and the rest."""
    found = _NAMED.match(text.lstrip())
    if found is None or len(text) > _LONGEST:
        return None, text
    name = found[1] or found[2] or found[3]
    kind = kind_of(re.sub("(?i)^sha2-", "sha", name))
    if kind in known_hashes.known_bits() or (kind in KEPT and kind != "text"):
        return kind, text.lstrip()[found.end() :].strip()
    return None, text


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
