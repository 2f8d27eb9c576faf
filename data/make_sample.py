"""Invent the sample district and its faulty copy: nothing in them is real.

The district, its towns, river, streets, communities, stations, hosts, firms, costs, telephone
numbers, workers, points of interest and tracks of taxis are made up here with a fixed seed. The
folder `sample` is what a union would hand in; `sample_faulty` is the same with planted faults (see
`invention/faults.py`).

Run it from the root of the project: `.venv/bin/python data/make_sample.py [FOLDER]`. It writes to
`data` when no folder is named. The same seed gives the same files.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
from invention.communities import Community, make_communities
from invention.draft import Street
from invention.faults import Row, plant, plant_in_shapes
from invention.files import (
    NOTE,
    in_system,
    write_csv,
    write_csv_gz,
    write_lines,
    write_polygons,
    write_workbook,
)
from invention.lists import (
    POI_HEADER,
    TRACK_HEADER,
    poi_rows,
    station_list,
    survey_list,
    track_rows,
    venue_list,
)
from invention.places import DISTRICT, make_places
from invention.pois import make_pois
from invention.streets import make_streets
from invention.taxis import make_tracks
from invention.terrain import LAND
from invention.workers import make_counts
from shapely import LineString

SEED = 20250101
SETTINGS = Path(__file__).parent / "invention" / "district.toml"
_NOTE = " ".join(NOTE)
_SHARED = ("streets.gpkg", "poi.csv", "taxi_records.csv.gz")
"""Files without faults: the faulty copy uses those of the sample."""


def main(folder: Path) -> None:
    """Write the sample district and its faulty copy into a folder."""
    streets = make_streets(SEED)
    communities = make_communities(streets)
    stations, venues = make_places(streets, communities, SEED)
    counts = make_counts(streets, communities, venues, SEED)
    listings = (station_list(stations), venue_list(venues), survey_list(counts))
    shapes = _shapes(communities)
    sample, faulty = folder / "sample", folder / "sample_faulty"
    for district in (sample, faulty):
        district.mkdir(parents=True, exist_ok=True)
        _write_boundary(district)
    write_lines(sample / "streets.gpkg", _street_table(streets), layer="roads")
    pois = make_pois(streets, communities, venues, SEED)
    write_csv(sample / "poi.csv", POI_HEADER, poi_rows(pois))
    tracks = make_tracks(streets, SEED)
    write_csv_gz(sample / "taxi_records.csv.gz", TRACK_HEADER, track_rows(tracks))
    for listing in listings:
        write_workbook(sample, listing)
        write_workbook(faulty, plant(listing))
    write_polygons(sample / "communities.geojson", shapes, note=_NOTE)
    write_polygons(faulty / "communities.geojson", plant_in_shapes(shapes), note=_NOTE)
    settings = SETTINGS.read_text(encoding="utf-8")
    _write_text(sample / "district.toml", settings)
    for name in _SHARED:
        settings = settings.replace(f'"{name}"', f'"../sample/{name}"')
    _write_text(faulty / "district.toml", settings)


def _street_table(streets: Sequence[Street]) -> gpd.GeoDataFrame:
    columns = {
        "name": [s.name or None for s in streets],
        "highway": [s.highway for s in streets],
        "oneway": [s.oneway for s in streets],
    }
    lines = [in_system(LineString(s.line), "WGS-84") for s in streets]
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326")


def _write_boundary(folder: Path) -> None:
    boundary = in_system(LAND.boundary, "GCJ-02")
    write_polygons(folder / "boundary.geojson", [({"名称": DISTRICT}, boundary)], note=_NOTE)


def _shapes(communities: Sequence[Community]) -> list[Row]:
    return [
        ({"编号": c.id, "社区名称": c.name, "镇街": c.street}, in_system(c.shape, "CGCS2000"))
        for c in communities
    ]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
