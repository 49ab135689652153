"""Names to plug-ins: built in, from other packages, missing and taken twice."""

import sys
from pathlib import Path

import pytest

from hashsweep.errors import UsageProblem
from hashsweep.hashers import HASHERS
from hashsweep.hashers.digests import MD5
from hashsweep.hashlists.formats import FORMATS
from hashsweep.registry import Registry
from hashsweep.sources import SOURCES

BUILTIN = {"md5": "hashsweep.hashers.digests:MD5", "sha1": "hashsweep.hashers.digests:SHA1"}


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, for packages that are installed next to hashsweep."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(folder: Path, group: str, line: str) -> None:
    """Install a package that has one entry point, as pip would write it."""
    about = folder / "extra_hashes-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: extra-hashes\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{group}]\n{line}\n")
    (folder / "extra_hashes.py").write_text("COLOUR = 'a plug-in'\n")


def test_loads_by_name() -> None:
    """A name gives the object that its line points to."""
    assert Registry[object]("test.group", "hash", BUILTIN).load("md5") is MD5


def test_names_keep_their_order() -> None:
    """Names come in the order of the table; it is the order in which people see them."""
    assert Registry[object]("test.group", "hash", BUILTIN).names == ("md5", "sha1")


def test_imports_only_when_used() -> None:
    """Listing the names imports no plug-in."""
    registry = Registry[object]("test.group", "hash", {"odd": "a_module_that_is_not:THERE"})
    assert registry.names == ("odd",)
    assert "a_module_that_is_not" not in sys.modules


def test_table_is_a_copy() -> None:
    """Changing the table afterwards does not change the registry."""
    table = dict(BUILTIN)
    registry = Registry[object]("test.group", "hash", table)
    table.clear()
    assert registry.names == ("md5", "sha1")


def test_unknown_name() -> None:
    """A name that is not there is answered with those that are."""
    registry = Registry[object]("test.group", "hash", BUILTIN)
    with pytest.raises(UsageProblem) as caught:
        registry.load("md6")
    assert str(caught.value) == "unknown hash 'md6'; choose one of: md5, sha1"


def test_missing_package() -> None:
    """A plug-in whose package is not installed says which one it needs."""
    registry = Registry[object]("test.group", "hash", {"odd": "a_module_that_is_not:THERE"})
    with pytest.raises(UsageProblem) as caught:
        registry.load("odd")
    assert str(caught.value) == (
        "the hash 'odd' needs a package that is not installed: a_module_that_is_not"
    )


def test_missing_package_of_a_plugin(other_package: Path) -> None:
    """The package that is named is the one that is missing, not the plug-in that imports it."""
    (other_package / "needs_more.py").write_text("import a_module_that_is_not\n")
    registry = Registry[object]("test.group", "hash", {"odd": "needs_more:THERE"})
    with pytest.raises(UsageProblem, match=r"not installed: a_module_that_is_not$"):
        registry.load("odd")


def test_other_packages_join(other_package: Path) -> None:
    """An installed package adds its plug-in behind the built-in ones."""
    install(other_package, "test.group", "colour = extra_hashes:COLOUR")
    registry = Registry[object]("test.group", "hash", BUILTIN)
    assert registry.names == ("md5", "sha1", "colour")
    assert registry.load("colour") == "a plug-in"


def test_other_groups_stay_out(other_package: Path) -> None:
    """A plug-in of another kind does not appear."""
    install(other_package, "other.group", "colour = extra_hashes:COLOUR")
    assert Registry[object]("test.group", "hash", BUILTIN).names == ("md5", "sha1")


def test_a_name_is_taken_once(other_package: Path) -> None:
    """A package that takes a built-in name is an error that names both, not a silent change."""
    install(other_package, "test.group", "md5 = extra_hashes:COLOUR")
    with pytest.raises(UsageProblem) as caught:
        Registry[object]("test.group", "hash", BUILTIN).load("md5")
    assert str(caught.value) == (
        "two packages have a hash called 'md5': hashsweep.hashers.digests:MD5 and "
        "extra_hashes:COLOUR"
    )


OWN = {"hashsweep.hashers": HASHERS, "hashsweep.sources": SOURCES, "hashsweep.hashlists": FORMATS}


@pytest.mark.parametrize("group", OWN)
def test_own_plugins_are_there(group: str) -> None:
    """Every name of hashsweep's own registries loads; other packages write into these groups."""
    registry = OWN[group]
    assert registry.group == group
    assert registry.names
    for name in registry.names:
        assert registry.load(name) is not None
