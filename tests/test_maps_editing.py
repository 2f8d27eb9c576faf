"""Layers and words of a map that is edited: marks, areas, and the tool in hand."""

import json
import re
from typing import Any

import pytest
from map_districts import HOSTILE, small_world
from small_sitings import Rules, siting

from planner.language import use_language
from planner.maps import (
    LINKS,
    EditTools,
    areas_layer,
    editing_script,
    pins_layer,
    standalone_html,
)
from planner.maps.build import base_map, ground_of
from planner.maps.layers import Drawn
from planner.siting import LiveSession
from planner.siting.editing.left import MoneyLeft, money_left

NORTH = ((106.50, 29.50), (106.51, 29.50), (106.51, 29.51))


def payload(layer: Drawn) -> dict[str, Any]:
    """Read what a layer sends to the browser."""
    found: dict[str, Any] = json.loads(re.sub(r"^[^=]*=|;$", "", layer.data.script))
    return found


def legend(layer: Drawn) -> str:
    return layer.call


def test_each_decision_has_a_shape_of_its_own_and_a_line_in_the_legend() -> None:
    world = small_world()
    sites = world.coverage.options.sites
    one, two, three = (str(site) for site in sites.index[:3])
    layer = pins_layer(sites, {"locked": [one], "forbidden": [two], "added": [three]})
    drawn = payload(layer)
    assert drawn["kind"] == ["locked", "forbidden", "added"]
    shapes = [kind["shape"] for kind in drawn["kinds"].values()]
    assert len(set(shapes)) == 3
    for words in ("Must be opened", "Must not be opened", "Added by hand"):
        assert words in legend(layer)


def test_only_what_was_decided_is_in_the_legend() -> None:
    sites = small_world().coverage.options.sites
    layer = pins_layer(sites, {"forbidden": [str(sites.index[0])]})
    assert "Must not be opened" in legend(layer)
    assert "Must be opened" not in legend(layer)


def test_a_decision_about_a_site_that_is_gone_is_not_drawn() -> None:
    sites = small_world().coverage.options.sites
    assert payload(pins_layer(sites, {"locked": ["of no list"]}))["lon"] == []


def test_areas_are_drawn_with_their_corners_and_named_by_their_number() -> None:
    drawn = payload(areas_layer([NORTH, NORTH]))
    assert [area["name"] for area in drawn["areas"]] == ["No-go area 1", "No-go area 2"]
    assert drawn["areas"][0]["ring"] == [list(corner) for corner in NORTH]
    assert drawn["style"]["dashArray"]
    use_language("zh")
    assert payload(areas_layer([NORTH]))["areas"][0]["name"] == "禁区1"


def test_the_tool_in_hand_is_told_in_a_script_that_no_value_leaves() -> None:
    script = editing_script(tool="</script>${x}", off=False, selected=(106.5, 29.5))
    assert "</script>" not in script
    assert "${" not in script
    state = json.loads(re.match(r"window\.plannerEditing = (\{.*?\});", script)[1])  # type: ignore[index]  # it matches
    assert state["selected"] == [106.5, 29.5]
    assert state["pending"] is None
    assert state["off"] is False


def test_names_stay_text_in_the_map_that_is_edited() -> None:
    world = small_world()
    sites = world.coverage.options.sites.assign(name=HOSTILE)
    layer = pins_layer(sites, {"locked": [str(sites.index[0])]})
    assert "<" not in layer.data.script
    tools = EditTools(view=HOSTILE)
    assert "<" not in tools.words
    assert json.loads(tools.words)["view"] == HOSTILE


def test_a_map_that_is_edited_asks_for_the_scripts_of_the_planner_alone() -> None:
    world = small_world()
    made = base_map(world.district, ground=ground_of(world.district, world.streets), asks=True)
    EditTools(view="town").add_to(made)
    page = standalone_html(made, title="edited")
    assert "plannerEdit.begin(" in page
    assert "window.plannerEdit = (" in page
    assert {name for name in LINKS if "edit" in name} == {
        "planner:planner_edit.js",
        "planner:planner_edit.css",
    }


def test_a_map_that_is_not_edited_has_the_script_that_draws_its_areas() -> None:
    world = small_world()
    made = base_map(world.district, ground=ground_of(world.district, world.streets))
    areas_layer([NORTH]).add_to(made)
    page = standalone_html(made, title="A map")
    script, there, used = "window.plannerMap = ", "window.plannerMap.noGo = ", "plannerMap.noGo("
    assert page.index(script) < page.index(there) < page.rindex(used)


@pytest.mark.parametrize(("chosen", "left"), [((), 100.0), (("a",), 70.0), (("a", "b"), -10.0)])
def test_what_is_left_of_the_money_may_fall_below_nothing(
    chosen: tuple[str, ...], left: float
) -> None:
    rules = Rules(costs={"a": 30.0, "b": 80.0}, budget=100.0)
    session = LiveSession(siting({"a": "x", "b": "y"}, {"x": 1, "y": 1}, rules), chosen)
    assert money_left(session) == (MoneyLeft(kind="money", left_yuan=left),)


def test_without_a_budget_nothing_is_said_of_money() -> None:
    assert money_left(LiveSession(siting({"a": "x"}, {"x": 1}))) == ()
