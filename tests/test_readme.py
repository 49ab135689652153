"""README and the pages of docs/ say what the code says, and their commands do what they say."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import click
import pyarrow.parquet as pq
import pytest
from msgspec import Struct

from hashsweep.analysis.stats import FIGURES
from hashsweep.analysis.totals import Total
from hashsweep.commands import main as command_line
from hashsweep.errors import REASONS
from hashsweep.gate import verdict
from hashsweep.model import Skipped
from hashsweep.output.event_log import Log
from hashsweep.output.row_formats import plain
from hashsweep.report import carried_over, sweep_json
from hashsweep.sweep.estimate import Estimate
from support import warm
from support.inventories import md5_hex, s3_inventory, s3_row
from support.reports import failed, match, record, sweep, write
from support.thoroughness import EXHAUSTIVE

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
GUIDES = (
    *("first-sweep", "lists", "buckets", "every-night", "gate", "review", "new-lists", "figures"),
    *("evidence", "data", "many-machines", "ci"),
)
"""In the order in which their examples run, after README's, one after the other in one folder."""

PAGES = (
    "README.md",
    *(f"docs/guide/{name}.md" for name in GUIDES),
    *(str(page.relative_to(REPOSITORY)) for page in sorted(DOCS.glob("concepts/*.md"))),
    *(str(page.relative_to(REPOSITORY)) for page in sorted(DOCS.glob("reference/*.md"))),
    "docs/style.md",
)
OTHERS = ("DESIGN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md")
"""Pages whose links are followed too, where they are."""

TEXT = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in PAGES)
BIN = Path(os.environ.get("HASHSWEEP_BIN", Path(sys.executable).parent))
"""Where the commands are; CI also names an environment that holds only what README installs."""

BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```sh\n(?P<script>.*?)```"
    r"|<!-- output(?P<how>[^\n]*) -->\n```text\n(?P<shown>.*?)```",
    re.DOTALL,
)
"""A script with its mark, or what the script before it prints."""

TESTED = re.compile(r"tested(?: with (\w+))?: status (\d+)(?:, prints: (.*))?")
"""The mark of a script that is run: the extra that it needs, if any; its status, what it prints."""

IN_STORE = re.compile(r"tested with a store: status (\d+), prints: (.*)")
COMMAND = re.compile(r"command: (\w+)")

HOW = re.compile(r"(, in any order)?(?:, (first|last) (\d+) lines?)?")
"""What of a script's output is shown, and whether its lines come in the same order every time."""

HOME = "/home/ann/hashsweep"
"""What the pages show for the folder in which the examples run."""

VARIES = (
    (r"\d{4}-\d\d-\d\dT[\d:.]{6,}(?:Z|\+00:00)?", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME"),
    (r"[\d,.]+ per second, in [\d:.]+( s)?", "RATE"),
    (r"[\d,.]+ [kMGT]?B per second", "RATE"),
    (r"[\d,.]+ [kMGT]?B\b", "SIZE"),  # as the installed encoders make them
    (r"(?m)^( *workers +)\d+ .*$", r"\1"),
    (r"(?m)^( *workers +confined) .*$", r"\1"),  # as far as this kernel lets them
    (r"(?m)^(hashsweep_sweep_bytes|\w+_seconds)(\{.*\}) .*$", r"\1\2"),
    (r'version="[^"]*"', "version"),
    (r"\b[0-9a-f]{12,}\b", "HASH"),
    (r" +", " "),  # columns are as wide as what is in them
    (r"(?m) $", ""),
)
"""What an output has that differs from run to run, or from machine to machine: pattern, instead."""

AS_INSTALLED = "HASHSWEEP_BIN" in os.environ or os.environ.get("HASHSWEEP_RENEW_GOLDEN") == "1"
IN_FULL = EXHAUSTIVE or AS_INSTALLED
"""Whether examples run the installed command and its workers, as in CI, or support.warm."""

OF_WORKERS = r"(?m)^( *workers .*| *no-network)\n"
"""Lines of a summary that are only there where there are workers."""


class Example(NamedTuple):
    """A script of a page, with its mark and what the page shows of its output.

    `number` counts the shown outputs of the page.
    """

    page: str
    mark: str
    script: str
    number: int
    how: str | None = None
    shown: str = ""

    def of(self, mark):
        """Return what a kind of mark says; None if this one is of another kind."""
        found = mark.fullmatch(self.mark)
        return found and found.groups()

    def check_output(self, printed, folder):
        """Compare what the page shows with what was printed; if asked to, renew the page."""
        if self.how is None:
            return
        is_unordered, end, count = HOW.fullmatch(self.how).groups()
        lines = printed.replace(str(folder), HOME).rstrip("\n").splitlines()
        if end:
            lines = lines[: int(count)] if end == "first" else lines[-int(count) :]
        if is_unordered:
            lines.sort()
        printed = "".join(f"{line.rstrip()}\n" for line in lines)
        if steady(printed) == steady(self.shown):
            return
        if os.environ.get("HASHSWEEP_RENEW_GOLDEN") == "1":
            self._renew(printed)
            return
        assert steady(self.shown) == steady(printed), f"{self.page}: {self.script}"

    def _renew(self, printed):
        page = REPOSITORY / self.page
        text = page.read_text(encoding="utf-8")
        outputs = [found for found in BLOCK.finditer(text) if found["shown"] is not None]
        start, end = outputs[self.number].span("shown")
        page.write_text(text[:start] + printed + text[end:], encoding="utf-8")


def steady(text):
    """Return an output without what varies."""
    for pattern, instead in (*VARIES, *([] if AS_INSTALLED else [(OF_WORKERS, "")])):
        text = re.sub(pattern, instead, text)
    return text


def examples():
    """Return the scripts of all pages, in the order in which they are run."""
    found = []
    for page in PAGES:
        number = 0
        for block in BLOCK.finditer((REPOSITORY / page).read_text(encoding="utf-8")):
            if block["script"] is not None:
                found.append(Example(page, block["mark"] or "", block["script"], number))
            else:
                assert found[-1].page == page
                assert found[-1].how is None, f"{page}: two outputs of one script"
                found[-1] = found[-1]._replace(how=block["how"], shown=block["shown"])
                number += 1
    return found


EXAMPLES = examples()
DRAW = "python examples/draw_corpus.py examples/corpus"
"""What README's first command has done when its reader comes to the other examples."""


def command(name):
    """Return one of the two copy-and-paste commands."""
    (found,) = [each for each in EXAMPLES if each.of(COMMAND) == (name,)]
    return found


NEEDS = {  # the word in a mark -> the module, and what is said where it is missing
    "sign": ("cryptography", "pip install '.[sign]'"),
    "duckdb": ("duckdb", "pip --python .venv/bin/python install duckdb"),
    "polars": ("polars", "pip --python .venv/bin/python install duckdb polars pandas"),
    "pandas": ("pandas", "pip --python .venv/bin/python install duckdb polars pandas"),
}


def lacks(extra):
    """Say whether the commands that are tested were installed without an extra."""
    words = [BIN / "python", "-c", f"import {NEEDS[extra][0]}"]
    return subprocess.run(words, capture_output=True, check=False).returncode != 0


def shell(script, folder, environment=os.environ, first=BIN):
    """Run a script as a user does who has hashsweep on the path; `first` is searched first."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env=dict(environment) | {"PATH": f"{first}:{BIN}:{os.environ['PATH']}"},
    )


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The folder of the command: the installed one in CI, one that starts sooner elsewhere."""
    if AS_INSTALLED:
        yield BIN
    else:
        with warm.serving(tmp_path_factory.mktemp("warm")) as program:
            yield program.parent


@pytest.fixture
def folder(tmp_path):
    """A folder with the examples, as a clone has them, and without a drawn corpus."""
    leave_out = shutil.ignore_patterns("corpus", "report*", "__pycache__")
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples", ignore=leave_out)
    return tmp_path


def test_generated_parts_are_fresh():
    """Tables and help texts are what `python docs/readme.py` writes."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "docs" / "readme.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_readme_is_a_door():
    """It is short enough to be read; all pages of docs/ are linked from it or from each other."""
    lines = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 250
    assert sorted(PAGES[1:]) == sorted(
        str(page.relative_to(REPOSITORY)) for page in DOCS.rglob("*.md")
    )
    linked = {target.partition("#")[0] for target in links("README.md")}
    assert [page for page in PAGES[1:] if page not in linked] == []


def links(name):
    """Return where a page's links within the repository lead, as they are written."""
    prose = without_blocks((REPOSITORY / name).read_text(encoding="utf-8"))
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose)


def without_blocks(text):
    """Return a page without its scripts and samples: a comment in them is no heading."""
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def headings(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"(?m)^#+ (.*)$", without_blocks(path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}


def test_pages_lead_where_they_say():
    """Every link to a page or heading of ours leads to one that is there."""
    for name in (*PAGES, *(each for each in OTHERS if (REPOSITORY / each).exists())):
        page = REPOSITORY / name
        for target in links(name):
            path, _, heading = target.partition("#")
            there = page.parent / path if path else page
            assert there.exists(), f"{name}: {target}"
            assert not heading or heading in headings(there), f"{name}: {target}"


def test_every_command_has_a_heading():
    """So a link can lead to it."""
    anchors = headings(DOCS / "reference" / "commands.md")
    names = [*names_of(command_line, "hashsweep")]

    assert len(names) == 31
    assert [name for name in names if name.replace(" ", "-") not in anchors] == []


def names_of(found, name):
    """Yield the name of a command, and of all below it."""
    yield name
    if isinstance(found, click.Group):
        context = click.Context(found)
        for each in found.list_commands(context):
            yield from names_of(found.get_command(context, each), f"{name} {each}")


def keys_of(title, page="reference/json.md"):
    """Return the keys that a page names, table by table, below a heading or a line of text."""
    text = (DOCS / page).read_text(encoding="utf-8")
    _, _, below = text.partition(f"\n{title}\n")
    assert below, title
    table = re.match(r"[^|]*\| key \|.*\n\| --- .*\n((?:\|.*\n)+)", below)
    return re.findall(r"(?m)^\| `(\w+)` \|", table[1])


def test_keys_of_answers_totals_and_estimates_are_told():
    """They are those of the code, in its order."""
    answer = verdict.as_json("a.jpg", [record("/srv/a.jpg", 1, match())])

    assert keys_of("## `check --json`") == [*answer]
    assert keys_of("Keys of a match:") == [*answer["matches"][0]]
    assert keys_of("Keys of `total`:") == [*Total.__struct_fields__]
    assert keys_of("## `scan --dry-run --json`") == [*vars(Estimate())]


def test_keys_of_the_log_are_told(tmp_path):
    """For each kind of line its own, after those that all have."""
    with Log(tmp_path / "log") as log:
        log.begin(sweep())
        log.record(failed("/srv/c.jpg"))
        log.skip(Skipped("/srv/b", "symlink"))
        log.end(sweep())
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    titles = {
        "began": "Lines of `began` and `resumed`:",
        "failed": "Lines of `failed`, one for each reason:",
        "skipped": "Lines of `skipped`:",
        "ended": "Lines of `ended`:",
    }
    shared = keys_of("`os.fsdecode` has them. Every line has these keys:")

    assert [line["event"] for line in lines] == [*titles]
    for line in lines:
        assert [*line] == shared + keys_of(titles[line["event"]])


def test_keys_of_other_commands_are_told(tmp_path, hashsweep):
    """Those of commands that make their object as they print it."""
    write(tmp_path / "report", [record("/srv/a.jpg", 1, match())])
    (tmp_path / "known.csv").write_text(f"sha1\n{'0123456789' * 4}\n")

    def printed(*words):
        return json.loads(hashsweep(*words).stdout)

    figures = printed("report", "stats", "report", "--format", "json")
    assert keys_of("## `report stats --format json`") == [*figures]
    summary = printed("report", "summary", "report", "--json")
    assert {*keys_of("## `report summary --json`")} == summary.keys()
    assert next(iter(summary["reports"][0])) == "report"
    inspected = printed("lists", "inspect", "known.csv", "--json")
    of_a_list = keys_of("### `ListInfo`", "reference/sweep-json.md")
    assert [*inspected] == of_a_list + keys_of("## `lists inspect --json`")
    differences = printed("lists", "diff", "known.csv", "known.csv", "--json")
    assert keys_of("## `lists diff --json`") == [*differences]
    assert keys_of("## `selftest --json`") == [*printed("selftest", "--json")]
    hashsweep("report", "export", "report", "--cybertip", "-o", "tips")
    fragment = json.loads((tmp_path / "tips" / "index.jsonl").read_text())
    assert keys_of("## `index.jsonl` of `report export --cybertip`") == [*fragment]


def test_every_figure_is_told():
    """The page of transparency figures has each of `report stats`."""
    page = (DOCS / "guide" / "figures.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"(?m)^\| (`[^|]*) \|", page)

    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == [*FIGURES]


def test_variables_of_the_environment_are_told():
    """Each that the code names is on the page."""
    page = (DOCS / "reference" / "environment.md").read_text(encoding="utf-8")
    code = "".join(path.read_text() for path in (REPOSITORY / "cli").rglob("*.py"))
    named = set(re.findall(r"\b(?:HASHSWEEP|AWS|GOOGLE|AZURE)_[A-Z_]+\b", code))

    assert {name for name in named if f"`{name}" not in page} == set()


def test_every_reason_has_a_remedy():
    """The table of reasons has no empty cell."""
    page = (DOCS / "reference" / "reasons.md").read_text(encoding="utf-8")
    remedies = dict(re.findall(r"(?m)^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \|$", page))

    assert [*remedies] == [*REASONS]
    assert all(each.strip() for each in remedies.values())


def test_every_key_of_sweep_json_is_told():
    """Also those of the objects in it, with what each means; the layout has its number."""
    page = (REPOSITORY / "docs/reference/sweep-json.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"### `(\w+)`\n(.*?)(?=\n###|<!-- end)", page, re.DOTALL))
    structs = {
        name: each
        for name, each in (vars(carried_over) | vars(sweep_json)).items()
        if isinstance(each, type) and issubclass(each, Struct) and each is not Struct
    }

    assert tables.keys() == structs.keys()
    for name, each in structs.items():
        told = re.findall(r"(?m)^\| `(\w+)` \| .+ \| (?:yes)? \| .+ \|$", tables[name])
        assert tuple(told) == each.__struct_fields__
    assert f"Here it is {sweep_json.LAYOUT}.\n" in page


def test_stale_part_fails_the_check(tmp_path):
    """A changed word in a generated part is found, named, and mended by writing."""
    shutil.copytree(REPOSITORY / "docs", tmp_path / "docs")
    shutil.copytree(REPOSITORY / "benchmarks", tmp_path / "benchmarks")
    readme = tmp_path / "README.md"
    shutil.copy(REPOSITORY / "README.md", readme)
    shutil.copy(REPOSITORY / "CONTRIBUTING.md", tmp_path)
    words = [sys.executable, tmp_path / "docs" / "readme.py"]
    subprocess.run(words, check=True)
    fresh = readme.read_text()
    readme.write_text(fresh.replace("matches found; every", "found; every"))
    check = subprocess.run([*words, "--check"], capture_output=True, text=True, check=False)
    written = subprocess.run(words, capture_output=True, text=True, check=False)

    assert check.returncode == 1
    assert "stale or missing: exit status\n" in check.stderr
    assert written.returncode == 0
    assert readme.read_text() == fresh
    page = tmp_path / "docs/reference/sweep-json.md"
    page.write_text(page.read_text().replace("| `run_id` |", "| `run` |"))
    again = subprocess.run([*words, "--check"], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr.count("\n")) == (1, 2)
    assert "stale or missing: sweep json\n" in again.stderr


def test_examples_marked_as_tested_do_what_is_written(folder, commands):
    """Run one after the other, each ends and prints as its mark says and as its page shows.

    The corpus is drawn before, as README's first command has done it. Where an extra is missing
    that an example needs, the example ends with how to get it.
    """
    blocks = [each for each in EXAMPLES if each.of(TESTED)]
    if not IN_FULL:  # those of the other pages are left to CI
        blocks = [each for each in blocks if each.page == "README.md"]
    shell(DRAW, folder)
    for each in blocks:
        extra, status, prints = each.of(TESTED)
        done = shell(each.script, folder, first=commands)

        if extra and lacks(extra):
            assert done.returncode != int(status)
            said = done.stderr
            if f"import {extra}" in each.script:  # the reader's own query: the page says it
                said = (REPOSITORY / each.page).read_text(encoding="utf-8")
            assert NEEDS[extra][1] in said or "openssl" in each.script
            continue
        assert done.returncode == int(status), each.script + done.stdout + done.stderr
        assert (prints or "") in done.stdout
        assert "Traceback" not in done.stderr
        each.check_output(done.stdout, folder)
    assert len(blocks) == (57 if IN_FULL else 4)
    for table in ("files", "matches"):
        assert_row_is_as_shown(table, folder / "report" / table)


def assert_row_is_as_shown(name, table):
    """Compare the example row of docs/reference/columns.md with the report's own."""
    page = (DOCS / "reference" / "columns.md").read_text(encoding="utf-8")
    _, _, below = page.partition(f"## Columns of `{name}`\n")
    told = dict(re.findall(r"(?m)^\| `(\w+)` \|.*\| (.*) \|$", below.partition("\n## ")[0]))
    (batch,) = pq.read_table(table).to_batches()
    row = next(each for each in plain(batch) if each["uri"].endswith("/quarter-original-1.jpg"))
    of_this_folder = {"item_id", "uri", "uri_bytes", "entry_id", "mtime", "mtime_ns"}
    for column, value in row.items():
        if column not in of_this_folder | {"stage", "reason", "detail"}:
            text = value if isinstance(value, str) else json.dumps(value)
            assert told[column] == ("" if value in (None, "") else f"`{text}`"), column


def test_stale_output_is_found(monkeypatch):
    """Another number, or another order where that is not free, fails; another rate does not."""
    monkeypatch.delenv("HASHSWEEP_RENEW_GOLDEN", raising=False)
    text = "items   30  5.1 per second, in 5.9 s\n19 match in /home/ann/hashsweep/x\n"
    shown = Example("README.md", "", "", 0, "", text)
    printed = "items 30 17.25 per second, in 0:01:10\n19 match in /tmp/7/x\n"
    turned = "".join(reversed(text.splitlines(keepends=True)))

    shown.check_output(printed, "/tmp/7")
    shown._replace(how=", in any order", shown=turned).check_output(printed, "/tmp/7")
    shown._replace(how=", last 1 line", shown=text[-34:]).check_output(printed, "/tmp/7")
    for other in (printed.replace("19", "18"), turned):
        with pytest.raises(AssertionError):
            shown.check_output(other, "/tmp/7")


def test_examples_with_a_store_do_what_is_written(folder, commands, seaweed):
    """Against a real server, with the buckets that the page names."""
    listing = next(each for each in EXAMPLES if each.script.startswith("hashsweep hash "))
    for script in (DRAW, listing.script):
        shell(script, folder)
    for name in ("uploads", "inventory"):
        seaweed.files().create_dir(name)
    media = folder / "examples" / "corpus" / "media"
    paths = [path for path in media.rglob("*") if path.is_file()]
    objects = {f"2026/{path.relative_to(media)}": path.read_bytes() for path in paths}
    seaweed.put("uploads", objects)
    rows = [
        s3_row(key, len(content), Bucket="uploads", ETag="") for key, content in objects.items()
    ]
    inventory = {}
    made = s3_inventory(inventory, rows)
    manifest = inventory[made].replace(b"example-dest", b"inventory")
    (named,) = re.findall(r"s3://inventory/(\S+/)manifest.json", TEXT)[:1]
    inventory |= {
        f"{named}manifest.json": manifest,
        f"{named}manifest.checksum": md5_hex(manifest).encode(),
    }
    seaweed.put("inventory", inventory)
    found = [each for each in EXAMPLES if each.of(IN_STORE)]
    for each in found:
        status, prints = each.of(IN_STORE)
        done = shell(each.script, folder, seaweed.environment(), commands)

        assert (done.returncode, done.stderr) == (int(status), ""), each.script + done.stdout
        assert prints in done.stdout
        each.check_output(done.stdout, folder)
    assert len(found) == 5


def test_every_shell_example_is_run_or_named_here():
    """No shell block can join a page without a test; installing is what CI itself does.

    Preparing a machine needs root: its paths are those that the cron line has.
    """
    left = [each.script for each in EXAMPLES if not (each.of(TESTED) or each.of(IN_STORE))]

    installing, decrypting = ["python3", "-m", "venv"], ["age", "--decrypt", "-i"]
    first = [line.removeprefix("cd /opt/hashsweep\n").split()[:3] for line in left]
    preparing = ["useradd", "--system", "--shell"]
    assert first == [installing, installing, installing, decrypting, preparing]
    user = (REPOSITORY / "examples" / "nightly.cron").read_text().splitlines()[-1].split()[5]
    nightly = (REPOSITORY / "examples" / "hashsweep.toml").read_text()
    assert f"nologin {user}\n" in left[-1]
    assert f"-o {user} -m 0700 /var/lib/hashsweep " in left[-1]
    assert 'reports = "/var/lib/hashsweep/' in nightly
    assert f'list = ["{left[-1].split()[-1]}"]' in nightly
    assert len(EXAMPLES) == TEXT.count("```sh\n")
    assert sum(each.how is not None for each in EXAMPLES) == TEXT.count("<!-- output")


def test_first_command_sweeps_the_examples(folder):
    """After its installing lines the first command draws, sweeps, and explains its status."""
    example = command("run")
    (folder / ".venv").symlink_to(BIN.parent)
    lines = example.script.splitlines(keepends=True)
    done = shell("".join(lines[2:]), folder)

    assert [line.split()[:4] for line in lines[:2]] == [
        ["python3", "-m", "venv", "--without-pip"],
        ["python3", "-m", "pip", "--python"],
    ]
    assert "19 of 30 files match" in done.stdout
    assert done.stdout.endswith(
        "Exit status 1. It is 1 when matches were found, as they should be here.\n"
    )
    assert done.returncode == 0
    example.check_output(done.stdout, folder)


def test_ci_runs_the_second_command():
    """CI calls pytest exactly as README does, with the same versions."""
    *_, last = command("test").script.splitlines()
    run = (REPOSITORY / ".ci" / "run").read_text()

    assert last == ".venv/bin/python -m pytest"
    assert "\n    python -m pytest\n" in run
    assert "-c constraints.txt '.[test]'" in command("test").script
    assert "environment venv \"$python3\" '.[dev]'" in run


def test_every_dependency_is_pinned_for_ci():
    """constraints.txt pins each direct dependency of the project and of what CI installs."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = [
        project["optional-dependencies"][name] for name in ("test", "oracle", "dev", "readers")
    ]
    wanted = [*project["dependencies"], *(each for extra in extras for each in extra)]
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}

    names = {re.match(r"[\w-]+", each)[0].lower() for each in wanted}
    assert names - pinned == {"hashsweep"}
