"""README and the pages of docs/ say what the code says, and their commands do what they say."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec import Struct

from hashsweep.report import sweep_json
from support.inventories import md5_hex, s3_inventory, s3_row

REPOSITORY = Path(__file__).parents[1]
PAGES = (
    *("README.md", "docs/gate.md", "docs/reports.md", "docs/commands.md"),
    "docs/reference/sweep-json.md",
)
"""In the order in which their examples run, one after the other in one folder."""

TEXT = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in PAGES)
BIN = Path(os.environ.get("HASHSWEEP_BIN", Path(sys.executable).parent))
"""Where the commands are; CI also names an environment that holds only what README installs."""
TESTED = re.compile(
    r"<!-- tested(?: with (\w+))?: status (\d+)(?:, prints: ([^\n]*))? -->\n```sh\n(.*?)```",
    re.DOTALL,
)
"""The extra that an example needs, if any; its status, what it prints, and the script."""


IN_STORE = re.compile(
    r"<!-- tested with a store: status (\d+), prints: ([^\n]*) -->\n```sh\n(.*?)```", re.DOTALL
)


def command(name):
    """Return one of the two copy-and-paste commands."""
    (found,) = re.findall(rf"<!-- command: {name} -->\n```sh\n(.*?)```", TEXT, re.DOTALL)
    return found


NEEDS = {  # the word in a mark -> the module, and what is said where it is missing
    "sign": ("cryptography", "pip install 'hashsweep[sign]'"),
    "duckdb": ("duckdb", "pip --python .venv/bin/python install duckdb"),
}


def lacks(extra):
    """Say whether the commands that are tested were installed without an extra."""
    words = [BIN / "python", "-c", f"import {NEEDS[extra][0]}"]
    return subprocess.run(words, capture_output=True, check=False).returncode != 0


def shell(script, folder, environment=os.environ):
    """Run a script as a user does who has hashsweep on the path."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env=dict(environment) | {"PATH": f"{BIN}:{os.environ['PATH']}"},
    )


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


def test_pages_lead_where_they_say():
    """Every link to a page or heading of ours leads to one that is there."""
    for name in (*PAGES, "benchmarks/README.md"):
        page = REPOSITORY / name
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
            path, _, heading = target.partition("#")
            there = page.parent / path if path else page
            assert there.exists(), f"{name}: {target}"
            if heading:
                text = there.read_text(encoding="utf-8")
                prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)  # a comment is no heading
                titles = re.findall(r"(?m)^#+ (.*)$", prose)
                slugs = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}
                assert heading in slugs, f"{name}: {target}"


def test_every_key_of_sweep_json_is_told():
    """Also those of the objects in it, with what each means; the layout has its number."""
    page = (REPOSITORY / "docs/reference/sweep-json.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"### `(\w+)`\n(.*?)(?=\n###|<!-- end)", page, re.DOTALL))
    structs = {
        name: each
        for name, each in vars(sweep_json).items()
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
    shutil.copytree(REPOSITORY / "benchmarks" / "runs", tmp_path / "benchmarks" / "runs")
    readme = tmp_path / "README.md"
    shutil.copy(REPOSITORY / "README.md", readme)
    words = [sys.executable, tmp_path / "docs" / "readme.py"]
    subprocess.run(words, check=True)
    fresh = readme.read_text()
    readme.write_text(fresh.replace("holds no bytes", "holds bytes"))
    check = subprocess.run([*words, "--check"], capture_output=True, text=True, check=False)
    written = subprocess.run(words, capture_output=True, text=True, check=False)

    assert check.returncode == 1
    assert "stale or missing: reasons\n" in check.stderr
    assert written.returncode == 0
    assert readme.read_text() == fresh
    page = tmp_path / "docs/reference/sweep-json.md"
    page.write_text(page.read_text().replace("| `run_id` |", "| `run` |"))
    again = subprocess.run([*words, "--check"], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr.count("\n")) == (1, 2)
    assert "stale or missing: sweep json\n" in again.stderr


def test_examples_marked_as_tested_do_what_is_written(folder):
    """Run one after the other in an empty folder, each ends and prints as its mark says.

    Where an extra is missing that an example needs, the example ends with how to get it.
    """
    blocks = TESTED.findall(TEXT)
    for extra, status, prints, script in blocks:
        done = shell(script, folder)

        if extra and lacks(extra):
            assert done.returncode != int(status)
            assert NEEDS[extra][1] in done.stderr or "openssl" in script
            continue
        assert done.returncode == int(status), script + done.stdout + done.stderr
        assert prints in done.stdout
        assert "Traceback" not in done.stderr
    assert len(blocks) == 36


def test_examples_with_a_store_do_what_is_written(folder, seaweed):
    """Against a real server, with the buckets that the page names."""
    blocks = TESTED.findall(TEXT)
    for *_, script in blocks[:2]:  # the corpus and its list
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
    found = IN_STORE.findall(TEXT)
    for status, prints, script in found:
        done = shell(script, folder, seaweed.environment())

        assert (done.returncode, done.stderr) == (int(status), ""), script + done.stdout
        assert prints in done.stdout
    assert len(found) == 5


def test_every_shell_example_is_run_or_named_here():
    """No shell block can join a page without a test; installing is what CI itself does."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    tested = [found[-1] for found in TESTED.findall(TEXT) + IN_STORE.findall(TEXT)]
    left = [block for block in blocks if block not in tested]

    installing, decrypting = ["python3", "-m", "venv"], ["age", "--decrypt", "-i"]
    assert [line.split()[:3] for line in left] == [installing, installing, installing, decrypting]


def test_first_command_sweeps_the_examples(folder):
    """After its installing lines the first command draws, sweeps, and explains its status."""
    script = command("run")
    (folder / ".venv").symlink_to(BIN.parent)
    lines = script.splitlines(keepends=True)
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


def test_ci_runs_the_second_command():
    """CI calls pytest exactly as README does, with the same versions."""
    *_, last = command("test").splitlines()
    run = (REPOSITORY / ".ci" / "run").read_text()

    assert last == ".venv/bin/python -m pytest"
    assert "\n    python -m pytest\n" in run
    assert "-c constraints.txt '.[test]'" in command("test")
    assert "environment venv \"$python3\" '.[dev]'" in run


def test_every_dependency_is_pinned_for_ci():
    """constraints.txt pins each direct dependency of the project and of what CI installs."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = [project["optional-dependencies"][name] for name in ("test", "oracle", "dev")]
    wanted = [*project["dependencies"], *(each for extra in extras for each in extra)]
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}

    names = {re.match(r"[\w-]+", each)[0].lower() for each in wanted}
    assert names - pinned == {"hashsweep"}
