"""The button that begins a search, how far it is, and what it found."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from app_pages import shell
from app_pages.access.who import Person, may, person
from app_pages.memory import scenario as scenarios
from app_pages.memory.jobs import Job
from app_pages.memory.keeping import editable, scenario_now
from app_pages.memory.plans import kept_plan, remember_plan
from app_pages.memory.runs import Run, runs, stop_run
from app_pages.memory.saving import Clash, save_over
from app_pages.memory.shelf import Entry, has_a_limit
from app_pages.scenarios.broken import tell_broken
from app_pages.searching.review import show_review
from app_pages.spaces.workspace import Place
from app_pages.text.tables import fine_share, number
from planner.district.settings import Limits
from planner.errors import ConflictError, PlannerError, StoreError
from planner.language import current_language, note, say, use_language
from planner.pipeline import PlanResult, Prepared, plan, result_of
from planner.pipeline.scenarios import scenario_with
from planner.scenarios import Scenario
from planner.scenarios.store import ScenarioStore
from planner.siting import Plan, Status
from planner.siting.telling.endings import ending_of

__all__ = ["result_of_search", "same_limits", "show_search", "status_name"]

_NONE = (Status.INFEASIBLE, Status.UNKNOWN)
_LATE_S = 3.0
"""So long after its time a search says why it has not ended."""


class Found(NamedTuple):
    """What is remembered of a search that has ended: little, since runs stay in memory."""

    plan: Plan
    limits: Limits
    inputs: str
    """Fingerprint of what it was found from."""


def show_search(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    """Show what a search would look at and the button that begins it, or how far it is."""
    scenario = scenario_now()
    if scenario is None:
        return
    found = runs().latest("search", scenario.id)
    if found is not None and found.going:
        _watch(found)
        return
    off = not has_a_limit(limits) or not editable()
    broken = tell_broken("search")
    show_review(entry, prepared, limits)
    button, option = st.columns([2, 3], vertical_alignment="center")
    robust = option.toggle(
        say("Plan for many possible demands at once (robust)"),
        value=broken is not None and broken.robust,
        key="search_robust",
        disabled=off,
    )
    button.button(
        say("Search for the best plan"),
        key="start_search",
        type="primary",
        disabled=off,
        on_click=_start,
        args=(entry, prepared, replace(limits, robust=robust), scenario.id),
        kwargs={"seen": runs().begun("search", scenario.id)},
    )
    if not has_a_limit(limits):
        st.caption(say("Set a budget, a number of new stations or a target on page 4 first."))


def _start(entry: Entry, prepared: Prepared, limits: Limits, of: str, *, seen: int) -> None:
    """Begin the search for a scenario; it goes on in the server whoever looks at it.

    Where the scenario has other settings by now than those that the page showed, or was deleted,
    nothing begins: the page says so, and shows what holds.
    """
    place = shell.the_place()
    if place is None:
        return
    try:
        store = scenarios.store()
        base = store.get(of)
        _refuse_to_begin(base, place, prepared)
    except PlannerError as refused:
        st.session_state["scenario_told"] = refused.message
        return
    language, who = current_language(), person()

    def work(run: Run, job: Job[object]) -> Found:
        use_language(language)  # a thread begins with the language that nobody chose
        result = plan(
            prepared,
            limits,
            progress=job.report,
            stop=job.should_stop,
            on_better=job.tell,
        )
        if entry.replaced:
            run.trouble = StoreError(
                note("Files were changed during the search, so its plan is not kept. Search again.")
            )
        elif result.plan.status not in _NONE:
            _keep(run, store, base, (entry, result, who))
        return Found(result.plan, result.limits, prepared.district.fingerprint)

    runs().begin("search", entry, base, work, person=who, place=place.id, about=limits, seen=seen)


def _refuse_to_begin(base: Scenario, place: Place, prepared: Prepared) -> None:
    """Refuse to search for what is locked or gone, or under settings that hold no longer."""
    scenarios.refuse_unless_writable(base)
    if base.deleted is not None:
        raise StoreError(note("The scenario that was open was deleted."))
    if scenarios.settings_of_scenario(base, place.folder) != prepared.district.settings:
        scenarios.look_again()
        raise StoreError(
            note(
                "The settings of {name} were changed in another window. No search was begun: look"
                " at what holds now, then search.",
                name=base.name,
            )
        )


def _keep(
    run: Run, store: ScenarioStore, base: Scenario, found: tuple[Entry, PlanResult, Person]
) -> None:
    """Keep a plan in its scenario; where another was kept meanwhile, the person is asked."""
    entry, result, who = found
    mine = scenario_with(base, result, author=who.label)
    try:
        remember_plan(entry, save_over(store, base, mine), result)
    except ConflictError as conflict:
        run.clash = Clash(mine, conflict.theirs)
    except PlannerError as error:
        run.trouble = error


@shell.fragment(run_every=0.7)
def _watch(run: Run) -> None:
    """Show how far the search is, and the button that ends it."""
    job = run.job
    if job.done:
        st.rerun()
    if run.person != person().id:
        st.caption(
            say(
                "{author} searches in this scenario; it can be changed when the search has ended.",
                author=shell.plain(run.author or say("another person")),
            )
        )
    st.progress(job.done_share, text=shell.plain(str(job.step or say("Searching"))))
    told, button = st.columns([4, 1], vertical_alignment="center")
    best = job.best
    if isinstance(best, Plan):
        told.markdown(
            say(
                "Best so far: {served} worker-hours a week with {sites} sites chosen;"
                " at most {gap} from the best possible. {seconds} s.",
                served=number(best.served),
                sites=len(best.options),
                gap=fine_share(best.gap),
                seconds=number(job.seconds),
            )
        )
    else:
        told.markdown(say("Searching for {seconds} s.", seconds=number(job.seconds)))
    if isinstance(run.about, Limits) and job.seconds > run.about.time_limit_s + _LATE_S:
        st.caption(
            say(
                "The time of the search is over; what it found is being put together. The first"
                " search on a machine takes longer: the program is made ready for it."
            )
        )
    button.button(
        say("Stopping ...") if job.should_stop() else say("Stop, keep the best"),
        key="stop_search",
        disabled=job.should_stop() or not may("plan"),
        width="stretch",
        on_click=stop_run,
        args=(run,),
    )


def result_of_search(entry: Entry, prepared: Prepared, limits: Limits) -> PlanResult | None:
    """Give the plan to show: the one kept, unless a search found that none keeps these limits."""
    scenario = scenario_now()
    run = None if scenario is None else runs().latest("search", scenario.id)
    if run is not None and not run.going:
        if run.trouble is not None:
            shell.show_error(run.trouble)
        try:
            found = run.job.answer()
        except PlannerError as error:
            shell.show_error(error)
        else:
            if isinstance(found, Found) and _none_keeps(found, prepared, limits):
                return entry.latest(
                    "none keeps",
                    run.began,
                    lambda: result_of(prepared, found.limits, found.plan),
                )
    return kept_plan(entry, prepared, scenario)


def _none_keeps(found: Found, prepared: Prepared, limits: Limits) -> bool:
    """Tell whether a search found that no plan keeps the limits that hold now, of these inputs."""
    return (
        found.plan.status in _NONE
        and same_limits(found.limits, limits)
        and found.inputs == prepared.district.fingerprint
    )


def same_limits(one: Limits, other: Limits) -> bool:
    """Tell whether two limits allow the same plans; how long the search may take is aside."""
    return (
        replace(
            one,
            time_limit_s=other.time_limit_s,
            work_limit=other.work_limit,
            seed=other.seed,
            gap_share=other.gap_share,
            robust=other.robust,
        )
        == other
    )


def status_name(found: Plan) -> str:
    """Tell how a search ended."""
    return str(ending_of(found.status, found.gap))
