"""Places and streets -> what a person should know: far places, islands and who is on them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Problem
from planner.geo import to_degrees, to_plane
from planner.language import Message, note
from planner.streets.graph import MODE_BITS, StreetGraph
from planner.streets.islands import islands
from planner.streets.places import Places
from planner.streets.snapping import Snapped, distance_to_streets, snap

__all__ = ["check_streets", "islands_with_workers"]

_MOST_PROBLEMS = 50
_MOST_ISLANDS = 5
_SEARCHED_M = 100_000.0


def check_streets(
    graph: StreetGraph, places: Sequence[Places], *, modes: Sequence[str], limit_m: float
) -> tuple[tuple[Message, ...], tuple[Problem, ...]]:
    """Report places far from the streets, and parts of the streets that are cut off.

    Parameters
    ----------
    graph
        The streets.
    places
        Stations, venues and the cells where workers are (these with `workers`).
    modes
        The modes that some group uses.
    limit_m
        A place farther than this from every street of a mode is out of reach for it; the limit
        itself still counts.

    Returns
    -------
    notes
        Those of the graph, then how many workers and places are affected, mode by mode, and
        islands with their workers.
    problems
        Each place that is too far from the streets for every mode, with its distance; not fatal.
    """
    notes = list(graph.notes)
    problems: list[Problem] = []
    snapped = {
        (place, mode): snap(graph, _xy(graph, table), mode=mode, limit_m=limit_m)
        for place, table in enumerate(places)
        for mode in modes
    }
    for place, table in enumerate(places):
        far = {mode: snapped[place, mode].street < 0 for mode in modes}
        problems += _far_places(graph, table, far, limit_m)
        notes += _far_workers(table, far, limit_m)
    parts = {}
    for mode in modes:
        on_streets = [(table, snapped[place, mode]) for place, table in enumerate(places)]
        parts[mode] = islands_with_workers(graph, mode=mode, on_streets=on_streets)
    notes += [_cut_off(mode, table) for mode, table in parts.items() if len(table)]
    notes += _peopled_islands(parts)
    return tuple(notes), tuple(problems)


def islands_with_workers(
    graph: StreetGraph, *, mode: str, on_streets: Sequence[tuple[Places, Snapped]]
) -> pd.DataFrame:
    """Measure each part of the streets that is cut off from the largest one.

    Parameters
    ----------
    graph
        The streets.
    mode
        Whose streets.
    on_streets
        Tables of places and where they met the streets of this mode.

    Returns
    -------
    pandas.DataFrame
        Index: number of the part, 1 and up (`islands`). Columns: streets, length_km, workers
        (headcount of the cells that snap onto it), places (stations and venues that do), lon, lat
        (its middle). Most workers first.
    """
    part_of_node = islands(graph, mode=mode)
    usable = ((graph.forward | graph.backward) & MODE_BITS[mode]) != 0
    part = np.where(usable, part_of_node[graph.tail], -1)
    count = int(part_of_node.max(initial=-1)) + 1
    workers, sites = np.zeros(count), np.zeros(count, dtype=np.int64)
    for table, snapped in on_streets:
        hit = snapped.street >= 0
        where = part[snapped.street[hit]]
        if table.workers is None:
            sites += np.bincount(where, minlength=count)
        else:
            workers += np.bincount(where, table.workers[hit], minlength=count)
    streets = np.bincount(part[usable], minlength=count)
    length = np.bincount(part[usable], graph.length_mm[usable], minlength=count)
    touched = part_of_node >= 0
    nodes = np.maximum(np.bincount(part_of_node[touched], minlength=count), 1)
    middle = [
        np.bincount(part_of_node[touched], graph.node_xy[touched, axis], minlength=count) / nodes
        for axis in (0, 1)
    ]
    lon, lat = to_degrees(np.column_stack(middle), projection=graph.crs)
    table_of_parts = pd.DataFrame(
        {
            "streets": streets,
            "length_km": length / 1e6,
            "workers": workers,
            "places": sites,
            "lon": lon,
            "lat": lat,
        }
    )
    cut_off = table_of_parts.iloc[1:]
    return cut_off.sort_values(["workers", "length_km"], ascending=False, kind="stable")


def _xy(graph: StreetGraph, table: Places) -> NDArray[np.float64]:
    return to_plane(table.lon, table.lat, projection=graph.crs)


def _far_places(
    graph: StreetGraph, table: Places, far: dict[str, NDArray[np.bool_]], limit_m: float
) -> list[Problem]:
    """Name each place that no mode reaches; past `_MOST_PROBLEMS`, one problem for the rest."""
    lost = np.flatnonzero(np.logical_and.reduce(list(far.values()))) if far else np.zeros(0, int)
    if not len(lost):
        return []
    named = lost[:_MOST_PROBLEMS]
    xy = _xy(graph, table)[named]
    metres = distance_to_streets(graph, xy, limit_m=_SEARCHED_M, modes=tuple(far))
    expected = note("at most {limit} m from a street", limit=f"{limit_m:g}")
    fix = note(
        "Check the position and the coordinate system; if both are right, the streets have a gap "
        "there: use a fuller street file, or raise `snap_limit_m` under [streets]."
    )
    problems = [
        Problem(
            table=table.where(place)[0],
            row=table.where(place)[1],
            column="",
            found=f"{away:.0f} m" if np.isfinite(away) else f"> {_SEARCHED_M / 1000:.0f} km",
            expected=expected,
            fix=fix,
            fatal=False,
        )
        for place, away in zip(named.tolist(), metres.tolist(), strict=True)
    ]
    if len(lost) > len(named):
        rest = Problem(
            table=table.table,
            row="",
            column="",
            found=str(len(lost) - len(named)),
            expected=note(
                "no more rows farther than {limit} m from a street than the {named} named",
                limit=f"{limit_m:g}",
                named=len(named),
            ),
            fix=fix,
            fatal=False,
        )
        problems.append(rest)
    return problems


def _far_workers(table: Places, far: dict[str, NDArray[np.bool_]], limit_m: float) -> list[Message]:
    """Tell for each mode how many workers, or places, are too far from its streets."""
    notes = []
    for mode, lost in far.items():
        if not lost.any():
            continue
        values = {"mode": _mode_name(mode), "places": int(lost.sum()), "limit": f"{limit_m:g}"}
        if table.workers is None:
            told = note(
                "{table}: {places} places lie farther than {limit} m from any street for {mode} "
                "and count as out of reach.",
                table=table.table,
                **values,
            )
        else:
            told = note(
                "{workers} workers at {places} places lie farther than {limit} m from any street "
                "for {mode} and count as out of reach.",
                workers=f"{table.workers[lost].sum():,.0f}",
                **values,
            )
        notes.append(told)
    return notes


def _cut_off(mode: str, parts: pd.DataFrame) -> Message:
    """Tell how much is cut off from the streets of a mode."""
    return note(
        "Streets for {mode}: {parts} part(s), {km} km in all, are not connected with the rest; "
        "{workers} workers and {places} places are on them.",
        mode=_mode_name(mode),
        parts=len(parts),
        km=f"{parts['length_km'].sum():.1f}",
        workers=f"{parts['workers'].sum():,.0f}",
        places=int(parts["places"].sum()),
    )


def _peopled_islands(parts: Mapping[str, pd.DataFrame]) -> list[Message]:
    """Tell of the cut-off parts with most workers; one that several modes share, once."""
    modes_of: dict[tuple[str, str, str, str], list[str]] = {}
    for mode, table in parts.items():
        for row in table[table["workers"] > 0].head(_MOST_ISLANDS).itertuples():
            told = f"{row.lon:.4f}", f"{row.lat:.4f}", f"{row.workers:,.0f}", f"{row.length_km:.1f}"
            modes_of.setdefault(told, []).append(mode)
    return [
        note(
            "Cut-off part for {mode} near {lon}, {lat}: {workers} workers on {km} km of street.",
            mode=_listed([_mode_name(mode) for mode in modes]),
            lon=lon,
            lat=lat,
            workers=workers,
            km=km,
        )
        for (lon, lat, workers, km), modes in modes_of.items()
    ]


def _listed(parts: Sequence[Message]) -> Message:
    """Join words into a list."""
    listed = parts[0]
    for part in parts[1:]:
        listed = note("{one}, {other}", one=listed, other=part)
    return listed


def _mode_name(mode: str) -> Message:
    return {"walk": note("walking"), "ebike": note("e-bikes"), "drive": note("driving")}[mode]
