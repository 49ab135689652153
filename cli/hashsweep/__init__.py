"""hashsweep finds known harmful media in stored files by their hashes.

It handles hashes only: it never shows, copies, moves, deletes or uploads media.
"""

__version__ = "0.5.0"
