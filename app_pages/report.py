"""Report: everything that goes to the meeting and to the files."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app_pages import shell
from app_pages.papers import papers_language, write_papers
from app_pages.shelf import kept_plan
from app_pages.tables import Card, fine_share, number, share, show_cards, yuan
from app_pages.waiting import ready
from app_pages.workspace import PLAN_FOLDER
from planner.language import current_language, say
from planner.pipeline import PlanResult


@dataclass(frozen=True, slots=True)
class _Paper:
    """One file to download."""

    file: str
    title: str
    use: str
    icon: str


def _papers() -> list[_Paper]:
    return [
        _Paper(
            "report.docx",
            say("Word document"),
            say(
                "For the meeting: the question, today's coverage, the map, the sites, money,"
                " assumptions."
            ),
            ":material/description:",
        ),
        _Paper(
            "sites.xlsx",
            say("Excel list"),
            say("Proposed and existing stations with their figures, and the comparison."),
            ":material/table_view:",
        ),
        _Paper(
            "map.html",
            say("Map"),
            say("One file that opens in any browser, without a network."),
            ":material/map:",
        ),
        _Paper(
            "sites.geojson",
            say("GeoJSON"),
            say("Stations as points in WGS-84, for a map program."),
            ":material/location_on:",
        ),
        _Paper(
            "plan.json",
            say("Plan as data"),
            say("Every figure of the plan, for another program."),
            ":material/data_object:",
        ),
        _Paper(
            "district.toml",
            say("Settings as used"),
            say("Makes the same plan again from the same files."),
            ":material/settings:",
        ),
        _Paper(
            "rejected.xlsx",
            say("Rows set aside"),
            say("Rows that could not be used, with the reasons, to be mended by their owner."),
            ":material/rule:",
        ),
    ]


def _show_plan(result: PlanResult) -> None:
    show_cards(
        [
            Card(title=say("New stations"), value=number(len(result.sites)), strong=True),
            Card(title=say("Set-up cost (yuan)"), value=yuan(result.plan.cost_yuan)),
            Card(
                title=say("Effective coverage"),
                value=share(result.after.effective_share),
                more=say("today {share}", share=share(result.before.effective_share)),
                strong=True,
            ),
            Card(title=say("At most from the best"), value=fine_share(result.plan.gap)),
        ]
    )


def _show_papers(folder: Path) -> None:
    there = [paper for paper in _papers() if (folder / paper.file).is_file()]
    for paper in there:
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.markdown(f"**{paper.title}**　{paper.file}  \n:gray[{paper.use}]")
        button.download_button(
            say("Download"),
            data=(folder / paper.file).read_bytes(),
            file_name=paper.file,
            icon=paper.icon,
            key=f"download_{paper.file}",
            on_click="ignore",
            width="stretch",
        )
    st.download_button(
        say("Download all as one zip file"),
        data=_zipped([folder / paper.file for paper in there]),
        file_name=f"{folder.parent.name}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        type="primary",
        key="download_all",
        on_click="ignore",
    )


def _zipped(paths: list[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in paths:
            bundle.write(path, path.name)
    return packed.getvalue()


def _page() -> None:
    entry, prepared = ready()
    shell.heading(
        say("Report: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    with shell.told():
        result = kept_plan(entry)
    if result is None:
        st.info(
            say("There is no plan yet. Make one on the page Siting, then its documents are here.")
        )
        st.page_link(
            "app_pages/siting.py", label=say("To the page Siting"), icon=":material/arrow_forward:"
        )
        return
    _show_plan(result)
    if papers_language(entry.folder) != current_language():
        with shell.told(), st.spinner(say("Writing the documents")):
            write_papers(result, entry.folder)
    _show_papers(entry.folder / PLAN_FOLDER)


_page()
