"""Modules of ours run as programs, found where this process finds them.

Python would look into the working directory first, which may be one that strangers write to.
They begin without garbage collection, as imports make no garbage, and turn it on if they need it.
"""

import json
import os
import subprocess
import sys

_RUN = """\
import gc, json, sys
gc.disable()
path, module = json.loads(sys.argv.pop(1))
sys.path[:] = path
import runpy
runpy.run_module(module, run_name="__main__")
"""


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module as a program with these arguments."""
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
    path = [each or os.getcwd() for each in sys.path]
    return [sys.executable, *flags, "-P", "-c", _RUN, json.dumps([path, module]), *arguments]
