"""`hashsweep rematch`, as people call it."""

import json
import os
import resource
import stat
import time
from collections import Counter

import pyarrow.parquet as pq
import pytest

from hashsweep.report.encryption import Keys
from hashsweep.report.open_report import OpenReport
from support.drawings import jpeg, scene
from support.reports import KEY


@pytest.fixture
def swept(hashsweep, media):
    """A report of the media folder with every hash and no list."""
    done = hashsweep("scan", media, "--hash", "all", "-o", "swept", "--engine", "serial", "-q")
    assert done.returncode == 0, done.stderr
    return "swept"


def words(done):
    """What was printed, however its lines are broken."""
    return " ".join(done.stdout.split())


def about(tmp_path, name="new"):
    """What sweep.json says."""
    return json.loads((tmp_path / name / "sweep.json").read_text())


def table(tmp_path, name, which="matches"):
    """The rows of a table, with its parts joined."""
    found = []
    for path in sorted((tmp_path / name / which).iterdir()):
        found += pq.read_table(path).to_pylist()
    return found


def write_list(tmp_path, text, name="known.csv"):
    """A list, for its owner alone."""
    path = tmp_path / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_stored_hashes_match_a_new_list_without_the_files(hashsweep, tmp_path, media, known, swept):
    """Once swept, the media need not be there any more."""
    for path in media.iterdir():
        path.unlink()
    done = hashsweep("rematch", swept, "--list", known, "-o", "new")

    assert (done.returncode, done.stderr) == (1, "")
    assert "1 of 4 files matches\n" in done.stdout
    assert "no media was read: swept" in words(done)
    assert [row["uri"] for row in table(tmp_path, "new")] == [str(media / "1.jpg")]
    assert {row["from_baseline"] for row in table(tmp_path, "new", "files")} == {True}


def test_the_new_report_is_of_the_ordinary_kind(hashsweep, tmp_path, media, known, swept):
    """Summary and rows are read as a sweep's are; it is private; it says what it is based on."""
    first = hashsweep("rematch", swept, "--list", known, "-o", "new")
    summary = hashsweep("report", "summary", "new")
    shown = hashsweep("report", "show", "new", "--format", "jsonl")
    old, new = about(tmp_path, "swept"), about(tmp_path)

    assert (summary.returncode, summary.stdout) == (1, first.stdout)
    assert [json.loads(line)["tier"] for line in shown.stdout.splitlines()] == ["exact"]
    assert new["run_id"] != old["run_id"]
    (made_of,) = new["rematch_of"]
    assert (made_of["run_id"], made_of["report"]) == (old["run_id"], "swept")
    assert (made_of["options"], made_of["hashes"]) == (old["options"], old["hashes"])
    assert new["observed"] == [old["started"]] * 2
    assert new["sources"] == [str(media)]
    for path in (tmp_path / "new").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_sweep_builds_on_a_rematch_as_on_a_sweep(hashsweep, tmp_path, media, known, swept):
    """--baseline takes over its hashes: old files are not read again."""
    for path in media.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    hashsweep("scan", media, "--hash", "all", "-o", "aged", "--engine", "serial", "-q")
    hashsweep("rematch", "aged", "--list", known, "-o", "new", "-q")
    done = hashsweep(
        "scan", media, "--list", known, "-o", "third", "--baseline", "new", "--engine", "serial"
    )

    assert done.returncode == 1
    assert about(tmp_path, "third")["tally"]["from_baseline"] == 4


def test_times_of_a_baseline_are_those_of_its_sweep(hashsweep, tmp_path, media, known):
    """A file that was not older than the sweep is read again, however late the rematch."""
    later = time.time() + 3600
    for path in media.iterdir():
        os.utime(path, (later, later))
    hashsweep("scan", media, "--hash", "all", "-o", "swept", "--engine", "serial", "-q")
    hashsweep("rematch", "swept", "--list", known, "-o", "new", "-q")
    sweep = about(tmp_path) | {"started": "2099-01-01T00:00:00.000+00:00"}
    (tmp_path / "new" / "sweep.json").write_text(json.dumps(sweep))
    hashsweep("scan", media, "--list", known, "-o", "third", "--baseline", "new", "-q")

    assert about(tmp_path, "third")["tally"]["from_baseline"] == 0


def test_what_failed_is_failed_still(hashsweep, tmp_path, media, known):
    """No rematch can make a file clean that nobody could read."""
    (media / "empty.jpg").touch()
    (media / "broken.jpg").write_bytes((media / "2.jpg").read_bytes()[:2000])
    hashsweep("scan", media, "--hash", "all", "-o", "swept", "--engine", "serial", "-q")
    done = hashsweep("rematch", "swept", "--list", known, "-o", "new")

    assert done.returncode == 5
    assert "INCOMPLETE: 2 files could not be scanned" in done.stdout
    for name in ("status", "reasons"):
        assert Counter(str(row[name]) for row in table(tmp_path, "new", "files")) == Counter(
            str(row[name]) for row in table(tmp_path, "swept", "files")
        )


def test_hashes_that_were_not_stored_leave_it_incomplete(hashsweep, tmp_path, media, known):
    """Pictures without a PDQ cannot be told from clean ones: that is said, and is status 4."""
    hashsweep("scan", media, "--hash", "md5", "-o", "swept", "--engine", "serial", "-q")
    pictures = write_list(tmp_path, f"id,pdq\na,{'0123456789abcdef' * 4}\n", "pictures.csv")
    done = hashsweep("rematch", "swept", "--list", pictures, "-o", "new")
    more = hashsweep("rematch", "swept", "--list", known, "-o", "more", "-q")

    assert done.returncode == 4
    assert "nothing found in what was compared" in words(done)
    assert "3 files lack a hash that a new sweep would have compared" in words(done)
    assert about(tmp_path)["rematch"]["lacking"] == {"pdq": 3}
    assert sum(about(tmp_path)["tally"]["not_compared"].values()) == 4
    assert more.returncode == 5
    assert about(tmp_path, "more")["rematch"]["lacking"] == {"sha256": 4, "sha1": 4, "pdq": 3}
    assert about(tmp_path, "more")["rematch"]["lacking_items"] == 4


def test_what_no_list_could_ever_compare_is_no_gap(hashsweep, tmp_path, media, swept):
    """A text has no PDQ in a sweep either: it is counted there and here."""
    pictures = write_list(tmp_path, f"id,pdq\na,{'0123456789abcdef' * 4}\n", "pictures.csv")
    done = hashsweep("rematch", swept, "--list", pictures, "-o", "new")

    assert done.returncode == 0
    assert "1 file without any hash that the lists could match" in words(done)


def test_hashes_of_another_version_are_not_used(hashsweep, tmp_path, media, known, swept):
    """They never match; the summary says so, and the rows do not hold them."""
    sweep = about(tmp_path, "swept")
    for each in sweep["hashes"]:
        each["version"] = "0" if each["name"] in ("pdq", "phash") else each["version"]
    (tmp_path / "swept" / "sweep.json").write_text(json.dumps(sweep))
    pictures = write_list(tmp_path, "id,pdq\na," + "".join(
        row["pdq"].hex() for row in table(tmp_path, "swept", "files")
        if row["uri"].endswith("1.jpg")
    ) + "\n", "pictures.csv")  # fmt: skip
    done = hashsweep("rematch", "swept", "--list", pictures, "-o", "new")
    new = about(tmp_path)

    assert done.returncode == 4
    assert "hashes of swept have version 0: not used" in words(done)
    assert new["rematch_of"][0]["unused_hashes"] == {"pdq": "0", "phash": "0"}
    assert {row["pdq"] for row in table(tmp_path, "new", "files")} == {None}
    assert "phash" not in [each["name"] for each in new["hashes"]]


def test_an_unfinished_report_gives_an_incomplete_one(hashsweep, tmp_path, known, swept):
    """Rows may be missing, so nothing may look clean."""
    sweep = about(tmp_path, "swept") | {"state": "interrupted"}
    (tmp_path / "swept" / "sweep.json").write_text(json.dumps(sweep))
    done = hashsweep("rematch", "swept", "--list", known, "-o", "new")
    again = hashsweep("rematch", "new", "--list", known, "-o", "again")

    assert (done.returncode, again.returncode) == (5, 5)
    assert "swept is unfinished, so items may be missing" in words(done)
    assert "new is unfinished, so items may be missing" in words(again)


@pytest.fixture(params=["unfinished", "shard"])
def lacking(request, hashsweep, tmp_path, media, known):
    """Why rows are missing, and how many reports lack them: a rematch of what was no whole."""
    shard = ("--shard", "1/2") if request.param == "shard" else ()
    for number in range(20):  # so that no shard is empty, whatever the folder is called
        (media / f"{number}.txt").write_text(f"text {number}")
    hashsweep("scan", media, "--hash", "all", "-o", "part", "--engine", "serial", "-q", *shard)
    if request.param == "unfinished":
        sweep = about(tmp_path, "part") | {"state": "interrupted"}
        (tmp_path / "part" / "sweep.json").write_text(json.dumps(sweep))
    hashsweep("rematch", "part", "--list", known, "-o", "new", "-q")
    return {
        "unfinished": ("part, which it is based on, is unfinished", "1 of 1 sweeps is unfinished"),
        "shard": ("shard 2/2 missing",) * 2,
    }[request.param]


@pytest.mark.parametrize(
    "command",
    [
        ("show", "new", "--what", "files"),
        ("decisions", "new"),
        ("export", "new", "-o", "new.csv"),
        ("html", "new", "-o", "new.html"),
    ],
)
def test_who_reads_a_rematch_learns_that_rows_may_be_missing(hashsweep, lacking, command):
    """With the status that an unfinished sweep itself has there."""
    done = hashsweep("report", *command)

    assert (done.returncode, done.stderr) == (
        4,
        f"hashsweep: new: {lacking[0]}; rows may be missing\n",
    )


def test_counts_and_totals_of_a_rematch_are_incomplete_too(hashsweep, tmp_path, known, lacking):
    """Those of all that was in force: matches or none."""
    stats = hashsweep("report", "stats", "new")
    total = hashsweep("report", "summary", "--total", "new")
    summary = hashsweep("report", "summary", "new")

    assert (stats.returncode, stats.stderr) == (
        4, f"hashsweep: {lacking[1]}: counts may be too low\n"
    )  # fmt: skip
    assert (total.returncode & 4, summary.returncode & 4) == (4, 4)
    assert f"INCOMPLETE: {lacking[1]}" in words(total)
    assert "part is unfinished" in words(summary) or lacking[0] in words(summary)


def test_the_newest_rows_of_an_item_count(hashsweep, tmp_path, media, known, swept):
    """Of two sweeps of one folder, the later one says what its files are; the rest is added."""
    (media / "2.jpg").write_bytes((media / "1.jpg").read_bytes())
    (media / "3.jpg").unlink()
    hashsweep("scan", media, "--hash", "all", "-o", "tuesday", "--engine", "serial", "-q")
    done = hashsweep("rematch", "swept", "tuesday", "--list", known, "-o", "new")
    new = about(tmp_path)

    assert done.returncode == 1
    assert new["tally"]["items"] == 4
    assert new["rematch"]["superseded"] == 3
    assert [(each["report"], each["superseded"]) for each in new["rematch_of"]] == [
        ("tuesday", 0), ("swept", 3),
    ]  # fmt: skip
    assert {row["uri"] for row in table(tmp_path, "new")} == {
        str(media / "1.jpg"), str(media / "2.jpg"),
    }  # fmt: skip


def test_shards_add_up(hashsweep, tmp_path, media, known):
    """Reports of two machines are matched as one."""
    for shard in ("1/2", "2/2"):
        hashsweep(
            "scan", media, "--hash", "all", "-o", f"s{shard[0]}", "--shard", shard, "-q",
            "--engine", "serial",
        )  # fmt: skip
    done = hashsweep("rematch", "s1", "s2", "--list", known, "-o", "new", "--json", "-j", "1")
    new = json.loads(done.stdout)

    assert done.returncode == 1
    assert (new["tally"]["items"], new["rematch"]["superseded"]) == (4, 0)
    assert new["tally"]["matches"] == 1


def test_encrypted_reports_are_read_and_written(hashsweep, tmp_path, media, known, key_file):
    """With the key; without one it is a line on stderr, and no row is in plain text."""
    options = ("--key-file", key_file)
    hashsweep(
        "scan", media, "--hash", "all", "-o", "swept", "--encrypt", *options, "--engine", "serial"
    )
    without = hashsweep("rematch", "swept", "--list", known, "-o", "none")
    unsaid = hashsweep("rematch", "swept", "--list", known, "-o", "none", *options)
    plain = hashsweep(
        "rematch", "swept", "--list", known, "-o", "plain", *options, "--no-encrypt", "-q"
    )
    done = hashsweep("rematch", "swept", "--list", known, "-o", "new", "--encrypt", *options, "-q")
    new = OpenReport(tmp_path / "new", Keys.load(key_file, {}))

    assert (without.returncode, without.stdout) == (2, "")
    assert without.stderr.count("\n") == 1
    assert "is encrypted: give its key" in without.stderr
    assert (unsaid.returncode, unsaid.stdout) == (2, "")
    assert unsaid.stderr.startswith("hashsweep: report swept is encrypted: add --encrypt, or --no")
    assert unsaid.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()
    assert (plain.returncode, len(table(tmp_path, "plain", "files"))) == (1, 4)
    assert about(tmp_path, "plain")["options"]["encrypt"] is False
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    for name, rows in (("files", 4), ("matches", 1), ("retractions", 0)):
        (part,) = new.segments(name)
        assert part.table().num_rows == rows
        assert part.path.read_bytes()[-4:] == b"PARE"


@pytest.fixture
def key_file(tmp_path):
    """A key file."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY)
    return path


@pytest.fixture
def monday(hashsweep, tmp_path, media):
    """A report of three pictures that are all listed, and the list's rows."""
    done = hashsweep("hash", *(media / f"{n}.jpg" for n in (1, 2, 3)), "--engine", "serial")
    header, *entries = done.stdout.splitlines(keepends=True)
    write_list(tmp_path, header + "".join(entries), "monday.csv")
    hashsweep("scan", media, "--list", "monday.csv", "-o", "monday", "--engine", "serial", "-q")
    return header, entries


def test_matches_that_stand_no_more_are_retracted(hashsweep, tmp_path, media, monday):
    """Entries that left the list, or have other hashes now, are named with their matches."""
    header, (first, second, _) = monday
    ids = {name: row["entry_id"] for row in table(tmp_path, "monday")
           for name in ("1.jpg", "2.jpg", "3.jpg") if row["uri"].endswith(name)}  # fmt: skip
    (tmp_path / "now").mkdir()
    columns = header.strip().split(",")
    kept = dict(zip(columns, second.strip().split(","), strict=True))
    for name in ("md5", "sha1", "sha256", "pdq"):
        kept[name] = kept[name][::-1]
    rows = ",".join(kept[name] for name in columns) + "\n"
    write_list(tmp_path / "now", header + first + rows, "monday.csv")
    done = hashsweep("rematch", "monday", "--list", "now/monday.csv", "-o", "new")
    part = hashsweep(
        "rematch", "monday", "--list", "now/monday.csv", "--changes", "monday.csv", "-o", "part"
    )
    new = about(tmp_path)

    assert (done.returncode, part.returncode) == (1, 1)
    assert {row["entry_id"]: row["why"] for row in table(tmp_path, "new", "retractions")} == {
        ids["2.jpg"]: "changed", ids["3.jpg"]: "gone",
    }  # fmt: skip
    assert new["rematch"]["matches"] == {
        "new": 0, "as_before": 1, "updated": 0, "retracted": {"changed": 1, "gone": 1},
    }  # fmt: skip
    assert "retracted, gone" in done.stdout
    assert table(tmp_path, "part") == table(tmp_path, "new")
    assert table(tmp_path, "part", "retractions") == table(tmp_path, "new", "retractions")
    assert about(tmp_path, "part")["rematch"]["changes"]["searched"] == {
        "md5": 1, "sha1": 1, "sha256": 1, "pdq": 1,
    }  # fmt: skip


def test_a_list_of_another_name_takes_nothing_back_unsaid(hashsweep, tmp_path, monday):
    """Its earlier matches are not looked for, and how many they are is told."""
    header, (first, *_) = monday
    write_list(tmp_path, header + first, "tuesday.csv")
    done = hashsweep("rematch", "monday", "--list", "tuesday.csv", "-o", "new")
    known = hashsweep(
        "rematch", "monday", "--list", "tuesday.csv", "--changes", "monday.csv", "-o", "part"
    )
    told = " ".join(done.stdout.split())

    assert about(tmp_path)["rematch_of"][0]["not_looked_for"] == {"monday": 3}
    assert "not looked for 3 matches with list monday in monday: no list has that name now" in told
    assert about(tmp_path, "part")["rematch_of"][0]["not_looked_for"] == {}
    assert "not looked for" not in known.stdout


def test_retractions_reach_the_page_and_exports(hashsweep, tmp_path, monday):
    """Whoever is given those can act on them, also without names."""
    header, (first, *_) = monday
    (tmp_path / "now").mkdir()
    write_list(tmp_path / "now", header + first, "monday.csv")
    hashsweep("rematch", "monday", "--list", "now/monday.csv", "-o", "new")
    hashsweep("report", "keygen", "-o", "redact.key")
    page = hashsweep("report", "html", "new", "-o", "page.html")
    plain = hashsweep("report", "export", "new", "--what", "retractions", "-o", "plain.csv")
    redacted = hashsweep(
        *("report", "export", "new", "--what", "retractions", "-o", "redacted.csv"),
        *("--redact", "--redact-key", "redact.key"),
    )
    none = hashsweep("report", "export", "monday", "--what", "retractions", "-o", "none.csv")
    rows = (tmp_path / "redacted.csv").read_text()

    assert [each.returncode for each in (page, plain, redacted, none)] == [0, 0, 0, 0]
    assert "retracted, gone" in (tmp_path / "page.html").read_text()
    assert (tmp_path / "plain.csv").read_text().count(".jpg") == 2 * 2  # uri and entry id
    assert (rows.count("gone"), rows.count(".jpg")) == (2, 0)
    assert (tmp_path / "none.csv").read_text().startswith("item_id,")


def test_an_empty_update_retracts_nothing_and_searches_nothing(hashsweep, tmp_path, monday):
    """The same list under another name: all matches stand, under the new name."""
    header, entries = monday
    write_list(tmp_path, header + "".join(entries), "tuesday.csv")
    done = hashsweep(
        "rematch", "monday", "--list", "tuesday.csv", "--changes", "monday.csv", "-o", "new"
    )
    new = about(tmp_path)

    assert done.returncode == 1
    assert new["rematch"]["changes"]["searched"] == {}
    assert new["rematch"]["matches"]["as_before"] == 3
    assert {row["list"] for row in table(tmp_path, "new")} == {"tuesday"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--changes", "other.csv"), "was not matched against this other.csv"),
        (("--changes", "monday.csv", "--confirm"), "was matched with a different --confirm"),
        (("--changes", "monday.csv", "--max-distance", "pdq=8"), "a different --max-distance"),
        (("--changes", "monday.csv", "--list", "other.csv"), "give only that --list"),
    ],
)
def test_changes_need_the_same_question(hashsweep, tmp_path, monday, options, told):
    """Where the report cannot answer for the rest of the list, nothing is guessed."""
    header, entries = monday
    write_list(tmp_path, header + entries[0], "other.csv")
    done = hashsweep("rematch", "monday", "--list", "monday.csv", *options, "-o", "new")

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_list_has_to_be_named(hashsweep, swept):
    """Without one there is nothing to match."""
    done = hashsweep("rematch", swept, "-o", "new")

    assert (done.returncode, done.stderr) == (2, "hashsweep: give a --list to match against\n")


def test_a_report_has_to_be_there(hashsweep, tmp_path, known):
    """Another folder is no report, and an output that is not empty is left alone."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    none = hashsweep("rematch", "nowhere", "--list", known, "-o", "new")

    assert none.returncode == 2
    assert none.stderr == "hashsweep: nowhere is not a report: the folder does not exist\n"


def test_the_output_is_a_new_folder(hashsweep, tmp_path, known, swept):
    """A report is never written over, least of all the one that is read."""
    before = about(tmp_path, "swept")
    done = hashsweep("rematch", swept, "--list", known, "-o", swept)

    assert done.returncode == 2
    assert "is not empty: choose a new folder" in done.stderr
    assert about(tmp_path, "swept") == before


def test_a_rematch_is_not_resumed_by_a_scan(hashsweep, tmp_path, media, known, swept):
    """It was made otherwise."""
    hashsweep("rematch", swept, "--list", known, "-o", "new", "-q")
    done = hashsweep("scan", media, "--list", known, "-o", "new", "--resume")

    assert done.returncode == 2
    assert "is a rematch, which cannot be resumed" in done.stderr


def test_a_damaged_report_is_refused(hashsweep, tmp_path, known, swept):
    """A flipped byte is found when its row group is read; the new report says what stopped it."""
    (part,) = (tmp_path / "swept" / "files").iterdir()
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    done = hashsweep("rematch", swept, "--list", known, "-o", "new")

    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert done.stderr.count("\n") == 1
    assert about(tmp_path)["state"] == "interrupted"


@pytest.mark.parametrize("options", [(), ("--changes", "known.csv")])
def test_a_report_that_lost_a_part_is_refused(hashsweep, tmp_path, known, swept, options):
    """What it had would be taken for retracted, or for never scanned."""
    (tmp_path / "swept/matches/part-00000.parquet").unlink()
    done = hashsweep("rematch", swept, "--list", known, *options, "-o", "new")

    assert done.returncode == 2
    assert done.stderr.endswith("swept is damaged: matches/part-00000.parquet is missing\n")
    assert not (tmp_path / "new").exists()


def test_exit_zero_and_refused_rows(hashsweep, tmp_path, known, swept):
    """List options are those of a sweep: rows that cannot be used are told and incomplete."""
    known.write_text(known.read_text() + "x,zz,,,,,\n")
    done = hashsweep("rematch", swept, "--list", known, "-o", "new", "-q")
    zero = hashsweep("rematch", swept, "--list", known, "-o", "zero", "-q", "--exit-zero")

    assert done.returncode == 5
    assert "refused" in done.stderr
    assert zero.returncode == 0


def test_a_full_disk_is_one_line(hashsweep_process, tmp_path, known, swept):
    """The message names the part; nothing of the new report looks finished."""
    done = hashsweep_process(
        *("rematch", swept, "--list", known, "-o", "new"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, 16_000)),
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hashsweep: report new/")
    assert done.stderr.endswith("File too large\n")
    assert done.stderr.count("\n") == 1
    assert about(tmp_path)["state"] != "complete"


def test_pictures_that_are_alike_match_too(hashsweep, tmp_path, media, known):
    """Near hashes, not digests alone: a copy of worse quality is found by its PDQ."""
    (media / "worse.jpg").write_bytes(jpeg(scene(1, 320, 240), 35))
    hashsweep("scan", media, "--hash", "pdq", "-o", "swept", "--engine", "serial", "-q")
    pdq = write_list(tmp_path, "id,pdq\n" + "".join(
        f"a,{row['pdq'].hex()}\n" for row in table(tmp_path, "swept", "files")
        if row["uri"].endswith("1.jpg")
    ), "pdq.csv")  # fmt: skip
    done = hashsweep("rematch", "swept", "--list", pdq, "-o", "new", "-q")

    assert done.returncode == 1
    assert {row["uri"] for row in table(tmp_path, "new")} == {
        str(media / "1.jpg"), str(media / "worse.jpg"),
    }  # fmt: skip


def test_what_was_overturned_counts_no_more(hashsweep, tmp_path, media, known, swept):
    """A decision about a file holds in a rematch as in a sweep; the entry may still be hot."""
    (row,) = [r for r in table(tmp_path, "swept", "files") if r["uri"].endswith("1.jpg")]
    entry = known.read_text().splitlines()[1].split(",")[0]
    (tmp_path / "decided.csv").write_text(
        f"sha256,entry_id,decision,by,when\n{row['sha256'].hex()},{entry},overturned,me,2026-11-25\n"
    )
    options = ("--list", known, "--decisions", "decided.csv", "-q")
    again = hashsweep("rematch", swept, *options, "-o", "new")
    fresh = hashsweep("scan", media, *options, "-o", "fresh", "--engine", "serial")

    assert (again.returncode, fresh.returncode) == (0, 0), again.stderr + fresh.stderr
    for name in ("new", "fresh"):
        assert [match["decision"] for match in table(tmp_path, name)] == ["overturned"]
        assert about(tmp_path, name)["tally"]["overturned"] == 1
        assert about(tmp_path, name)["hot"] == []
    assert about(tmp_path)["decisions"] == about(tmp_path, "fresh")["decisions"]


def test_what_it_wrote_can_be_shown_and_verified(hashsweep, tmp_path, monday):
    """Retractions as rows, with filters; digests, signature and metrics, as of a sweep."""
    header, (first, _, _) = monday
    (tmp_path / "now").mkdir()
    write_list(tmp_path / "now", header + first, "monday.csv")
    hashsweep("report", "keygen", "--signing", "-o", "sign.key")
    done = hashsweep(
        *("rematch", "monday", "--list", "now/monday.csv", "-o", "new", "--exit-zero"),
        *("--signing-key", "sign.key", "--metrics", "rematch.prom"),
    )
    assert done.returncode == 0, done.stderr
    retracted = len(table(tmp_path, "new", "retractions"))
    shown = hashsweep("report", "show", "new", "--what", "retractions", "--format", "csv")
    none = hashsweep("report", "show", "new", "--what", "retractions", "--tier", "weak")
    good = hashsweep("report", "verify", "new", "--public-key", "sign.key.pub")
    part = next((tmp_path / "new/retractions").iterdir())
    part.write_bytes(part.read_bytes()[:-1])
    altered = hashsweep("report", "verify", "new", "--public-key", "sign.key.pub")

    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, retracted + 1) == (0, 3)
    assert (none.returncode, none.stdout) == (0, "")
    assert (good.returncode, "new: note: signed by key" in good.stdout) == (0, True)
    assert (altered.returncode, f"retractions/{part.name} has" in altered.stdout) == (2, True)
    assert 'exit_status{sweep="rematch"} 1' in (tmp_path / "rematch.prom").read_text()
