"""Count who is served once more, from the files, by other code: NetworkX, Shapely, loops over sets.

Nothing here calls `streets`, `travel`, `coverage` or `siting`. Ways are whole millimetres: access
of the cell, streets from junction to junction, access of the site.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, nan
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
from pyproj import Transformer
from shapely import LineString, Point, STRtree

__all__ = [
    "Network",
    "PlainTown",
    "Spot",
    "Told",
    "bits_of_week",
    "graded",
    "open_bits",
    "seat",
    "served_milli",
    "spells",
    "tell",
    "turns",
    "way_within",
]

_NOT_ON_FOOT = {"motorway", "motorway_link", "trunk_link", "construction"}
_NOT_BY_EBIKE = {"motorway", "motorway_link", "construction", "footway", "steps", "pedestrian"}
_NOT_BY_CAR = {"construction", "footway", "steps", "pedestrian", "path", "cycleway"}
_ONLY_THROUGH = {"motorway", "motorway_link"}
_HOUR = (1 << 60) - 1
_MODES = ("walk", "ebike", "drive")
_SNAP_LIMIT_MM = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Street:
    tail: tuple[float, float]
    head: tuple[float, float]
    line: LineString
    length_mm: int
    forward: bool
    backward: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on its street."""

    street: _Street
    offset_mm: int
    access_mm: int

    def legs(self, *, leaving: bool) -> list[tuple[tuple[float, float], int]]:
        """Give the ends of the street that one may go to (or come from), with the way to them."""
        street, rest_mm = self.street, self.street.length_mm - self.offset_mm
        to_tail, to_head = street.backward, street.forward
        if not leaving:
            to_tail, to_head = to_head, to_tail
        ends = []
        if to_tail or self.offset_mm == 0:
            ends.append((street.tail, self.offset_mm + self.access_mm))
        if to_head or rest_mm == 0:
            ends.append((street.head, rest_mm + self.access_mm))
        return ends


class Network:
    """The streets that one mode may use."""

    def __init__(self, path: Path, *, mode: str, crs: str, plane: str) -> None:
        roads = gpd.read_file(path)
        shut = {"walk": _NOT_ON_FOOT, "ebike": _NOT_BY_EBIKE, "drive": _NOT_BY_CAR}[mode]
        turn = Transformer.from_crs(crs, plane, always_xy=True)
        self._streets = []
        self._snappable = []
        for kind, oneway, line in _cut(roads[roads["highway"] != "construction"]):
            if kind in shut:
                continue
            xy = np.column_stack(turn.transform(*np.array(line).T))
            one = mode == "drive" and (oneway == "yes" or (oneway == "" and kind in _ONLY_THROUGH))
            drawn = LineString(xy)
            street = _Street(
                tail=line[0],
                head=line[-1],
                line=drawn,
                length_mm=max(1, round(drawn.length * 1000)),
                forward=True,
                backward=not one,
            )
            self._streets.append(street)
            if kind not in _ONLY_THROUGH:
                self._snappable.append(street)
        self._tree = STRtree([street.line for street in self._snappable])
        self._back: nx.DiGraph = nx.DiGraph()  # against the traffic: from a site to who comes to it
        for street in self._streets:
            if street.forward:
                self._add(street.head, street.tail, street.length_mm)
            if street.backward:
                self._add(street.tail, street.head, street.length_mm)

    def _add(self, here: object, there: object, length_mm: int) -> None:
        known = self._back.get_edge_data(here, there, {"weight": length_mm})["weight"]
        self._back.add_edge(here, there, weight=min(known, length_mm))

    def snap(self, place: Point) -> Spot:
        """Give the nearest point on a street, all in whole millimetres."""
        street = self._snappable[int(self._tree.nearest(place))]
        offset_mm = min(round(street.line.project(place) * 1000), street.length_mm)
        return Spot(
            street=street, offset_mm=offset_mm, access_mm=round(street.line.distance(place) * 1000)
        )

    def ways_mm(self, site: Spot, cells: Iterable[Spot], *, limit_m: float) -> list[float]:
        """Give the way from each cell to a site, infinite where there is none within the limit."""
        for node, leg_mm in site.legs(leaving=False):
            self._add("site", node, leg_mm)
        lengths = {}
        if "site" in self._back:
            limit_mm = 1000 * limit_m
            lengths = nx.single_source_dijkstra_path_length(self._back, "site", cutoff=limit_mm)
            self._back.remove_node("site")
        return [_way_mm(cell, site, lengths) for cell in cells]


def _way_mm(cell: Spot, site: Spot, lengths: Mapping[object, float]) -> float:
    if max(cell.access_mm, site.access_mm) > _SNAP_LIMIT_MM:
        return inf
    ways = [lengths.get(node, inf) + leg_mm for node, leg_mm in cell.legs(leaving=True)]
    if cell.street is site.street:
        ahead_mm = site.offset_mm - cell.offset_mm
        if ahead_mm == 0 or (cell.street.forward if ahead_mm > 0 else cell.street.backward):
            ways.append(abs(ahead_mm) + cell.access_mm + site.access_mm)
    return min(ways, default=inf)


def _cut(roads: gpd.GeoDataFrame) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    """Cut every line at the points that stand in it and somewhere else too."""
    oneway = roads["oneway"] if "oneway" in roads else [""] * len(roads)
    lines = [[point for point, _ in groupby(line.coords)] for line in roads.geometry]
    uses = Counter(point for line in lines for point in line)
    for kind, one, line in zip(roads["highway"], oneway, lines, strict=True):
        piece = [line[0]]
        for point in line[1:]:
            piece.append(point)
            if uses[point] > 1 or point == line[-1]:
                yield kind, one, piece
                piece = [point]


def bits_of_week(spans: Iterable[tuple[str, int, int]]) -> int:
    """Set a bit for each open minute of the week.

    Given spans of (days of the week as digits, 0 is Monday; first minute; minute not counted in).
    """
    bits = 0
    for days, start, end in spans:
        for day in map(int, days):
            for minute in range(start, end):
                bits |= 1 << (day * 1440 + minute)
    return bits


def open_bits(
    networks: Mapping[str, Network],
    doors: Iterable[tuple[Point, int]],
    cells: Sequence[Point],
    reach_m: Mapping[str, Mapping[str, float]],
) -> list[list[int]]:
    """Give, for each cell and group, the minutes of the week in which a door in reach is open.

    Parameters
    ----------
    networks
        One for each mode.
    doors
        Where each is and the minutes in which it serves, as bits.
    cells
        Where the workers are.
    reach_m
        Group -> mode -> longest way in metres, itself allowed.
    """
    found = [[0] * len(reach_m) for _ in cells]
    for mode, network in networks.items():
        spots = [network.snap(cell) for cell in cells]
        longest_m = max(ways.get(mode, 0) for ways in reach_m.values())
        for at, bits in doors:
            site = network.snap(at)
            for cell, way_mm in enumerate(network.ways_mm(site, spots, limit_m=longest_m)):
                for group, ways in enumerate(reach_m.values()):
                    if way_mm <= 1000 * ways.get(mode, -inf):
                        found[cell][group] |= bits
    return found


def served_milli(
    bits_of_cells: Iterable[Sequence[int]], people_milli: Callable[[int, int], Sequence[int]]
) -> int:
    """Add up people times minutes with an open door, over cells, groups and hours of the week.

    Parameters
    ----------
    bits_of_cells
        For each cell and group: minutes of the week in which a door in reach serves them.
    people_milli
        For a cell and group: the people in each of the 168 hours of the week.
    """
    total = 0
    for cell, groups in enumerate(bits_of_cells):
        for group, bits in enumerate(groups):
            if bits:
                people = people_milli(cell, group)
                total += sum(
                    people[hour] * ((bits >> (60 * hour)) & _HOUR).bit_count()
                    for hour in range(168)
                )
    return total


PARTS = 1 << 31
"""Shares of the reach are compared in whole parts of this, rounded down."""


class Turn(NamedTuple):
    """A station in reach: sorts by the share of the reach, then by id."""

    parts: int
    station: str
    way_mm: int


class Spell(NamedTuple):
    """Minutes of the week in which the same doors are open and the same people are there."""

    minutes: int
    hour: int
    """Of the week, 0 is Monday 00:00."""
    is_open: frozenset[str]


def turns(
    ways_mm: Mapping[str, Mapping[tuple[str, str], float]],
    reach_m: Mapping[str, float],
    cell: str,
    stations: Iterable[str],
) -> list[Turn]:
    """List the stations in reach of a cell, nearest first.

    Parameters
    ----------
    ways_mm
        Mode -> (station, cell) -> way.
    reach_m
        Mode -> longest way of the group.
    cell, stations
        Ids; only stations that would serve the group if open.
    """
    found = []
    for station in stations:
        mine = []
        by_mode = sorted(reach_m.items(), key=lambda item: _MODES.index(item[0]))
        for mode, metres in by_mode:  # of ways as near the first
            way = ways_mm[mode].get((station, cell), inf)
            if way <= 1000 * metres:
                mine.append(Turn(int(way) * PARTS // round(1000 * metres), station, int(way)))
        found += sorted(mine, key=lambda turn: turn.parts)[:1]
    return sorted(found)


def spells(doors: Mapping[str, int], alike: Mapping[int, int] | None = None) -> list[Spell]:
    """Cut the week at every hour and wherever a door opens or closes (minutes as bits).

    `alike` may name, for hours of the week, an earlier one with the same people in the same period
    of the same kind of day; spells of these with the same open doors are put together.
    """
    lasts: Counter[tuple[int, frozenset[str]]] = Counter()
    for hour in range(168):
        first = hour if alike is None else alike[hour]
        bits = {name: (open_ >> (60 * hour)) & _HOUR for name, open_ in doors.items()}
        for minute in range(60):
            lasts[first, frozenset(name for name, one in bits.items() if (one >> minute) & 1)] += 1
    return [Spell(minutes, hour, is_open) for (hour, is_open), minutes in lasts.items()]


class PlainTown(NamedTuple):
    """A town as plain tables."""

    near: Mapping[tuple[str, str], Sequence[Turn]]
    """(Cell, group) -> stations in reach that would serve the group if open, nearest first."""
    spells: Sequence[Spell]
    people: Callable[[str, str], Sequence[int]]
    """Thousandths of a person of a group in a cell in each of the 168 hours."""
    period: Sequence[str]
    """Of each hour of the day."""


class Told(NamedTuple):
    """What loops over cells, groups and spells find; values are thousandths of worker-minutes."""

    areas: Counter[tuple[str, str, str]]
    """(Station, group, period): who goes where; station "": nowhere."""
    ways: Mapping[tuple[int, str, str], list[tuple[int, int]]]
    """(n, group, period) -> way to the n-th station in millimetres and value."""
    farthest: dict[tuple[str, str, str], int]
    """Longest way in millimetres, as in `areas`."""
    millimetres: Counter[tuple[str, str, str]]
    """Value times the way, as in `areas`."""
    alone: Counter[tuple[str, str, bool]]
    """(Station, group, weekend): who has no other."""
    cells: Counter[tuple[str, str]]
    """(Cell, station)."""
    twice: int
    """Value that two stations serve at once."""
    shares: Counter[int]
    """Value by share of the reach, in parts."""


def tell(town: PlainTown, most: int) -> Told:
    """Count who turns to which station, up to the `most`-th."""
    told = Told(
        areas=Counter(),
        ways=defaultdict(list),
        farthest=defaultdict(int),
        millimetres=Counter(),
        alone=Counter(),
        cells=Counter(),
        twice=0,
        shares=Counter(),
    )
    twice = 0
    for (cell, group), stations in town.near.items():
        people = town.people(cell, group)
        for spell in town.spells:
            value = people[spell.hour] * spell.minutes
            period = town.period[spell.hour % 24]
            serving = [turn for turn in stations if turn.station in spell.is_open]
            first = serving[0].station if serving else ""
            told.areas[first, group, period] += value
            told.cells[cell, first] += value
            if len(serving) == 1:
                told.alone[first, group, spell.hour >= 120] += value
            twice += value if len(serving) > 1 else 0
            for n, turn in enumerate(serving[:most], start=1):
                told.ways[n, group, period].append((turn.way_mm, value))
            if serving and value:
                told.shares[serving[0].parts] += value
                key = (first, group, period)
                told.millimetres[key] += serving[0].way_mm * value
                told.farthest[key] = max(told.farthest[key], serving[0].way_mm)
    return told._replace(twice=twice)


class Seated(NamedTuple):
    """Who finds a seat; thousandths of worker-minutes."""

    came: Counter[tuple[str, str]]
    """(Station, period)."""
    away: Counter[tuple[str, str]]
    """(Station, period): turned away there."""
    lost: Counter[tuple[str, str, str]]
    """(Cell, group, period): no seat anywhere."""
    shares: Counter[int]
    """Value by share of the reach to where they sit."""
    fullest: Counter[str]
    """Station -> most people seated at one time."""


def seat(town: PlainTown, room_milli: Mapping[str, int]) -> Seated:
    """Seat people spell by spell: all pairs of a cell's group and a station, nearest first.

    Stations that are not in `room_milli` take all.
    """
    seated = Seated(Counter(), Counter(), Counter(), Counter(), Counter())
    people = {key: town.people(*key) for key, stations in town.near.items() if stations}
    pairs = sorted((turn.parts, turn.station, key) for key in people for turn in town.near[key])
    for spell in town.spells:
        period = town.period[spell.hour % 24]
        left = {key: hours[spell.hour] for key, hours in people.items()}
        taken: Counter[str] = Counter()
        for parts, station, key in pairs:
            come = left[key]
            if come == 0 or station not in spell.is_open:
                continue
            sit = min(come, room_milli.get(station, come + taken[station]) - taken[station])
            taken[station] += sit
            left[key] -= sit
            seated.came[station, period] += come * spell.minutes
            seated.away[station, period] += (come - sit) * spell.minutes
            seated.shares[parts] += sit * spell.minutes
        for station, count in taken.items():
            seated.fullest[station] = max(seated.fullest[station], count)
        for (cell, group), stays in left.items():
            near = town.near[cell, group]
            if stays and any(turn.station in spell.is_open for turn in near):
                seated.lost[cell, group, period] += stays * spell.minutes
    return seated


WORTH: Mapping[str, Callable[[float], float]] = {
    "none": lambda _: 1.0,
    "linear": lambda u: 1 - u,
    "gaussian": lambda u: (exp(-u * u / 2) - exp(-0.5)) / (1 - exp(-0.5)),
    "exponential": lambda u: exp(-3 * u),
    "stepped": lambda u: 1.0 if u <= 1 / 3 else 0.68 if u <= 2 / 3 else 0.22,
}
"""Worth of a station by the share of the reach that the way to it uses up."""


def graded(shares: Mapping[int, int], decay: str) -> int:
    """Weigh values by their way, in ten-thousandths."""
    return sum(
        value * round(10_000 * WORTH[decay](parts / PARTS)) for parts, value in shares.items()
    )


def way_within(ways: Iterable[tuple[int, int]], part: float) -> float:
    """Give the shortest way, in whole metres, that holds for a part of the value."""
    counted = Counter[int]()
    for way_mm, value in ways:
        counted[-(-way_mm // 1000)] += value
    total, so_far = sum(counted.values()), 0
    for metres in sorted(counted):
        so_far += counted[metres]
        if total and so_far >= part * total:
            return metres
    return nan
