"""Servers on loopback: ports that are free, and waiting until somebody answers there."""

import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_PATIENCE = 60.0  # seconds


def free_ports(number: int, *, beside: int = 0) -> list[int]:
    """Return ports that are free now, as are those that are `beside` higher."""
    found: list[int] = []
    first = 20_000 + os.getpid() * 1009 % 10_000  # far from where a process beside this one looks
    for port in range(first, 50_000, 7):
        if all(_is_free(each) for each in {port, port + beside}):
            found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until something answers, whatever it says."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2000:])
