"""Whose a web address is, and whether that host was named."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ItemError
from hashsweep.storage.origins import (
    Origin,
    check_allowed,
    is_allowed,
    is_web,
    origin_of,
    read_host,
    target_of,
)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://h/a", ("https", "h", 443)),
        ("http://h/a", ("http", "h", 80)),
        ("https://h:8443/a", ("https", "h", 8443)),
        ("https://h:/a", ("https", "h", 443)),
        ("https://CDN.Example./a", ("https", "cdn.example", 443)),
        ("https://bücher.example/a", ("https", "xn--bcher-kva.example", 443)),
        ("https://XN--BCHER-KVA.example/a", ("https", "xn--bcher-kva.example", 443)),
        ("http://[::1]:80/a", ("http", "::1", 80)),
        ("http://[0:0:0:0:0:0:0:1]/a", ("http", "::1", 80)),
        ("https://h?x=@evil.example", ("https", "h", 443)),
        ("https://h#@evil.example/", ("https", "h", 443)),
    ],
)
def test_whose_an_address_is(uri, origin):
    """One form for what is written in many ways."""
    assert origin_of(uri) == origin


@pytest.mark.parametrize(
    "uri",
    [
        *("https://user:pass@h/a", "https://user@h/a", "https://@h/a", r"https://h\@evil/a"),
        *("https:///a", "https://:80/a", "https://h:0/a", "https://h:65536/a", "https://h:x/a"),
        *("https://h h/a", "https://h\t/a", "https://h\n/a", "https://h%2eexample/a", "https://./"),
        *("https://a..b/a", "https://[::1/a", "https://[::1]x/a", "https://[1.2.3.4]/a"),
        *("https://" + "a" * 64 + ".example/", "https://h\0/a", r"https://h\evil.example/a"),
    ],
)
def test_what_is_nobodys(uri):
    """A password, or no host that could be compared: refused, whatever was allowed."""
    with pytest.raises(ValueError, match=r"."):
        origin_of(uri)
    with pytest.raises(ItemError, match="bad-name"):
        check_allowed(uri, ["h", "evil", "evil.example"])


@pytest.mark.parametrize(
    ("uri", "hosts", "allowed"),
    [
        ("https://h/a", [], False),
        ("https://h/a", ["h"], True),
        ("http://h/a", ["h"], True),
        ("https://h/a", ["H."], True),
        ("https://h/a", ["h:443"], True),
        ("http://h/a", ["h:443"], False),
        ("https://h:8443/a", ["h"], False),
        ("https://h:8443/a", ["h:8443"], True),
        ("https://x.h/a", ["h"], False),
        ("https://h.evil/a", ["h"], False),
        ("https://127.1/a", ["127.0.0.1"], False),
        ("https://bücher.example/a", ["xn--bcher-kva.example"], True),
        ("http://[::1]/a", ["[0::1]"], True),
        ("http://[::1]:81/a", ["[::1]:81"], True),
    ],
)
def test_what_is_allowed(uri, hosts, allowed):
    """The very host; without a port, the scheme's own."""
    assert is_allowed(origin_of(uri), [read_host(host) for host in hosts]) is allowed


@pytest.mark.parametrize("text", ["", "*", "*.example", "https://h", "h/a", "u@h", "h:0", ":80"])
def test_what_cannot_be_named(text):
    """No patterns, no addresses."""
    with pytest.raises(ValueError, match="it names no"):
        read_host(text)


@given(st.text(max_size=40))
def test_no_address_means_two_hosts(rest):
    """Whatever is written: an origin that is told is the one that a parser of URLs sees."""
    uri = f"https://{rest}"
    try:
        origin = origin_of(uri)
    except ValueError:
        return
    seen = urlsplit(uri).hostname
    assert origin.host == read_host(f"[{seen}]" if ":" in seen else seen).strip("[]")
    assert origin_of(f"https://{origin.netloc}/") == origin
    assert Origin(*origin).written.rpartition(":")[2] == str(origin.port)


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("https://h", "/"),
        ("https://h?a=b", "/?a=b"),
        ("https://h/a b/%41?x=/y&z=%20#f", "/a%20b/%41?x=/y&z=%20"),
        ("https://h/ü\udcff\r\nX: y", "/%C3%BC%FF%0D%0AX:%20y"),
    ],
)
def test_what_a_server_is_asked_for(uri, target):
    """As it is written, and nothing in it ends the line."""
    assert target_of(uri) == target


def test_which_addresses_are_of_the_web():
    """Buckets and paths are not."""
    assert is_web("https://h/a")
    assert is_web("http://h/a")
    assert not any(map(is_web, ("s3://b/k", "/https://h", "HTTPS://h/a", "")))
