"""Which limits of a siting problem contradict each other, in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message, note
from planner.progress import Stop, never
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving.limit_rows import LimitRows, program_of
from planner.siting.solving.programs import run
from planner.siting.solving.reduce import conflict_pairs

__all__ = ["NAMED", "clashes_of", "groups_of", "several", "smallest_clash"]

NAMED = 3
"""So many limits of one kind are told by name."""
_ASK_S = 3.0
_ORDER = ("money", "count", "locked", "forbidden", "apart", "linear", "floor")
"""Limits are told in this order; of two that clash with the rest, the later one is not named."""

_Marks = NDArray[np.bool_]


def clashes_of(problem: SitingProblem) -> tuple[Message, ...]:
    """Name every contradiction between locked options and the rest that is seen at once.

    Where there are neither linear limits nor floors, none means that a plan exists: opening the
    locked options and nothing else is the plan that keeps all limits whenever any plan does, so
    only they can clash: with the money, with the count, with each other, or with stations that
    stay.
    """
    locked = np.flatnonzero(problem.locked)
    found = list(problem.clashes)
    cost, counted = problem.cost_fen[locked].sum(), int(problem.counts[locked].sum())
    if problem.budget_fen is not None and cost > problem.budget_fen:
        found.append(
            note(
                "The {count} locked sites cost {cost} yuan to set up, but the budget is"
                " {budget} yuan.",
                count=len(locked),
                cost=f"{cost / FEN_A_YUAN:,.0f}",
                budget=f"{problem.budget_fen / FEN_A_YUAN:,.0f}",
            )
        )
    if problem.count is not None and counted > problem.count:
        found.append(
            note(
                "{locked} sites are locked, but at most {count} may be opened.",
                locked=counted,
                count=problem.count,
            )
        )
    return (*found, *_beside_each_other(problem))


def _beside_each_other(problem: SitingProblem) -> list[Message]:
    pairs = conflict_pairs(problem)
    both = pairs[problem.locked[pairs].all(axis=1)]
    found = []
    for one, other in both:
        names = {"one": problem.options[one], "other": problem.options[other]}
        if problem.sites[one] == problem.sites[other]:
            found.append(
                note("{one} and {other} are both locked, but are two options of one site.", **names)
            )
        else:
            found.append(
                note(
                    "{one} and {other} are both locked, but stand closer together than the"
                    " minimum separation.",
                    **names,
                )
            )
    return found


def smallest_clash(limits: LimitRows, *, ended: Stop = never) -> Message:
    """Tell limits that no plan keeps together although it would keep all but any one of them.

    Kinds of limits are left out one after the other, then parts of those kinds that are needed,
    wherever the others clash without them. Ends early where `ended` says so; what is told then
    clashes too, but may be more than is needed.
    """

    def clash(some: _Marks) -> bool:
        return not ended() and _clash(limits, some, ended)

    left = np.ones(len(limits.source), bool)
    if not clash(left):
        return note(
            "No plan keeps all limits; which of them clash was not found in the time given."
        )
    groups = groups_of(limits, left)
    for rows in groups[::-1]:
        left = _less(left, rows, clash)
    for rows in groups[::-1]:
        left = _fewest(left, rows, clash)
    needed = [
        list(dict.fromkeys(limits.about[row].name for row in rows if left[row])) for rows in groups
    ]
    named = [several(names) for names in needed if names]
    if not named:
        return note("The stations that stay and the sites that are excluded leave no plan.")
    if sum(map(len, needed)) == 1:
        return note("No plan can keep this limit: {limit}.", limit=named[0])
    return note("No plan can keep these limits together: {limits}.", limits=_joined(named))


def groups_of(limits: LimitRows, some: _Marks) -> list[list[int]]:
    """Group limits of one kind, in the order in which they are told; rules belong to none."""
    groups: dict[tuple[int, str], list[int]] = {}
    for row in np.flatnonzero(some).tolist():
        if limits.source[row] in _ORDER:
            place = _ORDER.index(limits.source[row])
            groups.setdefault((place, limits.about[row].kind), []).append(row)
    return [groups[key] for key in sorted(groups)]


def several(names: Sequence[Message]) -> Message:
    """Name limits of one kind: up to three, and how many more there are."""
    if len(names) <= NAMED:
        return _joined(names)
    return note(
        "{names} and {count} more like these",
        names=_joined(names[:NAMED]),
        count=len(names) - NAMED,
    )


def _joined(names: Sequence[Message]) -> Message:
    told = names[-1]
    for name in reversed(names[:-1]):
        told = note("{first}; {rest}", first=name, rest=told)
    return told


def _clash(limits: LimitRows, some: _Marks, ended: Stop) -> bool:
    """Tell whether it is proven that no choice keeps some of the limits."""
    kept = replace(
        limits,
        rows=limits.rows[np.flatnonzero(some)],
        least=limits.least[some],
        most=limits.most[some],
    )
    program = program_of(kept, csr_array((int(some.sum()), 0)), np.zeros(0))
    return run(program, time_limit_s=_ASK_S, ended=ended, first=True).impossible


def _less(left: _Marks, rows: list[int], clash: Callable[[_Marks], bool]) -> _Marks:
    """Leave rows out where the others clash without them."""
    fewer = left.copy()
    fewer[rows] = False
    return fewer if (fewer != left).any() and clash(fewer) else left


def _fewest(left: _Marks, rows: list[int], clash: Callable[[_Marks], bool]) -> _Marks:
    """Leave out as many of the rows as possible, in ever smaller parts of them."""
    size = sum(left[row] for row in rows) // 2
    while size:
        there = [row for row in rows if left[row]]
        for start in range(0, len(there), size):
            left = _less(left, there[start : start + size], clash)
        size //= 2
    return left
