"""`hashsweep hash` through the real command."""

import csv
import hashlib
import os
import resource
import signal
import subprocess
import time

import pytest

from support.commands import COMMAND


def table(done):
    """The rows that a call printed."""
    return list(csv.DictReader(done.stdout.splitlines()))


def test_the_rows_are_in_the_order_of_the_files(hashsweep_process, media):
    """Whatever the workers' order is; the default hashes are those of the field's lists."""
    names = [media / name for name in ("3.jpg", "notes.txt", "1.jpg", "2.jpg")]
    done = hashsweep_process("hash", *names)
    rows = table(done)

    assert (done.returncode, done.stderr) == (0, "")
    assert [row["entry_id"] for row in rows] == [name.name for name in names]
    assert set(rows[0]) == {"entry_id", "md5", "sha1", "sha256", "pdq", "pdq_quality"}
    assert rows[0]["sha256"] == hashlib.sha256(names[0].read_bytes()).hexdigest()
    assert (rows[1]["pdq"], rows[1]["pdq_quality"]) == ("", "")


def test_what_it_prints_is_a_hash_list(hashsweep, media, tmp_path):
    """`scan --list` reads it, names of files with commas and quotes included."""
    name = media / 'a, "b" #;c.jpg'
    os.rename(media / "1.jpg", name)
    (tmp_path / "known.csv").write_text(hashsweep("hash", media).stdout)
    done = hashsweep("scan", media, "--list", "known.csv", "-o", "report")

    assert done.returncode == 1
    assert "4 of 4 files match\n" in done.stdout


def test_only_the_hashes_that_were_named(hashsweep, media):
    """--hash replaces the default."""
    done = hashsweep("hash", media / "1.jpg", "--hash", "dhash", "--hash", "md5")

    assert set(table(done)[0]) == {"entry_id", "md5", "dhash"}


def test_a_file_that_cannot_be_hashed_is_named_with_its_reason(hashsweep, media):
    """Exit 4; all others are printed, and what was obtained of it as well."""
    (media / "broken.jpg").write_bytes((media / "1.jpg").read_bytes()[:3000])
    (media / "empty\x1b[31m").touch()
    done = hashsweep("hash", media)

    assert done.returncode == 4
    assert sorted(done.stderr.splitlines()) == [
        f"hashsweep: {media}/broken.jpg: decode: truncated",
        f"hashsweep: {media}/empty\\x1b[31m: read: empty",
    ]
    assert len(table(done)) == 5


def test_a_file_that_is_not_there_is_named_and_the_others_are_hashed(hashsweep, media):
    """Exit 4, not 2: one wrong name in a long line costs nothing else."""
    done = hashsweep("hash", media / "1.jpg", media / "gone.jpg", media / "2.jpg")

    assert done.returncode == 4
    assert done.stderr == f"hashsweep: {media}/gone.jpg: list: gone\n"
    assert [row["entry_id"] for row in table(done)] == ["1.jpg", "2.jpg"]


def test_a_file_without_any_hash_is_told(hashsweep, media):
    """What is no picture has no PDQ: it is named, makes no row, and the exit status is 4."""
    done = hashsweep("hash", media, "--hash", "pdq", "--engine", "serial")

    assert done.returncode == 4
    assert done.stderr == f"hashsweep: {media}/notes.txt: no hash: not a picture\n"
    assert [row["entry_id"] for row in table(done)] == [f"{n}.jpg" for n in (1, 2, 3)]


@pytest.fixture
def many(tmp_path):
    """A folder whose hashes are a list of some 100 kB."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{'x' * 200}{number}").write_bytes(b"x")
    return folder


def test_a_full_disk_leaves_no_half_of_a_list(hashsweep_process, many, tmp_path):
    """One that breaks off at a row's end could not be told from a whole one."""
    done = hashsweep_process(
        "hash", many, "--engine", "serial", "-o", "known.csv",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384)),
    )  # fmt: skip
    again = hashsweep_process("hash", many, "--engine", "serial", "-o", "known.csv")

    assert (done.returncode, done.stderr) == (2, "hashsweep: known.csv: File too large\n")
    assert (again.returncode, again.stderr) == (0, "")
    assert sorted(os.listdir(tmp_path)) == ["known.csv", "many"]
    assert len((tmp_path / "known.csv").read_text().splitlines()) == 301


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_stop_leaves_no_half_of_a_list(many, tmp_path, sent):
    """After a kill there is a draft that no pattern like *.csv takes for a list."""
    os.mkfifo(tmp_path / "paths")
    process = subprocess.Popen(
        [*COMMAND, "hash", "--files-from", "paths", "--engine", "serial", "-o", "known.csv"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with open(tmp_path / "paths", "w") as paths:
        paths.writelines(f"{path}\n" for path in many.iterdir())
        paths.flush()
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in tmp_path.glob(".known.csv.*")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(sent)
        process.communicate(timeout=60)
    left = [path.suffix for path in tmp_path.iterdir() if "known" in path.name]

    assert left == ([".part"] if sent == signal.SIGKILL else [])


@pytest.mark.usefixtures("many")
def test_a_reader_that_leaves_early_is_no_fault(tmp_path):
    """`hashsweep hash ... | head -1` ends without a message."""
    call = " ".join(COMMAND)
    done = subprocess.run(
        f"{call} hash many | head -1", shell=True, cwd=tmp_path, capture_output=True, check=False
    )

    assert done.stdout.startswith(b"entry_id,")
    assert done.stderr == b""


def test_without_files_it_says_what_is_missing(hashsweep):
    """Exit 2 and one line."""
    done = hashsweep("hash")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_ids_are_relative_to_the_common_folder(hashsweep, media, tmp_path):
    """Of files, folders and lists of paths; a path, or a number, where that is asked for."""
    deep = media / "a" / "b"
    deep.mkdir(parents=True)
    os.rename(media / "1.jpg", deep / "1.jpg")
    os.rename(media / "2.jpg", media / "a" / "2.jpg")
    (tmp_path / "paths").write_text(f"{deep}/1.jpg\n{media}/a/2.jpg\n")

    def ids(*arguments):
        done = hashsweep("hash", "--hash", "md5", "--engine", "serial", *arguments)
        assert done.returncode == 0
        return sorted(row["entry_id"] for row in table(done))

    assert ids(media) == ["3.jpg", "a/2.jpg", "a/b/1.jpg", "notes.txt"]
    assert ids(deep / "1.jpg") == ["1.jpg"]
    assert ids(deep, media / "a/2.jpg") == ids("--files-from", "paths") == ["2.jpg", "b/1.jpg"]
    assert ids(deep, media / "3.jpg") == ["3.jpg", "a/b/1.jpg"]
    assert ids("--id", "path", deep) == [f"{deep}/1.jpg"]
    assert ids("--id", "number", deep, media / "3.jpg") == ["1", "2"]


def test_a_name_that_is_a_hash_of_the_content_is_no_id(hashsweep, media):
    """Ids go into reports, and hashes of lists do not."""
    content = (media / "notes.txt").read_bytes()
    name = hashlib.md5(content).hexdigest().upper()
    os.rename(media / "notes.txt", media / f"{name}.txt")
    done = hashsweep("hash", media / f"{name}.txt", media / "1.jpg", "--hash", "md5")

    assert [row["entry_id"] for row in table(done)] == ["file-1", "1.jpg"]
