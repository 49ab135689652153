"""A report in an object store, written part by part with the guarantees of a folder.

An object appears complete or not at all, so a part is made in a temporary folder and put. Stores
have no locks: parts are put as new objects, never over others, and `sweep.json` only over the
version that this process wrote or read. So two sweeps cannot both continue in one place. Knows no
row.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hashsweep.errors import ItemError, ReportError
from hashsweep.report.folder import SIGNATURE, TABLES, ReportFolder, Signing, on_disk, refuse_others
from hashsweep.report.object_store import StoredReport
from hashsweep.report.segments import SWEEP
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.storage.stores import Stores
from hashsweep.storage.temporary_folders import TemporaryFolder


class StoreFolder(ReportFolder):
    """The report below a URI that only this process writes to; a context manager.

    `path` is a temporary folder (0700): the report's parts before they are stored, and those that
    a resumed sweep found. Raises ReportError for any error of the store or the disk.
    """

    is_lasting = False

    def __init__(self, uri: str, stores: Stores, *, resume: bool = False) -> None:
        """Refuse a place that is not empty; with `resume`, one that holds anything but a report.

        With `resume` the existing parts are fetched: the sweep has to know what is done.
        """
        self._stored = StoredReport(uri, stores)
        self._stores = stores
        self._token: str | None = None
        found = self._stored.names()
        self._is_signed = SIGNATURE in found
        top = {name.partition("/")[0] for name in found}
        refuse_others(self.name, top, has_segments=not top.isdisjoint(TABLES), resume=resume)
        with on_disk(Path(tempfile.gettempdir())):
            self._spool = TemporaryFolder()
        path = self._spool.path / "report"
        if resume and SWEEP in found:
            self._token = self._stored.copy(path, TABLES)
        super().__init__(path, resume=resume)

    @property
    def name(self) -> str:
        """The report's name in messages: its URI."""
        return self._stored.uri

    def close(self) -> None:
        """Remove the temporary folder."""
        super().close()
        self._spool.cleanup()

    def write_sweep(self, sweep: SweepInfo, signer: Signing | None = None) -> SweepInfo:
        """Write `sweep.json`; a signature of the previous one is removed."""
        if self._is_signed:
            self._stored.remove(SIGNATURE)
        self._is_signed = signer is not None
        return super().write_sweep(sweep, signer)

    def place(self, name: str, write: Callable[[Path], None], rows: int | None = None) -> None:
        """Let `write` make a draft on disk, and put it in the store under its name."""
        super().place(name, write, rows)
        path = self.path / name
        is_sweep = name == SWEEP
        try:
            token = self._put(name, path, self._token if is_sweep else None)
        except ItemError as error:
            self.digests.pop(name, None)  # it is not there
            if error.reason == "changed":
                why = "another sweep is writing to this report"
                raise ReportError(f"{self.name}: {why}") from error
            raise self._stored.error(name, error) from error
        if is_sweep:
            self._token = token
        elif name.startswith("files/"):
            path.unlink()  # only placed `matches` are read from here again

    def _put(self, name: str, path: Path, over: str | None) -> str:
        """Put a file; an existing object with the very same bytes was put by us.

        That happens if the store's answer to a first try was lost.
        """
        uri = self._stored.uri_of(name)
        try:
            return self._stores.put(uri, path, over=over)
        except ItemError as error:
            if error.reason != "changed":
                raise
            there = self._stores.facts(uri)
            size = path.stat().st_size
            if there.size != size or self._stores.read(uri, size) != path.read_bytes():
                raise
            return there.etag or ""

    def _remove(self, name: str) -> None:
        self._stored.remove(name)
        super()._remove(name)
