"""A hand-made server that speaks a little S3 and goes wrong in the way that the key names."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BODY = b"what the object holds, " * 4_000
ETAG = "0123456789abcdef"
NEVER = 30.0  # seconds for which a silent answer stays silent; clients give up long before
_DATE = "Sun, 01 Mar 2026 10:00:00 GMT"

_ERRORS = {
    "403": (403, "AccessDenied"),
    "404": (404, "NoSuchKey"),
    "500": (500, "InternalError"),
    "archived": (403, "InvalidObjectState"),
}
KEYS = (
    *("good", "503-then-ok", "no-answer", "cut-short", "cut-once", "stalled", "wrong-etag"),
    *_ERRORS,
)
"""The objects of its only bucket."""


class Faulty(ThreadingHTTPServer):
    """The server; `asked` counts GET requests by key."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.stop = threading.Event()

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on it: that is what it is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Faulty

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        key = self._key()
        self._answer(200 if key in KEYS else 404, b"", len(BODY), ETAG)

    def do_GET(self) -> None:
        if "list-type" in (query := parse_qs(urlsplit(self.path).query)):
            self._list(query.get("prefix", [""])[0])
            return
        key = self._key()
        self.server.asked[key] += 1
        first = self.server.asked[key] == 1
        start, end = self._span()
        part = BODY[start:end]
        if key in _ERRORS:
            self._error(*_ERRORS[key])
        elif key == "503-then-ok" and self.server.asked[key] <= 2:
            self._error(503, "SlowDown")
        elif key == "no-answer":
            self.server.stop.wait(NEVER)
            self.close_connection = True
        elif key in ("cut-short", "cut-once") and (first or key == "cut-short"):
            self._begin(206 if start else 200, len(part), ETAG)
            self.wfile.write(part[: len(part) // 2])
            self.close_connection = True
        elif key == "stalled":
            self._begin(206 if start else 200, len(part), ETAG)
            self.wfile.write(part[: len(part) // 2])
            self.wfile.flush()
            self.server.stop.wait(NEVER)
            self.close_connection = True
        elif key in KEYS:
            tag = "another" if key == "wrong-etag" else ETAG
            self._begin(206 if "Range" in self.headers else 200, len(part), tag)
            self.wfile.write(part)
        else:
            self._error(404, "NoSuchKey")

    def _key(self) -> str:
        """Return the key; a newline at its end makes it one that only boto3 can ask for."""
        return unquote(urlsplit(self.path).path).split("/", 2)[2].rstrip("\n")

    def _span(self) -> tuple[int, int]:
        asked = self.headers.get("Range", "bytes=0-").removeprefix("bytes=")
        first, _, last = asked.partition("-")
        return int(first), int(last) + 1 if last else len(BODY)

    def _list(self, prefix: str) -> None:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-03-01T10:00:00.000Z"
            f"</LastModified><ETag>&quot;{ETAG}&quot;</ETag><Size>{len(BODY)}</Size></Contents>"
            for key in sorted(KEYS)
            if key.startswith(prefix)
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._answer(200, text.encode(), None, None)

    def _error(self, status: int, code: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
        self._answer(status, text, None, None)

    def _answer(self, status: int, body: bytes, size: int | None, etag: str | None) -> None:
        self._begin(status, len(body) if size is None else size, etag)
        self.wfile.write(body)

    def _begin(self, status: int, size: int, etag: str | None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.send_header("Last-Modified", _DATE)
        if etag:
            self.send_header("ETag", f'"{etag}"')
        if status == 206:
            start, end = self._span()
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(BODY)}")
        self.end_headers()


@contextmanager
def running() -> Iterator[Faulty]:
    """Serve until the block ends."""
    server = Faulty()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        time.sleep(0.1)
        server.shutdown()
        thread.join()
        server.server_close()
