"""The program's output: summaries, tables, exports, a page, metrics, a log."""
