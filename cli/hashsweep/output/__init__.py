"""What leaves the program: summaries, tables, exports, a page, metrics, a log."""
