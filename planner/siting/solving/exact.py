"""What is left of a siting problem -> its best plan and a proof."""

import math
import time
from collections.abc import Callable
from contextlib import closing

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.solving.branch import Tree
from planner.siting.solving.counting import sum_of
from planner.siting.solving.found import PROOF_SHARE, Found
from planner.siting.solving.milp import ProgramRun
from planner.siting.solving.model import Model

__all__ = ["PROOF_SHARE", "Found", "prove"]

_ASK_EVERY_S = 0.05
_WORK_ALONE = 10**10
"""What the tree may look at before HiGHS is asked too, in entries of the coverage: about ten
seconds."""
_MOST_ENTRIES = 2_000_000
"""Above this many entries HiGHS would not get past its first relaxation."""


def prove(  # noqa: PLR0913 - what a caller may ask of a proof
    model: Model,
    cliques: csr_array,
    *,
    start: NDArray[np.bool_] | None,
    gap_milli: int,
    time_limit_s: float,
    tell: Callable[[Found], bool],
    most_nodes: float = math.inf,
) -> Found:
    """Find the best choice and prove it, from a choice that is known.

    Branch and bound on the Lagrangian bound (see `branch`); where that takes long, HiGHS beside it
    in a thread of its own, whose bound counts at once and whose choice where it is better in the
    end. So the choice does not depend on which of two equal ones was there first.

    Parameters
    ----------
    model
        What is left to decide.
    cliques
        Sets of which at most one may be chosen; see `conflict_cliques`.
    start
        A choice that keeps all limits, shape (m,); None: none is known.
    gap_milli
        How far from the best the result may be.
    time_limit_s
        When to end, above 0.
    tell
        Given what is known several times a second, in the thread of the caller; true: end now.
    most_nodes
        Of the tree, which then is alone: the result depends on the model, the start and this
        number only, unless the time ends it.

    Returns
    -------
    Found
        The last state; the bound is that of the whole model, valid whatever ended the search. No
        choice and a bound far below 0: nothing keeps all limits.

    Raises
    ------
    RuntimeError
        If HiGHS refuses the program or fails: a fault of ours, never of the data.
    """
    end_s = time.monotonic() + time_limit_s
    tree = Tree(model, cliques, start=start, gap_milli=gap_milli)
    beside: ProgramRun | None = None
    alone = most_nodes < math.inf or len(model.rows) > _MOST_ENTRIES
    work_alone = math.inf if alone else _WORK_ALONE
    try:
        with closing(tree.grow(_ASK_EVERY_S)) as growing:
            for found in growing:
                if beside is not None and not beside.going():
                    break
                known = _both(found, beside)
                if tell(known) or tree.near_enough(known.bound_milli):
                    break
                if time.monotonic() >= end_s or tree.nodes >= max(1, most_nodes):
                    break
                if beside is None and tree.work > work_alone:
                    beside = ProgramRun(
                        model,
                        cliques,
                        start=tree.chosen,
                        gap_milli=gap_milli,
                        time_limit_s=max(0.01, end_s - time.monotonic()),
                    )
    finally:
        if beside is not None:
            beside.stop()
    return _best(model, tree.found(), beside)


def _both(found: Found, beside: ProgramRun | None) -> Found:
    """Give the choice of the tree, and the better of both bounds."""
    if beside is None:
        return found
    bound = min(found.bound_milli, beside.so_far.bound_milli)
    return Found(chosen=found.chosen, bound_milli=bound)


def _best(model: Model, found: Found, beside: ProgramRun | None) -> Found:
    """Give the better of both choices, that of the tree where they are equal."""
    both = _both(found, beside)
    other = None if beside is None else beside.so_far.chosen
    if other is None:
        return both
    if both.chosen is None or sum_of(model, other) > sum_of(model, both.chosen):
        return Found(chosen=other, bound_milli=both.bound_milli)
    return both
