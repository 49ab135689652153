"""A sweep: options to a plan, items in batches to workers, records to a report."""
