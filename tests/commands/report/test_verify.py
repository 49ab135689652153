"""`hashsweep report verify` through the real command, on reports of real sweeps."""

import pytest

FILE = "files/part-00000.parquet"


def altered(path):
    """Flip a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_report_is_good_until_a_byte_is_altered(swept, report, tmp_path):
    """One line a finding, the verdict last; what no signature can say is told."""
    swept()
    good = report("verify", "out")
    altered(tmp_path / "out" / FILE)
    bad = report("verify", "out")

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.splitlines() == [
        "out: note: not signed: anyone who can write to the folder can change all of it",
        "out: good",
    ]
    assert (bad.returncode, bad.stderr) == (2, "")
    assert bad.stdout.splitlines()[1:] == [
        f"out: altered or damaged: {FILE} was altered: its SHA-256 is different",
        "out: note: its rows were not checked: altered or added segments should not be opened",
        "out: NOT WHAT ITS SWEEP WROTE, or cannot be read",
    ]


def test_a_signature_by_the_key_is_required(swept, report, tmp_path):
    """A scan signs as it ends; a byte of sweep.json is then noticed as well."""
    report("keygen", "--signing", "-o", "sign.key")
    report("keygen", "--signing", "-o", "other.key")
    done = swept("--signing-key", "sign.key")
    good = report("verify", "out", "--public-key", "sign.key.pub")
    other = report("verify", "out", "--public-key", "other.key.pub")
    (tmp_path / "out/sweep.json.sig").rename(tmp_path / "kept")
    none = report("verify", "out", "--public-key", "sign.key.pub")
    kept = report("verify", "out", "--public-key", "sign.key.pub", "--signature", "kept")
    about = tmp_path / "out/sweep.json"
    about.write_text(about.read_text().replace('"gone": 0', '"gone": 1').replace("Linux", "Minux"))
    bad = report("verify", "out", "--public-key", "sign.key.pub", "--signature", "kept")

    assert done.returncode == 5
    assert [each.returncode for each in (good, other, none, kept, bad)] == [0, 2, 2, 0, 2]
    assert good.stdout.startswith("out: note: signed by key ")
    assert "signature sweep.json.sig does not exist" in none.stdout
    assert "did not sign this sweep.json" in bad.stdout


def test_several_reports_have_the_worst_status(swept, report, hashsweep, tmp_path):
    """What is altered goes before what is unfinished, and that before what is good."""
    swept()
    hashsweep("scan", "media", "--list", "known.csv", "-o", "killed", "--engine", "serial")
    about = tmp_path / "killed/sweep.json"
    about.write_text(about.read_text().replace('"state": "complete"', '"state": "running"'))
    (tmp_path / "none").mkdir()
    unfinished = report("verify", "out", "killed")
    worst = report("verify", "none", "killed", "out")

    assert (unfinished.returncode, worst.returncode) == (4, 2)
    assert "killed: incomplete: the sweep was killed" in unfinished.stdout
    assert "killed: INCOMPLETE; what exists was not altered\n" in (unfinished.stdout)
    assert "none: altered or damaged: not a report: it has no sweep.json\n" in worst.stdout


def test_encrypted_rows_are_looked_at_with_the_key(swept, report, key_file):
    """Without it that is told, and the digests are compared all the same."""
    swept("--encrypt", "--key-file", key_file)
    without = report("verify", "out")
    done = report("verify", "out", "--key-file", key_file)

    assert (without.returncode, done.returncode) == (0, 0)
    assert "its rows were not checked: they are encrypted" in without.stdout
    assert "rows" not in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--signature", "x"], "--signature needs --public-key and exactly one REPORT"),
        (["out2", "--signature", "x", "--public-key", "x"], "--signature needs --public-key"),
        (["--public-key", "none"], "public key none: No such file or directory"),
    ],
)
def test_what_does_not_fit_is_refused(report, words, message):
    """In one line."""
    done = report("verify", "out", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_name_in_the_folder_cannot_drive_the_terminal(swept, report, tmp_path):
    """Who can write there chooses names."""
    swept()
    (tmp_path / "out/\x1b[31m").touch()
    done = report("verify", "out")

    assert done.returncode == 2
    assert "out: altered or damaged: \\x1b[31m does not belong to the report" in done.stdout
    assert "\x1b" not in done.stdout
