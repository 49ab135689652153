"""How object stores are reached and objects fetched, as plain values. Knows no store."""

from dataclasses import asdict, dataclass
from typing import Any

from hashsweep.storage.local import WHOLE

WINDOW = 64 * 1024 * 1024
"""Bytes that may be on their way to one worker."""


@dataclass(frozen=True)
class StoreOptions:
    """How stores are reached.

    `endpoint` is the URL of an S3-compatible store, or of another one's stand-in. `timeout` is how
    long a store may be silent, in seconds: before an answer, or in the middle of one. `retries`
    counts further tries of a request. `anonymous` signs nothing.
    """

    endpoint: str | None = None
    timeout: float = 20.0
    retries: int = 4
    anonymous: bool = False


@dataclass(frozen=True)
class FetchOptions:
    """How objects are fetched.

    `window` is in bytes for each worker. Objects above `spool_above` bytes go through an unnamed
    file in the folder for temporary files, others stay in memory. One of more than `max_size` bytes
    is refused; None takes all.
    """

    stores: StoreOptions = StoreOptions()
    window: int = WINDOW
    spool_above: int = WHOLE
    max_size: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)
