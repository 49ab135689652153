"""How much a match weighs, in words that a report can be filtered by. Knows no list.

What the words mean stands in model.TIERS.
"""

from hashsweep.model import HashSpec

_LONG = 256  # bits of a perceptual hash whose near matches are no chance
_DIGEST = 160  # bits from which nobody is known to forge a second file on purpose (SHA-1: 2017's
# attack makes colliding pairs, not a partner for a file that is already listed)


def tier(spec: HashSpec, distance: int) -> str:
    """Return the tier of one match by its algorithm and distance (bits)."""
    if spec.metric == "exact":
        return "exact" if spec.bits >= _DIGEST else "exact-md5"
    if spec.bits < _LONG:
        return "weak"
    for name, highest in (("close", 10), ("near", 20)):
        if distance <= highest:
            return name
    return "far"
