"""What the user asked for, as plain values. Knows no object and no terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hashsweep.media import KEEP_FRAMES, MAX_FRAMES, MAX_PIXELS
from hashsweep.report import SEGMENT_ROWS, SEGMENT_SECONDS
from hashsweep.report.outcome import DEFAULT
from hashsweep.storage.options import WEB_TIMEOUT

MAX_MEMORY = 3 << 30
"""Bytes a worker may use on top of what it has at start; 300 megapixels take about 2 GiB."""

HOT_AFTER = 20
"""An entry that matches more different pictures than this is suspect; it should match one."""

PRELOAD = ("hashsweep.sweep.worker", "hashsweep.engines.worker_process")
"""Modules that a fork server imports once for all workers."""

DEFAULT_HASHES = ("md5", "sha1", "sha256", "pdq")
"""What `hashsweep hash` computes by default: the hashes commonly found on lists."""


@dataclass(frozen=True)
class ScanConfig:
    """The options of a command; see `hashsweep scan --help` for each."""

    sources: tuple[str, ...] = ()
    files_from: str | None = None
    null: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None
    lists: tuple[str, ...] = ()
    known_good: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    scheme: str | None = None
    strict: bool = False
    allow_readable_lists: bool = False
    max_list_age: float | None = None
    stale: str = "warn"
    accept: tuple[str, ...] = ()
    fail_on: str = DEFAULT
    confirm: bool = False
    variants: str = "default"
    possible: bool = False
    hashes: tuple[str, ...] = ()
    max_distance: tuple[tuple[str, int], ...] = ()
    exact: bool = False
    max_pixels: int = MAX_PIXELS
    max_frames: int = MAX_FRAMES
    keep_frames: int = KEEP_FRAMES
    keep_views: bool = False
    timeout: float | None = 60.0
    item_timeout: float = 300.0
    max_memory: int = MAX_MEMORY
    nice: bool = False
    workers: int | None = None
    engine: str = "processes"
    output: str | None = None
    resume: bool = False
    baseline: str | None = None
    reread_share: tuple[int, int] | None = None
    encrypt: bool = False
    key_file: str | None = None
    signing_key: str | None = None
    decisions: str | None = None
    hot_after: int = HOT_AFTER
    segment_rows: int = SEGMENT_ROWS
    segment_seconds: float = SEGMENT_SECONDS
    missing_is_failed: bool = False
    endpoint: str | None = None
    anonymous: bool = False
    fetch_timeout: float = 20.0
    retries: int = 4
    window: int = 64 << 20
    spool_above: int = 64 << 20
    allow_hosts: tuple[str, ...] = ()
    web_timeout: float = WEB_TIMEOUT
    shard: tuple[int, int] | None = None
    manifests: tuple[str, ...] = ()
    manifest_format: str | None = None
    manifest_map: tuple[tuple[str, str], ...] = ()
    manifest_columns: tuple[str, ...] = ()
    manifest_base: str = ""
    all_versions: bool = False
    skip_archived: bool = False
    digest_only: bool = False
    weakened: tuple[Mapping[str, Any], ...] = ()
    """What weakens the sweep and no flag said: mappings of `option`, `value` and `origin`."""
