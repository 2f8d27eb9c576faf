"""The list of runs beside every page: what goes on, for which scenario, and how it ended."""

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory.keeping import mark_now
from app_pages.memory.runs import Run, runs, stop_run
from app_pages.memory.scenario import open_scenario
from app_pages.scenarios.broken import broken_now, list_broken
from app_pages.scenarios.kinds import kind_name
from app_pages.text.tables import fine_share, number
from planner.language import say
from planner.siting import Plan

__all__ = ["show"]

_MOST = 6


def show() -> None:
    """Show a person's own runs, and those of others for the open scenario."""
    found, broken = runs().shown_to(person().id, mark_now())[:_MOST], broken_now()[:_MOST]
    if not found and not broken:
        return
    going = sum(run.going for run in found)
    _tell_ended(found)
    with st.expander(
        _title(going, len(broken)),
        key="runs_list",
        icon=":material/pending_actions:",
        expanded=bool(broken),
    ):
        list_broken(broken)
        if going:
            _watch(going)
        else:
            _list()


def _title(going: int, broken: int) -> str:
    if broken:
        return say("Runs ({count} broken off)", count=broken)
    return say("Runs ({count} at work)", count=going) if going else say("Runs")


def _tell_ended(found: tuple[Run, ...]) -> None:
    """Say once that a run has ended, wherever its person is by now."""
    own = person().id
    for run in found:
        if run.person == own and not run.going and not run.seen:
            run.seen = True
            st.toast(f"{kind_name(run.kind)} · {shell.plain(str(run.name))}: {_state(run)}")


@shell.fragment(run_every=2.0)
def _watch(going: int) -> None:
    """Show the list anew while something goes on; when one has ended, the page runs again."""
    found = runs().shown_to(person().id, mark_now())[:_MOST]
    if sum(run.going for run in found) != going:
        st.rerun()
    _list()


def _list() -> None:
    for run in runs().shown_to(person().id, mark_now())[:_MOST]:
        _row(run)


def _row(run: Run) -> None:
    own = run.person == person().id
    who = "" if own else say(" · {author}", author=run.author or say("another person"))
    st.markdown(f"**{kind_name(run.kind)}** · {shell.plain(str(run.name) + who)}")
    if run.going:
        st.progress(run.job.done_share, text=shell.plain(_state(run)))
        if (own and may("plan")) or may("admin"):
            st.button(
                say("Stopping ...") if run.job.should_stop() else say("Stop, keep the best"),
                key=f"run_stop_{run.id}",
                disabled=run.job.should_stop(),
                width="stretch",
                on_click=stop_run,
                args=(run,),
            )
    else:
        st.caption(shell.plain(_state(run)))
    here = st.session_state.get("place") == run.place
    if here and run.scenario != mark_now():
        st.button(
            say("Open this scenario"),
            key=f"run_open_{run.id}",
            width="stretch",
            on_click=open_scenario,
            args=(run.scenario,),
        )


def _state(run: Run) -> str:
    """Tell how far a run is, or how it ended."""
    seconds = number(run.job.lasted_s)
    if run.going:
        step = str(run.job.step or say("Computing"))
        best = run.job.best
        if isinstance(best, Plan):
            return say(
                "{step}; {seconds} s; at most {gap} from the best",
                step=step,
                seconds=seconds,
                gap=fine_share(best.gap),
            )
        return say("{step}; {seconds} s", step=step, seconds=seconds)
    if run.clash is not None:
        return say("ended; it waits for your decision")
    if run.job.failed or run.trouble is not None:
        return say("ended with an error")
    return say("ended after {seconds} s", seconds=seconds)
