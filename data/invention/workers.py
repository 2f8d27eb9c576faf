"""Invented headcounts of six groups by community, and how many are out in each period."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from invention.communities import Community
from invention.draft import Street
from invention.places import Place
from invention.terrain import busy

__all__ = ["GROUPS", "PERIODS", "Count", "make_counts"]

PERIODS = ("清晨", "上午", "中午", "下午", "傍晚", "夜间")

GROUPS: dict[str, tuple[int, tuple[float, ...]]] = {  # headcount, share that is out in each period
    "外卖骑手": (8600, (0.08, 0.38, 0.88, 0.55, 0.80, 0.18)),
    "快递员": (4400, (0.05, 0.82, 0.68, 0.88, 0.42, 0.0)),
    "环卫工人": (4700, (0.75, 0.82, 0.58, 0.74, 0.25, 0.05)),
    "出租车、网约车司机": (4200, (0.32, 0.72, 0.58, 0.60, 0.74, 0.30)),
    "货车司机": (3300, (0.42, 0.60, 0.58, 0.60, 0.52, 0.42)),
    "保安等户外人员": (4800, (0.28, 0.66, 0.62, 0.68, 0.40, 0.22)),
}
"""The groups and periods have the names of the settings, so that the survey needs no mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One row of the survey."""

    community: Community
    group: str
    headcount: int
    out: tuple[int, ...]
    """People out in each of PERIODS, never more than the headcount."""


def make_counts(
    streets: Sequence[Street], communities: Sequence[Community], venues: Sequence[Place], seed: int
) -> list[Count]:
    """Share each group out over the communities and let most be out at their hours."""
    rng = np.random.default_rng(seed)
    length, trade = _street_metres(streets, communities)
    parks = np.array(
        [sum(v.host.id == "logistics" and v.community == c for v in venues) for c in communities]
    )
    pattern = {
        "外卖骑手": trade**1.15,
        "快递员": trade + 0.03 * length,
        "环卫工人": trade + 0.12 * length,
        "出租车、网约车司机": trade + 0.02 * length,
        "货车司机": 0.25 * trade + 0.1 * length + 0.2 * parks * length.mean(),
        "保安等户外人员": trade + 0.05 * length,
    }
    counts = []
    for group, (total, shares) in GROUPS.items():
        weight = pattern[group] * rng.uniform(0.75, 1.3, len(communities))
        people = rng.multinomial(total, weight / weight.sum())
        for community, headcount in zip(communities, people.tolist(), strict=True):
            spread = rng.uniform(0.88, 1.12, len(shares))
            out = tuple(min(headcount, round(headcount * s)) for s in np.array(shares) * spread)
            counts.append(Count(community=community, group=group, headcount=headcount, out=out))
    position = {c.id: k for k, c in enumerate(communities)}
    return sorted(counts, key=lambda c: position[c.community.id])


def _street_metres(
    streets: Sequence[Street], communities: Sequence[Community]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give metres of street in each community, plain and weighted by how busy the street is."""
    lines = [LineString(s.line) for s in streets if not s.highway.startswith("motorway")]
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    found, which = shapely.STRtree([c.shape for c in communities]).query(
        middles, predicate="within"
    )
    metres = shapely.length(lines)[found]
    lively = busy(shapely.get_x(middles), shapely.get_y(middles))[found]
    plain, trade = np.zeros((2, len(communities)))
    np.add.at(plain, which, metres)
    np.add.at(trade, which, metres * lively)
    return plain, trade
