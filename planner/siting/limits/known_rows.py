"""Demand rows that were merged before -> those of a district in which some candidates are others.

What each cell adds to the rows depends on the options in its reach alone. So where a few sites
differ, the part of the cells near them is taken out of the rows that are known, and put in as it is
now: whole numbers both times, so the rows are those of merging everything, in another order.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from planner.coverage import Coverage, cells_near, of_cells
from planner.coverage.rows import number_equal
from planner.district import District
from planner.siting.limits.demand_rows import (
    DemandRows,
    YearPart,
    demand_rows,
    hashes_of,
    parts_of_year,
    spread_over,
)
from planner.siting.limits.entering import Entering

__all__ = ["KnownRows", "is_same", "merge_rows"]

_HASH_SEED = 20_261_123
_MOST_SHARE = 0.5
"""Share of the cells up to which it is quicker to exchange their part than to merge everything."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownRows:
    """Demand rows, and what they were merged from."""

    coverage: Coverage
    some: Entering
    year: tuple[YearPart, ...]
    rows: DemandRows


def merge_rows(
    coverage: Coverage,
    some: Entering,
    *,
    district: District | None = None,
    known: KnownRows | None = None,
    changed: Collection[str] = (),
) -> KnownRows:
    """Merge the demand that entering options serve and no station that stays does.

    Parameters
    ----------
    district
        See `parts_of_year`.
    known
        Of the same demand and stations; None: everything is merged.
    changed
        Ids of sites that are not in both coverages, or lie or serve otherwise in them. Those that
        other options enter at are found.

    Returns
    -------
    KnownRows
        In the order of `demand_rows` where everything is merged; else equal but for the order.
    """
    if known is not None and known.coverage is coverage and is_same(known.some, some):
        return known
    year = parts_of_year(coverage, [*some.there["weeks"], *some.standing["weeks"]], district)
    cells = None if known is None else _cells_that_differ(known, coverage, some, changed)
    # Parts of a year round slot by slot, and slots are cut where any option opens or closes.
    if known is None or cells is None or len(year) > 1 or known.year != year:
        rows = demand_rows(coverage, some, year)
    elif len(cells) or not is_same(known.some, some):
        gone = demand_rows(of_cells(known.coverage, cells), known.some, year)
        come = demand_rows(of_cells(coverage, cells), some, year)
        rows = _exchanged(known, some, gone, come)
    else:
        rows = known.rows
    return KnownRows(coverage=coverage, some=some, year=year, rows=rows)


def is_same(one: Entering, other: Entering) -> bool:
    """Tell whether the same options of a coverage enter; the same stations stay then."""
    return one is other or one.there.index.tolist() == other.there.index.tolist()


def _cells_that_differ(
    known: KnownRows, coverage: Coverage, some: Entering, changed: Collection[str]
) -> NDArray[np.int64] | None:
    """List the cells whose options differ; None: so much differs that all are merged sooner."""
    if _named(known.some.standing) != _named(some.standing):
        return None
    differ = _named(known.some.there) ^ _named(some.there)
    sites = {*changed, *(site for _, site, _ in differ)}
    cells = np.union1d(cells_near(known.coverage, sites), cells_near(coverage, sites))
    return None if len(cells) > _MOST_SHARE * len(coverage.demand.cells) else cells


def _named(options: pd.DataFrame) -> set[tuple[str, str, str]]:
    columns = [options[name].to_numpy(object) for name in ("site", "measure")]
    return set(zip(options.index.to_numpy(object), *columns, strict=True))


def _exchanged(known: KnownRows, some: Entering, gone: DemandRows, come: DemandRows) -> DemandRows:
    """Take rows out of those that are known, and put others in; equal sets of options are one."""
    before, n = known.rows, len(some.there)
    place = some.there.index.get_indexer(known.some.there.index)
    stays = np.flatnonzero(place >= 0)
    marks = np.random.default_rng(_HASH_SEED).integers(
        0, 2**64, (n + len(place) - len(stays), 2), dtype=np.uint64
    )
    mark = place.copy()
    mark[place < 0] = np.arange(n, len(marks))
    hashes = [hashes_of(rows.serves, marks[mark]) for rows in (before, gone)]
    number, first = number_equal(np.concatenate([*hashes, hashes_of(come.serves, marks[:n])]))
    ends = np.cumsum([len(rows.value_milli) for rows in (before, gone, come)])
    value = np.zeros(len(first), np.int64)
    value[: ends[0]] = before.value_milli  # each set is there once, so it has the number of its row
    value[number[ends[0] : ends[1]]] -= gone.value_milli
    value[number[ends[1] :]] += come.value_milli
    wanted = np.flatnonzero(value)
    column = np.where(first < ends[0], first, first - len(gone.value_milli))
    whole = hstack([spread_over(before.serves[stays], place[stays], n), come.serves])
    serves = csr_array(whole)[:, column[wanted]]
    return DemandRows(
        serves=serves,
        value_milli=value[wanted],
        base_milli=before.base_milli - gone.base_milli + come.base_milli,
        total_milli=before.total_milli - gone.total_milli + come.total_milli,
        parts=None,
    )
