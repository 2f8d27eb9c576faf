"""Files of places and the streets -> which coordinate system each file is really in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.errors import Problem
from planner.geo import SYSTEMS, from_wgs84, to_plane, to_wgs84
from planner.language import Message, note
from planner.streets.graph import StreetGraph
from planner.streets.places import Places
from planner.streets.snapping import distance_to_streets
from planner.streets.witness import Verdict, weigh

__all__ = ["CoordinateFit", "coordinate_fits", "fit_coordinates"]

_SHIFTED = ("WGS-84", "GCJ-02", "BD-09")  # CGCS2000 is WGS-84 here
_FAR_M = 500.0  # a place farther than this in any system lies outside the map of the streets
_MOST_ROWS = 5000
_THIN_M = 150.0  # places nearer to each other are shifted onto the same street: one witness
_DECOYS_M = (350.0, 650.0)  # about as far as the systems are apart
_DIRECTIONS = 6
_SAME_M = 1.0
_EVEN_SHARE = 0.02
_BETTER_SHARE = 0.8
_BETTER_M = 4.0
_NAMED_ROWS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinateFit:
    """Rows of a file that lie clearly nearer to the streets in another system than declared."""

    table: str
    declared: str
    system: str
    """The system that fits: of the file, or of the streets."""
    of_streets: bool
    """Whether the streets, not the file, seem to be in that system."""
    share: float
    """Of the rows that lie on the map of the streets, 0 to 1; 1: the whole file."""
    ids: tuple[str, ...]
    """The rows that are surely meant, of those that were looked at."""
    rows: tuple[str, ...]
    """Where these stand in the file."""
    declared_m: float
    """Median metres from the rows that are likely meant to the nearest street, as declared."""
    system_m: float
    """The same in the other system."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a file's coordinates."""

    system: str
    of_streets: bool
    xy: NDArray[np.float64]


def coordinate_fits(graph: StreetGraph, tables: Sequence[Places]) -> tuple[Problem, ...]:
    """Report the files whose places lie clearly nearer to the streets in another system.

    Parameters
    ----------
    graph
        The streets.
    tables
        One a file, with the system that was declared for it.

    Returns
    -------
    tuple of Problem
        One for each file and system, with both fits in metres; not fatal: the rows are used as
        declared. Empty where nothing speaks clearly against what was declared.
    """
    fits = [fit for places in tables for fit in fit_coordinates(graph, places)]
    return tuple(_problem(fit) for fit in fits)


def fit_coordinates(graph: StreetGraph, places: Places) -> tuple[CoordinateFit, ...]:
    """Judge in which system the rows of a file are, by their distance to the streets.

    Each row is read in every system. How near is near is learned from the same places moved 350
    and 650 m in six directions: that is how far a place lies from a street by chance, here. A
    mixture of systems over the rows, and runs of rows in file order, are then held against "all
    as declared" (`witness.weigh`). A finding needs strong evidence, and medians that tell a person
    so: at least a fifth, and 4 m, less than as declared.

    Parameters
    ----------
    graph
        The streets.
    places
        One file. Places outside the map of the streets, or within 150 m of another, do not count,
        and the cells of a regular grid speak for no system.

    Returns
    -------
    tuple of CoordinateFit
        Mostly empty; one for the whole file, or one for each system in a mixed file.
    """
    sample = np.unique(np.linspace(0, len(places.ids) - 1, min(len(places.ids), _MOST_ROWS)))
    rows = sample.astype(np.int64)
    readings = _readings(places, rows, graph.crs)
    if not len(rows) or len(readings) == 1:
        return ()
    decoys = _decoys(readings[0].xy)
    every = np.stack([*(reading.xy for reading in readings), *decoys])
    metres = distance_to_streets(graph, every.reshape(-1, 2), limit_m=_FAR_M)
    metres = metres.reshape(len(every), len(rows))
    read, chance = metres[: len(readings)], metres[len(readings) :]
    on_map = np.isfinite(read).all(axis=0)
    if not on_map.any() or _is_lattice(readings[0].xy[on_map]):
        return ()
    read, chance, rows = read[:, on_map], chance[:, on_map], rows[on_map]
    verdicts = weigh(_ranked(read, chance), _thinned(readings[0].xy[on_map]))
    found = (_fit(places, rows, readings, read, verdict) for verdict in verdicts)
    return tuple(fit for fit in found if fit is not None)


def _readings(places: Places, rows: NDArray[np.int64], plane: str) -> list[_Reading]:
    """Read the rows in each system, the declared one first; readings that agree are one."""
    lon, lat = places.lon[rows], places.lat[rows]
    declared = places.crs if places.crs in SYSTEMS else SYSTEMS[0]
    raw = from_wgs84(lon, lat, crs=declared)
    candidates = [
        (places.crs, False, (lon, lat)),
        *((system, False, to_wgs84(*raw, crs=system)) for system in _SHIFTED),
        *((system, True, from_wgs84(lon, lat, crs=system)) for system in _SHIFTED),
    ]
    kept: list[_Reading] = []
    for system, of_streets, degrees in candidates:
        xy = to_plane(*degrees, projection=plane)
        if np.isfinite(xy).all() and not any(_agree(xy, other.xy) for other in kept):
            kept.append(_Reading(system, of_streets, xy))
    return kept


def _agree(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool((np.hypot(*(one - other).T) < _SAME_M).all())


def _decoys(xy: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Move the places aside, in six directions at each of two distances."""
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    return [
        xy + far * np.array([np.cos(angle + turn), np.sin(angle + turn)])
        for turn, far in enumerate(_DECOYS_M)
        for angle in angles
    ]


def _is_lattice(xy: NDArray[np.float64]) -> bool:
    """Tell whether places are the cells of a grid: nearly all equally far from their neighbour.

    They were not laid along streets, and a straight street meets a whole row of them by chance.
    """
    if len(xy) <= 2 * _DIRECTIONS:
        return False
    to_next = cKDTree(xy).query(xy, k=2)[0][:, 1]
    low, middle, high = np.quantile(to_next, [0.1, 0.5, 0.9])
    return bool(high - low <= _EVEN_SHARE * middle)


def _thinned(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark one place in each square."""
    _, first = np.unique(np.floor(xy / _THIN_M), axis=0, return_index=True)
    chosen = np.zeros(len(xy), dtype=np.bool_)
    chosen[first] = True
    return chosen


def _ranked(metres: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how often chance brings a place this near to a street, above 0 to 1."""
    by_chance = np.sort(chance[np.isfinite(chance)])
    nearer = np.searchsorted(by_chance, metres, side="right")
    return np.minimum((1 + nearer) / (1 + len(by_chance)), 1.0)


def _fit(
    places: Places,
    rows: NDArray[np.int64],
    readings: Sequence[_Reading],
    metres: NDArray[np.float64],
    verdict: Verdict,
) -> CoordinateFit | None:
    """Turn a verdict into a finding where the medians differ clearly."""
    declared_m = float(np.median(metres[0, verdict.likely]))
    system_m = float(np.median(metres[verdict.state, verdict.likely]))
    if system_m > _BETTER_SHARE * declared_m or declared_m - system_m < _BETTER_M:
        return None
    reading = readings[verdict.state]
    sure = rows[verdict.sure].tolist()
    return CoordinateFit(
        table=places.table,
        declared=places.crs,
        system=reading.system,
        of_streets=reading.of_streets,
        share=verdict.share,
        ids=tuple(places.ids[row] for row in sure),
        rows=tuple(places.row_text(row) for row in sure),
        declared_m=declared_m,
        system_m=system_m,
    )


def _problem(fit: CoordinateFit) -> Problem:
    return Problem(
        table=fit.table,
        row="",
        column="",
        found=f"{fit.declared} ({fit.declared_m:.0f} m)",
        expected=_expected(fit),
        fix=_fix(fit),
        fatal=False,
    )


def _expected(fit: CoordinateFit) -> Message:
    metres = note(
        "median {system_m} m from the nearest street; as {declared}: {declared_m} m",
        declared=fit.declared,
        declared_m=f"{fit.declared_m:.0f}",
        system_m=f"{fit.system_m:.0f}",
    )
    if fit.of_streets:
        return note("the streets in {system}: {metres}", system=fit.system, metres=metres)
    if fit.share < 1:
        return note(
            "about {percent} % of the rows in {system}: {metres} (rows {rows})",
            percent=f"{100 * fit.share:.0f}",
            system=fit.system,
            metres=metres,
            rows=_named(fit.rows),
        )
    return note("{system}: {metres}", system=fit.system, metres=metres)


def _fix(fit: CoordinateFit) -> Message:
    if fit.of_streets:
        return note(
            "Check the system of the street file; if it is {system}, set `crs` under [streets] in "
            "district.toml.",
            system=fit.system,
        )
    if fit.share < 1:
        return note(
            "Check where these rows come from; put rows of different systems into different files, "
            "each with its own `crs` in district.toml."
        )
    return note(
        "Check where the coordinates come from; if it is {system}, set `crs` of this file in "
        "district.toml (Amap and Tencent: GCJ-02, Baidu: BD-09, GPS: WGS-84).",
        system=fit.system,
    )


def _named(rows: Sequence[str]) -> str:
    """Name the first rows."""
    named = ", ".join(rows[:_NAMED_ROWS])
    return f"{named}, ... ({len(rows)})" if len(rows) > _NAMED_ROWS else named
