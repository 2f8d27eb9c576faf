"""Fields that keep what is chosen in them."""
