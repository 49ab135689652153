"""A server on loopback that speaks Azure Blob Storage and checks every signature: Azurite.

It is a package of npm (azurite@3.37.0); HASHSWEEP_AZURITE names its program, or it is on PATH.
"""

import base64
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import obstore
from obstore.store import AzureStore
from pyarrow.fs import AzureFileSystem

from support.servers.ports import free_ports, wait_for

ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(b"a key that these tests alone have made up, for nothing else").decode()
PROGRAM = os.environ.get("HASHSWEEP_AZURITE") or shutil.which("azurite-blob")
"""The program, None where there is none."""

_numbers = count()


@dataclass(frozen=True)
class Azure:
    """The running server."""

    at: str

    @property
    def endpoint(self) -> str:
        """The URL of the account."""
        return f"http://{self.at}/{ACCOUNT}"

    def environment(self, key: str = KEY) -> dict[str, str]:
        """Return what leads a process to this server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        return kept | {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": key,
            "AZURE_STORAGE_ENDPOINT": self.endpoint,
        }

    def container(self) -> str:
        """Make a new container and return its name."""
        name = f"container-{os.getpid()}-{next(_numbers)}"
        files = AzureFileSystem(
            ACCOUNT,
            account_key=KEY,
            blob_storage_authority=self.at,
            dfs_storage_authority=self.at,
            blob_storage_scheme="http",
            dfs_storage_scheme="http",
        )
        files.create_dir(name)
        return name

    def store(self, container: str) -> AzureStore:
        """Return the container as obstore sees it."""
        return AzureStore(
            container,
            account_name=ACCOUNT,
            account_key=KEY,
            endpoint=self.endpoint,
            client_options={"allow_http": True},
        )

    def put(self, container: str, blobs: dict[str, bytes]) -> None:
        """Write blobs."""
        for name, content in blobs.items():
            obstore.put(self.store(container), name, content)


@contextmanager
def running(folder: Path) -> Iterator[Azure]:
    """Start the server and end it."""
    assert PROGRAM
    (port,) = free_ports(1)
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(PROGRAM, "--blobHost", "127.0.0.1", "--blobPort", str(port)),
                *("--location", str(folder), "--silent", "--disableTelemetry"),
                "--skipApiVersionCheck",
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/", process, log)
        yield Azure(f"127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
