"""What sources and settings say together -> who stands for whom, and where nobody counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.demand.mixing import Pattern
from planner.demand.parts import Ground
from planner.demand.patterns import Teller
from planner.demand.sources import Counted, Placed, squares_of_points
from planner.district.settings import Group

__all__ = ["Evidence", "counts_nobody", "free_cells", "stands_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of how many there are and where."""

    groups: Sequence[Group]
    factors: NDArray[np.float64]
    """People in the season for each of the stated headcount, by group."""
    counted: Sequence[Counted]
    """Sources that count at places and give headcounts, scaled to their stated totals."""
    placed: Sequence[Placed]
    """Their cells."""
    tellers: Sequence[Teller]
    patterns: Mapping[str, Sequence[Pattern]]
    """By which people are laid out, by group id, over all cells."""
    told: Mapping[str, Sequence[Pattern]]
    """The pattern of each source alone."""
    xy: NDArray[np.float64]
    """Points of all cells in the plane, shape (n, 2)."""
    square: NDArray[np.int64]
    """Squares of all cells."""


def counts_nobody(counted: Counted) -> bool:
    """Tell whether a source has a stated total and counts nobody anywhere, so none to scale."""
    people = sum(float(counts.headcount.sum()) for counts in counted.counts.values())
    return counted.source.total_workers is not None and people <= 0


def stands_for(teller: Teller, groups: Sequence[Group]) -> list[str]:
    """Give the ids of the groups that a source of patterns tells of, be it nothing, in order."""
    source = teller.source
    named = set(teller.people) or {rate.group for rate in source.rates} or set(source.groups)
    return [group.id for group in groups if not named or group.id in named]


def free_cells(ground: Ground, evidence: Evidence, group: str) -> NDArray[np.bool_]:
    """Find the cells of the district in which nobody counted a group, shape (n,).

    Counted are the cells of a counted area, those whose point lies in one (its border counts as
    inside), and squares that hold a counted point.
    """
    free = ground.whole
    for source, placed in zip(evidence.counted, evidence.placed, strict=True):
        if group not in source.seen:
            continue
        seen = np.repeat(source.seen[group], np.diff(placed.starts))
        free[placed.at[seen]] = False
        free &= ~np.isin(evidence.square, squares_of_points(source, group))
        areas = len(source.community) - len(source.points)
        numbers = {
            zone.position: n for n, zone in enumerate(ground.zones.zones) if zone.kind == "grid"
        }
        for place in np.flatnonzero(source.seen[group][:areas] & (source.grid[:areas] >= 0)):
            shape = ground.zones.zones[numbers[int(source.grid[place])]].shape
            free &= ~shapely.intersects_xy(shape, evidence.xy)
    return free
