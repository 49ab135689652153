"""Options about object stores."""

import click
import pytest

from hashsweep.commands.store_options import WEB_TIMEOUT, Host, Shard
from hashsweep.storage import options


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


def test_hosts():
    """Each in the one form in which hosts are compared; the default of their bound is one."""
    for text, host in (("CDN.example.", "cdn.example"), (" h:8443 ", "h:8443"), ("[::1]", "[::1]")):
        assert Host().convert(text, None, None) == host
    assert options.WEB_TIMEOUT == WEB_TIMEOUT


@pytest.mark.parametrize("text", ["https://h", "*.h", "u@h", "h/a", "h:0", ""])
def test_no_such_host(text):
    """No address, no pattern; the message shows what one looks like."""
    with pytest.raises(click.BadParameter, match=r"does not look like cdn\.example"):
        Host().convert(text, None, None)
