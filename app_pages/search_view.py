"""The button that begins a search, how far it is, and what it found."""

from dataclasses import replace

import streamlit as st

from app_pages import shell
from app_pages.jobs import Job
from app_pages.papers import write_papers
from app_pages.shelf import Entry, kept_plan
from app_pages.tables import fine_share, number
from planner.district.limits import require_a_limit
from planner.district.settings import Limits
from planner.errors import PlannerError, SettingsError
from planner.language import current_language, say, use_language
from planner.pipeline import PlanResult, Prepared, plan
from planner.siting import Plan, Status

__all__ = ["result_of_search", "same_limits", "show_search", "status_name"]

_NONE = (Status.INFEASIBLE, Status.UNKNOWN)


def show_search(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    """Show the button that begins, or how far the search is."""
    if entry.running:
        _watch(entry)
        return
    try:
        require_a_limit(limits)
    except SettingsError:
        free = True
    else:
        free = False
    button, option = st.columns([2, 3], vertical_alignment="center")
    robust = option.toggle(
        say("Plan for many possible demands at once (robust)"), key="search_robust", disabled=free
    )
    label = say("Search for the best plan")
    if button.button(label, key="start_search", type="primary", disabled=free):
        _start(entry, prepared, limits, robust=robust)
        st.rerun()
    if free:
        st.caption(say("Set a budget, a number of new stations or a target on page 4 first."))


def _start(entry: Entry, prepared: Prepared, limits: Limits, *, robust: bool) -> None:
    """Begin the search; it goes on while other pages are looked at."""
    language = current_language()

    def work(job: Job[PlanResult]) -> PlanResult:
        result = plan(
            prepared,
            replace(limits, robust=robust),
            progress=job.report,
            stop=job.should_stop,
            on_better=job.tell,
        )
        use_language(language)  # a thread begins with the language that nobody chose
        if result.plan.status not in _NONE:
            write_papers(result, entry, progress=job.report)
        return result

    entry.planning = Job(work)


@shell.fragment(run_every=0.7)
def _watch(entry: Entry) -> None:
    """Show how far the search is, and the button that ends it."""
    job = entry.planning
    if job is None or job.done:
        st.rerun()
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
    button.button(
        say("Stopping ...") if job.should_stop() else say("Stop, keep the best"),
        key="stop_search",
        disabled=job.should_stop(),
        width="stretch",
        on_click=job.stop,
    )


def result_of_search(entry: Entry, limits: Limits) -> PlanResult | None:
    """Give the plan to show: the one kept, unless a search found that none keeps these limits."""
    job = entry.planning
    if job is not None and job.done:
        try:
            found = job.answer()
        except PlannerError as error:
            shell.show_error(error)
        else:
            if found.plan.status in _NONE and same_limits(found.limits, limits):
                return found
    return kept_plan(entry)


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
    if found.status is Status.OPTIMAL:
        return say("proven best") if found.gap == 0 else say("proven as near as asked for")
    return {
        Status.FEASIBLE: say("time is up"),
        Status.STOPPED: say("stopped by hand"),
        Status.EDITED: say("changed by hand"),
        Status.INFEASIBLE: say("no plan keeps the limits"),
        Status.UNKNOWN: say("no plan was found in time"),
    }[found.status]
