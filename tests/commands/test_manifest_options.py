"""Values of the options about manifests."""

import click
import pytest

from hashsweep.commands.manifest_options import Mapped, Names


def test_a_field_and_its_column():
    """Everything after the first = is the column."""
    assert Mapped().convert("uri=a=b", None, None) == ("uri", "a=b")
    assert Mapped().convert(("uri", "a"), None, None) == ("uri", "a")
    for text in ("uri", "uri=", "nonsense=a"):
        with pytest.raises(click.BadParameter, match="does not look like uri=object_url"):
            Mapped().convert(text, None, None)


def test_names_of_columns():
    """Each once, none empty."""
    assert Names().convert("uri, size,id", None, None) == ("uri", "size", "id")
    assert Names().convert((), None, None) == ()
    for text in ("", "a,,b", "a,a"):
        with pytest.raises(click.BadParameter, match="does not look like uri,size,content_id"):
            Names().convert(text, None, None)
