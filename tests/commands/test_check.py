"""`hashsweep check` through the real command: a gate that lets nothing through unseen."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from support.clamped import two_in_one
from support.commands import COMMAND
from support.drawings import draw, encode, jpeg, scene
from support.proc import descendants


@pytest.fixture
def compiled(hashsweep, known, tmp_path):
    """The known list, compiled."""
    path = tmp_path / "known.hsl"
    assert hashsweep("lists", "import", known, "-o", path).returncode == 0
    return path


def lines(done):
    """The fields of each line that was written."""
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_clean_is_0(hashsweep, media, compiled):
    done = hashsweep("check", media / "2.jpg", "--list", compiled)

    assert (done.returncode, done.stderr) == (0, "")
    assert lines(done) == [["clean", str(media / "2.jpg")]]


def test_a_match_is_1(hashsweep_process, media, compiled):
    """List, entry and what agrees are told; a hash is not."""
    done = hashsweep_process("check", media / "1.jpg", "--list", compiled)
    ((verdict, name, why),) = lines(done)

    assert (done.returncode, done.stderr) == (1, "")
    assert (verdict, name) == ("match", str(media / "1.jpg"))
    assert why == "known: 1.jpg (sha256 0, exact)"


def test_verdicts_are_in_the_order_of_the_files(hashsweep_process, media, compiled):
    """One line each, whatever each comes to; matches and failures add up to 5."""
    (media / "cut.jpg").write_bytes((media / "2.jpg").read_bytes()[:-200])
    (media / "link").symlink_to("1.jpg")
    names = ["link", "cut.jpg", "none", ".", "2.jpg", "1.jpg", "2.jpg"]
    done = hashsweep_process("check", *names, "--list", compiled, cwd=media)
    found = lines(done)

    assert done.returncode == 5
    assert done.stderr.count("\n") == done.stderr.count("is a folder") == 1
    assert [line[1] for line in found] == names
    assert [line[0] for line in found] == [
        "match", "failed", "failed", "failed", "clean", "match", "clean",
    ]  # fmt: skip
    assert [line[2] for line in found if line[0] == "failed"] == [
        "decode: truncated", "read: gone", "read: not-regular",
    ]  # fmt: skip


def test_a_folder_fails_and_leads_to_scan(hashsweep, media, compiled):
    """It is never clean."""
    done = hashsweep("check", media, "--list", compiled)

    assert (done.returncode, lines(done)[0][0]) == (4, "failed")
    assert done.stderr == f"hashsweep: {media} is a folder: `hashsweep scan` reads folders\n"


def test_standard_input(hashsweep_process, media, compiled):
    """The bytes are checked as a file's are, in memory, and the list may be any."""
    for name, status, verdict in (("1.jpg", 1, "match"), ("2.jpg", 0, "clean")):
        with open(media / name, "rb") as stream:
            done = hashsweep_process("check", "-", "--list", compiled, "--json", stdin=stream)
        told = json.loads(done.stdout)

        assert (done.returncode, done.stderr) == (status, "")
        assert (told["file"], told["verdict"], told["media_type"]) == ("-", verdict, "image/jpeg")


def test_nothing_on_standard_input_fails(hashsweep, compiled):
    done = hashsweep("check", "-", "--list", compiled, input="")

    assert (done.returncode, done.stdout) == (4, "failed\t-\tread: empty\n")


def test_json_tells_all_matches(hashsweep, media, compiled, tmp_path):
    """By PDQ alone, if the bytes are others."""
    other = tmp_path / "other.png"
    other.write_bytes(encode("hills", "png"))
    listed = tmp_path / "pdq.csv"
    value = "a4b6b4b4b6b4cc0448456b764fb65fb49a01984b636b636b8b4b9a59dc9525b6"
    listed.write_text(f"entry_id,pdq,category\nhill,{value},A1\n")
    done = hashsweep("check", other, "--list", listed, "--list", compiled, "--json")
    told = json.loads(done.stdout)

    assert done.returncode == 1
    assert told["matches"] == [
        {
            "list": "pdq",
            "entry_id": "hill",
            "category": "A1",
            "labels": [],
            "algorithm": "pdq",
            "distance": 0,
            "variant": "as-is",
            "tier": "close",
            "decision": None,
        }
    ]
    assert value not in done.stdout
    assert (told["verdict"], told["reason"], told["known_good"]) == ("match", None, None)


def test_what_cannot_be_compared_is_not_clean(hashsweep, tmp_path):
    """A text has no PDQ, so a list of PDQ says nothing of it."""
    (tmp_path / "text.txt").write_text("words")
    (tmp_path / "pdq.csv").write_text(f"entry_id,pdq\ne,{'0f' * 32}\n")
    done = hashsweep("check", "text.txt", "--list", "pdq.csv")

    assert (done.returncode, done.stdout) == (4, "failed\ttext.txt\thash: not-compared\n")


def test_a_picture_without_detail_is_not_clean_by_its_pdq(hashsweep, tmp_path):
    """Below quality 50 it is compared with nothing; a list of such hashes alone is no list."""
    Image.linear_gradient("L").point(lambda v: v // 16).save(tmp_path / "dark.png")
    Image.effect_mandelbrot((256, 256), (-2, -1.5, 1, 1.5), 50).save(tmp_path / "rich.png")
    for name, quality in (("good", 100), ("low", 49)):
        text = f"entry_id,pdq,pdq_quality\ne,{'0f' * 32},{quality}\n"
        (tmp_path / f"{name}.csv").write_text(text)
    dark = hashsweep("check", "dark.png", "rich.png", "--list", "good.csv")
    useless = hashsweep("check", "rich.png", "--list", "low.csv")
    swept = hashsweep("scan", "rich.png", "--list", "low.csv", "-o", "report")

    assert dark.stdout == "failed\tdark.png\thash: not-compared\nclean\trich.png\n"
    assert (dark.returncode, useless.returncode, swept.returncode) == (4, 4, 4)
    assert "INCOMPLETE: list low holds nothing that can be matched here" in swept.stdout
    assert "1 pdq below quality 50: plain pictures, matched only" in " ".join(swept.stdout.split())


def test_a_list_that_is_not_used_in_full_is_told(hashsweep, media, tmp_path):
    """Nobody can say that a file is on no list whose rows could not be read."""
    (tmp_path / "list.csv").write_text(f"entry_id,sha256\na,{'0f' * 32}\nb,junk\n")
    done = hashsweep("check", media / "2.jpg", "--list", "list.csv")

    assert done.returncode == 4
    assert done.stdout.startswith("clean\t")
    assert "list list: 1 row refused" in done.stderr


def test_a_damaged_list_gives_no_verdict(hashsweep_process, media, compiled):
    """It is looked at while files are hashed, and no answer is given before."""
    content = bytearray(compiled.read_bytes())
    content[len(content) // 2] ^= 1
    compiled.write_bytes(content)
    done = hashsweep_process("check", media / "2.jpg", "--list", compiled)

    assert (done.returncode, done.stdout) == (2, "")
    assert "damaged, or not a compiled hash list" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("2.jpg",), "name a --list to check against"),
        (("-", "-", "--list", "known.hsl"), "standard input can be read only once"),
        (("-", "--list", "-"), "standard input can be read only once"),
        ((), "Missing argument 'FILE...'"),
    ],
)
def test_calls_that_make_no_sense_are_refused(hashsweep, compiled, words, message):
    done = hashsweep("check", *words, cwd=compiled.parent)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_names_cannot_drive_a_terminal(hashsweep, media, compiled):
    """Nor forge a second line."""
    name = "a\nclean\tb\x1b[31m.jpg"
    os.link(media / "1.jpg", media / name)
    done = hashsweep("check", name, "--list", compiled, cwd=media)

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("match\ta\\x0aclean\\x09b\\x1b[31m.jpg\t")


def test_a_worker_that_is_killed_costs_a_verdict_of_failed(media, compiled, tmp_path):
    """Whatever a file does to the process that opens it, the gate answers."""
    slow = tmp_path / "slow.jpg"
    slow.write_bytes(jpeg(scene(1, 600, 500).resize((6000, 5000)), progressive=True))
    with subprocess.Popen(
        [*COMMAND, "check", slow, "--exact", "--timeout", "0.2", "--list", compiled],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (4, "")
    assert out == f"failed\t{slow}\twork: timeout\n"


@pytest.fixture
def other_in_dc(tmp_path):
    """A JPEG that shows one picture when scaled and another in full, in a way that no sign tells.

    An eighth of its samples are clamped: too little is in the file to be suspected.
    """
    path = tmp_path / "two.jpg"
    plane, shown = (draw(name).convert("L").resize((1600, 1600)) for name in ("hills", "circles"))
    path.write_bytes(two_in_one(plane, shown, 8, lines=True))
    return path


def test_pictures_are_decoded_in_full_unless_fast_is_asked_for(hashsweep, other_in_dc, tmp_path):
    """What is compared is what people see, in files and in a stream."""
    path = other_in_dc
    exactly = tmp_path / "listed.csv"
    assert hashsweep("hash", path, "--exact", "--hash", "pdq", "-o", exactly).returncode == 0
    exactly.write_text(exactly.read_text().replace(str(path), "known"))
    name = f"{path}\n"

    assert lines(hashsweep("check", path, "--list", exactly))[0][0] == "match"
    assert lines(hashsweep("check", path, "--fast", "--list", exactly))[0][0] != "match"
    for words, is_found in (((), True), (("--fast",), False), (("--exact",), True)):
        done = hashsweep("check", "--stream", *words, "--list", exactly, input=name)
        assert (lines(done)[0][0] == "match") == is_found


def test_nothing_is_left_behind_when_it_is_killed(compiled):
    """Bytes from a pipe have no name; workers go with the command."""
    process = subprocess.Popen([*COMMAND, "check", "-", "--list", compiled], stdin=subprocess.PIPE)
    process.stdin.write(b"\xff\xd8\xff" * 1000)
    process.stdin.flush()
    time.sleep(0.5)
    children = descendants(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert list(Path("/dev/shm").glob(f"hashsweep-{process.pid}-*")) == []
