"""What a planner is offered before anything is there, and is told before a long search begins."""

from dataclasses import replace
from pathlib import Path

import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
    copied,
    healthy,
    keep_settings,
    kept_settings,
    page,
    words,
)

from planner.district.settings import Limits
from planner.language import note

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
LANGUAGES = ["zh", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_opened_with_nothing_the_app_offers_the_sample_a_template_and_a_folder(
    space: Path, tmp_path: Path, language: str
) -> None:
    own = copied(SAMPLE, tmp_path / "own district")
    test = app(language=language)
    assert {"open_sample", "download_template"} <= {
        str(each.proto.id).rpartition("-")[2]
        for each in (*test.button, *test.get("download_button"))
    }
    assert test.file_uploader(key="uploaded_files").label
    test.text_input(key="folder_path").set_value(str(own))
    label = note("Open the folder").text(language)
    healthy(next(each for each in test.button if each.label == label).click().run())
    assert str(test.session_state["place"]).startswith("own-district")
    assert not (space / own.name).exists()  # it is opened where it lies


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_review_before_a_search_tells_its_size_what_is_new_and_how_long_it_may_take(
    opened: Path, language: str
) -> None:
    def wanted(limits: Limits) -> None:
        keep_settings(opened, replace(kept_settings(opened), limits=limits))

    def told(template: str) -> bool:
        """Look for the words of a message between its values."""
        parts = note(template).text(language).replace("{", "}").split("}")[::2]
        return all(part in shown for part in parts)

    wanted(Limits(count=2, time_limit_s=20.0))
    test = page(app(district=opened.name, language=language), "siting")
    shown = words(test).replace("\\", "")
    assert told(
        "To look through: {options} possible measures at {sites} sites, {places} places with"
        " workers; a plan is looked for at most {seconds} s."
    )
    assert "20" in shown
    click(test, "edit_suggest")
    click(test, "edit_keep")
    shown = words(test).replace("\\", "")
    assert told("Data, settings and limits are those of the last plan.")
    wanted(Limits(count=3, time_limit_s=1200.0))
    shown = words(healthy(test.run())).replace("\\", "")
    assert told("New since the last plan: {limits}")
    assert told("The search may take {minutes} minutes; it can be stopped with the best so far.")
