"""Parts of a sweep for several machines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.sources.shards import in_shard


@given(
    uris=st.lists(st.text(st.characters() | st.characters(categories=["Cs"]))), n=st.integers(2, 9)
)
def test_each_uri_is_in_one_part(uris, n):
    """Every name, also one that is not UTF-8, is in exactly one of the parts."""
    parts = [in_shard((i, n)) for i in range(1, n + 1)]
    for uri in (
        uri for uri in uris if all(ord(c) < 0xD800 or 0xDC80 <= ord(c) <= 0xDCFF for c in uri)
    ):
        assert [is_mine(uri) for is_mine in parts].count(True) == 1


@pytest.mark.parametrize("shard", [None, (1, 1)])
def test_one_part_is_all(shard):
    """Then nothing has to be asked."""
    assert in_shard(shard) is None


def test_parts_are_even_and_stable():
    """They hold about as much each, and the same names on every machine and in every release."""
    counts = [sum(map(in_shard((i, 4)), map(str, range(4_000)))) for i in range(1, 5)]

    assert sum(counts) == 4_000
    assert min(counts) > 900
    assert [name for name in "abcdefgh" if in_shard((1, 4))(name)] == ["g", "h"]
