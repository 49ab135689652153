"""`hashsweep report export` through the real command, on reports of real sweeps."""

import csv
import json
import os

import pyarrow.parquet as pq
import pytest
from defusedxml import ElementTree

from hashsweep.output.redaction import redactor
from support.reports import EVIL, KEY


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_rows_are_written_to_a_new_file(swept, report, tmp_path, form):
    """Those that `show` prints; nothing is written over."""
    swept("--segment-rows", "2")
    done = report("export", "out", "--what", "files", "--format", form, "-o", "new")
    again = report("export", "out", "-o", "new")
    failed = report("export", "out", "--what", "failed", "--format", form, "-o", "failed")

    assert (done.returncode, done.stdout) == (0, "6 rows are in new\n")
    assert (failed.returncode, failed.stdout) == (0, "1 row is in failed\n")
    assert (again.returncode, again.stderr) == (
        2,
        "hashsweep: new already exists: choose another name\n",
    )
    if form != "parquet":
        shown = report("show", "out", "--what", "files", "--format", form)
        assert (tmp_path / "new").read_text() == shown.stdout
    else:
        assert pq.read_table(tmp_path / "new").num_rows == 6


def test_an_export_is_noted_in_the_report(swept, report, tmp_path):
    """So that nobody removes what others may ask about."""
    swept()
    done = report("export", "out", "-o", "new", "--what", "files")
    told = json.loads((tmp_path / "out/exported.json").read_text())
    verified = report("verify", "out")

    assert (done.returncode, done.stderr, told["what"]) == (0, "", "files")
    assert verified.returncode == 0


def test_an_encrypted_report_is_exported_with_its_key(swept, report, key_file, tmp_path):
    """The output is not encrypted."""
    swept("--encrypt", "--key-file", key_file)
    without = report("export", "out", "-o", "matches.csv")
    done = report("export", "out", "-o", "matches.csv", "--key-file", key_file)
    tips = report("export", "out", "-o", "tips", "--cybertip", "--key-file", key_file)

    assert (without.returncode, done.returncode, tips.returncode) == (2, 0, 0)
    assert (tmp_path / "matches.csv").read_text().count("\n") == 3
    assert len([*(tmp_path / "tips").glob("*.xml")]) == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_redacted_rows_name_nobody(swept, report, key_file, tmp_path, form):
    """The same name has the same token in both tables, and hashes are left out."""
    swept()
    given = ("--format", form, "--redact", "--redact-key", key_file)
    report("export", "out", "-o", "matches", *given)
    report("export", "out", "-o", "files", "--what", "files", *given)
    report("export", "out", "-o", "hashes", "--what", "files", *given, "--with-hashes")
    token = redactor(bytes.fromhex(KEY))
    found = {name: rows(tmp_path / name, form) for name in ("matches", "files", "hashes")}
    media = f"{tmp_path}/media"
    tokens = {token(f"{media}/{name}") for name in ("1.jpg", EVIL)}

    assert {row["uri"] for row in found["matches"]} == tokens
    assert {row["uri"] for row in found["files"]} > tokens
    assert {row["item_id"] for row in found["matches"]} < {row["item_id"] for row in found["files"]}
    assert not {"md5", "pdq", "source_columns", "uri_bytes"} & {*found["files"][0]}
    assert all(row["md5"] for row in found["hashes"] if row["status"] == "scanned")
    content = (tmp_path / "files").read_bytes() + (tmp_path / "matches").read_bytes()
    assert os.fsencode(media) not in content


def rows(path, form):
    """The rows of a file that was written."""
    if form == "csv":
        return [*csv.DictReader(path.read_text().splitlines())]
    if form == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    return pq.read_table(path).to_pylist()


def test_a_fragment_is_written_for_each_file_that_matched(swept, report, media, tmp_path):
    """With the elements that a sweep can know; nobody has viewed anything."""
    swept()
    done = report("export", "out", "--cybertip", "-o", "tips")
    index = [json.loads(line) for line in (tmp_path / "tips/index.jsonl").read_text().splitlines()]
    roots = [
        ElementTree.fromstring((tmp_path / "tips" / each["fragment"]).read_bytes())
        for each in index
    ]

    assert (done.returncode, done.stdout) == (0, "2 fragments are in tips\n")
    assert {each["uri"] for each in index} == {f"{media}/1.jpg", f"{media}/{EVIL}"}
    for root in roots:
        assert [*dict.fromkeys(each.tag for each in root)] == [
            "originalFileName", "fileRelevance", "originalFileHash", "details", "additionalInfo",
        ]  # fmt: skip
        assert [each.get("hashType") for each in root.iter("originalFileHash")] == [
            "MD5", "SHA1", "SHA256",
        ]  # fmt: skip
    assert {root.findtext("originalFileName") for root in roots} == {
        "1.jpg", "=cmd\\xff\\x1b[31m.jpg",
    }  # fmt: skip


def test_mappings_are_the_users(hashsweep, report, media, tmp_path):
    """Labels and categories of a list become NCMEC's words only as they are mapped."""
    digest = next(iter(json_lines(hashsweep("hash", media / "1.jpg", "--hash", "md5"))))
    (tmp_path / "list.csv").write_text(f"entry_id,md5,category,labels\ne,{digest},2,ai-made\n")
    hashsweep("scan", media, "--list", "list.csv", "-o", "out", "--engine", "serial")
    given = ("--annotate", "generativeAi=ai-made", "--classification", "A2=2")
    done = report("export", "out", "--cybertip", "--format", "jsonl", "-o", "tips", *given)
    (line,) = (tmp_path / "tips").read_text().splitlines()
    details = json.loads(line)["fileDetails"]

    assert (done.returncode, done.stderr) == (0, "")
    assert details["fileAnnotations"] == {"generativeAi": True}
    assert details["industryClassification"] == "A2"


def test_a_mapping_of_what_no_match_has_is_told(swept, report, tmp_path):
    """It may be misspelt, and who reads the fragments does not see what is not there."""
    swept()
    given = ("--annotate", "infant=a\x1b", "--classification", "A1=1")
    done = report("export", "out", "--cybertip", "-o", "tips", *given)

    assert (done.returncode, done.stdout) == (0, "2 fragments are in tips\n")
    assert done.stderr == (
        "hashsweep: --annotate infant=a\\x1b: no match has this label or category\n"
        "hashsweep: --classification A1=1: no match has this label or category\n"
    )


def json_lines(done):
    """The MD5s that `hashsweep hash` printed."""
    return [row["md5"] for row in csv.DictReader(done.stdout.splitlines())]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cybertip", "--format", "csv"], "--format csv does not fit here"),
        (["--format", "xml"], "--format xml does not fit here"),
        (
            ["--cybertip", "--redact", "--redact-key", "x"],
            "--cybertip writes matches with their names",
        ),
        (["--cybertip", "--what", "files"], "--cybertip writes matches with their names"),
        (["--annotate", "generativeAi=x"], "need --cybertip"),
        (["--redact"], "--redact needs a key: give one with --redact-key"),
        (["--redact-key", "x"], "can only be used with --redact"),
        (["--with-hashes"], "can only be used with --redact"),
        (["--cybertip", "--annotate", "viewed=x"], "viewed: choose from animeDrawingVirtualHentai"),
        (["--cybertip", "--classification", "C=1"], "C: choose from A1, A2, B1, B2"),
        (["--cybertip", "--annotate", "infant"], "does not look like generativeAi=LABEL"),
    ],
)
def test_what_does_not_fit_is_refused(report, tmp_path, words, message):
    """In one line, and nothing is written."""
    done = report("export", "out", "-o", "new", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (tmp_path / "new").exists()


def test_an_unfinished_report_is_told(swept, report, tmp_path):
    """Rows may be missing, and so may fragments."""
    swept()
    about = tmp_path / "out/sweep.json"
    about.write_text(about.read_text().replace('"state": "complete"', '"state": "interrupted"'))
    done = [report("export", "out", "-o", "rows"), report("export", "out", "-o", "t", "--cybertip")]

    assert [each.returncode for each in done] == [4, 4]
    assert [each.stderr for each in done] == [
        "hashsweep: out: the sweep was stopped before its end; rows may be missing\n"
    ] * 2
