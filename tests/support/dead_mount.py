"""A disk that stops answering: a FUSE file system of a few names, spoken by hand.

usage: dead_mount.py FOLDER KIND, as root. Writes a line once it is mounted. It answers until a line
comes on standard input. From then on, by KIND: "unread" reads no request any more; "all" reads and
answers none, so that who waits can not even be killed; "reading" answers all but what files hold.
SIGUSR1 ends it, which releases whoever waits.
"""

import contextlib
import ctypes
import errno
import os
import select
import signal
import stat
import struct
import subprocess
import sys

_HEADER = struct.Struct("=IIQQIIIHH")  # fuse_in_header: length, opcode, unique, node, ...
_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ, _STATFS, _RELEASE = 1, 2, 3, 14, 15, 17, 18
_FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR, _BATCH_FORGET = 25, 26, 27, 28, 29, 42
_ROOT, _SUB = 1, 2

FILES = {"a.txt": b"first", "b.txt": b"second", "c.txt": b"third"}
"""What is in the folder, and in its folder `sub`."""

_NODES = {_SUB: "sub", **{10 + n: name for n, name in enumerate(FILES)}}
_NODES |= {20 + n: name for n, name in enumerate(FILES)}  # those in `sub`


@contextlib.contextmanager
def mounted(folder, kind):
    """Mount it on a folder; gives a function after which it no longer answers.

    Raises OSError where this system has no FUSE, or lets this user mount nothing.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, folder, kind],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        if process.stdout.readline() != "mounted\n":
            raise OSError(errno.ENODEV, "no FUSE")

        def hang():
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "hangs\n"

        yield hang
    finally:
        process.send_signal(signal.SIGUSR1)
        process.communicate()
        subprocess.run(["umount", "-l", folder], check=False, stderr=subprocess.DEVNULL)


class Disk:
    """The file system at the other end of `device`."""

    def __init__(self, device: int) -> None:
        self._device = device

    def answer(self, *, hangs: str) -> None:
        """Read a request, and answer it unless it is of the kind that `hangs` ("" for none)."""
        message = os.read(self._device, 1 << 20)
        _, code, unique, node, *_ = _HEADER.unpack_from(message)
        if code in (_FORGET, _BATCH_FORGET):
            return
        if code == _INIT:
            self._send(
                unique, struct.pack("=IIIIHHIIHH28x", 7, 31, 65536, 0, 16, 12, 65536, 1, 1, 0)
            )
            return
        if hangs == "all" or (hangs == "reading" and code == _READ):
            return
        try:
            self._send(unique, self._content(code, node, message[_HEADER.size :]))
        except OSError as error:
            self._send(unique, b"", error.errno or errno.EIO)

    def _send(self, unique: int, content: bytes, error: int = 0) -> None:
        header = struct.pack("=IiQ", 16 + len(content), -error, unique)
        os.write(self._device, header + content)

    def _content(self, code: int, node: int, body: bytes) -> bytes:
        if code == _LOOKUP:
            name = body.rstrip(b"\0").decode()
            start = 20 if node == _SUB else 10
            nodes = {other: number for number, other in _NODES.items() if number >= start}
            number = _SUB if name == "sub" and node == _ROOT else nodes.get(name)
            if number is None:
                raise OSError(errno.ENOENT, name)
            return struct.pack("=QQQQII", number, 0, 0, 0, 0, 0) + self._attributes(number)
        if code == _GETATTR:
            return struct.pack("=QII", 0, 0, 0) + self._attributes(node)
        if code in (_OPEN, _OPENDIR):
            return struct.pack("=QII", node, 0, 0)
        if code == _READDIR:
            return self._listing(node, struct.unpack_from("=QQ", body)[1])
        if code == _READ:
            start, size = struct.unpack_from("=QQI", body)[1:]
            return FILES[_NODES[node]][start : start + size]
        if code in (_RELEASE, _RELEASEDIR, _FLUSH):
            return b""
        raise OSError(errno.ENOSYS, str(code))

    def _attributes(self, node: int) -> bytes:
        is_folder = node in (_ROOT, _SUB)
        size = 0 if is_folder else len(FILES[_NODES[node]])
        mode = stat.S_IFDIR | 0o755 if is_folder else stat.S_IFREG | 0o644
        times = struct.pack("=QQQIII", 1, 10**9, 1, 0, 0, 0)
        return (
            struct.pack("=QQQ", node, size, 1)
            + times
            + struct.pack("=IIIIIII", mode, 1, 0, 0, 0, 512, 0)
        )

    def _listing(self, node: int, start: int) -> bytes:
        first = 10 if node == _ROOT else 20
        names = [(first + n, name, stat.S_IFREG) for n, name in enumerate(FILES)]
        names += [(_SUB, "sub", stat.S_IFDIR)] if node == _ROOT else []
        found = b""
        for place, (number, name, kind) in enumerate(names[start:], start + 1):
            entry = struct.pack("=QQII", number, place, len(name), kind >> 12) + name.encode()
            found += entry + bytes(-len(entry) % 8)
        return found


def main(folder: str, kind: str) -> None:
    """Serve FOLDER; `kind` is what hangs after the line: "all", "reading" or "unread"."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"dead", os.fsencode(folder), b"fuse", 0, options):
        sys.exit(os.strerror(ctypes.get_errno()))
    signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
    sys.stdout.write("mounted\n")
    sys.stdout.flush()
    disk, hangs = Disk(device), ""
    while True:
        wanted = [sys.stdin] if not hangs else []
        wanted += [device] if hangs != "unread" else []
        ready, _, _ = select.select(wanted, [], [])
        if sys.stdin in ready:
            sys.stdin.readline()
            hangs = kind
            sys.stdout.write("hangs\n")
            sys.stdout.flush()
        elif ready:
            disk.answer(hangs=hangs)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
