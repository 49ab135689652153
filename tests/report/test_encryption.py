"""Encrypted parts: who has the key reads them in their place; nobody else, and nowhere else."""

import base64
import json
import shutil
import uuid
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import encryption as modular

from hashsweep.errors import ReportError
from hashsweep.model import Item, Record
from hashsweep.report import encryption
from hashsweep.report.encryption import (
    VARIABLE,
    Keys,
    data_key,
    is_encrypted,
    key_id,
)
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment, list_segments, sweep_of
from hashsweep.report.writer import ReportWriter
from support.reports import sweep

OLD, NEW, OTHER = (bytes([n]) * 31 + b"\xfe" for n in (1, 2, 3))
SECRET = "/srv/a-name-nobody-should-see.jpg"
PART = "files/part-00000.parquet"


def keys(*several):
    """Keys as a key file would give them."""
    return Keys.load(None, {VARIABLE: "\n".join(key.hex() for key in several)})


def written(path, *several, count=1):
    """A report of some parts with one item each."""
    about = sweep(run_id=str(uuid.uuid4()), encrypted=key_id(several[0]) if several else None)
    seal = partial(keys(*several).encryption_of, about.sealed_as) if several else None
    with ReportFolder(path) as folder:
        report = ReportWriter(folder, run_id=about.run_id, seal=seal)
        for number in range(count):
            report.add([Record(Item(f"{SECRET}{number}"), size=number)])
            report.close_segment()
        report.finish()
        folder.write_sweep(about)
    return path


@pytest.fixture
def report(tmp_path):
    """A report of two parts, encrypted."""
    return written(tmp_path / "report", OLD, count=2)


def rows(folder, table, *several):
    """All rows of a table, read with these keys."""
    given, about = keys(*several) if several else None, sweep_of(folder)
    opened = [Segment(path, given, about) for path in list_segments(folder, table)]
    return [row for part in opened for row in part.table().to_pylist()]


def names(folder, *several):
    """The names in a report."""
    return [row["uri"] for row in rows(folder, "files", *several)]


def test_who_has_the_key_reads_every_row(report):
    """All tables, all parts."""
    assert names(report, OLD) == [f"{SECRET}0", f"{SECRET}1"]
    assert rows(report, "matches", OLD) == []


def test_parts_tell_nothing(report):
    """Neither names of files nor of columns, and no key; all of the Parquet file is sealed."""
    for path in report.rglob("*.parquet"):
        content = path.read_bytes()

        assert (content[:4], content[-4:]) == (b"PARE", b"PARE")
        for word in (b"srv", b"uri", b"item_id", b"schema", b"zstd", OLD, OLD.hex().encode()):
            assert word not in content


def test_sweep_json_names_the_key_and_does_not_hold_it(report):
    """The id is there for people who must find the key."""
    text = (report / "sweep.json").read_text()

    assert json.loads(text)["encrypted"] == key_id(OLD)
    assert OLD.hex() not in text
    assert base64.b64encode(OLD).decode() not in text


def test_without_a_key_the_message_says_what_to_do(report):
    """Where to name it."""
    with pytest.raises(ReportError) as caught:
        names(report)

    assert str(caught.value) == (
        f"report {report} is encrypted: give its key with --key-file or HASHSWEEP_REPORT_KEY"
    )


def test_a_key_that_is_missing_is_named_by_its_id(report):
    """The id of the one that is needed, and of those that were given; no key."""
    with pytest.raises(ReportError) as caught:
        names(report, NEW, OTHER)

    assert f"is encrypted with key {key_id(OLD)}, which is not among the given keys" in str(
        caught.value
    )
    assert f"({key_id(NEW)}, {key_id(OTHER)})" in str(caught.value)
    for key in (OLD, NEW, OTHER):
        assert key.hex()[:8] not in str(caught.value)


def test_keys_are_rotated(tmp_path):
    """The first key encrypts, all of them decrypt; the old one alone does not read the new."""
    old = written(tmp_path / "old", OLD)
    new = written(tmp_path / "new", NEW, OLD)

    assert names(old, NEW, OLD) == names(new, NEW, OLD) == [f"{SECRET}0"]
    assert names(new, NEW) == [f"{SECRET}0"]
    with pytest.raises(ReportError, match=key_id(NEW)):
        names(new, OLD)


def test_a_part_in_another_place_is_refused(report):
    """Within the report, and between its two tables."""
    shutil.copy(report / PART, report / "files/part-00001.parquet")
    with pytest.raises(ReportError, match=f"does not belong there: it was written as {PART} of"):
        names(report, OLD)
    shutil.copy(report / PART, report / "matches/part-00000.parquet")
    with pytest.raises(ReportError, match="does not belong there"):
        rows(report, "matches", OLD)


def test_a_part_of_another_report_is_refused(report, tmp_path):
    """Same key, same place, another report."""
    other = written(tmp_path / "other", OLD)
    shutil.copy(other / PART, report / PART)

    with pytest.raises(ReportError, match="does not belong there"):
        names(report, OLD)


def test_a_part_that_is_not_encrypted_is_refused(report, tmp_path):
    """Who has no key cannot put rows of their own in; without the id, the key says the same."""
    plain = written(tmp_path / "plain")
    shutil.copy(plain / PART, report / PART)

    with pytest.raises(ReportError, match="is not encrypted, but the rest of the report is"):
        names(report, OLD)
    assert names(plain, OLD) == [f"{SECRET}0"]


def test_a_label_cannot_be_rewritten(report, tmp_path):
    """It is authenticated: a part that claims another place or report does not open there."""
    other = written(tmp_path / "other", OLD)
    own, theirs = (
        json.loads((folder / "sweep.json").read_text())["run_id"].replace("-", "").encode()
        for folder in (report, other)
    )
    (report / PART).write_bytes((other / PART).read_bytes().replace(theirs, own))
    with pytest.raises(ReportError, match="is damaged or was altered"):
        names(report, OLD)
    moved = (other / PART).read_bytes().replace(b"part-00000", b"part-00001")
    (other / "files/part-00001.parquet").write_bytes(moved)
    with pytest.raises(ReportError, match="is damaged or was altered"):
        names(other, OLD)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """An encrypted part of one report, and its bytes."""
    path = written(tmp_path_factory.mktemp("altered") / "report", OLD) / PART
    return path, path.read_bytes()


@given(place=st.integers(0, 2**24), bit=st.integers(0, 7))
def test_an_altered_part_is_refused(part, place, bit):
    """A bit anywhere but in the first four bytes and the last eight is noticed, always."""
    path, whole = part
    altered = bytearray(whole)
    altered[4 + place % (len(whole) - 12)] ^= 1 << bit
    path.write_bytes(altered)

    with pytest.raises(ReportError, match=r"part-00000\.parquet"):
        names(path.parents[1], OLD)


@given(size=st.integers(0, 2_000), tail=st.binary(max_size=60))
def test_junk_that_ends_like_an_encrypted_part_is_refused(part, size, tail):
    """Whatever stands before the magic bytes."""
    path, _ = part
    path.write_bytes(tail + size.to_bytes(4, "little") + b"PARE")

    with pytest.raises(ReportError, match=r"part-00000\.parquet"):
        names(path.parents[1], OLD)


def test_every_part_has_a_key_of_its_own(report):
    """Salts differ, so data keys do; also for one place that is written twice."""
    label = encryption._LABEL
    found = {label.search(path.read_bytes())[2] for path in report.rglob("*.parquet")}
    again = [keys(OLD).encryption_of(uuid.uuid4().hex, report / PART) for _ in range(2)]
    tables = []
    for number, properties in enumerate(again):
        pq.write_table(pa.table({"a": [1]}), report / f"{number}", encryption_properties=properties)
        tables.append(label.search((report / f"{number}").read_bytes())[2])

    assert len(found) == 4
    assert len({*found, *tables}) == 6


def test_derivation_is_that_of_the_rfc():
    """RFC 5869, appendix A.1: the first 32 of its 42 bytes."""
    derived = data_key(
        b"\x0b" * 22,
        bytes.fromhex("000102030405060708090a0b0c"),
        bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
    )

    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_what_other_readers_make_of_it(report):
    """Pandas and pyarrow read it with our properties, the others refuse it; as README says."""
    import duckdb  # here and below: 2 CPU seconds, which few tests need
    import pandas as pd
    import polars as pl

    path = report / PART
    opens = keys(OLD).decryption_of(path)

    assert pq.read_table(path, decryption_properties=opens).num_rows == 1
    opens = keys(OLD).decryption_of(path)
    assert len(pd.read_parquet(path, decryption_properties=opens)) == 1
    with pytest.raises(pl.exceptions.ComputeError, match="encrypted"):
        pl.read_parquet(path)
    found = encryption._LABEL.search(path.read_bytes())
    key = base64.b64encode(data_key(OLD, bytes.fromhex(found[2].decode()), found[0])).decode()
    database = duckdb.connect()
    database.execute(f"PRAGMA add_parquet_key('k', '{key}')")
    with pytest.raises(duckdb.InvalidInputException, match="AES tag differs"):
        database.execute(f"from read_parquet('{path}', encryption_config={{footer_key: 'k'}})")


def test_duckdb_and_polars_take_what_was_decrypted(report):
    """Rows pass to them in memory."""
    import duckdb
    import polars as pl

    paths = list_segments(report, "files")
    table = pa.concat_tables(Segment(path, keys(OLD)).table() for path in paths)

    assert duckdb.from_arrow(table).aggregate("count(*)").fetchall() == [(2,)]
    assert pl.from_arrow(table).height == 2


@pytest.mark.parametrize("name", ["__none__", "report"])
def test_an_unencrypted_file_is_not_called_encrypted(tmp_path, name):
    """Also an empty one."""
    (tmp_path / name).write_bytes(b"" if name == "__none__" else b"PAR1xxxxPAR1")

    assert not is_encrypted(tmp_path / name)


def test_a_part_by_another_program_is_told(report):
    """Encrypted, and not by us."""
    foreign = modular.create_encryption_properties(OLD, aad_prefix=b"theirs")
    pq.write_table(pa.table({"a": [1]}), report / PART, encryption_properties=foreign)
    with pytest.raises(ReportError, match="was not encrypted by hashsweep"):
        names(report, OLD)
    pq.write_table(
        pa.table({"a": [1]}), report / PART,
        encryption_properties=modular.create_encryption_properties(OLD),
    )  # fmt: skip
    with pytest.raises(ReportError, match="was not encrypted by hashsweep"):
        names(report, OLD)


def test_a_pyarrow_that_cannot_encrypt_is_told(monkeypatch):
    """Before any work is done, with what to install."""
    keys(OLD).check()
    monkeypatch.delattr(modular, "create_encryption_properties")

    with pytest.raises(ReportError, match=r"encrypted reports need pyarrow 25: pip install"):
        keys(OLD).check()
