"""Surveyed counts and features -> fitted patterns, in place of rates where they are better."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.demand.features import best_beginning, rate_of
from planner.demand.fit import AREA, Fit, fit_counts
from planner.demand.mixing import Pattern
from planner.demand.names import two_names
from planner.demand.parts import Ground
from planner.demand.patterns import Teller
from planner.demand.pieces import pieces_of
from planner.demand.sources import Counted
from planner.demand.squares import boxes_of, find_squares
from planner.demand.surface import no_fits
from planner.demand.uncertainty import FITTED_ERROR
from planner.demand.zones import Zones
from planner.district.settings import Group, Settings
from planner.language import Message, note

__all__ = ["fit_patterns"]

STREET = "street km"
_M2_PER_KM2, _M_PER_KM = 1e6, 1000.0
_MEAN_TO_STANDARD = math.sqrt(math.pi / 2)
"""Standard deviation for each mean absolute deviation of a normal distribution."""

Patterns = dict[str, list[Pattern]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What there is in each cell of the zones, and in each zone."""

    names: tuple[str, ...]
    of_cells: NDArray[np.float64]
    """Shape (n, f)."""
    of_zones: NDArray[np.float64]
    """Shape (k, f)."""
    columns: tuple[tuple[Teller, str], ...]
    """Source and class of the first columns; street and area follow."""


def fit_patterns(
    ground: Ground,
    counted: Sequence[Counted],
    tellers: Sequence[Teller],
    told: Mapping[str, Sequence[Pattern]],
    settings: Settings,
) -> tuple[Patterns, pd.DataFrame, list[Message]]:
    """Fit the counts of areas to features where the settings ask for it.

    Returns
    -------
    patterns
        By group; where a fitted model is better than the mean and than the rates in areas that it
        has not seen, its people in each cell stand in place of the patterns of features.
    fits
        As Demand.fits.
    notes
        The error of each model, or why there is none.
    """
    patterns = {group: list(each) for group, each in told.items()}
    if settings.demand.model != "fitted":
        return patterns, no_fits(), []
    with_features = [teller for teller in tellers if teller.features is not None]
    if not with_features:
        why = note("No source of features (POI, land use, floor area) is given to fit a model to.")
        return patterns, no_fits(), [why]
    table = _table(ground.zones, with_features)
    rows, notes = [], []
    for group in settings.groups:
        people, known = _counts(ground.zones, counted, group.id)
        if not known.any():
            if patterns[group.id]:
                name = two_names(group.name, group.name_en)
                notes.append(
                    note("{group}: no area is counted, so no model is fitted.", group=name)
                )
            continue
        fit = _fit(ground.zones, table, group, people, known)
        rows.append(_row(group, fit))
        notes.append(_told(group, fit))
        if fit.better:
            of_model = _people(ground.zones, table, fit, known)
            others = [p for p in patterns[group.id] if p.kind != "proxies"]
            telling = [t for t in with_features if group.id in t.patterns] or with_features
            patterns[group.id] = [*others, _pattern(ground, of_model, fit, telling)]
    return patterns, pd.DataFrame(rows, columns=no_fits().columns).astype(no_fits().dtypes), notes


def _table(zones: Zones, tellers: Sequence[Teller]) -> _Table:
    """Gather units of each class, kilometres of street and square kilometres, by cell and zone."""
    columns = [
        (teller, of)
        for teller in tellers
        for of in sorted({rate.of for rate in teller.source.rates} or {""})
    ]
    amounts = [_units(zones, teller, of) for teller, of in columns]
    zone_of, count = zones.zone_of, len(zones.zones)
    on_streets = zones.on_streets[zone_of]
    street_km = np.where(on_streets, zones.base, 0.0) / _M_PER_KM
    shapes = np.array([zone.shape for zone in zones.zones], dtype=object)
    inside = shapely.intersection(boxes_of(zones.spread.square), shapes[zone_of])
    area_km2 = np.asarray(shapely.area(inside), dtype=np.float64) / _M2_PER_KM2
    of_cells = np.column_stack([*amounts, street_km, area_km2])
    sums = [np.bincount(zone_of, column, count) for column in of_cells.T]
    of_zones = np.column_stack(sums).astype(np.float64)
    of_zones[:, -1] = shapely.area(shapes) / _M2_PER_KM2
    named = [f"{at} {teller.source.path} {of}" for at, (teller, of) in enumerate(columns)]
    return _Table(
        names=(*named, STREET, AREA), of_cells=of_cells, of_zones=of_zones, columns=tuple(columns)
    )


def _units(zones: Zones, teller: Teller, of: str) -> NDArray[np.float64]:
    """Give the units of a class in each cell: of features whose best beginning it is."""
    features = teller.features
    if features is None:
        return np.zeros(len(zones.cells))
    beginnings = {rate.of for rate in teller.source.rates} or {""}
    mine = {name: best_beginning(name, beginnings) == of for name in features.classes}
    units, _ = features.weighed({name: float(is_mine) for name, is_mine in mine.items()})
    at = find_squares(features.squares, zones.spread.square)
    return np.asarray(np.append(units, 0.0)[at] * zones.spread.within, dtype=np.float64)


def _counts(
    zones: Zones, counted: Sequence[Counted], group: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the people counted in each zone, and which zones were counted."""
    number_of = {(zone.kind, zone.position): number for number, zone in enumerate(zones.zones)}
    people, known = np.zeros(len(zones.zones)), np.zeros(len(zones.zones), dtype=bool)
    for source in counted:
        if group not in source.counts:
            continue
        for kind, positions in (("community", source.community), ("grid", source.grid)):
            for place in np.flatnonzero((positions >= 0) & source.seen[group]):
                zone = number_of[kind, int(positions[place])]
                people[zone] += source.counts[group].headcount[place]
                known[zone] = True
    return people, known


def _fit(
    zones: Zones,
    table: _Table,
    group: Group,
    people: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> Fit:
    middle = [zone.shape.centroid for zone in zones.zones]
    stated = np.array([*_worth(table, group), 0.0, 0.0])
    return fit_counts(
        table.of_zones[known],
        people[known],
        np.array([(point.x, point.y) for point in middle])[known],
        names=table.names,
        rates=stated if stated.any() else None,
    )


def _worth(table: _Table, group: Group) -> list[float]:
    """Give what a unit of each column counts where nothing is fitted.

    Sources are scaled to their trust, as they are when their patterns are mixed.
    """
    worth = []
    for teller, of in table.columns:
        rates = [rate for rate in teller.source.rates if rate.group == group.id]
        tells = group.id in teller.patterns
        worth.append((rate_of(of, rates) if teller.rated else 1.0) if tells else 0.0)
    units = table.of_zones.sum(axis=0)[: len(worth)] * worth
    by_source: dict[int, float] = {}
    for (teller, _), people in zip(table.columns, units, strict=True):
        by_source[teller.position] = by_source.get(teller.position, 0.0) + float(people)
    return [
        each * teller.source.trust / total if (total := by_source[teller.position]) > 0 else 0.0
        for each, (teller, _) in zip(worth, table.columns, strict=True)
    ]


def _people(zones: Zones, table: _Table, fit: Fit, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ask a model about pieces as large as the counted areas, and share each over its cells."""
    piece, km2 = pieces_of(zones, piece_km2=float(table.of_zones[known, -1].mean()))
    sums = [np.bincount(piece, column) for column in table.of_cells.T[:-1]]
    of_pieces = np.column_stack([*sums, km2]).astype(np.float64)
    people, within = fit.predict(of_pieces)[piece], fit.predict(table.of_cells)
    there = np.bincount(piece, within)[piece]
    return np.divide(people * within, there, out=np.zeros_like(within), where=there > 0)


def _pattern(
    ground: Ground, value: NDArray[np.float64], fit: Fit, tellers: Sequence[Teller]
) -> Pattern:
    """Take the people that a model tells in each cell for a pattern.

    A model errs by the share of workers that it puts in the wrong area; the mean absolute error of
    an area is twice that share of its people, since each is missing somewhere too. Of where they
    are inside an area it knows no more than what was measured (`FITTED_ERROR`).
    """
    points = np.zeros(ground.cells - len(value))
    value = np.append(value, points)
    return Pattern(
        kind="fitted",
        sources=tuple(teller.position for teller in tellers),
        trust=max(teller.source.trust for teller in tellers),
        error=math.hypot(2 * fit.error * _MEAN_TO_STANDARD, FITTED_ERROR),
        value=value,
        records=np.where(value > 0, np.inf, 0.0),
    )


def _row(group: Group, fit: Fit) -> dict[str, object]:
    return {
        "group": group.id,
        "model": fit.model,
        "error": fit.error,
        "error_mean": fit.error_mean,
        "error_rates": fit.error_rates,
        "used": fit.better,
        "areas": fit.areas,
    }


def _told(group: Group, fit: Fit) -> Message:
    return note("{group}: {told}", group=two_names(group.name, group.name_en), told=fit.told)
