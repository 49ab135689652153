"""Names relative to a common folder."""

import pytest

from hashsweep.sources.naming import Relative, folder_of


@pytest.mark.parametrize(
    ("folders", "uri", "name"),
    [
        (["/a/b"], "/a/b/c.jpg", "c.jpg"),
        (["/a/b", "/a/bc"], "/a/bc/d.jpg", "bc/d.jpg"),
        (["/a", "/b"], "/a/x.jpg", "a/x.jpg"),
        (["/"], "/x.jpg", "x.jpg"),
        (["s3://b/2026/01", "s3://b/2026/02"], "s3://b/2026/02/x.jpg", "02/x.jpg"),
        (["s3://b", "s3://c"], "s3://c/x.jpg", "c/x.jpg"),
        (["s3://b", "gs://c"], "gs://c/x.jpg", "c/x.jpg"),
        (["s3://b/k", "/a/b"], "/a/b/x.jpg", "x.jpg"),
        ([], "/a/x.jpg", "a/x.jpg"),
    ],
)
def test_names(folders, uri, name):
    """At separators; stores apart from this machine."""
    assert Relative(folders).name(uri) == name


def test_folders_of_sources(tmp_path, monkeypatch):
    """A folder is one, a file lies in one; so it is with prefixes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    assert [folder_of(each) for each in ("a", "a/x.jpg", "x.jpg")] == [
        f"{tmp_path}/a",
        f"{tmp_path}/a",
        str(tmp_path),
    ]
    assert folder_of("s3://b/2026/0") == "s3://b/2026"
    assert folder_of("s3://b") == "s3://b"
