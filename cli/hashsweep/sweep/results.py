"""Turns a worker's untrusted answer into records that a report can hold, or into a failed one.

A worker opens files chosen by strangers and might be taken over by one. Knows no terminal.
"""

from collections.abc import Iterator, Mapping, Sequence

from hashsweep.engines.base import Finished
from hashsweep.errors import REASONS, STAGES
from hashsweep.model import MOST_POSSIBLE, TIERS, Failure, Match, Possible, Record
from hashsweep.variants import names_of

_SMALL = range(2**31)  # width, height and frames are columns of 32 bits
_LARGE = range(2**63)  # sizes are columns of 64 bits
_DISTANCE = range(2**31)  # distances are columns of 32 bits
_PDQ_BYTES = 32
_MOST_REASONS = 8  # each stage gives one or two
_QUALITY = range(101)  # of a PDQ


def records(finished: Finished, sizes: Mapping[str, int]) -> list[Record]:
    """Return one item's records; `sizes` are the bytes of every hash they may have."""
    item, result = finished
    if isinstance(result, Failure):
        return [Record(item, reasons=[result], size=item.size, mtime_ns=item.mtime_ns)]
    try:
        found = [Record.from_wire(item, wire) for wire in result]
        for number, record in enumerate(found):
            if (record.part is None) != (number == 0):
                raise ValueError("a record of no frame, or no record of the file")
            _check(record, sizes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        failure = Failure("work", "internal", f"no record: {type(error).__name__}")
        return [Record(item, reasons=[failure], size=item.size, mtime_ns=item.mtime_ns)]
    return found


def _check(record: Record, sizes: Mapping[str, int]) -> None:
    """Raise ValueError, TypeError or AttributeError for values that no column can hold."""
    _check_hashes(record, sizes)
    if len(record.reasons) > _MOST_REASONS:
        raise ValueError("more reasons than an item can have")
    for failure in record.reasons:
        failure.detail.encode()
        if failure.stage not in STAGES or failure.reason not in REASONS:
            raise ValueError(failure.reason)
    for number, there in _numbers(record):
        if number is not None and not (type(number) is int and number in there):
            raise ValueError(number)
    if type(record.mtime_ns) is bool:  # any number will do: impossible times are left out
        raise TypeError("mtime_ns")
    for text in (record.part, record.media_type, record.decode_mode):
        if text is not None:
            text.encode()
    for match in record.matches:
        _check_match(match)
    _check_leads(record.possible)


def _check_leads(leads: Sequence[Possible]) -> None:
    if len(leads) > MOST_POSSIBLE:
        raise ValueError("more leads than a record keeps")
    for each in leads:
        _check_names(each.list_name, each.entry_id)
        if type(each.distance) is not int or each.distance not in _DISTANCE:
            raise ValueError(each.distance)


def _check_hashes(record: Record, sizes: Mapping[str, int]) -> None:
    for name, value in record.hashes.items():
        if len(value) != sizes.get(name):
            raise ValueError(name)
    if any(len(each.pdq) != _PDQ_BYTES for each in record.frame_hashes):
        raise ValueError("frame_hashes")
    if any(len(each.pdq) != _PDQ_BYTES for each in record.views.values()):
        raise ValueError("views")
    if not record.views.keys() <= names_of(record.kept_views):
        raise ValueError("views that do not exist")
    if not {*record.stated_hashes, *record.compared} <= record.hashes.keys():
        raise ValueError("hashes that are stated or compared but missing")


def _small_numbers(record: Record) -> tuple[int | None, ...]:
    frames = record.frames, record.frames_seen, record.frames_left, record.frames_not_kept
    return record.width, record.height, *frames, record.ruleset


def _numbers(record: Record) -> Iterator[tuple[int | None, range]]:
    """Yield numbers, each with the range its column can hold."""
    yield from ((each, _SMALL) for each in _small_numbers(record))
    yield from ((record.size, _LARGE), (record.pdq_quality, _QUALITY))
    for number, _, quality in record.frame_hashes:
        yield from ((number, _SMALL), (quality, _QUALITY))
    yield from ((each.quality, _QUALITY) for each in record.views.values())
    for match in record.matches:
        yield match.distance, _DISTANCE
        yield from ((distance, _DISTANCE) for _, distance in match.evidence)


def _check_match(match: Match) -> None:
    if match.tier not in TIERS or match.distance is None:
        raise ValueError(match.tier)
    for text in (match.algorithm, match.variant, *(name for name, _ in match.evidence)):
        text.encode()
    _check_names(match.list_name, match.entry_id, match.category, *match.labels)


def _check_names(*texts: str) -> None:
    for text in texts:
        text.encode("utf-8", "surrogateescape")  # written as safe_text.as_text returns it
