"""Options that stand -> what is left of each budget."""

from dataclasses import dataclass

from planner.siting.editing.live import LiveSession
from planner.siting.problem import FEN_A_YUAN, UNLIMITED

__all__ = ["MONEY", "MoneyLeft", "money_left"]

MONEY = ("money", "money_union", "money_partner", "money_year")
"""Kinds of budgets, the one of all set-up money first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLeft:
    """What is left of a budget."""

    kind: str
    """Of MONEY."""
    left_yuan: float
    """Below 0 where more is spent than there is."""


def money_left(session: LiveSession) -> tuple[MoneyLeft, ...]:
    """Give what is left of each budget that there is, in the order of MONEY."""
    problem, chosen = session.problem, set(session.chosen)
    found = {}
    whole = session.figures().money_left_yuan
    if whole is not None:
        found["money"] = whole
    linear = problem.linear
    if linear is not None:
        standing = [at for at, option in enumerate(problem.options) if option in chosen]
        for limit, about in enumerate(linear.about):
            most = int(linear.most[limit])
            if about.kind in MONEY and most < UNLIMITED:
                used = int(linear.weights[[limit]].toarray()[0][standing].sum())
                found[about.kind] = (most - used) / FEN_A_YUAN
    return tuple(MoneyLeft(kind=kind, left_yuan=found[kind]) for kind in MONEY if kind in found)
