"""A gate: answers requests with verdicts, one at a time; writes no report."""
