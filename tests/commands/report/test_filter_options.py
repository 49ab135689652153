"""Values of the options that choose rows and reports."""

import click
import pytest
from click.testing import CliRunner

from hashsweep.commands.report.filter_options import (
    Hexadecimal,
    Moment,
    filter_of,
    filter_options,
    select_swept,
    sweep_options,
)
from hashsweep.errors import REASONS, UsageProblem
from hashsweep.report.open_report import OpenReport
from support.reports import DAY, FIRST_OF_MARCH, write

HOUR = DAY // 24


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-01", 0, DAY - 1),
        ("2026-03-01T12:00", 12 * HOUR, 12 * HOUR),
        ("2026-03-01T12:00+01:00", 11 * HOUR, 11 * HOUR),
        ("2026-03-01 00:00:00.000001Z", 1000, 1000),
    ],
)
def test_a_moment_is_a_day_or_an_instant(text, first, last):
    """In UTC where no zone is named; a day has a first and a last nanosecond."""
    assert Moment().convert(text, None, None) == (FIRST_OF_MARCH + first, FIRST_OF_MARCH + last)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1600-01-01", "2300-01-01"])
def test_what_is_no_date_is_refused(text):
    """Also what a report could not hold."""
    with pytest.raises(click.BadParameter):
        Moment().convert(text, None, None)


def test_an_id_has_32_digits():
    """In whatever case they are written."""
    assert Hexadecimal().convert(" " + "AB" * 16, None, None) == "ab" * 16
    for text in ("ab" * 15, "xy" * 16, ""):
        with pytest.raises(click.BadParameter):
            Hexadecimal().convert(text, None, None)


def test_options_come_to_a_filter():
    """Dates to their outer bounds, ids to bytes; clusters are left to the command."""
    found = []

    @click.command()
    @filter_options
    def command(**options):
        found.append(filter_of("failed", options))

    words = [
        *("--item", "01" * 16, "--cluster", "ab" * 16, "--path", "*.jpg", "--max-distance", "0"),
        *("--modified-since", "2026-03-01", "--modified-until", "2026-03-01"),
    ]
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    (asked,) = found

    assert done.exit_code == 0
    assert (asked.items, asked.paths, asked.failed) == ([b"\x01" * 16], ("*.jpg",), True)
    assert (asked.modified_since, asked.modified_until) == (
        FIRST_OF_MARCH, FIRST_OF_MARCH + DAY - 1,
    )  # fmt: skip
    assert (asked.min_distance, asked.max_distance, asked.lists) == (None, 0, ())


def test_a_reason_is_one_that_there_is():
    """One that was misspelt must not look like one for which nothing failed."""

    @click.command()
    @filter_options
    def command(**options):
        """Nothing."""

    done = CliRunner().invoke(command, ["--reason", "corupt"])

    assert done.exit_code == 2
    assert "Invalid value for '--reason': 'corupt' is not one of" in done.output
    assert all(f"'{reason}'" in done.output for reason in REASONS)


def test_every_option_says_what_it_does():
    """In a sentence."""

    @click.command()
    @filter_options
    @sweep_options
    def command(**options):
        """Nothing."""

    assert [each.name for each in command.params if not (each.help or "").endswith(".")] == []


def test_reports_are_chosen_by_their_sweeps_start(tmp_path):
    """Bounds are inclusive; that none is left must not look like reports without a match."""
    days = ("2026-03-01T00:00:00Z", "2026-03-02T23:59:59Z", "2026-03-03T01:00:00+02:00")
    reports = [
        OpenReport(write(tmp_path / str(number), [], started=started))
        for number, started in enumerate(days)
    ]
    first, second, third = (
        Moment().convert(f"2026-03-0{number}", None, None) for number in (1, 2, 3)
    )

    assert select_swept(reports, None, None) == reports
    assert select_swept(reports, first, first) == reports[:1]
    assert select_swept(reports, second, second) == reports[1:]
    assert select_swept(reports, None, first) == reports[:1]
    with pytest.raises(UsageProblem, match="no sweep of these reports"):
        select_swept(reports, third, None)


def test_a_rematch_is_chosen_by_when_its_files_were_seen(tmp_path):
    """Not by when it was made."""
    seen = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
    report = OpenReport(write(tmp_path / "new", [], started="2026-03-09T00:00:00Z", observed=seen))
    first, second, ninth = (
        Moment().convert(f"2026-03-0{number}", None, None) for number in (1, 2, 9)
    )

    assert select_swept([report], second, second) == [report]
    for since, until in ((ninth, None), (None, first)):
        with pytest.raises(UsageProblem, match="no sweep of these reports"):
            select_swept([report], since, until)
