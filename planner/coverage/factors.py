"""Travel, options and demand -> the two factors of coverage: reach and service."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage.rows import GroupFactors, MergedRows, SlotWeights, join_rows
from planner.coverage.slots import cut_week
from planner.demand import Demand
from planner.district.settings import Group, Period, Way
from planner.options import Options
from planner.travel import TravelMatrix, served_within

__all__ = ["DAYS", "REASONS", "Coverage", "build_coverage"]

REASONS = ("closed", "full", "not_admitted", "unlisted", "gated", "maintenance")
"""Why a station in reach does not serve, in the order that breaks ties; "full" depends on who else
is there, so no class of options has it by itself."""

DAYS = ("weekday", "weekend")
"""Kinds of days: Monday to Friday, and Saturday with Sunday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who could be served by what; the product of the two factors over all rows is never stored.

    Demand row (cell c, group g, slot s) is served by option k if reach[g][site of k, c] and
    service[k, g, s]. Options with the same hours, admitted groups, listing, access and working
    order are of one class.
    """

    demand: Demand
    options: Options
    reach: Mapping[str, csr_array]
    """Group id -> booleans (only stored trues), shape (n sites in the order of options.sites, m
    cells)."""
    travel: Mapping[str, TravelMatrix]
    """Mode -> ways between options.sites and demand.cells, in their order."""
    ways: Mapping[str, tuple[Way, ...]]
    """Group id -> its ways to get to a station."""
    slot_minutes: NDArray[np.int64]
    """Minutes a week of each slot, shape (s,); slots are cut at every opening and closing time and
    band border."""
    slot_band: NDArray[np.int16]
    """The band of demand that each slot lies in, shape (s,)."""
    slot_day_minutes: NDArray[np.int64]
    """Minutes of each slot that lie in each period of the settings, on the kinds of days of DAYS,
    shape (s, 2, p)."""
    periods: tuple[str, ...]
    """Period ids, shape (p,)."""
    option_class: NDArray[np.int32]
    """Class of each option in the order of options.table, shape (n options,)."""
    failure: NDArray[np.uint8]
    """What keeps a class from serving, shape (k classes, g groups, s slots): 0 serves; else 8 x the
    number of conditions that fail + the place in REASONS (from 1) of the first of them. So the
    smallest is the nearest to serving."""

    planned_weeks: tuple[int, ...] = ()
    """Weeks of the year, 1 to 52, that the demand is of; empty: all, or not known."""

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        slots, groups = len(self.slot_minutes), len(self.demand.groups)
        if self.failure.shape[1:] != (groups, slots) or self.slot_band.shape != (slots,):
            raise ValueError(
                f"failure has shape {self.failure.shape} for {groups} groups, {slots} slots"
            )
        if self.slot_day_minutes.shape != (slots, len(DAYS), len(self.periods)):
            raise ValueError(f"slot_day_minutes has shape {self.slot_day_minutes.shape}")
        for name, of in (("reach", self.reach), ("ways", self.ways)):
            if tuple(of) != self.demand.groups:
                raise ValueError(f"{name} is of {tuple(of)}, demand of {self.demand.groups}")
        shape = (len(self.options.sites), len(self.demand.cells))
        for mode, matrix in self.travel.items():
            if matrix.length_mm.shape != shape:
                raise ValueError(f"travel ({mode}) has shape {matrix.length_mm.shape}, not {shape}")

    @property
    def slot_period_minutes(self) -> NDArray[np.int64]:
        """Minutes of each slot that lie in each period, over the whole week, shape (s, p)."""
        minutes: NDArray[np.int64] = self.slot_day_minutes.sum(axis=1)
        return minutes

    @property
    def service(self) -> NDArray[np.bool_]:
        """Effective: open, admits, not gated, listed, working; shape (n options, g, s slots)."""
        serves: NDArray[np.bool_] = np.equal(self.failure, 0)[self.option_class]
        return serves

    @property
    def total_milli(self) -> int:
        """Value of all demand, whole thousandths of a worker-minute a week."""
        people = self.demand.people_milli.sum(axis=(1, 2), dtype=np.int64)
        return int(people @ (self.demand.band_hours * 60))

    def positions_of(self, options: Sequence[str]) -> NDArray[np.int64]:
        """Give the place of each option in options.table.

        Raises
        ------
        ValueError
            If an option is not known.
        """
        found = np.asarray(self.options.table.index.get_indexer(pd.Index(options, dtype=object)))
        if (found < 0).any():
            raise ValueError(f"there is no option {options[int(np.argmax(found < 0))]!r}")
        return found.astype(np.int64)

    def merged_rows(
        self,
        candidates: Sequence[str],
        fixed: Collection[str],
        *,
        cell_class: NDArray[np.int64] | None = None,
        weeks: tuple[int, int, int] = (0, 1, 1),
    ) -> MergedRows:
        """Merge the demand rows that the same candidates serve and that no fixed option serves.

        Demand rows are merged by their set of candidates in reach first, then by slot pattern, then
        over groups; sets are told apart by 128-bit hashes. The result depends on the order of the
        candidates, not on that of cells, groups or slots.

        Parameters
        ----------
        candidates
            Option ids, each once; rows of the result are in this order.
        fixed
            Option ids that are there whatever is chosen; none of them a candidate.
        cell_class
            A whole number from 0 for each cell; rows are then also told apart by it and by group,
            in `parts`. None: they are not.
        weeks
            Part of the year that is counted: its first week counted from 0, the week after its
            last, and the weeks of the year. Values are split so that the parts of a year add up to
            the whole, cell by cell.

        Raises
        ------
        ValueError
            If an option is not known, is there twice, or is both candidate and fixed.
        """
        both = set(candidates) & set(fixed)
        if both or len(set(candidates)) < len(candidates):
            raise ValueError(f"candidates must be unique and not fixed, got {sorted(both)[:3]}")
        places, there = self.positions_of(candidates), self.positions_of(sorted(set(fixed)))
        groups = range(len(self.demand.groups))
        rows = self._rows_of(places), self._rows_of(there)
        return join_rows(
            tuple(candidates),
            [self._factors(group, (places, there), rows) for group in groups],
            SlotWeights(self.slot_minutes, self.slot_band.astype(np.int64)),
            cell_class=cell_class,
            weeks=weeks,
        )

    def options_in_reach(
        self, group: int, places: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """List, for each cell, which of some options are in reach of a group.

        Parameters
        ----------
        group
            Place of the group in demand.groups.
        places
            Places of the options in options.table, shape (n,).

        Returns
        -------
        start, option
            Where each cell's list begins, shape (m + 1,), and the lists: indices into `places`,
            ascending.
        """
        return self._by_cell(group, self._rows_of(places))

    def people_of(self, group: int) -> NDArray[np.int64]:
        """Give the thousandths of a person of a group by cell and band, shape (m cells, b)."""
        people = self.demand.people_milli[:, :, group].T
        return np.ascontiguousarray(people, dtype=np.int64)

    def people_in(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the thousandths of a person in some cells by group and band, shape (c, g, b)."""
        people = self.demand.people_milli[:, cells].transpose(1, 2, 0)
        return np.ascontiguousarray(people, dtype=np.int64)

    def _rows_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the place in options.sites of the site of each of some options."""
        sites = pd.Index(self.options.table["site"].to_numpy()[places])
        return np.asarray(self.options.sites.index.get_indexer(sites), np.int64)

    def _by_cell(
        self, group: int, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """List, for each cell, which of some rows of the reach of a group have it."""
        by_cell = self.reach[self.demand.groups[group]][rows].tocsc()
        by_cell.sort_indices()
        return by_cell.indptr.astype(np.int64), by_cell.indices.astype(np.int32)

    def _factors(
        self,
        group: int,
        options: tuple[NDArray[np.int64], NDArray[np.int64]],
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> GroupFactors:
        """Gather the factors of one group; who never serves it is taken to be out of its reach.

        Candidates and fixed options are given by their places and those of their sites.
        """
        serves: NDArray[np.bool_] = np.equal(self.failure[:, group], 0)
        ever: NDArray[np.bool_] = np.any(serves, axis=1)
        of_candidate, of_fixed = (self.option_class[places] for places in options)
        useful, standing = np.flatnonzero(ever[of_candidate]), np.flatnonzero(ever[of_fixed])
        start, candidate = self._by_cell(group, rows[0][useful])
        fixed_start, fixed_option = self._by_cell(group, rows[1][standing])
        return GroupFactors(
            start=start,
            candidate=useful.astype(np.int32)[candidate],
            fixed_start=fixed_start,
            fixed_class=of_fixed[standing][fixed_option],
            class_of=of_candidate,
            serves=serves,
            people=self.people_of(group),
        )


def build_coverage(
    demand: Demand,
    options: Options,
    travel: Mapping[str, TravelMatrix],
    *,
    groups: Sequence[Group],
    periods: Sequence[Period],
    planned_weeks: tuple[int, ...] = (),
) -> Coverage:
    """Join demand, options and ways into the two factors of coverage.

    Parameters
    ----------
    demand
        Workers by cell, group and band of the week.
    options
        Sites in the configurations that they can have.
    travel
        Mode -> ways between all sites of `options` and all cells of `demand`, in any order.
    groups
        Settings of each group of `demand`; a way as long as the reach still counts, any way of a
        group will do.
    periods
        Parts of the day; together they cover the day once.
    planned_weeks
        Weeks of the season that the demand is of, see `Coverage`.

    Raises
    ------
    ValueError
        If a group has no settings, a mode has no travel matrix, one was computed for other places
        or up to a shorter way than a reach, or the periods do not cover the day once.
    """
    known = {group.id: group for group in groups}
    missing = [group for group in demand.groups if group not in known]
    if missing:
        raise ValueError(f"groups must hold every group of the demand, {missing[0]!r} is missing")
    sites, cells = (tuple(rows.index.to_numpy(object)) for rows in (options.sites, demand.cells))
    within = {mode: _aligned(matrix, sites, cells) for mode, matrix in travel.items()}
    alike: dict[tuple[Way, ...], csr_array] = {}
    for group in demand.groups:
        ways = known[group].ways
        if ways not in alike:
            alike[ways] = _reach(ways, within, (len(options.sites), len(demand.cells)))
    hours, of_option = _distinct(options.table["hours"])
    slots = cut_week(hours, demand.band_of_hour, periods)
    option_class, failure = _classes(options, demand.groups, slots.open, of_option)
    return Coverage(
        demand=demand,
        options=options,
        reach={group: alike[known[group].ways] for group in demand.groups},
        travel=within,
        ways={group: tuple(known[group].ways) for group in demand.groups},
        slot_minutes=slots.minutes,
        slot_band=slots.band,
        slot_day_minutes=slots.day_minutes,
        periods=tuple(period.id for period in periods),
        option_class=option_class,
        failure=failure,
        planned_weeks=planned_weeks,
    )


def _aligned(travel: TravelMatrix, sites: tuple[str, ...], cells: tuple[str, ...]) -> TravelMatrix:
    """Put the rows and columns of a travel matrix in the order of the sites and cells."""
    if travel.sites == sites and travel.cells == cells:
        return travel
    rows = pd.Index(travel.sites, dtype=object).get_indexer(pd.Index(sites, dtype=object))
    columns = pd.Index(travel.cells, dtype=object).get_indexer(pd.Index(cells, dtype=object))
    for wanted, found, name in ((sites, rows, "site"), (cells, columns, "cell")):
        if (found < 0).any():
            raise ValueError(
                f"travel ({travel.mode}) lacks the {name} {wanted[int(np.argmax(found < 0))]!r}"
            )
    length_mm = travel.length_mm[rows][:, columns].tocsr()
    length_mm.sort_indices()
    return replace(travel, sites=sites, cells=cells, length_mm=length_mm)


def _reach(
    ways: Sequence[Way], travel: Mapping[str, TravelMatrix], shape: tuple[int, int]
) -> csr_array:
    """Mark the cells from which any of the ways is short enough, shape (n sites, m cells)."""
    for way in ways:
        if way.mode not in travel:
            raise ValueError(f"travel lacks the mode {way.mode!r}, it has {sorted(travel)}")
    parts = [served_within(travel[way.mode], limit_m=way.reach_m) for way in ways]
    return reduce(add, parts) if parts else csr_array(shape, dtype=np.bool_)


def _distinct(values: Iterable[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    """Give the distinct values in order of appearance and the place of each value among them."""
    listed, places = list(values), dict[Any, int]()
    same = {id(value): value for value in listed}  # mostly one object, which is soon told
    at = {one: places.setdefault(value, len(places)) for one, value in same.items()}
    return list(places), np.array([at[id(value)] for value in listed], np.int64)


def _classes(
    options: Options,
    groups: tuple[str, ...],
    is_open: NDArray[np.bool_],
    of_option: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Put options that serve alike into one class and say what keeps each class from serving."""
    table = options.table
    kinds, option_class = _distinct(
        zip(
            of_option.tolist(),
            *(table[name].to_numpy(object) for name in ("groups", "listed", "access", "working")),
            strict=True,
        )
    )
    failure = np.zeros((len(kinds), len(groups), is_open.shape[1]), np.uint8)
    for code, (hours, admitted, listed, access, working) in zip(failure, kinds, strict=True):
        admits = np.array([not admitted or group in admitted for group in groups])
        fails = {
            "closed": ~is_open[hours],
            "not_admitted": ~admits[:, None],
            "unlisted": not listed,
            "gated": access == "gated",
            "maintenance": not working,
        }
        count = np.zeros(code.shape, np.uint8)
        first = np.zeros(code.shape, np.uint8)
        for reason, failed in reversed(fails.items()):
            place = 1 + REASONS.index(reason)
            count += failed
            first[np.broadcast_to(failed, code.shape)] = place
        code[:] = 8 * count + first
    return option_class.astype(np.int32), failure
