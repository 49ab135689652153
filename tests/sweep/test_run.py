"""The sweep from items to the report."""

import dataclasses
import hashlib
import json
import os

import pyarrow.parquet as pq
import pytest

from hashsweep.atomic_files import settle
from hashsweep.errors import ExitCode, Interrupted, ListError, ReportError
from hashsweep.model import Item
from hashsweep.output.summary import print_summary
from hashsweep.report import folder
from hashsweep.report.outcome import status_of
from hashsweep.report.segments import sweep_of
from hashsweep.report.sweep_json import LAYOUT
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.run import sweep
from hashsweep.sweep.worker import Sweeper, WorkerOptions
from support.drawings import jpeg, png, scene
from support.listed import compiled, entry
from support.watching import Watch

pytestmark = pytest.mark.usefixtures("no_worker_left")


@pytest.fixture
def media(tmp_path):
    """Thirty texts, a picture, a broken one, an empty file and a link."""
    folder = tmp_path / "media"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(str(number))
    picture = jpeg(scene(1))
    (folder / "photo.jpg").write_bytes(picture)
    (folder / "broken.jpg").write_bytes(picture[:5000])
    (folder / "empty").touch()
    (folder / "link").symlink_to("photo.jpg")
    return folder


@pytest.fixture(params=["serial", "processes"])
def config(request, media):
    """A sweep of the media by each engine."""
    return ScanConfig((str(media),), hashes=("sha256", "pdq"), engine=request.param, workers=2)


def on_disk(folder):
    """The state that a report tells."""
    return json.loads((folder / "sweep.json").read_text())


def test_every_item_is_one_row(config, tmp_path):
    """What is scanned, what failed and what was passed over adds up to the folder."""
    with build_plan(config) as plan:
        about = sweep(plan, tmp_path / "report")
    rows = pq.read_table(tmp_path / "report/files").to_pylist()
    failed = {
        row["uri"].rpartition("/")[2]: [each["reason"] for each in row["reasons"]]
        for row in rows
        if row["reasons"]
    }

    assert len({row["uri"] for row in rows}) == len(rows) == 33
    assert failed == {"broken.jpg": ["truncated"], "empty": ["empty"]}
    assert about.tally.items == 33
    assert about.tally.skipped == {"symlink": 1}
    assert status_of(about) == ExitCode.INCOMPLETE


def test_sweep_json_says_what_ran(config, tmp_path):
    """Version, options, sources, lists, hashes, decoders, times, state and totals."""
    with build_plan(config) as plan:
        about = sweep(plan, tmp_path / "report")
    told = on_disk(tmp_path / "report")

    assert sweep_of(tmp_path / "report") == about
    assert (told["layout"], told["kind"], told["run_id"]) == (LAYOUT, "sweep", about.run_id)
    assert (told["state"], told["incomplete"]) == ("complete", True)
    assert told["sources"] == list(config.sources)
    assert told["options"]["hashes"] == ["sha256", "pdq"]
    assert {
        "name": "pdq",
        "version": "1",
        "bits": 256,
        "max_distance": 31,
        "min_quality": 50,
    } in told["hashes"]
    assert {"pillow", "jpg"} <= set(told["decoders"])
    assert told["started"] <= told["ended"]


@pytest.fixture
def each_answer_counts(monkeypatch):
    """What workers say is put into the report at once."""
    monkeypatch.setattr("hashsweep.sweep.run._HELD_SECONDS", 0.0)


@pytest.mark.usefixtures("each_answer_counts")
def test_a_stop_closes_the_report_as_interrupted(config, tmp_path):
    """After Ctrl-C the report is readable, holds what was done and says so."""

    def watch(tally):
        if tally.items == 5:
            raise KeyboardInterrupt

    with build_plan(config) as plan, pytest.raises(Interrupted):
        sweep(plan, tmp_path / "report", [Watch(watch)])
    told = on_disk(tmp_path / "report")

    assert (told["state"], told["incomplete"], told["tally"]["items"]) == ("interrupted", True, 5)
    assert pq.read_table(tmp_path / "report/files").num_rows == 5


def test_an_error_closes_the_report_and_is_told_in_it(config, tmp_path):
    """What ends a sweep stands in sweep.json."""

    def watch(tally):
        raise ReportError("the reason")

    with build_plan(config) as plan, pytest.raises(ReportError):
        sweep(plan, tmp_path / "report", [Watch(watch)])
    told = on_disk(tmp_path / "report")

    assert (told["state"], told["error"]) == ("interrupted", "the reason")


@pytest.mark.usefixtures("each_answer_counts")
def test_a_fault_of_ours_closes_the_report_and_is_told_in_it(config, tmp_path):
    """Whatever is raised while records come in, what was scanned before can be read."""

    def watch(tally):
        if tally.items == 5:
            raise ZeroDivisionError

    with build_plan(config) as plan, pytest.raises(ZeroDivisionError):
        sweep(plan, tmp_path / "report", [Watch(watch)])
    told = on_disk(tmp_path / "report")

    assert (told["state"], told["incomplete"], told["tally"]["items"]) == ("interrupted", True, 5)
    assert told["error"] == "a bug in hashsweep"
    assert pq.read_table(tmp_path / "report/files").num_rows == 5
    assert pq.read_table(tmp_path / "report/matches").num_rows == 0


def test_a_list_that_nothing_can_be_compared_with_makes_a_sweep_incomplete(tmp_path, capsys):
    """A list of kinds that are only kept stands beside one that is used, and the verdict names it.

    A sweep that looked at half of what it was given is not clean.
    """
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.txt").write_text("a")
    (tmp_path / "used.csv").write_text(f"entry_id,md5\na,{7:032d}\n")
    (tmp_path / "kept.csv").write_text(f"entry_id,photodna\nb,{'01' * 144}\n")
    names = (str(tmp_path / "used.csv"), str(tmp_path / "kept.csv"))
    config = ScanConfig((str(tmp_path / "media"),), lists=names, engine="serial")
    with build_plan(config) as plan:
        about = sweep(plan, tmp_path / "report")
    print_summary(about, "report")

    assert (about.state, about.incomplete, about.tally.failed) == ("complete", True, 0)
    assert [each.hashes for each in about.lists] == [{"md5": 1}, {}]
    assert status_of(about) == ExitCode.INCOMPLETE
    assert (
        "INCOMPLETE: list kept holds nothing that can be matched here; nothing found in what was"
        in " ".join(capsys.readouterr().out.split())
    )


@pytest.mark.usefixtures("each_answer_counts")
def test_a_list_that_is_written_into_ends_the_sweep(config, tmp_path):
    """What was compared after that is not in the report, so going on takes up nothing of it."""
    known = compiled(tmp_path, [entry("e", md5=b"5" * 16)])

    def watch(tally):
        if tally.items == 5:
            with known.path.open("r+b") as stream:
                stream.write(bytes(known.path.stat().st_size))

    with (
        build_plan(dataclasses.replace(config, lists=(str(known.path),))) as plan,
        pytest.raises(ListError, match="changed in place while in use"),
    ):
        sweep(plan, tmp_path / "report", [Watch(watch)])
    told = on_disk(tmp_path / "report")

    assert (told["state"], told["incomplete"], told["tally"]["items"]) == ("interrupted", True, 5)


@pytest.mark.parametrize("name", ["known.hsl", "known.csv"])
def test_a_list_that_is_replaced_by_rename_disturbs_no_sweep(media, tmp_path, name):
    """At every answer in a sweep whose workers are replaced, too: all compare with the first.

    That is how a new list should be put in place, every night, whatever is running.
    """
    known = tmp_path / name
    found = [hashlib.md5(str(number).encode()).digest() for number in range(30)]

    def put(digest):
        if name.endswith(".csv"):
            draft = tmp_path / "draft"
            draft.write_text(f"id,md5\n{digest.hex()},{digest.hex()}\n")
        else:
            draft = compiled(tmp_path, [entry("e", md5=digest)], "draft").path
        draft.replace(known)

    put(hashlib.md5(b"7").digest())
    replaced = []

    def watch(tally):
        put(b"%016d" % tally.items)
        replaced.append(known.stat().st_ino)

    config = ScanConfig((str(media),), lists=(str(known),), workers=2)
    with build_plan(config) as plan:
        engine = dataclasses.replace(plan.engine, recycle=3)
        recycling = dataclasses.replace(plan, engine=engine)
        about = sweep(recycling, tmp_path / "report", [Watch(watch)])
    matches = pq.read_table(tmp_path / "report/matches").to_pylist()

    assert (about.state, len(replaced) >= 10) == ("complete", True)
    assert [os.path.basename(row["uri"]) for row in matches] == ["07.txt"]
    assert matches[0]["md5"] == found[7]


@pytest.mark.parametrize("table", ["matches", "files"])
@pytest.mark.parametrize("lasts", [False, True])
def test_a_segment_whose_rename_fails_is_counted_when_it_is_placed(
    media, tmp_path, monkeypatch, table, lasts
):
    """Where the last try succeeds all of it counts; where it fails, nothing says it is there."""
    config = ScanConfig((str(media),), hashes=("md5",), engine="serial", segment_rows=10)
    failures = []

    def failing(draft, path, settle=folder.settle):
        is_due = path.parent.name == table and path.name == "part-00001.parquet"
        if is_due and (lasts or not failures):
            failures.append(path.name)
            raise OSError(5, "Input/output error")
        settle(draft, path)

    monkeypatch.setattr(folder, "settle", failing)
    with build_plan(config) as plan, pytest.raises(ReportError, match="Input/output error"):
        sweep(plan, tmp_path / "report")
    told = on_disk(tmp_path / "report")
    there = {
        f"{each.parent.name}/{each.name}": pq.read_metadata(each).num_rows
        for each in (tmp_path / "report").rglob("*.parquet")
    }
    counted = {name: each["rows"] for name, each in told["segments"].items()}

    if lasts:
        assert (told["state"], counted) == ("running", {})
        assert there.keys() <= {"files/part-00000.parquet", "matches/part-00000.parquet"} | {
            "matches/part-00001.parquet"
        }
    else:
        assert (told["state"], counted) == ("interrupted", there)
        assert (
            told["tally"]["items"]
            == sum(rows for name, rows in there.items() if name.startswith("files/"))
            == 20
        )
    monkeypatch.setattr(folder, "settle", settle)
    with build_plan(dataclasses.replace(config, resume=True)) as plan:
        about = sweep(plan, tmp_path / "report")
    rows = pq.read_table(tmp_path / "report/files").to_pylist()

    assert (about.state, about.tally.items, len(rows)) == ("complete", 33, 33)


def test_the_report_says_running_until_its_end(config, tmp_path):
    """A report without an end is recognised as such."""
    states = []
    with build_plan(config) as plan:
        sweep(
            plan,
            tmp_path / "report",
            [Watch(lambda _: states.append(on_disk(tmp_path / "report")))],
        )

    assert {(each["state"], each["incomplete"], each["ended"]) for each in states} == {
        ("running", True, None)
    }


@pytest.mark.parametrize("decided", [False, True])
def test_an_item_with_very_many_parts_is_a_segment_of_its_own(tmp_path, monkeypatch, decided):
    """Its rows are those that it has when they are all held, and they are counted alike."""
    pages = [scene(number, 64, 48) for number in range(300)]
    folder = tmp_path / "media"
    folder.mkdir()
    pages[0].save(folder / "many.tiff", save_all=True, append_images=pages[1:])
    for number in range(20):
        (folder / f"{number}.png").write_bytes(png(pages[number]))
    known, hasher = [], Sweeper(WorkerOptions(("pdq",)))
    for number in (5, 150, 299):
        (tmp_path / "page").write_bytes(png(pages[number]))
        (record,) = hasher.scan(Item(str(tmp_path / "page")))
        known.append(entry(f"e{number}", pdq=record.hashes["pdq"]))
    decisions = None
    if decided:
        sha256 = hashlib.sha256((folder / "many.tiff").read_bytes()).hexdigest()
        decisions = str(tmp_path / "decided.csv")
        with open(decisions, "x", encoding="utf-8") as file:
            file.write(f"list,entry_id,sha256,decision\nl,e150,{sha256},overturned\n")
    config = ScanConfig(
        (str(folder),),
        lists=(str(compiled(tmp_path, known, "l").path),),
        hashes=("sha256", "pdq"),
        decisions=decisions,
        workers=2,
    )

    def swept(name):
        with build_plan(config) as plan:
            about = sweep(plan, tmp_path / name)
        return about, {
            table: sorted(map(repr, pq.read_table(tmp_path / name / table).to_pylist()))
            for table in ("files", "matches")
        }

    plain, expected = swept("plain")
    monkeypatch.setattr("hashsweep.sweep.long_items.LOOSE", 70)
    about, found = swept("long")
    parts = [pq.read_table(path) for path in sorted((tmp_path / "long/files").iterdir())]

    assert found == expected
    assert len(found["files"]) == 320
    assert len(found["matches"]) == 4
    assert about.tally == plain.tally
    assert about.tally.overturned == decided
    assert [{*part["uri"].to_pylist()} == {str(folder / "many.tiff")} for part in parts].count(1)
    assert about.segments.keys() == {
        f"{table}/{path.name}"
        for table in ("files", "matches")
        for path in (tmp_path / "long" / table).iterdir()
    }
