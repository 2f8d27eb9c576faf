"""Long work beside the search, such as a curve: begun by a button, shown while it goes on."""

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory.jobs import Job
from app_pages.memory.keeping import mark_now, scenario_now
from app_pages.memory.runs import Run, runs, stop_run
from app_pages.memory.shelf import Entry
from planner.errors import PlannerError
from planner.language import current_language, say, use_language

__all__ = ["answer_of", "run_beside"]

_Answer = TypeVar("_Answer")


def run_beside(
    entry: Entry, name: str, about: object, work: Callable[[Job[_Answer]], _Answer], *, label: str
) -> _Answer | None:
    """Give the answer of long work; until it is there, the button that begins it or how far it is.

    Parameters
    ----------
    entry
        The district, under the settings of the open scenario.
    name
        Of the work.
    about
        What it depends on: an answer about something else is not shown.
    work
        Given the job, to report and to ask whether to stop.
    label
        Of the button.
    """
    place, scenario = shell.the_place(), scenario_now()
    if place is None or scenario is None:
        return None
    found = runs().latest(name, scenario.id, about)
    if found is not None:
        job = cast("Job[_Answer]", found.job)
        if not job.done:
            _watch(found, name)
            return None
        try:
            return job.answer()
        except PlannerError as error:
            shell.show_error(error)
    language, who = current_language(), person()

    def in_language(_run: Run, job: Job[object]) -> object:
        use_language(language)  # a thread begins with the language that nobody chose
        return work(cast("Job[_Answer]", job))

    off = not may("plan") or runs().searching(scenario.id)
    if st.button(label, key=f"begin_{name}", disabled=off) and may("plan"):
        runs().begin(name, entry, scenario, in_language, person=who, place=place.id, about=about)
        st.rerun()
    return None


def answer_of(name: str, about: object) -> object | None:
    """Give the answer of long work for the open scenario if it is there, else nothing."""
    found = runs().latest(name, mark_now(), about)
    if found is None or found.going or found.job.failed:
        return None
    return found.job.answer()


@shell.fragment(run_every=0.7)
def _watch(run: Run, name: str) -> None:
    """Show how far the work is, and the button that ends it with what there is."""
    job = run.job
    if job.done:
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center")
    bar.progress(job.done_share, text=shell.plain(str(job.step or say("Computing"))))
    button.button(
        say("Stopping ...") if job.should_stop() else say("Stop, keep what there is"),
        key=f"stop_{name}",
        disabled=job.should_stop() or not may("plan"),
        width="stretch",
        on_click=stop_run,
        args=(run,),
    )
