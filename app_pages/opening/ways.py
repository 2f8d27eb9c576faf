"""Ways to open a district; quick to import, since it is what a new user sees first."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages import shell
from app_pages.access.serving import on_own_machine
from app_pages.access.who import may, sign_in_needed
from app_pages.memory.jobs import Job
from app_pages.spaces.workspace import Place, workspace
from app_pages.text.file_names import TEMPLATE_FILE
from app_pages.text.tables import Column, show_table, text
from planner.bundle import sample_folder
from planner.language import current_language, say, use_language

__all__ = ["show_first", "show_ways"]


def show_first() -> None:
    """Show what a new user sees: the ways to open a district, and what to gather."""
    shell.heading(say("Data"), say("Begin in one of three ways.") if may("plan") else "")
    show_ways()
    if may("plan"):
        _show_needs()
    _warming()


def show_ways() -> None:
    """Offer the ways to open a district."""
    if not may("plan"):
        st.info(say("You may look at districts here; opening new ones needs the role “plan”."))
        _choose_known(workspace().places())
        return
    _choose_known(workspace().places())
    with st.container(key="ways"):
        sample, template, own = st.columns(3, border=True)
    with sample:
        _choose_sample()
    with template:
        _offer_template()
    with own:
        files = _choose_files()
    if files:
        from app_pages.opening import uploads  # noqa: PLC0415 - heavy: the first page must not wait for it

        with st.container(border=True):
            uploads.show(files)
    _choose_folder()


def _choose_known(known: Sequence[Place]) -> None:
    if not known:
        return
    titles = [place.title for place in known]
    # Two of one name are told apart by their folders.
    names = [
        title if titles.count(title) == 1 else f"{place.id} · {title}"
        for place, title in zip(known, titles, strict=True)
    ]
    which, button = st.columns([3, 1], vertical_alignment="bottom")
    chosen = which.selectbox(
        say("Districts opened before"),
        range(len(known)),
        format_func=names.__getitem__,
        key="known_district",
    )
    if button.button(say("Open this district"), key="open_known", type="primary", width="stretch"):
        shell.open_place(known[chosen])
        st.rerun()


def _choose_sample() -> None:
    st.markdown(f"**{say('Look around with the sample')}**")
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


def _offer_template() -> None:
    st.markdown(f"**{say('Fill in the template')}**")
    st.write(
        say(
            "Three Excel lists with examples: stations, venues, workers. Unpack the zip, fill them"
            " in with Excel or WPS, save, and choose them under “Upload your files”."
        )
    )
    language = current_language()
    st.download_button(
        say("Download the template"),
        data=lambda: _template(language),
        file_name=TEMPLATE_FILE,
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key="download_template",
    )


def _template(language: str) -> bytes:
    # Heavy: the first page must not wait.
    from app_pages.opening.first_district import template_zip  # noqa: PLC0415

    use_language(language)  # a download runs in a thread that begins with another
    return template_zip()


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
    if sign_in_needed() or not on_own_machine() or not may("admin"):
        return
    with (
        st.expander(say("Open a district folder on this machine")),
        st.form("folder_form", border=False),
    ):
        path = st.text_input(
            say("Path of a district folder (it holds district.toml)"), key="folder_path"
        )
        if st.form_submit_button(say("Open the folder"), type="primary") and path:
            with shell.told():
                shell.open_place(workspace().add_folder(path))
            st.rerun()


def _choose_files() -> list[UploadedFile]:
    st.markdown(f"**{say('Upload your files')}**")
    files = st.file_uploader(
        say("Filled templates, your own lists and maps, or a zipped district folder"),
        accept_multiple_files=True,
        key="uploaded_files",
    )
    return list(files)


@st.cache_resource
def _warming() -> Job[bool]:
    """Prepare the sample while a new user still reads, so that any district then opens at once."""
    return Job(_prepare_sample)


def _prepare_sample(job: Job[bool]) -> bool:
    from planner.pipeline import prepare  # noqa: PLC0415 - heavy: the first page must not wait

    prepare(sample_folder(), progress=job.report)
    return True
