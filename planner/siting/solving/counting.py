"""A choice of options -> what it adds up to, and how that reads as the objective asked for."""

import numpy as np
from numpy.typing import NDArray

from planner.siting.plan import Goal
from planner.siting.problem import SitingProblem
from planner.siting.solving.model import Model, State

__all__ = ["allowed_milli", "goal_of", "is_plain", "sum_of", "sums_of", "tidy_choice", "value_of"]

_Marks = NDArray[np.bool_]


def is_plain(problem: SitingProblem) -> bool:
    """Tell whether what a search adds up is worker-hours served and nothing else."""
    aim = problem.aim
    return (
        aim.kind == "served"
        and not (aim.minimise or aim.offset)
        and problem.twice_milli is None
        and problem.worth_milli is None
    )


def sums_of(problem: SitingProblem, chosen: _Marks) -> tuple[int, int]:
    """Count what a choice serves, base included, and all that it adds up to."""
    times = problem.serves.T @ chosen.astype(np.int64)
    added = problem.base_milli + int(problem.value_milli[times > 0].sum())
    served = added
    if problem.priced_rows:
        prices = slice(len(times) - problem.priced_rows, None)
        served -= int(problem.value_milli[prices][times[prices] > 0].sum())
    if problem.twice_milli is not None:
        added += int(problem.twice_milli[times > 1].sum())
    if problem.worth_milli is not None:
        added += int(problem.worth_milli[chosen].sum())
    return served, added


def goal_of(problem: SitingProblem, added_milli: int, bound_milli: int) -> Goal | None:
    """Tell a sum and its bound as the objective; None where that is worker-hours served."""
    if is_plain(problem):
        return None
    aim = problem.aim
    sign = -1 if aim.minimise else 1
    return Goal(
        kind=aim.kind,
        minimise=aim.minimise,
        value=(aim.offset + sign * added_milli) / aim.scale,
        bound=(aim.offset + sign * bound_milli) / aim.scale,
        unit=aim.unit,
    )


def allowed_milli(
    problem: SitingProblem, gap_share: float, added_milli: int, bound_milli: int
) -> int:
    """Say how far a sum may stay below its bound, for the gap of the objective asked for."""
    aim = problem.aim
    whole = aim.offset - added_milli if aim.minimise else aim.offset + bound_milli
    return int(gap_share * max(0, whole))


def value_of(model: Model, state: State) -> int:
    """Add up what a state of a search adds."""
    added = int(model.value[state.times > 0].sum())
    if model.twice.any():
        added += int(model.twice[state.times > 1].sum())
    return added + int(model.worth[state.chosen].sum())


def sum_of(model: Model, chosen: _Marks) -> int:
    """Add up what a choice in a model adds."""
    taken = np.repeat(chosen, np.diff(model.row_start))
    times = np.bincount(model.rows[taken], minlength=len(model.value))
    added = int(model.value[times > 0].sum()) + int(model.twice[times > 1].sum())
    return added + int(model.worth[chosen].sum())


def tidy_choice(problem: SitingProblem, chosen: _Marks, pairs: NDArray[np.int64]) -> _Marks:
    """Leave out openings that add nothing, dearest first; close no station without need.

    Neither breaks a limit, and neither lowers the sum.

    Parameters
    ----------
    chosen
        A choice that keeps all limits, shape (n,).
    pairs
        Options that exclude each other, shape (q, 2); see `conflict_pairs`.
    """
    desk = _Desk(problem, chosen)
    needless = np.flatnonzero(chosen & ~problem.locked)
    for k in needless[np.argsort(-problem.cost_fen[needless], kind="stable")].tolist():
        if desk.adds_nothing(k) and desk.limits_hold(k, -1):
            desk.change(k, -1)
    keeps = set(problem.keeps)
    for k in np.flatnonzero(~desk.chosen & ~problem.forbidden).tolist():
        if problem.options[k] in keeps:
            beside = np.concatenate([pairs[pairs[:, 0] == k, 1], pairs[pairs[:, 1] == k, 0]])
            free = not desk.chosen[beside].any() and desk.worth[k] >= 0
            if free and desk.limits_hold(k, 1):
                desk.change(k, 1)
    return desk.chosen


class _Desk:
    """A choice in a problem with what its limits use."""

    def __init__(self, problem: SitingProblem, chosen: _Marks) -> None:
        self.chosen = chosen.copy()
        self.serves = problem.serves
        self.times = self.serves.T @ chosen.astype(np.int64)
        self.twice = problem.twice_milli
        self.worth = (
            np.zeros(len(chosen), np.int64) if problem.worth_milli is None else problem.worth_milli
        )
        self.linear = problem.linear
        if self.linear is not None:
            self.by_option = self.linear.weights.tocsc()
            self.used = self.linear.weights @ chosen.astype(np.int64)

    def rows_of(self, k: int) -> NDArray[np.int32]:
        rows: NDArray[np.int32] = self.serves.indices[
            self.serves.indptr[k] : self.serves.indptr[k + 1]
        ]
        return rows

    def adds_nothing(self, k: int) -> bool:
        rows = self.rows_of(k)
        if self.worth[k] > 0 or not (self.times[rows] > 1).all():
            return False
        last = self.times[rows] == 2  # noqa: PLR2004 - served twice, and then once
        return self.twice is None or not self.twice[rows[last]].any()

    def limits_hold(self, k: int, sign: int) -> bool:
        """Tell whether the linear limits hold after a change; rows stay served (see floors)."""
        if self.linear is None:
            return True
        at = slice(self.by_option.indptr[k], self.by_option.indptr[k + 1])
        i = self.by_option.indices[at]
        after = self.used[i] + sign * self.by_option.data[at]
        return bool(((after >= self.linear.least[i]) & (after <= self.linear.most[i])).all())

    def change(self, k: int, sign: int) -> None:
        self.chosen[k] = sign > 0
        self.times[self.rows_of(k)] += sign
        if self.linear is not None:
            at = slice(self.by_option.indptr[k], self.by_option.indptr[k + 1])
            self.used[self.by_option.indices[at]] += sign * self.by_option.data[at]
