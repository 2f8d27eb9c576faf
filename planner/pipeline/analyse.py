"""A prepared district -> everything that is known of the stations that are there."""

from typing import Any

from planner.coverage import (
    GapCheck,
    measure_coverage,
    nearest_stations,
    seat_use,
    service_areas,
    small_stations,
    station_losses,
)
from planner.district.settings import ServiceRules
from planner.language import note
from planner.pipeline.choose import find_gaps, find_hot_spots
from planner.pipeline.prepare import Prepared
from planner.progress import Progress, silent
from planner.report import TodayReport, gaps_json, today_json

__all__ = ["analyse", "gaps_object", "today_object"]

_NEAREST = (1, 2, 3)


def analyse(
    prepared: Prepared, *, service: ServiceRules | None = None, progress: Progress = silent
) -> TodayReport:
    """Measure everything that is told of the stations that are there.

    Parameters
    ----------
    prepared
        The district.
    service
        Whether seats count, and how coverage fades with the way; None: as its settings say.
    progress
        Told how far the work is.
    """
    coverage, present, district = prepared.coverage, prepared.present, prepared.district
    step = note("Measuring who is served how")
    progress(step, 0.0)
    rules = service or district.settings.service
    figures = measure_coverage(coverage, present, service=rules)
    progress(step, 0.2)
    nearest = tuple(nearest_stations(coverage, present, n=n) for n in _NEAREST)
    progress(step, 0.5)
    losses, areas = station_losses(coverage, present), service_areas(coverage, present)
    progress(step, 0.8)
    report = TodayReport(
        district=district,
        coverage=coverage,
        figures=figures,
        gaps=find_gaps(prepared),
        small=small_stations(district.stations, rules=district.settings.gaps),
        nearest=nearest,
        seats=seat_use(coverage, present, service=rules),
        losses=losses,
        areas=areas,
        spots=find_hot_spots(prepared, service=rules),
        notes=prepared.notes,
        problems=prepared.problems,
    )
    progress(step, 1.0)
    return report


def today_object(prepared: Prepared, report: TodayReport) -> dict[str, Any]:
    """Give everything that is known of the stations that are there."""
    return {**today_json(report), **_basis(prepared)}


def gaps_object(prepared: Prepared, check: GapCheck) -> dict[str, Any]:
    """Give the maximum-gap check."""
    return {**gaps_json(prepared.district, check), **_basis(prepared)}


def _basis(prepared: Prepared) -> dict[str, Any]:
    return {
        "rows_set_aside": len(prepared.district.rejected),
        "assumptions": [str(each) for each in prepared.notes],
        "data_note": prepared.district.settings.data_note,
    }
