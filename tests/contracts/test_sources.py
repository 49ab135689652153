"""What every source promises, wherever its items come from."""

import os
from pathlib import Path

import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Item, Skipped
from hashsweep.sources import SOURCES
from hashsweep.sources.base import Choice
from hashsweep.sources.folder import FolderSource
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests.base import ListOptions
from hashsweep.sources.paths import PathsSource
from hashsweep.storage.stores import Stores

NAMES = [b"a.jpg", b"b\nnewline.jpg", b"c\xff\xfe.jpg", "d-ü.jpg".encode(), b"sub/e.png", b"z.jpg"]


def folder_source(tree, choice):
    """The tree itself."""
    return FolderSource(str(tree), choice)


def paths_source(tree, choice):
    """A list of the tree's paths, links and FIFO included."""
    paths = [os.fsencode(path) for path in sorted(tree.rglob("*")) if path.name != "sub"]
    listing = tree.parent / "paths"
    listing.write_bytes(b"\0".join(paths))
    return PathsSource(str(listing), null=True, choice=choice)


def manifest_source(tree, choice):
    """The same list as a manifest."""
    listing = paths_source(tree, choice).path
    return ManifestSource(listing, Stores(), choice, ListOptions(null=True))


BUILDERS = {"folder": folder_source, "paths": paths_source, "manifest": manifest_source}
MISSING = {
    "folder": lambda path: FolderSource(str(path)),
    "paths": lambda path: PathsSource(str(path)),
    "manifest": lambda path: ManifestSource(str(path), Stores()),
}


@pytest.fixture
def tree(tmp_path):
    """A small tree with names of every kind, a link, a broken link and a FIFO."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    for size, name in enumerate(NAMES):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"x" * size)
    (root / "link.jpg").symlink_to("a.jpg")
    (root / "nowhere.jpg").symlink_to("not-there")
    os.mkfifo(root / "pipe.jpg")
    return root


OF_STORES = ("bucket",)  # no links and no FIFOs there: see tests/sources/test_bucket.py
LOCAL = [name for name in SOURCES.names if name not in OF_STORES]


@pytest.fixture(params=LOCAL)
def build(request):
    """Build each source over a tree; a source that is registered has to be built here."""
    return BUILDERS[request.param]


def names(found, tree):
    """The paths below the tree as bytes, sorted."""
    return sorted(os.fsencode(os.path.relpath(each.uri, tree)) for each in found)


def split(source):
    """Everything a source yields, as (items, skips)."""
    found = list(source.items())
    return (
        [each for each in found if isinstance(each, Item)],
        [each for each in found if isinstance(each, Skipped)],
    )


def test_every_file_comes_once_with_size_and_time(build, tree):
    """Regular files with any name are items; what the file system knows of them comes along."""
    items, _ = split(build(tree, Choice()))

    assert names(items, tree) == sorted(NAMES)
    assert {item.size for item in items} == set(range(len(NAMES)))
    assert all(item.mtime_ns == os.lstat(item.uri).st_mtime_ns for item in items)
    assert [item.failure for item in items] == [None] * len(NAMES)


def test_names_survive_to_the_byte(build, tree):
    """The URI leads back to the file, also where the name is not UTF-8 or holds a newline."""
    items, _ = split(build(tree, Choice()))

    assert all(os.path.exists(os.fsencode(item.uri)) for item in items)


def test_links_and_special_files_are_passed_over_and_told(build, tree):
    """Nothing is followed or opened, and nothing is left out in silence."""
    _, skips = split(build(tree, Choice()))

    assert sorted((os.path.basename(each.uri), each.reason) for each in skips) == [
        ("link.jpg", "symlink"),
        ("nowhere.jpg", "symlink"),
        ("pipe.jpg", "special"),
    ]


def test_the_order_is_the_same_every_time(build, tree):
    """Two walks over the same tree yield the same sequence."""
    source = build(tree, Choice())

    assert list(source.items()) == list(source.items())


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(include=("*.png",)), [b"sub/e.png"]),
        (Choice(include=("*.png", "a.*")), [b"a.jpg", b"sub/e.png"]),
        (Choice(exclude=("*.jpg",)), [b"sub/e.png"]),
        (Choice(include=("*.jpg",), exclude=("[a-d]*",)), [b"z.jpg"]),
        (Choice(exclude=("*sub/*", "[bcdz]*.jpg")), [b"a.jpg"]),
        (Choice(max_file_size=1), [b"a.jpg", b"b\nnewline.jpg"]),
    ],
)
def test_what_is_left_out_by_choice_is_told(build, tree, choice, expected):
    """Files that are not wanted are skips with a reason; the rest are items."""
    items, skips = split(build(tree, choice))
    reasons = [each.reason for each in skips if each.reason not in ("symlink", "special")]

    assert names(items, tree) == expected
    assert set(reasons) == {"too-large" if choice.max_file_size else "excluded"}
    assert len(reasons) == len(NAMES) - len(expected)


def test_a_good_source_passes_its_check(build, tree):
    """check() says nothing where all is well."""
    assert build(tree, Choice()).check() is None


@pytest.mark.parametrize("kind", LOCAL)
def test_a_source_that_is_not_there_is_refused(kind, tmp_path):
    """check() raises SourceError that names what is missing."""
    with pytest.raises(SourceError, match=r"not-there: No such file or directory"):
        MISSING[kind](tmp_path / "not-there").check()


def test_a_file_that_vanishes_is_a_failed_item(build, tree, monkeypatch):
    """What was listed and cannot be examined any more stays in the report as failed."""
    real = os.lstat

    def lstat(path, **options):
        if os.fsencode(path).endswith(b"z.jpg"):
            raise FileNotFoundError(2, "No such file or directory")
        return real(path, **options)

    monkeypatch.setattr(os, "lstat", lstat)
    items, _ = split(build(tree, Choice()))
    (failed,) = [item for item in items if item.failure]

    assert os.path.basename(failed.uri) == "z.jpg"
    assert (failed.failure.stage, failed.failure.reason) == ("list", "gone")
