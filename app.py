"""The list of pages."""

import streamlit as st

from app_pages import shell
from planner.language import say

shell.begin()
_done = shell.steps_done()
_page = st.navigation(
    [
        st.Page(
            "app_pages/data.py",
            title=say("1 Data"),
            icon=shell.icon(done=_done >= 1),
            url_path="data",
            default=True,
        ),
        st.Page(
            "app_pages/today.py",
            title=say("2 Today"),
            icon=shell.icon(done=_done >= 2),  # noqa: PLR2004 - the second step
            url_path="today",
        ),
        st.Page(
            "app_pages/siting.py",
            title=say("3 Siting"),
            icon=shell.icon(done=_done >= 3),  # noqa: PLR2004 - the third step
            url_path="siting",
        ),
        st.Page(
            "app_pages/report.py",
            title=say("4 Report"),
            icon=shell.icon(done=_done >= 4),  # noqa: PLR2004 - the fourth step
            url_path="report",
        ),
    ]
)
shell.sidebar()
_page.run()
if shell.steps_done() != _done:
    st.rerun()  # the list of pages stands above what the page has just computed
