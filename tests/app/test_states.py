"""Each screen says what is missing, what went wrong and what went well, in both languages.

The table is that of docs/decisions/0034.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
    copied,
    fill,
    healthy,
    page,
    saved,
    solved,
    until,
    view,
    words,
)
from streamlit.testing.v1 import AppTest

from planner.district import read_settings, write_settings
from planner.district.settings import Quota
from planner.language import note

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NO_DISTRICT = note("No district is open. Choose one on the page Data.")
NO_PLAN = note("No plan has been made yet. Press “Search for the best plan” above.")
EMPTY = {
    "data": note("Begin in one of three ways."),
    **dict.fromkeys(("demand", "today", "limits", "siting", "compare", "report"), NO_DISTRICT),
}
WITHOUT_PLAN = {
    "siting": NO_PLAN,
    "compare": note(
        "Only the state of today is there yet. Search for a plan on the page Siting; it then "
        "stands here beside the state of today."
    ),
    "report": note(
        "There is no plan yet. Make one on the page Siting, then its documents are here."
    ),
}
LANGUAGES = ["zh", "en"]


def ending(test: AppTest, end: str) -> str:
    """Give the key of the list that ends so."""
    return next(str(each.key) for each in test.selectbox if str(each.key).endswith(end))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.usefixtures("space")
def test_an_empty_screen_says_what_to_do(name: str, language: str) -> None:
    test = app(language=language)
    if name != "data":
        page(test, name)
    assert EMPTY[name].text(language) in words(test).replace("\\", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_damaged_list_is_told_on_every_screen_with_what_to_do(space: Path, language: str) -> None:
    folder = copied(SAMPLE, space / "broken")
    (folder / "stations.xlsx").write_bytes(b"\x00\x01 no workbook")
    test = app(district=folder.name, language=language)
    mend = note("Correct the files named above and upload them again below, under the same names.")
    assert mend.text(language) in words(test)
    for name in EMPTY:
        if name != "data":
            page(test, name)
            assert "stations.xlsx" in str(test.error[0].value).replace("\\", ""), name
            link = test.get("page_link")[-1].proto.label
            assert link == note("To the page Data").text(language), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_folder_that_vanishes_is_named_on_the_screen_that_missed_it(
    space: Path, language: str
) -> None:
    folder = copied(SAMPLE, space / "moved away")
    test = page(app(district=folder.name, language=language), "limits")
    folder.rename(space.parent / "elsewhere")
    test.run()
    told = words(test).replace("\\", "")
    assert "moved away" in told
    assert NO_DISTRICT.text(language) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_a_district_that_is_not_here_says_what_is_shown_instead(
    space: Path, language: str
) -> None:
    lost = note("The link names a district that is not here: {name}.", name="gone").text(language)
    assert lost in words(app(district="gone", language=language)).replace("\\", "")
    folder = copied(SAMPLE, space / "here")
    app(district=folder.name, language=language)
    told = words(app(district="gone", language=language)).replace("\\", "")
    name = read_settings(folder).name
    shown = note(" What you see is “{district}”.", district=name).text(language)
    assert lost + shown in told
    assert lost not in words(app(district=folder.name, language=language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WITHOUT_PLAN)
def test_a_screen_without_a_plan_says_where_to_make_one(
    space: Path, name: str, language: str
) -> None:
    shutil.copytree(SAMPLE, space / "sample", ignore=shutil.ignore_patterns("plan"))
    test = page(app(district="sample", language=language), name)
    assert WITHOUT_PLAN[name].text(language) in words(test).replace("\\", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_success_is_told_where_something_was_done(space: Path, language: str) -> None:
    shutil.copytree(SAMPLE, space / "sample", ignore=shutil.ignore_patterns("plan"))
    test = app(district="sample", language=language)
    assert note("Every row of the files is used.").text(language) in words(test)
    kept = note("Saved.").text(language)
    view(page(test, "demand"), "demand_view", "groups")
    assert kept not in words(test)
    saved(test)
    assert kept in words(test)
    page(test, "today")
    assert not test.toast
    healthy(test.selectbox(key=ending(test, "_decay")).select_index(1).run())
    assert [toast.value for toast in test.toast] == [kept]
    page(test, "limits")
    fill(test, "money", count=3)
    assert kept in words(test)
    fill(test, "search", time=2.0)
    page(test, "siting")
    solved(test)
    assert note("All limits are kept.").text(language) in words(test)
    page(test, "report")
    ready = note("The {count} documents are ready to download.", count=7).text(language)
    assert ready.replace("7", "") in "".join(c for c in words(test) if not c.isdigit())
    page(test, "compare")
    assert len(test.error) == 0
    assert "<table" in "".join(element.value for element in test.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_that_no_plan_keeps_are_told_with_the_way_out(space: Path, language: str) -> None:
    folder = copied(SAMPLE, space / "too tight")
    settings = read_settings(folder)
    each = Quota(scope="community", stations="any", least=1)
    tight = replace(settings.limits, count=0, budget_yuan=None, quotas=(each,), time_limit_s=2.0)
    write_settings(folder, replace(settings, limits=tight))
    test = page(app(district=folder.name, language=language), "siting")
    click(test, "start_search")
    until(test, lambda run: len(run.error) > 0)
    assert note("No plan keeps these limits.").text(language) in words(test)
    assert note("The cheapest way out:").text(language) in words(test)
    page(test, "compare")
    assert not test.exception
    page(test, "report")
    assert not test.exception
