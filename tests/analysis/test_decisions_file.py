"""Rows of a file of decisions: understood in full, or refused by their line."""

import csv
import datetime
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis.decisions_file import RowProblem, as_name, escape, rows

SHA256, PDQ, CLUSTER = "ab" * 32, "cd" * 32, "ef" * 16
HEADER = "decision,list,entry_id,sha256,pdq,cluster,by,when\n"


def read(text):
    """The rows of a file with this text."""
    return list(rows(text.encode()))


def problem(text):
    """What is wrong with a file."""
    with pytest.raises(RowProblem) as caught:
        read(text)
    return str(caught.value)


def test_a_row_is_read_column_by_column():
    """In any case of letters, with several hashes in a cell and columns of the user's own."""
    (row,) = read(
        "When,By,CLUSTER, pdq ,sha256,mine,entry_id,List,DECISION\n"
        f"2026-11-24,ann,{CLUSTER},{PDQ} {SHA256},{SHA256.upper()},x,e-1,iwf, Overturned \n"
    )

    assert (row.line, row.decision, row.list_name, row.entry_id) == (2, "overturned", "iwf", "e-1")
    assert (row.sha256, row.clusters) == ((bytes.fromhex(SHA256),), (CLUSTER,))
    assert row.pdqs == (bytes.fromhex(PDQ), bytes.fromhex(SHA256))
    assert row.when == datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_spreadsheets_write_is_read(delimiter, end, mark):
    """Other delimiters, other ends of lines, a byte order mark, empty lines, missing cells."""
    text = f"{mark}{HEADER}confirmed,,e,{SHA256}\n,,,,,,,\n\n"
    (row,) = read(text.replace(",", delimiter).replace("\n", end))

    assert (row.decision, row.list_name, row.entry_id) == ("confirmed", "", "e")


def test_a_row_that_nobody_filled_in_is_undecided():
    """It is a row, and no decision."""
    (row,) = read(f"{HEADER},l,e,{SHA256},,,,\n")

    assert row.decision is None


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-24T10:00:00+02:00", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
        ("2026-11-24 10:00", "2026-11-24T10:00:00+00:00"),
        ("", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(when, expected):
    """Without one, a row is older than all others."""
    (row,) = read(f"{HEADER}confirmed,,e,{SHA256},,,,{when}\n")

    assert row.when.isoformat() == expected


def test_a_time_in_the_future_is_refused():
    """It would outrank all decisions of the time until then; a day ahead may be a time zone."""
    now = datetime.datetime.now(datetime.UTC)
    ahead, far = ((now + datetime.timedelta(hours=hours)).isoformat() for hours in (23, 25))
    (row,) = read(f"{HEADER}confirmed,,e,{SHA256},,,,{ahead}\n")
    told = problem(f"{HEADER}confirmed,,e,{SHA256},,,,{far}\n")

    assert row.when.isoformat() == ahead
    assert told.startswith(f"line 2: when: '{far[:19]}")
    assert told.endswith("is in the future and would override later decisions")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: no header: the file is empty"),
        ("decision,entry_id\n", "line 1: the header does not name sha256 or pdq or cluster"),
        ("sha256\n", "line 1: the header does not name decision, entry_id"),
        ("decision,entry_id,pdq,PDQ\n", "line 1: the header names pdq twice"),
        (f"{HEADER}no,,e,{SHA256},,,,\n", "line 2: 'no' is neither confirmed nor overturned"),
        (f"{HEADER}confirmed,,,{SHA256},,,,\n", "line 2: names no entry_id"),
        (f"{HEADER}confirmed,,e,,,,,\n", "line 2: names neither sha256 nor pdq nor cluster"),
        (f"{HEADER}confirmed,,e,{SHA256[1:]},,,,\n", "line 2: sha256: not 64 hexadecimal digits"),
        (f"{HEADER},,e,{SHA256} x,,,,\n", "line 2: sha256: not 64 hexadecimal digits"),
        (f"{HEADER}confirmed,,e,,,1.2E+31,,\n", "line 2: cluster: not 32 hexadecimal digits"),
        (f"{HEADER}confirmed,,e,,{PDQ}é,,,\n", "line 2: pdq: not 64 hexadecimal digits"),
        (
            f"{HEADER}confirmed,,e,{SHA256},,,,24.11.2026\n",
            (
                "line 2: when: '24.11.2026' is not a date like 2026-11-24 "
                "(spreadsheets leave the column alone if it is text)"
            ),
        ),
        (
            f"{HEADER}confirmed,,e,{SHA256},,,,0001-01-01T00:00+23:00\n",
            "line 2: when: out of range",
        ),
        (
            f"{HEADER}confirmed,,e,{SHA256},,,,,more\n",
            "line 2: has more cells than the header names",
        ),
        (
            f'{HEADER}\n,,"e\n1",{SHA256}\nno,,e,{SHA256}\n',
            "line 5: 'no' is neither confirmed nor overturned",
        ),
        (f'{HEADER}confirmed,,"e"x,{SHA256}\n', "line 2: is not CSV: ',' expected after '\"'"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_line(text, told):
    """No row is passed over, and no hash is in the message."""
    assert problem(text) == told


def test_text_of_another_encoding_is_refused():
    """With the line in which it is."""
    with pytest.raises(RowProblem, match="line 2: is not UTF-8; save the file as CSV UTF-8"):
        list(rows(HEADER.encode() + b"confirmed,,m\xfcller,\n"))


@given(name=st.text() | st.sampled_from(["'=1", "=1", "''", "'", "' @x", "-5", "a'b"]))
def test_names_come_back_from_a_spreadsheet_as_they_were(name):
    """Whatever stands in them; what a formula would begin with is marked."""
    table = io.StringIO()
    cell = escape(as_name(name))
    csv.writer(table).writerow(["", SHA256, cell])
    text = f"decision,sha256,entry_id\n{table.getvalue()}"

    assert not cell.startswith(tuple("=+-@"))
    if not as_name(name):
        assert problem(text) == "line 2: names no entry_id"
    else:
        (found,) = read(text)
        assert found.entry_id == as_name(name) == as_name(as_name(name))


@given(content=st.binary() | st.text().map(lambda text: (HEADER + text).encode("utf-8", "replace")))
def test_any_bytes_are_rows_or_a_problem(content):
    """Whatever is called a file of decisions."""
    try:
        found = list(rows(content))
    except RowProblem:
        found = []

    assert all(row.entry_id and (row.sha256 or row.pdqs or row.clusters) for row in found)
