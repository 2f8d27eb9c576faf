"""Count who is served once more, from the files, by other code: NetworkX, Shapely, loops over sets.

Nothing here calls `streets`, `travel`, `coverage` or `siting`. Ways are whole millimetres: access
of the cell, streets from junction to junction, access of the site.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
from pyproj import Transformer
from shapely import LineString, Point, STRtree

__all__ = ["Network", "Spot", "bits_of_week", "open_bits", "served_milli"]

_NOT_ON_FOOT = {"motorway", "motorway_link", "trunk_link", "construction"}
_NOT_BY_EBIKE = {"motorway", "motorway_link", "construction", "footway", "steps", "pedestrian"}
_NOT_BY_CAR = {"construction", "footway", "steps", "pedestrian", "path", "cycleway"}
_ONLY_THROUGH = {"motorway", "motorway_link"}
_HOUR = (1 << 60) - 1
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
