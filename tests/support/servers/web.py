"""Web servers that serve an object, send elsewhere, or keep a client waiting, as the path says."""

import datetime
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DRIP = 0.1  # seconds between two bytes of a server that sends as little as it can
_DATE = "Sun, 01 Mar 2026 10:00:00 GMT"


class WebServer(ThreadingHTTPServer):
    """Serves `content` at /object; `asked` counts the requests by path.

    /to?ADDRESS redirects to ADDRESS, /loop to itself, /status/N answers with N, /busy-once with 503
    at first. /drip and /drip-headers send a byte at a time, /short ends early, /unknown does not
    say how long it is, /endless says a number that is none. It answers as a proxy, too. `headers`
    are those of the last request.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, content: bytes, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.asked: Counter[str] = Counter()
        self.headers: dict[str, str] = {}
        self.stop = threading.Event()
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def host(self) -> str:
        """Host and port, as `--allow-host` takes them."""
        return f"127.0.0.1:{self.server_address[1]}"

    def at(self, path: str) -> str:
        """The address of a path."""
        return f"{self.scheme}://{self.host}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on it: that is what it is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked[path] += 1
        self.server.headers = dict(self.headers)
        content = self.server.content
        if path == "/to":
            self._begin(302, 0, Location=query)
        elif path == "/loop":
            self._begin(301, 0, Location="/loop")
        elif path.startswith("/status/"):
            self._begin(int(path.rpartition("/")[2]), 0)
        elif path == "/busy-once" and self.server.asked[path] == 1:
            self._begin(503, 0)
        elif path == "/drip":
            self._begin(200, len(content))
            self._drip(content)
        elif path == "/drip-headers":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 10_000)
        elif path == "/short":
            self._begin(200, len(content) + 1)
            self.wfile.write(content)
        elif path in ("/endless", "/unknown"):
            self._begin(200, None, **{"Content-Length": "9" * 5_000} if path == "/endless" else {})
            self.wfile.write(content)
        elif path in ("/object", "/busy-once") or path.startswith("http://"):
            self._begin(200, len(content))
            self.wfile.write(content)
        else:
            self._begin(404, 0)
        self.close_connection = True

    def do_CONNECT(self) -> None:
        self.server.asked[self.path] += 1
        self._begin(403, 0)
        self.close_connection = True

    def _drip(self, content: bytes) -> None:
        with suppress(OSError):
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.stop.wait(DRIP):
                    return

    def _begin(self, status: int, size: int | None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.send_header("Last-Modified", _DATE)
        self.send_header("ETag", '"tag"')
        self.end_headers()


def certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate of 127.0.0.1, `folder`/server.pem; return what a server needs."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@contextmanager
def serving(content: bytes, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Serve until the block ends."""
    server = WebServer(content, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
