"""A program in whole numbers -> its best solution and bound, by HiGHS, under a clock."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.siting.matrix.answer import Clock

__all__ = ["Program", "Solved", "run_program"]

_ASK_EVERY_S = 0.1
_GRACE_S = 0.5
"""How long HiGHS is waited for once it was told to end."""
_UNSETTLED = (highspy.HighsModelStatus.kNotset, highspy.HighsModelStatus.kSolveError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Minimise cost x subject to low <= rows x <= high, low_x <= x <= top."""

    cost: NDArray[np.float64]
    rows: csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    whole: NDArray[np.bool_]
    """Columns that must be whole numbers."""
    top: NDArray[np.float64]
    low_x: NDArray[np.float64] | None = None
    """Least value of each column; None: 0."""
    start: NDArray[np.float64] | None = None
    """A solution that is known."""
    enough: float | None = None
    """End as soon as a solution is at or below this."""
    hopeless: float | None = None
    """End as soon as the bound is at or above this."""
    gap: float = 0.0
    """End when proven this near to the best."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What HiGHS knows."""

    values: NDArray[np.float64] | None
    """The best solution; None: none found."""
    bound: float
    """No solution costs less, as far as floats can tell; inf: there is none."""
    done: bool
    """Whether the search came to its end (within `gap`)."""


def run_program(program: Program, clock: Clock) -> Solved:
    """Run branch and cut until it is done or the clock ends it.

    HiGHS runs in a thread of its own: its long steps never ask whether to end, so that the caller
    leaves them behind when the clock has run out.

    Raises
    ------
    RuntimeError
        If HiGHS refuses the program or fails: a fault of ours, never of the data.
    """
    run = _Run(program, clock)
    thread = threading.Thread(target=run.run, name="HiGHS")
    thread.start()
    waited_s = 0.0
    try:
        while thread.is_alive() and waited_s < _GRACE_S:
            run.news.wait(_ASK_EVERY_S)
            run.news.clear()
            if clock.ended() or run.stop:
                run.stop = True
                waited_s += _ASK_EVERY_S
    finally:
        run.stop = True
    if run.fault is not None:
        raise RuntimeError(f"HiGHS failed: {run.fault}") from run.fault
    return Solved(run.values, run.bound, run.done)


class _Run:
    """HiGHS in a thread of its own, as in `planner.siting.solving.exact`."""

    def __init__(self, program: Program, clock: Clock) -> None:
        self.program = program
        self.solver = _solver(program, clock.left_s)
        self.values: NDArray[np.float64] | None = None
        self.best = math.inf
        self.bound = -math.inf
        self.done = False
        self.news = threading.Event()
        self.stop = False
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            solver = self.solver
            events: tuple[tuple[highspy.highs.HighsCallback, Callable[..., None]], ...] = (
                (solver.cbMipInterrupt, self._asked),
                (solver.cbSimplexInterrupt, self._asked),
                (solver.cbIpmInterrupt, self._asked),
                (solver.cbMipImprovingSolution, self._improved),
            )
            for event, answer in events:
                event.subscribe(answer)
            solver.run()
            self._finish()
        except Exception as fault:  # noqa: BLE001 - handed to the thread that waits
            self.fault = fault
        finally:
            self.news.set()

    def _finish(self) -> None:
        status = self.solver.getModelStatus()
        if status in _UNSETTLED:
            raise RuntimeError(self.solver.modelStatusToString(status))
        if status == highspy.HighsModelStatus.kInfeasible:
            self.bound, self.done = math.inf, True
            return
        info = self.solver.getInfo()
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            self._take(
                np.asarray(self.solver.getSolution().col_value), info.objective_function_value
            )
        mixed = bool(self.program.whole.any())
        self.done = status == highspy.HighsModelStatus.kOptimal
        bound = info.mip_dual_bound if mixed else info.objective_function_value
        if math.isfinite(bound) and (mixed or self.done):
            self.bound = max(self.bound, bound)

    def _asked(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS asks whether it should end."""
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            bound = event.data_out.mip_dual_bound
            if math.isfinite(bound):
                self.bound = max(self.bound, bound)
            hopeless = self.program.hopeless
            self.stop = self.stop or (hopeless is not None and self.bound >= hopeless)
        event.interrupt(self.stop)

    def _improved(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS has a better solution."""
        values = np.asarray(event.data_out.mip_solution)
        self._take(values, float(values @ self.program.cost))
        enough = self.program.enough
        self.stop = self.stop or (enough is not None and self.best <= enough)

    def _take(self, values: NDArray[np.float64], cost: float) -> None:
        if cost < self.best:
            self.values, self.best = values, cost


def _solver(program: Program, time_limit_s: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    for name, value in {
        "output_flag": False,
        "threads": 1,
        "time_limit": max(0.01, time_limit_s),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": max(program.gap, 1e-9),
    }.items():
        solver.setOptionValue(name, value)
    if solver.passModel(_lp(program)) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the program")
    if program.start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = program.start.tolist()
        solver.setSolution(solution)
    return solver


def _lp(program: Program) -> highspy.HighsLp:
    matrix = csc_array(program.rows)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_ = program.cost
    lp.col_lower_ = np.zeros(lp.num_col_) if program.low_x is None else program.low_x
    lp.col_upper_ = program.top
    lp.row_lower_, lp.row_upper_ = program.low, program.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data.astype(float)
    if program.whole.any():
        kinds = highspy.HighsVarType
        lp.integrality_ = [
            kinds.kInteger if whole else kinds.kContinuous for whole in program.whole.tolist()
        ]
    return lp
