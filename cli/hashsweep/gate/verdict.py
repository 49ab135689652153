"""The verdict on one file, in one line for people and programs. Knows no terminal."""

import json
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal

from hashsweep.errors import REASONS, REMEDIES
from hashsweep.model import Failure, Match, Record
from hashsweep.safe_text import as_text, printable
from hashsweep.variants import AS_IS

Verdict = Literal["match", "clean", "failed", "accepted"]


def verdict(records: Sequence[Record], accept: AbstractSet[str] = frozenset()) -> Verdict:
    """Return the verdict on a file; the only function that decides it.

    `match` if any hash matched, whatever else failed (an overturned match does not count); `clean`
    if every kind of hash on the lists was compared for everything a person could see in it;
    `accepted` if it is not, but all reasons for that are in `accept`; else `failed`.
    """
    if any(match.stands for match in _matches(records)):
        return "match"
    if is_incomplete(records, accept):
        return "failed"
    return "accepted" if _reasons(records) else "clean"


def is_incomplete(records: Sequence[Record], accept: AbstractSet[str] = frozenset()) -> bool:
    """Say whether something was not compared and not accepted, whether or not it matched."""
    return any(each.reason not in accept for each in _reasons(records))


def _reasons(records: Sequence[Record]) -> list[Failure]:
    """Return why a file is not clean; a file of which nothing was compared never is clean."""
    found = [reason for record in records for reason in record.reasons]
    own = records[0]
    is_policy = own.known_good is not None or own.stated_hashes
    if not found and not is_policy and not any(record.compared for record in records):
        found.append(Failure("hash", "not-compared"))
    return found


def _why_not_clean(records: Sequence[Record]) -> str | None:
    return next((f"{each.stage}: {each.reason}" for each in _reasons(records)), None)


def line(name: str, records: Sequence[Record], accept: AbstractSet[str] = frozenset()) -> str:
    """Return verdict, name and reason, separated by tabs; safe to show in a terminal."""
    reasons = [_describe_match(match) for match in _matches(records)]
    reasons += [f"{each.stage}: {each.reason}" for each in _reasons(records)]
    reasons += [f"known good: {each.known_good}" for each in records if each.known_good]
    return "\t".join(
        [verdict(records, accept), printable(name), printable("; ".join(reasons))]
    ).rstrip("\t")


def as_json(
    name: str, records: Sequence[Record], accept: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Return plain JSON values; without hashes."""
    first = records[0]
    return {
        "file": as_text(name)[0],
        "verdict": verdict(records, accept),
        "reason": _why_not_clean(records),
        "reasons": [
            {"stage": each.stage, "reason": each.reason, "detail": each.detail or None}
            for each in _reasons(records)
        ],
        "compared": list(first.compared),
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
                "variant": match.variant,
                "tier": match.tier,
                "decision": match.decision,
            }
            for match in _matches(records)
        ],
    }


def as_line(name: str, records: Sequence[Record], accept: AbstractSet[str] = frozenset()) -> str:
    """Return `as_json` as one line of ASCII."""
    return json.dumps(as_json(name, records, accept))


def _matches(records: Sequence[Record]) -> Iterator[Match]:
    for record in records:
        yield from record.matches


def _describe_match(match: Match) -> str:
    turned = "" if match.variant == AS_IS else f" {match.variant}"
    weight = f"{match.algorithm} {match.distance}{turned}, {match.tier}"
    decided = f", {match.decision}" if match.decision else ""
    return f"{match.list_name}: {match.entry_id} ({weight}{decided})"


def explain(name: str, records: Sequence[Record], accept: AbstractSet[str] = frozenset()) -> str:
    """Return lines that explain what was compared, what was not, why, and what helps."""
    own, *frames = records
    lines = [f"  what it is: {_describe_content(own)}"]
    lines.append(f"  compared: {', '.join(own.compared) or 'nothing'}")
    if own.compared_views:
        inside = (
            ", and what it shows in a frame or a collage" if "inside" in own.compared_views else ""
        )
        lines.append(f"  also compared: the picture mirrored and turned{inside}")
    for names, parts in _group_frames(frames).items():
        several = f"{len(parts)} further frames" if len(parts) > 1 else parts[0]
        lines.append(f"  compared of {several}: {', '.join(names) or 'nothing'}")
    for each in _reasons(records):
        is_accepted = each.reason in accept
        detail = f" ({each.detail})" if each.detail else ""
        what = "accepted" if is_accepted else "not compared in full"
        lines.append(f"  {what}: {each.reason}, {REASONS[each.reason]}{detail}")
        if not is_accepted and (remedy := REMEDIES.get(each.reason)):
            lines.append(f"  what helps: {remedy}")
    if own.known_good:
        lines.append(f"  policy: the list {own.known_good} says it is harmless")
    return "\n".join([line(name, records, accept), *map(printable, lines)])


def _describe_content(record: Record) -> str:
    """Return type, size and way of decoding, as far as known."""
    facts = [record.media_type or "unknown type"]
    if record.width:
        facts.append(f"{record.width} x {record.height} pixels")
    if record.frames:
        facts.append(f"{record.frames:,} frames or pages")
    if record.decode_mode:
        facts.append(f"decoded {record.decode_mode}")
    return ", ".join(facts)


def _group_frames(frames: Sequence[Record]) -> dict[tuple[str, ...], list[str]]:
    """Return the names of further frames by their compared hashes."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for frame in frames:
        groups.setdefault(frame.compared, []).append(frame.part or "")
    return groups
