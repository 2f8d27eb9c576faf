"""The street network while it is drawn: junctions as nodes, streets as edges with a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import LineString, intersects, prepare

from invention.terrain import LAND

__all__ = ["Draft", "Street", "Xy", "rounded", "wet"]

Xy = tuple[float, float]
_WATER = LAND.river.buffer(20)
prepare(_WATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """One street between two junctions or to a dead end."""

    line: tuple[Xy, ...]
    """Metres in the invented plane; streets that meet have the same point to the last digit."""
    highway: str
    oneway: str = "no"
    name: str = ""


@dataclass(slots=True)
class Draft:
    """Streets drawn so far."""

    graph: nx.Graph = field(default_factory=nx.Graph)

    def add(self, *points: Xy, highway: str, oneway: str = "no", name: str = "") -> None:
        """Add a street along some points, unless its ends are joined already."""
        here, there = points[0], points[-1]
        if here != there and not self.graph.has_edge(here, there):
            street = Street(line=tuple(points), highway=highway, oneway=oneway, name=name)
            self.graph.add_edge(here, there, street=street)

    def remove(self, street: Street) -> None:
        """Take a street out; its ends stay."""
        self.graph.remove_edge(street.line[0], street.line[-1])

    @property
    def streets(self) -> list[Street]:
        """Every street, sorted."""
        found = [street for _, _, street in self.graph.edges(data="street")]
        return sorted(found, key=lambda street: (street.line, street.highway))

    def nearest(self, point: Iterable[float], *, among: Iterable[str] = ()) -> tuple[Xy, float]:
        """Give the junction nearest to a point and its distance; `among`: on these classes only."""
        classes = set(among)
        nodes = sorted(
            {
                end
                for s in self.streets
                if not classes or s.highway in classes
                for end in (s.line[0], s.line[-1])
            }
        )
        away, index = cKDTree(nodes).query(list(point))
        return nodes[index], float(away)

    def keep_parts(self, *, at_least: int) -> None:
        """Drop what hangs together in fewer junctions."""
        for part in list(nx.connected_components(self.graph)):
            if len(part) < at_least:
                self.graph.remove_nodes_from(part)


def rounded(point: Iterable[float] | NDArray[np.float64]) -> Xy:
    """Round a point to centimetres, so that equal places are equal numbers."""
    x, y = point
    return round(float(x), 2), round(float(y), 2)


def wet(here: Xy, there: Xy) -> bool:
    """Tell whether a straight line comes within 20 m of the river."""
    return bool(intersects(_WATER, LineString([here, there])))
