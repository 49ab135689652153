"""Fill the generated parts of README.md, docs/ and others, so that they agree with the code.

    python docs/readme.py            write them
    python docs/readme.py --check    exit 1 and say which are stale, write nothing

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`. There is no site
generator: GitHub shows these pages as they are, their anchors and links are tested, and a site
would be a second place to look after.
"""

# ruff: noqa: INP001 - a script, no package

import argparse
import csv
import datetime
import hashlib
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import click
import pyarrow as pa
from click.testing import CliRunner
from msgspec import Struct, inspect

from hashsweep.commands import main as command_line
from hashsweep.errors import EXIT_MEANING, REASONS, REMEDIES, SKIPS, STAGES
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.base import REFUSALS
from hashsweep.hashlists.lint import PROBLEMS
from hashsweep.matching.chance import TAILS
from hashsweep.model import TIERS
from hashsweep.output.row_formats import plain
from hashsweep.report import schema
from hashsweep.report.retractions import WHY
from hashsweep.report.sweep_json import LAYOUT, STATES, SweepInfo
from hashsweep.settings.weakening import ONLY_FOR, WEAKENING
from hashsweep.sources.manifests import MANIFESTS
from hashsweep.sources.manifests.lists import ALIASES

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    *(str(p.relative_to(ROOT)) for p in sorted(DOCS.rglob("*.md"))),
)
"""The pages that may have generated parts."""

RUNS = ROOT / "benchmarks" / "runs"
SETS = {
    "jpeg-12mp": "12 MP JPEG",
    "progressive-12mp": "12 MP progressive",
    "jpeg-2mp": "2 MP JPEG",
    "jpeg-0.3mp": "0.3 MP JPEG",
}
BESIDE = {
    ("hashsweep", "threatexchange"): "`threatexchange hash photo` (PDQ)",
    ("hashsweep", "pdqhash"): "a loop with pdqhash (PDQ)",
    ("hashsweep", "imagehash"): "a loop with imagehash (phash)",
    ("hashsweep-phash", "perception"): "perception (phash; ours too)",
    ("hashsweep-phash", "libphash"): "libphash at 1/8 (phash; ours too)",
    ("hashsweep-digests", "hashdeep"): "hashdeep (MD5, SHA-1, SHA-256; ours too)",
    ("hashsweep-sha256", "hashdeep-sha256"): "hashdeep (SHA-256; ours too)",
    ("hashsweep", "djpeg"): "`djpeg -scale 1/8 -grayscale`, which only decodes",
    ("hashsweep-2-workers", "hashsweep-1-worker"): "two workers beside one",
}
"""What docs/concepts/speed.md says of a run of benchmarks/hashing, and in which words."""
PART = re.compile(r"(<!-- generated: ([a-z -]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
WIDTH = 90  # columns of the help texts


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(header), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def codes(header: str, meanings: Iterable[tuple[object, str]]) -> str:
    """Return a table of codes and what they mean."""
    return table([header, "meaning"], [(f"`{code}`", text) for code, text in meanings])


def hashes() -> str:
    """Return the table of algorithms from what each declares of itself."""
    rows = []
    for name in HASHERS.names:
        spec = HASHERS.load(name).spec
        near = "equal" if spec.metric == "exact" else f"distance <= {spec.max_distance}"
        quality = "" if spec.min_quality is None else f", quality >= {spec.min_quality}"
        if low := spec.low_quality:
            quality += f"; distance <= {low.max_distance}, quality >= {low.both}"
        rows.append((f"`{name}`", spec.bits, f"the {spec.reads}", near + quality, spec.source))
    return table(["hash", "bits", "computed from", "matches when", "defined by"], rows)


def formats() -> str:
    """Return the table of list formats, as `hashsweep lists formats` prints it."""
    rows = [(f"`{name}`", FORMATS.load(name).description) for name in FORMATS.names]
    return table(["format", "what is read"], rows)


def manifests() -> str:
    """Return the table of manifest formats."""
    rows = [(f"`{name}`", MANIFESTS.load(name).description) for name in MANIFESTS.names]
    return table(["format", "what it is"], rows)


CLASS_MEANINGS = {
    "photographs": "photographs, and parts of photographs",
    "series": "one place, seen a little beside (half of it in common at most)",
    "products": "one object on plain ground (drawn)",
    "screens": "windows and dialogs of one program",
    "documents": "pages of text and tables (drawn)",
    "logos": "coins and signs",
    "icons": "icons of two desktops",
}
"""What the classes of matching.chance are; KeyError for a new one that has no meaning here."""
SIZES = (10**4, 10**5, 10**6, 10**7)


def chance() -> str:
    """Return the table of matches by chance from the run of benchmarks/false_matches.py."""
    newest = max(RUNS.glob("????-??-??-false-matches.csv"))
    with newest.open() as stream:
        rows = list(csv.DictReader(line for line in stream if line[0] != "#"))
    on_photographs = {
        row["class"]: float(row["share_at_31"]) for row in rows if row["list"] == "photographs"
    }
    found = []
    with_all_views = {row["class"]: row for row in rows if row["list"] == row["class"]}  # the last
    for name, row in with_all_views.items():
        shares = [TAILS[name].share * size for size in SIZES]
        beside = on_photographs.get(name)
        found.append(
            [
                f"{name}: {CLASS_MEANINGS[name]}",
                f"{int(row['within_31']):,} of {int(row['pairs']):,}; {row['nearest']} bits",
                *(in_digits(share * 1e6) for share in shares),
                "" if beside is None else in_digits(beside * 1e12),
            ]
        )
    found.sort(key=lambda cells: TAILS[cells[0].partition(":")[0]].share)
    header = ["class", "pairs within 31 bits; nearest", *(f"{size:,}" for size in SIZES)]
    return table([*header, "1,000,000 photographs"], found)


def in_digits(number: float) -> str:
    """Return a number with two digits that say something, without an exponent."""
    digits = 1 - math.floor(math.log10(number))
    return f"{round(number, digits):,.{max(digits, 0)}f}"


FIELD_MEANINGS = {
    "uri": "the whole name: a URI or a path",
    "bucket": "the name in two columns: the bucket or container",
    "key": "the name in two columns: the rest; `--manifest-base` goes before keys without a bucket",
    "size": "bytes",
    "mtime": "when it was last modified",
    "etag": "the store's change token; never evidence",
    "version": "the version of the object",
    "md5": "MD5 of the content, for `--digest-only`",
    "class": "the storage class, which says what is in an archive",
}
"""What the fields of a list of URIs mean; KeyError for a new one that has no meaning here."""


def manifest_fields() -> str:
    """Return the table of fields with the names of columns that are read as each."""
    rows = [
        (f"`{field}`", ", ".join(f"`{name}`" for name in names), FIELD_MEANINGS[field])
        for field, names in ALIASES.items()
    ]
    return table(["field", "columns that are read as it", "meaning"], rows)


OTHER_REMEDIES = {
    "not-regular": "nothing, if it became a folder or a link on purpose; else scan again",
    "bad-name": "look at where the name comes from; keys of S3 may need the extra `aws`",
}
"""What helps for reasons of which errors.REMEDIES has nothing."""


def reasons() -> str:
    """Return the table of reasons, with what to do about each."""
    remedies = OTHER_REMEDIES | REMEDIES
    rows = [(f"`{code}`", meaning, remedies[code]) for code, meaning in REASONS.items()]
    return table(["reason", "meaning", "what to do"], rows)


def speed() -> str:
    """Return the ratios of rates in the newest committed run with drawn pictures."""
    newest = max(RUNS.glob("????-??-??-hashing-drawn.csv"))
    with newest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    found = {(row["set"], row["contender"], row["against"]): row["ratio"] for row in rows}
    lines = [
        [words, *(found.get((name, *pair), "") for name in SETS)] for pair, words in BESIDE.items()
    ]
    return table(["files per second, as a multiple of", *SETS.values()], lines) + (
        f"\n(`{newest.relative_to(ROOT)}`)\n"
    )


def recall(*, each_kind: bool) -> str:
    """Return what was found in the newest committed run of benchmarks/recall."""
    sys.path.insert(0, str(ROOT))
    results = import_module("benchmarks.recall.results")
    newest = max(RUNS.glob("????-??-??-recall.csv"))
    found = results.markdown(results.read(newest), each_kind=each_kind)
    return f"{found}\n(`{newest.relative_to(ROOT)}`)\n"


def columns(fields: pa.Schema, example: dict[str, object]) -> str:
    """Return the table of a report's columns, with an example row that fits them."""
    batch = pa.RecordBatch.from_pylist([example], schema=fields)
    (row,) = plain(batch)
    rows = [
        (f"`{field.name}`", str(field.type), schema.description(field), shown(row.get(field.name)))
        for field in fields
    ]
    return table(["column", "type", "meaning", "example"], rows)


CORPUS = "/home/ann/hashsweep/examples/corpus"
"""Where the drawn corpus of the example rows is."""

EXAMPLE: dict[str, object] = {
    "uri": f"{CORPUS}/media/copies/quarter-original-1.jpg",
    "md5": bytes.fromhex("a3453c9beb43d517b9916ae96e434729"),
    "sha1": bytes.fromhex("2500916b567dbaaf082da7fd71261be2f708f0bd"),
    "sha256": bytes.fromhex("e9cf770ee47d1ccbebe025c9db2739356b2c5fe0d02b2c5d139d51990f7c812a"),
    "pdq": bytes.fromhex("e3609dae0abb6c4513bea3bbbc1042d6e2d1113b711efd8a5786ff4e590b0047"),
}
"""What the example rows of both tables have."""
EXAMPLE["item_id"] = hashlib.blake2b(str(EXAMPLE["uri"]).encode(), digest_size=16).digest()

EXAMPLE_FILE = EXAMPLE | {
    "status": "scanned",
    "reasons": [],
    "size": 7434,
    "mtime": datetime.datetime(2026, 11, 24, 2, 15, 0, 743731, tzinfo=datetime.UTC),
    "mtime_ns": 743731928,
    "from_baseline": False,
    "stated_hashes": [],
    "media_type": "image/jpeg",
    "width": 256,
    "height": 192,
    "animated": False,
    "decode_mode": "exact",
    "looked_for": {
        "ruleset": 0,
        "hashes": ["md5", "pdq", "sha1", "sha256"],
        "views": ["turns", "shown", "windows"],
        "frames_seen": None,
        "frames_left": None,
    },
    "pdq_quality": 100,
}
EXAMPLE_MATCH = EXAMPLE | {
    "algorithm": "pdq",
    "distance": 18,
    "variant": "as-is",
    "list": "known",
    "entry_id": f"{CORPUS}/known/original-1.jpg",
    "category": "",
    "labels": [],
    "tier": "near",
    "evidence": [{"algorithm": "pdq", "distance": 18}],
}


def shown(value: object) -> str:
    """Return a value as `report show --format jsonl` prints it; nothing for null."""
    if value in (None, ""):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def layout() -> str:
    """Return the sentence that numbers the layout."""
    return f"`layout` numbers all of this, and the columns of the tables. Here it is {LAYOUT}.\n"


def sweep_json() -> str:
    """Return a table of keys for each object of `sweep.json`, the whole of it first."""
    found: list[type[Struct]] = [SweepInfo]
    for each in found:  # grows on the way
        for field in _fields(each):
            found += [inner for inner in _structs(field.type) if inner not in found]
    return "\n".join(f"### `{each.__name__}`\n\n{_keys(each)}" for each in found)


def _keys(struct: type[Struct]) -> str:
    first, *_ = (struct.__doc__ or "").splitlines()
    rows = [
        (f"`{field.name}`", _kind(field.type), "yes" if _is_nullable(field.type) else "", meaning)
        for field in _fields(struct)
        for meaning in [_meaning(field.type)]
    ]
    return f"{first}\n\n{table(['key', 'kind', 'null', 'meaning'], rows)}"


def _fields(struct: type[Struct]) -> Sequence[inspect.Field]:
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    return found.fields


def _meaning(kind: inspect.Type) -> str:
    """Return the description of a key; KeyError where it has none."""
    assert isinstance(kind, inspect.Metadata)
    assert kind.extra_json_schema is not None
    return str(kind.extra_json_schema["description"])


def _inner(kind: inspect.Type) -> inspect.Type:
    """Return a kind without its description, and without null."""
    if isinstance(kind, inspect.Metadata):
        return _inner(kind.type)
    if isinstance(kind, inspect.UnionType):
        (kind,) = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return _inner(kind)
    return kind


def _is_nullable(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_nullable(kind.type)
    return isinstance(kind, inspect.UnionType) and kind.includes_none


def _structs(kind: inspect.Type) -> Iterator[type[Struct]]:
    """Yield the objects that are in a kind."""
    kind = _inner(kind)
    if isinstance(kind, inspect.StructType):
        yield kind.cls
    elif isinstance(kind, inspect.ListType):
        yield from _structs(kind.item_type)
    elif isinstance(kind, inspect.DictType):
        yield from _structs(kind.value_type)


_PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "any value",
    inspect.BoolType: "true or false",
    inspect.FloatType: "number",
    inspect.DateTimeType: "time",
}


def _kind(kind: inspect.Type) -> str:
    """Return in words what kind of JSON value a key has, null apart."""
    kind = _inner(kind)
    match kind:
        case inspect.IntType(ge=least):
            return "count" if least == 0 else "integer"
        case inspect.StrType(pattern=pattern):
            return "string" if pattern is None else f"string, `{pattern}`"
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{value}`" for value in values)
        case inspect.ListType(item_type=item):
            return f"array of {_kind_inside(item)}"
        case inspect.TupleType(item_types=items):
            return f"array of {len(items)}: {', '.join(map(_kind_inside, items))}"
        case inspect.DictType(value_type=value):
            return f"object of {_kind_inside(value)}"
        case inspect.StructType(cls=struct):
            return f"[`{struct.__name__}`](#{struct.__name__.lower()})"
    return _PLAIN[type(kind)]


def _kind_inside(kind: inspect.Type) -> str:
    return _kind(kind) + (" or null" if _is_nullable(kind) else "")


def weakening() -> Iterator[tuple[str, str]]:
    """Yield the options that weaken a sweep, with the value that does, and what they do."""
    for name, text in WEAKENING.items():
        values = ONLY_FOR.get(name, ())
        flag = {"encrypt": "no-encrypt", "exact": "fast"}.get(name, name)
        yield f"{flag} {last}" if isinstance(last := [*values, 0][-1], str) else flag, text


def help_texts() -> str:
    """Return the help of hashsweep, of each command and of each command's commands.

    Each has a heading, so that links can lead to it; a list of links to them comes first.
    """
    names = [" ".join(("hashsweep", *words)) for words in commands()]
    links = [f"{indent(name)}* [{name}](#{name.replace(' ', '-')})\n" for name in names]
    texts = [
        f"\n{'#' * max(2, len(words) + 1)} {name}\n\n{help_of(*words)}"
        for name, words in zip(names, commands(), strict=True)
    ]
    return "".join([*links, *texts])


def indent(name: str) -> str:
    """Return the spaces before a command in the list of all."""
    return "  " * max(0, name.count(" ") - 1)


def commands() -> list[tuple[str, ...]]:
    """Return the words of all commands after `hashsweep`; of itself there are none."""
    return [*_commands(command_line)]


def _commands(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if found := command.get_command(context, name):
                yield from _commands(found, *words, name)


def help_of(*command: str) -> str:
    """Return what `hashsweep COMMAND --help` prints on a terminal of WIDTH columns."""
    words = [*command, "--help"]
    options = {"prog_name": "hashsweep", "terminal_width": WIDTH}
    shown = CliRunner().invoke(command_line, words, **options)  # type: ignore[arg-type]
    lines = "".join(f"{line.rstrip()}\n" for line in shown.output.splitlines())
    return f"```text\n$ hashsweep {' '.join(words)}\n{lines}```\n"


ANSWERS = {
    "Does this match stand?": "hashsweep.model:Match.stands",
    "Which matches of a column do not?": "hashsweep.report.columns:is_overturned",
    "Is this the same list?": "hashsweep.report.sweep_json:ListInfo.identity",
    "Is all of this list compared with?": "hashsweep.model:is_list_used",
    "Will this item be read?": "hashsweep.sweep.need:need_of",
    "Can this item be clean?": "hashsweep.sweep.coverage:why_not_clean",
    "May this web server be asked?": "hashsweep.storage.origins:is_allowed",
    "What does a gate say of a file?": "hashsweep.gate.verdict:verdict",
    "What is the exit status?": "hashsweep.report.outcome:FailOn.status",
    "How does a new file get there, whole or not at all?": "hashsweep.atomic_files:atomic_file",
    "What text cannot drive a terminal?": "hashsweep.safe_text:printable",
    "What text may a spreadsheet run?": "hashsweep.safe_text:is_formula",
    "Which hashes are known here, and how long are they?": (
        "hashsweep.hashlists.known_hashes:known_bits"
    ),
}
"""Questions that several modules ask, and the one function that answers each."""


def answers() -> str:
    """Return the table of questions with what answers them, which has to be there."""
    rows = []
    for question, place in ANSWERS.items():
        module, _, name = place.partition(":")
        found: object = import_module(module)
        for each in name.split("."):
            found = getattr(found, each)
        line = (getattr(found, "__doc__", None) or "").splitlines()[0]
        rows.append((question, f"`{place.removeprefix('hashsweep.')}`", line))
    return table(["question", "answered by", "which says"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "answers": answers,
    "exit status": lambda: codes("status", [(c.value, t) for c, t in EXIT_MEANING.items()]),
    "tiers": lambda: codes("tier", TIERS.items()),
    "chance": chance,
    "stages": lambda: codes("stage", STAGES.items()),
    "reasons": reasons,
    "skips": lambda: codes("skipped as", SKIPS.items()),
    "refusals": lambda: codes("refused as", REFUSALS.items()),
    "problems": lambda: codes("problem", PROBLEMS.items()),
    "hashes": hashes,
    "formats": formats,
    "manifests": manifests,
    "manifest fields": manifest_fields,
    "files": lambda: columns(schema.FILES, EXAMPLE_FILE),
    "matches": lambda: columns(schema.MATCHES, EXAMPLE_MATCH),
    "retractions": lambda: codes("why", WHY.items()),
    "layout": layout,
    "sweep json": sweep_json,
    "states": lambda: codes("state", STATES.items()),
    "speed": speed,
    "recall": lambda: recall(each_kind=True),
    "recall by family": lambda: recall(each_kind=False),
    "help": help_texts,
    "weakening": lambda: codes("option", ((f"--{n}", t) for n, t in weakening())),
}


def filled(text: str) -> str:
    """Return a page with every generated part made anew; KeyError for an unknown one."""
    return PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[4]}", text)


def stale(text: str) -> list[str]:
    """Return the names of the parts that are not what the code says, or that are not there."""
    now: dict[str, set[str]] = {}
    for found in PART.finditer(text):
        now.setdefault(found[2], set()).add(found[3])
    return [name for name, make in PARTS.items() if now.get(name) != {make()}]


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args().check
    pages = {ROOT / name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
    if not check:
        pages = {path: filled(text) for path, text in pages.items()}
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
    if names := stale("".join(pages.values())):
        sys.stderr.write(f"README.md, docs/: stale or missing: {', '.join(names)}\n")
        sys.stderr.write("`python docs/readme.py` writes what the code says\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
