"""Whether an unfinished report can be gone on with."""

import dataclasses

import pytest
from msgspec.structs import replace

from hashsweep.errors import DifferentSweep, UsageProblem
from hashsweep.report.sweep_json import BaselineInfo, parse, serialize
from hashsweep.report.tally import Tally
from hashsweep.sweep.accounting import start_info
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.resume import SAME_OPTIONS, check_same
from support.rematch_info import rematch_info
from support.reports import sweep


@pytest.fixture
def question(tmp_path):
    """What a sweep of a folder with one list says of itself at its beginning, as JSON keeps it."""
    (tmp_path / "media").mkdir()
    (tmp_path / "known.csv").write_text(f"entry_id,md5\na,{7:032d}\n")
    config = ScanConfig((str(tmp_path / "media"),), lists=(str(tmp_path / "known.csv"),))

    def ask(**changes):
        with build_plan(dataclasses.replace(config, **changes)) as plan:
            return start_info(plan, Tally())

    return ask


def stored(about):
    """As sweep.json gives it back."""
    return parse(serialize(about), "r")


def test_the_same_question_may_go_on(question):
    """Times, run ids and what only concerns the machine are no part of it."""
    check_same(stored(question()), question(workers=3, timeout=5.0, nice=False, output="x"), "r")
    check_same(stored(question()), question(segment_rows=7, segment_seconds=1.0, resume=True), "r")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"include": ("*.jpg",)}, "--include"),
        ({"exclude": ("*.jpg",)}, "--exclude"),
        ({"max_file_size": 5}, "--max-file-size"),
        ({"hashes": ("pdq",)}, "--hash"),
        ({"max_distance": (("md5", 0),)}, "--max-distance"),
        ({"exact": True}, "--exact"),
        ({"max_pixels": 5}, "--max-pixels"),
        ({"max_frames": 1}, "--max-frames"),
        ({"categories": ("1",)}, "--vics-category"),
        ({"columns": (("md5", "md5"),)}, "--map"),
    ],
)
def test_another_question_is_refused_by_what_is_other(question, changes, told):
    """The message names the option, and the way to keep the hashes that were made."""
    with pytest.raises(DifferentSweep) as caught:
        check_same(stored(question()), question(**changes), "report")

    assert f"cannot resume report: {told} changed since" in str(caught.value)
    assert "--baseline report" in str(caught.value)


def test_every_option_of_the_table_is_an_option(question):
    """The names are those of the configuration."""
    assert set(SAME_OPTIONS) <= set(question().options)


def test_another_source_is_refused(question, tmp_path):
    """A folder more, or another one."""
    (tmp_path / "other").mkdir()
    sources = (str(tmp_path / "media"), str(tmp_path / "other"))

    with pytest.raises(UsageProblem, match="the SOURCEs changed"):
        check_same(stored(question()), question(sources=sources), "report")


def test_a_list_of_other_content_is_refused_by_its_name(question, tmp_path):
    """Also where the numbers are the same; a list that was only written anew is not another."""
    before = stored(question())
    (tmp_path / "known.csv").write_text(f"entry_id,md5\na,{7:032d}\n")
    check_same(before, question(), "report")
    (tmp_path / "known.csv").write_text(f"entry_id,md5\na,{8:032d}\n")

    with pytest.raises(UsageProblem, match="cannot resume report: list known changed"):
        check_same(before, question(), "report")


def test_other_decisions_are_refused(question, tmp_path):
    """Half a report would have been counted by others; a file that only moved is the same."""
    lines = "decision,entry_id,sha256\nconfirmed,e," + "0" * 64
    for name, text in (("a", lines), ("b", lines), ("c", lines + "\n")):
        (tmp_path / name).write_text(text)
    begun_with = stored(question(decisions=str(tmp_path / "a")))
    check_same(begun_with, question(decisions=str(tmp_path / "b")), "report")

    for before, changes in (
        (begun_with, {"decisions": str(tmp_path / "c")}),
        (begun_with, {}),
        (stored(question()), {"decisions": str(tmp_path / "a")}),
    ):
        with pytest.raises(UsageProblem, match="cannot resume report: --decisions changed"):
            check_same(before, question(**changes), "report")


def test_another_baseline_or_other_hashes_are_refused(question):
    """Rows of two kinds do not stand in one report."""
    new = question()
    other = BaselineInfo(run_id="x", report="elsewhere")
    for changes, told in (
        ({"baseline": other}, "--baseline"),
        ({"hashes": []}, "the hashes computed"),
    ):
        before = replace(stored(new), **changes)
        with pytest.raises(UsageProblem, match=f"cannot resume report: {told} changed"):
            check_same(before, new, "report")


def test_a_baseline_that_only_lies_elsewhere_is_the_same(question):
    """Its run_id says which it is; what it came to is known at the end alone."""
    new = replace(question(), baseline=BaselineInfo(run_id="x", report="here"))
    there = BaselineInfo(run_id="x", report="there", items=3, gone=1)

    check_same(replace(new, baseline=there), new, "report")


def test_a_rematch_is_not_gone_on_with(question):
    """It is begun anew."""
    before = sweep(**rematch_info())

    with pytest.raises(UsageProblem, match="report is a rematch, which cannot be resumed"):
        check_same(before, question(), "report")
