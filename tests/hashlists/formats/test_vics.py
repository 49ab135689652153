"""VICS: both shapes, categories and their scheme, string booleans, PhotoDNA."""

import json
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import (
    READERS,
    entries,
    hexes,
    md5,
    pdq,
    photodna,
    read,
    refusals,
    sha1,
    vics,
    vics_case,
)


def test_sample(tmp_path: Path) -> None:
    """A medium gives all its hashes; media of other categories are passed over."""
    rows = read(tmp_path, "vics", vics(1))
    entry, other = entries(rows)
    assert hexes(entry) == {
        "md5": md5(1),
        "sha1": sha1(1),
        "pdq": pdq(1),
        "photodna": photodna(1),
    }
    assert (entry.entry_id, entry.category, entry.scheme) == ("1", "1", "VICS US")
    assert entry.labels == ("victim-identified", "first", "second")
    assert (entry.updated, entry.replaces) == ("2026-01-01T00:00:00Z", False)
    assert (other.entry_id, other.category) == ("903", "2")
    assert refusals(rows) == [(4, "bogus-hash"), (5, "bad-length"), (5, "no-hash")]


def test_bogus_photodna(tmp_path: Path) -> None:
    """A constant PhotoDNA marks a failure of the tool that wrote it; the MD5 is kept."""
    rows = read(tmp_path, "vics", vics(1), categories=frozenset({"2"}))
    assert [hexes(e) for e in entries(rows)] == [{"md5": md5(32)}]
    assert refusals(rows)[0] == (4, "bogus-hash")


def test_case(tmp_path: Path) -> None:
    """A case of version 1 holds the same media; its URL names no scheme."""
    (set_, _), (case, _) = (
        entries(read(tmp_path, "vics", data)) for data in (vics(1), vics_case(1))
    )
    assert case.hashes == set_.hashes
    assert (set_.key.removeprefix("vics:VICS US:"), case.scheme) == (  # type: ignore[arg-type]
        case.key.removeprefix("vics:VICS:"),  # type: ignore[arg-type]
        "VICS",
    )


def test_absent_category_is_zero(tmp_path: Path) -> None:
    """Some writers leave out a category of 0; null is no category."""
    media = [{"MD5": md5(1)}, {"MD5": md5(2), "Category": 0}, {"MD5": md5(3), "Category": None}]
    data = json.dumps({"odata.metadata": "http://x/ProjectVic/1.1.xml#Media", "value": media})
    found = entries(read(tmp_path, "vics", data, categories=frozenset({"0"})))
    assert [(hexes(e)["md5"], e.category) for e in found] == [(md5(1), "0"), (md5(2), "0")]


def test_key_is_the_md5_hidden(tmp_path: Path) -> None:
    """Without a MediaID the name is the key: a digest of the MD5, whatever its case."""
    rows = []
    for text in (md5(1), md5(1).upper()):
        media = {"context": "projectvic", "value": [{"MD5": text, "Category": "1"}]}
        rows += entries(read(tmp_path, "vics", json.dumps(media)))
    assert f"vics:VICS:{rows[0].entry_id}" == rows[0].key == rows[1].key
    assert len(rows[0].entry_id) == 16
    assert rows[0].entry_id not in md5(1)


def test_category_that_is_no_number(tmp_path: Path) -> None:
    """Such a medium is refused with its number, unless the user named just that category."""
    each = ["Category 1", "", "01", 1.0, 3, None, True, [1], -1]
    media = [{"MD5": md5(n), "Category": c} for n, c in enumerate(each, 1)]
    data = json.dumps({"odata.metadata": "http://x/ProjectVic/1.1.xml#Media", "value": media})
    rows = read(tmp_path, "vics", data, categories=frozenset({"1"}))
    assert [(e.line, e.category) for e in entries(rows)] == [(3, "1"), (4, "1")]
    assert refusals(rows) == [(n, "bad-row") for n in (1, 2, 7, 8)]
    named = read(tmp_path, "vics", data, categories=frozenset({"Category 1"}))
    assert [e.line for e in entries(named)] == [1]


def test_the_same_md5_again(tmp_path: Path) -> None:
    """Neither a later record without a PDQ nor another scheme's replaces an earlier one."""
    rows = []
    for scheme in ("US", "UK"):
        rows += entries(read(tmp_path, "vics", vics(1), scheme=scheme))
    assert not any(entry.replaces for entry in rows)
    assert len({entry.key for entry in rows}) == 4


def test_scheme_of_the_user(tmp_path: Path) -> None:
    """The user may say whose categories they are."""
    found = entries(read(tmp_path, "vics", vics(1), scheme="UK"))
    assert {entry.scheme for entry in found} == {"UK"}


def test_categories_have_to_be_named(tmp_path: Path) -> None:
    """Without the categories to match nothing is read; the message says how to name them."""
    with pytest.raises(ListError, match="--vics-category 1,2"):
        read(tmp_path, "vics", vics(1), categories=None)


def test_damaged_half_way(tmp_path: Path) -> None:
    """Media before the damage are kept, and the damage is told."""
    data = vics(5)
    rows = read(tmp_path, "vics", data[: data.index(b'"MediaID": 4') + 30])
    assert [e.entry_id for e in entries(rows)] == ["1", "2", "3"]
    assert refusals(rows) == [(4, "damaged")]


URL = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/UK/$metadata#"
MEDIA = [{"MediaID": n, "Category": 1, "MD5": md5(n).upper()} for n in (1, 2)]
CASE = {"CaseID": "1", "CaseNumber": "7", "Media": MEDIA}


@pytest.mark.parametrize(
    "document",
    [
        {"value": MEDIA, "@odata.context": URL + "Media"},
        {"value": [CASE], "@odata.context": URL + "Cases"},
        {"value": CASE, "@odata.context": URL + "Cases/$entity"},
        {"@odata.context": URL + "Cases/$entity", **CASE},
        {**CASE, "@odata.context": URL + "Cases/$entity"},
        {"@odata.context": URL + "Media", "value": [CASE]},
        {"@odata.context": URL + "Cases", "value": MEDIA},
        {"value": [{**CASE, "Media": []}, CASE], "@odata.context": URL + "Cases"},
        {"value": [{"CaseID": "0"}, CASE], "@odata.context": URL + "Cases"},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_wherever_the_context_and_the_media_are(
    tmp_path: Path, document: dict[str, object], indent: int | None
) -> None:
    """Behind the media, one case, several, or media by themselves: what is there counts."""
    data = json.dumps(document, indent=indent)
    assert READERS["vics"].recognises(data.encode()[:4096])
    found = entries(read(tmp_path, "vics", data))
    assert [(e.entry_id, hexes(e), e.scheme) for e in found] == [
        ("1", {"md5": md5(1)}, "VICS UK"),
        ("2", {"md5": md5(2)}, "VICS UK"),
    ]


def test_a_context_far_behind_the_media(tmp_path: Path) -> None:
    """Further than any head of the file."""
    media = [{"MediaID": n, "Category": 1, "MD5": md5(n)} for n in range(1, 30_000)]
    data = json.dumps({"value": media, "@odata.context": URL + "Media"})
    assert {e.scheme for e in entries(read(tmp_path, "vics", data))} == {"VICS UK"}
