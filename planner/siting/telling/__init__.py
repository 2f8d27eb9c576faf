"""A plan -> why each measure is in it, and why nothing else is."""
