"""Edits of a plan by hand -> a plan again, with a bound that still holds."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.language import Message
from planner.siting.editing.live import LiveSession
from planner.siting.editing.live_limits import with_names
from planner.siting.plan import Plan, Status

__all__ = ["edited_plan"]

_NO_NAMES: Mapping[str, Message | str] = MappingProxyType({})


def edited_plan(
    session: LiveSession, *, bound_milli: int, names: Mapping[str, Message | str] = _NO_NAMES
) -> Plan:
    """Give what stands in a session as a plan.

    Parameters
    ----------
    session
        Edits of a plan.
    bound_milli
        What no plan that keeps all limits can serve, thousandths of a worker-minute a week. Where
        the edits break a limit it says nothing, and what all options together serve takes its
        place.
    names
        Of options and sites by id, for what is told of limits that are not kept.
    """
    problem, figures = session.problem, session.figures()
    standing = set(figures.options)
    most_milli = problem.base_milli + int(problem.value_milli.sum()) - problem.priced_milli
    broken = tuple(with_names(each.text, names) for each in figures.broken)
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
        reasons=broken,
        notes=(*problem.notes, *broken),
    )
