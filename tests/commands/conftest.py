"""What the tests of the commands sweep."""

import pytest

from drawings import jpeg, scene


@pytest.fixture
def media(tmp_path):
    """A folder with three pictures and a text; all can be scanned."""
    folder = tmp_path / "media"
    folder.mkdir()
    for seed in (1, 2, 3):
        (folder / f"{seed}.jpg").write_bytes(jpeg(scene(seed, 320, 240)))
    (folder / "notes.txt").write_text("no picture\n")
    return folder


@pytest.fixture
def known(tmp_path, hashsweep, media):
    """A list of the first picture, made by `hashsweep hash`."""
    path = tmp_path / "known.csv"
    path.write_text(hashsweep("hash", media / "1.jpg").stdout)
    return path
