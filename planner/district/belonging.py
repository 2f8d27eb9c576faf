"""What the files of a district hold -> what of it belongs there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.district.area import (
    OUTSIDE_M,
    Places,
    far_rows,
    hull_of,
    metres_outside,
    nearest_spots,
)
from planner.district.crossing import tell_overlapping, tell_shared_names
from planner.district.findings import Findings, Listed, folded
from planner.district.gazetteer import Gazetteer
from planner.district.listing import Tables
from planner.district.settings import Settings
from planner.district.surveys import located, without_counted_twice
from planner.district.tables import label_of
from planner.errors import InputError
from planner.language import note

__all__ = ["all_places", "boundary_of", "named_places", "with_known_counts", "without_strangers"]


def boundary_of(tables: Tables, settings: Settings, found: Findings) -> tuple[BaseGeometry, str]:
    """Give the boundary and the name of the file that it comes from, "" for none."""
    if tables.boundary is not None and settings.boundary is not None:
        return tables.boundary, label_of(settings.boundary)
    if len(tables.communities.rows):
        found.notes.append(note("No boundary is given: that of all communities was taken."))
        whole: BaseGeometry = shapely.union_all(tables.communities.rows.geometry.to_numpy())
        return whole, tables.communities.name
    places = all_places(tables, features=False) or all_places(tables)
    if not any(len(part.lon) for part in places):
        raise InputError(
            note("No place in the files has a position that can be used."),
            problems=folded(found.problems),
        )
    found.notes.append(
        note("No boundary is given: the area around all places was taken, 500 m wider.")
    )
    return hull_of(places), ""


def all_places(
    tables: Tables, *, features: bool = True, boundary: BaseGeometry | None = None
) -> list[Places]:
    """Give the places of each file, those of communities by a point inside.

    Features that stand for workers are often those of a whole city, and say little of the district.
    So does a survey of which some rows alone state a position. A line or area stands by its middle,
    or, where the boundary is given, by its point nearest to the district.
    """
    parts = [
        _places(tables.stations),
        _places(tables.venues),
        *(
            _places(listed, boundary=boundary)
            for source, listed in tables.workers
            if (features or source.kind != "proxies") and _all_stand_somewhere(listed)
        ),
    ]
    communities = tables.communities.rows
    if len(communities):
        inside = communities.geometry.representative_point()
        spots = communities[["row", "at"]].assign(lon=inside.x, lat=inside.y)
        parts.append(_places(replace(tables.communities, rows=pd.DataFrame(spots))))
    return [part for part in parts if part is not None]


def _all_stand_somewhere(listed: Listed) -> bool:
    return "lon" in listed.rows and bool(listed.rows["lon"].notna().all())


def _places(listed: Listed, *, boundary: BaseGeometry | None = None) -> Places | None:
    """Give the places of a file; None where its rows have no positions of their own.

    Lines and areas stand where they are nearest to the boundary, if it is given.
    """
    rows, origin = listed.rows, listed.origin
    if "lon" not in rows or not rows["lon"].notna().any():
        return None
    rows = rows[rows["lon"].notna()]
    if boundary is not None and "geometry" in rows:
        rows = _where_nearest(rows, boundary)
    listed = replace(listed, rows=rows)
    at = rows["at"].to_numpy(dtype=np.int64)
    return Places(
        table=listed.name,
        where=listed.labels,
        lon=rows["lon"].to_numpy(dtype=np.float64),
        lat=rows["lat"].to_numpy(dtype=np.float64),
        rows=rows["row"].to_numpy(dtype=np.int64),
        stated=lambda number: "" if origin is None else origin.stated(int(at[number])),
        column="" if origin is None else origin.position,
    )


def _where_nearest(rows: pd.DataFrame, boundary: BaseGeometry) -> pd.DataFrame:
    """Move the positions of lines and areas to where they are nearest to the boundary."""
    shapely.prepare(boundary)
    moved = rows[["lon", "lat"]].to_numpy(dtype=np.float64, copy=True)
    inside = shapely.contains_xy(boundary, moved[:, 0], moved[:, 1])
    wide = ~inside & (rows["kind"] != "point").to_numpy()
    lon, lat = nearest_spots(boundary, rows.loc[wide, "geometry"].to_numpy(dtype=object))
    known = np.isfinite(lon)
    moved[np.flatnonzero(wide)[known]] = np.column_stack([lon, lat])[known]
    return rows.assign(lon=moved[:, 0], lat=moved[:, 1])


def without_strangers(tables: Tables, boundary: BaseGeometry, found: Findings) -> Tables:
    """Set aside what lies clearly outside the boundary, and what the outlines do not know."""
    tell_shared_names(tables.communities, found)
    tell_overlapping(tables.communities, found)
    return replace(
        tables,
        stations=_near(tables.stations, boundary, found),
        venues=_near(tables.venues, boundary, found),
        workers=tuple(
            (source, (_clipped if source.kind == "proxies" else _near)(listed, boundary, found))
            for source, listed in tables.workers
        ),
    )


def _near(listed: Listed, boundary: BaseGeometry, found: Findings) -> Listed:
    """Set aside the rows whose place cannot belong to the district."""
    places = _places(listed)
    if places is None:
        return listed
    far, faults = far_rows(boundary, places)
    bad = np.zeros(len(listed.rows), dtype=bool)
    bad[listed.rows["lon"].notna().to_numpy()] = far
    return found.set_aside(listed, bad, faults)


def _clipped(listed: Listed, boundary: BaseGeometry, found: Findings) -> Listed:
    """Leave out the features of a larger area, all of which lies outside; they are no faults."""
    places = _places(listed, boundary=boundary)
    if places is None:
        return listed
    far = metres_outside(boundary, places) > OUTSIDE_M
    if far.any():
        found.notes.append(
            note(
                "{table}: {n} of {all} features lie over 2 km outside the district and were left "
                "out.",
                table=listed.name,
                n=int(far.sum()),
                all=len(far),
            )
        )
    return replace(listed, rows=listed.rows[~far])


def named_places(tables: Tables) -> list[pd.DataFrame]:
    """Give the places by whose names a survey may tell where it counted."""
    features = [listed.rows for source, listed in tables.workers if source.kind == "proxies"]
    return [tables.stations.rows, tables.venues.rows, *features]


def with_known_counts(tables: Tables, known: Gazetteer, found: Findings) -> Tables:
    """Set aside the counts of what nobody knows, or that are counted twice."""
    workers = []
    for source, listed in tables.workers:
        placed = located(listed, known, found)
        workers.append((source, without_counted_twice(placed, known.communities, found)))
    return replace(tables, workers=tuple(workers))
