"""JSON Lines: arrays of labels, objects of several shapes, lines that are none."""

import base64
import json
from pathlib import Path

import pytest

from support.list_samples import READERS, entries, hexes, jsonl, md5, pdq, read, refusals, sha256


def test_sample(tmp_path: Path) -> None:
    """Each line gives its entry; labels in an array are taken as they are."""
    rows = read(tmp_path, "jsonl", jsonl(1))
    first, gone, long = entries(rows)
    assert hexes(first) == {"md5": md5(1), "pdq": pdq(1)}
    assert (first.entry_id, first.labels, first.quality) == ("1", ("a;b", "c"), 90)
    assert first.key == "table:1"
    assert (gone.entry_id, gone.withdrawn) == ("w", True)
    assert (hexes(long), long.labels, long.entry_id) == ({"pdq": pdq(32)}, ("x", "y"), "line-3")
    assert refusals(rows) == [(4, "bad-row")]


def test_map(tmp_path: Path) -> None:
    """Members of any name are read as the user says; an object may lack them."""
    data = f'{{"Digest": "{sha256(1)}", "Nr": 7}}\n{{"sha256": "{sha256(2)}"}}\n'
    columns = {"sha256": "digest", "entry_id": "nr"}
    found = entries(read(tmp_path, "jsonl", data, columns=columns))
    assert [(e.entry_id, hexes(e)) for e in found] == [
        ("7", {"sha256": sha256(1)}),
        ("line-2", {"sha256": sha256(2)}),
    ]


def test_rows_of_one_entry(tmp_path: Path) -> None:
    """Lines of one hash each that follow each other with one id are one entry."""
    line = '{{"id": 7, "algorithm": "{}", "hash": "{}"}}\n'
    (entry,) = entries(
        read(tmp_path, "jsonl", line.format("md5", md5(1)) + line.format("pdq", pdq(1)))
    )
    assert hexes(entry) == {"md5": md5(1), "pdq": pdq(1)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[1]", "bad-row"),
        ("7", "bad-row"),
        ("[" * 100_000, "bad-row"),
        ('{"md5": ' + "1" * 5000 + "}", "bad-row"),
        ('{"id": 1}', "no-hash"),
        ('{"md5": null}', "no-hash"),
        ('{"md5": []}', "no-hash"),
        ('{"md5": ["a"]}', "bad-length"),
        ('{"md5": [[]]}', "bad-hash"),
        ('{"md5": {"hash": "a"}}', "bad-hash"),
        ('{"hash": true}', "bad-hash"),
        ('{"photodna": [1, 2]}', "bad-hash"),
        ('{"md5": "a", "md5": "b"}', "bad-row"),
        ('{"md5": 12345}', "bad-hash"),
        ('{"md5": "\\ud800"}', "bad-hash"),
    ],
)
def test_bad_lines(tmp_path: Path, line: str, code: str) -> None:
    """A line that is no object with a hash is refused, and the next one is read."""
    rows = read(tmp_path, "jsonl", f'{line}\n{{"md5": "{md5(1)}"}}\n')
    assert refusals(rows) == [(1, code)]
    assert len(entries(rows)) == 1


def test_text_that_is_no_unicode(tmp_path: Path) -> None:
    """Half a pair of surrogates in an id does not come out of the reader."""
    (entry,) = entries(read(tmp_path, "jsonl", f'{{"id": "a\\ud800", "md5": "{md5(1)}"}}'))
    assert entry.entry_id == "a?"


def test_recognises_a_long_first_line() -> None:
    """A first line that is longer than the head is told all the same, and so is indented JSON."""
    assert READERS["jsonl"].recognises(b'{"labels": "' + b"x" * 4084)
    assert READERS["jsonl"].recognises(b'{\n "a": 1\n}\n')


def test_several_hashes_in_an_array(tmp_path: Path) -> None:
    """Every text in an array is a hash of the entry, and a field of no texts costs itself only."""
    data = f'{{"md5": ["{md5(1)}", null, "{md5(2)}"], "sha1": 7, "pdq": "{pdq(1)}"}}'
    rows = read(tmp_path, "jsonl", data)
    (entry,) = entries(rows)
    values = [value.hex() for _, value in entry.hashes]
    assert values == [md5(1), md5(2), pdq(1)]
    assert refusals(rows) == [(1, "bad-hash")]


ROWS = [{"id": f"x{n}", "md5": md5(n), "category": "A"} for n in (1, 2)]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps({"count": 2, "next": None, "hashes": ROWS}),
        json.dumps({"meta": {"tags": ["a"]}, "results": ROWS}, indent=1),
        "\n".join(json.dumps(row, indent=1) for row in ROWS),
    ],
)
def test_arrays(tmp_path: Path, data: str) -> None:
    """As pandas, polars and DuckDB write records, and as an API wraps them."""
    assert READERS["jsonl"].recognises(data.encode()[:4096])
    rows = read(tmp_path, "jsonl", data)
    assert [(e.entry_id, hexes(e), e.category) for e in entries(rows)] == [
        ("x1", {"md5": md5(1)}, "A"),
        ("x2", {"md5": md5(2)}, "A"),
    ]
    assert refusals(rows) == []


def test_an_array_of_hashes(tmp_path: Path) -> None:
    """Texts alone; what is neither text nor object costs itself only, and damage is told."""
    rows = read(tmp_path, "jsonl", f'["{md5(1)}", 7, "{md5(2)}", ')
    assert [hexes(e) for e in entries(rows)] == [{"md5": md5(1)}, {"md5": md5(2)}]
    assert refusals(rows) == [(2, "bad-row"), (4, "damaged")]


def test_bytes_in_json(tmp_path: Path) -> None:
    """As polars, Node and MongoDB write them."""
    raw = bytes.fromhex(md5(1))
    forms = [
        list(raw),
        {"type": "Buffer", "data": list(raw)},
        {"$binary": {"base64": base64.b64encode(raw).decode(), "subType": "00"}},
    ]
    rows = read(tmp_path, "jsonl", "\n".join(json.dumps({"md5": each}) for each in forms))
    assert [hexes(e) for e in entries(rows)] == [{"md5": md5(1)}] * 3
