"""--redact and --redact-key, where they are taken."""

import pytest

from hashsweep.report.encryption import VARIABLE
from support.reports import KEY


@pytest.mark.parametrize("command", ["export", "html"])
@pytest.mark.parametrize(
    "refused",
    [
        (["--redact"], "--redact needs a key: give one with --redact-key"),
        (["--redact-key", "x"], "--redact-key can only be used with --redact"),
        (["--redact", "--redact-key", "none"], "none: No such file or directory"),
    ],
)
def test_one_without_the_other_is_refused(swept, report, tmp_path, command, refused):
    """In one line, and nothing is written."""
    words, told = refused
    swept()
    done = report(command, "out", "-o", "new", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("media")
def test_page_and_export_have_the_same_tokens(swept, report, tmp_path, monkeypatch):
    """And no name; then nothing is said of names of an encrypted report either."""
    monkeypatch.setenv(VARIABLE, KEY)
    swept("--encrypt")
    report("keygen", "-o", "redact.key")
    redact = "--redact", "--redact-key", "redact.key"
    page = report("html", "out", "-o", "page.html", *redact)
    report("export", "out", "-o", "rows.csv", *redact)
    head, *rows = (tmp_path / "rows.csv").read_text().splitlines()
    text = (tmp_path / "page.html").read_text()

    assert (page.returncode, page.stderr) == (0, "")
    assert len(rows) == 2
    assert all(row.split(",")[head.split(",").index("uri")] in text for row in rows)
    assert str(tmp_path) not in text
