r"""Hashes with the name of their algorithm before them; see written_forms.py for other marks.

sha256:<hex>   md5=<hex>   sha256-<base64>   {SHA256}<hex>   urn:sha1:<base32>
"""

import re

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.kinds import KEPT, kind_of
from hashsweep.sources.written_forms import BLANK, bare, of_bytes

__all__ = ["BLANK", "bare", "named_by", "of_bytes"]

_NAMED = re.compile(
    r"(?:urn:)?(?:"
    r"\{([A-Za-z][A-Za-z0-9_-]{1,15})\}|"  # LDAP
    r"([A-Za-z][A-Za-z0-9_-]{1,15}) ?[:=] ?|"
    r"(md5|sha1|sha256|sha384|sha512)-(?=[A-Za-z0-9+/]{22})"  # subresource integrity
    r")(?=\S)",
    re.IGNORECASE,
)
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
