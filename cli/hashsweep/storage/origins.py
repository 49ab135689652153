"""Web addresses: who serves one, and whether the user named that host. Knows no network.

What is compared here is what is connected to, so an address cannot mean one host to the check and
another to the client. Hosts are compared by name: what a name leads to is up to DNS.
"""

import re
from collections.abc import Collection
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import quote

from hashsweep.errors import ItemError

PORTS = {"https": 443, "http": 80}
"""Schemes of web addresses, with their default ports."""

_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_END = re.compile(r"[/?#]")
_LAST_PORT = 65_535
_SENT = "%/:=&?~+!$,;'@()*[]-._"  # in a path or query: what is sent as it is written


class Origin(NamedTuple):
    """Who serves an address. The host is in lower case, in ASCII (IDNA), without a last dot."""

    scheme: str
    host: str
    port: int

    @property
    def written(self) -> str:
        """Host and port, in the form that `is_allowed` compares."""
        return _join_port(self.host, self.port)

    @property
    def netloc(self) -> str:
        """Host and port as in an address; a default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def is_web(uri: str) -> bool:
    """Say whether this is the address of an object on a web server."""
    return uri.startswith(("https://", "http://"))


def origin_of(uri: str) -> Origin:
    """Return who serves an address.

    Raises ValueError, with a text for people, for one with a user or password, or without a host.
    """
    scheme, _, rest = uri.partition("://")
    netloc = _END.split(rest, maxsplit=1)[0]
    if "@" in netloc:
        raise ValueError("a web address with a user or password is not fetched")
    host, port = _split(netloc)
    return Origin(scheme, host, port or PORTS[scheme])


def target_of(uri: str) -> str:
    """Return what a server is asked for: path and query; what has to be is percent-encoded."""
    rest = uri.partition("://")[2].partition("#")[0]
    found = _END.search(rest)
    target = rest[found.start() :] if found else "/"
    target = target if target.startswith("/") else f"/{target}"
    return quote(target, safe=_SENT, errors="surrogateescape")


def read_host(text: str) -> str:
    """Return HOST or HOST:PORT in the form that `is_allowed` compares; raises ValueError."""
    host, port = _split(text)
    return _join_port(host, port)


def is_allowed(origin: Origin, hosts: Collection[str]) -> bool:
    """Say whether a host was named, by `read_host`: without a port the scheme's own is meant."""
    if origin.written in hosts:
        return True
    return origin.port == PORTS[origin.scheme] and _join_port(origin.host, None) in hosts


def check_allowed(uri: str, hosts: Collection[str], stage: str = "read") -> Origin:
    """Return who serves an address; raises ItemError unless the user named that host."""
    try:
        origin = origin_of(uri)
    except ValueError as error:
        raise ItemError(stage, "bad-name", str(error)) from None
    if not is_allowed(origin, hosts):
        raise ItemError(stage, "host-not-allowed", f"--allow-host does not name {origin.netloc}")
    return origin


def _split(netloc: str) -> tuple[str, int | None]:
    found = _NETLOC.fullmatch(netloc)
    if not found:
        raise ValueError("it names no host")
    port = int(found[2]) if found[2] else None
    if port is not None and not 1 <= port <= _LAST_PORT:
        raise ValueError("it names no port")
    return _plain(found[1]), port


def _plain(host: str) -> str:
    """Return a host in the one form in which it is compared and connected to."""
    if host.startswith("["):
        return IPv6Address(host[1:-1]).compressed
    try:
        name = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise ValueError("it names no host")
    return name


def _join_port(host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"
