"""Views of demand and of the service of today."""
