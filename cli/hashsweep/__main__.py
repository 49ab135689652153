"""The one place where the process gets its exit status (`hashsweep`, `python -m hashsweep`)."""

import atexit
import gc
import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    # what is imported is no garbage: looking for it takes a tenth of a start; default is 700
    gc.set_threshold(20_000)
    # before numpy is loaded, which would start a thread for every processor: nothing uses them
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from hashsweep.commands import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # at start-up, before anything has begun
        status = 130
    sys.exit(status)


def program() -> None:
    """Do the same as a process, which ends without a last search for garbage: a fifth of it."""
    atexit.register(gc.freeze)
    main()


if __name__ == "__main__":
    program()
