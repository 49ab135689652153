"""Requests as they come, and answers in their order."""

import os
from contextlib import ExitStack, closing

import pytest

from hashsweep.errors import SourceError
from hashsweep.gate.framing import Frames, Lines
from hashsweep.gate.stream import Requests, answer
from hashsweep.model import Record
from hashsweep.storage.places import Places
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.work import prepare_work
from support.drawings import png, scene


@pytest.fixture
def pipe():
    """Both ends of a pipe."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as reader, os.fdopen(theirs, "wb", buffering=0) as writer:
        yield reader.fileno(), writer


def settled(requests, items):
    """The names of what can be answered after these items have come to something."""
    return [name for item in items for name, _ in requests.settle([Record(item)])]


def test_nothing_is_waited_for(pipe):
    """Drawing gives what is there, and says where more would come from."""
    reader, writer = pipe
    requests = Requests(reader, Lines())

    assert (next(requests), requests.waits_for()) == ([], [reader])
    writer.write(b"a\nb")
    ((item,),) = [next(requests)]
    assert item.uri == "a"
    assert next(requests) == []
    writer.write(b"\n")
    assert [item.uri for item in next(requests)] == ["b"]
    writer.close()
    assert next(requests, None) is None
    assert requests.waits_for() == []
    with pytest.raises(StopIteration):
        next(requests)


def test_answers_are_in_the_order_of_the_requests(pipe):
    """What is done early waits; a name that is asked for twice is answered twice."""
    reader, writer = pipe
    writer.write(b"a\nb\na\nc\n")
    requests = Requests(reader, Lines())
    first, second, third, fourth = (next(requests)[0] for _ in range(4))

    assert settled(requests, [second, fourth]) == []
    assert settled(requests, [first]) == ["a", "b"]
    assert settled(requests, [third]) == ["a", "c"]


def test_a_crowd_comes_in_batches_and_a_single_one_alone(pipe):
    """Few requests are spread over workers, many are worked on together."""
    reader, writer = pipe
    writer.write(b"x\n" * 40)
    requests = Requests(reader, Lines())
    sizes = []
    while batch := next(requests):
        sizes.append(len(batch))

    assert max(sizes) > 1
    assert sizes[-7:] == [1] * 7
    assert sum(sizes) == 40


def test_no_more_is_taken_in_than_the_window(pipe):
    """A slow first file and a client that writes on do not fill the memory."""
    reader, writer = pipe
    writer.write(b"x\n" * 500)
    requests = Requests(reader, Lines(), window=20)
    given = []
    while batch := next(requests):
        given += batch

    assert (len(given), requests.waits_for()) == (20, [])
    assert settled(requests, given[1:]) == []
    assert next(requests) == []
    assert settled(requests, given[:1]) == ["x"] * 20
    assert len(next(requests)) > 0


def test_nonsense_is_told_after_what_came_before_it(pipe):
    """What was asked for in full is given out; then it is over."""
    reader, writer = pipe
    with ExitStack() as held:
        requests = Requests(reader, Frames(Places(3, 100, held), 100))
        writer.write((3).to_bytes(8, "big") + b"abc" + b"/srv/media/1.jpg")
        assert len(next(requests)) == 1
        with pytest.raises(StopIteration):
            next(requests)

    assert "standard input: request 2 claims a length" in str(requests.problem)


def test_a_descriptor_that_cannot_be_read_is_a_problem(tmp_path):
    """Such as a folder."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    requests = Requests(descriptor, Lines())
    with pytest.raises(StopIteration):
        next(requests)
    os.close(descriptor)

    assert str(requests.problem) == "standard input: Is a directory"


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_every_request_is_answered_then_the_problem_is_raised(engine, tmp_path):
    """By each engine, with real work, and with bytes in memory."""
    contents = [png(scene(number, 64, 48)) for number in range(12)]
    (tmp_path / "stream").write_bytes(
        b"".join(len(each).to_bytes(8, "big") + each for each in contents) + b"\0"
    )
    descriptor = os.open(tmp_path / "stream", os.O_RDONLY)
    answers = []
    with ExitStack() as held:
        places = Places(3, 10_000_000, held)
        config = ScanConfig(hashes=("md5", "pdq"), engine=engine, workers=2)
        work = prepare_work(config, held, in_memory=places.paths, gate=True)
        requests = Requests(descriptor, Frames(places, 10_000_000))
        error = pytest.raises(SourceError, match="request 13 ends after 1 of 8 bytes")
        with closing(answer(work, requests)) as found, error:
            answers.extend(found)
    os.close(descriptor)

    assert [name for name, _ in answers] == ["-"] * 12
    assert [records[0].size for _, records in answers] == list(map(len, contents))
    assert len({records[0].hashes["md5"] for _, records in answers}) == 12
