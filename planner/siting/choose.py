"""Coverage and limits -> a plan for whatever objectives and phases they name."""

import time
from collections.abc import Sequence
from dataclasses import replace

from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.district import District
from planner.district.settings import Limits, Objective
from planner.errors import SettingsError
from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.build import build_problem
from planner.siting.goals.ladder import Effort
from planner.siting.goals.parts import PARTS
from planner.siting.goals.stages import Frame, OnBetter, run_stage, solved
from planner.siting.names import amount_in_words, objective_name
from planner.siting.plan import Plan
from planner.siting.problem import SitingProblem
from planner.siting.seats.seats import choose_with_seats, seats_not_counted, why_no_seats

__all__ = ["choose"]


def choose(  # noqa: PLR0913 - what a caller may ask of a search
    coverage: Coverage,
    limits: Limits,
    *,
    district: District | None = None,
    site_ways: csr_array | None = None,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: OnBetter | None = None,
) -> Plan:
    """Choose what to open, upgrade, move and close within all limits, for the objectives named.

    Where the district counts seats, so does a plan for worker-hours served alone, without phases
    (see `planner.siting.seats.seats`); `Plan.counts_seats` tells.

    Objectives are added up by their weights (see `planner.siting.goals.objectives`) or, one after
    the other, each decides among the plans that are best for the earlier ones, up to their
    tolerance. In phases, the sum over all phases is made best, each with its weight.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    limits
        What a plan must keep to and achieve.
    district
        Its rules of gaps and of decay, and what quotas and floors name; None: the defaults.
    site_ways
        Millimetres on foot between sites, where a separation is measured along the streets; see
        `build_problem`.
    progress, stop
        Told what is being done; asked whether to end.
    on_better
        Given better plans, now and then.

    Returns
    -------
    Plan
        `served_milli` is what is served whatever the objective is; the objective and its bound are
        in `goal` where it is another (of several, one after the other, the first: `notes` tell the
        later ones).

    Raises
    ------
    SettingsError
        If objectives can't be joined as asked, or an objective lacks what it needs.
    ValueError
        If a limit is out of range or names what is not there.
    """
    started_s = time.monotonic()
    objectives = limits.objectives
    _check(limits)

    def build(asked: Limits) -> SitingProblem:
        return build_problem(coverage, asked, district=district, site_ways=site_ways)

    effort = Effort(
        end_s=started_s + limits.time_limit_s,
        gap_share=limits.gap_share,
        seed=limits.seed,
        work_limit=limits.work_limit,
        progress=progress,
        stop=stop,
    )
    usual = [objective.kind for objective in objectives] == ["served"]
    seated = district is not None and district.settings.service.count_seats
    if usual and not limits.phases:
        return _of_served(coverage, build(limits), effort, on_better, district if seated else None)
    notes: tuple[Message, ...] = (seats_not_counted(),) if seated else ()
    if not usual and limits.gap is not None and not limits.gap.hard:
        limits = replace(limits, gap=None)
        notes += (
            note("The price of a gap counts only where worker-hours served are the objective."),
        )
    problem = build(limits)
    frame = Frame(
        coverage=coverage,
        district=district,
        limits=limits,
        build=build,
        problem=problem,
        fixed=_fixed(coverage, problem),
    )
    if len(objectives) > 1 and limits.one_after_the_other:
        plan = _one_after_the_other(frame, effort, on_better)
    else:
        plan = run_stage(frame, objectives, effort, on_better)
    return replace(plan, seconds=time.monotonic() - started_s, notes=(*plan.notes, *notes))


def _of_served(
    coverage: Coverage,
    problem: SitingProblem,
    effort: Effort,
    on_better: OnBetter | None,
    seated: District | None,
) -> Plan:
    """Serve the most worker-hours; where seats count (None: nowhere), only those with a seat."""
    if seated is None:
        return solved(problem, effort, on_better)
    why = why_no_seats(coverage, problem)
    if why is not None:
        plan = solved(problem, effort, on_better)
        return replace(plan, notes=(*plan.notes, why))

    def without(some: Effort, hear: OnBetter | None) -> Plan:
        return solved(problem, some, hear)

    return choose_with_seats(
        coverage,
        problem,
        without,
        service=seated.settings.service,
        effort=effort,
        district=seated,
        on_better=on_better,
    )


def _check(limits: Limits) -> None:
    """Refuse what can't be asked together."""
    kinds = [objective.kind for objective in limits.objectives]
    if not kinds:
        raise SettingsError(note("At least one objective is needed."))
    if len(kinds) > 1 and limits.one_after_the_other:
        _check_order(kinds)
    if not limits.phases:
        return
    if len(kinds) > 1 and limits.one_after_the_other:
        raise SettingsError(
            note("In phases, objectives can be added up, but not come one after the other.")
        )
    if len(kinds) == 1 and kinds[0] not in PARTS:
        raise SettingsError(
            note(
                "In phases, the objective must add up over workers and phases: {allowed}."
                " {objective} cannot be planned in phases.",
                allowed=", ".join(PARTS),
                objective=kinds[0],
            )
        )


def _check_order(kinds: Sequence[str]) -> None:
    """Refuse an order in which what is served twice could not be kept."""
    behind = kinds[kinds.index("served_twice") :] if "served_twice" in kinds else []
    ladders = [kind for kind in behind if kind not in PARTS]
    if ladders:
        raise SettingsError(
            note(
                "{earlier} cannot come before {later}. Let {later} come first.",
                earlier=objective_name("served_twice"),
                later=objective_name(ladders[0]),
            )
        )


def _fixed(coverage: Coverage, problem: SitingProblem) -> tuple[str, ...]:
    """List the options that are there whatever is chosen: stations that stay as they are."""
    table = coverage.options.table
    keeps = map(str, table.index[table["measure"] == "keep"])
    return tuple(sorted(set(keeps) - set(problem.options)))


def _one_after_the_other(frame: Frame, effort: Effort, on_better: OnBetter | None) -> Plan:
    """Let each objective decide among what the earlier ones leave."""
    objectives = frame.limits.objectives
    plan = run_stage(frame, objectives[:1], _part(effort, len(objectives)), on_better)
    if plan.is_none:
        return plan
    told: list[Message] = []
    for number, objective in enumerate(objectives[1:], start=1):
        share = _part(effort, len(objectives) - number)
        next_plan = run_stage(frame, [objective], share, None)
        if next_plan.is_none or not frame.keeps_dear(next_plan):
            told.append(_no_better(objective))
            continue
        told.append(_told(next_plan))
        goal = None if plan.goal is None else replace(plan.goal, value=frame.measured(next_plan))
        plan = replace(
            next_plan,
            goal=goal,
            status=plan.status,
            notes=tuple(dict.fromkeys((*plan.notes, *next_plan.notes))),
            bound_milli=max(plan.bound_milli, next_plan.served_milli),
        )
    spared = max(objective.tolerance_share for objective in objectives[:-1])
    if spared > 0:
        told.append(
            note(
                "Up to {share:.1%} of an earlier objective was let go for later ones; the gap that"
                " is told holds that too.",
                share=spared,
            )
        )
    return replace(plan, notes=(*plan.notes, *told))


def _part(effort: Effort, parts: int) -> Effort:
    return replace(effort, end_s=time.monotonic() + effort.left_s / parts)


def _no_better(objective: Objective) -> Message:
    return note(
        "Among the plans that keep what was achieved before, no better one was found for"
        " {objective}.",
        objective=objective_name(objective.kind),
    )


def _told(plan: Plan) -> Message:
    """Tell what a later objective came to."""
    goal = plan.goal
    if goal is None:
        raise ValueError("a plan of one of several objectives lacks its goal")
    return note(
        "Then {objective}: {value}, and {bound} at best.",
        objective=objective_name(goal.kind),
        value=amount_in_words(goal.value, goal.unit),
        bound=amount_in_words(goal.bound, goal.unit),
    )
