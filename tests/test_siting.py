"""The search: proven plans against all plans tried, laws, and problems whose answer is known."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from small_sitings import (
    Rules,
    best_by_trying_all,
    faults,
    present,
    random_sitings,
    served_by,
    siting,
    with_rows_shuffled,
)

from planner.language import Message, use_language
from planner.siting import Plan, SitingProblem, Status, solve


def proven(problem: SitingProblem, *, seed: int = 0) -> Plan:
    return solve(problem, time_limit_s=30, gap_share=0.0, seed=seed)


# --- Against all plans tried -------------------------------------------------------------------


@given(random_sitings())
@settings(max_examples=120, deadline=None)
def test_a_proven_plan_is_the_best_of_all_plans(problem: SitingProblem) -> None:
    best = best_by_trying_all(problem)
    plan = proven(problem)
    if best is None:
        assert plan.status is Status.INFEASIBLE
        assert plan.reasons
    else:
        assert plan.status is Status.OPTIMAL
        assert plan.served_milli == best == served_by(problem, present(problem, plan))
        assert plan.bound_milli >= best
        assert plan.gap <= 1e-8
        assert faults(problem, present(problem, plan)) == []


@given(random_sitings())
@settings(max_examples=60, deadline=None)
def test_with_no_time_the_plan_keeps_the_limits_and_the_bound_holds(problem: SitingProblem) -> None:
    best = best_by_trying_all(problem)
    plan = solve(problem, time_limit_s=0, gap_share=0.0)
    assert (plan.status is Status.INFEASIBLE) == (best is None)
    if best is not None:
        assert plan.served_milli == served_by(problem, present(problem, plan)) <= best
        assert plan.bound_milli >= best
        assert faults(problem, present(problem, plan)) == []


@given(random_sitings())
@settings(max_examples=60, deadline=None)
def test_every_plan_told_on_the_way_is_valid_and_better_than_the_last(
    problem: SitingProblem,
) -> None:
    best = best_by_trying_all(problem)
    assume(best is not None)
    told: list[Plan] = []
    final = solve(problem, time_limit_s=30, gap_share=0.0, on_better=told.append)
    assert told
    for plan, later in zip(told, [*told[1:], final], strict=True):
        assert faults(problem, present(problem, plan)) == []
        assert plan.served_milli == served_by(problem, present(problem, plan))
        assert best is not None
        assert plan.served_milli <= best <= plan.bound_milli
        assert later.served_milli >= plan.served_milli
        assert later.bound_milli <= plan.bound_milli


@given(random_sitings(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_the_rows_nor_a_second_run_changes_the_plan(
    problem: SitingProblem, seed: int
) -> None:
    plans = [proven(problem), proven(problem), proven(with_rows_shuffled(problem, seed))]
    assert len({(plan.options, plan.served_milli, plan.bound_milli) for plan in plans}) == 1


@given(random_sitings(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_a_wider_limit_never_serves_less(problem: SitingProblem, more: int) -> None:
    plan = proven(problem)
    assume(plan.status is Status.OPTIMAL)
    none = np.zeros(len(problem.options), bool)
    wider: list[dict[str, Any]] = [
        {"budget_yuan": None},
        {"count": None},
        {"forbidden": none},
        {"locked": none},
        {"too_close": np.zeros((0, 2), np.int32)},
        {"sites": problem.options},
    ]
    if problem.budget_yuan is not None:
        wider.append({"budget_yuan": problem.budget_yuan + more})
    if problem.count is not None:
        wider.append({"count": problem.count + more})
    for change in wider:
        assert proven(replace(problem, **change)).served_milli >= plan.served_milli


# --- Problems whose answer is known by hand ----------------------------------------------------


def test_two_sites_are_found_where_greedy_takes_the_one_in_between() -> None:
    # K2 serves most alone (6) and with either of the others 9; K1 (5) and K3 (5) share nothing.
    serves = {"K1": "ab", "K2": "bce", "K3": "cd"}
    values = {"a": 3, "b": 2, "c": 2, "d": 3, "e": 2}
    problem = siting(serves, values, Rules(count=2))
    greedy = solve(problem, time_limit_s=0, gap_share=0.0)
    assert greedy.served_milli == 9
    assert proven(problem).options == ("K1", "K3")
    assert proven(problem).served_milli == 10


def test_many_cheap_sites_beat_the_site_that_serves_most() -> None:
    costs = {"K1": 100.0, "K2": 30.0, "K3": 30.0, "K4": 40.0}
    serves = {"K1": "abc", "K2": "d", "K3": "e", "K4": "f"}
    values = {"a": 4, "b": 4, "c": 4, "d": 5, "e": 5, "f": 5}
    plan = proven(siting(serves, values, Rules(costs=costs, budget=100.0)))
    assert plan.options == ("K2", "K3", "K4")
    assert plan.cost_yuan == 100


def test_one_big_site_beats_the_best_value_for_money() -> None:
    costs = {"K1": 100.0, "K2": 1.0}
    plan = proven(siting({"K1": "a", "K2": "b"}, {"a": 50, "b": 1}, Rules(costs=costs, budget=100)))
    assert plan.options == ("K1",)


def test_costs_in_fen_that_fill_the_budget_exactly_are_within_it() -> None:
    costs = dict.fromkeys(("K1", "K2", "K3"), 0.1)
    serves = {"K1": "a", "K2": "b", "K3": "c"}
    problem = siting(serves, {"a": 1, "b": 1, "c": 1}, Rules(costs=costs, budget=0.3))
    assert proven(problem).served_milli == 3
    assert proven(replace(problem, budget_yuan=0.29)).served_milli == 2


def test_of_equal_sites_the_smallest_id_is_opened_and_the_cheaper_before_it() -> None:
    problem = siting({"K1": "a", "K2": "a", "K3": "a"}, {"a": 7}, Rules(count=1))
    assert proven(problem).options == ("K1",)
    dear = replace(problem, cost_yuan=np.array([5.0, 5.0, 4.0]))
    assert proven(dear).options == ("K3",)


def test_a_site_that_adds_nothing_is_not_opened_though_there_is_money_and_room() -> None:
    problem = siting({"K1": "ab", "K2": "a", "K3": ""}, {"a": 7, "b": 1}, Rules(count=3))
    assert proven(problem).options == ("K1",)


def test_a_locked_site_is_opened_though_it_serves_nobody() -> None:
    problem = siting({"K1": "a", "K2": ""}, {"a": 7}, Rules(count=1, lock=("K2",)))
    plan = proven(problem)
    assert plan.options == ("K2",)
    assert plan.served_milli == 0


def test_a_site_is_used_in_one_configuration_only() -> None:
    rules = Rules(sites={"K1": "yard", "K2": "yard"}, count=3)
    plan = proven(siting({"K1": "a", "K2": "b", "K3": "c"}, {"a": 3, "b": 4, "c": 1}, rules))
    assert plan.options == ("K2", "K3")


def test_a_ring_of_conflicts_is_solved_whole() -> None:
    # Five sites in a ring, neighbours too close: at most two may stand; pairs alone allow 5 halves.
    ring = ["K1", "K2", "K3", "K4", "K5"]
    apart = tuple(zip(ring, [*ring[1:], ring[0]], strict=True))
    serves = dict(zip(ring, "abcde", strict=True))
    values = {"a": 5, "b": 6, "c": 5, "d": 5, "e": 5}
    plan = proven(siting(serves, values, Rules(apart=apart)))
    assert plan.served_milli == 11
    assert plan.bound_milli == 11


def test_values_as_large_as_a_million_workers_are_served_to_the_last_thousandth() -> None:
    # Two sites differ by one thousandth of a worker-minute in ten billion worker-minutes.
    problem = siting({"K1": "a", "K2": "b"}, {"a": 10**13, "b": 10**13 + 1}, Rules(count=1))
    plan = proven(problem)
    assert plan.options == ("K2",)
    assert plan.served_milli == 10**13 + 1
    assert plan.bound_milli >= 10**13 + 1


def test_a_problem_without_options_or_rows_is_solved() -> None:
    assert proven(siting({}, {}, base=4, lost=3)).served_milli == 4
    nothing = proven(siting({"K1": ""}, {}, base=4))
    assert (nothing.options, nothing.served_milli, nothing.bound_milli) == ((), 4, 4)


def test_what_was_served_before_and_what_nobody_reaches_stay_in_the_figures() -> None:
    plan = proven(siting({"K1": "a"}, {"a": 7}, base=10, lost=83))
    assert (plan.served_milli, plan.bound_milli, plan.total_milli) == (17, 17, 100)


# --- Infeasible is an answer -------------------------------------------------------------------


def reasons(rules: Rules) -> list[str]:
    plan = proven(siting({"K1": "a", "K2": "b", "K3": "c"}, {"a": 3, "b": 4, "c": 1}, rules))
    assert plan.status is Status.INFEASIBLE
    assert plan.options == ()
    assert plan.gap == 0
    return [str(reason) for reason in plan.reasons]


def test_locked_sites_beyond_the_budget_are_named_with_both_sums() -> None:
    costs = {"K1": 20_000.0, "K2": 9_900.0, "K3": 1.0}
    assert reasons(Rules(costs=costs, budget=29_000.0, lock=("K1", "K2"))) == [
        "The 2 locked sites cost 29,900 yuan to set up, but the budget is 29,000 yuan."
    ]


def test_more_locked_sites_than_may_be_opened_are_named() -> None:
    assert reasons(Rules(count=1, lock=("K1", "K2"))) == [
        "2 sites are locked, but at most 1 may be opened."
    ]


def test_locked_sites_too_close_to_each_other_are_named() -> None:
    assert reasons(Rules(apart=(("K2", "K1"),), lock=("K1", "K2"))) == [
        "K1 and K2 are both locked, but stand closer together than the minimum separation."
    ]


def test_two_locked_options_of_one_site_are_named() -> None:
    sites = {"K1": "yard", "K2": "yard"}
    assert reasons(Rules(sites=sites, lock=("K1", "K2"))) == [
        "K1 and K2 are both locked, but are two options of one site."
    ]


def test_every_clash_is_named_and_in_chinese_too() -> None:
    costs = {"K1": 2.0, "K2": 2.0}
    rules = Rules(costs=costs, count=1, budget=3.0, lock=("K1", "K2"), apart=(("K1", "K2"),))
    assert len(reasons(rules)) == 3
    use_language("zh")
    assert reasons(rules)[1] == "已固定 2 个站点，但最多只能新开 1 个。"


# --- Ends and steps ----------------------------------------------------------------------------


def crowd(sites: int = 30, rows: int = 200) -> SitingProblem:
    """A problem that needs more than greedy: random sites that overlap a lot."""
    rng = np.random.default_rng(3)
    table = rng.random((sites, rows)) < 0.12
    table[0, ~table.any(axis=0)] = True
    value = rng.integers(1, 10**6, rows)
    none = np.zeros(sites, bool)
    ids = tuple(f"K{n:03}" for n in range(sites))
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=csr_array(table),
        value_milli=value,
        base_milli=0,
        total_milli=int(value.sum()),
        cost_yuan=np.ones(sites),
        counts=~none,
        budget_yuan=None,
        count=6,
        locked=none,
        forbidden=none,
        too_close=np.zeros((0, 2), np.int32),
    )


def test_a_search_that_is_stopped_keeps_the_best_so_far() -> None:
    asked = iter(range(10**9))
    plan = solve(crowd(), time_limit_s=60, gap_share=0.0, stop=lambda: next(asked) > 3)
    assert plan.status is Status.STOPPED
    assert len(plan.options) == 6
    assert 0 < plan.served_milli < plan.bound_milli


def test_a_search_can_be_stopped_while_the_proof_runs() -> None:
    steps: list[str] = []
    plan = solve(
        crowd(),
        time_limit_s=60,
        gap_share=0.0,
        progress=lambda step, _: steps.append(step.template),
        stop=lambda: bool(steps) and steps[-1].startswith("Proving"),
    )
    assert steps[-1].startswith("Proving")
    assert plan.status is Status.STOPPED


def test_a_caller_that_breaks_off_during_the_proof_leaves_nothing_running() -> None:
    def running() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name.startswith("proof")]

    seen: list[threading.Thread] = []

    def break_off() -> bool:
        seen.extend(running())
        if seen:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        solve(crowd(), time_limit_s=60, gap_share=0.0, stop=break_off)
    assert seen
    assert running() == []


def test_everything_is_told_in_the_thread_of_the_caller() -> None:
    threads: set[int] = set()

    def told(*_: object) -> None:
        threads.add(threading.get_ident())

    solve(crowd(), time_limit_s=60, gap_share=0.0, progress=told, on_better=told)
    assert threads == {threading.get_ident()}


def test_searches_at_the_same_time_find_what_each_finds_alone() -> None:
    problems = [crowd(), replace(crowd(), count=5), replace(crowd(), budget_yuan=4.0)]
    alone = [proven(problem) for problem in problems]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(proven, problems))
    assert [plan.options for plan in together] == [plan.options for plan in alone]
    assert [plan.bound_milli for plan in together] == [plan.bound_milli for plan in alone]


def test_a_wide_gap_is_enough_where_it_is_asked_for() -> None:
    exact = proven(crowd())
    near = solve(crowd(), time_limit_s=60, gap_share=0.2)
    assert near.status is Status.OPTIMAL
    assert near.gap <= 0.2
    assert near.served_milli <= exact.served_milli <= near.bound_milli
    assert exact.status is Status.OPTIMAL
    assert exact.gap <= 1e-7


def scattered() -> SitingProblem:
    """Sixty sites among four hundred places, a budget for about eight, none too close."""
    rng = np.random.default_rng(7)
    site, place = rng.uniform(0, 1, (60, 2)), rng.uniform(0, 1, (400, 2))
    table = ((site[:, None] - place[None]) ** 2).sum(axis=2) <= 0.2**2
    table = table[:, table.any(axis=0)]
    value = rng.integers(1, 100, table.shape[1]).astype(np.int64) * 60_000
    apart = ((site[:, None] - site[None]) ** 2).sum(axis=2)
    one, other = np.triu_indices(60, 1)
    close = apart[one, other] <= 0.05**2
    return replace(
        crowd(sites=60, rows=1),
        serves=csr_array(table),
        value_milli=value,
        total_milli=int(value.sum()),
        cost_yuan=np.rint(rng.uniform(50, 150, 60)),
        budget_yuan=640,
        count=8,
        too_close=np.stack([one[close], other[close]], axis=1).astype(np.int32),
    )


def test_the_proof_goes_on_until_the_gap_asked_for_is_reached() -> None:
    # The bound falls during the proof: a share of what it was at the start is too far in the end.
    plan = solve(scattered(), time_limit_s=600, gap_share=0.01)
    assert plan.status is Status.OPTIMAL
    assert plan.gap <= 0.01


def test_progress_only_goes_forward_and_is_told_in_words() -> None:
    told: list[tuple[Message, float]] = []
    solve(crowd(), time_limit_s=60, gap_share=0.01, progress=lambda *step: told.append(step))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(0 <= share <= 1 for share in shares)


def test_the_seed_is_kept_with_the_plan() -> None:
    assert proven(siting({"K1": "a"}, {"a": 3}), seed=7).seed == 7


# --- Input that makes no sense -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cost_yuan": np.array([1.0, nan])}, "cost_yuan must be finite"),
        ({"cost_yuan": np.array([1.0, -1.0])}, "cost_yuan must be finite and from 0"),
        ({"cost_yuan": np.array([1.0, inf])}, "cost_yuan must be finite"),
        ({"cost_yuan": np.array([1.0])}, r"cost_yuan must have shape \(2,\), got \(1,\)"),
        ({"value_milli": np.array([1, -1])}, "value_milli must be above 0, got -1"),
        ({"value_milli": np.array([1, 0])}, "value_milli must be above 0, got 0"),
        ({"value_milli": np.array([1.0, nan])}, "value_milli must be int64, got float64"),
        ({"value_milli": np.array([1])}, r"serves must have shape \(2, 1\), got \(2, 2\)"),
        ({"base_milli": -1}, "base_milli .-1. must be at least 0"),
        ({"total_milli": 8}, "with all rows .9. at most total_milli .8."),
        ({"budget_yuan": -1.0}, "budget_yuan must be at least 0 and finite, got -1"),
        ({"budget_yuan": nan}, "budget_yuan must be at least 0 and finite, got nan"),
        ({"budget_yuan": inf}, "budget_yuan must be at least 0 and finite, got inf"),
        ({"count": -1}, "count must be at least 0, got -1"),
        ({"options": ("K2", "K1")}, "options must be sorted and unique"),
        ({"options": ("K1", "K1")}, "options must be sorted and unique"),
        ({"sites": ("K1",)}, "sites must name the site of each of 2 options"),
        ({"locked": np.array([True])}, r"locked must have shape \(2,\)"),
        ({"locked": np.ones(2, bool), "forbidden": np.ones(2, bool)}, "'K1' is both locked and"),
        ({"too_close": np.array([[0, 2]])}, "too_close must hold positions from 0 to 1"),
        ({"too_close": np.array([[-1, 1]])}, "too_close must hold positions from 0 to 1"),
        ({"too_close": np.array([[1, 1]])}, "too_close must not pair an option with itself"),
        ({"too_close": np.array([0, 1])}, r"too_close must have shape \(q, 2\)"),
        ({"keeps": ("K9",)}, "unknown options: K9"),
        ({"keeps": ("K1",)}, "keeps must name options that cost nothing and do not count"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused_by_name(
    change: dict[str, Any], message: str
) -> None:
    problem = siting({"K1": "a", "K2": "ab"}, {"a": 3, "b": 6})
    with pytest.raises(ValueError, match=message):
        replace(problem, **change)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((-1.0, 0.0), "time_limit_s must be at least 0, got -1"),
        ((nan, 0.0), "time_limit_s must be at least 0, got nan"),
        ((1.0, -0.1), "gap_share must be from 0 to 1, got -0.1"),
        ((1.0, 1.1), "gap_share must be from 0 to 1, got 1.1"),
        ((1.0, nan), "gap_share must be from 0 to 1, got nan"),
    ],
)
def test_limits_of_the_search_out_of_range_are_refused(
    limits: tuple[float, float], message: str
) -> None:
    time_limit_s, gap_share = limits
    with pytest.raises(ValueError, match=message):
        solve(siting({"K1": "a"}, {"a": 3}), time_limit_s=time_limit_s, gap_share=gap_share)


def test_a_plan_that_serves_more_than_its_bound_is_refused() -> None:
    plan = proven(siting({"K1": "a"}, {"a": 3}))
    with pytest.raises(ValueError, match="served 3 is not within 0 and the bound 2"):
        replace(plan, bound_milli=2)
