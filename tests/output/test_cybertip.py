"""Fragments as NCMEC's documentation has them: their elements, their order, and what is never said.

The fixed records here have their fragments in tests/golden; where those change on purpose,
`HASHSWEEP_GOLDEN=write python -m pytest tests/report/test_cybertip.py` writes them anew.
"""

import json
import os
import re
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from hashsweep import __version__
from hashsweep.analysis.matched_files import MatchedFile
from hashsweep.output import cybertip
from hashsweep.output.cybertip import (
    ANNOTATIONS,
    FILE_DETAILS,
    ListSays,
    as_json,
    as_xml,
    file_details,
    fit,
)
from support.reports import sweep

GOLDEN = Path(__file__).parents[1] / "golden"
SWEEP = sweep(
    hashsweep="1.2.3",
    run_id="12345678-1234-1234-1234-123456789abc",
    started="2026-03-04T05:06:07.008+00:00",
)
SAYS = ListSays(
    (("generativeAi", "ai-made"), ("infant", "cat-9")),
    (("A1", "1"), ("B2", "4")),
)
NEVER = {
    *("fileViewedByEsp", "exifViewedByEsp", "publiclyAvailable", "reportId", "fileId"),
    *("uploadedToEspTimestamp", "ipCaptureEvent", "deviceId"),
}


def row(**given):
    """A row of matches."""
    return {
        "part": None, "algorithm": "sha256", "distance": 0, "list": "known", "entry_id": "e-1",
        "category": "", "labels": [], "tier": "exact", "decision": None,
    } | given  # fmt: skip


def digests(seed):
    """One of each."""
    sizes = {"md5": 16, "sha1": 20, "sha256": 32}
    return {name: bytes(range(seed, seed + size)) for name, size in sizes.items()}


FILES = {
    "exact": MatchedFile(
        bytes(16), "/srv/uploads/2026/a b&c<d>.jpg", [row()], digests(1), {None: b"\x5a" * 32}
    ),
    "frames": MatchedFile(
        bytes(16),
        "s3://uploads/na\u00efve\u202e\udcff\x1b[31m.gif",
        [
            row(algorithm="pdq", distance=12, tier="near", category="1", labels=["ai-made", "x"]),
            row(part="frame 2", list="ngo", entry_id="e-2", decision="confirmed"),
        ],
        {"sha256": b"\1" * 32},
        {None: b"\x5a" * 32, "frame 2": b"\xa5" * 32},
    ),
    "disagreeing": MatchedFile(
        bytes(16),
        "https://example.com/media/caf%C3%A9.png",
        [row(category="1"), row(list="ngo", category="4", labels=None)],
        {},
    ),
}


def made(name, form):
    """The fragment of one of them, without the version of the day."""
    details = file_details(FILES[name], SAYS, SWEEP)
    text = as_xml(details).decode() if form == "xml" else as_json(details)
    return text.replace(f"hashsweep {__version__}.", "hashsweep VERSION.")


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("name", FILES)
def test_fragments_are_as_they_were(name, form):
    """Byte for byte."""
    path = GOLDEN / f"cybertip-{name}.{form}"
    if os.environ.get("HASHSWEEP_GOLDEN") == "write":
        path.write_text(made(name, form), encoding="utf-8")

    assert made(name, form) == path.read_text(encoding="utf-8")


NAMES = st.text(max_size=30).map(lambda name: os.fsdecode(name.encode("utf-8", "replace")))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MATCHES = st.builds(
    row,
    part=st.none() | TEXTS, algorithm=TEXTS, distance=st.integers(0, 64), list=TEXTS,
    entry_id=TEXTS, category=TEXTS | st.sampled_from(["1", "4", "cat-9"]),
    labels=st.none() | st.lists(TEXTS | st.just("ai-made"), max_size=3), tier=TEXTS,
    decision=st.sampled_from([None, "confirmed"]),
)  # fmt: skip
ANY = st.builds(
    MatchedFile,
    item_id=st.just(bytes(16)),
    uri=st.builds("{}{}".format, st.sampled_from(["/", "s3://b/", "https://h/", ""]), NAMES),
    matches=st.lists(MATCHES, min_size=1, max_size=4),
    digests=st.sets(st.sampled_from(["md5", "sha1", "sha256"])).map(
        lambda names: {name: bytes(16) for name in names}
    ),
    pdq=st.dictionaries(st.none() | TEXTS, st.just(bytes(32)), max_size=3),
)


@given(ANY)
def test_elements_come_in_ncmecs_order(file):
    """Out of order they are refused; JSON has the same ones, in the same order."""
    details = file_details(file, SAYS, SWEEP)
    root = ElementTree.fromstring(as_xml(details))
    tags = [each.tag for each in root]

    assert root.tag == "fileDetails"
    assert tags == sorted(tags, key=FILE_DETAILS.index)
    assert [*dict.fromkeys(tags)] == [*json.loads(as_json(details))["fileDetails"]]
    assert not {*tags} & NEVER
    for name, most in (("fileRelevance", 1), ("originalFileName", 1), ("fileAnnotations", 1)):
        assert tags.count(name) <= most
    assert root.findtext("fileRelevance") == "Reported"
    annotations = [each.tag for each in root.iter() if each.tag in ANNOTATIONS]
    assert annotations == sorted(annotations, key=ANNOTATIONS.index)


@given(ANY)
def test_xml_and_json_say_the_same(file):
    """Whatever names and lists hold: what XML cannot hold is escaped in both."""
    details = file_details(file, SAYS, SWEEP)
    root = ElementTree.fromstring(as_xml(details))
    pairs = [
        [(pair.get("type"), pair.findtext("name"), pair.findtext("value")) for pair in each]
        for each in root.iter("details")
    ]

    assert root.findtext("originalFileName") == details.get("originalFileName")
    assert root.findtext("locationOfFile") == details.get("locationOfFile")
    assert [each.text for each in root.iter("additionalInfo")] == details["additionalInfo"]
    assert [(each.get("hashType"), each.text) for each in root.iter("originalFileHash")] == [
        (each["hashType"], each["value"]) for each in details.get("originalFileHash", [])
    ]
    assert pairs == [
        [(pair["type"], pair["name"], pair["value"]) for pair in each["nameValuePair"]]
        for each in details.get("details", [])
    ]


def test_names_and_addresses_have_ncmecs_bounds():
    """2,056 and 2,083 characters; an address that is longer is left out, a name is cut."""
    long = MatchedFile(b"", "/" + "n" * 3000, [row()])
    address = "https://h/" + "n" * (cybertip.URL_LONGEST - 10)

    assert len(file_details(long, SAYS, SWEEP)["originalFileName"]) == 2056
    whole = file_details(MatchedFile(b"", address, [row()]), SAYS, SWEEP)
    assert whole["locationOfFile"] == address
    beyond = file_details(MatchedFile(b"", address + "n", [row()]), SAYS, SWEEP)
    assert "locationOfFile" not in beyond
    pairs = file_details(MatchedFile(b"", "/a", [row()], {}, {"m" * 99: bytes(32)}), SAYS, SWEEP)[
        "details"
    ]
    assert max(len(pair["name"]) for each in pairs for pair in each["nameValuePair"]) == 64


@pytest.mark.parametrize(
    "uri",
    [
        "/srv/a.jpg", "s3://bucket/a.jpg", "gs://b/a", "ftp://h/a", "https:///a", "https://h/a b",
        "https://user:secret@h/a", "https://h/a?sig=secret", "https://h/\u00e9", "https://:1/a",
        "http:/h/a", "httpsx://h/a", "https://h/<a>",
    ],
)  # fmt: skip
def test_only_web_addresses_are_locations(uri):
    """A URL that anybody could open, without a permission in it; a path of a machine is none."""
    details = file_details(MatchedFile(b"", uri, [row()]), SAYS, SWEEP)

    assert "locationOfFile" not in details
    assert "secret" not in json.dumps({**details, "originalFileName": ""})


def test_lists_speak_in_ncmecs_words_only_as_the_user_maps_them():
    """Nothing is said without a mapping, and nothing is chosen where lists disagree."""
    bare = file_details(FILES["frames"], ListSays(), SWEEP)
    mapped = file_details(FILES["frames"], SAYS, SWEEP)
    torn = file_details(FILES["disagreeing"], SAYS, SWEEP)

    assert not {"fileAnnotations", "industryClassification"} & {*bare}
    assert mapped["fileAnnotations"] == {"generativeAi": True}
    assert mapped["industryClassification"] == "A1"
    assert "The classification A1 is the list's" in mapped["additionalInfo"][2]
    assert "industryClassification" not in torn
    assert "classify the content that matched as A1 and B2" in torn["additionalInfo"][2]


def test_what_xml_cannot_hold_is_escaped():
    """Control characters and no characters, as bytes or code points; the rest stays."""
    assert fit("a\x00\x1b\n\x9f\udcff\ud800\ufffe\u202e&<") == (
        "a\\x00\\x1b\\x0a\\x9f\\xff\\ud800\\ufffe\u202e&<"
    )


def test_hashes_are_the_files_own():
    """In the order MD5, SHA-1, SHA-256; a PDQ is a detail, with its frame."""
    details = file_details(FILES["frames"], SAYS, SWEEP)
    exact = file_details(FILES["exact"], SAYS, SWEEP)

    assert [each["hashType"] for each in exact["originalFileHash"]] == ["MD5", "SHA1", "SHA256"]
    assert details["details"][0]["nameValuePair"] == [
        {"type": "HASH", "name": "PDQ", "value": "5a" * 32},
        {"type": "HASH", "name": "PDQ, frame 2", "value": "a5" * 32},
    ]
    assert re.search(r"hashsweep 1\.2\.3 \(report 12345678-", details["additionalInfo"][0])
