"""`hashsweep report show` through the real command, on reports of real sweeps."""

import csv
import io
import json
import os
import re
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.model import Failure
from hashsweep.report.encryption import VARIABLE, key_id, new_key
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from support.commands import COMMAND
from support.rematch_info import rematch_info
from support.reports import KEY, failed, match, record, write


def rows(done):
    """What --format jsonl printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_show_prints_matches_files_and_failures(swept, report, media):
    """Matches unless something else is asked for; exit 0 whatever they are."""
    swept()
    matches = report("show", "out")
    files = report("show", "out", "--what", "files", "--format", "jsonl")
    failed = report("show", "out", "--what", "failed")

    assert [done.returncode for done in (matches, files, failed)] == [0, 0, 0]
    assert [line.split()[0] for line in matches.stdout.splitlines()] == ["TIER", "exact", "exact"]
    assert {os.fsencode(row["uri"]) for row in rows(files)} == {
        os.fsencode(path) for path in media.iterdir()
    }
    assert len({row["sha256"] for row in rows(files) if row["size"]}) == 4
    assert [line.split()[:2] for line in failed.stdout.splitlines()] == [
        ["STAGE", "REASON"], ["read", "empty"],
    ]  # fmt: skip
    assert "\x1b" not in matches.stdout


def test_decisions_are_a_column_where_there_are_any(report, tmp_path):
    """Also where the sweep was killed before it could count them; else the table is narrower."""
    decided = [record("/a", 1, match()), record("/b", 2, match(decision="overturned"))]
    write(tmp_path / "decided", decided)
    nothing_yet = to_json(Tally().totals())
    write(tmp_path / "killed", decided, state="running", tally=nothing_yet)
    write(tmp_path / "none", decided[:1])
    shown = {name: report("show", name).stdout for name in ("decided", "killed", "none")}
    both = report("show", "decided", "none").stdout.splitlines()

    assert shown["killed"] == shown["decided"]
    assert shown["decided"].splitlines()[0].split()[:2] == ["TIER", "DECISION"]
    assert shown["decided"].splitlines()[2].split()[:2] == ["close", "overturned"]
    assert shown["none"].splitlines()[0].split()[:2] == ["TIER", "ALGORITHM"]
    assert [line.split()[2] for line in both] == ["DECISION", "pdq", "pdq", "overturned"]


def test_show_csv_is_safe_for_spreadsheets(hashsweep, report, tmp_path):
    """A name that is a formula stands as text; a header is there without rows, too."""
    (tmp_path / "=1+1.txt").write_text("x")
    hashsweep("scan", "=1+1.txt", "--hash", "md5", "-o", "out")
    files = report("show", "out", "--what", "files", "--format", "csv")
    head, row = csv.reader(io.StringIO(files.stdout))

    assert row[head.index("uri")].endswith("=1+1.txt")
    assert row[head.index("uri")][0] in "/'"
    assert report("show", "out", "--format", "csv").stdout.startswith("item_id,uri,part,")


def test_show_stops_at_the_limit(swept, report):
    """After so many rows, also none."""
    swept("--segment-rows", "2")
    shown = [
        rows(report("show", "out", "--what", "files", "--format", "jsonl", "--limit", limit))
        for limit in "034"
    ]

    assert [len(each) for each in shown] == [0, 3, 4]


def test_show_decrypts(swept, report, key_file):
    """With the key in a file or the environment; without, one line says what to do."""
    swept("--encrypt", "--key-file", key_file)
    environ = {**os.environ, VARIABLE: KEY}
    shown = [
        report("show", "out", "--what", "files", *given, env=env)
        for given, env in ((["--key-file", key_file], None), ([], environ))
    ]
    none = report("show", "out")
    other = report("show", "out", env={**os.environ, VARIABLE: new_key()})

    assert shown[0].stdout == shown[1].stdout
    assert len(shown[0].stdout.splitlines()) == 7
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr == (
        "hashsweep: report out is encrypted: give its key with --key-file or HASHSWEEP_REPORT_KEY\n"
    )
    assert (other.returncode, other.stdout) == (2, "")
    assert f"is encrypted with key {key_id(bytes.fromhex(KEY))}" in other.stderr
    assert KEY[:12] not in none.stderr + other.stderr


def test_show_of_an_altered_part_says_so(swept, report, key_file, tmp_path):
    """One line, and no row of it."""
    swept("--encrypt", "--key-file", key_file)
    path = tmp_path / "out/files/part-00000.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    done = report("show", "out", "--what", "files", "--key-file", key_file)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "hashsweep: report out/files/part-00000.parquet is damaged or was altered\n"
    )


@pytest.mark.parametrize("command", ["summary", "show"])
def test_a_folder_that_is_no_report_is_refused(report, command, tmp_path):
    """In one line; a damaged one, too."""
    done = report(command, tmp_path)
    (tmp_path / "sweep.json").write_text('{"layout": 7, "tally": {}, "state": "complete"}')
    damaged = report(command, tmp_path)

    assert (done.returncode, damaged.returncode) == (2, 2)
    assert "is not a report: it has no sweep.json" in done.stderr
    assert "is damaged" in damaged.stderr
    assert (damaged.stderr.count("\n"), damaged.stdout) == (1, "")


READERS = ("summary", "show", "stats", "decisions", "export -o new", "html -o new")


@pytest.mark.parametrize("words", READERS)
def test_every_reader_refuses_a_report_that_lost_a_part(report, tmp_path, words):
    """A part without a match, or one with the only match: neither report is read as clean."""
    records = [record("/a", 1), record("/b", 2, match()), record("/c", 3)]
    write(tmp_path / "one", records, segment_rows=1)
    (tmp_path / "one/files/part-00002.parquet").unlink()
    write(tmp_path / "two", records, segment_rows=1)
    (tmp_path / "two/matches/part-00001.parquet").unlink()
    name, *options = words.split()
    done = [report(name, at, *options) for at in ("one", "two")]

    assert [(each.returncode, each.stdout) for each in done] == [(2, "")] * 2
    assert [each.stderr for each in done] == [
        "hashsweep: report one is damaged: files/part-00002.parquet is missing\n",
        "hashsweep: report two is damaged: matches/part-00001.parquet is missing\n",
    ]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", READERS)
def test_every_reader_refuses_another_layout(report, tmp_path, words):
    """What its rows mean is not known."""
    write(tmp_path / "one", [record("/a", 1)], layout=99, hashsweep="9.0.0")
    name, *options = words.split()
    done = report(name, "one", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "hashsweep: report one/sweep.json has another layout, of hashsweep 9.0.0: read it "
        "with that version\n"
    )


@pytest.mark.parametrize("words", READERS[1:])
def test_a_row_without_its_list_is_damage(report, tmp_path, words):
    """One line, not a fault of ours, whatever reads it."""
    part = write(tmp_path / "one", [record("/a", 1, match())]) / "matches/part-00000.parquet"
    rows = pq.read_table(part)
    place = rows.schema.get_field_index("list")
    pq.write_table(rows.set_column(place, "list", pa.nulls(1, pa.string())), part)
    name, *options = words.split()
    done = report(name, "one", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hashsweep: report one/matches/part-00000.parquet is damaged\n"


@pytest.mark.parametrize("words", READERS)
def test_damage_is_told_before_the_first_row(report, tmp_path, words):
    """Nobody has half an output; a file is not made."""
    path = write(tmp_path / "one", [record("/a", 1, match())], **rematch_info()) / "sweep.json"
    damaged = json.loads(path.read_text())
    del damaged["rematch"]["shards"]
    path.write_text(json.dumps(damaged))
    name, *options = words.split()
    done = report(name, "one", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "hashsweep: report one/sweep.json is damaged: Object missing required field `shards` - at "
        "`$.rematch`\n"
    )
    assert not (tmp_path / "new").exists()


def test_a_reader_that_leaves_early_is_no_match(swept, tmp_path):
    """`report show ... | head` ends without a message, and not with the status of matches."""
    swept()
    words = [*COMMAND, "report", "show", "out", "--what", "files", "--format", "jsonl"]
    running = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()

    assert (running.wait(timeout=60), said) == (2, "")


@pytest.fixture
def recorded_reports(tmp_path):
    """Two reports of fixed records, the second one unfinished."""
    first = [
        record("/srv/a/x.jpg", 1, match(), match("e-2", "far", 30, category="B"), day=0),
        record("/srv/b/y.jpg", 1, match(decision="overturned"), day=3),
        failed("/srv/b/z.jpg", "gone", "read"),
    ]
    write(tmp_path / "first", first)
    write(tmp_path / "second", first[:1], state="interrupted", started="2026-04-01T00:00:00Z")


NO_MATCHES = "hashsweep: no matches (that pass the filters, if any)\n"
FILTERS = [
    ("--tier far", ["/srv/a/x.jpg"]),
    ("--max-distance 10", ["/srv/a/x.jpg", "/srv/b/y.jpg"]),
    ("--min-distance 30 --max-distance 30", ["/srv/a/x.jpg"]),
    ("--category A --category C --decision none", ["/srv/a/x.jpg"]),
    ("--decision overturned", ["/srv/b/y.jpg"]),
    ("--path */b/*", ["/srv/b/y.jpg"]),
    ("--path y.jpg --list known --algorithm pdq", ["/srv/b/y.jpg"]),
    ("--modified-since 2026-03-02", ["/srv/b/y.jpg"]),
    ("--modified-until 2026-03-01 --tier close", ["/srv/a/x.jpg"]),
    ("--item 47155ae27255e47f44d9aa440159cdd9", ["/srv/b/y.jpg"]),
    ("--what failed --reason gone", ["/srv/b/z.jpg"]),
    ("--what files --media-type image/* --path *.jpg", ["/srv/a/x.jpg", "/srv/b/y.jpg"]),
]


@pytest.mark.usefixtures("recorded_reports")
@pytest.mark.parametrize(("words", "there"), FILTERS)
def test_show_of_what_is_asked_for(report, words, there):
    """Every filter, alone and with others."""
    done = report("show", "first", "--format", "jsonl", *words.split())

    assert [row["uri"] for row in rows(done)] == there
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("recorded_reports")
def test_show_of_several_says_whose_row_it_is(report):
    """And that one of them is unfinished."""
    done = report("show", "first", "second", "--tier", "far", "--format", "csv")
    chosen = report("show", "first", "second", "--swept-until", "2026-03-31", "--format", "jsonl")

    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [
        "report",
        "first",
        "second",
    ]
    assert done.returncode == 4
    assert done.stderr == (
        "hashsweep: second: the sweep was stopped before its end; rows may be missing\n"
    )
    assert {row["report"] for row in rows(chosen)} == {"first"}
    assert chosen.returncode == 0


@pytest.mark.usefixtures("recorded_reports")
def test_show_of_dates_that_nobody_knows(report):
    """They are told, and the status says that rows may be missing."""
    done = report("show", "first", "--what", "files", "--modified-since", "2026-03-01")

    assert len(done.stdout.splitlines()) == 3
    assert done.returncode == 4
    assert done.stderr == (
        "hashsweep: 1 row left out: when the file was last modified is not known\n"
    )


@pytest.mark.usefixtures("recorded_reports")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--what files --tier far", "--tier can only be used with --what matches or retractions"),
        ("--reason gone", "--reason can only be used with --what files or failed"),
        ("--list unknown", "no list unknown in these reports (they have: harmless, known)"),
        ("--what files --clusters", "--cluster, --clusters needs --what matches"),
        (
            "--what files --new-since second",
            "--new-since needs --what matches or failed",
        ),
        ("--swept-since 2027-01-01", "no sweep of these reports began in that time"),
    ],
)
def test_show_refuses_what_can_have_no_answer(report, words, said):
    """In one line, rather than printing nothing."""
    done = report("show", "first", *words.split())

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"hashsweep: {said}\n")


@pytest.mark.usefixtures("recorded_reports")
def test_show_of_what_is_new(report, tmp_path):
    """Matches that an earlier report does not have, with filters as ever."""
    write(tmp_path / "earlier", [record("/srv/a/x.jpg", 1, match(), match("e-2"))])
    words = "--new-since", "earlier", "--format", "jsonl"
    new, none = (
        report("show", "first", *words, *more) for more in ((), ("--path", "/srv/a/*"))
    )  # fmt: skip
    nothing = report("show", "first", "--new-since", "first", "--new-since", "earlier")

    assert [row["uri"] for row in rows(new)] == ["/srv/b/y.jpg"]
    assert (new.returncode, rows(none)) == (0, [])
    assert (nothing.returncode, nothing.stdout) == (0, "")


@pytest.mark.usefixtures("recorded_reports")
def test_show_of_failures_that_are_new(report, tmp_path):
    """A nightly mail speaks only of what it has not said yet; of an unfinished one it says so."""
    cut, gone = Failure("decode", "truncated"), Failure("read", "gone")
    write(tmp_path / "monday", [record("/a", reasons=[cut]), record("/b", reasons=[gone])])
    write(tmp_path / "stopped", [record("/a", reasons=[cut])], state="interrupted")
    write(tmp_path / "tuesday", [
        record("/a", reasons=[cut]), record("/b", reasons=[cut]), record("/c", reasons=[gone]),
    ])  # fmt: skip
    words = "tuesday", "--what", "failed", "--format", "jsonl", "--new-since"
    new, of_stopped = report("show", *words, "monday"), report("show", *words, "stopped")
    none = report("show", "tuesday", "--what", "failed", "--new-since", "tuesday")

    assert [row["uri"] for row in rows(new)] == ["/b", "/c"]
    assert (new.returncode, new.stderr) == (0, "")
    assert of_stopped.returncode == 4
    assert "some of these failures may not be new" in of_stopped.stderr
    assert (none.returncode, none.stdout) == (0, "")
    assert none.stderr == "hashsweep: no failed files (that pass the filters, if any)\n"


@pytest.mark.usefixtures("recorded_reports")
def test_what_may_not_be_new_is_told(report, tmp_path):
    """Where the earlier report is unfinished or lacks a shard of what is shown; once for each."""
    for number in (1, 2):
        write(tmp_path / f"s{number}", [record("/srv/a/x.jpg", 1, match())],
              options={"shard": [number, 2]})  # fmt: skip
    write(tmp_path / "stopped", [record("/srv/a/x.jpg", 1)], state="interrupted")
    told = [
        report("show", *words.split())
        for words in (
            "first --new-since stopped", "first --new-since s1", "s1 --new-since s2",
            "first --new-since s1 --new-since s2", "s1 --new-since s1",
        )
    ]  # fmt: skip
    may = "; some of these matches may not be new\n"

    assert [done.stderr.replace(NO_MATCHES, "") for done in told] == [
        f"hashsweep: stopped: the sweep was stopped before its end{may}",
        f"hashsweep: s1: shard 2/2 missing{may}",
        f"hashsweep: s2: shard 1/2 missing{may}",
        "",
        "",
    ]
    assert [done.returncode for done in told] == [4, 4, 4, 0, 0]


@pytest.mark.usefixtures("recorded_reports")
def test_an_earlier_report_that_is_later_is_refused(report, tmp_path):
    """Two names that were swapped must not look like a morning without a new match."""
    write(tmp_path / "next", [record("/srv/a/x.jpg", 1)], started="2026-03-02T10:00:00+00:00")
    swapped, among = (report("show", *words, "--new-since", "next") for words in (
        ["first"], ["first", "next"],
    ))  # fmt: skip

    assert (swapped.returncode, swapped.stdout) == (2, "")
    assert swapped.stderr == (
        "hashsweep: --new-since next: its sweep began after every other report's; name the earlier "
        "report here\n"
    )
    assert among.returncode == 0


@pytest.mark.usefixtures("recorded_reports")
def test_show_of_clusters(report):
    """One line for all copies and an entry; their matches by its id."""
    done = report("show", "first", "second", "--clusters", "--format", "jsonl")
    first, second = rows(done)
    of_one = report("show", "first", "--cluster", first["cluster"].upper(), "--format", "jsonl")
    none = report("show", "first", "--cluster", "0" * 32)

    assert [(each["copies"], each["entry_id"], each["tier"]) for each in (first, second)] == [
        (2, "e-1", "close"), (1, "e-2", "far"),
    ]  # fmt: skip
    assert first["cluster"] == second["cluster"]
    assert [row["uri"] for row in rows(of_one)] == ["/srv/a/x.jpg"] * 2 + ["/srv/b/y.jpg"]
    assert {row["cluster"] for row in rows(of_one)} == {first["cluster"]}
    assert (none.returncode, none.stdout) == (0, "")


@pytest.mark.usefixtures("recorded_reports")
def test_the_worst_comes_first_and_other_orders_can_be_had(report):
    """In every format, across reports, with a limit."""
    orders = {
        by: [
            (row["uri"][-5:], row["distance"])
            for row in rows(report("show", "first", "second", "--sort", by, "--format", "jsonl"))
        ]
        for by in ("tier", "distance", "name", "time", "list")
    }
    x, far, y = ("x.jpg", 4), ("x.jpg", 30), ("y.jpg", 4)
    limited = report("show", "first", "second", "--limit", "3", "--format", "csv")

    assert orders == {
        "tier": [x, x, far, far, y],
        "distance": [x, x, y, far, far],
        "name": [x, x, far, far, y],
        "time": [y, x, x, far, far],
        "list": [x, x, far, far, y],
    }
    assert [line.split(",")[0] for line in limited.stdout.splitlines()] == [
        "report", "first", "second", "first",
    ]  # fmt: skip


@pytest.mark.usefixtures("recorded_reports")
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_files_stay_in_their_order_unless_asked(report, tmp_path, form):
    """By name or by time; matches' orders are refused, and clusters have their own."""
    write(tmp_path / "files", [record("/b", 1, day=1), record("/c", day=None), record("/a", day=2)])
    words = "show", "files", "--what", "files", "--format", form
    stored, named, newest = (
        re.findall(r"/[abc]\b", report(*words, *more).stdout)
        for more in ((), ("--sort", "name"), ("--sort", "time"))
    )
    refused = report(*words, "--sort", "tier"), report("show", "first", "--clusters", "--sort=name")

    assert (stored, named) == (["/b", "/c", "/a"], ["/a", "/b", "/c"])
    assert newest == ["/a", "/b", "/c"]
    assert [done.returncode for done in refused] == [2, 2]
    assert refused[0].stderr == "hashsweep: --sort tier needs --what matches or retractions\n"
    assert "order of its own" in refused[1].stderr
