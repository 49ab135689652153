"""What `sweep.json` says of a sweep: what ran, with what, and what it came to.

Knows no terminal and writes nothing.
"""

import datetime
import os
import platform
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import PIL
from PIL import features

from hashsweep import __version__
from hashsweep.errors import ExitCode, exit_code
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.describe import facts
from hashsweep.matching.chance import TOLD_FROM, expected
from hashsweep.model import HashSpec
from hashsweep.report import schema
from hashsweep.report.encryption import Keys
from hashsweep.report.tally import Tally
from hashsweep.sweep.baseline import Baseline
from hashsweep.sweep.config import ScanConfig

if TYPE_CHECKING:
    from hashsweep.analysis.decisions import Decisions

RUN = ("hashsweep", "options", "decoders", "platform", "host")
"""What `runs` keeps of each run of a sweep, because the next one may have it otherwise."""


class Named(Protocol):
    """A source."""

    @property
    def name(self) -> str:
        """What it is called."""


class Run(Protocol):
    """What is accounted for: a Plan, or what else fills a report."""

    @property
    def config(self) -> ScanConfig:
        """The options."""

    @property
    def sources(self) -> Sequence[Named]:
        """Where the items come from."""

    @property
    def mounts(self) -> Sequence[str]:
        """Mounted disks among them."""

    @property
    def lists(self) -> Sequence[CompiledList]:
        """What is matched against."""

    @property
    def specs(self) -> Sequence[HashSpec]:
        """What is compared."""

    @property
    def baseline(self) -> Baseline | None:
        """The report of --baseline, if there is one."""

    @property
    def keys(self) -> Keys | None:
        """Keys of reports."""

    @property
    def decisions(self) -> "Decisions | None":
        """What people decided before, if it was named."""

    def options(self) -> dict[str, Any]:
        """Return the options as plain values."""

    def in_force(self) -> tuple[str, ...]:
        """Return what power the workers gave up."""


def begun(plan: Run, tally: Tally) -> dict[str, Any]:
    """Return the first state of `sweep.json` for a new sweep."""
    distances = dict(plan.config.max_distance)
    about = {
        "report_version": schema.VERSION,
        "hashsweep": __version__,
        "run_id": str(uuid.uuid4()),
        "state": "running",
        "incomplete": True,
        "started": _now(),
        "ended": None,
        "sources": [source.name for source in plan.sources],
        "mounts": list(plan.mounts),
        "options": plan.options(),
        "lists": [facts(each) for each in plan.lists],
        "hashes": [
            {
                "name": spec.name,
                "version": spec.version,
                "bits": spec.bits,
                "max_distance": distances.get(spec.name, spec.max_distance),
                "min_quality": spec.min_quality,
            }
            for spec in plan.specs
        ],
        "decoders": _decoders(),
        "platform": {"python": platform.python_version(), "system": _system()},
        "host": os.uname().nodename,
        "baseline": _baseline(plan),
        "decisions": plan.decisions.about if plan.decisions else None,
        "encrypted": plan.keys.ids[0] if plan.keys and plan.config.encrypt else None,
        "tally": tally.to_json(),
    }
    about["runs"] = [_run(about, tally)]
    return about


def resumed(before: dict[str, Any], new: dict[str, Any], tally: Tally) -> dict[str, Any]:
    """Return the state of an unfinished sweep that goes on; `new` is what it would be anew."""
    about = {key: value for key, value in before.items() if key not in ("error", "ended")}
    about.update(state="running", incomplete=True, ended=None, mounts=new["mounts"])
    about["tally"] = tally.to_json()
    about["runs"] = [*before["runs"], _run(new, tally)]
    return about


def closed(about: dict[str, Any], plan: Run, tally: Tally, state: str) -> None:
    """Bring `about` to its last state: "complete" or "interrupted"."""
    about.update(state=state, ended=_now(), tally=tally.to_json())
    run = about["runs"][-1]
    run["ended"] = about["ended"]
    run["items"] = tally.items - run["items_before"]
    run["bytes"] = tally.bytes - run["bytes_before"]
    run["workers_confined"] = list(plan.in_force())
    in_force = [each["workers_confined"] for each in about["runs"] if "workers_confined" in each]
    about["workers_confined"] = [name for name in in_force[0] if all(name in i for i in in_force)]
    about["chance_matches"] = _chance(about, tally)
    about["incomplete"] = state != "complete" or _is_incomplete(about, tally)


def status(about: dict[str, Any]) -> ExitCode:
    """Return the exit status that a finished sweep deserves."""
    return exit_code(matches=about["tally"]["matched_items"] > 0, incomplete=about["incomplete"])


def _baseline(plan: Run) -> dict[str, Any] | None:
    if plan.baseline is None:
        return None
    return {"run_id": plan.baseline.sweep["run_id"], "report": plan.config.baseline}


def _run(about: dict[str, Any], tally: Tally) -> dict[str, Any]:
    return {
        "started": _now(),
        "ended": None,
        **{name: about[name] for name in RUN},
        "items_before": tally.items,
        "bytes_before": tally.bytes,
    }


def _chance(about: dict[str, Any], tally: Tally) -> dict[str, float]:
    """Return the matches to expect by pure chance, by algorithm, where they are worth telling."""
    expectations = {}
    for spec in about["hashes"]:
        listed = sum(
            each["hashes"].get(spec["name"], 0) for each in about["lists"] if not each["known_good"]
        )
        items = tally.hashed[spec["name"]]
        number = expected(spec["bits"], spec["max_distance"], listed, items)
        if number > TOLD_FROM:
            expectations[spec["name"]] = round(number, 3)
    return expectations


def _is_incomplete(about: dict[str, Any], tally: Tally) -> bool:
    # nothing at all is no clean sweep either: an unmounted disk is an empty folder
    lists_used = all(
        sum(each["hashes"].values()) > each["low_quality"] and not each["refused"]
        for each in about["lists"]
    )
    return (tally.items == 0 and not tally.elsewhere) or tally.failed > 0 or not lists_used


def _decoders() -> dict[str, str | None]:
    libraries = ("jpg", "libjpeg_turbo", "jpg_2000", "webp", "avif", "libtiff", "zlib")
    found = {name: features.version(name) for name in libraries if features.check(name)}
    return {"pillow": PIL.__version__, **found}


def _system() -> str:
    """Like platform.platform(), which starts a process to ask for the processor's name."""
    system = os.uname()
    return f"{system.sysname}-{system.release}-{system.machine}"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
