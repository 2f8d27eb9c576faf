"""A file, a place name or nothing -> the streets of a district."""

from pathlib import Path

import numpy as np

from planner.errors import StreetsError
from planner.geo import local_projection
from planner.language import note
from planner.streets.graph import StreetGraph
from planner.streets.graphml import read_graphml
from planner.streets.linefile import read_line_file
from planner.streets.lines import Window, street_graph
from planner.streets.osm import OSM_ENDINGS, DegreeWindow, read_osm
from planner.streets.tagged import TaggedLines, to_lines

__all__ = ["streets_from_file"]


def streets_from_file(  # noqa: PLR0913 - one option for each thing that a file may leave open
    path: Path,
    *,
    crs: str | None = None,
    layer: str | None = None,
    projection: str | None = None,
    highway_column: str = "highway",
    oneway_column: str = "oneway",
    window: Window | None = None,
) -> StreetGraph:
    """Read the streets of one file.

    Parameters
    ----------
    path
        `.graphml[.gz]` (OSMnx), `.osm.pbf`, `.osm[.gz]`, or a file of lines (`.gpkg`, `.geojson`, `.shp`, each also
        with `.gz`; `.zip`).
    crs
        The system of the coordinates; None: as the file says, else WGS-84. OpenStreetMap files are always WGS-84.
    layer
        For files of lines with more than one layer; None: the first with lines.
    projection
        The metric plane of the result; None: one centred on the streets.
    highway_column, oneway_column
        Headers, for files of lines that name them otherwise.
    window
        In the plane; streets wholly outside it are left out.

    Raises
    ------
    StreetsError
        If the file is missing, cannot be read, or holds no usable street (inside the window).
    """
    if not path.is_file():
        raise StreetsError(
            note("The street file {file} is not there. Correct its path.", file=path.name)
        )
    ways = _ways(path, crs, layer, {"highway": highway_column, "oneway": oneway_column})
    plane = projection or local_projection(*np.median(ways.lon_lat, axis=0).tolist())
    lines = to_lines(ways, projection=plane)
    graph = street_graph(lines, crs=plane, window=window)
    if not len(graph.tail):
        raise _nothing_usable(path.name, inside=window is not None)
    return graph


def _ways(path: Path, crs: str | None, layer: str | None, columns: dict[str, str]) -> TaggedLines:
    name = path.name.lower()
    if name.endswith((".graphml", ".graphml.gz")):
        return read_graphml(path, crs=crs)
    if name.endswith(OSM_ENDINGS):
        return read_osm(path)
    return read_line_file(path, crs=crs, layer=layer, columns=columns)


def _nothing_usable(name: str, *, inside: bool) -> StreetsError:
    if inside:
        return StreetsError(
            note(
                "{file} holds no usable street within or near the district. Check that it covers the district and "
                "that its coordinate system is declared rightly.",
                file=name,
            )
        )
    return StreetsError(
        note(
            "{file} holds no street that anyone may use. Check which column tells the kind of street (highway).",
            file=name,
        )
    )
