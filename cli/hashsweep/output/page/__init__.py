"""A report as one self-contained page: no network, no pictures, names hidden until asked for.

Knows no list, no index and no terminal.
"""
