"""Decides the tier of a match, a word that reports can be filtered by. Knows no list.

model.TIERS explains the words.
"""

from collections.abc import Sequence

from hashsweep.model import CLOSE_DISTANCE, NEAR_DISTANCE, HashSpec

_LONG = 256  # bits of a perceptual hash whose near matches are not chance
_DIGEST = 160  # from this length on, no second preimage is known (SHA-1: 2017's
# attack makes colliding pairs, not a partner for a file that is already listed)
_RAISED = {"far": "near", "near": "close"}

Evidence = tuple[HashSpec, int]
"""A hash that agrees with the entry's, and the distance in bits."""


def tier(evidence: Sequence[Evidence]) -> str:
    """Return the tier of one match by all its evidence, strongest first; "collision" if none.

    A shorter perceptual hash that agrees with the same entry raises PDQ's tier by one step, and two
    of them without PDQ are more than weak. A digest is about the file, so nothing raises that.
    """
    if not evidence:
        return "collision"
    alone = _tier(*evidence[0])
    agree = sum(is_short(spec) for spec, _ in evidence)
    if alone == "weak":
        return "far" if agree > 1 else "weak"
    return _RAISED.get(alone, alone) if agree else alone


def is_short(spec: HashSpec) -> bool:
    """Say whether this is a perceptual hash that may well agree by chance with a long list."""
    return spec.metric != "exact" and spec.bits < _LONG


def is_forgeable(spec: HashSpec) -> bool:
    """Say whether this is a digest for which a second file can be forged (MD5)."""
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
