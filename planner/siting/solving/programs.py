"""A program over options -> a choice that keeps it, or the proof that none does, by HiGHS."""

import math
import threading
import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.progress import Stop, never

__all__ = ["Answer", "Program", "run", "units_of"]

_Reals = NDArray[np.float64]
_ASK_EVERY_S = 0.05
_LARGEST = 2.0**20
"""Numbers in a row are made about this small, so that the tolerance of HiGHS is far below one of
them."""
_GRACE_S = 0.5
"""How long HiGHS is waited for once it was told to end."""
_NONE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Minimise cost @ x within rows and bounds; the first `whole` columns are whole numbers."""

    cost: _Reals
    lower: _Reals
    upper: _Reals
    rows: csr_array
    least: _Reals
    most: _Reals
    whole: int


def units_of(rows: csr_array) -> _Reals:
    """Give what the whole numbers of each row can be divided by for HiGHS, shape (q,).

    What divides them all, and beyond that a power of two, so that nothing is rounded.
    """
    units = np.ones(rows.shape[0])
    filled = np.flatnonzero(np.diff(rows.indptr) > 0)
    if not len(filled):
        return units
    numbers, start = np.abs(rows.data).astype(np.int64), rows.indptr[:-1][filled]
    common = np.maximum(np.gcd.reduceat(numbers, start), 1)
    large = np.maximum.reduceat(numbers, start) / common / _LARGEST
    units[filled] = common * 2.0 ** np.ceil(np.log2(np.maximum(large, 1.0)))
    return units


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What HiGHS found; neither values nor impossible: it did not know when it ended."""

    values: _Reals | None = None
    best: bool = False
    """Whether no values cost less."""
    impossible: bool = False


def run(
    program: Program,
    *,
    time_limit_s: float,
    ended: Stop = never,
    first: bool = False,
    most_nodes: int | None = None,
) -> Answer:
    """Solve a program.

    HiGHS works in a thread of its own (see decision 8), so that a caller who has had enough is
    heard.

    Parameters
    ----------
    time_limit_s
        When to end, above 0.
    ended
        Asked often, in the thread of the caller; true: end now.
    first
        Whether the first values that keep all rows will do.
    most_nodes
        Of the search tree; None: no limit.
    """
    solver = _solver(program, time_limit_s, first=first, most_nodes=most_nodes)
    broken_off = False

    def asked(event: highspy.highs.HighsCallbackEvent) -> None:
        event.interrupt(broken_off)

    for event in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        event.subscribe(asked)
    thread = threading.Thread(target=solver.run, name="HiGHS")
    thread.start()
    told_s = math.inf
    try:
        while thread.is_alive() and time.monotonic() < told_s + _GRACE_S:
            thread.join(_ASK_EVERY_S)
            if not broken_off and ended():
                broken_off, told_s = True, time.monotonic()
    finally:
        broken_off = True  # also where `ended` or the user broke off
    return Answer() if thread.is_alive() else _answer(solver)


def _answer(solver: highspy.Highs) -> Answer:
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in _NONE:
        return Answer(impossible=True)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer()
    return Answer(
        values=np.asarray(solver.getSolution().col_value),
        best=status == highspy.HighsModelStatus.kOptimal,
    )


def _solver(
    program: Program, time_limit_s: float, *, first: bool, most_nodes: int | None
) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    options: dict[str, bool | float | str] = {
        "output_flag": False,
        "threads": 1,  # one gives the same answer everywhere
        "time_limit": time_limit_s,
        "mip_rel_gap": 0.0,
    }
    if first:
        options["mip_max_improving_sols"] = 1
    if most_nodes is not None:
        options["mip_max_nodes"] = most_nodes
    for name, value in options.items():
        solver.setOptionValue(name, value)
    columns = len(program.cost)
    matrix = csc_array(program.rows)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, matrix.shape[0]
    lp.col_cost_ = program.cost
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.least, program.most
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType
    whole, parts = [kinds.kInteger] * program.whole, [kinds.kContinuous] * columns
    lp.integrality_ = whole + parts[program.whole :]
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused a program over options")
    return solver
