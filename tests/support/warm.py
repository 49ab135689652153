"""A `hashsweep` for scripts that costs a tenth of a new process: forked of one that has imported.

For examples whose subject is what the command says and does, not how it starts. The program in
`folder` hands its words, environment, folder and standard streams to a server, which forks a
process that runs the same `main` with them; what would work with workers works with
`--engine serial`, as in support.commands. What Python reads as it starts is the server's.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import traceback
from pathlib import Path

_SIZE = struct.Struct("=i")
_WORKING = ("scan", "check", "hash")

_PROGRAM = """#!{python} -ISE
import json, os, socket, struct, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    umask = os.umask(0)
    os.umask(umask)
    about = [sys.argv[1:], dict(os.environ), os.getcwd(), umask]
    text = json.dumps(about).encode()
    socket.send_fds(server, [struct.pack("=i", len(text))], [0, 1, 2])
    server.sendall(text)
    status = server.recv(4)
sys.exit(struct.unpack("=i", status)[0] if status else 134)
"""


@contextlib.contextmanager
def serving(folder: Path):
    """Make the program `hashsweep` in a folder, which serves until the end."""
    address = f"{folder / 'server'}"
    program = folder / "hashsweep"
    program.write_text(_PROGRAM.format(python=sys.executable, address=address))
    program.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(8)
        words = [sys.executable, __file__, str(listening.fileno())]
        server = subprocess.Popen(words, pass_fds=[listening.fileno()], stdin=subprocess.DEVNULL)
    try:
        yield program
    finally:
        server.terminate()
        server.wait()


def _serve(listening: socket.socket) -> None:
    """Fork a process for every command; those that have ended are reaped at the next one."""
    while True:
        asking, _ = listening.accept()
        with asking:
            if not os.fork():
                listening.close()
                with contextlib.suppress(BrokenPipeError):
                    asking.send(_SIZE.pack(_answer(asking)))
                os._exit(0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _answer(asking: socket.socket) -> int:
    """Take over what the program was given, and run the command; return its exit status."""
    head, streams, _, _ = socket.recv_fds(asking, _SIZE.size, 3)
    text = b""
    while len(text) < _SIZE.unpack(head)[0]:
        text += asking.recv(1 << 16)
    words, environment, folder, umask = json.loads(text)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    utf8 = {"encoding": "utf-8", "closefd": False}
    sys.stdin = open(0, **utf8)  # noqa: SIM115 - they last as long as the process
    sys.stdout = open(1, "w", **utf8)  # noqa: SIM115
    sys.stderr = open(2, "w", **utf8, errors="backslashreplace", buffering=1)  # noqa: SIM115
    chosen = any(each.startswith("--engine") for each in words)
    if words[:1] and words[0] in _WORKING and not chosen:
        words[1:1] = ["--engine", "serial"]
    sys.argv = ["hashsweep", *words]
    return _status()


def _status() -> int:
    from hashsweep.__main__ import main

    try:
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it is, a process would end with status 1
        traceback.print_exc()
        status = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2] / "cli")]
    import importlib
    import pkgutil

    import hashsweep.commands as package

    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
    for name in ("hashsweep.sweep.worker", "hashsweep.sweep.run", "pyarrow.parquet"):
        importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        _serve(listening)
