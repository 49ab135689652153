"""Analysis of reports: filters, clusters, decisions, counts. Writes nothing, prints nothing."""
