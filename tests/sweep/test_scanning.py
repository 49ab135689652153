"""Parts of an item that is not done: what is sent, what is held, and what is not sent again."""

from hashsweep.engines.base import Resumption
from hashsweep.model import Failure, Item, Record
from hashsweep.sweep.coverage import DistinctFrames
from hashsweep.sweep.scanning import MOST_NAMED, Scanning

ITEM = Item("/a")


def frame(number, bits=0):
    """A frame whose PDQ has so many bits."""
    pdq = (2**bits - 1).to_bytes(32)
    return Record(ITEM, part=f"frame {number}" if number > 1 else None, hashes={"pdq": pdq})


def scanning(known=Resumption()):  # noqa: B008 - frozen
    """An item whose own record is a frame without any bits."""
    return Scanning(frame(1), DistinctFrames(9), known=known)


def sent(one, *frames):
    """The parts of these frames that are sent before the item is done."""
    one.parts += frames
    return [each.part for each in one.choose(one.take())]


def test_distinct_parts_are_sent_and_the_own_record_comes_last():
    """What was sent is not sent again at the end, but it is in the own record's PDQs."""
    one = scanning()
    first = sent(one, frame(2, 20), frame(3, 1))
    one.parts += [frame(4, 40), frame(5, 21)]
    records = one.end()

    assert first == ["frame 2"]
    assert [each.part for each in records] == [None, "frame 4"]
    assert [each.frame for each in records[0].frame_hashes] == [1, 2, 3, 4, 5]


def test_an_item_without_parts_has_nothing_beside_its_own_record():
    """And no columns about frames."""
    (own,) = scanning().end()

    assert (own.frame_hashes, own.frames_not_kept) == ((), None)


def test_what_came_before_a_worker_died_is_not_sent_again():
    """The same frames again: the answers that arrived are left out, later ones are not."""
    again = scanning(Resumption(answers=1))

    assert sent(again, frame(2, 20)) == []
    assert sent(again, frame(3, 1)) == []  # it was never sent
    assert sent(again, frame(4, 40)) == ["frame 4"]
    assert [each.part for each in again.end()] == [None]


def test_parts_that_workers_died_of_are_named():
    """In the item's own record, each with its reason."""
    deaths = {3: Failure("work", "timeout", "over 1 s"), 7: Failure("work", "crashed", "SIGSEGV")}
    one = scanning(Resumption(0, deaths))
    one.note_deaths()

    assert one.own.reasons == [
        Failure("work", "timeout", "frame 3: over 1 s"),
        Failure("work", "crashed", "frame 7: SIGSEGV"),
    ]


def test_only_the_first_parts_that_failed_are_named():
    """A file of a thousand bad pages has not a thousand reasons."""
    one = scanning()
    for number in range(2, 1000):
        one.note_failure(number, Failure("hash", "internal", "as every page"))

    assert [each.detail for each in one.own.reasons] == [
        f"frame {number}: as every page" for number in range(2, 2 + MOST_NAMED)
    ]
