"""Checks that a sweep resumes a report with the options, lists and sources it was started with.

Knows no terminal and writes nothing.
"""

from collections.abc import Mapping
from typing import Any

from hashsweep.errors import DifferentSweep, UsageProblem
from hashsweep.report.sweep_json import SweepInfo

SAME_OPTIONS = {
    "null": "--null",
    "include": "--include",
    "exclude": "--exclude",
    "max_file_size": "--max-file-size",
    "columns": "--map",
    "categories": "--vics-category",
    "scheme": "--category-scheme",
    "hashes": "--hash",
    "max_distance": "--max-distance",
    "confirm": "--confirm",
    "variants": "--variants",
    "possible": "--possible",
    "exact": "--exact",
    "max_pixels": "--max-pixels",
    "max_frames": "--max-frames",
    "keep_frames": "--keep-frames",
    "keep_views": "--keep-views",
    "reread_share": "--reread-share",
    "encrypt": "--encrypt",
    "endpoint": "--endpoint",
    "allow_hosts": "--allow-host",
    "shard": "--shard",
    "manifest_format": "--manifest-format",
    "manifest_map": "--manifest-map",
    "manifest_columns": "--manifest-columns",
    "manifest_base": "--manifest-base",
    "all_versions": "--all-versions",
    "skip_archived": "--skip-archived",
    "digest_only": "--digest-only",
    "accept": "--accept",
    "fail_on": "--fail-on",
}
"""Options that change what a report says; others may change from run to run and are recorded."""


def check_same(before: SweepInfo, new: SweepInfo, folder: str) -> None:
    """Raise DifferentSweep unless these two `sweep.json` describe the same sweep."""
    if before.kind == "rematch":
        raise UsageProblem(f"{folder} is a rematch, which cannot be resumed: name a new folder")
    changed = [
        option
        for name, option in SAME_OPTIONS.items()
        if before.options.get(name) != new.options[name]
    ]
    changed += ["the SOURCEs"] * (before.sources != new.sources)
    changed += ["--baseline"] * (_run_id(before) != _run_id(new))
    changed += ["--decisions"] * (_decisions(before) != _decisions(new))
    changed += _name_changed_lists(before.identities(), new.identities())
    rules = [each.rulesets[0].rules for each in (before, new)]
    changed += ["the rules by which this version looks at files"] * (rules[0] != rules[1])
    changed += ["the hashes computed"] * (not changed and before.hashes != new.hashes)
    if changed:
        raise DifferentSweep(folder, changed)


def _run_id(sweep: SweepInfo) -> str | None:
    return sweep.baseline.run_id if sweep.baseline else None


def _decisions(sweep: SweepInfo) -> str | None:
    """Return the SHA-256 of the decisions file, wherever it was."""
    return sweep.decisions.sha256 if sweep.decisions else None


def _name_changed_lists(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [f"list {name}" for name in sorted(was.keys() | now) if was.get(name) != now.get(name)]
