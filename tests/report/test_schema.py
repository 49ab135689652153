"""The columns of a report."""

import pyarrow as pa
import pytest

from hashsweep.hashers import HASHERS
from hashsweep.report import schema


@pytest.mark.parametrize("table", [schema.FILES, schema.MATCHES, schema.files_schema({"x": 4})])
def test_every_column_says_what_it_means(table):
    """There is no column without a description in its metadata."""
    assert [field.name for field in table if not schema.description(field)] == []


def test_the_core_columns_are_there_under_their_names():
    """Readers rely on these names; none may go away."""
    files = (
        "item_id uri uri_bytes part status reasons size mtime mtime_ns etag from_baseline "
        "stated_hashes media_type width "
        "height md5 sha1 sha256 pdq pdq_quality phash dhash ahash whash source_columns"
    )
    matches = "item_id uri part algorithm distance variant list entry_id category labels tier"

    assert set(files.split()) <= set(schema.FILES.names)
    assert set(matches.split()) <= set(schema.MATCHES.names)


@pytest.mark.parametrize("name", schema.HASH_COLUMNS)
def test_a_hash_column_has_the_length_of_its_hash(name):
    """Hashes are fixed-size binary of as many bits as their HashSpec says."""
    assert schema.FILES.field(name).type == pa.binary(HASHERS.load(name).spec.bits // 8)


def test_every_built_in_hash_has_its_column():
    """A hash that is computed has a place in the report."""
    assert set(HASHERS.names) == set(schema.HASH_COLUMNS)


def test_a_plug_in_hash_gets_a_column():
    """Hashes of other packages are columns too."""
    assert schema.files_schema({"other": 4}).field("other").type == pa.binary(4)
