"""The hash kinds that lists contain: those hashsweep computes, and those it only stores.

A test compares BITS with the hashers themselves; it is here so that reading a list does
not import them.
"""

BITS = {
    "sha256": 256,
    "sha1": 160,
    "md5": 128,
    "pdq": 256,
    "phash": 64,
    "dhash": 64,
    "ahash": 64,
    "whash": 64,
}
"""Length in bits of each hash that hashsweep itself computes."""

KEPT = {
    "photodna": "PhotoDNA (Microsoft; licensed, by a plug-in)",
    "tmk": "TMK+PDQF, of videos",
    "vpdq": "vPDQ, of videos",
    "netclean": "NetClean",
    "videntifier": "Videntifier, of videos",
    "ssvh-pdna": "SSVH over PhotoDNA, of videos",
    "ssvh-safer": "SSVH by Safer, of videos",
    "sha512": "SHA-512",
    "sha384": "SHA-384",
    "md4": "MD4",
    "crc32": "CRC-32",
    "tiger": "Tiger",
    "whirlpool": "Whirlpool",
    "phashoverlap": "pHash overlap",
    "text": "a text or a URL, not a hash of media",
}
"""Kinds that lists contain but no hasher here computes: stored, counted, never matched."""

# Other formats' names for the kinds above; compared in lower case without "-", "_" and spaces.
_ALIASES = {
    "pdna": "photodna",
    "hashpdna": "photodna",
    "hashphotodna": "photodna",
    "hashpdq": "pdq",
    "imagepdq": "pdq",
    "hashmd5": "md5",
    "hashvideomd5": "md5",
    "videomd5": "md5",
    "md5hash": "md5",
    "hashsha1": "sha1",
    "sha1hash": "sha1",
    "hashsha256": "sha256",
    "sha256hash": "sha256",
    "hashsha512": "sha512",
    "hashsha384": "sha384",
    "hashtmk": "tmk",
    "videotmk": "tmk",
    "tmkpdqf": "tmk",
    "hashtmkpdqf": "tmk",
    "ssvhpdna": "ssvh-pdna",
    "ssvhsafer": "ssvh-safer",
    "ssvhsaferhash": "ssvh-safer",
    "rawtext": "text",
    "url": "text",
}


def kind_of(name: str) -> str:
    """Return our name for a hash kind; an unknown name is returned in lower case."""
    plain = "".join(char for char in name.strip().lower() if char not in "-_ ")
    return _ALIASES.get(plain, plain)
