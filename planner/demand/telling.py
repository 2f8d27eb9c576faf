"""Counts and parts -> what was assumed of headcounts, hours and places, as notes for the user."""

from collections.abc import Sequence

from planner.demand.counts import GroupCounts
from planner.demand.names import joined, two_names
from planner.demand.parts import MILLI, GroupHours, Part
from planner.demand.sources import Counted
from planner.demand.zones import Zones
from planner.district.settings import Group, Season
from planner.district.tables import label_of
from planner.language import Message, note

__all__ = ["tell_counts_taken", "tell_places", "tell_season"]


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


def tell_counts_taken(
    sources: Sequence[Counted],
    groups: Sequence[Group],
    hours: Sequence[GroupHours],
    parts: Sequence[Part],
) -> list[Message]:
    """Tell what was assumed of headcounts and of the hours of the day."""
    notes: list[Message] = []
    by_table, by_records = [], []
    for number, group in enumerate(groups):
        name = two_names(group.name, group.name_en)
        counted = [(each, each.counts[group.id]) for each in sources if group.id in each.counts]
        for source, counts in counted:
            notes += _headcount_notes(source, counts, name)
        if len(counted) > 1:
            notes.append(
                note("{group}: the counts of {n} sources are added up.", group=name, n=len(counted))
            )
        own = [part.counts for part in parts if part.group == number]
        if all(c.counted_hour.all() and c.counted_place.all() for c in own):
            continue  # each hour was counted
        if hours[number].recorded.any():
            by_records.append(name)
        else:
            by_table.append((name, bool(counted)))
    return [*notes, *_hour_notes(sources, by_table, by_records)]


def _hour_notes(
    sources: Sequence[Counted],
    by_table: Sequence[tuple[Message, bool]],
    by_records: Sequence[Message],
) -> list[Message]:
    notes = []
    named = [name for name, there in by_table if there]
    if named:
        notes.append(
            note(
                "How many are out at which hour is taken from the presence tables for: {groups}.",
                groups=joined(named),
            )
        )
    if by_records:
        notes.append(
            note(
                "The hours of the day lie as in the records, and each person is out for as many "
                "of them as in the presence tables, for: {groups}.",
                groups=joined(by_records),
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
