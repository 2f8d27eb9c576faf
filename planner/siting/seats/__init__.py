"""Seats of stations in the choice of a plan."""
