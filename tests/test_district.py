"""A folder of files becomes a district; what is wrong is told, what is blank is assumed."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from district_folders import (
    EAST,
    NORTH,
    SOUTH,
    TOML,
    WEST,
    gcj,
    make_folder,
    square,
    write_list,
    write_polygons,
)
from openpyxl import Workbook, load_workbook

from planner.bundle import sample_folder
from planner.district import (
    DEFAULT_GROUPS,
    DEFAULT_HOSTS,
    DEFAULT_PERIODS,
    DEFAULT_SEASONS,
    District,
    init_district,
    place_row,
    projection_of,
    read_district,
    read_settings,
    settings_from_toml,
    write_settings,
)
from planner.district.settings import DemandRules, GapRules, ServiceRules
from planner.errors import InputError, SettingsError
from planner.hours import ALWAYS, read_hours
from planner.language import Message

SITE_COLUMNS = [
    "name",
    "lon",
    "lat",
    "address",
    "host_type",
    "hours",
    "hours_assumed",
    "groups",
    "services",
    "area_m2",
    "capacity",
    "listed",
    "listed_assumed",
    "access",
    "access_assumed",
    "cost_setup_yuan",
    "cost_year_yuan",
    "cost_assumed",
    "union_share",
    "benchmark",
    "weeks",
    "status",
    "community",
    "street",
    "table",
    "file",
    "row",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "测试区")


def change_toml(folder: Path, old: str, new: str) -> None:
    path = folder / "district.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def told(district: District) -> str:
    return "\n".join(map(str, district.assumptions))


def refused(folder: Path) -> str:
    with pytest.raises(InputError, match=r".") as error:
        read_district(folder)
    return str(error.value)


def test_a_good_folder_is_read_whole(folder: Path) -> None:
    district = read_district(folder)
    assert list(district.stations.columns) == list(district.venues.columns) == SITE_COLUMNS
    assert list(district.stations.index) == ["S1"]
    assert list(district.venues.index) == ["V甲", "V乙", "S2"]
    station = district.stations.loc["S1"]
    assert station["lon"] == pytest.approx(106.52, abs=1e-6)  # the list is in GCJ-02
    assert station["lat"] == pytest.approx(29.55, abs=1e-6)
    assert station["hours"] == read_hours("8:30-17:30")
    assert (station["host_type"], station["access"], station["status"]) == ("bank", "open", "open")
    assert not station[["hours_assumed", "listed_assumed", "access_assumed"]].any()
    assert list(district.communities.index) == ["C1", "C2"]
    assert district.boundary.equals(shapely.box(WEST, SOUTH, EAST, NORTH))
    (workers,) = district.workers
    counts = workers.rows.set_index(["community", "group"])["workers"]
    assert counts.to_dict() == {
        ("西社区", "rider"): 40,
        ("西社区", "courier"): 10,
        ("东社区", "rider"): 20,
    }
    assert [str(problem.row) for problem in district.problems] == ["4"]  # has no position
    assert district.rejected.empty


def test_a_closed_station_is_a_candidate_with_its_id_and_a_cost(folder: Path) -> None:
    venue = read_district(folder).venues.loc["S2"]
    assert (venue["name"], venue["status"], venue["cost_setup_yuan"]) == ("乙站", "open", 9900)
    assert venue["hours"] == ALWAYS  # usual for a fuel station
    assert venue["hours_assumed"]
    assert "1 closed stations are candidates again" in told(read_district(folder))


def test_blanks_are_filled_by_host_type_and_marked(folder: Path) -> None:
    district = read_district(folder)
    bank, shop = district.venues.loc["V甲"], district.venues.loc["V乙"]
    usual = {host.id: host for host in DEFAULT_HOSTS}
    assert (bank["cost_setup_yuan"], bank["cost_assumed"]) == (12_000, False)
    assert (shop["cost_setup_yuan"], shop["cost_assumed"]) == (usual["shop"].cost_setup_yuan, True)
    assert bank["cost_year_yuan"] == usual["bank"].cost_year_yuan
    assert bank["hours"] == read_hours(usual["bank"].hours)
    assert bank[["hours_assumed", "listed_assumed", "access_assumed"]].all()
    assert (bank["listed"], bank["access"], bank["groups"]) == (True, "open", ())
    assert "Of 3 venues, values were assumed" in told(district)
    assert "The set-up cost of 2 of 3 candidate sites" in told(district)


def test_without_a_known_host_type_the_general_assumptions_hold(folder: Path) -> None:
    write_list(
        folder / "stations.csv",
        "站点名称,经度,纬度,类型,状态",
        f"甲站,{gcj(106.52, 29.55)},驿站,关闭",
        f"乙站,{gcj(106.53, 29.55)},,维护",
    )
    change_toml(
        folder,
        "# 预算 money",
        '[assumptions]\nhours = "10:00-11:00"\nlisted = false\naccess = "registration"\n'
        "cost_setup_yuan = 77\n",
    )
    district = read_district(folder)
    venue = district.venues.loc["S2"]  # the second line of the file
    assert (venue["cost_setup_yuan"], venue["cost_year_yuan"], venue["host_type"]) == (77, 0, "")
    station = district.stations.loc["S3"]
    assert station["hours"] == read_hours("10:00-11:00")
    assert (station["listed"], station["access"]) == (False, "registration")
    assert station["status"] == "maintenance"


def test_the_community_is_the_one_a_place_lies_in_else_the_one_it_names(folder: Path) -> None:
    # 东社区 now covers half of the east: 二号商户 at 29.58 lies outside of it but is said to be in.
    middle = (WEST + EAST) / 2
    write_polygons(
        folder / "communities.geojson",
        {
            "西社区": square(WEST, SOUTH, middle, NORTH),
            "东社区": square(middle, SOUTH, EAST, 29.55),
        },
    )
    district = read_district(folder)
    assert district.stations["community"].to_dict() == {"S1": "C1"}
    assert district.venues["community"].to_dict() == {"V甲": "C1", "V乙": "C2", "S2": ""}


def test_a_place_on_the_border_of_two_communities_is_in_the_first(folder: Path) -> None:
    middle = (WEST + EAST) / 2
    write_list(folder / "venues.csv", "编号,名称,经度,纬度", f"V1,边界,{middle},29.55")
    assert read_district(folder).venues.loc["V1", "community"] == "C1"


def test_a_place_over_2_km_outside_is_set_aside_and_named(folder: Path) -> None:
    # A degree of longitude at 29.55 N is 96.9 km: 0.02 degrees are 1.9 km, 0.022 are 2.1 km.
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度",
        "V1,里面,106.55,29.55",
        f"V2,近处,{EAST + 0.020:.4f},29.55",
        f"V3,远处,{EAST + 0.022:.4f},29.55",
        "V4,海里,123.5,29.55",
    )
    district = read_district(folder)
    assert list(district.venues.index) == ["V1", "V2", "S2"]
    far = [problem for problem in district.problems if problem.table == "venues.csv"]
    assert [problem.row for problem in far] == [4, 5]
    assert str(far[1]).startswith(
        "venues.csv, row 5, column '经度': found '123.5, 29.55', expected a place in the district "
    )
    assert district.rejected["row"].tolist() == [4, 5]
    assert district.rejected["名称"].tolist() == ["远处", "海里"]
    assert "outside" in district.rejected["reason"].iloc[0]


def test_faults_stand_file_by_file_and_row_by_row(folder: Path) -> None:
    write_list(
        folder / "stations.csv",
        "站点名称,经度,纬度",
        "海里,123.5,29.55",
        f"甲站,{gcj(106.52, 29.55)}",
        "无处,,",
    )
    write_list(folder / "venues.csv", "名称,经度,纬度", ",106.5,29.5", "乙处,106.53,29.54")
    faults = [(problem.table, problem.row) for problem in read_district(folder).problems]
    assert faults == [("stations.csv", 2), ("stations.csv", 4), ("venues.csv", 2)]


def test_all_stations_in_the_sea_are_refused_and_likelier_wrong_than_the_boundary(
    folder: Path,
) -> None:
    write_list(
        folder / "stations.csv",
        "站点名称,经度,纬度",
        "甲站,123.52,29.55",
        "乙站,123.53,29.56",
    )
    message = refused(folder)
    assert message.startswith(
        "stations.csv: every place lies outside the boundary (boundary.geojson), while venues.csv, "
        "communities.geojson fits it. The positions in stations.csv are likely wrong"
    )
    assert "row 2, column '经度': found '123.52, 29.55'" in message


def test_a_boundary_without_overlap_is_likelier_wrong_than_the_data(folder: Path) -> None:
    write_polygons(folder / "boundary.geojson", {"别处": square(120.1, 31.4, 120.2, 31.5)})
    assert refused(folder).startswith(
        "boundary.geojson: the boundary does not overlap the data; stations.csv, venues.csv, "
        "communities.geojson all lie outside but near each other."
    )


def test_without_a_witness_neither_the_boundary_nor_the_list_is_accused(folder: Path) -> None:
    write_list(folder / "points.csv", "经度,纬度,群体,人数", "113.1,23.1,骑手,5")
    text = TOML.replace(
        'kind = "survey"\npath = "workers.csv"', 'kind = "points"\npath = "points.csv"'
    )
    for name in ("stations", "communities"):
        start = text.index(f"[files.{name}]")
        text = text[:start] + text[text.index("\n\n", start) + 2 :]
    (folder / "district.toml").write_text(text, encoding="utf-8")
    write_polygons(folder / "boundary.geojson", {"别处": square(120.1, 31.4, 120.2, 31.5)})
    assert "there is nothing to tell which of them is wrong" in refused(folder)


def test_without_a_boundary_that_of_the_communities_is_taken(folder: Path) -> None:
    change_toml(folder, '[files.boundary]\npath = "boundary.geojson"\ncrs = "WGS-84"\n', "")
    district = read_district(folder)
    assert district.boundary.equals(shapely.box(WEST, SOUTH, EAST, NORTH))
    assert "that of all communities was taken" in told(district)


def points_folder(folder: Path, *points: str) -> Path:
    """Leave the boundary and the communities out; workers are counted at places."""
    text = TOML.replace(
        'kind = "survey"\npath = "workers.csv"', 'kind = "points"\npath = "points.csv"'
    )
    for name in ("boundary", "communities"):
        start = text.index(f"[files.{name}]")
        text = text[:start] + text[text.index("\n\n", start) + 2 :]
    (folder / "district.toml").write_text(text, encoding="utf-8")
    write_list(folder / "points.csv", "编号,经度,纬度,外卖骑手,快递员", *points)
    return folder


def test_without_any_area_the_hull_of_all_places_is_taken_and_one_far_off_is_a_fault(
    folder: Path,
) -> None:
    points_folder(folder, "P1,106.50,29.50,5,1", "P2,106.60,29.60,5,1", "P3,106.5,10.0,5,1")
    district = read_district(folder)
    assert "the area around all places was taken" in told(district)
    inside = [part for part in (district.stations, district.venues) if len(part)]
    for rows in inside:
        assert shapely.contains_xy(district.boundary, rows["lon"], rows["lat"]).all()
    # One degree of latitude is 110.8 km; the hull is half a kilometre wider than the places.
    assert district.boundary.bounds[1] == pytest.approx(29.50 - 0.5 / 110.8, abs=1e-4)
    assert district.communities.empty
    assert [problem.row for problem in district.problems if problem.fatal] == [4]
    assert district.rejected["row"].tolist() == [4]  # once, though it counts two groups
    assert district.workers[0].rows["id"].unique().tolist() == ["P1", "P2"]


def test_a_venue_with_the_id_of_a_station_is_set_aside(folder: Path) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度",
        "S1,撞号,106.53,29.54",
        "S2,也撞号,106.54,29.54",
        "V3,好的,106.55,29.54",
    )
    district = read_district(folder)
    assert list(district.venues.index) == ["V3", "S2"]
    assert district.venues.loc["S2", "name"] == "乙站"
    clashes = [problem for problem in district.problems if problem.column == "编号"]
    assert [(problem.row, problem.found) for problem in clashes] == [(2, "S1"), (3, "S2")]


def test_the_faults_of_all_files_are_told_together(folder: Path) -> None:
    (folder / "stations.csv").write_bytes(b"")
    (folder / "venues.csv").unlink()
    write_list(folder / "workers.csv", "社区,外卖骑手", "西社区,很多")
    message = refused(folder)
    assert "stations.csv" in message
    assert "venues.csv: there is no such file" in message
    assert "workers.csv" in message
    assert "很多" in message


@pytest.mark.parametrize("name", ["boundary.geojson", "communities.geojson"])
def test_a_map_file_that_cannot_be_read_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).write_text("PK\x03\x04 not a map", encoding="utf-8")
    assert name in refused(folder)


def test_settings_without_sites_or_without_workers_are_refused(folder: Path) -> None:
    (folder / "district.toml").write_text('[district]\nname = "x"\n', encoding="utf-8")
    assert "names neither stations nor venues" in refused(folder)
    (folder / "district.toml").write_text(
        '[district]\nname = "x"\n[files.venues]\npath = "venues.csv"\n', encoding="utf-8"
    )
    assert "names no workers" in refused(folder)


def test_nobody_to_serve_is_refused(folder: Path) -> None:
    write_list(folder / "workers.csv", "社区,外卖骑手", "西社区,0", "东社区,0")
    assert "count nobody" in refused(folder)


def test_stations_alone_or_venues_alone_are_enough(folder: Path) -> None:
    change_toml(folder, '[files.venues]\npath = "venues.csv"\ncrs = "WGS-84"\n', "")
    district = read_district(folder)
    assert (list(district.stations.index), list(district.venues.index)) == (["S1"], ["S2"])
    make_folder(folder)
    change_toml(folder, TOML[TOML.index("[files.stations]") : TOML.index("[files.venues]")], "")
    district = read_district(folder)
    assert district.stations.empty
    assert list(district.stations.columns) == SITE_COLUMNS
    assert list(district.venues.index) == ["V甲", "V乙"]


def test_a_row_placed_by_a_click_is_used_and_no_longer_a_fault(folder: Path) -> None:
    before = read_district(folder)
    assert before.to_place[["table", "id", "name", "address", "row"]].to_numpy().tolist() == [
        ["stations", "S3", "丙站", "丙路3号", 4]
    ]
    place_row(folder, "stations", "S3", 106.51, 29.51)
    place_row(folder, "stations", "S3", 106.52, 29.52)  # a later click replaces it
    after = read_district(folder)
    assert list(after.stations.index) == ["S1", "S3"]
    placed = after.stations.loc[["S3"], ["lon", "lat"]].to_numpy().tolist()
    assert placed == [[106.52, 29.52]]
    assert after.to_place.empty
    assert after.problems == ()
    assert after.fingerprint != before.fingerprint
    assert "1 rows of the stations without a position were placed by a click" in told(after)


def test_a_click_is_forgotten_when_another_row_has_its_id(folder: Path) -> None:
    place_row(folder, "stations", "S3", 106.52, 29.52)
    path = folder / "stations.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("丙站,,,丙路3号", "丁站,,,丁路4号"),
        encoding="utf-8",
    )
    district = read_district(folder)
    assert list(district.stations.index) == ["S1"]
    assert district.to_place["name"].tolist() == ["丁站"]


def test_a_click_outside_the_district_is_a_fault_of_the_row(folder: Path) -> None:
    place_row(folder, "stations", "S3", 100.0, 29.52)
    district = read_district(folder)
    assert list(district.stations.index) == ["S1"]
    assert [(problem.row, problem.fatal) for problem in district.problems] == [(4, True)]


@pytest.mark.parametrize(
    ("table", "identity", "lon", "lat", "reason"),
    [
        ("workers", "S3", 106.5, 29.5, "table must be one of stations, venues"),
        ("stations", "S1", 106.5, 29.5, "no row 'S1' of the stations waits"),
        ("venues", "S3", 106.5, 29.5, "no row 'S3' of the venues waits"),
        ("stations", "S3", 206.5, 29.5, "lon must be -180 to 180"),
        ("stations", "S3", float("nan"), 29.5, "lon must be -180 to 180"),
    ],
)
def test_a_click_that_cannot_be_kept_is_refused(
    folder: Path, *, table: str, identity: str, lon: float, lat: float, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        place_row(folder, table, identity, lon, lat)
    assert not (folder / "placed.csv").exists()


@pytest.mark.parametrize(
    "spoiled",
    [b"\xff\xfe\x00", b"table,id\n1,2\n", b"table,id,name,address,lon,lat\nstations,S3,a,b,x,2\n"],
)
def test_a_spoiled_file_of_clicks_is_refused_by_name(folder: Path, spoiled: bytes) -> None:
    (folder / "placed.csv").write_bytes(spoiled)
    assert refused(folder).startswith("placed.csv: the file that keeps places set by a click")


def test_the_fingerprint_follows_every_file_and_setting_but_not_the_limits(folder: Path) -> None:
    first = read_district(folder).fingerprint
    assert len(first) == 64
    settings = read_settings(folder)
    write_settings(folder, replace(settings, limits=replace(settings.limits, count=9)))
    assert read_district(folder).fingerprint == first
    shutil.copytree(folder, folder.parent / "elsewhere")
    assert read_district(folder.parent / "elsewhere").fingerprint == first
    seen = {first}
    for name in (
        "stations.csv",
        "venues.csv",
        "workers.csv",
        "boundary.geojson",
        "communities.geojson",
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + " \n", encoding="utf-8")
        seen.add(read_district(folder).fingerprint)
    write_settings(
        folder, replace(settings, assumptions=replace(settings.assumptions, listed=False))
    )
    seen.add(read_district(folder).fingerprint)
    assert len(seen) == 7


def test_the_plane_of_a_district_is_centred_on_its_boundary(folder: Path) -> None:
    assert "+lat_0=29.55 +lon_0=106.55" in projection_of(read_district(folder))


def test_progress_goes_from_nothing_to_all_without_a_step_back(folder: Path) -> None:
    steps: list[float] = []

    def remember(_: Message, share: float) -> None:
        steps.append(share)

    read_district(folder, progress=remember)
    assert steps == sorted(steps)
    assert all(0 <= step <= 1 for step in steps)
    assert len(steps) > 3


def test_names_with_code_in_them_stay_plain_text(folder: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>${7*7}`"
    write_list(folder / "venues.csv", "编号,名称,经度,纬度", f"V1,{hostile},106.53,29.54")
    assert read_district(folder).venues.loc["V1", "name"] == hostile


def fill(path: Path, *rows: dict[str, str | float]) -> None:
    """Fill a template in below its two header rows, in place of the examples."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[2]]
    sheet.delete_rows(3, sheet.max_row)
    for at, row in enumerate(rows, start=3):
        for name, value in row.items():
            sheet.cell(at, names.index(name) + 1, value)
    book.save(path)


def test_a_new_folder_has_settings_with_comments_and_templates_that_are_read(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "新 区"
    written = init_district(folder)
    assert [path.name for path in written] == [
        "stations.xlsx",
        "venues.xlsx",
        "workers.xlsx",
        "district.toml",
    ]
    settings = read_settings(folder)
    assert settings.name == "新 区"
    assert settings.groups == DEFAULT_GROUPS
    assert settings.periods == DEFAULT_PERIODS
    assert settings.hosts == DEFAULT_HOSTS
    assert "there is a header but no row below it" in refused(folder)
    fill(
        folder / "stations.xlsx",
        {
            "id": 1,
            "name": "甲站",
            "lon": 106.55,
            "lat": 29.55,
            "host_type": "银行网点",
            "hours": "24小时",
        },
    )
    fill(
        folder / "venues.xlsx",
        {
            "name": "乙处",
            "lon": 106.56,
            "lat": 29.56,
            "host_type": "加油站",
            "listed": "否",
            "access": "门禁",
        },
    )
    fill(folder / "workers.xlsx", {"community": "西社区", "Delivery riders": 30, "Couriers": "12"})
    write_polygons(folder / "communities.geojson", {"西社区": square(106.5, 29.5, 106.6, 29.6)})
    change_toml(
        folder,
        '# [files.communities]\n# path = "communities.geojson"\n# crs = "GCJ-02"',
        '[files.communities]\npath = "communities.geojson"\ncrs = "WGS-84"',
    )
    district = read_district(folder)
    assert district.problems == ()
    assert district.stations.loc["S1", "hours"] == ALWAYS
    venue = district.venues.loc["V3"]
    assert (venue["host_type"], venue["listed"], venue["access"]) == ("fuel", False, "gated")
    assert district.workers[0].rows["workers"].tolist() == [30, 12]


def test_every_line_behind_a_comment_of_a_new_folder_can_be_used(tmp_path: Path) -> None:
    init_district(tmp_path)
    text = (tmp_path / "district.toml").read_text(encoding="utf-8")
    used = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text)
    assert used.count("\n[") > text.count("\n[") + 10
    settings = settings_from_toml(used.replace('place = "无锡市新吴区"\n', ""))
    assert [source.kind for source in settings.workers] == ["survey", "proxies", "pings"]
    assert settings.season == "summer"
    assert settings.grids is not None
    assert settings.travel is not None
    assert [replace(group, total_workers=None) for group in settings.groups] == list(DEFAULT_GROUPS)
    plain = settings_from_toml(text)
    assert plain.seasons == DEFAULT_SEASONS
    assert (plain.demand, plain.service, plain.gaps) == (DemandRules(), ServiceRules(), GapRules())


def test_every_word_a_template_offers_is_understood(tmp_path: Path) -> None:
    init_district(tmp_path)
    write_polygons(tmp_path / "communities.geojson", {"西社区": square(106.5, 29.5, 106.6, 29.6)})
    change_toml(
        tmp_path,
        '# [files.communities]\n# path = "communities.geojson"\n# crs = "GCJ-02"',
        '[files.communities]\npath = "communities.geojson"\ncrs = "GCJ-02"',
    )
    notes = load_workbook(tmp_path / "stations.xlsx").worksheets[1]
    head = next(cell.row for cell in notes["B"] if cell.value == "Column")
    offered = {
        str(row[1]): str(row[4]).split("、")
        for row in notes.iter_rows(min_row=head + 1, values_only=True)
        if row[4]
    }
    assert set(offered) == {"host_type", "listed", "access", "benchmark", "status"}
    hosts = [host.name for host in DEFAULT_HOSTS]
    rows: list[dict[str, str | float]] = [
        {
            "name": f"站{at}",
            "lon": 106.51 + at * 0.005,
            "lat": 29.55,
            "host_type": host,
            "listed": offered["listed"][at % 2],
            "access": offered["access"][at % 3],
            "benchmark": offered["benchmark"][at % 2],
            "status": offered["status"][at % 3],
        }
        for at, host in enumerate(hosts)
    ]
    fill(tmp_path / "stations.xlsx", *rows)
    fill(tmp_path / "venues.xlsx", {"name": "处", "lon": 106.55, "lat": 29.56})
    fill(tmp_path / "workers.xlsx", {"community": "西社区", "Couriers": 1})
    district = read_district(tmp_path)
    assert district.problems == ()
    every = [
        *district.stations["host_type"],
        *district.venues.loc[lambda v: v.index != "V3", "host_type"],
    ]
    assert sorted(every) == sorted(host.id for host in DEFAULT_HOSTS)


def test_a_folder_that_has_settings_is_not_begun_again(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"has a district.toml already; it was left as it is"):
        init_district(folder)
    assert (folder / "district.toml").read_text(encoding="utf-8") == TOML


def test_a_list_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "stations.xlsx").write_bytes(b"mine")
    assert "stations.xlsx" not in {path.name for path in init_district(tmp_path)}
    assert (tmp_path / "stations.xlsx").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "new\nline", "{brace}"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    init_district(tmp_path / name)
    assert read_settings(tmp_path / name).name == name.replace("\n", "")


def test_a_place_where_no_folder_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written to"):
        init_district(tmp_path / "file")


def test_the_sample_is_a_whole_district() -> None:
    district = read_district(sample_folder())
    assert (len(district.stations), district.to_place.empty) == (37, True)
    assert len(district.communities) >= 30
    assert (district.venues["cost_setup_yuan"] > 0).all()
    assert [problem for problem in district.problems if problem.fatal] == []
    assert (district.stations["community"] != "").all()


def two_streets(path: Path, **sheets: list[tuple[object, ...]]) -> None:
    """Write a workbook with one list over several sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(("编号", "名称", "经度", "纬度", "开放时间"))
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_rows_of_several_sheets_that_share_a_line_number_are_all_told(folder: Path) -> None:
    two_streets(
        folder / "venues.xlsx",
        一街=[("V1", "里面", 106.55, 29.55, "全天"), ("V2", "海里", 123.5, 29.55, "8:00-9:00")],
        二街=[
            ("V3", "也里面", 106.56, 29.55, "全天"),
            ("V4", "也海里", 123.6, 29.55, "9:00-10:00"),
        ],
    )
    change_toml(folder, 'path = "venues.csv"', 'path = "venues.xlsx"')
    district = read_district(folder)
    far = [problem for problem in district.problems if problem.table.startswith("venues")]
    assert [(problem.table, problem.row, problem.column, problem.found) for problem in far] == [
        ("venues.xlsx [一街]", 3, "经度", "'123.5, 29.55'"),
        ("venues.xlsx [二街]", 3, "经度", "'123.6, 29.55'"),
    ]
    columns = ["table", "row", "名称", "开放时间"]
    assert district.rejected[columns].to_numpy().tolist() == [
        ["venues.xlsx [一街]", 3, "海里", "8:00-9:00"],
        ["venues.xlsx [二街]", 3, "也海里", "9:00-10:00"],
    ]
    places = district.venues.loc[["V1", "V3", "S2"], ["table", "file", "row"]]
    assert places.to_numpy().tolist() == [
        ["venues", "venues.xlsx [一街]", 2],
        ["venues", "venues.xlsx [二街]", 2],
        ["stations", "stations.csv", 3],
    ]


def test_a_far_row_is_told_and_written_aside_as_its_owner_wrote_it(folder: Path) -> None:
    write_list(
        folder / "stations.csv",
        "站点名称,坐标X,坐标Y,地址,开放时间",
        f"甲站,{gcj(106.52, 29.55)},,",
        "远站,106.9000,29.5500,远路9号,8：30—17：30",
    )
    change_toml(
        folder, 'crs = "GCJ-02"', 'crs = "GCJ-02"\ncolumns = {lon = "坐标X", lat = "坐标Y"}'
    )
    district = read_district(folder)
    (fault,) = [problem for problem in district.problems if problem.table == "stations.csv"]
    assert (fault.row, fault.column, fault.found) == (3, "坐标X", "'106.9, 29.55'")
    cells = district.rejected[["站点名称", "坐标X", "坐标Y", "地址", "开放时间"]]
    assert cells.to_numpy().tolist() == [["远站", "106.9000", "29.5500", "远路9号", "8：30—17：30"]]


def test_a_survey_row_that_is_set_aside_keeps_the_counts_of_every_group(folder: Path) -> None:
    write_list(folder / "workers.csv", "社区名称,外卖骑手,快递员", "西社区,40,10", "无名社区,7,9")
    district = read_district(folder)
    (fault,) = [problem for problem in district.problems if problem.table == "workers.csv"]
    assert (fault.row, fault.column, fault.found) == (3, "社区名称", "无名社区")
    cells = district.rejected[["row", "社区名称", "外卖骑手", "快递员"]]
    assert cells.to_numpy().tolist() == [[3, "无名社区", "7", "9"]]


def test_a_click_settles_the_row_of_its_own_sheet_alone(folder: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, identity in (("一街", "V1"), ("二街", "V2")):
        sheet = book.create_sheet(name)
        sheet.append(("编号", "名称", "经度", "纬度", "地址"))
        sheet.append((f"{identity}0", f"{name}铺", 106.55 if name == "一街" else 106.56, 29.55, ""))
        sheet.append((identity, f"{name}店", "", "", f"{name}1号"))
    book.save(folder / "venues.xlsx")
    change_toml(folder, 'path = "venues.csv"', 'path = "venues.xlsx"')
    place_row(folder, "venues", "V1", 106.52, 29.52)
    district = read_district(folder)
    waiting = [problem for problem in district.problems if problem.table.startswith("venues")]
    assert [(problem.table, problem.row) for problem in waiting] == [("venues.xlsx [二街]", 3)]
    assert district.to_place["id"].tolist() == ["S3", "V2"]
    placed = district.venues.loc[["V1"], ["file", "row"]].to_numpy().tolist()
    assert placed == [["venues.xlsx [一街]", 3]]


def test_who_pays_benchmarks_and_the_part_of_the_year_are_read_from_a_list(folder: Path) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型,工会出资比例,是否标杆站点,开放起始日,开放截止日",
        "V1,暖心小屋,106.55,29.52,银行网点,5%,是,11-15,1月15日",
        "V2,全年屋,106.56,29.53,银行网点,0.3,否,,",
        "V3,半年屋,106.57,29.54,银行网点,,,2025-06-01,",
        "V4,错填屋,106.58,29.55,银行网点,150%,也许,13-45,31-12",
    )
    district = read_district(folder)
    venues = district.venues.drop(index="S2")
    assert venues["union_share"].tolist()[:2] == [0.05, 0.3]
    assert venues["union_share"].isna().tolist() == [False, False, True, True]
    assert venues["benchmark"].tolist() == [True, False, False, False]
    assert venues["weeks"].tolist() == [(1, 2, 46, 47, 48, 49, 50, 51, 52), (), (), ()]
    faults = {problem.column: problem for problem in district.problems if problem.row == 5}
    assert set(faults) == {"工会出资比例", "是否标杆站点", "开放起始日", "开放截止日"}
    assert not any(fault.fatal for fault in faults.values())
    assert "a day of the year, such as 11-15" in str(faults["开放起始日"])
    assert "venues.csv: of 1 of 4 sites the first or the last day" in told(district)


def test_the_costs_of_measures_and_who_pays_are_told_as_assumptions(folder: Path) -> None:
    assumed = told(read_district(folder))
    assert "Costs of 12 of 12 measures" in assumed
    assert "Of 3 candidate sites, the union's share of the set-up money of 3 is not" in assumed
    change_toml(folder, "# 预算 money", "[measures.open]\nunion_share = 0.4\n")
    assumed = told(read_district(folder))
    assert "Costs of 11 of 12 measures" in assumed
    assert "is not stated" not in assumed
