"""A district with its figures and sites -> a map."""

from collections.abc import Collection, Mapping, Sequence

import folium
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import get_coordinates, get_parts, get_rings

from planner.coverage import Coverage, Figures
from planner.district import District
from planner.hours import WeeklyHours, hours_text
from planner.language import Message, current_language, say
from planner.maps.layers import Cells, Furniture, Legend, Lines, PlannerMap, Sites
from planner.maps.lines import pack_lines, pack_streets
from planner.maps.style import STYLE
from planner.streets import StreetGraph

__all__ = [
    "base_map",
    "cells_layer",
    "coverage_map",
    "legend",
    "place_map",
    "plan_map",
    "proposed_layer",
    "sites_layer",
]


_KINDS = ("proposed", "existing", "maintenance", "candidate")
"""Of sites, in the order of a legend."""
_OPENSTREETMAP = (".osm", ".pbf", ".graphml")
"""How the names of files end whose streets come from OpenStreetMap."""


def coverage_map(
    district: District,
    coverage: Coverage,
    figures: Figures,
    *,
    streets: StreetGraph | None,
    with_title: bool = True,
) -> PlannerMap:
    """Draw who is served today: cells by effective coverage, and existing stations.

    Candidates are a layer that is hidden at first.

    Parameters
    ----------
    district, coverage
        The same that the figures were measured on.
    figures
        What is to be shown; `by_cell` is drawn.
    streets
        The base map; None: without streets.
    with_title
        Whether the name of the district stands on the map.
    """
    made = base_map(district, streets=streets, with_title=with_title)
    cells_layer(district, coverage, figures).add_to(made)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    legend(["existing", "maintenance", "candidate"]).add_to(made)
    _layer_control().add_to(made)
    return made


def plan_map(
    district: District,
    coverage: Coverage,
    figures: Figures,
    sites: pd.DataFrame,
    *,
    streets: StreetGraph | None,
) -> PlannerMap:
    """Draw a plan: cells by effective coverage with it, existing stations and proposed sites.

    Parameters
    ----------
    district, coverage
        The same that the plan was made with.
    figures
        Coverage with the plan.
    sites
        New openings, a row each: the table `sites` of a plan's result.
    streets
        The base map; None: without streets.
    """
    made = base_map(district, streets=streets, with_title=True)
    cells_layer(district, coverage, figures).add_to(made)
    sites_layer(district, coverage, "candidate", show=False, without=sites.index).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    proposed_layer(district, sites).add_to(made)
    legend(["proposed", "existing", "maintenance", "candidate"]).add_to(made)
    _layer_control().add_to(made)
    return made


def place_map(district: District, *, streets: StreetGraph | None, pick: bool = True) -> PlannerMap:
    """Draw what was read, before anything is computed; with `pick` a click leaves a mark."""
    made = base_map(district, streets=streets, pick=pick)
    for kind, rows in (("candidate", district.venues), ("existing", district.stations)):
        _listed_layer(district, rows, kind).add_to(made)
    drawn = {*_kinds(district.stations, "existing"), *_kinds(district.venues, "candidate")}
    legend([kind for kind in _KINDS if kind in drawn], shares=False).add_to(made)
    _layer_control().add_to(made)
    return made


def base_map(
    district: District, *, streets: StreetGraph | None, with_title: bool = False, pick: bool = False
) -> PlannerMap:
    """Draw what lies under every map: streets, communities, the boundary, scale and notes.

    No national or provincial border is drawn, and the map says that it is a working sketch.
    """
    west, south, east, north = district.boundary.bounds
    made = PlannerMap(
        centre=((south + north) / 2, (west + east) / 2), bounds=[[south, west], [north, east]]
    )
    if streets is not None:
        Lines(pack_streets(streets), name=say("Streets"), style=dict(STYLE.streets)).add_to(made)
    if len(district.communities):
        packed = _outlines(district.communities.geometry.to_numpy())
        Lines(packed, name=say("Communities"), style=dict(STYLE.communities)).add_to(made)
    outline = _outlines(np.array([district.boundary]))
    Lines(outline, name=say("Boundary"), style=dict(STYLE.border), control=False).add_to(made)
    Furniture(_words(district, with_title=with_title, pick=pick)).add_to(made)
    return made


def cells_layer(district: District, coverage: Coverage, figures: Figures) -> Cells:
    """Draw each cell with workers as a circle: area by workers, colour by effective share."""
    cells = coverage.demand.cells
    rows = figures.by_cell.loc[figures.by_cell["worker_hours_week"] > 0]
    cells = cells.loc[rows.index]
    shares = rows["effective_share"].to_numpy(float)
    names = _community_names(district, cells["community"])
    values = [
        [
            name,
            f"{workers:,.1f}",
            f"{hours:,.0f}",
            _percent(effective),
            _percent(nominal),
            _percent(out),
        ]
        for name, workers, hours, effective, nominal, out in zip(
            names,
            rows["workers"],
            rows["worker_hours_week"],
            shares,
            rows["nominal_share"],
            rows["out_of_reach_share"],
            strict=True,
        )
    ]
    payload = {
        **_positions(cells),
        "radius_m": _radii(cells[["x", "y"]].to_numpy(float), rows["workers"].to_numpy(float)),
        "fill": np.digitize(shares, STYLE.share_borders).tolist(),
        "colours": STYLE.share_colours,
        "title": [say("Cell {id}", id=cell) for cell in cells.index],
        "labels": [
            say("Community"),
            say("Workers"),
            say("Worker-hours a week"),
            say("Effective coverage"),
            say("Nominal coverage"),
            say("Out of reach"),
        ],
        "brief": 6,
        "values": values,
    }
    return Cells(payload, name=say("Coverage of workers"))


def sites_layer(
    district: District,
    coverage: Coverage,
    kind: str,
    *,
    show: bool = True,
    without: Collection[str] = (),
) -> Sites:
    """Draw the stations that are there (`kind` "existing") or that could be ("candidate")."""
    options = coverage.options
    measure = {"existing": "keep", "candidate": "open"}[kind]
    table = options.table.loc[options.table["measure"] == measure]
    table = table.loc[~table.index.isin(list(without))]
    rows = table.join(options.sites, on="site")
    return _listed_layer(district, rows, kind, show=show)


def proposed_layer(district: District, sites: pd.DataFrame) -> Sites:
    """Draw proposed sites with what each brings and why it is chosen."""
    values = [
        [
            _host_name(district, row["host_type"]),
            community,
            _hours(row["hours"]),
            f"{row['cost_setup_yuan']:,.0f}",
            f"{row['gain_hours']:,.0f}",
            f"{row['loss_hours']:,.0f}",
            _metres(row["nearest_m"]),
            str(row["reason"]),
        ]
        for (_, row), community in zip(
            sites.iterrows(), _community_names(district, sites["community"]), strict=True
        )
    ]
    payload = {
        **_marked(sites, ["proposed"] * len(sites)),
        "labels": [
            say("Type"),
            say("Community"),
            say("Opening hours"),
            say("Set-up cost (yuan)"),
            say("Newly served (worker-hours a week)"),
            say("Lost without it (worker-hours a week)"),
            say("To the nearest existing station"),
            say("Reason"),
        ],
        "brief": 5,
        "values": values,
    }
    return Sites(payload, name=say("Proposed sites"))


def _listed_layer(district: District, rows: pd.DataFrame, kind: str, *, show: bool = True) -> Sites:
    values = [
        [_host_name(district, host), community, _hours(hours), _listed(listed), _access(access)]
        for host, community, hours, listed, access in zip(
            rows["host_type"],
            _community_names(district, rows["community"]),
            rows["hours"],
            rows["listed"],
            rows["access"],
            strict=True,
        )
    ]
    payload = {
        **_marked(rows, _kinds(rows, kind)),
        "labels": [
            say("Type"),
            say("Community"),
            say("Opening hours"),
            say("On the public map"),
            say("Access"),
        ],
        "brief": 3,
        "values": values,
    }
    name = say("Existing stations") if kind == "existing" else say("Candidate venues")
    return Sites(payload, name=name, show=show)


def _kinds(rows: pd.DataFrame, kind: str) -> list[str]:
    """Give the mark of each row: existing stations under maintenance have one of their own."""
    working = rows["working"] if "working" in rows else rows["status"] != "maintenance"
    return [kind if works or kind != "existing" else "maintenance" for works in working]


def _marked(rows: pd.DataFrame, kinds: Sequence[str]) -> dict[str, object]:
    return {
        **_positions(rows),
        "kind": list(kinds),
        "kinds": {kind: dict(STYLE.kinds[kind]) for kind in sorted(set(kinds))},
        "title": [
            f"{name} ({site})" if name else str(site)
            for site, name in zip(rows.index, rows["name"].fillna(""), strict=True)
        ],
    }


def _positions(rows: pd.DataFrame) -> dict[str, object]:
    return {axis: rows[axis].to_numpy(float).round(6).tolist() for axis in ("lon", "lat")}


def _radii(xy: NDArray[np.float64], workers: NDArray[np.float64]) -> list[float]:
    """Give each cell a circle in metres, its area by workers; neighbours hardly overlap."""
    if len(xy) < 2:  # noqa: PLR2004 - a single cell has no neighbour
        return [200.0] * len(xy)
    nearest = cKDTree(xy).query(xy, k=2)[0][:, 1]
    room = float(np.clip(np.median(nearest), 60.0, 1200.0)) / 2
    usual = float(np.quantile(workers, 0.9)) or 1.0
    scaled = room * np.clip(np.sqrt(workers / usual), 0.3, 1.25)
    rounded: list[float] = scaled.round(1).tolist()
    return rounded


def _outlines(geometries: NDArray[np.object_]) -> dict[str, object]:
    rings = get_rings(get_parts(geometries))
    degrees, ring = get_coordinates(rings, return_index=True)
    return pack_lines(degrees[:, 0], degrees[:, 1], line=ring)


def _words(district: District, *, with_title: bool, pick: bool) -> Mapping[str, object]:
    notes = [say("Internal working sketch, not a published map"), district.settings.data_note]
    if _from_openstreetmap(district):
        notes.append(say("Streets © OpenStreetMap contributors"))
    return {
        "zoom_in": say("Zoom in"),
        "zoom_out": say("Zoom out"),
        "notes": [text for text in notes if text],
        "title": district.settings.name if with_title else "",
        "subtitle": say("Service stations for outdoor workers"),
        "pick": dict(STYLE.kinds["picked"]) if pick else None,
    }


def _from_openstreetmap(district: District) -> bool:
    streets = district.settings.streets
    path = (streets.path or "").lower()
    # OSMnx writes GraphML, and takes its streets from OpenStreetMap.
    return streets.place is not None or path.removesuffix(".gz").endswith(_OPENSTREETMAP)


def legend(kinds: Sequence[str], *, shares: bool = True) -> Legend:
    """Tell what the marks of these kinds, and with `shares` the colours of cells, mean."""
    names = {
        "existing": say("Existing station"),
        "maintenance": say("Station under maintenance"),
        "candidate": say("Candidate venue"),
        "proposed": say("Proposed site"),
    }
    marks = [{**STYLE.kinds[kind], "label": names[kind]} for kind in kinds]
    lines = [{**STYLE.border, "shape": "line", "label": say("Boundary")}]
    parts: list[Mapping[str, object]] = [{"title": say("Sites"), "entries": [*marks, *lines]}]
    if shares:
        borders = (0.0, *STYLE.share_borders, 1.0)
        entries = [
            {
                "label": f"{low:.0%}–{high:.0%}",
                "fillColor": colour,
                "color": "#4a5560",
                "weight": 0.6,
            }
            for colour, low, high in zip(
                STYLE.share_colours, borders[:-1], borders[1:], strict=True
            )
        ]
        title = say("Effective coverage")
        parts.append({"title": title, "entries": entries})
    return Legend(parts)


def _layer_control() -> folium.LayerControl:
    return folium.LayerControl(position="topright", collapsed=False)


def _community_names(district: District, ids: pd.Series) -> list[str]:
    names = dict(district.communities["name"]) if len(district.communities) else {}
    return [str(names.get(community, community)) for community in ids.fillna("")]


def _host_name(district: District, host_id: object) -> str:
    for host in district.settings.hosts:
        if host.id == host_id:
            return host.name if current_language() == "zh" else host.name_en
    return str(host_id) if isinstance(host_id, str) else ""


def _hours(hours: object) -> str:
    return hours_text(hours) if isinstance(hours, WeeklyHours) else ""


def _listed(listed: object) -> str:
    return say("yes") if listed else say("no")


def _access(access: object) -> str:
    names: Mapping[object, Message | str] = {
        "open": say("open to all"),
        "registration": say("after registration"),
        "gated": say("behind a gate"),
    }
    return str(names.get(access, ""))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == share else ""  # noqa: PLR0124 - a share of no worker-hours is not a number


def _metres(distance_m: float) -> str:
    return say("{metres} m", metres=f"{distance_m:,.0f}") if np.isfinite(distance_m) else ""
