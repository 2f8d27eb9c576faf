"""Small districts for tests of demand: four communities in a row, and sources of every kind."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.demand import Demand
from planner.district import District, Settings, WorkerTable, projection_of
from planner.district.settings import Group, Period, Rate, WorkerSource
from planner.geo import to_degrees
from planner.streets.graph import MODE_BITS, StreetGraph

WORKDAY = (0.0,) * 6 + (0.5,) * 2 + (1.0,) * 10 + (0.25,) * 6
GROUPS = tuple(
    Group(
        id=name,
        name=chinese,
        name_en=f"{name}s",
        ways=(),
        weekday=WORKDAY,
        weekend=tuple(share / 2 for share in WORKDAY),
    )
    for name, chinese in (("rider", "骑手"), ("courier", "快递员"))
)
PERIODS = (
    Period(id="day", name="白天", name_en="day", start_hour=6, end_hour=22),
    Period(id="night", name="夜间", name_en="night", start_hour=22, end_hour=6),
)


def _empty() -> District:
    """Make a district around the origin of its plane, with communities A to D of 1 km."""
    nothing = pd.DataFrame()
    district = District(
        folder=Path(),
        settings=Settings(name="test", groups=GROUPS, periods=PERIODS),
        stations=nothing,
        venues=nothing,
        to_place=nothing,
        boundary=shapely.box(119.97, 30.985, 120.03, 31.015),
        communities=gpd.GeoDataFrame({"name": [], "street": []}, geometry=[], crs=4326),
        workers=(),
        problems=(),
        rejected=nothing,
        assumptions=(),
        fingerprint="",
    )
    squares = [square_at(west * 1000, 0, 1000) for west in (-2, -1, 0, 1)]
    plane = projection_of(district)
    communities = gpd.GeoDataFrame(
        {"name": list("甲乙丙丁"), "street": ""},
        index=pd.Index(list("ABCD"), name="id"),
        geometry=[on_the_ground(square, plane) for square in squares],
        crs=4326,
    )
    boundary = on_the_ground(shapely.box(-2000, -500, 2000, 1000), plane)
    return replace(district, communities=communities, boundary=boundary)


def square_at(west: float, south: float, side: float) -> shapely.Polygon:
    """Draw a square in the plane."""
    return shapely.box(west, south, west + side, south + side)


def on_the_ground(shape: shapely.Geometry, projection: str) -> shapely.Geometry:
    """Turn metres of the plane into degrees."""
    moved: shapely.Geometry = shapely.transform(
        shape, lambda xy: np.column_stack(to_degrees(xy, projection=projection))
    )
    return moved


EMPTY = _empty()
PLANE = projection_of(EMPTY)


def district(
    *workers: WorkerTable, totals: dict[str, float] | None = None, season: str | None = None
) -> District:
    """Make the district with sources, and with stated totals of groups."""
    stated = totals or {}
    groups = tuple(replace(group, total_workers=stated.get(group.id)) for group in GROUPS)
    settings = replace(EMPTY.settings, groups=groups, season=season)
    return replace(EMPTY, workers=workers, settings=settings)


def degrees_of(x: float, y: float) -> tuple[float, float]:
    """Turn one point of the plane into degrees."""
    lon, lat = to_degrees(np.array([[x, y]]), projection=PLANE)
    return float(lon[0]), float(lat[0])


def survey(
    *rows: tuple[str, str, float, str], path: str = "调查.xlsx", **settings: object
) -> WorkerTable:
    """Count workers by community: community, group, workers, period."""
    table = pd.DataFrame(list(rows), columns=["community", "group", "workers", "period"])
    source = replace(WorkerSource(path=path, kind="survey"), **settings)  # type: ignore[arg-type]  # tests give what fits
    return WorkerTable(source=source, rows=table)


def points(
    *rows: tuple[float, float, str, float, int], path: str = "points.csv", **settings: object
) -> WorkerTable:
    """Count workers at points of the plane: x, y, group, workers, hour (-1: headcount)."""
    placed = [(*degrees_of(x, y), group, workers, hour) for x, y, group, workers, hour in rows]
    table = pd.DataFrame(placed, columns=["lon", "lat", "group", "workers", "hour"])
    table.insert(0, "id", [f"p{row[0]:.0f}_{row[1]:.0f}" for row in rows])
    source = replace(WorkerSource(path=path, kind="points"), **settings)  # type: ignore[arg-type]  # as above
    return WorkerTable(source=source, rows=table.assign(period=""))


def proxies(
    *rows: tuple[shapely.Geometry, str],
    rates: Iterable[tuple[str, float, str]] = (),
    path: str = "poi.csv",
    **settings: object,
) -> WorkerTable:
    """List features of the plane with their class; rates: group, workers for each, class."""
    shapes = [on_the_ground(shape, PLANE) for shape, _ in rows]
    kinds = {0: "point", 1: "line", 2: "polygon"}
    table = pd.DataFrame(
        {
            "geometry": np.array(shapes, dtype=object),
            "kind": [kinds[int(shapely.get_dimensions(shape))] for shape in shapes],
            "of": [of for _, of in rows],
            "amount": np.nan,
            "name": "",
        }
    )
    stated = tuple(Rate(group=group, workers=workers, of=of) for group, workers, of in rates)
    source = WorkerSource(path=path, kind="proxies", rates=stated)
    return WorkerTable(source=replace(source, **settings), rows=table)  # type: ignore[arg-type]  # as above


def streets(*lines: Sequence[tuple[float, float]]) -> StreetGraph:
    """Draw streets in the plane; each is one edge."""
    shapes = [np.array(line, dtype=np.float64) for line in lines]
    count = len(shapes)
    metres = np.array([shapely.LineString(shape).length for shape in shapes])
    everybody = sum(MODE_BITS.values())
    return StreetGraph(
        node_xy=np.array([end for shape in shapes for end in (shape[0], shape[-1])]),
        tail=np.arange(0, 2 * count, 2, dtype=np.int32),
        head=np.arange(1, 2 * count, 2, dtype=np.int32),
        length_mm=np.round(metres * 1000).astype(np.int32),
        forward=np.full(count, everybody, dtype=np.uint8),
        backward=np.full(count, everybody, dtype=np.uint8),
        line_start=np.cumsum([0, *map(len, shapes)]).astype(np.int64),
        line_xy=np.concatenate(shapes),
        crs=PLANE,
    )


def told(demand: Demand) -> str:
    """Give the notes in English."""
    return "\n".join(message.text("en") for message in demand.notes)


def by_community(demand: Demand, group: str) -> dict[str, float]:
    """Sum the headcount of a group by community."""
    people = demand.workers[:, demand.groups.index(group)]
    sums = pd.Series(people).groupby(demand.cells["community"].to_numpy()).sum()
    return {str(name): round(float(number), 3) for name, number in sums.items() if number > 0}


def near(demand: Demand, x: float, y: float, group: str) -> float:
    """Give the headcount of a group in the cells of the square that holds a point."""
    where = np.floor(demand.cells[["x", "y"]].to_numpy() / 250) == np.floor([x / 250, y / 250])
    return float(demand.workers[where.all(axis=1), demand.groups.index(group)].sum())


def present(demand: Demand, day: int, hour: int) -> dict[str, float]:
    """Give the people of each group who are out on a day of the week (0: Monday) at an hour."""
    people = demand.people_milli[demand.band_of_hour[24 * day + hour]].sum(axis=0) / 1000
    return dict(zip(demand.groups, people.tolist(), strict=True))
