"""HTML in which text stays text: anything that is not Html is escaped. Knows no report."""

import html
from collections.abc import Iterable, Iterator, Sequence

from hashsweep.safe_text import printable

Cell = str | int


class Html(str):
    """Finished markup; any other str is text."""

    __slots__ = ()


def text(value: str) -> Html:
    r"""Return text as markup: escaped, and with \uNNNN for characters that hide or reorder text."""
    return Html(html.escape(printable(value)))


def join(pieces: Iterable[str]) -> Html:
    """Join pieces, escaping those that are text."""
    return Html("".join(piece if isinstance(piece, Html) else text(piece) for piece in pieces))


def element(name: str, *inside: str, **attributes: str | float | None) -> Html:
    """Return an element; `class_` is class, `aria_label` is aria-label; None leaves one out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>{join(inside)}</{name}>")


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], kind: str = "plain"
) -> Html:
    """Return a table: the first cell of a row names it; columns with a number align right.

    It has its own scroll box for narrow pages.
    """
    numbers = [any(isinstance(row[at], int) for row in rows) for at in range(len(head))]
    kinds = ["n" if number else None for number in numbers]
    top = [
        element("th", name, scope="col", class_=kind)
        for name, kind in zip(head, kinds, strict=True)
    ]
    body = [element("tr", *_cells(row, kinds)) for row in rows]
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *top)),
        element("tbody", *body),
        class_=kind,
    )
    return element("div", made, class_="wide", role="region", tabindex=0, aria_label=caption)


def _cells(row: Sequence[Cell], kinds: Sequence[str | None]) -> Iterator[Html]:
    for at, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        inside = f"{value:,}" if isinstance(value, int) else value
        name, scope = ("td", None) if at else ("th", "row")
        yield element(name, inside, scope=scope, class_=kind)


def bars(caption: str, head: Sequence[str], counts: Sequence[tuple[str, int, str]]) -> Html:
    """Return a table of (name, count, note), with a bar in proportion to each count."""
    most = max((count for _, count, _ in counts), default=0) or 1
    noted = len(head) > 2  # noqa: PLR2004 - the third is for the note
    rows: list[list[Cell]] = [
        [name, count, _bar(count / most), *([note] if noted else [])]
        for name, count, note in counts
    ]
    return table(caption, [*head[:2], "", *head[2:]], rows, "bars")


def _bar(share: float) -> Html:
    width = f"{100 * share:.1f}"
    inside = element("rect", width=width, height=1)
    return element(
        "svg", inside, viewBox="0 0 100 1", preserveAspectRatio="none", aria_hidden="true"
    )
