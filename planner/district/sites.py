"""Checked lists of stations and venues -> complete ones: blanks filled, what was filled marked."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.district.communities import communities_named
from planner.district.settings import Assumptions, HostType
from planner.hours import WeeklyHours, read_hours, weeks_between
from planner.language import Message, note

__all__ = [
    "COLUMNS",
    "complete_sites",
    "day_notes",
    "place_in_communities",
    "site_notes",
    "split_closed",
]

COLUMNS = (
    "name",
    "lon",
    "lat",
    "address",
    "host_type",
    "hours",
    "hours_assumed",
    "groups",
    "services",
    "area_m2",
    "capacity",
    "listed",
    "listed_assumed",
    "access",
    "access_assumed",
    "cost_setup_yuan",
    "cost_year_yuan",
    "cost_assumed",
    "union_share",
    "benchmark",
    "weeks",
    "status",
    "community",
    "street",
)
"""Of `District.stations` and `District.venues`, in this order."""

_TEXTS = ("name", "address", "host_type", "services", "street")
_READ = (
    *_TEXTS,
    "lon",
    "lat",
    "hours",
    "groups",
    "area_m2",
    "capacity",
    "listed",
    "access",
    "cost_setup_yuan",
    "cost_year_yuan",
    "union_share",
    "benchmark",
    "open_from",
    "open_to",
    "status",
    "community",
    "row",
    "at",
)


def complete_sites(
    rows: pd.DataFrame, *, hosts: Sequence[HostType], assumptions: Assumptions
) -> pd.DataFrame:
    """Fill what a list leaves blank: by host type where that says it, else by the assumptions.

    Parameters
    ----------
    rows
        Checked rows of stations or venues, as `intake.read_stations` gives them; a table without
        rows needs no columns.
    hosts, assumptions
        Of the settings.

    Returns
    -------
    pandas.DataFrame
        Same index; `COLUMNS` (community and street as stated, or ""), then `row` and `at`. A value
        that was filled is marked in the `*_assumed` column beside it; costs are never missing. A
        site of which one day alone says when in the year it is open is taken to be open all year.
    """
    if rows.empty:
        rows = pd.DataFrame(columns=list(_READ), index=pd.Index([], name="id", dtype="str"))
    known = {host.id: host for host in hosts}
    kinds = [known.get(kind) for kind in _texts(rows["host_type"])]
    usual = {host.id: read_hours(host.hours) for host in hosts}
    blank = read_hours(assumptions.hours)
    by_kind = [usual[kind.id] if kind else blank for kind in kinds]
    out = pd.DataFrame({name: _texts(rows[name]) for name in _TEXTS}, index=rows.index)
    out["community"] = _texts(rows["community"])
    out[["lon", "lat"]] = rows[["lon", "lat"]].astype(float)
    _fill(out, "hours", rows["hours"], by_kind)
    _fill(out, "listed", rows["listed"], [assumptions.listed] * len(rows))
    _fill(out, "access", rows["access"], [assumptions.access] * len(rows))
    out["groups"] = pd.Series(
        [value if isinstance(value, tuple) else () for value in rows["groups"]],
        index=rows.index,
        dtype=object,
    )
    out["listed"] = out["listed"].astype(bool)
    out["status"] = rows["status"].fillna("open").astype(str)
    out["area_m2"] = rows["area_m2"].astype(float)
    out["capacity"] = _numbers(
        rows["capacity"], [kind.capacity if kind and kind.capacity else np.nan for kind in kinds]
    )
    _fill_costs(out, rows, kinds, assumptions)
    out["union_share"] = rows["union_share"].astype(float)
    out["benchmark"] = np.array([value is True for value in rows["benchmark"]], dtype=bool)
    out["weeks"] = pd.Series(
        [
            _weeks(first, last)
            for first, last in zip(rows["open_from"], rows["open_to"], strict=True)
        ],
        index=rows.index,
        dtype=object,
    )
    out[["row", "at"]] = rows[["row", "at"]].astype(int)
    return out[[*COLUMNS, "row", "at"]]


def _weeks(first: object, last: object) -> tuple[int, ...]:
    """Give the weeks between two days of the year, empty where one is not known."""
    if not (isinstance(first, int) and isinstance(last, int)):
        return ()
    return weeks_between(first, last)


def _fill_costs(
    out: pd.DataFrame,
    rows: pd.DataFrame,
    kinds: Sequence[HostType | None],
    assumptions: Assumptions,
) -> None:
    setup = [kind.cost_setup_yuan if kind else assumptions.cost_setup_yuan for kind in kinds]
    year = [kind.cost_year_yuan if kind else 0.0 for kind in kinds]
    out["cost_setup_yuan"] = _numbers(rows["cost_setup_yuan"], setup)
    out["cost_year_yuan"] = _numbers(rows["cost_year_yuan"], year)
    out["cost_assumed"] = rows["cost_setup_yuan"].isna()


def _numbers(values: pd.Series, instead: Sequence[float]) -> pd.Series:
    return values.astype(float).fillna(pd.Series(instead, index=values.index, dtype=float))


def _texts(values: pd.Series) -> pd.Series:
    return values.fillna("").astype(str)


def _fill(
    out: pd.DataFrame,
    name: str,
    values: pd.Series,
    instead: Sequence[WeeklyHours] | Sequence[bool] | Sequence[str],
) -> None:
    missing = values.isna().to_numpy(dtype=bool)
    filled = np.empty(len(values), dtype=object)
    filled[:] = [
        other if blank else value
        for value, other, blank in zip(values, instead, missing, strict=True)
    ]
    out[name] = pd.Series(filled, index=values.index, dtype=object)
    out[f"{name}_assumed"] = missing


def split_closed(stations: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part stations that are there from those that are closed and so are candidates again."""
    closed = stations["status"] == "closed"
    return stations[~closed], stations[closed].assign(status="open")


def place_in_communities(
    rows: pd.DataFrame, communities: gpd.GeoDataFrame, found: Sequence[str]
) -> pd.DataFrame:
    """Give each site the id of its community: where it lies, else as the list says, else "".

    Parameters
    ----------
    rows
        As `complete_sites` gives them.
    communities
        Index id, column name; a list may name one as `communities_named` understands it.
    found
        Id of the community that each row lies in, or "", shape (n,).
    """
    ids = [*map(str, communities.index), ""]  # the last: of what is not known
    told = [ids[position] for position in communities_named(communities, rows["community"])]
    named = [place or stated for place, stated in zip(found, told, strict=True)]
    return rows.assign(community=pd.Series(named, index=rows.index, dtype="str"))


def day_notes(rows: pd.DataFrame, *, file: str) -> list[Message]:
    """Tell of how many sites one day alone says when in the year they are open."""
    if rows.empty:
        return []
    half = int((rows["open_from"].isna() ^ rows["open_to"].isna()).sum())
    told = note(
        "{file}: of {n} of {all} sites the first or the last day of opening in the year is blank; "
        "they are taken to be open all year.",
        file=file,
        n=half,
        all=len(rows),
    )
    return [told] if half else []


def site_notes(
    stations: pd.DataFrame, venues: pd.DataFrame, *, union_pays: float | None = None
) -> list[Message]:
    """Tell how many values of stations and venues were assumed.

    Parameters
    ----------
    union_pays
        The union's share of the set-up money where a list does not say it; None: nobody says it.
    """
    notes = []
    for rows, what in ((stations, note("stations")), (venues, note("venues"))):
        parts = {
            "hours": int(rows["hours_assumed"].sum()),
            "listed": int(rows["listed_assumed"].sum()),
            "access": int(rows["access_assumed"].sum()),
        }
        if any(parts.values()):
            notes.append(
                note(
                    "Of {n} {what}, values were assumed where the list is blank: opening hours of "
                    "{hours} (usual for the host type), listed on the map of {listed}, access of "
                    "{access}.",
                    n=len(rows),
                    what=what,
                    **parts,
                )
            )
    costs = int(venues["cost_assumed"].sum())
    if costs:
        notes.append(
            note(
                "The set-up cost of {n} of {all} candidate sites is that of their host type, or "
                "the general one where the list gives no known type.",
                n=costs,
                all=len(venues),
            )
        )
    shares = int(venues["union_share"].isna().sum())
    if shares and union_pays is None:
        notes.append(
            note(
                "Of {all} candidate sites, the union's share of the set-up money of {n} is not "
                "stated: the union is taken to pay all of it.",
                all=len(venues),
                n=shares,
            )
        )
    return notes
