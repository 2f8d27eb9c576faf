"""Existing stations and measures -> what each can be turned into where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.hours import ALWAYS, read_hours
from planner.options.costs import Costs, Measures
from planner.options.tables import as_listed, rows_named
from planner.options.weeks import are_all_day, joined

__all__ = ["upgrades"]

_WORDS = {
    "extend_evening": "evening",
    "extend_24h": "24h",
    "list": "list",
    "open_gate": "gate",
    "admit": "admit",
    "enlarge": "enlarge",
}
"""Step -> what the id of an option calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One thing that can be done to stations."""

    id: str
    useful: NDArray[np.bool_]
    """Where it is possible and changes something, shape (n stations,)."""
    costs: Costs
    column: str
    """What it changes."""
    becomes: NDArray[Any]
    """What that is afterwards, shape (n stations,)."""


def upgrades(
    stations: pd.DataFrame, measures: Measures, *, groups: Sequence[str]
) -> list[pd.DataFrame]:
    """Give every combination of the steps that change something for a station.

    Longer hours (evening or 24 hours), listing, a table at the gate, admitting everybody, more
    seats: at most 3 x 2 x 2 x 2 x 2 less one for a station. A station in maintenance has none: what
    it becomes is decided with its repair.

    Parameters
    ----------
    groups
        Ids of all groups; a station that admits each of them by name admits everybody already.
    """
    steps = _steps(stations, measures, groups)
    choices = [[None, *steps[:2]], *([None, step] for step in steps[2:])]
    base = as_listed(stations)
    working = base["working"].to_numpy(bool)
    out = []
    for combination in product(*choices):
        taken = [step for step in combination if step is not None]
        where = working & np.logical_and.reduce([step.useful for step in taken] or [~working])
        if where.any():
            out.append(_upgraded(base, taken, np.flatnonzero(where)))
    return out


def _upgraded(base: pd.DataFrame, taken: Sequence[_Step], where: NDArray[np.intp]) -> pd.DataFrame:
    """Give the stations of some places after some steps."""
    rows = base.iloc[where]
    ends = "+".join(_WORDS[step.id] for step in taken)
    steps = np.empty(len(rows), dtype=object)
    steps[:] = [tuple(step.id for step in taken)] * len(rows)
    setup, union, added = (
        np.sum([getattr(step.costs, name)[where] for step in taken], axis=0)
        for name in ("setup_yuan", "union_yuan", "year_yuan")
    )
    year = rows["cost_year_yuan"].to_numpy(float)
    added = np.where(year + added < 0, -year, added)  # no station runs for less than nothing
    changed = rows.assign(
        measure="upgrade",
        kind="upgrade",
        steps=steps,
        cost_setup_yuan=setup,
        cost_union_yuan=union,
        cost_year_yuan=year + added,
        added_year_yuan=added,
    )
    for step in taken:
        changed[step.column] = step.becomes[where]
    return rows_named(changed, [f"{site}+{ends}" for site in rows["site"]])


def _steps(stations: pd.DataFrame, measures: Measures, groups: Sequence[str]) -> list[_Step]:
    """Give each step with the stations that it changes; the first two are about hours."""
    many = len(stations)
    drafts = (
        ("extend_evening", "hours", *_evening(stations, measures)),
        ("extend_24h", "hours", *_all_day(stations)),
        ("list", "listed", ~stations["listed"].to_numpy(bool), np.full(many, fill_value=True)),
        ("open_gate", "access", stations["access"] == "gated", np.full(many, "open", object)),
        ("admit", "groups", *_admit(stations, groups)),
        ("enlarge", "capacity", *_enlarge(stations, measures)),
    )
    steps = []
    for identity, column, useful, becomes in drafts:
        costs = measures.costs(identity, stations)
        where = costs.possible & np.asarray(useful, bool)
        steps.append(_Step(id=identity, useful=where, costs=costs, column=column, becomes=becomes))
    return steps


_Change = tuple[NDArray[np.bool_], NDArray[Any]]
"""Where a step changes something, and what it makes of it."""


def _evening(stations: pd.DataFrame, measures: Measures) -> _Change:
    measure = measures.get("extend_evening")
    own = stations["hours"].to_numpy()
    longer = joined(own, read_hours(measure.hours)) if measure and measure.hours else own
    return longer != own, longer


def _all_day(stations: pd.DataFrame) -> _Change:
    own = stations["hours"].to_numpy()
    whole = np.empty(len(own), dtype=object)
    whole[:] = [ALWAYS] * len(own)
    return ~are_all_day(own), whole


def _admit(stations: pd.DataFrame, groups: Sequence[str]) -> _Change:
    admitted = stations["groups"].to_numpy()
    limited = np.array([bool(some) and not set(groups) <= set(some) for some in admitted], bool)
    everybody = np.empty(len(admitted), dtype=object)
    everybody[:] = [()] * len(admitted)
    return limited, everybody


def _enlarge(stations: pd.DataFrame, measures: Measures) -> _Change:
    measure = measures.get("enlarge")
    seats = measure.seats if measure else 0
    capacity = stations["capacity"].astype(float).to_numpy()
    return np.isfinite(capacity) & (seats > 0), capacity + seats
