"""One objective, or several that are added up -> a plan, and what later ones must leave alone."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.district import District
from planner.district.settings import Limits, Objective, Settings
from planner.language import note
from planner.siting.goals.dispersion import dispersion_ladder
from planner.siting.goals.ladder import Climb, Effort, Ladder, climb
from planner.siting.goals.objectives import Kept, mixed_problem, part_problem, value_of
from planner.siting.goals.parts import PARTS, Part, Town, part_of, served_part
from planner.siting.goals.phase_search import PhasePlan, bound_of, search_phases
from planner.siting.goals.phases import Phased
from planner.siting.goals.rollout import rollout_of
from planner.siting.goals.thresholds import (
    center_ladder,
    fewest_ladder,
    money_ladder,
)
from planner.siting.limits.demand_rows import served_over_year
from planner.siting.names import objective_name
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Goal, Plan, Status
from planner.siting.problem import FEN_A_YUAN, About, Aim, SitingProblem
from planner.siting.solve import solve
from planner.siting.there import options_there

__all__ = ["Frame", "OnBetter", "run_stage", "solved"]

_MM = 1000
_TELL_EVERY_S = 0.5
_FIRST_WEIGHT = 1000.0
"""How much an earlier objective counts beside a later one where it can't be kept as a floor."""
OnBetter = Callable[[Plan], None]
_UNITS = {
    "fewest_sites": "stations",
    "least_money": "yuan",
    "p_center": "m",
    "p_dispersion": "m",
}


@dataclass(slots=True, kw_only=True)
class Frame:
    """What is asked, and what earlier objectives have left of the freedom."""

    coverage: Coverage
    limits: Limits
    district: District | None
    build: Callable[[Limits], SitingProblem]
    """Turns limits into the problem of serving the most."""
    problem: SitingProblem
    fixed: tuple[str, ...]
    """Options that are there whatever is chosen."""
    kept: list[Kept] = field(default_factory=list)
    dear: list[tuple[Objective, Part, int]] = field(default_factory=list)
    """Earlier objectives that can't be kept as floors and so count much more, with the least that
    must be left of each."""
    first: Callable[[Plan], float] | None = None
    """Measures a plan by the first objective."""

    def part(self, objective: Objective) -> Part | None:
        """Give the rows of an objective that adds up over workers; None: it does not."""
        if objective.kind not in PARTS:
            return None
        decay = "none" if self.district is None else self.district.settings.service.decay
        town = Town(self.coverage, self.fixed, self.district)
        return part_of(objective.kind, self.problem, town, decay=decay)

    def mask(self, plan: Plan) -> NDArray[np.bool_]:
        """Mark the options of a plan, shape (n,)."""
        return np.isin(np.array(self.problem.options, dtype=object), list(plan.options))

    def measured(self, plan: Plan) -> float:
        """Give what a plan is worth by the first objective."""
        if self.first is None:
            raise ValueError("no objective was made best yet")
        return self.first(plan)

    def keeps_dear(self, plan: Plan) -> bool:
        """Tell whether a plan leaves enough of what only counts much more."""
        chosen = self.mask(plan)
        return all(part.achieved(chosen) >= least for _, part, least in self.dear)

    def served(self, plan: Plan) -> int:
        """Count again what a plan serves, thousandths of a worker-minute a week."""
        there = options_there(self.coverage, plan)
        return served_over_year(self.coverage, there, district=self.district)


def solved(problem: SitingProblem, effort: Effort, on_better: OnBetter | None = None) -> Plan:
    """Search with what is left of an effort."""
    return solve(
        problem,
        time_limit_s=effort.left_s,
        gap_share=effort.gap_share,
        seed=effort.seed,
        work_limit=effort.work_limit,
        progress=effort.progress,
        stop=effort.stop,
        on_better=on_better,
    )


def run_stage(
    frame: Frame, objectives: Sequence[Objective], effort: Effort, on_better: OnBetter | None
) -> Plan:
    """Choose for objectives that are added up, or for one alone.

    What one alone achieves is kept in the frame, so that later stages leave it alone.

    Raises
    ------
    SettingsError
        If the objectives do not add up, or one lacks what it needs.
    """
    if len(objectives) == 1 and objectives[0].kind not in PARTS:
        return _climbed(frame, objectives[0], effort, on_better)
    parts = [(objective, frame.part(objective)) for objective in objectives]
    only = parts[0][1] if len(parts) == 1 else None
    if only is None or frame.dear:
        much = [
            (replace(objective, weight=objective.weight * _FIRST_WEIGHT), part)
            for objective, part, _ in frame.dear
        ]
        problem = mixed_problem(frame.problem, [*much, *parts], frame.kept)
    else:
        problem = part_problem(frame.problem, only, frame.kept)
    plan = _summed(frame, problem, effort, on_better)
    if only is not None and not plan.is_none:
        _keep_part(frame, objectives[0], only, plan)
        if problem.aim.kind == "mix" and plan.goal is not None:
            plan = replace(plan, goal=_goal_behind(frame, only, objectives[0], plan, plan.goal))
    return plan


def _goal_behind(frame: Frame, part: Part, objective: Objective, plan: Plan, mixed: Goal) -> Goal:
    """Take from a mix what earlier objectives have in it, at the least that they must keep."""
    earlier = sum(
        one.weight * _FIRST_WEIGHT * least / earlier_part.hour
        for one, earlier_part, least in frame.dear
        if earlier_part is not part
    )
    most = math.ceil((mixed.bound - earlier) / objective.weight * part.hour)
    most = min(most, part.base + int(part.value_milli.sum()) + int(part.twice_milli.sum()))
    return Goal(
        kind=part.aim.kind,
        minimise=part.aim.minimise,
        value=_in_words(part.aim, part.achieved(frame.mask(plan))),
        bound=_in_words(part.aim, most),
        unit=part.aim.unit,
    )


def _summed(
    frame: Frame, problem: SitingProblem, effort: Effort, on_better: OnBetter | None
) -> Plan:
    """Make a sum best, over all phases where there are phases."""
    told_s = [0.0]

    def tell(plan_of: Callable[[], Plan]) -> None:
        if on_better is not None and time.monotonic() - told_s[0] >= _TELL_EVERY_S:
            on_better(plan_of())
            told_s[0] = time.monotonic()

    if not frame.limits.phases:
        raw = solved(
            problem,
            effort,
            lambda raw: tell(lambda: _finished(frame, problem, raw, bound_of(problem, raw))),
        )
        return _finished(frame, problem, raw, bound_of(problem, raw))
    rollout = rollout_of(problem, frame.coverage, frame.limits, frame.build)
    phased, found = search_phases(
        problem, rollout, effort, lambda whole, found: tell(lambda: _in_phases(frame, whole, found))
    )
    return _in_phases(frame, phased, found)


def _in_phases(frame: Frame, phased: Phased, found: PhasePlan) -> Plan:
    """Tell a plan of pairs of option and phase as one of options, each with its phase."""
    raw = found.plan
    plan = _finished(frame, phased.problem, raw, found.bound, pairs=phased)
    if plan.is_none:
        return plan
    option, phase = phased.pairs_of(raw)
    keeps = set(frame.problem.keeps)
    names = [frame.problem.options[k] for k in option]
    ids = [frame.limits.phases[t].id for t in phase]
    steps = {name: step for name, step in zip(names, ids, strict=True) if name not in keeps}
    return replace(plan, phase_of=steps)


def _finished(
    frame: Frame, asked: SitingProblem, raw: Plan, bound_milli: int, pairs: Phased | None = None
) -> Plan:
    """Tell a plan of the problem that was searched as one of the problem that was asked."""
    if raw.is_none:
        base, total = frame.problem.base_milli, frame.coverage.total_milli
        return replace(
            raw, options=(), goal=None, served_milli=base, bound_milli=base, total_milli=total
        )
    chosen = np.isin(np.array(asked.options, dtype=object), list(raw.options))
    plan = raw
    if pairs is not None:
        names = (frame.problem.options[k] for k in pairs.pairs_of(raw)[0])
        plan = replace(raw, options=tuple(sorted(names)))
    value = _in_words(asked.aim, value_of(asked, chosen))
    bound = _in_words(asked.aim, bound_milli)
    minimise = asked.aim.minimise
    bound = min(bound, value) if minimise else max(bound, value)
    return _with_goal(
        frame,
        plan,
        Goal(
            kind=asked.aim.kind,
            minimise=minimise,
            value=value,
            bound=max(0.0, bound) if minimise else bound,
            unit=asked.aim.unit,
        ),
    )


def _with_goal(frame: Frame, plan: Plan, goal: Goal) -> Plan:
    """Count again what is served, and bound it by what all options together serve."""
    served = frame.served(plan)
    most = frame.problem.base_milli + int(frame.problem.value_milli.sum())
    if goal.kind == "served" and not frame.limits.phases:
        most = min(most, round(goal.bound * MILLI_MINUTES_AN_HOUR))
    return replace(
        plan,
        served_milli=served,
        bound_milli=max(served, most),
        total_milli=frame.coverage.total_milli,
        goal=goal,
    )


def _in_words(aim: Aim, value: int) -> float:
    """Tell a sum as the objective that it stands for."""
    return (aim.offset - value if aim.minimise else aim.offset + value) / aim.scale


def _keep_part(frame: Frame, objective: Objective, part: Part, plan: Plan) -> None:
    """Ask later objectives to leave what was achieved, up to the tolerance."""
    achieved, offset = part.achieved(frame.mask(plan)), part.aim.offset
    if frame.first is None:
        frame.first = lambda later: _in_words(part.aim, part.achieved(frame.mask(later)))
    if part.aim.minimise:
        least = math.ceil(offset - (1 + objective.tolerance_share) * (offset - achieved))
    else:
        least = math.ceil((1 - objective.tolerance_share) * achieved)
    if part.twice_milli.any():
        frame.dear.append((objective, part, least))
        return
    name = note("what was achieved of {objective}", objective=objective_name(objective.kind))
    frame.kept.append(Kept(part=part, least=least, about=About(kind="earlier", name=name)))


def _climbed(
    frame: Frame, objective: Objective, effort: Effort, on_better: OnBetter | None
) -> Plan:
    """Find the best number that a plan keeps."""
    ladder, scale = _ladder_of(frame, objective)

    def plan_of(found: Climb) -> Plan:
        minimise = objective.kind != "p_dispersion"
        value, bound = (
            abs(float(ladder.values[rung])) / scale for rung in (found.rung, found.refuted + 1)
        )
        goal = Goal(
            kind=objective.kind,
            minimise=minimise,
            value=value,
            bound=bound,
            unit=_UNITS[objective.kind],
        )
        near = goal.gap <= effort.gap_share
        open_end = Status.STOPPED if found.stopped else Status.FEASIBLE
        plan = replace(found.plan, status=Status.OPTIMAL if near else open_end)
        return _with_goal(frame, plan, goal)

    def hear(found: Climb) -> None:
        if on_better is not None:
            on_better(plan_of(found))

    found = climb(ladder, effort, hear)
    if found.rung < 0:
        return _unreached(ladder, found)
    _keep_rung(frame, objective, ladder, scale, found)
    return plan_of(found)


def _ladder_of(frame: Frame, objective: Objective) -> tuple[Ladder, float]:
    """Give the ladder of an objective, and how many of its numbers are one of its unit."""
    problem = part_problem(frame.problem, served_part(frame.problem), frame.kept)
    settings = Settings(name="") if frame.district is None else frame.district.settings
    if objective.kind == "fewest_sites":
        return fewest_ladder(problem, objective.target_share), 1.0
    if objective.kind == "least_money":
        ladder, unit = money_ladder(problem, objective.target_share)
        return ladder, FEN_A_YUAN / unit
    if objective.kind == "p_center":
        rules = (settings.gaps, settings.streets.detour_factor)
        return center_ladder(problem, frame.coverage, frame.fixed, rules=rules), _MM
    limits, build = frame.limits, frame.build

    def apart(asked: Limits) -> SitingProblem:
        built = build(asked)
        return replace(
            problem,
            too_close=built.too_close,
            forbidden=built.forbidden,
            excluded=built.excluded,
            clashes=built.clashes,
        )

    return dispersion_ladder(limits, frame.coverage, apart), 1.0


def _keep_rung(
    frame: Frame, objective: Objective, ladder: Ladder, scale: float, found: Climb
) -> None:
    """Ask later objectives to stay on the rung, or on one as much lower as is tolerated."""
    value = float(ladder.values[found.rung])
    most = value + objective.tolerance_share * abs(value)
    rung = found.rung
    if frame.first is None:
        lowest = len(ladder.values) - 1
        frame.first = lambda later: abs(float(ladder.values[ladder.rung_of(later, lowest)])) / scale
    while rung + 1 < len(ladder.values) and ladder.values[rung + 1] <= most:
        rung += 1
    if ladder.needed_milli > 0:
        name = note("what was achieved of {objective}", objective=objective_name(objective.kind))
        part = served_part(frame.problem)
        about = About(kind="earlier", name=name)
        frame.kept.append(Kept(part=part, least=ladder.needed_milli, about=about))
    kept = ladder.problem_at(rung)
    frame.problem = replace(
        frame.problem,
        count=kept.count,
        budget_yuan=kept.budget_yuan,
        linear=kept.linear,
        too_close=kept.too_close,
        forbidden=kept.forbidden,
        excluded=kept.excluded,
    )


def _unreached(ladder: Ladder, found: Climb) -> Plan:
    """Tell that no plan was found that serves what is needed."""
    plan = found.plan
    if plan.is_none:
        return plan
    if found.refuted < 0:
        return replace(plan, options=(), closed=(), cost_yuan=0.0, status=Status.UNKNOWN)
    reason = note(
        "At most {most} worker-hours a week can be served within the other limits, fewer than the"
        " target of {needed}.",
        most=f"{plan.bound:,.1f}",
        needed=f"{ladder.needed_milli / MILLI_MINUTES_AN_HOUR:,.1f}",
    )
    return replace(
        plan, options=(), closed=(), cost_yuan=0.0, status=Status.INFEASIBLE, reasons=(reason,)
    )
