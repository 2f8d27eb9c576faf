"""One group of one source, or of a stated total -> its people in cells in any hour of a week."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.demand.counts import DAY_HOURS, GroupCounts
from planner.demand.mixing import Mixture, Pattern, mix_patterns
from planner.demand.rounding import share_out
from planner.demand.sources import Placed
from planner.demand.uncertainty import (
    AREA_ERROR,
    STREET_ERROR,
    WIDE_AREA_ERROR,
)
from planner.demand.zones import Zones

__all__ = ["MILLI", "Ground", "GroupHours", "Part", "counted_part", "lay_out_parts", "loose_part"]

MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHours:
    """Which share of the people of a group is out in each hour where nobody counted."""

    share: NDArray[np.float64]
    """0-23 of a weekday, then of a weekend day, 0 to 1, shape (48,)."""
    recorded: NDArray[np.bool_]
    """Hours whose share is from records, not from the presence table, shape (48,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The cells that parts are laid out over."""

    zones: Zones
    cells: int
    """Number of all cells: those of the zones, then points."""

    @property
    def base(self) -> NDArray[np.float64]:
        """Weight of each cell where no pattern has anything, shape (cells,)."""
        return self._with_points(self.zones.base, 1.0)

    @property
    def base_error(self) -> NDArray[np.float64]:
        """Standard error of a share by that weight, as a share of it, shape (cells,)."""
        by_zone = np.where(self.zones.on_streets, STREET_ERROR, AREA_ERROR)
        return self._with_points(by_zone[self.zones.zone_of], 0.0)

    @property
    def on_streets(self) -> NDArray[np.bool_]:
        """Cells of zones with streets, shape (cells,)."""
        of_zone = self.zones.on_streets[self.zones.zone_of].astype(np.float64)
        return self._with_points(of_zone, 0.0) > 0

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Cells that together are the district once, shape (cells,)."""
        return self._with_points(self.zones.whole.astype(np.float64), 0.0) > 0

    def _with_points(self, of_zones: NDArray[np.float64], point: float) -> NDArray[np.float64]:
        return np.concatenate([of_zones, np.full(self.cells - len(of_zones), point)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """People of one group, with their cells."""

    group: int
    """Place of the group in the settings."""
    position: int
    """Of the source; -1 for the rest of a stated total."""
    counts: GroupCounts
    """At the places of the mixture."""
    cells: NDArray[np.int64]
    """Cells of the mixture among all, shape (n,)."""
    mixture: Mixture
    total_milli: int
    """Headcount, whole thousandths of a person."""
    count_error: float
    """Standard error of the headcount of a place, as a share of it."""

    def scaled_to(self, total_milli: int) -> "Part":
        """Give the same pattern for another headcount."""
        factor = total_milli / self.total_milli if self.total_milli else 0.0
        return replace(self, counts=self.counts.scaled(factor), total_milli=total_milli)

    def by_place(self, people: NDArray[np.float64], total_milli: int) -> NDArray[np.int64]:
        """Share a total over the places by their people, whole thousandths, shape (p,)."""
        return share_out(np.array([total_milli]), people, np.array([0, len(people)]))

    def headcount(self) -> NDArray[np.int64]:
        """Give the people of each cell, whole thousandths, shape (n,)."""
        return self._in_cells(self.counts.headcount, self.total_milli, None)

    def variance(self) -> NDArray[np.float64]:
        """Give the squared standard error of the people of each cell, people squared, (n,)."""
        by_place = self.by_place(self.counts.headcount, self.total_milli) / MILLI
        people = by_place[self.mixture.place] * self.mixture.weights()
        squared = self.count_error**2 + self.mixture.errors() ** 2
        return np.asarray(people**2 * squared, dtype=np.float64)

    def name_of_hour(self, hour: int, hours: GroupHours) -> Hashable:
        """Name what the people of an hour depend on: hours with the same name are the same."""
        share = float(hours.share[hour])
        where = hour if self.mixture.by_hour and share > 0 else None
        if not self.counts.counted_hour[hour % DAY_HOURS]:
            return (None, share, where)
        all_counted = bool(self.counts.counted_place.all())
        where = hour if self.mixture.by_hour else None
        return (hour % DAY_HOURS, None if all_counted else share, where)

    def present(self, hour: int, hours: GroupHours) -> NDArray[np.int64]:
        """Give the people in each cell, whole thousandths; never more than the headcount."""
        people = self.counts.present(hour % DAY_HOURS, float(hours.share[hour]))
        total = min(round(MILLI * float(people.sum())), self.total_milli)
        return self._in_cells(people, total, hour if self.mixture.by_hour else None)

    def _in_cells(
        self, people: NDArray[np.float64], total_milli: int, hour: int | None
    ) -> NDArray[np.int64]:
        """Share a total over the places by their people, and over the cells of each by weight."""
        by_place = self.by_place(people, total_milli)
        if len(by_place) == len(self.cells):  # each place is one cell, which holds all of it
            return by_place
        return share_out(by_place, self.mixture.weights(hour), self.mixture.starts)


def counted_part(
    ground: Ground,
    placed: Placed,
    patterns: list[Pattern],
    part: tuple[int, int, GroupCounts],
    *,
    total_milli: int,
    count_error: float,
) -> Part:
    """Lay the people of counted places out inside each; `part` is group, source and counts."""
    group, position, counts = part
    base, first = ground.base[placed.at], placed.starts[:-1]
    return Part(
        group=group,
        position=position,
        counts=counts,
        cells=placed.at,
        mixture=mix_patterns(
            patterns,
            placed.at,
            placed.starts,
            base=base,
            base_error=ground.base_error[placed.at[first]],
        ),
        total_milli=total_milli,
        count_error=count_error,
    )


def loose_part(
    ground: Ground,
    allowed: NDArray[np.bool_],
    patterns: list[Pattern],
    part: tuple[int, int],
    *,
    total_milli: int,
    count_error: float,
) -> Part:
    """Lay a total out over all allowed cells by pattern, else by streets, else evenly.

    `part` is group and source.
    """
    cells = np.flatnonzero(allowed)
    base, on_streets = ground.base[cells], ground.on_streets[cells]
    if on_streets.any():
        base = np.where(on_streets, base, 0.0)
    if not base.any():
        base = np.ones(len(cells))
    error = STREET_ERROR if on_streets.any() else WIDE_AREA_ERROR
    none = np.zeros((1, DAY_HOURS))
    return Part(
        group=part[0],
        position=part[1],
        counts=GroupCounts(
            headcount=np.array([total_milli / MILLI]),
            lower_bound=False,
            by_hour=none,
            counted_place=np.zeros(1, dtype=bool),
            counted_hour=none[0] > 0,
        ),
        cells=cells,
        mixture=mix_patterns(
            patterns, cells, np.array([0, len(cells)]), base=base, base_error=np.array([error])
        ),
        total_milli=total_milli,
        count_error=count_error,
    )


def lay_out_parts(
    parts: list[Part], *, cells: int, groups: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add parts up to the headcount of each cell and group, and its error as a share of it.

    Returns
    -------
    workers, error_share
        Each of shape (cells, groups). Parts err apart from each other.
    """
    milli = np.zeros((cells, groups), dtype=np.int64)
    variance = np.zeros((cells, groups))
    for part in parts:
        milli[part.cells, part.group] += part.headcount()  # a part has each cell once
        variance[part.cells, part.group] += part.variance()
    workers = milli / MILLI
    error = np.divide(np.sqrt(variance), workers, out=np.zeros_like(workers), where=workers > 0)
    return workers, error
