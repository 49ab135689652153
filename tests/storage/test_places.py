"""Places in memory that are used again and again."""

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

import pytest

from hashsweep.model import Item
from hashsweep.storage.local import LocalFile
from hashsweep.storage.memory import adopt
from hashsweep.storage.places import Places
from support import confined


@pytest.fixture
def held():
    with ExitStack() as stack:
        yield stack


def read(path, own):
    """What a worker reads that has adopted a place."""
    with LocalFile(Item(path), own) as file:
        return b"".join(file.chunks())


def test_what_was_adopted_before_is_read_whatever_is_put_there_later(held):
    """One opening serves all files to come, long ones and short ones."""
    places = Places(1, 1000, held)
    (path,) = places.paths
    own = adopt(path)
    for content in (b"first" * 100, b"2nd", b"the third"):
        assert places.take(len(content)) == path
        for at in range(0, len(content), 7):
            places.write(path, content[at : at + 7])
        assert read(path, own) == content
        places.give_back(path)
    assert os.stat(path).st_size == 0


def test_a_confined_process_reads_what_came_after_it_was_confined(held):
    """Though it may look into other processes no more, where the kernel sees to that."""
    places = Places(1, 1000, held)
    (path,) = places.paths
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        in_force = pool.submit(confined.adopt, path).result()
        for content in (b"came later", b"then this"):
            places.take(len(content))
            places.write(path, content)
            read, outcome = pool.submit(confined.read_adopted, path).result()
            assert read == content
            assert outcome == ("PermissionError" if "no-writing" in in_force else "done")
            places.give_back(path)


def test_each_place_holds_one_file_at_a_time(held):
    """As many at once as there are places; one that is given back is free again."""
    places = Places(2, 1000, held)
    taken = [places.take(1) for _ in range(3)]

    assert {*taken} == {*places.paths, None}
    places.give_back(taken[0])
    assert places.take(1) == taken[0]
    assert places.take(1) is None


def test_all_places_together_hold_no_more_than_one_may(held):
    """Memory is bounded by the largest file that is allowed, not by how many are on their way."""
    places = Places(3, 10, held)
    first = places.take(6)

    assert places.take(5) is None
    second = places.take(4)
    assert second is not None
    assert places.take(1) is None
    places.give_back(first)
    places.give_back("no place")
    assert places.take(6) is not None


def test_nobody_but_the_parent_may_write(held):
    """A worker that was taken over by one file cannot alter the next."""
    (path,) = Places(1, 10, held).paths

    assert os.stat(path).st_mode & 0o777 == 0o400


def test_they_go_with_their_owner():
    with ExitStack() as held:
        (path,) = Places(1, 10, held).paths
    assert not os.path.exists(path)
