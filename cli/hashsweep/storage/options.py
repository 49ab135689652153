"""Options for object stores and fetching, as plain values. Knows no store."""

from dataclasses import asdict, dataclass
from typing import Any

from hashsweep.storage.local import WHOLE

WINDOW = 64 * 1024 * 1024
"""Bytes that may be in transit to one worker."""


@dataclass(frozen=True)
class StoreOptions:
    """Options for requests to stores.

    `endpoint` is the URL of an S3-compatible store, or of a stand-in for another. `timeout` is
    how long a store may be silent, in seconds: before an answer, or in the middle of one. `retries`
    counts repeated tries of a request. `anonymous` signs no requests.
    """

    endpoint: str | None = None
    timeout: float = 20.0
    retries: int = 4
    anonymous: bool = False


@dataclass(frozen=True)
class FetchOptions:
    """Options for fetching objects.

    `window` is in bytes per worker. Objects above `spool_above` bytes go through an unnamed
    file in the folder for temporary files, others stay in memory. One of more than `max_size` bytes
    is refused; None means no limit.
    """

    stores: StoreOptions = StoreOptions()
    window: int = WINDOW
    spool_above: int = WHOLE
    max_size: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)
