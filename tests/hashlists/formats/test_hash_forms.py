"""What is written around a hash, and in place of one."""

import base64
import uuid

import pytest

from hashsweep.hashlists.formats.base import (
    RowError,
    is_marked_hash,
    read_any,
    read_hash,
    safe_id,
)
from hashsweep.hashlists.formats.hash_forms import BLANK, bare, named_by, of_bytes
from support.list_samples import md5, sha1, sha256

HEX = md5(1)
RAW = bytes.fromhex(HEX)
ESCAPED = "".join(chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02X}" for b in RAW)


@pytest.mark.parametrize(
    "text",
    [
        f"md5:{HEX}", f"MD5={HEX.upper()}", f"md5-{HEX}", f"{{MD5}}{HEX}", f"urn:md5:{HEX}",
        f"md5-{base64.b64encode(RAW).decode()}", f"{{md5}}{base64.b64encode(RAW).decode()}",
        f"0x{HEX}", f"0X{HEX.upper()}", f"\\x{HEX}", f"\\\\x{HEX}", f"X'{HEX}'", f"'{HEX}",
        f'"{HEX}"', f'="{HEX}"', repr(RAW), f"b'{HEX}'", ESCAPED, str(uuid.UUID(HEX)),
        RAW.hex(":"), RAW.hex(" ", 4), RAW.hex("-").upper(),
    ],
)  # fmt: skip
def test_marks_of_databases_and_registries(text: str) -> None:
    """One value, with the algorithm named or told from the text; none of it is an entry's id."""
    assert read_hash(text, "md5") == read_any(text, None) == ("md5", RAW)
    assert is_marked_hash(text)
    assert safe_id(text, [("md5", RAW)], 7) == "line-7" or len(text) < 34 or "\\x" in text[1:]


def test_a_text_may_name_another_algorithm() -> None:
    """What the hash says of itself counts, in the column of another kind as well."""
    assert read_hash(f"sha1:{sha1(1)}", "md5") == ("sha1", bytes.fromhex(sha1(1)))
    assert read_any(f"sha2-256:{sha256(1)}", None) == ("sha256", bytes.fromhex(sha256(1)))
    assert read_any(f"pdq:{sha256(1)}", None)[0] == "pdq"
    assert read_any("sha512:abcd", None) == ("sha512", b"abcd")
    assert read_hash("md5: some words", "text") == ("text", b"md5: some words")


@pytest.mark.parametrize("text", [f"md5:{HEX}0", f"0x{HEX[:-1]}", f"md6:{HEX}", f"x'{HEX}", "0x"])
def test_what_is_no_such_form_is_refused(text: str) -> None:
    """A mark does not make a hash of the wrong length good."""
    with pytest.raises(RowError):
        read_any(text, None)


@pytest.mark.parametrize("word", ["NULL", "null", "N/A", "nan", "NaN", "None", "-", "\\N", "<NA>"])
def test_words_for_nothing_are_no_hash(word: str) -> None:
    """Nor a hash that is only kept."""
    assert word in BLANK
    for kind in ("md5", "photodna"):
        with pytest.raises(RowError) as caught:
            read_hash(f" {word} ", kind)
        assert caught.value.code == "no-hash"


@pytest.mark.parametrize(
    "text", ["", "b'", "b'\\", "b'\\xzz'", "=''", "{}", "a:b", "\\x\\x", "x" * 5000]
)
def test_other_texts_stay(text: str) -> None:
    """Nothing is raised, whatever stands there."""
    assert named_by(text)[0] is None
    bare(text)


def test_bytes_that_are_digits() -> None:
    """Bytes of twice the length are the hex of the hash; others its value."""
    assert of_bytes(RAW, 16) == of_bytes(HEX.encode(), 16) == of_bytes(HEX.encode()) == HEX
    assert of_bytes(b"g" * 32, 16) == (b"g" * 32).hex()


def test_a_uuid_is_an_id() -> None:
    """Unless it is the entry's own hash."""
    name = str(uuid.UUID(md5(2)))
    assert safe_id(name, [("md5", RAW)], 7) == name
