"""How a search ended -> the words for it."""

from collections.abc import Mapping

from planner.language import Message, note
from planner.siting.plan import Status

__all__ = ["ending_of"]

_ENDINGS: Mapping[str, Message] = {
    Status.OPTIMAL: note("proven as near as asked for"),
    Status.FEASIBLE: note("time is up"),
    Status.STOPPED: note("stopped by hand"),
    Status.EDITED: note("changed by hand"),
    Status.INFEASIBLE: note("no plan keeps the limits"),
    Status.UNKNOWN: note("no plan was found in time"),
}


def ending_of(status: str, gap: float | None) -> Message:
    """Tell how a search ended; "proven best" only where nothing is left to the bound.

    Parameters
    ----------
    status
        As `Status` has it.
    gap
        How far the plan may be from the best, 0 to 1; None: not known.

    Raises
    ------
    ValueError
        If there is no such status.

    Examples
    --------
    >>> ending_of("optimal", 0.0).text("en"), ending_of("optimal", 0.0004).text("en")
    ('proven best', 'proven as near as asked for')
    """
    if status == Status.OPTIMAL and gap == 0:
        return note("proven best")
    return _ENDINGS[Status(status)]
