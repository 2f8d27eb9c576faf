"""Circles in the plane -> which of them hold a point, quickly, for a stream of points."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "FIRST_SETS",
    "Grid",
    "Sites",
    "Table",
    "empty_table",
    "grid_of",
    "rows_of",
    "sites_of",
    "take",
    "with_room",
]

FIRST_SETS = 1 << 12
_SQUARES_A_SITE = 10_000
_FEWEST_SQUARES, _MOST_SQUARES = 64, 1024
"""Of the grid, on each side."""
_MARGIN_SHARE = 1e-9
"""How much wider a square is taken than it is, as a share of the largest coordinate: far above what
rounding can move a point."""

_Words = NDArray[np.uint64]


class Sites(NamedTuple):
    """Circles, each with two random words."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    words: _Words
    """Shape (n, 2); a set of sites is known by the sums of its words."""


class Grid(NamedTuple):
    """Squares over all circles, each with those that hold all of it and those that cut it."""

    x0: float
    y0: float
    size: float
    squares: int
    """On each side."""
    sure: _Words
    """Sum of the words of the sites that hold all of a square, shape (squares**2, 2)."""
    start: NDArray[np.int64]
    """Where the sites that cut a square begin in `cuts`, shape (squares**2 + 1,)."""
    cuts: NDArray[np.int32]


class Table(NamedTuple):
    """Sets of sites by the sums of their words: open addressing, never full."""

    keys: _Words
    """Shape (capacity, 2), the capacity a power of two."""
    value: NDArray[np.int64]
    """0: free."""
    xy: NDArray[np.float64]
    """A point that the set holds, shape (capacity, 2)."""
    size: NDArray[np.int64]
    """How many sets there are, shape (1,)."""


def sites_of(xy: NDArray[np.float64], radius: NDArray[np.float64]) -> Sites:
    """Give circles with words that depend on their number alone."""
    words = np.random.default_rng(20_190_601).integers(1, 2**63, (len(xy), 2)).astype(np.uint64)
    return Sites(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), radius, words)


def grid_of(sites: Sites) -> Grid:
    """Lay a grid over all circles."""
    x, y, radius, _words = sites
    n = len(x)
    squares = int(np.clip(np.sqrt(n * _SQUARES_A_SITE), _FEWEST_SQUARES, _MOST_SQUARES))
    if not n:
        none = np.zeros((squares**2, 2), np.uint64)
        start = np.zeros(squares**2 + 1, np.int64)
        return Grid(0.0, 0.0, 1.0, squares, none, start, np.zeros(0, np.int32))
    x0, y0 = float((x - radius).min()), float((y - radius).min())
    span = max(float((x + radius).max()) - x0, float((y + radius).max()) - y0)
    largest = max(abs(x0), abs(y0), abs(x0 + span), abs(y0 + span), span)
    margin = _MARGIN_SHARE * largest
    size = (span + 2 * margin) / squares
    x0, y0 = x0 - margin, y0 - margin
    sure = np.zeros((squares**2, 2), np.uint64)
    start = np.zeros(squares**2 + 1, np.int64)
    nothing = np.zeros(0, np.int32)
    empty = Grid(x0, y0, size, squares, sure, start, nothing)
    _lay(sites, empty, margin, False)  # noqa: FBT003 - a kernel takes no keywords
    np.cumsum(start, out=start)
    cuts = np.empty(start[-1], np.int32)
    _lay(sites, empty._replace(start=start[:-1].copy(), cuts=cuts), margin, True)  # noqa: FBT003
    return empty._replace(cuts=cuts)


@kernel
def _lay(sites: Sites, grid: Grid, margin: float, fill: bool) -> None:  # noqa: FBT001 - as above
    """Count the cuts of each square and sum the words of what holds it; then note the cuts."""
    for site in range(len(sites.x)):
        x, y, radius = sites.x[site], sites.y[site], sites.radius[site]
        first_i = max(0, int((x - radius - grid.x0) / grid.size) - 1)
        last_i = min(grid.squares - 1, int((x + radius - grid.x0) / grid.size) + 1)
        first_j = max(0, int((y - radius - grid.y0) / grid.size) - 1)
        last_j = min(grid.squares - 1, int((y + radius - grid.y0) / grid.size) + 1)
        for i in range(first_i, last_i + 1):
            for j in range(first_j, last_j + 1):
                where = _side(grid, (i, j), (x, y, radius), margin)
                square = i * grid.squares + j
                if where == 0 and fill:
                    grid.cuts[grid.start[square]] = site
                    grid.start[square] += 1
                elif where == 0:
                    grid.start[square + 1] += 1
                elif where > 0 and not fill:
                    grid.sure[square, 0] += sites.words[site, 0]
                    grid.sure[square, 1] += sites.words[site, 1]


@kernel
def _side(
    grid: Grid, at: tuple[int, int], circle: tuple[float, float, float], margin: float
) -> int:
    """Tell whether a circle holds a square (1), cuts it (0) or misses it (-1)."""
    x, y, radius = circle
    left, low = grid.x0 + at[0] * grid.size - margin, grid.y0 + at[1] * grid.size - margin
    right, high = left + grid.size + 2 * margin, low + grid.size + 2 * margin
    near_x, near_y = max(left - x, 0.0, x - right), max(low - y, 0.0, y - high)
    far_x, far_y = max(x - left, right - x), max(y - low, high - y)
    if near_x * near_x + near_y * near_y > radius * radius:
        return -1
    return 1 if far_x * far_x + far_y * far_y <= radius * radius else 0


def empty_table(capacity: int) -> Table:
    """Give a table without sets."""
    return Table(
        keys=np.zeros((capacity, 2), np.uint64),
        value=np.zeros(capacity, np.int64),
        xy=np.zeros((capacity, 2)),
        size=np.zeros(1, np.int64),
    )


def with_room(table: Table) -> Table:
    """Give a table that is less than half full, with the same sets."""
    if 2 * table.size[0] < len(table.value):
        return table
    larger = empty_table(2 * len(table.value))
    _copy(table, larger)
    return larger


@kernel
def _copy(table: Table, larger: Table) -> None:
    for entry in range(len(table.value)):
        if table.value[entry] > 0:
            key = (table.keys[entry, 0], table.keys[entry, 1])
            _put(larger, key, (table.xy[entry, 0], table.xy[entry, 1]), table.value[entry])


@kernel
def _put(
    table: Table, key: tuple[np.uint64, np.uint64], at: tuple[float, float], value: int
) -> None:
    """Add to the value of a set, which may be new; the table must not be full."""
    mask = np.uint64(len(table.value) - 1)
    entry = np.int64(key[0] & mask)
    while table.value[entry] > 0:
        if table.keys[entry, 0] == key[0] and table.keys[entry, 1] == key[1]:
            table.value[entry] += value
            return
        entry = (entry + 1) & np.int64(mask)
    table.keys[entry, 0], table.keys[entry, 1] = key
    table.xy[entry, 0], table.xy[entry, 1] = at
    table.value[entry] = value
    table.size[0] += 1


@kernel
def take(
    sites: Sites,
    grid: Grid,
    batch: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], int],
    inside: NDArray[np.int64],
    table: Table,
) -> int:
    """Add customers to the squares that no circle cuts, and to the table of sets.

    Those that no site serves may be left out. Gives the first customer that was not taken, because
    the table is half full by then.
    """
    xs, ys, demand, first = batch
    capacity = len(table.value)
    for c in range(first, len(xs)):
        if demand[c] == 0:
            continue
        if 2 * table.size[0] >= capacity:
            return c
        across, up = (xs[c] - grid.x0) / grid.size, (ys[c] - grid.y0) / grid.size
        if not (0 <= across < grid.squares and 0 <= up < grid.squares):
            continue
        square = int(across) * grid.squares + int(up)
        if grid.start[square] == grid.start[square + 1]:
            inside[square] += demand[c]
            continue
        one, two = _words_at(sites, grid, square, (xs[c], ys[c]))
        if one != 0 or two != 0:
            _put(table, (one, two), (xs[c], ys[c]), demand[c])
    return len(xs)


@kernel
def _words_at(
    sites: Sites, grid: Grid, square: int, at: tuple[float, float]
) -> tuple[np.uint64, np.uint64]:
    """Sum the words of the sites that serve a point in a square."""
    one, two = grid.sure[square, 0], grid.sure[square, 1]
    for entry in range(grid.start[square], grid.start[square + 1]):
        site = grid.cuts[entry]
        if _holds(sites, site, at):
            one += sites.words[site, 0]
            two += sites.words[site, 1]
    return one, two


@kernel
def _holds(sites: Sites, site: int, at: tuple[float, float]) -> bool:
    x, y = at[0] - sites.x[site], at[1] - sites.y[site]
    return bool(x * x + y * y <= sites.radius[site] * sites.radius[site])


def rows_of(
    sites: Sites, grid: Grid, inside: NDArray[np.int64], tables: Sequence[Table]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Put squares and tables together: one row for each set of sites.

    Returns
    -------
    start, serving, value
        Where the sites of each row begin in `serving`, shape (r + 1,); the sites of all rows,
        ascending in each; the value of each row, shape (r,).
    """
    whole = np.flatnonzero((inside > 0) & (grid.sure != 0).any(axis=1))
    corner = np.stack(np.divmod(whole, grid.squares), axis=1)
    middle = np.array([grid.x0, grid.y0]) + (corner + 0.5) * grid.size
    held = [table.value > 0 for table in tables]
    keys = np.concatenate([grid.sure[whole], *_each("keys", tables, held)])
    value = np.concatenate([inside[whole], *_each("value", tables, held)])
    xy = np.concatenate([middle, *_each("xy", tables, held)])
    if not len(value):
        return np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    merged = np.add.reduceat(value[order], np.flatnonzero(fresh))
    start, serving = _serving(sites, np.ascontiguousarray(xy[order[fresh]]))
    return start, serving, merged


def _each(
    column: str, tables: Sequence[Table], held: list[NDArray[np.bool_]]
) -> list[NDArray[Any]]:
    return [getattr(table, column)[some] for table, some in zip(tables, held, strict=True)]


@kernel
def _serving(sites: Sites, xy: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the sites that serve each point, ascending."""
    start = np.zeros(len(xy) + 1, np.int64)
    for row in range(len(xy)):
        start[row + 1] = start[row]
        for site in range(len(sites.x)):
            start[row + 1] += _holds(sites, site, (xy[row, 0], xy[row, 1]))
    serving, at = np.empty(start[-1], np.int32), 0
    for row in range(len(xy)):
        for site in range(len(sites.x)):
            if _holds(sites, site, (xy[row, 0], xy[row, 1])):
                serving[at] = site
                at += 1
    return start, serving
