"""What a plan serves is counted once more, from the files, by other code: the same number."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Transformer
from real_districts import DATA, xinwu
from recounting import (
    Network,
    PlainTown,
    bits_of_week,
    graded,
    open_bits,
    seat,
    served_milli,
    spells,
    tell,
    turns,
    way_within,
)
from shapely import Point

from planner.bundle import sample_folder
from planner.coverage import (
    measure_coverage,
    nearest_stations,
    seat_use,
    service_areas,
    station_losses,
)
from planner.district import projection_of
from planner.district.settings import Limits, ServiceRules
from planner.geo import to_plane, to_wgs84
from planner.pipeline import Prepared, plan, prepare

WEEK, WORKDAYS = "0123456", "01234"
HOURS = {  # read by hand
    "周一至周五 8:30-12:00，14:00-17:30": [(WORKDAYS, 510, 720), (WORKDAYS, 840, 1050)],
    "周一至周五8:30-12:00 13:30-17:30": [(WORKDAYS, 510, 720), (WORKDAYS, 810, 1050)],
    "8:30-12:00 14:00-18:00": [(WEEK, 510, 720), (WEEK, 840, 1080)],
    "周一至周日9:00-17:00": [(WEEK, 540, 1020)],
    "周一至周五9:00-17:00": [(WORKDAYS, 540, 1020)],
    "9:00-12:00 14:00-17:00": [(WEEK, 540, 720), (WEEK, 840, 1020)],
    "周一至周五9:00-17:00，周六周日9:00-16:00": [(WORKDAYS, 540, 1020), ("56", 540, 960)],
    "9：00—17：00": [(WEEK, 540, 1020)],
    "24小时": [(WEEK, 0, 1440)],
    "全天24小时": [(WEEK, 0, 1440)],
    "全天": [(WEEK, 0, 1440)],
    "00:00-24:00": [(WEEK, 0, 1440)],
    "6:00-22:00": [(WEEK, 360, 1320)],
    "6:00-24:00": [(WEEK, 360, 1440)],
    "6:30-21:00": [(WEEK, 390, 1260)],
    "8:00-22:00": [(WEEK, 480, 1320)],
    "7:00-23:00": [(WEEK, 420, 1380)],
    "早上7点至晚上9点": [(WEEK, 420, 1260)],
    "9:00-21:30": [(WEEK, 540, 1290)],
    "10:00-14:00 16:30-21:00": [(WEEK, 600, 840), (WEEK, 990, 1260)],
    "9:00-18:00": [(WEEK, 540, 1080)],
    "9:00-12:00 13:30-18:00": [(WEEK, 540, 720), (WEEK, 810, 1080)],
    "8:30-20:00": [(WEEK, 510, 1200)],
    "5:00-19:00": [(WEEK, 300, 1140)],
    "04:30-11:00 13:00-18:00": [(WEEK, 270, 660), (WEEK, 780, 1080)],
    "5:00-21:00": [(WEEK, 300, 1260)],
}
USUAL = {  # where a list leaves the hours blank: those of the host type in the defaults
    "党群服务中心": [(WORKDAYS, 510, 720), (WORKDAYS, 840, 1050)],
    "银行网点": [(WORKDAYS, 540, 1020), ("5", 540, 960)],
    "加油站": [(WEEK, 0, 1440)],
    "沿街商户": [(WEEK, 480, 1260)],
    "通信营业厅": [(WEEK, 540, 1080)],
    "环卫工休息室": [(WEEK, 300, 1140)],
    "公园、公厕管理房": [(WEEK, 360, 1260)],
    "物流园区": [(WEEK, 0, 1440)],
}
REACH = {  # of the sample's district.toml
    "rider": {"ebike": 800, "walk": 300},
    "courier": {"walk": 500},
    "sanitation": {"walk": 500},
    "driver": {"drive": 1500},
    "trucker": {"drive": 3000},
    "guard": {"walk": 500},
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """The sample district, made ready once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield prepare(sample_folder())


@pytest.fixture(scope="module")
def networks(sample: Prepared) -> Mapping[str, Network]:
    path, plane = sample_folder() / "streets.gpkg", projection_of(sample.district)
    return {
        mode: Network(path, mode=mode, crs="EPSG:4326", plane=plane)
        for mode in ("walk", "ebike", "drive")
    }


@pytest.fixture(scope="module")
def doors(sample: Prepared) -> Mapping[str, tuple[Point, int]]:
    """Place and open minutes of each site, from the two workbooks; no minute: it serves nobody."""
    stations = pd.read_excel(sample_folder() / "stations.xlsx", header=1, dtype=str)
    stations = stations[stations["状态"] == "开放"]
    lists = [
        ("S" + stations["序号"], stations, stations["开放时间"], stations["是否上图"] == "否"),
    ]
    venues = pd.read_excel(sample_folder() / "venues.xlsx", header=1, dtype=str)
    lon_lat = venues["经纬度"].str.split(",", expand=True)
    venues = venues.assign(经度=lon_lat[0], 纬度=lon_lat[1])
    lists.append((venues["编号"], venues, venues["营业时间"], venues["编号"] == ""))
    plane = projection_of(sample.district)
    found = {}
    for ids, rows, hours, unlisted in lists:
        lon, lat = to_wgs84(rows["经度"].astype(float), rows["纬度"].astype(float), crs="GCJ-02")
        xy = to_plane(lon, lat, projection=plane)
        hidden = unlisted | (rows["进入方式"] == "门禁")
        for name, at, text, host, no in zip(ids, xy, hours, rows["类型"], hidden, strict=True):
            spans = HOURS[text] if isinstance(text, str) else USUAL[host]
            found[name] = (Point(at), 0 if no else bits_of_week(spans))
    return found


def recount(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
    present: Sequence[str],
) -> int:
    """Count who is served by some sites, station by station and cell by cell."""
    demand = sample.demand
    cells = [Point(xy) for xy in demand.cells[["x", "y"]].to_numpy()]
    reach = {group: REACH[group] for group in demand.groups}
    bits = open_bits(networks, [doors[name] for name in present if name in doors], cells, reach)
    people = demand.people_milli[demand.band_of_hour]
    return served_milli(bits, lambda cell, group: people[:, cell, group].tolist())


def test_what_the_sample_serves_today_is_the_same_when_counted_by_other_code(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
) -> None:
    nothing = plan(sample, Limits(count=0))
    again = recount(sample, networks, doors, sample.present)
    assert nothing.plan.served_milli == again


def test_what_a_plan_serves_is_the_same_when_counted_by_other_code(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
) -> None:
    limits = Limits(
        count=8, budget_yuan=50_000, min_separation_m=300, gap_share=0.05, time_limit_s=30
    )
    result = plan(sample, limits)
    assert len(result.plan.options) == 8
    again = recount(sample, networks, doors, [*sample.present, *result.plan.options])
    assert result.plan.served_milli == again
    assert result.plan.served == pytest.approx(again / 60_000, abs=0)


# Who goes where, and who finds a seat

ONE_EACH = ServiceRules(stay_min=30, visit_every_h=0.5, count_seats=True)
"""A seat serves one worker who is out, so that stations are overfull."""
PERIOD_OF_HOUR = [
    *["night"] * 4, *["early"] * 3, *["morning"] * 4, *["noon"] * 3, *["afternoon"] * 3,
    *["evening"] * 5, *["night"] * 2,
]  # fmt: skip


@pytest.fixture(scope="module")
def plain(
    sample: Prepared, networks: Mapping[str, Network], doors: Mapping[str, tuple[Point, int]]
) -> PlainTown:
    """Find the stations of today in reach of each cell, on the streets as NetworkX has them."""
    demand = sample.demand
    cells = [str(name) for name in demand.cells.index]
    places = [Point(xy) for xy in demand.cells[["x", "y"]].to_numpy()]
    there = {name: doors[name] for name in sample.present if doors.get(name, (None, 0))[1]}
    ways_mm: dict[str, dict[tuple[str, str], float]] = {mode: {} for mode in networks}
    for mode, network in networks.items():
        spots = [network.snap(place) for place in places]
        limit_m = max(reach.get(mode, 0) for reach in REACH.values())
        for name, (at, _) in there.items():
            ways = network.ways_mm(network.snap(at), spots, limit_m=limit_m)
            ways_mm[mode] |= {(name, cell): way for cell, way in zip(cells, ways, strict=True)}
    people = demand.people_milli[demand.band_of_hour]
    place = {cell: number for number, cell in enumerate(cells)}
    kinds = [
        (people[hour].tobytes(), PERIOD_OF_HOUR[hour % 24], hour >= 120) for hour in range(168)
    ]
    alike = {hour: kinds.index(kind) for hour, kind in enumerate(kinds)}
    return PlainTown(
        near={
            (cell, group): turns(ways_mm, REACH[group], cell, there)
            for cell in cells
            for group in demand.groups
        },
        spells=spells({name: bits for name, (_, bits) in there.items()}, alike),
        people=lambda cell, group: people[:, place[cell], demand.groups.index(group)].tolist(),
        period=PERIOD_OF_HOUR,
    )


def test_who_goes_to_which_station_and_how_far_is_the_same_when_counted_by_other_code(
    sample: Prepared, plain: PlainTown
) -> None:
    told = tell(plain, 2)
    areas = service_areas(sample.coverage, sample.present)
    assert areas["value_milli"].to_dict() == {
        key: value for key, value in told.areas.items() if value
    }
    farthest = areas["farthest_way_m"].dropna().to_dict()
    assert farthest == {key: mm / 1000 for key, mm in told.farthest.items()}
    losses = station_losses(sample.coverage, sample.present)["week_hours"]
    assert losses[losses > 0].to_dict() == pytest.approx(_by_station(told.alone))
    for n in (1, 2):
        rows: dict[Any, Any] = nearest_stations(sample.coverage, sample.present, n=n).to_dict(
            "index"
        )
        for (group, period), row in rows.items():
            if group and period:
                ways = told.ways[n, group, period]
                median = way_within(ways, 0.5)
                assert row["median_way_m"] == pytest.approx(median, nan_ok=True)
                served = row["share"] * row["worker_hours_week"]
                assert served == pytest.approx(sum(value for _, value in ways) / 60_000)
    figures = measure_coverage(
        sample.coverage, sample.present, service=ServiceRules(decay="gaussian")
    )
    assert figures.whole["backup_share"] == told.twice / figures.total_milli
    worth = graded(told.shares, "gaussian") / 10_000 / figures.total_milli
    assert figures.whole["graded_share"] == pytest.approx(worth, rel=1e-12)


def _by_station(alone: Mapping[tuple[str, str, bool], int]) -> dict[str, float]:
    """Sum worker-hours by station, those with any."""
    hours: dict[str, float] = {}
    for (station, _, _), value in alone.items():
        if value:
            hours[station] = hours.get(station, 0.0) + value / 60_000
    return hours


def test_who_finds_a_seat_is_the_same_when_counted_by_other_code(
    sample: Prepared, plain: PlainTown
) -> None:
    rows = pd.read_excel(sample_folder() / "stations.xlsx", header=1, dtype=str)
    numbers = zip("S" + rows["序号"], rows["可容纳人数"], strict=True)
    room = {name: 1000 * int(seats) for name, seats in numbers if isinstance(seats, str)}
    seated = seat(plain, room)
    use = seat_use(sample.coverage, sample.present, service=ONE_EACH)
    away: dict[Any, float] = use["turned_away_hours_week"].to_dict()
    by_hand = {key: value / 60_000 for key, value in seated.away.items() if value}
    assert len(by_hand) > 5
    found = {
        (station, period): hours
        for (station, _, period), hours in away.items()
        if station and period and hours
    }
    assert found == pytest.approx(by_hand)
    lost = sum(seated.lost.values())
    assert away[("", "", "")] == lost / 60_000
    figures = measure_coverage(sample.coverage, sample.present, service=ONE_EACH)
    without = measure_coverage(sample.coverage, sample.present)
    assert figures.served_milli == without.served_milli - lost


# A part of Xinwu: demand is recounted from the file too

WINDOW = (821_000, 3_488_500, 824_500, 3_492_000)  # metres in EPSG:32650
XINWU_REACH = {
    "rider": {"ebike": 800, "walk": 300},
    "courier": {"walk": 500},
    "trucker": {"drive": 1200},
}
XINWU_SHARES = {  # share that is out in each hour, all weekdays and at the weekend
    "rider": ([0.1] * 11 + [0.9] * 3 + [0.5] * 10, [0.2] * 24),
    "courier": ([0.0] * 7 + [0.8] * 12 + [0.0] * 5, [0.0] * 8 + [0.6] * 8 + [0.0] * 8),
    "trucker": ([0.4] * 24, [0.25] * 24),
}
XINWU_HOURS = {
    "周一至周五 8:30-12:00 14:00-17:30": [(WORKDAYS, 510, 720), (WORKDAYS, 840, 1050)],
    "9:00-17:00": [(WEEK, 540, 1020)],
    "7:00-22:00": [(WEEK, 420, 1320)],
    "24小时": [(WEEK, 0, 1440)],
    "5:00-19:00": [(WEEK, 300, 1140)],
    "周一至周六9:00-18:00": [("012345", 540, 1080)],
}
XINWU_USUAL = USUAL | {"公园": USUAL["公园、公厕管理房"], "物流园": USUAL["物流园区"]}


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cut 3.5 km by 3.5 km out of Xinwu, with whole people."""
    folder: Path = tmp_path_factory.mktemp("part")
    xinwu(folder)
    for name in ("points.csv", "venues.csv"):
        rows = pd.read_csv(folder / name, dtype=str)
        rows[_in_window(rows)].to_csv(folder / name, index=False)
    points = pd.read_csv(folder / "points.csv", dtype=str)
    people = points["人数（虚构）"].astype(float).apply(math.ceil)
    points = points.assign(**{"人数（虚构）": people})
    points[points["群体"] != "sanitation"].to_csv(folder / "points.csv", index=False)
    (folder / "district.toml").write_text(_part_settings(), encoding="utf-8")
    return folder


def _in_window(rows: pd.DataFrame) -> "pd.Series[bool]":
    turn = Transformer.from_crs(4326, "EPSG:32650", always_xy=True)
    x, y = turn.transform(rows["经度"].astype(float), rows["纬度"].astype(float))
    west, south, east, north = WINDOW
    return pd.Series((x > west) & (x < east) & (y > south) & (y < north), index=rows.index)


def _part_settings() -> str:
    groups = [
        f'[[groups]]\nid = "{group}"\nweekday = {weekday}\nweekend = {weekend}\nways = ['
        + ", ".join(f'{{mode = "{m}", reach_m = {r}}}' for m, r in XINWU_REACH[group].items())
        + "]\n"
        for group, (weekday, weekend) in XINWU_SHARES.items()
    ]
    return "\n".join(
        [
            '[district]\nname = "part"\n',
            '[files.venues]\npath = "venues.csv"\ncrs = "WGS-84"\n',
            '[files.stations]\npath = "stations.gpkg"\ncrs = "EPSG:32650"\n',
            '[files.boundary]\npath = "boundary.geojson"\ncrs = "GCJ-02"\n',
            '[[workers]]\nkind = "points"\npath = "points.csv"\ncrs = "WGS-84"\n',
            '[streets]\npath = "streets.gpkg"\ncrs = "EPSG:32650"\n',
            *groups,
        ]
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the project")
@pytest.mark.slow
def test_what_a_plan_on_a_part_of_xinwu_serves_is_the_same_from_the_files_alone(part: Path) -> None:
    prepared = prepare(part)
    result = plan(prepared, Limits(count=10, min_separation_m=250, gap_share=0.01))
    assert len(result.plan.options) == 10
    plane = projection_of(prepared.district)
    networks = {
        mode: Network(part / "streets.gpkg", mode=mode, crs="EPSG:32650", plane=plane)
        for mode in ("walk", "ebike", "drive")
    }
    doors = _xinwu_doors(part, plane)
    there = [doors[name] for name in (*prepared.present, *result.plan.options) if name in doors]
    points = pd.read_csv(part / "points.csv")
    cells = points.drop_duplicates("编号")
    to_xy = Transformer.from_crs(4326, plane, always_xy=True)
    places = [Point(to_xy.transform(*at)) for at in cells[["经度", "纬度"]].to_numpy()]
    people = points.pivot_table(index="编号", columns="群体", values="人数（虚构）", fill_value=0)
    counted = people.loc[cells["编号"], list(XINWU_REACH)].to_numpy().round().astype(int).tolist()
    shares = [
        [round(1000 * share) for share in weekday * 5 + weekend * 2]
        for weekday, weekend in XINWU_SHARES.values()
    ]

    def people_milli(cell: int, group: int) -> list[int]:
        return [counted[cell][group] * share for share in shares[group]]

    again = served_milli(open_bits(networks, there, places, XINWU_REACH), people_milli)
    everybody = served_milli([[ALWAYS] * 3 for _ in places], people_milli)
    assert result.plan.served_milli == again
    assert result.plan.total_milli == everybody


ALWAYS = (1 << 10_080) - 1


def _xinwu_doors(folder: Path, plane: str) -> dict[str, tuple[Point, int]]:
    """Place and open minutes of each site that serves anybody, from the two files."""
    venues = pd.read_csv(folder / "venues.csv", dtype=str, keep_default_na=False)
    stations = gpd.read_file(folder / "stations.gpkg")
    degrees = stations.geometry.to_crs(4326)
    stations = stations[stations["状态（虚构）"] == "开放"].assign(经度=degrees.x, 纬度=degrees.y)
    to_xy = Transformer.from_crs(4326, plane, always_xy=True)
    doors = {}
    for rows in (venues, stations):
        for _, row in rows.iterrows():
            if row["进入方式（虚构）"] != "门禁" and row["是否上图（虚构）"] != "否":
                at = Point(to_xy.transform(float(row["经度"]), float(row["纬度"])))
                text = row["开放时间（虚构）"]
                spans = XINWU_HOURS[text] if text else XINWU_USUAL[row["类型（虚构）"]]
                doors[row["编号"]] = (at, bits_of_week(spans))
    return doors
