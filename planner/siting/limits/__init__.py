"""Limits as people set them -> limits of a siting problem in arrays, one kind a module."""
