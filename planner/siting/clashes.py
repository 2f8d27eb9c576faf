"""Which limits of a siting problem contradict each other, in words."""

import numpy as np

from planner.language import Message, note
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.reduce import conflict_pairs

__all__ = ["clashes_of"]


def clashes_of(problem: SitingProblem) -> tuple[Message, ...]:
    """Name every contradiction between the limits; none: a plan that keeps them all exists.

    Opening the locked options and nothing else is the plan that keeps all limits whenever any plan
    does, so only they can clash: with the money, with the count, with each other, or with stations
    that stay.
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
