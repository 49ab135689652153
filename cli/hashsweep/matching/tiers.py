"""How much a match weighs, in words that a report can be filtered by. Knows no list.

What the words mean stands in model.TIERS.
"""

from collections.abc import Sequence

from hashsweep.model import CLOSE_DISTANCE, NEAR_DISTANCE, HashSpec

_LONG = 256  # bits of a perceptual hash whose near matches are no chance
_DIGEST = 160  # bits from which nobody is known to forge a second file on purpose (SHA-1: 2017's
# attack makes colliding pairs, not a partner for a file that is already listed)
_RAISED = {"far": "near", "near": "close"}

Evidence = tuple[HashSpec, int]
"""A hash that agrees with the entry's, and the distance in bits."""


def tier(evidence: Sequence[Evidence]) -> str:
    """Return the tier of one match by all its evidence, strongest first; "collision" without any.

    A shorter perceptual hash that agrees with the same entry raises PDQ's tier by one step, and two
    of them without PDQ are more than weak. A digest speaks of the file, so nothing raises that.
    """
    if not evidence:
        return "collision"
    alone = _tier(*evidence[0])
    agree = sum(is_short(spec) for spec, _ in evidence)
    if alone == "weak":
        return "far" if agree > 1 else "weak"
    return _RAISED.get(alone, alone) if agree else alone


def is_short(spec: HashSpec) -> bool:
    """Say whether this is a perceptual hash that may well agree by chance on a long list."""
    return spec.metric != "exact" and spec.bits < _LONG


def is_forgeable(spec: HashSpec) -> bool:
    """Say whether this is a digest of which a second file can be made on purpose (MD5)."""
    return spec.metric == "exact" and spec.bits < _DIGEST


def _tier(spec: HashSpec, distance: int) -> str:
    """Return the tier by one hash alone."""
    if spec.metric == "exact":
        return "exact-md5" if is_forgeable(spec) else "exact"
    if is_short(spec):
        return "weak"
    for name, highest in (("close", CLOSE_DISTANCE), ("near", NEAR_DISTANCE)):
        if distance <= highest:
            return name
    return "far"
