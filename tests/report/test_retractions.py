"""Earlier matches beside those of now."""

import pyarrow as pa

from hashsweep.report import retractions, schema
from hashsweep.report.retractions import Standing, diff_matches
from hashsweep.report.sweep_json import StandingInfo


def match(item, entry="e", part=None, **values):
    """A row of matches."""
    plain = {
        "item_id": bytes([item]) * 16, "uri": f"/{item}", "part": part, "algorithm": "pdq",
        "distance": 4, "variant": "as-is", "list": "known", "entry_id": entry, "category": "A",
        "labels": ["x"], "tier": "close", "evidence": [{"algorithm": "pdq", "distance": 4}],
    }  # fmt: skip
    return plain | values


def table(*rows):
    """These rows as the table of matches."""
    return pa.Table.from_pylist(list(rows), schema=schema.MATCHES)


def apart(earlier, now, names=None):
    """What is retracted, and the counts; the reason is always "gone"."""
    names = {"known": "known"} if names is None else names
    return diff_matches(table(*earlier), table(*now), names, lambda rows: ["gone"] * len(rows))


def test_matches_are_known_again_by_item_part_list_and_entry():
    """What is new, what stands, what stands otherwise, and what is gone."""
    earlier = [match(1), match(2), match(3), match(3, part="frame 2"), match(4, "other")]
    now = [match(1), match(2, category="B"), match(3), match(4), match(5)]
    gone, standing = apart(earlier, now)

    assert standing.info() == StandingInfo(new=2, as_before=2, updated=1, retracted={"gone": 2})
    assert [(row["uri"], row["part"], row["entry_id"]) for row in gone.to_pylist()] == [
        ("/3", "frame 2", "e"), ("/4", None, "other"),
    ]  # fmt: skip
    assert gone.schema == retractions.SCHEMA
    assert gone["why"].to_pylist() == ["gone", "gone"]


def test_other_lists_are_passed_over():
    """Their matches were not asked about: they are neither standing nor retracted."""
    gone, standing = apart([match(1, list="elsewhere")], [match(1)])

    assert gone.num_rows == 0
    assert (standing.new, standing.as_before) == (1, 0)


def test_a_list_may_have_another_name_now():
    """A match stands under the new name; a retraction tells the name that it had."""
    earlier = [match(1, list="monday"), match(2, list="monday")]
    gone, standing = apart(earlier, [match(1, list="tuesday")], {"monday": "tuesday"})

    assert (standing.as_before, standing.retracted) == (1, {"gone": 1})
    assert [row["list"] for row in gone.to_pylist()] == ["monday"]


def test_without_earlier_matches_all_are_new():
    """Nobody is asked why."""
    gone, standing = apart([], [match(1), match(1, part="frame 2")])

    assert (gone.num_rows, standing) == (0, Standing(new=2))


def test_two_entries_of_one_name_are_told_as_one():
    """A list may repeat an id: while one of them matches, it stands."""
    gone, standing = apart([match(1), match(1, distance=9)], [match(1)])

    assert (gone.num_rows, standing.as_before) == (0, 1)


def test_counts_add_up():
    """Those of several batches."""
    total = Standing(1, 2, 3)
    total.retracted.update(["gone"])
    more = Standing(1, 1, 1)
    more.retracted.update(["gone", "changed"])
    total.add(more)

    retracted = {"gone": 2, "changed": 1}
    assert total.info() == StandingInfo(new=2, as_before=3, updated=4, retracted=retracted)
    assert list(total.info().retracted) == ["gone", "changed"]


def test_every_reason_is_explained():
    """The summary prints these words."""
    assert all(text and text[0].islower() for text in retractions.WHY.values())
