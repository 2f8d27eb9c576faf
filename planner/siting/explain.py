"""A plan -> why each site is in it: what it adds, for whom, when, and what is lost without it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.demand import two_names
from planner.district.settings import Group, Period
from planner.language import Message, note
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Plan

__all__ = ["explain_plan"]

_STAYS, _CLOSES, _OPENS = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What one option is credited with."""

    gain_hours: float
    loss_hours: float
    by_group: dict[str, float]
    by_period: dict[str, float]
    nearest_m: float


def explain_plan(
    coverage: Coverage,
    plan: Plan,
    *,
    groups: Sequence[Group] = (),
    periods: Sequence[Period] = (),
) -> pd.DataFrame:
    """Say why each opening of a plan is in it.

    What several openings serve is credited to one of them: to the first in the order in which each
    next one adds most (ties to the smaller id). So the gains of all openings add up to what the
    plan newly serves against today.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    plan
        Openings and closings.
    groups, periods
        Their names, for the sentences; ids stand where they are not given.

    Returns
    -------
    pandas.DataFrame
        Index option id of each opening, most gain first. Columns: gain_hours (worker-hours a week
        newly served against today, its share), loss_hours (what the plan serves less if it alone is
        left out), by_group (group id -> its part of the gain, 0 to 1), by_period (the same),
        top_group, top_period (ids, "" where nothing is gained), nearest_m (straight metres to the
        nearest existing station; NaN: there is none), cost_yuan, reason (Message).

    Raises
    ------
    ValueError
        If the plan holds an option that is not known.
    """
    opens = _credit_order(coverage, plan)
    people, lost = _tally(coverage, plan, opens)
    nearest_m = _nearest_m(coverage, opens)
    rows = []
    for place in range(len(opens)):
        by_group = people[place] @ coverage.slot_minutes
        by_period = people[place].sum(axis=0) @ coverage.slot_period_minutes
        rows.append(
            _Share(
                gain_hours=int(by_group.sum()) / MILLI_MINUTES_AN_HOUR,
                loss_hours=int(lost[place]) / MILLI_MINUTES_AN_HOUR,
                by_group=_parts(coverage.demand.groups, by_group),
                by_period=_parts(coverage.periods, by_period),
                nearest_m=float(nearest_m[place]),
            )
        )
    costs = coverage.options.table["cost_setup_yuan"].loc[opens]
    return _table(opens, rows, costs, (_names(groups), _names(periods)))


def _table(
    opens: list[str],
    rows: Sequence[_Share],
    costs: pd.Series,
    names: tuple[dict[str, Message], dict[str, Message]],
) -> pd.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "gain_hours": [row.gain_hours for row in rows],
        "loss_hours": [row.loss_hours for row in rows],
        "by_group": [row.by_group for row in rows],
        "by_period": [row.by_period for row in rows],
        "top_group": [_top(row.by_group) for row in rows],
        "top_period": [_top(row.by_period) for row in rows],
        "nearest_m": [row.nearest_m for row in rows],
        "cost_yuan": costs.astype(float).tolist(),
        "reason": [_reason(row, *names) for row in rows],
    }
    return pd.DataFrame(columns, index=pd.Index(opens, dtype=object))


def _names(named: Sequence[Group] | Sequence[Period]) -> dict[str, Message]:
    return {one.id: two_names(one.name, one.name_en) for one in named}


def _today(coverage: Coverage) -> list[str]:
    table = coverage.options.table
    existing = coverage.options.sites["existing"].loc[table["site"]].to_numpy(bool)
    return [str(k) for k in table.index[existing & (table["measure"] == "keep").to_numpy()]]


def _credit_order(coverage: Coverage, plan: Plan) -> list[str]:
    """Order the openings so that each next one adds most to today and those before it."""
    opens = sorted(set(plan.options) - set(_today(coverage)))
    rows = coverage.merged_rows(opens, fixed=_today(coverage))
    serves = rows.serves.astype(np.int64)
    value = rows.value_milli.copy()
    left, order = list(range(len(opens))), []
    while left:
        adds = serves @ value
        best = max(left, key=lambda k: (adds[k], -k))
        order.append(opens[best])
        left.remove(best)
        value[serves.indices[serves.indptr[best] : serves.indptr[best + 1]]] = 0
    return order


def _tally(
    coverage: Coverage, plan: Plan, opens: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count people newly served by opening, group and slot (n, g, s), and what each loses (n,)."""
    today = _today(coverage)
    closed = set(plan.closed)
    roles = [_CLOSES if k in closed else _STAYS for k in today] + [_OPENS] * len(opens)
    places = coverage.positions_of([*today, *opens])
    groups, slots = len(coverage.demand.groups), len(coverage.slot_minutes)
    people = np.zeros((groups, len(opens), slots), np.int64)
    alone = np.zeros((groups, len(opens), slots), np.int64)
    for group in range(groups):
        start, option = coverage.options_in_reach(group, places)
        _credit(
            (start, option),
            np.array(roles, np.int8),
            np.equal(coverage.failure[:, group], 0)[coverage.option_class[places]],
            coverage.people_of(group),
            coverage.slot_band.astype(np.int64),
            (people[group], alone[group]),
        )
    return people.transpose(1, 0, 2), (alone @ coverage.slot_minutes).sum(axis=0)


@kernel
def _credit(  # noqa: C901, PLR0912 - one walk over cells and slots, told in one place
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    roles: NDArray[np.int8],
    serves: NDArray[np.bool_],
    people: NDArray[np.int64],
    band: NDArray[np.int64],
    found: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Add the people of each cell and slot to the first opening that newly serves them.

    Also to the opening that alone serves them once the plan stands. Openings come last in `roles`,
    in the order of credit.
    """
    start, option = in_reach
    gained, alone = found
    first = len(roles) - len(gained)
    for cell in range(len(start) - 1):
        for slot in range(len(band)):
            there = people[cell, band[slot]]
            if there == 0:
                continue
            today, standing, opened, best = 0, 0, 0, -1
            for at in range(start[cell], start[cell + 1]):
                k = option[at]
                if not serves[k, slot]:
                    continue
                if roles[k] == _OPENS:
                    opened += 1
                    if best < 0 or k < best:
                        best = k
                else:
                    today += 1
                    if roles[k] == _STAYS:
                        standing += 1
            if today == 0 and best >= 0:
                gained[best - first, slot] += there
            if standing == 0 and opened == 1:
                alone[best - first, slot] += there


def _nearest_m(coverage: Coverage, opens: Sequence[str]) -> NDArray[np.float64]:
    """Measure the straight metres to the nearest existing station; NaN where there is none."""
    sites, table = coverage.options.sites, coverage.options.table
    there = sites.loc[sites["existing"].to_numpy(bool), ["x", "y"]].to_numpy(float)
    if not len(there) or not len(opens):
        return np.full(len(opens), np.nan)
    xy = sites.loc[table["site"].loc[list(opens)], ["x", "y"]].to_numpy(float)
    distance_m: NDArray[np.float64] = KDTree(there).query(xy)[0]
    return distance_m


def _parts(ids: Sequence[str], minutes: NDArray[np.int64]) -> dict[str, float]:
    """Share a gain out; nothing where nothing is gained."""
    total = int(minutes.sum())
    if not total:
        return {}
    return {name: int(part) / total for name, part in zip(ids, minutes, strict=True) if part}


def _top(parts: dict[str, float]) -> str:
    """Give the largest part; of equal ones the first in the order of the settings."""
    return max(parts, key=lambda name: parts[name], default="")


def _reason(share: _Share, groups: dict[str, Message], periods: dict[str, Message]) -> Message:
    """Tell in one sentence why a site is in the plan."""
    values: dict[str, object] = {
        "gain": f"{share.gain_hours:,.0f}",
        "loss": f"{share.loss_hours:,.0f}",
    }
    if not share.by_group:
        return note(
            "Serves nobody whom the stations of today or another new site do not serve; without it"
            " the plan serves {loss} worker-hours a week less.",
            loss=values["loss"],
        )
    group, period = _top(share.by_group), _top(share.by_period)
    values |= {
        "group": groups.get(group, group),
        "share": f"{share.by_group[group]:.0%}",
        "period": periods.get(period, period),
    }
    if np.isnan(share.nearest_m):
        return note(
            "Newly serves {gain} worker-hours a week, most of them {group} ({share}), most at"
            " {period}; without it the plan serves {loss} less.",
            **values,
        )
    return note(
        "Newly serves {gain} worker-hours a week, most of them {group} ({share}), most at"
        " {period}; {nearest} m from the nearest station of today; without it the plan serves"
        " {loss} less.",
        nearest=f"{share.nearest_m:,.0f}",
        **values,
    )
