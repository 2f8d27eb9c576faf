"""Lists of sites -> rows of the table of options."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.options.costs import Measures

__all__ = ["as_listed", "keeps", "opens", "rows_named"]

_AS_GIVEN = [
    "hours", "groups", "listed", "access", "capacity", "weeks", "cost_year_yuan", "benchmark",
]  # fmt: skip
_ASSUMED = ["hours_assumed", "listed_assumed", "access_assumed"]


def as_listed(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the configuration of each site as its list has it, index site id."""
    return rows[_AS_GIVEN].assign(
        site=rows.index.astype(str),
        replaces="",
        season="",
        working=(rows["status"] != "maintenance").to_numpy(bool),
        assumed=rows[_ASSUMED].astype(int).sum(axis=1),
    )


def keeps(stations: pd.DataFrame) -> pd.DataFrame:
    """Give the option to keep each station as it is."""
    return as_listed(stations).assign(
        measure="keep",
        kind="keep",
        steps=_repeated((), len(stations)),
        cost_setup_yuan=0.0,
        cost_union_yuan=0.0,
        added_year_yuan=0.0,
    )


def opens(venues: pd.DataFrame, measures: Measures, *, identity: str = "open") -> pd.DataFrame:
    """Give the option to open each venue where that is possible at all.

    Parameters
    ----------
    identity
        "open", "open_evening" or "open_24h"; the hours are those of the list in any case.
    """
    costs = measures.costs(identity, venues)
    setup = venues["cost_setup_yuan"].to_numpy(float)
    year = venues["cost_year_yuan"].to_numpy(float) + costs.year_yuan
    opened = as_listed(venues).assign(
        measure=identity,
        kind="new",
        steps=_repeated((identity,), len(venues)),
        cost_setup_yuan=setup + costs.setup_yuan,
        cost_union_yuan=setup * costs.share + costs.union_yuan,
        cost_year_yuan=np.where(year < 0, 0.0, year),
        added_year_yuan=np.where(year < 0, 0.0, year),
    )
    return opened[costs.possible]


def rows_named(rows: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Give rows other ids."""
    named = rows.copy()
    named.index = pd.Index(list(ids), dtype="str", name=rows.index.name)
    return named


def _repeated(value: tuple[str, ...], times: int) -> NDArray[np.object_]:
    out = np.empty(times, dtype=object)
    out[:] = [value] * times
    return out
