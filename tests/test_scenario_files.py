"""Scenarios carried in one file: what is in it, hostile ones, and the same plan elsewhere."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scenario_stores import NOW, sqlite_address

from planner.district import read_settings, settings_from_toml, settings_text
from planner.district.settings import Limits
from planner.errors import PlannerError, SettingsError, StoreError
from planner.language import use_language
from planner.pipeline import (
    PlanResult,
    Prepared,
    baseline_of,
    export_scenario,
    first_scenario,
    import_scenario,
    is_stale,
    plan,
    prepare,
    replay,
    result_in,
    result_of,
    scenario_with,
)
from planner.scenarios import Edit, Scenario
from planner.scenarios.exchange import _checksum as checksum
from planner.scenarios.exchange import export_text, read_export
from planner.scenarios.figures import with_curve
from planner.scenarios.shapes import figures_fit, plan_fits
from planner.scenarios.store import ScenarioStore, close_stores, open_store
from planner.siting import Status

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("here") / "sample"
    shutil.copytree(SAMPLE, copy, ignore=shutil.ignore_patterns("plan"))
    return copy


@pytest.fixture(scope="module")
def found(folder: Path) -> PlanResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(folder.parent / "cache"))
        prepared = prepare(folder)
        limits = replace(prepared.district.settings.limits, count=6, work_limit=300, seed=3)
        return plan(prepared, limits)


@pytest.fixture(scope="module")
def planned(found: PlanResult) -> Scenario:
    """Give a scenario with a plan, edits of named people, and Chinese notes."""
    first = first_scenario(baseline_of(found.prepared), author="王五")
    made = scenario_with(
        replace(first, name="方案甲", given="", notes="备注"), found, author="赵六"
    )
    edit = Edit(kind="lock", at=NOW, author="钱七", about={"site": "V014"})
    return replace(made, history=(edit, *made.history))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ScenarioStore]:
    yield open_store(sqlite_address(tmp_path))
    close_stores()


def test_a_file_holds_the_scenario_and_nobody_s_name(planned: Scenario) -> None:
    text = export_text(planned)
    assert not any(name in text for name in ("王五", "赵六", "钱七", "author"))
    assert planned.district not in text
    told = json.loads(text)
    assert told["format"] == 2
    assert 'name = "清江区（虚构）"' in told["scenario"]["settings"]
    again = read_export(text.encode())
    bare = replace(
        planned,
        district="",
        author="",
        parent="",
        history=tuple(replace(edit, author="") for edit in planned.history),
    )
    assert again == json_like(bare)


def json_like(scenario: Scenario) -> Scenario:
    """Give plan and figures as they are after JSON, in which there are no tuples."""
    plain = json.loads(json.dumps({"plan": scenario.plan, "figures": scenario.figures}))
    return replace(scenario, **plain)


def test_a_plan_and_the_state_of_today_have_the_shapes_that_an_import_asks_for(
    planned: Scenario, found: PlanResult
) -> None:
    today = json_like(baseline_of(found.prepared))
    assert figures_fit(today.figures)
    assert planned.figures is not None
    point = dict.fromkeys(("limit", "count", "cost_yuan", "served", "bound", "effective_share"), 1)
    curve = {"by": "count", "knee": 0, "points": [point]}
    with_a_curve = with_curve(planned.figures, curve)
    assert figures_fit(json_like(replace(planned, figures=with_a_curve)).figures)
    assert plan_fits(json_like(planned).plan)


def test_folders_of_this_machine_are_not_told(planned: Scenario) -> None:
    settings = settings_from_toml(planned.settings)
    assert settings.venues is not None
    there = replace(
        settings,
        venues=replace(settings.venues, path="/home/wangwu/venues.xlsx"),
        boundary=replace(settings.venues, path="../../wangwu/boundary.geojson"),
        streets=replace(settings.streets, path="C:/Users/wangwu/streets.osm.pbf", place=None),
    )
    text = export_text(replace(planned, settings=settings_text(there)))
    assert "wangwu" not in text
    named = settings_from_toml(read_export(text.encode()).settings)
    assert named.venues is not None
    assert (named.venues.path, named.streets.path) == ("venues.xlsx", "streets.osm.pbf")


def test_on_another_machine_it_gives_the_same_plan(
    planned: Scenario, folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    kept = store.add(planned)
    file = export_scenario(store, kept.id, tmp_path / "out" / "方案甲.json")
    elsewhere = tmp_path / "other machine" / "sample"
    shutil.copytree(folder, elsewhere)
    there = open_store(str(tmp_path / "elsewhere.sqlite"))

    made = import_scenario(there, file, folder=elsewhere, author="孙八")

    assert (made.name, made.author, made.version) == ("方案甲", "孙八", 1)
    assert made.district != kept.district
    assert settings_from_toml(made.settings) == settings_from_toml(kept.settings)
    again = replay(made, elsewhere)
    assert (again.same, again.searched, again.stale) == (True, True, False)
    assert again.result is not None
    assert again.result.plan.options == tuple((planned.plan or {})["chosen"])
    assert again.result.plan.served == (planned.plan or {})["served"]
    assert (again.added, again.removed) == ((), ())


def test_other_data_make_an_imported_plan_stale_and_it_is_never_used(
    planned: Scenario, folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    file = export_scenario(store, store.add(planned).id, tmp_path / "x.json")
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    poi = (other / "poi.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (other / "poi.csv").write_text("".join(poi[:-40]), encoding="utf-8")
    made = import_scenario(store, file, folder=other, author="")
    prepared = prepare(other)
    assert is_stale(made, prepared.district.fingerprint)
    assert result_in(prepared, made) is None
    again = replay(made, other)
    assert (again.stale, again.same) == (True, False)


def test_a_plan_made_by_hand_is_counted_again_not_searched(
    planned: Scenario, found: PlanResult, folder: Path
) -> None:
    fewer = replace(found.plan, options=found.plan.options[:-1], status=Status.EDITED)
    served = result_of(found.prepared, found.limits, fewer).after.served_milli
    edited = result_of(
        found.prepared, found.limits, replace(fewer, served_milli=served, seconds=0.0)
    )
    made = json_like(scenario_with(planned, edited, author=""))
    assert made.history[-1].kind == "keep"
    assert made.history[-1].removed == (found.plan.options[-1],)
    again = replay(made, folder)
    assert (again.same, again.searched) == (True, False)
    wrong = replace(made, plan={**(made.plan or {}), "served": 1.0})
    assert not replay(wrong, folder).same


def test_a_scenario_without_a_plan_is_carried_too(
    planned: Scenario, folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    bare = replace(planned, plan=None, figures=None, inputs="", history=())
    file = export_scenario(store, store.add(bare).id, tmp_path / "x.json")
    made = import_scenario(store, file, folder=folder, author="")
    assert (made.plan, made.inputs, made.history) == (None, "", ())
    with pytest.raises(StoreError, match="holds no plan"):
        replay(made, folder)


def test_a_name_that_is_taken_gets_a_number(
    planned: Scenario, folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    file = export_scenario(store, store.add(planned).id, tmp_path / "x.json")
    names = [import_scenario(store, file, folder=folder, author="").name for _ in range(2)]
    assert names == ["方案甲 (2)", "方案甲 (3)"]


def test_the_limits_of_a_plan_become_those_of_its_scenario(
    planned: Scenario, found: PlanResult
) -> None:
    limits: Limits = settings_from_toml(planned.settings).limits
    assert limits == found.limits
    assert planned.inputs == found.prepared.district.fingerprint


def test_a_result_without_a_plan_is_not_kept(planned: Scenario, found: PlanResult) -> None:
    none = replace(found, plan=replace(found.plan, status=Status.INFEASIBLE))
    with pytest.raises(StoreError, match="No plan was found"):
        scenario_with(planned, none, author="")


def test_a_plan_of_other_inputs_is_stale(planned: Scenario, found: PlanResult) -> None:
    now: Prepared = found.prepared
    assert not is_stale(planned, now.district.fingerprint)
    assert result_in(now, planned) is not None
    assert is_stale(planned, "f" * 64)
    assert not is_stale(replace(planned, inputs="", plan=None), "f" * 64)
    other = replace(now, district=replace(now.district, fingerprint="f" * 64))
    assert result_in(other, planned) is None


# --- Hostile files -------------------------------------------------------------------------------


def _with(planned: Scenario, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Give an export in which something was changed, with a right checksum."""
    told = json.loads(export_text(planned))
    change(told["scenario"])
    told["sha256"] = checksum(told["scenario"])
    return json.dumps(told).encode()


def _with_settings(planned: Scenario, lines: list[str]) -> bytes:
    return _with(planned, lambda held: held.update(settings=lines))


def test_a_file_that_was_changed_on_the_way_is_refused(planned: Scenario) -> None:
    text = export_text(planned)
    with pytest.raises(StoreError, match="changed or damaged on the way"):
        read_export(text.replace('"notes": "备注"', '"notes": "备注!"').encode())
    with pytest.raises(StoreError, match="is not a scenario"):
        read_export(text.encode()[:-500])


def test_another_layout_of_the_same_values_is_the_same(planned: Scenario) -> None:
    told = json.loads(export_text(planned))
    assert read_export(json.dumps(told, indent=4).encode("utf-8-sig")) == read_export(
        json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    )


def test_a_file_of_a_newer_version_is_told(planned: Scenario) -> None:
    told = {**json.loads(export_text(planned)), "format": 3}
    with pytest.raises(StoreError, match="newer version"):
        read_export(json.dumps(told).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b'{"what": "other"}',
        b"\xff\xfe\x00",
        b"PK\x03\x04",
        b"[" * 200_000,
        b'{"what":' * 100_000,
        b'{"what": "station-planner scenario", "format": ' + b"9" * 5_000 + b"}",
        b'{"what": "station-planner scenario", "format": 1}',
        b'{"what": "station-planner scenario", "format": true, "scenario": {}}',
        b'{"what": "station-planner scenario", "format": "1", "scenario": {}}',
        b'{"what": "station-planner scenario", "format": 1, "scenario": [], "sha256": ""}',
    ],
)
def test_what_is_no_scenario_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"cannot be imported|is not a scenario"):
        read_export(data)


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.scenarios.exchange.MOST_BYTES", 1_000_000)
    with pytest.raises(StoreError, match="larger than 1 MB"):
        read_export(b" " * 1_000_001)


@pytest.mark.parametrize("value", [b"[],", b'{"":0},', b"1.5,"])
def test_a_file_of_millions_of_values_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch, value: bytes
) -> None:
    monkeypatch.setattr("planner.scenarios.exchange.json", None)
    with pytest.raises(StoreError, match=r"more than 2,?000,?000 values"):
        read_export(b'{"what": "station-planner scenario", "x": [' + value * 2_000_001 + b"1]}")


def _deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


_CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a name that is a number": lambda held: held.update(name=5),
    "a mark that is a number": lambda held: held.update(given=5),
    "a mark of a megabyte": lambda held: held.update(given="x" * 1_000_000),
    "a name of a megabyte": lambda held: held.update(name="x" * 1_000_000),
    "notes that are a list": lambda held: held.update(notes=["x"]),
    "a time that is none": lambda held: held.update(created="gestern"),
    "a time without a zone": lambda held: held.update(created="2026-01-01T00:00:00"),
    "a time beyond all": lambda held: held.update(changed="9999-12-31T23:59:59-23:00"),
    "settings that are one text": lambda held: held.update(settings="x"),
    "settings of numbers": lambda held: held.update(settings=[1]),
    "settings without end": lambda held: held.update(settings=[""] * 2_000_001),
    "settings with a name of many parts": lambda held: held.update(settings=["[a" + ".a" * 999]),
    "inputs that are a path": lambda held: held.update(inputs="../../etc/passwd"),
    "inputs of another plan": lambda held: held.update(inputs="f" * 64),
    "a plan found from nothing": lambda held: (
        held.update(inputs=""),
        held["plan"].update(fingerprint=""),
    ),
    "a key that is not known": lambda held: held.update(author="x"),
    "a key that is missing": lambda held: held.pop("notes"),
    "a plan that is a list": lambda held: held.update(plan=[1]),
    "a plan without options": lambda held: held["plan"].pop("chosen"),
    "options that are numbers": lambda held: held["plan"].update(chosen=[1]),
    "a plan that was not found": lambda held: held["plan"].update(status="infeasible"),
    "served as a text": lambda held: held["plan"].update(served="1"),
    "served as a yes": lambda held: held["plan"].update(served=True),
    "a number beyond all": lambda held: held["plan"].update(served=10**400),
    "figures that are a text": lambda held: held.update(figures="x"),
    "figures of another version": lambda held: held["figures"].update(format=99),
    "figures without money": lambda held: held["figures"].pop("money"),
    "a share that is a text": lambda held: held["figures"]["effective_share"].update(after="1"),
    "columns of two lengths": lambda held: held["figures"]["by_community"]["id"].pop(),
    "a table with a short row": lambda held: held["figures"]["by_group_period"]["after"][0].pop(),
    "a depth without end": lambda held: held["plan"].update(more=_deep(400)),
    "half of a character": lambda held: held["plan"].update(more="\ud800"),
    "a character that ends texts": lambda held: held.update(name="a\0b"),
    "a history that is a text": lambda held: held.update(history="x"),
    "an edit of another kind": lambda held: held["history"][0].update(kind="<script>"),
    "an edit with an author": lambda held: held["history"][0].update(author="x"),
    "an edit of numbers": lambda held: held["history"][0].update(added=[1]),
    "an edit about a list": lambda held: held["history"][0].update(about=[1]),
}


@pytest.mark.parametrize("name", list(_CHANGES))
def test_wrong_values_are_refused_though_the_checksum_is_right(
    planned: Scenario, name: str
) -> None:
    with pytest.raises(StoreError, match="cannot be imported"):
        read_export(_with(planned, _CHANGES[name]))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(planned: Scenario, number: str) -> None:
    text = export_text(planned).replace('"seconds":', f'"more": {number}, "seconds":', 1)
    with pytest.raises(StoreError, match="cannot be imported"):
        read_export(text.encode())


def test_settings_that_are_not_known_are_refused(planned: Scenario) -> None:
    for line in ('run = "rm -rf /"', "[[hooks]]\nurl = 1", "[limits]", "= 5"):
        lines = [*json.loads(export_text(planned))["scenario"]["settings"], line]
        with pytest.raises(SettingsError, match=r"district\.toml"):
            read_export(_with_settings(planned, lines))


def test_files_that_an_import_names_are_never_read(
    planned: Scenario, folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    """The district's own files take the place of those that the settings of the file name."""
    secret = tmp_path / "secret.xlsx"
    secret.write_text("a secret")
    settings = settings_from_toml(planned.settings)
    assert settings.venues is not None
    for path in (str(secret), "../secret.xlsx", "..\\secret.xlsx", "C:/secret.xlsx"):
        tricky = replace(
            settings,
            venues=replace(settings.venues, path=path),
            travel=replace(settings.venues, path=path),
            workers=tuple(replace(each, path=path) for each in settings.workers),
            streets=replace(settings.streets, path=path, place=None),
        )
        lines = settings_text(tricky).splitlines()
        file = tmp_path / "tricky.json"
        file.write_bytes(_with_settings(planned, lines))
        made = import_scenario(store, file, folder=folder, author="")
        assert "secret" not in made.settings
        kept = settings_from_toml(made.settings)
        own = read_settings(folder)
        assert (kept.venues, kept.travel, kept.workers) == (own.venues, own.travel, own.workers)
        assert kept.streets == own.streets


def test_a_file_that_is_not_there_or_a_folder_is_told(
    folder: Path, store: ScenarioStore, tmp_path: Path
) -> None:
    for path in (tmp_path / "nix.json", tmp_path):
        with pytest.raises(StoreError, match="cannot be read"):
            import_scenario(store, path, folder=folder, author="")


def test_a_file_that_cannot_be_written_leaves_the_one_before(
    planned: Scenario, store: ScenarioStore, tmp_path: Path
) -> None:
    kept = store.add(planned)
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="cannot be written"):
        export_scenario(store, kept.id, tmp_path / "file" / "x.json")
    assert (tmp_path / "file").read_text() == "x"


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(StoreError):
        read_export(data)


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@examples(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_value_in_any_place_is_read_or_refused_in_words(
    data: st.DataObject, planned: Scenario
) -> None:
    told = json.loads(export_text(planned))
    place: Any = told["scenario"]
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        inner = [key for key in keys if isinstance(place[key], dict | list) and place[key]]
        if not inner:
            break
        place = place[data.draw(st.sampled_from(inner))]
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    place[data.draw(st.sampled_from(keys))] = data.draw(_VALUES)
    try:
        told["sha256"] = checksum(told["scenario"])
    except ValueError:  # of NaN
        told["sha256"] = ""
    try:
        read = read_export(json.dumps(told).encode())
    except PlannerError:
        return
    assert read.name == told["scenario"]["name"]
    export_text(read)


def test_moments_keep_their_order_and_their_zone(planned: Scenario) -> None:
    east = replace(planned, created=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=8))
    assert read_export(export_text(east).encode()).created == east.created


def test_what_is_wrong_is_told_in_chinese_too(planned: Scenario) -> None:
    use_language("zh")
    with pytest.raises(StoreError) as told:
        read_export(export_text(planned).replace("方案甲", "方案乙").encode())
    assert "改动或损坏" in str(told.value)
