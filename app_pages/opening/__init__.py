"""Opening a district and looking through what was read."""
