"""A plan -> one list of measures: what each adds, for whom, when, and what is lost without it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.demand import two_names
from planner.district.settings import Group, Period
from planner.siting.known import as_asked
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Plan
from planner.siting.problem import SitingProblem
from planner.siting.solving.whole import places_of, state_of, whole_model
from planner.siting.telling.credit import Credit, credit_measures
from planner.siting.telling.exchange import find_exchanges
from planner.siting.telling.nearest import nearest_stations_of
from planner.siting.telling.reasons import Telling, names_of, top_of
from planner.siting.telling.served import served_problem
from planner.siting.telling.times import hours_of_slots, top_hours

__all__ = ["explain_plan"]

_DAYS = 7
_MILLI = 1000
_Longs = NDArray[np.int64]


def explain_plan(
    coverage: Coverage,
    plan: Plan,
    *,
    groups: Sequence[Group] = (),
    periods: Sequence[Period] = (),
    problem: SitingProblem | None = None,
) -> pd.DataFrame:
    """Say what each measure of a plan does: stations that open, change, move or close.

    What several measures serve is credited to one of them: to the first in the order in which each
    next one adds most (ties to the smaller id); what is served no longer, to the measure that took
    its station away. So the gains of all add up to what the plan serves more than today.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    plan
        Openings and closings.
    groups, periods
        Their names, for the sentences; ids stand where they are not given.
    problem
        What was asked, in one phase; without it, nothing is said of what could be done instead.

    Returns
    -------
    pandas.DataFrame
        Index option id: of each chosen option that changes something, and of the option that kept a
        station that closes; most gain first. Columns:

        kind ("new", "upgrade", "move", "close"), steps (tuple of MEASURES ids), site (site id),
        replaces (id of the station that a move takes away, ""), phase (id, "" without phases),
        cost_setup_yuan and cost_yuan (added set-up money), cost_union_yuan (the union's part),
        added_year_yuan (added running cost a year, below 0 where it saves; NaN: not known);

        gain_hours (worker-hours a week newly served against today, its share, less those that it
        takes away: of a closing below 0), taken_hours (what it takes away of that), loss_hours
        (what the plan serves less if it alone is left out, and what it takes away stays: of a
        closing below 0);

        by_group (group id -> its part of those newly served, or of a closing lost, 0 to 1),
        by_period (the same), top_group, top_period (ids, "" where there are none), by_hour (group
        id -> people newly served in each hour 0-23, on average over the days of a week), top_hours
        ("11:00-14:00": the shortest time of day with half of them, "" where nobody, or more than
        eight hours),
        workers_by_group (group id -> workers of the places that newly find an open door at some
        time of the week; at other times the same people may find another one), new_workers (all of
        them);

        nearest_site (id), nearest_name and nearest_m (straight metres) of the nearest station of
        today, itself and the one that it replaces left out (of a closing: of those that the plan
        has), "" and NaN: there is none; nearest_walk_m (metres on foot to it, by the place of
        workers over which that is shortest, NaN: farther than ways were looked for);

        instead (id of the option that would best take its place alone, "" where none keeps all
        limits), instead_hours (what the plan then serves less, worker-hours a week),
        instead_cost_yuan (what that costs more to set up); reason (Message).

    Raises
    ------
    ValueError
        If the plan holds an option that is not known.
    """
    credit = credit_measures(coverage, plan)
    rows = coverage.options.table.loc[list(credit.measures)]
    told = (
        _measures(rows, plan, credit.closes)
        | _figures(coverage, credit)
        | nearest_stations_of(coverage, plan, credit.measures, closes=credit.closes)
        | _instead(coverage, plan, credit.measures, problem)
    )
    table = pd.DataFrame(told, index=pd.Index(list(credit.measures), dtype=object))
    telling = Telling(
        groups={one.id: two_names(one.name, one.name_en) for one in groups},
        periods={one.id: two_names(one.name, one.name_en) for one in periods},
        options=names_of(coverage.options),
    )
    table["reason"] = pd.Series(
        [telling.reason(row) for _, row in table.iterrows()], index=table.index, dtype=object
    )
    return table.sort_values("gain_hours", ascending=False, kind="stable")


def _measures(rows: pd.DataFrame, plan: Plan, closes: int) -> dict[str, Sequence[object]]:
    """Tell what each measure is and what it costs."""
    closing = np.arange(len(rows)) >= len(rows) - closes
    kinds = np.where(closing, "close", rows["kind"].to_numpy(object))
    steps = [
        ("close",) if shut else tuple(step)
        for shut, step in zip(closing, rows["steps"], strict=True)
    ]
    setup = np.where(closing, 0.0, rows["cost_setup_yuan"].to_numpy(float))
    year = rows["cost_year_yuan"].to_numpy(float)
    added = np.where(closing, -year, rows["added_year_yuan"].to_numpy(float))
    return {
        "kind": kinds.tolist(),
        "steps": steps,
        "site": [str(site) for site in rows["site"]],
        "replaces": [str(site) for site in rows["replaces"]],
        "phase": [plan.phase_of.get(str(name), "") for name in rows.index],
        "cost_setup_yuan": setup.tolist(),
        "cost_union_yuan": np.where(closing, 0.0, rows["cost_union_yuan"].to_numpy(float)).tolist(),
        "added_year_yuan": added.tolist(),
        "cost_yuan": setup.tolist(),
    }


def _figures(coverage: Coverage, credit: Credit) -> dict[str, Sequence[object]]:
    """Tell what each measure is credited with."""
    minutes = coverage.slot_minutes
    hour = MILLI_MINUTES_AN_HOUR * credit.weeks
    net = ((credit.gained - credit.lost) @ minutes).sum(axis=1)
    loss = (credit.alone @ minutes).sum(axis=1)
    # Of a measure that newly serves somebody these are told, else those whom it takes away.
    gains = np.asarray(credit.gained.any(axis=(1, 2)), dtype=bool).reshape(-1, 1, 1)
    shown = np.where(gains, credit.gained, credit.lost)
    groups, hours = coverage.demand.groups, hours_of_slots(coverage)
    by_group = [_parts(groups, one @ minutes) for one in shown]
    by_period = [
        _parts(coverage.periods, one.sum(axis=0) @ coverage.slot_period_minutes) for one in shown
    ]
    by_hour = credit.gained @ hours
    workers = credit.workers / _MILLI
    return {
        "gain_hours": (net / hour).tolist(),
        "taken_hours": ((credit.lost @ minutes).sum(axis=1) / hour).tolist(),
        "loss_hours": (loss / hour).tolist(),
        "by_group": by_group,
        "by_period": by_period,
        "top_group": [top_of(parts) for parts in by_group],
        "top_period": [top_of(parts) for parts in by_period],
        "by_hour": [
            {
                group: tuple((one / (hour * _DAYS)).tolist())
                for group, one in zip(groups, of_measure, strict=True)
                if one.any()
            }
            for of_measure in by_hour
        ],
        "top_hours": [top_hours(one.sum(axis=0) @ hours) for one in shown],
        "workers_by_group": [
            {group: float(n) for group, n in zip(groups, one, strict=True) if n} for one in workers
        ],
        "new_workers": workers.sum(axis=1).tolist(),
    }


def _parts(ids: Sequence[str], minutes: _Longs) -> dict[str, float]:
    """Share a gain out; nothing where nothing is gained."""
    total = int(minutes.sum())
    if not total:
        return {}
    return {name: int(part) / total for name, part in zip(ids, minutes, strict=True) if part}


def _instead(
    coverage: Coverage, plan: Plan, measures: Sequence[str], problem: SitingProblem | None
) -> dict[str, Sequence[object]]:
    """Find what would best take the place of each measure."""
    ids = [""] * len(measures)
    less, cost = np.full(len(measures), np.nan), np.full(len(measures), np.nan)
    told: dict[str, Sequence[object]] = {
        "instead": ids,
        "instead_hours": less,  # type: ignore[dict-item]  # an array is a column too
        "instead_cost_yuan": cost,  # type: ignore[dict-item]
    }
    if problem is None:
        return told
    asked = as_asked(served_problem(coverage, problem), plan)
    model = whole_model(asked)
    chosen = places_of(asked, plan.options)
    place = {asked.options[k]: int(k) for k in chosen if not asked.locked[k]}
    outs = [(at, place[name]) for at, name in enumerate(measures) if name in place]
    table = coverage.options.table
    keeps = {str(table["site"][name]): asked.options.index(name) for name in asked.keeps}
    back = [_kept(table, measures[at], keeps) for at, _ in outs]
    found = find_exchanges(
        model,
        state_of(model, chosen),
        [out for _, out in outs],
        free=~asked.forbidden,
        back=back,
    )
    for (at, out), new, change in zip(outs, found.instead, found.instead_change, strict=True):
        if new >= 0:
            ids[at] = asked.options[new]
            less[at] = -change / MILLI_MINUTES_AN_HOUR
            cost[at] = asked.cost_yuan[new] - asked.cost_yuan[out]
    return told


def _kept(table: pd.DataFrame, measure: str, keeps: dict[str, int]) -> int:
    """Give the place of the station that is as today without a measure, -1: none."""
    moved = str(table["replaces"][measure])
    return keeps.get(moved or str(table["site"][measure]), -1)
