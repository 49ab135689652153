"""The one place where the process gets its exit status (`hashsweep`, `python -m hashsweep`)."""

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    # before numpy is loaded, which would start a thread for every processor: nothing uses them
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from hashsweep.commands import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # at start-up, before anything has begun
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
