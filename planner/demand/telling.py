"""Counts and parts -> what was assumed of headcounts, hours and places, as notes for the user."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.demand.counts import GroupCounts
from planner.demand.names import joined, two_names
from planner.demand.origins import hours_from
from planner.demand.parts import MILLI, GroupHours, Part
from planner.demand.sources import Counted
from planner.demand.zones import Zones
from planner.district.settings import Group, Season
from planner.district.tables import label_of
from planner.language import Message, note

__all__ = ["hours_a_head", "tell_counts_taken", "tell_places", "tell_season"]


def tell_season(
    seasons: Sequence[Season], groups: Sequence[Group], season: str | None
) -> list[Message]:
    """Tell which season the people and hours are of, and who has no hours of their own in it."""
    chosen = [each for each in seasons if each.id == season]
    if not chosen:
        return []
    name = two_names(chosen[0].name, chosen[0].name_en)
    notes = [note("People and hours are those of the season {season}.", season=name)]
    plain = [g for g in groups if all(p.season != season for p in g.seasons)]
    if plain:
        notes.append(
            note(
                "Without hours of their own in that season, by those of the year round: {groups}.",
                groups=joined([two_names(group.name, group.name_en) for group in plain]),
            )
        )
    return notes


def tell_places(zones: Zones, parts: Sequence[Part]) -> list[Message]:
    """Tell where people lie by nothing but streets, or not even these."""
    by_base = {
        int(zone)
        for part in parts
        if part.mixture.pattern_parts().sum() < len(part.mixture.starts) - 1
        for zone in _zones_by_base(zones, part)
    }
    if not by_base:
        return []
    if not zones.streets:
        return [
            note("Without streets, workers are spread evenly over the area of their community.")
        ]
    lost = [zones.zones[zone].name for zone in sorted(by_base) if not zones.on_streets[zone]]
    named = joined([name for name in lost if name])
    told = note("No walkable street in {names}: their workers stand at one point.", names=named)
    return [told] if any(lost) else []


def _zones_by_base(zones: Zones, part: Part) -> set[int]:
    """Find the zones of counted areas with people whom no pattern lays out."""
    told = part.mixture.pattern_parts().sum(axis=0) > 0
    inside = (part.cells < len(zones.cells)) & ~told[part.mixture.place] & (part.headcount() > 0)
    if len(part.mixture.starts) == 2 and part.position < 0:  # noqa: PLR2004 - one place: a rest
        return set()
    return set(zones.zone_of[part.cells[inside]].tolist())


def hours_a_head(
    workers: NDArray[np.float64], band_of_hour: NDArray[np.int16], people_milli: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the hours a week that one of the headcount of each group is out, shape (g,).

    Arguments are as of Demand; a group without anybody has 0.
    """
    heads = workers.sum(axis=0)
    length = np.bincount(band_of_hour, minlength=len(people_milli))
    out = length @ people_milli.sum(axis=1) / MILLI
    share: NDArray[np.float64] = np.divide(out, heads, out=np.zeros(len(heads)), where=heads > 0)
    return share


def tell_counts_taken(
    sources: Sequence[Counted],
    groups: Sequence[Group],
    hours: Sequence[GroupHours],
    parts: Sequence[Part],
    *,
    a_head: NDArray[np.float64],
) -> list[Message]:
    """Tell what was assumed of headcounts and of the hours of the day.

    `a_head` has the hours a week that one of the headcount of each group is out, shape (g,).
    """
    notes: list[Message] = []
    named: dict[str, list[Message]] = {"counts": [], "table": [], "records": []}
    for number, group in enumerate(groups):
        name = two_names(group.name, group.name_en)
        counted = [(each, each.counts[group.id]) for each in sources if group.id in each.counts]
        for source, counts in counted:
            notes += _headcount_notes(source, counts, name)
        if len(counted) > 1:
            notes.append(
                note("{group}: the counts of {n} sources are added up.", group=name, n=len(counted))
            )
        own = [part for part in parts if part.group == number and part.total_milli > 0]
        kinds = hours_from(own, hours[number])
        for kind in kinds:
            named[kind].append(_with_hours(name, float(a_head[number]), alone=len(kinds) == 1))
    return [*notes, *_hour_notes(sources, named)]


def _with_hours(group: Message, a_head: float, *, alone: bool) -> Message:
    if alone:
        return note("{group} ({hours:,.0f} h a head and week)", group=group, hours=a_head)
    return note("{group} (in part; {hours:,.0f} h a head and week)", group=group, hours=a_head)


def _hour_notes(
    sources: Sequence[Counted], named: Mapping[str, Sequence[Message]]
) -> list[Message]:
    notes = []
    if named["counts"]:
        notes.append(
            note(
                "How many are out at which hour was counted, for: {groups}.",
                groups=joined(named["counts"]),
            )
        )
    if named["table"]:
        notes.append(
            note(
                "How many are out at which hour is taken from the presence tables for: {groups}.",
                groups=joined(named["table"]),
            )
        )
    if named["records"]:
        notes.append(
            note(
                "The hours of the day lie as in the records, and each person is out for as many "
                "of them as in the presence tables, for: {groups}.",
                groups=joined(named["records"]),
            )
        )
    if any(c.counted_hour.any() for source in sources for c in source.counts.values()):
        notes.append(note("Counts by time of day are taken to hold on every day of the week."))
    return notes


def _headcount_notes(source: Counted, counts: GroupCounts, group: Message) -> list[Message]:
    notes = []
    headcount = float(counts.headcount.sum())
    if counts.lower_bound and source.source.total_workers is None:
        notes.append(
            note(
                "{table}: {group} were counted by time only; their headcount is taken as "
                "{people:,.0f}, the most at one time, and may be higher.",
                table=label_of(source.source),
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
                table=label_of(source.source),
                group=group,
                most=most,
                people=headcount,
            )
        )
    return notes
