"""What every engine promises, whatever it runs on."""

import itertools
import os
import select

import pytest

from hashsweep.engines import Job
from hashsweep.engines.processes import ProcessEngine
from hashsweep.engines.serial import SerialEngine
from hashsweep.model import Item
from support.singles import singles

pytestmark = pytest.mark.usefixtures("no_worker_left")
ECHO = Job("support.faulty_workers:open_echo")


@pytest.fixture(params=["serial", "one process", "three processes"])
def engine(request):
    """Each engine; the contract holds for all."""
    return {
        "serial": SerialEngine(),
        "one process": ProcessEngine(1),
        "three processes": ProcessEngine(3),
    }[request.param]


def batches(items, size):
    """Group items as the pipeline does."""
    return [items[at : at + size] for at in range(0, len(items), size)]


@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_item_comes_back_exactly_once(engine, size):
    """Each item has exactly one answer, and it is its own."""
    items = [Item(f"/{number}") for number in range(100)]

    finished = list(singles(engine, ECHO, batches(items, size)))

    assert sorted(each.item.uri for each in finished) == sorted(item.uri for item in items)
    assert [each.result[0]["uri"] for each in finished] == [each.item.uri for each in finished]


def test_the_item_itself_comes_back(engine):
    """What only the source knows of an item is still there in the end."""
    item = Item("/a\udcff\n", 3, 4, "etag", {"owner": "zoë"})

    (finished,) = singles(engine, ECHO, [[item]])

    assert finished.item is item
    assert finished.result[0]["uri"] == "/a\udcff\n"


def test_an_empty_source_ends_at_once(engine):
    """No batch, no answer, no error."""
    assert list(singles(engine, ECHO, [])) == []


def test_an_endless_source_is_drawn_a_bounded_number_of_batches_ahead(engine):
    """Never are more than eight batches drawn beyond what was yielded."""
    drawn = 0
    most = 0

    def source():
        nonlocal drawn
        for number in itertools.count():
            drawn += 5
            yield [Item(f"/{number}/{each}") for each in range(5)]

    results = singles(engine, ECHO, source())
    for yielded, _ in enumerate(itertools.islice(results, 600)):
        most = max(most, drawn - yielded)
    results.close()

    assert 0 < most <= 8 * 5


def test_closing_the_iterator_stops_the_work(engine):
    """After close() nothing more is drawn, and no worker is left (see the fixture)."""
    drawn = []

    def source():
        for number in itertools.count():
            drawn.append(number)
            yield [Item(f"/{number}")]

    results = singles(engine, ECHO, source())
    next(results)
    results.close()
    before = len(drawn)

    assert list(results) == []
    assert len(drawn) == before


def test_an_error_of_the_source_is_raised_and_leaves_no_worker(engine):
    """What the source raises reaches the caller as it is."""

    def source():
        yield [Item("/a")]
        raise LookupError("the source")

    with pytest.raises(LookupError, match="the source"):
        list(singles(engine, ECHO, source()))


def test_an_engine_can_run_again(engine):
    """One engine serves any number of runs, one by one."""
    first = [each.item.uri for each in singles(engine, ECHO, [[Item("/a")]])]
    second = [each.item.uri for each in singles(engine, ECHO, [[Item("/b")]])]

    assert (first, second) == (["/a"], ["/b"])


class Arriving:
    """Arrivals through a pipe: an item a byte, no more than `most` on their way."""

    def __init__(self, descriptor, most=100):
        self.descriptor, self.most, self.on_their_way, self.looks = descriptor, most, 0, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.looks += 1
        is_full = self.on_their_way >= self.most
        if is_full or not select.select([self.descriptor], [], [], 0)[0]:
            return []
        byte = os.read(self.descriptor, 1)
        if not byte:
            raise StopIteration
        self.on_their_way += 1
        return [Item(f"/{byte.decode()}")]

    def waits_for(self):
        return [] if self.on_their_way >= self.most else [self.descriptor]


@pytest.fixture
def pipe():
    """Both ends of a pipe; the end to write to may be closed by the test."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as reader, os.fdopen(theirs, "wb", buffering=0) as writer:
        yield reader.fileno(), writer


def test_what_arrives_is_answered_before_the_next_has_come(engine, pipe):
    """Nobody waits for a batch to fill, and the end of the pipe is the end."""
    reader, writer = pipe
    writer.write(b"a")
    results = singles(engine, ECHO, Arriving(reader))
    answers = []
    for name in (b"b", b"c", b""):
        answers.append(next(results).item.uri)
        writer.write(name) if name else writer.close()
    answers += [each.item.uri for each in results]

    assert answers == ["/a", "/b", "/c"]


def test_what_may_not_arrive_yet_is_not_waited_for(engine, pipe):
    """Where only answers make room, all comes through, and nobody looks again and again."""
    reader, writer = pipe
    names = [bytes([97 + number % 26]) for number in range(60)]
    writer.write(b"".join(names))
    writer.close()
    arriving = Arriving(reader, most=1)
    answers = []
    for each in singles(
        engine, Job("support.faulty_workers:open_echo", {"seconds": 0.005}), arriving
    ):
        answers.append(each.item.uri)
        arriving.on_their_way -= 1

    assert answers == [f"/{name.decode()}" for name in names]
    assert arriving.looks < 20 * len(names)
