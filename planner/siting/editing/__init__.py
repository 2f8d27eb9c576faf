"""Edits of a plan by hand, each answered with exact figures at once."""
