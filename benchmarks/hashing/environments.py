"""A virtual environment for each peer, so that none decides another's versions; kept and reused."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.hashing.sets import REPOSITORY

CONSTRAINTS = Path(__file__).with_name("constraints.txt")

PACKAGES = {
    "threatexchange": ("threatexchange",),  # PDQ is in it, no extension is needed
    "pdqhash": ("pdqhash", "numpy", "pillow"),
    "imagehash": ("ImageHash",),
    "perception": ("Perception", "pdqhash"),  # its PDQ is pdqhash's
    "imagededup": ("imagededup", "torch", "torchvision"),
    "libphash": ("python-libphash",),
}
"""What is installed for a peer; versions are in constraints.txt."""

COMMANDS = {"hashdeep": "hashdeep", "djpeg": "libjpeg-turbo-progs", "cat": "coreutils"}
"""Commands of the system and Debian's package of each."""

TOLD = ("numpy", "pillow", "faiss-cpu", "scipy", "numba", "pyarrow", "torch")
"""Packages whose version is told beside the peer's own, because time is spent in them."""


class Missing(Exception):
    """A peer cannot be had here; the message says why in one line."""


def python_of(name: str, work: Path) -> Path:
    """Return the Python of a peer's environment, or of hashsweep's, made where it is missing.

    Raises Missing with the last line that pip wrote.
    """
    if name == "hashsweep":
        extra = "[fast]" if "\nfast = " in (REPOSITORY / "pyproject.toml").read_text() else ""
        wanted = [f"{REPOSITORY}{extra}"]
        constraints, state = REPOSITORY / "constraints.txt", _checkout()
    else:
        wanted = list(PACKAGES[name])
        constraints, state = CONSTRAINTS, CONSTRAINTS.read_bytes()
    folder = work / "environments" / name
    python = folder / "bin" / "python"
    stamp = hashlib.sha256(repr((wanted, sys.version)).encode() + state).hexdigest()
    if python.exists() and (folder / "stamp").exists() and (folder / "stamp").read_text() == stamp:
        return python
    print(f"installing {name} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", folder)
    _run(python, "-m", "pip", "install", "--quiet", "-c", constraints, *wanted)
    (folder / "stamp").write_text(stamp)
    return python


def _checkout() -> bytes:
    """Return a digest of what hashsweep is installed from."""
    running = hashlib.sha256()
    for path in ("pyproject.toml", "constraints.txt", "cli"):
        found = REPOSITORY / path
        for each in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            running.update(each.read_bytes())
    return running.digest()


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what steers Python."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}


def _run(*words: object) -> None:
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no word of why"]
        raise Missing(next((line for line in lines if line.startswith("ERROR")), lines[-1]))


def versions(python: Path) -> dict[str, str]:
    """Return name (in lower case) and version of every package of an environment."""
    code = (
        "import importlib.metadata as m\n"
        "for d in m.distributions(): print(d.metadata['Name'].lower(), d.version)"
    )
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def described(name: str, python: Path) -> str:
    """Return the versions of a peer and of the packages that it spends its time in."""
    found = versions(python)
    own = [package.lower() for package in PACKAGES.get(name, (name,))]
    names = dict.fromkeys([own[0], *TOLD])
    return ", ".join(f"{each} {found[each]}" for each in names if each in found)


def command_of(name: str) -> str:
    """Return the path of a system's command, installed where this is root; raises Missing."""
    path = shutil.which(name)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing Debian's {COMMANDS[name]} ...", flush=True)
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", COMMANDS[name])
        path = shutil.which(name)
    if path is None:
        raise Missing(f"install it first (Debian: apt-get install {COMMANDS[name]})")
    return path


def command_version(name: str) -> str:
    """Return the first words that a command of the system says of its version."""
    option = {"hashdeep": "-V", "djpeg": "-version"}.get(name, "--version")
    done = subprocess.run(
        [command_of(name), option],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    lines = (done.stdout or done.stderr).splitlines() or ["?"]
    return f"{name}: {lines[0].split(' (build')[0]}"
