"""Documents and the list of measures."""
