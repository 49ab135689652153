"""`hashsweep report keygen` through the real command, on reports of real sweeps."""

import stat

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
    assert (again.returncode, again.stderr) == (2, "hashsweep: new.key: File exists\n")
    assert (used.returncode, shown.returncode) == (5, 0)
