"""What is left of a siting problem -> its best plan and a proof, by HiGHS."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass

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
        Given each better choice or bound; true: end now.

    Returns
    -------
    Found
        The last state; the bound is that of the whole model, valid whatever ended the search.

    Raises
    ------
    RuntimeError
        If HiGHS refuses the program: a fault of ours, never of the data.
    """
    program = _program(model, cliques)
    worst = int(model.value.sum())
    found = _Listener(program, model, worst, tell)
    solver = _solver(program, gap_milli, time_limit_s)
    solver.setSolution(_start(model, start))
    for event in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        event.subscribe(found.asked)
    solver.cbMipImprovingSolution.subscribe(found.improved)
    solver.run()
    if solver.getModelStatus() in _UNSETTLED:
        # Another part of the process started HiGHS with another number of threads: begin anew.
        highspy.Highs.resetGlobalScheduler(True)  # noqa: FBT003 - the library takes it by position
        solver.run()
    if solver.getModelStatus() in _UNSETTLED:
        raise RuntimeError(
            f"HiGHS ended with {solver.modelStatusToString(solver.getModelStatus())}"
        )
    found.take_bound(solver.getInfo().mip_dual_bound)
    if solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        found.take_choice(np.asarray(solver.getSolution().col_value))
    return found.so_far


class _Listener:
    """Keeps what HiGHS finds and hands it on."""

    def __init__(
        self, program: _Program, model: Model, worst: int, tell: Callable[[Found], bool]
    ) -> None:
        self.program, self.model, self.tell = program, model, tell
        self.so_far = Found(chosen=None, bound_milli=worst)
        self.told = self.so_far

    def take_bound(self, dual_bound: float) -> None:
        if math.isfinite(dual_bound):
            bound = math.floor(dual_bound / self.program.scale + self.program.margin_milli)
            self.so_far = Found(
                chosen=self.so_far.chosen, bound_milli=min(bound, self.so_far.bound_milli)
            )

    def take_choice(self, values: NDArray[np.float64]) -> None:
        chosen = values[: len(self.model.cost)] > 0.5  # noqa: PLR2004 - nearest of 0 and 1
        if _keeps_limits(self.model, chosen):
            self.so_far = Found(chosen=chosen, bound_milli=self.so_far.bound_milli)

    def asked(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS asks whether it should end."""
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self.take_bound(event.data_out.mip_dual_bound)
        if self.tell(self.so_far):
            event.interrupt()

    def improved(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS has a better choice."""
        self.take_choice(np.asarray(event.data_out.mip_solution))
        self.tell(self.so_far)


def _solver(program: _Program, gap_milli: int, time_limit_s: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    options = {
        "output_flag": False,
        "threads": max(1, min(4, os.cpu_count() or 1)),  # the same in every call of a process
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
