"""What is new, in counts."""

import datetime
import errno

import pytest

from hashsweep.errors import ListError, ReportError, RunError, SourceError
from hashsweep.model import Failure
from hashsweep.report.encryption import Keys, key_id
from hashsweep.report.open_report import OpenReport
from hashsweep.runs import news
from hashsweep.runs.named import NamedSweep
from hashsweep.runs.news import News, classify, count_news, describe_news, describe_problem
from support.reports import KEY, failed, match, open_report, record, write

CUT, INSIDE = Failure("decode", "truncated"), Failure("decode", "not-looked-into")
MONDAY = [
    record("/a", 1, match()),
    failed("/b"),
    record("/c", 3, reasons=[INSIDE]),
    record("/d", 4, match(decision="overturned")),
]


def reports(tmp_path, tuesday, **changes):
    """The reports of two nights."""
    first = open_report(tmp_path / "monday", MONDAY, run_id="one")
    return open_report(tmp_path / "tuesday", tuesday, **changes), first


def test_the_first_night_everything_is_new(tmp_path):
    """What was overturned is not news; what is only partly compared is not a failure."""
    found = count_news(open_report(tmp_path / "r", MONDAY), None)

    assert found == News(matches=1, matched_files=1, failed=1, partly=1)


def test_the_same_once_more_is_no_news(tmp_path):
    """Nothing is told twice."""
    assert not count_news(*reports(tmp_path, MONDAY))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (record("/e", 1, match(), match("e-2")), News(matches=2, matched_files=1)),
        (failed("/e"), News(failed=1)),
        (record("/e", 5, reasons=[INSIDE]), News(partly=1)),
        (record("/e", 5, match(decision="overturned")), News()),
    ],
)
def test_what_is_added_is_news(tmp_path, more, expected):
    """Each in its own count."""
    assert count_news(*reports(tmp_path, [*MONDAY, more])) == expected


def test_another_reason_of_the_same_file_is_news_and_an_accepted_one_is_not(tmp_path):
    """What was failed and is cut off now was not told like this."""
    other = [MONDAY[0], failed("/b", "truncated")]

    assert count_news(*reports(tmp_path, other)) == News(failed=1)
    accepting = {"options": {"accept": ["truncated"]}}
    tuesday = open_report(tmp_path / "w", other, **accepting)
    assert not count_news(tuesday, open_report(tmp_path / "m", MONDAY))


def test_the_message_has_counts_and_commands_and_no_names(tmp_path):
    """Neither files nor entries."""
    tuesday, monday = reports(
        tmp_path, [*MONDAY, record("/secret.jpg", 9, match("entry-9")), failed("/broken")]
    )
    found = count_news(tuesday, monday)
    named = NamedSweep("nightly", ("/srv",), tmp_path)
    text = describe_news(named, tuesday, found, monday, "/etc/key")

    assert "New since the report of 2026-03-01:\n  1 match, of 1 file\n" in text
    assert "  1 file that could not be scanned\n" in text
    assert "In all: 2 of 6 files match; 2 could not be scanned.\n" in text
    assert f"hashsweep report show {tuesday.path} --new-since {monday.path}\n" in text
    assert f"{monday.path} --what failed\n" in text
    for name in ("secret", "broken", "entry-9", "known"):
        assert name not in text


def test_the_commands_name_the_keys_of_an_encrypted_report(tmp_path):
    """Where they are in a file; not what they are."""
    keys = Keys({key_id(bytes.fromhex(KEY)): bytes.fromhex(KEY)})
    path = write(tmp_path / "r", MONDAY, keys=keys)
    named, report = NamedSweep("nightly", ("/srv",), tmp_path), OpenReport(path, keys)
    found = count_news(report, None)
    texts = [describe_news(named, report, found, None, file) for file in ("/etc/key", None)]

    assert found == News(matches=1, matched_files=1, failed=1, partly=1)
    assert f"report show {path} --key-file /etc/key --what failed\n" in texts[0]
    assert "--key-file" not in texts[1]
    assert KEY not in "".join(texts)


def chained(error, cause):
    """An error with a cause."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (chained(ReportError("x"), OSError(errno.ENOSPC, "full")), news.FULL_DISK),
        (
            chained(RunError("x"), chained(ReportError("y"), OSError(errno.EDQUOT, "q"))),
            "full-disk",
        ),
        (chained(ReportError("x"), OSError(errno.EIO, "io")), news.FAILED),
        (SourceError("x"), news.SOURCE),
        (ListError("x"), news.LIST),
    ],
)
def test_problems_are_told_by_kind(error, code):
    """Not by their text, which may hold names."""
    text = describe_problem(
        "nightly", code, datetime.datetime(2026, 3, 1, 2, 15, tzinfo=datetime.UTC)
    )

    assert classify(error) == code
    assert news.PROBLEMS[code] in text
    assert "2026-03-01 02:15 UTC\n" in text
    assert "hashsweep run nightly --dry-run\n" in text
