"""Explained measures -> the one list of measures, in the order in which it is told."""

import pandas as pd

from planner.options import Options

__all__ = ["list_measures"]

_RANK = {"new": 0, "move": 0, "upgrade": 1, "close": 2}


def list_measures(options: Options, explained: pd.DataFrame) -> pd.DataFrame:
    """Join what is done with the options and sites that it is done to.

    Parameters
    ----------
    options
        With their sites.
    explained
        As `explain_plan` gives it.

    Returns
    -------
    pandas.DataFrame
        Index option id: what opens or moves first, then upgrades, then closings; of each most gain
        first. Columns of option, site and explanation; where both have one, the explanation's.
    """
    known = options.described.loc[explained.index]
    added = known.drop(columns=known.columns.intersection(explained.columns)).join(explained)
    order = added.assign(rank=added["kind"].map(_RANK)).sort_values(
        ["rank", "gain_hours"], ascending=[True, False], kind="stable"
    )
    return order.drop(columns="rank")
