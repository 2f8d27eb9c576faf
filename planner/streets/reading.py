"""A file, a place name or nothing -> the streets of a district."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from shapely.geometry.base import BaseGeometry

from planner.district import District, projection_of
from planner.errors import StreetsError
from planner.geo import geometry_to_plane, local_projection, to_degrees
from planner.language import note
from planner.progress import Progress, silent
from planner.streets.graph import StreetGraph
from planner.streets.graphml import read_graphml
from planner.streets.linefile import read_line_file
from planner.streets.lines import Window, street_graph
from planner.streets.osm import OSM_ENDINGS, DegreeWindow, read_osm
from planner.streets.place import read_place
from planner.streets.store import fingerprint, kept_graph, load_graph, save_graph
from planner.streets.tagged import TaggedLines, reading_notes, to_lines

__all__ = ["MARGIN_M", "read_streets", "streets_from_file"]

MARGIN_M = 3000.0
"""Streets this far outside the box around the district are kept (farther where a reach is longer):
a way between two places in the district may lead outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileForm:
    """What a file may leave open."""

    crs: str | None = None
    layer: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


def read_streets(
    district: District, *, cache: Path, progress: Progress = silent
) -> StreetGraph | None:
    """Read the streets of a district from where its settings say.

    Parameters
    ----------
    district
        `settings.streets` names a file or a place; its boundary with `MARGIN_M` (or the longest
        reach of a group) around it tells which streets are kept.
    cache
        Folder in which the result is kept under the fingerprint of the file and the settings; a
        second start reads it from there. A damaged file in it is read anew.
    progress
        Told what is done.

    Returns
    -------
    StreetGraph or None
        In the district's plane; None where neither a file nor a place is named.

    Raises
    ------
    StreetsError
        If the streets cannot be had as asked for, with what to do instead.
    """
    wanted = district.settings.streets
    if wanted.path is None and wanted.place is None:
        return None
    projection = projection_of(district)
    window = _window(district, projection)
    form = _FileForm(
        crs=wanted.crs,
        layer=wanted.layer,
        columns={"highway": wanted.highway_column, "oneway": wanted.oneway_column},
    )
    source = wanted.place if wanted.path is None else _existing(district.folder / wanted.path)
    files = _parts(source) if isinstance(source, Path) else []
    kept = kept_graph(cache, fingerprint(files, str(source), form, projection, window))
    graph = load_graph(kept)
    if graph is None:
        progress(note("Reading the streets"), 0.0)
        ways = (
            _ways(source, form, _degree_window(window, projection))
            if isinstance(source, Path)
            else read_place(str(source), cache=cache)
        )
        progress(note("Cutting the streets at their junctions"), 0.7)
        graph = _usable_graph(ways, str(wanted.path or wanted.place), projection, window)
        save_graph(graph, kept)
        progress(note("The streets are read"), 1.0)
    return graph


def streets_from_file(
    path: Path,
    *,
    crs: str | None = None,
    layer: str | None = None,
    projection: str | None = None,
    highway_column: str = "highway",
    oneway_column: str = "oneway",
) -> StreetGraph:
    """Read the streets of one file, whole.

    Parameters
    ----------
    path
        `.graphml[.gz]` (OSMnx), `.osm.pbf`, `.osm[.gz]`, or a file of lines (`.gpkg`, `.geojson`,
        `.shp`, each also with `.gz`; `.zip`).
    crs
        The system of the coordinates; None: as the file says, else WGS-84. OpenStreetMap files
        are always WGS-84.
    layer
        For files of lines with more than one layer; None: the first with lines.
    projection
        The metric plane of the result; None: one centred on the streets.
    highway_column, oneway_column
        Headers, for files of lines that name them otherwise.

    Raises
    ------
    StreetsError
        If the file is missing, cannot be read, or holds no usable street.
    """
    columns = {"highway": highway_column, "oneway": oneway_column}
    ways = _ways(_existing(path), _FileForm(crs=crs, layer=layer, columns=columns), None)
    plane = projection or local_projection(*np.median(ways.lon_lat, axis=0).tolist())
    return _usable_graph(ways, path.name, plane, None)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise StreetsError(
            note(
                "The street file {file} is not there. Correct `path` under [streets] in "
                "district.toml.",
                file=path.name,
            )
        )
    return path


def _parts(path: Path) -> list[Path]:
    """Give the files that belong together: a Shapefile is at least three."""
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.is_file())


def _ways(path: Path, form: _FileForm, window: DegreeWindow | None) -> TaggedLines:
    name = path.name.lower()
    if name.endswith((".graphml", ".graphml.gz")):
        return read_graphml(path, crs=form.crs)
    if name.endswith(OSM_ENDINGS):
        return read_osm(path, window=window)
    return read_line_file(path, crs=form.crs, layer=form.layer, columns=form.columns)


def _usable_graph(
    ways: TaggedLines, name: str, projection: str, window: Window | None
) -> StreetGraph:
    lines = to_lines(ways, projection=projection)
    graph = street_graph(lines, crs=projection, window=window)
    if len(graph.tail):
        return replace(graph, notes=reading_notes(ways, lines))
    if not (lines.forward | lines.backward).any():
        raise StreetsError(
            note(
                "{file} holds no street that anyone may use. Check which column tells the kind of "
                "street (`highway_column` under [streets] in district.toml).",
                file=name,
            )
        )
    raise StreetsError(
        note(
            "{file} holds no street in or near the district. Check that it covers the district and "
            "that its coordinate system (`crs` under [streets]) is declared rightly.",
            file=name,
        )
    )


def _window(district: District, projection: str) -> Window | None:
    """Give the box around the district, with a margin as wide as the longest reach."""
    boundary: BaseGeometry = geometry_to_plane(district.boundary, projection=projection)
    if boundary.is_empty:
        return None
    reaches = (way.reach_m for group in district.settings.groups for way in group.ways)
    margin = max(MARGIN_M, *reaches, MARGIN_M)
    low_x, low_y, high_x, high_y = boundary.bounds
    return low_x - margin, low_y - margin, high_x + margin, high_y + margin


def _degree_window(window: Window | None, projection: str) -> DegreeWindow | None:
    """Give a box in degrees that holds the window."""
    if window is None:
        return None
    along = np.linspace(0.0, 1.0, 9)
    x = window[0] + (window[2] - window[0]) * along
    y = window[1] + (window[3] - window[1]) * along
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    lon, lat = to_degrees(grid, projection=projection)
    slack = 0.001  # between the points that were turned into degrees, the sides are a little curved
    return DegreeWindow(
        float(lon.min()) - slack,
        float(lat.min()) - slack,
        float(lon.max()) + slack,
        float(lat.max()) + slack,
    )
