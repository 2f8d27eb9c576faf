"""The streets of a district are read from where its settings say, and kept."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlparse

import numpy as np
import osmnx
import pytest
from street_files import (
    ALL,
    DRIVE,
    PLANE,
    WALK,
    bits,
    degrees,
    district,
    ends,
    write_lines,
    write_osm,
)

from planner.district import District
from planner.district.settings import StreetSettings
from planner.errors import StreetsError
from planner.geo import to_plane
from planner.language import Message
from planner.streets import StreetGraph, read_streets
from planner.streets.store import fingerprint, kept_graph, load_graph, save_graph

ROADS = [
    ([(0, 0), (100, 0), (200, 0)], {"highway": "residential"}),
    ([(100, 0), (100, 3400)], {"highway": "footway"}),
    ([(100, 3400), (100, 3600)], {"highway": "footway"}),
    ([(100, 3600), (100, 4600)], {"highway": "footway"}),
]


def settled(tmp_path: Path, **streets: object) -> District:
    folder = tmp_path / "district"
    folder.mkdir(exist_ok=True)
    write_lines(folder / "roads.geojson", ROADS)
    return district(folder, StreetSettings(**{"path": "roads.geojson", **streets}))  # type: ignore[arg-type]  # keywords


def test_a_district_without_streets_has_none(tmp_path: Path) -> None:
    place = settled(tmp_path, path=None)
    assert read_streets(place, cache=tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()


def test_streets_in_the_district_and_three_kilometres_around_are_kept(tmp_path: Path) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    assert graph is not None
    # The square reaches 500 m from its middle: what begins at 3,500 m or farther is left out.
    assert sorted(round(mm / 1000) for mm in graph.length_mm.tolist()) == [100, 100, 200, 3400]


def test_a_longer_reach_keeps_streets_farther_out(tmp_path: Path) -> None:
    place = settled(tmp_path)
    far = district(place.folder, place.settings.streets, reach_m=3200.0)
    graph = read_streets(far, cache=tmp_path / "cache")
    assert graph is not None
    assert len(graph.tail) == 5


def test_an_openstreetmap_file_is_cut_to_the_same_window(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 9000), 4: (50, 9000)}
    place = settled(tmp_path, path="town.osm")
    ways = [([1, 2], {"highway": "road"}), ([3, 4], {"highway": "road"})]
    write_osm(place.folder / "town.osm", nodes, ways)
    graph = read_streets(place, cache=tmp_path / "cache")
    assert graph is not None
    assert ends(graph) == {((0, 0), (100, 0), 100)}


def test_streets_far_from_the_district_are_an_error_that_says_what_to_check(tmp_path: Path) -> None:
    place = settled(tmp_path, crs="EPSG:32650")
    write_lines(place.folder / "roads.geojson", [([(0, 90_000), (0, 91_000)], {"highway": "road"})])
    far = settled(tmp_path)
    write_lines(far.folder / "roads.geojson", [([(0, 90_000), (0, 91_000)], {"highway": "road"})])
    with pytest.raises(StreetsError, match=r"no street in or near the district.*coordinate system"):
        read_streets(far, cache=tmp_path / "cache")


def test_a_missing_file_says_where_to_correct_it(tmp_path: Path) -> None:
    with pytest.raises(
        StreetsError, match=r"gone\.gpkg is not there\. Correct `path` under \[streets"
    ):
        read_streets(settled(tmp_path, path="gone.gpkg"), cache=tmp_path / "cache")


def same(one: StreetGraph | None, other: StreetGraph | None) -> bool:
    assert one is not None
    assert other is not None
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(StreetGraph)
    )


def kept_file(cache: Path) -> Path:
    (path,) = cache.glob("streets-*.npz")
    return path


def test_the_second_start_reads_what_the_first_kept(tmp_path: Path) -> None:
    steps: list[str] = []
    place, cache = settled(tmp_path), tmp_path / "cache"

    def progress(step: Message, done_share: float) -> None:
        steps.append(step.template)
        assert 0 <= done_share <= 1

    first = read_streets(place, cache=cache, progress=progress)
    assert steps
    steps.clear()
    second = read_streets(place, cache=cache, progress=progress)
    assert steps == []
    assert same(first, second)
    assert second is not None
    assert str(second.notes[0]).startswith("The street file does not tell one-ways")


def test_another_file_or_setting_is_read_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = read_streets(settled(tmp_path), cache=cache)
    unchanged = read_streets(settled(tmp_path), cache=cache)
    assert same(first, unchanged)
    with pytest.raises(StreetsError, match=r"no column 'kind'.*its columns are: highway"):
        read_streets(settled(tmp_path, highway_column="kind"), cache=cache)
    place = settled(tmp_path)
    write_lines(place.folder / "roads.geojson", ROADS[:1])
    shorter = read_streets(place, cache=cache)
    assert shorter is not None
    assert len(shorter.tail) == 1
    assert len(list(cache.glob("*.npz"))) == 2


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other"])
def test_a_damaged_file_in_the_cache_is_passed_over_and_written_anew(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    place, cache = settled(tmp_path), tmp_path / "cache"
    first = read_streets(place, cache=cache)
    path = kept_file(cache)
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "empty": b"",
        "cut": whole[:middle],
        "flipped": whole[:200] + bytes([whole[200] ^ 255]) + whole[201:],
        "other": b"not an archive of arrays",
    }[damage]
    path.write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        assert same(read_streets(place, cache=cache), first)
    assert "damaged" in caplog.text
    assert kept_file(cache).stat().st_size == len(whole)


def test_an_archive_with_a_pickle_or_without_an_array_is_passed_over(tmp_path: Path) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    assert graph is not None
    path = tmp_path / "bad.npz"
    arrays = {field.name: getattr(graph, field.name) for field in fields(graph)}
    arrays |= {"notes": np.array("[]"), "crs": np.array(graph.crs)}
    np.savez(path, **arrays | {"tail": np.array([{}], dtype=object)})
    assert load_graph(path) is None
    np.savez(path, **{name: array for name, array in arrays.items() if name != "head"})
    assert load_graph(path) is None
    np.savez(path, **arrays | {"notes": np.array("[1, 2]")})
    assert load_graph(path) is None
    np.savez(path, **arrays | {"head": graph.head[:-1]})
    assert load_graph(path) is None
    np.savez(path, **arrays)
    assert load_graph(path) is not None


@pytest.mark.parametrize("flip", [0x01, 0x08, 0x80])
def test_a_kept_graph_with_any_bit_changed_is_passed_over_or_whole(
    tmp_path: Path, flip: int
) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    path = kept_file(tmp_path / "cache")
    whole = path.read_bytes()
    passed_over = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        found = load_graph(path)
        passed_over += found is None
        assert found is None or same(found, graph)
    assert passed_over > len(whole) / 2  # the rest are dates and names that nobody reads


def test_a_single_array_under_the_name_of_a_graph_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "streets-a.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    assert load_graph(path) is None


def test_kept_streets_that_were_used_longest_ago_go_when_there_are_too_many(
    tmp_path: Path,
) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    assert graph is not None
    folder = tmp_path / "kept"
    folder.mkdir()
    foreign = folder / "travel-a.npz"
    foreign.write_bytes(b"of another part")
    files = [kept_graph(folder, name) for name in "abcd"]
    for age, file in enumerate(files[:3]):
        save_graph(graph, file)
        os.utime(file, (1000 + age, 1000 + age))
    assert load_graph(files[0]) is not None  # so that it is no longer the oldest
    size = files[0].stat().st_size
    save_graph(graph, files[3], most_bytes=2 * size)
    assert sorted(folder.iterdir()) == sorted([files[0], files[3], foreign])
    save_graph(graph, files[1], most_bytes=1)
    assert sorted(folder.iterdir()) == sorted([files[1], foreign])


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert read_streets(settled(tmp_path), cache=tmp_path / "cache") is not None


def test_keeping_leaves_no_half_written_file_behind(tmp_path: Path) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    assert graph is not None
    save_graph(replace(graph, notes=(Message("a {b}", {"b": 1}),)), tmp_path / "x" / "a.npz")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["a.npz"]
    loaded = load_graph(tmp_path / "x" / "a.npz")
    assert loaded is not None
    assert str(loaded.notes[0]) == "a 1"


def test_a_fingerprint_changes_with_content_and_options_but_not_with_the_name(
    tmp_path: Path,
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"roads")
    other.write_bytes(b"roads")
    assert fingerprint([one], 1) == fingerprint([other], 1)
    assert fingerprint([one], 1) != fingerprint([one], 2)
    other.write_bytes(b"road")
    assert fingerprint([one], 1) != fingerprint([other], 1)
    assert fingerprint([one, one], 1) != fingerprint([one], 1)


class Maps(BaseHTTPRequestHandler):
    """A map server for one place, on this machine, with the answers of Nominatim and Overpass."""

    asked: ClassVar[list[str]] = []
    known: ClassVar[bool] = True

    def do_GET(self) -> None:
        query = parse_qs(urlparse(self.path).query)
        self.asked.append(f"search {query['q'][0]}" if "q" in query else "status")
        corners = degrees([(-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500)])
        lon, lat = zip(*corners, strict=True)
        place = {
            "place_id": 1,
            "osm_type": "relation",
            "osm_id": 1,
            "lat": "31.5",
            "lon": "120.4",
            "class": "boundary",
            "type": "administrative",
            "importance": 0.5,
            "place_rank": 12,
            "addresstype": "district",
            "name": "试区",
            "display_name": "试区",
            "boundingbox": [str(min(lat)), str(max(lat)), str(min(lon)), str(max(lon))],
            "geojson": {"type": "Polygon", "coordinates": [corners]},
        }
        self._answer([place] if self.known else [])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append("streets")
        points = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, 90), 5: (150, 40)}
        nodes = [
            {"type": "node", "id": n, "lon": lon, "lat": lat}
            for n, (lon, lat) in zip(points, degrees(list(points.values())), strict=True)
        ]
        ways = [
            {
                "type": "way",
                "id": 1,
                "nodes": [1, 2, 3],
                "tags": {"highway": "primary", "oneway": "yes"},
            },
            {"type": "way", "id": 2, "nodes": [2, 4], "tags": {"highway": "footway"}},
            {
                "type": "way",
                "id": 3,
                "nodes": [4, 5],
                "tags": {"highway": "footway", "bicycle": "yes"},
            },
        ]
        self._answer({"version": 0.6, "elements": nodes + ways})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def maps(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Maps]]:
    server = HTTPServer(("127.0.0.1", 0), Maps)
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{address}/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", address)
    monkeypatch.setattr(osmnx.settings, "overpass_rate_limit", False)
    monkeypatch.setattr(Maps, "asked", [])
    monkeypatch.setattr(Maps, "known", True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Maps
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_place_is_downloaded_once(tmp_path: Path, maps: type[Maps]) -> None:
    place, cache = settled(tmp_path, path=None, place="试区"), tmp_path / "cache"
    graph = read_streets(place, cache=cache)
    assert graph is not None
    assert set(maps.asked) == {"search 试区", "streets"}
    found = bits(graph)
    assert found[(0, 0), (100, 0)] == (ALL, ALL ^ DRIVE)
    assert found[(100, 0), (100, 90)] == (WALK, WALK)
    assert len(found) == 4  # the footway and the cycleway stay two: another tag, another rule
    maps.asked.clear()
    assert same(read_streets(place, cache=cache), graph)
    kept_file(cache).unlink()
    assert same(read_streets(place, cache=cache), graph)
    assert maps.asked == []  # OSMnx kept the answers too


def test_the_settings_of_osmnx_are_put_back(tmp_path: Path, maps: type[Maps]) -> None:
    before = {name: getattr(osmnx.settings, name) for name in ("cache_folder", "useful_tags_way")}
    read_streets(settled(tmp_path, path=None, place="试区"), cache=tmp_path / "cache")
    assert {name: getattr(osmnx.settings, name) for name in before} == before
    assert maps.asked


def test_a_place_that_nobody_knows_says_how_to_write_it(tmp_path: Path, maps: type[Maps]) -> None:
    maps.known = False
    with pytest.raises(StreetsError, match="knows no area with streets named '无此地'"):
        read_streets(settled(tmp_path, path=None, place="无此地"), cache=tmp_path / "cache")


@pytest.mark.usefixtures("maps")
def test_a_place_whose_answers_cannot_be_kept_says_what_to_do(tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StreetsError, match=r"cannot be kept in the folder .*cache .*PLANNER_CACHE"):
        read_streets(settled(tmp_path, path=None, place="试区"), cache=blocked)


def test_without_a_network_a_place_says_what_to_do_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://127.0.0.1:9/")
    with pytest.raises(StreetsError, match=r"Connect to the internet once.*or set `path`"):
        read_streets(settled(tmp_path, path=None, place="试区"), cache=tmp_path / "cache")


def test_the_plane_of_the_streets_is_that_of_the_district(tmp_path: Path) -> None:
    graph = read_streets(settled(tmp_path), cache=tmp_path / "cache")
    assert graph is not None
    lon, lat = np.array(degrees([(0, 0)])).T
    middle = to_plane(lon, lat, projection=graph.crs)[0]
    assert np.hypot(*(graph.node_xy - middle).T).min() < 0.01
    assert graph.crs == PLANE
