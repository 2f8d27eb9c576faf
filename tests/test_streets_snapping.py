"""Places meet the nearest point on a street."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from street_files import ALL, DRIVE, EBIKE, PLANE, WALK, drawn, graph_of

from planner.streets import MODE_BITS, Snapped, StreetGraph, distance_to_streets, snap
from planner.streets.graph import THROUGH_ONLY
from planner.streets.lines import Lines, street_graph

BEND = graph_of([([(0, 0), (100, 0), (100, 50)], ALL, ALL)])


def one(graph: StreetGraph, x: float, y: float, **options: object) -> tuple[int, int, int]:
    asked = {"mode": "walk", "limit_m": 500.0, **options}
    found = snap(graph, np.array([[x, y]], float), **asked)  # type: ignore[arg-type]  # keywords
    return int(found.street[0]), int(found.offset_mm[0]), int(found.access_mm[0])


@pytest.mark.parametrize(
    ("x", "y", "from_origin_mm", "access_mm"),
    [
        (30, 0, 30_000, 0),
        (30, 40, 30_000, 40_000),
        (-3, 4, 0, 5_000),
        (103, 54, 150_000, 5_000),
        (130, 20, 120_000, 30_000),
        (99, 20, 120_000, 1_000),
        (110, -10, 100_000, 14_142),
        (30.0004, 40.0004, 30_000, 40_000),
        (30.0006, 40.0006, 30_001, 40_001),
    ],
)
def test_a_place_meets_the_drawn_line_at_the_nearest_point(
    x: float, y: float, from_origin_mm: int, access_mm: int
) -> None:
    street, offset, access = one(BEND, x, y)
    forwards = BEND.node_xy[BEND.tail[0]].tolist() == [0.0, 0.0]
    assert street == 0
    assert offset == (from_origin_mm if forwards else 150_000 - from_origin_mm)
    assert access == access_mm


def test_the_limit_itself_still_counts() -> None:
    assert one(BEND, 30, -70, limit_m=70.0) == (0, one(BEND, 30, 0)[1], 70_000)
    assert one(BEND, 30, -70, limit_m=69.999) == (-1, 0, 0)
    assert one(BEND, 30, -70, limit_m=np.inf)[0] == 0
    assert one(BEND, 30, 0, limit_m=0.0)[0] == 0


def test_only_streets_that_the_mode_may_use_count_in_either_direction() -> None:
    graph = graph_of(
        [
            ([(0, 0), (100, 0)], WALK, WALK),
            ([(0, 10), (100, 10)], EBIKE, EBIKE),
            ([(0, 20), (100, 20)], 0, DRIVE),
        ]
    )
    accesses = {mode: one(graph, 50, -5, mode=mode)[2] for mode in MODE_BITS}
    assert accesses == {"walk": 5_000, "ebike": 15_000, "drive": 25_000}


def test_nobody_gets_off_on_a_motorway() -> None:
    passing = DRIVE | THROUGH_ONLY
    graph = graph_of([([(0, 0), (100, 0)], passing, 0), ([(0, 90), (100, 90)], ALL, ALL)])
    assert one(graph, 50, 1, mode="drive")[2] == 89_000
    assert distance_to_streets(graph, np.array([[50.0, 1.0]]), limit_m=500).tolist() == [89.0]


def test_between_equally_near_streets_the_first_is_taken() -> None:
    graph = graph_of([([(0, 0), (100, 0)], ALL, ALL), ([(0, 20), (100, 20)], ALL, ALL)])
    assert one(graph, 50, 10) == (0, 50_000, 10_000)
    corner = graph_of(
        [([(0, 0), (9, 0)], 7, 7), ([(0, 0), (0, 9)], 7, 7), ([(0, 0), (-9, 0)], 7, 7)]
    )
    found = {one(corner, 0, -7 * far) for far in range(1, 5)}
    assert {street for street, _, _ in found} == {0}


def test_where_a_line_comes_near_twice_the_smaller_offset_is_taken() -> None:
    hairpin = graph_of([([(0, 0), (100, 0), (100, 20), (0, 20)], ALL, ALL)])
    assert one(hairpin, 50, 10) == (0, 50_000, 10_000)


def test_no_places_and_no_streets_are_no_error() -> None:
    assert len(snap(BEND, np.zeros((0, 2)), mode="walk", limit_m=5)) == 0
    footpath = graph_of([([(0, 0), (100, 0)], WALK, WALK)])
    assert one(footpath, 0, 0, mode="drive") == (-1, 0, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_place_that_is_not_finite_is_an_error(bad: float) -> None:
    with pytest.raises(ValueError, match="xy must be finite"):
        one(BEND, bad, 0)


@pytest.mark.parametrize("limit", [-1.0, np.nan])
def test_a_limit_that_is_no_distance_is_an_error(limit: float) -> None:
    with pytest.raises(ValueError, match="limit_m must be at least 0"):
        one(BEND, 0, 0, limit_m=limit)


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="mode must be one of walk, ebike, drive, got 'fly'"):
        one(BEND, 0, 0, mode="fly")


def test_parts_that_do_not_belong_together_are_an_error() -> None:
    with pytest.raises(ValueError, match="must have one shape"):
        Snapped(
            street=np.zeros(2, np.int32),
            offset_mm=np.zeros(1, np.int32),
            access_mm=np.zeros(2, np.int32),
        )


def _random_streets(seed: int, count: int, extent: float) -> StreetGraph:
    """Streets of random bends, some tiny, some across everything, some the same place twice."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        start = rng.uniform(0, extent, 2)
        bends = rng.normal(0, rng.choice([0.01, 5.0, 60.0, extent]), (rng.integers(1, 5), 2))
        points = np.vstack([start, start + np.cumsum(bends, axis=0)])
        if rng.random() < 0.3:
            points = np.round(points, -1)  # on a lattice: many exact ties
        lines.append(points)
    xy = np.concatenate(lines)
    _, vertex = np.unique(xy, axis=0, return_inverse=True)
    usable = rng.integers(1, 8, count).astype(np.uint8)
    return street_graph(
        Lines(
            xy=xy,
            vertex=vertex.ravel().astype(np.int64),
            start=np.cumsum([0, *(len(points) for points in lines)]).astype(np.int64),
            forward=usable,
            backward=np.roll(usable, 1),
        ),
        crs=PLANE,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.sampled_from([30.0, 1000.0, 20_000.0]),
    st.sampled_from(sorted(MODE_BITS)),
    st.sampled_from([0.5, 40.0, 500.0, 1e9]),
)
def test_distances_are_those_of_a_tree_of_boxes_over_the_drawn_lines(
    seed: int, count: int, extent: float, mode: str, limit_m: float
) -> None:
    graph = _random_streets(seed, count, extent)
    assume(len(graph.tail))  # a single line may lie in one place
    rng = np.random.default_rng(seed + 1)
    xy = np.vstack(
        [
            rng.uniform(-0.5 * extent, 1.5 * extent, (60, 2)),
            np.round(rng.uniform(0, extent, (20, 2)), -1),
            graph.line_xy[rng.integers(0, len(graph.line_xy), 20)],
            [[1e6, -1e6]],
        ]
    )
    found = snap(graph, xy, mode=mode, limit_m=limit_m)
    usable = np.flatnonzero((graph.forward | graph.backward) & MODE_BITS[mode])
    if not len(usable):
        assert (found.street == -1).all()
        return
    lines = np.array(drawn(graph), dtype=object)
    points = shapely.points(xy)
    tree = shapely.STRtree(lines[usable])
    _, metres = tree.query_nearest(points, return_distance=True, all_matches=False)
    near = metres <= limit_m
    sure = np.abs(metres - limit_m) > 0.001
    assert ((found.street >= 0) == near)[sure].all()
    hit = found.street >= 0
    assert np.abs(found.access_mm[hit] - 1000 * metres[hit]).max(initial=0) <= 0.5 + 1e-6
    assert np.isin(found.street[hit], usable).all()
    # The offset leads to a point as near as that.
    along = shapely.line_interpolate_point(lines[found.street[hit]], found.offset_mm[hit] / 1000)
    away = shapely.distance(along, points[hit]) - metres[hit]
    assert np.abs(away).max(initial=0) <= 0.0011
    assert (found.offset_mm[hit] <= graph.length_mm[found.street[hit]]).all()
    assert (found.offset_mm >= 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_places_never_changes_what_they_meet(seed: int) -> None:
    graph = _random_streets(seed, 30, 300.0)
    rng = np.random.default_rng(seed)
    xy = np.round(rng.uniform(0, 300, (50, 2)), -1)
    order = rng.permutation(50)
    straight = snap(graph, xy, mode="walk", limit_m=80)
    shuffled = snap(graph, xy[order], mode="walk", limit_m=80)
    assert shuffled.street.tolist() == straight.street[order].tolist()
    assert shuffled.offset_mm.tolist() == straight.offset_mm[order].tolist()


def test_streets_far_apart_are_found_across_the_gap() -> None:
    graph = graph_of(
        [([(0, 0), (10, 0)], ALL, ALL), ([(90_000, 70_000), (90_010, 70_000)], ALL, ALL)]
    )
    places = np.array([[40_000.0, 30_000.0], [60_000.0, 50_000.0]])
    found = snap(graph, places, mode="walk", limit_m=1e6)
    assert (found.access_mm / 1000).tolist() == pytest.approx([49_992, 36_055.5], abs=0.5)
    assert distance_to_streets(graph, places, limit_m=40_000).tolist() == pytest.approx(
        [np.inf, 36_055.513], abs=0.001
    )


def test_all_streets_in_one_place_or_on_one_line_are_no_trouble() -> None:
    point = replace(BEND, line_xy=np.zeros_like(BEND.line_xy))
    assert one(point, 3, 4)[2] == 5_000
    row = graph_of([([(10.0 * n, 0), (10.0 * n + 10, 0)], ALL, ALL) for n in range(2000)])
    assert one(row, 12_345, 6)[2] == 6_000
