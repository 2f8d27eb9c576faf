"""Demand and coverage -> where workers are dense, and which dense places nobody serves."""

__all__: list[str] = []
