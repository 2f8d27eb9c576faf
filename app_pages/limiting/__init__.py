"""Fields of limits and measures."""
