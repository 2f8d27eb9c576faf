"""Entering options and parts of the year -> demand rows, merged over the year.

A station that is there for some weeks serves its workers in these alone. So the year is cut where a
station comes or goes; the value of a worker's minute is split over the parts by their weeks (whole
numbers that add up to the whole, cell by cell), and rows that the same options serve are one again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.coverage import Coverage, MergedRows
from planner.coverage.rows import RowParts, number_equal
from planner.coverage.year import WHOLE_YEAR, YearPart, cut_year
from planner.district import District
from planner.district.season_weeks import season_weeks
from planner.siting.limits.entering import Entering

__all__ = [
    "DemandRows",
    "YearPart",
    "demand_rows",
    "hashes_of",
    "parts_of_year",
    "served_over_year",
    "spread_over",
]

_HASH_SEED = 20_250_107


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRows:
    """Demand that entering options can serve, one row a set of options."""

    serves: csr_array
    """Booleans (only stored trues), shape (n options, r rows), sorted indices."""
    value_milli: NDArray[np.int64]
    """Above 0, shape (r,)."""
    base_milli: int
    total_milli: int
    parts: RowParts | None
    """By group and class of cell, where classes were given."""


def parts_of_year(
    coverage: Coverage, weeks: Sequence[tuple[int, ...]], district: District | None
) -> tuple[YearPart, ...]:
    """Cut the year, or the season that is planned for, where any station can come or go.

    The cut depends on all options of the coverage, so that figures of different plans add up alike.

    Parameters
    ----------
    weeks
        Of the options that matter, empty: all year. Where all are, the year is one part.
    district
        Says when the season of the demand is; without it, or where nobody knows, all year counts.
    """
    if not any(weeks):
        return (YearPart(1, WHOLE_YEAR),)
    planned = coverage.planned_weeks or _season_weeks(coverage, district)
    return cut_year(coverage.options.table["weeks"], planned=planned)


def _season_weeks(coverage: Coverage, district: District | None) -> tuple[int, ...]:
    """Give the weeks of the season that is planned for; empty: all year, or not known."""
    if coverage.demand.season is None or district is None:
        return ()
    seasons = {season.id: season for season in district.settings.seasons}
    season = seasons.get(coverage.demand.season)
    return () if season is None else season_weeks(season, seasons.values())


def demand_rows(
    coverage: Coverage,
    entering: Entering,
    year: Sequence[YearPart],
    *,
    cell_class: NDArray[np.int64] | None = None,
) -> DemandRows:
    """Merge the demand that entering options serve and no station that stays does.

    Parameters
    ----------
    year
        As `parts_of_year` cuts it for the weeks of these options and stations.
    cell_class
        See `Coverage.merged_rows`.
    """
    n = len(entering.there)
    found = [
        _padded(coverage.merged_rows(ids, fixed=fixed, cell_class=cell_class, weeks=share), at, n)
        for ids, at, fixed, share in _present(entering, year)
    ]
    return found[0] if len(found) == 1 else _over_the_year(found, n)


def _present(
    entering: Entering, year: Sequence[YearPart]
) -> Iterator[tuple[list[str], NDArray[np.int64], list[str], tuple[int, int, int]]]:
    """Give the options and stations of each part of the year, with the places of the options."""
    there, standing = entering.there, entering.standing
    serving = np.flatnonzero(~there["bought"].to_numpy(bool))
    weeks, stay = there["weeks"].to_numpy(), standing["weeks"].to_numpy()
    ids = there.index.astype(str).to_numpy(dtype=object)
    names = standing.index.astype(str).to_numpy(dtype=object)
    for part in year:
        at = np.array([place for place in serving if part.holds(weeks[place])], np.int64)
        fixed = [name for name, own in zip(names, stay, strict=True) if part.holds(own)]
        yield list(ids[at]), at, fixed, part.share


def _padded(rows: MergedRows, at: NDArray[np.int64], n: int) -> DemandRows:
    """Give options that are not there in a part of the year, or never serve, a row of nothing."""
    return DemandRows(
        serves=spread_over(rows.serves, at, n),
        value_milli=rows.value_milli,
        base_milli=rows.base_milli,
        total_milli=rows.total_milli,
        parts=rows.parts,
    )


def spread_over(serves: csr_array, at: NDArray[np.int64], n: int) -> csr_array:
    """Put the rows of a table at some of n places, ascending; the others have a row of nothing."""
    if len(at) == n:
        return serves
    sizes = np.zeros(n, np.int64)
    sizes[at] = np.diff(serves.indptr)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(serves.indptr.dtype)
    return csr_array((serves.data, serves.indices, start), shape=(n, serves.shape[1]))


def _over_the_year(found: Sequence[DemandRows], n: int) -> DemandRows:
    """Put the rows of all parts of the year together; those that the same options serve are one."""
    marks = np.random.default_rng(_HASH_SEED).integers(0, 2**64, (n, 2), dtype=np.uint64)
    hashes = np.concatenate([hashes_of(rows.serves, marks) for rows in found])
    number, first = number_equal(hashes)
    order = np.lexsort((hashes[first, 1], hashes[first, 0]))
    place = np.argsort(order)[number]
    value = np.zeros(len(first), np.int64)
    np.add.at(value, place, np.concatenate([rows.value_milli for rows in found]))
    stacked = [rows.serves.tocoo() for rows in found]
    offset = np.cumsum([0, *(len(rows.value_milli) for rows in found)])
    option = np.concatenate([each.row for each in stacked])
    row = np.concatenate([each.col + at for each, at in zip(stacked, offset, strict=False)])
    one = np.zeros(offset[-1], np.bool_)
    one[first] = True
    kept = one[row]
    serves = csr_array(
        (np.ones(int(kept.sum()), np.bool_), (option[kept], place[row[kept]])),
        shape=(n, len(first)),
    )
    serves.sort_indices()
    return DemandRows(
        serves=serves,
        value_milli=value,
        base_milli=sum(rows.base_milli for rows in found),
        total_milli=sum(rows.total_milli for rows in found),
        parts=_parts_over_the_year(found, place, offset),
    )


def hashes_of(serves: csr_array, marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sum the marks of the options of each row, shape (r, 2)."""
    return _summed(serves.indptr, serves.indices, marks, serves.shape[1])


@kernel
def _summed(
    start: NDArray[np.int32], rows: NDArray[np.int32], marks: NDArray[np.uint64], size: int
) -> NDArray[np.uint64]:
    sums = np.zeros((size, 2), np.uint64)
    for option in range(len(start) - 1):
        for at in range(start[option], start[option + 1]):
            sums[rows[at], 0] += marks[option, 0]
            sums[rows[at], 1] += marks[option, 1]
    return sums


def _parts_over_the_year(
    found: Sequence[DemandRows], place: NDArray[np.int64], offset: NDArray[np.int64]
) -> RowParts | None:
    parts = [rows.parts for rows in found if rows.parts is not None]
    if len(parts) < len(found):
        return None
    return RowParts(
        row=np.concatenate([place[part.row + at] for part, at in zip(parts, offset, strict=False)]),
        group=np.concatenate([part.group for part in parts]),
        cell_class=np.concatenate([part.cell_class for part in parts]),
        value_milli=np.concatenate([part.value_milli for part in parts]),
        base_milli=np.sum([part.base_milli for part in parts], axis=0),
        total_milli=np.sum([part.total_milli for part in parts], axis=0),
    )


def served_over_year(
    coverage: Coverage, options: Sequence[str], *, district: District | None = None
) -> int:
    """Count what some options serve, each in the weeks in which it is there.

    This is `measure_coverage(coverage, options).served_milli`, without its tables.

    Returns
    -------
    int
        Thousandths of a worker-minute a week, on average over the year.
    """
    table: pd.DataFrame = coverage.options.table.loc[list(options)]
    weeks = table["weeks"].tolist()
    served = 0
    for part in parts_of_year(coverage, weeks, district):
        there = [name for name, own in zip(table.index, weeks, strict=True) if part.holds(own)]
        served += coverage.merged_rows([], fixed=there, weeks=part.share).base_milli
    return served
