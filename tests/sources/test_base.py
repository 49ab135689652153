"""Paths as the kernel takes them."""

import pytest

from hashsweep.sources.base import absolute


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("plain", "{here}/plain"),
        ("./plain//sub/", "{here}/plain/sub"),
        ("plain/../plain/sub", "{here}/plain/sub"),
        ("link", "{here}/link"),
        ("link/file", "{here}/link/file"),
        ("plain/../link/file", "{here}/link/file"),
        ("link/..", "{here}/plain"),
        ("{here}/link/../file", "{here}/plain/file"),
        ("link/../..", "{here}"),
        ("nowhere/../plain", "{here}/plain"),
        ("..name/a..b", "{here}/..name/a..b"),
    ],
)
def test_a_path_is_left_as_it_is_but_for_what_lies_behind_a_link(
    tmp_path, monkeypatch, path, found
):
    """Links in a path stay; only `..` behind one leads to the folder above what it points to."""
    (tmp_path / "plain/sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("plain/sub")
    monkeypatch.chdir(tmp_path)

    assert absolute(path.format(here=tmp_path)) == found.format(here=tmp_path)
