"""Today: who finds an open door, who does not, and why."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.charts.view import show_today_charts
from app_pages.mapping.embed import show_map, standing_map
from app_pages.mapping.print_link import print_link
from app_pages.memory.keeping import editable, keep, mark_now, settings_now
from app_pages.memory.shelf import Entry, figures_of, gaps_of, ground
from app_pages.scenarios.waiting import ready
from app_pages.surveying import stations as stations_view
from app_pages.surveying.made import show_made
from app_pages.text.tables import Card, number, share, show_cards, show_outcomes
from planner.coverage import Figures, main_stations, service_areas, small_stations
from planner.district.settings import DECAYS
from planner.language import current_language, say
from planner.maps import (
    Drawn,
    PlannerMap,
    base_map,
    cells_layer,
    gaps_layer,
    service_layer,
    sites_layer,
)
from planner.pipeline import Prepared
from planner.report import gap_cells, gap_totals, room, service_area_table
from planner.report.model import Names

_MOST_CELLS = 500


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
            Card(
                title=say("Served twice"),
                value=share(figures.whole["backup_share"]),
                more=say("by two open stations at once"),
            ),
        ]
    )


def _ask_service(entry: Entry) -> None:
    """Ask whether seats count, and how coverage fades with the way; kept in the scenario."""
    settings = settings_now()
    rules = settings.service
    key = f"service_{mark_now()}_{entry.fingerprint[:12]}"
    names = {
        "none": say("ways within reach count alike"),
        "linear": say("by the way: linear"),
        "gaussian": say("by the way: Gaussian"),
        "exponential": say("by the way: exponential"),
        "stepped": say("by the way: stepped"),
    }
    decay_place, seats_place, told = st.columns([5, 3, 4], vertical_alignment="bottom")
    off = not editable()
    seats = seats_place.toggle(
        say("Count seats"), value=rules.count_seats, disabled=off, key=f"{key}_seats"
    )
    decay = decay_place.selectbox(
        say("Grade by the way"),
        DECAYS,
        index=DECAYS.index(rules.decay),
        format_func=names.__getitem__,
        disabled=off,
        key=f"{key}_decay",
    )
    if seats:
        told.caption(
            say(
                "Each worker who is out takes a seat for {stay} minutes once in {every} hours;"
                " who finds none counts as not served.",
                stay=f"{rules.stay_min:g}",
                every=f"{rules.visit_every_h:g}",
            )
        )
    if (seats, decay) != (rules.count_seats, rules.decay):
        keep(lambda now: replace(now, service=replace(now.service, count_seats=seats, decay=decay)))


def _show_coverage(entry: Entry, prepared: Prepared) -> None:
    """Show who is served: the map, then the three columns by group, time or place."""
    figures = figures_of(entry)
    key = "coverage", current_language()
    layer = entry.once(key, lambda: cells_layer(prepared.district, prepared.coverage, figures))
    _show_map(entry, prepared, layer)
    print_link("coverage")
    _ask_service(entry)
    _show_tables(prepared, figures)


def _show_tables(prepared: Prepared, figures: Figures) -> None:
    names = Names(prepared.district)
    days = {"weekday": say("weekday"), "weekend": say("weekend")}
    parts = {
        "group": (say("By group"), figures.by_group, say("Group"), names.group),
        "period": (
            say("By part of the day"),
            figures.by_period,
            say("Part of the day"),
            names.period,
        ),
        "day": (
            say("By day"),
            figures.by_day_period,
            say("Part of the day"),
            lambda each: f"{days[each[0]]} {names.period(each[1])}",
        ),
        "community": (
            say("By community"),
            figures.by_community,
            say("Community"),
            lambda area: names.community(area) or say("(no community)"),
        ),
    }
    chosen = shell.views({key: part[0] for key, part in parts.items()}, key="today_table")
    _show_key()
    _, table, title, name = parts[chosen]
    show_outcomes(
        _rows(table),
        {str(each): name(each) for each in table.index},
        title=title,
        height_px=520 if chosen == "community" else None,
        graded=prepared.district.settings.service.decay != "none",
    )
    if chosen in {"period", "day"}:
        st.caption(say("Workers: those out at the same time, on average."))


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


def _show_gaps(entry: Entry, prepared: Prepared) -> None:
    """Show which cells are too far from an open station, and where they are."""
    district, coverage = prepared.district, prepared.coverage
    with st.spinner(say("Measuring who is served how")):
        gaps = gaps_of(entry, prepared)
    key = "gaps", current_language()
    layer = entry.once(key, lambda: gaps_layer(district, coverage, gaps))
    _show_map(entry, prepared, layer)
    print_link("gaps")
    st.caption(shell.plain(str(gaps)))
    views = {
        "street": say("By street office"),
        "community": say("By community"),
        "cells": say("Places"),
        "room": say("Area of stations"),
    }
    view = shell.views(views, key="today_gaps")
    if view == "room":
        show_made(room(district, small_stations(district.stations, rules=district.settings.gaps)))
    elif view == "cells":
        show_made(gap_cells(district, coverage, gaps, most=_MOST_CELLS))
    else:
        show_made(gap_totals(district, gaps, view))


def _show_areas(entry: Entry, prepared: Prepared) -> None:
    """Show who goes to which station."""
    coverage, present, language = prepared.coverage, prepared.present, current_language()
    with st.spinner(say("Measuring who is served how")):
        areas = entry.once("service areas", lambda: service_areas(coverage, present))
    _show_map(entry, prepared, entry.once(("areas", language), lambda: _areas(prepared)))
    print_link("areas")
    st.caption(
        say("Each worker goes to the nearest station that is open to them; seats do not count.")
    )
    made = entry.once(
        ("table of areas", language),
        lambda: service_area_table(prepared.district, coverage, areas),
    )
    show_made(made, height_px=560)


def _areas(prepared: Prepared) -> Drawn:
    main = main_stations(prepared.coverage, prepared.present)
    return service_layer(prepared.district, prepared.coverage, main)


def _show_map(entry: Entry, prepared: Prepared, layer: Drawn) -> None:
    """Show the stations over one layer; the map stands while others are chosen."""
    district = prepared.district
    key = "existing stations", current_language()
    there = entry.once(key, lambda: sites_layer(district, prepared.coverage, "existing"))

    def stand() -> PlannerMap:
        made = base_map(district, ground=ground(entry, prepared))
        sites_layer(district, prepared.coverage, "candidate", show=False).add_to(made)
        return made

    made = standing_map(entry, "today", stand)
    show_map(made, key="today_map", height=540, layers=[layer.again(), there.again()])


def _page() -> None:
    entry, prepared = ready()
    shell.heading(
        say("Today's coverage: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    with st.spinner(say("Measuring who is served how")):
        figures = figures_of(entry)
    _show_figures(figures)
    shown: dict[str, Callable[[], None]] = {
        "coverage": partial(_show_coverage, entry, prepared),
        "gaps": partial(_show_gaps, entry, prepared),
        "areas": partial(_show_areas, entry, prepared),
        "stations": partial(stations_view.show, entry, prepared),
        "charts": partial(show_today_charts, entry, prepared),
    }
    names = {
        "coverage": say("Who is served"),
        "gaps": say("Maximum gap"),
        "areas": say("Service areas"),
        "stations": say("Seats, losses, distances"),
        "charts": say("Charts"),
    }
    shown[shell.views(names, key="today_view")]()
    shell.next_link("limits")


_page()
