"""Draws columns side by side as SVG, coloured by the page's style. Knows no report."""

from collections.abc import Sequence
from dataclasses import dataclass

from hashsweep.output.page.markup import Html, element

_HEIGHT = 100
_LEAST = 1.5  # of _HEIGHT: the lowest column that is not empty
_GAP = 0.15  # of a column's width


@dataclass(frozen=True)
class Columns:
    """What to draw: `values` from left to right, those from `near_from` on in the other colour.

    `says` describes the chart for people who cannot see it; `marks` are words below it, each with
    its position (0 is the left end, 1 the right); `unit` says how high the highest column is.
    """

    values: Sequence[float]
    says: str
    marks: Sequence[tuple[float, str]]
    unit: str
    near_from: int | None = None


def columns(chart: Columns) -> Html:
    """Return the chart, with the height of its highest column and the marks below."""
    most = max(chart.values, default=0) or 1
    drawn = [
        element(
            "rect",
            x=f"{at + _GAP / 2:.3f}",
            y=f"{_HEIGHT - height:.2f}",
            width=f"{1 - _GAP:.3f}",
            height=f"{height:.2f}",
            class_="near" if chart.near_from is not None and at >= chart.near_from else None,
        )
        for at, value in enumerate(chart.values)
        if (height := max(_HEIGHT * value / most, _LEAST) if value else 0)
    ]
    picture = element(
        "svg",
        *drawn,
        viewBox=f"0 0 {len(chart.values) or 1} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=chart.says,
    )
    top = element("p", f"highest column: {chart.unit}", class_="top")
    words = [
        element("text", word, x=f"{100 * place:.2f}%", y="1em", text_anchor=_anchor(place))
        for place, word in chart.marks
    ]
    below = element("svg", *words, class_="marks", aria_hidden="true")
    return element("div", top, picture, below, class_="chart")


def _anchor(place: float) -> str:
    """Return the alignment of a word at its position, so that none is cut off."""
    return "middle" if 0.02 < place < 0.98 else "start" if place < 0.5 else "end"  # noqa: PLR2004
