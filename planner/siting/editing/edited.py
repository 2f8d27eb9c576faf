"""Edits of a plan by hand -> a plan again, with a bound that still holds."""

from planner.siting.editing.live import LiveSession
from planner.siting.plan import Plan, Status

__all__ = ["edited_plan"]


def edited_plan(session: LiveSession, *, bound_milli: int) -> Plan:
    """Give what stands in a session as a plan.

    Parameters
    ----------
    session
        Edits of a plan.
    bound_milli
        What no plan that keeps all limits can serve, thousandths of a worker-minute a week. Where
        the edits break a limit it says nothing, and what all options together serve takes its
        place.
    """
    problem, figures = session.problem, session.figures()
    standing = set(figures.options)
    most_milli = problem.base_milli + int(problem.value_milli.sum()) - problem.priced_milli
    bound = most_milli if figures.broken else max(bound_milli, figures.served_milli)
    return Plan(
        options=figures.options,
        closed=tuple(keep for keep in problem.keeps if keep not in standing),
        served_milli=figures.served_milli,
        bound_milli=bound,
        total_milli=figures.total_milli,
        cost_yuan=figures.cost_yuan,
        status=Status.EDITED,
        seconds=0.0,
        notes=(*problem.notes, *(broken.text for broken in figures.broken)),
    )
