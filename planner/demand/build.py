"""A district and its streets -> Demand: sources laid out over cells, hour by hour of the week."""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.demand.counts import DAY_HOURS, GroupCounts
from planner.demand.names import joined, two_names
from planner.demand.rounding import share_out
from planner.demand.sources import Layout, Source, read_sources
from planner.demand.surface import Demand, no_fits, no_sources
from planner.district import District, projection_of
from planner.district.settings import Group
from planner.errors import InputError
from planner.language import Message, note
from planner.progress import Progress, silent
from planner.streets.graph import StreetGraph

__all__ = ["build_demand"]

MILLI = 1000
WEEKDAYS, WEEKEND_DAYS = 5, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One group of one source, with its cells."""

    group: Group
    counts: GroupCounts
    layout: Layout
    first: int
    """Row of the first cell of the layout among all cells."""
    total_milli: int
    """Headcount of the group in this source, whole thousandths of a person."""

    def laid_out(self, people: NDArray[np.float64], total_milli: int) -> NDArray[np.int64]:
        """Share a total over the places by their people, and over the cells of each by weight."""
        ends = np.array([0, len(people)])
        by_place = share_out(np.array([total_milli]), people, ends)
        return share_out(by_place, self.layout.weight, self.layout.starts)

    def pattern(self, hour: int, *, weekend: bool) -> Hashable:
        """Name what the people of an hour depend on: hours with the same name are the same."""
        share = (self.group.weekend if weekend else self.group.weekday)[hour]
        if not self.counts.counted_hour[hour]:
            return share
        all_counted = bool(self.counts.counted_place.all())
        return (hour, None if all_counted else share)

    def present(self, hour: int, *, weekend: bool) -> NDArray[np.int64]:
        """Give the people in each cell, whole thousandths; never more than the headcount."""
        share = (self.group.weekend if weekend else self.group.weekday)[hour]
        people = self.counts.present(hour, share)
        return self.laid_out(people, min(round(MILLI * float(people.sum())), self.total_milli))


def build_demand(
    district: District, streets: StreetGraph | None, *, progress: Progress = silent
) -> Demand:
    """Lay the workers of every source out over cells, groups and the hours of the week.

    Parameters
    ----------
    district
        Its `workers` are the sources; several add up.
    streets
        In the plane of `projection_of(district)`; None where there are none.
    progress
        Told how far the work is.

    Returns
    -------
    Demand
        Cells: for a survey, squares of 250 m in each community, at a point on its streets; for
        places with coordinates, one each. Headcounts are whole thousandths of a person. A group
        never has more people present than its headcount, in any hour. Hours with equal people in
        every cell are one band.

    Raises
    ------
    InputError
        If no source can be placed, or nobody is counted.

    Notes
    -----
    The rules, and why: docs/decisions/0007-demand.md.
    """
    progress(note("Laying workers out over the district"), 0.0)
    projection = projection_of(district)
    layouts, sources, notes = read_sources(district, streets, projection=projection)
    scaled, scale_notes = _scaled(sources)
    parts = _parts(scaled, layouts, district.settings.groups)
    if sum(part.total_milli for part in parts) <= 0:
        raise InputError(note("The sources of workers count nobody at all."))
    cells = pd.concat([layout.cells for layout in layouts])
    groups = tuple(group.id for group in district.settings.groups)
    band_of_hour, people_milli = _bands(parts, len(cells), groups, progress)
    return Demand(
        cells=cells,
        groups=groups,
        workers=_headcount(parts, len(cells), groups),
        band_of_hour=band_of_hour,
        people_milli=people_milli,
        error_share=np.zeros((len(cells), len(groups))),
        sources=no_sources(),
        fits=no_fits(),
        season=district.settings.season,
        problems=(),
        notes=(*notes, *scale_notes, *_count_notes(scaled, district.settings.groups)),
    )


def _scaled(sources: Sequence[Source]) -> tuple[list[Source], list[Message]]:
    """Scale each source to the headcount that is stated for it."""
    scaled, notes = [], []
    for source in sources:
        total = source.total_workers
        counted = sum(float(counts.headcount.sum()) for counts in source.counts.values())
        if total is None or counted <= 0:
            scaled.append(source)
            continue
        if f"{counted:,.0f}" != f"{total:,.0f}":
            notes.append(
                note(
                    "{table}: {counted:,.0f} workers counted, scaled to the stated {total:,.0f}.",
                    table=source.name,
                    counted=counted,
                    total=total,
                )
            )
        scaled.append(source.scaled(total / counted))
    return scaled, notes


def _parts(
    sources: Sequence[Source], layouts: Sequence[Layout], groups: Sequence[Group]
) -> list[_Part]:
    """Pair each group of each source with its cells; headcounts add up to the source's total."""
    first = np.concatenate([[0], np.cumsum([len(layout.cells) for layout in layouts])])
    parts = []
    for source in sources:
        present = [group for group in groups if group.id in source.counts]
        people = np.array([source.counts[group.id].headcount.sum() for group in present])
        whole = np.array([round(MILLI * float(people.sum()))])
        totals = share_out(whole, people, np.array([0, len(people)]))
        parts += [
            _Part(
                group=group,
                counts=source.counts[group.id],
                layout=layouts[source.layout],
                first=int(first[source.layout]),
                total_milli=int(total),
            )
            for group, total in zip(present, totals, strict=True)
        ]
    return parts


def _headcount(parts: Sequence[_Part], cells: int, groups: tuple[str, ...]) -> NDArray[np.float64]:
    milli = np.zeros((cells, len(groups)), dtype=np.int64)
    for part in parts:
        column = part.laid_out(part.counts.headcount, part.total_milli)
        milli[part.first : part.first + len(column), groups.index(part.group.id)] += column
    return milli / MILLI


def _bands(
    parts: Sequence[_Part], cells: int, groups: tuple[str, ...], progress: Progress
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Merge hours with the same people everywhere; bands are numbered as they first occur."""
    columns = _Columns(parts)
    number: dict[tuple[int, ...], int] = {}
    band_of_day = {}
    for done, (weekend, hour) in enumerate((w, h) for w in (False, True) for h in range(DAY_HOURS)):
        progress(note("Laying workers out over the week"), done / (2 * DAY_HOURS))
        name = columns.of_hour(hour, weekend=weekend)
        band_of_day[weekend, hour] = number.setdefault(name, len(number))
    week = [False] * WEEKDAYS + [True] * WEEKEND_DAYS
    band_of_hour = np.array(
        [band_of_day[day, h] for day in week for h in range(DAY_HOURS)], np.int16
    )
    people_milli = np.zeros((len(number), cells, len(groups)), dtype=np.int64)
    for name, band in number.items():
        for part, column in zip(parts, columns.named(name), strict=True):
            last = part.first + len(column)
            people_milli[band, part.first : last, groups.index(part.group.id)] += column
    return band_of_hour, people_milli


class _Columns:
    """The different columns of people that each part has over the week, each kept once."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self._kept: list[list[NDArray[np.int64]]] = [[] for _ in parts]
        self._by_pattern: list[dict[Hashable, int]] = [{} for _ in parts]
        self._by_content: list[dict[bytes, int]] = [{} for _ in parts]

    def of_hour(self, hour: int, *, weekend: bool) -> tuple[int, ...]:
        """Name the columns of an hour, one number a part; equal columns have equal numbers."""
        return tuple(
            self._number(position, part, hour, weekend=weekend)
            for position, part in enumerate(self._parts)
        )

    def named(self, name: tuple[int, ...]) -> list[NDArray[np.int64]]:
        """Give the columns of a name, one a part."""
        return [kept[number] for kept, number in zip(self._kept, name, strict=True)]

    def _number(self, position: int, part: _Part, hour: int, *, weekend: bool) -> int:
        patterns = self._by_pattern[position]
        pattern = part.pattern(hour, weekend=weekend)
        if pattern not in patterns:
            column = part.present(hour, weekend=weekend)
            digest = hashlib.sha256(column.tobytes()).digest()
            contents, kept = self._by_content[position], self._kept[position]
            if digest not in contents:
                contents[digest] = len(kept)
                kept.append(column)
            patterns[pattern] = contents[digest]
        return patterns[pattern]


def _count_notes(sources: Sequence[Source], groups: Sequence[Group]) -> list[Message]:
    """Tell what was assumed of headcounts and of the hours of the day."""
    notes: list[Message] = []
    by_table = []
    for group in groups:
        name = two_names(group.name, group.name_en)
        counted = [
            (source, source.counts[group.id]) for source in sources if group.id in source.counts
        ]
        for source, counts in counted:
            notes += _headcount_notes(source, counts, name)
        if len(counted) > 1:
            notes.append(
                note("{group}: the counts of {n} sources are added up.", group=name, n=len(counted))
            )
        if any(not (c.counted_hour.all() and c.counted_place.all()) for _, c in counted):
            by_table.append(name)
    if by_table:
        notes.append(
            note(
                "How many are out at which hour is taken from the presence tables for: {groups}.",
                groups=joined(by_table),
            )
        )
    if any(c.counted_hour.any() for source in sources for c in source.counts.values()):
        notes.append(note("Counts by time of day are taken to hold on every day of the week."))
    return notes


def _headcount_notes(source: Source, counts: GroupCounts, group: Message) -> list[Message]:
    notes = []
    headcount = float(counts.headcount.sum())
    if counts.lower_bound and source.total_workers is None:
        notes.append(
            note(
                "{table}: {group} were counted by time only; their headcount is taken as "
                "{people:,.0f}, the most at one time, and may be higher.",
                table=source.name,
                group=group,
                people=headcount,
            )
        )
    most = float(counts.by_hour.sum(axis=0).max())
    if most > headcount * (1 + 1e-9) + 1 / MILLI:
        notes.append(
            note(
                "{table}: {most:,.0f} {group} were counted at one time, more than their headcount "
                "of {people:,.0f}; the headcount holds.",
                table=source.name,
                group=group,
                most=most,
                people=headcount,
            )
        )
    return notes
