"""A small district for the tests of maps, whose names try to break out of the page."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry import box

from planner.coverage import Coverage, Figures, build_coverage, measure_coverage
from planner.demand import Demand, no_fits, no_sources
from planner.district import DEFAULT_GROUPS, DEFAULT_HOSTS, DEFAULT_PERIODS, District, Settings
from planner.geo import local_projection, to_degrees
from planner.hours import ALWAYS
from planner.options import build_options
from planner.streets import StreetGraph
from planner.travel import straight_travel

HOSTILE = (
    "<img src=x onerror=alert(1)>${alert(2)}`</script><script>alert(3)</script>"
    "{{7*7}}{% raw %}'\"&\\"
)
PROJECTION = local_projection(120.4, 31.5)
GROUP = DEFAULT_GROUPS[0]


@dataclass(frozen=True)
class SmallWorld:
    """Everything that a map is drawn from."""

    district: District
    streets: StreetGraph
    coverage: Coverage
    figures: Figures
    sites: pd.DataFrame


def small_world(*, cells: int = 40, venues: int = 12, blocks: int = 12) -> SmallWorld:
    """Lay stations, venues and cells at random (seeded) over a town of square blocks."""
    chance = np.random.default_rng(7)
    half_m = blocks * 250.0 / 2
    district = _district(chance, half_m, venues=venues)
    demand = _demand(chance, half_m, cells)
    options = build_options(district)
    travel = straight_travel(
        site_xy=options.sites[["x", "y"]].to_numpy(float),
        cell_xy=demand.cells[["x", "y"]].to_numpy(float),
        site_ids=tuple(options.sites.index),
        cell_ids=tuple(demand.cells.index),
        mode="walk",
        cutoff_m=500.0,
        detour_factor=1.0,
    )
    coverage = build_coverage(
        demand, options, {"walk": travel}, groups=[GROUP], periods=DEFAULT_PERIODS
    )
    kept = options.table.index[options.table["measure"] == "keep"]
    sites = options.sites.loc[~options.sites["existing"]].head(3).copy()
    sites = sites.assign(
        hours=pd.Series([ALWAYS] * 3, index=sites.index, dtype=object),
        cost_setup_yuan=9000.0,
        gain_hours=100.0,
        loss_hours=50.0,
        nearest_m=[300.0, 600.0, np.nan],
        reason=HOSTILE,
        kind="new",
        site=sites.index.astype(str),
    )
    return SmallWorld(
        district, block_streets(blocks), coverage, measure_coverage(coverage, list(kept)), sites
    )


def block_streets(blocks: int) -> StreetGraph:
    """Draw a town of square blocks of 250 m."""
    along = (np.arange(blocks + 1) - blocks / 2) * 250.0
    x, y = np.meshgrid(along, along)
    place = np.arange((blocks + 1) ** 2).reshape(blocks + 1, -1)
    ends = np.vstack(
        [
            np.column_stack([place[:, :-1].ravel(), place[:, 1:].ravel()]),
            np.column_stack([place[:-1].ravel(), place[1:].ravel()]),
        ]
    )
    node_xy = np.column_stack([x.ravel(), y.ravel()])
    return street_graph(node_xy[ends].reshape(-1, 2), np.arange(len(ends) + 1) * 2)


def street_graph(line_xy: NDArray[np.float64], line_start: NDArray[np.int64]) -> StreetGraph:
    """Make a graph that is only drawn: its junctions do not matter."""
    streets = len(line_start) - 1
    return StreetGraph(
        node_xy=line_xy[[0, -1]],
        tail=np.zeros(streets, np.int32),
        head=np.ones(streets, np.int32),
        length_mm=np.full(streets, 1000, np.int32),
        forward=np.full(streets, 7, np.uint8),
        backward=np.full(streets, 7, np.uint8),
        line_start=np.asarray(line_start, np.int64),
        line_xy=line_xy,
        crs=PROJECTION,
    )


def _district(chance: np.random.Generator, half_m: float, *, venues: int) -> District:
    (west, east), (south, north) = to_degrees(
        [[-half_m, -half_m], [half_m, half_m]], projection=PROJECTION
    )
    middle = (west + east) / 2
    stations = _places(chance, half_m, 4, "S")
    stations["status"] = ["open", "open", "open", "maintenance"]
    return District(
        folder=Path("nowhere"),
        settings=Settings(
            name=HOSTILE,
            groups=(GROUP,),
            periods=DEFAULT_PERIODS,
            hosts=DEFAULT_HOSTS,
            data_note=HOSTILE,
        ),
        stations=stations,
        venues=_places(chance, half_m, venues, "V"),
        to_place=pd.DataFrame({name: [] for name in ("table", "id", "name", "address", "row")}),
        boundary=box(west, south, east, north),
        communities=gpd.GeoDataFrame(
            {"name": ["West", HOSTILE], "street": ["", ""]},
            index=pd.Index(["w", "e"]),
            geometry=[box(west, south, middle, north), box(middle, south, east, north)],
            crs="EPSG:4326",
        ),
        workers=(),
        problems=(),
        rejected=pd.DataFrame(),
        assumptions=(),
        fingerprint="0" * 64,
    )


def _places(chance: np.random.Generator, half_m: float, number: int, letter: str) -> pd.DataFrame:
    lon, lat = to_degrees(chance.uniform(-half_m, half_m, (number, 2)), projection=PROJECTION)
    rows = pd.DataFrame(
        {"lon": lon, "lat": lat}, index=pd.Index([f"{letter}{n}" for n in range(number)])
    )
    rows = rows.assign(
        name=[HOSTILE, *(f"Place {n}" for n in range(1, number))],
        host_type=DEFAULT_HOSTS[0].id,
        hours=pd.Series([ALWAYS] * number, index=rows.index, dtype=object),
        groups=pd.Series([()] * number, index=rows.index, dtype=object),
        listed=True,
        access="open",
        capacity=20,
        cost_setup_yuan=9000.0,
        cost_year_yuan=100.0,
        status="open",
        community="",
        street="",
        area_m2=float("nan"),
        union_share=float("nan"),
        benchmark=False,
        weeks=pd.Series([()] * number, index=rows.index, dtype=object),
    )
    return rows.assign(
        hours_assumed=False, listed_assumed=False, access_assumed=False, cost_assumed=False
    )


def _demand(chance: np.random.Generator, half_m: float, cells: int) -> Demand:
    xy = chance.uniform(-half_m, half_m, (cells, 2))
    lon, lat = to_degrees(xy, projection=PROJECTION)
    people = chance.integers(1, 40, cells)
    people[0] = 0
    return Demand(
        cells=pd.DataFrame(
            {
                "lon": lon,
                "lat": lat,
                "x": xy[:, 0],
                "y": xy[:, 1],
                "community": np.where(xy[:, 0] < 0, "w", "e"),
            },
            index=pd.Index([f"c{n}" for n in range(cells)]),
        ),
        groups=(GROUP.id,),
        workers=people[:, None].astype(float),
        band_of_hour=np.zeros(168, np.int16),
        people_milli=(people * 1000)[None, :, None].astype(np.int64),
        error_share=np.zeros((cells, 1)),
        sources=no_sources(),
        fits=no_fits(),
        season=None,
        problems=(),
        notes=(),
    )
