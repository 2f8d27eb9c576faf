"""The print view: one map on a sheet, A4 or A3, with title, legend, scale, date and notes."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from app_pages import shell
from app_pages.editing.edit_map import whole_map
from app_pages.editing.view import scene_of
from app_pages.mapping.base_maps import ask_bases
from app_pages.mapping.print_link import MAP_IN_ADDRESS
from app_pages.mapping.sheets import PAPERS, serve_sheet
from app_pages.memory.keeping import scenario_now
from app_pages.memory.plans import kept_plan
from app_pages.memory.shelf import Entry, figures_of, gaps_of, ground, hot_spots_of
from app_pages.scenarios.waiting import ready
from planner.coverage import main_stations
from planner.density import density_surface
from planner.district import projection_of
from planner.language import current_language, say
from planner.maps import (
    Drawn,
    PlannerMap,
    base_map,
    cells_layer,
    density_layer,
    gaps_layer,
    service_layer,
    sites_layer,
    spots_layer,
)
from planner.pipeline import Prepared
from planner.siting import Status

_KEY = "print_map"
_HEIGHT_PX = 780
_NONE = (Status.INFEASIBLE, Status.UNKNOWN)


def _names() -> Mapping[str, str]:
    """Name the maps that there are."""
    names = {
        "coverage": say("Coverage of workers today"),
        "gaps": say("Maximum gap between open stations"),
        "areas": say("Service areas of stations"),
        "demand": say("Where the workers are"),
        "sites": say("Stations and candidate venues"),
    }
    if scenario_now() is not None:
        names = {"plan": say("Plan with measures and coverage"), **names}
    return names


def _layers(entry: Entry, prepared: Prepared, name: str) -> Sequence[Drawn]:
    """Give what a map shows besides the stations."""
    language = current_language()
    makers = {
        "coverage": partial(_coverage, entry, prepared),
        "gaps": partial(_gaps, entry, prepared),
        "areas": partial(_areas, prepared),
        "demand": partial(_density, prepared),
    }
    if name not in makers:
        return []
    layer = entry.once((name, language), makers[name]).again()
    if name == "demand":
        return [layer, spots_layer(hot_spots_of(entry, prepared).table)]
    return [layer]


def _coverage(entry: Entry, prepared: Prepared) -> Drawn:
    return cells_layer(prepared.district, prepared.coverage, figures_of(entry))


def _gaps(entry: Entry, prepared: Prepared) -> Drawn:
    return gaps_layer(prepared.district, prepared.coverage, gaps_of(entry, prepared))


def _areas(prepared: Prepared) -> Drawn:
    main = main_stations(prepared.coverage, prepared.present)
    return service_layer(prepared.district, prepared.coverage, main)


def _density(prepared: Prepared) -> Drawn:
    surface = density_surface(
        prepared.demand,
        projection=projection_of(prepared.district),
        bandwidth_m=prepared.district.settings.demand.bandwidth_m,
    )
    return density_layer(surface, name=say("Density of workers"))


def _plan_map(entry: Entry, prepared: Prepared, subtitle: str) -> PlannerMap:
    """Draw what stands on the open scenario for this person, edits by hand too."""
    scenario = scenario_now()
    found = kept_plan(entry, prepared, scenario)
    result = None if found is None or found.plan.status in _NONE else found
    named = f"{scenario.name} · {subtitle}" if scenario else subtitle
    return whole_map(scene_of(entry, prepared, result), subtitle=named)


def _map(entry: Entry, prepared: Prepared, name: str, subtitle: str) -> PlannerMap:
    if name == "plan":
        return _plan_map(entry, prepared, subtitle)
    district, coverage = prepared.district, prepared.coverage
    made = base_map(district, ground=ground(entry, prepared), with_title=True, subtitle=subtitle)
    for layer in _layers(entry, prepared, name):
        layer.add_to(made)
    sites_layer(district, coverage, "candidate", show=name == "sites").add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    return made


def _page() -> None:
    entry, prepared = ready()
    shell.heading(say("Print view"), prepared.district.settings.name)
    names = _names()
    asked = st.query_params.get(MAP_IN_ADDRESS)
    if _KEY not in st.session_state and asked in names:
        st.session_state[_KEY] = asked
    which, paper, link = st.columns([4, 2, 3], vertical_alignment="bottom")
    name = which.selectbox(
        say("Map to print"), list(names), format_func=names.__getitem__, key=_KEY
    )
    size = paper.segmented_control(
        say("Paper"), PAPERS, default=PAPERS[0], required=True, key="print_paper"
    )
    st.query_params[MAP_IN_ADDRESS] = name
    with shell.told(), st.spinner(say("Drawing the map")):
        made = _map(entry, prepared, name, names[name])
        address = serve_sheet(made, title=f"{prepared.district.settings.name} {names[name]}")
    link.link_button(
        say("Open the sheet to print it"),
        f"{address}#{size}",
        icon=":material/print:",
        type="primary",
        width="stretch",
    )
    st.caption(
        say(
            "The sheet opens in a window of its own. Move and zoom the map there, choose a base"
            " map, then print it: landscape, in the size chosen."
        )
    )
    st.iframe(f"{address}#{size}", height=_HEIGHT_PX)
    ask_bases()


_page()
