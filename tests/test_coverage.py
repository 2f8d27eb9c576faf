"""Who is served, when and why not: hand-worked towns, laws, and a recount by a double loop."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from coverage_towns import (
    CONFIGURATION,
    GOOD,
    NEVER,
    PERIODS,
    Configuration,
    alone,
    configurations,
    coverage_of,
    daily,
    demand_of,
    districts,
    group,
    options_of,
    people,
    weekly_hours,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small_towns import Place, Street, random_towns, recount, town, ways

from planner.coverage import Coverage, Figures, build_coverage, measure_coverage
from planner.demand import Demand
from planner.district.settings import Way
from planner.hours import ALWAYS, WEEK_MINUTES, WeeklyHours
from planner.language import use_language
from planner.options import Options
from planner.travel import TravelMatrix

REASONS = ("closed", "full", "not_admitted", "unlisted", "gated", "maintenance")


def shares(figures: Figures) -> dict[str, float]:
    """Give the shares of the whole district that are not 0, without their ending."""
    whole = {
        str(name).removesuffix("_share"): float(share) for name, share in figures.whole.items()
    }
    return {
        name: share
        for name, share in whole.items()
        if share and name not in ("workers", "worker_hours_week", "backup", "graded")
    }


def test_a_station_open_at_noon_only_serves_the_hours_it_is_open() -> None:
    # One worker always out: 168 hours; open 11:00-12:30 every day: 10.5 of them.
    coverage = coverage_of([(daily((11, 12.5)), (), True, "open", True)], [[100]], alone())
    figures = measure_coverage(coverage, ["s0"])
    assert figures.worker_hours_week == 168
    assert figures.served_milli == 10.5 * 60_000
    assert shares(figures) == {"nominal": 1, "effective": 10.5 / 168, "closed": 157.5 / 168}
    assert figures.by_period["worker_hours_week"].to_dict() == {
        "day": 84,
        "evening": 21,
        "night": 63,
    }
    assert figures.by_period["effective_share"].to_dict() == {
        "day": 0.125,
        "evening": 0,
        "night": 0,
    }
    assert figures.by_period["workers"].to_dict() == {"day": 1, "evening": 1, "night": 1}


def test_effective_is_clearly_below_nominal_where_stations_shut_at_noon_and_night() -> None:
    # Case S9: riders out 11-14 and 17-22; the bank is open 8:30-11:30 and 13:30-17:00.
    out = [1 if hour in (11, 12, 13, 17, 18, 19, 20, 21) else 0 for hour in range(24)] * 7
    riders = demand_of(np.array([[[0]], [[4000]]]), band_of_hour=out)
    coverage = coverage_of(
        [(daily((8.5, 11.5), (13.5, 17)), (), True, "open", True)], [[10]], riders
    )
    figures = measure_coverage(coverage, ["s0"])
    assert figures.nominal_share == 1
    assert (
        figures.effective_share == 1 / 8
    )  # half an hour before noon and half an hour after, of 8 hours


def test_the_reach_itself_still_counts() -> None:
    coverage = coverage_of([GOOD], [[500, 500.001, 0]], alone(3))
    assert measure_coverage(coverage, ["s0"]).by_cell["effective_share"].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ((NEVER, (), True, "open", True), "closed"),
        ((ALWAYS, ("z",), True, "open", True), "not_admitted"),
        ((ALWAYS, (), False, "open", True), "unlisted"),
        ((ALWAYS, (), True, "gated", True), "gated"),
        ((ALWAYS, (), True, "open", False), "maintenance"),
        # Several conditions fail: the first in the order is told.
        ((NEVER, ("z",), False, "gated", False), "closed"),
        ((ALWAYS, ("z",), False, "gated", False), "not_admitted"),
        ((ALWAYS, (), False, "gated", False), "unlisted"),
        ((ALWAYS, (), True, "gated", False), "gated"),
    ],
)
def test_a_station_that_does_not_serve_counts_as_nominal_with_its_reason(
    configuration: Configuration, reason: str
) -> None:
    figures = measure_coverage(coverage_of([configuration], [[1]], alone()), ["s0"])
    assert shares(figures) == {"nominal": 1, reason: 1}


def test_registration_counts_as_open_and_is_told() -> None:
    coverage = coverage_of([(ALWAYS, ("a",), True, "registration", True)], [[1]], alone())
    figures = measure_coverage(coverage, ["s0"])
    assert figures.effective_share == 1
    assert figures.stations_registration == 1


def test_the_reason_is_that_of_the_station_in_reach_that_fails_least() -> None:
    closed_unlisted: Configuration = (NEVER, (), False, "open", True)
    gated: Configuration = (ALWAYS, (), True, "gated", True)
    unlisted: Configuration = (ALWAYS, (), False, "open", True)
    coverage = coverage_of([closed_unlisted, gated, unlisted], [[1], [1], [1]], alone())
    assert shares(measure_coverage(coverage, ["s0"])) == {"nominal": 1, "closed": 1}
    assert shares(measure_coverage(coverage, ["s0", "s1"])) == {"nominal": 1, "gated": 1}
    assert shares(measure_coverage(coverage, ["s0", "s1", "s2"])) == {"nominal": 1, "unlisted": 1}
    assert shares(measure_coverage(coverage, [])) == {"out_of_reach": 1}


def test_any_of_the_ways_of_a_group_will_do() -> None:
    demand = alone(2)
    near = {"sites": ["s0"], "cells": ["c0", "c1"]}
    walk = TravelMatrix.from_dense([[300, 700]], cutoff_m=800, mode="walk", **near)
    ride = TravelMatrix.from_dense([[900, 750]], cutoff_m=800, mode="ebike", **near)
    riders = group("a", Way(mode="walk", reach_m=300), Way(mode="ebike", reach_m=800))
    coverage = build_coverage(
        demand, options_of([GOOD]), {"walk": walk, "ebike": ride}, groups=[riders], periods=PERIODS
    )
    assert coverage.reach["a"].toarray().tolist() == [[True, True]]


def test_places_in_another_order_are_put_right_and_missing_ones_are_named() -> None:
    demand = demand_of(np.array([[[1], [2]]]))
    walkers = [group("a", Way(mode="walk", reach_m=50))]
    travel = TravelMatrix.from_dense(
        [[9, 90], [80, 8]], sites=["s1", "s0"], cells=["c1", "c0"], cutoff_m=99
    )
    coverage = build_coverage(
        demand, options_of([GOOD, GOOD]), {"walk": travel}, groups=walkers, periods=PERIODS
    )
    assert coverage.reach["a"].toarray().tolist() == [[True, False], [False, True]]
    other = TravelMatrix.from_dense([[9], [80]], sites=["s1", "s0"], cells=["c1"], cutoff_m=99)
    with pytest.raises(ValueError, match=r"travel \(walk\) lacks the cell 'c0'"):
        build_coverage(
            demand, options_of([GOOD, GOOD]), {"walk": other}, groups=walkers, periods=PERIODS
        )


def test_wrong_arguments_are_refused_with_what_was_expected() -> None:
    demand, options = alone(), options_of([GOOD])
    travel = {"walk": TravelMatrix.from_dense([[1]], sites=["s0"], cells=["c0"], cutoff_m=100)}
    near, far = (group("a", Way(mode="walk", reach_m=metres)) for metres in (100, 101))
    with pytest.raises(ValueError, match="every group of the demand, 'a' is missing"):
        build_coverage(demand, options, travel, groups=[], periods=PERIODS)
    with pytest.raises(ValueError, match="at most the cutoff 100, got 101"):
        build_coverage(demand, options, travel, groups=[far], periods=PERIODS)
    with pytest.raises(ValueError, match=r"travel lacks the mode 'walk', it has \[\]"):
        build_coverage(demand, options, {}, groups=[near], periods=PERIODS)
    for broken, times in ((PERIODS[:2], 0), ((*PERIODS, PERIODS[0]), 2)):
        with pytest.raises(ValueError, match=f"hour . is covered {times} times"):
            build_coverage(demand, options, travel, groups=[near], periods=broken)
    coverage = build_coverage(demand, options, travel, groups=[near], periods=PERIODS)
    with pytest.raises(ValueError, match="there is no option 'nobody'"):
        measure_coverage(coverage, ["s0", "nobody"])
    with pytest.raises(ValueError, match=r"unique and not fixed, got \['s0'\]"):
        coverage.merged_rows(["s0"], ["s0"])
    with pytest.raises(ValueError, match="unique and not fixed"):
        coverage.merged_rows(["s0", "s0"], [])


def test_the_week_is_cut_at_doors_and_bands_and_equal_pieces_are_one_slot() -> None:
    # Two bands (weekend apart), one station 8-12 and 13-17: open or not, in each band.
    weekend = [0] * 120 + [1] * 48
    coverage = coverage_of(
        [(daily((8, 12), (13, 17)), (), True, "open", True)],
        [[1]],
        demand_of(np.array([[[1000]], [[500]]]), band_of_hour=weekend),
    )
    assert coverage.slot_minutes.tolist() == [5 * 960, 5 * 480, 2 * 960, 2 * 480]
    assert coverage.slot_band.tolist() == [0, 0, 1, 1]
    assert coverage.slot_period_minutes.tolist() == [
        [5 * 240, 5 * 180, 5 * 540],
        [5 * 480, 0, 0],
        [2 * 240, 2 * 180, 2 * 540],
        [2 * 480, 0, 0],
    ]
    assert coverage.service[0, 0].tolist() == [False, True, False, True]


def test_the_week_is_cut_at_the_minute_and_at_its_ends() -> None:
    # Open from Sunday 23:53 to the end of the week, and from Monday 00:00 to 00:07.
    midnight = WeeklyHours(((0, 7), (WEEK_MINUTES - 7, WEEK_MINUTES)))
    coverage = coverage_of([(midnight, (), True, "open", True)], [[1]], alone())
    assert coverage.slot_minutes.tolist() == [14, WEEK_MINUTES - 14]
    assert coverage.slot_period_minutes[0].tolist() == [0, 0, 14]
    assert measure_coverage(coverage, ["s0"]).served_milli == 14_000


def test_candidates_that_never_serve_and_no_candidates_give_no_rows() -> None:
    coverage = coverage_of([GOOD, (ALWAYS, (), False, "open", True)], [[1], [1]], alone())
    for candidates, fixed, base in (([], [], 0), (["s1"], [], 0), (["s1"], ["s0"], 168 * 60_000)):
        rows = coverage.merged_rows(candidates, fixed)
        assert rows.serves.shape == (len(candidates), 0)
        assert (rows.base_milli, rows.total_milli) == (base, 168 * 60_000)


def test_rows_keep_the_order_of_the_candidates() -> None:
    # Cell c0 has one worker and s0 in reach, cell c1 two and s1.
    demand = demand_of(np.array([[[1000], [2000]]]))
    rows = coverage_of([GOOD, GOOD], [[1, 900], [900, 1]], demand).merged_rows(["s1", "s0"], [])
    assert rows.options == ("s1", "s0")
    assert (rows.serves @ rows.value_milli).tolist() == [2 * 168 * 60_000, 168 * 60_000]


def test_a_district_without_demand_has_shares_of_zero() -> None:
    figures = measure_coverage(coverage_of([GOOD], [[1]], alone(1, 0)), ["s0"])
    assert (figures.worker_hours_week, figures.nominal_share, figures.effective_share) == (0, 0, 0)


def test_figures_are_told_as_one_sentence() -> None:
    figures = measure_coverage(coverage_of([GOOD], [[1, 999]], alone(2)), ["s0"])
    assert str(figures) == (
        "Stations: 1. Of 336 worker-hours a week, 50.0% have a station within reach and 50.0% find"
        " one that serves them."
    )
    use_language("zh")
    assert str(figures) == (
        "站点1个。每周336在岗工时中，50.0%在服务半径内有站点（名义覆盖），50.0%能用上站点（有效覆盖）。"
    )


def rows_by_options(
    coverage: Coverage, candidates: list[str], fixed: list[str]
) -> dict[frozenset[str], int]:
    """Merge rows by a plain loop over all of them."""
    service = dict(zip(coverage.options.table.index, coverage.service, strict=True))
    merged: dict[frozenset[str], int] = {}
    for g, name in enumerate(coverage.demand.groups):
        reach = coverage.reach[name].toarray()
        for c in range(reach.shape[1]):
            near = [o for n, o in enumerate(coverage.options.table.index) if reach[n, c]]
            for s, minutes in enumerate(coverage.slot_minutes):
                value = int(coverage.demand.people_milli[coverage.slot_band[s], c, g]) * int(
                    minutes
                )
                if value and not any(service[o][g, s] for o in near if o in fixed):
                    by = frozenset(o for o in near if o in candidates and service[o][g, s])
                    merged[by] = merged.get(by, 0) + value
    return merged


Milli = dict[str, int]


def count_by_hand(
    metres: dict[tuple[int, int], int],
    reach_mm: dict[str, int],
    options: Options,
    demand: Demand,
    chosen: set[str],
) -> dict[str, Milli]:
    """Count thousandths of worker-minutes by outcome: a plain loop over cells, groups and half
    hours."""
    outcome_of: dict[str, Milli] = {"all": {}}

    def add(key: str, outcome: str, value: int) -> None:
        table = outcome_of.setdefault(key, {})
        table[outcome] = table.get(outcome, 0) + value

    table = options.table
    is_open = {
        o: {m for start, end in table["hours"][o].intervals for m in range(start, end, 30)}
        for o in table.index
    }
    for c, community in enumerate(demand.cells["community"]):
        for g, name in enumerate(demand.groups):
            near = [
                o
                for n, o in enumerate(table.index)
                if o in chosen and metres.get((n, c), 10**9) <= reach_mm[name]
            ]
            for minute in range(0, WEEK_MINUTES, 30):
                value = 30 * int(demand.people_milli[demand.band_of_hour[minute // 60], c, g])
                told = []
                for o in near:
                    fails = [
                        minute not in is_open[o],
                        False,  # nobody counts seats here
                        bool(table["groups"][o]) and name not in table["groups"][o],
                        not table["listed"][o],
                        table["access"][o] == "gated",
                        not table["working"][o],
                    ]
                    told.append((sum(fails), fails.index(True) if any(fails) else -1))
                outcome = "out_of_reach"
                if told:
                    count, first = min(told)
                    outcome = REASONS[first] if count else "served"
                hour = minute // 60 % 24
                period = "day" if 7 <= hour < 19 else "evening" if 19 <= hour < 22 else "night"
                for key in (
                    "all",
                    f"group {name}",
                    f"period {period}",
                    f"community {community}",
                    f"cell c{c}",
                ):
                    add(key, outcome, value)
    return outcome_of


def assert_equal_to_hand(figures: Figures, by_hand: dict[str, Milli]) -> None:
    """Compare every figure to the last digit."""
    assert figures.served_milli == by_hand["all"].get("served", 0)
    assert figures.total_milli == sum(by_hand["all"].values())
    tables = {
        "group": figures.by_group,
        "period": figures.by_period,
        "community": figures.by_community,
        "cell": figures.by_cell,
    }
    for kind, table in tables.items():
        for key, row in table.iterrows():
            milli = by_hand.get(f"{kind} {key}", {})
            total = sum(milli.values())
            assert row["worker_hours_week"] == total / 60_000
            assert row["effective_share"] == milli.get("served", 0) / max(total, 1)
            assert row["nominal_share"] == (total - milli.get("out_of_reach", 0)) / max(total, 1)
            for reason in (*REASONS, "out_of_reach"):
                assert row[f"{reason}_share"] == milli.get(reason, 0) / max(total, 1)
    assert sum(key.startswith("community ") for key in by_hand) == len(figures.by_community)


@settings(max_examples=25, deadline=None)
@given(random_towns(), st.data())
def test_figures_from_streets_equal_a_plain_double_loop_over_networkx(
    drawn: tuple[int, list[Street], list[Place], list[Place]], data: st.DataObject
) -> None:
    nodes, streets, sites, cells = drawn
    demand = data.draw(people(len(cells)))
    options = options_of([data.draw(configurations) for _ in sites])
    reach_mm = {"a": data.draw(st.integers(1, 60)), "b": data.draw(st.integers(1, 60))}
    chosen = {o for o in options.table.index if data.draw(st.booleans())}
    travel = ways(town(nodes, streets), sites, cells, mode="drive", cutoff_m=0.06)
    groups = [group(name, Way(mode="drive", reach_m=mm / 1000)) for name, mm in reach_mm.items()]
    coverage = build_coverage(demand, options, {"drive": travel}, groups=groups, periods=PERIODS)
    by_hand = count_by_hand(recount(streets, sites, cells, 60), reach_mm, options, demand, chosen)
    assert_equal_to_hand(measure_coverage(coverage, chosen), by_hand)


@settings(max_examples=100, deadline=None)
@given(districts())
def test_merged_rows_equal_a_plain_loop_over_all_rows(coverage: Coverage) -> None:
    options = list(coverage.options.table.index)
    split = len(options) // 2
    fixed, candidates = options[:split], options[split:]
    merged = coverage.merged_rows(candidates, fixed)
    plain = rows_by_options(coverage, candidates, fixed)
    table = merged.serves.toarray()
    found = {
        frozenset(o for o, serves in zip(candidates, column, strict=True) if serves): int(value)
        for column, value in zip(table.T, merged.value_milli, strict=True)
    }
    assert len(found) == len(merged.value_milli)
    assert found == {options: value for options, value in plain.items() if options}
    assert merged.total_milli == measure_coverage(coverage, []).total_milli == coverage.total_milli
    assert merged.base_milli == measure_coverage(coverage, fixed).served_milli
    served = merged.base_milli + int(merged.value_milli[table.any(axis=0)].sum())
    assert served == measure_coverage(coverage, options).served_milli


@settings(max_examples=50, deadline=None)
@given(districts(), st.permutations(range(4)))
def test_merged_rows_do_not_depend_on_the_order_of_the_cells(
    coverage: Coverage, order: list[int]
) -> None:
    demand = coverage.demand
    turned = [n for n in order if n < len(demand.cells)]
    other = replace(
        coverage,
        demand=replace(
            demand,
            cells=demand.cells.iloc[turned],
            workers=demand.workers[turned],
            people_milli=demand.people_milli[:, turned],
        ),
        reach={name: reach[:, turned] for name, reach in coverage.reach.items()},
        travel={},
    )
    candidates = list(coverage.options.table.index)
    one, two = coverage.merged_rows(candidates, []), other.merged_rows(candidates, [])
    assert one.value_milli.tolist() == two.value_milli.tolist()
    assert (one.serves != two.serves).nnz == 0


@settings(max_examples=60, deadline=None)
@given(districts(), st.data())
def test_effective_is_within_nominal_and_an_opening_never_lowers_either(
    coverage: Coverage, data: st.DataObject
) -> None:
    options = list(coverage.options.table.index)
    chosen = [o for o in options if data.draw(st.booleans())]
    before = measure_coverage(coverage, chosen)
    after = measure_coverage(coverage, [*chosen, data.draw(st.sampled_from(options))])
    assert 0 <= before.effective_share <= before.nominal_share <= 1
    assert before.served_milli <= after.served_milli
    for table in ("by_group", "by_period", "by_community", "by_cell"):
        for share in ("effective_share", "nominal_share"):
            assert (getattr(before, table)[share] <= getattr(after, table)[share]).all()


@settings(max_examples=40, deadline=None)
@given(districts(), weekly_hours(), st.integers(1, 9))
def test_a_venue_with_other_hours_that_stays_closed_changes_no_figure(
    coverage: Coverage, hours: WeeklyHours, minutes: int
) -> None:
    # It cuts the week at other times; sums must not depend on that.
    odd = WeeklyHours(tuple((start + minutes, end) for start, end in hours.intervals))
    table = coverage.options.table
    kept = list(zip(*(table[name] for name in CONFIGURATION), strict=True))
    metres = np.where(coverage.reach["a"].toarray(), 1.0, np.inf)
    nowhere = [[np.inf] * metres.shape[1]]
    with_it = coverage_of(
        [*kept, (odd, (), True, "open", True)], [*metres.tolist(), *nowhere], coverage.demand
    )
    chosen = list(table.index)
    before, after = measure_coverage(coverage, chosen), measure_coverage(with_it, chosen)
    assert before.served_milli == after.served_milli
    for name in ("by_group", "by_period", "by_community", "by_cell"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name), check_exact=True)


@settings(max_examples=60, deadline=None)
@given(districts())
def test_parts_sum_to_the_whole(coverage: Coverage) -> None:
    figures = measure_coverage(coverage, list(coverage.options.table.index))
    hours = figures.worker_hours_week
    for table in (figures.by_group, figures.by_period, figures.by_community, figures.by_cell):
        assert table["worker_hours_week"].sum() == pytest.approx(hours)
        served = (table["worker_hours_week"] * table["effective_share"]).sum()
        assert served == pytest.approx(figures.served_milli / 60_000)
        reasons = table[[f"{name}_share" for name in (*REASONS, "out_of_reach")]].sum(axis=1)
        busy = table["worker_hours_week"] > 0
        assert (table["effective_share"] + reasons)[busy].to_numpy() == pytest.approx(1)
    assert hours == pytest.approx(coverage.demand.worker_hours_week)
    assert figures.workers == pytest.approx(figures.by_community["workers"].sum())


@settings(max_examples=40, deadline=None)
@given(districts())
def test_stations_always_open_listed_and_open_to_all_serve_everyone_in_reach(
    coverage: Coverage,
) -> None:
    count = len(coverage.options.table)
    reach = coverage.reach["a"].toarray()
    metres = np.where(reach, 1.0, np.inf)
    ideal = coverage_of([GOOD] * count, metres.tolist(), coverage.demand)
    figures = measure_coverage(ideal, list(ideal.options.table.index))
    assert figures.effective_share == figures.nominal_share
    assert (figures.by_cell["effective_share"] == figures.by_cell["nominal_share"]).all()
