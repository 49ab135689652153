"""Options for object stores and fetching, as plain values. Knows no store."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from hashsweep.storage.local import WHOLE

WINDOW = 64 * 1024 * 1024
"""Bytes that may be in transit to one worker."""

WEB_TIMEOUT = 300.0
"""Seconds for one object of a web server, with all tries."""


@dataclass(frozen=True)
class StoreOptions:
    """Options for requests to stores.

    `endpoint` is the URL of an S3-compatible store, or of a stand-in for another. `timeout` is
    how long a store may be silent, in seconds: before an answer, or in the middle of one. `retries`
    counts repeated tries of a request. `anonymous` signs no requests. `allow_hosts` are the web
    servers that may be asked, as origins.read_host returns them, and `web_timeout` how long one
    object of theirs may take in all, in seconds.
    """

    endpoint: str | None = None
    timeout: float = 20.0
    retries: int = 4
    anonymous: bool = False
    allow_hosts: tuple[str, ...] = ()
    web_timeout: float = WEB_TIMEOUT

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the options that were plain values."""
        return cls(**{**values, "allow_hosts": tuple(values["allow_hosts"])})


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
