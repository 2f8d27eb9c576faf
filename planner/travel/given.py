"""A ready table of ways -> travel: what a routing service or another program computed."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Problem
from planner.language import Message, note
from planner.travel.matrix import TravelMatrix, csr_from_pairs, cutoff_millimetres

__all__ = ["check_given", "given_travel"]

_SOURCE_NUMBER = re.compile(r"^\d+/")
"""Stands before the id of a place that another source has too."""
_MM = 1000
_NO_NAMES: Mapping[str, str] = {}


class _Named(NamedTuple):
    """What each name in a table stands for; names are numbered."""

    start: NDArray[np.int64]
    """Where the cells of each name begin, shape (names + 1,)."""
    cell: NDArray[np.int64]
    """Places of cells."""
    rank: NDArray[np.int64]
    """0: the name is the id of a place, 1: of a grid, 2: of a community; 3: of nothing."""


def given_travel(
    rows: pd.DataFrame,
    *,
    sites: Sequence[str],
    cells: pd.DataFrame,
    mode: str,
    cutoff_m: float,
    names: Mapping[str, str] = _NO_NAMES,
) -> TravelMatrix:
    """Take the ways of a mode from a table.

    A cell is named by its own id, by the id of the place that it came from, by the id of its grid,
    or by the id or name of its community (then the way holds for all its cells). The nearest naming
    decides: a row for the place goes before one for its grid, and that before one for its
    community. A row without a mode holds for every mode, a row of the mode itself goes before it.
    Of several ways left for a pair the shortest counts. Whole millimetres, halves to the even one.

    Parameters
    ----------
    rows
        Columns site, cell (str), cost_m (metres, at least 0) and mode ("": any).
    sites
        Ids of the sites, shape (n,).
    cells
        As in Demand: index id, columns community and, where there are grids, grid; m rows.
    mode
        "walk", "ebike" or "drive".
    cutoff_m
        Longer ways are left out; the cutoff itself still counts.
    names
        Name of a community -> its id.

    Returns
    -------
    TravelMatrix
        Pairs that the table does not name are out of reach; `check_given` tells them.

    Raises
    ------
    ValueError
        If the cutoff is out of range.
    """
    cutoff_mm = cutoff_millimetres(cutoff_m)
    length_mm = np.rint(rows["cost_m"].to_numpy(np.float64) * _MM)
    of_mode = rows["mode"].isin([mode, ""]).to_numpy(bool)
    site = pd.Index(list(sites)).get_indexer(pd.Index(rows["site"].tolist()))
    kept = np.flatnonzero(of_mode & (site >= 0))
    name, known = _factorized(rows["cell"].iloc[kept])
    named = _resolve(known, cells, names)
    times = np.diff(named.start)[name]
    row = np.repeat(kept, times)
    begin = np.repeat(named.start[name], times)
    inside = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    at = named.cell[begin + inside]
    rank = 2 * np.repeat(named.rank[name], times) + (rows["mode"].to_numpy()[row] == "")
    pair = site[row] * len(cells) + at
    order = np.lexsort((length_mm[row], rank, pair))
    order = order[np.diff(pair[order], prepend=-1) > 0]
    order = order[length_mm[row[order]] <= cutoff_mm]
    millimetres = length_mm[row[order]].astype(np.int32)
    return TravelMatrix(
        sites=tuple(sites),
        cells=tuple(cells.index),
        length_mm=csr_from_pairs(
            site[row[order]].astype(np.int64), at[order], millimetres, (len(sites), len(cells))
        ),
        cutoff_m=cutoff_m,
        mode=mode,
    )


def check_given(
    rows: pd.DataFrame,
    *,
    table: str,
    sites: Sequence[str],
    cells: pd.DataFrame,
    names: Mapping[str, str] = _NO_NAMES,
) -> tuple[tuple[Message, ...], tuple[Problem, ...]]:
    """Tell what in a table of ways matches nothing, and what it says nothing about.

    Parameters
    ----------
    rows
        As for `given_travel`, with `row` (line in the file).
    table
        Name of the file.
    sites, cells, names
        As for `given_travel`.

    Returns
    -------
    notes, problems
        How many sites and cells the table does not name (they are out of reach of each other), and
        one problem for each name that matches nothing, at its first row.
    """
    name, known = _factorized(rows["cell"])
    named = _resolve(known, cells, names)
    line = rows["row"].to_numpy()
    first = pd.Series(line).groupby(name).first()
    is_site = rows["site"].isin(list(sites))
    strange = rows.loc[~is_site].drop_duplicates("site")
    problems = [
        *(
            _problem(table, row, "site", found)
            for row, found in zip(strange["row"], strange["site"], strict=True)
        ),
        *(
            _problem(table, first[at], "cell", known[at])
            for at in np.flatnonzero(named.rank == len(_RANKS)).tolist()
        ),
    ]
    without = {
        "cell": len(cells) - len(np.unique(named.cell)),
        "site": len(sites) - rows.loc[is_site, "site"].nunique(),
    }
    return _left_out(table, without, len(cells), len(sites)), tuple(problems)


def _left_out(
    table: str, without: Mapping[str, int], cells: int, sites: int
) -> tuple[Message, ...]:
    """Tell how many places the table says nothing about."""
    notes = []
    if without["cell"]:
        notes.append(
            note(
                "{table}: {n} of {all} places of workers have no way in the table; they are out of"
                " reach.",
                table=table,
                n=without["cell"],
                all=cells,
            )
        )
    if without["site"]:
        notes.append(
            note(
                "{table}: {n} of {all} stations and venues have no way in the table; nobody reaches"
                " them.",
                table=table,
                n=without["site"],
                all=sites,
            )
        )
    return tuple(notes)


_EXPECTED = {
    "site": note("the id of a station or venue of this district"),
    "cell": note("the id of a place, grid or community with workers"),
}
_RANKS = ("place", "grid", "community")


def _problem(table: str, row: int, column: str, found: str) -> Problem:
    return Problem(
        table=table,
        row=int(row),
        column=column,
        found=found,
        expected=_EXPECTED[column],
        fix=note("Correct the id; no row with it is used."),
    )


def _factorized(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Give the distinct texts in order of appearance, and the number of each."""
    number, known = pd.factorize(values.to_numpy(dtype=object))
    return number.astype(np.int64), [str(name) for name in known]


def _resolve(named: Sequence[str], cells: pd.DataFrame, names: Mapping[str, str]) -> _Named:
    """Find the cells that each name stands for, by the nearest kind of naming that knows it."""
    ids = [str(name) for name in cells.index]
    by_id = _cells_by(ids)
    by_place = _cells_by([_SOURCE_NUMBER.sub("", name) for name in ids])
    by_grid = _cells_by(cells["grid"].tolist() if "grid" in cells else [])
    by_community = _cells_by(cells["community"].tolist())
    found, ranks = [], []
    for name in named:
        kinds = (
            by_place.get(name, by_id.get(name, _NONE)),
            by_grid.get(name, _NONE),
            by_community.get(name, by_community.get(names.get(name, ""), _NONE)),
            _NONE,
        )
        rank = next((at for at, some in enumerate(kinds) if len(some)), len(_RANKS))
        ranks.append(rank)
        found.append(kinds[rank])
    start = np.cumsum([0, *map(len, found)])
    return _Named(start, np.concatenate([_NONE, *found]), np.array(ranks, dtype=np.int64))


_NONE = np.empty(0, np.int64)


def _cells_by(values: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Give the places of the cells that have each value; a blank one stands for none."""
    number, known = _factorized(pd.Series(values, dtype=object))
    order = np.argsort(number, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(number, minlength=len(known)))[:-1])
    return {name: places for name, places in zip(known, parts, strict=bool(known)) if name}
