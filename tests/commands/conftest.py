"""What the tests of the commands sweep."""

from functools import cache

import pytest

from support.commands import run_here
from support.drawings import jpeg, scene

SEEDS = (1, 2, 3)


@cache
def _picture(seed):
    return jpeg(scene(seed, 320, 240))


@pytest.fixture
def media(tmp_path):
    """A folder with three pictures and a text; all can be scanned."""
    folder = tmp_path / "media"
    folder.mkdir()
    for seed in SEEDS:
        (folder / f"{seed}.jpg").write_bytes(_picture(seed))
    (folder / "notes.txt").write_text("no picture\n")
    return folder


@pytest.fixture(scope="session")
def printed(tmp_path_factory):
    """The path of the first picture, and what `hashsweep hash` prints of it; made once."""
    path = tmp_path_factory.mktemp("first") / "1.jpg"
    path.write_bytes(_picture(1))
    return str(path), run_here("hash", path).stdout


@pytest.fixture
def known(tmp_path, media, printed):
    """A list of the first picture, as `hashsweep hash` prints it of this folder."""
    path = tmp_path / "known.csv"
    path.write_text(printed[1].replace(printed[0], str(media / "1.jpg")))
    return path
