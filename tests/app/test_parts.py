"""Jobs, tables and the door through which maps reach the page."""

import re
import threading
import weakref
from typing import Any

import pytest
import streamlit as st
import streamlit_folium
from branca.element import Element
from folium.elements import JSCSSMixin
from map_districts import HOSTILE
from streamlit.testing.v1 import AppTest

from app_pages.editing.figures import _budget, _left, _money_left
from app_pages.mapping import embed
from app_pages.memory.jobs import Job
from app_pages.memory.shelf import Memory
from app_pages.shell import plain
from app_pages.text import tables
from planner.errors import InputError
from planner.language import note
from planner.maps import PlannerMap


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the HTML that is shown."""
    pieces: list[str] = []
    monkeypatch.setattr(st, "html", pieces.append)
    return pieces


def test_a_job_gives_its_answer() -> None:
    job = Job(lambda _: 42)
    assert job.wait(10)
    assert job.answer() == 42


def test_a_job_raises_what_its_work_raised() -> None:
    def work(_: Job[int]) -> int:
        raise InputError(note("Nothing usable is left."))

    job = Job(work)
    assert job.wait(10)
    with pytest.raises(InputError, match="Nothing usable"):
        job.answer()


def test_a_job_tells_how_far_it_is_and_stops_when_asked() -> None:
    begun, looked = threading.Event(), threading.Event()

    def work(job: Job[str]) -> str:
        job.report(note("Searching"), 2.0)
        job.tell("good")
        begun.set()
        looked.wait(10)
        return "stopped" if job.should_stop() else "ended"

    job = Job(work)
    assert begun.wait(10)
    assert (str(job.step), job.done_share, job.best, job.done) == ("Searching", 1.0, "good", False)
    with pytest.raises(RuntimeError, match="not done"):
        job.answer()
    job.stop()
    looked.set()
    assert job.wait(10)
    assert job.answer() == "stopped"


def test_names_in_a_table_stay_text(shown: list[str]) -> None:
    rows = {"name": [HOSTILE]}
    tables.show_table(rows, [tables.Column(key="name", title=HOSTILE, show=tables.text)])
    assert "<img" not in shown[0]
    assert "<script" not in shown[0]
    assert shown[0].count("&lt;img") == 2


def test_names_in_cards_stay_text(shown: list[str]) -> None:
    tables.show_cards([tables.Card(title=HOSTILE, value=HOSTILE, more=HOSTILE)])
    assert "<img" not in shown[0]
    assert shown[0].count("&lt;img") == 3


def outcome_row(**shares: float) -> dict[str, dict[str, float]]:
    parts = (
        "closed",
        "full",
        "not_admitted",
        "unlisted",
        "gated",
        "maintenance",
        "backup",
        "graded",
    )
    row = {f"{part}_share": 0.0 for part in parts} | {
        "workers": 10.0,
        "worker_hours_week": 400.0,
    }
    return {"a": row | shares}


def test_the_three_outcomes_add_up_and_name_their_reasons(shown: list[str]) -> None:
    rows = outcome_row(
        effective_share=0.25,
        nominal_share=0.625,
        out_of_reach_share=0.375,
        closed_share=0.125,
        gated_share=0.25,
    )
    tables.show_outcomes(rows, {"a": HOSTILE}, title="Group")
    page = shown[0]
    assert 'class="p-served" style="width:25.00%"' in page
    assert 'class="p-unserved" style="width:37.50%"' in page
    assert 'class="p-out" style="width:37.50%"' in page
    assert re.findall(r'"p-keep">([^<]*)<', page) == ["behind a gate 25.0%", "shut then 12.5%"]
    assert "not on the map" not in page
    assert "<img" not in page


def test_of_nobody_no_share_is_shown(shown: list[str]) -> None:
    rows = outcome_row(effective_share=0.0, nominal_share=0.0, out_of_reach_share=0.0)
    rows["a"]["worker_hours_week"] = 0.0
    tables.show_outcomes(rows, {"a": "A"}, title="Group")
    assert '<td class="p-right p-bold">–</td>' in shown[0]
    assert ">0.0%<" not in shown[0]


def test_money_that_is_overspent_is_no_money_left() -> None:
    assert (_money_left(None), _money_left(0.0), _left(2)) == (None, "0 left", "2 left")
    assert (_money_left(-339_900.0), _left(-1)) == ("339,900 yuan too much", "1 too many")
    assert _budget("paid by the union", -5.0) == "paid by the union: 5 yuan too much"


def test_a_long_table_says_how_long_it_is(
    shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(st, "caption", told.append)
    rows = {"n": range(7)}
    column = tables.Column(key="n", title="n", show=tables.number)
    tables.show_table(rows, [column], most=7)
    assert told == []
    tables.show_table(rows, [column], most=6)
    assert told == ["The first 6 of 7 rows."]
    assert shown[1].count("<tr>") == 7  # the header and six


@pytest.mark.parametrize(
    ("value", "expected"), [(1234567.4, "1,234,567"), (float("nan"), ""), (None, ""), ("x", "")]
)
def test_numbers_are_shown_whole_and_nothing_where_there_is_none(
    value: object, expected: str
) -> None:
    assert tables.number(value) == expected


def test_a_share_that_is_not_there_is_a_dash() -> None:
    assert tables.share(float("nan")) == "–"
    assert tables.share(0.4567) == "45.7%"


def test_marks_of_markdown_are_taken_from_names() -> None:
    assert plain("**a** [b](javascript:c) `d` $e$") == (
        r"\*\*a\*\* \[b\]\(javascript\:c\) \`d\` \$e\$"
    )


def _empty_map() -> PlannerMap:
    return PlannerMap(centre=(29.5, 106.5), bounds=[[29.4, 106.4], [29.6, 106.6]])


@pytest.mark.parametrize("kind", ["default_js", "default_css"])
def test_a_map_with_a_foreign_link_never_reaches_the_browser(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[dict[str, Any]] = []
    monkeypatch.setattr(streamlit_folium, "_component_func", lambda **page: handed.append(page))
    embed.show_map(_empty_map(), key="own", height=100)
    assert handed[0]["js_links"]
    assert all(
        link.startswith("../app_pages.mapping.embed.served/")
        for link in [*handed[0]["js_links"], *handed[0]["css_links"]]
    )
    foreign = _empty_map()
    plugin = type("Plugin", (JSCSSMixin, Element), {kind: [("x", "https://cdn.example/x")]})
    foreign.add_child(plugin())
    with pytest.raises(ValueError, match=r"cdn\.example"):
        embed.show_map(foreign, key="foreign", height=100)
    assert len(handed) == 1


def test_maps_that_others_took_the_place_of_are_let_go_of() -> None:
    kept, known = Memory(), list[weakref.ref[PlannerMap]]()

    def draw() -> PlannerMap:
        made = _empty_map()
        known.append(weakref.ref(made))
        return made

    for plan in range(12):
        embed.standing_map(kept, plan, draw)
    there = [each() is not None for each in known]
    assert not any(there[:5])  # six are kept, and one may still wait to be swept
    assert all(there[6:])


def test_a_link_chooses_a_view_on_the_page_that_it_names_and_on_no_other() -> None:
    def page() -> None:
        import streamlit as st  # noqa: PLC0415 - the source of this function is run alone

        from app_pages import shell  # noqa: PLC0415 - as above

        st.session_state["views_drawn"] = {}
        st.session_state["views_linked"] = ["measures"]
        key = "of_compare" if st.checkbox("Compare", key="turned") else "of_siting"
        shell.views({"figures": "Figures", "measures": "Measures"}, key=key)

    window = AppTest.from_function(page).run()
    assert window.session_state["of_siting"] == "measures"
    window.checkbox("turned").check().run()
    assert window.session_state["of_compare"] == "figures"
    window.checkbox("turned").uncheck().run()
    assert window.session_state["of_siting"] == "measures"
