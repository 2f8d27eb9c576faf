"""Edits by hand: every figure against a recount of the whole, and limits told in words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from small_sitings import Rules, random_sitings, siting

from planner.language import Message, note, use_language
from planner.siting import edited_plan, solve
from planner.siting.editing.live import Figures, LiveSession, SwapFound
from planner.siting.editing.live_limits import with_names
from planner.siting.problem import (
    UNLIMITED,
    About,
    Aim,
    CoverageFloors,
    LinearLimits,
    SitingProblem,
)


@st.composite
def rich_sitings(draw: st.DrawFn) -> SitingProblem:
    """Draw a problem with rows served twice, worth, linear limits and floors too."""
    problem = draw(random_sitings())
    n, r = problem.serves.shape
    small = st.integers(-4, 4)

    def drawn(values: st.SearchStrategy[int], size: int) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=size, max_size=size)), np.int64)

    q, f = draw(st.integers(0, 3)), draw(st.integers(0, 2))
    weights = drawn(small, q * n).reshape(q, n)
    least = drawn(st.sampled_from([-UNLIMITED, -2, 0, 1]), q)
    values = drawn(st.integers(0, 3), f * r).reshape(f, r)
    return replace(
        problem,
        twice_milli=draw(st.sampled_from([None, drawn(st.integers(0, 12), r)])),
        worth_milli=draw(st.sampled_from([None, drawn(small, n)])),
        linear=LinearLimits(
            weights=csr_array(weights),
            least=least,
            most=np.where(least > -3, least + 2, draw(st.integers(-3, 3))),
            about=tuple(About(kind="quota", name=note(f"limit {n}")) for n in range(q)),
        ),
        floors=CoverageFloors(
            values=csr_array(values),
            least=drawn(st.integers(0, 6), f),
            about=tuple(About(kind="floor", name=note(f"floor {n}")) for n in range(f)),
        ),
    )


def sum_of(problem: SitingProblem, chosen: set[str]) -> int:
    """Add up what a search maximises, row by row."""
    table = problem.serves.toarray()
    total = problem.base_milli
    for row, value in enumerate(problem.value_milli.tolist()):
        times = sum(bool(table[n, row]) for n, k in enumerate(problem.options) if k in chosen)
        total += value * (times > 0)
        if problem.twice_milli is not None:
            total += int(problem.twice_milli[row]) * (times > 1)
    if problem.worth_milli is not None:
        total += sum(
            int(problem.worth_milli[n]) for n, k in enumerate(problem.options) if k in chosen
        )
    return total


def broken_of(problem: SitingProblem, chosen: set[str]) -> dict[str, int]:
    """How far each limit is broken: name -> by how much, in plain Python."""
    at = [n for n, k in enumerate(problem.options) if k in chosen]
    found: dict[str, int] = {}
    if problem.count is not None:
        found["count"] = int(problem.counts[at].sum()) - problem.count
    if problem.budget_fen is not None:
        found["money"] = int(problem.cost_fen[at].sum()) - problem.budget_fen
    for n, k in enumerate(problem.options):
        found[f"forbidden {k}"] = int(problem.forbidden[n] and k in chosen)
        found[f"locked {k}"] = int(problem.locked[n] and k not in chosen)
    found |= {f"pair {sorted(pair)}": int(pair <= chosen) for pair in pairs_of(problem)}
    found |= linear_of(problem, at) | floors_of(problem, at)
    return {name: by for name, by in found.items() if by > 0}


def linear_of(problem: SitingProblem, at: list[int]) -> dict[str, int]:
    assert problem.linear is not None
    used = problem.linear.weights.toarray()[:, at].sum(axis=1)
    least, most = problem.linear.least.tolist(), problem.linear.most.tolist()
    return {f"limit {n}": max(least[n] - now, now - most[n]) for n, now in enumerate(used.tolist())}


def floors_of(problem: SitingProblem, at: list[int]) -> dict[str, int]:
    assert problem.floors is not None
    served = problem.serves.toarray()[at].any(axis=0)
    met = problem.floors.values.toarray()[:, served].sum(axis=1)
    return {f"floor {n}": int(problem.floors.least[n]) - now for n, now in enumerate(met.tolist())}


def pairs_of(problem: SitingProblem) -> set[frozenset[str]]:
    ids = problem.options
    pairs = {frozenset((ids[a], ids[b])) for a, b in problem.too_close.tolist()}
    for a, k in enumerate(ids):
        pairs |= {
            frozenset((k, other))
            for b, other in enumerate(ids)
            if a < b and problem.sites[a] == problem.sites[b]
        }
    return pairs


def told(figures: Figures) -> list[str]:
    """Name the broken limits that a session tells as `broken_of` names them."""
    names = []
    for one in figures.broken:
        if one.kind in ("count", "money"):
            names.append(one.kind)
        elif one.kind in ("one_of", "apart"):
            names.append(f"pair {sorted(one.options)}")
        elif one.kind in ("locked", "forbidden"):
            names.append(f"{one.kind} {one.options[0]}")
        else:
            names.append(str(one.text.values["limit"]))
    return sorted(names)


def beyond(problem: SitingProblem, chosen: set[str]) -> list[int]:
    """How far each side of each linear limit is exceeded; each side is a limit of its own."""
    if problem.linear is None:
        return []
    at = [place for place, option in enumerate(problem.options) if option in chosen]
    used = problem.linear.weights.toarray()[:, at].sum(axis=1).tolist()
    least, most = problem.linear.least.tolist(), problem.linear.most.tolist()
    sides = [(low - now, now - high) for low, now, high in zip(least, used, most, strict=True)]
    return [max(0, side) for pair in sides for side in pair]


def no_worse(problem: SitingProblem, before: set[str], after: set[str]) -> bool:
    """Whether nothing is broken that was kept, or further than it was, by what is new."""
    old, new = broken_of(problem, before), broken_of(problem, after)
    fresh = after - before
    sides = zip(beyond(problem, before), beyond(problem, after), strict=True)
    if any(now > then for then, now in sides):
        return False
    return all(
        by <= old.get(name, 0) for name, by in new.items() if not name.startswith("pair")
    ) and not any(pair & fresh for pair in pairs_of(problem) if pair <= after)


def check(problem: SitingProblem, session: LiveSession, chosen: set[str]) -> None:
    """Hold everything that a session says against a recount."""
    figures = session.figures()
    now = sum_of(problem, chosen)
    assert set(figures.options) == chosen == set(session.chosen)
    assert figures.sum_milli == now
    assert figures.served_milli == sum_of(
        replace(problem, twice_milli=None, worth_milli=None), chosen
    )
    assert told(figures) == sorted(broken_of(problem, chosen))
    others = set(problem.options) - chosen
    assert session.gains() == {k: sum_of(problem, chosen | {k}) - now for k in others}
    assert session.losses() == {k: now - sum_of(problem, chosen - {k}) for k in chosen}
    for out in chosen:
        rest = chosen - {out}
        assert session.swap_gains(out) == {k: sum_of(problem, rest | {k}) - now for k in others}


def best_swap_by_trying(problem: SitingProblem, chosen: set[str]) -> SwapFound | None:
    locked = {k for n, k in enumerate(problem.options) if problem.locked[n]}
    best: SwapFound | None = None
    for out in sorted(chosen - locked):
        for new in sorted(set(problem.options) - chosen):
            after = chosen - {out} | {new}
            adds = sum_of(problem, after) - sum_of(problem, chosen)
            if adds > (best.adds_milli if best else 0) and no_worse(problem, chosen, after):
                best = SwapFound(out=out, new=new, adds_milli=adds)
    return best


@given(rich_sitings(), st.lists(st.integers(0, 10**6), max_size=12), st.data())
@settings(max_examples=150, deadline=None)
def test_after_any_edits_every_figure_is_that_of_a_recount(
    problem: SitingProblem, edits: list[int], data: st.DataObject
) -> None:
    chosen = set(data.draw(st.sets(st.sampled_from(problem.options))))
    session = LiveSession(problem, chosen)
    history = [set(chosen)]
    for edit in edits:
        option = problem.options[edit % len(problem.options)]
        if edit % 5 == 4 and len(history) > 1:
            session.undo()
            history.pop()
            chosen = set(history[-1])
        elif edit % 5 == 3 and option in chosen and len(chosen) < len(problem.options):
            new = min(set(problem.options) - chosen)
            session.swap(option, new)
            chosen = chosen - {option} | {new}
            history.append(set(chosen))
        else:
            (session.remove if option in chosen else session.add)(option)
            chosen = chosen ^ {option}
            history.append(set(chosen))
    check(problem, session, chosen)
    assert session.best_swap() == best_swap_by_trying(problem, chosen)
    for _ in history[1:]:
        session.undo()
    assert not session.can_undo
    check(problem, session, history[0])
    for _ in history[1:]:
        session.redo()
    check(problem, session, chosen)


@given(rich_sitings(), st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_suggested_helps_and_makes_no_limit_worse(
    problem: SitingProblem, data: st.DataObject
) -> None:
    chosen = set(data.draw(st.sets(st.sampled_from(problem.options))))
    session = LiveSession(problem, chosen)
    gains = session.gains()
    possible = {
        k
        for n, k in enumerate(problem.options)
        if k in gains and not problem.forbidden[n] and no_worse(problem, chosen, chosen | {k})
    }
    suggested = session.suggest_next()
    helpful = {k for k in possible if gains[k] > 0}
    if suggested is None:
        assert not helpful
    else:
        assert suggested in possible
    missing = [
        name
        for name, by in broken_of(problem, chosen).items()
        if name.startswith(("limit", "floor")) and by > 0
    ]
    if helpful and not missing:
        best = max(gains[k] for k in possible)
        assert suggested == min(k for k in possible if gains[k] == best)


@given(rich_sitings(), st.data())
@settings(max_examples=30, deadline=None)
def test_a_fork_goes_its_own_way(problem: SitingProblem, data: st.DataObject) -> None:
    chosen = set(data.draw(st.sets(st.sampled_from(problem.options))))
    session = LiveSession(problem, chosen)
    other = session.fork()
    assert not other.can_undo
    for option in problem.options:
        (other.remove if option in chosen else other.add)(option)
    check(problem, session, chosen)
    check(problem, other, set(problem.options) - chosen)


# --- By hand -----------------------------------------------------------------------------------


def test_a_row_served_twice_is_lost_only_with_its_last_station() -> None:
    session = LiveSession(siting({"K1": "ab", "K2": "bc", "K3": "c"}, {"a": 5, "b": 3, "c": 2}))
    assert session.add("K1").served_milli == 8
    assert session.gains() == {"K2": 2, "K3": 2}
    assert session.add("K2").served_milli == 10
    assert session.losses() == {"K1": 5, "K2": 2}
    assert session.swap_gains("K2") == {"K3": 0}
    assert session.swap_gain("K1", "K3") == -5
    assert session.remove("K1").served_milli == 5
    assert session.gain_of("K1") == 5
    assert session.gain_of("K2") == 5


def test_the_second_station_in_reach_counts_where_backup_counts() -> None:
    problem = replace(
        siting({"K1": "a", "K2": "a", "K3": "a"}, {"a": 5}), twice_milli=np.array([3])
    )
    session = LiveSession(problem, ["K1"])
    assert session.gains() == {"K2": 3, "K3": 3}
    assert session.add("K3").sum_milli == 8
    assert session.losses() == {"K1": 3, "K3": 3}
    assert session.add("K2").sum_milli == 8
    assert session.losses() == {"K1": 0, "K2": 0, "K3": 0}


def test_the_best_swap_looks_at_every_pair() -> None:
    serves = {"K1": "ab", "K2": "bce", "K3": "cd"}
    session = LiveSession(siting(serves, {"a": 3, "b": 2, "c": 2, "d": 3, "e": 2}), ["K1", "K2"])
    assert session.figures().served_milli == 9
    assert session.best_swap() == SwapFound(out="K2", new="K3", adds_milli=1)
    assert session.swap("K2", "K3").served_milli == 10
    assert session.best_swap() is None


def test_every_broken_limit_is_told_in_words_and_the_edit_is_done() -> None:
    rules = Rules(
        costs={"K1": 60.0, "K2": 50.5},
        budget=100.0,
        count=1,
        apart=(("K1", "K2"),),
        lock=("K3",),
        forbid=("K2",),
    )
    problem = replace(
        siting({"K1": "a", "K2": "b", "K3": ""}, {"a": 5, "b": 3}, rules),
        linear=LinearLimits(
            weights=csr_array(np.array([[0, 0, 100]])),
            least=np.array([100]),
            most=np.array([UNLIMITED]),
            about=(About(kind="money_year", name=note("x"), scale=100, unit="yuan"),),
        ),
        floors=CoverageFloors(
            values=csr_array(np.array([[60_000, 0]])),
            least=np.array([90_000]),
            about=(About(kind="floor", name=note("y"), scale=60_000, unit="hours a week"),),
        ),
    )
    session = LiveSession(problem, ["K1"])
    figures = session.add("K2")
    assert (figures.money_left_yuan, figures.count_left) == (-10.5, -1)
    use_language("en")
    assert [str(one.text) for one in figures.broken] == [
        "The openings cost 110 yuan to set up, but the budget is 100 yuan.",
        "2 sites are opened, but at most 1 may be.",
        "K3 is locked, but is left out.",
        "K2 is forbidden, but is chosen.",
        (
            "K1 and K2 exclude each other: they stand too close together, or one takes the place"
            " of the other."
        ),
        "Not kept: x (now 0 yuan).",
        "Not kept: y (0.5 hours a week missing).",
    ]
    use_language("zh")
    assert str(figures.broken[1].text) == "已新开 2 个站点，但最多只能新开 1 个。"


def test_sites_of_a_broken_limit_are_told_by_name_and_numbers_stay_numbers() -> None:
    names: dict[str, Message | str] = {
        "V1": note("{name} ({id})", name="Bank", id="V1"),
        "2": "Two",
    }
    reason = note("it is {distance} m from station {station}", distance="2", station="2")
    clash = note("{site} is locked, but {reason}", site="V1", reason=reason)
    told = with_names(clash, names).text("en")
    assert told == "Bank (V1) is locked, but it is 2 m from station Two"
    whole = note("Not kept: {limit} (now {amount}).", limit=note("at most 2"), amount="2")
    assert with_names(whole, names).text("en") == "Not kept: at most 2 (now 2)."


def test_a_limit_that_is_filled_exactly_is_kept() -> None:
    rules = Rules(costs={"K1": 60.0, "K2": 40.0}, budget=100.0, count=2)
    session = LiveSession(siting({"K1": "a", "K2": "b"}, {"a": 5, "b": 3}, rules), ["K1"])
    assert session.suggest_next() == "K2"
    assert session.add("K2").broken == ()


def test_what_is_missing_is_suggested_before_what_gains_most() -> None:
    problem = replace(
        siting({"K1": "a", "K2": "b", "K3": "c"}, {"a": 9, "b": 1, "c": 2}),
        linear=LinearLimits(
            weights=csr_array(np.array([[0, 1, 1]])),
            least=np.array([1]),
            most=np.array([UNLIMITED]),
            about=(About(kind="quota", name=note("one of two")),),
        ),
    )
    session = LiveSession(problem)
    assert session.suggest_next() == "K3"
    session.add("K3")
    assert session.suggest_next() == "K1"


def test_for_each_yuan_the_cheap_station_comes_first() -> None:
    rules = Rules(costs={"K1": 100.0, "K2": 10.0})
    session = LiveSession(siting({"K1": "a", "K2": "b"}, {"a": 9, "b": 3}, rules))
    assert session.suggest_next() == "K1"
    assert session.suggest_next(for_each_yuan=True) == "K2"


def test_a_wrong_edit_is_refused_and_changes_nothing() -> None:
    problem = siting({"K1": "a", "K2": "b"}, {"a": 5, "b": 3})
    session = LiveSession(problem, ["K1"])
    with pytest.raises(ValueError, match="'K1' stands already"):
        session.add("K1")
    with pytest.raises(ValueError, match="'K2' does not stand"):
        session.swap("K2", "K1")
    with pytest.raises(ValueError, match="must be one of the problem's, got 'K9'"):
        session.remove("K9")
    with pytest.raises(ValueError, match="'K1' stands already"):
        session.swap("K1", "K1")
    with pytest.raises(ValueError, match="no edit to undo"):
        session.undo()
    with pytest.raises(ValueError, match="no edit to do again"):
        session.redo()
    with pytest.raises(ValueError, match="'K1' stands already"):
        LiveSession(problem, ["K1", "K1"])
    assert session.chosen == ("K1",)
    assert session.gains() == {"K2": 3}
    assert not session.can_undo


def test_prices_of_shortfalls_are_no_worker_hours_of_an_edited_plan() -> None:
    # The last row is the price of a gap, 600 for 690 in all; K1 serves 60 and spares the price.
    problem = replace(
        siting({"K1": "ac", "K2": "b"}, {"a": 60, "b": 30, "c": 600}, Rules(count=1)),
        priced_rows=1,
        aim=Aim(kind="mix"),
    )
    plan = solve(problem, time_limit_s=30, gap_share=0.0)
    session = LiveSession(problem, plan.options)
    figures = session.figures()
    assert (figures.served_milli, figures.total_milli, figures.sum_milli) == (60, 90, 660)
    edited = edited_plan(session, bound_milli=plan.bound_milli)
    assert (edited.options, edited.served_milli) == (plan.options, plan.served_milli)
    assert (edited.bound_milli, edited.total_milli) == (plan.bound_milli, plan.total_milli)
    session.add("K2")  # one too many
    assert edited_plan(session, bound_milli=plan.bound_milli).bound_milli == 90


def test_a_plan_that_was_changed_by_hand_names_the_sites_of_limits_that_it_does_not_keep() -> None:
    problem = replace(
        siting({"K1": "a", "K2": "b"}, {"a": 5, "b": 3}, Rules(count=2)),
        locked=np.array([True, False]),
    )
    session = LiveSession(problem, ["K2"])
    edited = edited_plan(session, bound_milli=8, names={"K1": "Bank (K1)"})
    assert [each.text("en") for each in edited.notes] == ["Bank (K1) is locked, but is left out."]
    assert edited.reasons == edited.notes
    session.add("K1")
    assert edited_plan(session, bound_milli=8).reasons == ()


def test_a_stored_false_serves_nobody() -> None:
    stored = csr_array((np.array([True, False]), ([0, 1], [0, 0])), shape=(2, 1))
    problem = replace(siting({"K1": "a", "K2": ""}, {"a": 5}), serves=stored)
    assert LiveSession(problem, ["K2"]).figures().served_milli == 0
    only = replace(problem, forbidden=np.array([True, False]))
    assert solve(only, time_limit_s=30, gap_share=0.0).bound_milli == 0
    assert stored.nnz == 2  # what was given is not changed


def test_a_problem_without_options_or_rows_can_be_edited() -> None:
    assert LiveSession(siting({}, {}, base=4)).figures().served_milli == 4
    assert LiveSession(siting({}, {})).best_swap() is None
    assert LiveSession(siting({}, {})).suggest_next() is None
    assert LiveSession(siting({"K1": ""}, {})).add("K1").count == 1
