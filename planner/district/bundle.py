"""A district: the frozen bundle of checked tables and settings that everything else starts from."""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from planner.district.settings import Settings, WorkerSource
from planner.errors import Problem
from planner.language import Message

__all__ = ["District", "WorkerTable", "no_grids"]


def no_grids() -> gpd.GeoDataFrame:
    """Give the grids of a district that has none."""
    columns = {name: pd.Series(dtype="str") for name in ("name", "community")}
    index = pd.Index([], name="id", dtype="str")
    return gpd.GeoDataFrame(pd.DataFrame(columns).set_index(index), geometry=[], crs="EPSG:4326")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTable:
    """The checked rows of one source of workers."""

    source: WorkerSource
    rows: pd.DataFrame
    """Long form. `survey`: community (id, or name as the file has it; that around it for a grid or
    place, "" where none is), grid (id where it has an outline in `District.grids`, else as named,
    "" for none), lon and lat (where it was counted at a place, else NaN), group, workers, period;
    `points`: id, lon, lat, group, workers, period, hour; `proxies`: geometry (shapely, WGS-84),
    kind ("point", "line" or "polygon"), of (class of the feature, "" where the file has none),
    amount (NaN where it has none), name, lon, lat (of its middle), those over 2 km outside the
    district left out; all: file (with its sheet) and row (line there). `pings`: empty, since
    records are streamed where they are binned. `period` is a period id or "" (headcount); `hour`
    0-23 or -1 (not stated); lon and lat WGS-84 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Everything that is known of a district, checked, in WGS-84."""

    folder: Path
    settings: Settings
    stations: pd.DataFrame
    """Index id (str). Columns: name, lon, lat, address, host_type, hours (WeeklyHours),
    hours_assumed (bool), groups (tuple of group ids, empty: all), services, area_m2, capacity,
    listed (bool), listed_assumed, access ("open", "registration", "gated"), access_assumed,
    cost_setup_yuan, cost_year_yuan, cost_assumed, union_share (of the set-up money, 0 to 1, NaN
    where the list does not say it), benchmark (bool), weeks (tuple of the weeks of the year, 1 to
    52, in which it is open, empty: all year; see `planner.hours.weeks_between`), status ("open",
    "maintenance"), community (id, or ""), street (as the list says, or ""), table (the list that
    names it: "stations" or "venues"), file (with its sheet) and row (line there)."""
    venues: pd.DataFrame
    """The same columns; cost_setup_yuan is never missing. Closed stations are here, with their
    ids and the table "stations"."""
    to_place: pd.DataFrame
    """Rows with an address and no position: table ("stations" or "venues"), id, name, address,
    row."""
    boundary: BaseGeometry
    """WGS-84; the hull of what is there where no file gives one."""
    communities: gpd.GeoDataFrame
    """Index id. Columns: name, street, geometry (WGS-84). Empty where no file gives them."""
    workers: tuple[WorkerTable, ...]
    problems: tuple[Problem, ...]
    """Every fault of every file."""
    rejected: pd.DataFrame
    """Rows set aside: table, row, reason (text in both languages), then the cells as they stand in
    the file."""
    assumptions: tuple[Message, ...]
    """What was assumed instead of what is not there."""
    fingerprint: str
    """SHA-256 of every input file and setting that the result depends on."""
    grids: gpd.GeoDataFrame = field(default_factory=no_grids)
    """Index id. Columns: name, community (id or ""), geometry (WGS-84). Empty where no file gives
    them."""
    no_go: BaseGeometry | None = None
    """Areas in which nothing may be opened, together, WGS-84; None: no file names any."""
