"""The one place where the process gets its exit status (`hashsweep`, `python -m hashsweep`)."""

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from hashsweep.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
