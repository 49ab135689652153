"""The hash kinds that lists contain, and the length of each.

A test holds the first table against the hashers themselves; it stands here so that reading a
list does not import them.
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
