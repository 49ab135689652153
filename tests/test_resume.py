"""A sweep that was cut short and goes on, and one that builds on an earlier report.

However it was cut, the finished report has the rows of a sweep that nothing disturbed.
"""

import io
import os
import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from hashsweep.analysis.decisions_file import DECISIONS
from hashsweep.errors import Interrupted, ReportError
from hashsweep.output.listeners import Listener
from hashsweep.report.segments import read_sweep
from hashsweep.report.sweep_json import serialize
from hashsweep.report.verify import Weight, verify
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.run import sweep
from hashsweep.variants import LEVELS
from support.drawings import jpeg, scene
from support.thoroughness import examples

NANOSECONDS = 1_700_000_000_123_456_789


def animation():
    """Three frames as a GIF."""
    first, *others = [scene(seed, 80, 60) for seed in range(3)]
    stream = io.BytesIO()
    first.save(stream, "GIF", save_all=True, append_images=others)
    return stream.getvalue()


FILES = {
    "a/photo.jpg": jpeg(scene(1, 120, 90)), "a/same.jpg": jpeg(scene(1, 120, 90)),
    "a/other.jpg": jpeg(scene(2, 120, 90)),
    "b/anim.gif": animation(), "b/cut.gif": animation()[:9000],
    "b/broken.jpg": jpeg(scene(3, 120, 90))[:2000],
    "empty": b"", "text": b"text", "zoë\udcff": b"x",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Files of every kind, old enough to be carried over, a link, and a list of some of them."""
    here = tmp_path_factory.mktemp("tree")
    for name, content in FILES.items():
        path = here / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(NANOSECONDS, NANOSECONDS))
    (here / "media/link").symlink_to("text")
    config = ScanConfig((str(here / "media"),), hashes=("sha256", "pdq"), engine="serial")
    run(config, here / "hashes")
    listed = [row for row in rows(here / "hashes", "files") if row["pdq"]][::2]
    lines = [f"e{n},{row['pdq'].hex()},{row['pdq_quality']}" for n, row in enumerate(listed)]
    (here / "known.csv").write_text("entry_id,pdq,pdq_quality\n" + "\n".join(lines) + "\n")
    decided = [f"{word},e{n},{listed[n]['pdq'].hex()}" for n, word in enumerate(DECISIONS)]
    (here / "decided.csv").write_text("decision,entry_id,pdq\n" + "\n".join(decided) + "\n")
    names = [
        here / "media" / name for name in ("text", "a/photo.jpg", "text", "b/anim.gif", "text")
    ]
    (here / "names").write_bytes(b"\n".join(bytes(name) for name in names))
    return here


@pytest.fixture(scope="module")
def config(tree):
    """The sweep, with decisions: the folder, and files named again, one of them three times."""
    return ScanConfig(
        (str(tree / "media"),), files_from=str(tree / "names"), lists=(str(tree / "known.csv"),),
        hashes=("sha256",), engine="serial", decisions=str(tree / "decided.csv"), hot_after=1,
    )  # fmt: skip


def run(config, folder, *listeners):
    """Sweep; return what sweep.json says."""
    with build_plan(config) as plan:
        return sweep(plan, folder, listeners)


def rows(folder, table):
    """All rows of a table, sorted."""
    return sorted(pq.read_table(folder / table).to_pylist(), key=repr)


@pytest.fixture(scope="module")
def undisturbed(config, tree):
    """(files, matches, totals) of a sweep that nothing disturbed."""
    info = run(config, tree / "undisturbed")
    return (
        rows(tree / "undisturbed", "files"),
        rows(tree / "undisturbed", "matches"),
        info.tally,
    )


def test_the_sweep_has_something_of_everything(undisturbed):
    """Matches, failures, frames, skips and paths that were named twice."""
    files, matches, tally = undisturbed

    assert len(files) > tally.items == 14
    assert {row["uri"] for row in matches} > {None} - {None}
    assert (tally.failed, tally.skipped, tally.with_frames) == (3, {"symlink": 1}, 3)
    assert tally.matched_items >= 3
    assert min(getattr(tally, word) for word in DECISIONS) >= 1


STOPS = {"ctrl-c": KeyboardInterrupt, "disk": ReportError("full"), "fault": ZeroDivisionError}
CUTS = st.lists(
    st.tuples(st.sampled_from([*STOPS]), st.integers(1, 6), st.integers(1, 6), st.integers(0, 4)),
    max_size=5,
)


class Stop(Listener):
    """Raises an error after so many items."""

    def __init__(self, error, after):
        self._error, self._left = error, after

    def advance(self, tally):
        self._left -= 1
        if self._left == 0:
            raise self._error


def cut(config, folder, how, after):
    """Run a sweep that ends after so many items, or comes to its end before."""
    try:
        run(config, folder, Stop(STOPS[how], after))
    except (Interrupted, ReportError, ZeroDivisionError):
        return False
    return True


def hurt(folder, how):
    """Leave the folder as a kill at some moment would."""
    files, matches = (sorted((folder / table).glob("part-*")) for table in ("files", "matches"))
    if how == 1 and files:
        files[-1].unlink()  # its matches were placed, it was not; nor did sweep.json know of either
        info = read_sweep(folder)
        lost = {f"{table}/{files[-1].name}" for table in ("files", "matches")}
        known = {name: each for name, each in info.segments.items() if name not in lost}
        killed = structs.replace(info, segments=known, state="running")
        (folder / "sweep.json").write_bytes(serialize(killed))
    if how == 2:
        (folder / ".sweep.json.tmp").write_text("{")
        (folder / "files/.part-00000.parquet.tmp").write_text("PAR1")
    if how == 3 and not files:
        (folder / "sweep.json").unlink()
    if how == 4:
        (folder / ".lock").touch()
    assert matches is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(cuts=CUTS)
def test_however_it_was_cut_the_rows_are_those_of_an_undisturbed_sweep(
    config, undisturbed, tmp_path_factory, cuts
):
    """Stopped, failed or killed after any number of items, with segments of any size."""
    folder = tmp_path_factory.mktemp("cut") / "report"
    resumed = replace(config, resume=True)
    for how, after, segment_rows, wound in cuts:
        complete = cut(replace(resumed, segment_rows=segment_rows), folder, how, after)
        if complete:
            break
        hurt(folder, wound)
    info = run(resumed, folder)

    assert info.state == "complete"
    assert (rows(folder, "files"), rows(folder, "matches"), info.tally) == undisturbed
    assert run(resumed, folder) == read_sweep(folder)
    assert {path.name for path in folder.iterdir()} == {"files", "matches", "sweep.json"}
    assert [each for each in verify(folder) if each.weight is not Weight.NOTE] == []


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["new", "write", "touch", "delete", "rename", "grow"]),
        st.sampled_from([*FILES]),
    ),
    max_size=6,
)


def change(media, how, name, number):
    """Do something to a file of the folder, if it is there."""
    path = media / name
    if how == "new":
        (media / f"new {number}.jpg").write_bytes(jpeg(scene(number % 3 + 1, 120, 90)))
    elif not path.exists():
        return
    elif how == "write":
        path.write_bytes(FILES["a/photo.jpg"])
    elif how == "touch":
        os.utime(path, ns=(NANOSECONDS, NANOSECONDS + 1))
    elif how == "delete":
        path.unlink()
    elif how == "rename":
        path.rename(path.with_name(f"moved {number}"))
    else:
        path.write_bytes(path.read_bytes() + b"more")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40))
@given(changes=CHANGES)
def test_a_sweep_with_a_baseline_is_a_fresh_one_that_read_less(
    config, tree, tmp_path_factory, changes
):
    """Whatever has changed, rows say the same; what has not is not read, and turned by its hash."""
    here = tmp_path_factory.mktemp("baseline")
    shutil.copytree(tree / "media", here / "media", symlinks=True)
    config = replace(config, sources=(str(here / "media"),), files_from=None)
    run(config, here / "before")
    for number, (how, name) in enumerate(changes):
        change(here / "media", how, name, number)
    fresh = run(config, here / "fresh")
    info = run(replace(config, baseline=str(here / "before")), here / "after")
    old, new = rows(here / "fresh", "files"), rows(here / "after", "files")
    unchanged = sum(
        (here / "media" / name).exists()
        and (here / "media" / name).stat().st_mtime_ns == NANOSECONDS
        and name not in ("empty", "b/cut.gif", "b/broken.jpg")
        for name in FILES
    )

    for row in new:
        if row.pop("from_baseline") and row["looked_for"]["views"]:
            assert row["looked_for"]["views"] == ["turns-of-hash", "inverted"]
            row["looked_for"]["views"] = [*LEVELS["default"]]
    for row in old:
        del row["from_baseline"]
    assert new == old
    assert rows(here / "after", "matches") == rows(here / "fresh", "matches")
    assert info.tally == structs.replace(fresh.tally, from_baseline=unchanged)
    assert info.baseline.items - info.baseline.gone == sum(
        (here / "media" / name).exists() for name in FILES
    )


def test_an_unchanged_file_is_not_read(config, tree, tmp_path):
    """Proof: content that was swapped behind its size and time keeps its old hashes."""
    shutil.copytree(tree / "media", tmp_path / "media", symlinks=True)
    config = replace(config, sources=(str(tmp_path / "media"),), files_from=None)
    run(config, tmp_path / "before")
    path = tmp_path / "media/text"
    path.write_bytes(b"TEXT")
    os.utime(path, ns=(NANOSECONDS, NANOSECONDS))
    run(replace(config, baseline=str(tmp_path / "before")), tmp_path / "after")
    before, after = (
        {row["uri"]: row["sha256"] for row in rows(tmp_path / name, "files")}
        for name in ("before", "after")
    )

    assert before == after


def test_a_baseline_serves_other_lists(config, tree, tmp_path):
    """Yesterday's hashes against today's lists: matches are today's."""
    (tmp_path / "none.csv").write_text(f"entry_id,pdq\nx,{'0f' * 32}\n")
    (text,) = (row for row in rows(tree / "hashes", "files") if row["uri"].endswith("/text"))
    (tmp_path / "text.csv").write_text(f"entry_id,sha256\nthe text,{text['sha256'].hex()}\n")
    run(replace(config, lists=(str(tmp_path / "none.csv"),)), tmp_path / "first")
    names = (str(tree / "known.csv"), str(tmp_path / "text.csv"))
    info = run(replace(config, lists=names, baseline=str(tmp_path / "first")), tmp_path / "second")
    fresh = run(replace(config, lists=names), tmp_path / "fresh")

    assert rows(tmp_path / "first", "matches") == []
    assert rows(tmp_path / "second", "matches") == rows(tmp_path / "fresh", "matches")
    assert info.tally.matches == fresh.tally.matches > 0
    assert info.tally.from_baseline == 11
