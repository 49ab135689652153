"""What crosses the pipes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.engines import protocol
from hashsweep.engines.base import Answer, Resumption
from hashsweep.model import Failure, Item

names = st.text(st.characters() | st.characters(categories=["Cs"]), min_size=1)
failures = st.none() | st.builds(Failure, st.text(), st.text(), st.text())
wires = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | names)
items = st.builds(
    Item,
    names,
    st.none() | st.integers(0, 2**63),
    st.none() | st.integers(-(2**63), 2**63),
    st.none() | st.text(),
    columns=st.none(),
    failure=failures,
    earlier=st.none() | st.lists(wires, min_size=1, max_size=2),
    version=st.none() | st.text(),
    md5=st.none() | st.binary(min_size=16, max_size=16),
    link=st.none() | names,
)


resumptions = st.builds(
    Resumption,
    st.integers(0, 9),
    st.dictionaries(st.integers(2, 99), st.builds(Failure, st.text(), st.text(), st.text())),
)


@given(
    serial=st.integers(0, 2**62),
    batch=st.lists(items, max_size=5),
    resumed=st.dictionaries(st.integers(0, 5), resumptions, max_size=2),
)
def test_a_batch_comes_through_unharmed(serial, batch, resumed):
    """Any name, also with lone surrogates and newlines, any numbers, any failure."""
    message = protocol.encode_batch(serial, batch, resumed)

    assert protocol.decode_batch(message) == (serial, batch, resumed)


def test_what_only_the_parent_needs_stays_with_it():
    """Columns of a source are not sent to workers."""
    message = protocol.encode_batch(3, [Item("/a", columns={"owner": "canary"})])

    assert b"canary" not in message
    assert protocol.decode_batch(message) == (3, [Item("/a")], {})


@given(serial=st.integers(0, 2**62), done=st.integers(0, 99), payload=st.binary())
def test_an_answer_comes_through_unharmed(serial, done, payload):
    """With what it says of items that are done, and of parts of the next one."""
    for ahead in (False, True)[not done :]:
        answer = Answer(done, payload, ahead)
        message = protocol.encode_answer(serial, answer)

        assert protocol.decode_answer(message) == (serial, answer)


@given(why=st.text())
def test_a_refusal_is_told_apart_from_answers(why):
    """It raises WorkerRefused with the worker's own text, as far as that is text."""
    with pytest.raises(protocol.WorkerRefused) as refusal:
        protocol.decode_answer(protocol.encode_refusal(why))

    assert str(refusal.value) == why.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "message",
    [b"", b"\xff", bytes(12), bytes(13), b"\1" * 12 + b"\2", bytes(12) + b"\2 and more"],
)
def test_junk_is_a_value_error(message):
    """What is no answer is refused: too short, of nothing, or with a flag that does not exist."""
    with pytest.raises(ValueError, match="not an answer"):
        protocol.decode_answer(message)


def test_messages_are_data():
    """Nothing that a worker sends can become code, and batches are JSON."""
    assert (
        protocol.encode_answer(1, Answer(2, b"{}")) == b"\1" + bytes(7) + b"\2" + bytes(4) + b"{}"
    )
    assert json.loads(protocol.encode_batch(1, [Item("/a", 2)])) == [1, [["/a", 2, None, None]]]
