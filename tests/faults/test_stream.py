"""`hashsweep check --stream` and files that crash, hang or gorge: one verdict each, in order."""

import subprocess

import pytest

from support.commands import COMMAND
from support.faulty_hashers import MARK, SIZE

FATES = {
    "segfault": "failed: work: crashed",
    "exit 0": "failed: work: crashed",
    "sleeps": "failed: work: timeout",
    "sigkill": "failed: work: killed",
    "eats": "failed: read: out-of-memory",
    "harmless": "clean: ",
    "also harmless": "clean: ",
}


@pytest.mark.parametrize("mode", ["paths", "bytes"])
def test_every_request_has_its_own_answer(plugged, tmp_path, mode):
    """Whatever one does to its worker, all others are answered, and in the order of requests."""
    (tmp_path / "list.csv").write_text(f"entry_id,trap\na,{'01' * SIZE}\n")
    order = ["sleeps", *["harmless", "also harmless"] * 5, "segfault", "harmless", "sigkill"]
    order += ["harmless"] * 20 + ["eats", "segfault", "exit 0", "also harmless", "harmless"]
    requests = b""
    for name in order:
        content = name.encode() if "harmless" in name else MARK + name.encode()
        (tmp_path / name).write_bytes(content)
        as_bytes = len(content).to_bytes(8, "big") + content
        requests += as_bytes if mode == "bytes" else f"{name}\n".encode()
    done = subprocess.run(
        [*COMMAND, "check", "--stream", "--list", "csv:list.csv", "-j", "2", "--timeout", "3",
         "--max-memory", "400M", *(["--length-prefixed"] if mode == "bytes" else [])],
        input=requests, cwd=tmp_path, env=plugged, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    answers = [line.split("\t") for line in done.stdout.decode().splitlines()]

    assert (done.stderr, done.returncode) == (b"", 4)
    assert [f"{verdict}: {''.join(why)}" for verdict, _, *why in answers] == [
        FATES[name] for name in order
    ]
    names = ["-"] * len(order) if mode == "bytes" else order
    assert [name for _, name, *_ in answers] == names
