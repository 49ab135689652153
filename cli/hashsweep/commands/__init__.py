"""The command line: turns options into a plan, runs it, and prints the result.

Each command is a module of its own, imported when it is called.
"""

import io
import os
import sys

import click

from hashsweep import signals
from hashsweep.commands.lazy import LazyGroup
from hashsweep.commands.printing import MAKES_A_REPORT, drop_output, stand_in
from hashsweep.errors import EXIT_MEANING, ExitCode, HashsweepError, Interrupted, RunError
from hashsweep.safe_text import one_line

EPILOG = "Exit status (1 and 4 add up):\n\n\b\n" + "\n".join(
    f"{code.value:>4}  {meaning}" for code, meaning in EXIT_MEANING.items()
)


@click.group(
    cls=LazyGroup,
    table={
        "scan": (
            "hashsweep.commands.scan:scan",
            "Hash every file in the SOURCEs and match the hashes against the LISTs.",
        ),
        "run": (
            "hashsweep.commands.run_named:run",
            "Run the sweep NAME of the configuration file, and tell only what is new.",
        ),
        "rematch": (
            "hashsweep.commands.rematch:rematch",
            "Match the hashes in REPORTs against other LISTs, without reading media.",
        ),
        "check": (
            "hashsweep.commands.check:check",
            "Report for each FILE whether it matches a LIST.",
        ),
        "hash": (
            "hashsweep.commands.hash:hash_files",
            "Print the hashes of FILEs (or of all files in folders) as CSV.",
        ),
        "lists": (
            "hashsweep.commands.lists:lists",
            "Check, compile, compare and convert hash lists.",
        ),
        "report": (
            "hashsweep.commands.report:report",
            "Print summaries, rows and counts of reports, and make keys for them.",
        ),
        "selftest": (
            "hashsweep.commands.selftest:selftest",
            "Check from end to end that known pictures are found.",
        ),
        "config": (
            "hashsweep.commands.config:config",
            "Show where options get their values from, and check a configuration file.",
        ),
        "completion": (
            "hashsweep.commands.completion:completion",
            "Print the script that completes commands, options, files and hashes in a shell.",
        ),
    },
    groups=("lists", "report"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(None, "-V", "--version", package_name="hashsweep", prog_name="hashsweep")
@click.option(
    "--config",
    metavar="FILE",
    help="Take options from this file.  [default: HASHSWEEP_CONFIG, else "
    "~/.config/hashsweep/hashsweep.toml, else /etc/hashsweep/hashsweep.toml]",
)
def main(config: str | None) -> None:
    """Find known harmful media in stored files, by their hashes, on your own machines.

    hashsweep only computes and compares hashes. It never shows, copies, moves, deletes or
    uploads a file.

    \b
    hashsweep hash known/*.jpg -o known.csv                 a hash list from files
    hashsweep scan /srv/media --list known.csv -o report    the sweep
    hashsweep report decisions report -o to-decide.csv      matches to decide on
    hashsweep rematch report --list new.csv -o rematched    stored hashes, a new list
    hashsweep check upload.jpg --list known.hsl             a gate: one verdict per file
    hashsweep selftest                                      check that this machine works
    """  # noqa: D301 - \b is click's mark for lines to be left as they are


def _mend_streams(arguments: list[str]) -> bool:
    """Put something in the place of closed streams; False where nothing can stand for stdout."""
    if sys.stderr is None:  # closed: the next file to be opened would be taken for it
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.set_inheritable(2, True)  # noqa: FBT003 - for workers, too
        sys.stderr = os.fdopen(2, "w")
    if sys.stdout is None:
        if MAKES_A_REPORT.isdisjoint(arguments[:1]):
            return False
        sys.stdout = stand_in()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names go out in any locale
    return True


def run(arguments: list[str]) -> int:  # noqa: C901 - one line for each way to end
    """Run one command and return the exit status; every error is one line on stderr."""
    signals.install()
    signals.no_core_dumps()
    if not _mend_streams(arguments):
        return _print_error("standard output is closed", ExitCode.USAGE)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    try:
        status = main.main(arguments, prog_name="hashsweep", standalone_mode=False)
        sys.stdout.flush()  # report a full disk here, not when Python exits
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        return _print_error("stopped", ExitCode.INTERRUPTED)
    except (RunError, Interrupted) as error:
        drop_output()
        return _print_error(str(error), error.exit_code)
    except SystemExit:  # click's, and 1, which means matches: the reader of our output has left
        return ExitCode.CLEAN if "_HASHSWEEP_COMPLETE" in os.environ else ExitCode.USAGE
    except BrokenPipeError:  # the reader has left
        drop_output()
        return ExitCode.USAGE
    except Exception as error:  # a bug of ours: one line for people; HASHSWEEP_DEBUG for developers
        if "HASHSWEEP_DEBUG" in os.environ:
            raise
        if isinstance(error, OSError):  # standard output on a full disk, for one
            drop_output()
            name = f"{error.filename}: " if error.filename else ""
            return _print_error(f"{name}{error.strerror or error}", ExitCode.USAGE)
        kind = "" if isinstance(error, HashsweepError) else f"{type(error).__name__}: "
        text = f"a bug in hashsweep: {kind}{error} (HASHSWEEP_DEBUG=1 shows where)"
        return _print_error(text, ExitCode.USAGE)
    return int(status or 0)


def _print_error(text: str, status: ExitCode) -> int:
    if status == ExitCode.INTERRUPTED and sys.stderr.isatty():
        click.echo(err=True)  # the terminal has just shown ^C
    click.echo(f"hashsweep: {one_line(text, 1000)}", err=True)
    return status
