"""planner ...: parse, call, print."""

from planner.cli import (
    browser,
    compare,
    districts,
    figures,
    folder,
    many,
    plans,
    scenarios,
    solving,
    upkeep,
)
from planner.cli.program import app, main

__all__ = ["app", "main"]

COMMANDS = (folder, figures, plans, scenarios, districts, upkeep, compare, solving, browser, many)
"""Modules whose commands the program has; importing them is what adds these."""
