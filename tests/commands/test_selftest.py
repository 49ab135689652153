"""`hashsweep selftest` through the real command."""


def test_it_proves_that_matches_are_found(hashsweep):
    """Every expectation is listed as ok, and nothing else is printed."""
    done = hashsweep("selftest")

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 7
