"""Figures of a scenario -> what charts of it draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.demand.names import two_names
from planner.language import Message, note

__all__ = [
    "Heat",
    "as_today",
    "bars_of",
    "curve_in",
    "heat_of",
    "lorenz_of",
    "names_apart",
    "plan_at",
    "steps_of",
]

_Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The share served of each group in each period."""

    group_ids: tuple[str, ...]
    groups: tuple[Message, ...]
    period_ids: tuple[str, ...]
    periods: tuple[Message, ...]
    shares: Mapping[tuple[str, str], float | None]
    """(group, period) -> share of worker-hours; None: nobody of the group is out then."""


def bars_of(figures: _Figures) -> list[tuple[str, Message, float | None]]:
    """Give the share served of the whole district, then of each group that has workers.

    Returns
    -------
    list
        (id of the group, its name, share); the id of the whole is "".
    """
    groups = [
        (str(each["id"]), two_names(each["name"], each["name_en"]), each["after"])
        for each in figures["by_group"]
        if each["hours"]
    ]
    return [("", note("All workers"), figures["effective_share"]["after"]), *groups]


def heat_of(figures: _Figures) -> Heat:
    """Give the share served of each group in each period."""
    table = figures["by_group_period"]
    names = {each["id"]: two_names(each["name"], each["name_en"]) for each in figures["by_group"]}
    times = {each["id"]: two_names(each["name"], each["name_en"]) for each in figures["by_period"]}
    shares = {
        (group, period): share if hours else None
        for group, all_hours, all_shares in zip(
            table["groups"], table["hours"], table["after"], strict=True
        )
        for period, hours, share in zip(table["periods"], all_hours, all_shares, strict=True)
    }
    return Heat(
        group_ids=tuple(table["groups"]),
        groups=tuple(names[each] for each in table["groups"]),
        period_ids=tuple(table["periods"]),
        periods=tuple(times[each] for each in table["periods"]),
        shares=shares,
    )


def lorenz_of(figures: _Figures) -> list[tuple[float, float]]:
    """Give the Lorenz curve over communities: shares of demand and of those served so far.

    Communities with the least served share come first. From (0, 0) to (1, 1); the diagonal where
    nobody is served; nothing without communities.

    References
    ----------
    J. L. Gastwirth (1972), The estimation of the Lorenz curve and Gini index, Review of Economics
    and Statistics 54, 306-316.
    """
    table = figures["by_community"]
    rows = sorted(zip(table["after"], table["hours"], strict=True))
    total = sum(hours for _, hours in rows)
    served = sum(share * hours for share, hours in rows)
    if not total:
        return []
    if not served:
        return [(0.0, 0.0), (1.0, 1.0)]
    points, demand_so_far, served_so_far = [(0.0, 0.0)], 0.0, 0.0
    for share, hours in rows:
        demand_so_far += hours
        served_so_far += share * hours
        points.append((demand_so_far / total, served_so_far / served))
    return points


def steps_of(figures: _Figures) -> list[tuple[Message, float, float]]:
    """Give what was spent and is served at the end of each phase: (phase, yuan so far, share).

    Today comes first; a plan without phases is one step.
    """
    steps = [(note("today"), 0.0, float(figures["effective_share"]["before"]))]
    for phase in figures["phases"]:
        name = two_names(phase["name"], phase["name_en"])
        steps.append((name, float(phase["all_cost"]), float(phase["share"])))
    if not figures["phases"] and figures["plan"] is not None:
        cost, share = figures["money"]["setup"], figures["effective_share"]["after"]
        steps.append((note("the whole plan"), float(cost), float(share)))
    return steps


def curve_in(figures: _Figures, by: str) -> list[tuple[float, float, float]]:
    """Give the coverage-budget curve that is kept with figures; nothing where none is.

    Parameters
    ----------
    figures
        As `scenario_figures` gives them.
    by
        "count" or "money".

    Returns
    -------
    list
        (openings or yuan, share served, share that no plan exceeds) of each point, ascending.
    """
    curve = (figures.get("curves") or {}).get(by) or {"points": []}
    at = "cost_yuan" if by == "money" else "count"
    hours = figures["hours"] or 1.0
    return [
        (float(each[at]), float(each["effective_share"]), min(1.0, float(each["bound"]) / hours))
        for each in curve["points"]
    ]


def plan_at(figures: _Figures, by: str) -> tuple[float, float]:
    """Give where the plan itself stands among the points of `curve_in`: (size, share served).

    A relocatable station is one opening, bought once, at however many places it stays in a year.
    """
    size = figures["money"]["setup"] if by == "money" else _openings(figures)
    return float(size), float(figures["effective_share"]["after"])


def _openings(figures: _Figures) -> float:
    kinds = figures["money"]["by_kind"]
    bought = sum(each["count"] for each in kinds if each["kind"] == "bought")
    opened = sum(
        each["kind"] == "new" and "container" not in each["steps"] for each in figures["measures"]
    )
    return float(opened + bought)


def as_today(figures: _Figures) -> dict[str, Any]:
    """Give the figures that charts of a plan draw as they are today, before its measures."""
    share = figures["effective_share"]["before"]
    groups = [{**each, "after": each["before"]} for each in figures["by_group"]]
    together, communities = figures["by_group_period"], figures["by_community"]
    return {
        **figures,
        "effective_share": {"before": share, "after": share},
        "by_group": groups,
        "by_group_period": {**together, "after": together["before"]},
        "by_community": {**communities, "after": communities["before"]},
        "measures": [],
        "money": {**figures["money"], "setup": 0.0},
        "phases": [],
        "plan": None,
        "curves": {},
    }


def names_apart(names: Sequence[str]) -> list[str]:
    """Give names so that two that are the same are told apart, in order."""
    given: list[str] = []
    for name in names:
        apart, more = name, 2
        while apart in given:
            apart, more = f"{name} ({more})", more + 1
        given.append(apart)
    return given
