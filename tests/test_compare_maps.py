"""Maps that move together and maps of what differs: what they show, and that they are harmless."""

import re
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from map_districts import HOSTILE, SmallWorld, small_world

from planner.coverage import measure_coverage, served_difference
from planner.coverage.differing import DIFFERENCES, difference_classes
from planner.language import use_language
from planner.maps import (
    PAIR_LINKS,
    Pane,
    cells_layer,
    difference_layer,
    ground_of,
    make_pane,
    pair_page,
    sites_layer,
)
from planner.maps.difference import DIFFERENCE_COLOURS

KINDS = list(DIFFERENCES)


@pytest.fixture(scope="module")
def world() -> SmallWorld:
    return small_world()


def pane(world: SmallWorld, title: str) -> Pane:
    layers = [
        cells_layer(world.district, world.coverage, world.figures),
        sites_layer(world.district, world.coverage, "existing"),
    ]
    ground = ground_of(world.district, world.streets)
    return make_pane(title, world.district, ground=ground, layers=layers)


def table(rows: Sequence[tuple[float, float, float, float]]) -> pd.DataFrame:
    """Build rows of hours, both, gained, lost."""
    made = pd.DataFrame(rows, columns=["hours", "both", "gained", "lost"])
    made["neither"] = made["hours"] - made[["both", "gained", "lost"]].sum(axis=1)
    return made


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ((1000, 400, 250, 0), "gained_much"),
        ((1000, 400, 249, 0), "gained"),
        ((1000, 400, 5, 0), "gained"),
        ((1000, 400, 4.9, 0), "both"),
        ((1000, 400, 0, 250), "lost_much"),
        ((1000, 400, 4.9, 249), "lost"),
        ((1000, 400, 5, 5), "gained_and_lost"),
        ((1000, 5, 0, 0), "both"),
        ((1000, 4.9, 0, 0), "neither"),
        ((0, 0, 0, 0), "neither"),
    ],
)
def test_a_change_is_shown_from_half_a_per_cent_on_and_is_large_from_a_quarter_on(
    row: tuple[float, float, float, float], kind: str
) -> None:
    assert KINDS[difference_classes(table([row]))[0]] == kind


def test_the_difference_shows_cells_with_workers_in_their_colours_with_a_legend(
    world: SmallWorld,
) -> None:
    options = world.coverage.options.table
    kept = list(options.index[options["measure"] == "keep"])
    new = list(options.index[options["measure"] == "open"][:3])
    found = served_difference(world.coverage, kept, new)
    layer = difference_layer(
        world.district, world.coverage.demand, found, first="Today", then="Plan"
    )
    there = found["hours"] > 0
    assert layer.data.script.count("Cell c") == int(there.sum()) < len(found)
    fill = re.search(r'"fill":\[([\d,]+)\]', layer.data.script)
    assert fill is not None
    wanted = difference_classes(found)[there.to_numpy()]
    assert [int(each) for each in fill[1].split(",")] == wanted.tolist()
    assert len(set(wanted.tolist())) > 2
    for label in ("newly served: less", "no longer served: less", "served in neither"):
        assert label in layer.call
    served = measure_coverage(world.coverage, new).by_cell["effective_share"]
    assert np.allclose(
        (found["both"] + found["gained"])[there] / found["hours"][there], served[there]
    )


def test_colours_of_what_differs_are_far_apart_in_grey_too() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    much, less = (
        lightness(DIFFERENCE_COLOURS["gained_much"]),
        lightness(DIFFERENCE_COLOURS["gained"]),
    )
    assert less - much > 0.2
    assert len(set(DIFFERENCE_COLOURS.values())) == len(DIFFERENCE_COLOURS)


def test_a_pair_of_maps_is_one_page_that_holds_everything(world: SmallWorld) -> None:
    page = pair_page([pane(world, "One"), pane(world, "Two")], title="Both", key="town")
    assert page.count('class="folium-map"') == 2
    assert "<script src" not in page
    assert "<link" not in page
    assert 'plannerPair.join([map_0_part_0_, map_1_part_0_], {"titles":["One","Two"]' in page
    # The same cells stand in the page once, though both maps show them.
    key = next(each for each in re.findall(r'plannerMap\.cells\("(\w+)"', page))
    assert page.count(f'plannerMap.data["{key}"]=') == 1


def test_the_same_maps_give_the_same_page(world: SmallWorld) -> None:
    made = [
        pair_page([pane(world, "One"), pane(world, "Two")], title="Both", key="town")
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_with_links_a_page_names_its_scripts_and_holds_no_data(world: SmallWorld) -> None:
    page = pair_page(
        [pane(world, "One"), pane(world, "Two")],
        title="Both",
        key="town",
        link=lambda name: f"../{name.removeprefix('planner:')}",
    )
    assert '<script src="../leaflet.js">' in page
    assert '<script src="../planner_pair.js">' in page
    assert '<link rel="stylesheet" href="../planner_pair.css">' in page
    assert "plannerMap.data[" not in page
    assert len(page) < 20_000


def test_a_page_allows_only_its_own_scripts(world: SmallWorld) -> None:
    page = pair_page([pane(world, "One")], title="One", key="town")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;; script-src &#x27;self&#x27;")
    inline = len(re.findall(r"<script>", page))
    assert policy[1].count("sha256-") == inline


def test_names_of_scenarios_stay_text(world: SmallWorld) -> None:
    found = served_difference(world.coverage, [], [])
    layer = difference_layer(
        world.district, world.coverage.demand, found, first=HOSTILE, then=HOSTILE
    )
    ground = ground_of(world.district, world.streets)
    made = make_pane(HOSTILE, world.district, ground=ground, layers=[layer])
    page = pair_page([made], title=HOSTILE, key=HOSTILE)
    # In the title of the window it is text; in scripts no mark of it is left.
    rest = re.sub(r"<title>.*?</title>", "", page)
    for mark in ("<img src=x", "<script>alert", "${alert"):
        assert mark not in rest


def test_a_page_needs_a_map_and_no_foreign_script(world: SmallWorld) -> None:
    with pytest.raises(ValueError, match="at least one"):
        pair_page([], title="None", key="town")
    made = pane(world, "One")
    made.made.default_js = [*made.made.default_js, ("d3", "https://cdn.example.org/d3.js")]
    with pytest.raises(ValueError, match=r"own scripts and styles, got 'https://cdn"):
        pair_page([made], title="One", key="town")


def test_maps_that_move_together_speak_both_languages(world: SmallWorld) -> None:
    use_language("zh")
    found = served_difference(world.coverage, [], [])
    layer = difference_layer(world.district, world.coverage.demand, found, first="甲", then="乙")
    assert "两者均未覆盖" in layer.call
    ground = ground_of(world.district, world.streets)
    page = pair_page(
        [make_pane("甲", world.district, ground=ground, layers=[layer])], title="甲", key="k"
    )
    assert '<html lang="zh-CN">' in page


def test_scripts_of_the_pair_are_part_of_the_package() -> None:
    for path in PAIR_LINKS.values():
        assert (files("planner.maps") / path.name).is_file()
