"""A rematch: matches stored rows of earlier reports against other lists, into a new report."""
