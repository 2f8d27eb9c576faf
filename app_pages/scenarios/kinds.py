"""The kind of a run -> what it is called."""

from planner.language import say

__all__ = ["kind_name"]


def kind_name(kind: str) -> str:
    """Name what a run does."""
    return {
        "search": say("Search for a plan"),
        "curve": say("Coverage-budget curve"),
        "sure": say("How sure"),
    }.get(kind, kind)
