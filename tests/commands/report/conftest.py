"""Reports to read, of real sweeps."""

import pytest

from support.reports import EVIL, KEY


@pytest.fixture
def report(hashsweep):
    """`hashsweep report` with these arguments."""
    return lambda *arguments, **options: hashsweep("report", *arguments, **options)


@pytest.fixture
def swept(hashsweep, media, known):
    """A function that sweeps the media folder into `out`; what it printed."""
    (media / "empty.jpg").touch()
    (media / EVIL).write_bytes((media / "1.jpg").read_bytes())

    def run(*options, **more):
        return hashsweep(
            "scan", media, "--list", known, "-o", "out", "--engine", "serial", *options, **more
        )

    return run


@pytest.fixture
def key_file(tmp_path):
    """A key file."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY)
    return path
