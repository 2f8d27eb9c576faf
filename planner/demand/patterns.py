"""Sources that tell where workers are -> patterns over squares, then over cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.counts import GroupCounts
from planner.demand.features import Features, measure_features, rate_of
from planner.demand.mixing import Hourly, Pattern
from planner.demand.names import joined, two_names
from planner.demand.sources import Counted
from planner.demand.squares import NO_SQUARES, find_squares, squares_at
from planner.demand.uncertainty import PATTERN_ERROR
from planner.demand.zones import Zones
from planner.district import WorkerTable
from planner.district.settings import Group, WorkerSource
from planner.district.tables import label_of
from planner.errors import Problem
from planner.language import Message, note

__all__ = [
    "DAY_TYPES_HOURS",
    "RecordedHours",
    "SquarePattern",
    "Teller",
    "over_cells",
    "squares_of",
    "tell_counts",
    "tell_features",
]

DAY_TYPES_HOURS = 48
"""Hours 0-23 of a weekday, then of a weekend day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SquarePattern:
    """Where the people of a group are, by square."""

    squares: NDArray[np.int64]
    """Ascending, shape (k,)."""
    value: NDArray[np.float64]
    """People, or anything in proportion to them, shape (k,)."""
    records: NDArray[np.float64]
    """Records behind each, shape (k,)."""
    hourly: NDArray[np.float32] | None = None
    """By hour of a weekday and of a weekend day, shape (k, 48)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHours:
    """How the time of the people in records lies over the hours of each kind of day."""

    share: NDArray[np.float64]
    """Adds up to 1 over each kind of day that was recorded, shape (48,)."""
    known: NDArray[np.bool_]
    """Hours of the kinds of day on which anything was recorded, shape (48,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """What a source tells of where and when people are."""

    position: int
    source: WorkerSource
    patterns: dict[str, SquarePattern]
    """By group id."""
    people: dict[str, float]
    """Headcount by group id that a count in the file stands for, where it has one; of features it
    is what the pattern adds up to in the district."""
    rated: bool = False
    """Whether the values of the patterns are people (features with rates)."""
    counted: Counted | None = None
    """Counts by area, whose pattern is known only once the areas are cut into cells."""
    hours: RecordedHours | None = None
    features: Features | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Message, ...] = field(default=())


def tell_counts(counted: Counted) -> Teller:
    """Take counts for a pattern only; counts by the hour at points tell the hour too."""
    count = len(counted.points)
    patterns = {}
    if count:
        square_of = squares_at(counted.points[["x", "y"]].to_numpy(np.float64))
        squares, at = np.unique(square_of, return_inverse=True)
        for group, counts in counted.counts.items():
            people = counts.headcount[-count:]
            patterns[group] = SquarePattern(
                squares=squares,
                value=np.bincount(at, people, len(squares)).astype(np.float64),
                records=np.bincount(at, people, len(squares)).astype(np.float64),
                hourly=_hours_counted(counts, at, len(squares)),
            )
    return Teller(
        position=counted.position,
        source=counted.source,
        patterns=patterns,
        people={group: float(c.headcount.sum()) for group, c in counted.counts.items()},
        counted=counted if count < len(counted.community) else None,
    )


def tell_features(
    table: WorkerTable,
    position: int,
    groups: Sequence[Group],
    *,
    projection: str,
    region: BaseGeometry,
) -> Teller:
    """Weigh features by the rates of each group; without any rate all features count alike."""
    source = table.source
    features = measure_features(
        table.rows, measure=source.measure, projection=projection, region=region
    )
    told = source.groups or tuple(group.id for group in groups)
    rated = tuple(dict.fromkeys(rate.group for rate in source.rates))
    patterns = {}
    for group in (g.id for g in groups if g.id in (rated or told)):
        rates = [rate for rate in source.rates if rate.group == group]
        worth = {name: rate_of(name, rates) if rated else 1.0 for name in features.classes}
        value, records = features.weighed(worth)
        if source.measure != "count":
            records = np.where(records > 0, np.inf, 0.0)  # an area is measured, no sample
        some = value > 0
        if some.any():
            patterns[group] = SquarePattern(
                squares=features.squares[some], value=value[some], records=records[some]
            )
    return Teller(
        position=position,
        source=source,
        patterns=patterns,
        people={},
        rated=bool(rated),
        features=features,
        notes=tuple(_feature_notes(source, features, groups, patterns)),
    )


def over_cells(teller: Teller, group: str, zones: Zones, *, cells: int) -> Pattern | None:
    """Lay a pattern of squares, and of counted areas, over the cells of zones; None: nothing.

    `cells` is the number of all cells; a pattern has nothing in those that are points.
    """
    value, records = np.zeros(len(zones.cells)), np.zeros(len(zones.cells))
    hourly = None
    pattern = teller.patterns.get(group)
    if pattern is not None:
        at = find_squares(pattern.squares, zones.spread.square)
        within = np.where(at >= 0, zones.spread.within, 0.0)
        value += np.append(pattern.value, 0.0)[at] * within
        records += np.append(pattern.records, 0.0)[at]
        if pattern.hourly is not None:
            points = cells - len(at)
            hourly = Hourly(
                values=pattern.hourly,
                at=np.append(at, np.full(points, -1)),
                within=np.append(within, np.zeros(points)),
            )
    if teller.counted is not None and group in teller.counted.counts:
        by_area = _by_area(teller.counted, group, zones)
        value += by_area
        records += by_area
        hourly = None  # areas have no hours of their own
    if not (value > 0).any():
        return None
    return Pattern(
        kind=teller.source.kind,
        sources=(teller.position,),
        trust=teller.source.trust,
        error=PATTERN_ERROR[teller.source.kind],
        value=np.append(value, np.zeros(cells - len(value))),
        records=np.append(records, np.zeros(cells - len(records))),
        hourly=hourly,
    )


def squares_of(tellers: Sequence[Teller]) -> NDArray[np.int64]:
    """Give every square in which any pattern has something."""
    every = [pattern.squares for teller in tellers for pattern in teller.patterns.values()]
    return np.unique(np.concatenate([NO_SQUARES, *every]))


def _by_area(counted: Counted, group: str, zones: Zones) -> NDArray[np.float64]:
    """Spread the counts of areas over their cells by streets."""
    people = counted.counts[group].headcount
    number_of = {(zone.kind, zone.position): number for number, zone in enumerate(zones.zones)}
    of_zone = np.zeros(len(zones.zones))
    for kind, positions in (("community", counted.community), ("grid", counted.grid)):
        for place in np.flatnonzero(positions >= 0):
            of_zone[number_of[kind, int(positions[place])]] += people[place]
    zone_of = zones.zone_of
    base = np.bincount(zone_of, zones.base, len(zones.zones))
    return np.asarray(of_zone[zone_of] * zones.base / base[zone_of], dtype=np.float64)


def _hours_counted(
    counts: GroupCounts, at: NDArray[np.int64], squares: int
) -> NDArray[np.float32] | None:
    if not counts.counted_hour.any():
        return None
    by_hour = np.zeros((squares, counts.by_hour.shape[1]))
    np.add.at(by_hour, at, counts.by_hour[-len(at) :])
    return np.tile(by_hour, 2).astype(np.float32)


def _feature_notes(
    source: WorkerSource,
    features: Features,
    groups: Sequence[Group],
    patterns: dict[str, SquarePattern],
) -> list[Message]:
    notes = []
    if features.unmeasured:
        notes.append(
            note(
                "{table}: {n:,} features have nothing that is measured there and count for nobody.",
                table=label_of(source),
                n=features.unmeasured,
            )
        )
    rated = {rate.group for rate in source.rates}
    if not rated and not patterns:
        notes.append(note("{table}: no feature lies in the district.", table=label_of(source)))
    lost = [group for group in groups if group.id in rated and group.id not in patterns]
    outside = [group for group in lost if _fits(source, features, group)]
    names = [two_names(group.name, group.name_en) for group in lost if group not in outside]
    if names:
        notes.append(
            note(
                "{table}: no feature fits the rates of: {groups}.",
                table=label_of(source),
                groups=joined(names),
            )
        )
    if outside:
        notes.append(
            note(
                "{table}: features fit the rates of these groups, but have nothing in the "
                "district: {groups}.",
                table=label_of(source),
                groups=joined([two_names(group.name, group.name_en) for group in outside]),
            )
        )
    return notes


def _fits(source: WorkerSource, features: Features, group: Group) -> bool:
    """Tell whether the rates of a group fit any feature, wherever it lies."""
    rates = [rate for rate in source.rates if rate.group == group.id]
    return any(rate_of(name, rates) > 0 for name in features.classes)
