"""With how many workers a run works, and with how much memory each. Knows no engine."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from hashsweep.report.totals import Count

ChosenBy = Literal["option", "default", "container"]


class Resources(Struct, frozen=True, kw_only=True):
    """What a run may use, and what decided that."""

    workers: Annotated[Count, Meta(description="worker processes; threads of a rematch")]
    workers_by: Annotated[
        ChosenBy,
        Meta(description="what decided it: `option`, `default` (one per processor) or `container`"),
    ]
    max_memory: Annotated[
        Count | None,
        Meta(description="bytes that each worker may use beyond its start; null without a bound"),
    ]
    memory_by: Annotated[ChosenBy | None, Meta(description="what decided that, in the same words")]
