"""Compare: scenarios side by side, in figures, measures, maps and charts."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from app_pages import shell
from app_pages.charts.plots import show_charts
from app_pages.comparing.curves import show_curves
from app_pages.comparing.maps import show_maps
from app_pages.comparing.sides import chosen_scenarios, comparison_today
from app_pages.comparing.table import show_changes, show_rows, show_sentences
from app_pages.memory import scenario as scenarios
from app_pages.scenarios.waiting import ready
from app_pages.spaces.workspace import Place
from planner.language import say
from planner.scenarios import Summary
from planner.scenarios.compare import Comparison

_HERE = Path(__file__).parent


def _way_out(place: Place, chosen: Sequence[Summary]) -> bool:
    """Where there is nothing to compare, say how there will be; tell whether that is so."""
    plans = [each for each in scenarios.listed(place) if not each.baseline and each.figures]
    if not plans:
        st.info(
            say(
                "Only the state of today is there yet. Search for a plan on the page Siting; it"
                " then stands here beside the state of today."
            ),
            icon=":material/info:",
        )
        st.page_link(
            "app_pages/siting.py", label=say("To the page Siting"), icon=":material/arrow_forward:"
        )
        return True
    if len(chosen) < 2:  # noqa: PLR2004 - one alone is beside nothing
        st.info(say("Choose at least two scenarios above."), icon=":material/info:")
        return True
    return False


def _mend(comparison: Comparison) -> None:
    """Offer to open a scenario that cannot be judged, where it can be searched again."""
    broken = [side for side in comparison.sides if not side.judged and not side.baseline]
    for side in broken:
        told = say("Open “{name}” and search", name=shell.plain(side.name))
        if st.button(told, key=f"compare_open_{side.id}", icon=":material/arrow_forward:"):
            scenarios.open_scenario(side.id)
            st.switch_page("app_pages/siting.py")


def _page() -> None:
    _, prepared = ready()
    place = shell.the_place()
    if place is None:
        return
    settings = prepared.district.settings
    shell.heading(say("Comparison: {district}", district=settings.name), settings.data_note)
    st.html(_HERE / "charts" / "compare.css")
    with shell.told():
        chosen = chosen_scenarios(place)
        if _way_out(place, chosen):
            return
        comparison = comparison_today(place, chosen)
    show_sentences(comparison)
    _mend(comparison)
    shown: dict[str, Callable[[], None]] = {
        "table": partial(show_rows, comparison),
        "measures": partial(show_changes, comparison),
        "maps": partial(show_maps, place, chosen),
        "charts": partial(show_charts, comparison),
        "curves": partial(show_curves, place, chosen, comparison),
    }
    names = {
        "table": say("Figures"),
        "measures": say("Measures that differ"),
        "maps": say("Maps"),
        "charts": say("Charts"),
        "curves": say("Coverage and money"),
    }
    shown[shell.views(names, key="compare_view")]()
    shell.next_link("report")


_page()
