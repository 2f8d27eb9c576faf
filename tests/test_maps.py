"""Maps: what they show, what they never fetch, and names that try to break out of the page."""

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from branca.colormap import LinearColormap
from folium.plugins import Fullscreen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from map_districts import (
    HOSTILE,
    PROJECTION,
    SmallWorld,
    block_streets,
    small_world,
    street_graph,
)
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import Delaunay

from planner.coverage import check_gaps, main_stations
from planner.density import Surface
from planner.district.settings import GapRules, StreetSettings
from planner.geo import to_degrees, to_plane
from planner.language import use_language
from planner.maps import (
    LINKS,
    Drawn,
    PlannerMap,
    coverage_map,
    density_layer,
    gaps_layer,
    ground_of,
    link_text,
    place_map,
    plan_map,
    service_layer,
    spots_layer,
    standalone_html,
    static_data,
    workers_layer,
)
from planner.maps.layers import Sites, as_script
from planner.maps.lines import UNIT_DEGREES, pack_lines, pack_streets
from planner.maps.raster import indexed_png, round_top
from planner.maps.service import neighbour_colours

WORLD = small_world()
GROUND = ground_of(WORLD.district, WORLD.streets)


def made_plan_map(world: SmallWorld = WORLD) -> PlannerMap:
    return plan_map(
        world.district, world.coverage, world.figures, world.sites, streets=world.streets
    )


def made_coverage_map(world: SmallWorld = WORLD) -> PlannerMap:
    return coverage_map(world.district, world.coverage, world.figures, streets=world.streets)


class _Page(HTMLParser):
    """What a browser would see: tags with their attributes, and the scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


def payload(layer: Drawn) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(layer.data.script.split("]=", 1)[1].removesuffix(";"))
    return found


def legend(layer: Drawn) -> list[dict[str, Any]]:
    _, told = layer.call.split(", ", 1)
    found: list[dict[str, Any]] = json.loads(told.removesuffix(")"))
    return found


def legend_words(made: PlannerMap) -> list[str]:
    """Give what the legend says of the layers that are shown at first."""
    shown = [part for part in parts(made) if isinstance(part, Drawn) and part.show]
    told = [part for layer in shown for part in legend(layer)]
    return [entry["label"] for part in told for entry in part.get("entries", [])]


def parts(made: PlannerMap) -> list[object]:
    return list(made._children.values())  # noqa: SLF001 - folium has no other way to ask


def layer_named(made: PlannerMap, name: str) -> Drawn:
    (layer,) = [part for part in parts(made) if getattr(part, "layer_name", None) == name]
    assert isinstance(layer, Drawn)
    return layer


def unpacked(packed: dict[str, Any]) -> list[list[tuple[int, int]]]:
    lines = []
    for steps in packed["lines"]:
        pairs = np.array(steps).reshape(-1, 2).cumsum(axis=0)
        pairs += np.array([packed["lon"], packed["lat"]])
        lines.append([(int(x), int(y)) for x, y in pairs])
    return lines


def test_a_page_holds_everything_that_it_needs() -> None:
    page = standalone_html(made_plan_map(), title="A plan")
    for tag, attributes in _Page(page).tags:
        assert tag not in {"link", "iframe", "object", "base"}
        assert "src" not in attributes
        assert "href" not in attributes
    fetched = re.findall(r"url\((?!data:|#)[^)]*\)|@import", page)
    assert set(fetched) <= {"url(#default#VML)"}  # a rule for a browser that is long gone
    assert "leaflet@" not in page
    assert "//cdn" not in page.lower()


def test_a_page_forbids_the_browser_to_fetch_and_allows_only_its_own_scripts() -> None:
    page = _Page(standalone_html(made_plan_map(), title="A plan"))
    policy = next(
        str(a["content"]) for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    there = {base64.b64encode(sha256(text.encode()).digest()).decode() for text in page.scripts}
    assert allowed == there
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize("make", [made_plan_map, made_coverage_map])
def test_hostile_names_stay_text(make: Callable[[], PlannerMap]) -> None:
    page = standalone_html(make(), title=HOSTILE)
    assert not any(tag == "img" for tag, _ in _Page(page).tags)
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "\\u003cimg" in page  # the name is there, as text
    scripts = "".join(_Page(page).scripts)
    assert "${alert" not in scripts
    assert "{{7*7}}" not in scripts


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_is_written_into_a_script_is_the_same_value_and_harmless(value: object) -> None:
    text = as_script(value)
    assert json.loads(text) == value
    assert not re.search(r"[<>&'`\u2028\u2029]|\$\{|\{\{|\{%|\{#", text)


def test_text_with_every_dangerous_mark_comes_back_whole() -> None:
    assert json.loads(as_script({"name": HOSTILE + "{{{${{\u2028"})) == {
        "name": HOSTILE + "{{{${{\u2028"
    }


def test_a_foreign_link_is_an_error() -> None:
    made = made_plan_map()
    made.add_child(Fullscreen())  # type: ignore[no-untyped-call]  # folium has none here
    with pytest.raises(ValueError, match="only use the planner's own"):
        standalone_html(made, title="A plan")


def test_a_colour_map_that_brings_d3_is_an_error() -> None:
    made = made_plan_map()
    made.add_child(LinearColormap(["red", "blue"]))
    with pytest.raises(ValueError, match="only use the planner's own"):
        standalone_html(made, title="A plan")


def test_an_unknown_link_has_no_text() -> None:
    with pytest.raises(ValueError, match=r"cdn\.example"):
        link_text("https://cdn.example/x.js", made_plan_map())


def test_other_maps_of_the_process_are_left_as_they_are() -> None:
    before = list(folium.Map.default_js)
    standalone_html(made_plan_map(), title="A plan")
    assert folium.Map.default_js == before
    assert all(link.startswith("https://") for _, link in folium.Map.default_js)


def test_every_own_link_leads_to_an_installed_file() -> None:
    assert all(path.is_file() for path in LINKS.values())


def test_a_map_can_be_written_twice() -> None:
    made = made_plan_map()
    assert standalone_html(made, title="x") == standalone_html(made, title="x")


def test_a_cell_on_the_border_of_a_class_takes_the_colour_above() -> None:
    by_cell = WORLD.figures.by_cell
    shares = [0.0, 0.0, 0.1999, 0.2, 0.4, 0.6, 0.7999, 0.8, 1.0]
    by_cell = by_cell.head(len(shares)).assign(effective_share=shares, nominal_share=1.0)

    class Shown:
        pass

    shown = Shown()
    shown.by_cell = by_cell  # type: ignore[attr-defined]  # the one table that is drawn
    made = coverage_map(WORLD.district, WORLD.coverage, shown, streets=None)  # type: ignore[arg-type]  # as above
    drawn = payload(layer_named(made, "Coverage of workers"))
    assert drawn["fill"] == [0, 0, 1, 2, 3, 3, 4, 4]  # the first cell has no workers


def test_cells_without_workers_are_not_drawn() -> None:
    drawn = payload(layer_named(made_coverage_map(), "Coverage of workers"))
    assert len(WORLD.coverage.demand.cells) == 40
    assert len(drawn["lon"]) == 39
    assert "Cell c0" not in drawn["title"]


def test_more_workers_make_a_larger_circle() -> None:
    drawn = payload(layer_named(made_coverage_map(), "Coverage of workers"))
    workers = [float(values[1].replace(",", "")) for values in drawn["values"]]
    pairs = sorted(zip(workers, drawn["radius_m"], strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(pairs))
    assert pairs[0][1] < pairs[-1][1]


def test_a_station_under_maintenance_has_a_mark_of_its_own() -> None:
    drawn = payload(layer_named(made_coverage_map(), "Existing stations"))
    assert drawn["kind"] == ["existing", "existing", "existing", "maintenance"]
    assert drawn["kinds"]["existing"]["fillColor"] != drawn["kinds"]["maintenance"]["fillColor"]


def test_a_chosen_venue_is_drawn_once() -> None:
    made = made_plan_map()
    proposed = payload(layer_named(made, "Measures"))
    candidates = payload(layer_named(made, "Candidate venues"))
    assert len(proposed["lon"]) == 3
    assert len(candidates["lon"]) == 9
    assert not set(zip(proposed["lon"], proposed["lat"], strict=True)) & set(
        zip(candidates["lon"], candidates["lat"], strict=True)
    )


def test_a_distance_that_is_not_there_is_left_blank() -> None:
    proposed = payload(layer_named(made_plan_map(), "Measures"))
    assert [values[6] for values in proposed["values"]] == ["300 m", "600 m", ""]


def test_kinds_of_sites_are_told_apart_by_shape_too() -> None:
    made = made_plan_map()
    shapes = {
        layer.layer_name: {
            (kind["shape"], kind["fillColor"]) for kind in payload(layer)["kinds"].values()
        }
        for layer in parts(made)
        if isinstance(layer, Sites)
    }
    assert {shape for shape, _ in shapes["Measures"]} == {"diamond"}
    assert {shape for shape, _ in shapes["Existing stations"]} == {"circle"}
    assert {shape for shape, _ in shapes["Candidate venues"]} == {"square"}


def test_a_map_without_streets_is_drawn() -> None:
    made = coverage_map(WORLD.district, WORLD.coverage, WORLD.figures, streets=None)
    assert "Streets" not in [getattr(part, "layer_name", "") for part in parts(made)]
    assert standalone_html(made, title="x").endswith("</html>\n")


def test_a_map_of_what_was_read_shows_both_lists() -> None:
    made = place_map(WORLD.district, ground=GROUND)
    assert len(payload(layer_named(made, "Existing stations"))["lon"]) == 4
    assert len(payload(layer_named(made, "Candidate venues"))["lon"]) == 12


@pytest.mark.parametrize("shut", [False, True])
def test_the_legend_of_what_was_read_names_each_kind_drawn_and_no_other(shut: bool) -> None:  # noqa: FBT001 - a parameter of the test
    stations = WORLD.district.stations.copy()
    stations["status"] = "open"
    if shut:
        stations.loc[stations.index[0], "status"] = "maintenance"
    made = place_map(replace(WORLD.district, stations=stations), ground=GROUND)
    told = legend_words(made)
    assert ("Station under maintenance" in told) is shut
    assert "Existing station" in told
    assert "Proposed site" not in told


def test_maps_speak_both_languages() -> None:
    english = standalone_html(made_plan_map(), title="x")
    use_language("zh")
    chinese = standalone_html(made_plan_map(), title="x")
    assert "Measures" in english
    assert '<html lang="en">' in english
    assert "建议新增站点" in chinese
    assert "内部工作示意图" in chinese
    assert '<html lang="zh-CN">' in chinese
    words = re.findall(r'"(?:labels|notes)":(\[[^\]]*\])', chinese)
    assert words
    assert not [w for w in words if re.search(r"[A-Za-z]{4,}", w.replace(as_script(HOSTILE), ""))]


def test_streets_from_openstreetmap_name_their_authors() -> None:
    def named(path: str | None, place: str | None = None) -> bool:
        streets = StreetSettings(path=path, place=place)
        settings = replace(WORLD.district.settings, streets=streets)
        made = place_map(replace(WORLD.district, settings=settings), ground=GROUND)
        return "OpenStreetMap contributors" in standalone_html(made, title="x")

    assert named("area.osm.pbf")
    assert named("area.osm.gz")
    assert named("area.graphml")
    assert named("AREA.GraphML.gz")
    assert named(None, "Futian, Shenzhen")
    assert not named("roads.gpkg")


def test_a_large_district_makes_a_page_of_a_few_megabytes() -> None:
    world = small_world(cells=4000, venues=600, blocks=80)
    assert len(world.streets.tail) > 12_900
    page = standalone_html(made_plan_map(world), title="x")
    assert len(page.encode()) < 3_000_000


# Lines -------------------------------------------------------------------------------------------


def test_packed_lines_start_at_the_south_western_corner() -> None:
    packed: Any = pack_lines(
        np.array([1.0, 1.00002, 1.00005, 1.0]),
        np.array([2.0, 2.0, 2.00001, 2.0]),
        line=np.array([0, 0, 1, 1]),
    )
    assert packed["lon"] == 100_000
    assert packed["lat"] == 200_000
    assert packed["lines"] == [[0, 0, 2, 0], [5, 1, -5, -1]]


def test_points_on_one_spot_are_packed_once_and_a_line_of_one_spot_not_at_all() -> None:
    packed: Any = pack_lines(
        np.array([1.0, 1.000001, 1.00002, 3.0, 3.0]),
        np.array([2.0, 2.0, 2.0, 4.0, 4.0]),
        line=np.array([0, 0, 0, 1, 1]),
    )
    assert packed["lines"] == [[0, 0, 2, 0]]


def test_no_lines_are_packed_as_none() -> None:
    empty = np.array([])
    assert pack_lines(empty, empty, line=np.array([], np.int64))["lines"] == []


positions = st.tuples(st.floats(73, 135, width=32), st.floats(18, 53, width=32))


@settings(max_examples=50)
@given(st.lists(st.lists(positions, min_size=2, max_size=6), min_size=1, max_size=5))
def test_packing_moves_no_point_by_more_than_half_a_unit(
    lines: list[list[tuple[float, float]]],
) -> None:
    lon, lat = np.array([p for points in lines for p in points]).T
    line = np.repeat(np.arange(len(lines)), [len(points) for points in lines])
    packed = pack_lines(lon, lat, line=line)
    drawn = unpacked(packed)
    whole = [[(round(x / UNIT_DEGREES), round(y / UNIT_DEGREES)) for x, y in ps] for ps in lines]
    expected = []
    for points in whole:
        kept = [p for p, last in zip(points, [None, *points], strict=False) if p != last]
        if len(kept) > 1:
            expected.append(kept)
    assert drawn == expected


def test_simplified_streets_stay_within_the_tolerance() -> None:
    chance = np.random.default_rng(3)
    xy = np.column_stack([np.linspace(0, 2000, 200), chance.normal(0, 8, 200).cumsum()])
    packed = pack_streets(street_graph(xy, np.array([0, 200])), tolerance_m=4.0)
    (line,) = unpacked(packed)
    lon, lat = (np.array(line) * UNIT_DEGREES).T
    drawn = to_plane(lon, lat, projection=PROJECTION)
    assert 2 < len(drawn) < 150
    far = shapely.hausdorff_distance(shapely.LineString(drawn), shapely.LineString(xy))
    assert far <= 4.0 + 1.2  # the tolerance and a packed step


def test_where_streets_are_too_many_the_longest_are_drawn() -> None:
    streets = block_streets(4)
    long = np.array([[0.0, 0.0], [900.0, 900.0]])
    together = street_graph(
        np.vstack([streets.line_xy, long]),
        np.r_[streets.line_start, streets.line_start[-1] + 2],
    )
    packed: Any = pack_streets(together, most_points=4)
    assert len(packed["lines"]) == 2
    longest = max(unpacked(packed), key=lambda line: abs(line[1][0] - line[0][0]))
    assert abs(longest[1][1] - longest[0][1]) > 700
    everything: Any = pack_streets(together, most_points=1000)
    assert len(everything["lines"]) == len(together.tail)


def test_a_layer_that_does_not_change_is_a_script_of_its_own() -> None:
    made = made_plan_map()
    layers = [part for part in parts(made) if isinstance(part, Drawn)]
    assert len(layers) > 5
    assert {layer.data.link for layer in layers} == set(made.static_data)
    again = made_plan_map()
    assert dict(made.static_data) == dict(again.static_data)
    assert all(re.fullmatch(r"planner:data/[0-9a-f]{64}\.js", link) for link in made.static_data)


def test_the_script_is_part_of_the_package() -> None:
    assert Path(LINKS["planner:planner_map.js"]).parent.name == "maps"


# Pictures, gaps, hot spots, service areas ---------------------------------------------------------


def pixels(layer: Drawn) -> NDArray[np.uint8]:
    """Give what a browser makes of the picture of a layer, shape (rows, columns, 4)."""
    image = str(payload(layer)["image"])
    assert image.startswith("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(image.split(",", 1)[1]))) as picture:
        return np.asarray(picture.convert("RGBA"))


def surface(values: object, *, pixel_m: float = 100.0) -> Surface:
    return Surface(
        values=np.array(values, dtype=float),
        west_m=0.0,
        south_m=0.0,
        pixel_m=pixel_m,
        projection=PROJECTION,
    )


def test_nobody_is_see_through_and_a_denser_place_is_darker_and_lies_where_it_is() -> None:
    values = np.zeros((20, 30))
    values[2, 3] = 400.0  # near the south-western corner
    values[15, 25] = 100.0
    drawn = pixels(density_layer(surface(values), name="x", top=400.0))
    rows, columns = drawn.shape[:2]
    assert (drawn[: rows // 20, :, 3] == 0).all()
    south_west = drawn[rows // 2 :, : columns // 2]
    north_east = drawn[: rows // 2, columns // 2 :]
    darkest = [
        int(part[part[..., 3] == 255][:, :3].sum(axis=1).min()) for part in (south_west, north_east)
    ]
    assert darkest[0] < darkest[1]
    row, column = np.unravel_index(np.argmax(south_west[..., 3] > 200), south_west.shape[:2])
    assert (rows // 2 + row) / rows == pytest.approx(1 - 3 / 20, abs=0.06)
    assert column / columns == pytest.approx(3.5 / 30, abs=0.04)


def test_a_picture_lies_on_the_map_where_its_surface_lies_in_the_plane() -> None:
    made = density_layer(surface(np.ones((40, 60)), pixel_m=500.0), name="x")
    (south, west), (north, east) = payload(made)["bounds"]
    lon, lat = to_degrees([[0.0, 0.0], [30_000.0, 20_000.0]], projection=PROJECTION)
    assert west <= lon[0] <= east
    assert south <= lat[0] <= north
    assert lon[1] == pytest.approx(east, abs=2e-3)
    assert lat[1] == pytest.approx(north, abs=2e-3)
    drawn = pixels(made)
    middle = drawn[20:-20, 20:-20]
    assert (middle == middle[0, 0]).all()  # an even surface has one colour


def test_a_surface_without_anybody_is_a_picture_of_nothing() -> None:
    made = density_layer(surface(np.zeros((3, 4))), name="x")
    assert (pixels(made)[..., 3] == 0).all()


@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
    )
)
def test_a_picture_with_a_palette_is_read_back_as_it_was_written(index: NDArray[np.uint8]) -> None:
    palette = np.array([[0, 0, 0, 0], [9, 8, 7, 255], [1, 2, 3, 128], [255, 254, 0, 1]], np.uint8)
    with Image.open(io.BytesIO(indexed_png(index, palette))) as picture:
        assert (np.asarray(picture.convert("RGBA")) == palette[index]).all()


@pytest.mark.parametrize(
    ("most", "top"), [(0.7, 1.0), (1.0, 1.0), (1.001, 2.0), (140.0, 200.0), (2000.0, 2000.0)]
)
def test_the_scale_of_a_surface_ends_at_a_round_number_above_it(most: float, top: float) -> None:
    assert round_top(np.array([0.0, most])) == top


def test_the_legend_of_a_density_names_its_unit_and_its_ends() -> None:
    (part,) = legend(density_layer(surface([[0.0, 800.0]]), name="x"))
    assert part["title"] == "Workers per km²"
    assert [tick["label"] for tick in part["ramp"]["ticks"]] == ["0", "250", "1,000 and more"]


def spots(number: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [HOSTILE] * number,
            "workers": 120.0,
            "worker_hours_week": 4000.0,
            "unserved_share": 0.25,
            "lon": 120.4,
            "lat": 31.5,
            "radius_m": 300.0,
            "candidates": range(number),
            "candidate_share": 0.45,
            "look_for_host": [place == 0 for place in range(number)],
            "nearest_hosts": [()] * number,
        },
        index=range(1, number + 1),
    )


def test_a_hot_spot_that_needs_a_host_is_drawn_and_explained_otherwise() -> None:
    made = spots_layer(spots(3))
    drawn = payload(made)
    assert drawn["kind"] == ["lacking", "spot", "spot"]
    assert drawn["kinds"]["lacking"]["dashArray"] != drawn["kinds"]["spot"].get("dashArray")
    assert [entry["label"] for entry in legend(made)[0]["entries"]] == [
        "hot spot",
        "candidates reach less than half: look for a host here",
    ]
    assert [entry["label"] for entry in legend(spots_layer(spots(1)))[0]["entries"]] == [
        "candidates reach less than half: look for a host here"
    ]
    assert legend(spots_layer(spots(0))) == []
    values = dict(zip(drawn["labels"], drawn["values"][0], strict=True))
    assert values["Workers with one within reach"] == "45%"
    assert "<img" not in made.data.script


def test_the_layer_of_gaps_shows_states_that_are_there_and_leaves_others_out() -> None:
    rules = GapRules(urban_m=400.0, dense_m=400.0, least_workers=10.0)
    kept = WORLD.coverage.options.table.index[:4]
    check = check_gaps(WORLD.coverage, list(kept), rules=rules)
    made = gaps_layer(WORLD.district, WORLD.coverage, check)
    states = check.by_cell["state"]
    there = states[states != "not_required"]
    assert set(there) == {"served", "gap", "exempt"}
    assert len(payload(made)["lon"]) == len(there) < len(states)
    known = ("served", "gap", "exempt")
    assert payload(made)["fill"] == [known.index(state) for state in there]
    assert len(legend(made)[0]["entries"]) == 3
    served = check.by_cell.assign(state="served")
    one = gaps_layer(WORLD.district, WORLD.coverage, replace(check, by_cell=served))
    assert [entry["label"] for entry in legend(one)[0]["entries"]] == ["open station near enough"]


def test_service_areas_that_touch_differ_in_colour() -> None:
    kept = list(WORLD.coverage.options.table.index[:3])
    main = main_stations(WORLD.coverage, kept)
    drawn = payload(service_layer(WORLD.district, WORLD.coverage, main))
    there = main[WORLD.coverage.demand.workers.sum(axis=1) > 0]
    of_station = {
        station: {
            fill for fill, at in zip(drawn["fill"], there["station"], strict=True) if at == station
        }
        for station in set(there["station"])
    }
    assert all(len(colours) == 1 for colours in of_station.values())
    assert of_station[""] == {0}
    assert all(0 not in colours for station, colours in of_station.items() if station)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_areas_of_one_piece_need_six_colours_at_most(seed: int, areas: int) -> None:
    chance = np.random.default_rng(seed)
    centres = chance.uniform(0, 1000, (areas, 2))
    xy = chance.uniform(0, 1000, (400, 2))
    area = np.argmin(((xy[:, None] - centres) ** 2).sum(axis=2), axis=1)
    colours = neighbour_colours(xy, area, many=8)
    sides = Delaunay(xy).simplices
    for one, other in ((0, 1), (1, 2), (0, 2)):
        left, right = area[sides[:, one]], area[sides[:, other]]
        apart = left != right
        assert all(
            colours[int(a)] != colours[int(b)]
            for a, b in zip(left[apart], right[apart], strict=True)
        )


def test_places_on_one_line_and_very_few_places_are_coloured_too() -> None:
    line = np.column_stack([np.arange(6.0), np.zeros(6)])
    colours = neighbour_colours(line, np.array([0, 0, 1, 1, 2, 2]), many=8)
    assert len(set(colours.values())) == 3
    assert neighbour_colours(line[:1], np.array([7]), many=8) == {7: 0}
    assert neighbour_colours(line[:0], np.array([], np.intp), many=8) == {}


def test_the_error_of_a_cell_stands_beside_its_workers() -> None:
    error = np.full((len(WORLD.coverage.demand.cells), 1), 0.5)
    demand = replace(WORLD.coverage.demand, error_share=error)
    drawn = payload(workers_layer(WORLD.district, demand))
    workers = demand.workers[1, 0]  # nobody is in the first cell
    assert drawn["values"][0][1] == f"{workers:,.1f} (± {workers / 2:,.1f})"
    sure = payload(workers_layer(WORLD.district, WORLD.coverage.demand))
    assert "±" not in sure["values"][0][1]


def test_a_layer_is_drawn_again_without_being_packed_again() -> None:
    layer = workers_layer(WORLD.district, WORLD.coverage.demand, show=False)
    other = layer.again()
    assert other.data is layer.data
    assert other.call == layer.call
    assert other.get_name() != layer.get_name()
    assert (other.layer_name, other.show) == (layer.layer_name, False)
    made = folium.FeatureGroup(name="x")
    other.add_to(made)
    assert static_data([made]) == {layer.data.link: layer.data.script}
