"""Objects of web servers: of hosts that were named, from one origin, within one bound of time.

A server here may be anybody's, so it is asked by a client whose every wait is bounded. Its answers
are not trusted: redirects to another scheme, host or port are refused, and so is a body of another
length than was announced. Knows no store.
"""

import base64
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from email.utils import parsedate_to_datetime
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import (  # type: ignore[attr-defined]
    getproxies_environment,
    proxy_bypass_environment,
)

from hashsweep.errors import ItemError
from hashsweep.storage.facts import CHUNK, Facts, token
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.origins import Origin, check_allowed, origin_of, target_of

REDIRECTS = 5
"""Redirects within one origin that are followed for one object, at most."""

_CONNECT = 5.0  # seconds for each address of a host, at most
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0  # seconds before another try; doubled each time
_REDIRECTED = (301, 302, 303, 307, 308)
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_REASONS = {401: "denied", 403: "denied", 404: "gone", 410: "gone"}
_DETAILS = {"denied": "the server refuses access", "gone": "the server has no such object"}
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "hashsweep", "Connection": "close"}
_LENGTH = re.compile(r"[0-9]{1,18}")
_ERRORS = (OSError, http.client.HTTPException)

_T = TypeVar("_T")


class Clock:
    """The time that is left for one object, in seconds; `silence` bounds each single wait."""

    def __init__(self, whole: float, silence: float) -> None:
        """Start now."""
        self._end = time.monotonic() + whole
        self._silence = silence

    def seconds_left(self, most: float | None = None) -> float:
        """Return how long may be waited now, more than 0; raises TimeoutError if it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._silence, left if most is None else most)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._end


class Web:
    """Reads what is at web addresses. Raises ItemError for all errors of servers and network."""

    def __init__(self, options: StoreOptions) -> None:
        """Keep the options; connects to nothing yet."""
        self._options = options

    def facts(self, uri: str) -> Facts:
        """Return what the server says about an object; its bytes are not read.

        It is asked for by GET: an address with a permission may allow nothing else.
        """
        return self.fetch(uri, lambda facts, _: facts)

    def chunks(self, uri: str, size: int) -> Iterator[bytes]:
        """Yield an object of `size` bytes by CHUNK; one that breaks off is not asked for again."""
        clock = self._new_clock()
        try:
            with closing(self._answer(uri, clock)) as answer:
                if (facts := _facts(uri, answer)).size != size:
                    raise ItemError("read", "changed")
                yield from _read(answer, facts.size)
        except _ERRORS as error:
            raise _translate(error, clock)[0] from None
        except _BusyError as error:
            raise error.failure from None

    def fetch(self, uri: str, take: Callable[[Facts, Iterator[bytes]], _T]) -> _T:
        """Return what `take` makes of an object's facts and bytes.

        It is called again, with the object from its start, where the server breaks off or is busy.
        All tries together last no longer than the option `web_timeout`.
        """
        clock, wait = self._new_clock(), _FIRST_WAIT
        for tries_left in range(self._options.retries, -1, -1):
            try:
                with closing(self._answer(uri, clock)) as answer:
                    facts = _facts(uri, answer)
                    return take(facts, _read(answer, facts.size))
            except _ERRORS as error:
                failed, is_lasting = _translate(error, clock)
            except _BusyError as error:
                failed, is_lasting = error.failure, False
            if is_lasting or not tries_left:
                raise failed
            with suppress(TimeoutError):
                time.sleep(clock.seconds_left(wait))
            wait = min(wait * 2, _LONGEST_WAIT)
            if clock.is_over:
                raise _translate(TimeoutError(), clock)[0]
        raise AssertionError("unreachable")

    def _new_clock(self) -> Clock:
        return Clock(self._options.web_timeout, self._options.timeout)

    def _answer(self, uri: str, clock: Clock) -> "_Answer":
        """Ask for an object, also where its own origin says that it has moved."""
        origin = check_allowed(uri, self._options.allow_hosts)
        target = target_of(uri)
        for _ in range(REDIRECTS + 1):
            answer = _Answer(origin, target, clock, self._tls)
            if answer.status == http.client.OK:
                return answer
            with closing(answer):
                if answer.status not in _REDIRECTED:
                    raise _refusal(answer.status)
                target = _follow(origin, target, answer.headers.get("Location", ""))
        raise ItemError("read", "redirected", f"more than {REDIRECTS} times")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.sslsocket_class = _BoundedTls
        return context


class _BusyError(Exception):
    """A server that may answer when it is asked again."""

    def __init__(self, failure: ItemError) -> None:
        super().__init__()
        self.failure = failure


def _refusal(status: int) -> Exception:
    reason = _REASONS.get(status, "io-error")
    failed = ItemError("read", reason, _DETAILS.get(reason, f"the server answers with {status}"))
    return _BusyError(failed) if status in _BUSY else failed


def _follow(origin: Origin, target: str, location: str) -> str:
    """Return what to ask for next; raises ItemError if it is not this origin that has it."""
    try:
        there = urljoin(f"{origin.scheme}://{origin.netloc}{target}", location)
        next_origin = origin_of(there)
    except (ValueError, KeyError):
        next_origin = None
    if not location or next_origin is None:
        raise ItemError("read", "redirected", "to nothing that can be fetched")
    if next_origin != origin:
        raise ItemError("read", "redirected", "to another scheme, host or port")
    return target_of(there)


def _facts(uri: str, answer: "_Answer") -> Facts:
    length = answer.headers.get("Content-Length", "")
    if not _LENGTH.fullmatch(length):
        raise ItemError("read", "io-error", "the server does not say how many bytes it sends")
    mtime_ns = None
    with suppress(ValueError, TypeError, OverflowError):
        modified = parsedate_to_datetime(answer.headers.get("Last-Modified", ""))
        mtime_ns = int(modified.timestamp()) * 1_000_000_000
    return Facts(uri, int(length), mtime_ns, token(answer.headers.get("ETag")))


def _read(answer: "_Answer", size: int) -> Iterator[bytes]:
    """Yield a body of `size` bytes; raises ConnectionError if there are fewer."""
    left = size
    while left:
        chunk = answer.read(min(left, CHUNK))
        if not chunk:
            raise ConnectionError("fewer bytes than announced")
        left -= len(chunk)
        yield chunk


def _translate(error: Exception, clock: Clock) -> tuple[ItemError, bool]:
    """Return an error of the network as an item's, and whether another try is of no use."""
    if isinstance(error, TimeoutError) or clock.is_over:
        over = "the whole object takes longer than --web-timeout"
        silent = "the server did not answer, or stopped in the middle"
        return ItemError("read", "timeout", over if clock.is_over else silent), clock.is_over
    if isinstance(error, ssl.SSLCertVerificationError):
        return ItemError("read", "io-error", "the server's certificate cannot be trusted"), True
    if isinstance(error, socket.gaierror):
        return ItemError("read", "io-error", "DNS does not know the server's name"), False
    if isinstance(error, ConnectionRefusedError):
        return ItemError("read", "io-error", "nothing answers at the server's address"), False
    return ItemError("read", "io-error", "the server or the network failed"), False


class _Answer:
    """A server's answer to one request; raises OSError or HTTPException."""

    def __init__(self, origin: Origin, target: str, clock: Clock, tls: ssl.SSLContext) -> None:
        """Connect, ask, and read the headers."""
        self._connection = _Connection(origin, clock, tls)
        with ExitStack() as stack:
            stack.callback(self._connection.close)
            headers = {**_HEADERS, **self._connection.more}
            self._connection.request("GET", self._connection.at + target, headers=headers)
            self._response = self._connection.getresponse()
            stack.pop_all()  # it stays open
        self.status, self.headers = self._response.status, self._response.headers

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes of the body, fewer only at its end."""
        return self._response.read(size)

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to an origin, through the proxy that the environment names, if any."""

    def __init__(self, origin: Origin, clock: Clock, tls: ssl.SSLContext) -> None:
        """Connect later; `at` goes before the path in a request, `more` are headers for it."""
        self._clock, self._origin = clock, origin
        self._tls = tls if origin.scheme == "https" else None
        self.at, self.more = "", dict[str, str]()
        host, port = origin.host, origin.port
        proxy, headers = _proxy_of(origin)
        if proxy:
            host, port = proxy
        super().__init__(host, port)
        self._is_tunnel = bool(proxy) and self._tls is not None
        if self._is_tunnel:
            self.set_tunnel(origin.host, origin.port, headers)
        elif proxy:
            self.at, self.more = f"http://{origin.netloc}", headers

    def connect(self) -> None:
        """Connect, each wait within the clock."""
        self.sock = _dial(self.host, self.port, self._clock)
        if self._is_tunnel:
            self._tunnel()  # type: ignore[attr-defined]
        if self._tls:
            self.sock.settimeout(self._clock.seconds_left())
            wrapped = self._tls.wrap_socket(self.sock, server_hostname=self._origin.host)
            wrapped.clock = self._clock  # type: ignore[attr-defined]
            self.sock = wrapped


def _proxy_of(origin: Origin) -> tuple[tuple[str, int] | None, dict[str, str]]:
    """Return host and port of the proxy for an origin, and the headers that it wants.

    Raises ItemError for one that cannot be used.
    """
    named = getproxies_environment().get(origin.scheme)
    if not named or proxy_bypass_environment(origin.host):
        return None, {}
    parts = urlsplit(named if "://" in named else f"http://{named}")
    headers = {}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    try:
        return (parts.hostname or "", parts.port or 80), headers
    except ValueError:
        raise ItemError("read", "io-error", "the environment names no proxy's port") from None


def _dial(host: str, port: int, clock: Clock) -> socket.socket:
    """Return a socket that is connected to a host; every later wait is within the clock."""
    last: OSError = socket.gaierror("no address")
    for family, kind, number, _, address in _resolve(host, port, clock):
        found = _BoundedSocket(family, kind, number)
        found.clock = clock
        try:
            found.settimeout(clock.seconds_left(_CONNECT))
            found.connect(address)
        except OSError as error:
            found.close()
            last = error
        else:
            return found
    raise last


def _resolve(host: str, port: int, clock: Clock) -> list[Any]:
    """Return a host's addresses; a resolver that does not answer is left behind."""
    found: SimpleQueue[list[Any] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else socket.gaierror("bad name"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=clock.seconds_left())
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer


class _Bounded:
    """What reads and writes of a socket have in common: they wait as long as its clock allows."""

    clock: Clock | None = None

    def recv_into(self, *args: Any, **options: Any) -> int:
        """Read; raises TimeoutError when the time is over."""
        self._wind()
        return super().recv_into(*args, **options)  # type: ignore[misc,no-any-return]

    def sendall(self, *args: Any, **options: Any) -> None:
        """Write; raises TimeoutError when the time is over."""
        self._wind()
        super().sendall(*args, **options)  # type: ignore[misc]

    def _wind(self) -> None:
        if self.clock:
            self.settimeout(self.clock.seconds_left())  # type: ignore[attr-defined]


class _BoundedSocket(_Bounded, socket.socket):
    pass


class _BoundedTls(_Bounded, ssl.SSLSocket):
    pass
