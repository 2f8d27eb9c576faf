"""Long work beside the search, such as a curve: begun by a button, shown while it goes on."""

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from app_pages import shell
from app_pages.jobs import Job
from app_pages.shelf import Entry
from planner.errors import PlannerError
from planner.language import say

__all__ = ["answer_of", "run_beside"]

_Answer = TypeVar("_Answer")


def run_beside(
    entry: Entry, name: str, about: object, work: Callable[[Job[_Answer]], _Answer], *, label: str
) -> _Answer | None:
    """Give the answer of long work; until it is there, the button that begins it or how far it is.

    Parameters
    ----------
    entry
        The district.
    name
        Of the work; there is one of each name at a time.
    about
        What it depends on: an answer about something else is not shown.
    work
        Given the job, to report and to ask whether to stop.
    label
        Of the button.
    """
    found = entry.beside.get(name)
    if found is not None and found[0] == about:
        job = cast("Job[_Answer]", found[1])
        if not job.done:
            _watch(job, name)
            return None
        try:
            return job.answer()
        except PlannerError as error:
            shell.show_error(error)
    if st.button(label, key=f"begin_{name}", disabled=entry.running):
        if found is not None:
            found[1].stop()
        entry.beside[name] = (about, cast("Job[object]", Job(work)))
        st.rerun()
    return None


def answer_of(entry: Entry, name: str, about: object) -> object | None:
    """Give the answer of long work if it is there, else nothing."""
    found = entry.beside.get(name)
    if found is None or found[0] != about or not found[1].done or found[1].failed:
        return None
    return found[1].answer()


@shell.fragment(run_every=0.7)
def _watch(job: Job[_Answer], name: str) -> None:
    """Show how far the work is, and the button that ends it with what there is."""
    if job.done:
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center")
    bar.progress(job.done_share, text=shell.plain(str(job.step or say("Computing"))))
    button.button(
        say("Stopping ...") if job.should_stop() else say("Stop, keep what there is"),
        key=f"stop_{name}",
        disabled=job.should_stop(),
        width="stretch",
        on_click=job.stop,
    )
