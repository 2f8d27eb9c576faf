"""A plan and draws of what it rests on -> what it serves in each, and what would serve more."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.siting.doubt.doubts import Draw
from planner.siting.doubt.scenes import Scenes
from planner.siting.known import as_asked, site_places, sites_of, standing_options
from planner.siting.plan import Plan
from planner.siting.problem import FEN_A_YUAN, LinearLimits, SitingProblem
from planner.siting.solving import moves
from planner.siting.solving.model import NO_LIMIT, Model, State, empty_state
from planner.siting.solving.reduce import conflict_pairs
from planner.siting.solving.repair import repair
from planner.siting.solving.whole import copy_of, model_of, places_of, state_of
from planner.siting.telling.served import is_served_alone
from planner.siting.there import options_there

__all__ = ["Trial", "Trials"]

_Longs = NDArray[np.int64]
_Marks = NDArray[np.bool_]
_SWEEPS = 10
_ROUND_WORK = 3_000_000
"""Entries of the coverage that all rounds of a draw may look at, roughly."""
_FEWEST_ROUNDS, _MOST_ROUNDS = 2, 20
_SET_UP_KINDS = ("money", "money_union", "money_partner")
"""Kinds of linear limits that are in set-up money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of a plan in one draw."""

    served: int
    """What the plan serves, thousandths of a worker-minute a week."""
    best: int
    """What the best choice that was found serves."""
    total: int
    cost_fen: int
    """Set-up money of the plan."""
    chosen: _Marks
    """Options of the best choice, shape (n,)."""
    shut: _Marks
    """Options whose site is shut, shape (n,)."""


class Trials:
    """Tries a plan out in draws."""

    def __init__(
        self,
        coverage: Coverage,
        problem: SitingProblem,
        plan: Plan,
        *,
        reach_share: float,
    ) -> None:
        problem = as_asked(problem, plan)
        self.problem = problem
        table = coverage.options.table
        standing = standing_options(coverage, problem)
        self.locked = np.flatnonzero(problem.locked)
        known = [k for k in self.locked.tolist() if problem.options[k] in table.index]
        fixed = [*standing, *(problem.options[k] for k in known)]
        self.scenes = Scenes(coverage, problem.options, fixed, reach_share=reach_share)
        self.site_of = site_places(coverage, sites_of(coverage, problem))
        self.fixed_site = site_places(coverage, [str(site) for site in table["site"].loc[fixed]])
        asked = [*plan.options, *options_there(coverage, plan)]
        self.plan = np.union1d(places_of(problem, asked), self.locked)
        self.conflicts = conflict_pairs(problem)
        self.linear = problem.linear or LinearLimits.none(len(problem.options))
        self.free = ~problem.forbidden & ~problem.locked & ~self._beside_locked()

    def _beside_locked(self) -> _Marks:
        beside = np.zeros(len(self.problem.options), bool)
        for one, other in (self.conflicts.T, self.conflicts.T[::-1]):
            beside[other[self.problem.locked[one]]] = True
        return beside

    def run(self, draw: Draw, *, seed: list[int], search: bool = True) -> Trial:
        """Try the plan in a draw, and look for a better choice from there.

        The budget of a draw is at least what the plan costs in it, and a limit holds as far as the
        plan keeps it in the draw; so the plan itself is always a choice. Of equal choices the
        plan's stays.
        """
        shut = np.append(draw.shut, False)[self.site_of]
        fixed_there = ~np.append(draw.shut, False)[self.fixed_site]
        scene = self.scenes.scene(draw, there=fixed_there)
        factor = np.append(draw.cost, 1.0)[self.site_of]
        cost = np.rint(self.problem.cost_yuan * factor * FEN_A_YUAN).astype(np.int64)
        start = np.setdiff1d(self.plan, self.locked)
        start = start[~shut[start]]
        model = self._model((scene.serves, scene.value), cost, shut, factor)
        empty = empty_state(model)
        state = state_of(model, start, empty)
        served = scene.base + _value(model, state)
        best, chosen = served, state.chosen.copy()
        if search:
            found = _search(model, empty, state, np.random.default_rng(seed))
            if scene.base + _value(model, found) > served:
                best, chosen = scene.base + _value(model, found), found.chosen.copy()
        chosen[self.locked[~shut[self.locked]]] = True
        return Trial(
            served=served,
            best=best,
            total=scene.total,
            cost_fen=int(cost[self.plan].sum()),
            chosen=chosen,
            shut=shut,
        )

    def _model(
        self,
        rows: tuple[csr_array, _Longs],
        cost: _Longs,
        shut: _Marks,
        factor: NDArray[np.float64],
    ) -> Model:
        """Give the arrays of a draw; options that can't be chosen cost more than there is."""
        problem, locked = self.problem, self.locked
        own = ~np.isin(np.arange(len(cost)), locked)
        money, places = self._room(cost)
        left = money - int(cost[locked].sum())
        usable = self.free & ~shut
        priced = np.where(usable, cost, left + 1)
        model = model_of(
            replace(problem, linear=self._limits(factor, shut)),
            np.arange(len(cost)),
            rows[0],
            rows[1],
            conflicts=self.conflicts,
            room=(left, places),
            with_floors=False,
        )
        return model._replace(cost=priced, counts=model.counts * own)

    def _room(self, cost: _Longs) -> tuple[int, int]:
        """Give the money and the places of a draw, those of locked options in the money only."""
        problem = self.problem
        spent = int(cost[self.plan].sum())
        opened = int(problem.counts[self.plan].sum())
        budget, count = problem.budget_fen, problem.count
        if not is_served_alone(problem):  # the plan was made for something else
            budget, count = spent, opened
        money = int(cost.sum()) if budget is None else max(budget, spent)
        locked = int(problem.counts[self.locked].sum())
        places = NO_LIMIT if count is None else max(count, opened) - locked
        return money, places

    def _limits(self, factor: NDArray[np.float64], shut: _Marks) -> LinearLimits:
        """Give the limits on options that are not locked, no narrower than the plan keeps them."""
        linear = self.linear
        if not len(linear.about):
            return linear
        weights = csr_array(linear.weights, dtype=np.int64, copy=True)
        set_up = np.array([about.kind in _SET_UP_KINDS for about in linear.about])
        dear = np.repeat(set_up, np.diff(weights.indptr))
        scaled = np.rint(weights.data * factor[weights.indices]).astype(np.int64)
        weights.data = np.where(dear, scaled, weights.data)
        used, fixed = (self._used(weights, places, shut) for places in (self.plan, self.locked))
        least, most = np.minimum(linear.least, used), np.maximum(linear.most, used)
        return LinearLimits(
            weights=weights,
            least=np.where(least <= -NO_LIMIT, least, least - fixed),
            most=np.where(most >= NO_LIMIT, most, most - fixed),
            about=linear.about,
        )

    def _used(self, weights: csr_array, places: _Longs, shut: _Marks) -> _Longs:
        there = np.zeros(len(shut), np.int64)
        there[places[~shut[places]]] = 1
        used: _Longs = weights @ there
        return used


def _value(model: Model, state: State) -> int:
    return int(model.value[state.times > 0].sum())


def _search(model: Model, empty: State, start: State, chance: np.random.Generator) -> State:
    """Exchange, and give up a few neighbours again and again; gives the best state."""
    best = start
    moves.fill(model, best, 0.0)
    moves.improve(model, best, _SWEEPS)
    greedy = copy_of(empty)
    repair(model, greedy, 0.5, True, 0)  # noqa: FBT003 - kernels take no keywords
    moves.fill(model, greedy, 0.5)
    moves.improve(model, greedy, _SWEEPS)
    if not greedy.broken[0] and _value(model, greedy) > _value(model, best):
        best = greedy
    trial = copy_of(empty)
    rounds = min(_MOST_ROUNDS, max(_FEWEST_ROUNDS, _ROUND_WORK // max(1, len(model.rows))))
    can = np.flatnonzero(model.cost <= model.money)
    for _ in range(rounds if len(can) else 0):
        moves.copy_state(best, trial)
        moves.ruin(model, trial, int(chance.choice(can)), int(chance.integers(1, 5)))
        repair(model, trial, 0.0, True, 0)  # noqa: FBT003 - kernels take no keywords
        moves.fill(model, trial, 0.0)
        moves.improve(model, trial, 1)
        if not trial.broken[0] and _value(model, trial) > _value(model, best):
            best, trial = trial, best
    return best
