"""The process that asks the disks, where some give no answer: run in place of walker_process.

Looking at a file called "hang" takes an hour, and so does listing a folder called "dead".
"""

import os
import sys
import time

from hashsweep.sources import base, folder
from hashsweep.sweep import walker_process

_HOUR = 3600.0
_lstat, _open = os.lstat, folder.open_beneath


def lstat(path):
    """Look at a file."""
    if os.path.basename(path) == b"hang":
        time.sleep(_HOUR)
    return _lstat(path)


def open_beneath(top, below, flags):
    """Open a folder."""
    if below.rstrip(b"/").endswith(b"dead"):
        time.sleep(_HOUR)
    return _open(top, below, flags)


if __name__ == "__main__":
    base.os.lstat = lstat
    folder.open_beneath = open_beneath
    walker_process.main(*map(int, sys.argv[1:]))
