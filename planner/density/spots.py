"""Coverage and the stations that are there -> hot spots of workers, and which lack a host."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage import Coverage, measure_coverage
from planner.density.cluster import find_spots
from planner.density.hosts import hosts_near, plausible_hosts
from planner.district import District
from planner.district.settings import DemandRules, ServiceRules
from planner.geo import to_degrees
from planner.language import say

__all__ = ["SPOT_COLUMNS", "HotSpots", "hot_spots"]

_HOST_M = 1000.0
"""Farther from the middle of a hot spot no host is looked for: the gap that urban areas may
have."""
_ENOUGH_SHARE = 0.5
"""With fewer of its workers within reach of a candidate, a hot spot needs a host of its own."""

SPOT_COLUMNS = (
    "name", "community", "street", "group", "cells", "workers", "worker_hours_week",
    "unserved_share", "unserved_workers", "lon", "lat", "radius_m", "candidates",
    "candidate_share", "look_for_host", "nearest_hosts",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpots:
    """Places where many workers are, the one with most unserved workers first."""

    table: pd.DataFrame
    """Index: number of the spot, from 1. Columns (`SPOT_COLUMNS`):
    name: of the community with most of its workers, with a number behind it where a community has
    several; "#" and the number of the spot where no community is known;
    community (id or ""), street (name of its street office or "");
    group: id of the group with most workers there;
    cells, workers (headcount), worker_hours_week;
    unserved_share: of its worker-hours, those that no station serves today, 0 to 1;
    unserved_workers: workers x that share, cell by cell;
    lon, lat (WGS-84): its centre, weighted by workers; radius_m: of the circle around it that
    holds its cells, at least half of `hot_spot_m`;
    candidates: candidate venues within reach of any of its workers by a way of their group;
    candidate_share: of its workers, those within reach of one;
    look_for_host (bool): some are not served, and most have no candidate within reach (fewer than
    half of the workers have one: a venue at the edge does not help the others);
    nearest_hosts: where a host is looked for, up to five `NearHost` within 1,000 straight metres of
    the centre, from the points of interest of the district."""
    cell_spot: NDArray[np.int64]
    """Number of the spot of each cell, 0: of none, shape (m,)."""

    def __post_init__(self) -> None:
        """Check that each spot has cells and each cell a known spot."""
        found = np.unique(self.cell_spot[self.cell_spot != 0])
        if not np.array_equal(found, self.table.index.to_numpy()):
            raise ValueError("cell_spot and the numbers of the table differ")

    @property
    def without_host(self) -> pd.DataFrame:
        """The rows where a host is looked for."""
        return self.table[self.table["look_for_host"]]

    def __str__(self) -> str:
        """Tell the hot spots as one sentence."""
        return say(
            "{spots} hot spots hold {workers:,.0f} workers, {unserved:,.0f} of them not served"
            " today; at {hosts} of the spots a host must be looked for.",
            spots=len(self.table),
            workers=float(self.table["workers"].sum()),
            unserved=float(self.table["unserved_workers"].sum()),
            hosts=len(self.without_host),
        )


def hot_spots(
    coverage: Coverage,
    chosen: Collection[str],
    *,
    district: District,
    projection: str,
    rules: DemandRules,
    service: ServiceRules | None = None,
) -> HotSpots:
    """Find where many workers are close together, and tell who serves them or could.

    Parameters
    ----------
    coverage
        Workers by cell; reach and service of every option.
    chosen
        Ids of the options that are there: the stations of today.
    district
        Names communities and street offices; its sources of kind "proxies" name possible hosts.
    projection
        The plane of the cells' x and y.
    rules
        `hot_spot_workers` make a hot spot, `hot_spot_m` joins its cells (see `find_spots`). Cells
        that lie farther apart than that, such as squares of 500 m, can only be spots of their own.
    service
        Whether who finds no seat is served; None: as the settings of the district say.

    Returns
    -------
    HotSpots
        The same whatever the order of the cells.

    Raises
    ------
    ValueError
        If a rule is not above 0 and finite, or an option is not known.
    """
    for name in ("hot_spot_workers", "hot_spot_m"):
        if not 0 < getattr(rules, name) < np.inf:
            raise ValueError(f"{name} must be above 0 and finite, got {getattr(rules, name)}")
    cells = _cells(coverage, chosen, service or district.settings.service)
    spot = find_spots(
        cells[["x", "y"]].to_numpy(np.float64),
        cells["milli"].to_numpy(np.int64),
        least_milli=max(1, round(1000 * rules.hot_spot_workers)),
        step_m=rules.hot_spot_m,
    )
    # Sums of decimals are the same only if added in the same order: that of the ids.
    sorted_cells = cells.assign(spot=spot).sort_index(kind="stable")
    table = _measured(sorted_cells[sorted_cells["spot"] >= 0], rules.hot_spot_m)
    table = table.assign(rank=-table["unserved_workers"].round(6), less=-table["workers"])
    table = table.sort_values(["rank", "less", "first"])
    number = np.zeros(len(table) + 1, np.int64)
    number[table.index] = np.arange(1, len(table) + 1)
    spot = number[spot]  # -1, of none, is the last and stays 0
    table = table.set_index(pd.RangeIndex(1, len(table) + 1, name="spot"))
    table = table.assign(**_named(cells, spot, table, district))
    table = table.assign(**_group(coverage, spot, len(table)))
    table = table.assign(**_candidates(coverage, chosen, spot, len(table)))
    few = table["candidate_share"] < _ENOUGH_SHARE
    table["look_for_host"] = few & (table["unserved_share"] > 0)
    table["nearest_hosts"] = _hosts(table, district, projection)
    table["lon"], table["lat"] = to_degrees(table[["x", "y"]].to_numpy(), projection=projection)
    return HotSpots(table=table[list(SPOT_COLUMNS)], cell_spot=spot)


def _cells(coverage: Coverage, chosen: Collection[str], service: ServiceRules) -> pd.DataFrame:
    """Give what is summed of each cell, index cell id."""
    figures = measure_coverage(coverage, chosen, service=service).by_cell
    demand = coverage.demand
    milli = np.rint(demand.workers * 1000).astype(np.int64).sum(axis=1)
    hours = figures["worker_hours_week"].to_numpy(np.float64)
    unserved = np.maximum(0.0, 1 - figures["effective_share"].to_numpy(np.float64))
    return pd.DataFrame(
        {
            "x": demand.cells["x"].to_numpy(np.float64),
            "y": demand.cells["y"].to_numpy(np.float64),
            "community": demand.cells["community"].astype(str).to_numpy(),
            "milli": milli,
            "hours": hours,
            "unserved_hours": hours * unserved,
            "unserved": np.where(hours > 0, milli * unserved, 0.0) / 1000,
        },
        index=demand.cells.index,
    )


def _measured(members: pd.DataFrame, step_m: float) -> pd.DataFrame:
    """Sum each spot and draw its circle; index the number that `find_spots` gave."""
    weighed = members.assign(
        x_milli=members["x"] * members["milli"], y_milli=members["y"] * members["milli"]
    )
    sums = weighed.groupby("spot")[
        ["milli", "hours", "unserved_hours", "unserved", "x_milli", "y_milli"]
    ].sum()
    table = pd.DataFrame(
        {
            "cells": members.groupby("spot").size(),
            "workers": sums["milli"] / 1000,
            "worker_hours_week": sums["hours"],
            "unserved_share": sums["unserved_hours"] / sums["hours"].where(sums["hours"] > 0),
            "unserved_workers": sums["unserved"],
            "x": sums["x_milli"] / sums["milli"],
            "y": sums["y_milli"] / sums["milli"],
            "first": members.index.to_series().groupby(members["spot"]).first(),
        }
    )
    table["unserved_share"] = table["unserved_share"].fillna(0.0)
    centre = table[["x", "y"]].loc[members["spot"]].to_numpy()
    far_m = pd.Series(np.hypot(*(members[["x", "y"]].to_numpy() - centre).T))
    farthest_m = far_m.groupby(members["spot"].to_numpy()).max()
    return table.assign(radius_m=farthest_m.clip(lower=step_m / 2))


def _named(
    cells: pd.DataFrame, spot: NDArray[np.int64], table: pd.DataFrame, district: District
) -> dict[str, list[str]]:
    """Name each spot by the community with most of its workers, of equal ones the first id."""
    inside = cells.assign(spot=spot)[(spot > 0) & (cells["community"] != "").to_numpy()]
    by_place = inside.groupby(["spot", "community"])["milli"].sum().reset_index()
    most = by_place.sort_values(["spot", "milli", "community"], ascending=[True, False, True])
    community_of = most.drop_duplicates("spot").set_index("spot")["community"]
    community = [str(community_of.get(number, "")) for number in table.index]
    places = district.communities
    called = {str(place): str(name) for place, name in places["name"].items()}
    street = {str(p): str(s) for p, s in places["street"].fillna("").astype(str).items()}
    times: dict[str, int] = {}
    names = []
    for number, place in zip(table.index, community, strict=True):
        times[place] = times.get(place, 0) + 1
        name = called.get(place, place)
        last = f" {times[place]}" if community.count(place) > 1 else ""
        names.append(f"{name}{last}" if name else f"#{number}")
    return {
        "name": names,
        "community": community,
        "street": [street.get(place, "") for place in community],
    }


def _group(
    coverage: Coverage, spot: NDArray[np.int64], count: int
) -> dict[str, NDArray[np.object_]]:
    """Give the group with most workers in each spot, of equal ones the first of the settings."""
    milli = np.rint(coverage.demand.workers * 1000).astype(np.int64)
    by_group = np.zeros((count + 1, milli.shape[1]), np.int64)
    np.add.at(by_group, spot, milli)
    return {"group": np.array(coverage.demand.groups, object)[by_group[1:].argmax(axis=1)]}


def _candidates(
    coverage: Coverage, chosen: Collection[str], spot: NDArray[np.int64], count: int
) -> dict[str, NDArray[np.generic]]:
    """Count the venues within reach of any worker of a spot, and the workers who have one."""
    table = coverage.options.table
    could = table[(table["measure"] == "open").to_numpy() & ~table.index.isin(list(chosen))]
    rows = np.unique(coverage.options.sites.index.get_indexer(pd.Index(could["site"].unique())))
    touches = np.zeros((len(rows), count + 1), np.bool_)
    milli = np.rint(coverage.demand.workers * 1000).astype(np.int64)
    reached = np.zeros(count + 1, np.int64)
    for column, group in enumerate(coverage.demand.groups):
        here = np.flatnonzero((spot > 0) & (milli[:, column] > 0))
        near = coverage.reach[group][rows][:, here].astype(np.int64)
        of_spot = csr_array(
            (np.ones(len(here), np.int64), (np.arange(len(here)), spot[here])),
            shape=(len(here), count + 1),
        )
        touches |= (near @ of_spot).toarray() > 0
        has_one = np.asarray(near.sum(axis=0)).ravel() > 0
        np.add.at(reached, spot[here], np.where(has_one, milli[here, column], 0))
    all_milli = np.zeros(count + 1, np.int64)
    np.add.at(all_milli, spot, milli.sum(axis=1))
    return {
        "candidates": touches[:, 1:].sum(axis=0),
        "candidate_share": reached[1:] / np.maximum(all_milli[1:], 1),
    }


def _hosts(table: pd.DataFrame, district: District, projection: str) -> pd.Series:
    """Name possible hosts where one is looked for."""
    named = pd.Series([()] * len(table), index=table.index, dtype=object)
    wanted = table.index[table["look_for_host"]]
    if len(wanted):
        hosts = plausible_hosts(district, projection=projection)
        xy = table.loc[wanted, ["x", "y"]].to_numpy(np.float64)
        near = hosts_near(hosts, xy, limit_m=_HOST_M)
        named.loc[wanted] = pd.Series(near, index=wanted, dtype=object)
    return named
