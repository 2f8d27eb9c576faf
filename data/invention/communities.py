"""Invented communities: towns cut into a few, the country into villages, banks apart."""
# ruff: noqa: PLR2004 - the numbers are the invention itself

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from invention.draft import Street
from invention.terrain import LAND, TOWNS, noise

__all__ = ["Community", "make_communities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """One community or village, in metres of the invented plane."""

    id: str
    name: str
    street: str
    """The town or street office (镇街) that it belongs to."""
    town: str
    """The town that it is a part of; "" in the country."""
    shape: BaseGeometry


_SEEDS: tuple[tuple[str, str, str, float, float], ...] = (  # name, street office, town, x, y
    ("钟鼓社区", "老城街道", "老城", -700, 250),
    ("文昌社区", "老城街道", "老城", -2100, 900),
    ("米市社区", "老城街道", "老城", 600, -500),
    ("西门社区", "老城街道", "老城", -3500, 600),
    ("石桥社区", "滨河街道", "老城", -2700, -1500),
    ("渡口社区", "滨河街道", "老城", -700, -2100),
    ("凤台社区", "滨河街道", "老城", 700, 1300),
    ("梧桐社区", "滨河街道", "老城", -1300, 2700),
    ("新港社区", "东岸街道", "东岸新区", 3500, -400),
    ("银杏社区", "东岸街道", "东岸新区", 5500, -600),
    ("云帆社区", "东岸街道", "东岸新区", 3600, -2900),
    ("东湖社区", "东岸街道", "东岸新区", 5400, -2900),
    ("书香社区", "学苑街道", "大学城", -9300, 2300),
    ("翠屏社区", "学苑街道", "大学城", -8300, 900),
    ("北坪社区", "北坪镇", "北坪", -1900, 7700),
    ("茶亭社区", "北坪镇", "北坪", -900, 6700),
    ("南湾社区", "南湾镇", "南湾", 700, -7600),
    ("港口社区", "西港镇", "西港", -5600, -5500),
    ("船厂社区", "西港镇", "西港", -4600, -5700),
    ("上溪社区", "上溪镇", "上溪", 4000, 8500),
    ("柳岭社区", "柳岭镇", "柳岭", 4900, -6900),
    ("桐垭社区", "桐垭镇", "桐垭", 9900, -1000),
    ("竹林村", "北坪镇", "", -6800, 6900),
    ("石盘村", "北坪镇", "", -900, 9600),
    ("枫香村", "学苑街道", "", -9300, -2800),
    ("高岩村", "老城街道", "", -4600, 4500),
    ("梨园村", "南湾镇", "", -300, -9800),
    ("双碾村", "柳岭镇", "", 2900, -5000),
    ("白鹤村", "上溪镇", "", 5200, 4200),
    ("青冈村", "学苑街道", "", -8600, -6300),
    ("茶山村", "上溪镇", "", 3000, 10500),
    ("石笋村", "桐垭镇", "", 8900, 2700),
    ("云顶村", "桐垭镇", "", 8800, -4800),
)


def make_communities(streets: list[Street]) -> list[Community]:
    """Cut the district into communities; they meet without gaps and fill it."""
    seeds = [Point(x, y) for *_, x, y in _SEEDS]
    shapes: dict[int, list[BaseGeometry]] = {k: [] for k in range(len(seeds))}
    built_up = _built_up(streets)
    banks = shapely.polygonize([shapely.union_all([LAND.boundary.exterior, LAND.river_line])]).geoms
    lines = [LAND.boundary.exterior, LAND.river_line, built_up.boundary]
    zones = []
    for bank in banks:
        for urban, area in ((True, bank & built_up), (False, bank - built_up)):
            own = [k for k, s in enumerate(_SEEDS) if bool(s[2]) == urban and bank.covers(seeds[k])]
            lines.append(_between([seeds[k] for k in own]))
            zones.append((area, own))
    for face in shapely.polygonize([shapely.union_all(lines)]).geoms:
        middle = face.representative_point()
        own = next((own for area, own in zones if area.covers(middle)), [])
        if own:
            away = [middle.distance(seeds[k]) for k in own]
            shapes[own[int(np.argmin(away))]].append(_bent(face))
    whole = _without_crumbs([shapely.union_all(faces, grid_size=0.01) for faces in shapes.values()])
    return [
        Community(id=f"C{k:02d}", name=name, street=street, town=town, shape=shape)
        for k, ((name, street, town, _, _), shape) in enumerate(zip(_SEEDS, whole, strict=True), 1)
    ]


def _built_up(streets: list[Street]) -> BaseGeometry:
    """Outline the towns around the collector streets of their grids, without holes."""
    ends = MultiPoint([s.line[0] for s in streets if s.highway == "tertiary"])
    near = shapely.get_parts(ends.buffer(650).buffer(-480).simplify(40))
    centres = MultiPoint([(t.x, t.y) for t in TOWNS])
    towns = [Polygon(p.exterior) for p in near if p.area > 500_000 and p.distance(centres) < 3000]
    return shapely.union_all(towns) & LAND.boundary


def _between(seeds: list[Point]) -> BaseGeometry:
    """Give the lines that are equally far from the two nearest seeds."""
    everywhere = LAND.boundary.buffer(30_000)
    if len(seeds) < 2:
        return LineString()
    return shapely.voronoi_polygons(MultiPoint(seeds), extend_to=everywhere, only_edges=True)


def _bent(face: BaseGeometry) -> BaseGeometry:
    """Make straight borders winding; neighbours bend alike, the district's border stays."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy.T
        border = LAND.boundary.exterior.distance(shapely.points(xy)) / 600
        free = 75 * np.minimum(1, border)
        dx, dy = (noise(x, y, wave_m=1500, seed=seed) for seed in (51, 52))
        moved: NDArray[np.float64] = np.round(xy + np.column_stack([free * dx, free * dy]), 2)
        return moved

    return shapely.transform(face.segmentize(120), move)


def _without_crumbs(shapes: list[BaseGeometry]) -> list[BaseGeometry]:
    """Give pieces below 0.6 km2 that lie apart to the neighbour with the longest border."""
    parts = [sorted(shapely.get_parts(s), key=lambda p: -p.area) for s in shapes]
    whole = [shapely.union_all([p for p in pieces if p.area > 600_000]) for pieces in parts]
    for pieces in parts:
        for crumb in (p for p in pieces if p.area <= 600_000):
            shared = [crumb.boundary.intersection(w.boundary).length for w in whole]
            k = int(np.argmax(shared))
            whole[k] = shapely.union_all([whole[k], crumb], grid_size=0.01)
    return whole
