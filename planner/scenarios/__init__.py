"""Scenarios of a district: kept, copied, compared, carried to another machine."""

from planner.scenarios.model import Draft, Edit, Scenario, Summary

__all__ = ["Draft", "Edit", "Scenario", "Summary"]
