"""Today: who finds an open door, who does not, and why."""

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.embed import show_map
from app_pages.shelf import figures_of
from app_pages.tables import Card, number, share, show_cards, show_outcomes
from app_pages.waiting import ready
from planner.coverage import Figures
from planner.language import current_language, say
from planner.maps import coverage_map
from planner.pipeline import Prepared


def _show_figures(figures: Figures) -> None:
    show_cards(
        [
            Card(title=say("Outdoor workers"), value=number(figures.workers)),
            Card(title=say("Worker-hours a week"), value=number(figures.worker_hours_week)),
            Card(
                title=say("Existing stations"),
                value=number(figures.stations),
                more=say("{number} with assumed values", number=number(figures.stations_assumed)),
            ),
            Card(
                title=say("Nominal coverage"),
                value=share(figures.nominal_share),
                more=say("a station is within reach"),
            ),
            Card(
                title=say("Effective coverage"),
                value=share(figures.effective_share),
                more=say("it is open to them then"),
                strong=True,
            ),
        ]
    )


def _show_tables(prepared: Prepared, figures: Figures) -> None:
    chinese = current_language() == "zh"
    settings, communities = prepared.district.settings, prepared.district.communities
    groups = {group.id: group.name if chinese else group.name_en for group in settings.groups}
    periods = {
        part.id: (part.name if chinese else part.name_en)
        + f" {part.start_hour:02d}–{part.end_hour:02d}"
        for part in settings.periods
    }
    areas = {str(area): str(name) for area, name in communities["name"].items()}
    views = {
        "group": say("By group"),
        "period": say("By part of the day"),
        "community": say("By community"),
    }
    view = shell.views(views, key="today_view")
    _show_key()
    if view == "group":
        show_outcomes(_rows(figures.by_group), groups, title=say("Group"))
    elif view == "period":
        show_outcomes(_rows(figures.by_period), periods, title=say("Part of the day"))
        st.caption(say("Workers: those out at the same time, on average."))
    else:
        names = {"": say("(no community)"), **areas}
        show_outcomes(_rows(figures.by_community), names, title=say("Community"), height_px=520)


def _rows(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {
        str(key): {str(name): float(value) for name, value in row.items()}
        for key, row in table.iterrows()
    }


def _show_key() -> None:
    st.html(
        '<div class="p-key">'
        f'<span><i class="p-served"></i>{say("served")}</span>'
        f'<span><i class="p-unserved"></i>{say("within reach, not served")}</span>'
        f'<span><i class="p-out"></i>{say("out of reach")}</span></div>'
    )


def _page() -> None:
    entry, prepared = ready()
    figures = figures_of(entry)
    shell.heading(
        say("Today's coverage: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    _show_figures(figures)
    made = coverage_map(
        prepared.district,
        prepared.coverage,
        figures,
        streets=prepared.streets,
        with_title=False,
    )
    show_map(made, key="today_map", height=540)
    _show_tables(prepared, figures)
    st.page_link("app_pages/siting.py", label=say("Next: Siting"), icon=":material/arrow_forward:")


_page()
