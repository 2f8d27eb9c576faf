"""Stations and venues -> options: a site in one configuration, with its cost."""

from dataclasses import dataclass

import pandas as pd

from planner.district import District, projection_of
from planner.errors import InputError
from planner.geo import to_plane
from planner.language import note

__all__ = ["Options", "build_options"]

_AS_GIVEN = ["hours", "groups", "listed", "access", "capacity", "cost_year_yuan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Sites and the configurations in which each can be."""

    sites: pd.DataFrame
    """Index site id. Columns: name, lon, lat, x, y (metres, district projection), host_type,
    community, existing (bool)."""
    table: pd.DataFrame
    """Index option id. Columns: site (site id), measure ("keep" or "open"), hours (WeeklyHours),
    groups (tuple of admitted group ids, empty: all), listed (bool), access ("open", "registration",
    "gated"), working (bool; false in maintenance: counts as nominal only), capacity,
    cost_setup_yuan, cost_year_yuan, assumed (int: values not in the list)."""

    def __post_init__(self) -> None:
        """Check that ids are unique and each option has a site."""
        if not (self.sites.index.is_unique and self.table.index.is_unique):
            raise ValueError("ids of sites and of options must be unique")
        if not self.table["site"].isin(self.sites.index).all():
            raise ValueError("every option needs a site")


def build_options(district: District) -> Options:
    """Turn each station into an option to keep it and each venue into an option to open it.

    Returns
    -------
    Options
        Stations first, each in the order of its list; one option a site, of the same id. Keeping a
        station costs no set-up money; opening a venue costs what its list or its host type says.

    Raises
    ------
    InputError
        If there is neither a station nor a venue.
    """
    if district.stations.empty and district.venues.empty:
        raise InputError(note("There is neither a station nor a venue; a plan needs at least one."))
    stations = _sites(district, district.stations).assign(existing=True)
    venues = _sites(district, district.venues).assign(existing=False)
    kept = _options(district.stations).assign(measure="keep", cost_setup_yuan=0.0)
    opened = _options(district.venues).assign(measure="open")
    return Options(sites=_stacked(stations, venues), table=_stacked(kept, opened))


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Put one table under the other; an empty one would only blur the types of the columns."""
    return pd.concat([table for table in (first, second) if len(table)])


def _sites(district: District, rows: pd.DataFrame) -> pd.DataFrame:
    sites = rows[["name", "lon", "lat", "host_type", "community"]].copy()
    if rows.empty:
        return sites.assign(x=0.0, y=0.0)
    xy = to_plane(rows["lon"], rows["lat"], projection=projection_of(district))
    return sites.assign(x=xy[:, 0], y=xy[:, 1])


def _options(rows: pd.DataFrame) -> pd.DataFrame:
    assumed = rows[["hours_assumed", "listed_assumed", "access_assumed"]].astype(int).sum(axis=1)
    return rows[_AS_GIVEN].assign(
        site=rows.index.astype(str),
        cost_setup_yuan=rows["cost_setup_yuan"].astype(float),
        working=rows["status"] != "maintenance",
        assumed=assumed,
    )
