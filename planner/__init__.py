"""Where outdoor workers find an open door: from a union's lists to a siting plan with a proof."""

__all__ = ["__version__"]

__version__ = "0.1.0"
