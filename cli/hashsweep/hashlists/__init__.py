"""Hash lists: read in many formats, compiled into one format that is memory-mapped."""
