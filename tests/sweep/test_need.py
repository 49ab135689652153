"""What an item needs."""

import itertools

import pytest

from hashsweep.model import Failure, Item
from hashsweep.sweep.need import need_of

MD5 = bytes(16)


@pytest.mark.parametrize(
    ("item", "hashes", "digest_only", "need"),
    [
        (Item("a"), {"md5", "pdq"}, False, "read"),
        (Item("a"), {"md5"}, False, "read"),
        (Item("a", md5=MD5), {"md5", "pdq"}, False, "read"),
        (Item("a", md5=MD5), {"md5"}, False, "stated"),
        (Item("a", md5=MD5), {"md5", "pdq"}, True, "stated"),
        (Item("a"), {"md5"}, True, "no-digest"),
        (Item("a", earlier=[{}]), {"md5"}, False, "known"),
        (Item("a", earlier=[{}], md5=MD5), {"md5"}, True, "known"),
        (Item("a", failure=Failure("list", "denied"), md5=MD5), {"md5"}, True, "failed"),
    ],
)
def test_need(item, hashes, digest_only, need):
    """Each need has its case."""
    assert need_of(item, hashes, digest_only=digest_only) == need


def test_nothing_is_read_where_reading_is_forbidden():
    """With `digest_only` no combination of what is known makes an item be read."""
    choices = itertools.product((None, Failure("list", "denied")), (None, [{}]), (None, MD5))
    for failure, earlier, md5 in choices:
        item = Item("a", failure=failure, earlier=earlier, md5=md5)

        assert need_of(item, {"md5", "pdq"}, digest_only=True) != "read"
