"""The note of what is in hand, and what a killed sweep leaves of it."""

import os

import pytest

from hashsweep.report.in_hand import MOST, InHand, Suspicion, Traces, head_of, read_traces


def ids(*numbers):
    """Ids of items."""
    return [bytes([number]) * 16 for number in numbers]


@pytest.fixture
def path(tmp_path):
    """A file with a beginning."""
    (tmp_path / "in-hand").write_bytes(head_of({ids(9)[0]: Suspicion(2, 1)}))
    return tmp_path / "in-hand"


def test_what_was_taken_and_not_given_back_is_in_hand(path):
    """However many there are at once; a place is used again."""
    noted = InHand(path)
    first, second = noted.take(ids(1, 2)), noted.take(ids(*range(10, 10 + MOST)))
    before = read_traces(path)
    noted.give_back(second)
    third = noted.take(ids(3), flush=True)
    after = read_traces(path)
    noted.close()

    assert before.in_hand == {*ids(1, 2), *ids(*range(10, 10 + MOST))}
    assert after.in_hand == {*ids(1, 2, 3)}
    assert (first, second, third) == (0, 1, 1)
    assert before.suspects == after.suspects == {ids(9)[0]: Suspicion(2, 1)}


def test_a_run_that_ends_leaves_nothing_in_hand(path):
    """Suspects stay."""
    noted = InHand(path)
    noted.take(ids(1))
    noted.clear()
    noted.close()

    assert read_traces(path) == Traces({ids(9)[0]: Suspicion(2, 1)})


def test_what_the_disk_refuses_is_not_noted(path):
    """And stops no sweep."""
    noted = InHand(path)
    os.close(noted._file)
    noted._file = os.open(path, os.O_RDONLY)
    noted.take(ids(1), flush=True)
    noted.clear()
    noted.close()

    assert read_traces(path).in_hand == set()


@pytest.mark.parametrize(
    "content", [b"", b"[]\n", b"{", b'{"x": [1, 2]}\n', b'{"00": 7}\n', b'{"00": [1]}\n', b"\xff\n"]
)
def test_a_damaged_note_is_none(tmp_path, content):
    """A reset may leave anything."""
    (tmp_path / "in-hand").write_bytes(content)

    assert read_traces(tmp_path / "in-hand") == Traces()
    assert read_traces(tmp_path / "nothing") == Traces()


def test_a_note_that_was_cut_off_is_read_as_far_as_it_goes(path):
    """Whole places count; a number that is too large is taken for the largest."""
    noted = InHand(path)
    noted.take(ids(1))
    noted.take(ids(2))
    noted.close()
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    cut = read_traces(path).in_hand
    start = content.index(b"\n") + 1
    path.write_bytes(content[:start] + b"\xff" * 4 + content[start + 4 :])

    assert cut == {*ids(1)}
    assert len(read_traces(path).in_hand) <= MOST + 1


def test_a_death_counts_for_what_was_in_hand():
    """Alone only if nothing else was, and then from the last death on."""
    one, other, far = ids(1, 2, 3)
    suspects = {one: Suspicion(1, 1), far: Suspicion(2, 1)}

    assert Traces(suspects, frozenset([one])).after_death() == {
        one: Suspicion(2, 2), far: Suspicion(2, 1),
    }  # fmt: skip
    assert Traces(suspects, frozenset([one, other])).after_death() == {
        one: Suspicion(2, 0), other: Suspicion(1, 0), far: Suspicion(2, 1),
    }  # fmt: skip
    assert Traces(suspects).after_death() == suspects
