"""Data: which district, what its files hold, and what is wrong in them."""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from app_pages import shell, uploads
from app_pages.embed import show_map
from app_pages.tables import Card, Column, number, show_cards, show_table, text
from app_pages.workspace import Place, workspace
from planner.district import District, place_row
from planner.errors import PlannerError
from planner.intake import write_rejected
from planner.language import say
from planner.maps import place_map
from planner.pipeline import Prepared


def _choose() -> None:
    """Offer the ways to open a district."""
    sample, upload, folder = st.tabs([say("Sample"), say("Upload"), say("Folder on this machine")])
    with sample:
        st.write(
            say(
                "An invented district with every kind of input file."
                " What you set is kept in a copy of it."
            )
        )
        if st.button(say("Open the sample"), key="open_sample", type="primary"):
            with shell.told():
                shell.open_place(workspace().add_sample())
            st.rerun()
    with folder:
        _choose_folder()
    with upload:
        uploads.show()


def _show_needs() -> None:
    """Tell a new user which files to gather."""
    st.subheader(say("What to gather"), anchor=False)
    columns = [
        Column(key="what", title=say("File"), show=text, keep=True),
        Column(key="holds", title=say("What it holds"), show=text, wide=True),
        Column(key="needed", title=say("Needed"), show=text, keep=True),
    ]
    must, one, can = say("needed"), say("one of the two"), say("can be left out")
    rows = pd.DataFrame(
        [
            (say("Existing stations"), say("name, position or address, type, opening hours"), one),
            (say("Candidate venues"), say("the same, with what setting up costs"), one),
            (say("Outdoor workers"), say("headcount by community or place, by group"), must),
            (say("Communities"), say("areas on a map, with names"), can),
            (say("Boundary"), say("the outline of the district"), can),
            (say("Streets"), say("without them, straight lines are used"), can),
        ],
        columns=["what", "holds", "needed"],
    )
    show_table(rows, columns)
    st.caption(
        say(
            "Excel, CSV, GeoJSON, GeoPackage and zipped Shapefile can be read; streets also from"
            " OpenStreetMap files."
        )
    )


def _choose_folder() -> None:
    if not uploads.on_this_machine():
        st.info(say("Folders can be opened only where the app runs for this machine alone."))
        return
    with st.form("folder_form", border=False):
        path = st.text_input(
            say("Path of a district folder (it holds district.toml)"), key="folder_path"
        )
        if st.form_submit_button(say("Open the folder"), type="primary") and path:
            with shell.told():
                shell.open_place(workspace().add_folder(path))
            st.rerun()


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
        say("File"), [everything, *sorted(rows["table"].unique())], key="fault_file"
    )
    outcome = which_outcome.selectbox(
        say("Row was"), [everything, *sorted(rows["outcome"].unique())], key="fault_outcome"
    )
    if len(prepared.district.rejected):
        download.download_button(
            say("Download the rows set aside"),
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
def _place_rows(prepared: Prepared) -> None:
    """Let rows with an address and no position be placed by a click."""
    waiting = prepared.district.to_place
    if waiting.empty:
        st.caption(say("Every row has a position."))
    else:
        names = [
            f"{name}（{address}）" if address else str(name)
            for name, address in zip(waiting["name"], waiting["address"], strict=True)
        ]
        chosen = st.selectbox(
            say("Row to place"),
            range(len(waiting)),
            format_func=names.__getitem__,
            key="row_to_place",
        )
        st.caption(say("Click on the map where it is, then confirm."))
    made = place_map(prepared.district, streets=prepared.streets, pick=not waiting.empty)
    clicked = show_map(made, key="place_map", height=520, clicks=not waiting.empty).get(
        "last_clicked"
    )
    if waiting.empty or not clicked:
        return
    row = waiting.iloc[chosen]
    label = say(
        "Place {name} at {lon}, {lat}",
        name=row["name"],
        lon=f"{clicked['lng']:.5f}",
        lat=f"{clicked['lat']:.5f}",
    )
    if st.button(label, key="confirm_place", type="primary"):
        with shell.told():
            place_row(
                prepared.district.folder, row["table"], row["id"], clicked["lng"], clicked["lat"]
            )
        st.rerun()


def _page() -> None:
    place = shell.the_place()
    if place is None:
        shell.heading(
            say("Data"), say("Begin with a district: the sample, a folder, or your files.")
        )
        _choose()
        _show_needs()
        return
    try:
        _, prepared = shell.wait_for(place)
    except PlannerError as error:
        shell.heading(say("Data"), str(place.folder))
        shell.show_error(error)
        _show_more(place, {"files": say("Files"), "other": say("Open another district")})
        return
    shell.heading(prepared.district.settings.name, prepared.district.settings.data_note)
    _show_counts(prepared)
    waiting = len(prepared.district.to_place)
    names = {
        "map": say("Map and rows to place ({number})", number=waiting),
        "faults": say("Faults ({number})", number=len(prepared.problems)),
        "notes": say("Assumptions ({number})", number=len(prepared.notes)),
        "files": say("Files"),
        "other": say("Open another district"),
    }
    shown = {
        "map": partial(_place_rows, prepared),
        "faults": partial(_show_faults, prepared),
        "notes": partial(_show_notes, prepared),
    }
    _show_more(place, names, shown)


def _show_more(
    place: Place, names: Mapping[str, str], shown: Mapping[str, Callable[[], None]] | None = None
) -> None:
    """Show one of several views of the district."""
    every = {
        **(shown or {}),
        "files": lambda: uploads.show_files(place.folder),
        "other": _choose,
    }
    every[shell.views(names, key=f"data_view_{len(names)}")]()


_page()
