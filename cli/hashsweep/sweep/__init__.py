"""A sweep: options make a plan, items go to workers in batches, records go to a report."""
