"""Edits of a plan by hand on the map, each answered with exact figures at once."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import streamlit as st

from app_pages import shell
from app_pages.access.who import person
from app_pages.editing.acts import forget_acts, take_acts
from app_pages.editing.curve import show_curve, taken_choice
from app_pages.editing.edit_map import acts_of_map, draw_map
from app_pages.editing.figures import show_columns, show_figures
from app_pages.editing.scene import TOLD, Scene, candidates_changed, next_run
from app_pages.editing.settings import settings_of_edits, why_not
from app_pages.editing.side import show_decided, show_finder, show_new_site, show_selected
from app_pages.editing.tools import show_tools, tell_map
from app_pages.mapping.print_link import print_link
from app_pages.memory.desks import Base, desk_on
from app_pages.memory.keeping import mark_now, scenario_now, tell_refused
from app_pages.memory.plans import plan_mark, remember_plan
from app_pages.memory.saving import keep_plan
from app_pages.memory.scenario import store
from app_pages.memory.shelf import Entry, shelf
from app_pages.searching.search import same_limits
from planner.district.settings import Limits, Settings
from planner.errors import PlannerError, StoreError
from planner.language import note, say
from planner.pipeline import PlanResult, Prepared, result_of
from planner.siting import edited_plan

__all__ = ["scene_of", "show_editing"]


def show_editing(
    entry: Entry, prepared: Prepared, limits: Limits, result: PlanResult | None
) -> None:
    """Show the map with its toolbar and the live figures beside it."""
    taken = taken_choice()
    if taken is not None:
        with shell.told():
            scene_of(entry, prepared, result).desk.stand(taken)
    st.session_state[_WHOLE] = True
    _edit(entry, prepared, result, _Page(limits, _mark(entry), mark_now()))


def scene_of(
    entry: Entry, prepared: Prepared, result: PlanResult | None, *, settings: Settings | None = None
) -> Scene:
    """Give what stands and what is decided now.

    Parameters
    ----------
    entry, prepared, result
        What is shown.
    settings
        Those of the open scenario, read this moment; None: they are read.

    Raises
    ------
    PlannerError
        If the settings cannot be read, or the limits contradict each other.
    """
    settings, who, scenario = settings or settings_of_edits(), person(), scenario_now()
    if scenario is None:
        raise StoreError(note("This district has no scenario yet. Open it first."))
    desk = desk_on(
        entry, prepared, settings.limits, scenario, person=(who.id, who.label), drafts=store()
    )
    return Scene(entry, prepared, settings, result, desk, why_not())


_KEEP_LATER = "keep_later"
_WHOLE = "edit_with_page"
"""Whether this part runs with the whole page, not alone."""


class _Page(NamedTuple):
    """What the rest of the page was drawn from, which an edit leaves as it is."""

    limits: Limits
    plan: object
    scenario: str


def _mark(entry: Entry) -> object:
    """Tell the plan of the open scenario from others."""
    scenario = scenario_now()
    return None if scenario is None else plan_mark(entry, scenario)


@shell.fragment
def _edit(entry: Entry, prepared: Prepared, result: PlanResult | None, page: _Page) -> None:
    """Draw toolbar, figures and map; an edit runs this part alone.

    The figures come first: they are there at once, the map is drawn after them. The rest of the
    page follows where limits or candidates changed, and comes first where somebody else saved
    another plan or other settings that the district is prepared by.
    """
    with_page = st.session_state.pop(_WHOLE, False)
    with shell.told():
        settings = settings_of_edits()
        outdated = shelf().entry(entry.folder, settings) is not entry
        anew = candidates_changed() and outdated and _is_known(settings, prepared)
        moved = mark_now() != page.scenario
        if moved or (not anew and (outdated or _mark(entry) != page.plan)):
            _whole_page_first(page)
        scene = scene_of(entry, prepared, result, settings=settings)
        if take_acts(scene, acts_of_map()):
            scene = scene_of(entry, prepared, result)
    if next_run():
        st.rerun()
    show_tools(scene, back=partial(_back, scene), keep=partial(_keep, scene))
    _keep_as_pressed(scene)
    shown, told = st.columns([3, 2], gap="medium")
    behind = anew or scene.limits != page.limits
    with scene.held():
        with told:
            _beside(scene)
            show_curve(entry, prepared, scene.limits, result)
        if behind and not anew and not with_page:
            st.rerun()  # the map comes with the page, at once after the figures
        with shown:
            draw_map(scene)
            print_link("plan")
    if behind:
        st.rerun()


def _keep_as_pressed(scene: Scene) -> None:
    """Keep what stands where the button was pressed in the run before, see `_whole_page_first`."""
    later = st.session_state.pop(_KEEP_LATER, None) == scene.desk.base.scenario
    if later and scene.edited and not scene.why_not:
        _keep(scene)
        st.rerun()


def _beside(scene: Scene) -> None:
    """Show what stands beside the map."""
    _tell_once(scene)
    show_new_site(scene)
    show_figures(scene)
    show_columns(scene)
    show_finder(scene)
    show_selected(scene)
    show_decided(scene)
    tell_map(scene)


def _is_known(settings: Settings, prepared: Prepared) -> bool:
    """Tell whether every site that is locked or forbidden now is in a district as prepared."""
    limits = settings.limits
    return set(limits.lock) | set(limits.forbid) <= set(prepared.options.sites.index)


def _whole_page_first(page: _Page) -> None:
    """Run the page anew: somebody else saved, or deleted, what it was drawn from."""
    if mark_now() != page.scenario:
        forget_acts(acts_of_map())
    # A press of the button is of this run alone, and must not be lost: nor go to another scenario,
    # where the one that it was pressed for was deleted meanwhile.
    if st.session_state.get("edit_keep"):
        st.session_state[_KEEP_LATER] = page.scenario
    st.rerun()


def _tell_once(scene: Scene) -> None:
    if scene.desk.trouble is not None:
        shell.show_error(scene.desk.trouble)
        st.caption(say("The edit stands, but is not saved yet. It is saved with the next one."))
    told = st.session_state.pop(TOLD, None)
    if isinstance(told, PlannerError):
        tell_refused(told)
    elif told is not None:
        st.toast(shell.plain(str(told)))


def _back(scene: Scene) -> None:
    scene.desk.back()


def _keep(scene: Scene) -> None:
    """Keep what stands as the plan of the scenario; where it has another by now, that is told."""
    desk = scene.desk

    def make() -> PlanResult:
        known = _known_bound(scene)
        bound = desk.session.problem.total_milli if known is None else known
        plan = edited_plan(desk.session, bound_milli=bound)
        return result_of(scene.prepared, scene.limits, plan)

    # What this person does in another window meanwhile comes after it, not into it.
    with shell.told(), st.spinner(say("Writing the results")), scene.held():
        done = keep_plan(
            desk.base.scenario,
            make,
            base_version=desk.base.version,
            base_plan=desk.base.plan,
            edits=tuple(desk.edits),
        )
        if done is not None:
            kept, result = done
            remember_plan(scene.entry, kept, result)
            desk.kept(Base(kept.id, kept.version, result.plan.options))


def _known_bound(scene: Scene) -> int | None:
    """Give what no plan can serve, as the plan that is shown proves it; None: it proves nothing.

    Edits are counted without seats: a bound with seats says nothing of them. Nor does one of limits
    that allowed less than those of now; what was decided of single sites since only takes away.
    """
    if scene.result is None or scene.result.plan.counts_seats:
        return None
    then, now = scene.result.limits, scene.limits
    decided = ("lock", "forbid", "no_go")
    only_more = all(set(getattr(then, name)) <= set(getattr(now, name)) for name in decided)
    as_now = replace(then, lock=now.lock, forbid=now.forbid, no_go=now.no_go)
    return scene.result.plan.bound_milli if only_more and same_limits(as_now, now) else None
