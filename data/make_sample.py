"""Invent the sample district and its faulty copy: nothing in them is real.

The district, its towns, river, streets, communities, stations, hosts, firms, costs, telephone
numbers and workers are made up here with a fixed seed. The folder `sample` is what a union would
hand in; `sample_faulty` is the same with planted faults (see `invention/faults.py`).

Run it from the root of the project: `.venv/bin/python data/make_sample.py [FOLDER]`. It writes to
`data` when no folder is named. The same seed gives the same files.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
from invention.communities import Community, make_communities
from invention.draft import Street
from invention.files import NOTE, in_system, write_lines, write_polygons, write_workbook
from invention.lists import station_list, survey_list, venue_list
from invention.places import DISTRICT, make_places
from invention.streets import make_streets
from invention.terrain import LAND
from invention.workers import make_counts
from shapely import LineString

SEED = 20250101
SETTINGS = Path(__file__).parent / "invention" / "district.toml"


def main(folder: Path) -> None:
    """Write the sample district and its faulty copy into a folder."""
    streets = make_streets(SEED)
    communities = make_communities(streets)
    stations, venues = make_places(streets, communities, SEED)
    counts = make_counts(streets, communities, venues, SEED)
    sample = folder / "sample"
    sample.mkdir(parents=True, exist_ok=True)
    write_lines(sample / "streets.gpkg", _street_table(streets), layer="roads")
    for listing in (station_list(stations), venue_list(venues), survey_list(counts)):
        write_workbook(sample, listing)
    _write_shapes(sample, communities)
    shutil.copyfile(SETTINGS, sample / "district.toml")


def _street_table(streets: Sequence[Street]) -> gpd.GeoDataFrame:
    columns = {
        "name": [s.name or None for s in streets],
        "highway": [s.highway for s in streets],
        "oneway": [s.oneway for s in streets],
    }
    lines = [in_system(LineString(s.line), "WGS-84") for s in streets]
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326")


def _write_shapes(folder: Path, communities: Sequence[Community]) -> None:
    note = " ".join(NOTE)
    boundary = in_system(LAND.boundary, "GCJ-02")
    write_polygons(folder / "boundary.geojson", [({"名称": DISTRICT}, boundary)], note=note)
    rows = [
        ({"编号": c.id, "社区名称": c.name, "镇街": c.street}, in_system(c.shape, "CGCS2000"))
        for c in communities
    ]
    write_polygons(folder / "communities.geojson", rows, note=note)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
