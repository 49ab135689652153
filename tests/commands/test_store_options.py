"""Options about object stores."""

import click
import pytest

from hashsweep.commands.store_options import WEB_TIMEOUT, Host
from hashsweep.storage import options


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
