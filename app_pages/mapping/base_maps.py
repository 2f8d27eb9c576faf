"""The choice of a base map on every map, and what an office sets for it."""

from dataclasses import replace

import streamlit as st

from app_pages import shell
from app_pages.access.who import may
from app_pages.mapping.tile_book import BaseSettings, keep_bases, kept_bases, tile_book
from app_pages.mapping.tile_routes import are_served
from planner.language import say
from planner.maps import Bases, PlannerMap, bases_choice

__all__ = ["ask_bases", "bases_offered", "offer_bases"]


def offer_bases(made: PlannerMap) -> None:
    """Let a base map be chosen on a map, where this server has tiles; a second call does nothing.

    Nothing is asked of any network by it.
    """
    known = any(isinstance(part, Bases) for part in made._children.values())  # noqa: SLF001 - folium has no other way to ask
    if known or not are_served():
        return
    choice = bases_choice(made.frame, tile_book().bases)
    if choice is not None:
        choice.add_to(made)


def bases_offered() -> object:
    """Tell apart which base maps `offer_bases` offers at the moment."""
    return tile_book().bases if are_served() else None


def ask_bases() -> None:
    """Let an administrator set the key of Tianditu and own tiles; others see nothing."""
    if not (may("admin") and are_served()):
        return
    kept = kept_bases()
    with st.expander(say("Base maps of this office"), expanded=False):
        st.caption(
            say(
                "The streets drawn from the data need no network. Other base maps are asked for"
                " only when somebody chooses them on a map; this server fetches their tiles."
            )
        )
        _ask_tianditu(kept)
        _ask_own(kept)


def _ask_tianditu(kept: BaseSettings) -> None:
    """Ask for the key; the one that is kept is never shown."""
    with st.form("bases_tianditu", border=False, clear_on_submit=True):
        typed = st.text_input(
            say("Key of Tianditu"),
            type="password",
            placeholder=say("a key is kept") if kept.tianditu_key else "",
            help=say(
                "From the console of Tianditu, of the type for servers. It stays on this server."
            ),
            key="bases_key",
        )
        save, drop = st.columns(2)
        if save.form_submit_button(say("Keep the key"), key="bases_key_keep") and typed.strip():
            _keep(replace(kept, tianditu_key=typed.strip()))
        dropped = drop.form_submit_button(
            say("Remove the key"), key="bases_key_drop", disabled=not kept.tianditu_key
        )
        if dropped:
            _keep(replace(kept, tianditu_key=""))


def _ask_own(kept: BaseSettings) -> None:
    """Ask for own tiles."""
    systems = {"WGS-84": say("WGS-84 or CGCS2000"), "GCJ-02": say("GCJ-02 (as of Amap)")}
    with st.form("bases_own", border=False):
        path = st.text_input(
            say("Own tiles"),
            value=kept.own,
            help=say(
                "A folder zoom/column/row.png on this server, a file .mbtiles, or an address such"
                " as http://server/{marks}.png. Empty: none.",
                marks="{z}/{x}/{y}",
            ),
            key="bases_own",
        )
        name, marks = st.columns(2)
        named = name.text_input(say("Name on the map"), value=kept.own_name, key="bases_own_name")
        whose = marks.text_input(say("Copyright mark"), value=kept.own_marks, key="bases_own_marks")
        which, rows = st.columns(2, vertical_alignment="bottom")
        system = which.selectbox(
            say("Coordinate system of the tiles"),
            list(systems),
            index=list(systems).index(kept.own_system),
            format_func=systems.__getitem__,
            key="bases_own_system",
        )
        flipped = rows.checkbox(
            say("Rows count from the south (TMS)"),
            value=kept.own_flipped,
            key="bases_own_flipped",
        )
        if st.form_submit_button(say("Keep own tiles"), key="bases_own_keep"):
            _keep(
                replace(
                    kept,
                    own=path.strip(),
                    own_name=named.strip(),
                    own_marks=whose.strip(),
                    own_system=str(system),
                    own_flipped=flipped,
                )
            )


def _keep(wanted: BaseSettings) -> None:
    """Keep what was set: what the page showed does not count, the person's role does."""
    if not may("admin"):
        return
    with shell.told():
        keep_bases(wanted)
    st.rerun()
