"""Whether an unfinished report can be gone on with: the same question, asked the same way.

Knows no terminal and writes nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

from hashsweep.errors import UsageProblem

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
    "exact": "--exact",
    "max_pixels": "--max-pixels",
    "max_frames": "--max-frames",
    "encrypt": "--encrypt",
    "endpoint": "--endpoint",
    "shard": "--shard",
    "manifest_format": "--manifest-format",
    "manifest_map": "--manifest-map",
    "manifest_columns": "--manifest-columns",
    "manifest_base": "--manifest-base",
    "all_versions": "--all-versions",
    "skip_archived": "--skip-archived",
    "digest_only": "--digest-only",
}
"""Options that change what a report says; others may change from run to run and are recorded."""

_OF_A_LIST = ("known_good", "entries", "withdrawn", "superseded", "hashes")


def check_same(before: Mapping[str, Any], new: Mapping[str, Any], folder: str) -> None:
    """Raise UsageProblem unless a sweep of these two `sweep.json` is one and the same."""
    if "rematch_of" in before:
        raise UsageProblem(f"{folder} is of a rematch, which is begun anew: name a new folder")
    new = json.loads(json.dumps(new))  # tuples become lists, as they did in the report
    changed = [
        told
        for name, told in SAME_OPTIONS.items()
        if before["options"].get(name) != new["options"][name]
    ]
    changed += ["the SOURCEs"] * (before["sources"] != new["sources"])
    changed += ["--baseline"] * (_run_id(before) != _run_id(new))
    changed += ["--decisions"] * (_decisions(before) != _decisions(new))
    changed += _changed_lists(before["lists"], new["lists"])
    changed += ["the hashes computed"] * (not changed and before["hashes"] != new["hashes"])
    if before["report_version"] != new["report_version"]:
        changed.append("the version of hashsweep")
    if changed:
        raise UsageProblem(
            f"{folder} was begun otherwise: {', '.join(changed)} changed. Go on with what it was "
            f"begun with, or start a new report with --baseline {folder}, which takes over "
            "every hash that still holds"
        )


def _run_id(about: Mapping[str, Any]) -> str | None:
    return about["baseline"]["run_id"] if about["baseline"] else None


def _decisions(about: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 of the file of decisions, wherever it lay."""
    return about["decisions"]["sha256"] if about.get("decisions") else None


def _changed_lists(before: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[str]:
    was, now = ({each["name"]: identity(each) for each in lists} for lists in (before, new))
    return [f"list {name}" for name in sorted(was.keys() | now) if was.get(name) != now.get(name)]


def identity(listed: Mapping[str, Any]) -> list[Any]:
    """Return what makes a list what it is, whatever it is called: facts.facts in short.

    Its counts, and the bytes of the files it came from.
    """
    sources = [[source["format"], source["sha256"]] for source in listed["sources"]]
    return [*(listed[name] for name in _OF_A_LIST), sources]
