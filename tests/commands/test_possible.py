"""Leads through the real commands: apart from matches, and without any effect on what they say."""

import csv
import json
import os
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.drawings import scene


@pytest.fixture
def listed(tmp_path, hashsweep):
    """Three pictures, and a list: a lead for the first one and a match of the second."""
    (tmp_path / "media").mkdir()
    for seed in (1, 2, 3):
        scene(seed, 320, 240).save(tmp_path / f"media/{seed}.png")
        os.utime(tmp_path / f"media/{seed}.png", (1e9, 1e9))
    paths = [f"media/{seed}.png" for seed in (1, 2)]
    made = hashsweep("hash", *paths, "--hash", "pdq").stdout
    hashes = [row["pdq"] for row in csv.DictReader(made.splitlines())]
    write_list(tmp_path / "known.csv", {"lead": apart(hashes[0]), "match": hashes[1]})
    return tmp_path


def apart(value):
    """A PDQ that differs in 36 bits, of which two are among the lowest."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(value), np.uint8))[::-1].reshape(16, 16)
    bits[:2, 0] ^= 1
    bits[8:10, :] ^= 1
    bits[10, :2] ^= 1
    return np.packbits(bits.reshape(-1)[::-1]).tobytes().hex()


def write_list(path, entries):
    path.write_text("entry_id,pdq\n" + "".join(f"{n},{v}\n" for n, v in entries.items()))
    path.chmod(0o600)


def leads(report):
    """The column `possible` by file, where it is not null."""
    rows = pq.read_table(report / "files").to_pylist()
    return {
        (row["uri"].rpartition("/")[2], row["part"]): [tuple(each.values()) for each in possible]
        for row in rows
        if (possible := row["possible"]) is not None
    }


EXPECTED = {("1.png", None): [("known", "lead", 36)]}


def test_a_sweep_reports_leads_apart(listed, hashsweep):
    """The same matches, status and verdict as without; only the note and the column are more."""
    options = ("--list", "known.csv", "--engine", "serial")
    plain = hashsweep("scan", "media", *options, "-o", "plain")
    done = hashsweep("scan", "media", *options, "-o", "led", "--possible")
    totals = [
        json.loads((listed / name / "sweep.json").read_text())["tally"] for name in ("plain", "led")
    ]

    assert (plain.returncode, done.returncode) == (1, 1)
    assert (leads(listed / "plain"), leads(listed / "led")) == ({}, EXPECTED)
    assert totals[1] == totals[0] | {"possible_items": 1}
    assert "Note: 1 file possibly shows a listed picture" in done.stdout
    assert "possibly" not in plain.stdout
    assert [row["entry_id"] for row in pq.read_table(listed / "led/matches").to_pylist()] == [
        "match"
    ]


def test_workers_find_the_same(listed, hashsweep_process):
    """They map what their parent made, and a list that is piped in leaves nothing on a disk."""
    done = hashsweep_process(
        "scan", "media", "--list", "known.csv", "-o", "led", "--possible", "-q"
    )
    piped = hashsweep_process(
        "scan", "media", "--list", "-", "-o", "piped", "--possible", "-q",
        input=(listed / "known.csv").read_text(),
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "")
    assert leads(listed / "led") == EXPECTED
    assert piped.returncode == 1
    assert leads(listed / "piped") == {("1.png", None): [("stdin", "lead", 36)]}


def test_a_rematch_and_a_baseline_find_the_same(listed, hashsweep):
    """From stored hashes; without the option earlier leads, which are of other lists, are gone."""
    options = ("--list", "known.csv", "-q")
    hashsweep("scan", "media", "--hash", "pdq", "-o", "bare", "-q", "--engine", "serial")
    rematched = hashsweep("rematch", "bare", *options, "-o", "rematched", "--possible")
    again = hashsweep("rematch", "rematched", *options, "-o", "again")
    swept = hashsweep(
        "scan", "media", *options, "-o", "later", "--possible", "--baseline", "bare",
        "--engine", "serial",
    )  # fmt: skip

    assert (rematched.returncode, again.returncode, swept.returncode) == (1, 1, 1)
    assert leads(listed / "rematched") == leads(listed / "later") == EXPECTED
    assert leads(listed / "again") == {}
    tally = json.loads((listed / "rematched/sweep.json").read_text())["tally"]
    assert tally["possible_items"] == 1


def test_a_rematch_of_changes_looks_at_the_whole_list(listed, hashsweep):
    """Leads are not carried over, so all of the list's are found again."""
    hashsweep("lists", "import", "known.csv", "-o", "old.hsl", "--name", "known")
    hashsweep("scan", "media", "--list", "old.hsl", "-o", "first", "-q", "--engine", "serial")
    more = (listed / "known.csv").read_text() + f"new,{'5' * 64}\n"
    (listed / "known.csv").write_text(more)
    hashsweep("lists", "import", "known.csv", "-o", "new.hsl", "--name", "known")
    done = hashsweep("rematch", "first", "--list", "new.hsl", "--changes", "old.hsl",
                     "-o", "later", "--possible", "-q")  # fmt: skip

    assert done.returncode == 1
    assert leads(listed / "later") == EXPECTED


def test_frames_have_leads_too(listed, hashsweep):
    """Each has its own; a frame that repeats another one has none of its own to be found by."""
    frames = [scene(n, 320, 240) for n in (3, 1)]
    shutil.rmtree(listed / "media")
    (listed / "media").mkdir()
    near = frames[1].copy()
    near.putpixel((5, 5), (0, 0, 0))
    frames[0].save(listed / "media/a.webp", save_all=True, append_images=[near, frames[1]],
                   lossless=True, duration=40)  # fmt: skip
    hashsweep("scan", "media", "--hash", "pdq", "-o", "bare", "-q", "--engine", "serial")
    hashsweep("rematch", "bare", "--list", "known.csv", "-o", "led", "-q", "--possible")
    hashsweep("scan", "media", "--list", "known.csv", "-o", "swept", "-q", "--possible",
              "--engine", "serial")  # fmt: skip

    for name in ("led", "swept"):
        found = leads(listed / name)
        assert found[("a.webp", "frame 2")] == [("known", "lead", 36)]
        assert ("a.webp", None) not in found


def test_show_prints_a_row_per_lead(listed, hashsweep):
    """As a table, as CSV and as JSON; an empty answer says whether anybody asked."""
    for name, words in (("led", ["--possible"]), ("plain", [])):
        hashsweep("scan", "media", "--list", "known.csv", "-o", name, "-q", "--engine", "serial",
                  *words)  # fmt: skip
    table = hashsweep("report", "show", "led", "--possible")
    rows = csv.DictReader(
        hashsweep("report", "show", "led", "--possible", "--format", "csv").stdout.splitlines()
    )
    line = json.loads(
        hashsweep("report", "show", "led", "plain", "--possible", "--format", "jsonl").stdout
    )
    none = hashsweep("report", "show", "plain", "--possible")
    filtered = hashsweep("report", "show", "led", "--possible", "--path", "2.png")
    both = hashsweep("report", "show", "led", "--possible", "--what", "files")

    assert [each.split() for each in table.stdout.splitlines()] == [
        ["DISTANCE", "LIST", "ENTRY", "ID", "URI"],
        ["36", "known", "lead", str(listed / "media/1.png")],
    ]
    (row,) = rows
    assert (row["entry_id"], row["distance"], row["list"]) == ("lead", "36", "known")
    assert (line["report"], line["entry_id"], line["distance"]) == ("led", "lead", 36)
    assert line["pdq"] == row["pdq"]
    assert (none.returncode, none.stdout) == (0, "")
    assert none.stderr == ("hashsweep: no leads (none of these reports was made with --possible)\n")
    assert filtered.stderr == "hashsweep: no leads (that pass the filters, if any)\n"
    assert both.returncode == 2


def test_a_gate_names_leads_and_answers_as_before(listed, hashsweep):
    """Status 0 and clean, with what to look at behind it."""
    words = ("media/1.png", "media/3.png", "--list", "known.csv", "--engine", "serial")
    plain, done = hashsweep("check", *words), hashsweep("check", *words, "--possible")
    found = [json.loads(each) for each in
             hashsweep("check", *words, "--possible", "--json").stdout.splitlines()]  # fmt: skip

    assert (plain.returncode, done.returncode) == (0, 0)
    assert plain.stdout.splitlines() == ["clean\tmedia/1.png", "clean\tmedia/3.png"]
    assert done.stdout.splitlines() == [
        "clean\tmedia/1.png\tpossibly known: lead (pdq 36, not a match)",
        "clean\tmedia/3.png",
    ]
    assert [each["verdict"] for each in found] == ["clean", "clean"]
    assert found[0]["possible"] == [{"list": "known", "entry_id": "lead", "distance": 36}]
    assert found[1]["possible"] == []


def test_lists_without_pdqs_cannot_give_leads(listed, hashsweep):
    """Which is said, and no more."""
    (listed / "md5.csv").write_text(f"md5\n{'0' * 31}7\n")
    done = hashsweep("scan", "media", "--list", "md5.csv", "-o", "led", "-q", "--possible",
                     "--engine", "serial")  # fmt: skip

    assert done.returncode == 0
    assert done.stderr == "hashsweep: --possible finds nothing: no list holds a PDQ\n"


def test_a_sweep_is_resumed_with_the_same_choice(listed, hashsweep):
    """Half a report with leads and half without would say nothing."""
    hashsweep("scan", "media", "--list", "known.csv", "-o", "led", "-q", "--engine", "serial")
    info = json.loads((listed / "led/sweep.json").read_text())
    (listed / "led/sweep.json").write_text(json.dumps(info | {"state": "interrupted"}))
    done = hashsweep("scan", "media", "--list", "known.csv", "-o", "led", "--resume", "--possible")

    assert done.returncode == 2
    assert "--possible" in done.stderr
