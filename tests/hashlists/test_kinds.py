"""Names of hash kinds as sources spell them."""

import pytest

from hashsweep.hashlists.kinds import BITS, KEPT, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MD5", "md5"),
        (" SHA-1 ", "sha1"),
        ("sha_256", "sha256"),
        ("HASH_PDQ", "pdq"),
        ("ImagePDQ", "pdq"),
        ("HASH_VIDEO_MD5", "md5"),
        ("VideoMD5", "md5"),
        ("VideoTMK", "tmk"),
        ("tmk-pdqf", "tmk"),
        ("TMK_PDQF", "tmk"),
        ("pdna", "photodna"),
        ("PhotoDNA", "photodna"),
        ("ssvh-pdna", "ssvh-pdna"),
        ("ssvh-safer-hash", "ssvh-safer"),
        ("raw_text", "text"),
        ("URL", "text"),
        ("BLAKE3", "blake3"),
    ],
)
def test_spellings(name: str, kind: str) -> None:
    """Sources' names for a kind are ours; an unknown name comes back in plain lower case."""
    assert kind_of(name) == kind


@pytest.mark.parametrize("kind", [*BITS, *KEPT])
def test_own_names(kind: str) -> None:
    """Our own name of a kind stays what it is."""
    assert kind_of(kind) == kind


def test_computed_or_kept() -> None:
    """No kind is both computed and only kept, and every kept one says what it is."""
    assert not BITS.keys() & KEPT.keys()
    assert all(KEPT.values())
