"""The whole way, from files to a plan with a proof, on three real places."""

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from real_districts import (
    CORNERS,
    DATA,
    DISTRICTS,
    FUTIAN_DRIVERS,
    SHENZHEN_DRIVERS,
    XINWU_WORKERS,
)

from planner.coverage import measure_coverage
from planner.district.settings import Limits
from planner.geo import from_wgs84
from planner.pipeline import Prepared, cover, plan, prepare, write_outputs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the project"),
]


def _prepared(name: str, folder: Path) -> Iterator[Prepared]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(folder / "cache"))
        DISTRICTS[name](folder / name)
        yield prepare(folder / name)


@pytest.fixture(scope="module")
def xinwu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("xinwu", tmp_path_factory.mktemp("xinwu"))


@pytest.fixture(scope="module")
def futian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("futian", tmp_path_factory.mktemp("futian"))


@pytest.fixture(scope="module")
def shenzhen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("all_shenzhen", tmp_path_factory.mktemp("shenzhen"))


def _assert_plan_holds(prepared: Prepared, limits: Limits) -> None:
    """Check what must be true of any plan on real data."""
    result = plan(prepared, limits)
    chosen = result.plan
    assert chosen.gap <= 0.01
    assert chosen.served_milli <= chosen.bound_milli <= chosen.total_milli
    assert limits.count is None or len(chosen.options) <= limits.count
    assert limits.budget_yuan is None or chosen.cost_yuan <= limits.budget_yuan
    assert result.before.effective_share < result.before.nominal_share
    assert result.before.effective_share < result.after.effective_share
    assert result.after.effective_share <= result.after.nominal_share
    assert chosen.served == pytest.approx(
        result.after.effective_share * result.after.worker_hours_week
    )
    places = prepared.options.sites.loc[list(chosen.options), ["x", "y"]].to_numpy()
    apart = np.hypot(*(places[:, None] - places[None, :]).T)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= limits.min_separation_m


# Xinwu


def test_xinwu_is_read_without_a_fault(xinwu: Prepared) -> None:
    assert [str(problem) for problem in xinwu.district.problems if problem.fatal] == []
    assert len(xinwu.district.stations) == 13
    assert len(xinwu.district.venues) == 579
    assert xinwu.district.rejected.empty


def test_xinwu_has_the_stated_workers_in_each_group(xinwu: Prepared) -> None:
    by_group = dict(zip(xinwu.demand.groups, xinwu.demand.workers.sum(axis=0), strict=True))
    assert by_group == pytest.approx(XINWU_WORKERS, abs=1.0)
    assert xinwu.demand.workers.sum() == pytest.approx(22_000, abs=0.001)


def test_xinwu_roads_keep_their_length_and_what_may_use_them(xinwu: Prepared) -> None:
    streets = xinwu.streets
    assert streets is not None
    used = streets.length_mm.sum() / 1e6
    assert used == pytest.approx(2046, rel=0.01)  # km, as counted in the data's own README
    assert len(streets.node_xy) == pytest.approx(9443, rel=0.02)


def test_xinwu_with_100_new_sites_is_solved_to_one_percent(xinwu: Prepared) -> None:
    _assert_plan_holds(xinwu, Limits(count=100, gap_share=0.01, time_limit_s=30))


def test_xinwu_with_money_and_separation_is_solved_to_one_percent(xinwu: Prepared) -> None:
    limits = Limits(budget_yuan=300_000, min_separation_m=400, gap_share=0.01, time_limit_s=30)
    _assert_plan_holds(xinwu, limits)


def test_the_files_of_a_plan_for_xinwu_are_written(xinwu: Prepared, tmp_path: Path) -> None:
    result = plan(xinwu, Limits(count=20, gap_share=0.01))
    written = write_outputs(result, tmp_path)
    expected = {"plan.json", "sites.xlsx", "sites.geojson", "map.html", "district.toml"}
    assert expected <= set(written)
    sites = gpd.read_file(tmp_path / "sites.geojson")
    assert set(result.plan.options) <= set(sites["id"])
    told = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert told["served"] == pytest.approx(result.plan.served)
    assert "虚构" in told["data_note"]


def test_a_wrongly_declared_list_is_told_with_both_fits(tmp_path: Path) -> None:
    DISTRICTS["xinwu"](tmp_path)
    settings = tmp_path / "district.toml"
    text = settings.read_text(encoding="utf-8")
    right = 'path = "venues.csv"\ncrs = "WGS-84"'
    assert right in text
    settings.write_text(text.replace(right, right.replace("WGS-84", "GCJ-02")), encoding="utf-8")
    told = [str(problem) for problem in prepare(tmp_path).problems]
    assert any("venues.csv" in text and "GCJ-02" in text and "WGS-84" in text for text in told)


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09", "CGCS2000"])
def test_one_list_in_any_system_gives_the_same_coverage(
    xinwu: Prepared, system: str, tmp_path: Path
) -> None:
    DISTRICTS["xinwu"](tmp_path)
    rows = pd.read_csv(tmp_path / "venues.csv", encoding="utf-8-sig")
    rows["经度"], rows["纬度"] = from_wgs84(rows["经度"], rows["纬度"], crs=system)
    rows.to_csv(tmp_path / "venues.csv", index=False, encoding="utf-8-sig")
    settings = tmp_path / "district.toml"
    text = settings.read_text(encoding="utf-8")
    right = 'path = "venues.csv"\ncrs = "WGS-84"'
    settings.write_text(text.replace(right, right.replace("WGS-84", system)), encoding="utf-8")
    again = prepare(tmp_path)
    assert [str(problem) for problem in again.problems if problem.fatal] == []
    both = [measure_coverage(p.coverage, p.options.table.index) for p in (xinwu, again)]
    assert both[0].effective_share == pytest.approx(both[1].effective_share, abs=1e-6)
    assert both[0].nominal_share == pytest.approx(both[1].nominal_share, abs=1e-6)


# Futian


def test_futian_keeps_the_places_within_200_metres_of_the_streets(futian: Prepared) -> None:
    district = futian.district
    assert [str(problem) for problem in district.problems if problem.fatal] == []
    assert 1 <= len(district.stations) < 30
    assert CORNERS < len(district.venues) < CORNERS + 60
    assert futian.streets is not None


def test_futian_has_drivers_by_the_hour_and_never_more_than_there_are(futian: Prepared) -> None:
    demand = futian.demand
    by_hour = demand.people_milli.sum(axis=(1, 2))[demand.band_of_hour] / 1000
    assert demand.workers.sum() == pytest.approx(FUTIAN_DRIVERS, abs=0.001)
    assert by_hour.max() <= FUTIAN_DRIVERS
    assert len(set(by_hour[:24].tolist())) > 12


def test_futian_is_planned_to_one_percent(futian: Prepared) -> None:
    _assert_plan_holds(futian, Limits(count=5, min_separation_m=300, gap_share=0.01))


# All Shenzhen


def test_shenzhen_reads_462_shelters_and_tells_those_on_one_spot(shenzhen: Prepared) -> None:
    district = shenzhen.district
    assert len(district.stations) == 462
    assert len(district.venues) == 301
    twins = [p for p in district.problems if p.table.startswith("stations.csv") and not p.fatal]
    assert len(twins) == 462 - 441


def test_shenzhen_sets_aside_taxis_outside_the_city(shenzhen: Prepared) -> None:
    outside = [p for p in shenzhen.district.problems if p.table.startswith("points.csv")]
    assert outside
    assert all(problem.fatal for problem in outside)
    assert shenzhen.demand.cells["lat"].between(22.3, 23.0).all()
    assert shenzhen.demand.workers.sum() == pytest.approx(SHENZHEN_DRIVERS, abs=0.001)


def test_shenzhen_without_streets_takes_straight_lines_times_the_detour(
    shenzhen: Prepared,
) -> None:
    assert shenzhen.streets is None
    cells = shenzhen.demand.cells[["x", "y"]].to_numpy()
    for site, place in shenzhen.options.sites[["x", "y"]].iloc[::40].iterrows():
        way_mm = np.rint(np.hypot(*(cells - place.to_numpy()).T) * 1.32 * 1000)
        row = shenzhen.options.sites.index.get_loc(site)
        reached = shenzhen.coverage.reach["driver"][[row]].toarray().ravel()
        assert (reached == (way_mm <= 1_500_000)).all()


def test_shenzhen_is_planned_to_one_percent(shenzhen: Prepared) -> None:
    _assert_plan_holds(shenzhen, Limits(count=50, budget_yuan=400_000, gap_share=0.01))


def test_shenzhen_is_told_district_by_district(shenzhen: Prepared) -> None:
    figures = cover(shenzhen)
    named = figures.by_community.index
    assert len(named[named != ""]) == 10
    hours = figures.by_community["worker_hours_week"].sum()
    assert hours == pytest.approx(figures.worker_hours_week)


# What must never be written


@pytest.mark.parametrize("name", ["futian", "all_shenzhen"])
def test_no_vehicle_number_is_written(name: str, tmp_path: Path) -> None:
    DISTRICTS[name](tmp_path)
    taxi = pd.read_csv(DATA / "shenzhen" / "TaxiData-Sample.csv.gz", header=None, usecols=[0])
    numbers = set(taxi[0].astype(str))
    points = pd.read_csv(tmp_path / "points.csv", dtype=str)
    assert list(points.columns) == ["编号", "经度", "纬度", "群体", "小时", "人数"]
    for column in points:
        assert not numbers & set(points[column])


@pytest.mark.parametrize("name", list(DISTRICTS))
def test_what_is_invented_says_so(name: str, tmp_path: Path) -> None:
    DISTRICTS[name](tmp_path)
    assert "虚构" in (tmp_path / "district.toml").read_text(encoding="utf-8")
    shenzhen = name in {"futian", "futian_records", "all_shenzhen"}
    encoding = "gb18030" if shenzhen else "utf-8-sig"
    header = (tmp_path / "venues.csv").read_text(encoding=encoding).splitlines()[0]
    for word in ("类型", "开放时间", "进入方式", "是否上图", "建站费用"):
        assert f"{word}（虚构）" in header
