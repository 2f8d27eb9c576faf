"""Limits -> a ladder of least distances between stations (p-dispersion).

M. J. Kuby (1987), Programming models for facility dispersion: the p-dispersion and maxisum
dispersion problems, Geographical Analysis 19, 315-329.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from planner.coverage import Coverage
from planner.district.settings import Limits
from planner.errors import SettingsError
from planner.language import note
from planner.siting.goals.ladder import Ladder
from planner.siting.goals.objectives import join_limits
from planner.siting.names import amount_in_words
from planner.siting.plan import Plan
from planner.siting.problem import UNLIMITED, About, LinearLimits, SitingProblem
from planner.siting.there import options_there

__all__ = ["dispersion_ladder"]

_MOST_SITES = 3000
"""Up to so many sites every distance between two of them is a rung; above, every metre."""
_TOUCHING_M = 1e-6
_TILE_MARGIN = 1e-9


def dispersion_ladder(
    limits: Limits, coverage: Coverage, build: Callable[[Limits], SitingProblem]
) -> Ladder:
    """Ask for ever larger least distances between stations, with all openings of the count.

    Existing stations count unless `separation_from_existing` is false. Values are metres below 0,
    so that the best comes first.

    Raises
    ------
    SettingsError
        If no count is given.
    """
    if limits.count is None:
        raise SettingsError(
            note("The least distance between stations needs a count: how many are to be opened.")
        )
    problem = build(limits)
    values = _distances(problem, coverage, limits)
    exactly = _openings_limit(problem, limits.count)

    def problem_at(rung: int) -> SitingProblem:
        apart = build(replace(limits, min_separation_m=-float(values[rung])))
        linear = join_limits(len(apart.options), apart.linear, exactly)
        return replace(apart, linear=linear)

    def rung_of(plan: Plan, rung: int) -> int:
        if limits.separation_along_streets:
            return rung
        apart = _least_distance(plan, coverage, limits)
        return min(rung, int(np.searchsorted(values, -apart - 1e-6)))

    hopeless = -1
    if not limits.separation_along_streets:
        hopeless = _too_far_apart(values, *_places(problem, coverage, limits), limits.count)
    return Ladder(
        values=values,
        problem_at=problem_at,
        needed_milli=0,
        rung_of=rung_of,
        told=lambda value: amount_in_words(-value, "m"),
        hopeless=hopeless,
    )


def _places(
    problem: SitingProblem, coverage: Coverage, limits: Limits
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the places of new sites, and how far each is from a station that stays in any case."""
    new, _ = _positions(problem, coverage, limits)
    sites, table = coverage.options.sites, coverage.options.table
    stays = (table["measure"] == "keep").to_numpy() & ~table.index.isin(problem.options)
    if not (limits.separation_from_existing and stays.any()):
        return new, np.full(len(new), np.inf)
    old = sites.loc[table.loc[stays, "site"], ["x", "y"]].to_numpy(float)
    return new, np.asarray(KDTree(old).query(new)[0], np.float64)


def _too_far_apart(
    values: NDArray[np.float64],
    new: NDArray[np.float64],
    from_old: NDArray[np.float64],
    count: int,
) -> int:
    """Find the last rung that no plan keeps because too few places, or tiles with one, are left.

    Two places in one hexagon are nearer than its diameter, so at most one of them opens.
    """
    low, high = -1, len(values) - 1
    while low < high:
        middle = (low + high + 1) // 2
        apart = -float(values[middle])
        usable = new[from_old >= apart - _TOUCHING_M]
        hopeless = len(usable) < count or _tiles(usable, apart) < count
        low, high = (middle, high) if hopeless else (low, middle - 1)
    return low


def _tiles(places: NDArray[np.float64], apart_m: float) -> int:
    """Count the tiles that hold places, the fewest of some ways to lay hexagons out."""
    if apart_m <= 0:
        return len(places)
    side = apart_m / 2 * (1 - _TILE_MARGIN)
    fewest = len(places)
    for turn in np.arange(4) * (np.pi / 12):
        cos, sin = np.cos(turn), np.sin(turn)
        turned = places @ np.array([[cos, -sin], [sin, cos]]) / side
        for shift in np.stack(np.meshgrid(np.arange(4), np.arange(4)), axis=-1).reshape(-1, 2):
            tile = _hexagon(turned + shift * (0.25 * np.sqrt(3), 0.375))
            fewest = min(fewest, len(np.unique(tile, axis=0)))
    return fewest


def _hexagon(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the hexagon of side 1 that each place is in, by the nearest of their middles."""
    size = np.array([np.sqrt(3), 3.0])
    first = np.rint(places / size)
    second = np.floor(places / size) + 0.5
    apart = [((places - middle * size) ** 2).sum(axis=1) for middle in (first, second)]
    nearest = np.where((apart[0] <= apart[1])[:, None], first, second)
    tiles: NDArray[np.int64] = np.rint(2 * nearest).astype(np.int64)
    return tiles


def _openings_limit(problem: SitingProblem, count: int) -> LinearLimits:
    """Ask for a number of openings, no fewer."""
    return LinearLimits(
        weights=csr_array(problem.counts[None, :].astype(np.int64)),
        least=np.array([count], np.int64),
        most=np.array([UNLIMITED], np.int64),
        about=(About(kind="count", name=note("{count} openings", count=count), unit="stations"),),
    )


def _distances(problem: SitingProblem, coverage: Coverage, limits: Limits) -> NDArray[np.float64]:
    """Give the least distances that a plan can have, as negative metres, ascending."""
    _, old = _positions(problem, coverage, limits)
    new = _sites_xy(coverage, _opening(coverage, problem.options))
    least = limits.min_separation_m
    if len(new) <= _MOST_SITES and not limits.separation_along_streets:
        between = [pdist(new)]
        if len(old):
            between.append(np.hypot(*(new[:, None] - old[None, :]).reshape(-1, 2).T))
        lengths = np.unique(np.concatenate(between))
    else:
        everything = np.concatenate([new, old])
        across = np.hypot(*np.ptp(everything, axis=0)) if len(everything) else 0.0
        lengths = np.arange(0.0, across + 1)
    values: NDArray[np.float64] = -np.append(least, lengths[lengths > least])[::-1]
    return values


def _positions(
    problem: SitingProblem, coverage: Coverage, limits: Limits
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the places of the sites where something can be opened, and of the stations of today."""
    counted = [k for k, counts in zip(problem.options, problem.counts, strict=True) if counts]
    new = _sites_xy(coverage, _named(coverage, counted))
    sites = coverage.options.sites
    stands = sites["existing"].to_numpy(bool) & limits.separation_from_existing
    old: NDArray[np.float64] = sites.loc[stands, ["x", "y"]].to_numpy(float)
    return new, old


def _least_distance(plan: Plan, coverage: Coverage, limits: Limits) -> float:
    """Measure the least distance of a new or moved station to any other, in straight metres."""
    there = options_there(coverage, plan)
    opened = _opening(coverage, there)
    new = _sites_xy(coverage, opened)
    apart = [np.inf]
    if len(new) > 1:
        apart.append(float(pdist(new).min()))
    old = _sites_xy(coverage, sorted(set(there) - set(opened)))
    if limits.separation_from_existing and len(new) and len(old):
        apart.append(float(KDTree(old).query(new)[0].min()))
    return min(apart)


def _opening(coverage: Coverage, options: Sequence[str]) -> list[str]:
    """List the options that bring a station to a site where none stands: openings and moves."""
    kind = coverage.options.table["kind"]
    return [name for name in _named(coverage, options) if kind[name] in ("new", "move")]


def _named(coverage: Coverage, options: Sequence[str]) -> list[str]:
    """Leave out what is no option of a site, such as bought containers."""
    return [name for name in options if name in coverage.options.table.index]


def _sites_xy(coverage: Coverage, options: Sequence[str]) -> NDArray[np.float64]:
    """Give the places of the sites of some options, each site once, shape (s, 2)."""
    sites = sorted(set(coverage.options.table.loc[list(options), "site"]))
    found: NDArray[np.float64] = coverage.options.sites.loc[sites, ["x", "y"]].to_numpy(float)
    return found
