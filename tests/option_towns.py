"""Towns on a plane whose sites have several options, and a district around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from plane_towns import PERIODS, daily, groups_of

from planner.coverage import Coverage, build_coverage
from planner.demand import Demand, no_fits, no_sources
from planner.district import District
from planner.district.settings import GapRules, HostType, Measure, Settings
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.travel import straight_travel

DAY = daily(8, 20)
PRICE = 50_000.0
"""Of a container."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A station (`stands`) or a venue."""

    x: float
    y: float = 0.0
    stands: bool = False
    community: str = "c1"
    host: str = "shop"
    lon: float = 120.0
    lat: float = 31.0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option of a site."""

    site: str
    measure: str = "open"
    hours: WeeklyHours = DAY
    steps: tuple[str, ...] | None = None
    replaces: str = ""
    groups: tuple[str, ...] = ()
    listed: bool = True
    access: str = "open"
    working: bool = True
    cost: float = 1000.0
    union: float = 1000.0
    year: float = 100.0
    """Running cost of the option."""
    benchmark: bool = False
    season: str = ""
    weeks: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Town:
    """Sites, options and workers of a town."""

    spots: Mapping[str, Spot]
    choices: Mapping[str, Choice]
    cells: Sequence[tuple[float, float, str]]
    """Metres and community."""
    people: Mapping[str, Sequence[int]]
    reach_m: float = 150.0
    ways_to_m: float = 2000.0
    """Up to which ways on foot are known."""
    streets: Mapping[str, str] = field(default_factory=lambda: {"c1": "north", "c2": "south"})
    gaps: GapRules = field(default_factory=GapRules)

    def coverage(self) -> Coverage:
        """Build the coverage."""
        options, demand = self._options(), self._demand()
        walk = straight_travel(
            site_xy=options.sites[["x", "y"]].to_numpy(float),
            cell_xy=demand.cells[["x", "y"]].to_numpy(float),
            site_ids=list(options.sites.index),
            cell_ids=list(demand.cells.index),
            mode="walk",
            cutoff_m=max(self.reach_m, self.ways_to_m),
            detour_factor=1.0,
        )
        groups = groups_of(dict.fromkeys(self.people, self.reach_m))
        return build_coverage(demand, options, {"walk": walk}, groups=groups, periods=PERIODS)

    def district(self) -> District:
        """Build the district: communities with streets, host types, gaps and measures."""
        places = gpd.GeoDataFrame(
            {"name": list(self.streets), "street": list(self.streets.values())},
            index=pd.Index(list(self.streets), dtype="str", name="id"),
            geometry=[shapely.box(119, 30, 121, 32)] * len(self.streets),
            crs="EPSG:4326",
        )
        nothing = pd.DataFrame()
        return District(
            folder=Path(),
            settings=Settings(
                name="town",
                gaps=self.gaps,
                groups=tuple(groups_of(dict.fromkeys(self.people, self.reach_m))),
                hosts=(
                    HostType(
                        id="shop",
                        name="沿街商户",
                        name_en="shops",
                        cost_setup_yuan=0.0,
                        cost_year_yuan=0.0,
                        hours="24小时",
                    ),
                ),
                measures=(Measure(id="container", cost_setup_yuan=PRICE, cost_year_yuan=0.0),),
            ),
            stations=nothing,
            venues=nothing,
            to_place=nothing,
            boundary=shapely.box(119, 30, 121, 32),
            communities=places,
            workers=(),
            problems=(),
            rejected=nothing,
            assumptions=(),
            fingerprint="",
        )

    def _options(self) -> Options:
        spots, choices = self.spots, self.choices
        year = {c.site: c.year for c in choices.values() if c.measure == "keep"}
        rows = [
            {
                "site": c.site,
                "measure": c.measure,
                "kind": c.measure if c.measure in ("keep", "upgrade", "move") else "new",
                "steps": () if c.measure == "keep" else c.steps or (c.measure,),
                "replaces": c.replaces,
                "hours": c.hours,
                "groups": c.groups,
                "listed": c.listed,
                "access": c.access,
                "working": c.working,
                "capacity": np.nan,
                "weeks": c.weeks,
                "season": c.season,
                "cost_setup_yuan": 0.0 if c.measure == "keep" else c.cost,
                "cost_union_yuan": 0.0 if c.measure == "keep" else c.union,
                "cost_year_yuan": c.year,
                "added_year_yuan": c.year
                - (year[c.replaces or c.site] if c.measure in ("keep", "upgrade", "move") else 0.0),
                "all_day": c.hours == ALWAYS,
                "evening": c.hours == ALWAYS,
                "benchmark": c.benchmark,
                "assumed": 0,
            }
            for c in choices.values()
        ]
        sites = pd.DataFrame(
            [
                {
                    "name": name,
                    "lon": s.lon,
                    "lat": s.lat,
                    "x": s.x,
                    "y": s.y,
                    "host_type": s.host,
                    "community": s.community,
                    "existing": s.stands,
                    "street": self.streets.get(s.community, ""),
                    "area_m2": np.nan,
                }
                for name, s in spots.items()
            ],
            index=list(spots),
        )
        return Options(sites=sites, table=pd.DataFrame(rows, index=list(choices)))

    def _demand(self) -> Demand:
        workers = np.array(list(self.people.values()), float).T
        workers = workers.reshape(len(self.cells), len(self.people))
        cells = pd.DataFrame(
            {
                "lon": 120.0,
                "lat": 31.0,
                "x": [float(x) for x, _, _ in self.cells],
                "y": [float(y) for _, y, _ in self.cells],
                "community": [community for _, _, community in self.cells],
            },
            index=[f"w{at}" for at in range(len(self.cells))],
        )
        return Demand(
            cells=cells,
            groups=tuple(self.people),
            workers=workers,
            band_of_hour=np.zeros(168, np.int16),
            people_milli=np.rint(workers * 1000).astype(np.int64)[None],
            error_share=np.zeros(workers.shape),
            sources=no_sources(),
            fits=no_fits(),
            season=None,
            problems=(),
            notes=(),
        )
