"""Candidates that were added by hand, in the settings -> venues of the district."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from planner.district.area import Places, far_rows
from planner.district.bundle import District
from planner.district.communities import communities_at
from planner.district.fingerprint import fingerprint_of
from planner.district.reading import FILE_NAME
from planner.district.settings import Settings
from planner.district.sites import complete_sites, place_in_communities, site_notes
from planner.errors import Problem
from planner.language import Message, note

__all__ = ["ADDED", "added_venues", "joined", "notes_of_sites", "with_added"]

ADDED = "added"
"""What stands for their list in the column `table`, and for their file with that of settings."""
_LABEL = f"{FILE_NAME} [[{ADDED}]]"
_BLANK = (
    "hours", "listed", "access", "groups", "status", "area_m2", "capacity", "cost_setup_yuan",
    "cost_year_yuan", "union_share", "benchmark", "open_from", "open_to", "community", "address",
    "services", "street",
)  # fmt: skip
"""What nobody says of a place that was clicked: its host type tells what is usual."""


def added_venues(
    settings: Settings, *, boundary: BaseGeometry, taken: Collection[str]
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Give the candidates that settings add, as venues, and the faults of those that cannot be.

    Parameters
    ----------
    settings
        Their host types say what a new station costs and when it is open.
    boundary
        A place over 2 km beyond it is a fault.
    taken
        Ids of stations and venues of the lists; an added site with one of them is a fault.

    Returns
    -------
    tuple
        Rows as `District.venues` has them, in the order of the settings, `community` blank; and the
        faults.
    """
    sites = settings.added
    rows = pd.DataFrame(
        {
            "id": pd.Series([site.id for site in sites], dtype="str"),
            "name": [site.name for site in sites],
            "lon": np.array([site.lon for site in sites], float),
            "lat": np.array([site.lat for site in sites], float),
            "host_type": [site.host for site in sites],
            **dict.fromkeys(_BLANK),
            "row": np.arange(1, len(sites) + 1),
            "at": np.arange(len(sites)),
        }
    ).set_index("id")
    far, problems = far_rows(boundary, _places(rows))
    twice = np.array([site.id in taken for site in sites], bool)
    problems += [_taken_id(settings, at) for at in np.flatnonzero(twice).tolist()]
    good = complete_sites(
        rows[~(far | twice)], hosts=settings.hosts, assumptions=settings.assumptions
    ).drop(columns="at")
    filed = good.assign(table=ADDED, file=_LABEL)
    return filed[[*good.columns.drop("row"), "table", "file", "row"]], tuple(problems)


def notes_of_sites(
    settings: Settings, stations: pd.DataFrame, venues: pd.DataFrame
) -> list[Message]:
    """Tell how many values of sites were assumed, under the settings of a district."""
    union_pays = next((m.union_share for m in settings.measures if m.id == "open"), None)
    return site_notes(stations, venues, union_pays=union_pays)


def with_added(district: District, settings: Settings) -> District:
    """Give a district with the added candidates of other settings in the place of its own.

    Equal to reading it with these settings, as long as nothing else differs in them but limits and
    weights of the score.
    """
    listed = district.venues[district.venues["table"] != ADDED]
    added, problems = added_venues(
        settings,
        boundary=district.boundary,
        taken={*district.stations.index.to_numpy(object), *listed.index.to_numpy(object)},
    )
    at = communities_at(district.communities, added["lon"], added["lat"])
    added = place_in_communities(added, district.communities, at)
    venues = joined(listed, added)
    before = {str(each) for each in notes_of_sites(settings, district.stations, district.venues)}
    after = notes_of_sites(settings, district.stations, venues)
    kept = [each for each in district.assumptions if str(each) not in before]
    return replace(
        district,
        settings=settings,
        venues=venues,
        problems=(*(each for each in district.problems if each.table != _LABEL), *problems),
        assumptions=tuple({str(told): told for told in [*kept, *after]}.values()),
        fingerprint=fingerprint_of(district.folder, settings),
    )


def joined(venues: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Put added candidates behind the venues of the lists."""
    if not len(added):
        return venues
    return pd.concat([venues, added]) if len(venues) else added


def _places(rows: pd.DataFrame) -> Places:
    return Places(
        table=_LABEL,
        where=np.full(len(rows), _LABEL, dtype=object),
        lon=rows["lon"].to_numpy(float),
        lat=rows["lat"].to_numpy(float),
        rows=rows["row"].to_numpy(np.int64),
        stated=lambda _: "",
    )


def _taken_id(settings: Settings, at: int) -> Problem:
    return Problem(
        table=_LABEL,
        row=at + 1,
        column="id",
        found=settings.added[at].id,
        expected=note("an id that no station and no venue has"),
        fix=note("Give the added site another id."),
    )
