"""What is left of a siting problem -> its best plan and a proof, by HiGHS."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csc_array, csr_array, eye_array, vstack

from planner.siting.model import NO_LIMIT, Model

__all__ = ["PROOF_SHARE", "Found", "prove"]

PROOF_SHARE = 1e-8
"""What a bound told in floats may be wrong by, as a share of all value: added to every such
bound."""
_TOLERANCE = 1e-6
"""Below this difference of the objective HiGHS takes two choices for equal."""
_ASK_EVERY_S = 0.1
_GRACE_S = 0.5
"""How long HiGHS is waited for once it was told to end."""
_UNSETTLED = (highspy.HighsModelStatus.kNotset, highspy.HighsModelStatus.kSolveError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What HiGHS knows so far."""

    chosen: NDArray[np.bool_] | None
    """The best choice that it has, shape (m,); None: none, or one that breaks a limit by a rounding
    of floats."""
    bound_milli: int
    """No choice serves more, whole thousandths of a worker-minute a week."""


@dataclass(frozen=True, slots=True)
class _Program:
    """The program: x of each option, then y of each row that more than one option serves."""

    lp: highspy.HighsLp
    scale: float
    """Objective of the program for each thousandth of a worker-minute; a power of two, so exact."""
    margin_milli: float
    """What a bound from it may be wrong by."""


def prove(
    model: Model,
    cliques: csr_array,
    *,
    start: NDArray[np.bool_],
    gap_milli: int,
    time_limit_s: float,
    tell: Callable[[Found], bool],
) -> Found:
    """Find the best choice by branch and cut, from a choice that is known.

    Parameters
    ----------
    model
        What is left to decide.
    cliques
        Sets of which at most one may be chosen; see `conflict_cliques`.
    start
        A choice that keeps all limits, shape (m,).
    gap_milli
        How far from the best the result may be.
    time_limit_s
        When to end, above 0.
    tell
        Given what is known several times a second, in the thread of the caller; true: end now.

    Returns
    -------
    Found
        The last state; the bound is that of the whole model, valid whatever ended the search.

    Raises
    ------
    RuntimeError
        If HiGHS refuses the program or fails: a fault of ours, never of the data.
    """
    program = _program(model, cliques)
    solver = _solver(program, gap_milli, time_limit_s)
    solver.setSolution(_start(model, start))
    run = _Run(solver, program, model)
    thread = threading.Thread(target=run.run, name="HiGHS")
    thread.start()
    ended_s = math.inf
    try:
        while thread.is_alive() and time.monotonic() < ended_s + _GRACE_S:
            run.news.wait(_ASK_EVERY_S)
            run.news.clear()
            if tell(run.so_far) and math.isinf(ended_s):
                run.stop, ended_s = True, time.monotonic()
    finally:
        run.stop = True  # also where `tell` or the user broke off
    if run.fault is not None:
        raise RuntimeError(f"HiGHS failed: {run.fault}") from run.fault
    return run.so_far


class _Run:
    """HiGHS in a thread of its own, so that the caller can be heard and can leave at any time.

    Long steps of HiGHS (presolve, the first relaxation) never ask whether to end. A run that the
    caller has left ends by itself as soon as HiGHS asks, at the latest at its limit of time; the
    process waits for it before it exits, for Python must not be gone when HiGHS calls. A fresh
    thread also has a scheduler of its own, so that other users of HiGHS in the process, with other
    numbers of threads, do no harm.
    """

    def __init__(self, solver: highspy.Highs, program: _Program, model: Model) -> None:
        self.solver, self.program, self.model = solver, program, model
        self.so_far = Found(chosen=None, bound_milli=int(model.value.sum()))
        self.news = threading.Event()
        self.stop = False
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            solver = self.solver
            for event in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
                event.subscribe(self._asked)
            solver.cbMipImprovingSolution.subscribe(self._improved)
            solver.run()
            status = solver.getModelStatus()
            if status in _UNSETTLED:
                raise RuntimeError(solver.modelStatusToString(status))  # noqa: TRY301 - told below
            info = solver.getInfo()
            self._take_bound(info.mip_dual_bound)
            if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
                self._take_choice(np.asarray(solver.getSolution().col_value))
        except Exception as fault:  # noqa: BLE001 - handed to the thread that waits
            self.fault = fault
        finally:
            self.news.set()

    def _asked(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS asks whether it should end."""
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self._take_bound(event.data_out.mip_dual_bound)
        event.interrupt(self.stop)

    def _improved(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS has a better choice."""
        self._take_choice(np.asarray(event.data_out.mip_solution))

    def _take_bound(self, dual_bound: float) -> None:
        if math.isfinite(dual_bound):
            bound = math.floor(dual_bound / self.program.scale + self.program.margin_milli)
            if bound < self.so_far.bound_milli:
                self.so_far = replace(self.so_far, bound_milli=bound)
                self.news.set()

    def _take_choice(self, values: NDArray[np.float64]) -> None:
        chosen = values[: len(self.model.cost)] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
        if _keeps_limits(self.model, chosen):
            self.so_far = replace(self.so_far, chosen=chosen)
            self.news.set()


def _solver(program: _Program, gap_milli: int, time_limit_s: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    options = {
        "output_flag": False,
        "threads": 1,  # branch and cut takes no more, and one gives the same plan everywhere
        "time_limit": time_limit_s,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": max(gap_milli * program.scale, 1e-9),
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    if solver.passModel(program.lp) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the siting program")
    return solver


def _program(model: Model, cliques: csr_array) -> _Program:
    """Maximise the value of the rows served; a row of one option is part of that option's worth."""
    m, rows = len(model.cost), len(model.value)
    by_row = csr_array(
        (np.ones(len(model.options)), model.options, model.option_start), shape=(rows, m)
    )
    alone = np.diff(model.option_start) == 1
    worth = np.zeros(m, np.int64)
    np.add.at(worth, model.options[model.option_start[:-1][alone]], model.value[alone])
    shared = np.flatnonzero(~alone)
    limits, most = _limits(model, cliques)
    matrix = csc_array(
        block_array([[-by_row[shared], eye_array(len(shared))], [limits, None]])
        if len(shared)
        else limits
    )
    total = int(model.value.sum())
    scale = 2.0 ** (20 - total.bit_length())
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = m + len(shared), matrix.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([worth, model.value[shared]]) * scale
    lp.col_lower_, lp.col_upper_ = np.zeros(m + len(shared)), np.ones(m + len(shared))
    lp.row_lower_ = np.full(matrix.shape[0], -np.inf)
    lp.row_upper_ = np.concatenate([np.zeros(len(shared)), most])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * m + [kinds.kContinuous] * len(shared)
    return _Program(lp, scale, total * PROOF_SHARE + _TOLERANCE / scale)


def _limits(model: Model, cliques: csr_array) -> tuple[csr_array, NDArray[np.float64]]:
    """Give the limits as rows over the options, with the most that each allows."""
    blocks, most = [cliques], [np.ones(cliques.shape[0])]
    if model.places < NO_LIMIT:
        blocks.append(csr_array(model.counts[None, :].astype(float)))
        most.append(np.array([float(model.places)]))
    if model.money < NO_LIMIT:
        # Small whole numbers keep the tolerance of the solver below one unit.
        unit = int(np.gcd.reduce(model.cost)) or 1
        blocks.append(csr_array((model.cost // unit)[None, :].astype(float)))
        most.append(np.array([float(model.money // unit)]))
    return csr_array(vstack(blocks)), np.concatenate(most)


def _start(model: Model, chosen: NDArray[np.bool_]) -> highspy.HighsSolution:
    rows = len(model.value)
    by_row = csr_array(
        (np.ones(len(model.options)), model.options, model.option_start), shape=(rows, len(chosen))
    )
    served = (by_row @ chosen.astype(float)) > 0
    solution = highspy.HighsSolution()
    shared = np.diff(model.option_start) > 1
    solution.col_value = np.concatenate([chosen, served[shared]]).astype(float).tolist()
    return solution


def _keeps_limits(model: Model, chosen: NDArray[np.bool_]) -> bool:
    """Check a choice against the limits in whole numbers."""
    foes = np.repeat(chosen, np.diff(model.foe_start)) & chosen[model.foes]
    return bool(
        int(model.cost[chosen].sum()) <= model.money
        and int(model.counts[chosen].sum()) <= model.places
        and not foes.any()
    )
