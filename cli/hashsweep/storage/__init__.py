"""Access to bytes by URI. Knows no picture, no hash and no list."""
