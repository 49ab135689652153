"""What a named path is."""

import os

import pytest

from hashsweep.sources.looking import Look, look_at, silent_look


def test_a_folder_is_open_and_a_file_is_not(tmp_path, monkeypatch):
    """With absolute names, wherever a link leads to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "media").mkdir()
    (tmp_path / "media/file").touch()
    (tmp_path / "link").symlink_to("media")
    link, file = look_at("link"), look_at("media/file")
    listed = os.listdir(link.descriptor)
    os.close(link.descriptor)

    assert (link.name, link.real, link.is_folder) == (
        str(tmp_path / "link"), str(tmp_path / "media"), True,
    )  # fmt: skip
    assert listed == ["file"]
    assert (file.is_folder, file.descriptor, file.error) == (False, None, None)
    assert (link.folder, file.folder) == (str(tmp_path / "link"), str(tmp_path / "media"))


@pytest.mark.parametrize(
    ("path", "told"),
    [("nowhere", "source nowhere: No such file or directory"), ("a\0b", "source a\0b: not a path")],
)
def test_what_is_not_there_says_why(path, told):
    """The error is that of the source's check, and nothing is raised."""
    assert look_at(path).error == told


def test_a_folder_that_cannot_be_opened_is_left_to_the_walk(tmp_path, monkeypatch):
    """It has no descriptor and no error."""

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hashsweep.sources.looking.open_folder", refuse)
    found = look_at(str(tmp_path))

    assert (found.is_folder, found.descriptor, found.error) == (True, None, None)


def test_a_path_without_an_answer_is_known_by_its_name(monkeypatch, tmp_path):
    """No disk is asked."""
    monkeypatch.chdir(tmp_path)
    name = str(tmp_path / "mnt")

    assert silent_look("mnt/../mnt") == Look(name, name, is_silent=True)
    assert silent_look("mnt").folder == name
