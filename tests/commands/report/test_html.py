"""`hashsweep report html` through the real command, on reports of real sweeps."""

import json
import os
import re
import stat

import pytest

from hashsweep.report.encryption import VARIABLE
from hashsweep.safe_text import as_text, printable
from support.reports import EVIL, KEY, matched
from support.reports import write_many as made


def data(path):
    """What is embedded for the page's script."""
    (found,) = re.findall(r'id="data">(.*?)</script>', path.read_text())
    return json.loads(found)


def test_it_writes_one_page_that_only_its_owner_reads(swept, report, tmp_path):
    """With the verdict, and every match of the report; stdout says where."""
    swept()
    done = report("html", "out", "-o", "page.html")
    page = tmp_path / "page.html"

    assert (done.returncode, done.stdout, done.stderr) == (0, "The page is in page.html\n", "")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "2 of 6 files match; INCOMPLETE: 1 file could not be scanned" in page.read_text()
    assert data(page)["rows"] == 2
    assert data(page)["copies"] == [2, 2]
    assert any(name.endswith(printable(as_text(EVIL)[0])) for name in data(page)["names"])
    assert sorted(os.listdir(tmp_path)) == ["known.csv", "media", "out", "page.html"]


def test_a_file_that_is_there_is_kept(swept, report, tmp_path):
    """Unless --force says otherwise."""
    swept()
    page = tmp_path / "page.html"
    page.write_text("mine")
    kept = report("html", "out", "-o", page)

    assert (kept.returncode, page.read_text()) == (2, "mine")
    assert kept.stderr == (
        f"hashsweep: {page} already exists: choose another name or use --force\n"
    )
    assert report("html", "out", "-o", page, "--force").returncode == 0
    assert page.read_text().startswith("<!doctype html>")


def test_a_link_is_not_followed(swept, report, tmp_path):
    """--force replaces it, and not what it points to."""
    swept()
    (tmp_path / "other").write_text("theirs")
    (tmp_path / "page.html").symlink_to("other")
    refused = report("html", "out", "-o", "page.html")
    forced = report("html", "out", "-o", "page.html", "--force")

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert (tmp_path / "other").read_text() == "theirs"
    assert not (tmp_path / "page.html").is_symlink()


def test_a_place_that_cannot_be_written_is_one_line(swept, report):
    """And leaves nothing behind."""
    swept()
    done = report("html", "out", "-o", "no/such/page.html")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hashsweep: no/such/page.html: No such file or directory\n"


def test_an_encrypted_report_needs_its_key_and_warns(swept, report, key_file, tmp_path):
    """The page is not encrypted."""
    swept("--encrypt", "--key-file", key_file)
    without = report("html", "out", "-o", "page.html")
    done = report("html", "out", "-o", "page.html", "--key-file", key_file)
    by_variable = report("html", "out", "-o", "2.html", env={**os.environ, VARIABLE: KEY})

    assert (without.returncode, without.stdout) == (2, "")
    assert "is encrypted: give its key with --key-file" in without.stderr
    assert (done.returncode, by_variable.returncode) == (0, 0)
    assert done.stderr == (
        "hashsweep: page.html is not encrypted: it holds names of an encrypted report\n"
    )
    assert data(tmp_path / "page.html") == data(tmp_path / "2.html")


@pytest.mark.parametrize("state", ["interrupted", "running"])
def test_an_unfinished_report_has_an_incomplete_page(swept, report, tmp_path, state):
    """It is written all the same; the status is 4."""
    swept("--segment-rows", "2")
    path = tmp_path / "out" / "sweep.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"state": state}))
    done = report("html", "out", "-o", "page.html")
    page = (tmp_path / "page.html").read_text()

    assert done.returncode == 4
    assert "rows may be missing" in done.stderr
    assert "<title>INCOMPLETE: hashsweep report: out</title>" in page
    assert '<p class="mark">Incomplete' in page


def test_near_misses_are_counted_from_stored_hashes(swept, report, media, known, tmp_path):
    """With a list, without any media, and not as matches."""
    swept()
    for path in media.iterdir():
        path.unlink()
    done = report("html", "out", "-o", "page.html", "--list", known)
    page = (tmp_path / "page.html").read_text()

    assert (done.returncode, done.stderr) == (
        0, "hashsweep: comparing 3 stored hashes, 3 of them also turned, with 1 listed ones\n",
    )  # fmt: skip
    assert "All 3 different stored PDQs" in page
    assert "within the limit of 31 bits: 1" in page
    assert data(tmp_path / "page.html")["rows"] == 2


def test_a_list_without_pdq_has_no_near_misses(swept, report, tmp_path):
    """And a list that others may read is refused, as everywhere."""
    swept()
    (tmp_path / "md5.csv").write_text(f"md5\n{'0123456789abcdef' * 2}\n")
    done = report("html", "out", "-o", "page.html", "--list", "md5.csv")
    (tmp_path / "md5.csv").chmod(0o644)
    readable = report("html", "out", "-o", "page.html", "--list", "md5.csv")

    assert (done.returncode, readable.returncode) == (2, 2)
    assert "near misses are counted by PDQ, and no --list holds any" in done.stderr
    assert not (tmp_path / "page.html").exists()


def test_two_reports_are_one_page(swept, report, tmp_path):
    """Each match says which it is of."""
    swept()
    made(tmp_path / "two", [matched(0)])
    done = report("html", "out", "two", "-o", "page.html")
    coded = data(tmp_path / "page.html")["coded"]["report"]

    assert done.returncode == 0
    assert coded["values"] == ["out", "two"]
    assert sorted(coded["codes"]) == [0, 0, 1]
