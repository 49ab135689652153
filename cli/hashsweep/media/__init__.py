"""Bytes to a picture: recognised by content, bounded, decoded once. Knows no hash and no list."""
