"""The page's charts of how far stored pictures are from listed ones. Knows no index."""

from collections.abc import Sequence

from hashsweep.analysis.near_misses import WITHIN, Nearest
from hashsweep.model import LOW_QUALITY, PDQ_MAX_DISTANCE
from hashsweep.output.page.charts import Columns, columns
from hashsweep.output.page.markup import Html, element, join, table

_NOT_READ = "No media was read."
_NO_OTHERS = "Other views, such as parts of the pictures, are not counted."
_BELOW = "; below, the distance in bits"


def of_matches(counts: Sequence[int], limit: int) -> Html:
    """Return the chart of matches: one number per distance, 0 to `limit` (bits, inclusive)."""
    total = sum(counts)
    if not total:
        return element("p", "No match involves a PDQ.")
    says = f"{total:,} matches by the distance of their PDQ, 0 to {limit} bits"
    chart = Columns(counts, says, _marks(len(counts)), _matches(max(counts)) + _BELOW)
    head = ("distance in bits", "matches", "up to here")
    return join([columns(chart), _numbers("Matches by distance", head, counts)])


def of_pictures(found: Nearest, limit: int) -> Html:
    """Return the charts of pictures by the distance of the nearest entry, and notes on their data.

    One is of the pictures as they are stored, one of them turned; `limit` in bits, inclusive.
    """
    lists = f"{found.listed:,} PDQs of {', '.join(found.lists)}"
    sampled = found.looked < found.stored
    what = (
        f"A sample of {found.looked:,} of about {found.stored:,} different stored PDQs"
        if sampled
        else f"All {found.looked:,} different stored PDQs"
    )
    note = element(
        "p", f"{what} (quality {LOW_QUALITY} or more) compared with {lists}. {_NOT_READ}"
    )
    how_many = "All" if found.turned_looked == found.looked else f"{found.turned_looked:,}"
    turned = element(
        "p",
        f"{how_many} of these {found.looked:,} compared once more: mirrored, upside down and "
        "rotated by their stored bits, which is off by some bits. The nearest turn counts. "
        f"{_NO_OTHERS}",
    )
    return join(
        [
            note,
            _of_near(found.counts, limit, "Pictures as stored"),
            element("h4", "The same pictures turned"),
            turned,
            _of_near(found.turned_counts, limit, "Pictures turned"),
        ]
    )


def _of_near(counts: Sequence[int], limit: int, what: str) -> Html:
    """Return the chart of numbers by distance, its key and its table."""
    within, beyond = sum(counts[: limit + 1]), sum(counts[limit + 1 :])
    said = (
        f"{within:,} within the limit of {limit} bits, "
        f"{beyond:,} near misses at {limit + 1} to {WITHIN} bits"
    )
    if not within + beyond:
        return element("p", f"None is within {WITHIN} bits of an entry.")
    unit = f"{max(counts):,} pictures{_BELOW}"
    chart = Columns(counts, f"{what}, by distance: {said}", _marks(len(counts)), unit, limit + 1)
    keys = (
        (f"within the limit of {limit} bits: {within:,}", "key"),
        (f"near misses (not matches): {beyond:,}", "key near"),
    )
    key = element("p", *(element("span", word, class_=kind) for word, kind in keys), class_="keys")
    head = ("distance in bits", "pictures", "would match at this limit")
    return join([columns(chart), key, _numbers(f"{what}, by distance", head, counts)])


def _numbers(title: str, head: Sequence[str], counts: Sequence[int]) -> Html:
    """Return the numbers of a chart, folded; distances with none are left out."""
    rows = [(str(at), number, sum(counts[: at + 1])) for at, number in enumerate(counts) if number]
    return element("details", element("summary", "The numbers"), table(title, head, rows))


def _marks(count: int) -> list[tuple[float, str]]:
    """Return every 8th or 16th distance, each centred below its column."""
    step = 16 if count > 2 * PDQ_MAX_DISTANCE else 8
    return [((at + 0.5) / count, str(at)) for at in range(0, count, step)]


def _matches(number: int) -> str:
    return f"{number:,} match{'' if number == 1 else 'es'}"
