"""URI to bytes. Knows no picture, no hash and no list."""
