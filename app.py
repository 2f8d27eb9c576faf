"""The list of pages."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app_pages import frame, shell
from planner.language import say

frame.begin()


def _pages(done: set[int]) -> StreamlitPage:
    """List the pages, each with a tick if its step is among those done; give the one asked for."""
    titles = {
        "data": say("1 Data"),
        "demand": say("2 Demand"),
        "today": say("3 Today"),
        "limits": say("4 Limits"),
        "siting": say("5 Siting"),
        "compare": say("6 Compare"),
        "report": say("7 Report"),
    }
    pages = [
        st.Page(
            f"app_pages/{name}.py",
            title=title,
            icon=shell.icon(done=step in done),
            url_path=name,
            default=step == 1,
        )
        for step, (name, title) in enumerate(titles.items(), start=1)
    ]
    pages.append(
        st.Page(
            "app_pages/print_view.py",
            title=say("Print view"),
            url_path="print",
            visibility="hidden",
        )
    )
    return st.navigation(pages)


_done = frame.steps_done()
_page = _pages(_done)
_panel, _below = frame.sidebar()
_shown = frame.show_scenarios(_panel)
_listed = frame.show_runs(_below)
frame.tell_kept()
frame.tell_lost_link()
frame.show_clash()
_page.run()
if not _shown:
    frame.show_scenarios(_panel)  # the district was read for the first time
if not _listed:
    frame.show_runs(_below)  # as above: what a server before this one broke off is told at once
_now_done = frame.steps_done()
if _now_done != _done:
    _pages(_now_done)  # the list stands above what the page has just computed: draw it anew
