"""Errors of a run, which have an exit code, and of an item, which have a stage and a reason.

    HashsweepError
    +-- RunError          exit 2: the run cannot start or continue
    |   +-- UsageProblem      options that contradict each other
    |   |   +-- DifferentSweep      a report that was started with other options or lists
    |   +-- SourceError       a source that does not exist or cannot be walked
    |   +-- ListError         a hash list that cannot be used at all
    |   +-- ReportError       a report that cannot be written or read
    |   +-- EngineError       workers that cannot be kept alive
    +-- Interrupted       exit 130: stopped by Ctrl-C or the service manager
    +-- ItemError         no exit code: becomes one `failed` row

Knows no command and no terminal.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from hashsweep.safe_text import one_line

if TYPE_CHECKING:
    from hashsweep.model import Failure


class ExitCode(IntEnum):
    """Exit statuses of the process; 1 and 4 add up, as with fsck."""

    CLEAN = 0
    MATCHES = 1
    USAGE = 2
    INCOMPLETE = 4
    MATCHES_AND_INCOMPLETE = 5
    INTERRUPTED = 130


EXIT_MEANING = {
    ExitCode.CLEAN: "nothing found in what was compared; every item was scanned",
    ExitCode.MATCHES: "matches found; every item was scanned",
    ExitCode.USAGE: "the command could not run: wrong options, no such source or list, full disk",
    ExitCode.INCOMPLETE: "no match, but some item or some list row could not be used",
    ExitCode.MATCHES_AND_INCOMPLETE: "matches found, and some item or list row could not be used",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C or a signal; the report holds what was done so far",
}

STAGES = {
    "list": "finding the item (walking a folder, reading a list of paths)",
    "read": "reading its bytes",
    "decode": "opening the picture",
    "hash": "computing a hash",
    "work": "the worker process itself",
}

REASONS = {
    "gone": "was listed, but is no longer there",
    "host-not-allowed": "is on a web server that --allow-host does not name",
    "redirected": "its web server sends the request to another address, which is not followed",
    "denied": "the operating system or the store does not let this user read it",
    "io-error": "the disk or the network failed while it was read",
    "changed": "changed while it was read, or since its source was written",
    "archived": "has to be restored from the store's archive first",
    "too-large": "larger than --max-file-size",
    "bad-row": "its row of the manifest has no name, or a wrong size or MD5",
    "missing-rows": "the manifest announces more rows than it has",
    "no-digest": "its source states no MD5, and --digest-only reads nothing",
    "not-regular": "is no longer a regular file",
    "bad-name": "no file can have this name",
    "empty": "holds no bytes",
    "not-looked-into": "may hold pictures that were not looked at; only its digests were compared",
    "not-compared": "not compared by some hash that the lists hold: the file has no usable one",
    "frames-left-out": "has more frames or pages than --max-frames or --max-pixels allows",
    "unsupported-format": "a picture in a format that this installation does not decode",
    "corrupt": "is damaged: the decoder refused it",
    "truncated": "ends before the picture does",
    "too-many-pixels": "claims more pixels than --max-pixels allows",
    "out-of-memory": "needs more memory than a worker may use",
    "timeout": "took longer than --timeout or --item-timeout allows, or its disk did not answer",
    "crashed": "crashed the worker process that opened it",
    "killed": "its worker process was killed from outside, twice",
    "sweep-killed": "was in hand each time the whole sweep was killed, at last as the only one",
    "internal": "a bug in hashsweep; please report it",
}

REMEDIES = {
    "gone": "scan again; another program moves or deletes files during the scan",
    "host-not-allowed": "if you trust this server, name it: --allow-host HOST, or HOST:PORT",
    "redirected": "put the address that the server names into the manifest",
    "denied": "run as a user who may read it, or give this user permission",
    "io-error": "check the disk or the network, and scan again",
    "changed": "scan again when nothing is writing to it",
    "archived": "restore it in its store, or skip such objects with --skip-archived",
    "too-large": "raise --max-file-size",
    "bad-row": "correct the row in the manifest",
    "missing-rows": "fetch the manifest again: it is incomplete",
    "no-digest": "leave out --digest-only, so that it is read",
    "empty": "check where it came from: an upload may have arrived empty",
    "not-looked-into": "unpack it and check what is inside, or accept it: --accept not-looked-into",
    "not-compared": "look at it, or accept it: --accept not-compared. A list with digests helps, "
    "and so does one with other hashes",
    "frames-left-out": "raise --max-frames, or --max-pixels where the frames are large",
    "unsupported-format": "convert it to a format that this installation decodes, or accept it",
    "corrupt": "fetch it again; if it was uploaded like this, look at it or refuse it",
    "truncated": "fetch it again; if it was uploaded like this, look at it or refuse it",
    "too-many-pixels": "raise --max-pixels, which needs more memory (--max-memory)",
    "out-of-memory": "raise --max-memory",
    "timeout": "check that its disk still answers; otherwise raise these times",
    "crashed": "report it; do not open the file on a machine that matters",
    "killed": "check the machine's memory: something is killing processes",
    "sweep-killed": "give the machine or container more memory; do not open it where it matters",
    "internal": "report it, with what HASHSWEEP_DEBUG=1 prints",
}
"""What helps people, by reason."""

UNSAFE_TO_ACCEPT = frozenset({"internal", "crashed", "sweep-killed", "missing-rows"})
"""Reasons that --accept takes only with --accept-unsafe: they may hide anything."""

SKIPS = {
    "symlink": "symbolic links are not followed",
    "special": "sockets, FIFOs and devices hold no media",
    "excluded": "left out by --include or --exclude",
    "too-large": "larger than --max-file-size",
    "own-report": "the folder that this sweep writes its report to",
    "folder-marker": "an empty object that stands for a folder",
    "delete-marker": "a version of an inventory that marks an object as deleted",
    "not-latest": "not the current version of its object (see --all-versions)",
    "deleted": "a deleted object that its store still keeps for a while",
    "archived": "has to be restored from the store's archive first",
    "nested-source": "already inside another source of this sweep",
}


class HashsweepError(Exception):
    """Any error hashsweep raises on purpose; the text is one line for people."""


class RunError(HashsweepError):
    """The run cannot start or continue."""

    exit_code = ExitCode.USAGE


class UsageProblem(RunError):
    """Options that contradict each other, or name something that does not exist."""


class DifferentSweep(UsageProblem):
    """A report to resume was started with different options, lists or sources."""

    def __init__(self, report: str, changed: Sequence[str]) -> None:
        """`changed` names what is different, in words."""
        super().__init__(
            f"cannot resume {report}: {', '.join(changed)} changed since it was started. Resume it "
            f"as it was started, or start a new report with --baseline {report}, which reuses "
            "every hash that is still valid"
        )


class SourceError(RunError):
    """A source that does not exist or cannot be walked."""


class ListError(RunError):
    """A hash list that cannot be used at all."""


class ReportError(RunError):
    """A report that cannot be written or read."""


class EngineError(RunError):
    """Worker processes cannot be started or kept alive."""


class Interrupted(HashsweepError):
    """The run was stopped; what was written so far is kept."""

    exit_code = ExitCode.INTERRUPTED


class ItemError(HashsweepError):
    """One item could not be scanned; becomes a `failed` row and never ends a sweep."""

    def __init__(self, stage: str, reason: str, detail: str = "") -> None:
        """`stage` and `reason` are codes; `detail` is for people."""
        super().__init__(f"{stage}: {reason}: {detail}" if detail else f"{stage}: {reason}")
        self.stage, self.reason, self.detail = stage, reason, one_line(detail)

    @property
    def failure(self) -> "Failure":
        """Return this error in the form that records hold."""
        from hashsweep.model import Failure  # takes 20 ms, which `--help` does not need

        return Failure(self.stage, self.reason, self.detail)


def exit_code(*, matches: bool, incomplete: bool) -> ExitCode:
    """Return the exit status of a run that finished."""
    return ExitCode(ExitCode.MATCHES * matches + ExitCode.INCOMPLETE * incomplete)
