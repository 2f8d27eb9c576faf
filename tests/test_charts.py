"""Pictures of a plan."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import FontEntry, fontManager
from PIL import Image
from small_plans import sites, small_district, small_report

from planner.charts import (
    ChartStyle,
    before_after_chart,
    core_picture,
    density_picture,
    gaps_picture,
    group_chart,
    map_picture,
    period_chart,
)
from planner.charts.marks import _lines, round_length
from planner.charts.paper import STYLE, Words, labels, words_in_use
from planner.charts.picture import _core
from planner.charts.plots import _columns
from planner.charts.sheet import _marking
from planner.coverage import check_gaps
from planner.demand.names import two_names
from planner.density import density_surface
from planner.district import projection_of
from planner.district.defaults import DEFAULT_GROUPS
from planner.district.settings import GapRules, StreetSettings
from planner.language import note, use_language
from planner.report import PlanReport
from planner.streets import StreetGraph

QUICK = ChartStyle(dots_an_inch=60)
PINK = (0xC2, 0x13, 0x7A)
BLACK = (0x14, 0x21, 0x2B)


@pytest.fixture(scope="module")
def report() -> PlanReport:
    return small_report()


def pixels(png: bytes) -> np.ndarray:
    assert png.startswith(b"\x89PNG")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def count(png: bytes, colour: tuple[int, int, int]) -> int:
    return int((pixels(png) == colour).all(axis=2).sum())


def picture(report: PlanReport, *, streets: StreetGraph | None = None) -> bytes:
    return map_picture(
        report.district, report.coverage, report.after, report.sites, streets=streets, style=QUICK
    )


def avenue(report: PlanReport) -> StreetGraph:
    """One street of two pieces across the whole district."""
    sites = report.coverage.options.sites
    x, y = sites["x"], sites["y"]
    line = np.array([[x.min(), y.min()], [x.mean(), y.max()], [x.max(), y.max()]])
    return StreetGraph(
        node_xy=line[[0, 2]],
        tail=np.array([0], np.int32),
        head=np.array([1], np.int32),
        length_mm=np.array([1000], np.int32),
        forward=np.array([7], np.uint8),
        backward=np.array([7], np.uint8),
        line_start=np.array([0, 3]),
        line_xy=line,
        crs=projection_of(report.district),
    )


CHARTS: list[Callable[[PlanReport], bytes]] = [
    lambda report: group_chart(report.district, report.before, style=QUICK),
    lambda report: period_chart(report.district, report.before, style=QUICK),
    lambda report: before_after_chart(report.district, report.before, report.after, style=QUICK),
    picture,
]


@pytest.mark.parametrize("draw", CHARTS, ids=["group", "period", "before_after", "map"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_picture_is_drawn_alike_twice_without_a_warning(
    draw: Callable[[PlanReport], bytes], language: str, report: PlanReport
) -> None:
    use_language(language)
    first = draw(report)
    assert pixels(first).std() > 5
    assert first == draw(report)


def test_the_shares_told_of_a_period_add_up_also_where_stations_are_full(
    report: PlanReport,
) -> None:
    period = report.before.by_period
    some = period.assign(
        full_share=0.5 * period["effective_share"], effective_share=0.5 * period["effective_share"]
    )
    for table, full in ((period, False), (some, True)):
        told = _columns(replace(report.before, by_period=table))
        assert ("full_share" in told) is full
        shares = table[[each for each in told if each != "nominal_share"]]
        assert shares.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_the_name_of_no_usual_group_is_cut() -> None:
    names = [two_names(each.name, each.name_en) for each in DEFAULT_GROUPS]
    for language in ("zh", "en"):
        use_language(language)
        told = [" ".join(each.split()) for each in labels(names, words_in_use())]
        assert told == [name.text(words_in_use().language) for name in names]


@pytest.mark.parametrize("draw", CHARTS[:3], ids=["group", "period", "before_after"])
def test_a_chart_has_room_beside_very_long_names(
    draw: Callable[[PlanReport], bytes], report: PlanReport
) -> None:
    settings = report.district.settings
    long = "a very long name " * 20
    settings = replace(
        settings,
        groups=tuple(replace(each, name=long, name_en=long) for each in settings.groups),
        periods=tuple(replace(each, name=long, name_en=long) for each in settings.periods),
    )
    told = replace(report, district=replace(report.district, settings=settings))
    wide = pixels(draw(report)).shape[1]
    assert pixels(draw(told)).shape[1] < 1.5 * wide  # nothing is pushed out, nor warned of


def test_proposed_and_existing_stations_are_told_apart_on_the_map(report: PlanReport) -> None:
    with_plan = picture(report)
    today = picture(replace(report, sites=report.sites.iloc[:0]))
    assert count(with_plan, PINK) > 50
    assert count(today, PINK) == 0
    assert count(today, BLACK) > 50


def test_streets_lie_under_the_cells(report: PlanReport) -> None:
    without, with_streets = pixels(picture(report)), pixels(picture(report, streets=avenue(report)))
    assert (with_streets != without).any(axis=2).sum() > 100
    assert with_streets[with_streets != without].mean() < 250


def test_a_long_narrow_district_is_not_drawn_out_of_shape(report: PlanReport) -> None:
    height, width, _ = pixels(picture(report)).shape
    assert 0.4 < height / width < 1.6


def test_names_that_look_like_formulas_or_have_letters_without_a_glyph_do_no_harm(
    report: PlanReport,
) -> None:
    settings = report.district.settings
    groups = tuple(
        replace(group, name=r"$\frac{骑$\x", name_en="a$_^\U000e0041$\x07")
        for group in settings.groups
    )
    district = replace(
        report.district,
        settings=replace(settings, groups=groups, data_note="$x^$ \U000e0041"),
    )
    hostile = replace(report, district=district)
    for language in ("zh", "en"):
        use_language(language)
        for draw in CHARTS:
            assert draw(hostile).startswith(b"\x89PNG")


def test_without_a_chinese_font_pictures_are_labelled_in_english_and_it_is_logged(
    report: PlanReport, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own: list[FontEntry] = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", own)
    use_language("zh")
    with caplog.at_level(logging.WARNING):
        words = words_in_use()
    assert words == Words("en", ("DejaVu Sans",))
    assert "labelled in English" in caplog.text
    assert words.tell(note("N")) == "N"
    assert words.tell("示例 A$") == r" A\$"
    for draw in CHARTS:
        assert draw(report).startswith(b"\x89PNG")


def test_the_map_is_marked_as_a_working_sketch_with_the_source_of_its_streets() -> None:
    district = small_district()
    drawn = str(_marking(district))
    assert "Internal working sketch" in drawn
    assert "虚构 / invented" in drawn
    assert "OpenStreetMap" not in drawn
    streets = StreetSettings(path="city.osm.pbf")
    from_osm = replace(district, settings=replace(district.settings, streets=streets))
    assert "© OpenStreetMap" in str(_marking(from_osm))


def test_a_crowd_of_sites_in_one_corner_is_the_core_and_holds_their_numbers() -> None:
    box = np.array([0.0, 0.0, 10_000.0, 8_000.0])
    crowd = np.stack(np.meshgrid(np.arange(6.0), np.arange(5.0)), axis=2).reshape(-1, 2) * 300
    far = np.array([[9000.0, 7000.0], [9500.0, 500.0], [200.0, 7800.0]])
    core = _core(np.concatenate([crowd, far]), box)
    assert core is not None
    west, south, east, north = core
    assert west < 0
    assert 1500 < east < 2500
    assert south < 0
    assert 1200 < north < 2500


def test_sites_that_are_few_or_lie_evenly_need_no_larger_map() -> None:
    box = np.array([0.0, 0.0, 10_000.0, 10_000.0])
    even = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=2).reshape(-1, 2) * 2000
    assert _core(even, box) is None
    assert _core(even[:11], box) is None
    assert _core(np.zeros((0, 2)), box) is None


def test_a_small_plan_has_no_core_picture_and_a_crowded_one_has(report: PlanReport) -> None:
    district, coverage = report.district, report.coverage
    assert core_picture(district, coverage, report.after, report.sites, streets=None) is None
    places = 16
    corner = sites(
        *[
            (
                f"V{n}",
                f"店{n}",
                120.3 + 0.0005 * (n % 4),
                31.5 + 0.0005 * (n // 4),
                "24小时",
                "open",
            )
            for n in range(places)
        ]
    )
    crowded = small_report(
        small_district(venues=corner),
        plan=replace(report.plan, options=tuple(sorted(f"V{n}" for n in range(places)))),
    )
    drawn = core_picture(
        crowded.district, crowded.coverage, crowded.after, crowded.sites, streets=None, style=QUICK
    )
    assert drawn is not None
    assert count(drawn, PINK) > count(picture(crowded), PINK)


def test_a_long_note_is_broken_between_words_or_after_a_chinese_letter() -> None:
    note_ = "数据为虚构，" * 12 + "unbreakable " * 9
    broken = _lines(note_)
    assert "".join(broken).replace(" ", "") == note_.replace(" ", "")
    assert all(len(line) + sum(letter > "\u02ff" for letter in line) <= 92 for line in broken)
    assert sum(line.count("unbreakable") for line in broken) == 9
    assert len(broken) == 3


@pytest.mark.parametrize(
    ("room", "length"), [(1000.0, 1000.0), (999.9, 500.0), (4300.0, 2000.0), (77.0, 50.0)]
)
def test_the_scale_bar_has_a_round_length(room: float, length: float) -> None:
    assert round_length(room) == length


def test_drawing_leaves_the_global_settings_of_matplotlib_alone(report: PlanReport) -> None:
    before = dict(mpl.rcParams)
    picture(report)
    assert dict(mpl.rcParams) == before


def test_density_and_gaps_are_pictures_in_both_languages(report: PlanReport) -> None:
    district, coverage = report.district, report.coverage
    surface = density_surface(
        coverage.demand, projection=projection_of(district), bandwidth_m=300.0
    )
    spots = pd.DataFrame(
        {
            "lon": [coverage.demand.cells["lon"].iloc[0]],
            "lat": [coverage.demand.cells["lat"].iloc[0]],
            "radius_m": 200.0,
            "look_for_host": True,
        },
        index=[1],
    )
    check = check_gaps(
        coverage,
        [],
        rules=GapRules(urban_m=100.0, dense_m=100.0),
        communities=district.communities,
    )
    for language in ("en", "zh"):
        use_language(language)
        drawn = density_picture(district, surface, streets=None, spots=spots)
        plain = density_picture(district, surface, streets=None)
        told = gaps_picture(district, coverage, check, streets=None)
        sizes = [Image.open(io.BytesIO(each)).size for each in (drawn, plain, told)]
        assert all(min(size) > 500 for size in sizes)
        assert drawn != plain


def test_each_colour_of_the_density_is_darker_than_the_one_before() -> None:
    shades = [
        0.3 * int(colour[1:3], 16) + 0.59 * int(colour[3:5], 16) + 0.11 * int(colour[5:7], 16)
        for colour in STYLE.density_colours
    ]
    assert all(before - after > 15 for before, after in pairwise(shades))
