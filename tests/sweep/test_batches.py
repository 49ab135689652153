"""Items in batches to workers, and their records back."""

import itertools
from contextlib import ExitStack, closing
from itertools import chain

import pytest

from hashsweep.model import Item
from hashsweep.sweep.batches import (
    BATCH_BYTES,
    BATCH_ITEMS,
    BATCH_NAMES,
    batches,
    in_order,
    records,
)
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.work import prepare_work
from support.drawings import png, scene


@pytest.fixture(params=["serial", "processes"])
def work(request):
    with ExitStack() as held:
        yield prepare_work(
            ScanConfig(hashes=("sha256", "pdq"), engine=request.param, workers=2), held
        )


@pytest.fixture
def media(tmp_path):
    """Items of thirty small pictures, and of one that is not there."""
    content = png(scene(1, 64, 48))
    for number in range(30):
        (tmp_path / f"{number:02}").write_bytes(content + bytes([number]))
    return [Item(str(tmp_path / f"{number:02}")) for number in range(31)]


def test_every_item_comes_to_records(work, media):
    """Once each, in any order; whatever cannot be read has its reason."""
    with closing(records(work, iter(media))) as stream:
        found = {record.item: record for record in chain.from_iterable(stream)}

    assert found.keys() == set(media)
    assert [each.reason for each in found[media[-1]].reasons] == ["gone"]
    assert all(
        record.hashes.keys() == {"sha256", "pdq"}
        for item, record in found.items()
        if item != media[-1]
    )


def test_records_can_come_in_the_order_of_the_items(work, media):
    """Workers that overtake each other make no difference."""
    with closing(in_order(work, iter(media))) as stream:
        found = [record.item for record in chain.from_iterable(stream)]

    assert found == media


@pytest.mark.parametrize(
    ("items", "most"),
    [
        ([Item("/a", 1)] * 2000, BATCH_ITEMS),
        ([Item("/a", BATCH_BYTES // 2)] * 2000, 2),
        ([Item("/a", BATCH_BYTES * 9)] * 2000, 1),
        ([Item("/" + "a" * (BATCH_NAMES // 3))] * 2000, 3),
    ],
)
def test_a_batch_is_bounded_by_items_bytes_and_names(items, most):
    """Whatever the items are like, a batch stays small, and none is lost."""
    groups = list(batches(iter(items)))

    assert max(map(len, groups)) == most
    assert [item for group in groups for item in group] == items


def test_the_first_batches_are_small():
    """All workers have something to do at once, also in a small folder."""
    groups = list(batches(Item(f"/{number}") for number in range(100)))

    assert [len(group) for group in groups[:8]] == [1] * 8


def test_a_batch_is_given_out_as_soon_as_it_is_full():
    """Batching draws no item more than it needs."""
    drawn = itertools.count()
    stream = batches(Item(f"/{number}") for number in drawn)
    given = sum(len(next(stream)) for _ in range(50))

    assert next(drawn) == given
