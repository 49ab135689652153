"""Hashes of lists and credentials are found nowhere but where they were put."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from functools import cache
from pathlib import Path

import pytest

from support import list_samples
from support.commands import COMMAND, run_here
from support.drawings import jpeg, scene
from support.proc import descendants
from support.thoroughness import EXHAUSTIVE, some

FILES = 200 if EXHAUSTIVE else 60
KEY = os.urandom(32).hex()
CREDENTIAL = "canary-" + os.urandom(16).hex()
ENVIRONMENT = os.environ | {"HASHSWEEP_REPORT_KEY": KEY, "AWS_SECRET_ACCESS_KEY": CREDENTIAL}


def forms(digest):
    """A hash as it might be written: hex in either case, base64, raw."""
    return [
        digest.hex().encode(),
        digest.hex().upper().encode(),
        base64.b64encode(digest)[:-2],
        digest,
    ]


@cache
def picture(seed):
    """A small JPEG."""
    return jpeg(scene(seed, 160, 120))


@pytest.fixture
def media(tmp_path):
    """Files of which one is listed, and one that is slow enough to be watched."""
    folder = tmp_path / "media"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.jpg").write_bytes(picture(number % 5) + bytes([number]))
    return folder


@pytest.fixture
def canaries(tmp_path):
    """A list: rows that match nothing, rows that are refused; and the hashes on it."""
    hashes = [os.urandom(size) for size in (16, 20, 32, 32, 32)]
    md5, sha1, sha256, pdq, odd = (each.hex() for each in hashes)
    rows = [
        "entry_id,md5,sha1,sha256,pdq,pdq_quality",
        f"whole,{md5},{sha1},{sha256},{pdq},90",
        f"too long,{md5}{odd},,,,",
        f"no hex,g{md5[1:]},,,,",
        f"bad quality,,,,{odd},1000",
        f"other column,{odd},,,,",
        f"shifted,,{md5},{sha1},,",
    ]
    path = tmp_path / "canary.csv"
    path.write_text("\n".join(rows) + "\n")
    return path, [form for each in hashes for form in forms(each)] + [md5[1:].encode()]


def watched(words, folder, **options):
    """Run a command; return (status, what it wrote, what `ps` could show of it meanwhile)."""
    seen = set()
    ended = threading.Event()
    with subprocess.Popen(
        [*COMMAND, *map(str, words)], cwd=folder, env=ENVIRONMENT, text=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    ) as process:  # fmt: skip

        def watch():
            while not ended.wait(0.01):
                for pid in (process.pid, *descendants(process.pid)):
                    for name in ("cmdline", "comm"):
                        try:
                            seen.add(Path(f"/proc/{pid}/{name}").read_bytes())
                        except OSError:
                            continue

        watcher = threading.Thread(target=watch)
        watcher.start()
        out, err = process.communicate(timeout=120)
        ended.set()
        watcher.join()
    return process.returncode, out + err, b"\n".join(seen)


def everything_in(folder):
    """The bytes of all files below a folder, compressed ones decompressed by their reader."""
    import pyarrow.parquet as pq

    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for path in folder.rglob("*.parquet"):
        if path.read_bytes()[-4:] == b"PAR1":
            found.append(repr(pq.read_table(path).to_pylist()).encode("utf-8", "replace"))
    return b"\n".join(found)


COMMANDS = {
    "scan": ("scan", "media", "--list", "canary.csv", "-o", "report", "--log-file", "log"),
    "scan encrypted": ("scan", "media", "--list", "canary.csv", "-o", "report", "--encrypt"),
    "scan strict": ("scan", "media", "--list", "canary.csv", "-o", "report", "--strict"),
    "scan serial": (
        *("scan", "media", "--list", "canary.csv", "-o", "report", "--engine", "serial"),
        *("--json", "--hash", "all"),
    ),
    "scan as text": ("scan", "media", "--list", "sha256:canary.csv", "-o", "report"),
    "scan as xml": ("scan", "media", "--list", "ncmec:canary.csv", "-o", "report"),
    "scan as json": ("scan", "media", "--list", "vics:canary.csv", "-o", "report"),
    "check": ("check", "media/1.jpg", "--list", "canary.csv"),
    "check json": ("check", "media/1.jpg", "--list", "canary.csv", "--json"),
    "inspect": ("lists", "inspect", "canary.csv"),
    "inspect json": ("lists", "inspect", "canary.csv", "--json"),
    "import": ("lists", "import", "canary.csv", "-o", "report", "--strict"),
    "diff": ("lists", "diff", "canary.csv", "canary.csv", "--ids"),
}


@pytest.mark.parametrize("name", some(COMMANDS, {"scan", "check", "import", "diff"}))
def test_no_command_tells_a_hash_of_a_list(name, media, canaries, tmp_path):
    """Not on the terminal, in `ps`, in the log or in the report; nor the key or a credential."""
    path, secrets = canaries
    secrets = [*secrets, KEY.encode(), bytes.fromhex(KEY), CREDENTIAL.encode()]
    _, told, shown = watched(COMMANDS[name], tmp_path)
    path.unlink()
    left = everything_in(tmp_path)

    assert told
    assert b"hashsweep" in shown
    for secret in secrets:
        assert secret not in told
        assert secret not in shown
        assert secret not in left


def test_workers_do_not_have_the_key(media, canaries, tmp_path):
    """What decodes hostile files inherits no key."""
    environments = {}
    with subprocess.Popen(
        [*COMMAND, "scan", media, "--hash", "all", "--encrypt", "-o", tmp_path / "report", "-q"],
        env=ENVIRONMENT, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while process.poll() is None:
            for pid in descendants(process.pid):
                try:
                    if b"scan" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                        continue  # between fork and exec: still a copy of the command itself
                    environments[pid] = Path(f"/proc/{pid}/environ").read_bytes()
                except OSError:
                    continue
    told = json.loads((tmp_path / "report/sweep.json").read_text())

    assert process.returncode == 0
    assert told["encrypted"]
    assert len(environments) > 2
    assert [pid for pid, each in environments.items() if KEY.encode() in each] == []


def writable_memory(pid):
    """All bytes of a process that it can write to, as far as they can be read."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            ends, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(each, 16) for each in ends.split("-"))
            with contextlib.suppress(OSError):
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"".join(found)


def looked_at(process, processes, times=5):
    """What the other processes of a command have, looked at several times when all are there.

    By number: (command line, environment, whether it may leave a core, whether the canary is in
    its memory). Meanwhile the command stands still, so that it does not end before all were seen.
    """
    seen = {}
    while process.poll() is None:
        time.sleep(0.01)
        if times and len(descendants(process.pid)) >= processes:
            times -= 1
            process.send_signal(signal.SIGSTOP)
            for pid in descendants(process.pid):
                with contextlib.suppress(OSError):  # it has just ended
                    seen[pid] = look_at(pid, seen.get(pid))
            process.send_signal(signal.SIGCONT)
    return {pid: found for pid, found in seen.items() if found}


def look_at(pid, before):
    """What one process has; None while it is still a copy of the command itself."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    if not command or {b"scan", b"lists"} & set(command.split(b"\0")):
        return None
    limits = Path(f"/proc/{pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if "core file" in line)
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    has = CANARY in writable_memory(pid)
    return command, environment, core.split()[4:6], has or bool(before and before[3])


CANARY = f"canary-{os.urandom(12).hex()}".encode()


@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_secrets_are_in_no_process_but_those_that_fetch(seaweed, media, tmp_path, where):
    """In no environment and in no memory that can be written; and no process leaves a core."""
    environment = seaweed.environment() | {"DATABASE_PASSWORD": CANARY.decode()}
    source = str(media)
    if where == "bucket":
        name = seaweed.bucket()
        seaweed.put(name, {path.name: path.read_bytes() for path in media.iterdir()})
        source = f"s3://{name}"
        environment["AWS_SESSION_TOKEN_OF_ANOTHER_TOOL"] = CANARY.decode()
    with subprocess.Popen(
        [*COMMAND, "scan", source, "--hash", "all", "-j", "2", "-o", tmp_path / "report", "-q"],
        env=environment, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        seen = looked_at(process, 5 if where == "bucket" else 3)
    fetching = {pid for pid, (command, *_) in seen.items() if b"storage.fetcher" in command}
    others = seen.keys() - fetching

    assert process.returncode == 0
    assert len(others) >= 3  # the fork server and two workers
    assert len(fetching) >= (2 if where == "bucket" else 0)
    for pid in fetching:  # the canary is where it has to be, so it would have been seen elsewhere
        assert CANARY in seen[pid][1]
        assert b"AWS_SECRET_ACCESS_KEY=" in seen[pid][1]
    for pid in others:
        command, held, _, has = seen[pid]
        assert CANARY not in command + held
        assert b"AWS_" not in held
        assert not has
    assert all(set(core) <= {"0", "1"} for _, _, core, _ in seen.values())


def test_a_matching_list_hash_is_in_no_report(media, tmp_path):
    """A near match: the file's own hash is in `files`, the list's is nowhere."""
    from hashsweep.model import Item
    from hashsweep.sweep.worker import Sweeper, WorkerOptions

    (record,) = Sweeper(WorkerOptions(("pdq",))).scan(Item(str(media / "0.jpg")))
    near = bytearray(record.hashes["pdq"])
    near[0] ^= 0b11
    (tmp_path / "near.csv").write_text(f"entry_id,pdq\nnear,{near.hex()}\n")
    words = ("scan", "media", "--list", "near.csv", "-o", "report", "--log-file", "log", "--json")
    status, told, _ = watched(words, tmp_path)
    (tmp_path / "near.csv").unlink()
    left = everything_in(tmp_path)

    assert status == 1
    assert b'"matched_items": %d' % (FILES // 5) in told
    for secret in forms(bytes(near)):
        assert secret not in told + left


@pytest.mark.parametrize("name", list_samples.READERS)
def test_no_sample_of_any_format_is_told(name, tmp_path):
    """Each format with its own traps: what is refused is told by line and reason alone."""
    path = tmp_path / "sample"
    path.write_bytes(list_samples.SAMPLES[name](5))
    done = run_here("lists", "inspect", f"{name}:sample", cwd=tmp_path, env=ENVIRONMENT)
    status, told = done.returncode, (done.stdout + done.stderr).encode()

    assert status in (0, 2, 4)
    for secret in list_samples.ALL_HASHES:
        assert secret.encode() not in told
        assert secret.upper().encode() not in told


def test_no_secret_is_where_a_list_is_parsed(tmp_path):
    """Nor in the fork server; a list's parser has its own list, and nothing else of the command."""
    rows = "".join(f"{n},{os.urandom(16).hex()}\n" for n in range(100_000))
    path = tmp_path / "list.csv"
    path.write_text(f"entry_id,md5\n{rows}")
    path.chmod(0o600)
    environment = os.environ | {
        "DATABASE_PASSWORD": CANARY.decode(), "AWS_SECRET_ACCESS_KEY": CANARY.decode(),
    }  # fmt: skip
    with subprocess.Popen(
        [*COMMAND, "lists", "import", path, "-o", tmp_path / "list.hsl"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        seen = looked_at(process, 2, times=2)

    assert process.returncode == 0
    assert len(seen) == 2
    for command, held, core, has in seen.values():
        assert CANARY not in command + held
        assert b"AWS_" not in held
        assert not has
        assert set(core) <= {"0", "1"}
