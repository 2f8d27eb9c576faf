"""Report: everything that goes to the meeting and to the files."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app_pages import shell
from app_pages.comparing.document import chosen_beside, document_beside
from app_pages.memory.keeping import scenario_now
from app_pages.memory.plans import kept_plan
from app_pages.memory.runs import runs
from app_pages.reporting.measures_list import counted
from app_pages.reporting.papers import papers_of
from app_pages.scenarios.waiting import ready
from app_pages.text.file_names import download_name
from app_pages.text.tables import Card, fine_share, number, share, show_cards, yuan
from planner.language import say
from planner.pipeline import PlanResult, Prepared
from planner.pipeline.scenarios import is_stale
from planner.scenarios import Scenario
from planner.siting.telling.endings import ending_of


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
                "For the meeting: the question, today's coverage, the map, the measures, money,"
                " assumptions."
            ),
            ":material/description:",
        ),
        _Paper(
            "sites.xlsx",
            say("Excel list"),
            say(
                "Every measure with its money, gain and reason, why others are not chosen, existing"
                " stations, the comparison."
            ),
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
            say("Measures and stations as points in WGS-84, for a map program."),
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
            Card(
                title=say("Measures"),
                value=number(len(result.measures)),
                more=counted(result),
                strong=True,
            ),
            Card(title=say("Set-up cost (yuan)"), value=yuan(result.plan.cost_yuan)),
            Card(
                title=say("Effective coverage"),
                value=share(result.after.effective_share),
                more=say("today {share}", share=share(result.before.effective_share)),
                strong=True,
            ),
            Card(
                title=say("At most from the best"),
                value=fine_share(result.plan.gap),
                more=str(ending_of(result.plan.status, result.plan.gap)),
            ),
        ]
    )


def _show_papers(papers: Mapping[str, bytes], *, name: str) -> None:
    there = [paper for paper in _papers() if paper.file in papers]
    st.success(
        say("The {count} documents are ready to download.", count=len(there)),
        icon=":material/check:",
    )
    for paper in there:
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.markdown(f"**{paper.title}**　{paper.file}  \n:gray[{paper.use}]")
        button.download_button(
            say("Download"),
            data=papers[paper.file],
            file_name=paper.file,
            icon=paper.icon,
            key=f"download_{paper.file}",
            on_click="ignore",
            width="stretch",
        )
    st.download_button(
        say("Download all as one zip file"),
        data=_zipped({paper.file: papers[paper.file] for paper in there}),
        file_name=name,
        mime="application/zip",
        icon=":material/folder_zip:",
        type="primary",
        key="download_all",
        on_click="ignore",
    )


def _zipped(papers: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in papers.items():
            bundle.writestr(name, content)
    return packed.getvalue()


def _why_nothing(prepared: Prepared, scenario: Scenario | None) -> str:
    """Say why there are no documents, and how there will be."""
    if scenario is not None and runs().searching(scenario.id):
        return say("A search goes on in this scenario. Its documents are here when it has ended.")
    if scenario is None or scenario.plan is None:
        return say(
            "There is no plan yet. Make one on the page Siting, then its documents are here."
        )
    if is_stale(scenario, prepared.district.fingerprint):
        return say(
            "The plan is out of date, so no documents are made of it. Search again on the page"
            " Siting, then they are here."
        )
    return say(
        "The plan was kept by another version of the planner, so no documents are made of it."
        " Search again on the page Siting, then they are here."
    )


def _page() -> None:
    entry, prepared = ready()
    shell.heading(
        say("Report: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    with shell.told():
        scenario = scenario_now()
        result = kept_plan(entry, prepared, scenario)
    place = shell.the_place()
    if result is None or scenario is None or place is None:
        st.info(_why_nothing(prepared, scenario), icon=":material/info:")
        st.page_link(
            "app_pages/siting.py", label=say("To the page Siting"), icon=":material/arrow_forward:"
        )
        return
    if runs().searching(scenario.id):
        st.info(
            say("A search goes on in this scenario. These documents are of the plan before it."),
            icon=":material/info:",
        )
    _show_plan(result)
    with shell.told():
        chosen = chosen_beside(place, scenario)
        with st.spinner(say("Writing the documents")):
            papers = {**papers_of(result, scenario)}
            if chosen:
                beside = document_beside(place, entry, (scenario, result), chosen)
                papers["report.docx"] = beside
    name = download_name(prepared.district.settings.name, scenario.name, ending=".zip")
    _show_papers(papers, name=name)


_page()
