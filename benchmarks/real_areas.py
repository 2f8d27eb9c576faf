"""The real data beside the project -> areas with counts and what is there; nothing of them is kept.

Taxi points of Shenzhen (180 vehicles, one day) are counted as hours of drivers: a vehicle that
sends n points in an hour was 1/n of that hour at each. No vehicle number leaves this module.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.demand.fit import AREA
from planner.geo import geometry_to_plane, local_projection, to_plane, to_wgs84

__all__ = [
    "DATA",
    "Counted",
    "Drivers",
    "Squares",
    "counted_futian",
    "counted_shenzhen",
    "counted_xinwu",
    "cut_squares",
    "driver_hours",
    "futian_area",
    "futian_streets",
    "shenzhen_area",
]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHENZHEN = local_projection(114.05, 22.55)
_PIECE_M = 25.0
_LEAST_SHARE = 0.1
"""A square counts where so much of it lies in the region."""
_CLASSES = ("primary", "secondary", "tertiary", "residential", "service", "footway")
_NEAR_M = (2000.0, 5000.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Areas with a count and features."""

    name: str
    features: Floats
    """Shape (a, f)."""
    names: tuple[str, ...]
    counts: Floats
    xy: Floats
    """Metres, shape (a, 2)."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """Points of vehicles in the plane `SHENZHEN`."""

    vehicle: NDArray[np.int64]
    """Numbered as they first occur."""
    xy: Floats
    hours: Floats
    """Of the driver at each point."""


@dataclass(frozen=True, slots=True)
class Squares:
    """Squares that cut a region."""

    key: NDArray[np.int64]
    """Column and row, shape (n, 2)."""
    size_m: float
    km2: Floats
    """Of the region in each."""

    @property
    def centre(self) -> Floats:
        """Give the middle of each square, metres."""
        return np.asarray((self.key + 0.5) * self.size_m, np.float64)

    def sums(self, xy: Floats, amount: Floats | float = 1.0) -> Floats:
        """Add the amounts at points up by square."""
        at = np.floor(xy / self.size_m).astype(np.int64)
        points = pd.DataFrame(at, columns=["i", "j"]).assign(amount=amount)
        by_square = points.groupby(["i", "j"])["amount"].sum()
        wanted = pd.MultiIndex.from_arrays(list(self.key.T), names=["i", "j"])
        return by_square.reindex(wanted, fill_value=0.0).to_numpy(np.float64)


def cut_squares(
    region: shapely.Geometry, size_m: float, *, least_share: float = _LEAST_SHARE
) -> Squares:
    """Cut a region into squares; slivers at its border are left out."""
    low_x, low_y, high_x, high_y = np.floor(np.array(region.bounds) / size_m).astype(int)
    column, row = np.meshgrid(np.arange(low_x, high_x + 1), np.arange(low_y, high_y + 1))
    key = np.column_stack([column.ravel(), row.ravel()])
    shapely.prepare(region)
    boxes = shapely.box(*(key * size_m).T, *((key + 1) * size_m).T)
    boxes, key = boxes[hit := shapely.intersects(region, boxes)], key[hit]
    km2 = shapely.area(shapely.intersection(boxes, region)) / 1e6
    kept = km2 >= least_share * size_m**2 / 1e6
    return Squares(key[kept].astype(np.int64), size_m, km2[kept])


def driver_hours() -> Drivers:
    """Read the taxi points of Shenzhen."""
    columns = ["vehicle", "time", "lng", "lat"]
    path = DATA / "shenzhen" / "TaxiData-Sample.csv.gz"
    taxi = pd.read_csv(path, header=None, usecols=range(4), names=columns)
    hour = taxi["time"].str.slice(0, 2)
    in_hour = taxi.groupby([taxi["vehicle"], hour])["time"].transform("size")
    xy = to_plane(taxi["lng"].to_numpy(), taxi["lat"].to_numpy(), projection=SHENZHEN)
    number = pd.factorize(taxi["vehicle"])[0].astype(np.int64)
    return Drivers(number, xy, 1 / in_hour.to_numpy(np.float64))


def shenzhen_area() -> shapely.Geometry:
    """Give the land of all districts of Shenzhen, in the plane `SHENZHEN`."""
    districts = gpd.read_file(f"/vsigzip/{DATA}/shenzhen/sz_districts_wgs84.geojson.gz")
    return geometry_to_plane(shapely.union_all(districts.geometry.array), projection=SHENZHEN)


def futian_streets() -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Give middle, kilometres and class of each piece of street (at most 25 m) of Futian."""
    with gzip.open(DATA / "shenzhen" / "futian_osmnx.graphml.gz") as file:
        graph = nx.read_graphml(file, force_multigraph=True)
    drawn = {}
    for tail, head, edge in graph.edges(data=True):
        ends = [[float(graph.nodes[end][axis]) for axis in "xy"] for end in (tail, head)]
        line = shapely.from_wkt(edge["geometry"]) if "geometry" in edge else None
        points = shapely.get_coordinates(line) if line else np.array(ends)
        # Both directions of a street are one.
        key = frozenset((tail, head)), round(float(edge["length"]))
        drawn[key] = (points, edge["highway"])
    planes = (to_plane(*points.T, projection=SHENZHEN) for points, _ in drawn.values())
    pieces = [_cut(shapely.LineString(plane)) for plane in planes]
    classes = [highway.strip("[]'").split("'")[0] for _, highway in drawn.values()]
    middle, km = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return middle, km, np.repeat(np.array(classes, object), [len(km) for _, km in pieces])


def futian_area(street_middle: Floats) -> shapely.Geometry:
    """Give the part of Shenzhen for which streets are at hand: their hull."""
    hull = shapely.convex_hull(shapely.multipoints(street_middle))
    return shapely.intersection(hull, shenzhen_area())


def _public_places(name: str) -> Floats:
    """Give the different positions of AED stations or shelters, stated in GCJ-02."""
    table = pd.read_csv(DATA / "shenzhen" / f"{name}_gcj02.csv")
    places = table[["lng_gcj02", "lat_gcj02"]].drop_duplicates().to_numpy(np.float64)
    return to_plane(*to_wgs84(*places.T, crs="GCJ-02"), projection=SHENZHEN)


def _around(centre: Floats, places: Floats, within_m: float) -> Floats:
    found = cKDTree(places).query_ball_point(centre, within_m, return_length=True)
    return np.asarray(found, np.float64)


def counted_shenzhen(size_m: float, *, least_share: float = _LEAST_SHARE) -> Counted:
    """Squares of all Shenzhen: hours of drivers; AED stations and shelters there and around."""
    squares = cut_squares(shenzhen_area(), size_m, least_share=least_share)
    drivers = driver_hours()
    features = {AREA: squares.km2}
    for name in ("aed_stations", "emergency_shelters"):
        places = _public_places(name)
        features[name] = squares.sums(places)
        for near_m in _NEAR_M:
            # Places around for each km2 of the square, so that the density is the number around.
            around = _around(squares.centre, places, near_m)
            features[f"{name} within {near_m:g} m"] = around * squares.km2
    return _counted(f"Shenzhen, squares of {size_m:g} m", squares, features, drivers)


def counted_futian(size_m: float) -> Counted:
    """Squares of the streets of Futian: hours of drivers; kilometres of street by class."""
    middle, km, highway = futian_streets()
    squares = cut_squares(futian_area(middle), size_m)
    features = {AREA: squares.km2, "streets km": squares.sums(middle, km)}
    for name in _CLASSES:
        mine = highway == name
        features[f"{name} km"] = squares.sums(middle[mine], km[mine])
    for name in ("aed_stations", "emergency_shelters"):
        features[name] = squares.sums(_public_places(name))
    return _counted(f"Futian, squares of {size_m:g} m", squares, features, driver_hours())


def _counted(name: str, squares: Squares, features: dict[str, Floats], drivers: Drivers) -> Counted:
    return Counted(
        name=name,
        features=np.column_stack(list(features.values())),
        names=tuple(features),
        counts=squares.sums(drivers.xy, drivers.hours),
        xy=squares.centre,
    )


def counted_xinwu(size_m: float) -> Counted:
    """Squares of Xinwu: bus stops, which are not workers but a count that is real; floor area."""
    folder = DATA / "wuxi_xinwu"
    cells = gpd.read_file(f"/vsigzip/{folder}/xinwu_built_env_250m.gpkg.gz", layer="built_env_250m")
    roads = gpd.read_file(f"/vsigzip/{folder}/xinwu_road_centerlines.gpkg.gz")
    stops = gpd.read_file(f"/vsigzip/{folder}/xinwu_bus_network.gpkg.gz", layer="topo_nodes")
    squares = cut_squares(shapely.union_all(cells.geometry.array), size_m)
    centre = shapely.get_coordinates(shapely.centroid(cells.geometry.array))
    features = {AREA: squares.km2}
    lines = [line for each in roads.geometry for line in shapely.get_parts(each)]
    cut = [_cut(line) for line in lines]
    middle, km = (np.concatenate(part) for part in zip(*cut, strict=True))
    features["streets km"] = squares.sums(middle, km)
    for use in ("single_family", "multi_family", "facility_sales", "facility_office"):
        features[f"{use} ha"] = squares.sums(centre, cells[f"{use}_ha"].to_numpy(np.float64))
    xy = shapely.get_coordinates(stops.geometry.array)
    return Counted(
        name=f"Xinwu, squares of {size_m:g} m: bus stops in place of workers",
        features=np.column_stack(list(features.values())),
        names=tuple(features),
        counts=squares.sums(xy),
        xy=squares.centre,
    )


def _cut(line: shapely.LineString) -> tuple[Floats, Floats]:
    """Give middle and kilometres of each piece of a line."""
    count = max(1, int(np.ceil(line.length / _PIECE_M)))
    along = (np.arange(count) + 0.5) / count
    middle = shapely.get_coordinates(shapely.line_interpolate_point(line, along, normalized=True))
    return middle, np.full(count, line.length / count / 1000)
