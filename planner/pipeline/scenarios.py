"""A district and its plans <-> scenarios that are kept, carried elsewhere and found again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.demand import two_names
from planner.district import settings_from_text, settings_text
from planner.errors import SettingsError, StoreError
from planner.language import note
from planner.pipeline.choose import PlanResult
from planner.pipeline.choose import plan as search
from planner.pipeline.comparing import figures_of, figures_of_today
from planner.pipeline.outputs import not_writable, plan_object, put_in_place, result_from
from planner.pipeline.prepare import Prepared, prepare
from planner.progress import Progress, Stop, never, silent
from planner.scenarios import Edit, Scenario, Summary
from planner.scenarios.exchange import MOST_BYTES, export_text, read_export
from planner.scenarios.naming import OF_TODAY, all_names, given_name, mark_of_number
from planner.scenarios.rows import LONGEST_NAME, tidy
from planner.scenarios.store import ScenarioStore
from planner.scenarios.where import district_key
from planner.siting import Plan, Status

__all__ = [
    "Replay",
    "baseline_in",
    "baseline_of",
    "export_scenario",
    "first_scenario",
    "import_scenario",
    "is_stale",
    "replay",
    "result_in",
    "scenario_with",
]

_FIRST = mark_of_number(1)


def baseline_of(prepared: Prepared) -> Scenario:
    """Give the state of today as a scenario that is not kept yet: without measures."""
    district = prepared.district
    now = datetime.now(tz=UTC)
    return Scenario(
        id="",
        district=district_key(district.folder),
        name=str(given_name(OF_TODAY)),
        given=OF_TODAY,
        created=now,
        changed=now,
        baseline=True,
        settings=settings_text(district.settings),
        inputs=district.fingerprint,
        figures=figures_of_today(prepared),
    )


def baseline_in(store: ScenarioStore, folder: Path, *, progress: Progress = silent) -> Scenario:
    """Give the state of today that a district has in a store; it is made where there is none.

    It is measured with the settings of the folder.

    Raises
    ------
    PlannerError
        As `prepare`, where it has to be made.
    StoreError
        If it cannot be read or kept.
    """
    there = next((each for each in store.list(district_key(folder)) if each.baseline), None)
    if there is not None:
        return store.get(there.id)
    return store.add(baseline_of(prepare(folder, progress=progress)))


def first_scenario(baseline: Scenario, *, author: str = "", name: str | None = None) -> Scenario:
    """Give the scenario that a new district begins with, not kept yet: as the baseline is.

    Parameters
    ----------
    baseline
        The state of today.
    author
        Who makes it.
    name
        What it is called; None: the first scenario, in the language of who reads it.
    """
    now = datetime.now(tz=UTC)
    return replace(
        baseline,
        id="",
        name=name or str(given_name(_FIRST)),
        given="" if name else _FIRST,
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
    result = result_from(prepared, scenario.plan)
    return None if result is None else replace(result, plan=_told(result.plan, scenario))


def _told(plan: Plan, scenario: Scenario) -> Plan:
    """Tell what is to know of a plan in each language, as its figures do; a plan holds one."""
    notes = (scenario.figures or {}).get("notes", ())
    if len(notes) != len(plan.notes):
        return plan
    told = tuple(two_names(each["zh"], each["en"]) for each in notes)
    broken = (text for text, each in zip(told, notes, strict=True) if each.get("broken"))
    return replace(plan, notes=told, reasons=tuple(broken))


def export_scenario(store: ScenarioStore, identity: str, path: Path) -> Path:
    """Write a scenario to one file, which `import_scenario` reads on another machine.

    Raises
    ------
    StoreError
        If there is no such scenario.
    SettingsError
        If the file cannot be written; one that was there stays whole.
    """
    text = export_text(store.get(identity))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return put_in_place(lambda at: at.write_text(text, encoding="utf-8"), path)
    except OSError as wrong:
        raise SettingsError(not_writable(path.parent, wrong)) from wrong


def import_scenario(
    store: ScenarioStore, path: Path, *, folder: Path, author: str, progress: Progress = silent
) -> Scenario:
    """Keep a scenario that was exported, as one of a district.

    The state of today is kept first where the district has none there: it is what a plan is
    compared with. The district's own name and files hold in the scenario, whatever the file says of
    them: it cannot make the planner read anything else. Its plan is stale (`is_stale`) where the
    data differ from those that it was found from.

    Parameters
    ----------
    store
        Where it is kept: a new scenario, with a number behind its name if that is taken.
    path
        The file.
    folder
        The district.
    author
        Who imports it.
    progress
        Told while the state of today is measured.

    Raises
    ------
    StoreError
        If the file cannot be read or is no scenario, or it cannot be kept.
    SettingsError
        If its settings are not known or not allowed.
    PlannerError
        As `baseline_in`.
    """
    read = read_export(_content(path))
    settings = settings_text(settings_from_text(read.settings, folder))
    baseline_in(store, folder, progress=progress)
    district, now = district_key(folder), datetime.now(tz=UTC)
    taken = {name for each in store.list(district) for name in all_names(each)}
    return store.add(
        replace(
            read,
            district=district,
            name=_free_name(read.name, taken),
            author=author,
            created=now,
            settings=settings,
        )
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as wrong:
        raise StoreError(
            note(
                "{file} cannot be read: {reason}",
                file=path,
                reason=wrong.strerror or type(wrong).__name__,
            )
        ) from wrong


def _free_name(name: str, taken: Collection[str]) -> str:
    """Put the smallest number behind a name that is taken."""
    number, free = 2, tidy(name)
    while free in taken:
        free = f"{tidy(name)[: LONGEST_NAME - 10]} ({number})"
        number += 1
    return free


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
