"""Charts of scenarios side by side: when there is one, and that any name can stand in it."""

import io
import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compared_scenarios import measure, small_figures
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from PIL import Image
from small_plans import small_report

from planner.charts import (
    ChartStyle,
    Drawn,
    bars_chart,
    curve_chart,
    difference_picture,
    heat_chart,
    lorenz_chart,
    steps_chart,
)
from planner.charts.figures import _names
from planner.charts.paper import STYLE, labels, words_in_use
from planner.coverage import served_difference
from planner.coverage.differing import DIFFERENCES
from planner.district.settings import Limits
from planner.language import note
from planner.maps.difference import DIFFERENCE_COLOURS
from planner.scenarios.drawn import (
    as_today,
    bars_of,
    curve_in,
    lorenz_of,
    names_apart,
    plan_at,
    steps_of,
)
from planner.scenarios.figures import with_curve

QUICK = ChartStyle(dots_an_inch=50)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return small_figures(Limits(count=2))


def curve(figures: dict[str, Any]) -> dict[str, Any]:
    """Two points: a tenth of all is served for 1,000 yuan, and none can serve above a fifth."""
    points = [
        {
            "limit": size,
            "count": size,
            "cost_yuan": 1000.0 * size,
            "served": 0.1 * size * figures["hours"],
            "bound": 0.2 * size * figures["hours"],
            "effective_share": 0.1 * size,
        }
        for size in (0, 1)
    ]
    return with_curve(figures, {"by": "money", "knee": None, "points": points})


def colours(png: bytes | None) -> set[tuple[int, ...]]:
    assert png is not None
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
    return set(map(tuple, np.unique(pixels, axis=0).tolist()))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_today_is_what_a_plan_begins_from(figures: dict[str, Any]) -> None:
    today = as_today(figures)
    assert steps_of(today) == steps_of(figures)[:1]
    shares = [each["before"] for each in figures["by_group"] if each["hours"]]
    assert [share for _, _, share in bars_of(today)] == [
        figures["effective_share"]["before"],
        *shares,
    ]
    assert lorenz_of(today) != lorenz_of(figures)
    assert plan_at(today, "money") == (0.0, figures["effective_share"]["before"])
    assert figures["effective_share"]["after"] > figures["effective_share"]["before"]


def test_a_curve_is_told_in_shares_with_what_none_exceeds(figures: dict[str, Any]) -> None:
    kept = curve(figures)
    assert curve_in(kept, "money") == [(0.0, 0.0, 0.0), (1000.0, 0.1, pytest.approx(0.2))]
    assert curve_in(kept, "count") == []
    assert plan_at(kept, "count") == (2.0, kept["effective_share"]["after"])
    assert plan_at(kept, "money") == (7000.0, kept["effective_share"]["after"])


def test_a_relocatable_station_is_one_opening_however_often_it_moves(
    figures: dict[str, Any],
) -> None:
    stays = [measure(f"V9+container@{n}", "V9", steps=["container"]) for n in range(4)]
    bought = {"kind": "bought", "count": 1, "setup": 30_000.0}
    money = {**figures["money"], "by_kind": [*figures["money"]["by_kind"], bought]}
    moved = {**figures, "measures": [*figures["measures"], *stays], "money": money}
    assert plan_at(moved, "count")[0] == plan_at(figures, "count")[0] + 1


def test_what_says_nothing_is_not_drawn(figures: dict[str, Any]) -> None:
    today, planned = Drawn("today", as_today(figures)), Drawn("plan", figures)
    assert curve_chart([planned], by="money", style=QUICK) is None
    assert curve_chart([Drawn("x", curve(figures))], by="count", style=QUICK) is None
    assert steps_chart([today], style=QUICK) is None
    together = {"groups": ["rider"], "periods": ["day"]}
    one = {name: [[0.5]] for name in ("hours", "before", "after")}
    assert heat_chart({**figures, "by_group_period": {**together, **one}}, style=QUICK) is None
    nowhere: dict[str, list[Any]] = {
        name: [] for name in ("id", "name", "workers", "hours", "before", "after")
    }
    without = Drawn("x", {**figures, "by_community": nowhere})
    assert lorenz_chart([without, without], style=QUICK) is None
    assert lorenz_chart([without, planned], style=QUICK) is not None


def test_each_scenario_has_a_colour_of_its_own(figures: dict[str, Any]) -> None:
    drawn = [Drawn(note("Today"), as_today(figures)), Drawn("plan", curve(figures))]
    charts = [
        bars_chart(drawn, style=QUICK),
        lorenz_chart(drawn, style=QUICK),
        steps_chart(drawn, style=QUICK),
        curve_chart(drawn, by="money", style=QUICK),
    ]
    for png in charts:
        assert {rgb(each) for each in STYLE.side_colours[:2]} <= colours(png)
    assert len(set(STYLE.side_colours)) == len(STYLE.side_colours)


HOSTILE = ["_hidden", "$x^$ \\frac{", "<b>&amp;", "", "\u202e\x00\n", "汉" * 300, "{name}", "%s%"]


def test_any_name_can_stand_in_a_chart(
    figures: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    drawn = [Drawn(name, curve(figures)) for name in HOSTILE]
    with caplog.at_level(logging.WARNING):
        for png in (
            bars_chart(drawn, style=QUICK),
            lorenz_chart(drawn, style=QUICK),
            curve_chart(drawn, by="money", style=QUICK),
        ):
            assert colours(png)
    assert not caplog.records


@settings(max_examples=30)
@given(st.text())
def test_no_name_is_left_out_of_a_legend_or_fills_it(name: str) -> None:
    told = _names([Drawn(name, {}), Drawn(name, {})], words_in_use())
    assert told[0] != told[1]
    for each in told:
        assert not each.startswith("_")
        assert len(each) < 40


def test_groups_whose_long_names_begin_alike_have_a_bar_and_a_label_each(
    figures: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = "Riders of platforms who carry meals at night, "
    names = [f"{begin}north", f"{begin}south", f"{begin}south"]
    groups = [
        {**figures["by_group"][0], "id": f"g{at}", "name": name, "name_en": "", "after": 0.1 * at}
        for at, name in enumerate(names, start=1)
    ]
    bars: list[float] = []
    written: list[str] = []
    monkeypatch.setattr(Axes, "barh", lambda _axes, _at, share, *_a, **_k: bars.append(share))
    monkeypatch.setattr(Axes, "set_yticks", lambda _axes, _ticks, told: written.extend(told))
    bars_chart([Drawn("x", {**figures, "by_group": groups})], style=QUICK)
    assert bars == pytest.approx([figures["effective_share"]["after"], 0.1, 0.2, 0.3])
    assert len(set(written)) == 4
    assert [each[-5:] for each in written[1:3]] == ["north", "south"]
    told = labels([note("x" * 90)] * 2, words_in_use())
    assert all(len(line) < 40 for each in told for line in each.splitlines())


def test_two_scenarios_of_one_name_are_told_apart() -> None:
    assert names_apart(["a", "b", "a", "a (2)", "a"]) == ["a", "b", "a (2)", "a (2) (2)", "a (3)"]


def test_the_map_of_differences_shows_gains_blue_and_losses_orange() -> None:
    report = small_report()
    there = ["S1", "S2", *report.plan.options]
    gained = served_difference(report.coverage, ["S1", "S2"], there)
    lost = served_difference(report.coverage, there, ["S1", "S2"])
    blue = {rgb(STYLE.difference_colours[kind]) for kind in ("gained", "gained_much")}
    orange = {rgb(STYLE.difference_colours[kind]) for kind in ("lost", "lost_much")}
    solid = ChartStyle(dots_an_inch=100)

    def shown(difference: pd.DataFrame) -> set[tuple[int, ...]]:
        return colours(
            difference_picture(
                report.district,
                report.coverage,
                difference,
                report.measures.iloc[:0],
                streets=None,
                style=solid,
            )
        )

    # The legend names the kinds that are there in their own colours, and no others.
    assert shown(gained) & blue
    assert not shown(gained) & orange
    assert shown(lost) & orange
    assert not shown(lost) & blue


def test_maps_on_paper_and_on_screen_tell_the_same_kinds_apart() -> None:
    assert tuple(STYLE.difference_colours) == DIFFERENCES == tuple(DIFFERENCE_COLOURS)
