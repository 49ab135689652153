"""From lists, hashes and limits to the work of workers."""

import csv
import os
from contextlib import ExitStack

import pytest

from hashsweep.engines import limits
from hashsweep.engines.serial import SerialEngine
from hashsweep.engines.worker_process import Confinement
from hashsweep.errors import ListError
from hashsweep.sweep.config import MAX_MEMORY, ScanConfig
from hashsweep.sweep.work import find_resources, fit, prepare_work

SHA256 = "ab" * 32


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A list of one SHA-256 in the current folder."""
    monkeypatch.chdir(tmp_path)
    with open("known.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["entry_id", "sha256"], ["e", SHA256]])
    return tmp_path


def work(**options):
    """The work for options, with one hash unless they say otherwise."""
    with ExitStack() as held:
        return prepare_work(ScanConfig(**{"hashes": ("md5",), **options}), held)


def test_only_what_the_lists_can_match_is_computed(folder):
    """The algorithms are those of the lists."""
    assert [spec.name for spec in work(lists=("known.csv",), hashes=()).specs] == ["sha256"]


def test_more_is_computed_when_asked(folder):
    """--hash adds, --hash all takes everything."""
    more = work(lists=("known.csv",), hashes=("dhash",)).specs
    everything = work(hashes=("all",)).specs

    assert {spec.name for spec in more} == {"sha256", "dhash"}
    assert {"md5", "sha1", "sha256", "pdq", "phash"} <= {spec.name for spec in everything}


def test_lists_of_one_name_are_told_apart(folder):
    """Every list of a sweep has a name of its own."""
    os.mkdir("other")
    os.link("known.csv", "other/known.csv")
    reports = work(lists=("known.csv", "other/known.csv")).lists

    assert [report.name for report in reports] == ["known", "known#2"]


def test_the_engine_is_the_one_that_was_asked_for(folder):
    """By default as many workers as processors."""
    assert isinstance(work(engine="serial").engine, SerialEngine)
    assert work(workers=3).engine.workers == 3
    assert work().engine.workers == limits.processors() == len(os.sched_getaffinity(0))


def test_workers_are_confined_by_default(folder):
    """With 3 GiB each, or what --max-memory says."""
    assert work().engine.confinement == Confinement(confined=True, memory=3 << 30)
    assert work(max_memory=5).engine.confinement == Confinement(confined=True, memory=5)


def test_a_compiled_list_can_be_verified_later(folder, hashsweep):
    """A changed byte is an error at once, or when the caller asks."""
    assert hashsweep("lists", "import", "known.csv", "-o", "known.hsl").returncode == 0
    content = bytearray((folder / "known.hsl").read_bytes())
    content[content.index(bytes.fromhex(SHA256)) + 3] ^= 1
    (folder / "known.hsl").write_bytes(content)
    with ExitStack() as held:
        with pytest.raises(ListError, match="was altered"):
            prepare_work(ScanConfig(lists=("known.hsl",)), held)
        (opened,) = prepare_work(ScanConfig(lists=("known.hsl",)), held, verify=False).lists
        with pytest.raises(ListError, match="was altered"):
            opened.verify()


GIB = 1 << 30


@pytest.mark.parametrize(
    ("allowed", "memory", "given", "expected"),
    [
        (16, None, {}, (None, MAX_MEMORY)),
        (2, None, {}, (2, MAX_MEMORY)),
        (2, None, {"workers": 5}, (5, MAX_MEMORY)),
        (16, 100 * GIB, {}, (None, MAX_MEMORY)),
        (2, 2 * GIB, {}, (2, 832 << 20)),
        (2, 2 * GIB, {"workers": 4}, (4, 384 << 20)),
        (2, 2 * GIB, {"max_memory": 5 * GIB}, (2, 5 * GIB)),
        (2, GIB // 4, {}, (2, 64 << 20)),
    ],
)
def test_defaults_fit_into_a_container(monkeypatch, allowed, memory, given, expected):
    """What the user says stays; the rest leaves room for the command and all workers."""
    monkeypatch.setattr(limits, "processors", lambda: allowed)
    monkeypatch.setattr(limits, "memory", lambda: memory)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    fitted = fit(ScanConfig(**given))

    assert (fitted.workers, fitted.max_memory) == expected
    assert fit(fitted) == fitted
    engine = work(**given).engine
    assert engine.workers == (fitted.workers or allowed)
    assert engine.confinement.memory == fitted.max_memory


@pytest.mark.parametrize(
    ("processors", "memory", "given", "expected"),
    [
        (16, None, {}, (16, "default", 3 * GIB, "default")),
        (2, None, {}, (2, "container", 3 * GIB, "default")),
        (16, 2 * GIB, {"workers": 2}, (2, "option", 832 << 20, "container")),
        (2, 64 * GIB, {"max_memory": GIB}, (2, "container", GIB, "option")),
        (2, GIB, {"engine": "serial"}, (1, "option", None, None)),
    ],
)
def test_what_decides_how_much_is_used(monkeypatch, processors, memory, given, expected):
    """An option, the machine, or the container; the report says which."""
    monkeypatch.setattr(limits, "processors", lambda: processors)
    monkeypatch.setattr(limits, "memory", lambda: memory)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    found = find_resources(ScanConfig(**given))

    assert (found.workers, found.workers_by, found.max_memory, found.memory_by) == expected
