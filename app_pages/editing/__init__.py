"""A plan edited on the map."""
