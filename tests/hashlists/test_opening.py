"""Lists as the user names them, open and ready to be searched."""

import os
from contextlib import ExitStack

import pytest

from hashsweep.errors import ListError, ReportError
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import (
    import_lists,
    open_lists,
    verify_in_background,
)
from support.listed import compiled, entry

ONE = f"{7:032d}"
HELD = ExitStack()  # nothing here comes from standard input, so nothing is held


@pytest.fixture
def scratch():
    """Where what is compiled on the fly goes."""
    with ExitStack() as held:
        yield Scratch(held, in_memory=False)


def test_raw_and_compiled_lists_are_opened_alike(tmp_path, scratch):
    """Raw ones are compiled on the fly, into a file for their owner alone."""
    (tmp_path / "raw.csv").write_text(f"md5\n{ONE}\n")
    ready = compiled(tmp_path, [entry(md5=bytes.fromhex(ONE))], "ready")
    raw, same = open_lists(
        [str(tmp_path / "raw.csv"), str(ready.path)], ListOptions(), scratch, set(), HELD
    )

    assert (raw.name, same.name) == ("raw", "ready")
    assert raw.column("md5").hashes.tolist() == same.column("md5").hashes.tolist()
    assert same.path == ready.path
    assert oct(raw.path.stat().st_mode)[-3:] == "400"


def test_names_are_made_unique(tmp_path, scratch):
    """Lists of one name in several folders can be told apart in the report."""
    for folder in "abc":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "known.csv").write_text(f"md5\n{ONE}\n")
    (tmp_path / "known#2.csv").write_text(f"md5\n{ONE}\n")
    names = [str(tmp_path / n) for n in ("a/known.csv", "known#2.csv", "b/known.csv")]
    taken = set()
    first = open_lists(names, ListOptions(), scratch, taken, HELD)
    second = open_lists([str(tmp_path / "c/known.csv")], ListOptions(), scratch, taken, HELD)

    assert [each.name for each in first + second] == ["known", "known#2", "known#3", "known#4"]
    assert taken == {"known", "known#2", "known#3", "known#4"}


def test_a_compiled_list_is_called_by_its_own_name(tmp_path, scratch):
    """What `lists import --name` gave it, wherever the file lies, unless that is taken."""
    path = compiled(tmp_path, [entry(md5=b"1" * 16)], "IWF 2026").path
    os.rename(path, tmp_path / "x.hsl")
    one, two = open_lists([str(tmp_path / "x.hsl")] * 2, ListOptions(), scratch, set(), HELD)

    assert (one.name, two.name) == ("IWF 2026", "IWF 2026#2")


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("said", [False, True])
def test_known_good_by_its_own_word_or_the_users(tmp_path, scratch, own, said):
    """A compiled list knows what it is: named as the other kind it is refused, not taken."""
    path = compiled(tmp_path, [entry(md5=b"1" * 16)], known_good=own).path
    (opened,) = open_lists([str(path)], ListOptions(known_good=None), scratch, set(), HELD)

    assert opened.known_good == own
    if own == said:
        (opened,) = open_lists([str(path)], ListOptions(known_good=said), scratch, set(), HELD)
        assert opened.known_good == own
    else:
        with pytest.raises(ListError, match="given here as the other kind"):
            open_lists([str(path)], ListOptions(known_good=said), scratch, set(), HELD)


def test_a_damaged_list_is_refused(tmp_path, scratch):
    """Every list is verified before a sweep begins."""
    path = compiled(tmp_path, [entry(md5=b"1" * 16)]).path
    content = bytearray(path.read_bytes())
    content[64] ^= 128
    path.write_bytes(content)
    with pytest.raises(ListError, match="damaged"):
        open_lists([str(path)], ListOptions(), scratch, set(), HELD)


def test_an_output_that_is_there_is_refused_at_once(tmp_path):
    """Before anything is read: a long import does not fail at its end."""
    (tmp_path / "out.hsl").touch()
    with pytest.raises(ReportError, match=r"out\.hsl already exists: choose another name"):
        import_lists([ListName(tmp_path / "no such")], "x", tmp_path / "out.hsl", ListOptions())


def test_an_output_that_came_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    """Of two imports to one name, the second is told."""
    (tmp_path / "a.csv").write_text(f"md5\n{ONE}\n")
    (tmp_path / "out.hsl").write_text("of another")
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    with pytest.raises(ReportError, match=r"out\.hsl already exists"):
        import_lists([ListName(tmp_path / "a.csv")], "x", tmp_path / "out.hsl", ListOptions())

    assert (tmp_path / "out.hsl").read_text() == "of another"


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    """A folder that is not there, for one."""
    (tmp_path / "a.csv").write_text(f"md5\n{ONE}\n")
    with pytest.raises(ReportError, match=r"no/out\.hsl: No such file or directory"):
        import_lists([ListName(tmp_path / "a.csv")], "x", tmp_path / "no/out.hsl", ListOptions())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o601])
def test_a_list_that_is_open_to_others_is_refused(tmp_path, scratch, mode):
    """Raw or compiled, by any right of anybody else; who means it can say so."""
    (tmp_path / "raw.csv").write_text(f"md5\n{ONE}\n")
    for path in (tmp_path / "raw.csv", compiled(tmp_path, [entry(md5=b"1" * 16)]).path):
        path.chmod(mode)
        with pytest.raises(
            ListError, match=rf"is open to others \(mode {mode:04o}\): run chmod 600"
        ):
            open_lists([str(path)], ListOptions(), scratch, set(), HELD)
        (opened,) = open_lists([str(path)], ListOptions(readable=True), scratch, {path.name}, HELD)
        assert len(opened) == 1


def test_a_list_of_harmless_files_may_be_public(tmp_path, scratch):
    """The NSRL's lists are on the Internet."""
    (tmp_path / "raw.csv").write_text(f"md5\n{ONE}\n")
    for path in (
        tmp_path / "raw.csv",
        compiled(tmp_path, [entry(md5=b"1" * 16)], known_good=True).path,
    ):
        path.chmod(0o644)
        (opened,) = open_lists(
            [str(path)], ListOptions(known_good=True), scratch, {path.name}, HELD
        )
        assert opened.known_good


def test_lists_can_be_verified_beside_other_work(tmp_path):
    """Whoever asks for the outcome waits for it, as often as they like."""
    good, bad = (
        compiled(tmp_path, [entry(md5=b"1" * 16)], name=name, verify=False)
        for name in ("good", "bad")
    )
    with verify_in_background([good]) as verified:
        verified()
        verified()
    content = bad.path.read_bytes()
    bad.path.write_bytes(content.replace(b"1" * 16, b"2" * 16))
    with verify_in_background([good, CompiledList(bad.path, verify=False)]) as verified:
        for _ in range(2):
            with pytest.raises(ListError, match="was altered"):
                verified()
