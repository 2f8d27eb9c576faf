"""Ways within a radius -> set covering (LSCP) and its backup form (LSCP-B)."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, vstack

from planner.language import Message, note
from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.center import radius_covering
from planner.siting.matrix.covers import Cover, Covering, cover_all, merged_cells
from planner.siting.matrix.programs import Program, run_program
from planner.siting.matrix.scaling import FLOAT_SHARE, whole_scale
from planner.siting.matrix.ways import Ways

__all__ = ["covered", "solve_backup", "solve_set_cover"]


def covered(ways: Ways, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the chosen sites that reach each cell, shape (m,)."""
    return np.bincount(ways.cell[chosen[ways.site]], minlength=len(ways.cells))


def solve_set_cover(
    ways: Ways, radius: float, share: float, *, clock: Clock, gap_share: float = 0.0
) -> Answer:
    """Choose the fewest sites (or the cheapest, where costs are given) that cover the demand.

    With a share of 1 all cells are covered that any site covers; the others are exempt and told.
    With a smaller share sites cover at least that part of all weight, that of cells which no site
    covers included (Toregas and others 1971).

    Returns
    -------
    Answer
        Objective and bound are the cost of the sites; those that are fixed are counted.
    """
    near = ways.within(radius)
    cells = np.flatnonzero((ways.weight > 0) & near.reached)
    need = share * float(ways.weight.sum())
    if share < 1 and float(ways.weight[cells].sum()) < need * (1 - FLOAT_SHARE):
        return _answer(
            near, "lscp", None, math.inf, Ending.INFEASIBLE, clock, _too_much(near, share)
        )
    scale = whole_scale(ways.site_cost) or 1.0
    cost = np.rint(ways.site_cost * scale) if whole_scale(ways.site_cost) else ways.site_cost
    sets = radius_covering(ways, cells, radius)
    if share < 1:
        found = _cover_share(sets, ways.weight[cells], need, cost, ways.fixed, clock, gap_share)
    else:
        found = cover_all(sets, cost, ways.fixed, clock, gap_share=gap_share)
    ending = clock.ending(proven=found.proven)
    return _answer(near, "lscp", found.chosen, found.bound / scale, ending, clock)


def solve_backup(ways: Ways, radius: float, *, clock: Clock, gap_share: float = 0.0) -> Answer:
    """Choose the fewest sites that cover all, and among those the ones that cover most twice.

    Cells that no site covers are exempt and told; one that a single site covers is not covered
    twice (Hogan and ReVelle 1986, the hierarchical form).

    Returns
    -------
    Answer
        Objective and bound are weights covered twice; `figures` holds the cost of the sites and
        its bound. Unless that cost is proven least, the bound is all weight.
    """
    near = ways.within(radius)
    cells = np.flatnonzero((ways.weight > 0) & near.reached)
    scale = whole_scale(ways.site_cost) or 1.0
    cost = np.rint(ways.site_cost * scale) if whole_scale(ways.site_cost) else ways.site_cost
    sets = radius_covering(ways, cells, radius)
    first = cover_all(sets, cost, ways.fixed, clock)
    chosen, bound = first.chosen, math.inf
    if first.proven and chosen is not None and not clock.ended():
        chosen, bound = _cover_twice(sets, ways, cells, cost, chosen, clock, gap_share)
    return _answer_twice(near, chosen, bound, first, scale, clock, gap_share)


def _cover_twice(  # noqa: PLR0913, PLR0917 - the arrays of one problem
    sets: Covering,
    ways: Ways,
    cells: NDArray[np.int64],
    cost: NDArray[np.float64],
    start: NDArray[np.bool_],
    clock: Clock,
    gap_share: float,
) -> tuple[NDArray[np.bool_], float]:
    """Cover most weight twice at the cost of a cover; the choice and what no choice exceeds."""
    group = merged_cells(sets)
    first = np.unique(group, return_index=True)[1]
    mask = np.zeros(sets.m, bool)
    mask[first] = True
    rows = sets.part(np.ones(sets.n, bool), mask)
    order = np.argsort(np.argsort(first))  # groups in the order of their first cells
    weight = np.bincount(order[group], ways.weight[cells])
    many = np.diff(rows.cell_start) > 1
    by_row = _matrix(rows)
    twice = eye_array(rows.m, format="csr")[:, np.flatnonzero(many)]
    matrix = vstack(
        [
            hstack([by_row, -twice]),
            hstack([csr_array(cost[None, :]), csr_array((1, int(many.sum())))]),
        ]
    )
    most = float(cost[start].sum())
    times = by_row @ start.astype(float)
    total = float(weight.sum()) or 1.0
    program = Program(
        cost=np.concatenate([np.zeros(sets.n), -weight[many] / total]),
        rows=csr_array(matrix),
        low=np.append(np.ones(rows.m), 0.0),
        high=np.append(np.full(rows.m, np.inf), most * (1 + FLOAT_SHARE)),
        whole=np.concatenate([np.ones(sets.n, bool), np.zeros(int(many.sum()), bool)]),
        top=np.ones(sets.n + int(many.sum())),
        low_x=np.concatenate([ways.fixed.astype(float), np.zeros(int(many.sum()))]),
        start=np.concatenate([start.astype(float), (times[many] > 1).astype(float)]),
        gap=gap_share * float(weight[many][times[many] > 1].sum()) / total,
    )
    solved = run_program(program, clock)
    chosen = start
    if solved.values is not None:
        other = solved.values[: sets.n] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
        now = by_row @ other.astype(float)
        keeps = now.min(initial=1.0) >= 1 and cost[other].sum() <= most * (1 + FLOAT_SHARE)
        if keeps and weight[now > 1].sum() > weight[times > 1].sum():
            chosen = other
    return chosen, -solved.bound * total


def _cover_share(  # noqa: PLR0913, PLR0917 - the arrays of one problem
    sets: Covering,
    weight: NDArray[np.float64],
    need: float,
    cost: NDArray[np.float64],
    must: NDArray[np.bool_],
    clock: Clock,
    gap_share: float,
) -> Cover:
    """Find the cheapest sites that cover a weight."""
    start = _share_greedily(sets, weight, need, cost, must)
    matrix = vstack(
        [
            hstack([_matrix(sets), -eye_array(sets.m)]),
            hstack([csr_array((1, sets.n)), csr_array(weight[None, :] / need)]),
        ]
    )
    served = (_matrix(sets) @ start.astype(float)) > 0
    unit = 1.0 if (cost == np.rint(cost)).all() else 0.0
    program = Program(
        cost=np.concatenate([cost, np.zeros(sets.m)]),
        rows=csr_array(matrix),
        low=np.append(np.zeros(sets.m), 1.0 - FLOAT_SHARE),
        high=np.full(sets.m + 1, np.inf),
        whole=np.concatenate([np.ones(sets.n, bool), np.zeros(sets.m, bool)]),
        top=np.ones(sets.n + sets.m),
        low_x=np.concatenate([must.astype(float), np.zeros(sets.m)]),
        start=np.concatenate([start, served]).astype(float),
        gap=gap_share * float(cost[start].sum()),
    )
    solved = run_program(program, clock)
    chosen = start
    if solved.values is not None:
        other = solved.values[: sets.n] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
        enough = float(weight[(_matrix(sets) @ other.astype(float)) > 0].sum())
        if enough >= need * (1 - FLOAT_SHARE) and cost[other].sum() < cost[start].sum():
            chosen = other
    best = float(cost[chosen].sum())
    bound = math.ceil(solved.bound - 1e-6) if unit and math.isfinite(solved.bound) else solved.bound
    bound = max(0.0, min(bound, best))
    return Cover(chosen, best, bound, bound >= best * (1 - max(gap_share, 1e-8)))


def _share_greedily(
    sets: Covering,
    weight: NDArray[np.float64],
    need: float,
    cost: NDArray[np.float64],
    must: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    matrix, chosen = _matrix(sets), must.copy()
    by_site = csr_array(matrix.T)
    left = weight * ((matrix @ chosen.astype(float)) == 0)
    while weight.sum() - left.sum() < need * (1 - FLOAT_SHARE):
        gain = by_site @ left
        rate = np.where(chosen | (gain <= 0), -1.0, gain / np.maximum(cost, 1e-12))
        best = int(np.argmax(rate))
        chosen[best] = True
        left[sets.cell[sets.start[best] : sets.start[best + 1]]] = 0.0
    return chosen


def _matrix(sets: Covering) -> csr_array:
    return csr_array((np.ones(len(sets.site)), sets.site, sets.cell_start), shape=(sets.m, sets.n))


def _answer(  # noqa: PLR0913, PLR0917 - the arrays of one problem
    near: Ways,
    model: str,
    chosen: NDArray[np.bool_] | None,
    bound: float,
    ending: Ending,
    clock: Clock,
    reasons: tuple[Message, ...] = (),
) -> Answer:
    taken = np.zeros(len(near.sites), bool) if chosen is None else chosen
    objective = None if chosen is None else float(near.site_cost[taken].sum())
    return Answer(
        model=model,
        sites=tuple(near.sites[j] for j in np.flatnonzero(taken)),
        objective=objective,
        bound=None if objective is None else min(bound, objective),
        maximise=False,
        status=ending,
        seconds=clock.seconds,
        figures=cover_figures(near, taken),
        unreachable=_beyond(near),
        reasons=reasons,
        notes=near.notes,
    )


def _answer_twice(  # noqa: PLR0913, PLR0917 - the arrays of one problem
    near: Ways,
    chosen: NDArray[np.bool_] | None,
    bound: float,
    first: Cover,
    scale: float,
    clock: Clock,
    gap_share: float,
) -> Answer:
    taken = np.zeros(len(near.sites), bool) if chosen is None else chosen
    figures = cover_figures(near, taken)
    twice, total = figures["weight_twice"], figures["weight_total"]
    bound = max(twice, min(bound, total))
    if first.proven and bound <= twice * (1 + 1e-8):
        bound = twice
    proven = first.proven and twice >= bound * (1 - max(gap_share, 1e-8))
    return Answer(
        model="backup",
        sites=tuple(near.sites[j] for j in np.flatnonzero(taken)),
        objective=twice,
        bound=bound,
        maximise=True,
        status=clock.ending(proven=proven),
        seconds=clock.seconds,
        figures={**figures, "cost_bound": min(first.bound / scale, figures["cost"])},
        unreachable=_beyond(near),
        notes=near.notes,
    )


def cover_figures(near: Ways, chosen: NDArray[np.bool_]) -> dict[str, float]:
    """Give the weights covered once and twice, and the cost of the sites."""
    times = covered(near, chosen)
    return {
        "weight_total": float(near.weight.sum()),
        "weight_covered": float(near.weight[times > 0].sum()),
        "weight_twice": float(near.weight[times > 1].sum()),
        "cost": float(near.site_cost[chosen].sum()),
    }


def _beyond(near: Ways) -> tuple[str, ...]:
    return tuple(near.cells[i] for i in np.flatnonzero((near.weight > 0) & ~near.reached))


def _too_much(near: Ways, share: float) -> tuple[Message, ...]:
    reach = float(near.weight[near.reached].sum()) / (float(near.weight.sum()) or 1.0)
    return (
        note(
            "All sites together cover {reach:.2%} of the demand within the radius, less than the"
            " {share:.2%} asked for. Ask for less, or allow a longer radius.",
            reach=reach,
            share=share,
        ),
    )
