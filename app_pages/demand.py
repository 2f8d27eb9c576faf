"""Demand: where the workers are, when, who says so, and how sure that is."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from app_pages import shell
from app_pages.memory.keeping import editable, keep, mark_now
from app_pages.memory.shelf import Entry, hot_spots_of
from app_pages.scenarios.waiting import ready
from app_pages.surveying import density as density_view
from app_pages.surveying import groups as groups_view
from app_pages.surveying.made import show_made
from app_pages.text.tables import Card, number, show_cards
from planner.language import say
from planner.pipeline import Prepared
from planner.report import fits_table, sources_table, totals_table
from planner.report.model import Names


def _ask_season(prepared: Prepared) -> None:
    """Let the season be chosen that everything is computed for."""
    settings, names = prepared.district.settings, Names(prepared.district)
    if not settings.seasons:
        return
    known = {"": say("all year round")}
    known |= {season.id: names.season(season.id) for season in settings.seasons}
    chosen = st.selectbox(
        say("Season"),
        list(known),
        index=list(known).index(settings.season or ""),
        format_func=known.__getitem__,
        disabled=not editable(),
        key=f"season_{mark_now()}_{settings.season}",
    )
    if chosen != (settings.season or ""):
        keep(lambda now: replace(now, season=chosen or None))


def _show_cards(entry: Entry, prepared: Prepared) -> None:
    demand = prepared.demand
    with st.spinner(say("Looking for hot spots")):
        found = hot_spots_of(entry, prepared)
    spots = found.table
    unserved = spots["unserved_workers"].sum()
    show_cards(
        [
            Card(
                title=say("Outdoor workers"),
                value=number(demand.workers.sum()),
                more=say("in {cells} places", cells=number(len(demand.cells))),
                strong=True,
            ),
            Card(title=say("Worker-hours a week"), value=number(demand.worker_hours_week)),
            Card(
                title=say("Sources"),
                value=number(len(prepared.district.settings.workers)),
                more=say("for {groups} groups", groups=number(demand.sources["group"].nunique())),
            ),
            Card(
                title=say("Hot spots"),
                value=number(len(spots)),
                more=say("{workers} workers there are not served today", workers=number(unserved)),
                strong=True,
            ),
            Card(
                title=say("Hot spots without a host"),
                value=number(len(found.without_host)),
                more=say("look for a host there"),
            ),
        ]
    )


def _show_sources(prepared: Prepared) -> None:
    """Show what each source gave, the totals of each group, and fitted models."""
    district, demand = prepared.district, prepared.demand
    show_made(totals_table(district, demand))
    st.caption(
        say(
            "A stated headcount is kept; without one, what the sources count is."
            " Other sources only say where and when."
        )
    )
    show_made(sources_table(district, demand))
    if len(demand.fits):
        show_made(fits_table(district, demand))


def _page() -> None:
    entry, prepared = ready()
    title, season = st.columns([3, 1], vertical_alignment="bottom")
    with title:
        shell.heading(
            say("Demand: {district}", district=prepared.district.settings.name),
            prepared.district.settings.data_note,
        )
    with season:
        _ask_season(prepared)
    groups_view.tell_assumed(prepared)
    _show_cards(entry, prepared)
    shown: dict[str, Callable[[], None]] = {
        "map": partial(density_view.show, entry, prepared),
        "sources": partial(_show_sources, prepared),
        "groups": partial(groups_view.show, prepared),
    }
    names = {
        "map": say("Density and hot spots"),
        "sources": say("Sources and totals"),
        "groups": say("Groups and hours"),
    }
    shown[shell.views(names, key="demand_view")]()
    shell.next_link("today")


_page()
