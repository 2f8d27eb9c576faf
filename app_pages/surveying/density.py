"""Where workers are dense: the surface by group and time, and the hot spots."""

from dataclasses import dataclass, replace
from html import escape
from itertools import islice

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.mapping.embed import show_map, standing_map
from app_pages.mapping.print_link import print_link
from app_pages.memory.keeping import editable, keep, mark_now, settings_now
from app_pages.memory.shelf import Entry, ground, hot_spots_of
from app_pages.text.tables import number, share
from planner.density import HotSpots, NearHost, density_surface
from planner.district import projection_of
from planner.district.settings import DemandRules, Period
from planner.language import current_language, say
from planner.maps import (
    Drawn,
    PlannerMap,
    base_map,
    density_layer,
    sites_layer,
    spots_layer,
    workers_layer,
)
from planner.pipeline import Prepared
from planner.report.model import Names

__all__ = ["show"]

_MOST_SURFACES = 24
_MOST_SPOTS = 200
_DAYS = {"weekday": range(5), "weekend": range(5, 7)}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which surface to show."""

    group: str | None
    period: str | None
    """None: headcount, whenever they are out."""
    day: str
    along: bool


@shell.fragment
def show(entry: Entry, prepared: Prepared) -> None:
    """Show the map with the surface and the hot spots, and the hot spots beside it."""
    wanted = _ask(prepared)
    spots = hot_spots_of(entry, prepared)
    the_map, beside = st.columns([3, 2], gap="small")
    with the_map:
        _show_map(entry, prepared, wanted, spots)
    with beside:
        _show_spots(spots)
    _ask_rules(prepared.district.settings.demand)


def _ask(prepared: Prepared) -> _Wanted:
    """Ask for group, time and manner."""
    names = Names(prepared.district)
    groups = {"": say("all groups")} | {each: names.group(each) for each in prepared.demand.groups}
    periods = {"": say("headcount")}
    periods |= {each: names.period(each) for each in prepared.coverage.periods}
    days = {"weekday": say("weekday"), "weekend": say("weekend")}
    manners = {"plane": say("in the plane"), "streets": say("along streets")}
    places = st.columns([3, 3, 2, 2])
    group = places[0].selectbox(
        say("Group"), list(groups), format_func=groups.__getitem__, key="density_group"
    )
    period = places[1].selectbox(
        say("Time"), list(periods), format_func=periods.__getitem__, key="density_period"
    )
    day = places[2].selectbox(
        say("Day"),
        list(days),
        format_func=days.__getitem__,
        disabled=not period,
        key="density_day",
    )
    manner = places[3].selectbox(
        say("Spread"),
        list(manners),
        format_func=manners.__getitem__,
        disabled=prepared.streets is None,
        key="density_manner",
    )
    return _Wanted(
        group or None,
        period or None,
        str(day),
        along=manner == "streets" and prepared.streets is not None,
    )


def _show_map(entry: Entry, prepared: Prepared, wanted: _Wanted, spots: HotSpots) -> None:
    """Show the map; it stands while other surfaces are chosen."""
    district = prepared.district
    made = standing_map(entry, "demand", lambda: _standing(entry, prepared))
    key = "existing stations", current_language()
    there = entry.once(key, lambda: sites_layer(district, prepared.coverage, "existing"))
    with st.spinner(say("Computing the density")):
        surface = entry.latest(
            "density",
            (wanted, current_language()),
            lambda: _layer(prepared, wanted),
            most=_MOST_SURFACES,
        )
    layers: list[Drawn] = [
        surface.again(),
        spots_layer(spots.table),
        there.again(),
    ]
    show_map(made, key="demand_map", height=560, layers=layers)
    print_link("demand")


def _standing(entry: Entry, prepared: Prepared) -> PlannerMap:
    """Draw what stands while surfaces are chosen."""
    district = prepared.district
    made = base_map(district, ground=ground(entry, prepared))
    sites_layer(district, prepared.coverage, "candidate", show=False).add_to(made)
    workers_layer(district, prepared.demand).add_to(made)
    return made


def _layer(prepared: Prepared, wanted: _Wanted) -> Drawn:
    settings = prepared.district.settings
    period = next((each for each in settings.periods if each.id == wanted.period), None)
    surface = density_surface(
        prepared.demand,
        projection=projection_of(prepared.district),
        group=wanted.group,
        hours=None if period is None else _hours(period, wanted.day),
        bandwidth_m=settings.demand.bandwidth_m,
        streets=prepared.streets if wanted.along else None,
    )
    return density_layer(surface, name=say("Density of workers"))


def _hours(period: Period, day: str) -> list[int]:
    """Give the hours of the week of a part of the day; one over midnight ends on its own day."""
    span = (period.end_hour - period.start_hour) % 24 or 24
    return [
        24 * weekday + (period.start_hour + hour) % 24
        for weekday in _DAYS[day]
        for hour in range(span)
    ]


def _show_spots(spots: HotSpots) -> None:
    """List the hot spots, most unserved workers first, numbered as on the map."""
    if spots.table.empty:
        st.info(say("No hot spot was found. Lower the fewest workers that make one."))
        return
    shown = islice(spots.table.iterrows(), _MOST_SPOTS)
    name = escape(say("Hot spots; the arrow keys scroll the list"))
    st.html(
        f'<div class="p-spots" tabindex="0" role="group" aria-label="{name}">'
        + "".join(_spot(*row) for row in shown)
        + "</div>"
    )
    if len(spots.table) > _MOST_SPOTS:
        st.caption(
            say(
                "The first {shown} of {rows} rows.",
                shown=_MOST_SPOTS,
                rows=number(len(spots.table)),
            )
        )


def _spot(place: object, row: pd.Series) -> str:
    """Tell one hot spot in two to four lines."""
    lines = [
        say(
            "{workers} workers, {share} not served today",
            workers=number(row["workers"]),
            share=share(row["unserved_share"]),
        ),
        say(
            "{number} candidates, within reach of {share} of the workers",
            number=number(row["candidates"]),
            share=share(row["candidate_share"]),
        ),
    ]
    told = "".join(f"<div>{escape(line)}</div>" for line in lines)
    if row["look_for_host"]:
        told += f'<div class="p-look">{escape(say("look for a host here"))}</div>'
        names = say(", ").join(_host(host) for host in row["nearest_hosts"])
        if names:
            told += f'<div class="p-dim">{escape(say("nearest: {hosts}", hosts=names))}</div>'
    return f'<div class="p-spot"><b>{place}</b> <b>{escape(str(row["name"]))}</b>{told}</div>'


def _host(host: NearHost) -> str:
    return say("{name} ({metres} m)", name=host.name, metres=number(host.straight_m))


def _ask_rules(known: DemandRules) -> None:
    """Ask by which rules the surface and the hot spots are made; kept in the scenario."""
    with st.expander(say("Rules of density and hot spots")):
        rules = settings_now().demand
        if rules != known:
            st.rerun()  # another window changed them: what is shown here is of the rules before
        columns = st.columns(3)
        asked = {
            "bandwidth_m": (say("A worker is spread over (m)"), 50.0),
            "hot_spot_workers": (say("Fewest workers of a hot spot"), 10.0),
            "hot_spot_m": (say("Farthest neighbours in a hot spot (m)"), 50.0),
        }
        values = {
            name: columns[at].number_input(
                title,
                value=float(getattr(rules, name)),
                step=step,
                format="%.0f",
                disabled=not editable(),
                # What is kept belongs to the key: what another window set is never undone.
                key=f"density_rules_{mark_now()}_{name}_{getattr(rules, name)}",
            )
            for at, (name, (title, step)) in enumerate(asked.items())
        }
        if DemandRules(model=rules.model, **values) != rules:
            keep(lambda now: replace(now, demand=DemandRules(model=now.demand.model, **values)))
