"""Two scenarios -> maps that move together, or one map of what differs."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app_pages import shell
from app_pages.comparing.sides import stand
from app_pages.mapping.base_maps import bases_offered, offer_bases
from app_pages.mapping.embed import page_link, serve_page
from app_pages.memory.scenario import told_apart
from app_pages.memory.shelf import Entry, ground
from app_pages.spaces.workspace import Place
from app_pages.text.tables import Card, number, show_cards
from planner.language import current_language, say
from planner.maps import Drawn, Pane, difference_layer, make_pane, pair_page
from planner.pipeline.comparing import Standing, difference_between, pane_layers
from planner.scenarios import Summary

__all__ = ["show_maps"]

_HEIGHT_PX = 620
_MOST = 8
_Drawable = tuple[Summary, Entry, Standing]


def show_maps(place: Place, chosen: Sequence[Summary]) -> None:
    """Show the first scenario and another one on maps."""
    first, others = chosen[0], chosen[1:]
    names = told_apart({each.id: each.name for each in others})
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        view = shell.views(
            {"pair": say("Two maps that move together"), "difference": say("What differs")},
            key="compare_maps",
        )
    ids = list(names)
    picked = right.selectbox(
        say("On the map beside “{name}”", name=shell.plain(first.name)),
        ids,
        index=len(ids) - 1,
        format_func=lambda each: names.get(each, each),
        key=f"compare_with_{first.id}",
    )
    then = next((each for each in others if each.id == picked), others[-1])
    drawable = _drawable(place, first, then)
    if drawable is not None:
        (_show_pair if view == "pair" else _show_difference)(*drawable)


def _drawable(place: Place, *wanted: Summary) -> tuple[_Drawable, _Drawable] | None:
    """Give two scenarios as they can be drawn, or say which cannot."""
    found: list[_Drawable] = []
    for each in wanted:
        with shell.told():
            standing = stand(place, each)
        if standing is None:
            st.info(
                say(
                    "“{name}” has no plan for the data as they are now, so there is nothing to"
                    " draw. Open it and search again on the page Siting.",
                    name=shell.plain(each.name),
                ),
                icon=":material/info:",
            )
            return None
        found.append((each, *standing))
    return found[0], found[1]


def _show_pair(first: _Drawable, then: _Drawable) -> None:
    """Show both scenarios beside each other."""

    def panes() -> list[Pane]:
        return [
            make_pane(
                standing.name,
                standing.prepared.district,
                ground=ground(entry, standing.prepared),
                layers=_layers(summary, entry, standing),
            )
            for summary, entry, standing in (first, then)
        ]

    title = say("{first} and {then}", first=first[0].name, then=then[0].name)
    _show("pair", (first, then), panes, title)
    st.caption(
        say("Dragging or zooming one map moves the other; the ring shows the same place on both.")
    )


def _show_difference(first: _Drawable, then: _Drawable) -> None:
    """Show who gains and who loses from the first to the other."""
    entry = then[1]
    key = "difference", *_mark(first), *_mark(then)
    found = entry.latest(
        "differences", key, lambda: (difference_between(first[2], then[2]),), most=_MOST
    )[0]
    if found is None:
        st.info(
            say(
                "The two scenarios count different demand, so their maps cannot be subtracted."
                " Look at them beside each other."
            ),
            icon=":material/info:",
        )
        return
    table, exact = found
    _tell_sums({str(name): float(table[name].sum()) for name in table})

    def panes() -> list[Pane]:
        standing = then[2]
        layer = difference_layer(
            standing.prepared.district,
            standing.prepared.demand,
            table,
            first=first[0].name,
            then=then[0].name,
        )
        return [
            make_pane(
                say("“{name}” against “{first}”", name=then[0].name, first=first[0].name),
                standing.prepared.district,
                ground=ground(entry, standing.prepared),
                layers=[layer, *_layers(*then)[1:]],
            )
        ]

    title = say("What differs")
    _show("difference", (first, then), panes, title)
    if exact and then[2].prepared.district.settings.service.count_seats:
        st.caption(
            say(
                "Seats are not counted on this map, since who finds one depends on who else comes:"
                " the figures of the table may differ from it."
            )
        )
    if not exact:
        st.caption(
            say(
                "The two do not count the same sites, ways, hours or groups: what some gain and"
                " others lose in the same place is taken off each other."
            )
        )


def _tell_sums(sums: Mapping[str, float]) -> None:
    """Tell who gains and who loses in figures: the map says it by colours alone."""
    unit = say("worker-hours a week")
    show_cards(
        [
            Card(title=say("Newly served"), value=number(sums["gained"]), more=unit, strong=True),
            Card(title=say("No longer served"), value=number(sums["lost"]), more=unit),
            Card(title=say("Served in both"), value=number(sums["both"]), more=unit),
            Card(title=say("Served in neither"), value=number(sums["neither"]), more=unit),
        ]
    )


def _layers(summary: Summary, entry: Entry, standing: Standing) -> tuple[Drawn, ...]:
    """Give the layers of a scenario; they are packed once for everybody."""
    key = *_mark((summary, entry, standing)), current_language()
    return entry.latest("compared layers", key, lambda: pane_layers(standing), most=_MOST)


def _mark(drawable: _Drawable) -> tuple[str, str]:
    """Tell what is drawn of a scenario apart; its name stands on the map."""
    summary, entry, _ = drawable
    return f"{summary.id} {summary.version} {summary.name}", entry.fingerprint


def _show(
    kind: str,
    both: tuple[_Drawable, _Drawable],
    panes: object,
    title: str,
) -> None:
    """Show a page of maps; it is written once for everybody who looks at the same."""
    entry = both[1][1]
    key = kind, *_mark(both[0]), *_mark(both[1]), current_language(), bases_offered()

    def make() -> tuple[str, Mapping[str, str]]:
        made: list[Pane] = panes()  # type: ignore[operator]  # what the two callers hand over
        for pane in made:
            offer_bases(pane.made)
        view = entry.folder.name
        data = {k: v for pane in made for k, v in pane.made.static_data.items()}
        return pair_page(made, title=title, key=view, link=page_link), data

    page, data = entry.latest("compared maps", key, make, most=_MOST)
    address = serve_page(page, data)
    st.iframe(address, height=_HEIGHT_PX, alt=title)
    st.link_button(
        say("Open the maps to print them"),
        f"{address}#A4",
        icon=":material/print:",
        type="tertiary",
    )
