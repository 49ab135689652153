"""Hash lists: read in many formats, compiled into one form that is opened by memory map."""
