"""The search for a plan, and what it found."""
