"""A siting problem -> how much can be served with how much, and in which order."""
