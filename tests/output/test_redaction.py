"""Rows without names, for readers without clearance."""

import hmac
import os

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ReportError
from hashsweep.output.redaction import DROPPED, Redaction, id_redactor, redactor
from hashsweep.report import schema
from hashsweep.report.encryption import new_key

KEY, OTHER = bytes(range(32)), bytes(32)
NAMES = st.binary(min_size=1, max_size=40).map(os.fsdecode)


@pytest.fixture
def how(tmp_path):
    """A function that loads a redaction by KEY."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY.hex())
    return lambda **options: Redaction.load(path, **options)


def test_a_token_is_the_start_of_an_hmac():
    """So that others can compute it who have the key."""
    expected = hmac.digest(KEY, b"hashsweep redaction name\0/srv/\xc3\xa9.jpg", "sha256")[:16]

    assert redactor(KEY)("/srv/\u00e9.jpg") == expected.hex()
    assert id_redactor(KEY)(b"\1" * 16) == hmac.digest(
        KEY, b"hashsweep redaction item\0" + b"\1" * 16, "sha256"
    )[:16]  # fmt: skip


@given(NAMES, NAMES)
def test_the_same_name_has_the_same_token_under_the_same_key(one, two):
    """Another name or key has another one."""
    token, other = redactor(KEY), redactor(OTHER)

    assert (token(one) == redactor(KEY)(two)) == (one == two)
    assert token(one) != other(one)
    assert len(token(one)) == 32


def test_both_tables_name_a_file_alike():
    r"""One has the bytes that are not UTF-8, the other \xNN for them."""
    assert redactor(KEY)("/a\udcff") == redactor(KEY)("/a\\xff")


def inside(kind):
    """Something of a nested type: each text says which one it is."""
    if not pa.types.is_struct(kind):
        return "some text"
    kinds = {each.name: each.type for each in kind}
    texts = {name: f"some {name}" for name, each in kinds.items() if pa.types.is_string(each)}
    return dict.fromkeys(kinds) | texts


def filled(table, **given):
    """One row with something in every column."""
    values = {}
    for each in table:
        if pa.types.is_fixed_size_binary(each.type):
            values[each.name] = b"\x5a" * each.type.byte_width
        elif pa.types.is_string(each.type):
            values[each.name] = f"some {each.name}"
        elif pa.types.is_binary(each.type):
            values[each.name] = b"some bytes"
        elif pa.types.is_map(each.type):
            values[each.name] = [("owner", "some person")]
        elif pa.types.is_list(each.type):
            values[each.name] = [inside(each.type.value_type)]
        elif pa.types.is_struct(each.type):
            values[each.name] = inside(each.type)
        elif pa.types.is_boolean(each.type):
            values[each.name] = True
        else:
            values[each.name] = 7
    return pa.RecordBatch.from_pylist([values | given], schema=table)


@pytest.mark.parametrize("table", [schema.FILES, schema.MATCHES], ids=["files", "matches"])
def test_nothing_that_names_a_file_is_left(how, table):
    """Names are tokens; what could name a file otherwise goes, and the hashes with it."""
    row = filled(table, part="frame 3")
    made = how().batch(row)
    text = repr(made.to_pylist())

    assert made["uri"].to_pylist() == [redactor(KEY)("some uri")]
    assert made["item_id"].to_pylist() == [id_redactor(KEY)(b"\x5a" * 16)]
    assert made["part"].to_pylist() == ["frame 3"]
    assert not {*made.schema.names} & {*DROPPED, "md5", "sha256", "pdq"}
    for word in ("some uri", "some person", "some bytes", "some detail", "some etag", "some claim",
                 "some value", "some entry_id", "ZZZZ"):  # fmt: skip
        assert word not in text
    assert "HMAC" in schema.description(made.schema.field("uri"))
    assert how().schema(table) == made.schema


def test_hashes_stay_if_asked_for(how):
    """Those of plug-ins, too."""
    row = filled(schema.files_schema({"own": 5}))

    assert {"md5", "sha1", "sha256", "pdq", "own"} <= {*how(hashes=True).batch(row).schema.names}
    assert "own" not in how().batch(row).schema.names
    assert "etag" not in how(hashes=True).batch(row).schema.names


def test_entry_ids_of_leads_are_tokens(how):
    """As those of matches; all else of a lead stays."""
    leads = [
        {"list": "known", "entry_id": name, "distance": 36} for name in ("her name.jpg", "line-7")
    ]
    row = how().batch(filled(schema.FILES, possible=leads))
    none = how().batch(filled(schema.FILES, possible=None))

    assert row["possible"].to_pylist() == [
        [leads[0] | {"entry_id": redactor(KEY)("her name.jpg")}, leads[1]]
    ]
    assert none["possible"].to_pylist() == [None]


def test_a_member_of_an_archive_has_a_name(how):
    """Frames and pages have numbers alone."""
    member = how().batch(filled(schema.MATCHES, part="in/her name.jpg"))
    none = how().batch(filled(schema.MATCHES, part=None))

    assert member["part"].to_pylist() == [redactor(KEY)("in/her name.jpg")]
    assert none["part"].to_pylist() == [None]


@pytest.mark.parametrize(
    "entry_id",
    ["/srv/her name.jpg", "her name.jpg", "jane", "jane-2011", "ada", "C:\\jane", "1.jpg", "7\n"],
)
def test_an_entry_id_that_could_name_a_file_is_a_token(how, entry_id):
    """Of a list made of a folder it does; under the same key it is the token of that name."""
    row = how().batch(filled(schema.MATCHES, entry_id=entry_id))

    assert row["entry_id"].to_pylist() == [redactor(KEY)(entry_id)]
    assert "else a keyed hash" in schema.description(row.schema.field("entry_id"))


@pytest.mark.parametrize(
    "entry_id",
    ["8231507", "5F0C1E2D3B4A5968", "7d0f1c9e-6b1a-4f0e-9d9c-0a1b2c3d4e5f", "line-12"],
)
def test_an_entry_id_that_its_publisher_gave_stays(how, entry_id):
    """It is plain from its form: a number, hex digits, a UUID, or the line of the list."""
    row = how().batch(filled(schema.MATCHES, entry_id=entry_id))

    assert row["entry_id"].to_pylist() == [entry_id]


def test_parts_are_redacted_as_they_are_read(how):
    """A batch at a time."""

    class Segment:
        schema = schema.MATCHES

        def batches(self, columns=None):
            yield filled(schema.MATCHES)
            yield filled(schema.MATCHES)

    (part,) = how().redact([Segment()])

    assert part.schema == how().schema(schema.MATCHES)
    assert [batch.schema for batch in part.batches()] == [part.schema] * 2


def test_a_key_is_a_key_file(tmp_path, how):
    """As for encryption: readable for its owner only; its text is in no message."""
    path = tmp_path / "open"
    path.write_text(new_key())
    path.chmod(0o644)

    assert KEY.hex() not in repr(how())
    assert repr(KEY) not in repr(how())
    with pytest.raises(ReportError, match="is open to others"):
        Redaction.load(path)
    with pytest.raises(ReportError, match="No such file"):
        Redaction.load(tmp_path / "none")
