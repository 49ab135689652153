"""What crosses the pipes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.engines import protocol
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


@given(serial=st.integers(0, 2**62), batch=st.lists(items, max_size=5))
def test_a_batch_comes_through_unharmed(serial, batch):
    """Any name, also with lone surrogates and newlines, any numbers, any failure."""
    assert protocol.decode_batch(protocol.encode_batch(serial, batch)) == (serial, batch)


def test_what_only_the_parent_needs_stays_with_it():
    """Columns of a source are not sent to workers."""
    message = protocol.encode_batch(3, [Item("/a", columns={"owner": "canary"})])

    assert b"canary" not in message
    assert protocol.decode_batch(message) == (3, [Item("/a")])


@given(
    serial=st.integers(0, 2**62),
    results=st.lists(st.lists(wires, min_size=1, max_size=3), max_size=5),
)
def test_results_come_through_unharmed(serial, results):
    """Every item's list of plain values, in order."""
    assert protocol.decode_results(protocol.encode_results(serial, results)) == (serial, results)


@given(why=st.text())
def test_a_refusal_is_told_apart_from_results(why):
    """It raises WorkerRefused with the worker's own text."""
    with pytest.raises(protocol.WorkerRefused) as refusal:
        protocol.decode_results(protocol.encode_refusal(why))

    assert str(refusal.value) == why


@pytest.mark.parametrize(
    "message",
    [
        b"", b"\xff", b"no JSON", b"[1, []", b"null", b"5", b"{}", b"[]", b"[1]", b"[1, [], 2]",
        b'["1", []]', b"[null, []]", b"[1.5, []]", b"[1, {}]", b"[1, [5]]", b"[1, [{}]]",
        b"[1, [[]]]", b"[1, [[5]]]", b'[1, [[{}], "x"]]', b"[1, [[{}, null]]]",
    ],
)  # fmt: skip
def test_junk_is_a_value_error(message):
    """What is not a result message is refused, never half taken."""
    with pytest.raises(ValueError):  # noqa: PT011 - json and this module each have their texts
        protocol.decode_results(message)


def test_messages_are_json():
    """Nothing that a worker sends can become code."""
    assert json.loads(protocol.encode_results(1, [[{"a": 1}]])) == [1, [[{"a": 1}]]]
    assert json.loads(protocol.encode_batch(1, [Item("/a", 2)])) == [
        1, [["/a", 2, *[None] * 8]],
    ]  # fmt: skip
