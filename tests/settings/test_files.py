"""The configuration file: where it is, who may have written it, and what it is."""

import os

import pytest

from hashsweep.errors import UsageProblem
from hashsweep.settings import files
from hashsweep.settings.files import find_places, load_config


@pytest.fixture
def path(tmp_path):
    """A configuration with one key."""
    found = tmp_path / "hashsweep.toml"
    found.write_text("[scan]\nmax-frames = 8\n")
    return found


def test_the_nearest_file_counts_as_a_whole(tmp_path, path, monkeypatch):
    """--config, then the variable, then the user's, then the system's; nothing is merged."""
    own, system = tmp_path / "own" / "hashsweep", tmp_path / "system.toml"
    own.mkdir(parents=True)
    monkeypatch.setattr(files, "SYSTEM", str(system))
    variables = {"XDG_CONFIG_HOME": str(tmp_path / "own")}
    system.write_text("[scan]\nretries = 1\n")
    found = [load_config(None, variables).tables]
    (own / "hashsweep.toml").write_text("[scan]\nretries = 2\n")
    found.append(load_config(None, variables).tables)
    found.append(load_config(None, {**variables, "HASHSWEEP_CONFIG": str(path)}).tables)
    found.append(load_config(str(system), {"HASHSWEEP_CONFIG": str(path)}).tables)

    assert [each["scan"] for each in found] == [
        {"retries": 1},
        {"retries": 2},
        {"max-frames": 8},
        {"retries": 1},
    ]


def test_home_is_where_the_own_file_is_without_xdg():
    """A relative XDG_CONFIG_HOME is none; without either there is only the system's."""
    home = {"HOME": "/home/a", "XDG_CONFIG_HOME": "relative"}

    assert find_places(None, home)[0][0] == "/home/a/.config/hashsweep/hashsweep.toml"
    assert find_places(None, {}) == ([files.SYSTEM], False)


def test_no_file_is_read_where_the_variable_is_empty():
    """So a script can leave out whatever a machine is configured for."""
    assert load_config(None, {"HASHSWEEP_CONFIG": ""}) == files.ConfigFile()


def test_a_file_that_was_named_has_to_be_there(tmp_path):
    """Its absence is an error, not a sweep without its options."""
    with pytest.raises(UsageProblem, match="No such file"):
        load_config(None, {"HASHSWEEP_CONFIG": str(tmp_path / "none")})


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(path, mode):
    """With the command that helps."""
    path.chmod(mode)

    with pytest.raises(UsageProblem, match=r"changed by other users \(mode 06..\): run chmod go-w"):
        load_config(str(path), {})


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_folder_of_its_own_that_others_may_write_is_refused(path, mode):
    """Sticky or not: whoever comes first there makes the file."""
    path.parent.chmod(mode)

    with pytest.raises(UsageProblem, match="where other users can write"):
        load_config(str(path), {})


def test_a_folder_above_may_be_sticky(tmp_path):
    """In it nobody renames what is not theirs; one that is not sticky is refused."""
    own = tmp_path / "above" / "own"
    own.mkdir(parents=True)
    (own / "c.toml").write_text("")
    own.parent.chmod(0o1777)

    assert load_config(str(own / "c.toml"), {}).tables == {}
    own.parent.chmod(0o777)
    with pytest.raises(UsageProblem, match="lies below"):
        load_config(str(own / "c.toml"), {})


def test_a_link_is_followed_and_both_places_have_to_be_safe(tmp_path, path):
    """Whoever can put another link there decides what is read."""
    place = tmp_path / "links"
    place.mkdir()
    (place / "c.toml").symlink_to(path)

    assert load_config(str(place / "c.toml"), {}).tables == {"scan": {"max-frames": 8}}
    place.chmod(0o777)
    with pytest.raises(UsageProblem, match="where other users can write"):
        load_config(str(place / "c.toml"), {})


def test_a_file_of_another_user_is_refused(path, monkeypatch):
    """Unless that is root."""
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    if path.stat().st_uid:
        with pytest.raises(UsageProblem, match="belongs to another user"):
            load_config(str(path), {})
    else:
        os.chown(path, 4321, -1)
        with pytest.raises(UsageProblem, match=r"belongs to another user \(4321\)"):
            load_config(str(path), {})


def test_what_is_no_toml_is_told_with_its_line(path):
    """As the parser tells it, and for bytes that are not UTF-8."""
    path.write_text("[scan]\nlist = \n")
    with pytest.raises(UsageProblem, match=r"is not TOML: .*line 2"):
        load_config(str(path), {})
    path.write_bytes(b"[scan]\n\n# \xff")
    with pytest.raises(UsageProblem, match="line 3 is not UTF-8"):
        load_config(str(path), {})


def test_what_is_no_file_or_too_large_is_refused(tmp_path, path):
    """A FIFO does not hang the command, and memory is bounded."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageProblem, match="is not a file"):
        load_config(str(tmp_path / "fifo"), {})
    path.write_bytes(b"#" * (files.MOST_BYTES + 1))
    with pytest.raises(UsageProblem, match="larger than 1 MiB"):
        load_config(str(path), {})
