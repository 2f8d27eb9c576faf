"""Who is served how: seats, worth by distance, nearest stations, areas and losses.

Hand-worked towns, laws, and a recount by plain loops over spells of the week (`recounting`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from coverage_towns import (
    GOOD,
    PERIODS,
    WAYS,
    Metres,
    coverage_of,
    daily,
    demand_of,
    served_town,
    served_towns,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from recounting import (
    PlainTown,
    Told,
    bits_of_week,
    graded,
    seat,
    spells,
    tell,
    turns,
    way_within,
)

from planner.coverage import (
    Coverage,
    main_stations,
    measure_coverage,
    nearest_by_cell,
    nearest_stations,
    seat_use,
    service_areas,
    station_losses,
)
from planner.coverage.choices import Choices
from planner.coverage.decay import weights_of
from planner.coverage.seating import NO_LIMIT, rooms_of
from planner.district.settings import DECAYS, ServiceRules

ONE_EACH = ServiceRules(stay_min=60, visit_every_h=1, count_seats=True)
"""A seat serves one worker who is out."""
WEEK_H = 168
OUTCOMES = (
    "effective",
    "closed",
    "full",
    "not_admitted",
    "unlisted",
    "gated",
    "maintenance",
    "out_of_reach",
)
PERIOD_OF_HOUR = ["night"] * 7 + ["day"] * 12 + ["evening"] * 3 + ["night"] * 2


def row_of(table: pd.DataFrame, *key: str) -> dict[Any, Any]:
    """Read one row of a table, column by column."""
    return rows_of(table)[key if len(key) > 1 else key[0]]


def rows_of(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    return table.to_dict("index")


def picked(row: Mapping[str, Any], *columns: str) -> list[Any]:
    return [row[name] for name in columns]


def all_week(*people: int) -> np.ndarray:
    """One group, always out: thousandths of a person in each cell."""
    return np.array(people).reshape(1, -1, 1)


# Hand-worked towns


def test_a_seat_serves_as_many_as_come_one_after_the_other() -> None:
    seats = pd.Series([10, 1, 2.5, None, 0])
    rules = ServiceRules(stay_min=30, visit_every_h=4)
    assert rooms_of(seats, service=rules).tolist() == [80_000, 8_000, 20_000, NO_LIMIT, 0]
    # 100 minutes every hour and a half: a seat each, never less than one worker to a seat.
    always = ServiceRules(stay_min=100, visit_every_h=1.5)
    assert rooms_of(seats, service=always)[:2].tolist() == [10_000, 1_000]
    thirds = ServiceRules(stay_min=45, visit_every_h=1)
    assert rooms_of(seats, service=thirds)[1] == 1_333


@pytest.mark.parametrize("wrong", [{"stay_min": 0}, {"visit_every_h": -1}])
def test_a_stay_or_a_time_between_visits_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    coverage = coverage_of([GOOD], [[1]], demand_of(all_week(1000)))
    rules = replace(ONE_EACH, **wrong)
    with pytest.raises(ValueError, match="stay_min and visit_every_h must be above 0, got"):
        seat_use(coverage, ["s0"], service=rules)
    with pytest.raises(ValueError, match="decay must be one of none, linear"):
        measure_coverage(coverage, ["s0"], service=ServiceRules(decay="cubic"))


def test_who_finds_a_station_full_goes_to_the_next_and_then_without() -> None:
    # Two workers at c0 and three at c1. s0 has 3 seats: c1 is nearer to it (100 of 500 m), so its
    # three sit there; c0 goes on to s1 with one seat, and one worker finds none.
    demand = demand_of(all_week(2000, 3000), communities=["west", "east"])
    coverage = served_town(
        [GOOD, GOOD],
        {"ebike": [[900, 900], [900, 900]], "walk": [[200, 100], [300, 900]]},
        demand,
        seats=[3, 1],
    )
    use = seat_use(coverage, ["s0", "s1"], service=ONE_EACH)
    assert row_of(use, "s0", "", "") == {
        "seats": 3,
        "room": 3,
        "open_hours_week": WEEK_H,
        "wanted": 5,
        "served": 3,
        "turned_away": 2,
        "served_hours_week": 3 * WEEK_H,
        "turned_away_hours_week": 2 * WEEK_H,
    }
    came = ("wanted", "served", "turned_away")
    assert picked(row_of(use, "s1", "", ""), *came) == [2, 1, 1]
    assert picked(row_of(use, "", "a", ""), *came) == [5, 4, 1]
    figures = measure_coverage(coverage, ["s0", "s1"], service=ONE_EACH)
    assert figures.whole[["nominal_share", "effective_share", "full_share"]].tolist() == [
        1,
        4 / 5,
        1 / 5,
    ]
    assert figures.by_community["full_share"].to_dict() == {"west": 0.5, "east": 0}
    assert figures.whole["backup_share"] == 2 / 5
    assert figures.stations_without_seats == 0


def test_nobody_is_turned_away_for_seats_unless_they_are_counted_or_known() -> None:
    coverage = served_town(
        [GOOD], {"ebike": [[900]], "walk": [[1]]}, demand_of(all_week(9000)), seats=[None]
    )
    figures = measure_coverage(coverage, ["s0"], service=ONE_EACH)
    assert (figures.effective_share, figures.stations_without_seats) == (1, 1)
    use = row_of(seat_use(coverage, ["s0"], service=ONE_EACH), "s0", "", "")
    assert np.isnan(picked(use, "seats", "room")).all()
    assert picked(use, "wanted", "served", "turned_away") == [9, 9, 0]
    known = served_town(
        [GOOD], {"ebike": [[900]], "walk": [[1]]}, demand_of(all_week(9000)), seats=[1]
    )
    assert measure_coverage(known, ["s0"]).effective_share == 1
    assert measure_coverage(known, ["s0"], service=ONE_EACH).by_group["full_share"]["a"] == 8 / 9


def test_a_place_as_near_goes_by_the_id_of_the_cell_and_closed_comes_before_full() -> None:
    # One seat, two cells as near: c0 has it. c1 finds s1 shut: of two that fail in one thing each,
    # closed is told; without s1 it is full.
    ways = {"ebike": [[900, 900], [900, 900]], "walk": [[100, 100], [900, 100]]}
    never = (daily(), (), True, "open", True)
    coverage = served_town([GOOD, never], ways, demand_of(all_week(1000, 1000)), seats=[1, 1])
    both = measure_coverage(coverage, ["s0", "s1"], service=ONE_EACH).by_cell
    assert both["effective_share"].tolist() == [1, 0]
    assert both["closed_share"].tolist() == [0, 1]
    assert measure_coverage(coverage, ["s0"], service=ONE_EACH).by_cell["full_share"].tolist() == [
        0,
        1,
    ]


def test_who_comes_later_from_a_full_station_has_the_seat_if_their_cell_is_named_first() -> None:
    # s0 has no seat, so c0 goes on to s1, 200 m away as it is for c1 and c2. Its one seat is c0's.
    ways = {"ebike": [[900] * 3] * 2, "walk": [[100, 900, 900], [200, 200, 200]]}
    coverage = served_town([GOOD, GOOD], ways, demand_of(all_week(1000, 1000, 1000)), seats=[0, 1])
    by_cell = measure_coverage(coverage, ["s0", "s1"], service=ONE_EACH).by_cell
    assert by_cell["effective_share"].tolist() == [1, 0, 0]
    assert by_cell["full_share"].tolist() == [0, 1, 1]
    use = row_of(seat_use(coverage, ["s0", "s1"], service=ONE_EACH), "s1", "", "")
    assert picked(use, "wanted", "served", "turned_away") == [3, 1, 2]


def test_of_equally_near_people_the_cell_decides_before_the_group() -> None:
    # One of group b at c0, one of group a at c1, both on the spot: c0 comes first.
    demand = demand_of(np.array([[[0, 1000], [1000, 0]]]))
    coverage = served_town([GOOD], {"ebike": [[900, 900]], "walk": [[0, 0]]}, demand, seats=[1])
    by_group = measure_coverage(coverage, ["s0"], service=ONE_EACH).by_group
    assert by_group["effective_share"].to_dict() == {"a": 0, "b": 1}


def test_near_is_by_the_share_of_the_reach_and_metres_are_those_of_that_way() -> None:
    # Group a: 240 m of 300 on foot (0.8) or 600 m of 800 by e-bike (0.75) to s0; s1 lies at 250 m
    # by e-bike only (0.3125).
    demand = demand_of(all_week(1000))
    ways = {"ebike": [[600], [250]], "walk": [[240], [301]]}
    coverage = served_town([GOOD, (daily((8, 20)), (), True, "open", True)], ways, demand)
    first = row_of(nearest_stations(coverage, ["s0", "s1"]), "a", "")
    # 12 hours a day to s1, else to s0.
    assert first["mean_way_m"] == (250 + 600) / 2
    assert (first["median_way_m"], first["way_95_m"], first["share"]) == (250, 600, 1)
    second = row_of(nearest_stations(coverage, ["s0", "s1"], n=2), "a", "")
    assert (second["share"], second["mean_way_m"]) == (0.5, 600)
    assert row_of(nearest_stations(coverage, ["s0", "s1"], n=3), "a", "")["share"] == 0
    assert nearest_by_cell(coverage, ["s1"]).iloc[0].tolist() == [WEEK_H, 0.5, 250]
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        nearest_stations(coverage, ["s0"], n=0)


def test_of_two_ways_as_near_to_one_station_the_walk_is_told() -> None:
    # 500 m of 800 by e-bike and 187.5 m of 300 on foot are both 0.625 of the reach.
    ways = {"ebike": [[500.0]], "walk": [[187.5]]}
    coverage = served_town([GOOD], ways, demand_of(all_week(1000)))
    assert row_of(nearest_stations(coverage, ["s0"]), "a", "")["mean_way_m"] == 187.5


def test_the_reach_itself_still_counts_and_a_way_of_nothing_is_a_way() -> None:
    ways: Mapping[str, Metres] = {"ebike": [[900, 900, 900]], "walk": [[300, 300.001, 0]]}
    coverage = served_town([GOOD], ways, demand_of(all_week(1, 1, 1)))
    assert nearest_by_cell(coverage, ["s0"])["share"].tolist() == [1, 0, 1]
    rules = ServiceRules(decay="exponential")
    graded_share = measure_coverage(coverage, ["s0"], service=rules).by_cell["graded_share"]
    assert graded_share.tolist() == [0.0498, 0, 1]


def test_weights_are_those_of_the_formulas() -> None:
    u = np.array([0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1])
    assert weights_of(u, decay="none").tolist() == [10_000] * 7
    assert weights_of(u, decay="linear").tolist() == [10_000, 7_500, 6_667, 5_000, 3_333, 2_500, 0]
    assert weights_of(u, decay="stepped").tolist() == [10_000] * 3 + [6_800] * 2 + [2_200] * 2
    # exp(-3/4) = 0.47237, exp(-3/2) = 0.22313, exp(-9/4) = 0.10540
    assert weights_of(u, decay="exponential").tolist() == [
        10_000, 4_724, 3_679, 2_231, 1_353, 1_054, 498,
    ]  # fmt: skip
    # exp(-1/8) = 0.88250, exp(-1/2) = 0.60653: (0.88250 - 0.60653) / 0.39347 = 0.70138
    assert weights_of(u, decay="gaussian")[[0, 3, 6]].tolist() == [10_000, 7_014, 0]
    assert weights_of(np.nextafter(u[[2, 4]], 1), decay="stepped").tolist() == [6_800, 2_200]


def test_what_a_station_alone_serves_is_lost_by_kind_of_day() -> None:
    # s0 always open, s1 8-20 at the weekend only; one worker at c0 (both), two at c1 (s0 alone).
    weekend = daily((8, 20)).intervals[5:]
    hours = type(daily())(weekend)
    ways = {"ebike": [[900, 900], [900, 900]], "walk": [[100, 100], [100, 900]]}
    coverage = served_town(
        [GOOD, (hours, (), True, "open", True)], ways, demand_of(all_week(1000, 2000))
    )
    losses = station_losses(coverage, ["s0", "s1"])
    assert losses.index.tolist() == ["s0", "s1"]
    # Weekday: 24 x 3. Weekend day: 24 x 2 and 12 x 1.
    assert list(row_of(losses, "s0").values()) == [
        72,
        60,
        480,
        pytest.approx(480 / 504),
        "a",
        480,
        3,
    ]
    assert list(row_of(losses, "s1").values()) == [0, 0, 0, 0, "", 0, 0]


def test_service_areas_hold_everybody_once_and_cells_have_their_main_station() -> None:
    # s0 8-20; s1 always but farther. c1 is out of reach of both.
    ways = {"ebike": [[900, 900], [900, 900]], "walk": [[100, 900], [200, 900]]}
    coverage = served_town(
        [(daily((8, 20)), (), True, "open", True), GOOD], ways, demand_of(all_week(2000, 500))
    )
    areas = service_areas(coverage, ["s0", "s1"])
    assert areas["worker_hours_week"].to_dict() == {
        ("s0", "a", "day"): 2 * 11 * 7,
        ("s0", "a", "evening"): 2 * 7,
        ("s1", "a", "day"): 2 * 7,
        ("s1", "a", "evening"): 2 * 2 * 7,
        ("s1", "a", "night"): 2 * 9 * 7,
        ("", "a", "day"): 0.5 * 12 * 7,
        ("", "a", "evening"): 0.5 * 3 * 7,
        ("", "a", "night"): 0.5 * 9 * 7,
    }
    assert row_of(areas, "s0", "a", "day")["workers"] == pytest.approx(2 * 11 / 12)
    way = ("mean_way_m", "farthest_way_m")
    assert picked(row_of(areas, "s1", "a", "night"), *way) == [200, 200]
    assert np.isnan(picked(row_of(areas, "", "a", "day"), *way)).all()
    main = main_stations(coverage, ["s0", "s1"])
    assert main["station"].tolist() == ["s0", ""]  # 12 hours each: the smaller id
    assert main["share"].tolist() == [0.5, 0]


def test_weekday_and_weekend_are_told_apart() -> None:
    # A bank open Monday to Friday 9-17; one worker always out, two more at the weekend.
    bank = type(daily())(daily((9, 17)).intervals[:5])
    demand = demand_of(np.array([[[1000]], [[3000]]]), band_of_hour=[0] * 120 + [1] * 48)
    coverage = coverage_of([(bank, (), True, "open", True)], [[1]], demand)
    table = measure_coverage(coverage, ["s0"]).by_day_period
    shown = ("workers", "worker_hours_week", "effective_share")
    assert picked(row_of(table, "weekday", "day"), *shown) == [1, 60, 8 / 12]
    assert picked(row_of(table, "weekend", "day"), *shown) == [3, 72, 0]
    assert table["worker_hours_week"].sum() == 120 + 3 * 48


def test_with_nobody_there_all_tables_are_empty_or_zero() -> None:
    coverage = coverage_of([GOOD], [[1]], demand_of(all_week(0)))
    assert service_areas(coverage, ["s0"]).empty
    assert main_stations(coverage, ["s0"]).iloc[0].tolist() == ["", 0]
    assert station_losses(coverage, []).empty
    assert station_losses(coverage, ["s0"])["share"].tolist() == [0]
    assert nearest_stations(coverage, [])["share"].tolist() == [0] * 8
    use = seat_use(coverage, [], service=ONE_EACH)
    assert (use["wanted"] == 0).all()
    assert len(use) == 8


# The same by plain loops


def plain(coverage: Coverage, metres: Mapping[str, Metres], chosen: Collection[str]) -> PlainTown:
    """Turn a town into plain tables."""
    demand, table = coverage.demand, coverage.options.table.loc[sorted(chosen)]
    cells, sites = list(demand.cells.index), list(coverage.options.sites.index)
    ways_mm = {
        mode: {
            (site, cell): round(1000 * rows[s][c])
            for s, site in enumerate(sites)
            for c, cell in enumerate(cells)
        }
        for mode, rows in metres.items()
    }
    reach = {name: {way.mode: way.reach_m for way in ways} for name, ways in WAYS.items()}
    good = table[table["listed"] & (table["access"] != "gated") & table["working"]]
    near = {}
    for name in demand.groups:
        useful = [str(o) for o, admits in good["groups"].items() if not admits or name in admits]
        for cell in cells:
            near[cell, name] = turns(ways_mm, reach[name], cell, useful)
    doors = {
        str(o): bits_of_week(("0", start, end) for start, end in hours.intervals)
        for o, hours in table["hours"].items()
    }
    by_hour = demand.people_milli[demand.band_of_hour]
    return PlainTown(
        near=near,
        spells=spells(doors),
        people=lambda cell, name: by_hour[:, cells.index(cell), demand.groups.index(name)].tolist(),
        period=PERIOD_OF_HOUR,
    )


def drawn_options(coverage: Coverage, data: st.DataObject) -> list[str]:
    return [o for o in coverage.options.table.index if data.draw(st.booleans()) or o == "s0"]


@settings(max_examples=40, deadline=None)
@given(served_towns(), st.data())
def test_areas_ways_and_losses_equal_those_of_plain_loops(
    town: tuple[Coverage, Mapping[str, Metres]], data: st.DataObject
) -> None:
    coverage, metres = town
    chosen = drawn_options(coverage, data)
    told = tell(plain(coverage, metres, chosen), 3)
    check_areas(coverage, chosen, told)
    check_main(coverage, chosen, told.cells)
    check_nearest(coverage, chosen, told.ways)
    losses = station_losses(coverage, chosen)
    for option, row in rows_of(losses).items():
        by_day = [
            sum(v for (o, _, late), v in told.alone.items() if o == option and late == end)
            for end in (False, True)
        ]
        assert row["weekday_hours"] == pytest.approx(by_day[0] / 5 / 60_000, abs=1e-9)
        assert row["weekend_hours"] == pytest.approx(by_day[1] / 2 / 60_000, abs=1e-9)
        assert row["week_hours"] == sum(by_day) / 60_000
        of_group = {
            name: sum(told.alone[option, name, end] for end in (False, True))
            for name in coverage.demand.groups
        }
        most = max(of_group.values())
        assert row["group_hours"] == most / 60_000
        assert row["group"] == (next(n for n, v in of_group.items() if v == most) if most else "")
    figures = measure_coverage(coverage, chosen)
    assert figures.whole["backup_share"] == told.twice / max(figures.total_milli, 1)


def check_areas(coverage: Coverage, chosen: Sequence[str], told: Told) -> None:
    found = service_areas(coverage, chosen)
    assert found["value_milli"].to_dict() == {key: v for key, v in told.areas.items() if v}
    figures = measure_coverage(coverage, chosen)
    served = found[found.index.get_level_values("station") != ""]
    assert served["value_milli"].sum() == figures.served_milli
    assert found["value_milli"].sum() == figures.total_milli
    farthest_m = {key: mm / 1000 for key, mm in told.farthest.items()}
    assert served["farthest_way_m"].to_dict() == farthest_m
    mean_m = {key: mm / told.areas[key] / 1000 for key, mm in told.millimetres.items()}
    assert served["mean_way_m"].to_dict() == pytest.approx(mean_m)


def check_main(coverage: Coverage, chosen: Sequence[str], cells: Counter[tuple[str, str]]) -> None:
    for cell, row in main_stations(coverage, chosen).iterrows():
        all_of_it = sum(v for (c, _), v in cells.items() if c == cell)
        there = [(-v, o) for (c, o), v in cells.items() if c == cell and o and v]
        value, station = min(there, default=(0, ""))
        assert (row["station"], row["share"]) == (station, -value / max(all_of_it, 1))


def check_nearest(
    coverage: Coverage,
    chosen: Sequence[str],
    ways: Mapping[tuple[int, str, str], list[tuple[int, int]]],
) -> None:
    for n in (1, 2, 3):
        for (name, period), row in rows_of(nearest_stations(coverage, chosen, n=n)).items():
            mine = [
                pair
                for (k, g, p), pairs in ways.items()
                if k == n and name in (g, "") and period in (p, "")
                for pair in pairs
            ]
            value = sum(v for _, v in mine)
            share = value / 60_000 / max(row["worker_hours_week"], 1e-9)
            assert row["share"] == pytest.approx(share)
            mean = sum(mm * v for mm, v in mine) / value / 1000 if value else np.nan
            assert row["mean_way_m"] == pytest.approx(mean, nan_ok=True)
            assert row["median_way_m"] == pytest.approx(way_within(mine, 0.5), nan_ok=True)
            assert row["way_95_m"] == pytest.approx(way_within(mine, 0.95), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(served_towns(), st.data(), st.sampled_from(DECAYS))
def test_seats_and_weights_equal_those_of_plain_loops(
    town: tuple[Coverage, Mapping[str, Metres]], data: st.DataObject, decay: str
) -> None:
    coverage, metres = town
    chosen = drawn_options(coverage, data)
    rules = replace(ONE_EACH, decay=decay)
    listed = coverage.options.table["capacity"].loc[chosen].dropna()
    room = {str(o): int(1000 * float(seats)) for o, seats in listed.items()}
    town_by_hand = plain(coverage, metres, chosen)
    seated = seat(town_by_hand, room)
    use = seat_use(coverage, chosen, service=rules)
    for o in chosen:
        assert seated.fullest[o] <= room.get(o, NO_LIMIT)
        for period in ("day", "evening", "night"):
            row = row_of(use, o, "", period)
            away = seated.away[o, period]
            assert row["turned_away_hours_week"] == away / 60_000
            assert row["served_hours_week"] == (seated.came[o, period] - away) / 60_000
    for name in coverage.demand.groups:
        lost = sum(v for (_, g, _), v in seated.lost.items() if g == name)
        assert row_of(use, "", name, "")["turned_away_hours_week"] == lost / 60_000
    all_lost = sum(seated.lost.values())
    with_seats = measure_coverage(coverage, chosen, service=rules)
    without = measure_coverage(coverage, chosen, service=replace(rules, count_seats=False))
    assert with_seats.served_milli == without.served_milli - all_lost
    total = max(without.total_milli, 1)
    for figures, shares in ((with_seats, seated.shares), (without, tell(town_by_hand, 1).shares)):
        worth = graded(shares, decay) / 10_000
        assert figures.whole["graded_share"] == pytest.approx(worth / total, rel=1e-12, abs=1e-15)
    check_lost(coverage, seated.lost, with_seats.by_cell, without.by_cell)


def check_lost(
    coverage: Coverage,
    lost: Counter[tuple[str, str, str]],
    with_seats: pd.DataFrame,
    without: pd.DataFrame,
) -> None:
    """Who finds no seat moves from served to full or closed, and nobody else moves."""
    whole = np.maximum(with_seats["worker_hours_week"], 1e-9)
    by_cell = [
        sum(v for (c, _, _), v in lost.items() if c == cell) / 60_000
        for cell in coverage.demand.cells.index
    ]
    fewer = (without["effective_share"] - with_seats["effective_share"]) * whole
    assert fewer.to_numpy() == pytest.approx(by_cell, abs=1e-9)
    more = with_seats["full_share"] + with_seats["closed_share"] - without["closed_share"]
    assert (more * whole).to_numpy() == pytest.approx(by_cell, abs=1e-9)
    for name in ("nominal", "not_admitted", "unlisted", "gated", "maintenance", "backup"):
        assert (with_seats[f"{name}_share"] == without[f"{name}_share"]).all()


# Laws


@settings(max_examples=30, deadline=None)
@given(served_towns(), st.data())
def test_figures_of_service_do_not_depend_on_any_order(
    town: tuple[Coverage, Mapping[str, Metres]], data: st.DataObject
) -> None:
    coverage, _ = town
    demand, options = coverage.demand, coverage.options
    cells = data.draw(st.permutations(range(len(demand.cells))))
    sites = data.draw(st.permutations(range(len(options.sites))))
    turned = replace(
        coverage,
        demand=replace(
            demand,
            cells=demand.cells.iloc[cells],
            workers=demand.workers[cells],
            people_milli=demand.people_milli[:, cells],
            error_share=demand.error_share[cells],
        ),
        options=replace(options, sites=options.sites.iloc[sites], table=options.table.iloc[sites]),
        option_class=coverage.option_class[sites],
        reach={name: reach[sites][:, cells] for name, reach in coverage.reach.items()},
        travel={
            mode: replace(
                matrix,
                sites=tuple(options.sites.index[sites]),
                cells=tuple(demand.cells.index[cells]),
                length_mm=matrix.length_mm[sites][:, cells],
            )
            for mode, matrix in coverage.travel.items()
        },
    )
    chosen = list(options.table.index)
    rules = replace(ONE_EACH, decay="linear")
    for tell_of in (
        service_areas,
        station_losses,
        nearest_stations,
        lambda cov, those: seat_use(cov, those, service=rules),
        lambda cov, those: main_stations(cov, those).sort_index(),
        lambda cov, those: measure_coverage(cov, those, service=rules).by_cell.sort_index(),
        lambda cov, those: measure_coverage(cov, those, service=rules).by_day_period,
    ):
        pd.testing.assert_frame_equal(
            tell_of(coverage, chosen), tell_of(turned, chosen[::-1]), rtol=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(served_towns(), st.sampled_from(DECAYS))
def test_seats_without_limit_change_nothing_and_no_decay_is_effective_coverage(
    town: tuple[Coverage, Mapping[str, Metres]], decay: str
) -> None:
    coverage, _ = town
    chosen = list(coverage.options.table.index)
    wide = replace(
        coverage,
        options=replace(
            coverage.options, table=coverage.options.table.assign(capacity=float("nan"))
        ),
    )
    plain_figures = measure_coverage(wide, chosen, service=ServiceRules(decay=decay))
    seated = measure_coverage(wide, chosen, service=replace(ONE_EACH, decay=decay))
    for name in ("by_group", "by_period", "by_day_period", "by_community", "by_cell"):
        one, two = getattr(plain_figures, name), getattr(seated, name)
        pd.testing.assert_frame_equal(one, two, check_exact=True)
        assert (one["graded_share"] <= one["effective_share"]).all()
        assert (one["backup_share"] <= one["effective_share"]).all()
    figures = measure_coverage(coverage, chosen, service=ONE_EACH)
    for name in ("by_group", "by_period", "by_day_period", "by_community", "by_cell"):
        table = getattr(figures, name)
        assert (table["graded_share"] == table["effective_share"]).all()
        busy = table["worker_hours_week"] > 0
        outcomes = table[[f"{outcome}_share" for outcome in OUTCOMES]].sum(axis=1)
        assert outcomes[busy].to_numpy() == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(served_towns(), st.data())
def test_nobody_is_lost_and_no_station_is_above_its_room(
    town: tuple[Coverage, Mapping[str, Metres]], data: st.DataObject
) -> None:
    coverage, _ = town
    chosen = drawn_options(coverage, data)
    use = seat_use(coverage, chosen, service=ONE_EACH)
    assert (use["served"] <= use["room"].fillna(np.inf) + 1e-9).all()
    both = use["served"] + use["turned_away"]
    assert use["wanted"].to_numpy() == pytest.approx(both.to_numpy())
    without = measure_coverage(coverage, chosen).by_group
    rows = rows_of(use)
    for name, of_group in rows_of(without).items():
        open_to = of_group["effective_share"] * of_group["worker_hours_week"]
        hours = picked(rows["", name, ""], "served_hours_week", "turned_away_hours_week")
        assert sum(hours) == pytest.approx(open_to)
    stations = sum(rows[o, "", ""]["served_hours_week"] for o in chosen)
    assert rows["", "", ""]["served_hours_week"] == pytest.approx(stations)


@settings(max_examples=40, deadline=None)
@given(served_towns(), st.data())
def test_what_shuts_loses_exactly_what_it_alone_served(
    town: tuple[Coverage, Mapping[str, Metres]], data: st.DataObject
) -> None:
    coverage, _ = town
    chosen = drawn_options(coverage, data)
    shuts = data.draw(st.sampled_from(chosen))
    rest = [o for o in chosen if o != shuts]
    before, after = measure_coverage(coverage, chosen), measure_coverage(coverage, rest)
    lost = (before.served_milli - after.served_milli) / 60_000
    assert station_losses(coverage, chosen).loc[shuts, "week_hours"] == lost
    assert before.whole["backup_share"] >= after.whole["backup_share"]
    ways = [nearest_by_cell(coverage, chosen, n=n)["share"] for n in (1, 2, 3)]
    assert (ways[0] == before.by_cell["effective_share"]).all()
    assert (ways[1] == before.by_cell["backup_share"]).all()
    assert (ways[2] <= ways[1]).all()
    assert len(PERIODS) == len(before.by_period)


# Blocks


def test_a_block_has_the_fewer_cells_the_more_groups_and_slots_there_are() -> None:
    # Every hour differs: 168 slots, six groups and 5,000 cells are above 2^22 together.
    people = np.ones((168, 5000, 6), np.int64)
    coverage = coverage_of([GOOD], [[1.0] * 5000], demand_of(people, band_of_hour=list(range(168))))
    choices = Choices.of(coverage, list(coverage.options.table.index))
    blocks = list(choices.blocks())
    assert np.concatenate([block.cells for block in blocks]).tolist() == list(range(5000))
    assert len(blocks) == 2
    assert all(len(block.people) * 168 <= 2**22 for block in blocks)


@settings(max_examples=20, deadline=None)
@given(served_towns())
def test_no_figure_depends_on_how_cells_fall_into_blocks(
    drawn: tuple[Coverage, Mapping[str, Metres]],
) -> None:
    coverage, _ = drawn
    chosen = list(coverage.options.table.index)
    service = ServiceRules(count_seats=True, decay="linear")

    def told() -> list[str]:
        tables = [
            measure_coverage(coverage, chosen, service=service).by_cell,
            nearest_stations(coverage, chosen),
            station_losses(coverage, chosen),
            service_areas(coverage, chosen),
            seat_use(coverage, chosen, service=service),
        ]
        return [table.to_csv() for table in tables]

    whole = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.coverage.choices._ROOM", 1)
        assert told() == whole
