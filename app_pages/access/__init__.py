"""Who asks, and what they may: sign-in, roles, the guard before the app."""
