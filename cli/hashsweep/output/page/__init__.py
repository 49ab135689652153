"""A report as one page that stands alone: no network, no picture, no name before it is asked for.

Knows no list, no index and no terminal.
"""
