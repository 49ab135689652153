"""A fork server that imports this cannot fork, as if a bound on processes were reached.

The variable HASHSWEEP_WORKER_REFUSE says how often; each refusal adds a line to the file that
HASHSWEEP_WORKER_REFUSED names.
"""

import errno
import os

_fork = os.fork
_refusals = ["refused\n"] * int(os.environ["HASHSWEEP_WORKER_REFUSE"])


def _refuse():
    if not _refusals:
        return _fork()
    with open(os.environ["HASHSWEEP_WORKER_REFUSED"], "a") as stream:
        stream.write(_refusals.pop())
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


os.fork = _refuse
