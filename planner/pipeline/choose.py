"""A prepared district and limits -> a plan with what it changes."""

from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass, replace

import pandas as pd
from scipy.sparse import csr_array

from planner.coverage import Figures, GapCheck, check_gaps, measure_coverage
from planner.density import HotSpots, hot_spots
from planner.district import projection_of
from planner.district.limits import check_limits, require_a_limit
from planner.district.settings import Limits, ScoreWeights, ServiceRules
from planner.errors import SettingsError
from planner.language import Message, note
from planner.pipeline.prepare import Prepared, cache_folder
from planner.pipeline.ways import site_ways
from planner.progress import Progress, Stop, never, silent
from planner.scoring import score_candidates
from planner.siting import Plan, SitingProblem, build_problem, explain_plan
from planner.siting.build import Groundwork, groundwork
from planner.siting.choose import choose
from planner.siting.curves.curve import Curve, coverage_curve
from planner.siting.doubt.robust import robust_plan
from planner.siting.doubt.robustness import Sureness, how_sure
from planner.siting.goals.phases import cumulative_curve
from planner.siting.limits.known_rows import KnownRows, merge_rows
from planner.siting.seats.seats import seats_not_counted
from planner.siting.telling.alternatives import explain_rest
from planner.siting.telling.listing import list_measures
from planner.siting.there import options_there

__all__ = [
    "PlanResult",
    "cover",
    "curve_of",
    "find_gaps",
    "find_hot_spots",
    "ground_for",
    "plan",
    "problem_for",
    "rank",
    "result_of",
    "rows_for",
    "with_sureness",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """A plan with what it changes."""

    prepared: Prepared
    limits: Limits
    plan: Plan
    before: Figures
    after: Figures
    there: tuple[str, ...]
    """Ids of all options that are there with the plan, sorted."""
    measures: pd.DataFrame
    """Every measure, most gain first: what opens or moves, then upgrades, then closings; index
    option id, columns of option, site and explanation."""
    rest: pd.DataFrame
    """Why each other option is not chosen; see `explain_rest`."""
    by_phase: pd.DataFrame
    """What stands at the end of each phase; see `planner.siting.goals.phases.cumulative_curve`."""
    sureness: Sureness | None = None
    """How sure the plan is; None: not asked."""

    @property
    def sure(self) -> dict[str, float] | None:
        """How often each option was chosen while the numbers moved, 0 to 1; None: not asked."""
        if self.sureness is None:
            return None
        known = self.sureness.sure_share.dropna()
        return {str(option): float(share) for option, share in known.items()}

    @property
    def sites(self) -> pd.DataFrame:
        """What opens or moves, the first of the measures."""
        return self.measures.loc[self.measures["kind"].isin(["new", "move"])]


def cover(prepared: Prepared, *, service: ServiceRules | None = None) -> Figures:
    """Measure who is served today, nominally and effectively.

    Parameters
    ----------
    prepared
        The district.
    service
        Whether seats count, and how coverage fades with the way; None: as its settings say.
    """
    rules = service or prepared.district.settings.service
    return measure_coverage(prepared.coverage, prepared.present, service=rules)


def find_gaps(prepared: Prepared, there: Collection[str] | None = None) -> GapCheck:
    """Check which workers are farther from an open station than the settings allow.

    Parameters
    ----------
    prepared
        The district.
    there
        Ids of the options that are there; None: those of today.
    """
    district = prepared.district
    return check_gaps(
        prepared.coverage,
        prepared.present if there is None else there,
        rules=district.settings.gaps,
        communities=district.communities,
    )


def find_hot_spots(prepared: Prepared, *, service: ServiceRules | None = None) -> HotSpots:
    """Find where many workers are close together, and which of these places lack a host.

    Parameters
    ----------
    prepared
        The district.
    service
        Whether who finds no seat is served; None: as its settings say.
    """
    district = prepared.district
    return hot_spots(
        prepared.coverage,
        prepared.present,
        district=district,
        projection=projection_of(district),
        rules=district.settings.demand,
        service=service,
    )


def rank(
    prepared: Prepared,
    weights: ScoreWeights | None = None,
    *,
    known: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Score every candidate; `weights` None: those of `district.toml`; `known` as there.

    Raises
    ------
    SettingsError
        If no weight is above 0.
    """
    weights = weights or prepared.district.settings.score_weights
    if not any(weight > 0 for weight in astuple(weights)):
        raise SettingsError(
            note(
                "All weights of the score are 0. Give at least one criterion a weight above 0, with"
                " --weight or under [score_weights] in district.toml."
            )
        )
    return score_candidates(prepared.coverage, weights=weights, known=known)


def plan(
    prepared: Prepared,
    limits: Limits,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Plan], None] | None = None,
) -> PlanResult:
    """Choose what to open, upgrade, move or close within the limits and tell what it changes.

    Parameters
    ----------
    prepared
        The district.
    limits
        What the plan is to achieve and must keep to.

    Raises
    ------
    SettingsError
        If nothing limits the plan, or the limits contradict each other.
    """
    require_a_limit(limits)
    sites = prepared.options.sites
    check_limits(
        limits,
        sites=sites.index,
        stations=sites.index[sites["existing"]],
        options=prepared.options.table.index,
        district=prepared.district,
    )
    if limits.robust:
        _refuse_with_robust(limits)
        found = robust_plan(
            prepared.coverage,
            problem_for(prepared, limits),
            seed=limits.seed,
            time_limit_s=limits.time_limit_s,
            gap_share=limits.gap_share,
            progress=progress,
            stop=stop,
        )
        found = replace(found, notes=(*found.notes, *_without_seats(prepared)))
    else:
        found = choose(
            prepared.coverage,
            limits,
            district=prepared.district,
            site_ways=_site_ways(prepared, limits, progress),
            progress=progress,
            stop=stop,
            on_better=on_better,
        )
    return result_of(prepared, limits, found)


def _refuse_with_robust(limits: Limits) -> None:
    """Refuse objectives and phases that draws of the demand cannot be counted for."""
    if [aim.kind for aim in limits.objectives] != ["served"] or limits.phases:
        raise SettingsError(
            note(
                "A plan for many possible demands (robust) has worker-hours served as its objective"
                " and one phase. Leave out --robust, or the other objectives and phases."
            )
        )


def ground_for(prepared: Prepared, limits: Limits) -> Groundwork:
    """Lay out what limits ask but for what was decided of single sites, for `problem_for`."""
    return groundwork(
        prepared.coverage,
        limits,
        district=prepared.district,
        site_ways=_site_ways(prepared, limits, silent),
    )


def rows_for(
    prepared: Prepared,
    ground: Groundwork,
    *,
    like: tuple[Prepared, KnownRows] | None = None,
) -> KnownRows:
    """Merge the demand of the options that enter, for `problem_for`.

    With `like`, the rows of a district that differs in nothing but limits and added candidates,
    only what these change is merged.
    """
    known, changed = None, set[str]()
    if like is not None:
        before, known = like
        added = before.district.settings.added, prepared.district.settings.added
        changed = {site.id for site in set(added[0]) ^ set(added[1])}
    return merge_rows(
        prepared.coverage, ground.some, district=prepared.district, known=known, changed=changed
    )


def problem_for(
    prepared: Prepared,
    limits: Limits,
    *,
    known: KnownRows | None = None,
    ground: Callable[[], Groundwork] | None = None,
) -> SitingProblem:
    """Give what limits ask in arrays, worker-hours served being the objective: for edits by hand.

    With `known`, rows of demand of the same district, these are taken where the same options enter.
    With `ground`, which gives that of limits that differ in `lock`, `forbid` and `no_go` alone,
    these are all that is looked at: an edit by hand is one of them.

    Raises
    ------
    SettingsError
        If the limits contradict each other.
    """
    sites = prepared.options.sites.index.to_numpy(object)
    check_limits(
        limits,
        sites=set(sites),
        stations=set(sites[prepared.options.sites["existing"].to_numpy(bool)]),
        options=set(prepared.options.table.index.to_numpy(object)),
        district=prepared.district,
    )
    return build_problem(
        prepared.coverage,
        limits,
        district=prepared.district,
        known=known,
        ground=ground_for(prepared, limits) if ground is None else ground(),
    )


def curve_of(
    prepared: Prepared,
    limits: Limits,
    *,
    by: str = "count",
    points: int = 24,
    progress: Progress = silent,
    stop: Stop = never,
) -> Curve:
    """Find the most that can be served at every number of openings, or at every budget.

    Parameters
    ----------
    prepared
        The district.
    limits
        All but the swept one hold; objectives other than worker-hours served are not looked at.
    by
        "count" or "money".
    points
        How many points the curve has, at least 2.

    Raises
    ------
    SettingsError
        If the limits contradict each other.
    """
    curve = coverage_curve(
        problem_for(prepared, limits),
        by=by,
        points=points,
        time_limit_s=limits.time_limit_s,
        gap_share=limits.gap_share,
        seed=limits.seed,
        progress=progress,
        stop=stop,
    )
    return replace(curve, notes=(*curve.notes, *_without_seats(prepared)))


def _without_seats(prepared: Prepared) -> tuple[Message, ...]:
    """Tell that seats are not counted, where the settings ask for it."""
    return (seats_not_counted(),) if prepared.district.settings.service.count_seats else ()


def _site_ways(prepared: Prepared, limits: Limits, progress: Progress) -> csr_array | None:
    """Give the ways between sites, where a separation along the streets asks for them."""
    apart_m = limits.min_separation_m
    if not limits.separation_along_streets or apart_m <= 0 or prepared.streets is None:
        return None
    ways = site_ways(
        prepared.district,
        prepared.streets,
        prepared.options,
        cutoff_m=apart_m,
        cache=cache_folder(),
        progress=progress,
    )
    return ways.length_mm


def result_of(prepared: Prepared, limits: Limits, found: Plan) -> PlanResult:
    """Tell what a plan changes: figures before and after, and a row for each measure."""
    settings, coverage = prepared.district.settings, prepared.coverage
    # The figures beside a proof count seats where it does, and only there.
    service = replace(settings.service, count_seats=found.counts_seats)
    there = options_there(coverage, found)
    problem = problem_for(prepared, limits)
    explained = explain_plan(
        coverage, found, groups=settings.groups, periods=settings.periods, problem=problem
    )
    return PlanResult(
        prepared=prepared,
        limits=limits,
        plan=found,
        before=cover(prepared, service=service),
        after=measure_coverage(coverage, there, service=service),
        there=there,
        measures=list_measures(prepared.options, explained),
        rest=explain_rest(problem, found, coverage=coverage),
        by_phase=cumulative_curve(coverage, found, limits.phases, district=prepared.district),
    )


def with_sureness(
    result: PlanResult, *, draws: int = 200, progress: Progress = silent, stop: Stop = never
) -> PlanResult:
    """Tell how sure a plan is, by drawing demand, reach, cost and closures many times."""
    sureness = how_sure(
        result.prepared.coverage,
        problem_for(result.prepared, result.limits),
        result.plan,
        draws=draws,
        seed=result.limits.seed,
        time_limit_s=max(result.limits.time_limit_s, _LEAST_DRAWING_S),
        progress=progress,
        stop=stop,
    )
    told = (*sureness.notes, *_without_seats(result.prepared))
    return replace(result, sureness=replace(sureness, notes=told))


_LEAST_DRAWING_S = 60.0
"""Draws get at least so long, however short the search was to be."""
