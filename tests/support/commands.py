"""The command line, run as people run it."""

import sys

COMMAND = (sys.executable, "-m", "hashsweep")
