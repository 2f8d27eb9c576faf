"""A prepared district, with a plan or without -> the figures of a scenario that are compared."""

from typing import Any

from planner.pipeline.choose import PlanResult, cover, find_gaps
from planner.pipeline.prepare import Prepared
from planner.scenarios.figures import Outcome, scenario_figures

__all__ = ["figures_of", "figures_of_today"]


def figures_of(result: PlanResult) -> dict[str, Any]:
    """Give what comparing tells of a plan, see `planner.scenarios.figures.scenario_figures`."""
    return scenario_figures(
        Outcome(
            district=result.prepared.district,
            before=result.before,
            after=result.after,
            gaps_before=find_gaps(result.prepared),
            gaps_after=find_gaps(result.prepared, result.there),
            plan=result.plan,
            measures=result.measures,
            by_phase=result.by_phase,
            phases=result.limits.phases,
            notes=result.plan.notes,
        )
    )


def figures_of_today(prepared: Prepared) -> dict[str, Any]:
    """Give what comparing tells of the state of today: the figures of the baseline."""
    today, gaps = cover(prepared), find_gaps(prepared)
    return scenario_figures(
        Outcome(
            district=prepared.district,
            before=today,
            after=today,
            gaps_before=gaps,
            gaps_after=gaps,
        )
    )
