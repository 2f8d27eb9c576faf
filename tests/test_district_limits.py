"""Every limit of a plan, to and from `district.toml`, and what is said of one that cannot hold."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from line_town import line_town
from option_towns import Choice, Spot, Town

from planner.district import read_district, settings_from_toml, settings_to_toml
from planner.district.limits import check_limits, limit_faults
from planner.district.settings import (
    MEASURES,
    OBJECTIVES,
    FileSettings,
    Floor,
    GapLimit,
    Levels,
    Limits,
    Objective,
    Phase,
    Quota,
)
from planner.district.template_toml import template_toml
from planner.errors import InputError, SettingsError

NAME = '[district]\nname = "江北区"\n'
TEXT = NAME + "[limits]\n# 上限\ncount = 2\n\n[score_weights]\noverlap = 0.2\n"
_ID = st.text(alphabet="abcV12社区+@", min_size=1, max_size=6)
_IDS = st.lists(_ID, unique=True, max_size=3).map(tuple)
_SHARES = st.none() | st.sampled_from([0.0, 0.15, 0.5, 1.0])
_MONEY = st.none() | st.sampled_from([0.0, 0.5, 600_000.0])
_QUOTAS = st.lists(
    st.builds(
        Quota,
        scope=st.sampled_from(["community", "street", "host_type"]),
        which=_IDS,
        stations=st.sampled_from(["any", "all_day", "evening", "benchmark", "new", "container"]),
        least=st.integers(0, 3),
        most=st.none() | st.integers(3, 9),
        least_share=st.none() | st.just(0.15),
        most_share=st.none() | st.sampled_from([0.5, 1.0]),
    )
    | st.builds(Quota, least_per_street=st.sampled_from([0.0, 1.3])),
    max_size=2,
).map(tuple)
_PHASES = st.lists(
    st.builds(
        Phase,
        id=_ID,
        name=_ID,
        name_en=st.just("") | _ID,
        budget_yuan=_MONEY,
        count=st.none() | st.integers(0, 9),
        quotas=_QUOTAS,
        weight=st.sampled_from([0.5, 1.0]),
    ),
    max_size=3,
    unique_by=lambda phase: phase.id,
).map(tuple)
_RING = st.sampled_from(
    [((106.5, 29.5), (106.51, 29.5), (106.51, 29.51)), ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))]
)


def _done(limits: Limits, option: str) -> Limits:
    """Say that the first phase is over; nothing was chosen in it, or one option."""
    if not limits.phases:
        return limits
    first, *rest = limits.phases
    return replace(limits, phases=(replace(first, done=(option,) if option else ()), *rest))


_LIMITS = st.builds(
    Limits,
    objectives=st.lists(
        st.builds(
            Objective,
            kind=st.sampled_from(OBJECTIVES),
            weight=st.sampled_from([0.5, 1.0]),
            tolerance_share=st.sampled_from([0.0, 0.05]),
            target_share=st.sampled_from([0.9, 1.0]),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    one_after_the_other=st.booleans(),
    measures=st.lists(st.sampled_from(MEASURES), unique=True).map(tuple),
    budget_yuan=_MONEY,
    budget_union_yuan=_MONEY,
    budget_partner_yuan=_MONEY,
    budget_year_yuan=_MONEY,
    count=st.none() | st.integers(0, 9),
    min_separation_m=st.sampled_from([0.0, 250.5]),
    separation_from_existing=st.booleans(),
    separation_along_streets=st.booleans(),
    forbid=_IDS,
    no_go=st.lists(_RING, max_size=2).map(tuple),
    may_close=_IDS,
    may_move=_IDS,
    containers=st.integers(1, 3),
    gap=st.none() | st.just(GapLimit()) | st.just(GapLimit(hard=False, price_hours=7.5)),
    quotas=_QUOTAS,
    floors=st.lists(
        st.builds(
            Floor,
            least_share=st.sampled_from([0.0, 0.4]),
            groups=_IDS,
            communities=_IDS,
            each=st.sampled_from(["", "group", "community"]),
        ),
        max_size=2,
    ).map(tuple),
    levels=st.none() | st.just(Levels(centre_hosts=("union", "park"), within_m=2000.0)),
    phases=_PHASES,
    contiguous_m=st.none() | st.just(800.0),
    seed=st.integers(0, 9),
    work_limit=st.none() | st.integers(1, 9),
    time_limit_s=st.sampled_from([0.5, 60.0]),
    gap_share=st.sampled_from([0.0, 0.01]),
)


@given(_LIMITS, st.sampled_from(["", "V1+24h"]), st.sampled_from([TEXT, NAME, ""]))
@settings(max_examples=20, deadline=None)
def test_every_limit_stands_in_the_file_as_it_was_written(
    limits: Limits, done: str, text: str
) -> None:
    base = settings_from_toml(text or NAME)
    wanted = replace(
        base,
        limits=_done(limits, done),
        no_go=FileSettings(path="no_go.geojson", crs="GCJ-02"),
    )
    assert settings_from_toml(settings_to_toml(wanted, text)) == wanted


def test_what_is_not_limited_stands_nowhere_in_a_new_file() -> None:
    text = settings_to_toml(replace(settings_from_toml(NAME), limits=Limits(count=3)), NAME)
    assert text == NAME + "\n[limits]\ncount = 3\n"


def test_what_the_template_shows_behind_a_comment_sign_can_be_used_as_it_stands() -> None:
    template = template_toml("江北区", sheets={"stations": "a", "venues": "b", "workers": "c"})
    shown = template[template.index("# 方案的限制条件") : template.index("# 候选场所评分的权重")]
    lines = [line.removeprefix("# ") for line in shown.splitlines()]
    usable = [line for line in lines if re.match(r"\[+limits[a-z.]*\]+$|[a-z_]+ = ", line)]
    plain = "\n".join(usable)
    limits = settings_from_toml(NAME + plain).limits
    assert limits.quotas[0].scope == "community"
    assert limits.phases[0].quotas == (Quota(stations="all_day", least=2),)
    assert limits.floors == (Floor(least_share=0.5, groups=("sanitation",), each="community"),)
    assert limits.levels == Levels(centre_hosts=("union",), within_m=2000.0)
    assert limits.containers == 1
    assert tomlkit.parse(template)["limits"] == {
        "min_separation_m": 0,
        "separation_from_existing": True,
        "time_limit_s": 60,
        "gap_share": 0.001,
    }


FAULTS = {
    'measures = ["opne"]': "[limits] measures: found opne, expected one of: open, open_evening",
    "budget_union_yuan = -1": "budget_union_yuan: found -1, expected a number of at least 0",
    "containers = 1.5": "containers: found 1.5, expected a whole number of at least 0",
    'measures = ["container"]': "containers: found 0, expected a number above 0, since measures",
    "budget_yuan = 1e16": "expected a number of at least 0 and below 1,000,000,000,000,000",
    "[limits.quotas]\nleast = 1": "quotas: found {'least': 1}, expected a list of tables, each"
    " begun with [[limits.quotas]]",
    "[[limits.phases]]\nid = '1'\n[limits.phases.quotas]\nleast = 1": "[[limits.phases.quotas]]",
    "[limits.gap]\nprice_hours = 9e14": "price_hours: found 900000000000000, expected a",
    "work_limit = 0": "work_limit: found 0, expected a whole number of at least 1",
    "contiguous_m = 0": "contiguous_m: found 0, expected a number above 0",
    "no_go = [[[1, 2], [3, 4]]]": "no_go 1: found 2, expected a ring of at least 3 different",
    "no_go = [[[1, 2], [3, 4], [1, 2], [3, 4]]]": "no_go 1: found 4, expected a ring of at least 3",
    "no_go = [[[0, 0], [1, 1], [1, 0], [0, 1]]]": "no_go 1: found 4, expected a ring that does not",
    "no_go = [[[181, 0], [1, 1], [1, 0]]]": "no_go 1: found 181.0, 0.0, expected longitudes from",
    "no_go = [[1, 2]]": "[limits] no_go: found [1, 2], expected rings of [lon, lat], such",
    "[[limits.objectives]]\nkind = 'mclp'": "1 kind: found mclp, expected one of: served",
    "[[limits.objectives]]\nweight = 0": "objectives 1 weight: found 0, expected a number above 0",
    "[limits.gap]\nhard = false": "[limits.gap] price_hours: found 0, expected a number above 0",
    "[limits.levels]\nwithin_m = 5": "[limits.levels] centre_hosts: found -, expected a value. Add",
    "[limits.levels]\nwithin_m = 5\ncentre_hosts = []": "[limits.levels] centre_hosts: found -,",
    "[[limits.floors]]\ngroups = ['a']": "floors 1 least_share: found -, expected a number from 0",
    "[[limits.floors]]\nleast_share = 0.1\neach = 'street'": "each: found street, expected one of:",
    "[[limits.quotas]]\nleast = -1": "quotas 1 least: found -1, expected a whole number of at",
    "[[limits.quotas]]\nscope = 'all'": "quotas 1: found -, expected at least one of: least, most",
    "[[limits.quotas]]\nleast = 3\nmost = 2": "quotas 1 least: found 3, expected at most most (2)",
    "[[limits.quotas]]\nleast = 1\nwhich = ['a']": "quotas 1 which: found a, expected a scope of",
    "[[limits.quotas]]\nleast = 1\nstations = 'centre'": "stations: found centre, expected centres",
    "[[limits.quotas]]\nscope = 'street'\nleast_per_street = 1": "found street, expected the scope",
    "[[limits.phases]]\nname = 'x'": "phases 1 id: found -, expected a text in quotation marks",
    "[[limits.phases]]\nid = '1'\n[[limits.phases]]\nid = '1'": "phases 2 id: found 1,",
    "[[limits.phases]]\nid = '1'\n[[limits.phases]]\nid = '2'\ndone = []": "2 done: found 2,",
    "[[limits.phases]]\nid = '1'\n[[limits.phases.quotas]]\nmost = -1": "phases 1 quotas 1 most:",
    "[[limits.phases]]\nid = '1'\ndone = ['a']\n[[limits.phases]]\nid = '2'\ndone = ['a']": (
        "phases 2 done: found a, expected each option in one phase"
    ),
}


@pytest.mark.parametrize("text", FAULTS, ids=str)
def test_a_wrong_limit_is_told_with_where_it_stands_and_what_is_expected(text: str) -> None:
    whole = NAME + (text if text.startswith("[") else f"[limits]\n{text}")
    with pytest.raises(SettingsError) as error:
        settings_from_toml(whole)
    told = "\n".join(str(problem) for problem in error.value.problems)
    assert FAULTS[text] in told
    assert len(error.value.problems) == 1, told


def town() -> Town:
    return Town(
        spots={"S1": Spot(x=0, stands=True), "V1": Spot(x=500)},
        choices={
            "S1": Choice(site="S1", measure="keep"),
            "V1": Choice(site="V1"),
            "V1+24h": Choice(site="V1", measure="open_24h"),
        },
        cells=[(0, 0, "c1")],
        people={"rider": [1]},
    )


STRANGE = {
    "lock: found V1+25h": Limits(lock=("V1+25h",)),
    "may_move: found V1, expected the id of an existing station": Limits(may_move=("V1",)),
    "measures: found list, expected one of: open, close, container": Limits(measures=("list",)),
    "quotas 1 which: found c9, expected one of: c1, c2": Limits(
        quotas=(Quota(scope="community", which=("c9",), least=1),)
    ),
    "quotas 1 which: found nort, expected one of: north, south. Did you mean north?": Limits(
        quotas=(Quota(scope="street", which=("nort",), least=1),)
    ),
    "phases 1 quotas 1 which: found bank, expected one of: shop": Limits(
        phases=(
            Phase(
                id="1", name="1", quotas=(Quota(scope="host_type", which=("bank",), least=1),)
            ),
        )
    ),
    "floors 1 groups: found taxi, expected one of: rider": Limits(
        floors=(Floor(least_share=0.1, groups=("taxi",)),)
    ),
    "found ridr, expected a community (c1, c2) or a group (rider). Did you mean rider?": Limits(
        floors=(Floor(least_share=0.1, communities=("ridr",)),)
    ),
    "floors 1 communities: found c9": Limits(floors=(Floor(least_share=0.1, communities=("c9",)),)),
    "[limits.levels] centre_hosts: found park": Limits(
        levels=Levels(centre_hosts=("park",), within_m=1.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", STRANGE)
def test_what_the_district_does_not_have_is_told_with_what_it_has(fault: str) -> None:
    with pytest.raises(SettingsError) as error:
        check_limits(
            STRANGE[fault],
            sites=["S1", "V1"],
            stations=["S1"],
            options=list(town().choices),
            district=town().district(),
        )
    told = [str(problem) for problem in error.value.problems]
    assert len(told) == 1
    assert fault in told[0]


def test_limits_that_name_what_is_there_hold() -> None:
    limits = Limits(
        measures=("open", "container", "close"),
        containers=1,
        lock=("V1+24h",),
        may_move=("S1",),
        forbid=("S1",),
        quotas=(Quota(scope="street", which=("north",), least=1),),
        floors=(Floor(least_share=0.5, groups=("rider",), communities=("c1",)),),
        levels=Levels(centre_hosts=("shop",), within_m=100.0),
    )
    check_limits(
        limits,
        sites=["S1", "V1"],
        stations=["S1"],
        options=list(town().choices),
        district=town().district(),
    )
    assert limit_faults(limits, where="") == []


RING = (
    '{"type": "Polygon", "coordinates": [[[106.505, 29.49], [106.515, 29.49], [106.515, 29.51],'
    " [106.505, 29.51], [106.505, 29.49]]]}"
)


def test_areas_of_a_file_in_which_nothing_may_be_opened_are_read_and_part_of_the_fingerprint(
    tmp_path: Path,
) -> None:
    folder = line_town(tmp_path / "town")
    before = read_district(folder)
    assert before.no_go is None
    toml = folder / "district.toml"
    toml.write_text(
        toml.read_text("utf-8").replace(
            "[[workers]]", '[files.no_go]\npath = "areas.geojson"\n[[workers]]', 1
        ),
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"areas\.geojson"):
        read_district(folder)
    (folder / "areas.geojson").write_text(
        f'{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {{}},'
        f' "geometry": {RING}}}]}}',
        encoding="utf-8",
    )
    after = read_district(folder)
    assert after.no_go is not None
    assert after.no_go.bounds == pytest.approx((106.505, 29.49, 106.515, 29.51))
    assert after.fingerprint != before.fingerprint


NOWHERE = {
    "quotas 1 scope: found community, expected communities that are known. Name the file": Limits(
        quotas=(Quota(scope="community", least=1),)
    ),
    "quotas 1 scope: found street, expected streets that are known. Fill the column": Limits(
        quotas=(Quota(scope="street", least=1),)
    ),
    "phases 1 quotas 1 scope: found street": Limits(
        phases=(Phase(id="1", name="1", quotas=(Quota(scope="street", least=1),)),)
    ),
    "quotas 1 least_per_street: found 1.5, expected streets that are known": Limits(
        quotas=(Quota(least_per_street=1.5),)
    ),
    "floors 1 each: found community, expected communities": Limits(
        floors=(Floor(each="community", least_share=0.1),)
    ),
}


@pytest.mark.parametrize("told", NOWHERE)
def test_a_limit_for_each_place_of_a_kind_of_which_none_is_known_is_refused(told: str) -> None:
    district = replace(town(), streets={}).district()
    with pytest.raises(SettingsError) as error:
        check_limits(NOWHERE[told], sites=["S1", "V1"], stations=["S1"], district=district)
    assert told in "\n".join(map(str, error.value.problems))
    assert len(error.value.problems) == 1
    check_limits(NOWHERE[told], sites=["S1", "V1"], stations=["S1"], district=town().district())


def test_streets_that_the_lists_alone_name_are_known() -> None:
    listed = pd.DataFrame({"street": ["west", "", None]}, index=["V1", "V2", "V3"])
    district = replace(town(), streets={}).district()
    limits = Limits(quotas=(Quota(scope="street", which=("west",), least=1),))
    for named in (replace(district, stations=listed), replace(district, venues=listed)):
        check_limits(limits, sites=[], district=named)
