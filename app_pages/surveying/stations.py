"""How full stations are, what is lost if one shuts, and how far the next ones are."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.memory.keeping import editable, keep, mark_now, settings_now
from app_pages.memory.shelf import Entry
from app_pages.surveying.made import show_made
from app_pages.text.tables import Column, decimal, number, show_table, text
from planner.coverage import nearest_stations, seat_use, station_losses
from planner.language import say
from planner.pipeline import Prepared
from planner.report import nearest, shut_for_a_day
from planner.report.model import Names

__all__ = ["show"]

_MOST_ROWS = 1000


def show(entry: Entry, prepared: Prepared) -> None:
    """Show one of three tables; only that one is computed."""
    shown: dict[str, Callable[[], None]] = {
        "seats": partial(_show_seats, entry, prepared),
        "losses": partial(_show_losses, entry, prepared),
        "nearest": partial(_show_nearest, entry, prepared),
    }
    names = {
        "seats": say("Who is turned away"),
        "losses": say("If a station shuts for a day"),
        "nearest": say("The nearest stations"),
    }
    shown[shell.views(names, key="today_stations")]()


def _show_seats(entry: Entry, prepared: Prepared) -> None:
    """Show how many turn to each station, and how many it turns away."""
    rules = prepared.district.settings.service
    period = _ask_seats(entry, prepared)
    with st.spinner(say("Measuring who is served how")):
        use = entry.once(
            "seats", lambda: seat_use(prepared.coverage, prepared.present, service=rules)
        )
    names = Names(prepared.district)
    groups = _part(use, "station", period)
    titles = {group: names.group(group) if group else say("all groups") for group in groups.index}
    _show_use(groups, titles, say("Group"), seats=False)
    stations = _part(use, "group", period).drop("", errors="ignore")
    stations = stations.sort_values("turned_away_hours_week", ascending=False, kind="stable")
    sites = prepared.options.table.join(prepared.options.sites["name"], on="site")["name"]
    known = {str(each): f"{text(sites.get(each, ''))} ({each})" for each in stations.index}
    _show_use(stations, known, say("Station"), seats=True)
    st.caption(
        say(
            "Workers out at the same time, on average while the station is open. Who is turned away"
            " goes on to the next station, if there is one. A station whose seats are not known"
            " turns nobody away."
        )
    )


def _part(use: pd.DataFrame, over: str, period: str) -> pd.DataFrame:
    """Give the rows of a period that are sums over all stations, or all groups."""
    rows = use[
        (use.index.get_level_values(over) == "") & (use.index.get_level_values("period") == period)
    ]
    return rows.droplevel([over, "period"])


def _show_use(use: pd.DataFrame, names: dict[str, str], title: str, *, seats: bool) -> None:
    columns = [
        Column(key="name", title=title, show=text, wide=True),
        Column(key="wanted", title=say("Turn to it"), show=decimal, right=True),
        Column(key="served", title=say("Find a seat"), show=decimal, right=True),
        Column(key="turned_away", title=say("Turned away"), show=decimal, right=True),
        Column(
            key="turned_away_hours_week",
            title=say("Turned away (worker-hours a week)"),
            show=number,
            right=True,
        ),
    ]
    if seats:
        columns[1:1] = [
            Column(key="seats", title=say("Seats"), show=number, right=True),
            Column(key="room", title=say("Workers it can serve"), show=number, right=True),
            Column(key="open_hours_week", title=say("Hours open a week"), show=decimal, right=True),
        ]
    rows = {str(name): use[name].tolist() for name in use}
    rows["name"] = [names[str(each)] for each in use.index]
    show_table(rows, columns, height_px=420, most=_MOST_ROWS)


def _ask_seats(entry: Entry, prepared: Prepared) -> str:
    """Ask for a period, and how long workers stay and how often they come (of the scenario)."""
    names = Names(prepared.district)
    settings = settings_now()
    rules = settings.service
    key = f"seats_{mark_now()}_{entry.fingerprint[:12]}"
    periods = {"": say("the whole week")}
    periods |= {each: names.period(each) for each in prepared.coverage.periods}
    period_place, stay_place, every_place = st.columns([3, 2, 2])
    period = period_place.selectbox(
        say("Time"),
        list(periods),
        format_func=periods.__getitem__,
        key="seats_period",
    )
    stay = stay_place.number_input(
        say("Minutes that a worker uses a seat"),
        value=rules.stay_min,
        step=5.0,
        format="%.0f",
        disabled=not editable(),
        key=f"{key}_stay",
    )
    every = every_place.number_input(
        say("Hours between two visits"),
        value=rules.visit_every_h,
        step=0.5,
        format="%.1f",
        disabled=not editable(),
        key=f"{key}_every",
    )
    typed = replace(rules, stay_min=stay, visit_every_h=every)
    if typed != rules:
        asked = partial(replace, stay_min=stay, visit_every_h=every, assumed=False)
        keep(lambda now: replace(now, service=asked(now.service)))
    return period


def _show_losses(entry: Entry, prepared: Prepared) -> None:
    coverage, present = prepared.coverage, prepared.present
    with st.spinner(say("Measuring who is served how")):
        losses = entry.once("losses", lambda: station_losses(coverage, present))
    st.caption(say("Lost: worker-hours that no other station serves at that time."))
    made = shut_for_a_day(prepared.district, coverage, losses)
    show_made(made, height_px=560, with_title=False)


def _show_nearest(entry: Entry, prepared: Prepared) -> None:
    coverage, present = prepared.coverage, prepared.present
    with st.spinner(say("Measuring who is served how")):
        ways = entry.once(
            "ways to the nearest",
            lambda: [nearest_stations(coverage, present, n=n) for n in (1, 2, 3)],
        )
    names = {"1": say("nearest"), "2": say("second nearest"), "3": say("third nearest")}
    which = shell.views(names, key="today_nearest")
    table = nearest(prepared.district, ways)
    rows = tuple(row for row in table.rows if row[2] == int(which))
    show_made(replace(table, rows=rows), height_px=560, with_title=False)
