"""Finds which stored hashes match which list entries. Knows no list format and no picture."""
