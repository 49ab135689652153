"""What one file came to, in one line for people and programs. Knows no terminal."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from hashsweep.model import Match, Record
from hashsweep.safe_text import as_text, printable

Verdict = Literal["match", "clean", "failed"]


def verdict(records: Sequence[Record]) -> Verdict:
    """Return "match" if any hash matched, whatever else failed; "clean" if all was compared.

    A match that was overturned is none.
    """
    if any(match.stands for match in _matches(records)):
        return "match"
    return "failed" if _why_not_clean(records) else "clean"


def is_incomplete(records: Sequence[Record]) -> bool:
    """Say whether something about the file could not be compared, match or no match."""
    return _why_not_clean(records) is not None


def _why_not_clean(records: Sequence[Record]) -> str | None:
    reasons = (reason for record in records for reason in record.reasons)
    return next((f"{each.stage}: {each.reason}" for each in reasons), None)


def line(name: str, records: Sequence[Record]) -> str:
    """Return verdict, name and reason with tabs between; nothing in it can drive a terminal."""
    reasons = [_describe_match(match) for match in _matches(records)]
    if why := _why_not_clean(records):
        reasons.append(why)
    reasons += [f"known good: {each.known_good}" for each in records if each.known_good]
    return "\t".join([verdict(records), printable(name), printable("; ".join(reasons))]).rstrip(
        "\t"
    )


def as_json(name: str, records: Sequence[Record]) -> dict[str, Any]:
    """Return plain JSON values; hashes are not among them."""
    first = records[0]
    return {
        "file": as_text(name)[0],
        "verdict": verdict(records),
        "reason": _why_not_clean(records),
        "media_type": first.media_type,
        "known_good": first.known_good,
        "matches": [
            {
                "list": match.list_name,
                "entry_id": match.entry_id,
                "category": match.category,
                "labels": list(match.labels),
                "algorithm": match.algorithm,
                "distance": match.distance,
                "tier": match.tier,
                "decision": match.decision,
            }
            for match in _matches(records)
        ],
    }


def _matches(records: Sequence[Record]) -> Iterator[Match]:
    for record in records:
        yield from record.matches


def _describe_match(match: Match) -> str:
    weight = f"{match.algorithm} {match.distance}, {match.tier}"
    decided = f", {match.decision}" if match.decision else ""
    return f"{match.list_name}: {match.entry_id} ({weight}{decided})"
