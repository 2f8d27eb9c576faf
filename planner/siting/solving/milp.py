"""What is left of a siting problem as a program for HiGHS, solved in a thread of its own."""

import math
import threading
import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from planner.siting.solving.feasible import keeps_limits
from planner.siting.solving.found import PROOF_SHARE, Found
from planner.siting.solving.model import NO_LIMIT, Model, most_of, size_of
from planner.siting.solving.programs import units_of

__all__ = ["ProgramRun"]

_Reals = NDArray[np.float64]
_TOLERANCE = 1e-6
"""Below this difference of the objective HiGHS takes two choices for equal."""
_GRACE_S = 0.5
"""How long HiGHS is waited for once it was told to end."""
_UNSETTLED = (highspy.HighsModelStatus.kNotset, highspy.HighsModelStatus.kSolveError)


@dataclass(frozen=True, slots=True)
class _Program:
    """The program: x of each option, then y of each row that more than one option serves."""

    lp: highspy.HighsLp
    scale: float
    """Objective of the program for each thousandth of a worker-minute; a power of two, so exact."""
    margin_milli: float
    """What a bound from it may be wrong by."""


class ProgramRun:
    """HiGHS in a thread of its own, so that the caller can be heard and can leave at any time.

    Long steps of HiGHS (presolve, the first relaxation) never ask whether to end. A run that the
    caller has left ends by itself as soon as HiGHS asks, at the latest at its limit of time; the
    process waits for it before it exits, for Python must not be gone when HiGHS calls. A fresh
    thread also has a scheduler of its own, so that other users of HiGHS in the process, with other
    numbers of threads, do no harm.
    """

    def __init__(
        self,
        model: Model,
        cliques: csr_array,
        *,
        start: NDArray[np.bool_] | None,
        gap_milli: int,
        time_limit_s: float,
    ) -> None:
        self.model, self.program = model, _program(model, cliques)
        self.solver = _solver(self.program, gap_milli, time_limit_s)
        if start is not None:
            self.solver.setSolution(_start(model, start))
        self.so_far = Found(chosen=None, bound_milli=most_of(model))
        self.stopped_s = math.inf
        self.fault: Exception | None = None
        self.thread = threading.Thread(target=self._run, name="HiGHS")
        self.thread.start()

    def going(self) -> bool:
        """Tell whether to wait for it: it runs, and was not told to end long ago.

        Raises
        ------
        RuntimeError
            If HiGHS fails: a fault of ours, never of the data.
        """
        if self.fault is not None:
            raise RuntimeError(f"HiGHS failed: {self.fault}") from self.fault
        return self.thread.is_alive() and time.monotonic() < self.stopped_s + _GRACE_S

    def stop(self) -> None:
        """Tell it to end as soon as it asks."""
        self.stopped_s = min(self.stopped_s, time.monotonic())

    def _run(self) -> None:
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

    def _asked(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS asks whether it should end."""
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self._take_bound(event.data_out.mip_dual_bound)
        event.interrupt(math.isfinite(self.stopped_s))

    def _improved(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS has a better choice."""
        self._take_choice(np.asarray(event.data_out.mip_solution))

    def _take_bound(self, dual_bound: float) -> None:
        if math.isfinite(dual_bound):
            bound = math.floor(dual_bound / self.program.scale + self.program.margin_milli)
            if bound < self.so_far.bound_milli:
                self.so_far = replace(self.so_far, bound_milli=bound)

    def _take_choice(self, values: NDArray[np.float64]) -> None:
        chosen = values[: len(self.model.cost)] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
        if keeps_limits(self.model, chosen):
            self.so_far = replace(self.so_far, chosen=chosen)


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
    """Maximise the value of the rows served; a row of one option is part of that option's worth.

    Columns are x of each option, y of each row that more than one option serves, z of those of them
    that add something once two serve them.
    """
    m, total = len(model.cost), size_of(model)
    alone = np.diff(model.option_start) == 1
    shared, doubled = np.flatnonzero(~alone), np.flatnonzero(~alone & (model.twice > 0))
    worth = model.worth.copy()
    np.add.at(worth, model.options[model.option_start[:-1][alone]], model.value[alone])
    matrix, least, most = _joined(_row_blocks(model, cliques, shared, doubled))
    scale = 2.0 ** (20 - total.bit_length())
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([worth, model.value[shared], model.twice[doubled]]) * scale
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_lower_, lp.row_upper_ = least, most
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    # Where the second is worth more than the first, halves of both would pay for one option.
    whole = np.isin(shared, doubled[model.twice[doubled] > model.value[doubled]])
    integer = np.concatenate([np.ones(m, bool), whole, np.zeros(len(doubled), bool)])
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if one else kinds.kContinuous for one in integer]
    return _Program(lp, scale, total * PROOF_SHARE + _TOLERANCE / scale)


_Block = tuple[csr_array, _Reals, _Reals]
"""Rows of a program over all its columns, with the least and the most of each."""


def _row_blocks(
    model: Model, cliques: csr_array, shared: NDArray[np.int64], doubled: NDArray[np.int64]
) -> list[_Block]:
    """Write "served if an option is open", "twice only if once" and the limits on options."""
    m, r = len(model.cost), len(model.value)
    by_row = csr_array(
        (np.ones(len(model.options)), model.options, model.option_start), shape=(r, m)
    )
    once = csr_array(eye_array(r))[:, shared]
    twice = csr_array(eye_array(r))[:, doubled]
    served = csr_array(hstack([-by_row, once, twice]))[shared]
    above = doubled[model.twice[doubled] > model.value[doubled]]
    after = csr_array(hstack([csr_array((r, m)), -once, twice]))[above]
    blocks = [_at_most(block, 0.0) for block in (served, after)]
    blocks.append(_floors(model, by_row, once))
    for limits, least, most in _limits(model, cliques):
        rest = csr_array((limits.shape[0], len(shared) + len(doubled)))
        blocks.append((csr_array(hstack([limits, rest])), least, most))
    return [_widened(block, m + len(shared) + len(doubled)) for block in blocks]


def _widened(block: _Block, columns: int) -> _Block:
    matrix, least, most = block
    rest = csr_array((matrix.shape[0], columns - matrix.shape[1]))
    return csr_array(hstack([matrix, rest])), least, most


def _at_most(matrix: csr_array, most: float) -> _Block:
    return matrix, np.full(matrix.shape[0], -np.inf), np.full(matrix.shape[0], most)


def _floors(model: Model, by_row: csr_array, once: csr_array) -> _Block:
    """Write the floors: by y of rows that several options serve, by x of the others."""
    r, f = len(model.value), len(model.floor_least)
    counts = csr_array(
        (model.floor_values.astype(float), model.floors, model.floor_start), shape=(r, f)
    )
    alone = (np.diff(model.option_start) == 1).astype(float)
    matrix = hstack([counts.T @ (by_row * alone[:, None]), counts.T @ once])
    return _small(csr_array(matrix), model.floor_least, np.full(f, NO_LIMIT))


def _limits(model: Model, cliques: csr_array) -> list[_Block]:
    """Give the limits on options as rows over them."""
    m, q = len(model.cost), len(model.most)
    owner = np.repeat(np.arange(m), np.diff(model.limit_start))
    linear = csr_array((model.weights.astype(float), (model.limits, owner)), shape=(q, m))
    none = np.array([-NO_LIMIT])
    blocks = [_at_most(cliques, 1.0), _small(linear, model.least, model.most)]
    if model.places < NO_LIMIT:
        blocks.append(_at_most(csr_array(model.counts[None, :].astype(float)), model.places))
    if model.money < NO_LIMIT:
        money = csr_array(model.cost[None, :].astype(float))
        blocks.append(_small(money, none, np.array([model.money])))
    return blocks


def _small(matrix: csr_array, least: NDArray[np.int64], most: NDArray[np.int64]) -> _Block:
    """Make the numbers of each row small, so that the tolerance is below one of them."""
    unit = units_of(matrix)
    data = matrix.data / np.repeat(unit, np.diff(matrix.indptr))
    low = np.where(least <= -NO_LIMIT, -np.inf, least / unit)
    high = np.where(most >= NO_LIMIT, np.inf, most / unit)
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape), low, high


def _joined(blocks: list[_Block]) -> tuple[csc_array, _Reals, _Reals]:
    matrix = csc_array(vstack([block[0] for block in blocks]))
    least = np.concatenate([np.asarray(block[1], float) for block in blocks])
    most = np.concatenate([np.asarray(block[2], float) for block in blocks])
    return matrix, least, most


def _start(model: Model, chosen: NDArray[np.bool_]) -> highspy.HighsSolution:
    taken = np.repeat(chosen, np.diff(model.row_start))
    times = np.bincount(model.rows[taken], minlength=len(model.value))
    shared = np.diff(model.option_start) > 1
    doubled = shared & (model.twice > 0)
    solution = highspy.HighsSolution()
    parts = [chosen, times[shared] > 0, times[doubled] > 1]
    solution.col_value = np.concatenate(parts).astype(float).tolist()
    return solution
