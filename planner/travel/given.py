"""A ready table of ways -> travel: what a routing service or another program computed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Problem
from planner.language import Message, note
from planner.travel.matrix import TravelMatrix, csr_from_pairs, cutoff_millimetres

__all__ = ["MODE_NAMES", "check_given", "given_travel"]

_MM = 1000
_FAR_MM = 2.0**40
"""Beyond every cutoff, and still a whole number."""
_PAIRS_AT_ONCE = 250_000
"""So many pairs of site and cell, and those of one site more, are held before the cutoff."""
_NO_NAMES: Mapping[str, str] = {}


class _Named(NamedTuple):
    """What each name in a table stands for; names are numbered."""

    start: NDArray[np.int64]
    """Where the cells of each name begin, shape (names + 1,)."""
    cell: NDArray[np.int64]
    """Places of cells."""
    rank: NDArray[np.int64]
    """How the name names each of them, as `cell`. 0: by its own id, 1: by that of its place, 2: of
    its grid, 3: of its community."""


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
    decides: a row for the cell goes before one for its place, that before one for its grid, and
    that before one for its community. A row without a mode holds for every mode, a row of the mode
    itself goes before it. Of several ways left for a pair the shortest counts. Whole millimetres,
    halves to the even one.

    Parameters
    ----------
    rows
        Columns site, cell (str), cost_m (metres, at least 0) and mode ("": any).
    sites
        Ids of the sites, shape (n,).
    cells
        As in Demand: index id, columns community and, where there are some, grid and place (the id
        of the place in its file where the cell has another; else ""); m rows.
    mode
        "walk", "ebike" or "drive".
    cutoff_m
        Longer ways are left out; the cutoff itself still counts.
    names
        Name of a community as the table writes it -> its id; "" where communities share it, which
        then stands for neither.

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
    length_mm = np.rint(np.fmin(rows["cost_m"].to_numpy(np.float64) * _MM, _FAR_MM))
    of_mode = rows["mode"].isin([mode, ""]).to_numpy(bool)
    site = pd.Index(list(sites)).get_indexer(pd.Index(rows["site"].tolist()))
    kept = np.flatnonzero(of_mode & (site >= 0))
    name, known = _factorized(rows["cell"].iloc[kept])
    named = _resolve(known, cells, names)
    is_any = (rows["mode"].to_numpy()[kept] == "").astype(np.int64)
    table = np.column_stack([site[kept], name, is_any, length_mm[kept].astype(np.int64)])
    pairs = [np.zeros((0, 3), np.int64)]
    for part in _parts_of(table, named):
        found = _nearest_naming(part, named, len(cells))
        pairs.append(found[found[:, 2] <= cutoff_mm])
    way = np.concatenate(pairs)
    return TravelMatrix(
        sites=tuple(sites),
        cells=tuple(cells.index),
        length_mm=csr_from_pairs(
            way[:, 0], way[:, 1], way[:, 2].astype(np.int32), (len(sites), len(cells))
        ),
        cutoff_m=cutoff_m,
        mode=mode,
    )


def _parts_of(table: NDArray[np.int64], named: _Named) -> Iterator[NDArray[np.int64]]:
    """Cut rows (site, name, any mode, millimetres) into parts that are small where they are spread.

    Of equal rows the shortest stays. All rows of a site are in one part.
    """
    table = table[np.lexsort(table.T[::-1])]
    table = table[np.diff(table[:, :3], axis=0, prepend=-1).any(axis=1)]
    pairs = np.cumsum(np.diff(named.start)[table[:, 1]])
    first = np.searchsorted(table[:, 0], table[:, 0])  # row at which its site begins
    part = np.concatenate([[0], pairs])[first] // _PAIRS_AT_ONCE
    yield from np.split(table, np.flatnonzero(np.diff(part)) + 1)


def _nearest_naming(table: NDArray[np.int64], named: _Named, cells: int) -> NDArray[np.int64]:
    """Spread rows over the cells that they name: site, cell, millimetres of the nearest naming."""
    name = table[:, 1]
    times = np.diff(named.start)[name]
    row = np.repeat(np.arange(len(table)), times)
    place = np.arange(len(row)) - np.repeat(np.cumsum(times) - times - named.start[name], times)
    at = named.cell[place]
    rank = 2 * named.rank[place] + table[row, 2]
    pair = table[row, 0] * cells + at
    order = np.lexsort((table[row, 3], rank, pair))
    order = order[np.diff(pair[order], prepend=-1) > 0]
    return np.column_stack([table[row[order], 0], at[order], table[row[order], 3]])


def check_given(
    rows: pd.DataFrame,
    *,
    table: str,
    sites: Sequence[str],
    cells: pd.DataFrame,
    modes: Sequence[str],
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
    modes
        The modes that are needed.

    Returns
    -------
    notes, problems
        One note a mode: how many sites and cells it has no way for (they are out of reach of each
        other). One problem for each name that matches nothing, at its first row, and one for each
        mode without any way. A way is a row whose site and cell are both known.
    """
    name, known = _factorized(rows["cell"])
    named = _resolve(known, cells, names)
    line = rows["row"].to_numpy()
    first = pd.Series(line).groupby(name).first()
    is_site = rows["site"].isin(list(sites)).to_numpy(bool)
    strange = rows.loc[~is_site].drop_duplicates("site")
    problems = [
        *(
            _problem(table, row, "site", found)
            for row, found in zip(strange["row"], strange["site"], strict=True)
        ),
        *(
            _problem(table, first[at], "cell" if names.get(known[at]) != "" else "name", known[at])
            for at in np.flatnonzero(np.diff(named.start) == 0).tolist()
        ),
    ]
    usable = is_site & (np.diff(named.start) > 0)[name]
    notes = []
    for mode in modes:
        of_mode = usable & rows["mode"].isin([mode, ""]).to_numpy(bool)
        if not of_mode.any():
            problems.append(_no_way(table, mode))
            continue
        told = np.unique(name[of_mode])
        reached = [named.cell[named.start[at] : named.start[at + 1]] for at in told.tolist()]
        without = (
            len(cells) - len(np.unique(np.concatenate(reached))),
            len(sites) - rows["site"][of_mode].nunique(),
        )
        if any(without):
            notes.append(_left_out(table, mode, without, (len(cells), len(sites))))
    return tuple(notes), tuple(problems)


def _left_out(table: str, mode: str, without: tuple[int, int], all_: tuple[int, int]) -> Message:
    """Tell how many places the table gives no way for."""
    return note(
        "{table}: {mode}, {cells} of {all_cells} places of workers and {sites} of {all_sites}"
        " stations and venues have no way in the table; they are out of reach.",
        table=table,
        mode=MODE_NAMES[mode],
        cells=without[0],
        all_cells=all_[0],
        sites=without[1],
        all_sites=all_[1],
    )


def _no_way(table: str, mode: str) -> Problem:
    return Problem(
        table=table,
        row="",
        column="mode",
        found="0",
        expected=note("at least one way {mode}", mode=MODE_NAMES[mode]),
        fix=note(
            "Nobody reaches anything {mode}, in coverage or in the check of gaps. Add rows of this"
            " mode ({code}) for known ids, or leave the mode of rows blank that hold for all.",
            mode=MODE_NAMES[mode],
            code=mode,
        ),
        fatal=False,
    )


MODE_NAMES = {"walk": note("on foot"), "ebike": note("by e-bike"), "drive": note("by car")}
_EXPECTED = {
    "site": note("the id of a station or venue of this district"),
    "cell": note("the id of a place, grid or community with workers"),
    "name": note("the id of a community: several have this name"),
}


def _problem(table: str, row: int, fault: str, found: str) -> Problem:
    return Problem(
        table=table,
        row=int(row),
        column="cell" if fault == "name" else fault,
        found=found,
        expected=_EXPECTED[fault],
        fix=note("Correct the id; no row with it is used."),
    )


def _factorized(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Give the distinct texts in order of appearance, and the number of each."""
    number, known = pd.factorize(values.to_numpy(dtype=object))
    return number.astype(np.int64), [str(name) for name in known]


def _resolve(named: Sequence[str], cells: pd.DataFrame, names: Mapping[str, str]) -> _Named:
    """Find the cells that each name stands for: of ids, else of a grid, else of a community."""
    by_id = _cells_by([str(name) for name in cells.index])
    by_place = _cells_by(cells["place"].tolist() if "place" in cells else [])
    by_grid = _cells_by(cells["grid"].tolist() if "grid" in cells else [])
    by_community = _cells_by(cells["community"].tolist())
    found, ranks = [_NONE], [_NONE]
    for name in named:
        own, placed = by_id.get(name, _NONE), by_place.get(name, _NONE)
        kinds = (
            (np.append(own, placed), np.repeat([0, 1], [len(own), len(placed)])),
            _ranked(by_grid.get(name, _NONE), 2),
            _ranked(by_community.get(name, by_community.get(names.get(name, ""), _NONE)), 3),
        )
        meant, rank = next((kind for kind in kinds if len(kind[0])), (_NONE, _NONE))
        found.append(meant)
        ranks.append(rank)
    start = np.cumsum([len(cells) for cells in found])
    return _Named(start, np.concatenate(found), np.concatenate(ranks))


def _ranked(cells: NDArray[np.int64], rank: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return cells, np.full(len(cells), rank)


_NONE = np.empty(0, np.int64)


def _cells_by(values: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Give the places of the cells that have each value; a blank one stands for none."""
    number, known = _factorized(pd.Series(values, dtype=object))
    order = np.argsort(number, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(number, minlength=len(known)))[:-1])
    return {name: places for name, places in zip(known, parts, strict=bool(known)) if name}
