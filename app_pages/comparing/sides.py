"""The open district -> the scenarios that are to be compared, as they stand today."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from app_pages import shell
from app_pages.memory import scenario as scenarios
from app_pages.memory.plans import kept_plan
from app_pages.memory.shelf import Entry, figures_of, shelf
from app_pages.spaces.workspace import Place
from planner.language import say
from planner.pipeline import Prepared, figures_of_today
from planner.pipeline.comparing import Standing
from planner.scenarios import Scenario, Summary
from planner.scenarios.compare import Comparison, compare

__all__ = ["chosen_scenarios", "comparison_today", "prepared_for", "stand"]

_USUAL = 4
"""So many are compared without being asked for."""
_IN_THE_ADDRESS = "compare"
_SHORT = 8


def chosen_scenarios(place: Place) -> tuple[Summary, ...]:
    """Let scenarios be chosen and the one that the others are held against, which comes first.

    The address keeps the choice, so that a link opens the same comparison.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    found = {each.id: each for each in scenarios.listed(place)}
    names = scenarios.told_apart({each.id: each.name for each in found.values()})
    many, one = st.columns([3, 1], vertical_alignment="bottom")
    key, key_of_first = map(shell.fresh_key, ("compare_chosen", "compare_first"))
    for each in (key, key_of_first):
        shell.keep_chosen(each, names)
    ids = many.multiselect(
        say("Scenarios to compare"),
        list(found),
        default=_usual(place, tuple(found.values())),
        format_func=lambda each: names.get(each, each),
        placeholder=say("Choose scenarios"),
        key=key,
    )
    ids = [each for each in ids if each in found]
    first = one.selectbox(
        say("Held against"),
        ids,
        index=_place_of_first(ids, found),
        format_func=lambda each: names.get(each, each),
        placeholder="–",
        key=key_of_first,
    )
    if first in ids:
        ids = [first, *(each for each in ids if each != first)]
    _keep_in_address(ids)
    return tuple(found[each] for each in ids)


def comparison_today(place: Place, chosen: Sequence[Scenario | Summary]) -> Comparison:
    """Compare scenarios with the data as they are today.

    The baseline holds no plan: where the data have changed, its figures are measured anew.

    Raises
    ------
    PlannerError
        If the district cannot be read.
    """
    told, stale = [], []
    for each in chosen:
        outdated = scenarios.is_outdated(each, place.folder)
        if outdated and each.baseline:
            entry, prepared = prepared_for(place, each)
            figures = entry.once("compared today", lambda p=prepared: figures_of_today(p))  # type: ignore[misc]  # mypy sees no type of a default
            told.append(replace(each, figures=figures))
            continue
        told.append(each)
        if outdated:
            stale.append(each.id)
    return compare(told, stale=stale)


def prepared_for(place: Place, summary: Scenario | Summary) -> tuple[Entry, Prepared]:
    """Give the district under the settings of a scenario; waits until it is prepared.

    Raises
    ------
    PlannerError
        If it cannot be read.
    """
    scenario = summary if isinstance(summary, Scenario) else scenarios.scenario_of(summary)
    settings = scenarios.settings_of_scenario(scenario, place.folder)
    entry = shelf().entry(place.folder, settings)
    if not entry.preparing.wait(0.3):
        with st.spinner(say("Reading the district")):
            while not entry.preparing.wait(1.0):
                pass
    prepared = entry.preparing.answer()
    # The entry is shared by scenarios: limits and weights are those of this one.
    return entry, replace(prepared, district=replace(prepared.district, settings=settings))


def stand(place: Place, summary: Summary) -> tuple[Entry, Standing] | None:
    """Give a scenario as it can be drawn; None where it has no plan for the data of today.

    Raises
    ------
    PlannerError
        If the district cannot be read.
    """
    entry, prepared = prepared_for(place, summary)
    if summary.baseline:
        return entry, Standing(
            name=summary.name,
            prepared=prepared,
            there=prepared.present,
            figures=figures_of(entry),
            measures=None,
        )
    result = kept_plan(entry, prepared, scenarios.scenario_of(summary))
    if result is None:
        return None
    return entry, Standing(
        name=summary.name,
        prepared=prepared,
        there=result.there,
        figures=result.after,
        measures=result.measures,
    )


def _place_of_first(ids: Sequence[str], found: Mapping[str, Summary]) -> int | None:
    """Give the place of what a link names first; else that of the baseline."""
    linked = next(iter(_linked()), None)
    if linked is not None and ids and ids[0].startswith(linked):
        return 0
    return next((at for at, each in enumerate(ids) if found[each].baseline), 0 if ids else None)


def _linked() -> list[str]:
    """Give the beginnings of the ids that the address names."""
    words = st.query_params.get(_IN_THE_ADDRESS, "").lower().split(".")
    return [word for word in words if word]


def _usual(place: Place, found: Sequence[Summary]) -> list[str]:
    """Give what a link names; else the baseline, the open scenario, and those changed last."""
    named = [each.id for word in _linked() for each in found if each.id.startswith(word)]
    if named:
        return list(dict.fromkeys(named))
    now = scenarios.the_scenario(place)
    plans = [each for each in found if each.figures is not None and not each.baseline]
    newest = sorted(plans, key=lambda each: each.changed, reverse=True)
    wanted = [each.id for each in found if each.baseline]
    if now is not None:
        wanted.append(now.id)
    wanted = list(dict.fromkeys([*wanted, *(each.id for each in newest)]))[:_USUAL]
    return [each.id for each in found if each.id in wanted]


def _keep_in_address(ids: Sequence[str]) -> None:
    wanted = ".".join(each[:_SHORT] for each in ids)
    if wanted and st.query_params.get(_IN_THE_ADDRESS) != wanted:
        st.query_params[_IN_THE_ADDRESS] = wanted
