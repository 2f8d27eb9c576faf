"""A district -> every site in every configuration that the settings make possible."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.district import District, projection_of
from planner.errors import InputError
from planner.geo import to_plane
from planner.language import note
from planner.options.bundle import Options
from planner.options.costs import Measures
from planner.options.moves import moves
from planner.options.openings import longer_openings, stays
from planner.options.tables import keeps, opens
from planner.options.upgrades import upgrades
from planner.options.weeks import are_all_day, are_evening

__all__ = ["build_options"]


def build_options(district: District) -> Options:
    """Give each site in each configuration that the settings make possible.

    A station can be kept, upgraded by every combination of the steps that change something, or
    moved to a venue nearby; a venue can be opened at its standard hours, at longer ones, or take a
    container. Keeping a station costs no set-up money; opening a venue costs what its list or its
    host type says, and what the measure adds. What a plan may use of it, its limits say.

    Returns
    -------
    Options
        See there for the order. The id of an option is that of its site with what is done behind
        it: "V01", "V01+evening", "V01+24h", "S03+24h+list", "V07+container",
        "V07+container@summer", "S03>V09". Should an id be that of another option already (of a site
        whose own id looks so), "~2" or a higher number stands behind it.

    Raises
    ------
    InputError
        If there is neither a station nor a venue.
    """
    stations, venues, settings = district.stations, district.venues, district.settings
    if stations.empty and venues.empty:
        raise InputError(note("There is neither a station nor a venue; a plan needs at least one."))
    sites = _stacked(
        [
            _sites(district, stations).assign(existing=True),
            _sites(district, venues).assign(existing=False),
        ]
    )
    measures = Measures(settings.measures)
    groups = [group.id for group in settings.groups]
    better = upgrades(stations, measures, groups=groups)
    longer = [*longer_openings(venues, measures), *stays(venues, measures, settings.seasons)]
    moved = None if stations.empty else moves(stations, venues, measures, sites=sites)
    parts = [
        keeps(stations),
        opens(venues, measures),
        _by_site(better, stations.index),
        _by_site(longer, venues.index),
        *([] if moved is None else [moved]),
    ]
    return Options(sites=sites, table=_finished(_stacked(parts)))


def _finished(table: pd.DataFrame) -> pd.DataFrame:
    """Tell the hours in the words of limits, and make the ids unique."""
    table = table.assign(all_day=are_all_day(table["hours"]), evening=are_evening(table["hours"]))
    if table.index.is_unique:
        return table
    return table.set_axis(pd.Index(_unique(list(table.index)), dtype=table.index.dtype, name="id"))


def _unique(ids: Sequence[str]) -> list[str]:
    """Put a number behind an id that is there already; the first keeps it."""
    taken, out = set(ids), []
    seen: set[str] = set()
    for identity in ids:
        name, number = identity, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{identity}~{number}"
        seen.add(name)
        out.append(name)
    return out


def _by_site(parts: Sequence[pd.DataFrame], order: pd.Index) -> pd.DataFrame:
    """Put the options of one site together, in the order of its list."""
    table = _stacked(parts)
    if table.empty:
        return table
    at = order.get_indexer(pd.Index(table["site"]))
    return table.iloc[np.argsort(at, kind="stable")]


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables under each other; empty ones would only blur the types of the columns."""
    filled = [table for table in parts if len(table)]
    return pd.concat(filled) if filled else pd.DataFrame()


def _sites(district: District, rows: pd.DataFrame) -> pd.DataFrame:
    sites = rows[["name", "lon", "lat", "host_type", "community", "area_m2"]].copy()
    known = district.communities["street"].to_dict()
    street = [
        known.get(community) or listed
        for community, listed in zip(
            *(rows[name].to_numpy(object) for name in ("community", "street")), strict=True
        )
    ]
    sites["street"] = pd.Series(street, index=rows.index, dtype="str")
    if rows.empty:
        return sites.assign(x=0.0, y=0.0)
    xy = to_plane(rows["lon"], rows["lat"], projection=projection_of(district))
    return sites.assign(x=xy[:, 0], y=xy[:, 1])
