"""Every limit of a plan, built into arrays: held against a recount of what its words say."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limit_recount import Recount
from option_towns import DAY, Choice, Spot, Town

from planner.district.settings import (
    Floor,
    GapLimit,
    GapRules,
    Levels,
    Limits,
    Quota,
)
from planner.hours import ALWAYS
from planner.siting import SitingProblem, build_problem

SUMMER, WINTER = tuple(range(22, 35)), (1, 2, 3, 4, 5, 6, 7, 8, 48, 49, 50, 51, 52)
SEASONS = {"summer": SUMMER, "winter": WINTER}
ALL_MEASURES = ("open", "open_24h", "container", "extend_24h", "open_gate")


def draw_town(rng: random.Random, most: int = 8) -> Town:
    """Draw a town of at most so many options."""
    spots: dict[str, Spot] = {}
    choices: dict[str, Choice] = {}
    place = lambda: float(100 * rng.randint(0, 5))  # noqa: E731 - a short draw
    for at in range(rng.randint(0, 2)):
        spots[f"S{at}"] = Spot(
            x=place(), y=place(), stands=True, community=rng.choice(["c1", "c2"]),
            host=rng.choice(["shop", "park"]),
        )  # fmt: skip
        keep = Choice(
            site=f"S{at}", measure="keep", year=float(rng.randint(0, 5) * 100),
            access=rng.choice(["open", "open", "gated"]), working=rng.random() < 0.8,
            hours=rng.choice([DAY, ALWAYS]), benchmark=rng.random() < 0.5,
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
        cost = float(rng.choice([500, 1000, 2000]))
        usual = Choice(
            site=name, cost=cost, union=cost * rng.choice([0.0, 0.05, 1.0]),
            year=float(rng.randint(1, 4) * 100), benchmark=rng.random() < 0.5,
            weeks=rng.choice([(), (), (), WINTER]),
        )  # fmt: skip
        more = [(name, usual)]
        if rng.random() < 0.4:
            longer = replace(usual, measure="open_24h", hours=ALWAYS, cost=cost + 500)
            more.append((f"{name}+24h", longer))
        if rng.random() < 0.4:
            for season, weeks in rng.sample([*SEASONS.items(), ("", ())], 2):
                stay = replace(usual, measure="container", season=season, weeks=weeks, cost=100.0)
                more.append((f"{name}+container@{season}", stay))
        stations = [name for name in spots if name.startswith("S")]
        if stations and rng.random() < 0.3:
            old = rng.choice(stations)
            more.append((f"{old}>{name}", replace(usual, measure="move", replaces=old)))
        choices |= dict(more)
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


def draw_limits(rng: random.Random, town: Town) -> Limits:
    """Draw a few of all limits."""
    stations = [name for name, spot in town.spots.items() if spot.stands]
    some = lambda chance, value: value if rng.random() < chance else None  # noqa: E731
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
        met = problem.floors.values @ served_rows(problem, mask).astype(np.int64)
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


@pytest.mark.slow
@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_arrays_allow_and_count_exactly_what_the_words_of_the_limits_say(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - towns, not secrets
    town = draw_town(rng, most=7)
    compare(town, draw_limits(rng, town))
