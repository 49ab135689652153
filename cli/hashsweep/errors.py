"""Errors of a run, which own an exit code, and of an item, which own a stage and a reason code.

    HashsweepError
    +-- RunError          exit 2: the run cannot start or go on
    |   +-- UsageProblem      options that do not fit together
    |   +-- SourceError       a source that is not there or cannot be walked
    |   +-- ListError         a hash list that cannot be used at all
    |   +-- ReportError       a report that cannot be written or read
    |   +-- EngineError       workers that cannot be kept alive
    +-- Interrupted       exit 130: somebody pressed Ctrl-C or the service manager stopped us
    +-- ItemError         no exit code: becomes one `failed` row

Knows no command and no terminal.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from hashsweep.safe_text import one_line

if TYPE_CHECKING:
    from hashsweep.model import Failure


class ExitCode(IntEnum):
    """What the process says as it ends; 1 and 4 add up, as with fsck."""

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
    "denied": "the operating system or the store does not let this user read it",
    "io-error": "the disk or the network failed while it was read",
    "changed": "changed while it was read, or since its source was written",
    "archived": "has to be restored from the store's archive first",
    "too-large": "larger than --max-file-size",
    "bad-row": "its row of the manifest has no name, or a wrong size or MD5",
    "missing-rows": "the manifest announces more rows than it has",
    "no-digest": "its source states no MD5, and --digest-only reads nothing",
    "not-regular": "is no regular file any more",
    "bad-name": "the name cannot name a file",
    "empty": "holds no bytes",
    "not-looked-into": "may hold pictures that were not looked at: compared by its digests alone",
    "not-compared": "some hash that the lists hold was not compared: the file has none that counts",
    "frames-left-out": "has more frames or pages than --max-frames or --max-pixels let be compared",
    "unsupported-format": "a picture in a format that this installation does not decode",
    "corrupt": "is damaged: the decoder refused it",
    "truncated": "ends before the picture does",
    "too-many-pixels": "claims more pixels than --max-pixels allows",
    "out-of-memory": "needs more memory than a worker may use",
    "timeout": "took longer than --timeout allows, or its store did not answer",
    "crashed": "crashed the worker process that opened it",
    "killed": "its worker process was killed from outside, twice",
    "internal": "a fault in hashsweep itself; please report it",
}

REMEDIES = {
    "gone": "name it again; another program moves or deletes files while they are scanned",
    "denied": "run as a user who may read it, or give this user the right to",
    "io-error": "look at the disk or the network, and scan again",
    "changed": "scan again when nothing writes to it",
    "archived": "restore it in its store, or pass such objects over with --skip-archived",
    "too-large": "raise --max-file-size",
    "bad-row": "mend the row of the manifest",
    "missing-rows": "fetch the manifest again: it is not whole",
    "no-digest": "leave out --digest-only, so that it is read",
    "empty": "look at where it came from: an upload may have arrived as nothing",
    "not-looked-into": "unpack it and check what is inside, or accept it: --accept not-looked-into",
    "not-compared": "look at it, or accept it: --accept not-compared. A list with digests helps, "
    "and so does one with other hashes",
    "frames-left-out": "raise --max-frames, or --max-pixels where the frames are large",
    "unsupported-format": "convert it to a format that is decoded here, or accept it",
    "corrupt": "fetch it anew; if it is as it was uploaded, look at it or refuse it",
    "truncated": "fetch it anew; if it is as it was uploaded, look at it or refuse it",
    "too-many-pixels": "raise --max-pixels, which needs more memory (--max-memory)",
    "out-of-memory": "raise --max-memory",
    "timeout": "raise --timeout",
    "crashed": "report it; do not open the file on a machine that matters",
    "killed": "look at the machine's memory: something kills its processes",
    "internal": "report it, with what HASHSWEEP_DEBUG=1 prints",
}
"""What helps, for people; by reason."""

UNSAFE_TO_ACCEPT = frozenset({"internal", "crashed", "missing-rows"})
"""Reasons that --accept takes only with --accept-unsafe: nobody knows what they hide."""

SKIPS = {
    "symlink": "symbolic links are not followed",
    "special": "sockets, FIFOs and devices hold no media",
    "excluded": "left out by --include or --exclude",
    "too-large": "larger than --max-file-size",
    "own-report": "the folder that this sweep writes its report to",
    "folder-marker": "an empty object that stands for a folder",
    "delete-marker": "a version of an inventory that marks an object as deleted",
    "not-latest": "not the current version of its object, and no --all-versions",
    "deleted": "an object that its store keeps for a while after it was deleted",
    "archived": "has to be restored from the store's archive first",
    "nested-source": "already inside another source of this sweep",
}


class HashsweepError(Exception):
    """Anything that hashsweep raises on purpose; the text is one line for people."""


class RunError(HashsweepError):
    """The run cannot start or go on."""

    exit_code = ExitCode.USAGE


class UsageProblem(RunError):
    """Options that do not fit together, or name what is not there."""


class SourceError(RunError):
    """A source that is not there or cannot be walked."""


class ListError(RunError):
    """A hash list that cannot be used at all."""


class ReportError(RunError):
    """A report that cannot be written or read."""


class EngineError(RunError):
    """Worker processes cannot be started or kept alive."""


class Interrupted(HashsweepError):
    """Somebody stopped the run; what was written so far is kept."""

    exit_code = ExitCode.INTERRUPTED


class ItemError(HashsweepError):
    """One item could not be scanned; becomes a `failed` row and never ends a sweep."""

    def __init__(self, stage: str, reason: str, detail: str = "") -> None:
        """Name the stage and the reason by their codes; the detail is for people."""
        super().__init__(f"{stage}: {reason}: {detail}" if detail else f"{stage}: {reason}")
        self.stage, self.reason, self.detail = stage, reason, one_line(detail)

    @property
    def failure(self) -> "Failure":
        """Return this error as the value that goes into a record."""
        from hashsweep.model import Failure  # 20 ms that `--help` does not need

        return Failure(self.stage, self.reason, self.detail)


def exit_code(*, matches: bool, incomplete: bool) -> ExitCode:
    """Add up the exit status of a run that came to its end."""
    return ExitCode(ExitCode.MATCHES * matches + ExitCode.INCOMPLETE * incomplete)
