"""What reports come to: filters, clusters, decisions, counts. Writes nothing, prints nothing."""
