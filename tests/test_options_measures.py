"""From stations, venues and measures to every configuration that a site can have."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import HOSTS, STATIONS, VENUES, small_district

from planner.district import DEFAULT_MEASURES, DEFAULT_SEASONS
from planner.district.settings import HostCost, HostType, Measure, Season
from planner.hours import ALWAYS, read_hours
from planner.options import Options, build_options

EVENING = "17:00-22:00"
MEASURES = (
    Measure(id="open", cost_setup_yuan=0.0, cost_year_yuan=0.0),
    Measure(id="open_evening", cost_setup_yuan=100.0, cost_year_yuan=60.0, hours=EVENING),
    Measure(id="open_24h", cost_setup_yuan=1000.0, cost_year_yuan=400.0, union_share=0.5),
    Measure(id="extend_evening", cost_setup_yuan=10.0, cost_year_yuan=7.0, hours=EVENING),
    Measure(id="extend_24h", cost_setup_yuan=900.0, cost_year_yuan=300.0),
    Measure(id="list", cost_setup_yuan=20.0, cost_year_yuan=0.0),
    Measure(id="open_gate", cost_setup_yuan=300.0, cost_year_yuan=50.0),
    Measure(id="admit", cost_setup_yuan=5.0, cost_year_yuan=1.0),
    Measure(id="enlarge", cost_setup_yuan=40.0, cost_year_yuan=2.0, seats=6),
    Measure(id="move", cost_setup_yuan=70.0, cost_year_yuan=0.0, within_m=800.0),
    Measure(id="close", cost_setup_yuan=0.0, cost_year_yuan=0.0),
)
CONTAINER = HostType(
    id="container",
    name="移动驿站",
    name_en="Container",
    cost_setup_yuan=80_000.0,
    cost_year_yuan=9_000.0,
    hours="24小时",
)


def options_of(
    *,
    stations: pd.DataFrame = STATIONS,
    venues: pd.DataFrame = VENUES,
    measures: tuple[Measure, ...] = MEASURES,
    seasons: tuple[Season, ...] = DEFAULT_SEASONS,
) -> Options:
    district = small_district(stations=stations, venues=venues)
    changed = replace(
        district.settings, measures=measures, seasons=seasons, hosts=(*HOSTS, CONTAINER)
    )
    return build_options(replace(district, settings=changed))


def with_values(rows: pd.DataFrame, **values: Sequence[Any]) -> pd.DataFrame:
    """Replace whole columns; tuples and hours stay what they are."""
    changed = rows.copy()
    for name, column in values.items():
        changed[name] = pd.Series(list(column), index=rows.index, dtype=object)
    return changed


def of_site(options: Options, site: str) -> list[str]:
    table = options.table
    return [str(name) for name in table.index[(table["site"] == site).to_numpy()]]


def only(identity: str, **changes: Any) -> tuple[Measure, ...]:  # noqa: ANN401 - any field
    """Give one measure alone, changed."""
    (found,) = (measure for measure in MEASURES if measure.id == identity)
    return (replace(found, **changes),)


def test_a_station_has_each_combination_of_the_steps_that_change_something() -> None:
    # S1 is open 9-17, listed, not gated; S2 is open 24 hours behind a gate.
    options = options_of(venues=VENUES.iloc[:0])
    assert list(options.table.index) == ["S1", "S2", "S1+evening", "S1+24h", "S2+gate"]
    longer = options.table.loc["S1+evening"]
    assert (longer["measure"], longer["kind"]) == ("upgrade", "upgrade")
    assert longer["steps"] == ("extend_evening",)
    assert longer["hours"] == read_hours("9:00-22:00")
    assert options.table.loc["S1+24h", "hours"] == ALWAYS
    assert options.table.loc["S2+gate", "access"] == "open"
    assert options.table.loc["S2", "access"] == "gated"


def test_steps_add_up_in_money_and_all_of_them_hold() -> None:
    stations = with_values(
        STATIONS, listed=[True, False], groups=[(), ("rider",)], capacity=[None, 10.0]
    )
    options = options_of(stations=stations, venues=VENUES.iloc[:0])
    whole = options.table.loc["S2+list+gate+admit+enlarge"]
    assert whole["steps"] == ("list", "open_gate", "admit", "enlarge")
    assert (whole["listed"], whole["access"], whole["groups"]) == (True, "open", ())
    assert whole["capacity"] == 16.0
    assert whole["cost_setup_yuan"] == 20 + 300 + 5 + 40
    assert whole["added_year_yuan"] == 0 + 50 + 1 + 2
    assert whole["cost_year_yuan"] == 800 + 53
    assert len(of_site(options, "S2")) == 2 * 2 * 2 * 2  # the first of them keeps it as it is


def test_a_station_that_names_every_group_admits_everybody_already() -> None:
    stations = with_values(STATIONS, groups=[("rider", "cleaner"), ("cleaner",)])
    table = options_of(stations=stations, measures=only("admit")).table
    assert [name for name in table.index if "admit" in str(name)] == ["S2+admit"]


def test_a_station_in_maintenance_is_neither_upgraded_nor_moved() -> None:
    stations = STATIONS.assign(status=["maintenance", "open"])
    options = options_of(stations=stations)
    assert of_site(options, "S1") == ["S1"]
    assert "S1" not in set(options.table["replaces"])
    assert "S2+gate" in options.table.index


def test_hours_that_are_not_longer_are_no_option() -> None:
    late = with_values(STATIONS, hours=[read_hours("9:00-23:00"), read_hours("周一 9:00-17:00")])
    table = options_of(stations=late, measures=only("extend_evening")).table
    assert "S1+evening" not in table.index
    assert table.loc["S2+evening", "hours"] == read_hours("周一 9:00-22:00，周二至周日 17:00-22:00")


def test_a_venue_opens_at_its_hours_into_the_evening_or_around_the_clock() -> None:
    table = options_of(stations=STATIONS.iloc[:0]).table
    # V1 is open 24 hours already; V2 8-20, V3 and V4 9-17.
    assert list(table.index) == [
        "V1", "V2", "V3", "V4",
        "V2+evening", "V2+24h", "V3+evening", "V3+24h", "V4+evening", "V4+24h",
    ]  # fmt: skip
    assert table.loc["V2+evening", "hours"] == read_hours("8:00-22:00")
    assert table.loc["V2+evening", "measure"] == "open_evening"
    assert (table["kind"] == "new").all()
    assert table["cost_setup_yuan"].tolist()[3:6] == [3500.0, 3600.0, 4500.0]
    assert list(table.loc["V2+24h", ["cost_year_yuan", "added_year_yuan"]]) == [1200, 1200]


def test_the_union_pays_as_the_list_says_else_as_the_measure_says_else_all() -> None:
    venues = VENUES.assign(union_share=[np.nan, 0.2, np.nan, np.nan])
    table = options_of(stations=STATIONS.iloc[:0], venues=venues).table
    union = table["cost_union_yuan"]
    assert union["V2"] == pytest.approx(0.2 * 3500)
    assert union["V2+24h"] == pytest.approx(0.2 * 4500)  # the list comes first
    assert union["V3"] == 3500  # nobody says it
    assert union["V3+24h"] == pytest.approx(0.5 * 4500)  # the measure says it


def test_a_host_type_has_costs_of_its_own_or_cannot_take_a_measure() -> None:
    cheap = HostCost(host="bank", cost_setup_yuan=1.0, cost_year_yuan=2.0)
    none = HostCost(host="bank", cost_setup_yuan=0.0, cost_year_yuan=0.0, possible=False)
    table = options_of(measures=only("extend_24h", hosts=(cheap,))).table
    assert list(table.loc["S1+24h", ["cost_setup_yuan", "added_year_yuan"]]) == [1, 2]
    assert "S1+24h" not in options_of(measures=only("extend_24h", hosts=(none,))).table.index
    assert "S1+24h" not in options_of(measures=only("extend_24h", possible=False)).table.index


def test_a_venue_whose_host_cannot_be_opened_so_has_longer_hours_alone() -> None:
    none = HostCost(host="bank", cost_setup_yuan=0.0, cost_year_yuan=0.0, possible=False)
    measures = (*only("open", hosts=(none,)), *only("open_24h"))
    options = options_of(measures=measures, stations=STATIONS.iloc[:1])
    assert list(options.table.index) == ["S1", "V2+24h", "V3+24h", "V4+24h"]
    assert "V1" in options.sites.index  # a site that nothing can be done with


def test_a_move_opens_the_venue_and_saves_what_the_station_costs() -> None:
    venues = VENUES.assign(cost_year_yuan=[500.0, 800.0, 800.0, 800.0])
    stations = STATIONS.assign(cost_year_yuan=[900.0, 800.0])
    options = options_of(stations=stations, venues=venues, measures=only("move"))
    moves = options.table[options.table["kind"] == "move"]
    # S1 to V1 729 m, to V2 949 m; S2 to V3 277 m, to V2 729 m, to V4 851 m, to V1 949 m.
    assert list(moves.index) == ["S1>V1", "S2>V3", "S2>V2"]
    one = moves.loc["S1>V1"]
    assert (one["site"], one["replaces"], one["steps"]) == ("V1", "S1", ("move",))
    assert one["cost_setup_yuan"] == 3500 + 70
    assert (one["cost_year_yuan"], one["added_year_yuan"]) == (500, -400)
    assert one["hours"] == VENUES.loc["V1", "hours"]


def test_a_station_moves_to_the_five_nearest_venues_and_not_beyond_the_limit() -> None:
    crowd = pd.concat([VENUES.iloc[[3]]] * 8)
    crowd.index = pd.Index([f"W{n}" for n in range(8)], dtype="str", name="id")
    east = [120.3025 + 0.0005 * n for n in (8, 1, 2, 3, 4, 5, 6, 7)]
    crowd = crowd.assign(lon=east, lat=31.5025)
    stations = STATIONS.iloc[:1]
    near = options_of(stations=stations, venues=crowd, measures=only("move")).table
    assert [str(name) for name in near.index if ">" in str(name)] == [
        "S1>W1", "S1>W2", "S1>W3", "S1>W4", "S1>W5",
    ]  # fmt: skip
    closer = only("move", within_m=120.0)  # 0.0005 degrees are 47 m here
    few = options_of(stations=stations, venues=crowd, measures=closer).table
    assert [str(name) for name in few.index if ">" in str(name)] == ["S1>W1", "S1>W2"]


def container_venues() -> pd.DataFrame:
    return VENUES.assign(host_type=["container", "bank", "bank", "bank"])


def container_measure() -> tuple[Measure, ...]:
    stay = HostCost(host="container", cost_setup_yuan=500.0, cost_year_yuan=5_200.0)
    measure = Measure(id="container", cost_setup_yuan=80_000.0, cost_year_yuan=0.0, hosts=(stay,))
    return (measure,)


def test_a_container_stays_all_year_or_for_a_season() -> None:
    options = options_of(venues=container_venues(), measures=container_measure())
    assert of_site(options, "V1") == [
        "V1", "V1+container", "V1+container@summer", "V1+container@winter",
    ]  # fmt: skip
    table = options.table
    assert of_site(options, "V2") == ["V2"]
    assert list(table.loc["V1+container", ["season", "weeks"]]) == ["", ()]
    summer = table.loc["V1+container@summer"]
    # 1 June is day 152, so week 23 (days 155 to 161) is the first that lies in summer by half.
    assert (summer["season"], summer["weeks"]) == ("summer", tuple(range(23, 36)))
    assert (summer["cost_setup_yuan"], summer["cost_year_yuan"]) == (500, 5200 * 13 / 52)
    assert summer["steps"] == ("container",)
    assert table.loc["V1", "cost_setup_yuan"] == 3500  # opened for good: as the list says


def test_a_season_that_begins_nobody_knows_when_has_no_stay() -> None:
    fog = Season(id="fog", name="雾", name_en="Fog", weeks=3)
    options = options_of(venues=container_venues(), measures=container_measure(), seasons=(fog,))
    assert of_site(options, "V1") == ["V1", "V1+container"]


def test_a_stay_lies_within_the_part_of_the_year_of_its_venue() -> None:
    venues = with_values(container_venues(), weeks=[(30, 31, 40), (), (), ()])
    table = options_of(venues=venues, measures=container_measure()).table
    assert table.loc["V1", "weeks"] == (30, 31, 40)
    assert table.loc["V1+container@summer", "weeks"] == (30, 31)
    assert "V1+container@winter" not in table.index


def test_no_other_host_takes_a_container_than_those_it_names() -> None:
    options = options_of(measures=container_measure())  # all venues are banks
    assert not (options.table["measure"] == "container").any()


def test_flags_of_limits_tell_of_the_hours() -> None:
    venues = with_values(
        VENUES,
        hours=[
            ALWAYS,
            read_hours("周一至周五 9:00-21:00"),
            read_hours("周一至周五 9:00-20:59"),
            read_hours("周一至周四 9:00-22:00"),
        ],
    )
    table = options_of(stations=STATIONS.iloc[:0], venues=venues, measures=()).table
    assert table["all_day"].tolist() == [True, False, False, False]
    assert table["evening"].tolist() == [True, True, False, False]


def test_a_benchmark_stays_one_whatever_is_done_to_it() -> None:
    stations = STATIONS.assign(benchmark=[True, False])
    venues = VENUES.assign(benchmark=[False, True, False, False])
    options = options_of(stations=stations, venues=venues)
    marked = {str(name).split("+")[0] for name in options.table.index[options.table["benchmark"]]}
    assert marked == {"S1", "V2", "S2>V2"}  # a move has what its venue has


def test_sites_know_their_street_by_their_community_else_by_the_list() -> None:
    district = small_district(stations=STATIONS.assign(street="列表街道"))
    streets = district.communities.assign(street=["江北街道", ""])
    sites = build_options(replace(district, communities=streets)).sites
    assert sites["street"].tolist() == ["江北街道", "列表街道", "江北街道", "", "", ""]


def test_a_site_whose_id_looks_like_an_option_keeps_it() -> None:
    stations = STATIONS.set_axis(pd.Index(["S1", "S1+24h"], dtype="str", name="id"), axis="index")
    options = options_of(stations=stations, measures=only("extend_24h"))
    assert list(options.table.index)[:2] == ["S1", "S1+24h"]
    assert of_site(options, "S1") == ["S1", "S1+24h~2"]
    assert options.table.loc["S1+24h", "kind"] == "keep"


def test_without_measures_each_site_has_its_standard_option_alone() -> None:
    options = options_of(measures=())
    assert list(options.table.index) == list(options.sites.index)
    assert not options.table["replaces"].any()


def test_no_running_cost_falls_below_nothing() -> None:
    saving = only("extend_24h", cost_year_yuan=-10_000.0)
    table = options_of(measures=saving).table
    assert (table.loc["S2", "cost_year_yuan"], table.loc["S2", "added_year_yuan"]) == (800, 0)
    stations = STATIONS.assign(cost_year_yuan=800.0)
    row = options_of(stations=stations, measures=saving).table.loc["S1+24h"]
    assert (row["cost_year_yuan"], row["added_year_yuan"]) == (0, -800)


_HOURS = st.sampled_from(
    ["24小时", "8:00-20:00", "9:00-17:00", "周一至周五 9:00-12:00", "18:00-23:00"]
)
_GROUPS = st.sampled_from([(), ("rider",), ("rider", "cleaner")])


@st.composite
def lists(draw: st.DrawFn, letter: str, most: int) -> pd.DataFrame:
    """Draw a list of sites of two host types in a square of two kilometres."""
    base = STATIONS if letter == "S" else VENUES
    n = draw(st.integers(0, most))
    rows = pd.concat([base.iloc[[1]]] * n) if n else base.iloc[:0]
    rows.index = pd.Index([f"{letter}{k}" for k in range(n)], dtype="str", name="id")
    each: dict[str, Sequence[Any]] = {
        "hours": [read_hours(draw(_HOURS)) for _ in range(n)],
        "groups": [draw(_GROUPS) for _ in range(n)],
        "weeks": [draw(st.sampled_from([(), (1, 2), (25,)])) for _ in range(n)],
    }
    return with_values(rows, **each).assign(
        host_type=[draw(st.sampled_from(["bank", "container"])) for _ in range(n)],
        listed=np.array([draw(st.booleans()) for _ in range(n)], bool),
        access=[draw(st.sampled_from(["open", "gated"])) for _ in range(n)],
        capacity=[draw(st.sampled_from([np.nan, 8.0])) for _ in range(n)],
        status=[
            draw(st.sampled_from(["open", "maintenance"] if letter == "S" else ["open"]))
            for _ in range(n)
        ],
        union_share=[draw(st.sampled_from([np.nan, 0.0, 0.4])) for _ in range(n)],
        lon=[120.3 + draw(st.integers(0, 20)) / 1000 for _ in range(n)],
        lat=[31.5 + draw(st.integers(0, 20)) / 1000 for _ in range(n)],
        cost_year_yuan=800.0,
    )


@settings(max_examples=60, deadline=None)
@given(stations=lists("S", 4), venues=lists("V", 5))
def test_laws_of_options(stations: pd.DataFrame, venues: pd.DataFrame) -> None:
    if stations.empty and venues.empty:
        return
    options = options_of(stations=stations, venues=venues, measures=DEFAULT_MEASURES)
    table = options.table
    assert table.index.is_unique
    keeps = table[table["measure"] == "keep"]
    assert list(keeps.index) == list(keeps["site"]) == list(stations.index)
    opens = table[table["measure"] == "open"]
    assert list(opens.index) == list(venues.index)
    assert ((table["cost_union_yuan"] >= 0) & (table["cost_year_yuan"] >= 0)).all()
    assert (table["cost_union_yuan"] <= table["cost_setup_yuan"] + 1e-9).all()
    assert (table["all_day"] <= table["evening"]).all()
    assert (table["replaces"] != "").equals(table["kind"] == "move")
    assert [not steps for steps in table["steps"]] == (table["kind"] == "keep").tolist()
    for _, row in table[table["kind"] == "upgrade"].iterrows():
        was = keeps.loc[row["site"]]
        changed = {
            "extend_evening": row["hours"] != was["hours"],
            "extend_24h": row["hours"] != was["hours"],
            "list": row["listed"] and not was["listed"],
            "open_gate": (row["access"], was["access"]) == ("open", "gated"),
            "admit": bool(was["groups"]) and not row["groups"],
            "enlarge": row["capacity"] > was["capacity"],
        }
        assert all(changed[step] for step in row["steps"])
        assert was["working"]
    again = options_of(
        stations=stations.iloc[::-1], venues=venues.iloc[::-1], measures=DEFAULT_MEASURES
    )
    pd.testing.assert_frame_equal(table.sort_index(), again.table.sort_index(), check_like=True)


def test_neither_a_move_nor_a_stay_runs_for_less_than_nothing() -> None:
    measures = (
        MEASURES[0],
        *only("move", cost_year_yuan=-1e6),
        *(
            replace(each, hosts=tuple(replace(host, cost_year_yuan=-5.0) for host in each.hosts))
            for each in container_measure()
        ),
    )
    table = options_of(venues=container_venues(), measures=measures).table
    moved = table[table["replaces"] == "S2"]
    assert moved["cost_year_yuan"].tolist() == [0.0] * len(moved) != []
    assert moved["added_year_yuan"].tolist() == [-800.0] * len(moved)
    stays = table[table["measure"] == "container"]
    assert stays["cost_year_yuan"].tolist() == [0.0] * len(stays) != []


def test_a_stay_all_year_costs_the_part_of_the_year_in_which_its_venue_is_there() -> None:
    venues = container_venues()
    whole = options_of(venues=venues, measures=container_measure()).table
    half = with_values(venues, weeks=[tuple(range(1, 27))] * len(venues))
    part = options_of(venues=half, measures=container_measure()).table
    stays = [name for name in whole.index if str(name).endswith("+container")]
    assert stays
    for column in ("cost_year_yuan", "added_year_yuan"):
        assert part.loc[stays, column].tolist() == (whole.loc[stays, column] / 2).tolist()


def test_stays_in_seasons_that_touch_never_share_a_week() -> None:
    starts = {"winter": "12-01", "spring": "03-01", "summer": "06-01", "autumn": "09-01"}
    for length in (13.0, 13.04):
        seasons = tuple(
            Season(id=name, name=name, name_en=name, weeks=length, starts=day)
            for name, day in starts.items()
        )
        table = options_of(
            venues=container_venues(), measures=container_measure(), seasons=seasons
        ).table
        own = table["weeks"].to_dict()
        weeks = [week for name in starts for week in own[f"V1+container@{name}"]]
        assert len(weeks) == len(set(weeks)) >= 51
