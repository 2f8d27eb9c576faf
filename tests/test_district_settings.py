"""district.toml: what it may hold, every fault told, the user's comments kept."""

import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from district_folders import TOML
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.district import (
    DEFAULT_GROUPS,
    DEFAULT_HOSTS,
    DEFAULT_MEASURES,
    DEFAULT_PERIODS,
    DEFAULT_SEASONS,
    Settings,
    check_limits,
    read_settings,
    settings_from_text,
    settings_from_toml,
    settings_text,
    settings_to_toml,
    write_settings,
)
from planner.district.settings import (
    DECAYS,
    Assumptions,
    DemandRules,
    FileSettings,
    GapRules,
    Group,
    HostCost,
    HostType,
    Limits,
    Measure,
    PingRules,
    Rate,
    ScoreWeights,
    Season,
    SeasonPresence,
    ServiceRules,
    StreetSettings,
    Way,
    WorkerSource,
)
from planner.district.writing import OF_THE_DATA
from planner.errors import InputError, SettingsError
from planner.hours import read_hours
from planner.language import use_language

NAME = '[district]\nname = "江北区"\n'


def faults_of(text: str) -> list[str]:
    with pytest.raises(SettingsError, match=r"district\.toml") as refused:
        settings_from_toml(text)
    return [str(problem) for problem in refused.value.problems] or [str(refused.value)]


def test_what_is_left_out_is_the_default_and_marked_as_assumed() -> None:
    read = settings_from_toml(NAME)
    assert read == Settings(
        name="江北区",
        groups=DEFAULT_GROUPS,
        periods=DEFAULT_PERIODS,
        seasons=DEFAULT_SEASONS,
        hosts=DEFAULT_HOSTS,
        measures=DEFAULT_MEASURES,
    )
    assert all(measure.assumed for measure in read.measures)
    assert all(season.assumed for season in read.seasons)
    assert all(group.assumed for group in read.groups)
    assert all(host.assumed for host in read.hosts)


def test_every_table_is_read() -> None:
    read = settings_from_toml(
        NAME
        + """\
data_note = "虚构"
[files.stations]
path = "a.xlsx"
crs = "gcj02"
sheet = "台账"
columns = {name = "驿站全称"}
[files.venues]
path = "b.gpkg"
layer = "stops"
[[workers]]
kind = "points"
path = "c.csv"
crs = "EPSG:32650"
total_workers = 22_000
[streets]
path = "d.osm.pbf"
detour_factor = 1.4
snap_limit_m = 300
[[groups]]
id = "cook"
name = "厨师"
ways = [{mode = "walk", reach_m = 400}, {mode = "drive", reach_m = 2000.5}]
weekday = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
weekend = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
[[periods]]
id = "day"
name = "白天"
start_hour = 6
end_hour = 18
[[periods]]
id = "night"
name = "夜间"
start_hour = 18
end_hour = 6
[hosts.van]
name = "流动车"
cost_setup_yuan = 100
cost_year_yuan = 10
hours = "8:00-20:00"
capacity = 5
[assumptions]
listed = false
access = "gated"
[limits]
budget_yuan = 1e6
count = 12
lock = ["S1", "S1"]
[score_weights]
overlap = 0
"""
    )
    assert read.data_note == "虚构"
    assert read.stations == FileSettings(
        path="a.xlsx", crs="GCJ-02", sheet="台账", columns={"name": "驿站全称"}
    )
    assert read.venues == FileSettings(path="b.gpkg", layer="stops")
    assert read.workers == (
        WorkerSource(kind="points", path="c.csv", crs="EPSG:32650", total_workers=22_000),
    )
    assert read.streets == StreetSettings(path="d.osm.pbf", detour_factor=1.4, snap_limit_m=300)
    (cook,) = read.groups
    assert cook.ways == (Way(mode="walk", reach_m=400), Way(mode="drive", reach_m=2000.5))
    assert (cook.name_en, cook.weekday[12], sum(cook.weekday), cook.assumed) == (
        "厨师",
        0.5,
        11.5,
        False,
    )
    assert [(part.id, part.start_hour, part.end_hour) for part in read.periods] == [
        ("day", 6, 18),
        ("night", 18, 6),
    ]
    (van,) = read.hosts
    assert (van.id, van.capacity, van.assumed) == ("van", 5, False)
    assert read.assumptions == Assumptions(listed=False, access="gated")
    assert read.limits == Limits(budget_yuan=1e6, count=12, lock=("S1",))
    assert read.score_weights == ScoreWeights(overlap=0)


def test_a_known_group_takes_what_is_left_out_from_the_defaults_and_stays_assumed() -> None:
    (rider,) = settings_from_toml(
        NAME + '[[groups]]\nid = "rider"\nways = [{mode = "ebike", reach_m = 900}]'
    ).groups
    usual = next(group for group in DEFAULT_GROUPS if group.id == "rider")
    assert rider == replace(usual, ways=(Way(mode="ebike", reach_m=900),))


def test_a_known_host_type_whose_costs_and_hours_are_stated_is_no_longer_assumed() -> None:
    (bank,) = settings_from_toml(
        NAME + '[hosts.bank]\ncost_setup_yuan = 1\ncost_year_yuan = 2\nhours = "24小时"'
    ).hosts
    assert (bank.name, bank.cost_setup_yuan, bank.assumed) == ("银行网点", 1, False)


SOURCES = """season = "summer"
[[workers]]
kind = "proxies"
path = "poi.csv"
gives = "headcount"
trust = 2
measure = "amount"
[[workers.rates]]
group = "rider"
of = "餐饮服务"
workers = 0.4
[[workers.rates]]
group = "courier"
workers = 0.1
[[workers]]
kind = "pings"
path = "gps"
groups = ["driver"]
columns = {time = "上报时间"}
[workers.pings]
stay_min = 5
timezone = "UTC"
[files.grids]
path = "grids.kml"
[files.travel]
path = "travel.parquet"
[demand]
model = "fitted"
[service]
decay = "gaussian"
assumed = false
[gaps]
dense_m = 400
[[seasons]]
id = "summer"
weeks = 16
[[groups]]
id = "rider"
total_workers = 1200
[[groups.seasons]]
season = "summer"
weekday = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
weekend = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
headcount_factor = 1.2
[[groups]]
id = "courier"
[[groups]]
id = "driver"
"""


def test_every_kind_of_source_season_and_rule_is_read() -> None:
    read = settings_from_toml(NAME + SOURCES)
    poi, gps = read.workers
    assert poi == WorkerSource(
        kind="proxies",
        path="poi.csv",
        gives="headcount",
        trust=2,
        measure="amount",
        rates=(
            Rate(group="rider", workers=0.4, of="餐饮服务"),
            Rate(group="courier", workers=0.1),
        ),
    )
    assert gps == WorkerSource(
        kind="pings",
        path="gps",
        groups=("driver",),
        columns={"time": "上报时间"},
        pings=PingRules(stay_min=5, timezone="UTC"),
    )
    assert (read.grids, read.travel) == (
        FileSettings(path="grids.kml"),
        FileSettings(path="travel.parquet"),
    )
    assert (read.demand, read.gaps) == (DemandRules(model="fitted"), GapRules(dense_m=400))
    assert read.service == ServiceRules(decay="gaussian", assumed=False)
    (summer,) = read.seasons
    assert (summer.name_en, summer.weeks, summer.assumed) == ("Summer (June to August)", 16, False)
    assert (read.season, read.groups[0].total_workers) == ("summer", 1200)
    assert [(part.season, part.headcount_factor) for part in read.groups[0].seasons] == [
        ("summer", 1.2)
    ]
    # Winter is no season of this district, so the default group has it neither.
    assert [part.season for part in read.groups[1].seasons] == ["summer"]


def test_hours_of_the_year_that_are_stated_are_not_overruled_by_default_seasons() -> None:
    text = f'[[groups]]\nid = "rider"\nweekday = {[0.5] * 24}'
    assert settings_from_toml(NAME + text).groups[0].seasons == ()
    usual = next(group for group in DEFAULT_GROUPS if group.id == "rider")
    again = f'[[groups]]\nid = "rider"\nweekday = {list(usual.weekday)}'
    assert settings_from_toml(NAME + again).groups[0].seasons == usual.seasons
    none = '[[groups]]\nid = "rider"\nseasons = []'
    assert settings_from_toml(NAME + none).groups[0].seasons == ()


def test_in_summer_nobody_of_the_sweepers_is_sent_out_at_noon_and_winter_days_are_short() -> None:
    for group in DEFAULT_GROUPS:
        for presence in group.seasons:
            for shares in (presence.weekday, presence.weekend):
                assert len(shares) == 24
                assert all(0 <= share <= 1 for share in shares)
    sweepers = next(group for group in DEFAULT_GROUPS if group.id == "sanitation")
    summer, winter = (presence.weekday for presence in sweepers.seasons)
    assert max(summer[12:15]) < min(sweepers.weekday[12:15])
    assert summer[3] > sweepers.weekday[3] > winter[3]
    assert sum(winter[19:]) < sum(sweepers.weekday[19:])


FAULTS = {
    "[limits]\nbudget_yuan = -1": (
        "district.toml [limits] budget_yuan: found -1, expected a number of at least 0 and below"
    ),
    "[limits]\ncount = -1": "[limits] count: found -1, expected a whole number of at least 0.",
    "[limits]\ncount = 2.5": "[limits] count: found 2.5, expected a whole number of at least 0.",
    "[limits]\ncount = true": "[limits] count: found true, expected a whole number",
    "[limits]\ncuont = 3": "[limits] cuont: found cuont, expected one of: objectives, one_",
    "[limits]\nbudgt_yuan = 3": "Did you mean budget_yuan?",
    "[limits]\ngap_share = 1.01": "gap_share: found 1.01, expected a number from 0 to 1.",
    "[limits]\ntime_limit_s = -1": "time_limit_s: found -1, expected a number of at least 0 and",
    "[limits]\nmin_separation_m = nan": "min_separation_m: found nan, expected a number of at",
    "[limits]\nbudget_yuan = inf": "budget_yuan: found inf, expected a number of at least 0 and",
    f"[limits]\nbudget_yuan = {10**400}": "budget_yuan: found 1000",
    '[limits]\nlock = "S1"': "[limits] lock: found S1, expected a list of texts",
    '[limits]\nlock = ["S1", "S2"]\nforbid = ["S2"]': (
        "[limits] lock: found S2, expected a site that is not forbidden as well."
    ),
    '[limits]\nlock = ["S1"]\nmay_close = ["S1"]': "a site that may not be closed as well",
    "[limit]\ncount = 3": "district.toml limit: found limit, expected one of: district, files,",
    "limits = 3": "district.toml limits: found 3, expected a table.",
    "[[limits]]\ncount = 3": "district.toml limits: found [{'count': 3}], expected a table.",
    '[files.station]\npath = "x"': "[files] station: found station, expected one of: stations",
    '[files]\nstations = "x.csv"': "[files] stations: found x.csv, expected a table.",
    "[files.stations]\ncrs = 'GCJ-02'": "[files.stations] path: found -, expected a text",
    '[files.stations]\npath = " "': "[files.stations] path: found  , expected a text",
    '[files.stations]\npath = "a\\u0000b"': "[files.stations] path: found a",
    '[files.stations]\npath = "x"\ncrs = "mars"': (
        "[files.stations] crs: found mars, expected a text that can be read: 'mars' is no known"
    ),
    '[files.stations]\npath = "x"\ncolumns = {nmae = "y"}': "Did you mean name?",
    '[[workers]]\nkind = "surveys"\npath = "x"': (
        "[[workers]] 1 kind: found surveys, expected one of: survey, points, pings, proxies. Did"
    ),
    "[[workers]]\npath = 'x'": "[[workers]] 1 kind: found -, expected a text",
    "workers = [1]": "district.toml workers: found [1], expected a list of tables, each begun with",
    '[[workers]]\nkind = "survey"\npath = "x"\ntotal_workers = -5': "total_workers: found -5",
    '[streets]\npath = "x"\nplace = "y"': "[streets] place: found y, expected either path or place",
    "[streets]\ndetour_factor = 0.9": "detour_factor: found 0.9, expected a number of at least 1",
    "[streets]\nsnap_limit_m = 0": "snap_limit_m: found 0, expected a number above 0 and",
    '[[groups]]\nid = "rider"\nweekday = [0.5]': (
        "[[groups]] 1 weekday: found [0.5], expected 24 shares, each from 0 to 1."
    ),
    f'[[groups]]\nid = "rider"\nweekday = {[0.5] * 23 + [1.2]}': "weekday: found 1.2, expected 24",
    '[[groups]]\nid = "rider"\nways = []': "[[groups]] 1 ways: found -, expected at least one way",
    '[[groups]]\nid = "rider"\nways = [{mode = "bike", reach_m = 9}]': (
        "[[groups]] 1 ways mode: found bike, expected one of: walk, ebike, drive."
    ),
    '[[groups]]\nid = "rider"\nways = [{mode = "walk", reach_m = 0}]': "reach_m: found 0, expected",
    '[[groups]]\nid = "cook"\nname = "厨师"\nways = [{mode = "walk", reach_m = 9}]': (
        "weekday: found -, expected 24 shares"
    ),
    '[[groups]]\nid = "rider"\n[[groups]]\nid = "rider"': "[[groups]] id: found rider, expected",
    '[[periods]]\nid = "a"\nname = "a"\nstart_hour = 6\nend_hour = 18': (
        "[[periods]]: found 0:00 x 0, 1:00 x 0, "
    ),
    '[[periods]]\nid = "a"\nname = "a"\nstart_hour = 0\nend_hour = 25': (
        "[[periods]] 1 end_hour: found 25, expected a whole number from 1 to 24."
    ),
    '[hosts.van]\nname = "车"': "[hosts.van] cost_setup_yuan: found -, expected a value. Add it.",
    '[hosts.bank]\nhours = "看情况"': (
        "[hosts.bank] hours: found 看情况, expected a text that can be read: '看情况' is not"
    ),
    "hosts = 3": "district.toml hosts: found 3, expected a table.",
    '[assumptions]\naccess = "shut"': "access: found shut, expected one of: open, registration,",
    '[assumptions]\nlisted = "yes"': "[assumptions] listed: found yes, expected true or false.",
    '[district]\nname = "x"\nseason = "autumn"': (
        "[district] season: found autumn, expected one of: summer, winter."
    ),
    '[[seasons]]\nid = "fog"\nname = "雾"': "[[seasons]] 1 weeks: found -, expected a number above",
    '[[seasons]]\nid = "fog"\nname = "雾"\nweeks = 0': (
        "[[seasons]] 1 weeks: found 0, expected a number above 0"
    ),
    '[[seasons]]\nid = "summer"\nweeks = 30\n[[seasons]]\nid = "winter"\nweeks = 24': (
        "[[seasons]] weeks: found 54, expected seasons of 53 weeks together at most."
    ),
    '[[seasons]]\nid = "summer"\n[[seasons]]\nid = "summer"': "[[seasons]] id: found summer, exp",
    '[[groups]]\nid = "rider"\n[[groups.seasons]]\nseason = "sumer"': (
        "[[groups]] 1 seasons 1 season: found sumer, expected one of: summer, winter. Did you mean"
    ),
    '[[groups]]\nid = "rider"\n[[groups.seasons]]\nseason = "summer"\nweekday = [1]': (
        "[[groups]] 1 seasons 1 weekday: found [1], expected 24 shares"
    ),
    '[[groups]]\nid = "rider"\ntotal_workers = -1': "[[groups]] 1 total_workers: found -1, exp",
    '[[workers]]\nkind = "points"\npath = "x"\ngives = "counts"': (
        "[[workers]] 1 gives: found counts, expected one of: headcount, pattern."
    ),
    '[[workers]]\nkind = "points"\npath = "x"\ntrust = 0': "[[workers]] 1 trust: found 0, expected",
    '[[workers]]\nkind = "pings"\npath = "x"\ngroups = ["riders"]': (
        "[[workers]] 1 groups: found riders, expected one of: sanitation, rider, courier"
    ),
    '[[workers]]\nkind = "points"\npath = "x"\nmeasure = "area"': (
        "[[workers]] 1 measure: found points, expected nothing: measure belongs to kind proxies."
    ),
    '[[workers]]\nkind = "proxies"\npath = "x"\n[workers.pings]\nstay_min = 5': (
        "[[workers]] 1 pings: found proxies, expected nothing: pings belongs to kind pings."
    ),
    '[[workers]]\nkind = "proxies"\npath = "x"\nmeasure = "volume"': (
        "[[workers]] 1 measure: found volume, expected one of: count, area, length, amount."
    ),
    '[[workers]]\nkind = "proxies"\npath = "x"\ngives = "headcount"': (
        "[[workers]] 1 rates: found -, expected a rate of workers, or total_workers, where"
    ),
    '[[workers]]\nkind = "proxies"\npath = "x"\n[[workers.rates]]\ngroup = "cook"\nworkers = 1': (
        "[[workers]] 1 rates 1 group: found cook, expected one of: sanitation"
    ),
    '[[workers]]\nkind = "proxies"\npath = "x"\n[[workers.rates]]\ngroup = "rider"': (
        "[[workers]] 1 rates 1 workers: found -, expected a number of at least 0 and"
    ),
    '[[workers]]\nkind = "pings"\npath = "x"\n[workers.pings]\ntimezone = "Mars/Base"': (
        "[[workers]] 1 pings timezone: found Mars/Base, expected a text that can be read: 'Mars"
    ),
    '[[workers]]\nkind = "pings"\npath = "x"\n[workers.pings]\nmost_gap = 5': "Did you mean most",
    '[demand]\nmodel = "magic"': "[demand] model: found magic, expected one of: rates, fitted.",
    "[demand]\nbandwidth_m = 0": "[demand] bandwidth_m: found 0, expected a number above 0, at",
    '[service]\ndecay = "cubic"': "[service] decay: found cubic, expected one of: none, linear",
    "[service]\ncount_seats = 1": "[service] count_seats: found 1, expected true or false.",
    "[gaps]\nurban_m = -1": "[gaps] urban_m: found -1, expected a number above 0, at",
    "[gaps]\nleast_area_m2 = -1": "[gaps] least_area_m2: found -1, expected a number of",
    '[files.grid]\npath = "x"': "[files] grid: found grid, expected one of: stations, venues",
    "[score_weights]\nnewly_served = -0.1": "newly_served: found -0.1, expected a number of at",
}


@pytest.mark.parametrize("text", FAULTS, ids=str)
def test_a_wrong_value_is_told_with_table_key_and_what_is_expected(text: str) -> None:
    # Names of the top stand before any table.
    whole = NAME + text if text.startswith("[") else f"{text}\n{NAME}"
    whole = text if "[district]" in text else whole
    assert FAULTS[text] in "\n".join(faults_of(whole))


def test_all_weights_of_zero_are_refused() -> None:
    names = [part.name for part in fields(ScoreWeights)]
    text = NAME + "[score_weights]\n" + "\n".join(f"{name} = 0" for name in names)
    assert "at least one weight above 0" in faults_of(text)[0]


def test_all_faults_are_told_at_once() -> None:
    found = faults_of('[limits]\ncount = -1\nbudget_yuan = -1\n[district]\nnmae = "x"')
    assert [fault.split(":")[0] for fault in found] == [
        "district.toml [district] nmae",
        "district.toml [district] name",
        "district.toml [limits] budget_yuan",
        "district.toml [limits] count",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[district\nname = 1", "at line 1, column 10"),
        ('[district]\nname = "D:\\区"', "at line 2"),
        ("name = ", "at "),
        ("[district]\n[district]", "at line 2"),
        ("a = " + "[" * 5000, "at the end of the file"),
        ("\x00", "at line 1"),
        ("a = " + "1" * 5000, "at a number of thousands of digits"),
    ],
)
def test_text_that_is_no_toml_is_refused_with_the_place(text: str, where: str) -> None:
    (fault,) = faults_of(text)
    assert where in fault


def test_a_fault_is_told_in_chinese_too() -> None:
    use_language("zh")
    with pytest.raises(
        SettingsError, match="budget_yuan：现为 -1，应为 不小于 0 且小于 1,000,000,000,000,000 的数"
    ):
        settings_from_toml(NAME + "[limits]\nbudget_yuan = -1")


def test_a_folder_that_is_not_there_or_has_no_settings_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no folder .*nowhere.* planner init"):
        read_settings(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"has no district.toml.* planner init"):
        read_settings(tmp_path)


def test_a_file_in_gbk_is_refused_and_one_with_a_mark_in_front_is_read(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_bytes(NAME.encode("gbk"))
    with pytest.raises(SettingsError, match="is not in UTF-8"):
        read_settings(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + NAME.replace("\n", "\r\n").encode())
    assert read_settings(tmp_path).name == "江北区"


def test_default_groups_and_hosts_are_possible() -> None:
    for group in DEFAULT_GROUPS:
        assert len(group.weekday) == len(group.weekend) == 24
        assert all(0 <= share <= 1 for share in (*group.weekday, *group.weekend))
    for host in DEFAULT_HOSTS:
        assert read_hours(host.hours).open_minutes > 0
    assert [sum(part.end_hour > 0 for part in DEFAULT_PERIODS)] == [6]
    names = [name for host in DEFAULT_HOSTS for name in (host.id, host.name, *host.aliases)]
    assert len(names) == len(set(names))


HOURS_A_HEAD = {
    "sanitation": (48, 56), "courier": (56, 60), "rider": (56, 63), "driver": (60, 66),
    "trucker": (60, 66), "guard": (50, 56), "day_labourer": (20, 25),
}  # fmt: skip


def test_one_head_of_a_default_group_is_out_no_longer_a_week_than_the_trade_works() -> None:
    for group in DEFAULT_GROUPS:
        least, most = HOURS_A_HEAD[group.id]
        year = 5 * sum(group.weekday) + 2 * sum(group.weekend)
        assert least <= year <= most, group.id
        for presence in group.seasons:
            week = 5 * sum(presence.weekday) + 2 * sum(presence.weekend)
            assert abs(week - year) <= 6.5, group.id
            assert week <= most, group.id


def test_limits_of_the_command_line_are_checked_against_the_sites() -> None:
    with pytest.raises(SettingsError, match=r"\[limits\] lock: found S19, .*Did you mean S1\?"):
        check_limits(Limits(lock=("S19",)), sites=["S1", "V1"])
    with pytest.raises(SettingsError, match=r"\[limits\] forbid: found 公园"):
        check_limits(Limits(forbid=("公园",)), sites=["S1", "V1"])
    with pytest.raises(
        SettingsError, match=r"lock: found V1, expected a site that is not forbidden"
    ):
        check_limits(Limits(lock=("V1",), forbid=("V1",)), sites=["S1", "V1"])
    with pytest.raises(SettingsError, match=r"budget_yuan: found -1, expected"):
        check_limits(Limits(budget_yuan=-1.0), sites=["S1"])
    with pytest.raises(SettingsError, match=r"count: found -1"):
        check_limits(Limits(count=-1), sites=["S1"])
    with pytest.raises(SettingsError, match="gap_share: found 2"):
        check_limits(Limits(gap_share=2), sites=["S1"])
    check_limits(
        Limits(count=0, budget_yuan=0, lock=("V1",), may_close=("S1",)),
        sites=["S1", "V1"],
        stations=["S1"],
    )


def test_a_station_that_stays_is_not_forbidden_and_a_venue_is_not_closed() -> None:
    sites, stations = ["S1", "V1"], ["S1"]
    with pytest.raises(SettingsError, match="forbid: found S1, expected a venue; existing"):
        check_limits(Limits(forbid=("S1",)), sites=sites, stations=stations)
    with pytest.raises(SettingsError, match="may_close: found V1, expected the id of an existing"):
        check_limits(Limits(may_close=("V1",)), sites=sites, stations=stations)
    check_limits(Limits(forbid=("S1",), may_close=("S1",)), sites=sites, stations=stations)


def test_writing_what_was_read_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_text(TOML, encoding="utf-8")
    before = path.stat().st_mtime_ns
    write_settings(tmp_path, read_settings(tmp_path))
    assert path.read_text(encoding="utf-8") == TOML
    assert path.stat().st_mtime_ns == before


def test_a_change_touches_its_line_alone_and_keeps_the_comments() -> None:
    read = settings_from_toml(TOML)
    limits = replace(read.limits, count=5, budget_yuan=600_000.0, lock=("S1",))
    assert settings_to_toml(replace(read, limits=limits), TOML) == TOML.replace(
        "count = 3\n", 'count = 5\nbudget_yuan = 600000\nlock = ["S1"]\n'
    )


def test_a_new_value_stands_before_the_comment_of_the_next_table() -> None:
    text = NAME + "[limits]\n\n# 权重 weights\n[score_weights]\noverlap = 0.2  # 重叠\n"
    read = settings_from_toml(text)
    changed = replace(
        read,
        limits=Limits(count=4),
        score_weights=replace(read.score_weights, overlap=0.3),
    )
    assert settings_to_toml(changed, text) == (
        NAME + "[limits]\ncount = 4\n\n# 权重 weights\n[score_weights]\noverlap = 0.3  # 重叠\n"
    )


def test_a_value_taken_away_is_gone() -> None:
    read = settings_from_toml(TOML)
    text = settings_to_toml(replace(read, limits=Limits(), venues=None), TOML)
    assert settings_from_toml(text) == replace(read, limits=Limits(), venues=None)
    assert "count" not in text
    assert "venues" not in text
    assert "# 预算 money" in text


@pytest.mark.parametrize(
    "text",
    [
        "limits = {count = 3}\n" + NAME,
        'district.name = "x"\nlimits.count = 3\n',
        '[district]\nname = "x"\n[files]\nstations = {path = "a.csv"}\n[limits]\ncount = 3\n',
        (
            '[limits]\ncount = 3\n[files.stations]\npath = "a"\n'
            '[district]\nname = "x"\n[files.venues]\npath = "b"\n'
        ),
    ],
    ids=["inline", "dotted", "inline file", "out of order"],
)
def test_any_way_of_writing_a_table_can_be_changed(text: str) -> None:
    read = settings_from_toml(text)
    changed = replace(
        read,
        limits=Limits(count=9, forbid=("V1",)),
        boundary=FileSettings(path="edge.geojson", crs="GCJ-02"),
        workers=(WorkerSource(kind="survey", path="w.csv"),),
    )
    assert settings_from_toml(settings_to_toml(changed, text)) == changed


def test_seasons_of_a_group_can_be_taken_away_and_given_back_among_comments() -> None:
    text = NAME + '[[groups]]\nid = "rider"  # 骑手\nseasons = []  # 四季相同\nassumed = true\n'
    text += "\n# 预算\n[limits]\ncount = 3\n"
    read = settings_from_toml(text)
    (rider,) = read.groups
    usual = next(group for group in DEFAULT_GROUPS if group.id == "rider")
    changed = replace(read, groups=(replace(rider, seasons=usual.seasons),))
    written = settings_to_toml(changed, text)
    assert settings_from_toml(written) == changed
    assert "# 骑手" in written
    assert "# 预算" in written
    again = settings_to_toml(read, written)
    assert settings_from_toml(again) == read
    assert "# 骑手" in again


_TEXTS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8
)
_LIMITS = st.builds(
    Limits,
    budget_yuan=st.none() | st.floats(0, 1e9),
    count=st.none() | st.integers(0, 10_000),
    min_separation_m=st.floats(0, 5000),
    separation_from_existing=st.booleans(),
    forbid=st.lists(_TEXTS, unique=True, max_size=3).map(tuple),
    gap_share=st.floats(0, 1),
)
_FILES = st.none() | st.builds(
    FileSettings,
    path=_TEXTS,
    crs=st.sampled_from([None, "GCJ-02", "EPSG:32650"]),
    sheet=st.none() | _TEXTS,
    columns=st.dictionaries(st.sampled_from(["name", "lon", "hours"]), _TEXTS, max_size=2),
)
_SHARES = st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=24, max_size=24).map(tuple)
_SEASONS = st.sampled_from(
    [
        DEFAULT_SEASONS,
        (*DEFAULT_SEASONS, Season(id="fog", name="雾", name_en="Fog", weeks=2.5)),
        (
            Season(id="summer", name="夏季", name_en="Summer", weeks=13),
            Season(id="winter", name="冬季", name_en="Winter", weeks=9, starts="12-15"),
            Season(id="fog", name="雾", name_en="Fog", weeks=2.5, starts="11-01"),
        ),
    ]
)
_PRESENCES = st.lists(
    st.builds(
        SeasonPresence,
        season=st.sampled_from(["summer", "winter"]),
        weekday=_SHARES,
        weekend=_SHARES,
        headcount_factor=st.sampled_from([0.0, 1.0, 1.5]),
    ),
    max_size=2,
    unique_by=lambda presence: presence.season,
).map(tuple)


def _changed(group: Group, total: float | None, seasons: tuple[SeasonPresence, ...]) -> Group:
    return replace(group, total_workers=total, seasons=seasons)


_GROUPS = st.integers(1, 3).map(lambda n: DEFAULT_GROUPS[:n]) | st.builds(
    _changed,
    st.sampled_from([DEFAULT_GROUPS[0], DEFAULT_GROUPS[3]]),
    st.none() | st.floats(0, 1e6),
    _PRESENCES,
).map(lambda group: (group,))
_COUNTED = st.builds(
    WorkerSource,
    kind=st.sampled_from(["survey", "points"]),
    path=_TEXTS,
    total_workers=st.none() | st.floats(0, 1e6),
    gives=st.sampled_from([None, "headcount", "pattern"]),
    trust=st.floats(0.1, 10),
)
_PINGS = st.builds(
    WorkerSource,
    kind=st.just("pings"),
    path=_TEXTS,
    columns=st.dictionaries(st.sampled_from(["time", "lon"]), _TEXTS, max_size=2),
    pings=st.builds(
        PingRules,
        most_gap_min=st.floats(1, 90),
        stay_min=st.floats(0, 60),
        only_stays=st.booleans(),
        timezone=st.sampled_from(["Asia/Shanghai", "UTC"]),
    ),
)
_PROXIES = st.builds(
    WorkerSource,
    kind=st.just("proxies"),
    path=_TEXTS,
    measure=st.sampled_from(["count", "area", "length", "amount"]),
    rates=st.lists(
        st.builds(
            Rate,
            group=st.just(DEFAULT_GROUPS[0].id),
            workers=st.floats(0, 100),
            of=st.just("") | _TEXTS,
        ),
        max_size=2,
        unique_by=lambda rate: rate.of,
    ).map(tuple),
)
_BASE = st.builds(
    Settings,
    name=_TEXTS,
    stations=_FILES,
    venues=_FILES,
    grids=_FILES.map(lambda file: file and replace(file, columns={})),
    travel=_FILES.map(lambda file: file and replace(file, columns={})),
    workers=st.lists(_COUNTED | _PINGS | _PROXIES, max_size=3).map(tuple),
    groups=st.just(()),
    periods=st.just(DEFAULT_PERIODS),
    seasons=_SEASONS,
    season=st.sampled_from([None, "summer"]),
    hosts=st.integers(1, 3).map(lambda n: DEFAULT_HOSTS[:n]),
    demand=st.builds(DemandRules, model=st.sampled_from(["rates", "fitted"])),
    service=st.builds(
        ServiceRules,
        decay=st.sampled_from(DECAYS),
        stay_min=st.floats(1, 99),
        assumed=st.booleans(),
    ),
    gaps=st.builds(GapRules, dense_m=st.floats(1, 2000), least_workers=st.floats(0, 9)),
    limits=_LIMITS,
    data_note=st.just("") | _TEXTS,
)
_COSTS = st.builds(
    HostCost,
    host=st.sampled_from([host.id for host in DEFAULT_HOSTS[:3]]),
    cost_setup_yuan=st.floats(0, 1e6),
    cost_year_yuan=st.floats(-1e6, 1e6),
    possible=st.booleans(),
)


def _costing(base: Measure, draw: st.DrawFn) -> Measure:
    """Change what a measure says, but for what it is not about."""
    if base.id == "close":
        return replace(base, possible=draw(st.booleans()), assumed=draw(st.booleans()))
    return replace(
        base,
        cost_setup_yuan=draw(st.floats(0, 1e6)),
        cost_year_yuan=draw(st.floats(-1e6, 1e6)),
        hosts=tuple(
            sorted(
                draw(st.lists(_COSTS, max_size=2, unique_by=lambda cost: cost.host)),
                key=lambda cost: cost.host,
            )
        ),
        hours=draw(st.sampled_from([base.hours, "18:00-23:00"])) if base.hours else "",
        seats=draw(st.integers(0, 99)) if base.seats else 0,
        within_m=draw(st.floats(1, 5000)) if base.within_m else 0.0,
        union_share=draw(st.none() | st.floats(0, 1)),
        possible=draw(st.booleans()),
        assumed=draw(st.booleans()),
    )


@st.composite
def _measures(draw: st.DrawFn) -> tuple[Measure, ...]:
    """Draw measures, some of them as usual."""
    changed = draw(st.sets(st.sampled_from([base.id for base in DEFAULT_MEASURES]), max_size=4))
    return tuple(_costing(base, draw) if base.id in changed else base for base in DEFAULT_MEASURES)


def _at_hosts(measures: tuple[Measure, ...], hosts: tuple[HostType, ...]) -> tuple[Measure, ...]:
    known = {host.id for host in hosts}
    return tuple(
        replace(each, hosts=tuple(cost for cost in each.hosts if cost.host in known))
        for each in measures
    )


_SETTINGS = st.builds(
    lambda base, groups, measures: replace(
        base,
        measures=_at_hosts(measures, base.hosts),
        groups=groups,
        workers=tuple(
            replace(
                source,
                groups=(groups[0].id,) if source.trust > 1 else (),
                rates=tuple(replace(rate, group=groups[0].id) for rate in source.rates),
            )
            for source in base.workers
        ),
    ),
    _BASE,
    _GROUPS,
    _measures(),
)


@settings(max_examples=15)
@given(first=_SETTINGS, second=_SETTINGS)
def test_any_settings_can_be_written_over_any_others_and_read_back(
    first: Settings, second: Settings
) -> None:
    text = settings_to_toml(first)
    assert settings_from_toml(text) == first
    over = settings_to_toml(second, "# 保留 keep me\n" + text)
    assert settings_from_toml(over) == second
    assert "# 保留 keep me" in over


@settings(max_examples=15)
@given(kept=_SETTINGS, there=_SETTINGS)
def test_a_scenario_keeps_every_setting_and_takes_its_files_from_the_district(
    kept: Settings, there: Settings
) -> None:
    text = settings_text(kept)
    assert settings_from_text(text) == kept
    with TemporaryDirectory() as made:
        write_settings(Path(made), there)
        read = settings_from_text(text, Path(made))
    for name in (field.name for field in fields(Settings)):
        assert getattr(read, name) == getattr(there if name in OF_THE_DATA else kept, name), name


def test_settings_of_a_scenario_name_what_is_the_default_today() -> None:
    text = settings_text(settings_from_toml(NAME))
    plain = tomllib.loads(text)
    assert {field.name for field in fields(ServiceRules)} == plain["service"].keys()
    assert {each.id for each in DEFAULT_HOSTS} == plain["hosts"].keys()
    assert plain["limits"]["time_limit_s"] == Limits().time_limit_s


def test_settings_that_are_not_allowed_are_not_written(tmp_path: Path) -> None:
    (tmp_path / "district.toml").write_text(TOML, encoding="utf-8")
    wrong = replace(read_settings(tmp_path), limits=Limits(budget_yuan=-1))
    with pytest.raises(SettingsError, match="budget_yuan: found -1"):
        write_settings(tmp_path, wrong)
    assert (tmp_path / "district.toml").read_text(encoding="utf-8") == TOML
    assert [path.name for path in tmp_path.iterdir()] == ["district.toml"]


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_text("[district\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be understood at line 1"):
        write_settings(tmp_path, Settings(name="x"))
    assert path.read_text(encoding="utf-8") == "[district\n"


def test_settings_are_written_where_none_were(tmp_path: Path) -> None:
    new = settings_from_toml(NAME + "[limits]\ncount = 2")
    write_settings(tmp_path, new)
    assert read_settings(tmp_path) == new
    assert (tmp_path / "district.toml").read_text(
        encoding="utf-8"
    ) == NAME + "\n[limits]\ncount = 2\n"


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        write_settings(tmp_path / "nowhere", settings_from_toml(NAME))


@pytest.mark.skipif(not hasattr(os, "umask"), reason="needs the rights of a POSIX file")
def test_the_rights_of_the_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_text(TOML, encoding="utf-8")
    path.chmod(0o640)
    read = read_settings(tmp_path)
    write_settings(tmp_path, replace(read, limits=Limits(count=8)))
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("note", ['""', '"  "', "'''\n'''"])
def test_an_empty_note_of_the_data_is_no_note(note: str) -> None:
    assert settings_from_toml(f'[district]\nname = "Town"\ndata_note = {note}\n').data_note == ""


def test_aliases_of_default_groups_and_hosts_can_be_taken_away() -> None:
    read = settings_from_toml(NAME)
    changed = replace(
        read,
        groups=(replace(read.groups[0], aliases=()), *read.groups[1:]),
        hosts=(replace(read.hosts[0], aliases=()), *read.hosts[1:]),
    )
    for before in ("", NAME):
        again = settings_from_toml(settings_to_toml(changed, before))
        assert again.groups[0].aliases == ()
        assert again.hosts[0].aliases == ()
        assert again.groups[1].aliases == read.groups[1].aliases


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("demand", "bandwidth_m"),
        ("demand", "hot_spot_m"),
        ("gaps", "urban_m"),
        ("gaps", "dense_m"),
    ],
)
def test_a_length_beyond_a_hundred_kilometres_is_a_fault(table: str, name: str) -> None:
    settings_from_toml(f"{NAME}[{table}]\n{name} = 100000")
    (told,) = faults_of(f"{NAME}[{table}]\n{name} = 100001")
    assert f"[{table}] {name}: found 100001" in told
    assert "at most 100,000" in told


def test_a_reach_beyond_a_hundred_kilometres_is_a_fault() -> None:
    group = '[[groups]]\nid = "rider"\nways = [{{mode = "walk", reach_m = {reach}}}]'
    settings_from_toml(NAME + group.format(reach=100_000))
    (told,) = faults_of(NAME + group.format(reach=1e12))
    assert "reach_m: found 1000000000000, expected a number above 0, at most 100,000" in told


def test_a_measure_that_is_named_differs_and_all_others_are_as_usual() -> None:
    read = settings_from_toml(
        NAME + "[measures.extend_24h]\ncost_setup_yuan = 12000\nunion_share = 0.5\n"
        "[measures.extend_24h.hosts.fuel]\npossible = false\n"
        "[measures.extend_24h.hosts.shop]\ncost_setup_yuan = 400\n"
        "[measures.extend_24h.hosts.bank]\n"
    )
    by_id = {measure.id: measure for measure in read.measures}
    longer = by_id.pop("extend_24h")
    assert by_id == {each.id: each for each in DEFAULT_MEASURES if each.id != "extend_24h"}
    assert (longer.cost_setup_yuan, longer.cost_year_yuan) == (12000, 8000)
    assert (longer.union_share, longer.assumed) == (0.5, False)
    at = {cost.host: cost for cost in longer.hosts}
    assert at["fuel"] == HostCost(
        host="fuel", cost_setup_yuan=12000, cost_year_yuan=8000, possible=False
    )
    assert at["shop"] == HostCost(host="shop", cost_setup_yuan=400, cost_year_yuan=0)
    assert "bank" not in at  # an empty table: as at all others
    assert not at["courier_depot"].possible  # as usual


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[measures.extend24h]\npossible = false", "Did you mean extend_24h?"),
        ("[measures.list]\ncost_setup_yuan = -1", "found -1, expected a number of at least 0"),
        ("[measures.list]\ncost_setup_yuan = nan", "cost_setup_yuan: found nan"),
        ("[measures.list]\nunion_share = 1.5", "found 1.5, expected a number from 0 to 1"),
        ('[measures.list]\nunion_share = "150 %"', "found 150 %, expected a number from 0 to 1"),
        ("[measures.list]\nseats = 5", "found seats, expected one of"),
        ("[measures.close]\ncost_setup_yuan = 5", "found cost_setup_yuan, expected one of"),
        ("[measures.enlarge]\nseats = 2.5", "found 2.5, expected a whole number"),
        ("[measures.move]\nwithin_m = 0", "within_m: found 0, expected a number above 0"),
        ('[measures.extend_evening]\nhours = "late"', "hours: found late"),
        ("[measures.list.hosts.castle]\npossible = false", "expected a host type of [hosts]"),
        ("[measures.list.hosts.bank]\ncost = 1", "[measures.list.hosts.bank] cost: found cost"),
        ("[measures.list.hosts]\nbank = 1", "[measures.list.hosts] bank: found 1, expected a ta"),
        ("[measures]\nlist = 3", "[measures] list: found 3, expected a table"),
        ('[[seasons]]\nid = "summer"\nstarts = "13-01"', "'13-01' is no day such as 11-15"),
    ],
)
def test_what_is_wrong_in_a_measure_is_told_with_its_place(text: str, told: str) -> None:
    (fault,) = faults_of(NAME + text)
    assert told in fault


def test_a_season_begins_on_its_usual_day_a_stated_one_or_nobody_knows() -> None:
    text = NAME
    for identity, more in (("summer", ""), ("winter", 'starts = "11月15日"'), ("fog", "weeks = 3")):
        text += f'[[seasons]]\nid = "{identity}"\nname = "x"\n{more}\n'
    starts = [season.starts for season in settings_from_toml(text).seasons]
    assert starts == ["06-01", "11月15日", ""]
    unknown = settings_from_toml(NAME + '[[seasons]]\nid = "summer"\nstarts = ""\n')
    assert unknown.seasons[0].starts == ""
    assert settings_from_toml(settings_to_toml(unknown)) == unknown
