"""The charts of page 3: as many as there is something to draw of, with words in one language."""

import pytest
from app_driver import app, page, shown_html, view, words

pytestmark = [
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.mark.usefixtures("opened")
def test_today_can_be_seen_in_charts() -> None:
    test = page(app(district="sample", language="en"), "today")
    view(test, "today_view", "charts")
    options = test.segmented_control(key="compare_chart").options
    assert list(options) == ["By group", "Part of the day and group", "Evenness over communities"]
    for name, drawn in (("bars", 1), ("lorenz", 1), ("heat", 0)):
        view(test, "compare_chart", name)
        assert len(test.get("vega_lite_chart")) == drawn
    # Sample: six groups are out; each has a row in the heat table, also where nobody is served.
    heat = shown_html(test).split("p-heat", 1)[1].split("</table>", 1)[0]
    assert heat.count('scope="row"') == 6
    assert "Today" in words(test) or "Today" in shown_html(test)
