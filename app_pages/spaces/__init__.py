"""Folders of districts, and what is taken out of archives."""
