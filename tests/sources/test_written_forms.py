"""Bytes as tools write them in text; tests/hashlists/formats/test_hash_forms.py has hashes."""

import pytest

from hashsweep.sources.written_forms import BLANK, bare, of_bytes

RAW = bytes(range(200, 216))


@pytest.mark.parametrize("text", [f"0x{RAW.hex()}", f"\\x{RAW.hex()}", repr(RAW), RAW.hex(":")])
def test_bare(text):
    """The digits alone."""
    assert bare(text) == RAW.hex()


def test_other_texts_stay():
    """Nothing is taken off."""
    assert [bare(text) for text in ("", "a b", "0xyz")] == ["", "a b", "0xyz"]
    assert of_bytes(RAW) == RAW.hex()
    assert "NULL" in BLANK
