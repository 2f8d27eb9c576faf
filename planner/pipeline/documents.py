"""A plan, and scenarios beside it -> the Word document for the meeting, with its pictures."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.charts import (
    Drawn,
    before_after_chart,
    core_picture,
    curve_chart,
    density_picture,
    gaps_picture,
    group_chart,
    heat_chart,
    lorenz_chart,
    map_picture,
    period_chart,
    steps_chart,
)
from planner.density import density_surface
from planner.district import projection_of
from planner.language import note
from planner.pipeline.choose import PlanResult
from planner.report import Compared, Pictures, PlanReport, write_word
from planner.scenarios import Scenario
from planner.scenarios.drawn import as_today
from planner.scenarios.figures import Outcome, scenario_figures

__all__ = ["write_document"]


def write_document(
    result: PlanResult,
    report: PlanReport,
    path: Path,
    *,
    scenario: Scenario | None = None,
    compared: Compared | None = None,
) -> None:
    """Write the document of a plan, in the language in use.

    Parameters
    ----------
    result, report
        The plan, and what is told of it.
    path
        Where the document is to lie.
    scenario
        That keeps the plan: its name and its coverage-budget curve are told.
    compared
        Scenarios beside it; None: there is no such chapter.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    figures = _figures(report)
    if scenario is not None:
        report = replace(report, scenario=scenario.name)
        figures["curves"] = (scenario.figures or {}).get("curves", {})
    pictures = _pictures(result, report, figures)
    write_word(report, path, pictures=pictures, compared=compared)


def _figures(report: PlanReport) -> dict[str, Any]:
    """Give what charts of a plan draw."""
    return scenario_figures(
        Outcome(
            district=report.district,
            before=report.before,
            after=report.after,
            gaps_before=report.gaps_today,
            gaps_after=report.gaps_after,
            plan=report.plan,
            measures=report.measures,
            by_phase=report.by_phase,
            phases=report.limits.phases,
            notes=report.plan.notes,
        )
    )


def _pictures(result: PlanResult, report: PlanReport, figures: Mapping[str, Any]) -> Pictures:
    prepared, before, after = result.prepared, result.before, result.after
    district, coverage, streets = prepared.district, prepared.coverage, prepared.streets
    surface = density_surface(
        prepared.demand,
        projection=projection_of(district),
        bandwidth_m=district.settings.demand.bandwidth_m,
    )
    today = Drawn(note("Today"), as_today(figures))
    planned = Drawn(note("With the plan"), figures)
    return Pictures(
        density=density_picture(district, surface, streets=streets, spots=report.spots.table),
        gaps=gaps_picture(district, coverage, report.gaps_today, streets=streets),
        plan_map=map_picture(district, coverage, after, result.measures, streets=streets),
        plan_core=core_picture(district, coverage, after, result.measures, streets=streets),
        by_group=group_chart(district, before),
        by_period=period_chart(district, before),
        before_after=before_after_chart(district, before, after),
        heat=heat_chart(figures),
        lorenz=lorenz_chart([today, planned]),
        steps=steps_chart([planned]) if figures["phases"] else None,
        curve=curve_chart([planned], by="money") or curve_chart([planned], by="count"),
    )
