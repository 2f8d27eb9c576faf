"""Scenarios with figures as given, for tests of comparing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from small_plans import small_report

from planner.district.settings import Limits
from planner.report import PlanReport
from planner.scenarios import Scenario
from planner.scenarios.figures import Outcome, scenario_figures

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


def scenario(identity: str, figures: Mapping[str, Any] | None, **more: object) -> Scenario:
    """Give a scenario of one district, named by its id."""
    made = Scenario(
        id=identity,
        name=identity,
        district="d",
        settings="",
        created=NOW,
        changed=NOW,
        figures=figures,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # what a test names


def outcome_of(report: PlanReport) -> Outcome:
    """Give what a report tells as the outcome of a scenario."""
    return Outcome(
        district=report.district,
        before=report.before,
        after=report.after,
        gaps_before=report.gaps_today,
        gaps_after=report.gaps_after,
        plan=report.plan,
        measures=report.measures,
        by_phase=report.by_phase,
        phases=report.limits.phases,
    )


def small_figures(limits: Limits | None = None) -> dict[str, Any]:
    """Give the figures of a plan for the small district."""
    return scenario_figures(outcome_of(small_report(limits=limits)))


def measure(option: str, site: str, **more: object) -> dict[str, Any]:
    """Give one measure as figures hold it."""
    return {
        "option": option,
        "site": site,
        "name": site,
        "kind": "new",
        "steps": ["open"],
        "replaces": "",
        "host": "bank",
        "host_name": "银行网点",
        "host_name_en": "Bank",
        "community": "",
        "phase": "",
        "setup": 1000.0,
        "union": 400.0,
        "year": 100.0,
        "gain_hours": 10.0,
        "loss_hours": 10.0,
        "lon": 120.3,
        "lat": 31.5,
    } | more


def figures(  # noqa: PLR0913 - one for each figure that a test moves
    *,
    share: float = 0.25,
    groups: Sequence[float] = (0.25, 0.25),
    periods: Sequence[float] = (0.25, 0.25),
    worst: float = 0.1,
    gini: float = 0.3,
    gap_workers: float = 50.0,
    setup: float = 0.0,
    union: float = 0.0,
    year: float = 0.0,
    measures: Sequence[Mapping[str, Any]] = (),
    status: str | None = "optimal",
    hours: float = 1000.0,
    before: float = 0.25,
    far_before: float = 50.0,
    gap: float = 0.0,
) -> dict[str, Any]:
    """Give figures of 1,000 worker-hours; today a quarter of them is served."""
    both = {"before": before, "after": share}
    parts = [
        [
            {
                "id": f"{kind}{at}",
                "name": f"{kind}{at}（中）",
                "name_en": f"{kind} {at}",
                "workers": 1.0,
                "hours": hours / len(shares),
                "before": before,
                "after": each,
            }
            for at, each in enumerate(shares)
        ]
        for kind, shares in (("group", groups), ("period", periods))
    ]
    nothing = {"name": "W", "id": "w", "share": worst, "hours": 10.0, "unserved": int(worst == 0)}
    plan = None if status is None else {"status": status, "gap": gap}
    return {
        "format": 1,
        "workers": 10.0,
        "hours": hours,
        "served_milli": {when: round(each * hours * 60_000) for when, each in both.items()},
        "served_hours": {when: each * hours for when, each in both.items()},
        "effective_share": both,
        "nominal_share": {"before": 0.5, "after": 0.5},
        "stations": {"before": 1, "after": 1 + len(measures)},
        "by_group": parts[0],
        "by_period": parts[1],
        "gini": {"before": 0.3, "after": gini},
        "worst": {"before": nothing, "after": nothing},
        "gaps": {
            "before": {"gap_workers": far_before, "exempt_workers": 0.0},
            "after": {"gap_workers": gap_workers, "exempt_workers": 0.0},
        },
        "money": {
            "setup": setup,
            "union": union,
            "partner": setup - union,
            "year": year,
            "by_kind": [{"kind": "new", "count": len(measures)}],
        },
        "measures": list(measures),
        "phases": [],
        "plan": plan,
        "curves": {},
        "notes": [],
    }
