"""What the files of a district hold, what is wrong in them, and where the rest belongs."""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages import shell
from app_pages.access.who import may
from app_pages.mapping.embed import show_map
from app_pages.mapping.print_link import print_link
from app_pages.memory.shelf import Entry, ground
from app_pages.opening import uploads, ways
from app_pages.scenarios.waiting import wait_for
from app_pages.spaces.workspace import Place
from app_pages.text.tables import Card, number, show_cards, text
from planner.district import District, place_row, typed_position
from planner.errors import PlannerError, StoreError
from planner.geo import SYSTEMS
from planner.intake import asks_for_headers, write_rejected
from planner.language import say
from planner.maps import place_map
from planner.pipeline import Prepared

__all__ = ["show"]


def show(place: Place) -> None:
    """Show a district: counts, then one of several views of it."""
    try:
        entry, prepared = wait_for(place)
    except PlannerError as error:
        shell.heading(say("Data"), str(place.folder))
        shell.show_error(error)
        if not isinstance(error, StoreError):  # the files are as they should be
            st.info(
                say(
                    "Correct the files named above and upload them again below, under the same"
                    " names."
                ),
                icon=":material/upload:",
            )
        _show_more(place, {"files": say("Files"), "other": say("Open another district")})
        return
    shell.heading(prepared.district.settings.name, prepared.district.settings.data_note)
    _show_counts(prepared)
    _show_next(prepared)
    waiting = len(prepared.district.to_place)
    names = {
        "map": say("Map and rows to place ({number})", number=waiting),
        "faults": say("Faults ({number})", number=len(prepared.problems)),
        "notes": say("Assumptions ({number})", number=len(prepared.notes)),
        "files": say("Files"),
        "other": say("Open another district"),
    }
    shown = {
        "map": partial(_place_rows, entry, prepared),
        "faults": partial(_show_faults, prepared),
        "notes": partial(_show_notes, prepared),
    }
    _show_more(place, names, shown)


def _show_next(prepared: Prepared) -> None:
    """Say whether the files could be used, and what a person does next."""
    district = prepared.district
    aside, waiting = len(district.rejected), len(district.to_place)
    told, onward = st.columns([5, 2], vertical_alignment="center")
    with told:
        if aside:
            st.warning(
                say(
                    "Rows that cannot be used yet: {number}. See “Faults” for what to do, correct"
                    " the files, and upload them again under “Files”.",
                    number=number(aside),
                ),
                icon=":material/rule:",
            )
        if waiting:
            st.info(
                say(
                    "Rows without a position yet: {number}. Choose each one below and click on the"
                    " map where it is. Until then it does not count.",
                    number=number(waiting),
                ),
                icon=":material/add_location:",
            )
        if not aside and not waiting:
            st.success(say("Every row of the files is used."), icon=":material/check:")
        _tell_doubts(prepared)
    onward.page_link(
        "app_pages/demand.py",
        label=say("Next: 2 Demand"),
        icon=":material/arrow_forward:",
        width="stretch",
    )


def _tell_doubts(prepared: Prepared) -> None:
    """Tell what may be wrong although its rows are used, and columns that nobody knows."""
    doubts = sum(not problem.fatal for problem in prepared.problems)
    doubts -= len(prepared.district.to_place)  # told on their own
    if doubts > 0:
        st.info(
            say(
                "Entries that look wrong although their rows are used: {number}. See “Faults”.",
                number=number(doubts),
            ),
            icon=":material/help:",
        )
    unknown = [str(told) for told in prepared.notes if asks_for_headers(told)]
    if unknown:
        st.info(shell.plain("\n\n".join(unknown)), icon=":material/view_column:")


def _show_more(
    place: Place, names: Mapping[str, str], shown: Mapping[str, Callable[[], None]] | None = None
) -> None:
    """Show one of several views of the district."""
    every = {
        **(shown or {}),
        "files": lambda: uploads.show_files(place.folder),
        "other": ways.show_ways,
    }
    every[shell.views(names, key=shell.fresh_key(f"data_view_{len(names)}"))]()


def _show_counts(prepared: Prepared) -> None:
    district = prepared.district
    set_aside = len(district.rejected)
    streets = prepared.streets
    show_cards(
        [
            Card(title=say("Existing stations"), value=number(len(district.stations)), strong=True),
            Card(title=say("Candidate venues"), value=number(len(district.venues)), strong=True),
            Card(
                title=say("Outdoor workers"),
                value=number(prepared.demand.workers.sum()),
                more=say("in {cells} places", cells=number(len(prepared.demand.cells))),
                strong=True,
            ),
            Card(title=say("Communities"), value=number(len(district.communities))),
            Card(
                title=say("Streets"),
                value=say("{km} km", km=number(streets.length_mm.sum(dtype=float) / 1e6))
                if streets
                else say("none"),
                more=say("{number} junctions", number=number(len(streets.node_xy)))
                if streets
                else say("straight lines are used"),
            ),
            Card(
                title=say("Faults found"),
                value=number(len(prepared.problems)),
                more=say("{rows} rows set aside", rows=number(set_aside)),
            ),
        ]
    )


def _show_faults(prepared: Prepared) -> None:
    problems = prepared.problems
    if not problems:
        st.success(say("No fault was found."), icon=":material/check:")
        return
    rows = shell.problem_rows(problems)
    which_file, which_outcome, download = st.columns([2, 2, 2], vertical_alignment="bottom")
    everything = say("all")
    file = which_file.selectbox(
        say("File"), [everything, *sorted(set(rows["table"]))], key="fault_file"
    )
    outcome = which_outcome.selectbox(
        say("Row was"),
        [everything, *sorted(filter(None, set(rows["outcome"])))],
        key="fault_outcome",
    )
    if len(prepared.district.rejected):
        download.download_button(
            say("Rows set aside"),
            data=_rejected_xlsx(prepared.district),
            file_name="rejected.xlsx",
            icon=":material/download:",
            on_click="ignore",
            key="download_rejected",
        )
    wanted = [
        problem
        for problem, row_file, row_outcome in zip(
            problems, rows["table"], rows["outcome"], strict=True
        )
        if file in (everything, row_file) and outcome in (everything, row_outcome)
    ]
    shell.show_problems(wanted)


def _rejected_xlsx(district: District) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        write_rejected(district.rejected, path)
        return path.read_bytes()


def _show_notes(prepared: Prepared) -> None:
    if not prepared.notes:
        st.success(say("Nothing had to be assumed."), icon=":material/check:")
        return
    st.caption(say("Where the files say nothing, this was assumed. Correct it in the files."))
    st.markdown("\n".join(f"- {shell.plain(str(told))}" for told in prepared.notes))


@shell.fragment
def _place_rows(entry: Entry, prepared: Prepared) -> None:
    """Let rows with an address and no position be placed by a click."""
    district = prepared.district
    waiting = district.to_place
    if waiting.empty:
        st.caption(say("Every row has a position."))
        made = place_map(district, ground=ground(entry, prepared), pick=False)
        show_map(made, key="place_map", height=520)
        print_link("sites")
        return
    which, confirm = st.columns([3, 2], vertical_alignment="bottom")
    names = [f"{name} ({row})" for name, row in zip(waiting["name"], waiting["id"], strict=True)]
    chosen = which.selectbox(
        say("Row to place"), range(len(waiting)), format_func=names.__getitem__, key="row_to_place"
    )
    st.html(f'<div class="p-dim">{escape(text(waiting.iloc[chosen]["address"]))}</div>')
    made = place_map(district, ground=ground(entry, prepared))
    clicked = show_map(made, key="place_map", height=520, clicks=True).get("last_clicked")
    print_link("sites")
    _confirm_place(confirm, district, waiting.iloc[chosen], clicked)
    _type_place(district, waiting.iloc[chosen])


def _confirm_place(
    where: DeltaGenerator,
    district: District,
    row: pd.Series,
    clicked: Mapping[str, float] | None,
) -> None:
    """Show the button that keeps a click as the position of a row."""
    if not clicked:
        label = say("First click on the map where it is")
        where.button(label, key="nothing_to_confirm", disabled=True, width="stretch")
        return
    lon, lat = clicked["lng"], clicked["lat"]
    label = say("Place it at {lon}, {lat}", lon=f"{lon:.5f}", lat=f"{lat:.5f}")
    asked = where.button(
        label, key="confirm_place", type="primary", width="stretch", disabled=not may("plan")
    )
    if asked and may("plan"):
        with shell.told():
            place_row(district.folder, row["table"], row["id"], lon, lat)
        st.rerun()


def _type_place(district: District, row: pd.Series) -> None:
    """Take the position of a row as it was typed or pasted: the way without a mouse."""
    settings = district.settings
    file = settings.stations if row["table"] == "stations" else settings.venues
    systems = uploads.system_names(SYSTEMS)
    declared = "WGS-84" if file is None or file.crs not in SYSTEMS else file.crs
    with st.expander(say("Or type its position")), st.form("type_place", border=False):
        where, picked, button = st.columns([3, 3, 2], vertical_alignment="bottom")
        typed = where.text_input(
            say("Longitude, latitude"), placeholder="106.5501,29.5601", key="typed_place"
        )
        crs = picked.selectbox(
            say("Position was picked in"),
            list(systems),
            index=SYSTEMS.index(declared),
            format_func=systems.__getitem__,
            key="typed_system",
        )
        asked = button.form_submit_button(
            say("Place it there"), width="stretch", disabled=not may("plan")
        )
    if asked and may("plan"):
        with shell.told():
            lon, lat = typed_position(typed, crs=crs or declared)
            place_row(district.folder, row["table"], row["id"], lon, lat)
        st.rerun()
