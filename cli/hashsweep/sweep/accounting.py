"""Builds what `sweep.json` says about a sweep: what ran, with what, and the results.

Knows no terminal and writes nothing.
"""

import datetime
import json
import os
import platform
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import PIL
from msgspec.structs import replace
from PIL import features

from hashsweep import __version__, model
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.describe import facts
from hashsweep.matching.chance import TOLD_FROM, expect_by_class, expect_matches
from hashsweep.model import HashSpec
from hashsweep.report.carried_over import BaselineInfo, Ruleset
from hashsweep.report.encryption import Keys
from hashsweep.report.resources import Resources
from hashsweep.report.sweep_json import (
    LAYOUT,
    HashInfo,
    Kind,
    ListInfo,
    Platform,
    Run,
    State,
    SweepInfo,
)
from hashsweep.report.tally import Tally
from hashsweep.report.totals import Totals
from hashsweep.sweep.baseline import Baseline
from hashsweep.sweep.config import ScanConfig

if TYPE_CHECKING:
    from hashsweep.analysis.decisions import Decisions


class Named(Protocol):
    """A source."""

    @property
    def name(self) -> str:
        """Its name."""


class Fills(Protocol):
    """Work that fills a report: a Plan of a sweep or of a rematch."""

    @property
    def config(self) -> ScanConfig:
        """The options."""

    @property
    def resources(self) -> Resources:
        """What the run may use."""

    @property
    def sources(self) -> Sequence[Named]:
        """Where the items come from."""

    @property
    def mounts(self) -> Sequence[str]:
        """The mounted disks among them."""

    @property
    def lists(self) -> Sequence[CompiledList]:
        """The lists to match against."""

    @property
    def specs(self) -> Sequence[HashSpec]:
        """The hashes compared."""

    @property
    def baseline(self) -> Baseline | None:
        """The report of --baseline, if there is one."""

    @property
    def keys(self) -> Keys | None:
        """Keys of reports."""

    @property
    def decisions(self) -> "Decisions | None":
        """Earlier decisions, if a file of them was named."""

    def options(self) -> dict[str, Any]:
        """Return the options as plain values."""

    def in_force(self) -> tuple[str, ...]:
        """Return which privileges the workers gave up."""

    def rulesets(self) -> list[Ruleset]:
        """Return the rules by which rows are looked at, today's first."""

    def rematch_fields(self) -> dict[str, Any]:
        """Return the fields of SweepInfo that only a rematch has; none for a sweep."""


def start_info(plan: Fills, tally: Tally, kind: Kind = "sweep") -> SweepInfo:
    """Return `sweep.json` for a new sweep; a rematch still has to add its own fields."""
    distances = dict(plan.config.max_distance)
    options = json.loads(json.dumps(plan.options()))  # tuples become lists, as in the file
    first = Run(
        started=_now(),
        hashsweep=__version__,
        options=options,
        decoders=_decoders() if kind == "sweep" else {},
        platform=Platform(python=platform.python_version(), system=_system()),
        host=os.uname().nodename,
        resources=plan.resources,
        items_before=tally.items,
        bytes_before=tally.bytes,
    )
    return SweepInfo(
        layout=LAYOUT,
        kind=kind,
        hashsweep=first.hashsweep,
        run_id=str(uuid.uuid4()),
        state="running",
        incomplete=True,
        started=first.started,
        ended=None,
        sources=[source.name for source in plan.sources],
        mounts=list(plan.mounts),
        options=options,
        lists=[list_info(each) for each in plan.lists],
        hashes=[
            HashInfo(
                name=spec.name,
                version=spec.version,
                bits=spec.bits,
                max_distance=distances.get(spec.name, spec.max_distance),
                min_quality=spec.min_quality,
            )
            for spec in plan.specs
        ],
        decoders=first.decoders,
        rulesets=plan.rulesets(),
        platform=first.platform,
        host=first.host,
        baseline=_baseline(plan),
        decisions=plan.decisions.info if plan.decisions else None,
        encrypted=plan.keys.ids[0] if plan.keys and plan.config.encrypt else None,
        tally=tally.totals(),
        runs=[first],
        **plan.rematch_fields(),
    )


def list_info(compiled: CompiledList) -> ListInfo:
    """Return what a report says about a list."""
    return msgspec.convert(facts(compiled), ListInfo)


def resume_info(before: SweepInfo, new: SweepInfo, tally: Tally) -> SweepInfo:
    """Return `sweep.json` for a resumed sweep; `new` is what a fresh one would have."""
    run = replace(new.runs[0], items_before=tally.items, bytes_before=tally.bytes)
    return replace(
        before,
        state="running",
        incomplete=True,
        ended=None,
        error=None,
        mounts=new.mounts,
        tally=tally.totals(),
        runs=[*before.runs, run],
    )


def close_info(
    sweep: SweepInfo, plan: Fills, tally: Tally, state: State, error: str | None
) -> SweepInfo:
    """Return the final `sweep.json` of a sweep, with state "complete" or "interrupted"."""
    ended, totals = _now(), tally.totals()
    *before, last = sweep.runs
    last = replace(
        last,
        ended=ended,
        items=tally.items - last.items_before,
        bytes=tally.bytes - last.bytes_before,
        workers_confined=list(plan.in_force()),
    )
    runs = [*before, last]
    in_force = [each.workers_confined for each in runs if each.workers_confined is not None]
    return replace(
        sweep,
        state=state,
        error=error,
        ended=ended,
        tally=totals,
        runs=runs,
        workers_confined=[name for name in in_force[0] if all(name in each for each in in_force)],
        chance_matches=_chance(sweep, totals),
        chance_by_class=_chance_by_class(sweep, totals),
        incomplete=state != "complete" or _is_incomplete(sweep, totals),
    )


def _baseline(plan: Fills) -> BaselineInfo | None:
    if plan.baseline is None:
        return None
    return BaselineInfo(
        run_id=plan.baseline.sweep.run_id,
        report=plan.config.baseline or "",
        reread=plan.baseline.reread,
    )


def ruleset() -> Ruleset:
    """Return the rules by which this version looks at files."""
    return Ruleset(rules=model.RULES, hashsweep=__version__, decoders=_decoders())


def _chance(sweep: SweepInfo, totals: Totals) -> dict[str, float]:
    """Return the matches to expect by pure chance, by algorithm, where worth mentioning."""
    expectations = {}
    for spec in sweep.hashes:
        pairs = _count_pairs(spec.name, sweep, totals)
        number = expect_matches(spec.bits, spec.max_distance, *pairs)
        if number > TOLD_FROM:
            expectations[spec.name] = round(number, 3)
    return expectations


def _chance_by_class(sweep: SweepInfo, totals: Totals) -> dict[str, float]:
    """Return the matches to expect of PDQ if all pictures were of a class, by class."""
    for spec in sweep.hashes:
        listed, items = _count_pairs(spec.name, sweep, totals)
        if spec.name == "pdq" and listed and items:
            found = expect_by_class(spec.max_distance, listed, items)
            return {name: float(f"{number:.2g}") for name, number in found.items()}
    return {}


def _count_pairs(name: str, sweep: SweepInfo, totals: Totals) -> tuple[int, int]:
    """Return how many hashes are listed and how many pictures or files have one."""
    listed = sum(each.hashes.get(name, 0) for each in sweep.lists if not each.known_good)
    return listed, totals.hashed.get(name, 0)


def _is_incomplete(sweep: SweepInfo, totals: Totals) -> bool:
    # an empty sweep is not clean either: an unmounted disk looks like an empty folder
    is_empty = totals.items == 0 and not totals.in_other_shards
    return (
        is_empty or totals.failed > totals.accepted or not all(each.is_used for each in sweep.lists)
    )


def _decoders() -> dict[str, str | None]:
    libraries = ("jpg", "libjpeg_turbo", "jpg_2000", "webp", "avif", "libtiff", "zlib")
    found = {name: features.version(name) for name in libraries if features.check(name)}
    return {"pillow": PIL.__version__, **found}


def _system() -> str:
    """Like platform.platform(), but without starting a process to ask for the processor's name."""
    system = os.uname()
    return f"{system.sysname}-{system.release}-{system.machine}"


def _now() -> datetime.datetime:
    """Return the time in UTC, to the millisecond."""
    now = datetime.datetime.now(datetime.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
