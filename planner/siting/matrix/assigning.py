"""Chosen sites -> an answer with the site of each cell."""

import numpy as np
from numpy.typing import NDArray

from planner.language import note
from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.medians import add_greedily, assign
from planner.siting.matrix.ways import Ways, by_site

__all__ = ["answer_with_ways", "no_sites_reach", "out_of_reach", "with_more"]


def answer_with_ways(  # noqa: PLR0913 - the arrays of one problem
    ways: Ways,
    model: str,
    chosen: NDArray[np.bool_],
    *,
    objective: float,
    bound: float,
    ending: Ending,
    clock: Clock,
    near: NDArray[np.integer] | None = None,
) -> Answer:
    """Answer a model in which each cell has a site: the nearest, unless `near` says which.

    Parameters
    ----------
    near
        Position of the site of each cell, -1: none, shape (m,).
    """
    nearest, first, _ = assign(ways.start, ways.site, ways.cost, chosen, np.inf)
    if near is None:
        near = nearest
    else:
        first = _cost_to(ways, near)
    has = near >= 0
    weight = ways.weight
    total, sent = float(weight[has].sum()), float((weight[has] * first[has]).sum())
    return Answer(
        model=model,
        sites=tuple(ways.sites[j] for j in np.flatnonzero(chosen)),
        objective=objective,
        bound=min(bound, objective),
        maximise=False,
        status=ending,
        seconds=clock.seconds,
        assignment={ways.cells[i]: ways.sites[near[i]] for i in np.flatnonzero(has).tolist()},
        figures={
            "weight_total": float(weight.sum()),
            "weight_assigned": total,
            "cost_mean": sent / total if total else 0.0,
            "cost_longest": float(first[has & (weight > 0)].max(initial=0.0)),
        },
        unreachable=out_of_reach(ways),
        notes=ways.notes,
    )


def _cost_to(ways: Ways, near: NDArray[np.integer]) -> NDArray[np.float64]:
    cost = np.full(len(ways.cells), np.inf)
    own = ways.site == near[ways.cell]
    cost[ways.cell[own]] = ways.cost[own]
    return cost


def out_of_reach(ways: Ways) -> tuple[str, ...]:
    """Give the cells with demand that no site reaches."""
    return tuple(ways.cells[i] for i in np.flatnonzero((ways.weight > 0) & ~ways.reached))


def no_sites_reach(ways: Ways, model: str, count: int, ending: Ending, clock: Clock) -> Answer:
    """Answer that so few sites cannot reach all cells, or that none were found that do."""
    reason = (
        note(
            "It takes more than {count} sites to reach every cell that can be reached. Allow more"
            " sites, or add rows to the table of ways.",
            count=count,
        )
        if ending is Ending.INFEASIBLE
        else note(
            "No way to reach every cell with {count} sites was found in the time given. Allow more"
            " time.",
            count=count,
        )
    )
    return Answer(
        model=model,
        sites=(),
        objective=None,
        bound=None,
        maximise=False,
        status=ending,
        seconds=clock.seconds,
        unreachable=out_of_reach(ways),
        reasons=(reason,),
        notes=ways.notes,
    )


def with_more(ways: Ways, chosen: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Add sites until there are `count`: those that shorten the ways most, then by id."""
    chosen = chosen.copy()
    lists = by_site(ways.start, ways.site, ways.cost, len(ways.sites))
    far = 10.0 * float(ways.cost.max(initial=0.0)) + 1.0
    add_greedily(lists.start, lists.cell, lists.cost, ways.weight, chosen, far, count)
    return chosen
