"""Ways along streets: hand-worked towns, an independent recount, hostile input."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_towns import (
    ALL,
    DRIVE,
    WALK,
    Place,
    Street,
    names,
    pairs,
    random_towns,
    recount,
    snapped,
    town,
    ways,
)

from planner.language import Message
from planner.streets import Snapped, StreetGraph, snap
from planner.travel import TravelMatrix, served_within, straight_travel, travel_matrix
from planner.travel.kept import kept_file, read_kept, write_kept

Drawn = tuple[int, list[Street], list[Place], list[Place]]

# A square of four streets round a block, 100 m each: 0 - 1 - 2 - 3 - 0.
SQUARE = town(4, [(n, (n + 1) % 4, 100_000, ALL, ALL) for n in range(4)])


def test_a_way_is_the_access_of_both_ends_and_the_streets_between() -> None:
    # 20 m from node 1 on the first street, 30 m beyond it on the second; 3 m and 4 m to the doors.
    found = ways(SQUARE, [(0, 80_000, 3_000)], [(1, 30_000, 4_000)])
    assert pairs(found) == {(0, 0): 57_000}


def test_places_on_one_street_are_joined_along_it() -> None:
    found = ways(SQUARE, [(0, 10_000, 1_000)], [(0, 35_000, 2_000), (0, 10_000, 0), (0, 0, 0)])
    assert pairs(found) == {(0, 0): 28_000, (0, 1): 1_000, (0, 2): 11_000}


def test_the_way_around_is_taken_where_it_is_shorter_than_the_own_street() -> None:
    # A crescent of 900 m and a cut of 100 m between the same two corners.
    crescent = town(2, [(0, 1, 900_000, ALL, ALL), (0, 1, 100_000, ALL, ALL)])
    found = ways(crescent, [(0, 50_000, 0)], [(0, 850_000, 0)])
    assert pairs(found) == {(0, 0): 200_000}


def test_a_driver_against_a_one_way_street_goes_around_the_block() -> None:
    ring = town(4, [(n, (n + 1) % 4, 100_000, ALL, ALL & ~DRIVE) for n in range(4)])
    site, before, after = (0, 50_000, 0), (0, 20_000, 0), (0, 60_000, 0)
    driven = ways(ring, [site], [before, after], mode="drive")
    walked = ways(ring, [site], [before, after], mode="walk")
    assert pairs(driven) == {(0, 0): 30_000, (0, 1): 390_000}
    assert pairs(walked) == {(0, 0): 30_000, (0, 1): 10_000}


def test_places_at_a_corner_are_reached_whatever_the_direction_of_their_street() -> None:
    # The site stands at node 1 on a street leading away, the cell at node 0 on one leading there.
    lane = town(3, [(0, 1, 70_000, DRIVE, 0), (1, 2, 50_000, DRIVE, 0), (2, 0, 20_000, DRIVE, 0)])
    found = ways(lane, [(1, 0, 0)], [(2, 20_000, 0)], mode="drive")
    assert pairs(found) == {(0, 0): 70_000}


def test_a_street_closed_to_the_mode_is_no_way() -> None:
    footpath = town(3, [(0, 1, 10_000, WALK, WALK), (1, 2, 10_000, ALL, ALL)])
    assert pairs(ways(footpath, [(1, 5_000, 0)], [(0, 5_000, 0)], mode="drive")) == {}
    assert pairs(ways(footpath, [(1, 5_000, 0)], [(0, 5_000, 0)])) == {(0, 0): 10_000}


def test_the_cutoff_itself_still_counts_and_one_millimetre_more_does_not() -> None:
    site, cell = [(0, 80_000, 3_000)], [(1, 30_000, 4_000)]
    assert pairs(ways(SQUARE, site, cell, cutoff_m=57.0)) == {(0, 0): 57_000}
    assert pairs(ways(SQUARE, site, cell, cutoff_m=56.999)) == {}


def test_a_site_and_a_cell_on_the_spot_are_a_stored_zero() -> None:
    found = ways(SQUARE, [(2, 40_000, 0)], [(2, 40_000, 0)])
    assert found.length_mm.nnz == 1
    assert pairs(found) == {(0, 0): 0}


def test_places_far_from_every_street_and_islands_are_out_of_reach() -> None:
    islands = town(5, [(0, 1, 9_000, ALL, ALL), (2, 3, 9_000, ALL, ALL)])
    found = ways(islands, [(0, 0, 0), (-1, 0, 0)], [(1, 5_000, 0), (-1, 0, 0), (0, 9_000, 0)])
    assert pairs(found) == {(0, 2): 9_000}


@pytest.mark.parametrize("count", [40, 700, 5000])  # each is sorted in another way
def test_rows_are_sorted_by_cell_in_the_order_of_the_ids(count: int) -> None:
    rng = np.random.default_rng(1)
    street, offset = rng.integers(0, 4, count), rng.integers(1, 100_000, count)
    cells = [(int(s), int(o), 7) for s, o in zip(street, offset, strict=True)]
    found = ways(SQUARE, [(0, 0, 0), (2, 30, 5)], cells).length_mm
    assert found.indices.reshape(2, -1).tolist() == [list(range(count))] * 2
    turned = ways(SQUARE, [(0, 0, 0), (2, 30, 5)], cells[::-1]).length_mm
    assert turned.toarray()[:, ::-1].tolist() == found.toarray().tolist()


def test_no_sites_or_no_cells_give_an_empty_matrix() -> None:
    assert ways(SQUARE, [], [(0, 0, 0)]).length_mm.shape == (0, 1)
    assert ways(SQUARE, [(0, 0, 0)], []).length_mm.shape == (1, 0)


def test_several_searches_at_the_same_time_do_not_disturb_each_other() -> None:
    graph = wandering_grid(12, 3)
    rng = np.random.default_rng(3)
    places = [snap(graph, rng.uniform(0, 1100, (200, 2)), mode="walk", limit_m=500) for _ in "abcd"]
    ids = tuple(str(n) for n in range(200))

    def search(sites: Snapped) -> list[list[int]]:
        found = travel_matrix(
            graph,
            sites=sites,
            cells=places[0],
            site_ids=ids,
            cell_ids=ids,
            mode="walk",
            cutoff_m=600,
        )
        rows: list[list[int]] = found.length_mm.toarray().tolist()
        return rows

    alone = [search(sites) for sites in places]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, places * 3)) == alone * 3


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []

    def listen(_step: Message, share: float) -> None:
        told.append(share)

    sites = [(n % 4, n, 0) for n in range(300)]
    travel_matrix(
        SQUARE,
        sites=snapped(sites),
        cells=snapped([(0, 0, 0)]),
        site_ids=names("s", sites),
        cell_ids=("c",),
        mode="walk",
        cutoff_m=500,
        progress=listen,
    )
    assert told == sorted(told)
    assert told[-1] == 1


def wandering_grid(side: int, seed: int) -> StreetGraph:
    """Draw streets between neighbours of a square of corners, 100 m apart and up to 30 m off."""
    rng = np.random.default_rng(seed)
    corner = np.arange(side * side).reshape(side, side)
    ends = np.vstack(
        [
            np.stack([corner[:-1].ravel(), corner[1:].ravel()], axis=1),
            np.stack([corner[:, :-1].ravel(), corner[:, 1:].ravel()], axis=1),
        ]
    )
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1) * 100.0
    xy += rng.uniform(-30, 30, xy.shape)
    length_m = np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T)
    everyone = np.full(len(ends), ALL, np.uint8)
    return StreetGraph(
        node_xy=xy,
        tail=ends[:, 0].astype(np.int32),
        head=ends[:, 1].astype(np.int32),
        length_mm=np.rint(length_m * 1000).astype(np.int32),
        forward=everyone,
        backward=everyone,
        line_start=np.arange(0, 2 * len(ends) + 1, 2, dtype=np.int64),
        line_xy=xy[ends].reshape(-1, 2),
        crs="EPSG:32651",
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_walked_ways_are_the_same_both_ways_and_never_shorter_than_the_straight_line(
    seed: int,
) -> None:
    graph = wandering_grid(5, seed)
    rng = np.random.default_rng(seed)
    here_xy, there_xy = rng.uniform(-50, 450, (12, 2)), rng.uniform(-50, 450, (15, 2))
    here, there = (snap(graph, xy, mode="walk", limit_m=200) for xy in (here_xy, there_xy))
    ids = names("h", [(0, 0, 0)] * 12), names("t", [(0, 0, 0)] * 15)

    def metres(sites: Snapped, cells: Snapped, site_ids: tuple[str, ...]) -> TravelMatrix:
        cell_ids = ids[1] if site_ids is ids[0] else ids[0]
        return travel_matrix(
            graph,
            sites=sites,
            cells=cells,
            site_ids=site_ids,
            cell_ids=cell_ids,
            mode="walk",
            cutoff_m=5000,
        )

    there_to_here, here_to_there = metres(here, there, ids[0]), metres(there, here, ids[1])
    way_mm = there_to_here.length_mm.toarray()
    assert there_to_here.length_mm.nnz == 12 * 15
    assert way_mm.T.tolist() == here_to_there.length_mm.toarray().tolist()
    straight_mm = 1000 * np.hypot(*np.moveaxis(here_xy[:, None] - there_xy[None], 2, 0))
    # Each of at most 27 pieces of a way is rounded by half a millimetre.
    assert (way_mm >= straight_mm - 14).all()


@settings(max_examples=300, deadline=None)
@given(random_towns(), st.integers(1, 90))
def test_ways_equal_those_of_networkx_on_any_small_town(drawn: Drawn, cutoff_mm: int) -> None:
    nodes, streets, sites, cells = drawn
    found = ways(town(nodes, streets), sites, cells, mode="drive", cutoff_m=cutoff_mm / 1000)
    assert pairs(found) == recount(streets, sites, cells, cutoff_mm)


@settings(max_examples=50, deadline=None)
@given(random_towns(), st.integers(1, 60), st.integers(0, 60))
def test_a_longer_cutoff_only_adds_ways(drawn: Drawn, cutoff_mm: int, more_mm: int) -> None:
    nodes, streets, sites, cells = drawn
    graph = town(nodes, streets)
    short = pairs(ways(graph, sites, cells, mode="drive", cutoff_m=cutoff_mm / 1000))
    wide = pairs(ways(graph, sites, cells, mode="drive", cutoff_m=(cutoff_mm + more_mm) / 1000))
    assert short == {pair: mm for pair, mm in wide.items() if mm <= cutoff_mm}


def test_kept_ways_are_read_again_and_equal(tmp_path: Path) -> None:
    site, cells = [(0, 80_000, 3_000)], [(1, 30_000, 4_000), (3, 1, 0)]
    first = ways(SQUARE, site, cells, cache=tmp_path)
    [file] = tmp_path.iterdir()
    number = file.stat().st_ino  # a file written anew has another
    again = ways(SQUARE, site, cells, cache=tmp_path)
    assert pairs(again) == pairs(first)
    assert again.length_mm.dtype == np.int32
    assert [(kept, kept.stat().st_ino) for kept in tmp_path.iterdir()] == [(file, number)]


def test_kept_files_that_were_used_longest_ago_go_when_there_are_too_many(tmp_path: Path) -> None:
    table = TravelMatrix.from_dense([[1.0, 2.0]], sites=["s"], cells=["a", "b"], cutoff_m=5)
    foreign = tmp_path / "streets.npz"
    foreign.write_bytes(b"of another part")
    files = [kept_file(tmp_path, name) for name in "abcd"]
    for age, file in enumerate(files[:3]):
        write_kept(file, table.length_mm, most_bytes=10**6)
        os.utime(file, (1000 + age, 1000 + age))
    assert read_kept(files[0], (1, 2)) is not None  # so that it is no longer the oldest
    size = files[0].stat().st_size
    write_kept(files[3], table.length_mm, most_bytes=2 * size)
    assert sorted(tmp_path.iterdir()) == sorted([files[0], files[3], foreign])
    write_kept(files[1], table.length_mm, most_bytes=1)
    assert sorted(tmp_path.iterdir()) == sorted([files[1], foreign])


@pytest.mark.parametrize("flip", [0x01, 0x08, 0x55, 0x80])
def test_a_kept_file_with_any_byte_changed_is_ignored_or_whole(tmp_path: Path, flip: int) -> None:
    table = TravelMatrix.from_dense([[1.0, 2.0]], sites=["s"], cells=["a", "b"], cutoff_m=5)
    file = kept_file(tmp_path, "a")
    write_kept(file, table.length_mm, most_bytes=10**6)
    whole = file.read_bytes()
    ignored = 0
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        found = read_kept(file, (1, 2))
        ignored += found is None
        assert found is None or found.toarray().tolist() == [[1000, 2000]]
    assert ignored > len(whole) / 2  # the rest are dates and names that nobody reads


def test_a_cut_or_foreign_kept_file_is_computed_again(tmp_path: Path) -> None:
    site, cells = [(0, 80_000, 3_000)], [(1, 30_000, 4_000)]
    good = pairs(ways(SQUARE, site, cells, cache=tmp_path))
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    single = io.BytesIO()
    np.save(single, np.zeros(3))
    for content in (b"", whole[:200], b"no archive", single.getvalue()):
        file.write_bytes(content)
        assert pairs(ways(SQUARE, site, cells, cache=tmp_path)) == good
        assert file.read_bytes() == whole


def test_every_input_that_changes_the_ways_changes_what_is_kept(tmp_path: Path) -> None:
    oneway = town(4, [(n, (n + 1) % 4, 100_000, ALL, ALL & ~DRIVE) for n in range(4)])
    longer = town(4, [(n, (n + 1) % 4, 100_001, ALL, ALL) for n in range(4)])
    site, cell = [(0, 8, 3)], [(1, 3, 4)]
    ways(SQUARE, site, cell, cache=tmp_path)
    ways(SQUARE, site, cell, cache=tmp_path, mode="ebike")  # the same streets: the same ways
    assert len(list(tmp_path.iterdir())) == 1
    ways(SQUARE, site, cell, cache=tmp_path, cutoff_m=999)
    ways(longer, site, cell, cache=tmp_path)
    ways(oneway, site, cell, cache=tmp_path, mode="drive")
    ways(SQUARE, [(0, 9, 3)], cell, cache=tmp_path)
    ways(SQUARE, site, [(1, 3, 5)], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 6


def test_a_cache_that_cannot_be_written_does_not_stop_the_work(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert pairs(ways(SQUARE, [(0, 0, 0)], [(0, 1, 0)], cache=blocked)) == {(0, 0): 1}


def test_wrong_arguments_are_refused_with_what_was_expected() -> None:
    with pytest.raises(ValueError, match="mode must be one of walk, ebike, drive, got 'fly'"):
        ways(SQUARE, [(0, 0, 0)], [(0, 0, 0)], mode="fly")
    for cutoff_m in (0, -1, float("nan"), float("inf"), 2_147_484):
        with pytest.raises(ValueError, match="cutoff_m must be above 0 and at most 2147483 m"):
            ways(SQUARE, [(0, 0, 0)], [(0, 0, 0)], cutoff_m=cutoff_m)
    with pytest.raises(ValueError, match="must lie on streets of the graph"):
        ways(SQUARE, [(4, 0, 0)], [(0, 0, 0)])
    with pytest.raises(ValueError, match="offset_mm of cells must be within 0"):
        ways(SQUARE, [(0, 0, 0)], [(0, 100_001, 0)])
    with pytest.raises(ValueError, match="site_ids must name each of 1 places, got 2"):
        travel_matrix(
            SQUARE,
            sites=snapped([(0, 0, 0)]),
            cells=snapped([]),
            site_ids=("a", "b"),
            cell_ids=(),
            mode="walk",
            cutoff_m=1,
        )


def test_the_longest_cutoff_and_streets_do_not_overflow() -> None:
    largest = 2**31 - 1
    chain = town(4, [(n, n + 1, largest, ALL, ALL) for n in range(3)])
    found = ways(
        chain,
        [(0, 0, largest - 1)],
        [(0, 0, 0), (0, largest, 0), (2, 5, largest)],
        cutoff_m=2_147_483.646,
    )
    assert pairs(found) == {(0, 0): largest - 1}


def straight(
    sites: list[tuple[float, float]],
    cells: list[tuple[float, float]],
    cutoff_m: float,
    detour: float = 1.32,
) -> TravelMatrix:
    return straight_travel(
        site_xy=np.array(sites, float),
        cell_xy=np.array(cells, float),
        site_ids=tuple(f"s{n}" for n in range(len(sites))),
        cell_ids=tuple(f"c{n}" for n in range(len(cells))),
        mode="walk",
        cutoff_m=cutoff_m,
        detour_factor=detour,
    )


def test_straight_ways_are_lengthened_by_the_detour_and_the_cutoff_still_counts() -> None:
    # 300 m east and 400 m north: 500 m straight, 660 m with a detour of 1.32.
    assert pairs(straight([(0, 0)], [(300, 400), (0, 0)], 660)) == {(0, 0): 660_000, (0, 1): 0}
    assert pairs(straight([(0, 0)], [(300, 400)], 659.999)) == {}


metres = st.floats(-2000, 2000, allow_nan=False)
points = st.lists(st.tuples(metres, metres), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(points, points, st.integers(1, 3000), st.sampled_from([1.0, 1.32, 2.5]))
def test_straight_ways_equal_a_double_loop(
    sites: list[tuple[float, float]], cells: list[tuple[float, float]], cutoff_m: int, detour: float
) -> None:
    loop = {
        (s, c): round(float(np.hypot(x - a, y - b)) * detour * 1000)
        for s, (x, y) in enumerate(sites)
        for c, (a, b) in enumerate(cells)
    }
    found = straight(sites, cells, cutoff_m, detour)
    assert pairs(found) == {pair: mm for pair, mm in loop.items() if mm <= cutoff_m * 1000}


def test_straight_travel_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match=r"detour_factor must be finite and at least 1, got 0.9"):
        straight([(0, 0)], [(1, 1)], 100, 0.9)
    with pytest.raises(ValueError, match="cell_xy must be finite"):
        straight([(0, 0)], [(float("nan"), 1)], 100)


def test_within_a_limit_keeps_the_border_and_a_site_on_the_spot() -> None:
    travel = TravelMatrix.from_dense(
        [[0.0, 60.0, 60.001, np.inf]], sites=["dock"], cells=["a", "b", "c", "d"], cutoff_m=100
    )
    assert served_within(travel, limit_m=60).toarray().tolist() == [[True, True, False, False]]
    with pytest.raises(ValueError, match="at most the cutoff 100, got 101"):
        served_within(travel, limit_m=101)
    with pytest.raises(ValueError, match="limit_m must be above 0"):
        served_within(travel, limit_m=0)


def test_a_matrix_of_another_shape_or_type_is_refused() -> None:
    table = TravelMatrix.from_dense([[1.0]], sites=["s"], cells=["c"], cutoff_m=5).length_mm
    with pytest.raises(ValueError, match="length_mm has shape"):
        TravelMatrix(sites=(), cells=("c",), length_mm=table, cutoff_m=5, mode="walk")
    with pytest.raises(ValueError, match="must be int32, got int64"):
        TravelMatrix(
            sites=("s",), cells=("c",), length_mm=table.astype(np.int64), cutoff_m=5, mode="walk"
        )
