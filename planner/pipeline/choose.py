"""A prepared district and limits -> a plan with what it changes."""

from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass, replace

import pandas as pd

from planner.coverage import Figures, GapCheck, check_gaps, measure_coverage
from planner.density import HotSpots, hot_spots
from planner.district import projection_of
from planner.district.limits import check_limits, require_a_limit
from planner.district.settings import Limits, ScoreWeights, ServiceRules
from planner.errors import SettingsError
from planner.language import note
from planner.pipeline.prepare import Prepared
from planner.progress import Progress, Stop, never, silent
from planner.scoring import score_candidates
from planner.siting import Plan, build_problem, explain_plan, solve

__all__ = ["PlanResult", "cover", "find_gaps", "find_hot_spots", "plan", "rank", "result_of"]


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
    sites: pd.DataFrame
    """New openings, most gain first; index option id, columns of option, site and explanation."""


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


def rank(prepared: Prepared, weights: ScoreWeights | None = None) -> pd.DataFrame:
    """Score every candidate; `weights` None: those of `district.toml`.

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
    return score_candidates(prepared.coverage, weights=weights)


def plan(
    prepared: Prepared,
    limits: Limits,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Plan], None] | None = None,
) -> PlanResult:
    """Choose what to open within the limits and tell what it changes.

    Raises
    ------
    SettingsError
        If neither a budget nor a count is given, or the limits contradict each other.
    """
    require_a_limit(limits)
    sites = prepared.options.sites
    check_limits(limits, sites=sites.index, stations=sites.index[sites["existing"]])
    problem = build_problem(prepared.coverage, limits)
    found = solve(
        problem,
        time_limit_s=limits.time_limit_s,
        gap_share=limits.gap_share,
        progress=progress,
        stop=stop,
        on_better=on_better,
    )
    return result_of(prepared, limits, found)


def result_of(prepared: Prepared, limits: Limits, found: Plan) -> PlanResult:
    """Tell what a plan changes: figures before and after, and a row for each new site."""
    settings = prepared.district.settings
    # The search does not count seats yet, so the figures beside its proof must not either.
    service = replace(settings.service, count_seats=False)
    before = cover(prepared, service=service)
    stays = {option for option in prepared.present if option not in found.closed}
    there = tuple(sorted({*stays, *found.options}))
    explained = explain_plan(
        prepared.coverage, found, groups=settings.groups, periods=settings.periods
    )
    table, sites = prepared.options.table, prepared.options.sites
    described = table.join(sites.drop(columns=["x", "y"]), on="site")
    opened = described.loc[described.index.isin(found.options) & (described["measure"] == "open")]
    new = opened.join(explained[explained.columns.difference(opened.columns, sort=False)])
    return PlanResult(
        prepared=prepared,
        limits=limits,
        plan=found,
        before=before,
        after=measure_coverage(prepared.coverage, there, service=service),
        there=there,
        sites=new.sort_values("gain_hours", ascending=False, kind="stable"),
    )
