"""Options without a flag: the configuration file, variables, and which of them weaken a sweep."""
