"""Every limit of a plan, built into arrays: held against a recount of what its words say."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations
from typing import TypeVar

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from limit_recount import Recount
from option_towns import DAY, Choice, Spot, Town
from scipy.sparse import csr_array

from planner.coverage import check_gaps, measure_coverage
from planner.district.settings import Floor, GapLimit, GapRules, Levels, Limits, Quota
from planner.hours import ALWAYS
from planner.language import use_language
from planner.siting import SitingProblem, Status, build_problem, solve
from planner.siting.limits.demand_rows import served_over_year
from planner.siting.limits.gap_limit import smallest_sets
from planner.siting.limits.quotas import exempt_places
from planner.siting.limits.scopes import Scopes
from planner.siting.solving.limit_rows import limit_rows

T = TypeVar("T")
SUMMER, WINTER = tuple(range(22, 35)), (1, 2, 3, 4, 5, 6, 7, 8, 48, 49, 50, 51, 52)
SEASONS = {"summer": SUMMER, "winter": WINTER}
ALL_MEASURES = ("open", "open_24h", "container", "extend_24h", "open_gate")


def draw_town(rng: random.Random, most: int = 8) -> Town:
    """Draw a town of at most so many options."""
    spots: dict[str, Spot] = {}
    choices: dict[str, Choice] = {}

    def place() -> float:
        return float(100 * rng.randint(0, 5))

    for at in range(rng.randint(0, 2)):
        spots[f"S{at}"] = Spot(
            x=place(), y=place(), stands=True, community=rng.choice(["c1", "c2"]),
            host=rng.choice(["shop", "park"]),
        )  # fmt: skip
        keep = Choice(
            site=f"S{at}", measure="keep", year=float(rng.randint(0, 5) * 100),
            access=rng.choice(["open", "open", "gated"]), working=rng.random() < 0.8,
            hours=rng.choice([DAY, ALWAYS]), benchmark=rng.random() < 0.5,
            weeks=rng.choice([(), (), (), WINTER]),
        )  # fmt: skip
        choices[f"S{at}"] = keep
        if rng.random() < 0.6:
            choices[f"S{at}+24h"] = replace(
                keep, measure="upgrade", steps=("extend_24h",), hours=ALWAYS, cost=700.0,
                union=300.0, year=keep.year + 250.0,
            )  # fmt: skip
    for at in range(rng.randint(1, 4)):
        name = f"V{at}"
        spots[name] = Spot(
            x=place(), y=place(), community=rng.choice(["c1", "c2", "c3"]),
            host=rng.choice(["shop", "park"]), lon=120 + rng.choice([0.0, 0.1]),
        )  # fmt: skip
        choices |= draw_venue(rng, name, [spot for spot in spots if spot.startswith("S")])
    cells = [(place(), place(), rng.choice(["c1", "c2"])) for _ in range(rng.randint(1, 4))]
    kept = dict(list(choices.items())[:most])
    used = {choice.site for choice in kept.values()}
    return Town(
        spots={name: spot for name, spot in spots.items() if name in used},
        choices=kept,
        cells=cells,
        people={
            "rider": [13 * rng.randint(0, 3) for _ in cells],
            "courier": [13 * rng.randint(0, 2) for _ in cells],
        },
        streets={"c1": "north", "c2": "south", "c3": "south"},
        gaps=GapRules(
            urban_m=300.0, dense_m=200.0, dense_workers_per_km2=rng.choice([20.0, 60.0]),
            least_workers=rng.choice([0.0, 13.0]),
        ),
    )  # fmt: skip


def draw_venue(rng: random.Random, name: str, stations: list[str]) -> dict[str, Choice]:
    """Draw the options of a venue, to which a station may move."""
    cost = float(rng.choice([500, 1000, 2000]))
    usual = Choice(
        site=name, cost=cost, union=cost * rng.choice([0.0, 0.05, 1.0]),
        year=float(rng.randint(1, 4) * 100), benchmark=rng.random() < 0.5,
        weeks=rng.choice([(), (), (), WINTER]),
    )  # fmt: skip
    more = {name: usual}
    if rng.random() < 0.4:
        more[f"{name}+24h"] = replace(usual, measure="open_24h", hours=ALWAYS, cost=cost + 500)
    if rng.random() < 0.4:
        for season, weeks in rng.sample([*SEASONS.items(), ("", ())], 2):
            stay = replace(usual, measure="container", season=season, weeks=weeks, cost=100.0)
            more[f"{name}+container@{season}"] = stay
    if stations and rng.random() < 0.3:
        old = rng.choice(stations)
        more[f"{old}>{name}"] = replace(usual, measure="move", replaces=old)
    return more


def draw_limits(rng: random.Random, town: Town) -> Limits:
    """Draw a few of all limits."""
    stations = [name for name, spot in town.spots.items() if spot.stands]

    def some(chance: float, value: T) -> T | None:
        return value if rng.random() < chance else None

    free = [name for name in stations if rng.random() < 0.6]
    may_close = tuple(name for name in free if rng.random() < 0.5)
    may_move = tuple(name for name in free if name not in may_close or rng.random() < 0.5)
    names = [name for name in town.choices if not name.startswith("S")]
    lock = tuple(name for name in names if rng.random() < 0.1)
    levels = some(0.2, Levels(centre_hosts=("park",), within_m=rng.choice([100.0, 300.0])))
    return Limits(
        measures=tuple(one for one in ALL_MEASURES if rng.random() < 0.8),
        budget_yuan=some(0.3, rng.choice([0.0, 1500.0, 52_000.0])),
        budget_union_yuan=some(0.2, rng.choice([0.0, 500.0, 51_000.0])),
        budget_partner_yuan=some(0.2, rng.choice([0.0, 950.0, 2000.0])),
        budget_year_yuan=some(0.2, rng.choice([0.0, 100.0, 450.0])),
        count=some(0.3, rng.randint(0, 3)),
        min_separation_m=rng.choice([0.0, 0.0, 100.0, 201.0]),
        separation_from_existing=rng.random() < 0.7,
        separation_along_streets=rng.random() < 0.3,
        lock=lock,
        forbid=tuple(name for name in names if name not in lock and rng.random() < 0.1),
        no_go=some(0.2, (((120.05, 30.0), (120.2, 30.0), (120.2, 32.0), (120.05, 32.0)),)) or (),
        may_close=may_close,
        may_move=may_move,
        containers=rng.randint(1, 2),
        gap=some(0.25, GapLimit()),
        quotas=tuple(draw_quota(rng, levels) for _ in range(rng.choice([0, 0, 1, 2]))),
        floors=tuple(draw_floor(rng) for _ in range(rng.choice([0, 0, 0, 1]))),
        levels=levels,
    )


def draw_quota(rng: random.Random, levels: Levels | None) -> Quota:
    kinds = ["any", "all_day", "evening", "benchmark", "new", "container"]
    scope = rng.choice(["all", "community", "street", "host_type"])
    bound = rng.choice(["least", "most", "least_share", "most_share", "least_per_street"])
    value = {
        "least": rng.randint(0, 2),
        "most": rng.randint(0, 2),
        "least_share": rng.choice([0.15, 0.5]),
        "most_share": rng.choice([0.34, 0.5]),
        "least_per_street": rng.choice([0.5, 1.1]),
    }
    return Quota(
        scope="all" if bound == "least_per_street" else scope,
        stations=rng.choice([*kinds, "centre"] if levels else kinds),
        **{bound: value[bound]},  # type: ignore[arg-type]  # each bound with its own value
    )


def draw_floor(rng: random.Random) -> Floor:
    return Floor(
        least_share=rng.choice([0.1, 0.3, 0.5]),
        groups=rng.choice([(), ("rider",)]),
        communities=rng.choice([(), ("c1",)]),
        each=rng.choice(["", "group", "community"]),
    )


def subsets(ids: list[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1))


def keeps_limits(problem: SitingProblem, mask: np.ndarray) -> bool:
    """Say whether a choice keeps what the arrays of a problem ask for; shape (n,)."""
    at = np.flatnonzero(mask)
    places = [problem.sites[k] for k in at]
    fen, budget = int(problem.cost_fen[mask].sum()), problem.budget_fen
    ok = (
        not problem.clashes
        and len(set(places)) == len(places)
        and not any(mask[a] and mask[b] for a, b in problem.too_close)
        and (budget is None or fen <= budget)
        and (problem.count is None or int(problem.counts[mask].sum()) <= problem.count)
        and bool(mask[problem.locked].all())
        and not mask[problem.forbidden].any()
    )
    if ok and problem.linear is not None:
        used = problem.linear.weights @ mask.astype(np.int64)
        ok = bool(((used >= problem.linear.least) & (used <= problem.linear.most)).all())
    if ok and problem.floors is not None:
        met = problem.floors.values @ served_rows(problem, mask).astype(np.int64)  # noqa: PD011 - no table
        ok = bool((met >= problem.floors.least).all())
    return ok


def served_rows(problem: SitingProblem, mask: np.ndarray) -> np.ndarray:
    rows: np.ndarray = (problem.serves.T.astype(np.int64) @ mask.astype(np.int64)) > 0
    return rows


def value(problem: SitingProblem, mask: np.ndarray) -> int:
    return problem.base_milli + int(problem.value_milli[served_rows(problem, mask)].sum())


def compare(town: Town, limits: Limits) -> int:
    """Hold every set of options against the words of the limits; how many are allowed."""
    coverage, district = town.coverage(), town.district()
    problem = build_problem(coverage, limits, district=district)
    price = 0 if limits.gap is None or limits.gap.hard else limits.gap.price_hours * 60_000
    recount = Recount(coverage, limits, district)
    allowed, beside = 0, set()
    for chosen in subsets(sorted({*problem.options, *town.choices})):
        recount.take(chosen)
        mask = np.isin(problem.options, chosen)
        kept = set(chosen) <= set(problem.options) and keeps_limits(problem, mask)
        assert kept == recount.allowed(), (chosen, limits, town)
        if kept:
            allowed += 1
            told = value(problem, mask) + int(price) * recount.shortfalls()
            beside.add(told - recount.served()[0])
    assert len(beside) <= 1, (limits, town)
    assert price or beside <= {0}, (beside, limits, town)
    return allowed


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_arrays_allow_and_count_exactly_what_the_words_of_the_limits_say(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - towns, not secrets
    town = draw_town(rng, most=6)
    compare(town, draw_limits(rng, town))


@given(st.integers(0, 10**9))
@settings(max_examples=15, deadline=None)
def test_a_gap_with_a_price_costs_each_place_that_lacks_a_station(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - towns, not secrets
    town = draw_town(rng, most=5)
    limits = draw_limits(rng, town)
    compare(town, replace(limits, gap=GapLimit(hard=False, price_hours=1.5)))


@given(st.integers(0, 10**9))
@settings(max_examples=10, deadline=None)
def test_a_plan_within_all_limits_is_the_best_that_the_recount_finds(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - towns, not secrets
    town = draw_town(rng, most=6)
    limits = draw_limits(rng, town)
    coverage, district = town.coverage(), town.district()
    problem = build_problem(coverage, limits, district=district)
    best = -1
    recount = Recount(coverage, limits, district)
    for chosen in subsets(list(problem.options)):
        recount.take(chosen)
        if recount.allowed():
            best = max(best, int(recount.served()[0]))
    plan = solve(problem, time_limit_s=30, gap_share=0.0)
    if best < 0:
        assert plan.status is Status.INFEASIBLE
        assert plan.reasons
    else:
        assert (plan.served_milli, plan.status) == (best, Status.OPTIMAL)


# One limit at a time, by hand.

SHOP, LATE = Choice(site="V1"), Choice(site="V1", measure="open_24h", hours=ALWAYS)


def street_of_shops(**changes: object) -> Town:
    """A station at 0 m and venues at 500 and 1,000 m; 10 riders at each."""
    town = Town(
        spots={
            "S1": Spot(x=0, stands=True),
            "V1": Spot(x=500, community="c2"),
            "V2": Spot(x=1000, community="c2", host="park"),
        },
        choices={
            "S1": Choice(site="S1", measure="keep"),
            "S1+24h": Choice(
                site="S1", measure="upgrade", steps=("extend_24h",), hours=ALWAYS, year=300.0
            ),
            "V1": SHOP,
            "V1+24h": replace(LATE, cost=1500.0, union=500.0),
            "V2": Choice(site="V2"),
        },
        cells=[(0, 0, "c1"), (500, 0, "c2"), (1000, 0, "c2")],
        people={"rider": [10, 10, 10]},
    )
    return replace(town, **changes)  # type: ignore[arg-type]  # fields of Town


def built(limits: Limits, town: Town | None = None) -> SitingProblem:
    town = town or street_of_shops()
    return build_problem(town.coverage(), limits, district=town.district())


def names_of(problem: SitingProblem, language: str = "en") -> list[str]:
    linear = [] if problem.linear is None else problem.linear.about
    floors = [] if problem.floors is None else problem.floors.about
    return [about.name.text(language) for about in (*linear, *floors)]


def test_only_usual_openings_enter_where_the_limits_name_no_other_measure() -> None:
    town = street_of_shops()
    usual = {name: town.choices[name] for name in ("S1", "V1", "V2")}
    wide, narrow = built(Limits()), built(Limits(), replace(town, choices=usual))
    assert wide.options == narrow.options == ("V1", "V2")
    assert np.array_equal(wide.value_milli, narrow.value_milli)
    assert (wide.linear, wide.floors, wide.notes) == (None, None, ())
    assert built(Limits(measures=("open_24h", "extend_24h"))).options == ("S1+24h", "V1+24h")


def test_an_upgrade_adds_the_night_to_what_a_station_that_stays_serves_by_day() -> None:
    problem = built(Limits(measures=("extend_24h",)))
    assert problem.options == ("S1+24h",)
    assert problem.base_milli == 10 * 12 * 7 * 60_000
    assert problem.value_milli.tolist() == [10 * 12 * 7 * 60_000]
    assert problem.counts.tolist() == [False]
    assert problem.keeps == ()


def test_a_site_with_several_options_that_is_locked_takes_one_of_them() -> None:
    both = Limits(measures=("open", "open_24h"), lock=("V1",))
    problem = built(both)
    assert not problem.locked.any()
    assert names_of(problem) == ["one of the measures at V1, which is locked"]
    one = built(replace(both, lock=("V1+24h",)))
    assert np.array(one.options)[one.locked].tolist() == ["V1+24h"]
    none = built(Limits(measures=("extend_24h",), lock=("V1",)))
    assert [str(clash) for clash in none.clashes] == [
        "V1 is locked, but none of the measures that the plan may use is possible there."
    ]


def test_a_station_that_may_move_stays_is_upgraded_or_moves() -> None:
    town = street_of_shops()
    move = Choice(site="V1", measure="move", replaces="S1", cost=2000.0, year=150.0)
    town = replace(town, choices={**town.choices, "S1>V1": move})
    problem = built(Limits(measures=("open", "extend_24h"), may_move=("S1",)), town)
    assert problem.options == ("S1", "S1+24h", "S1>V1", "V1", "V2")
    assert problem.linear is not None
    assert problem.linear.weights.toarray().tolist() == [[1, 1, 1, 0, 0]]
    assert problem.linear.about[0].may_relax is False
    assert {(0, 2), (1, 2)} <= set(map(tuple, problem.too_close.tolist()))
    # Moving saves what S1 costs: 100 yuan a year; V1 as a move costs 150, opened beside S1 100.
    year = built(Limits(measures=("open",), may_move=("S1",), budget_year_yuan=50.0), town)
    assert year.linear is not None
    assert year.linear.weights.toarray()[1].tolist() == [100_00, 150_00, 100_00, 100_00]
    assert year.linear.most[1] == 150_00


def test_money_is_limited_by_who_pays_it() -> None:
    limits = Limits(
        measures=("open", "open_24h"), budget_union_yuan=1000.0, budget_partner_yuan=900.0
    )
    problem = built(limits)
    assert problem.linear is not None
    assert problem.linear.weights.toarray().tolist() == [
        [100_000, 50_000, 100_000],
        [0, 100_000, 0],
    ]
    assert problem.linear.most.tolist() == [100_000, 90_000]
    assert names_of(problem) == [
        "the union pays at most 1,000 yuan",
        "hosts and partners pay at most 900 yuan",
    ]
    assert [about.scale for about in problem.linear.about] == [100, 100]


def test_quotas_count_stations_that_stay_and_are_named_in_both_languages() -> None:
    limits = Limits(
        measures=("open", "open_24h", "extend_24h"),
        quotas=(
            Quota(scope="community", least=1),
            Quota(stations="all_day", least_share=0.15),
            Quota(scope="host_type", which=("shop",), stations="any", most=1),
        ),
    )
    problem = built(limits)
    assert problem.linear is not None
    # S1+24h, V1, V1+24h, V2; c1 has S1 already. 20 x all_day - 3 x all >= 3 (S1 is one of all).
    assert problem.linear.weights.toarray().tolist() == [
        [0, 1, 1, 1],
        [20, -3, 17, -3],
        [0, 1, 1, 0],
    ]
    assert problem.linear.least[:2].tolist() == [1, 3]
    assert problem.linear.most[2] == 0
    assert names_of(problem) == [
        "at least 1 stations in community c2",
        "at least 15% of the stations in the whole district are stations open 24 hours",
        "at most 1 stations at hosts of type shops",
    ]
    assert names_of(problem, "zh") == [
        "社区 c2 至少 1 个站点",
        "全区的站点中24小时站点占比不低于 15%",
        "“沿街商户”类场所至多 1 个站点",
    ]


def test_a_quota_for_each_street_is_rounded_up_as_its_owner_wrote_it() -> None:
    streets = {f"c{at}": f"street {at}" for at in range(1, 11)}
    town = replace(street_of_shops(), streets=streets)
    problem = built(Limits(quotas=(Quota(stations="benchmark", least_per_street=1.1),)), town)
    assert problem.linear is not None
    assert problem.linear.least.tolist() == [11]  # in floats 1.1 x 10 is more than 11


def test_separation_along_streets_takes_the_ways_between_sites_in_the_shorter_direction() -> None:
    town = street_of_shops()
    coverage, district = town.coverage(), town.district()
    metres = np.zeros((3, 3), np.int32)  # S1, V1, V2; V1 is around the corner of S1
    metres[1, 2], metres[2, 1] = 700_000, 600_000
    ways = csr_array(metres)
    limits = Limits(min_separation_m=600.0, separation_along_streets=True)
    apart = build_problem(coverage, limits, district=district, site_ways=ways)
    assert apart.too_close.tolist() == []
    assert not apart.excluded
    near = build_problem(
        coverage, replace(limits, min_separation_m=600.001), district=district, site_ways=ways
    )
    assert near.too_close.tolist() == [[0, 1]]
    # Without ways: 500 m straight are 660 m of streets.
    assert build_problem(coverage, replace(limits, min_separation_m=660.0)).too_close.tolist() == []
    nearer = build_problem(coverage, replace(limits, min_separation_m=660.1))
    assert nearer.too_close.tolist() == [[0, 1]]
    assert "660 m along the streets from station S1" in str(nearer.excluded["V1"])


def test_nothing_is_opened_in_an_area_that_is_drawn_or_in_one_of_the_district() -> None:
    town = street_of_shops(
        spots={
            "S1": Spot(x=0, stands=True, lon=120.5),
            "V1": Spot(x=500, lon=120.5),
            "V2": Spot(x=1000, lon=120.7),
        }
    )
    ring = ((120.4, 30.0), (120.5, 30.0), (120.5, 32.0), (120.4, 32.0))
    drawn = built(Limits(no_go=(ring,)), town)
    assert list(drawn.excluded) == ["V1"]  # on the border; S1 is there already
    assert str(drawn.excluded["V1"]) == "it lies in an area where nothing may be opened."
    area = replace(town.district(), no_go=shapely.box(120.6, 30, 120.8, 32))
    kept = build_problem(town.coverage(), Limits(lock=("V2",)), district=area)
    assert [str(clash) for clash in kept.clashes] == [
        "V2 is locked, but it lies in an area where nothing may be opened."
    ]


def test_a_new_station_has_a_centre_near_or_is_one() -> None:
    limits = Limits(levels=Levels(centre_hosts=("park",), within_m=500.0))
    problem = built(limits)
    assert problem.linear is not None
    assert problem.linear.weights.toarray().tolist() == [[-1, 1]]  # V1 needs V2
    assert names_of(problem) == ["a centre within 500 m of V1"]
    alone = built(replace(limits, levels=Levels(centre_hosts=("park",), within_m=499.0)))
    assert str(alone.excluded["V1"]) == "no centre is or can be within 499 m of it."


def test_each_place_that_could_have_a_station_within_the_gap_gets_one_and_the_rest_is_told() -> (
    None
):
    town = street_of_shops(
        cells=[(0, 0, "c1"), (750, 0, "c2"), (1200, 0, "c2"), (3000, 0, "c2")],
        people={"rider": [10, 20, 30, 40]},
        gaps=GapRules(urban_m=300.0, dense_m=200.0, dense_workers_per_km2=30.0),
    )
    # 0 m has S1. 750 m sees 20 + 30 workers within 564 m: dense, so 200 m reach neither venue.
    problem = built(Limits(gap=GapLimit()), town)
    assert [str(told) for told in problem.notes] == [
        "2 places with 60 workers are exempt from the largest gap: no site lies within it."
    ]
    assert names_of(problem) == ["an open station within 200 m on foot of w2 (30 workers)"]
    wide = replace(town, gaps=GapRules(urban_m=300.0, dense_m=250.0, dense_workers_per_km2=30.0))
    problem = built(Limits(gap=GapLimit()), wide)
    assert problem.linear is not None
    # 750 m could have either venue, 1,200 m only V2: the second implies the first.
    assert problem.linear.weights.toarray().tolist() == [[0, 1]]
    plan = solve(problem, time_limit_s=10, gap_share=0.0)
    gaps = check_gaps(wide.coverage(), ["S1", *plan.options], rules=wide.gaps)
    assert gaps.gaps.empty
    shut = built(Limits(gap=GapLimit(), forbid=("V2",)), wide)
    ended = solve(shut, time_limit_s=10, gap_share=0.0)
    assert ended.status is Status.INFEASIBLE
    assert shut.linear is not None
    assert names_of(shut)[-1].startswith("an open station")


def test_a_gap_is_exempt_by_what_is_possible_not_by_what_the_limits_allow() -> None:
    town = street_of_shops(gaps=GapRules(urban_m=100.0, dense_m=100.0))
    problem = built(Limits(gap=GapLimit(), measures=("extend_24h",)), town)
    assert problem.notes == ()
    told = names_of(problem)
    assert len(told) == 1
    assert told[0].startswith("an open station near 2 places (20 workers) at which nothing")
    assert solve(problem, time_limit_s=10, gap_share=0.0).status is Status.INFEASIBLE


@given(
    st.lists(
        st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True).map(sorted),
        max_size=12,
        unique_by=tuple,
    )
)
@settings(max_examples=60, deadline=None)
def test_only_sets_that_hold_no_other_are_kept(sets: list[list[int]]) -> None:
    start = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    member = np.array([one for some in sets for one in some], np.int64)
    expected = [not any(set(b) < set(a) for b in sets) for a in sets]
    assert smallest_sets(start, member, 7).tolist() == expected


def test_floors_are_kept_for_each_group_and_told_with_their_names() -> None:
    town = street_of_shops(people={"rider": [10, 10, 0], "courier": [0, 0, 30]})
    floors = (Floor(least_share=0.25, each="group"), Floor(least_share=0.4, communities=("c2",)))
    problem = built(Limits(floors=floors), town)
    assert problem.floors is not None
    day = 12 * 7 * 60_000
    # Riders: 20 x 168 h in all; a quarter is 10 riders by day, whom S1 serves already.
    assert problem.floors.least.tolist() == [30 * day // 2, 40 * 2 * day * 4 // 10]
    assert names_of(problem, "zh") == [
        "全区快递员的工时至少 25% 得到服务",
        "社区 c2 全部劳动者的工时至少 40% 得到服务",
    ]
    plan = solve(problem, time_limit_s=10, gap_share=0.0)
    figures = measure_coverage(town.coverage(), ["S1", *plan.options])
    assert plan.options == ("V1", "V2")
    assert figures.served_milli == plan.served_milli


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(gap=GapLimit()), "gap needs the district"),
        (Limits(measures=("container",), containers=1), "containers need the district"),
        (Limits(quotas=(Quota(scope="street", least=1),)), "by street need the district"),
        (Limits(budget_union_yuan=-1.0), "budget_union_yuan must be at least 0 and finite, got -1"),
        (Limits(may_move=("V1",)), "may_move names sites that are no existing station: V1"),
        (Limits(forbid=("V1+25h",)), r"forbid names sites that are not there: V1\+25h"),
        (Limits(quotas=(Quota(),)), "quotas 1: got -, expected at least one of: least"),
        (Limits(floors=(Floor(least_share=1.5),)), "floors 1 least_share: got 1.5, expected a"),
    ],
)
def test_limits_that_need_the_district_or_make_no_sense_are_named(
    limits: Limits, message: str
) -> None:
    town = street_of_shops(streets={})
    stay = Choice(site="V2", measure="container")
    town = replace(town, choices={**town.choices, "V2+container": stay})
    with pytest.raises(ValueError, match=message):
        build_problem(town.coverage(), limits)


# Acceptance cases of the field.


def test_s1_one_station_for_each_of_152_communities_from_37_and_115_to_choose() -> None:
    # Communities 0-36 have a station, two venues and ten times the workers, the others a venue.
    names = [f"c{at:03d}" for at in range(152)]
    spots, choices = {}, {}
    for at, name in enumerate(names):
        x, y = 1000.0 * (at % 13), 1000.0 * (at // 13)
        if at < 37:
            spots[f"S{at:03d}"] = Spot(x=x, y=y, stands=True, community=name)
            choices[f"S{at:03d}"] = Choice(site=f"S{at:03d}", measure="keep")
        for venue in [f"V{at:03d}", f"W{at:03d}"][: 2 if at < 37 else 1]:
            spots[venue] = Spot(x=x + (400 if venue[0] == "V" else 600), y=y, community=name)
            choices[venue] = Choice(site=venue, cost=3500.0, union=3500.0)
    town = Town(
        spots=spots,
        choices=choices,
        cells=[(s.x, s.y, s.community) for s in spots.values()],
        people={"rider": [100 if s.community < "c037" else 10 for s in spots.values()]},
        streets=dict.fromkeys(names, "town"),
    )
    limits = Limits(count=115, quotas=(Quota(scope="community", least=1),))
    coverage = town.coverage()
    plan = solve(
        build_problem(coverage, limits, district=town.district()), time_limit_s=30, gap_share=0.0
    )
    assert len(plan.options) == 115
    assert plan.cost_yuan == 115 * 3500
    stands = [*(name for name in spots if name[0] == "S"), *plan.options]
    assert len(stands) == 152
    assert {spots[name].community for name in stands} == set(names)
    freely = solve(build_problem(coverage, Limits(count=115)), time_limit_s=30, gap_share=0.0)
    assert {spots[name].community for name in freely.options} != set(names[37:])


def test_s6_benchmark_stations_for_each_street_and_a_share_open_24_hours() -> None:
    # 10 streets need 13 benchmark stations, 3 stand; with 20 openings 23 stand, 4 of them 24 hours.
    names = [f"c{at}" for at in range(10)]
    spots = {f"S{at}": Spot(x=1000.0 * at, stands=True, community=names[at]) for at in range(3)} | {
        f"V{at:02d}": Spot(x=500.0 * at, y=2000.0, community=names[at // 3]) for at in range(30)
    }
    choices = {
        name: Choice(site=name, measure="keep", benchmark=True) for name in ("S0", "S1", "S2")
    }
    for at in range(30):
        name = f"V{at:02d}"
        choices[name] = Choice(site=name, benchmark=at >= 16)
        choices[f"{name}+24h"] = replace(
            choices[name], measure="open_24h", hours=ALWAYS, cost=30_000.0
        )
    town = Town(
        spots=spots,
        choices=choices,
        cells=[(s.x, s.y, s.community) for s in spots.values()],
        people={"rider": [100 - at for at in range(len(spots))]},
        streets={name: f"street {name}" for name in names},
    )
    limits = Limits(
        measures=("open", "open_24h"),
        count=20,
        budget_yuan=20 * 1000.0 + 6 * 29_000.0,
        quotas=(
            Quota(stations="benchmark", least_per_street=1.3),
            Quota(stations="all_day", least_share=0.15),
        ),
    )
    problem = build_problem(town.coverage(), limits, district=town.district())
    plan = solve(problem, time_limit_s=30, gap_share=0.0)
    stands = [choices[name] for name in ("S0", "S1", "S2", *plan.options)]
    assert len(stands) == 23
    assert sum(choice.benchmark for choice in stands) >= 13
    assert sum(choice.hours == ALWAYS for choice in stands) >= 4
    freely = solve(
        build_problem(town.coverage(), replace(limits, quotas=()), district=town.district()),
        time_limit_s=30,
        gap_share=0.0,
    )
    assert sum(choices[name].benchmark for name in freely.options) < 10
    assert plan.served_milli < freely.served_milli


def test_s7_union_and_partners_pay_apart_for_131_new_stations_and_9_upgrades() -> None:
    spots = {f"S{at:02d}": Spot(x=1000.0 * at, stands=True) for at in range(20)} | {
        f"V{at:03d}": Spot(x=1000.0 * at, y=5000.0) for at in range(140)
    }
    choices: dict[str, Choice] = {}
    for name in spots:
        if name[0] == "V":
            choices[name] = Choice(site=name, cost=13_700.0, union=700.0)
            continue
        choices[name] = Choice(site=name, measure="keep")
        choices[f"{name}+24h"] = Choice(
            site=name,
            measure="upgrade",
            steps=("extend_24h",),
            hours=ALWAYS,
            cost=8_900.0,
            union=900.0,
        )
    town = Town(
        spots=spots,
        choices=choices,
        cells=[(s.x, s.y, "c1") for s in spots.values()],
        people={"rider": [5 if spot.stands else 10 for spot in spots.values()]},
    )
    limits = Limits(
        measures=("open", "extend_24h"),
        count=131,
        budget_union_yuan=100_000.0,
        budget_partner_yuan=1_780_000.0,
    )
    problem = build_problem(town.coverage(), limits, district=town.district())
    plan = solve(problem, time_limit_s=30, gap_share=0.001)
    new = [name for name in plan.options if name[0] == "V"]
    better = [name for name in plan.options if name[0] == "S"]
    assert (len(new), len(better)) == (131, 9)
    union = sum(choices[name].union for name in plan.options)
    assert union == 131 * 700 + 9 * 900
    assert plan.cost_yuan - union == 131 * 13_000 + 9 * 8_000


def test_s12_a_container_moves_between_two_places_by_season() -> None:
    # The square can take it in summer, the market in winter and in summer; one is bought.
    def stay(site: str, season: str, weeks: tuple[int, ...]) -> Choice:
        return Choice(
            site=site, measure="container", season=season, weeks=weeks, cost=5000.0, union=5000.0
        )

    town = Town(
        spots={"square": Spot(x=0, host="park"), "market": Spot(x=1000, host="park")},
        choices={
            "square+container@summer": stay("square", "summer", SUMMER),
            "market+container@summer": stay("market", "summer", SUMMER),
            "market+container@winter": stay("market", "winter", WINTER),
        },
        cells=[(0, 0, "c1"), (1000, 0, "c1")],
        people={"rider": [26, 13]},
    )
    coverage, district = town.coverage(), town.district()
    limits = Limits(measures=("container",), containers=1, count=1)
    problem = build_problem(coverage, limits, district=district)
    plan = solve(problem, time_limit_s=10, gap_share=0.0)
    assert plan.options == (
        "container#1",
        "market+container@winter",
        "square+container@summer",
    )
    assert plan.cost_yuan == 50_000 + 2 * 5000
    # 26 riders in 13 of 52 weeks and 13 riders in 13 weeks, each by day.
    assert plan.served_milli == (26 + 13) * 12 * 7 * 60_000 // 4
    assert plan.total_milli == (26 + 13) * 168 * 60_000
    there = [name for name in plan.options if name in town.choices]
    assert served_over_year(coverage, there, district=district) == plan.served_milli
    two = build_problem(coverage, replace(limits, containers=2, count=None), district=district)
    assert solve(two, time_limit_s=10, gap_share=0.0).options == (
        "container#1",
        "container#2",
        "market+container@summer",
        "market+container@winter",
        "square+container@summer",
    )
    use_language("zh")
    assert problem.linear is not None
    assert str(problem.linear.about[0].name) == "同一时间设置的移动驿站不多于购置数量"


def test_a_place_with_workers_and_no_site_is_told_and_asked_for_nothing() -> None:
    sites = pd.DataFrame(
        {"community": ["C1"], "street": [""], "host_type": ["bank"]}, index=pd.Index(["V1"])
    )
    scopes = Scopes(sites=sites, worked={"community": frozenset({"C1", "C2"})}, streets=0, names={})
    one_each = Quota(scope="community", least=1)
    (told,) = exempt_places(scopes, [one_each])
    assert told.text("en").startswith("1 places with workers have neither")
    assert "C2" in told.text("zh")
    assert scopes.ids("community") == ["C1"]
    assert exempt_places(scopes, [replace(one_each, which=("C2",))]) == ()
    assert exempt_places(scopes, [Quota(scope="community", most=1)]) == ()


def test_a_share_that_is_no_short_decimal_is_kept_as_written_within_a_millionth() -> None:
    town = street_of_shops()
    limits = Limits(measures=("open", "open_24h"), lock=("V1", "V2"))
    # Of three stations one alone can be open 24 hours.
    for share, possible in (
        (0.3333333333333333, True),
        (1e-9, True),
        (33.3 / 100, True),
        (0.34, False),
    ):
        quota = Quota(stations="all_day", least_share=share)
        plan = solve(built(replace(limits, quotas=(quota,)), town), time_limit_s=10, gap_share=0.0)
        assert plan.is_none is not possible
        assert ("V1+24h" in plan.options) is possible


def test_a_new_station_keeps_away_from_those_that_stay_only_in_weeks_that_both_are_there() -> None:
    near = street_of_shops()
    spots = {**near.spots, "V1": Spot(x=100, community="c2")}
    for weeks, excluded in ((SUMMER, False), ((1, 2), True), ((), True)):
        choices = {
            "S1": replace(near.choices["S1"], weeks=WINTER),
            "V1": replace(SHOP, weeks=weeks),
            "V2": near.choices["V2"],
        }
        problem = built(Limits(min_separation_m=200.0), replace(near, spots=spots, choices=choices))
        assert ("V1" in problem.excluded) is excluded


def containers_of(*stays: tuple[str, tuple[int, ...]], site: str = "V") -> Town:
    """One stay at each of some sites, 1,000 m apart."""
    names = [f"{site}{at + 1}" for at in range(len(stays))]
    return Town(
        spots={name: Spot(x=1000.0 * at) for at, name in enumerate(names)},
        choices={
            f"{name}+container@{season}": Choice(
                site=name, measure="container", season=season, weeks=weeks
            )
            for name, (season, weeks) in zip(names, stays, strict=True)
        },
        cells=[(1000.0 * at, 0, "c1") for at in range(len(stays))],
        people={"rider": [13] * len(stays)},
    )


def test_containers_are_bought_for_stays_outside_the_planned_season_as_well() -> None:
    town = containers_of(("summer", SUMMER), ("winter", WINTER))
    coverage = replace(town.coverage(), planned_weeks=SUMMER)
    limits = Limits(measures=("container",), containers=1, lock=("V2",))
    problem = build_problem(coverage, limits, district=town.district())
    plan = solve(problem, time_limit_s=10, gap_share=0.0)
    assert plan.options == ("V1+container@summer", "V2+container@winter", "container#1")
    alone = build_problem(coverage, replace(limits, count=0), district=town.district())
    assert solve(alone, time_limit_s=10, gap_share=0.0).is_none


def test_no_more_containers_are_for_sale_than_there_are_stays_and_their_ids_are_new() -> None:
    town = containers_of(("summer", SUMMER), ("winter", WINTER))
    problem = built(Limits(measures=("container",), containers=10**14), town)
    assert [name for name in problem.options if name[0] == "c"] == ["container#1", "container#2"]
    odd = containers_of(("summer", SUMMER), site="container#")
    odd = replace(
        odd,
        spots={**odd.spots, "container#2": Spot(x=5000.0)},
        choices={**odd.choices, "container#2": Choice(site="container#2")},
    )
    problem = built(Limits(measures=("open", "container"), containers=1), odd)
    assert len(set(problem.options)) == len(problem.options) == 3


def test_what_the_limits_say_to_no_effect_is_told() -> None:
    idle = Limits(measures=("open", "move", "close"), gap=GapLimit(hard=True, price_hours=5.0))
    told = "\n".join(note.text("en") for note in built(idle).notes)
    assert "so its price of 5 worker-hours a week is not used" in told
    assert "measures holds move, but may_move names no station" in told
    assert "measures holds close, but may_close names no station" in told
    useful = replace(idle, gap=GapLimit(), may_move=("S1",), may_close=("S1",))
    assert built(useful).notes == ()


def test_pairs_that_exclude_each_other_are_named_by_what_they_share() -> None:
    town = street_of_shops()
    stay = Choice(site="V2", measure="container")
    choices = {
        **town.choices,
        "S1>V1": replace(SHOP, measure="move", replaces="S1"),
        "V2+container@summer": replace(stay, season="summer", weeks=SUMMER),
        "V2+container@hot": replace(stay, season="hot", weeks=SUMMER[3:5]),
    }
    limits = Limits(
        measures=("open", "container", "extend_24h"),
        may_move=("S1",),
        containers=1,
        min_separation_m=600.0,
    )
    rows = limit_rows(built(limits, replace(town, choices=choices)))
    named = {about.name.text("en"): about for about in rows.about}
    for pair in ("S1 and S1>V1", "V2+container@hot and V2+container@summer", "S1+24h and S1>V1"):
        assert not named[f"one of {pair}"].may_relax
    assert named["V1 and V2 at least the minimum separation apart"].may_relax
    apart = [name for name in named if "apart" in name]
    assert not [name for name in apart if name.count("S1") > 1 or name.count("V2") > 1]
