"""Communities cut into cells along their streets."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.spread import CELL_M, spread_over_area, spread_over_streets
from planner.demand.squares import join_squares
from planner.streets.graph import MODE_BITS, StreetGraph

EVERYBODY = sum(MODE_BITS.values())
CARS = MODE_BITS["drive"]


def streets(*lines: list[tuple[float, float]], modes: int = EVERYBODY) -> StreetGraph:
    shapes = [np.array(line, dtype=np.float64) for line in lines]
    ends = [end for shape in shapes for end in (shape[0], shape[-1])]
    count = len(shapes)
    metres = [shapely.LineString(shape).length for shape in shapes]
    return StreetGraph(
        node_xy=np.array(ends).reshape(-1, 2),
        tail=np.arange(0, 2 * count, 2, dtype=np.int32),
        head=np.arange(1, 2 * count, 2, dtype=np.int32),
        length_mm=np.maximum(1, np.round(np.array(metres) * 1000)).astype(np.int32),
        forward=np.full(count, modes, dtype=np.uint8),
        backward=np.full(count, modes, dtype=np.uint8),
        line_start=np.cumsum([0, *map(len, shapes)]).astype(np.int64),
        line_xy=np.concatenate([*shapes, np.empty((0, 2))]),
        crs="plane",
    )


def test_each_cell_weighs_the_metres_of_street_in_it_and_stands_at_their_middle() -> None:
    # 100 m in the first square, then 250 m, then 50 m outside of the area. The middles of the
    # pieces of 25 m beside 200 and beside 375 are equally near; the smaller x is taken.
    graph = streets([(150, 10), (550, 10)])
    spread = spread_over_streets([shapely.box(0, 0, 500, 250)], graph)
    assert spread.weight.tolist() == pytest.approx([100, 250])
    assert spread.xy.tolist() == [pytest.approx([187.5, 10]), pytest.approx([362.5, 10])]
    assert spread.starts.tolist() == [0, 2]


def test_the_point_of_a_cell_is_on_a_bank_and_never_in_the_river_between() -> None:
    graph = streets([(0, 20), (250, 20)], [(0, 220), (250, 220)])
    spread = spread_over_streets([shapely.box(0, 0, 250, 250)], graph)
    assert spread.xy[0, 1] in {20, 220}


def test_a_motorway_holds_no_workers() -> None:
    graph = streets([(0, 20), (250, 20)], modes=CARS)
    spread = spread_over_streets([shapely.box(0, 0, 250, 250)], graph)
    assert spread.without_streets == (0,)


def test_an_area_without_streets_is_one_point_inside_it_between_the_others() -> None:
    hollow = shapely.box(1000, 0, 2000, 1000) - shapely.box(1100, 0, 1900, 900)
    areas = [shapely.box(0, 0, 250, 250), hollow, shapely.box(0, 0, 250, 250)]
    spread = spread_over_streets(areas, streets([(0, 20), (250, 20)]))
    assert spread.without_streets == (1,)
    assert spread.starts.tolist() == [0, 1, 2, 3]
    assert hollow.contains(shapely.Point(spread.xy[1]))
    assert spread.xy[0].tolist() == spread.xy[2].tolist()


def test_a_line_with_corners_and_equal_points_counts_each_metre_once() -> None:
    graph = streets([(10, 10), (10, 10), (110, 10), (110, 60)])
    spread = spread_over_streets([shapely.box(0, 0, 250, 250)], graph)
    assert spread.weight.tolist() == pytest.approx([150])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(-900, 900)] * 4).filter(lambda line: line[:2] != line[2:]),
        min_size=1,
        max_size=6,
    )
)
def test_no_metre_of_street_is_lost_and_every_cell_stands_on_a_street(
    ends: list[tuple[int, int, int, int]],
) -> None:
    lines = [[(float(a), float(b)), (float(c), float(d))] for a, b, c, d in ends]
    spread = spread_over_streets([shapely.box(-1000, -1000, 1000, 1000)], streets(*lines))
    drawn = shapely.MultiLineString(lines)
    assert spread.weight.sum() == pytest.approx(sum(part.length for part in drawn.geoms))
    assert shapely.distance(shapely.points(spread.xy), drawn).max() < 1e-6
    squares = np.floor(spread.xy / CELL_M)
    assert len(np.unique(squares, axis=0)) == len(squares)


def test_without_streets_squares_count_equally_and_stand_at_their_centre() -> None:
    spread = spread_over_area([shapely.box(0, 0, 500, 250), shapely.box(10, 10, 20, 20)])
    assert spread.xy[:2].tolist() == [[125, 125], [375, 125]]
    assert spread.weight.tolist() == [1, 1, 1]
    assert spread.without_streets == (1,)
    assert spread.xy[2].tolist() == [15, 15]


def test_a_square_that_only_a_pattern_fills_is_a_cell_of_no_weight_inside_the_area() -> None:
    area = shapely.box(0, 0, 500, 250)
    asked = join_squares([1, 9], [0, 9])
    spread = spread_over_streets([area], streets([(0, 20), (250, 20)]), squares=asked)
    assert spread.weight.tolist() == [pytest.approx(250), 0]
    assert spread.within.tolist() == [1, 1]
    assert spread.square.tolist() == join_squares([0, 1], [0, 0]).tolist()
    assert 250 < spread.xy[1, 0] < 500


def test_what_a_pattern_has_in_a_square_is_shared_by_streets_and_else_by_overlap() -> None:
    # The border runs through both squares at x = 100 and x = 350; the first has a street.
    areas = [shapely.box(0, 0, 100, 250), shapely.box(100, 0, 350, 250)]
    asked = join_squares([0, 1], [0, 0])
    spread = spread_over_streets(areas, streets([(0, 20), (250, 20)]), squares=asked)
    assert spread.within.tolist() == pytest.approx([0.4, 0.6, 0.4])
    evenly = spread_over_area(areas, squares=asked)
    assert evenly.within.tolist() == pytest.approx([0.4, 0.6, 0.4])


def test_a_square_on_the_edge_of_the_region_is_shared_by_what_lies_inside() -> None:
    # Of the square 200 m lie in the region, half of them in each area.
    areas = [shapely.box(0, 0, 100, 250), shapely.box(100, 0, 200, 250)]
    region = shapely.box(0, 0, 200, 250)
    asked = join_squares([0], [0])
    evenly = spread_over_area(areas, squares=asked, region=region)
    assert evenly.within.tolist() == pytest.approx([0.5, 0.5])
    along = spread_over_streets(areas, streets([(0, 20), (250, 20)]), squares=asked, region=region)
    assert along.within.tolist() == pytest.approx([0.5, 0.5])
