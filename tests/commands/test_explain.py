"""`hashsweep check --explain`: what was compared, what was not, why, and what helps."""

import hashlib

import pytest
from PIL import Image

from hashsweep.errors import REASONS, REMEDIES
from support.drawings import encode, scene

PDQ = "a4b6b4b4b6b4cc0448456b764fb65fb49a01984b636b636b8b4b9a59dc9525b6"

VIEWS = (
    "  also compared: the picture mirrored and turned, as viewers show it, and inverted, "
    "less and more of its height and width"
)


@pytest.fixture
def listed(tmp_path):
    """A list of one picture by its PDQ, and of nothing else by SHA-256."""
    path = tmp_path / "listed.csv"
    path.write_text(f"entry_id,pdq,sha256\nhill,{PDQ},{'0f' * 32}\n")
    return path


@pytest.fixture
def explain(hashsweep, tmp_path, listed):
    """The exit status and the lines of an explanation of a file with this content."""

    def run(name, content, *options):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        arguments = name, "--list", listed, "--explain", "--engine", "serial", *options
        done = hashsweep("check", *arguments, cwd=tmp_path)
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    return run


def reason(code, detail):
    """The two lines about a reason."""
    return [
        f"  not compared in full: {code}, {REASONS[code]} ({detail})",
        f"  what helps: {REMEDIES[code]}",
    ]


def test_a_clean_picture(explain):
    """Everything that the list holds was compared; there is nothing more to say."""
    assert explain("text.png", encode("text", "png")) == (0, [
        "clean\ttext.png",
        "  what it is: image/png, 400 x 500 pixels, decoded exact",
        "  compared: pdq, sha256",
        VIEWS,
    ])  # fmt: skip


def test_a_match(explain):
    """With what it was compared by."""
    assert explain("hills.png", encode("hills", "png")) == (1, [
        "match\thills.png\tlisted: hill (pdq 0, close)",
        "  what it is: image/png, 640 x 480 pixels, decoded exact",
        "  compared: pdq, sha256",
        VIEWS,
    ])  # fmt: skip


def test_a_text(explain):
    """By its digest."""
    assert explain("notes.txt", b"words\n") == (0, [
        "clean\tnotes.txt",
        "  what it is: text/plain",
        "  compared: sha256",
    ])  # fmt: skip


def test_an_archive(explain):
    """What it holds was not seen."""
    assert explain("a.zip", b"PK\3\4words") == (4, [
        "failed\ta.zip\tdecode: not-looked-into",
        "  what it is: application/zip",
        "  compared: sha256",
        *reason("not-looked-into", "application/zip"),
    ])  # fmt: skip


def test_an_archive_that_is_accepted(explain):
    """No advice is given for what was accepted."""
    assert explain("a.zip", b"PK\3\4words", "--accept", "not-looked-into") == (0, [
        "accepted\ta.zip\tdecode: not-looked-into",
        "  what it is: application/zip",
        "  compared: sha256",
        f"  accepted: not-looked-into, {REASONS['not-looked-into']} (application/zip)",
    ])  # fmt: skip


def test_a_plain_picture(explain, tmp_path):
    """Its quality is told, and how much would do."""
    Image.new("RGB", (90, 60)).save(tmp_path / "plain.png")

    assert explain("plain.png", None) == (4, [
        "failed\tplain.png\thash: not-compared",
        "  what it is: image/png, 90 x 60 pixels, decoded exact",
        "  compared: sha256",
        *reason("not-compared", "too plain for pdq: quality 0, below 50"),
    ])  # fmt: skip


def test_frames(explain, tmp_path):
    """How many, how many were left out, and the option that would take them."""
    frames = [scene(number, 90, 60) for number in range(1, 13)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    assert explain("a.gif", None, "--max-frames", "8") == (4, [
        "failed\ta.gif\tdecode: frames-left-out",
        "  what it is: image/gif, 90 x 60 pixels, 12 frames or pages, decoded exact",
        "  compared: pdq, sha256",
        VIEWS,
        "  compared of 7 further frames: pdq",
        *reason("frames-left-out", "4 of 12"),
    ])  # fmt: skip
    status, lines = explain("a.gif", None)
    assert (status, lines[0], lines[-1]) == (
        0, "clean\ta.gif", "  compared of 11 further frames: pdq",
    )  # fmt: skip


def test_what_is_not_there(explain):
    """Nothing is known of it."""
    status, lines = explain("none.jpg", None)

    assert status == 4
    assert lines[:3] == [
        "failed\tnone.jpg\tread: gone", "  what it is: unknown type", "  compared: nothing",
    ]  # fmt: skip
    assert lines[-1] == f"  what helps: {REMEDIES['gone']}"


def test_what_is_harmless_is_policy(explain, tmp_path):
    """It was not decoded, because a list says so."""
    Image.new("RGB", (90, 60)).save(tmp_path / "plain.png")
    digest = hashlib.sha256((tmp_path / "plain.png").read_bytes()).hexdigest()
    (tmp_path / "good.csv").write_text(f"entry_id,sha256\ng,{digest}\n")

    assert explain("plain.png", None, "--known-good", "good.csv") == (0, [
        "clean\tplain.png\tknown good: good",
        "  what it is: image/png",
        "  compared: sha256",
        "  policy: the list good says it is harmless",
    ])  # fmt: skip


def test_an_explanation_is_not_for_programs(hashsweep, listed):
    """--json says all of it."""
    done = hashsweep("check", listed, "--list", listed, "--explain", "--json")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--explain is for people, and --json already has it all" in done.stderr
