"""What formats share: names of columns, checksums, and where data files lie."""

import pytest

from hashsweep.commands import manifest_options
from hashsweep.errors import SourceError
from hashsweep.sources.manifests import MANIFESTS
from hashsweep.sources.manifests.base import (
    FIELDS,
    Layout,
    Manifest,
    check_manifest,
    locates,
    plain,
)
from hashsweep.storage.stores import Stores


def manifest(path):
    """A manifest of these bytes on disk."""
    return Manifest(str(path), path.read_bytes(), Stores())


def test_names_of_columns_are_the_same_in_all_forms():
    """CSV, Parquet and Azure write one name in three ways."""
    assert {
        plain(name) for name in ("LastModifiedDate", "last_modified_date", "Last-Modified-Date")
    } == {"lastmodifieddate"}


def test_the_command_line_knows_all_fields_and_formats():
    """It repeats them, because importing them takes longer than its help may take."""
    assert manifest_options.FIELDS == FIELDS
    assert MANIFESTS.names == manifest_options.FORMATS


@pytest.mark.parametrize(
    ("layout", "names", "told"),
    [
        (Layout({"uri": ("uri",)}), ["URI"], True),
        (Layout({"uri": ("uri",)}), ["key"], False),
        (Layout({"key": ("key",), "bucket": ("bucket",)}), ["key"], False),
        (Layout({"key": ("key",), "bucket": ("bucket",)}), ["key", "Bucket"], True),
        (Layout({"key": ("key",), "bucket": ("bucket",)}, base="s3://b/"), ["key"], True),
        (Layout({"key": ("name",)}), ["Name"], True),
    ],
)
def test_columns_say_where_an_object_is_or_do_not(layout, names, told):
    """A URI, a key with its bucket, or a key that holds it."""
    assert locates(layout, names) is told


def test_a_checksum_is_compared_whatever_its_case(tmp_path):
    """Stores write it in lower case; others may not."""
    path = tmp_path / "manifest.json"
    path.write_bytes(b"{}")
    (tmp_path / "sum").write_text("99914B932BD37A50B983C5E7C90AE93B\n")
    check_manifest(manifest(path), "sum")
    (tmp_path / "sum").write_text("99914b932bd37a50b983c5e7c90ae93c")
    with pytest.raises(SourceError, match="it was altered"):
        check_manifest(manifest(path), "sum")


def test_a_manifest_that_is_no_object_is_empty(tmp_path):
    """Whatever the bytes are."""
    for content in (b"", b"[1]", b"{", b'{"a": ' * 100_000, b"\xff"):
        path = tmp_path / "manifest.json"
        path.write_bytes(content)
        assert manifest(path).json == {}
