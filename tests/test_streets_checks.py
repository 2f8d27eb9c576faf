"""Far places, islands and the workers on them are reported."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from street_files import ALL, DRIVE, PLANE, WALK, Point, degrees, graph_of

from planner.language import use_language
from planner.streets import Places, check_streets, islands, islands_with_workers, snap

# A main street, a yard of two streets 1 km away, a footpath 2 km away.
TOWN = graph_of(
    [
        ([(0, 0), (400, 0)], ALL, WALK),
        ([(400, 0), (400, 300)], ALL, WALK),
        ([(1000, 0), (1100, 0)], ALL, ALL),
        ([(1100, 0), (1100, 80)], ALL, ALL),
        ([(2000, 0), (2040, 0)], WALK, WALK),
    ]
)


def places(table: str, *points: Point, workers: list[float] | None = None) -> Places:
    lon, lat = np.array(degrees(points)).reshape(-1, 2).T
    return Places(
        table=table,
        ids=tuple(f"{table[0]}{n}" for n in range(len(points))),
        lon=lon,
        lat=lat,
        workers=None if workers is None else np.array(workers),
    )


def labels(mode: str) -> dict[Point, int]:
    xy = np.rint(TOWN.node_xy).astype(int).tolist()
    return dict(zip(map(tuple, xy), islands(TOWN, mode=mode).tolist(), strict=True))


def test_parts_are_numbered_from_the_longest_and_one_ways_connect() -> None:
    assert labels("drive") == {
        (0, 0): 0, (400, 0): 0, (400, 300): 0, (1000, 0): 1, (1100, 0): 1, (1100, 80): 1,
        (2000, 0): -1, (2040, 0): -1,
    }  # fmt: skip
    assert labels("walk")[2000, 0] == 2


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="mode must be one of"):
        islands(TOWN, mode="swim")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_two_nodes_are_in_one_part_exactly_if_a_chain_of_streets_joins_them(
    pairs: list[tuple[int, int]],
) -> None:
    spots = [(100.0 * n, 7.0 * n * n) for n in range(10)]
    pairs = [(a, b) for a, b in pairs if a != b] or [(0, 1)]
    graph = graph_of([([spots[a], spots[b]], DRIVE, 0) for a, b in pairs])
    group = list(range(10))
    for a, b in pairs:
        group = [group[a] if g == group[b] else g for g in group]
    part = islands(graph, mode="drive")
    where = {tuple(xy): n for n, xy in enumerate(np.rint(graph.node_xy).astype(int).tolist())}
    used = sorted({n for pair in pairs for n in pair})
    for a in used:
        for b in used:
            joined = part[where[spots[a]]] == part[where[spots[b]]]
            assert joined == (group[a] == group[b])


def test_workers_and_places_on_islands_are_counted() -> None:
    cells = places(
        "cells", (10, 5), (1000, 9), (1100, 40), (2001, 3), (5000, 0), workers=[100, 7, 5, 2, 9]
    )
    sites = places("venues.xlsx", (1050, 0), (0, 0))
    snapped = [
        (table, snap(TOWN, _xy(table), mode="walk", limit_m=500)) for table in (cells, sites)
    ]
    table = islands_with_workers(TOWN, mode="walk", on_streets=snapped)
    assert table.index.tolist() == [1, 2]
    assert table["workers"].tolist() == [12.0, 2.0]
    assert table["places"].tolist() == [1, 0]
    assert table["streets"].tolist() == [2, 1]
    assert table["length_km"].tolist() == pytest.approx([0.18, 0.04])


def _xy(table: Places) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    from planner.geo import to_plane  # noqa: PLC0415 - used here alone

    return to_plane(table.lon, table.lat, projection=PLANE)


def test_a_town_in_one_piece_has_no_islands() -> None:
    whole = graph_of([([(0, 0), (400, 0)], ALL, ALL)])
    assert islands_with_workers(whole, mode="walk", on_streets=[]).empty
    assert check_streets(whole, [places("v", (0, 9))], modes=["walk"], limit_m=50) == ((), ())


def test_a_place_far_from_every_street_is_a_fault_with_its_distance() -> None:
    venues = places("venues.xlsx", (0, 60), (0, 50), (-300, -400), (3000, 0))
    notes, problems = check_streets(TOWN, [venues], modes=["walk", "drive"], limit_m=50)
    assert [(p.table, p.row, p.found, p.fatal) for p in problems] == [
        ("venues.xlsx", "v0", "60 m", False),
        ("venues.xlsx", "v2", "500 m", False),
        ("venues.xlsx", "v3", "960 m", False),
    ]
    assert str(problems[0]).startswith(
        "venues.xlsx, row v0: found 60 m, expected at most 50 m from a street. Check the position"
    )
    told = [str(message) for message in notes]
    assert (
        "venues.xlsx: 3 places lie farther than 50 m from any street for walking and count as out "
        "of reach." in told
    )


def test_a_far_place_is_told_by_its_line_and_sheet_where_a_file_is_at_hand() -> None:
    venues = replace(
        places("venues.xlsx", (0, 60), (0, 50), (3000, 0)),
        rows=(("venues.xlsx [一街]", 2), ("venues.xlsx [一街]", 3), ("venues.xlsx [二街]", 2)),
    )
    _, problems = check_streets(TOWN, [venues], modes=["walk"], limit_m=50)
    assert [(problem.table, problem.row) for problem in problems] == [
        ("venues.xlsx [一街]", 2),
        ("venues.xlsx [二街]", 2),
    ]


def test_a_place_that_one_mode_reaches_is_no_fault_but_is_told() -> None:
    footpath = places("cells", (2010, 5), workers=[40])
    notes, problems = check_streets(TOWN, [footpath], modes=["walk", "drive"], limit_m=50)
    assert problems == ()
    assert (
        "40 workers at 1 places lie farther than 50 m from any street for driving and count as out "
        "of reach." in [str(message) for message in notes]
    )


def test_islands_are_told_with_their_workers_in_both_languages() -> None:
    cells = places("cells", (10, 5), (1000, 9), (1100, 40), workers=[1000, 1200, 34.6])
    notes, _ = check_streets(TOWN, [cells], modes=["drive"], limit_m=500)
    assert [str(message) for message in notes] == [
        (
            "Streets for driving: 1 part(s), 0.2 km in all, are not connected with the rest; 1,235 "
            "workers and 0 places are on them."
        ),
        "Cut-off part for driving near 120.4112, 31.5002: 1,235 workers on 0.2 km of street.",
    ]
    use_language("zh")
    assert str(notes[0]).startswith("驾车路网中有 1 处孤立路段")


def test_a_part_that_is_cut_off_for_several_modes_is_told_once() -> None:
    cells = places("cells", (10, 5), (1000, 9), (2010, 5), workers=[1000, 34, 3])
    notes, _ = check_streets(TOWN, [cells], modes=["walk", "drive"], limit_m=500)
    told = [str(message) for message in notes if str(message).startswith("Cut-off")]
    assert [text.split(" near")[0] for text in told] == [
        "Cut-off part for walking, driving",
        "Cut-off part for walking",
    ]
    use_language("zh")
    assert str(notes[-2]).startswith("步行、驾车孤立路段")


def test_more_than_fifty_far_places_are_told_as_fifty_and_the_rest() -> None:
    many = places("points.csv", *[(0.0, 1000.0 + n) for n in range(60)])
    _, problems = check_streets(TOWN, [many], modes=["walk"], limit_m=500)
    assert len(problems) == 51
    assert (problems[-1].row, problems[-1].found) == ("", "10")


def test_a_place_at_the_other_end_of_the_world_is_more_than_the_farthest_that_is_searched() -> None:
    far = Places(table="a.csv", ids=("x",), lon=np.array([119.0]), lat=np.array([30.0]))
    _, problems = check_streets(TOWN, [far], modes=["walk"], limit_m=500)
    assert problems[0].found == "> 100 km"


def test_places_without_a_position_each_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Places(table="a", ids=("x",), lon=np.zeros(2), lat=np.zeros(2))
    with pytest.raises(ValueError, match="one number for each"):
        Places(table="a", ids=("x",), lon=np.zeros(1), lat=np.zeros(1), workers=np.zeros(3))
    with pytest.raises(ValueError, match="one line for each place"):
        Places(table="a", ids=("x",), lon=np.zeros(1), lat=np.zeros(1), rows=())


def test_a_mode_without_any_street_has_no_islands_and_all_places_far() -> None:
    paths = graph_of([([(0, 0), (400, 0)], WALK, WALK)])
    venues = places("venues.xlsx", (0, 5))
    notes, problems = check_streets(paths, [venues], modes=["drive"], limit_m=500)
    assert [(p.row, p.found) for p in problems] == [("v0", "> 100 km")]
    assert len(notes) == 1
    assert islands(paths, mode="drive").tolist() == [-1, -1]
