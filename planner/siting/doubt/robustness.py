"""A plan and what it rests on -> how sure each site of it is, and how its figure may turn out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.doubt.doubts import KINDS, Doubts, Drawer
from planner.siting.doubt.interchange import stand_ins
from planner.siting.doubt.trials import Trial, Trials
from planner.siting.known import as_asked, sites_of
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Plan
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.telling.served import is_served_alone
from planner.siting.there import closings
from planner.travel.given import MODE_NAMES

__all__ = ["QUANTILES", "Sureness", "how_sure"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_ALONE_EVERY = 8
"""In every so many draws each kind of doubt is tried alone too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """How sure a plan is; all shares from 0 to 1, hours are worker-hours a week."""

    draws: int
    """Draws that were made: fewer than asked for where time or the user ended it."""
    asked: int
    seed: int
    seconds: float
    doubts: Doubts
    sure_share: pd.Series
    """Index option id, every option that could be chosen: in which share of the draws the best
    choice that was found has it, of those draws in which its site was not shut (NaN: in none). Of a
    station that the plan closes: in which share it closes."""
    site_share: pd.Series
    """Index site id: the same, of any option of the site that changes something."""
    by_draw: pd.DataFrame
    """A row a draw: served_hours and served_share (of the plan, chosen as it is), best_hours (the
    best choice that was found), regret_hours (how much that is more), cost_yuan (set-up money of
    the plan), same_share (part of the plan's options that the best choice has too, of those not
    shut)."""
    quantiles: pd.DataFrame
    """Index QUANTILES; columns as by_draw."""
    over_budget_share: float
    """Share of draws in which the plan costs more than the budget; 0 without a budget."""
    by_kind: pd.DataFrame
    """Index KINDS, each drawn alone, and "none" (all as expected: what a short search finds better
    even then): spread_hours (standard deviation of what the plan serves),
    regret_hours (mean), changed_share (mean part of the plan's options that the best choice leaves
    out)."""
    stand_ins: pd.DataFrame
    """Pairs of sites of which one or the other is chosen: one, other (site ids), instead_share (of
    the draws with any of them, those with exactly one), overlap_share (of what the smaller one
    serves, what the other one serves too)."""
    groups: tuple[Message, ...]
    """Which sites stand in for each other, in words."""
    notes: tuple[Message, ...]
    """What was assumed, and what a reader must know."""

    @property
    def regret_share(self) -> float:
        """Mean regret as a share of what the plan serves."""
        served = float(self.by_draw["served_hours"].mean()) if self.draws else 0.0
        return float(self.by_draw["regret_hours"].mean()) / served if served else 0.0


def how_sure(  # noqa: PLR0913 - what a caller may ask of a long step
    coverage: Coverage,
    problem: SitingProblem,
    plan: Plan,
    *,
    doubts: Doubts | None = None,
    draws: int = 200,
    seed: int = 0,
    time_limit_s: float = 60.0,
    progress: Progress = silent,
    stop: Stop = never,
) -> Sureness:
    """Draw demand, reach, costs and closures again and again, and look what would be chosen.

    In each draw the plan is counted as it is, without the sites that are shut, and a search from
    there looks for a better choice within the same limits; nothing is proven. A limit that the plan
    itself does not keep in a draw (a quota whose station is shut, a budget when prices rise) holds
    as far as the plan keeps it; floors are left out. Where the plan is in phases, or for another
    objective than worker-hours served, choices with its money and number of openings are compared
    by these.

    The demand of a cell follows a gamma distribution with the error that the demand tells. Part
    of the error of counts is common to a group, the rest to the group in a counted area; within an
    area what one cell has too much the others have too little. Reach is drawn for each group,
    evenly, in five steps; costs for each host type, evenly; closures for each site. A draw depends
    on the seed and its number alone: more draws extend fewer.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    problem
        What was asked, in one phase.
    plan
        The answer.
    doubts
        How unsure each thing is; None: the usual.
    draws
        At least 1.
    time_limit_s
        Seconds after which what there is is told, at least 0; one draw is always made.
    stop
        Asked after each draw.

    Raises
    ------
    ValueError
        If a number is out of its range, or the plan holds an option that is not known.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    if not time_limit_s >= 0:
        raise ValueError(f"time_limit_s must be at least 0, got {time_limit_s}")
    started_s = time.monotonic()
    doubts = doubts or Doubts()
    trials = Trials(coverage, problem, plan, reach_share=doubts.reach_share)
    drawer = Drawer(coverage, doubts, seed)
    made: list[Trial] = []
    alone: dict[str, list[Trial]] = {kind: [] for kind in KINDS}
    alone["none"] = [trials.run(drawer.draw(0).only([]), seed=[seed, 0])]
    for number in range(draws):
        progress(note("Drawing how things may turn out"), number / draws)
        draw = drawer.draw(number)
        made.append(trials.run(draw, seed=[seed, number]))
        if number % _ALONE_EVERY == 0:
            for kind in KINDS:
                alone[kind].append(trials.run(draw.only([kind]), seed=[seed, number]))
        if stop() or time.monotonic() - started_s >= time_limit_s:
            break
    progress(note("Drawing how things may turn out"), 1.0)
    return _told(
        coverage,
        (trials, plan, made, alone),
        Sure(asked=draws, seed=seed, started_s=started_s, doubts=doubts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """What was asked for."""

    asked: int
    seed: int
    started_s: float
    doubts: Doubts


def _told(
    coverage: Coverage,
    found: tuple[Trials, Plan, list[Trial], dict[str, list[Trial]]],
    asked: Sure,
) -> Sureness:
    trials, plan, made, alone = found
    problem = trials.problem
    chosen = np.array([one.chosen for one in made])
    there = ~np.array([one.shut for one in made])
    by_draw = _by_draw(trials, made)
    budget = problem.budget_fen
    over = [budget is not None and one.cost_fen > budget for one in made]
    pairs, groups = stand_ins(coverage, problem, chosen, there)
    return Sureness(
        draws=len(made),
        asked=asked.asked,
        seed=asked.seed,
        seconds=time.monotonic() - asked.started_s,
        doubts=asked.doubts,
        sure_share=_shares(coverage, problem, plan, chosen, there),
        site_share=_site_shares(coverage, problem, chosen, there),
        by_draw=by_draw,
        quantiles=by_draw.quantile(list(QUANTILES)),
        over_budget_share=float(np.mean(over)),
        by_kind=pd.DataFrame({kind: _kind(trials, alone[kind]) for kind in ("none", *KINDS)}).T,
        stand_ins=pairs,
        groups=groups,
        notes=_notes(trials, plan, asked, len(made)),
    )


def _by_draw(trials: Trials, made: Sequence[Trial]) -> pd.DataFrame:
    hour = MILLI_MINUTES_AN_HOUR
    return pd.DataFrame(
        {
            "served_hours": [one.served / hour for one in made],
            "served_share": [one.served / max(1, one.total) for one in made],
            "best_hours": [one.best / hour for one in made],
            "regret_hours": [(one.best - one.served) / hour for one in made],
            "cost_yuan": [one.cost_fen / FEN_A_YUAN for one in made],
            "same_share": [_same(trials, one) for one in made],
        }
    )


def _same(trials: Trials, one: Trial) -> float:
    """Say which part of the plan's options, of those not shut, the best choice has too."""
    kept = trials.plan[~one.shut[trials.plan]]
    return float(one.chosen[kept].mean()) if len(kept) else 1.0


def _kind(trials: Trials, made: Sequence[Trial]) -> dict[str, float]:
    served = np.array([one.served for one in made]) / MILLI_MINUTES_AN_HOUR
    best = np.array([one.best for one in made]) / MILLI_MINUTES_AN_HOUR
    return {
        "spread_hours": float((served - served[0]).std()),
        "regret_hours": float((best - served).mean()),
        "changed_share": 1 - float(np.mean([_same(trials, one) for one in made])),
    }


def _shares(
    coverage: Coverage,
    problem: SitingProblem,
    plan: Plan,
    chosen: NDArray[np.bool_],
    there: NDArray[np.bool_],
) -> pd.Series:
    share = _divided((chosen & there).sum(axis=0), there.sum(axis=0))
    shares = pd.Series(share, index=pd.Index(problem.options, dtype=object), name="sure_share")
    for name in closings(coverage, plan):
        if name in shares.index:
            shares[name] = 1 - shares[name]
    return shares


def _site_shares(
    coverage: Coverage,
    problem: SitingProblem,
    chosen: NDArray[np.bool_],
    there: NDArray[np.bool_],
) -> pd.Series:
    changes = np.flatnonzero(~np.isin(problem.options, problem.keeps))
    sites, site = np.unique(
        np.array(sites_of(coverage, problem), dtype=str)[changes], return_inverse=True
    )
    any_of = np.zeros((len(chosen), len(sites)), bool)
    is_there = np.zeros((len(chosen), len(sites)), bool)
    for at, k in zip(site, changes, strict=True):
        any_of[:, at] |= chosen[:, k] & there[:, k]
        is_there[:, at] |= there[:, k]
    share = _divided(any_of.sum(axis=0), is_there.sum(axis=0))
    return pd.Series(share, index=pd.Index(sites, dtype=object), name="site_share")


def _divided(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    none = np.full(len(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=none, where=whole > 0), dtype=np.float64)


def _notes(trials: Trials, plan: Plan, asked: Sure, made: int) -> tuple[Message, ...]:
    notes = list(asked.doubts.told)
    notes += [
        note(
            "Ways {mode} are not known beyond the longest reach, so that reach was drawn no"
            " longer.",
            mode=MODE_NAMES[mode],
        )
        for mode in sorted(trials.scenes.capped)
    ]
    if not is_served_alone(trials.problem) or as_asked(trials.problem, plan) is not trials.problem:
        notes.append(
            note(
                "The plan is in phases or for another objective; in the draws, choices with its"
                " money and its number of openings were compared by worker-hours served."
            )
        )
    if trials.problem.floors is not None and len(trials.problem.floors.least):
        notes.append(note("Floors for groups and communities were not held in the draws."))
    if made < asked.asked:
        notes.append(
            note("{made} of {asked} draws were made in the time.", made=made, asked=asked.asked)
        )
    return tuple(notes)
