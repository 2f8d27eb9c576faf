"""Charts in a page."""
