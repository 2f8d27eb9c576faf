"""Ways and the name of a textbook model -> its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from planner.errors import SettingsError
from planner.language import Message, note
from planner.progress import Stop, never
from planner.siting.matrix.answer import Answer, Clock
from planner.siting.matrix.capacitated import solve_capacitated
from planner.siting.matrix.center import solve_center
from planner.siting.matrix.covering_models import solve_backup, solve_set_cover
from planner.siting.matrix.dispersion import solve_dispersion
from planner.siting.matrix.maximal import solve_maximal
from planner.siting.matrix.median import solve_median
from planner.siting.matrix.warming import (
    SMALL_COUNT,
    SMALL_RADIUS,
    run_late_kernels,
    small_ways,
)
from planner.siting.matrix.ways import Ways

__all__ = ["MODELS", "Question", "check_question", "compile_kernels", "solve_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the ways."""

    model: str
    """One of MODELS."""
    radius: float | None = None
    """A cell at this cost or below is covered."""
    count: int | None = None
    """How many sites: at most in mclp, exactly in the p-models; fixed ones are counted."""
    share: float | None = None
    """Of all weight that must be covered, above 0 to 1; None: all."""
    budget: float | None = None
    """Most that the sites of mclp may cost together."""


MODELS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "mclp": frozenset({"radius", "count", "budget"}),
        "lscp": frozenset({"radius", "share"}),
        "p-median": frozenset({"count"}),
        "p-center": frozenset({"count"}),
        "p-dispersion": frozenset({"count"}),
        "backup": frozenset({"radius"}),
    }
)
"""Model -> what may be asked of it."""
_COMPILING_S = 600.0
_compiled: set[tuple[str, bool]] = set()
_OPTIONAL = frozenset({"share", "budget"})


def solve_matrix(
    ways: Ways,
    question: Question,
    *,
    time_limit_s: float,
    gap_share: float = 0.0,
    seed: int = 0,
    stop: Stop = never,
) -> Answer:
    """Answer a textbook model on a matrix, with a bound.

    Parameters
    ----------
    ways
        For p-dispersion as from `read_site_pairs`, else as from `read_ways`.
    time_limit_s
        Seconds of the search, at least 0; with 0 a quick answer with a valid bound. The first call
        compiles before they count.
    gap_share
        The search ends when the answer is proven this near to the best, 0 to 1.

    Raises
    ------
    SettingsError
        If the question lacks something, asks what the model does not have, or asks for more sites
        than there are.
    ValueError
        If the limit of time or the gap is out of range.
    """
    if not time_limit_s >= 0:
        raise ValueError(f"time_limit_s must be at least 0, got {time_limit_s}")
    if not 0 <= gap_share <= 1:
        raise ValueError(f"gap_share must be from 0 to 1, got {gap_share}")
    check_question(question)
    _check_sites(ways, question)
    compile_kernels(question.model, roomy=bool(np.isfinite(ways.capacity).any()))
    clock = Clock(time_limit_s, stop)
    solver = _SOLVERS[question.model]
    answer = solver(ways, question, clock, gap_share, seed)
    return replace(answer, seconds=clock.seconds)


def compile_kernels(model: str, *, roomy: bool = False) -> None:
    """Compile what a model runs, or load it from disk, so that no clock counts it; once a process.

    Parameters
    ----------
    roomy
        Whether sites have capacities.
    """
    if (model, roomy) in _compiled:
        return
    may = MODELS[model]
    question = Question(
        model=model,
        radius=SMALL_RADIUS if "radius" in may else None,
        count=SMALL_COUNT if "count" in may else None,
    )
    _SOLVERS[model](small_ways(roomy=roomy), question, Clock(_COMPILING_S), 0.0, 0)
    run_late_kernels(model, roomy=roomy)
    _compiled.add((model, roomy))


def check_question(question: Question) -> None:
    """Refuse a question that cannot be answered, whatever the data.

    Raises
    ------
    SettingsError
        Saying what is wrong.
    """
    if question.model not in MODELS:
        raise SettingsError(
            note(
                "There is no model {model}. Models: {models}.",
                model=question.model,
                models=", ".join(MODELS),
            )
        )
    may = MODELS[question.model]
    for name in ("radius", "count", "share", "budget"):
        value = getattr(question, name)
        if value is not None and name not in may:
            raise SettingsError(
                note("--{name} has no meaning for {model}.", name=name, model=question.model)
            )
        if value is None and name in may - _OPTIONAL:
            if name == "count" and question.budget is not None:
                continue
            raise SettingsError(note("{model} needs --{name}.", name=name, model=question.model))
    for allowed, told in _ranges(question):
        if not allowed:
            raise SettingsError(told)


def _ranges(question: Question) -> tuple[tuple[bool, Message], ...]:
    radius, count = question.radius, question.count
    share, budget = question.share, question.budget
    least = 2 if question.model == "p-dispersion" else 1
    return (
        (
            radius is None or 0 <= radius < np.inf,
            note("--radius must be 0 or more, got {value}.", value=radius),
        ),
        (
            count is None or count >= least,
            note("--count must be at least {least}, got {value}.", least=least, value=count),
        ),
        (
            share is None or 0 < share <= 1,
            note("--share must be above 0 and at most 1, got {value}.", value=share),
        ),
        (
            budget is None or 0 <= budget < np.inf,
            note("--budget must be 0 or more, got {value}.", value=budget),
        ),
    )


def _check_sites(ways: Ways, question: Question) -> None:
    """Refuse more sites than there are, more fixed ones than are asked for, and lost capacities."""
    n, fixed, count = len(ways.sites), int(ways.fixed.sum()), question.count
    if count is not None and count > n and question.model != "mclp":
        raise SettingsError(
            note("--count {count} is more than the {n} sites there are.", count=count, n=n)
        )
    if count is not None and fixed > count:
        raise SettingsError(
            note(
                "{fixed} sites are fixed, more than --count {count}; fixed sites are counted.",
                fixed=fixed,
                count=count,
            )
        )
    if np.isfinite(ways.capacity).any() and question.model != "p-median":
        raise SettingsError(
            note(
                "Capacities are kept by p-median alone. Leave the column capacity out of the sites"
                " for {model}.",
                model=question.model,
            )
        )


_Solver = Callable[[Ways, Question, Clock, float, int], Answer]


def _mclp(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    return solve_maximal(
        ways,
        question.radius or 0.0,
        question.count,
        question.budget,
        clock=clock,
        gap_share=gap,
        seed=seed,
    )


def _lscp(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    del seed
    share = 1.0 if question.share is None else question.share
    return solve_set_cover(ways, question.radius or 0.0, share, clock=clock, gap_share=gap)


def _backup(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    del seed
    return solve_backup(ways, question.radius or 0.0, clock=clock, gap_share=gap)


def _median(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    if np.isfinite(ways.capacity).any():
        return solve_capacitated(ways, question.count or 1, clock=clock, gap_share=gap, seed=seed)
    return solve_median(ways, question.count or 1, clock=clock, gap_share=gap, seed=seed)


def _center(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    del seed
    return solve_center(ways, question.count or 1, clock=clock, gap_share=gap)


def _dispersion(ways: Ways, question: Question, clock: Clock, gap: float, seed: int) -> Answer:
    return solve_dispersion(ways, question.count or 2, clock=clock, gap_share=gap, seed=seed)


_SOLVERS: Mapping[str, _Solver] = MappingProxyType(
    {
        "mclp": _mclp,
        "lscp": _lscp,
        "p-median": _median,
        "p-center": _center,
        "p-dispersion": _dispersion,
        "backup": _backup,
    }
)
