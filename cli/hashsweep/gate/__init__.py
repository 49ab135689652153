"""A gate: requests and files to verdicts, one at a time; writes no report."""
