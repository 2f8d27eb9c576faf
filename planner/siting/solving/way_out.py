"""Limits that no plan keeps -> which of them clash, and the cheapest way out, in words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message, note
from planner.progress import Stop, never
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving.clashes import NAMED, groups_of, several, smallest_clash
from planner.siting.solving.limit_rows import LimitRows, limit_rows, program_of
from planner.siting.solving.programs import Answer, Program, run
from planner.siting.solving.reduce import conflict_pairs

__all__ = ["Relaxation", "Why", "cheapest_way_out", "explain_clash"]

_MOST_S = 5.0
"""For each of the two answers."""
_STAGES = (
    {"money", "count", "linear", "floor"},
    {"money", "count", "linear", "floor", "locked", "forbidden"},
    {"money", "count", "linear", "floor", "locked", "forbidden", "apart"},
)
"""What may be relaxed; the next stage only where the one before it is no way out."""

_Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What is told where no plan keeps the limits."""

    reasons: tuple[Message, ...]
    way_out: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A way out: by how much which limits must give way."""

    limits: LimitRows
    lacks: NDArray[np.int64]
    """By how much each limit's `least` is lowered, shape (q,)."""
    exceeds: NDArray[np.int64]
    """By how much its `most` is raised, shape (q,)."""
    cheapest: bool
    """Whether it was proven that no way out is cheaper."""

    def applied(self, problem: SitingProblem) -> SitingProblem:
        """Give the problem with its limits relaxed so."""
        changed = problem
        for source in dict.fromkeys(self.limits.source):
            at = np.flatnonzero([name == source for name in self.limits.source])
            changed = _relaxed(changed, source, self._of(at))
        return changed

    def _of(self, at: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        return self.limits.place[at], self.lacks[at], self.exceeds[at]


def explain_clash(
    problem: SitingProblem, told: Sequence[Message] = (), *, stop: Stop = never
) -> Why:
    """Say which limits of a problem that has no plan clash, and the cheapest way out.

    Parameters
    ----------
    problem
        No plan keeps its limits.
    told
        Contradictions that are known already (see `clashes_of`); then no others are looked for.
        Where some were found when the problem was built, there is no way out: its limits alone do
        not say how to mend them.
    stop
        Asked often; true: end with what is known. So does a limit of a few seconds.
    """
    limits = limit_rows(problem)
    reasons = tuple(told) or (smallest_clash(limits, ended=_until(_MOST_S, stop)),)
    if problem.clashes:
        return Why(reasons=reasons, way_out=())
    relaxation = cheapest_way_out(problem, limits=limits, stop=stop)
    return Why(reasons=reasons, way_out=() if relaxation is None else _told(relaxation))


def cheapest_way_out(
    problem: SitingProblem, *, limits: LimitRows | None = None, stop: Stop = never
) -> Relaxation | None:
    """Find the least relaxation of the limits after which a plan exists; None: none was found.

    Relaxations of different limits are compared by what one option does in each on average: a
    budget raised by what an opening costs weighs as much as one more opening. Locked and forbidden
    sites stay so unless nothing else helps, and the minimum separation unless these do not either.
    Rules of logic (`About.may_relax`) are never broken.
    """
    limits = limits or limit_rows(problem)
    ended = _until(_MOST_S, stop)
    for sources in _STAGES:
        soft = np.array([source in sources for source in limits.source], bool)
        answer = run(_elastic(limits, soft), time_limit_s=_MOST_S, ended=ended)
        if answer.values is not None:
            return _measured(limits, soft, answer)
        if not answer.impossible:
            return None
    return None


def _until(seconds: float, stop: Stop) -> Stop:
    end_s = time.monotonic() + seconds
    return lambda: stop() or time.monotonic() >= end_s


def _elastic(limits: LimitRows, soft: _Marks) -> Program:
    """Let soft limits give way; each does so at 1 for what one option does in it."""
    low = np.flatnonzero(soft & np.isfinite(limits.least))
    high = np.flatnonzero(soft & np.isfinite(limits.most))
    which = np.concatenate([low, high])
    sign = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    slack = csr_array(
        (sign * limits.unit[which], (which, np.arange(len(which)))),
        shape=(len(soft), len(which)),
    )
    return program_of(limits, slack, np.ones(len(which)))


def _measured(limits: LimitRows, soft: _Marks, answer: Answer) -> Relaxation:
    """Say in whole numbers by how much a choice breaks each limit."""
    n = limits.options
    assert answer.values is not None  # noqa: S101 - the caller looked
    chosen = (answer.values[:n] > 0.5).astype(np.int64)  # noqa: PLR2004 - nearest of 0 and 1
    demand = np.flatnonzero([about.kind == "served" for about in limits.about])
    served = (-limits.rows[demand][:, :n] @ chosen > 0).astype(np.int64)
    done = limits.rows @ np.concatenate([chosen, served])
    least = np.where(np.isfinite(limits.least), limits.least, done).astype(np.int64)
    most = np.where(np.isfinite(limits.most), limits.most, done).astype(np.int64)
    return Relaxation(
        limits=limits,
        lacks=np.where(soft, np.maximum(0, least - done), 0),
        exceeds=np.where(soft, np.maximum(0, done - most), 0),
        cheapest=answer.best,
    )


def _relaxed(
    problem: SitingProblem, source: str, given: tuple[NDArray[np.int64], ...]
) -> SitingProblem:
    """Relax the limits of one source: their places, and by how much each."""
    place, lacks, exceeds = given
    gone = place[lacks + exceeds > 0]
    if source == "money" and problem.budget_fen is not None:
        return replace(problem, budget_yuan=(problem.budget_fen + int(exceeds[0])) / FEN_A_YUAN)
    if source == "count" and problem.count is not None:
        return replace(problem, count=problem.count + int(exceeds[0]))
    if source in {"locked", "forbidden"}:
        marks = getattr(problem, source).copy()
        marks[gone] = False
        return (
            replace(problem, locked=marks)
            if source == "locked"
            else replace(problem, forbidden=marks)
        )
    return _relaxed_rows(problem, source, given)


def _relaxed_rows(
    problem: SitingProblem, source: str, given: tuple[NDArray[np.int64], ...]
) -> SitingProblem:
    place, lacks, exceeds = given
    if source == "apart":
        gone = conflict_pairs(problem)[place[exceeds > 0]]
        stay = ~(np.sort(problem.too_close, axis=1)[:, None] == gone[None]).all(axis=2).any(axis=1)
        return replace(problem, too_close=problem.too_close[stay])
    if source == "linear" and problem.linear is not None:
        least, most = problem.linear.least.copy(), problem.linear.most.copy()
        np.subtract.at(least, place, lacks)  # a limit may stand there twice, for either side
        np.add.at(most, place, exceeds)
        return replace(problem, linear=replace(problem.linear, least=least, most=most))
    if source == "floor" and problem.floors is not None:
        floor = problem.floors.least.copy()
        floor[place] -= lacks
        return replace(problem, floors=replace(problem.floors, least=floor))
    return problem


def _told(relaxation: Relaxation) -> tuple[Message, ...]:
    """Tell a way out, a sentence for each limit; one for many of a kind."""
    limits = relaxation.limits
    told: list[Message] = []
    for rows in groups_of(limits, relaxation.lacks + relaxation.exceeds > 0):
        if len(rows) <= NAMED:
            told += [_one(relaxation, row) for row in rows]
        else:
            names = [limits.about[row].name for row in rows]
            told.append(
                note("Relax {count} limits: {names}.", count=len(rows), names=several(names))
            )
    if told and not relaxation.cheapest:
        told.append(note("There may be a cheaper way out; the search for it ran out of time."))
    return tuple(told)


def _one(relaxation: Relaxation, row: int) -> Message:
    limits = relaxation.limits
    about, lacks = limits.about[row], int(relaxation.lacks[row])
    amount = (lacks + int(relaxation.exceeds[row])) / about.scale
    weights = limits.rows[[row]].data
    gone = lacks and limits.least[row] - lacks <= weights[weights < 0].sum()
    if gone or limits.source[row] in {"locked", "forbidden", "apart"}:
        return note("Do without: {limit}.", limit=about.name)
    values = {"limit": about.name, "amount": _number(amount)}
    if about.unit == "yuan":
        return note("Relax by {amount} yuan: {limit}.", **values)
    if about.unit == "stations":
        return note("Relax by {amount} (number of stations): {limit}.", **values)
    if about.unit == "hours a week":
        return note("Relax by {amount} worker-hours a week: {limit}.", **values)
    return note("Relax by {amount}: {limit}.", **values)


def _number(amount: float) -> str:
    """Tell a number, rounded up where it is cut, so that what is told is enough."""
    if amount == round(amount):
        return f"{amount:,.0f}"
    return f"{np.ceil(amount * 100) / 100:,.2f}"
