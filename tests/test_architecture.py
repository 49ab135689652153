"""The shape of the project: what holds for every module, checked from their source."""

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import hashsweep
from hashsweep.errors import REASONS, SKIPS, STAGES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cli" / "hashsweep"
TESTS = ROOT / "tests"
MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def trees() -> dict[str, ast.Module]:
    """Return the modules as they are parsed, by name."""
    return {name: ast.parse(path.read_text("utf-8"), name) for name, path in MODULES.items()}


TESTED_ELSEWHERE = {
    # protocols and records alone: tested with what uses them
    "engines/base.py": "contracts/test_engines.py",
    "engines/worker_handles.py": "engines/test_processes.py",
    "hashlists/formats/grouping.py": "hashlists/formats/test_fields.py",
    "hashlists/formats/values.py": "hashlists/formats/test_fields.py",
    # which columns there are, and what they mean: tested as sources, all in the same way
    **{
        f"sources/manifests/{name}.py": "sources/test_manifest.py"
        for name in (
            *("s3_inventory", "gcs_inventory", "azure_inventory", "s3_batch"),
            *("csv_list", "jsonl_list", "parquet_list", "text_list", "lists"),
        )
    },
}
"""Modules without a test file of their own, and where they are tested instead."""


ACROSS = {"hashlists/test_damage.py", "media/test_bombs.py", "report/test_key_files.py"}
"""Test files in a mirrored folder that test what several modules there do together."""


def named_codes() -> list[tuple[str, str, str]]:
    """(place, table, code) for every stage, reason and skip that a module writes out."""
    found = []
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else None
            function = node.func.id if isinstance(node.func, ast.Name) else function
            kinds = {
                "ItemError": ("stage", "reason"),
                "Failure": ("stage", "reason"),
                "Skipped": ("uri", "skip"),
            }.get(function or "", ())
            given = dict(zip(kinds, node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg in kinds}
            for kind, value in given.items():
                if isinstance(value, ast.Constant) and kind != "uri":
                    found.append((f"{name}:{node.lineno}", kind, value.value))
    return found


def test_modules_are_found() -> None:
    """The checks below look at the package that is imported, or at what it was installed from."""
    assert Path(hashsweep.__file__).read_text() == MODULES["__init__.py"].read_text()
    assert len(MODULES) > 40


def test_every_module_has_tests() -> None:
    """Tests mirror modules: whoever changes one knows where its promises are."""
    named = [name for name in MODULES if not Path(name).name.startswith("__")]
    mirrored = {name: Path(name).with_name(f"test_{Path(name).name}").as_posix() for name in named}
    places = {
        mirrored[name] if name not in TESTED_ELSEWHERE else TESTED_ELSEWHERE[name] for name in named
    }

    assert sorted(place for place in places if not (TESTS / place).is_file()) == []


def test_exceptions_are_needed() -> None:
    """An exception from the mirror stands for a module that exists and has no test file."""
    mirrored = [Path(name).with_name(f"test_{Path(name).name}") for name in TESTED_ELSEWHERE]

    assert TESTED_ELSEWHERE.keys() <= MODULES.keys()
    assert [each for each in mirrored if (TESTS / each).exists()] == []


def test_tests_mirror_modules() -> None:
    """A test file in a mirrored folder is named for a module there; commands have one a subject."""
    folders = {path.parent for path in MODULES.values()}
    strays = []
    for path in TESTS.rglob("test_*.py"):
        name = path.relative_to(TESTS).as_posix()
        mirrored = PACKAGE / path.parent.relative_to(TESTS)
        if mirrored not in folders - {PACKAGE} or name.startswith("commands/") or name in ACROSS:
            continue
        if not (mirrored / path.name.removeprefix("test_")).exists():
            strays.append(name)

    assert sorted(strays) == []


def test_no_junk_drawers() -> None:
    """A name says what a module is for; these names say that nobody knew."""
    stems = {path.stem for root in (PACKAGE, TESTS) for path in root.rglob("*")}
    assert not stems & {"utils", "util", "helpers", "helper", "common", "tools", "misc"}


def test_modules_are_split_by_subject() -> None:
    """A module of over 500 lines is looked at again: it may do more than one thing."""
    long = [
        name for name, path in MODULES.items() if len(path.read_text("utf-8").splitlines()) > 500
    ]
    assert long == []


def test_few_modules_are_loose_at_the_root() -> None:
    """A new module belongs into a room; what all rooms stand on is at the root."""
    loose = [name for name in MODULES if "/" not in name and not name.startswith("__")]
    assert len(loose) <= 8


def test_modules_say_what_they_are_for() -> None:
    """The first line of a module's docstring is its purpose, in one sentence or title."""
    silent = []
    for name, tree in trees().items():
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        if len(first) <= 20 or not first.endswith((".", ":", "?")):
            silent.append(name)
    assert silent == []


def test_version_is_the_changelogs() -> None:
    """The project, the package and the top heading of the changelog, dated, name one version."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    top = re.search(r"^## .*", changelog, re.MULTILINE)
    assert top is not None
    dated = re.fullmatch(r"## (\S+) - \d{4}-\d\d-\d\d", top[0])
    assert dated is not None
    assert dated[1] == project["version"] == hashsweep.__version__ == version("hashsweep")


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "input"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal", "cloudpickle", "joblib"}


def test_nothing_is_unpickled_or_evaluated() -> None:
    """Files and lists are data: nothing of theirs can become code or a shell's command."""
    for name, node in ((name, node) for name, tree in trees().items() for node in ast.walk(tree)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = {alias.name.split(".")[0] for alias in node.names}
            modules.add((getattr(node, "module", None) or "").split(".")[0])
            assert not modules & FORBIDDEN_MODULES, f"{name}:{node.lineno}"
        elif isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            assert called not in FORBIDDEN_CALLS, f"{name}:{node.lineno}"
            words = {word.arg: word.value for word in node.keywords}
            assert "shell" not in words, f"{name}:{node.lineno}"
            pickles = words.get("allow_pickle")
            assert pickles is None or ast.unparse(pickles) == "False", f"{name}:{node.lineno}"


def test_system_is_never_asked_for_a_shell() -> None:
    """No module starts a command through a shell in any of the older ways either."""
    for name, path in MODULES.items():
        assert not re.search(r"\bos\.(system|popen)\(", path.read_text("utf-8")), name


def test_codes_are_found() -> None:
    """The check below sees the places where codes are written out."""
    assert len(named_codes()) > 20
    assert {kind for _, kind, _ in named_codes()} == {"stage", "reason", "skip"}


def test_codes_are_in_the_tables() -> None:
    """Every stage, reason and skip that a module writes out is one that errors.py explains."""
    tables = {"stage": STAGES, "reason": REASONS, "skip": SKIPS}
    assert [found for found in named_codes() if found[2] not in tables[found[1]]] == []


def test_every_reason_is_used() -> None:
    """No code is explained that nothing gives."""
    source = "\n".join(
        path.read_text("utf-8") for name, path in MODULES.items() if name != "errors.py"
    )
    unused = [code for code in (*REASONS, *SKIPS, *STAGES) if f'"{code}"' not in source]
    assert unused == []


def broad_handlers() -> list[str]:
    """The module of each `except` for everything."""
    return [
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]


def test_broad_excepts() -> None:
    """These catch everything: around an item and a part of it, a parser, a night, and a command."""
    assert sorted(broad_handlers()) == [
        "commands/__init__.py",
        "engines/parser_process.py",
        "runs/night.py",
        "sweep/worker.py",
        "sweep/worker.py",
    ]
