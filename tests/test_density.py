"""Density surfaces: totals are kept, the kernel is as stated, along streets nobody leaves them."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from plane_towns import demand_of
from sklearn.neighbors import KernelDensity
from small_towns import Place as StreetPlace
from small_towns import cut_streets, spot

from planner.demand import Demand
from planner.density import Surface, density_surface
from planner.streets import StreetGraph

PLANE = "EPSG:32651"


def crossing() -> StreetGraph:
    """Two streets of 400 m cross in the middle at (0, 0); a third lies 1 km north of them."""
    xy = [(-200, 0), (200, 0), (0, -200), (0, 200), (0, 0), (-200, 1000), (200, 1000)]
    return streets_of(xy, [(0, 4), (4, 1), (2, 4), (4, 3), (5, 6)])


def streets_of(xy: list[tuple[int, int]], ends: list[tuple[int, int]]) -> StreetGraph:
    """Join corners by straight streets for everybody."""
    at = np.array(xy, float)
    tail, head = np.array(ends, np.int32).T
    n = len(ends)
    return StreetGraph(
        node_xy=at,
        tail=tail,
        head=head,
        length_mm=np.rint(np.hypot(*(at[head] - at[tail]).T) * 1000).astype(np.int32),
        forward=np.full(n, 7, np.uint8),
        backward=np.full(n, 7, np.uint8),
        line_start=np.arange(0, 2 * n + 1, 2, dtype=np.int64),
        line_xy=np.stack([at[tail], at[head]], axis=1).reshape(-1, 2),
        crs=PLANE,
    )


def workers_in_pixels(surface: Surface) -> NDArray[np.float64]:
    return surface.values * (surface.pixel_m**2 / 1e6)


def middles(surface: Surface) -> NDArray[np.float64]:
    """Give the middle of each pixel, shape (rows, columns, 2)."""
    rows, columns = surface.values.shape
    x = surface.west_m + (np.arange(columns) + 0.5) * surface.pixel_m
    y = surface.south_m + (np.arange(rows) + 0.5) * surface.pixel_m
    return np.stack(np.meshgrid(x, y), axis=2)


# In the plane


def test_one_worker_is_spread_by_the_quartic_kernel_over_the_pixels_in_the_bandwidth() -> None:
    surface = density_surface(
        demand_of([(25, 25)], {"rider": [2]}), projection=PLANE, bandwidth_m=100
    )
    far_m = np.hypot(*(middles(surface) - [25, 25]).transpose(2, 0, 1))
    weight = np.where(far_m < 100, (1 - (far_m / 100) ** 2) ** 2, 0)
    assert surface.pixel_m == 50
    assert (weight > 0).sum() == 9  # the middle two pixels away is at the bandwidth itself
    assert workers_in_pixels(surface) == pytest.approx(2 * weight / weight.sum())


def test_the_surface_holds_everything_within_the_bandwidth_and_its_borders_are_whole_pixels() -> (
    None
):
    surface = density_surface(
        demand_of([(0, 0), (130, -70)], {"rider": [1, 1]}), projection=PLANE, bandwidth_m=300
    )
    assert surface.bounds_m == (-300.0, -400.0, 450.0, 350.0)
    assert surface.values.shape == (15, 15)


def test_a_bandwidth_that_reaches_no_middle_of_a_pixel_leaves_the_workers_in_theirs() -> None:
    demand = demand_of([(1, 1), (49, 99)], {"rider": [3, 4]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=10)
    assert surface.at(np.array([[1, 1], [49, 99], [1, 60]])) == pytest.approx([1200, 1600, 1600])
    assert surface.workers == pytest.approx(7)


def test_places_outside_have_no_workers_and_an_edge_belongs_to_the_pixel_north_east() -> None:
    surface = Surface(
        values=np.array([[1.0, 2.0], [3.0, 4.0]]),
        west_m=100.0,
        south_m=200.0,
        pixel_m=50.0,
        projection=PLANE,
    )
    places = np.array([[100, 200], [150, 200], [100, 250], [200, 200], [99, 200], [199, 299]])
    assert surface.at(places).tolist() == [1, 2, 3, 0, 0, 4]


def test_away_from_pixels_the_surface_agrees_with_scikit_learn() -> None:
    # scikit-learn has no quartic kernel, but Epanechnikov's in the plane, (1 - u^2 / s^2) 2 / s^2:
    # weighed by 6 s^5 and summed over s from u to 1 it gives 3 (1 - u^2)^2, the quartic one.
    chance = np.random.default_rng(3)
    xy = chance.uniform(0, 2000, (40, 2))
    people = chance.integers(1, 20, 40)
    demand = demand_of([(x, y) for x, y in xy], {"rider": people.tolist()})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=600)
    steps = (np.arange(80) + 0.5) / 80
    places = middles(surface)[::2, ::2].reshape(-1, 2)
    peer = np.zeros(len(places))
    for share in steps:
        model = KernelDensity(kernel="epanechnikov", bandwidth=600 * share)
        model.fit(xy, sample_weight=people)
        with np.errstate(divide="ignore"):
            density = np.exp(model.score_samples(places))
        peer += density * people.sum() * 1e6 * 6 * share**5 / len(steps)
    error = np.abs(surface.values[::2, ::2].ravel() - peer)
    assert error.max() < 0.01 * peer.max()


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    metres = st.floats(-2000, 2000, allow_nan=False)
    cells = draw(st.lists(st.tuples(metres, metres), min_size=1, max_size=12))
    counts = st.lists(st.integers(0, 500), min_size=len(cells), max_size=len(cells))
    return demand_of(cells, {"rider": draw(counts), "courier": draw(counts)})


@given(demands(), st.floats(1, 3000), st.sampled_from([None, crossing()]))
@settings(max_examples=60, deadline=None)
def test_whatever_the_places_and_the_bandwidth_the_total_is_kept(
    demand: Demand, bandwidth_m: float, streets: StreetGraph | None
) -> None:
    surface = density_surface(demand, projection=PLANE, bandwidth_m=bandwidth_m, streets=streets)
    assert surface.workers == pytest.approx(demand.workers.sum(), rel=1e-12)
    assert surface.values.size <= 1_000_000


@given(demands(), st.permutations(range(12)), st.sampled_from([None, crossing()]))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_cells_makes_no_difference(
    demand: Demand, order: list[int], streets: StreetGraph | None
) -> None:
    kept = [place for place in order if place < len(demand.cells)]
    other = replace(
        demand,
        cells=demand.cells.iloc[kept],
        workers=demand.workers[kept],
        people_milli=demand.people_milli[:, kept],
        error_share=demand.error_share[kept],
    )
    one = density_surface(demand, projection=PLANE, bandwidth_m=300, streets=streets)
    two = density_surface(other, projection=PLANE, bandwidth_m=300, streets=streets)
    assert two.values == pytest.approx(one.values, rel=1e-9, abs=1e-9)


def test_many_cells_in_threads_give_what_each_gives_alone() -> None:
    chance = np.random.default_rng(5)
    xy = chance.uniform(0, 3000, (20_000, 2))
    many = demand_of([(x, y) for x, y in xy], {"rider": [1] * len(xy)})
    surface = density_surface(many, projection=PLANE, bandwidth_m=200)
    few = [
        demand_of([(x, y) for x, y in part], {"rider": [1] * 4000}) for part in xy.reshape(5, -1, 2)
    ]
    alone = np.zeros(surface.values.shape)
    for demand in few:
        part = density_surface(demand, projection=PLANE, bandwidth_m=200)
        row = round((part.south_m - surface.south_m) / 50)
        column = round((part.west_m - surface.west_m) / 50)
        rows, columns = part.values.shape
        alone[row : row + rows, column : column + columns] += part.values
    assert surface.values == pytest.approx(alone, rel=1e-9, abs=1e-9)
    again = density_surface(many, projection=PLANE, bandwidth_m=200)
    assert (again.values == surface.values).all()


# By group and hour


def test_a_group_alone_and_all_groups_add_up() -> None:
    demand = demand_of([(0, 0), (400, 0)], {"rider": [5, 1], "courier": [0, 8]})
    every = density_surface(demand, projection=PLANE, bandwidth_m=100)
    each = [
        density_surface(demand, projection=PLANE, bandwidth_m=100, group=name)
        for name in demand.groups
    ]
    assert [surface.workers for surface in each] == pytest.approx([6, 8])
    assert sum(surface.values for surface in each) == pytest.approx(every.values)


def test_hours_give_the_people_out_at_the_same_time_on_average() -> None:
    demand = demand_of([(0, 0)], {"rider": [10]})
    band_of_hour = np.zeros(168, np.int16)
    band_of_hour[[11, 12]] = 1
    people_milli = np.array([[[1000]], [[7000]]])
    demand = replace(demand, band_of_hour=band_of_hour, people_milli=people_milli)

    def at(*hours: int) -> float:
        return density_surface(demand, projection=PLANE, bandwidth_m=100, hours=hours).workers

    assert at(11) == pytest.approx(7)
    assert at(10, 11, 12) == pytest.approx(5)
    assert at(11, 11, 3) == pytest.approx(5)


def test_nobody_at_all_is_a_surface_of_zeros() -> None:
    demand = demand_of([(0, 0)], {"rider": [0]})
    for streets in (None, crossing()):
        surface = density_surface(demand, projection=PLANE, bandwidth_m=100, streets=streets)
        assert (surface.values == 0).all()


def test_a_very_wide_district_gets_wider_pixels() -> None:
    demand = demand_of([(0, 0), (90_000, 70_000)], {"rider": [1, 1]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=300)
    assert surface.values.size <= 1_000_000
    assert surface.pixel_m == 90  # 80 m would be 1134 x 884 pixels
    wide = density_surface(demand_of([(0, 0)], {"rider": [1]}), projection=PLANE, bandwidth_m=3000)
    assert wide.pixel_m == 250


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bandwidth_m": 0.0}, "bandwidth_m must be above 0 .* got 0"),
        ({"bandwidth_m": float("nan")}, "bandwidth_m must be above 0 .* got nan"),
        ({"bandwidth_m": 100_001.0}, "bandwidth_m must be above 0 and at most 100000"),
        ({"group": "nurse"}, "group must be one of rider, got 'nurse'"),
        ({"hours": []}, "hours must be some of 0 to 167, got"),
        ({"hours": [168]}, "hours must be some of 0 to 167, got .168"),
        ({"streets": replace(crossing(), crs="EPSG:32650")}, "streets lie in 'EPSG:32650'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(wrong: dict[str, object], message: str) -> None:
    demand = demand_of([(0, 0)], {"rider": [1]})
    given_: dict[str, object] = {"projection": PLANE, "bandwidth_m": 100.0} | wrong
    with pytest.raises(ValueError, match=message):
        density_surface(demand, **given_)  # type: ignore[arg-type]  # wrong on purpose


# Along streets


def test_a_worker_at_the_crossing_is_spread_along_all_four_arms() -> None:
    # Pieces of 25 m in pixels of 50 m: each arm has middles 12.5, 37.5, 62.5 and 87.5 m away.
    demand = demand_of([(0, 0)], {"rider": [1]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=100, streets=crossing())
    weight = (1 - (np.array([12.5, 37.5, 62.5, 87.5]) / 100) ** 2) ** 2
    share = weight / weight.sum() / 4
    near, far = share[:2].sum(), share[2:].sum()
    got = surface.at(np.array([[75, 1], [-75, 1], [1, 75], [1, -75], [75, 75]])) * 0.0025
    assert got == pytest.approx([far, far, far, far, 0])
    # The arms to the east and to the north begin in one pixel.
    assert surface.at(np.array([[25, 25]])) * 0.0025 == pytest.approx([2 * near])


def test_nobody_is_put_where_there_is_no_street() -> None:
    demand = demand_of([(150, 30), (0, -190)], {"rider": [4, 4]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=300, streets=crossing())
    x, y = np.abs(middles(surface)).transpose(2, 0, 1)
    on_street = ((y < 50) & (x < 225)) | ((x < 50) & (y < 225))
    assert surface.values[~on_street].max() == 0
    assert surface.workers == pytest.approx(8)


def test_the_way_to_the_street_counts_and_who_is_too_far_from_any_stays_put() -> None:
    near, far = (0, 500), (50, 299)
    demand = demand_of([near, far], {"rider": [1, 1]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=100, streets=crossing())
    assert surface.at(np.array([near])) * 0.0025 == pytest.approx([1])
    # (50, 299) is 111 m from the end of the street: beyond the bandwidth too.
    assert surface.at(np.array([far])) * 0.0025 == pytest.approx([1])
    wider = density_surface(demand, projection=PLANE, bandwidth_m=150, streets=crossing())
    assert wider.at(np.array([far])) == 0
    assert wider.at(np.array([[1, 190]])) > 0


def test_a_bandwidth_that_reaches_the_street_but_no_piece_puts_people_on_the_street() -> None:
    demand = demand_of([(100, 9)], {"rider": [2]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=10, streets=crossing())
    assert surface.at(np.array([[101, 1]])) * 0.0025 == pytest.approx([2])


def test_another_street_close_by_gets_nobody_unless_one_can_walk_there() -> None:
    # Two streets 60 m apart that meet nowhere.
    streets = streets_of([(0, 0), (1000, 0), (0, 60), (1000, 60)], [(0, 1), (2, 3)])
    demand = demand_of([(500, 10)], {"rider": [1]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=400, streets=streets)
    assert surface.at(np.array([[500, 60]])) == 0
    joined = streets_of([(0, 0), (1000, 0), (0, 60), (1000, 60), (500, 0), (500, 60)], [
        (0, 4), (4, 1), (2, 5), (5, 3), (4, 5),
    ])  # fmt: skip
    surface = density_surface(demand, projection=PLANE, bandwidth_m=400, streets=joined)
    assert surface.at(np.array([[500, 60]])) > 0


def test_streets_that_nobody_may_walk_get_nobody_and_lead_nowhere() -> None:
    streets = crossing()
    no_walking = replace(
        streets,
        forward=np.array([7, 7, 7, 6, 7], np.uint8),
        backward=np.array([7, 7, 7, 6, 7], np.uint8),
    )
    demand = demand_of([(0, 0)], {"rider": [1]})
    surface = density_surface(demand, projection=PLANE, bandwidth_m=200, streets=no_walking)
    assert surface.at(np.array([[1, 60], [1, 110], [1, -60]])).tolist()[:2] == [0, 0]
    through = replace(
        streets,
        forward=np.array([7, 7, 7, 15, 7], np.uint8),
        backward=np.array([7, 7, 7, 15, 7], np.uint8),
    )
    surface = density_surface(demand, projection=PLANE, bandwidth_m=200, streets=through)
    assert surface.at(np.array([[1, 60]])).tolist() == [0]
    assert surface.workers == pytest.approx(1)


def pixel_of(surface: Surface, x: float, y: float) -> tuple[int, int]:
    west, south, side = surface.west_m, surface.south_m, surface.pixel_m
    return int((x - west) // side), int((y - south) // side)


def recount(
    streets: StreetGraph, place: StreetPlace, surface: Surface, bandwidth_m: float
) -> dict[tuple[int, int], float]:
    """Spread one worker with NetworkX: all middles of pieces are nodes of the graph."""
    rows = [
        (int(a), int(b), int(mm), 1, 1)
        for a, b, mm in zip(streets.tail, streets.head, streets.length_mm, strict=True)
    ]
    pieces: list[tuple[StreetPlace, int, tuple[int, int]]] = []
    for street, (a, b, mm, _, _) in enumerate(rows):
        count = -(-mm // 25_000)
        for piece in range(count):
            offset = round((piece + 0.5) * mm / count)
            x, y = streets.node_xy[a] + (streets.node_xy[b] - streets.node_xy[a]) * offset / mm
            pieces.append(((street, offset, 0), mm // count, pixel_of(surface, x, y)))
    graph = cut_streets(rows, [place, *(piece for piece, _, _ in pieces)])
    ways = nx.single_source_dijkstra_path_length(graph, spot(rows, place[0], place[1]), weight="mm")
    weights: dict[tuple[int, int], float] = {}
    for (street, offset, _), mm, pixel in pieces:
        way = (ways.get(spot(rows, street, offset), np.inf) + place[2]) / 1000
        if way < bandwidth_m:
            weights[pixel] = weights.get(pixel, 0.0) + mm * (1 - (way / bandwidth_m) ** 2) ** 2
    total = sum(weights.values())
    return {pixel: weight / total for pixel, weight in weights.items()}


def test_along_the_streets_of_a_small_town_the_surface_is_that_of_networkx() -> None:
    # A grid of 4 x 4 corners, some streets missing, one detour longer than straight.
    chance = np.random.default_rng(11)
    xy = [(300 * i, 300 * j) for j in range(4) for i in range(4)]
    ends = [(a, a + 1) for a in range(16) if a % 4 < 3] + [(a, a + 4) for a in range(12)]
    kept = [ends[k] for k in chance.permutation(len(ends))[:18]]
    streets = streets_of(xy, kept)
    for street in (0, 5, 11):
        a, b = kept[street]
        at = np.array(xy[a]) + 0.4 * (np.array(xy[b]) - np.array(xy[a]))
        demand = demand_of([(float(at[0]), float(at[1]))], {"rider": [1]})
        surface = density_surface(demand, projection=PLANE, bandwidth_m=700, streets=streets)
        assert surface.pixel_m == 60
        peer = recount(streets, (street, 120_000, 0), surface, 700)
        rows, columns = np.nonzero(surface.values)
        found = workers_in_pixels(surface)[rows, columns]
        pixels = list(zip(columns.tolist(), rows.tolist(), strict=True))
        assert len(peer) > 10
        assert dict(zip(pixels, found.tolist(), strict=True)) == pytest.approx(peer, rel=1e-3)
