"""A problem and a plan in it -> why each other option is not chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.language import Message, note
from planner.siting.known import as_asked
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Plan
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving.model import Model, State
from planner.siting.solving.whole import places_of, state_of, whole_model
from planner.siting.telling.exchange import Exchanges, find_exchanges
from planner.siting.telling.reasons import names_of
from planner.siting.telling.served import served_problem

__all__ = ["explain_rest"]

_Longs = NDArray[np.int64]


def explain_rest(
    problem: SitingProblem, plan: Plan, *, coverage: Coverage | None = None
) -> pd.DataFrame:
    """Say of each option that a plan does not choose why not.

    The first that holds is told: it is forbidden, or excluded by a rule (with the reason of the
    rule); another option of its site is chosen; nobody is within its reach while it is open; all
    of them are served already; another option serves all that it serves and costs no more; a chosen
    one is too near; the money left does not suffice; a limit would be broken; it adds less than
    what the best exchange for it gives up. With it stands what the best exchange would change.

    Parameters
    ----------
    problem
        What was asked, in one phase.
    plan
        The answer; options of it that are none of the problem (stations that stay in any case) do
        not matter.
    coverage
        Names the sites, and counts worker-hours where the problem asks for something else; without
        it, ids stand for names, and hours are the values of the problem's rows.

    Returns
    -------
    pandas.DataFrame
        Index option id, in the order of the problem: all that are not chosen, but for the keeping
        of stations that the plan closes or changes. Columns: reason (Message), cause (str: which of
        the reasons above: "forbidden", "excluded", "same_site", "nobody", "served_already",
        "dominated", "too_near", "money", "limit", "less"), other (id of the option that stands in
        its way, ""), gain_hours (worker-hours a week that it would add to the plan), exchange_hours
        (what its best exchange for a chosen one changes, below 0 where less is served; NaN: none
        keeps all limits), exchange_with (id of the chosen one, ""), cost_yuan.
    """
    asked = problem if coverage is None else served_problem(coverage, problem)
    board = _Board.of(as_asked(asked, plan), plan)
    rest = np.flatnonzero(~board.state.chosen & ~np.isin(problem.options, problem.keeps))
    causes = _causes(board, rest)
    ids = np.array([*problem.options, ""], dtype=object)
    told = _Telling(board, {} if coverage is None else names_of(coverage.options))
    swaps = board.swaps
    lost = swaps.partner >= 0
    return pd.DataFrame(
        {
            "reason": [told.reason(int(k), *causes[int(k)]) for k in rest],
            "cause": [causes[int(k)][0] for k in rest],
            "other": [
                str(ids[other]) if other < len(problem.options) else ""
                for other in (_option_of(*causes[int(k)]) for k in rest)
            ],
            "gain_hours": board.state.gain[rest] / MILLI_MINUTES_AN_HOUR,
            "exchange_hours": np.where(lost, swaps.partner_change / MILLI_MINUTES_AN_HOUR, np.nan)[
                rest
            ],
            "exchange_with": ids[np.where(lost, swaps.partner, -1)][rest],
            "cost_yuan": problem.cost_yuan[rest],
        },
        index=pd.Index(ids[rest], dtype=object),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Board:
    """A problem with a plan in it."""

    problem: SitingProblem
    model: Model
    state: State
    swaps: Exchanges

    @classmethod
    def of(cls, problem: SitingProblem, plan: Plan) -> "_Board":
        model = whole_model(problem)
        chosen = places_of(problem, plan.options)
        state = state_of(model, chosen)
        swaps = find_exchanges(
            model, state, chosen[~problem.locked[chosen]].tolist(), free=~problem.forbidden
        )
        return cls(problem=problem, model=model, state=state, swaps=swaps)


_Cause = tuple[str, int]
"""Which reason holds, and the place of the option or limit that it names (-1: none)."""
_PLAIN = {
    "forbidden": note("It is forbidden by the limits"),
    "nobody": note(
        "Nobody is within its reach while it is open whom the stations that stay do not serve"
    ),
    "served_already": note("Everybody whom it would serve is served by the plan already"),
}
_NAMING = {
    "same_site": note("Its site is in the plan as {other}"),
    "dominated": note("{other} serves everybody whom it would serve, and costs no more"),
    "too_near": note("It lies too near to {other}, which the plan chooses"),
}


def _option_of(cause: str, other: int) -> int:
    """Give the option that a reason names; beyond all options where it names none."""
    return other if cause in _NAMING else 2**62


def _causes(board: _Board, rest: _Longs) -> dict[int, _Cause]:
    """Find the first reason that holds for each option that is not chosen."""
    problem, model, state = board.problem, board.model, board.state
    site, near = _foes_chosen(problem, model, state)
    size, gain = np.diff(model.row_start), state.gain
    by = np.full(len(model.cost), -1, np.int64)
    looked_at = rest[(gain[rest] > 0) & ~problem.forbidden[rest]]
    _find_dominating(model, state.chosen, looked_at, ~problem.forbidden, by)
    limit = _limit_broken(model, state)
    excluded = {place for place, name in enumerate(problem.options) if name in problem.excluded}

    def cause(k: int) -> _Cause:
        checks: tuple[tuple[bool, str, int], ...] = (
            (k in excluded, "excluded", -1),
            (bool(problem.forbidden[k]), "forbidden", -1),
            (site[k] >= 0, "same_site", int(site[k])),
            (size[k] == 0, "nobody", -1),
            (gain[k] <= 0, "served_already", -1),
            (by[k] >= 0, "dominated", int(by[k])),
            (near[k] >= 0, "too_near", int(near[k])),
            (bool(model.cost[k] > state.left[0]), "money", -1),
            (limit[k] >= 0, "limit", int(limit[k])),
        )
        return next(((name, other) for holds, name, other in checks if holds), ("less", -1))

    return {int(k): cause(int(k)) for k in rest}


def _foes_chosen(problem: SitingProblem, model: Model, state: State) -> tuple[_Longs, _Longs]:
    """Give the first chosen option of the same site, and the first that is too near; -1: none."""
    m = len(model.cost)
    one = np.repeat(np.arange(m), np.diff(model.foe_start))
    other = model.foes.astype(np.int64)
    there = state.chosen[other]
    one, other = one[there], other[there]
    _, site = np.unique(np.array(problem.sites, dtype=object).astype(str), return_inverse=True)
    found = []
    for wanted in (site[one] == site[other], site[one] != site[other]):
        first = np.full(m, -1, np.int64)
        first[one[wanted][::-1]] = other[wanted][::-1]  # the last write, the smallest id, stays
        found.append(first)
    return found[0], found[1]


def _limit_broken(model: Model, state: State) -> _Longs:
    """Give the first linear limit that adding an option would break, -1: none; shape (m,)."""
    option = np.repeat(np.arange(len(model.cost)), np.diff(model.limit_start))
    after = state.used[model.limits] + model.weights
    most, least = model.most[model.limits], model.least[model.limits]
    worse = np.where(model.weights > 0, after > most, after < least)
    first = np.full(len(model.cost), -1, np.int64)
    first[option[worse][::-1]] = model.limits[worse][::-1]
    return first


@kernel
def _is_better(model: Model, chosen: NDArray[np.bool_], one: int, other: int) -> bool:
    """Tell whether the first of two options says more about a third that both make needless."""
    if chosen[one] != chosen[other]:
        return bool(chosen[one])
    rows = model.row_start[one + 1] - model.row_start[one]
    others = model.row_start[other + 1] - model.row_start[other]
    return bool(rows > others or (rows == others and one < other))


@kernel
def _find_dominating(  # noqa: C901, PLR0912 - one walk over rows, told in one place
    model: Model,
    chosen: NDArray[np.bool_],
    options: _Longs,
    free: NDArray[np.bool_],
    by: _Longs,
) -> None:
    """Find for each of some options one that serves all its rows and costs and counts no more.

    A chosen one first, then that with most rows, then the smallest id; of two that are alike only
    the later one is dominated.
    """
    shared = np.zeros(len(model.cost), np.int64)
    touched = np.empty(len(model.cost), np.int64)
    for k in options:
        found, size = 0, model.row_start[k + 1] - model.row_start[k]
        for at in range(model.row_start[k], model.row_start[k + 1]):
            row = model.rows[at]
            for to in range(model.option_start[row], model.option_start[row + 1]):
                other = model.options[to]
                if shared[other] == 0:
                    touched[found] = other
                    found += 1
                shared[other] += 1
        for at in range(found):
            other = touched[at]
            every = shared[other] == size
            shared[other] = 0
            if not every or other == k or not free[other]:
                continue
            cheaper = model.cost[other] - model.cost[k]
            counted = model.counts[other] - model.counts[k]
            if cheaper > 0 or counted > 0:
                continue
            more = model.row_start[other + 1] - model.row_start[other] > size
            if not (more or cheaper < 0 or counted < 0 or other < k):
                continue
            if by[k] < 0 or _is_better(model, chosen, other, by[k]):
                by[k] = other


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells reasons in sentences."""

    board: _Board
    names: Mapping[str, Message | str]

    def reason(self, k: int, cause: str, other: int) -> Message:
        """Tell why an option is not chosen, and what the best exchange for it would change."""
        why = self._why(k, cause, other)
        partner = int(self.board.swaps.partner[k])
        if cause in ("excluded", "forbidden", "nobody"):
            return note("{why}.", why=why)
        if partner < 0:
            return note("{why}; no single exchange for it keeps all limits.", why=why)
        change = int(self.board.swaps.partner_change[k])
        values = {
            "why": why,
            "other": self._name(partner),
            "hours": _hours(abs(change)),
        }
        if change > 0:
            return note(
                "{why}; in place of {other} it would serve {hours} worker-hours a week more, which"
                " the search did not get to.",
                **values,
            )
        return note(
            "{why}; the best exchange, for {other}, would serve {hours} worker-hours a week less.",
            **values,
        )

    def _why(self, k: int, cause: str, other: int) -> Message:
        problem, state = self.board.problem, self.board.state
        if cause in _PLAIN:
            return _PLAIN[cause]
        if cause in _NAMING:
            return Message(_NAMING[cause].template, {"other": self._name(other)})
        if cause == "excluded":
            return _without_stop(problem.excluded[problem.options[k]])
        gain = _hours(int(state.gain[k]))
        if cause == "money":
            return note(
                "It would add {gain} worker-hours a week, but costs {cost} yuan and {left} yuan are"
                " left",
                gain=gain,
                cost=f"{problem.cost_yuan[k]:,.0f}",
                left=f"{max(0, int(state.left[0])) / FEN_A_YUAN:,.0f}",
            )
        return self._limit(other, gain) if cause == "limit" else self._less(gain)

    def _limit(self, limit: int, gain: str) -> Message:
        linear = self.board.problem.linear
        return note(
            "It would add {gain} worker-hours a week, but break a limit: {limit}",
            gain=gain,
            limit="" if linear is None else linear.about[limit].name,
        )

    def _less(self, gain: str) -> Message:
        if self.board.state.left[1] <= 0:
            return note(
                "It would add {gain} worker-hours a week, but all openings are used by options"
                " that add more",
                gain=gain,
            )
        return note("It would add only {gain} worker-hours a week", gain=gain)

    def _name(self, place: int) -> Message | str:
        option = self.board.problem.options[place]
        return self.names.get(option, option)


def _hours(milli: int) -> str:
    return f"{milli / MILLI_MINUTES_AN_HOUR:,.0f}"


@dataclass(frozen=True, slots=True)
class _Unstopped(Message):
    """A message that is a sentence, told as part of another one."""

    whole: Message | None = None

    def text(self, language: str) -> str:
        """Give the sentence without its full stop, beginning with a capital letter."""
        told = self.whole.text(language).rstrip(".。") if self.whole is not None else ""
        return told[:1].upper() + told[1:]


def _without_stop(whole: Message) -> Message:
    return _Unstopped(template=whole.template, values=whole.values, whole=whole)
