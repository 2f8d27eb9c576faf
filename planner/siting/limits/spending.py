"""Budgets by payer and by year -> limits on the money of the chosen options."""

import numpy as np
from numpy.typing import NDArray

from planner.district.settings import Limits
from planner.language import Message, note
from planner.siting.limits.entering import Entering
from planner.siting.limits.single_limits import LimitRow, limit_row
from planner.siting.problem import FEN_A_YUAN, About

__all__ = ["money_rows", "year_fen"]


def money_rows(entering: Entering, limits: Limits) -> list[LimitRow]:
    """Limit the union's money, that of partners, and the added running cost a year; in whole fen.

    A station that closes saves what it cost to run.
    """
    there = entering.there
    setup = _fen(there["cost_setup_yuan"].to_numpy(float))
    union = _fen(there["cost_union_yuan"].to_numpy(float))
    rows = []
    if limits.budget_union_yuan is not None:
        money = limits.budget_union_yuan
        told = note("the union pays at most {money} yuan", money=f"{money:,.0f}")
        rows.append(_at_most(union, money, "money_union", told))
    if limits.budget_partner_yuan is not None:
        money = limits.budget_partner_yuan
        told = note("hosts and partners pay at most {money} yuan", money=f"{money:,.0f}")
        rows.append(_at_most(setup - union, money, "money_partner", told))
    if limits.budget_year_yuan is not None:
        money = limits.budget_year_yuan
        told = note("running cost grows by at most {money} yuan a year", money=f"{money:,.0f}")
        year, today = year_fen(entering)
        rows.append(_at_most(year, money, "money_year", told, beside=today))
    return rows


def year_fen(entering: Entering) -> tuple[NDArray[np.int64], int]:
    """Give what each option adds to the running cost a year, in fen, and what is saved without any.

    Returns
    -------
    added, today
        The added cost of a choice is the sum of `added` over it, shape (n,), less `today`: what the
        stations cost that may close or move, which each option of theirs has in its own `added`.
    """
    there = entering.there
    added = _fen(there["added_year_yuan"].to_numpy(float))
    keep = there.loc[entering.keeps]
    costs = dict(zip(keep["site"], _fen(keep["cost_year_yuan"].to_numpy(float)), strict=True))
    own = np.array(
        [
            costs.get(replaced or site, 0)
            for site, replaced in zip(there["site"], there["replaces"], strict=True)
        ],
        np.int64,
    )
    return added + own, int(sum(costs.values()))


def _at_most(
    fen: NDArray[np.int64], money: float, kind: str, told: Message, *, beside: int = 0
) -> LimitRow:
    about = About(kind=kind, name=told, scale=FEN_A_YUAN, unit="yuan")
    return limit_row(fen, about, most=round(money * FEN_A_YUAN) + beside)


def _fen(yuan: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round to whole fen; what nobody knows costs nothing."""
    return np.rint(np.nan_to_num(yuan) * FEN_A_YUAN).astype(np.int64)
