"""Streams of points too many to hold -> rows of a siting problem."""
