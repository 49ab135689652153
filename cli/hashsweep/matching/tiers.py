"""Decides the tier of a match, a word that reports can be filtered by. Knows no list.

model.TIERS explains the words.
"""

from collections.abc import Sequence

from hashsweep.model import HashSpec

_LONG = 256  # bits of a perceptual hash whose near matches are not chance
_DIGEST = 160  # from this length on, no second preimage is known (SHA-1: 2017's
# attack makes colliding pairs, not a partner for a file that is already listed)
_RAISED = {"far": "near", "near": "close"}

Evidence = tuple[HashSpec, int, bool]
"""A hash that agrees with the entry's, the distance in its unit, and whether it agrees only by a
view of variants.ALTERED or in spite of a low quality."""


def tier(evidence: Sequence[Evidence]) -> str:
    """Return the tier of one match by all its evidence, strongest first; "collision" if none.

    A shorter perceptual hash that agrees with the same entry raises PDQ's tier by one step, and two
    of them are more than weak, and more than `altered`. One of them does not raise `altered`. A
    digest is about the file, so nothing raises that.
    """
    if not evidence:
        return "collision"
    alone = _tier(*evidence[0])
    agree = sum(is_short(spec) for spec, _, _ in evidence)
    if alone in ("weak", "altered"):
        return "far" if agree > 1 else alone
    return _RAISED.get(alone, alone) if agree else alone


def is_short(spec: HashSpec) -> bool:
    """Say whether this is a perceptual hash that may well agree by chance with a long list."""
    return spec.metric != "exact" and spec.bits < _LONG


def is_forgeable(spec: HashSpec) -> bool:
    """Say whether this is a digest for which a second file can be forged (MD5)."""
    return spec.metric == "exact" and spec.bits < _DIGEST


def _tier(spec: HashSpec, distance: int, is_altered: bool) -> str:
    """Return the tier by one hash alone."""
    if spec.metric == "exact":
        return "exact-md5" if is_forgeable(spec) else "exact"
    if is_short(spec):
        return "weak"
    if is_altered:
        return "altered"
    for name, highest in spec.tiers:
        if distance <= highest:
            return name
    return "far"
