"""From the worker tables of a district to people in cells, hour by hour."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.demand import Demand, build_demand
from planner.district import District, Settings, WorkerTable, projection_of
from planner.district.settings import Group, Period, WorkerSource
from planner.errors import InputError
from planner.geo import to_plane

WORKDAY = (0.0,) * 6 + (0.5,) * 2 + (1.0,) * 10 + (0.25,) * 6
GROUPS = tuple(
    Group(
        id=name,
        name=chinese,
        name_en=f"{name}s",
        ways=(),
        weekday=WORKDAY,
        weekend=tuple(share / 2 for share in WORKDAY),
    )
    for name, chinese in (("rider", "骑手"), ("courier", "快递员"))
)
PERIODS = (
    Period(id="day", name="白天", name_en="day", start_hour=6, end_hour=22),
    Period(id="night", name="夜间", name_en="night", start_hour=22, end_hour=6),
)
COMMUNITIES = gpd.GeoDataFrame(
    {"name": ["江北社区", "桥头社区"], "street": ["", ""]},
    index=pd.Index(["C1", "C2"], name="id"),
    geometry=[shapely.box(120, 31, 120.02, 31.02), shapely.box(120.02, 31, 120.03, 31.02)],
    crs=4326,
)


def survey(*rows: tuple[str, str, float, str], total: float | None = None) -> WorkerTable:
    table = pd.DataFrame(list(rows), columns=["community", "group", "workers", "period"])
    source = WorkerSource(path="调查.xlsx", kind="survey", total_workers=total)
    return WorkerTable(source=source, rows=table)


def points(
    *rows: tuple[str, float, float, str, float, str, int], path: str = "points.csv"
) -> WorkerTable:
    columns = ["id", "lon", "lat", "group", "workers", "period", "hour"]
    table = pd.DataFrame(list(rows), columns=columns)
    return WorkerTable(source=WorkerSource(path=path, kind="points"), rows=table)


def district(*workers: WorkerTable, communities: gpd.GeoDataFrame = COMMUNITIES) -> District:
    nothing = pd.DataFrame()
    return District(
        folder=Path(),
        settings=Settings(name="test", groups=GROUPS, periods=PERIODS),
        stations=nothing,
        venues=nothing,
        to_place=nothing,
        boundary=shapely.box(120, 31, 120.04, 31.02),
        communities=communities,
        workers=workers,
        problems=(),
        rejected=nothing,
        assumptions=(),
        fingerprint="",
    )


def told(demand: Demand) -> str:
    return "\n".join(message.text("en") for message in demand.notes)


def headcount(demand: Demand, community: str, group: str) -> float:
    here = (demand.cells["community"] == community).to_numpy()
    return float(demand.workers[here, demand.groups.index(group)].sum())


def present(demand: Demand, day: int, hour: int) -> dict[str, float]:
    band = demand.band_of_hour[24 * day + hour]
    people = demand.people_milli[band].sum(axis=0) / 1000
    return dict(zip(demand.groups, people.tolist(), strict=True))


def test_headcounts_stay_in_their_community_and_presence_follows_the_table() -> None:
    demand = build_demand(
        district(survey(("C1", "rider", 10, ""), ("桥头社区", "rider", 7, ""))), None
    )
    assert headcount(demand, "C1", "rider") == pytest.approx(10)
    assert headcount(demand, "C2", "rider") == pytest.approx(7)
    assert present(demand, 0, 12) == {"rider": 17, "courier": 0}
    assert present(demand, 4, 6)["rider"] == 8.5
    assert present(demand, 5, 12)["rider"] == 8.5
    assert present(demand, 2, 3)["rider"] == 0
    # A weekday holds 2 x 0.5 + 10 x 1 + 6 x 0.25 = 12.5 hours a head, a weekend day half of it.
    assert demand.worker_hours_week == pytest.approx(17 * (5 * 12.5 + 2 * 6.25))


def test_hours_with_equal_people_are_one_band() -> None:
    demand = build_demand(district(survey(("C1", "rider", 8, ""))), None)
    # Shares in the order in which they occur: 0, 0.5 (weekend days have it too), 1, 0.25, 0.125.
    assert demand.band_hours.tolist() == [42, 30, 50, 34, 12]
    assert demand.people_milli.sum(axis=(1, 2)).tolist() == [0, 4000, 8000, 2000, 1000]


def test_cells_lie_in_their_community_and_their_degrees_match_their_metres() -> None:
    place = district(survey(("C1", "rider", 10, ""), ("C2", "rider", 7, "")))
    demand = build_demand(place, None)
    shapes = COMMUNITIES.geometry
    for row in demand.cells.itertuples():
        assert shapes[row.community].contains(shapely.Point(row.lon, row.lat))
    metres = to_plane(demand.cells["lon"], demand.cells["lat"], projection=projection_of(place))
    assert np.abs(metres - demand.cells[["x", "y"]].to_numpy()).max() < 1e-3
    assert demand.cells.index.is_unique


def test_counts_by_period_are_the_people_present_and_the_largest_is_the_headcount() -> None:
    demand = build_demand(
        district(survey(("C1", "rider", 10, "day"), ("C1", "rider", 4, "night"))), None
    )
    assert headcount(demand, "C1", "rider") == pytest.approx(10)
    assert present(demand, 0, 6)["rider"] == 10
    assert present(demand, 6, 21)["rider"] == 10
    assert present(demand, 6, 22)["rider"] == 4
    assert "riders were counted by time only; their headcount is taken as 10" in told(demand)
    assert "every day of the week" in told(demand)


def test_a_headcount_is_never_exceeded_by_a_count_at_one_time() -> None:
    demand = build_demand(
        district(survey(("C1", "rider", 10, ""), ("C1", "rider", 25, "day"))), None
    )
    assert demand.workers.sum() == pytest.approx(10)
    assert present(demand, 0, 12)["rider"] == 10
    assert "25 riders were counted at one time, more than their headcount of 10" in told(demand)


def test_a_stated_total_is_met_to_the_thousandth() -> None:
    table = survey(
        ("C1", "rider", 1, ""), ("C2", "rider", 1, ""), ("C1", "courier", 1, ""), total=22000
    )
    demand = build_demand(district(table), None)
    assert round(demand.workers.sum() * 1000) == 22_000_000
    assert "3 workers counted, scaled to the stated 22,000" in told(demand)


def test_a_stated_total_ends_the_doubt_about_counts_by_time_alone() -> None:
    demand = build_demand(district(survey(("C1", "rider", 10, "day"), total=40)), None)
    assert headcount(demand, "C1", "rider") == pytest.approx(40)
    assert present(demand, 0, 12)["rider"] == 40
    assert "may be higher" not in told(demand)


def test_a_source_that_already_has_its_stated_total_is_not_said_to_be_scaled() -> None:
    demand = build_demand(district(survey(("C1", "rider", 10, ""), total=10)), None)
    assert "scaled" not in told(demand)


def test_sources_add_up_and_cells_keep_their_own_ids() -> None:
    first = points(("P1", 120.001, 31.001, "rider", 5, "", -1))
    second = points(("P1", 120.035, 31.001, "rider", 6, "", -1), path="more.csv")
    demand = build_demand(district(survey(("C1", "rider", 10, "")), first, second), None)
    assert demand.workers.sum() == pytest.approx(21)
    assert demand.cells.index.is_unique
    # Sources stand in the order of their names: more.csv has its own ids, points.csv others.
    assert demand.cells.loc["P1", "community"] == ""
    assert demand.cells["community"].iloc[-1] == "C1"
    assert "the counts of 3 sources are added up" in told(demand)


def test_two_surveys_share_the_cells_of_a_community() -> None:
    demand = build_demand(
        district(survey(("C1", "rider", 10, "")), survey(("C1", "courier", 3, ""))), None
    )
    alone = build_demand(district(survey(("C1", "rider", 10, ""))), None)
    assert demand.cells.index.tolist() == alone.cells.index.tolist()
    assert headcount(demand, "C1", "courier") == pytest.approx(3)


def test_points_by_the_hour_are_present_in_that_hour() -> None:
    demand = build_demand(
        district(
            points(
                ("a", 120.001, 31.001, "rider", 5, "", 8),
                ("b", 120.002, 31.001, "rider", 2.5, "", 8),
                ("a", 120.001, 31.001, "rider", 6, "", 23),
            )
        ),
        None,
    )
    assert list(demand.cells.index) == ["a", "b"]
    assert present(demand, 3, 8)["rider"] == 7.5
    assert present(demand, 3, 23)["rider"] == 6
    # Hours that nobody counted follow the table: 7.5 people, a quarter of them out at 20:00.
    assert present(demand, 3, 20)["rider"] == pytest.approx(1.875, abs=1e-3)


def test_places_with_the_same_id_at_two_positions_stay_two_cells() -> None:
    demand = build_demand(
        district(
            points(
                ("a", 120.001, 31.001, "rider", 5, "", -1),
                ("a", 120.003, 31.001, "rider", 2, "", -1),
                ("a-2", 120.005, 31.001, "rider", 1, "", -1),
            )
        ),
        None,
    )
    assert list(demand.cells.index) == ["a", "a-3", "a-2"]
    assert demand.workers[:, 0].tolist() == [5, 2, 1]


def test_a_community_that_the_district_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="community must be one of the district's, got '西山社区'"):
        build_demand(district(survey(("西山社区", "rider", 7, ""))), None)


def test_names_match_whatever_the_width_of_their_characters_and_spaces_around() -> None:
    demand = build_demand(district(survey((" Ｃ１ ", "rider", 10, ""))), None)
    assert headcount(demand, "C1", "rider") == pytest.approx(10)


@pytest.mark.parametrize("workers", [(), (survey(),), (points(),)])
def test_a_district_without_any_counted_worker_is_refused(workers: Sequence[WorkerTable]) -> None:
    with pytest.raises(InputError, match="No source says where any worker is"):
        build_demand(district(*workers), None)


def test_counts_of_zero_throughout_are_refused() -> None:
    with pytest.raises(InputError, match="count nobody at all"):
        build_demand(district(survey(("C1", "rider", 0, ""))), None)


def test_notes_are_told_in_chinese_too() -> None:
    demand = build_demand(district(survey(("C1", "rider", 10, ""))), None)
    chinese = "\n".join(message.text("zh") for message in demand.notes)
    assert "在岗比例表推算：骑手" in chinese


counts = st.dictionaries(
    st.tuples(
        st.sampled_from(["C1", "C2"]),
        st.sampled_from(["rider", "courier"]),
        st.sampled_from(["", "day", "night"]),
    ),
    st.floats(0, 5000).map(lambda number: round(number, 2)),
    min_size=1,
).filter(lambda cells: sum(cells.values()) > 1)


@settings(max_examples=40, deadline=None)
@given(counts)
def test_totals_are_kept_and_nobody_is_present_twice(
    cells: Mapping[tuple[str, str, str], float],
) -> None:
    rows = [(place, group, people, period) for (place, group, period), people in cells.items()]
    # A stated headcount holds, so somebody must be stated, or counted where nothing is stated.
    assume(any(row[2] > 1 for row in rows if not row[3] or (row[0], row[1], "") not in cells))
    demand = build_demand(district(survey(*rows)), None)
    for community in ("C1", "C2"):
        for group in ("rider", "courier"):
            stated = [row[2] for row in rows if (row[0], row[1], row[3]) == (community, group, "")]
            if stated:
                assert headcount(demand, community, group) == pytest.approx(sum(stated), abs=2e-3)
    at_once = demand.people_milli.sum(axis=1)
    assert (at_once <= np.round(demand.workers.sum(axis=0) * 1000)).all()
    assert (demand.people_milli >= 0).all()


@settings(max_examples=25, deadline=None)
@given(counts)
def test_worker_hours_are_those_of_a_plain_recount(
    cells: Mapping[tuple[str, str, str], float],
) -> None:
    rows = [(c, g, people, "") for (c, g, period), people in cells.items() if period == ""]
    assume(sum(row[2] for row in rows) > 1)
    demand = build_demand(district(survey(*rows)), None)
    hours = 5 * sum(WORKDAY) + 2 * sum(WORKDAY) / 2
    expected = sum(row[2] for row in rows) * hours
    # Each hour of the week may be rounded by half a thousandth of a person a group.
    assert demand.worker_hours_week == pytest.approx(expected, abs=168 * 2 * 0.002)
