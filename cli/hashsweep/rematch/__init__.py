"""A rematch: stored rows of earlier reports against other lists, to a new report."""
