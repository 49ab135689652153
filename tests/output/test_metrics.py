"""Metrics, as the official parser of Prometheus' format reads them."""

import os
import re
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from hashsweep.errors import ReportError
from hashsweep.output.metrics import MetricsFile, exposition
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from support.reports import sweep

TALLY = {
    **to_json(Tally().totals()),
    "items": 120, "bytes": 2**53 + 1, "failed": 3, "matched_items": 4, "matches": 6,
    "failures": {"decode: truncated": 2, "read: gone": 1}, "skipped": {"symlink": 7},
    "by_tier": {"close": 5, "exact": 1}, "by_list": {"iwf": 6}, "from_baseline": 90,
}  # fmt: skip
SOURCE = {"path": "/lists/secret", "format": "csv", "sha256": "0" * 64, "size": 1, "entries": 1}
LISTS = [
    {
        "name": name, "known_good": good, "entries": entries, "refused": refused,
        "sources": [
            {**SOURCE, "modified": each, "refusals": {}, "refused_rows": []} for each in modified
        ],
    }
    for name, good, entries, refused, modified in (
        ("iwf", False, 1000, {}, ["2026-11-02T00:00:00+00:00", "2026-11-01T00:00:00+00:00"]),
        ("ngo", False, 5, {"no-hash": 2, "bad-hash": 1}, ["2026-11-10T00:00:00+00:00"]),
        ("nsrl", True, 10, {}, ["2020-01-01T00:00:00+00:00"]),
    )
]  # fmt: skip
STARTED, ENDED = "2026-11-11T00:00:00.000+00:00", "2026-11-11T02:00:00.500+00:00"
TIMES = (
    {"started": STARTED, "ended": "2026-11-11T00:10:00.000+00:00"},
    {"started": "2026-11-11T01:00:00.000+00:00", "ended": ENDED},
)
ANY_RUN = to_json(sweep())["runs"][0]


def changed(*, runs=TIMES, **values):
    """What is said of a sweep of two runs, but for these values and times of its runs."""
    return sweep(
        **{
            "state": "complete", "incomplete": True, "started": STARTED, "ended": ENDED,
            "runs": [ANY_RUN | each for each in runs],
            "sources": ["/srv/secret"], "lists": LISTS, "tally": TALLY,
            "chance_matches": {"phash": 0.25},
            "hot": [{"list": "iwf", "entry_id": "e-17", "files": 900, "pictures": 800}] * 2,
        }
        | values
    )  # fmt: skip


INFO = changed()


def read(text):
    """{(metric, its labels without the sweep's): value}, with everything checked on the way."""
    found = {}
    families = list(text_string_to_metric_families(text))
    for family in families:
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert len({sample.name for sample in family.samples}) == 1
        for sample in family.samples:
            labels = dict(sample.labels)
            labels.pop("sweep")
            key = (sample.name.removeprefix("hashsweep_"), *labels.values())
            assert key not in found
            found[key] = sample.value
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    return found


def test_everything_is_told():
    """Each with the value that sweep.json has; what is zero is there, too."""
    found = read(exposition(INFO, "nightly"))

    wanted = {
        ("info", "0.3.0", "7"): 1,
        ("sweep_running",): 0,
        ("sweep_start_timestamp_seconds",): 1794355200,
        ("sweep_end_timestamp_seconds",): 1794362400.5,
        ("sweep_duration_seconds",): 4200.5,
        ("sweep_incomplete",): 1,
        ("sweep_exit_status",): 5,
        ("sweep_items",): 120,
        ("sweep_bytes",): 2**53,
        ("sweep_failed_items",): 3,
        ("sweep_carried_items",): 90,
        ("sweep_matched_items",): 4,
        ("sweep_matches",): 6,
        ("sweep_failures", "decode", "truncated"): 2,
        ("sweep_failures", "read", "gone"): 1,
        ("sweep_skipped_items", "symlink"): 7,
        ("sweep_tier_matches", "close"): 5,
        ("sweep_tier_matches", "exact"): 1,
        ("sweep_tier_matches", "weak"): 0,
        ("sweep_list_matches", "iwf"): 6,
        ("sweep_list_matches", "ngo"): 0,
        ("sweep_chance_matches", "phash"): 0.25,
        ("sweep_hot_entries", "iwf"): 2,
        ("sweep_hot_entries", "ngo"): 0,
        ("list_entries", "iwf"): 1000,
        ("list_entries", "nsrl"): 10,
        ("list_refused_rows", "ngo"): 3,
        ("list_refused_rows", "iwf"): 0,
        ("list_modified_timestamp_seconds", "iwf"): 1793491200,
        ("list_age_seconds", "iwf"): 10 * 86400 + 3600,
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert ("sweep_list_matches", "nsrl") not in found


def test_names_follow_the_conventions():
    """Units are base units at the end; a gauge is no total; HELP and TYPE come first."""
    text = exposition(INFO, "nightly")
    names = re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE)

    assert all(re.fullmatch(r"hashsweep(_[a-z]+)+", name) for name in names)
    assert not [name for name in names if name.endswith(("_total", "_count", "_sum", "_bucket"))]
    assert {name.rpartition("_")[2] for name in names if "_timestamp" in name} == {"seconds"}
    assert text.endswith("\n")


def test_nothing_that_is_under_wraps_is_told():
    """No source, no entry, no file."""
    text = exposition(INFO, "nightly")

    assert "secret" not in text
    assert "e-17" not in text


NO_MATCH = {**TALLY, "matched_items": 0, "matches": 0, "by_tier": {}}


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 5),
        ({"incomplete": False}, 1),
        ({"tally": NO_MATCH}, 4),
        ({"tally": NO_MATCH, "incomplete": False}, 0),
        ({"state": "interrupted"}, 130),
        ({"state": "interrupted", "error": "no space left"}, 2),
    ],
)
def test_the_exit_status_is_the_sweeps(values, status):
    found = read(exposition(changed(**values), "nightly"))

    assert found["sweep_exit_status",] == status
    assert found["sweep_running",] == 0


def test_while_it_runs_there_is_no_end():
    """No end, no status and no verdict can be left over from anywhere."""
    runs = [{"started": STARTED, "ended": None, "items": None, "bytes": None}]
    found = read(exposition(changed(state="running", ended=None, runs=runs), "nightly"))

    assert found["sweep_running",] == 1
    assert found["sweep_items",] == 120
    assert not {key for key in found if key[0] in ("sweep_exit_status", "sweep_incomplete")}
    assert not {key for key in found if "end_timestamp" in key[0] or "duration" in key[0]}


def test_what_is_not_known_has_no_metric():
    """No entry is hot where nobody looked; a list of no file has no age."""
    lists = [{**LISTS[0], "sources": []}, *LISTS[1:]]
    found = read(exposition(changed(hot=None, lists=lists), "nightly"))

    assert not {key for key in found if key[0] == "sweep_hot_entries"}
    assert {key[1] for key in found if key[0] == "list_age_seconds"} == {"ngo", "nsrl"}


def test_a_run_that_was_killed_took_no_known_time():
    """The duration is that of the runs that ended."""
    runs = [{**TIMES[0], "ended": None}, TIMES[1]]

    assert read(exposition(changed(runs=runs), "nightly"))["sweep_duration_seconds",] == 3600.5


@given(name=st.text(), label=st.text(), raw=st.binary(max_size=6))
def test_any_name_of_a_list_is_one_label(name, label, raw):
    """Nothing in a name can begin another metric, and what is no UTF-8 is told somehow."""
    name += os.fsdecode(raw)
    info = changed(lists=[{**LISTS[0], "name": name}], tally={**TALLY, "by_list": {}})
    text = exposition(info, label)
    text.encode()
    samples = [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "hashsweep_list_entries"
    ]
    try:
        name.encode()
    except UnicodeEncodeError:
        assert len(samples) == 1
    else:
        assert [sample.labels["list"] for sample in samples] == [name]


def test_the_file_is_whole_whenever_it_is_read(tmp_path):
    """Also while it is written anew; others may read it, and no draft is left."""
    path = tmp_path / "nightly.prom"
    before = os.umask(0o077)
    try:
        metrics = MetricsFile(path)
    finally:
        os.umask(before)
    metrics.begin(INFO)
    stop, seen = threading.Event(), []

    def look():
        while not stop.is_set():
            seen.append(path.read_text())

    with_eyes = threading.Thread(target=look)
    with_eyes.start()
    for number in range(200):
        metrics.end(changed(tally={**TALLY, "items": number}))
    stop.set()
    with_eyes.join()

    wanted = {exposition(INFO, "nightly")}
    wanted |= {exposition(changed(tally={**TALLY, "items": n}), "nightly") for n in range(200)}
    assert {*seen} <= wanted
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["nightly.prom"]
    assert metrics.error is None


def test_a_running_sweep_is_told_every_so_often(tmp_path, monkeypatch):
    """Not at each item, and not before it has begun."""
    path = tmp_path / "nightly.prom"
    metrics = MetricsFile(path)
    metrics.advance(Tally(items=1))
    assert not path.exists()
    metrics.begin(changed(state="running", ended=None, tally=to_json(Tally().totals())))
    metrics.advance(Tally(items=5))
    assert read(path.read_text())["sweep_items",] == 0
    monkeypatch.setattr("hashsweep.output.metrics.REFRESH", 0.0)
    metrics.begin(changed(state="running", ended=None, tally=to_json(Tally().totals())))
    metrics.advance(Tally(items=7))

    found = read(path.read_text())
    assert (found["sweep_items",], found["sweep_running",]) == (7, 1)


@pytest.mark.parametrize("where", ["none/nightly.prom", "a\0b"])
def test_a_file_that_cannot_be_is_refused_at_once(tmp_path, where):
    with pytest.raises(ReportError, match=r"metrics file .*: (No such file|not a path)"):
        MetricsFile(tmp_path / where)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ReportError, match="a folder"):
        MetricsFile(tmp_path)
    assert not tmp_path.with_name(f".{tmp_path.name}.tmp").exists()


@pytest.mark.parametrize("content", [b"entry_id,sha256\n", b"# HELP node_load1 1m load.\n"])
def test_a_file_of_another_kind_is_not_written_over(tmp_path, content):
    """Such as a hash list, or metrics that another program keeps."""
    path = tmp_path / "known.csv"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"known\.csv exists and holds no hashsweep metrics"):
        MetricsFile(path)

    assert path.read_bytes() == content
    assert [*tmp_path.iterdir()] == [path]


def test_an_earlier_sweeps_metrics_are_written_over(tmp_path):
    """And so is a file that somebody has only touched."""
    path = tmp_path / "nightly.prom"
    path.touch()
    for number in (1, 2):
        MetricsFile(path).begin(changed(tally={**TALLY, "items": number}))

    assert read(path.read_text())["sweep_items",] == 2


def test_a_file_that_cannot_be_written_later_is_told_and_ends_nothing(tmp_path):
    """The sweep goes on; what was written before may stay, so the caller has to say so."""
    folder = tmp_path / "gone"
    folder.mkdir()
    metrics = MetricsFile(folder / "nightly.prom")
    folder.rmdir()
    metrics.begin(INFO)
    metrics.end(INFO)
    assert "No such file" in str(metrics.error)
    folder.mkdir()
    metrics.end(INFO)

    assert metrics.error is None
    (folder / "nightly.prom").unlink()
    (folder / "nightly.prom").mkdir()
    metrics.end(INFO)
    assert "Is a directory" in str(metrics.error)
