"""Ask `hashsweep check --stream` about each upload before anybody can see it.

    python examples/upload_hook.py LIST UPLOAD...

`Gate` is for an application to copy. It starts the command once and asks it file by file. Only
what was read, decoded and compared in full is clean; no answer, a late one or a broken one is a
refusal. What matched is for the people who decide; the uploader is told no more than "refused".
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

NO_ANSWER = {"verdict": "failed", "reason": "the gate gave no answer", "matches": []}


class Gate:
    """A gate that may be asked from several threads; it is started anew whenever it has ended.

    A list that changes on disk takes effect with the next start: call `close` after an update.
    """

    def __init__(
        self, lists: Sequence[str], command: Sequence[str] = ("hashsweep",), seconds: float = 90.0
    ) -> None:
        """`seconds` is how long an answer may take; more than --timeout (60) and the start."""
        named = [word for each in lists for word in ("--list", each)]
        self._words = [*command, "check", "--stream", "-0", "--json", *named]
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, path: str | bytes) -> Mapping[str, Any]:
        """Return the answer for one file: its `verdict`, a `reason` for failed, its `matches`."""
        name = os.fsencode(path)
        if b"\0" in name:  # it would be two requests
            return NO_ANSWER
        with self._lock:
            try:
                return self._answer(self._running(), name)
            except (OSError, ValueError):  # it cannot be started, has ended, or talks nonsense
                self._end()
                return NO_ANSWER

    def is_clean(self, path: str | bytes) -> bool:
        """Say whether a file may be published."""
        return self.ask(path).get("verdict") == "clean"

    def close(self) -> None:
        """Let the command end; the next question starts another."""
        with self._lock:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - no shell, and words of ours
                self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]", name: bytes) -> Mapping[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(self._seconds, process.kill)
        alarm.start()
        try:
            process.stdin.write(name + b"\0")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            alarm.cancel()
        if not (line.startswith(b"{") and line.endswith(b"}\n")):
            raise ValueError("no answer, or half of one")
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def main() -> int:
    """Ask about each file; exit status 0 if all may be published."""
    if len(sys.argv) < 3:
        sys.stderr.write("usage: upload_hook.py LIST FILE...\n")
        return 2
    listed, *uploads = sys.argv[1:]
    gate = Gate([listed])
    may = {path: gate.is_clean(path) for path in uploads}
    gate.close()
    for path, clean in may.items():
        print("publish" if clean else "refuse ", ascii(path))
    return 0 if all(may.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
