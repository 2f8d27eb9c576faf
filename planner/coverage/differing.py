"""Two sets of options -> who is served by the one alone, the other alone, both, or neither."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.factors import Coverage
from planner.coverage.figures import Figures
from planner.coverage.service import tally_service
from planner.coverage.tally import OUTCOMES, PLACE
from planner.district.settings import ServiceRules

__all__ = [
    "DIFFERENCES",
    "SEEN_SHARE",
    "difference_classes",
    "net_difference",
    "served_difference",
]

DIFFERENCES = ("gained_much", "gained", "lost_much", "lost", "gained_and_lost", "both", "neither")
"""What a map tells of a cell."""
SEEN_SHARE, _MUCH_SHARE = 0.005, 0.25
"""Shares of a cell's worker-hours: from which a change is shown, and from which it is large."""

_MILLI_MINUTES_AN_HOUR = 60_000


def served_difference(
    coverage: Coverage, first: Collection[str], then: Collection[str]
) -> pd.DataFrame:
    """Tell for each cell who is served before and after a change of the options that are there.

    Exact for every worker-hour: somebody who gains does not make up for somebody else in the same
    cell who loses. Seats are not counted: who finds one depends on who else comes.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    first, then
        Ids of the options that are there; a site may stand in both in another configuration.

    Returns
    -------
    pandas.DataFrame
        Index cell id. Columns, all worker-hours a week: hours (all demand), both (served by first
        and then), gained (by then alone), lost (by first alone), neither. The last four sum to
        hours.

    Raises
    ------
    ValueError
        If an option is not known.
    """
    served_first, total = _served(coverage, first)
    served_then, _ = _served(coverage, then)
    # Who is served where both sets stand together is served by one of them at least.
    served_any, _ = _served(coverage, {*first, *then})
    return _table(
        coverage.demand.cells.index,
        total,
        gained=served_any - served_first,
        lost=served_any - served_then,
        both=served_first + served_then - served_any,
    )


def net_difference(first: Figures, then: Figures) -> pd.DataFrame:
    """Tell for each cell the same from figures alone, where two plans rest on other ways or hours.

    What some gain and others lose in the same cell is taken off each other.

    Returns
    -------
    pandas.DataFrame
        As `served_difference`.

    Raises
    ------
    ValueError
        If the two do not count the same demand in the same cells.
    """
    hours = first.by_cell["worker_hours_week"]
    if not hours.index.equals(then.by_cell.index) or not np.allclose(
        hours, then.by_cell["worker_hours_week"], rtol=0, atol=1e-6
    ):
        raise ValueError("first and then must count the same demand in the same cells")
    total = _milli(hours.to_numpy(float))
    served_first, served_then = (
        _milli(hours.to_numpy(float) * each.by_cell["effective_share"].to_numpy(float))
        for each in (first, then)
    )
    both = np.minimum(served_first, served_then)
    return _table(
        hours.index, total, gained=served_then - both, lost=served_first - both, both=both
    )


def difference_classes(difference: pd.DataFrame) -> NDArray[np.int64]:
    """Give the place in `DIFFERENCES` of each cell; one without demand is "neither".

    A change below half a per cent of a cell's worker-hours is none; a quarter of them is large.
    """
    hours = np.maximum(difference["hours"].to_numpy(float), 1e-9)
    gained, lost, both = (
        difference[name].to_numpy(float) / hours for name in ("gained", "lost", "both")
    )
    found = np.select(
        [
            (gained >= SEEN_SHARE) & (lost >= SEEN_SHARE),
            gained >= _MUCH_SHARE,
            gained >= SEEN_SHARE,
            lost >= _MUCH_SHARE,
            lost >= SEEN_SHARE,
            both >= SEEN_SHARE,
        ],
        [
            DIFFERENCES.index(kind)
            for kind in ("gained_and_lost", "gained_much", "gained", "lost_much", "lost", "both")
        ],
        DIFFERENCES.index("neither"),
    )
    return np.asarray(found, np.int64)


def _served(
    coverage: Coverage, options: Collection[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give what is served and all demand by cell, thousandths of a worker-minute a week."""
    by_cell = tally_service(coverage, sorted(set(options)), service=ServiceRules()).by_cell
    return by_cell[:, PLACE["served"]], by_cell[:, : len(OUTCOMES)].sum(axis=1)


def _milli(hours: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(hours * _MILLI_MINUTES_AN_HOUR).astype(np.int64)


def _table(
    cells: pd.Index,
    total: NDArray[np.int64],
    *,
    gained: NDArray[np.int64],
    lost: NDArray[np.int64],
    both: NDArray[np.int64],
) -> pd.DataFrame:
    parts = {
        "hours": total,
        "both": both,
        "gained": gained,
        "lost": lost,
        "neither": total - both - gained - lost,
    }
    return pd.DataFrame(
        {name: values / _MILLI_MINUTES_AN_HOUR for name, values in parts.items()}, index=cells
    )
