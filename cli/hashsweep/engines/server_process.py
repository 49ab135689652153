"""What runs inside the fork server: import once what workers need, then fork them as asked.

It is started anew (not forked from the command), so neither its memory nor its environment holds
what the command knows. Knows no kind of work.
"""

import errno
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

REPLY = struct.Struct("=ii")
"""The number of the new process, and the errno of a fork that the system refused."""

STATUS = struct.Struct("=i")
"""How a process ended, as subprocess.Popen.returncode has it."""

MOST_DESCRIPTORS = 250
"""Descriptors that come with a request at most; Linux sends no more than 253."""

LONGEST = 4096
"""Bytes of a request at most."""


def main(channel: int, preload: Sequence[str]) -> None:
    """Import `preload`, and serve the command at the other end of the socket until it has ended.

    A module that is missing is left out: a worker that needs it says so.
    """
    _import(preload)
    gc.freeze()  # processes that are forked share what was imported, and do not search it
    gc.enable()
    with socket.socket(fileno=channel) as ours:
        _Server(ours).run()


def _import(names: Sequence[str]) -> None:
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)


class _Server:
    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._statuses: dict[int, int] = {}  # of each child: where to write how it ended
        self._woken, waking = os.pipe()
        for end in (self._woken, waking):
            os.set_blocking(end, False)
        self._waking = waking
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(self._channel, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if self._woken in ready:
                    with suppress(BlockingIOError):
                        os.read(self._woken, LONGEST)
                    self._reap()
                if self._channel.fileno() in ready and not self._serve(selector):
                    return

    def _reap(self) -> None:
        """Say of each child that has ended how it did."""
        while self._statuses:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            wanted = self._statuses.pop(pid)
            with suppress(BrokenPipeError):
                os.write(wanted, STATUS.pack(os.waitstatus_to_exitcode(status)))
            os.close(wanted)

    def _serve(self, selector: selectors.BaseSelector) -> bool:
        """Do what one request asks for; False when there will be no more."""
        try:
            request, descriptors, _, _ = socket.recv_fds(
                self._channel, LONGEST, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionResetError:
            return False
        if not request:
            return False
        target, expected, *names = json.loads(request)
        if names:
            _import(names)
            return True
        pid, refusal = 0, errno.EMFILE
        if len(descriptors) == expected:
            try:
                pid, refusal = os.fork(), 0
            except OSError as error:
                refusal = error.errno or errno.EAGAIN
            else:
                if not pid:
                    selector.close()
                    self._become(target, descriptors)
        kept = 0
        if pid:
            self._statuses[pid] = descriptors[0]
            kept = 1
        for descriptor in descriptors[kept:]:
            os.close(descriptor)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._channel.send(REPLY.pack(pid, refusal))
        return True

    def _become(self, target: str, descriptors: Sequence[int]) -> NoReturn:
        """Child: let go of what is the server's, do what was asked for, and end."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.dont_write_bytecode = True  # bounds on files would cut a module short, for all
            status, text, *others = descriptors
            for one in (self._woken, self._waking, status, *self._statuses.values()):
                os.close(one)
            self._channel.close()
            content = os.pread(text, os.fstat(text).st_size, 0).decode()
            os.close(text)
            module, _, name = target.partition(":")
            getattr(importlib.import_module(module), name)(content, others)
            code = 0
        finally:
            os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
    os._exit(0)  # there is nothing to write, and clearing away what was imported takes time
