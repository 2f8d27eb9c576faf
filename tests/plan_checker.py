"""Check a plan against its problem in plain Python, apart from everything that the search uses."""

from planner.siting import Plan, SitingProblem, Status
from planner.siting.problem import UNLIMITED

ROUNDING = 1e-7
"""What a bound told in floats may lie above the truth, as a share of all value."""


def check_plan(problem: SitingProblem, plan: Plan) -> None:
    """Recount a plan and look at every limit.

    Raises
    ------
    AssertionError
        Naming the limit that is broken, or the figure that is wrong.
    """
    if plan.status in (Status.INFEASIBLE, Status.UNKNOWN):
        assert plan.options == (), "a plan that is none names options"
        assert plan.reasons or plan.status is Status.UNKNOWN, "no reason is given"
        return
    assert list(plan.options) == sorted(set(plan.options)), "options are not sorted or not unique"
    assert set(plan.options) <= set(problem.options), "the plan names an option that is not there"
    chosen = [k for k, name in enumerate(problem.options) if name in plan.options]
    broken = broken_limits(problem, chosen)
    assert broken == [], f"broken: {', '.join(broken)}"
    assert set(plan.closed) == set(problem.keeps) - set(plan.options), "closed is wrong"
    served, added = recount(problem, chosen)
    assert plan.served_milli == served, f"served {plan.served_milli}, counted {served}"
    assert plan.total_milli == problem.total_milli, "total is wrong"
    fen = sum(cost_fen(problem, k) for k in chosen)
    assert round(plan.cost_yuan * 100) == fen, f"cost {plan.cost_yuan}, counted {fen} fen"
    assert plan.served_milli <= plan.bound_milli, "the bound is below what is served"
    if plan.goal is None:
        assert added == served, "the objective is not what is served, but no goal is told"
        return
    aim = problem.aim
    sign = -1 if aim.minimise else 1
    value = (aim.offset + sign * added) / aim.scale
    assert plan.goal.value == value, f"goal {plan.goal.value}, counted {value}"
    worse = plan.goal.value - plan.goal.bound if aim.minimise else plan.goal.bound - value
    assert worse >= 0, f"the bound {plan.goal.bound} is on the wrong side of {value}"


def broken_limits(problem: SitingProblem, chosen: list[int]) -> list[str]:
    """Name every limit that a choice of positions breaks."""
    return [
        *_broken_sums(problem, chosen),
        *_broken_choices(problem, chosen),
        *_broken_linear(problem, chosen),
        *_broken_floors(problem, chosen),
    ]


def recount(problem: SitingProblem, chosen: list[int]) -> tuple[int, int]:
    """Count what a choice serves, and all that it adds up to, row by row."""
    times = times_served(problem, chosen)
    served = problem.base_milli
    added = 0
    for row, count in enumerate(times):
        if count >= 1:
            served += int(problem.value_milli[row])
        if count >= 2 and problem.twice_milli is not None:
            added += int(problem.twice_milli[row])
    if problem.worth_milli is not None:
        for k in chosen:
            added += int(problem.worth_milli[k])
    return served, served + added


def times_served(problem: SitingProblem, chosen: list[int]) -> list[int]:
    """Count for each row how many of the chosen options serve it."""
    times = [0] * len(problem.value_milli)
    start, rows = problem.serves.indptr, problem.serves.indices
    for k in chosen:
        for at in range(int(start[k]), int(start[k + 1])):
            if problem.serves.data[at]:
                times[int(rows[at])] += 1
    return times


def cost_fen(problem: SitingProblem, k: int) -> int:
    """Give the money of one option in whole fen."""
    return round(float(problem.cost_yuan[k]) * 100)


def _broken_sums(problem: SitingProblem, chosen: list[int]) -> list[str]:
    broken = []
    fen = sum(cost_fen(problem, k) for k in chosen)
    if problem.budget_yuan is not None and fen > round(problem.budget_yuan * 100):
        broken.append(f"money: {fen} fen")
    opened = sum(1 for k in chosen if problem.counts[k])
    if problem.count is not None and opened > problem.count:
        broken.append(f"count: {opened}")
    return broken


def _broken_choices(problem: SitingProblem, chosen: list[int]) -> list[str]:
    broken = [
        f"too close: {problem.options[a]} and {problem.options[b]}"
        for a, b in problem.too_close.tolist()
        if a in chosen and b in chosen
    ]
    sites = [problem.sites[k] for k in chosen]
    broken += [f"site twice: {site}" for site in sorted(set(sites)) if sites.count(site) > 1]
    for k, name in enumerate(problem.options):
        if problem.locked[k] and k not in chosen:
            broken.append(f"locked: {name}")
        if problem.forbidden[k] and k in chosen:
            broken.append(f"forbidden: {name}")
    return broken


def _broken_linear(problem: SitingProblem, chosen: list[int]) -> list[str]:
    linear = problem.linear
    if linear is None:
        return []
    broken = []
    start, options = linear.weights.indptr, linear.weights.indices
    for i in range(len(linear.most)):
        used = 0
        for at in range(int(start[i]), int(start[i + 1])):
            if int(options[at]) in chosen:
                used += int(linear.weights.data[at])
        least, most = int(linear.least[i]), int(linear.most[i])
        if (least > -UNLIMITED and used < least) or (most < UNLIMITED and used > most):
            broken.append(f"{linear.about[i].kind} {i}: {used} is not within {least} and {most}")
    return broken


def _broken_floors(problem: SitingProblem, chosen: list[int]) -> list[str]:
    floors = problem.floors
    if floors is None:
        return []
    times = times_served(problem, chosen)
    broken = []
    start, rows = floors.values.indptr, floors.values.indices
    for i in range(len(floors.least)):
        met = 0
        for at in range(int(start[i]), int(start[i + 1])):
            if times[int(rows[at])]:
                met += int(floors.values.data[at])
        if met < int(floors.least[i]):
            broken.append(f"{floors.about[i].kind} {i}: {met} is below {floors.least[i]}")
    return broken
