"""Options about object stores."""

import click
import pytest

from hashsweep.commands.store_options import Shard


def test_shards():
    """The I-th of N, counted from 1; what is a pair already stays one."""
    kind = Shard()

    assert kind.convert("2/3", None, None) == (2, 3)
    assert kind.convert((2, 3), None, None) == (2, 3)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3"])
def test_no_such_shard(text):
    """The message shows what one looks like."""
    with pytest.raises(click.BadParameter, match="does not look like 1/4"):
        Shard().convert(text, None, None)
