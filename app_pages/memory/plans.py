"""The open scenario -> its plan as a result to show; a plan of other inputs is none."""

import hashlib
import json

from app_pages.memory.shelf import Entry
from planner.pipeline import PlanResult, Prepared
from planner.pipeline.scenarios import result_in
from planner.scenarios import Scenario

__all__ = ["has_plan", "kept_plan", "plan_mark", "remember_plan"]

_MOST = 6
_MARKS = 64


def has_plan(entry: Entry, scenario: Scenario | None) -> bool:
    """Tell whether a scenario has a plan of the inputs as they are; cheap, unlike `kept_plan`."""
    if scenario is None or scenario.plan is None:
        return False
    return scenario.inputs == entry.preparing.answer().district.fingerprint


def kept_plan(entry: Entry, prepared: Prepared, scenario: Scenario | None) -> PlanResult | None:
    """Give the plan of a scenario; None where it has none, or one of inputs that are others now."""
    if scenario is None or not has_plan(entry, scenario):
        return None
    return entry.latest(
        "plan", plan_mark(entry, scenario), lambda: result_in(prepared, scenario), most=_MOST
    )


def remember_plan(entry: Entry, scenario: Scenario, result: PlanResult) -> None:
    """Keep the result of a plan that was just kept in a scenario: it need not be made again."""
    entry.latest("plan", plan_mark(entry, scenario), lambda: result, most=_MOST)


def plan_mark(entry: Entry, scenario: Scenario) -> tuple[str, str]:
    """Tell plans apart; a scenario that was only renamed keeps its result."""
    version = scenario.id, scenario.version
    return scenario.id, entry.latest("plan mark", version, lambda: _mark(scenario), most=_MARKS)


def _mark(scenario: Scenario) -> str:
    text = json.dumps(scenario.plan, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
