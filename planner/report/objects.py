"""Figures and plans -> plain objects for JSON: text, numbers, lists, null, and never NaN."""

import math
from dataclasses import asdict
from typing import Any

import pandas as pd

from planner import __version__
from planner.coverage import Figures, GapCheck
from planner.density import HotSpots
from planner.district import District
from planner.hours import hours_text
from planner.report.model import Names, PlanReport
from planner.report.people import json_value
from planner.report.today import TodayReport, keyed_rows

__all__ = ["coverage_json", "gaps_json", "plan_json", "spots_json", "today_json"]

DEGREE_DIGITS = 7
"""About a centimetre."""

MILLI_MINUTES_AN_HOUR = 60_000


def coverage_json(district: District, figures: Figures) -> dict[str, Any]:
    """Give the figures of coverage: whole, by group, by period, by community.

    Shares are of worker-hours, 0 to 1; names are in the language in use. `workers` is headcount; in
    `by_period` stands `workers_present` instead, the people out at the same time on average.
    """
    names = Names(district)
    return {
        **_row(figures.whole),
        "stations": figures.stations,
        "stations_assumed": figures.stations_assumed,
        "stations_registration": figures.stations_registration,
        "by_group": {
            str(identity): {"name": names.group(identity), **_row(row)}
            for identity, row in figures.by_group.iterrows()
        },
        "by_period": {
            str(identity): {
                "name": names.period(identity),
                **_present(_row(row)),
            }
            for identity, row in figures.by_period.iterrows()
        },
        "by_day_period": [
            {
                "day": day,
                "period": period,
                "name": names.period(period),
                **_present(_row(row)),
            }
            for (day, period), row in keyed_rows(figures.by_day_period)
        ],
        "by_community": {
            str(identity): {"name": names.community(identity), **_row(row)}
            for identity, row in figures.by_community.iterrows()
        },
    }


def today_json(report: TodayReport) -> dict[str, Any]:
    """Give everything that is told of the stations that are there.

    Ids are those of the settings and lists; `station` "" stands for workers whom nobody serves, and
    a `period` or `group` "" for all of them.
    """
    return {
        **coverage_json(report.district, report.figures),
        "hot_spots": spots_json(report.spots),
        "gaps": gaps_json(report.district, report.gaps),
        "small_stations": _records(report.small, "station"),
        "nearest": [
            {"n": number, **record}
            for number, table in enumerate(report.nearest, start=1)
            for record in _records(table, "group", "period")
        ],
        "seats": _records(report.seats, "station", "group", "period"),
        "losses": _records(report.losses, "station"),
        "service_areas": _records(
            report.areas.drop(columns="value_milli"), "station", "group", "period"
        ),
    }


def spots_json(spots: HotSpots) -> list[dict[str, Any]]:
    """Give the hot spots, most unserved workers first; hosts are looked for where some are named.

    `nearest_hosts` holds name, host type, straight metres and position of each.
    """
    return [
        {
            "spot": number,
            **_values(row.drop("nearest_hosts")),
            "nearest_hosts": [asdict(host) for host in row["nearest_hosts"]],
        }
        for number, (_, row) in enumerate(spots.table.iterrows(), start=1)
    ]


def gaps_json(district: District, check: GapCheck) -> dict[str, Any]:
    """Give the maximum-gap check: whole, by community and street office, and the places in gaps.

    A `nearest_m` or `candidate_m` that is null: none within `searched_m`.
    """
    names = Names(district)
    return {
        "whole": _values(check.whole),
        "searched_m": check.searched_m,
        "by_community": {
            str(identity): {"name": names.community(identity), **_values(row)}
            for identity, row in check.by_community.iterrows()
        },
        "by_street": {str(identity): _values(row) for identity, row in check.by_street.iterrows()},
        "gaps": _records(check.gaps, "cell"),
        "exempt": _records(check.exempt, "cell"),
    }


def _records(table: pd.DataFrame, *keys: str) -> list[dict[str, Any]]:
    """Give the rows of a table, their keys first."""
    return [
        {
            **dict(zip(keys, map(str, key if isinstance(key, tuple) else (key,)), strict=True)),
            **_values(row),
        }
        for key, (_, row) in zip(table.index.tolist(), table.iterrows(), strict=True)
    ]


def _values(row: pd.Series) -> dict[str, Any]:
    return {str(name): json_value(value) for name, value in row.items()}


def plan_json(report: PlanReport) -> dict[str, Any]:
    """Give a plan with its proof, its figures before and after, and what it rests on.

    `served` and `bound` are worker-hours a week with the existing stations counted in. Where no
    plan keeps the limits, `status` is "infeasible" and `reasons` says why.
    """
    plan, district = report.plan, report.district
    infeasible = plan.is_none
    return {
        "options": [str(identity) for identity in report.sites.index],
        "chosen": list(plan.options),
        "closed": list(plan.closed),
        "phase_of": dict(plan.phase_of),
        "counts_seats": plan.counts_seats,
        "goal": None if plan.goal is None else {**asdict(plan.goal), "gap": plan.goal.gap},
        "measures": [_measure(report, row) for _, row in report.measures.reset_index().iterrows()],
        "not_chosen": _records(
            report.rest.assign(reason=[str(each) for each in report.rest["reason"]]), "id"
        ),
        "phases": _records(report.by_phase, "phase"),
        "sites": [_new_site(report, row) for _, row in report.sites.reset_index().iterrows()],
        "served": None if infeasible else plan.served,
        "bound": None if infeasible else plan.bound,
        "gap": None if infeasible else plan.gap,
        "status": str(plan.status),
        "reasons": [str(reason) for reason in plan.reasons],
        "way_out": [str(way) for way in plan.way_out],
        "notes": [str(each) for each in plan.notes],
        "seconds": plan.seconds,
        "seed": plan.seed,
        "cost_yuan": plan.cost_yuan,
        "cost_year_yuan": report.cost_year_yuan,
        "nominal_share": report.after.nominal_share,
        "effective_share": report.after.effective_share,
        "before": _short(report.before),
        "after": _short(report.after),
        "gaps": {
            "before": _values(report.gaps_today.whole),
            "after": _values(report.gaps_after.whole),
        },
        "workers": round(report.before.workers, 3),
        "worker_hours_week": report.before.worker_hours_week,
        "limits": asdict(report.limits),
        "existing": [
            _existing_site(report, row) for _, row in report.existing.reset_index().iterrows()
        ],
        "assumptions": [str(note) for note in report.notes],
        "rows_set_aside": len(district.rejected),
        "data_note": district.settings.data_note,
        "district": district.settings.name,
        "fingerprint": district.fingerprint,
        "version": __version__,
    }


def _short(figures: Figures) -> dict[str, float]:
    return {
        "served": figures.served_milli / MILLI_MINUTES_AN_HOUR,
        "nominal_share": figures.nominal_share,
        "effective_share": figures.effective_share,
    }


def _new_site(report: PlanReport, row: pd.Series) -> dict[str, Any]:
    return {
        **_place(report, row),
        "hours": hours_text(row["hours"]),
        "cost_yuan": _number(row["cost_setup_yuan"]),
        "cost_year_yuan": _number(row["cost_year_yuan"]),
        "gain_hours": _number(row["gain_hours"]),
        "loss_hours": _number(row["loss_hours"]),
        "nearest_m": _number(row["nearest_m"]),
        "reason": str(row["reason"]),
    }


def _measure(report: PlanReport, row: pd.Series) -> dict[str, Any]:
    place = _place(report, row)
    return {
        **place,
        "kind": str(row["kind"]),
        "steps": list(row["steps"]),
        "site": str(row["site"]),
        "replaces": str(row["replaces"]),
        "phase": str(row["phase"]),
        "hours": hours_text(row["hours"]),
        "cost_yuan": _number(row["cost_setup_yuan"]),
        "cost_union_yuan": _number(row["cost_union_yuan"]),
        "added_year_yuan": _number(row["added_year_yuan"]),
        "gain_hours": _number(row["gain_hours"]),
        "loss_hours": _number(row["loss_hours"]),
        "nearest_m": _number(row["nearest_m"]),
        "sure_share": None if report.sure is None else report.sure.get(place["id"]),
        "reason": str(row["reason"]),
    }


def _existing_site(report: PlanReport, row: pd.Series) -> dict[str, Any]:
    return {
        **_place(report, row),
        "hours": hours_text(row["hours"]),
        "working": bool(row["working"]),
        "stays": bool(row["stays"]),
    }


def _place(report: PlanReport, row: pd.Series) -> dict[str, Any]:
    """Give what every site has; the id stands in the first column, whatever its name."""
    return {
        "id": str(row.iloc[0]),
        "name": _text(row["name"]),
        "lon": round(float(row["lon"]), DEGREE_DIGITS),
        "lat": round(float(row["lat"]), DEGREE_DIGITS),
        "host_type": _text(row["host_type"]),
        "community": _text(row["community"]),
        "community_name": report.names.community(row["community"]),
    }


def _present(row: dict[str, float | None]) -> dict[str, float | None]:
    return {("workers_present" if name == "workers" else name): row[name] for name in row}


def _row(row: pd.Series) -> dict[str, float | None]:
    numbers = {str(name): _number(value) for name, value in row.items()}
    # People are whole thousandths; adding them up as fractions leaves dust behind.
    workers = numbers["workers"]
    return {**numbers, "workers": None if workers is None else round(workers, 3)}


def _number(value: object) -> float | None:
    """Give a number, null where there is none: JSON knows neither NaN nor infinity."""
    if value is None or value is pd.NA:
        return None
    number = float(str(value))
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
