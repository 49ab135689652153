"""Turns bytes into a picture: recognised by content, bounded, decoded once. Knows no hash."""

MAX_PIXELS = 300_000_000
"""Default limit of width x height; photographs of 200 megapixels are legitimate."""

MAX_FRAMES = 1_000
"""Default limit of the frames of one file that are compared, including the first.

For animations and documents with many pages; a file with more is never clean."""

KEEP_FRAMES = 256
"""Default limit on the different PDQs of a file's frames that its row keeps: 9 KB."""
