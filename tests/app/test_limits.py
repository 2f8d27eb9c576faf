"""The page of limits: each part keeps what is typed, and tells what cannot hold by its field."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from app_driver import (
    SAMPLE,
    app,
    faults,
    fill,
    healthy,
    keep_settings,
    kept_settings,
    limit,
    page,
    saved,
    view,
    words,
)
from streamlit.testing.v1 import AppTest

from planner.district.settings import GapLimit, Levels, Limits, Objective

PARTS = ("goal", "measures", "costs", "money", "distances", "shares", "phases", "sites", "search")
ALLOWED = "toml|district|Sample|data|all|invented"

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def limits_page(folder: Path, language: str = "zh") -> AppTest:
    return page(app(district=folder.name, language=language), "limits")


def limits_of(folder: Path) -> Limits:
    return kept_settings(folder).limits


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_opens_in_one_language_only(opened: Path, language: str) -> None:
    test = limits_page(opened, language)
    for part in PARTS:
        view(test, "limits_view", part)
        told = words(test)
        assert not test.error
        if language == "zh":
            assert re.findall(rf"\b(?!(?:{ALLOWED})\b)[A-Za-z]{{3,}}\b", told) == []
        else:
            own = told.replace("清江区（虚构）", "").replace("示例数据，全部虚构", "")
            assert not re.search(r"有效|保存|站点", own)


def test_what_a_part_saves_leaves_the_other_parts_and_the_folder_alone(opened: Path) -> None:
    before = (opened / "district.toml").read_text(encoding="utf-8")
    was = limits_of(opened)
    test = limits_page(opened)
    fill(test, "money", budget_yuan=None, budget_union_yuan=90_000.0, count=4)
    assert limits_of(opened) == replace(was, budget_yuan=None, budget_union_yuan=90_000.0, count=4)
    assert (opened / "district.toml").read_text(encoding="utf-8") == before
    assert "90,000" in words(test)
    again = view(limits_page(opened), "limits_view", "money")
    assert limit(again, "budget_yuan").value is None
    assert limit(again, "budget_union_yuan").value == 90_000.0
    assert limit(again, "count").value == 4


def test_objectives_are_a_table(opened: Path) -> None:
    test = view(limits_page(opened), "limits_view", "goal")
    test.toggle[0].set_value(True)
    saved(
        test,
        {
            "_rows": {
                "edited_rows": {"0": {"tolerance_share": 2.0}},
                "added_rows": [{"kind": "p_median", "weight": 3.0}],
            }
        },
    )
    assert limits_of(opened).objectives == (
        Objective(tolerance_share=0.02),
        Objective(kind="p_median", weight=3.0),
    )
    assert limits_of(opened).one_after_the_other
    again = limits_page(opened)
    assert again.data_editor[0].value["kind"].tolist() == ["served", "p_median"]
    saved(again, {"_rows": {"deleted_rows": [0]}})
    assert [aim.kind for aim in limits_of(opened).objectives] == ["p_median"]


def test_measures_are_chosen_and_stations_named_that_may_move_or_close(opened: Path) -> None:
    # The driver names what is chosen outside of the page, where the language is English.
    test = view(limits_page(opened, "en"), "limits_view", "measures")
    boxes = {str(box.key).rsplit("_", 1)[-1]: box for box in test.multiselect}
    boxes["measures"].set_value(["open", "list"])
    boxes["close"].set_value(["S1"])
    boxes["move"].set_value(["S2", "S3"])
    saved(test)
    limits = limits_of(opened)
    assert (limits.measures, limits.may_close) == (("open", "list"), ("S1",))
    assert limits.may_move == ("S2", "S3")


def test_costs_of_measures_are_changed_and_confirmed(opened: Path) -> None:
    before = kept_settings(opened).measures
    test = view(limits_page(opened), "limits_view", "costs")
    assert test.data_editor[0].value["assumed"].any()
    saved(test, {"_rows": {"edited_rows": {"1": {"cost_setup_yuan": 4321}}}})
    after = kept_settings(opened).measures
    assert after[1] == replace(before[1], cost_setup_yuan=4321.0, assumed=False)
    assert not any(each.assumed for each in after)


def test_distances_levels_and_gaps_are_kept(opened: Path) -> None:
    test = view(limits_page(opened), "limits_view", "distances")
    hosts = next(box for box in test.multiselect if str(box.key).endswith("_centres"))
    first = kept_settings(opened).hosts[0].id
    hosts.set_value([first])
    limit(test, "within").set_value(2500.0)
    limit(test, "apart").set_value(250.0)
    test.radio[0].set_value("priced")
    limit(test, "price").set_value(15.0)
    next(t for t in test.toggle if str(t.key).endswith("_along_streets")).set_value(True)
    saved(test)
    limits = limits_of(opened)
    assert limits.levels == Levels(centre_hosts=(first,), within_m=2500.0)
    assert limits.gap == GapLimit(hard=False, price_hours=15.0)
    assert (limits.min_separation_m, limits.separation_along_streets) == (250.0, True)


def test_quotas_and_floors_are_tables(opened: Path) -> None:
    test = view(limits_page(opened), "limits_view", "shares")
    saved(
        test,
        {
            "_quotas": {
                "added_rows": [
                    {"scope": "community", "stations": "any", "least": 1},
                    {"scope": "all", "stations": "all_day", "least_share": 15},
                ]
            },
            "_floors": {"added_rows": [{"whom": "group:rider", "least_share": 40}]},
        },
    )
    one, other = limits_of(opened).quotas
    assert (one.scope, one.least, one.least_share) == ("community", 1, None)
    assert (other.stations, other.least, other.least_share) == ("all_day", None, 0.15)
    (floor,) = limits_of(opened).floors
    assert (floor.groups, floor.least_share) == (("rider",), 0.4)
    again = view(limits_page(opened), "limits_view", "shares")
    saved(again, {"_quotas": {"deleted_rows": [0]}})
    assert [quota.stations for quota in limits_of(opened).quotas] == ["all_day"]
    assert limits_of(opened).floors == (floor,)


def test_phases_are_a_table_and_get_ids_in_their_order(opened: Path) -> None:
    test = view(limits_page(opened), "limits_view", "phases")
    limit(test, "contiguous").set_value(1500.0)
    rows = [{"name": f"{year}年", "budget_yuan": 100_000, "count": 3} for year in (2025, 2026)]
    saved(test, {"_rows": {"added_rows": rows}})
    limits = limits_of(opened)
    assert [(p.id, p.name, p.budget_yuan, p.count) for p in limits.phases] == [
        ("1", "2025年", 100_000.0, 3),
        ("2", "2026年", 100_000.0, 3),
    ]
    assert limits.contiguous_m == 1500.0
    again = view(limits_page(opened), "limits_view", "phases")
    saved(again, {"_rows": {"deleted_rows": [0]}})
    assert [(p.id, p.name) for p in limits_of(opened).phases] == [("1", "2026年")]


def test_areas_where_nothing_may_be_opened_are_listed_and_can_be_deleted(opened: Path) -> None:
    rings = tuple(
        ((106.3 + at, 29.5), (106.31 + at, 29.5), (106.31 + at, 29.51)) for at in (0.0, 0.1)
    )
    settings = kept_settings(opened)
    keep_settings(opened, replace(settings, limits=replace(settings.limits, no_go=rings)))
    test = view(limits_page(opened), "limits_view", "sites")
    areas = next(box for box in test.multiselect if str(box.key).endswith("_no_go"))
    assert areas.value == ["1", "2"]
    areas.set_value(["2"])
    saved(test)
    assert limits_of(opened).no_go == rings[1:]


def test_the_search_has_its_time_gap_steps_and_seed(opened: Path) -> None:
    test = limits_page(opened)
    fill(test, "search", time=7.0, gap=0.25, work=5000, seed=9)
    limits = limits_of(opened)
    assert (limits.time_limit_s, limits.gap_share) == (7.0, 0.0025)
    assert (limits.work_limit, limits.seed) == (5000, 9)


# Wrong input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "name", "value", "title"),
    [
        ("money", "budget_yuan", -1.0, "建设资金总额（元）"),
        ("money", "budget_union_yuan", -1.0, "其中工会出资（元）"),
        ("money", "count", -1, "新增站点上限（个）"),
        ("distances", "apart", -0.5, "最小间距（米）"),
        ("search", "time", -1.0, "计算时限（秒）"),
        ("phases", "contiguous", -1.0, "每期新开站点与此前站点的距离不超过（米）"),
    ],
)
def test_a_limit_out_of_range_is_told_by_its_field_and_not_kept(
    opened: Path, part: str, name: str, value: float, title: str
) -> None:
    kept = limits_of(opened)
    test = view(limits_page(opened), "limits_view", part)
    assert limit(test, name).proto.has_min is False  # else the browser would never send it
    limit(test, name).set_value(value)
    saved(test)
    assert test.error
    assert title in faults(test)
    assert "已剔除" not in faults(test)
    assert "[limits]" not in faults(test)
    assert limits_of(opened) == kept
    assert limit(test, name).value == value
    limit(test, name).set_value(value + 100)
    saved(test)
    assert not test.error
    assert limits_of(opened) != kept


def test_a_row_of_a_table_that_cannot_hold_is_told_by_its_number(opened: Path) -> None:
    kept = limits_of(opened)
    test = view(limits_page(opened), "limits_view", "shares")
    rows = [{"scope": "all", "least": 1}, {"scope": "all", "least": 5, "most": 2}]
    saved(test, {"_quotas": {"added_rows": rows}})
    assert "至少，第2行" in faults(test)
    assert limits_of(opened) == kept


def test_centres_without_metres_are_told(opened: Path) -> None:
    kept = limits_of(opened)
    test = view(limits_page(opened), "limits_view", "distances")
    limit(test, "within").set_value(800.0)
    saved(test)
    assert test.error
    assert limits_of(opened) == kept


def test_a_site_that_is_both_fixed_and_forbidden_is_told(opened: Path) -> None:
    test = view(limits_page(opened), "limits_view", "sites")
    for end in ("_lock", "_forbid"):
        next(w for w in test.multiselect if str(w.key).endswith(end)).set_value(["V001"])
    saved(test)
    assert test.error
    assert "固定（必须设立）" in faults(test)
    assert not re.search(r"\[limits\]", faults(test))
    limits = limits_of(opened)
    assert (limits.lock, limits.forbid) == ((), ())
    next(w for w in test.multiselect if str(w.key).endswith("_forbid")).set_value([])
    saved(test)
    assert not test.error
    assert limits_of(opened).lock == ("V001",)


# Two windows -------------------------------------------------------------------------------------


def test_two_windows_change_parts_of_one_district_without_undoing_each_other(
    opened: Path,
) -> None:
    one, two = limits_page(opened), limits_page(opened)
    fill(one, "money", budget_yuan=None, count=6)
    fill(two, "distances", apart=250.0)
    limits = limits_of(opened)
    assert (limits.count, limits.min_separation_m) == (6, 250.0)
    healthy(one.run())
    assert "250" in words(one)
    assert limits_of(opened) == limits


def test_a_part_that_another_window_overtook_tells_it_and_keeps_what_was_typed(
    opened: Path,
) -> None:
    one, two = (view(limits_page(opened), "limits_view", "money") for _ in range(2))
    limit(one, "count").set_value(5)
    saved(one)
    limit(two, "count").set_value(8)
    saved(two)
    assert limits_of(opened).count == 5
    assert any("另一窗口" in warning.value for warning in two.warning)
    assert limit(two, "count").value == 8
    saved(two)
    assert limits_of(opened).count == 8
