"""Ways to open a district; quick to import, since it is what a new user sees first."""

from collections.abc import Sequence

import streamlit as st

from app_pages import shell
from app_pages.jobs import Job
from app_pages.tables import Column, show_table, text
from app_pages.workspace import Place, workspace
from planner.bundle import sample_folder
from planner.language import say

__all__ = ["show_first", "show_ways"]

_LOCAL = ("127.0.0.1", "localhost", "::1")


def show_first() -> None:
    """Show what a new user sees: the ways to open a district, and what to gather."""
    shell.heading(say("Data"), say("Begin with a district: the sample, a folder, or your files."))
    show_ways()
    _show_needs()
    _warming()


def show_ways() -> None:
    """Offer the ways to open a district."""
    known = workspace().places()
    names = [say("Sample"), say("Upload"), say("Folder on this machine")]
    tabs = st.tabs([say("Districts opened before"), *names] if known else names)
    sample, upload, folder = tabs[-3:]
    if known:
        with tabs[0]:
            _choose_known(known)
    with sample:
        _choose_sample()
    with upload:
        _choose_files()
    with folder:
        _choose_folder()


def _choose_known(known: Sequence[Place]) -> None:
    titles = [place.title for place in known]
    # Two of one name are told apart by their folders.
    names = [
        title if titles.count(title) == 1 else f"{title} ({place.id})"
        for place, title in zip(known, titles, strict=True)
    ]
    chosen = st.selectbox(
        say("Choose a district"),
        range(len(known)),
        format_func=names.__getitem__,
        key="known_district",
    )
    if st.button(say("Open this district"), key="open_known", type="primary"):
        shell.open_place(known[chosen])
        st.rerun()


def _choose_sample() -> None:
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


def _show_needs() -> None:
    """Tell a new user which files to gather."""
    st.subheader(say("What to gather"), anchor=False)
    columns = [
        Column(key="what", title=say("File"), show=text, keep=True),
        Column(key="holds", title=say("What it holds"), show=text, wide=True),
        Column(key="needed", title=say("Needed"), show=text, keep=True),
    ]
    must, one, can = say("needed"), say("one of the two"), say("can be left out")
    rows = [
        (say("Existing stations"), say("name, position or address, type, opening hours"), one),
        (say("Candidate venues"), say("the same, with what setting up costs"), one),
        (say("Outdoor workers"), say("headcount by community or place, by group"), must),
        (say("Communities"), say("areas on a map, with names"), can),
        (say("Boundary"), say("the outline of the district"), can),
        (say("Streets"), say("without them, straight lines are used"), can),
    ]
    keys = [column.key for column in columns]
    show_table(dict(zip(keys, zip(*rows, strict=True), strict=True)), columns)
    st.caption(
        say(
            "Excel, CSV, GeoJSON, GeoPackage and zipped Shapefile can be read; streets also from"
            " OpenStreetMap files."
        )
    )


def _choose_folder() -> None:
    # A folder of the server is nobody's business but of who sits at it.
    if st.get_option("server.address") not in _LOCAL:
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


def _choose_files() -> None:
    files = st.file_uploader(
        say(
            "A zipped district folder, or single files: stations, venues, workers, boundary,"
            " streets"
        ),
        accept_multiple_files=True,
        key="uploaded_files",
    )
    st.caption(
        say(
            "At most {size} MB for each file. Open larger ones under Folder on this machine.",
            size=st.get_option("server.maxUploadSize"),
        )
    )
    if files:
        from app_pages import uploads  # noqa: PLC0415 - heavy: the first page must not wait for it

        uploads.show(files)


@st.cache_resource
def _warming() -> Job[bool]:
    """Prepare the sample while a new user still reads, so that any district then opens at once."""
    return Job(_prepare_sample)


def _prepare_sample(job: Job[bool]) -> bool:
    from planner.pipeline import prepare  # noqa: PLC0415 - heavy: the first page must not wait

    prepare(sample_folder(), progress=job.report)
    return True
