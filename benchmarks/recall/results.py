"""The figures of a run as rows, as a file and as Markdown."""

import csv
import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

COLUMNS = (
    "set",
    "family",
    "kind",
    "copies",
    "contender",
    "found",
    "percent",
    "false",
    "failed",
)
"""`false`: copies that match the entry of a picture which cannot be seen in them."""

SETS = {"altered": "Copies that the benchmark made", "groups": "Copies that others made"}
"""How tables call the sets."""

Row = dict[str, str]


def rows_of(name: str, copies: list, answers: dict[str, list]) -> Iterator[Row]:
    """Yield a row per kind and contender; `copies` are cases.Case, in the order of the answers."""
    kinds = dict.fromkeys((case.family, case.kind) for case in copies)
    for family, kind in kinds:
        chosen = [
            at for at, case in enumerate(copies) if (case.family, case.kind) == (family, kind)
        ]
        for contender, answer in answers.items():
            matched = [(copies[at], answer[at] or set()) for at in chosen]
            found = sum(case.of in numbers for case, numbers in matched)
            yield {
                "set": name,
                "family": family,
                "kind": kind,
                "copies": str(len(chosen)),
                "contender": contender,
                "found": str(found),
                "percent": f"{100 * found / len(chosen):.0f}",
                "false": str(sum(bool(numbers - case.seen) for case, numbers in matched)),
                "failed": str(sum(answer[at] is None for at in chosen)),
            }


def write(folder: Path, about: str, rows: list[Row]) -> Path:
    """Write a dated file with what a reader has to know in its first line; return its path."""
    path = folder / f"{datetime.datetime.now(datetime.UTC).date()}-recall.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        stream.write(f"# {about}\n")
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[Row]:
    """Return the rows of a file that `write` wrote."""
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(line for line in stream if not line.startswith("#")))


def markdown(rows: list[Row], *, each_kind: bool = True) -> str:
    """Return a table per set: per cent found, a line per family and, if wanted, one per kind.

    The last lines count the copies with a false match, and those that could not be hashed.
    """
    tables = []
    for name in dict.fromkeys(row["set"] for row in rows):
        lines = _table([row for row in rows if row["set"] == name], each_kind=each_kind)
        tables.append(f"{SETS[name]}:\n\n{lines}")
    return "\n".join(tables)


def _table(rows: list[Row], *, each_kind: bool) -> str:
    contenders = list(dict.fromkeys(row["contender"] for row in rows))
    lines = [["found, in per cent", "copies", *contenders]]
    lines.append(["---", *["---:"] * (len(contenders) + 1)])
    for family in dict.fromkeys(row["family"] for row in rows):
        chosen = [row for row in rows if row["family"] == family]
        kinds = list(dict.fromkeys(row["kind"] for row in chosen))
        if len(kinds) > 1 or not each_kind:
            lines.append(_line(f"**{family}**" if each_kind else family, chosen, contenders))
        for kind in kinds if each_kind else ():
            lines.append(_line(kind, (row for row in chosen if row["kind"] == kind), contenders))
    for column, words in (("false", "copies with a false match"), ("failed", "not hashed")):
        counts = [
            str(sum(int(row[column]) for row in rows if row["contender"] == contender))
            for contender in contenders
        ]
        if column == "false" or any(count != "0" for count in counts):
            total = sum(int(row["copies"]) for row in rows if row["contender"] == contenders[0])
            lines.append([f"*{words}, number*", str(total), *counts])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _line(label: str, rows: Iterable[Row], contenders: list[str]) -> list[str]:
    """Return the line that sums up some rows."""
    found, copies = dict.fromkeys(contenders, 0), dict.fromkeys(contenders, 0)
    for row in rows:
        found[row["contender"]] += int(row["found"])
        copies[row["contender"]] += int(row["copies"])
    shares = [f"{100 * found[name] / copies[name]:.0f}" for name in contenders]
    return [label, str(copies[contenders[0]]), *shares]
