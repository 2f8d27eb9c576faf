"""A district and its plans <-> scenarios that are kept, carried elsewhere and found again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.district import settings_from_text, settings_text
from planner.errors import StoreError
from planner.language import note, say
from planner.pipeline.choose import PlanResult
from planner.pipeline.choose import plan as search
from planner.pipeline.comparing import figures_of, figures_of_today
from planner.pipeline.outputs import plan_object, result_from
from planner.pipeline.prepare import Prepared, prepare
from planner.progress import Progress, Stop, never, silent
from planner.scenarios import Edit, Scenario, Summary
from planner.scenarios.where import district_key
from planner.siting import Status

__all__ = [
    "Replay",
    "baseline_of",
    "first_scenario",
    "is_stale",
    "replay",
    "result_in",
    "scenario_with",
]


def baseline_of(prepared: Prepared) -> Scenario:
    """Give the state of today as a scenario that is not kept yet: without measures."""
    district = prepared.district
    now = datetime.now(tz=UTC)
    return Scenario(
        id="",
        district=district_key(district.folder),
        name=say("State of today"),
        created=now,
        changed=now,
        baseline=True,
        settings=settings_text(district.settings),
        inputs=district.fingerprint,
        figures=figures_of_today(prepared),
    )


def first_scenario(baseline: Scenario, *, author: str = "") -> Scenario:
    """Give the scenario that a new district begins with, not kept yet: as the baseline is."""
    now = datetime.now(tz=UTC)
    return replace(
        baseline,
        id="",
        name=say("Scenario {n}", n=1),
        author=author,
        created=now,
        changed=now,
        version=0,
        baseline=False,
        parent=baseline.id,
        inputs="",
        figures=None,
    )


def scenario_with(scenario: Scenario, result: PlanResult, *, author: str) -> Scenario:
    """Put a plan into a scenario, with what it was found from and what it comes to.

    The settings of the scenario become those that the plan was found with, its limits too. The
    store still has to keep it.

    Raises
    ------
    StoreError
        If there is no plan in the result: none keeps the limits.
    """
    if result.plan.is_none:
        raise StoreError(note("No plan was found, so there is none to keep in the scenario."))
    settings = replace(result.prepared.district.settings, limits=result.limits)
    by_hand = result.plan.status is Status.EDITED
    before = _chosen(scenario.plan)
    now = datetime.now(tz=UTC)
    edit = Edit(
        kind="keep" if by_hand else "search",
        at=now,
        author=author,
        removed=tuple(sorted(before - {*result.plan.options})),
        added=tuple(sorted({*result.plan.options} - before)),
    )
    return replace(
        scenario,
        settings=settings_text(settings),
        inputs=result.prepared.district.fingerprint,
        plan=plan_object(result),
        figures=figures_of(result),
        changed=now,
        history=(*scenario.history, edit),
    )


def is_stale(scenario: Scenario | Summary, fingerprint: str) -> bool:
    """Tell whether a scenario holds a plan of other inputs than those of today.

    Parameters
    ----------
    scenario
        What was kept.
    fingerprint
        `District.fingerprint` of the district, read with the settings of the scenario.
    """
    return scenario.inputs not in ("", fingerprint)


def result_in(prepared: Prepared, scenario: Scenario) -> PlanResult | None:
    """Give the plan of a scenario; None where it has none, or one of other inputs."""
    if scenario.plan is None or is_stale(scenario, prepared.district.fingerprint):
        return None
    return result_from(prepared, scenario.plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of finding the plan of a scenario again."""

    result: PlanResult | None
    """The plan as it was found now; None: it could not be, since its inputs are others."""
    searched: bool
    """Whether it was searched for; false: it was made by hand, and counted again."""
    stale: bool
    """Whether the inputs differ from those that the plan of the scenario was found from."""
    same: bool
    """Whether it is the very plan of the scenario, and serves as much."""
    removed: tuple[str, ...] = ()
    """Options of the scenario's plan that are not in the new one."""
    added: tuple[str, ...] = ()


def replay(
    scenario: Scenario, folder: Path, *, progress: Progress = silent, stop: Stop = never
) -> Replay:
    """Find the plan of a scenario again: with the same limits, seed and limit of work.

    A plan that was changed by hand is not searched for, but counted again.

    Raises
    ------
    StoreError
        If the scenario holds no plan.
    PlannerError
        As `prepare` and `plan`.
    """
    if scenario.plan is None:
        raise StoreError(note("{name} holds no plan.", name=scenario.name))
    settings = settings_from_text(scenario.settings, folder)
    prepared = prepare(folder, settings=settings, progress=progress)
    stale = is_stale(scenario, prepared.district.fingerprint)
    kept = result_in(prepared, scenario)
    if scenario.plan.get("status") == Status.EDITED:
        return Replay(result=kept, searched=False, stale=stale, same=kept is not None)
    found = search(prepared, settings.limits, progress=progress, stop=stop)
    before, now = _chosen(scenario.plan), {*found.plan.options}
    return Replay(
        result=found,
        searched=True,
        stale=stale,
        same=kept is not None and _is_same(kept, found),
        removed=tuple(sorted(before - now)),
        added=tuple(sorted(now - before)),
    )


def _is_same(kept: PlanResult, found: PlanResult) -> bool:
    one, other = kept.plan, found.plan
    return (
        one.options == other.options
        and one.closed == other.closed
        and one.phase_of == other.phase_of
        and one.served_milli == other.served_milli
    )


def _chosen(plan: Mapping[str, Any] | None) -> set[str]:
    return set() if plan is None else {str(option) for option in plan.get("chosen", ())}
