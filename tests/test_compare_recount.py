"""What comparing and edits tell, counted once more hour by hour from what a town was made of.

Nothing here calls `coverage` or `siting` to count: who is near follows from metres, who is served
from the hours in which a door is open, evenness from all pairs of communities.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest
from option_towns import DAY, Choice, Spot, Town
from plane_towns import PERIODS, daily

from planner.coverage import measure_coverage, served_difference
from planner.district.default_measures import DEFAULT_MEASURES
from planner.district.settings import AddedSite, Limits
from planner.hours import ALWAYS
from planner.pipeline.choose import problem_for, result_of
from planner.pipeline.comparing import Standing, difference_between, figures_of
from planner.pipeline.prepare import Prepared
from planner.scenarios.changes import changes_between
from planner.siting import LiveSession, edited_plan
from planner.siting.editing.outcomes import LiveOutcomes

WEEK = 168
HOUR_MILLI = 60_000
"""Thousandths of a worker-minute."""
DAYTIME = [8 <= hour % 24 < 20 for hour in range(WEEK)]
SERVED, OUT = "served", "out_of_reach"
ORDER = ("closed", "full", "not_admitted", "unlisted", "gated", "maintenance")
Row = Callable[[int, str, int], bool]
"""Whether a cell, a group and an hour of the week are meant."""


def anybody(_cell: int, _group: str, _hour: int) -> bool:
    return True


TODAY = ("S0", "S1")
LIMITS = Limits(
    measures=("open", "open_24h", "extend_24h", "move", "close"),
    may_close=("S0",),
    may_move=("S1",),
    count=3,
    budget_yuan=2500.0,
)


def random_town(chance: random.Random) -> Town:
    """Draw a town with an upgrade, a move, a longer opening and doors that serve not everybody."""

    def place() -> tuple[float, float]:
        return float(chance.randrange(9) * 60), float(chance.randrange(5) * 60)

    def choice(site: str, **more: object) -> Choice:
        hours = chance.choice([ALWAYS, DAY, daily(11, 13)])
        cost = float(chance.choice([500, 1000, 1500]))
        told = {"hours": hours, "cost": cost, "union": cost / 2, **more}
        return Choice(site=site, **told)  # type: ignore[arg-type]  # what each kind has

    spots, choices = {}, {}
    for name in ("S0", "S1", "V0", "V1"):
        x, y = place()
        spots[name] = Spot(x=x, y=y, stands=name[0] == "S")
        choices[name] = choice(
            name,
            measure="keep" if name[0] == "S" else "open",
            groups=chance.choice([(), ("a",)]),
            listed=chance.random() < 0.8,
            access=chance.choice(["open", "gated"]),
            working=chance.random() < 0.8,
        )
    choices["S0+24h"] = choice("S0", measure="upgrade", steps=("extend_24h",), hours=ALWAYS)
    choices["S1>V0"] = choice("V0", measure="move", steps=("move",), replaces="S1")
    choices["V1+24h"] = choice("V1", measure="open_24h", hours=ALWAYS, year=300.0)
    cells = [(*place(), chance.choice(["c1", "c2", ""])) for _ in range(5)]
    people = {group: [chance.randrange(9) for _ in cells] for group in ("a", "b")}
    return Town(spots=spots, choices=choices, cells=cells, people=people)


def fates(town: Town, options: Collection[str], cell: int, group: str) -> list[str]:
    """Tell for each hour of the week what becomes of the people of a group in a cell."""
    x, y, _ = town.cells[cell]
    found: list[list[tuple[int, int, str]]] = [[] for _ in range(WEEK)]
    for option in map(town.choices.__getitem__, options):
        spot = town.spots[option.site]
        if round(1000 * math.hypot(spot.x - x, spot.y - y)) > 1000 * town.reach_m:
            continue
        always = {
            "not_admitted": bool(option.groups) and group not in option.groups,
            "unlisted": not option.listed,
            "gated": option.access == "gated",
            "maintenance": not option.working,
        }
        wrong = [reason for reason, fails in always.items() if fails]
        opens = {
            hour for start, end in option.hours.intervals for hour in range(start // 60, end // 60)
        }
        for hour, codes in enumerate(found):
            mine = wrong if hour in opens else ["closed", *wrong]
            codes.append((len(mine), ORDER.index(mine[0]), mine[0]) if mine else (0, 0, SERVED))
    return [min(codes)[2] if codes else OUT for codes in found]


class Recount:
    """What becomes of everybody with some options there."""

    def __init__(self, town: Town, options: Collection[str]) -> None:
        self.town = town
        self.fates = {
            (cell, group): fates(town, sorted(options), cell, group)
            for cell in range(len(town.cells))
            for group in town.people
        }

    def hours(self, *outcomes: str, when: Row = anybody) -> int:
        """Add up worker-hours with some outcomes (none: all) of some cells, groups and hours."""
        return sum(
            self.town.people[group][cell]
            for (cell, group), found in self.fates.items()
            for hour, fate in enumerate(found)
            if (not outcomes or fate in outcomes) and when(cell, group, hour)
        )

    def share(self, when: Row = anybody) -> float:
        return self.hours(SERVED, when=when) / max(1, self.hours(when=when))


def cost(town: Town, chosen: Collection[str]) -> float:
    return sum(town.choices[name].cost for name in chosen if town.choices[name].measure != "keep")


def toggle(town: Town, session: LiveSession, option: str) -> None:
    """Take an option out, or put it in and out what stands at its sites."""
    if option in session.chosen:
        session.remove(option)
        return
    mine = town.choices[option]
    for name in session.chosen:
        other = town.choices[name]
        if {mine.site, mine.replaces} & ({other.site, other.replaces} - {""}):
            session.remove(name)
    session.add(option)


def gini(parts: Collection[tuple[float, float]]) -> float:
    """Give half the mean difference of all pairs over the mean."""
    whole = sum(size for size, _ in parts)
    mean = sum(size * share for size, share in parts) / whole
    apart = sum(a * b * abs(s - t) for a, s in parts for b, t in parts)
    return apart / (2 * whole * whole * mean) if mean else 0.0


def prepared_of(town: Town) -> Prepared:
    coverage, district = town.coverage(), town.district()
    known = replace(district.settings, periods=PERIODS, measures=DEFAULT_MEASURES)
    return Prepared(
        district=replace(district, settings=known),
        streets=None,
        demand=coverage.demand,
        options=coverage.options,
        coverage=coverage,
        problems=(),
        notes=(),
    )


def edits_of(town: Town, prepared: Prepared, chance: random.Random) -> Iterator[LiveSession]:
    """Put options in and take them out, and hold the three columns and the money each time."""
    problem = problem_for(prepared, LIMITS)
    session, live = LiveSession(problem, TODAY), LiveOutcomes(prepared.coverage, problem)
    for option in chance.choices(problem.options, k=6):
        toggle(town, session, option)
        live.stand(session.chosen)
        again, told = Recount(town, session.chosen), live.outcomes
        assert live.there == session.chosen
        assert told.served_milli == again.hours(SERVED) * HOUR_MILLI
        assert told.out_of_reach_milli == again.hours(OUT) * HOUR_MILLI
        for reason in ORDER:
            assert told.unserved_milli.get(reason, 0) == again.hours(reason) * HOUR_MILLI
        figures = session.figures()
        spent = cost(town, session.chosen)
        assert figures.served_milli == told.served_milli
        assert (figures.cost_yuan, figures.money_left_yuan) == (spent, 2500.0 - spent)
        yield session


def of_group(name: str) -> Row:
    return lambda _cell, group, _hour: group == name


def of_time(name: str) -> Row:
    return lambda _cell, _group, hour: DAYTIME[hour] == (name == "day")


def of_community(town: Town, name: str) -> Row:
    return lambda cell, _group, _hour: town.cells[cell][2] == name


def hold_table(town: Town, made: dict[str, Any], chosen: Collection[str]) -> None:
    """Hold the figures of comparing against the count."""
    for when, there in (("before", TODAY), ("after", chosen)):
        again = Recount(town, there)
        assert made["served_milli"][when] == again.hours(SERVED) * HOUR_MILLI
        assert made["effective_share"][when] == pytest.approx(again.share())
        for row in made["by_group"]:
            assert row[when] == pytest.approx(again.share(of_group(row["id"])))
        for row in made["by_period"]:
            assert row[when] == pytest.approx(again.share(of_time(row["id"])))
        hold_communities(town, made, when, again)


def hold_communities(town: Town, made: dict[str, Any], when: str, again: Recount) -> None:
    """Hold the shares of communities, their evenness and the worst of them."""
    names = {community for *_, community in town.cells} - {""}
    inside = {name: of_community(town, name) for name in names}
    parts = {
        name: (again.hours(when=mine), again.share(mine))
        for name, mine in inside.items()
        if again.hours(when=mine)
    }
    known, shares = made["by_community"], [share for _, share in parts.values()]
    assert dict(zip(known["id"], known[when], strict=True)) == pytest.approx(
        {name: share for name, (_, share) in parts.items()}
    )
    if parts:
        assert made["gini"][when] == pytest.approx(gini(parts.values()), abs=1e-12)
        assert made["worst"][when]["share"] == pytest.approx(min(shares))
        assert made["worst"][when]["unserved"] == shares.count(0)


@pytest.mark.parametrize("seed", range(4))
def test_what_edits_and_comparing_tell_is_what_a_plain_count_finds(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret is made
    town = random_town(chance)
    prepared = prepared_of(town)
    plans = []
    for session in edits_of(town, prepared, chance):
        plan = edited_plan(session, bound_milli=session.problem.total_milli)
        plans.append((figures_of(result_of(prepared, LIMITS, plan)), session.chosen))
    for made, chosen in plans[::3]:
        hold_table(town, made, chosen)
        setup = cost(town, chosen)
        money = made["money"]
        assert (money["setup"], money["union"], money["partner"]) == (setup, setup / 2, setup / 2)
    (first, chosen), (then, other) = plans[2], plans[-1]
    one, two = (Recount(town, each) for each in (chosen, other))
    assert changes_between(first, then).gain_hours == pytest.approx(
        two.hours(SERVED) - one.hours(SERVED)
    )
    differs = served_difference(prepared.coverage, chosen, other)
    for cell, (_, row) in enumerate(differs.iterrows()):
        pairs = Counter[tuple[bool, bool]]()
        for group, people in town.people.items():
            for a, b in zip(one.fates[cell, group], two.fates[cell, group], strict=True):
                pairs[a == SERVED, b == SERVED] += people[cell]
        assert row.to_dict() == {
            "hours": sum(pairs.values()),
            "both": pairs[True, True],
            "gained": pairs[False, True],
            "lost": pairs[True, False],
            "neither": pairs[False, False],
        }


NARROW = Town(
    spots={"V0": Spot(x=0.0)},
    choices={"V0": Choice(site="V0", hours=DAY)},
    cells=[(0.0, 0.0, "c1")],
    people={"a": [1]},
)


def standing(town: Town, there: str, *added: AddedSite, reach_m: float = 150.0) -> Standing:
    """Let one option stand in a town, under settings with some candidates by hand."""
    made = prepared_of(replace(town, reach_m=reach_m))
    own = replace(made.district.settings, added=added)
    district = replace(made.district, settings=own, fingerprint=f"{added} {reach_m}")
    return Standing(
        name="",
        prepared=replace(made, district=district),
        there=(there,),
        figures=measure_coverage(made.coverage, [there]),
        measures=None,
    )


def test_a_candidate_more_in_one_scenario_leaves_the_difference_exact() -> None:
    # One worker, always out: first a door from 8 to 20, then one from 16 to 24.
    late = Choice(site="A1", hours=daily(16, 24))
    wide = replace(
        NARROW,
        spots={**NARROW.spots, "A1": Spot(x=10.0)},
        choices={**NARROW.choices, "A1": late},
    )
    put = AddedSite(id="A1", name="", lon=120.0, lat=31.0, host="shop")
    for first, then, gained, lost in (
        (standing(NARROW, "V0"), standing(wide, "A1", put), 28, 56),
        (standing(wide, "A1", put), standing(NARROW, "V0"), 56, 28),
    ):
        found = difference_between(first, then)
        assert found is not None
        assert found[0].iloc[0].to_dict() == {
            "hours": 168, "both": 28, "gained": gained, "lost": lost, "neither": 56,
        }  # fmt: skip
        assert found[1]
    moved = replace(put, lon=120.001)
    for other in (
        standing(wide, "A1", put, reach_m=200.0),  # other ways
        standing(replace(wide, choices={"A1": late}), "A1", moved),  # V0 is not known to it
    ):
        found = difference_between(standing(wide, "V0", put), other)
        assert found is not None
        assert not found[1]
