"""The options that name lists for a sweep, end to end on drawn pictures."""

import hashlib
import io
import json
import os
import signal
import time
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from hashsweep.commands import run
from hashsweep.commands.list_options import Column, Columns, Words, tell_refusals
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from hashsweep.media.picture import open_picture
from hashsweep.media.sniff import HEAD, sniff
from support.drawings import jpeg, scene

DAY = 86_400


@pytest.fixture
def known(tmp_path, media):
    """A list of the first picture's digest and PDQ."""
    hashes = hash_all(media / "1.jpg")
    (tmp_path / "known.csv").write_text(f"entry_id,sha256,pdq,category\nk1,{hashes},A1\n")
    return tmp_path / "known.csv"


@pytest.fixture
def sweep(tmp_path, media, monkeypatch, capsys):
    """The whole command within this process, which spares a second a sweep; what it came to."""
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def swept(*arguments, report="report"):
        arguments = ["scan", "media", *arguments, "--engine", "serial", "-o", report]
        done = SimpleNamespace(returncode=run(arguments), matches=None, files=None, about=None)
        done.stdout, done.stderr = capsys.readouterr()
        folder = tmp_path / report
        if (folder / "sweep.json").exists():
            done.matches = read(folder / "matches")
            done.files = {os.path.basename(row["uri"]): row for row in read(folder / "files")}
            done.about = json.loads((folder / "sweep.json").read_text())
        return done

    yield swept
    signal.signal(signal.SIGTERM, before)


def hash_all(path):
    """SHA-256 and PDQ of a picture in hex, with a comma between."""
    content = path.read_bytes()
    kind = sniff(content[:HEAD], content[-32:])
    picture = open_picture(io.BytesIO(content), kind, exact=False, max_pixels=10**8)
    value, _ = HASHERS.load("pdq").hash(picture)
    return f"{hashlib.sha256(content).hexdigest()},{value.hex()}"


def read(folder):
    """All rows of one table of a report; none where it has no part."""
    return pq.read_table(folder).to_pylist() if any(folder.glob("*.parquet")) else []


def compiled(folder, name, **options):
    """A list of the test's folder, compiled."""
    path = folder / f"{name.partition('.')[0]}.hsl"
    import_lists([ListName(folder / name)], path.stem, path, ListOptions(**options))
    return path.name


def digests(path):
    """MD5 and SHA-256 of a file, in hex."""
    content = path.read_bytes()
    return hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest()


def told(matches):
    """What a match says, without who said it."""
    return sorted(
        (row["uri"], row["algorithm"], row["distance"], row["entry_id"], row["category"])
        for row in matches
    )


def test_raw_and_compiled_lists_give_the_same_matches(sweep, known, tmp_path):
    """Digests, PDQ of a re-encoded picture, categories: not one pair differs."""
    (tmp_path / "media/again.jpg").write_bytes(jpeg(scene(1, 320, 240), 60))
    raw = sweep("--list", "known.csv")
    ready = sweep("--list", compiled(tmp_path, "known.csv"), report="second")

    assert (raw.returncode, ready.returncode) == (1, 1)
    assert [os.path.basename(row[0]) for row in told(raw.matches)] == ["1.jpg", "again.jpg"]
    assert told(raw.matches) == told(ready.matches)
    assert [each["hashes"] for each in raw.about["lists"]] == [
        each["hashes"] for each in ready.about["lists"]
    ]


def test_known_good_marks_a_file_and_spares_its_decoding(sweep, known, media, tmp_path):
    """By SHA-256; a digest match with another list stands all the same."""
    (tmp_path / "good.csv").write_text(f"sha256\n{digests(media / '1.jpg')[1]}\n")
    done = sweep("--list", "known.csv", "--known-good", "good.csv")
    first, second = done.files["1.jpg"], done.files["2.jpg"]
    (match,) = done.matches

    assert done.returncode == 1
    assert (first["known_good"], first["pdq"], first["width"]) == ("good", None, None)
    assert (second["known_good"], second["width"]) == (None, 320)
    assert (match["list"], match["tier"], os.path.basename(match["uri"])) == (
        "known", "exact", "1.jpg",
    )  # fmt: skip
    assert "known good" in done.stdout


def test_an_md5_alone_marks_a_file_but_spares_nothing(sweep, known, media, tmp_path):
    """Whoever forges an MD5 does not hide a picture: PDQ still finds it."""
    altered = media / "altered.jpg"
    altered.write_bytes(jpeg(scene(1, 320, 240), 50))
    (tmp_path / "good.csv").write_text(f"md5\n{digests(altered)[0]}\n")
    done = sweep("--list", "known.csv", "--known-good", "good.csv")
    row = done.files["altered.jpg"]

    assert (row["known_good"], row["width"]) == ("good", 320)
    assert ("pdq", "known") in {(each["algorithm"], each["list"]) for each in done.matches}
    assert all(each["list"] != "good" for each in done.matches)


def test_a_forged_md5_is_no_known_good_file_and_a_match_of_its_own_tier(
    sweep, known, media, tmp_path
):
    """The list's own SHA-256 says that this is another file: it is told, and not trusted."""
    md5, _ = digests(media / "2.jpg")
    rows = f"md5,sha256,entry_id\n{md5},{7:064x},e\n"
    (tmp_path / "good.csv").write_text(rows)
    (tmp_path / "bad.csv").write_text(rows)
    done = sweep("--list", "bad.csv", "--known-good", "good.csv")
    (match,) = done.matches

    assert done.returncode == 1
    assert (match["list"], match["entry_id"], match["tier"]) == ("bad", "e", "collision")
    assert done.files["2.jpg"]["known_good"] is None
    assert "tier collision" in done.stdout


def test_two_lists_of_one_name_are_told_apart(sweep, known, media, tmp_path):
    """Each match names its list; each list stands in the report."""
    (tmp_path / "other").mkdir()
    md5, sha256 = digests(media / "2.jpg")
    (tmp_path / "other/known.csv").write_text(f"sha256\n{sha256}\n")
    (tmp_path / "known.txt").write_text(f"{md5}\n")
    done = sweep("--list", "known.csv", "--list", "other/known.csv", "--list", "known.txt")

    assert [each["name"] for each in done.about["lists"]] == ["known", "known#2", "known#3"]
    assert {(os.path.basename(row["uri"]), row["list"]) for row in done.matches} == {
        ("1.jpg", "known"), ("2.jpg", "known#2"), ("2.jpg", "known#3"),
    }  # fmt: skip


def test_map_and_algorithm_prefix_in_a_sweep(sweep, media, tmp_path):
    """A member's own column names, and a bare list that does not say what it holds."""
    (tmp_path / "iwf.csv").write_text(f"Nr,Sum,Grade\nx,{digests(media / '1.jpg')[1]},A\n")
    done = sweep("--list", "csv:iwf.csv", "--map", "sha256=Sum,entry_id=Nr,category=Grade")
    (tmp_path / "bare.txt").write_text(f"{digests(media / '2.jpg')[1]}\n")
    bare = sweep("--list", "sha256:bare.txt", report="second")

    assert [(row["entry_id"], row["category"]) for row in done.matches] == [("x", "A")]
    assert [(row["entry_id"], row["algorithm"]) for row in bare.matches] == [("line-1", "sha256")]


@pytest.mark.parametrize(
    ("days", "options", "status", "words"),
    [
        (40, ["--max-list-age", "30"], 1, "is 40 days old; --max-list-age allows 30 days"),
        (40, ["--max-list-age", "30", "--stale", "fail"], 2, "is 40 days old"),
        (20, ["--max-list-age", "30", "--stale", "fail"], 1, ""),
    ],
)
def test_stale_lists_are_told_or_refused(  # noqa: PLR0917
    sweep, known, days, options, status, words
):
    """By the date of the list's own file, also where it was compiled since."""
    os.utime(known, times=(0, time.time() - days * DAY))
    done = sweep("--list", compiled(known.parent, "known.csv"), *options)

    assert done.returncode == status
    assert words in done.stderr
    assert (done.stderr == "") == (words == "")
    assert (done.about is None) == (status == 2)


def test_strict_refuses_a_list_with_a_bad_row(sweep, known, tmp_path):
    """Before anything is scanned; without it the sweep is incomplete."""
    with known.open("a") as stream:
        stream.write("x,zzz\n")
    strict = sweep("--list", compiled(tmp_path, "known.csv"), "--strict")
    loose = sweep("--list", "known.csv")

    assert (strict.returncode, strict.about) == (2, None)
    assert "(--strict)" in strict.stderr
    assert loose.returncode == 5


def test_no_hash_of_a_list_leaves_it(hashsweep, media, tmp_path):
    """Not into any file of the report, nor onto the terminal: neither listed nor refused ones."""
    hexes = [hashlib.sha256(b"canary %d" % n).hexdigest() for n in range(6)]
    (tmp_path / "list.csv").write_text(
        "entry_id,md5,sha256,pdq,photodna\n"
        f"a,{hexes[0][:32]},{hexes[1]},{hexes[2]},{hexes[3]}\n"
        f"b,{hexes[4]},,,\n"
        f"c,{hexes[5][:31]}g,,,\n"
    )
    good = compiled(tmp_path, "list.csv", known_good=True)
    done = hashsweep(
        "scan", "media", "--list", "list.csv", "--known-good", good, "-o", "report", "--json"
    )
    files = [path for path in (tmp_path / "report").rglob("*") if path.is_file()]
    content = b"".join([*(path.read_bytes() for path in files), done.stdout.encode()])
    content = (content + done.stderr.encode()).lower()

    assert done.returncode == 4
    assert "2 rows refused" in done.stderr
    assert len(files) >= 2
    for each in hexes:
        assert each[:16].encode() not in content
        assert bytes.fromhex(each[:30]) not in content


def test_columns_are_pairs():
    """OURS=THEIRS, several of them by commas; spaces around do not count."""
    assert Columns().convert("md5=MD5, Category = Cat ", None, None) == (
        ("md5", "MD5"), ("category", "Cat"),
    )  # fmt: skip
    assert Column().convert(("md5", "x"), None, None) == ("md5", "x")
    assert Words().convert(" 1,2,, 3", None, None) == ("1", "2", "3")


def test_refusals_are_told_once_a_list(capsys):
    """The number of rows and the first of them; nothing of a list without any."""
    row = {"line": 7, "code": "bad-hash", "detail": "no\x1bhash"}
    bad = {"refusals": {"bad-hash": 1500}, "refused_rows": [row, {**row, "line": 8}]}
    good = {"refusals": {}, "refused_rows": []}
    tell_refusals(
        SimpleNamespace(notes=[], name=name, meta={"sources": sources})
        for name, sources in (("a", [good]), ("b", [good, bad]))
    )
    said = capsys.readouterr().err

    assert said.startswith("hashsweep: list b: 1,500 rows refused; the first: line 7: no")
    assert (said.count("\n"), said.count("\x1b")) == (1, 0)
