"""Who may use a street, by its tags."""

import pandas as pd
import pytest

from planner.streets.graph import MODE_BITS, THROUGH_ONLY
from planner.streets.rules import HIGHWAYS, permitted

WALK, EBIKE, DRIVE = MODE_BITS["walk"], MODE_BITS["ebike"], MODE_BITS["drive"]
ALL = WALK | EBIKE | DRIVE


def both(**tags: str) -> tuple[int, int]:
    forward, backward = permitted(pd.DataFrame({key: [value] for key, value in tags.items()}))
    return int(forward[0]), int(backward[0])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, ALL),
        ({"highway": "footway"}, WALK),
        ({"highway": "steps"}, WALK),
        ({"highway": "pedestrian"}, WALK),
        ({"highway": "cycleway"}, WALK | EBIKE),
        ({"highway": "footway", "bicycle": "yes"}, WALK | EBIKE),
        ({"highway": "steps", "bicycle": "designated"}, WALK | EBIKE),
        ({"highway": "footway", "motor_vehicle": "yes"}, WALK),
        ({"highway": "trunk"}, ALL),
        ({"highway": "trunk_link"}, EBIKE | DRIVE),
        ({"highway": "trunk_link", "foot": "yes"}, ALL),
        ({"highway": "trunk", "motorroad": "yes"}, DRIVE),
        ({"highway": "residential", "access": "private"}, 0),
        ({"highway": "residential", "access": "no", "foot": "yes"}, WALK),
        ({"highway": "residential", "access": "yes"}, ALL),
        ({"highway": "steps", "access": "yes"}, WALK),
        ({"highway": "residential", "vehicle": "no"}, WALK),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, WALK | EBIKE),
        ({"highway": "residential", "motor_vehicle": "no"}, WALK | EBIKE),
        ({"highway": "residential", "motorcar": "no"}, WALK | EBIKE),
        ({"highway": "residential", "motor_vehicle": "no", "motorcar": "yes"}, ALL),
        ({"highway": "residential", "foot": "no"}, EBIKE | DRIVE),
        ({"highway": "residential", "foot": "use_sidepath"}, EBIKE | DRIVE),
        ({"highway": "service", "service": "parking_aisle"}, ALL),
        ({"highway": "service", "service": "emergency_access"}, WALK),
        ({"highway": "pedestrian", "area": "yes"}, WALK),
        ({"highway": "service", "area": "yes"}, WALK),
        ({"highway": "construction"}, 0),
        ({"highway": "construction", "foot": "yes"}, 0),
        ({"highway": "proposed"}, 0),
        ({"highway": ""}, ALL),
        ({"highway": "Residential "}, ALL),
        ({"highway": "主干路"}, ALL),
        ({"highway": "人行道"}, WALK),
    ],
)
def test_tags_open_and_close_a_street_to_each_mode(tags: dict[str, str], expected: int) -> None:
    assert both(**tags) == (expected, expected)


@pytest.mark.parametrize("kind", ["motorway", "motorway_link"])
def test_nobody_walks_or_rides_on_a_motorway_whatever_else_is_tagged(kind: str) -> None:
    forward, backward = both(highway=kind, foot="yes", bicycle="yes", oneway="no")
    assert forward == backward == DRIVE | THROUGH_ONLY


@pytest.mark.parametrize("oneway", ["yes", "1", "true", "True", "1.0", "F", "单行"])
def test_a_one_way_binds_driving_alone(oneway: str) -> None:
    assert both(highway="residential", oneway=oneway) == (ALL, WALK | EBIKE)


@pytest.mark.parametrize("oneway", ["-1", "reverse", "T", "-1.0"])
def test_a_one_way_may_run_against_the_drawn_direction(oneway: str) -> None:
    assert both(highway="residential", oneway=oneway) == (WALK | EBIKE, ALL)


@pytest.mark.parametrize("oneway", ["no", "False", "0", "B", "", "双向"])
def test_a_street_is_open_both_ways_where_nothing_says_one_way(oneway: str) -> None:
    assert both(highway="residential", oneway=oneway) == (ALL, ALL)


def test_roundabouts_and_motorways_are_one_way_unless_said_otherwise() -> None:
    assert both(highway="primary", junction="roundabout") == (ALL, WALK | EBIKE)
    assert both(highway="primary", junction="roundabout", oneway="no") == (ALL, ALL)
    assert both(highway="motorway") == (DRIVE | THROUGH_ONLY, 0)
    assert both(highway="motorway", oneway="no") == (DRIVE | THROUGH_ONLY,) * 2
    assert both(highway="motorway_link", oneway="-1") == (0, DRIVE | THROUGH_ONLY)


def test_a_chinese_motorway_line_stands_for_both_carriageways() -> None:
    assert both(highway="高速公路") == (DRIVE | THROUGH_ONLY,) * 2


@pytest.mark.parametrize("kinds", ["['residential', 'path']", "residential;path"])
def test_a_chain_of_several_kinds_is_open_only_to_who_may_use_all_of_them(kinds: str) -> None:
    assert both(highway=kinds) == (WALK | EBIKE, WALK | EBIKE)


def test_one_closed_part_closes_a_chain() -> None:
    assert both(highway="residential", access="['yes', 'private']") == (0, 0)
    assert both(highway="['residential', 'motorway_link']")[0] & (WALK | EBIKE) == 0


def test_a_missing_tag_column_and_a_missing_value_mean_not_tagged() -> None:
    tags = pd.DataFrame({"highway": ["residential", None], "access": [None, float("nan")]})
    assert permitted(tags).forward.tolist() == [ALL, ALL]
    assert permitted(pd.DataFrame(index=range(3))).backward.tolist() == [ALL] * 3


def test_every_kind_in_the_table_stays_within_the_modes() -> None:
    assert all(0 <= bits <= ALL for bits in HIGHWAYS.values())
    for kind, bits in HIGHWAYS.items():
        forward, backward = both(highway=kind, oneway="no")
        assert forward & ALL == backward & ALL == bits, kind
