"""Functions that a fork server calls in new processes, for the tests of it."""

import json
import os
import signal
import sys
import time


def echo(text, descriptors):
    """Write to the first descriptor: this process's number, the text, what is open here."""
    held = [os.readlink(f"/proc/self/fd/{each}") for each in sorted(map(int, _open()))]
    os.write(descriptors[0], json.dumps([os.getpid(), text, held]).encode())


def _open():
    here = os.listdir("/proc/self/fd")
    return [each for each in here if os.path.exists(f"/proc/self/fd/{each}") or _is_held(each)]


def _is_held(number):
    try:
        os.fstat(int(number))
    except OSError:
        return False
    return True


def environment(_, descriptors):
    """Write the environment of this process."""
    os.write(descriptors[0], json.dumps(dict(os.environ)).encode())


def die(*_):
    """Die of SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave(*_):
    """End with status 7."""
    os._exit(7)


def fail(*_):
    """Raise an error."""
    raise ZeroDivisionError


def sleep(*_):
    """Do nothing for ten minutes."""
    time.sleep(600)


def has_module(name, descriptors):
    """Write whether a module has been imported already."""
    os.write(descriptors[0], str(name in sys.modules).encode())
