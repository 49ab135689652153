"""A folder that is replaced by a link again and again, while something looks into it."""

import os
import threading
from contextlib import contextmanager


@contextmanager
def swapped(folder, elsewhere, kept):
    """Swap `folder` with a link to `elsewhere` in a thread; it is called `kept` meanwhile."""
    over = threading.Event()

    def swap():
        while not over.is_set():
            os.rename(folder, kept)
            os.symlink(elsewhere, folder)
            os.unlink(folder)
            os.rename(kept, folder)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        yield
    finally:
        over.set()
        swapper.join()
