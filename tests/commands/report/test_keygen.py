"""`hashsweep report keygen` through the real command, on reports of real sweeps."""

import os
import resource
import stat

import pytest

from hashsweep.report.encryption import key_id


def test_keygen_makes_a_key_that_can_be_used(report, swept, tmp_path):
    """A new file of mode 0600; only its id is shown; nothing is written over."""
    made = report("keygen", "-o", "new.key")
    again = report("keygen", "-o", "new.key")
    path = tmp_path / "new.key"
    comment, key = path.read_text().splitlines()
    used = swept("--encrypt", "--key-file", path)
    shown = report("show", "out", "--key-file", path)
    identifier = key_id(bytes.fromhex(key))

    assert (made.returncode, made.stdout) == (0, f"key {identifier} is in new.key\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert comment.startswith(f"# hashsweep report key {identifier}, made 20")
    assert key not in made.stdout
    assert (again.returncode, again.stderr) == (
        2,
        "hashsweep: new.key already exists: choose another name\n",
    )
    assert (used.returncode, shown.returncode) == (5, 0)


def test_signing_keys_are_a_pair_and_nothing_is_written_over(report, tmp_path):
    """Where one name is taken neither file is left."""
    (tmp_path / "taken.pub").write_text("mine")
    (tmp_path / "other").write_text("mine")
    taken = report("keygen", "--signing", "-o", "taken")
    other = report("keygen", "--signing", "-o", "other")

    assert (taken.returncode, other.returncode) == (2, 2)
    assert taken.stderr == "hashsweep: taken.pub already exists: choose another name\n"
    assert not (tmp_path / "taken").exists()
    assert {(tmp_path / name).read_text() for name in ("taken.pub", "other")} == {"mine"}
    assert not (tmp_path / "other.pub").exists()


@pytest.mark.parametrize("signing", [(), ("--signing",)])
def test_a_full_disk_leaves_no_empty_key(report, hashsweep_process, tmp_path, signing):
    """It would stand in the way of the next try."""
    full = hashsweep_process(
        "report", "keygen", *signing, "-o", "new.key",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)),
    )  # fmt: skip
    left = os.listdir(tmp_path)
    again = report("keygen", *signing, "-o", "new.key")

    assert (full.returncode, full.stderr) == (2, "hashsweep: new.key: File too large\n")
    assert left == []
    assert again.returncode == 0
