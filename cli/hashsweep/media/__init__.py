"""Bytes to a picture: recognised by content, bounded, decoded once. Knows no hash and no list."""

MAX_PIXELS = 300_000_000
"""Default bound on width x height; photographs of 200 megapixels are legitimate."""

MAX_FRAMES = 1_000
"""Default bound on the frames of one file that are compared, the first one included.

It is meant for animations and documents of many pages; what is beyond it is never clean."""

KEEP_FRAMES = 256
"""Default bound on the different PDQs of one file's frames that its row keeps: 9 KB."""
