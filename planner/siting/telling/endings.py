"""How a search ended, and how near its plan is to the best -> the words for it."""

import math
from collections.abc import Mapping

from planner.language import Message, note
from planner.siting.plan import Status

__all__ = ["ending_of", "is_proven_best", "quality_of", "told_gap"]

_DUST_SHARE = 1e-7
"""A gap up to this is none: searches that are asked for no gap end within a hundred-millionth of
all demand, and arithmetic with floats leaves less. Of a million worker-hours it is a tenth of
one."""
_STEPS = 10_000
"""A gap is told in hundredths of a per cent."""

_ENDINGS: Mapping[str, Message] = {
    Status.OPTIMAL: note("proven as near as asked for"),
    Status.FEASIBLE: note("time is up"),
    Status.STOPPED: note("stopped by hand"),
    Status.EDITED: note("changed by hand"),
    Status.INFEASIBLE: note("no plan keeps the limits"),
    Status.UNKNOWN: note("no plan was found in time"),
}


def is_proven_best(status: str, gap: float | None) -> bool:
    """Tell whether nothing can be better: the search reached its proof and nothing is left to it.

    Parameters
    ----------
    status
        As `Status` has it; "optimal" alone says no more than that the gap asked for was reached.
    gap
        How far the plan may be from the best, 0 to 1; None: not known.
    """
    return status == Status.OPTIMAL and gap is not None and gap <= _DUST_SHARE


def told_gap(gap: float) -> float:
    """Give a gap as it is told: whole hundredths of a per cent, never less than it is.

    0 is told only where nothing is left, up to the dust of floats.

    Examples
    --------
    >>> told_gap(0.00041), told_gap(0.000001), told_gap(1e-9), told_gap(0.0012)
    (0.0005, 0.0001, 0.0, 0.0012)
    """
    if gap <= _DUST_SHARE:
        return 0.0
    return math.ceil(gap * _STEPS - _DUST_SHARE) / _STEPS


def quality_of(status: str, gap: float | None) -> Message:
    """Tell how good a plan is: proven best, or how far from the best possible at most.

    Parameters
    ----------
    status, gap
        As of `is_proven_best`.

    Raises
    ------
    ValueError
        If there is no such status.

    Examples
    --------
    >>> quality_of("optimal", 0.0).text("en"), quality_of("optimal", 0.00041).text("en")
    ('proven best', 'at most 0.05% from the best possible')
    """
    if Status(status) in (Status.INFEASIBLE, Status.UNKNOWN):
        return _ENDINGS[status]
    if is_proven_best(status, gap):
        return note("proven best")
    if gap is None or math.isnan(gap):
        return note("how far from the best possible is not known")
    return note("at most {gap:.2%} from the best possible", gap=told_gap(gap))


def ending_of(status: str, gap: float | None) -> Message:
    """Tell how a search ended; "proven best" only where nothing is left to the bound.

    Parameters
    ----------
    status, gap
        As of `is_proven_best`.

    Raises
    ------
    ValueError
        If there is no such status.

    Examples
    --------
    >>> ending_of("optimal", 0.0).text("en"), ending_of("optimal", 0.0004).text("en")
    ('proven best', 'proven as near as asked for')
    """
    return note("proven best") if is_proven_best(status, gap) else _ENDINGS[Status(status)]
