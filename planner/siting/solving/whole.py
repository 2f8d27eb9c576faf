"""A siting problem -> arrays for the kernels, with every option and row as it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.problem import CoverageFloors, LinearLimits, SitingProblem
from planner.siting.solving import moves
from planner.siting.solving.model import NO_LIMIT, Model, State, empty_state
from planner.siting.solving.reduce import conflict_pairs

__all__ = ["copy_of", "foes_of", "model_of", "places_of", "state_of", "whole_model"]

_Longs = NDArray[np.int64]


def whole_model(problem: SitingProblem) -> Model:
    """Give the arrays of a problem without taking anything out.

    Options keep their places, also those that are locked or forbidden, and rows theirs. The value
    is that of rows served: what is served twice, and the worth of an option by itself, count 0.
    """
    money, places = problem.budget_fen, problem.count
    return model_of(
        problem,
        np.arange(len(problem.options)),
        csr_array(problem.serves.T, dtype=np.int8),
        problem.value_milli,
        conflicts=conflict_pairs(problem),
        room=(NO_LIMIT if money is None else money, NO_LIMIT if places is None else places),
    )


def model_of(  # noqa: PLR0913 - a model is made of these
    problem: SitingProblem,
    kept: _Longs,
    by_row: csr_array,
    value: _Longs,
    *,
    conflicts: _Longs,
    room: tuple[int, int],
    with_floors: bool = True,
) -> Model:
    """Give the arrays of some options of a problem and of rows that they serve.

    Parameters
    ----------
    problem
        Gives costs, counts and limits.
    kept
        Places of the options in the problem, ascending, shape (m,).
    by_row
        Which of them serve each row, shape (r, m).
    value
        Thousandths of a worker-minute a week, shape (r,).
    conflicts
        Pairs of places in the problem that exclude each other, shape (q, 2).
    room
        Fen that may be spent and additional openings; NO_LIMIT where there is no limit.
    with_floors
        Whether rows are those of the problem, so that its floors hold; else there are none.
    """
    serves = csr_array(by_row.T)
    for matrix in (by_row, serves):
        matrix.sort_indices()
    foe_start, foes = foes_of(conflicts, kept, len(problem.options))
    linear = problem.linear or LinearLimits.none(len(problem.options))
    by_option = csr_array(linear.weights.tocsc()[:, kept].T, dtype=np.int64)
    floors = (problem.floors if with_floors else None) or CoverageFloors.none(len(value))
    toward = csr_array(floors.values.T, dtype=np.int64)
    return Model(
        row_start=serves.indptr.astype(np.int64),
        rows=serves.indices.astype(np.int32),
        option_start=by_row.indptr.astype(np.int64),
        options=by_row.indices.astype(np.int32),
        value=value,
        cost=problem.cost_fen[kept],
        counts=problem.counts[kept].astype(np.int64),
        foe_start=foe_start,
        foes=foes,
        money=room[0],
        places=room[1],
        twice=np.zeros(len(value), np.int64),
        worth=np.zeros(len(kept), np.int64),
        limit_start=by_option.indptr.astype(np.int64),
        limits=by_option.indices.astype(np.int32),
        weights=by_option.data,
        least=linear.least,
        most=linear.most,
        floor_start=toward.indptr.astype(np.int64),
        floors=toward.indices.astype(np.int32),
        floor_values=toward.data,
        floor_least=floors.least,
    )


def foes_of(conflicts: _Longs, kept: _Longs, options: int) -> tuple[_Longs, NDArray[np.int32]]:
    """List what each kept option excludes: where its list begins, and the lists."""
    new = np.full(options, -1)
    new[kept] = np.arange(len(kept))
    pairs = new[conflicts]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    start = np.searchsorted(both[:, 0], np.arange(len(kept) + 1)).astype(np.int64)
    return start, both[:, 1].astype(np.int32)


def places_of(problem: SitingProblem, options: Sequence[str]) -> _Longs:
    """Give the places of options in a problem, ascending; those that it does not know are left out.

    Stations that stay in any case are no options of a problem.
    """
    place = {option: k for k, option in enumerate(problem.options)}
    return np.array(sorted({place[option] for option in options if option in place}), np.int64)


def state_of(model: Model, chosen: _Longs, empty: State | None = None) -> State:
    """Give the state of a model in which some options are chosen, from the empty one if given."""
    state = empty_state(model) if empty is None else copy_of(empty)
    for k in chosen:
        moves.open_(model, state, int(k))
    return state


def copy_of(state: State) -> State:
    """Give a state of its own that is equal to another one."""
    return State(*(part.copy() for part in state))  # type: ignore[arg-type]  # parts in order
