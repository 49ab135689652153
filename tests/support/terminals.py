"""Calls on a terminal of their own."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from support.commands import COMMAND


def on_terminal(folder, *arguments, width=100, **environ):
    """What a call writes to a terminal, stdout and stderr together, and its exit status.

    `environ` is added to the environment, which has no CI.
    """
    kept = {name: each for name, each in os.environ.items() if name not in ("CI", "COLUMNS")}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**kept, "TERM": "xterm-256color", **environ},
    ) as process:  # fmt: skip
        os.close(theirs)
        written = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            written += chunk
    os.close(ours)
    return written, process.returncode
