"""Modules of ours as programs."""

import subprocess
import sys

from hashsweep.storage.programs import command

MODULE = "import sys; print(__name__, sys.argv[1:], sys.path == {path!r})"


def test_a_module_is_run_as_a_program_with_our_path(tmp_path, monkeypatch):
    """Its arguments are what was given; the working directory is not looked into."""
    (tmp_path / "own").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here/json.py").write_text("raise SystemExit('run')")
    monkeypatch.syspath_prepend(tmp_path / "own")
    (tmp_path / "own/program.py").write_text(MODULE.format(path=sys.path))
    done = subprocess.run(
        command("program", "3", "b c"),
        cwd=tmp_path / "here", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("__main__ ['3', 'b c'] True\n", "")


def test_an_empty_entry_of_the_path_is_the_folder_of_now(tmp_path, monkeypatch):
    """As Python would have it: not that of the program."""
    (tmp_path / "program.py").write_text("print('run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    words = command("program")
    monkeypatch.chdir("/")
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("run\n", "")
