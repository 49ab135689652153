"""The shape of the project: what holds for every module, checked from their source."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest

import hashsweep
from hashsweep.errors import REASONS, SKIPS, STAGES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cli" / "hashsweep"
TESTS = ROOT / "tests"
MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8"), name) for name, path in MODULES.items()}

TESTED_ELSEWHERE = {
    # protocols and records alone: tested with what uses them
    "engines/base.py": "contracts/test_engines.py",
    "engines/hands.py": "engines/test_processes.py",
    "hashlists/joining.py": "hashlists/test_fields.py",
    "hashlists/values.py": "hashlists/test_fields.py",
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


def named_codes() -> list[tuple[str, str, str]]:
    """(place, table, code) for every stage, reason and skip that a module writes out."""
    found = []
    for name, tree in TREES.items():
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


@pytest.mark.parametrize("name", [n for n in MODULES if not Path(n).name.startswith("__")])
def test_every_module_has_tests(name: str) -> None:
    """Tests mirror modules: whoever changes one knows where its promises are."""
    mirrored = Path(name).with_name(f"test_{Path(name).name}").as_posix()
    place = TESTS / TESTED_ELSEWHERE.get(name, mirrored)
    assert place.is_file(), f"there is no {place.relative_to(ROOT)}"


@pytest.mark.parametrize("name", sorted(TESTED_ELSEWHERE))
def test_exceptions_are_needed(name: str) -> None:
    """An exception from the mirror stands for a module that exists and has no test file."""
    assert name in MODULES
    assert not (TESTS / Path(name).with_name(f"test_{Path(name).name}")).exists()


@pytest.mark.parametrize("root", [PACKAGE, TESTS], ids=["package", "tests"])
def test_no_junk_drawers(root: Path) -> None:
    """A name says what a module is for; these names say that nobody knew."""
    stems = {path.stem for path in root.rglob("*")}
    assert not stems & {"utils", "util", "helpers", "helper", "common", "tools", "misc"}


@pytest.mark.parametrize("name", MODULES)
def test_modules_stay_short(name: str) -> None:
    """A module of over 300 lines does more than one thing."""
    assert len(MODULES[name].read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_for(name: str) -> None:
    """The first line of a module's docstring is its purpose, in one sentence or title."""
    docstring = ast.get_docstring(TREES[name])
    assert docstring
    first = docstring.splitlines()[0]
    assert len(first) > 20
    assert first.endswith((".", ":", "?"))


def test_version_is_the_changelogs() -> None:
    """The package, its metadata and the top heading of the changelog name one version."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    top = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert top is not None
    assert top[1] == hashsweep.__version__ == version("hashsweep")


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "input"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal", "cloudpickle", "joblib"}


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_unpickled_or_evaluated(name: str) -> None:
    """Files and lists are data: nothing of theirs can become code or a shell's command."""
    for node in ast.walk(TREES[name]):
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
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]


def test_broad_excepts() -> None:
    """Two places catch everything: one around an item, one that keeps tracebacks from users."""
    assert sorted(broad_handlers()) == ["commands/__init__.py", "worker.py"]
