"""Limits that are hard to keep -> a choice that keeps them all, or the proof that none does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array, eye_array

from planner.progress import Stop, never
from planner.siting.solving.model import NO_LIMIT, Model, empty_state
from planner.siting.solving.programs import Program, run, units_of

__all__ = ["Choice", "find_choice", "keeps_limits"]

_Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice that keeps all limits, or that there is none, or neither where time was short."""

    chosen: NDArray[np.bool_] | None = None
    """Shape (m,)."""
    impossible: bool = False


def find_choice(
    model: Model,
    cliques: csr_array,
    *,
    time_limit_s: float,
    ended: Stop = never,
    most_nodes: int | None = None,
) -> Choice:
    """Ask HiGHS for a choice that keeps all limits, on the options alone.

    Rows stand in the program only where they count toward a floor. Of all choices it looks for one
    whose options add much by themselves, and takes the first that it finds.

    Parameters
    ----------
    cliques
        Sets of which at most one may be chosen; see `conflict_cliques`.
    time_limit_s
        When to end, above 0.
    ended
        Asked often; true: end now.
    most_nodes
        Of the search tree; None: no limit.
    """
    m = len(model.cost)
    rows, least, most = _rows(model, cliques)
    more = rows.shape[1] - m
    adds = empty_state(model).gain.astype(np.float64)
    program = Program(
        cost=np.concatenate([-adds / max(1.0, float(np.abs(adds).max(initial=0))), np.zeros(more)]),
        lower=np.zeros(m + more),
        upper=np.ones(m + more),
        rows=rows,
        least=least,
        most=most,
        whole=m,
    )
    answer = run(program, time_limit_s=time_limit_s, ended=ended, first=True, most_nodes=most_nodes)
    if answer.values is None:
        return Choice(impossible=answer.impossible)
    chosen: NDArray[np.bool_] = answer.values[:m] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
    return Choice(chosen=chosen if keeps_limits(model, chosen) else None)


def keeps_limits(model: Model, chosen: NDArray[np.bool_]) -> bool:
    """Check a choice against everything in whole numbers, shape (m,)."""
    taken = np.repeat(chosen, np.diff(model.foe_start)) & chosen[model.foes]
    if (
        int(model.cost[chosen].sum()) > model.money
        or int(model.counts[chosen].sum()) > model.places
        or taken.any()
    ):
        return False
    limited = np.repeat(chosen, np.diff(model.limit_start))
    used = np.zeros(len(model.most), np.int64)
    np.add.at(used, model.limits[limited], model.weights[limited])
    served = np.zeros(len(model.value), bool)
    served[model.rows[np.repeat(chosen, np.diff(model.row_start))]] = True
    counted = np.repeat(served, np.diff(model.floor_start))
    met = np.zeros(len(model.floor_least), np.int64)
    np.add.at(met, model.floors[counted], model.floor_values[counted])
    return bool(
        (used >= model.least).all()
        and (used <= model.most).all()
        and (met >= model.floor_least).all()
    )


def _rows(model: Model, cliques: csr_array) -> tuple[csr_array, _Reals, _Reals]:
    """Give every limit as a row over the options, and over the rows that count toward a floor."""
    m, q = len(model.cost), len(model.most)
    by_option = csr_array((model.weights, model.limits, model.limit_start), shape=(m, q))
    blocks = [cliques.astype(np.float64)]
    least, most = [np.full(cliques.shape[0], -np.inf)], [np.ones(cliques.shape[0])]
    for amounts, limit in ((model.cost, model.money), (model.counts, model.places)):
        if limit < NO_LIMIT:
            blocks.append(csr_array(amounts[None, :].astype(np.float64)))
            least.append(np.array([-np.inf]))
            most.append(np.array([float(limit)]))
    blocks.append(csr_array(by_option.T).astype(np.float64))
    least.append(np.where(model.least > -NO_LIMIT, model.least, -np.inf))
    most.append(np.where(model.most < NO_LIMIT, model.most, np.inf))
    parts: list[list[csr_array | None]] = [[block, None] for block in blocks]
    if len(model.floor_least):
        served, toward = _floor_rows(model)
        shown = served.shape[0]
        parts = [[block, csr_array((block.shape[0], shown))] for block in blocks]
        parts += [[-served, eye_array(shown)], [None, toward]]
        least += [np.full(shown, -np.inf), model.floor_least.astype(np.float64)]
        most += [np.zeros(shown), np.full(len(model.floor_least), np.inf)]
    else:
        parts = [[block] for block in blocks]
    rows, low, high = csr_array(block_array(parts)), np.concatenate(least), np.concatenate(most)
    unit = units_of(rows)
    return csr_array(rows.multiply(1 / unit[:, None])), low / unit, high / unit


def _floor_rows(model: Model) -> tuple[csr_array, csr_array]:
    """Give the options of each row with a floor (s, m), and what it counts to each floor (f, s)."""
    r, f = len(model.value), len(model.floor_least)
    toward = csr_array((model.floor_values, model.floors, model.floor_start), shape=(r, f))
    shown = np.flatnonzero(np.diff(toward.indptr) > 0)
    by_row = csr_array(
        (np.ones(len(model.options)), model.options, model.option_start), shape=(r, len(model.cost))
    )
    return by_row[shown], csr_array(toward[shown].T).astype(np.float64)
