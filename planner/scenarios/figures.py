"""What a plan changes -> the figures of a scenario as plain values, kept with it and compared."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.coverage import Figures, GapCheck
from planner.demand import two_names
from planner.district import District
from planner.district.settings import Phase
from planner.language import LANGUAGES, Message
from planner.scenarios.basis import basis_of
from planner.siting import Plan, Status
from planner.siting.limits.entering import BOUGHT

__all__ = ["FORMAT", "Outcome", "gini_of", "scenario_figures", "with_curve"]

FORMAT = 1
"""Version of what `scenario_figures` gives."""
_KINDS = ("new", "move", "upgrade", "close")
_NO_TABLE = pd.DataFrame()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scenario comes to, in objects that are known below the scenarios."""

    district: District
    before: Figures
    """Who is served today, under the settings of the scenario."""
    after: Figures
    """Who is served with the plan; the same as `before` where there is none."""
    gaps_before: GapCheck
    gaps_after: GapCheck
    plan: Plan | None = None
    """None: the state of today."""
    measures: pd.DataFrame = field(default_factory=lambda: _NO_TABLE)
    """As `planner.siting.telling.listing.list_measures` gives them."""
    by_phase: pd.DataFrame = field(default_factory=lambda: _NO_TABLE)
    """As `planner.siting.goals.phases.cumulative_curve` gives it."""
    phases: tuple[Phase, ...] = ()
    """Of the limits, for their names."""
    notes: tuple[Message, ...] = ()
    """What a reader must know of the plan."""


def scenario_figures(outcome: Outcome) -> dict[str, Any]:
    """Give what comparing tells of a scenario: text, numbers, lists, null; never NaN.

    Everything can be told without the district at hand: names stand in both languages ("name",
    "name_en"), notes as {"zh", "en"}. Shares are of worker-hours a week and effective (an open
    door that admits, is listed and not gated), 0 to 1, unless the name says nominal; money is in
    yuan, hours are worker-hours a week.

    Returns
    -------
    dict
        format; basis: a fingerprint of each part of the settings that all of this is counted by
        (see `planner.scenarios.basis`); workers, hours; served_milli {before, after} (whole
        thousandths of a worker-minute, exact), served_hours, effective_share, nominal_share,
        stations {before, after};
        by_group, by_period: [{id, name, name_en, workers, hours, before, after}];
        by_group_period: {groups, periods (ids), hours, before, after (a row a group)};
        by_community: {id, name, workers, hours, before, after (a list each)}, without places that
        lie in none and without communities that have no demand;
        gini {before, after} (see `gini_of`; null without communities), worst {before, after: {id,
        name, share, hours, unserved (communities in which nobody is served)} or null};
        gaps {before, after: {workers, served_workers, gap_workers, gap_cells, exempt_workers,
        farthest_m (null: beyond what was searched, or nobody must have a station near)}};
        money {setup, union, partner, year, year_unknown (measures whose running cost is not
        known), by_kind: [{kind, count, setup, union, partner, year}]};
        measures: [{option, site, name, kind, steps, replaces, host, host_name, host_name_en,
        community, phase, setup, union, year, gain_hours, loss_hours, lon, lat}];
        phases: [{id, name, name_en, measures, opened, cost, all_cost, served_hours, share}];
        plan: {status, gap, counts_seats, cost, goal {kind, minimise, value, bound, unit} or null}
        or null (the state of today); curves: by "count" or "money" as `with_curve` keeps it;
        notes: [{zh, en, broken (a limit that a plan changed by hand does not keep)}].
    """
    before, after = outcome.before, outcome.after
    settings = outcome.district.settings
    groups = {each.id: (each.name, each.name_en) for each in settings.groups}
    periods = {each.id: (each.name, each.name_en) for each in settings.periods}
    communities = _communities(outcome)
    return {
        "format": FORMAT,
        "basis": basis_of(settings, counts_seats=_counts_seats(outcome)),
        "workers": _number(before.workers),
        "hours": _number(before.worker_hours_week),
        "served_milli": {"before": before.served_milli, "after": after.served_milli},
        "served_hours": _both(before.served_milli / 60_000, after.served_milli / 60_000),
        "effective_share": _both(before.effective_share, after.effective_share),
        "nominal_share": _both(before.nominal_share, after.nominal_share),
        "stations": {"before": before.stations, "after": after.stations},
        "by_group": _parts(before.by_group, after.by_group, groups),
        "by_period": _parts(before.by_period, after.by_period, periods),
        "by_group_period": _by_group_period(before, after),
        "by_community": communities,
        "gini": {when: gini_of(communities["hours"], communities[when]) for when in _WHEN},
        "worst": {when: _worst(communities, when) for when in _WHEN},
        "gaps": {"before": _gaps(outcome.gaps_before), "after": _gaps(outcome.gaps_after)},
        "money": _money(outcome),
        "measures": _measures(outcome),
        "phases": _phases(outcome),
        "plan": None if outcome.plan is None else _plan(outcome.plan),
        "curves": {},
        "notes": [_note(told, outcome.plan) for told in outcome.notes],
    }


def _note(told: Message, plan: Plan | None) -> dict[str, Any]:
    """Tell what a reader must know, in each language."""
    broken = plan is not None and plan.status is Status.EDITED and told in plan.reasons
    return {**{each: told.text(each) for each in LANGUAGES}, "broken": broken}


_WHEN = ("before", "after")


def with_curve(figures: Mapping[str, Any], curve: Mapping[str, Any]) -> dict[str, Any]:
    """Give figures with a coverage-budget curve kept in them.

    Parameters
    ----------
    figures
        As `scenario_figures` gives them.
    curve
        {by: "count" or "money", knee, points: [{limit, count, cost_yuan, served, bound,
        effective_share}]}, as `planner.pipeline.curve_object` gives it; nothing else is kept.
    """
    kept = ("limit", "count", "cost_yuan", "served", "bound", "effective_share")
    points = [{name: point[name] for name in kept} for point in curve["points"]]
    told = {"knee": curve["knee"], "points": points}
    return {**figures, "curves": {**figures.get("curves", {}), curve["by"]: told}}


def gini_of(hours: Sequence[float], shares: Sequence[float]) -> float | None:
    """Give the Gini coefficient of the served shares of communities, each as large as its demand.

    0 where the same share is served everywhere (also where nobody is served at all), towards 1
    where all who are served live in few places. It is twice the area between the Lorenz curve (the
    share of demand, communities with the least served share first, against the share of those
    served) and the diagonal.

    Parameters
    ----------
    hours
        Demand of each community, at least 0.
    shares
        Share of it that is served, 0 to 1.

    Returns
    -------
    float or None
        None where there is no community with demand.

    References
    ----------
    J. L. Gastwirth (1972), The estimation of the Lorenz curve and Gini index, Review of Economics
    and Statistics 54, 306-316.

    Examples
    --------
    >>> gini_of([10.0, 10.0], [0.0, 1.0])
    0.5
    >>> gini_of([10.0, 30.0], [0.4, 0.4])
    0.0
    """
    total = math.fsum(hours)
    if total <= 0:
        return None
    served = math.fsum(h * s for h, s in zip(hours, shares, strict=True))
    if served <= 0:
        return 0.0
    below, parts = 0.0, []
    for share, size in sorted(zip(shares, hours, strict=True)):
        mine = share * size
        parts.append(size * (2 * below + mine))
        below += mine
    return max(0.0, 1 - math.fsum(parts) / (total * served))


def _counts_seats(outcome: Outcome) -> bool:
    """Tell whether who finds no seat is not served: as the plan says, else as the settings do."""
    plan, service = outcome.plan, outcome.district.settings.service
    return service.count_seats if plan is None else plan.counts_seats


def _both(before: float, after: float) -> dict[str, float | None]:
    return {"before": _number(before), "after": _number(after)}


def _parts(
    before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """Tell the served share of each part of the demand."""
    told = []
    rows = zip(before.index, before.itertuples(index=False), after["effective_share"], strict=True)
    for identity, row, then in rows:
        key = str(identity)
        name = two_names(*names.get(key, (key, "")))
        told.append(
            {
                "id": key,
                "name": name.text("zh"),
                "name_en": name.text("en"),
                "workers": _number(row.workers),
                "hours": _number(row.worker_hours_week),
                "before": _number(row.effective_share),
                "after": _number(then),
            }
        )
    return told


def _by_group_period(before: Figures, after: Figures) -> dict[str, Any]:
    """Tell the served share of each group in each period, a row a group."""
    groups, periods = map(list, (before.by_group.index, before.by_period.index))
    tables = {
        "hours": before.by_group_period["worker_hours_week"],
        "before": before.by_group_period["effective_share"],
        "after": after.by_group_period["effective_share"],
    }
    return {
        "groups": list(map(str, groups)),
        "periods": list(map(str, periods)),
        **{
            name: [[_number(values[(g, p)]) for p in periods] for g in groups]
            for name, values in tables.items()
        },
    }


def _communities(outcome: Outcome) -> dict[str, list[Any]]:
    """Tell the served share of each community with demand, in the order of the cells."""
    rows = outcome.before.by_community
    rows = rows.loc[(rows.index != "") & (rows["worker_hours_week"] > 0)]
    known = outcome.district.communities
    after = outcome.after.by_community.loc[rows.index]
    return {
        "id": [str(each) for each in rows.index],
        "name": [
            str(known["name"][each]) if each in known.index else str(each) for each in rows.index
        ],
        "workers": _numbers(rows["workers"]),
        "hours": _numbers(rows["worker_hours_week"]),
        "before": _numbers(rows["effective_share"]),
        "after": _numbers(after["effective_share"]),
    }


def _worst(communities: Mapping[str, list[Any]], when: str) -> dict[str, Any] | None:
    """Name the community with the least served share: the largest of them, then the first by id."""
    shares = communities[when]
    if not shares:
        return None
    ranked = zip(shares, (-hours for hours in communities["hours"]), communities["id"], strict=True)
    _, at = min((rank, at) for at, rank in enumerate(ranked))
    return {
        "id": communities["id"][at],
        "name": communities["name"][at],
        "share": shares[at],
        "hours": communities["hours"][at],
        "unserved": sum(share == 0 for share in shares),
    }


def _gaps(check: GapCheck) -> dict[str, Any]:
    names = (
        "workers", "served_workers", "gap_workers", "gap_cells", "exempt_workers", "farthest_m",
    )  # fmt: skip
    return {name: _number(check.whole[name]) if name in check.whole else None for name in names}


def _money(outcome: Outcome) -> dict[str, Any]:
    """Add up who pays for what; a running cost that is not known counts as nothing."""
    rows = outcome.measures
    kinds = (
        []
        if rows.empty
        else [
            _money_of(kind, rows.loc[rows["kind"] == kind])
            for kind in _KINDS
            if (rows["kind"] == kind).any()
        ]
    )
    kinds += _bought(outcome)
    whole = {
        name: _number(math.fsum(each[name] for each in kinds))
        for name in ("setup", "union", "partner", "year")
    }
    unknown = 0 if rows.empty else int(rows["added_year_yuan"].astype(float).isna().sum())
    return {**whole, "year_unknown": unknown, "by_kind": kinds}


def _money_of(kind: str, rows: pd.DataFrame) -> dict[str, Any]:
    setup = float(rows["cost_setup_yuan"].astype(float).sum())
    union = float(rows["cost_union_yuan"].astype(float).sum())
    return {
        "kind": kind,
        "count": len(rows),
        "setup": setup,
        "union": union,
        "partner": setup - union,
        "year": float(rows["added_year_yuan"].astype(float).sum()),
    }


def _bought(outcome: Outcome) -> list[dict[str, Any]]:
    """Tell the money for containers, which are bought once for all their stays."""
    count = sum(option.startswith(BOUGHT) for option in outcome.plan.options) if outcome.plan else 0
    prices = {measure.id: measure for measure in outcome.district.settings.measures}
    price = prices.get("container")
    if not count or price is None:
        return []
    setup = count * price.cost_setup_yuan
    union = setup * (1.0 if price.union_share is None else price.union_share)
    return [
        {
            "kind": "bought",
            "count": count,
            "setup": setup,
            "union": union,
            "partner": setup - union,
            "year": 0.0,
        }
    ]


def _measures(outcome: Outcome) -> list[dict[str, Any]]:
    hosts = {each.id: (each.name, each.name_en) for each in outcome.district.settings.hosts}
    return [_measure(str(option), row, hosts) for option, row in outcome.measures.iterrows()]


def _measure(option: str, row: pd.Series, hosts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    host = _text(row["host_type"])
    name = two_names(*hosts.get(host, (host, "")))
    return {
        "option": option,
        "site": str(row["site"]),
        "name": _text(row["name"]) or str(row["site"]),
        "kind": str(row["kind"]),
        "steps": list(map(str, row["steps"])),
        "replaces": _text(row["replaces"]),
        "host": host,
        "host_name": name.text("zh"),
        "host_name_en": name.text("en"),
        "community": _text(row["community"]),
        "phase": _text(row["phase"]),
        "setup": _number(row["cost_setup_yuan"]),
        "union": _number(row["cost_union_yuan"]),
        "year": _number(row["added_year_yuan"]),
        "gain_hours": _number(row["gain_hours"]),
        "loss_hours": _number(row["loss_hours"]),
        "lon": _number(row["lon"]),
        "lat": _number(row["lat"]),
    }


def _phases(outcome: Outcome) -> list[dict[str, Any]]:
    names = {each.id: (each.name, each.name_en) for each in outcome.phases}
    told = []
    for identity, row in outcome.by_phase.iterrows():
        key = str(identity)
        name = two_names(*names.get(key, (key, "")))
        told.append(
            {
                "id": key,
                "name": name.text("zh") or key,
                "name_en": name.text("en") or key,
                "measures": int(row["measures"]),
                "opened": int(row["opened"]),
                "cost": _number(row["cost_yuan"]),
                "all_cost": _number(row["all_cost_yuan"]),
                "served_hours": _number(row["served_hours"]),
                "share": _number(row["share"]),
            }
        )
    return told


def _plan(plan: Plan) -> dict[str, Any]:
    goal = plan.goal
    return {
        "status": str(plan.status),
        "gap": None if plan.is_none else _number(plan.gap),
        "counts_seats": plan.counts_seats,
        "cost": _number(plan.cost_yuan),
        "goal": None
        if goal is None
        else {
            "kind": goal.kind,
            "minimise": goal.minimise,
            "value": _number(goal.value),
            "bound": _number(goal.bound),
            "unit": goal.unit,
        },
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _numbers(values: Iterable[object]) -> list[float | None]:
    return [_number(value) for value in values]


def _number(value: object) -> float | None:
    """Give a number as JSON can hold it: null for what is missing or not finite."""
    if value is None or value is pd.NA:
        return None
    number = float(str(value))
    return number if math.isfinite(number) else None
