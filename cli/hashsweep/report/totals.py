"""The results of a sweep in numbers, as `sweep.json` has them. Knows no row and no file."""

from typing import Annotated

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Counts = dict[str, Count]


class Totals(Struct, frozen=True, kw_only=True):
    """The results of a sweep in numbers (see tally.Tally, which adds them up)."""

    items: Annotated[Count, Meta(description="files and objects with a record")]
    bytes: Annotated[Count, Meta(description="their bytes")]
    failed: Annotated[Count, Meta(description="items for which something was not done")]
    accepted: Annotated[Count, Meta(description="of these, items whose reasons are all accepted")]
    folders: Annotated[
        Count,
        Meta(description="of `failed`, folders that could not be listed; all others are files"),
    ]
    accepted_folders: Annotated[Count, Meta(description="those of `accepted`")]
    matched_items: Annotated[Count, Meta(description="items with a match that was not overturned")]
    matches: Annotated[Count, Meta(description="pairs of an item and an entry that match")]
    confirmed: Annotated[Count, Meta(description="of these, matches that reviewers confirmed")]
    overturned: Annotated[
        Count, Meta(description="matches that reviewers overturned; not in others")
    ]
    low_quality: Annotated[Count, Meta(description="pictures and frames too plain for PDQ")]
    known_good: Annotated[Count, Meta(description="items on a list of harmless files")]
    from_baseline: Annotated[Count, Meta(description="items with hashes from an earlier report")]
    digest_from_source: Annotated[
        Count, Meta(description="items matched by a digest that their source states")
    ]
    not_compared: Annotated[
        Counts, Meta(description="items with the reason not-compared, by media type")
    ]
    not_looked_into: Annotated[
        Counts, Meta(description="items with the reason not-looked-into, by media type")
    ]
    with_frames: Annotated[Count, Meta(description="items with several frames or pages")]
    further_frames: Annotated[Count, Meta(description="their frames hashed besides the first")]
    in_other_shards: Annotated[Count, Meta(description="left to other shards")]
    skipped: Annotated[Counts, Meta(description="skipped by policy, by reason")]
    failures: Annotated[Counts, Meta(description="reasons of failed items, as `stage: reason`")]
    hashed: Annotated[Counts, Meta(description="pictures, frames and files by hash")]
    media_types: Annotated[Counts, Meta(description="items by media type")]
    decode_modes: Annotated[Counts, Meta(description="items by way of decoding")]
    by_list: Annotated[Counts, Meta(description="matches by list")]
    by_category: Annotated[Counts, Meta(description="matches by category")]
    by_algorithm: Annotated[Counts, Meta(description="matches by strongest hash")]
    by_tier: Annotated[Counts, Meta(description="matches by tier")]
    by_ruleset: Annotated[
        Counts, Meta(description="items by the number, in `rulesets`, of the rules applied to them")
    ]
    possible_items: Annotated[
        Count, Meta(description="items that possibly show an entry (--possible); not in others")
    ]
