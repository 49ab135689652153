"""Throughput: of runs, and over time."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashsweep.output.page.throughput import Run, Stretch, bin_stretches, render, runs, stretches
from hashsweep.report.open_report import OpenReport
from support.reports import matched, write_many

START = 1767312000.0  # made_reports.STARTED


@pytest.fixture
def five(tmp_path):
    """A report of five parts with ten items each, closed every ten seconds."""
    path = write_many(tmp_path / "a", map(matched, range(50)), segment_rows=20)
    for number, part in enumerate(sorted((path / "files").iterdir())):
        os.utime(part, (START + 10 * (number + 1),) * 2)
    return path


def test_parts_tell_the_course_over_time(five):
    """Each took its items since the one before."""
    opened = OpenReport(five)
    found = stretches(opened, runs("a", opened.sweep))

    assert [(each.started - START, each.ended - START) for each in found] == [
        (0, 10), (10, 20), (20, 30), (30, 40), (40, 50),
    ]  # fmt: skip
    assert {(each.items, each.bytes) for each in found} == {(10, 10_000)}
    made = render(runs("a", opened.sweep), found)
    assert "5 parts of the report, in 50.0 s of work" in made
    assert "highest column: 1.0 items per second" in made


@pytest.mark.parametrize(("number", "at"), [(4, 86_400), (0, -60), (1, 1)])
def test_times_that_are_not_the_sweeps_tell_nothing(five, number, at):
    """After its end, before its beginning, or out of order: the report was copied, it seems."""
    os.utime(sorted((five / "files").iterdir())[number], (START + at,) * 2)
    opened = OpenReport(five)
    own = runs("a", opened.sweep)

    assert stretches(opened, own) == []
    assert "do not have the times of the sweep" in render(own, [])
    assert "50" in render(own, [])


def test_a_part_of_a_later_run_begins_with_it(five):
    """The time between two runs is nobody's."""
    opened = OpenReport(five)
    own = [Run("a", START, START + 21, 20, 1), Run("a", START + 25, START + 60, 30, 1)]

    assert [each.started - START for each in stretches(opened, own)] == [0, 10, 25, 30, 40]


def test_a_killed_run_did_what_the_next_one_found(five):
    """When it ended is not known, and not guessed."""
    sweep = OpenReport(five).sweep
    first = replace(sweep.runs[0], ended=None)
    second = replace(sweep.runs[0], items_before=20, bytes_before=20_000)
    found = runs("a", replace(sweep, runs=[first, second]))

    assert [(run.items, run.bytes, run.ended is None) for run in found] == [
        (20, 20_000, True), (30, 30_000, False),
    ]  # fmt: skip
    assert "not known" in render(found, [])


def test_few_parts_are_no_course(five):
    """A sweep of a minute has a run, and no chart."""
    own = runs("a", OpenReport(five).sweep)

    assert "the sweep wrote too few parts" in render(own, [Stretch(START, START + 1, 1, 1)])


def test_runs_of_several_reports_say_which(five):
    """In a column that one report does not need."""
    own = runs("a", OpenReport(five).sweep)
    both = own + runs("b", OpenReport(five).sweep)

    assert "<td>b</td>" in render(both, [])
    assert "<td>a</td>" not in render(own, [])


@given(
    st.lists(
        st.tuples(st.floats(0.01, 100), st.floats(0, 50), st.integers(0, 10**6)),
        min_size=1, max_size=100,
    ),
    st.integers(1, 60),
)  # fmt: skip
def test_no_item_is_lost_between_columns(given_parts, bins):
    """Over the time that all columns take, their rates add up to what was done."""
    at, parts = START, []
    for length, gap, items in given_parts:
        parts.append(Stretch(at + gap, at + gap + length, items, 2 * items))
        at += gap + length
    width, rates, sizes = bin_stretches(parts, bins)
    total = sum(items for *_, items in given_parts)

    assert len(rates) == min(bins, len(parts))
    assert width * sum(rates) == pytest.approx(total)
    assert width * sum(sizes) == pytest.approx(2 * total)


def test_parts_without_time_have_no_rate():
    """A clock that stood still tells nothing."""
    assert bin_stretches([Stretch(START, START, 5, 5)]) == (0.0, [], [])
