"""Many districts are planned by several processes, and compared."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import distributed
import numpy as np
import openpyxl
import pandas as pd
import pytest
from district_folders import make_folder, write_list
from scale_clusters import kill_one, running_cluster

from planner.district import read_settings
from planner.errors import InputError, SettingsError
from planner.language import use_language
from planner.pipeline import plan, prepare
from planner.scale import COMPARISON, ClusterError, district_folders, plan_many
from planner.scale import cluster as cluster_module
from planner.scale import many as many_module
from planner.scale import one as one_module
from planner.scale.cluster import open_cluster, run_tasks
from planner.scale.one import DistrictTask, plan_folder

LIMITS = {"count": 1, "time_limit_s": 300.0}
ABOUT = ["workers", "stations", "opened", "cost_yuan", "effective_before", "effective_after", "gap"]
PHONE = "13800138000"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four districts: three that differ in their workers, one without sites and a hostile name."""
    base = tmp_path_factory.mktemp("province")
    for number in range(3):
        folder = make_folder(base / f"d{number}")
        counts = (f"西社区,{40 + number},10", f"东社区,{20 + number},")
        write_list(folder / "workers.csv", "社区,外卖骑手,快递员", *counts)
    broken = base / "=HYPERLINK(1)"
    broken.mkdir()
    (broken / "district.toml").write_text('[district]\nname = "=1+1"\n', encoding="utf-8")
    return base


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real scheduler with two worker processes that come again when they die."""
    with running_cluster() as local:
        yield local


def planned_here(folder: Path) -> dict[str, float]:
    """What the pipeline itself finds."""
    prepared = prepare(folder)
    result = plan(prepared, replace(read_settings(folder).limits, **LIMITS))  # type: ignore[arg-type]  # of a plain dict
    return {
        "workers": round(result.before.workers, 3),
        "stations": result.before.stations,
        "opened": int((result.measures["kind"] == "new").sum()),
        "cost_yuan": result.plan.cost_yuan,
        "effective_before": result.before.effective_share,
        "effective_after": result.after.effective_share,
        "gap": result.plan.gap,
    }


@pytest.fixture(scope="module")
def compared(province: Path, cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401
    out = tmp_path_factory.mktemp("results")
    os.environ["PLANNER_CACHE"] = str(out / "cache")
    use_language("en")
    killed: list[int] = []
    table = plan_many(
        district_folders([province]),
        out=out,
        limits=LIMITS,
        scheduler=cluster.scheduler_address,
        progress=kill_one(cluster, killed),
    )
    assert len(killed) == 1
    return out, table


def test_a_killed_worker_changes_nothing_and_a_failing_district_ends_nobody_else(
    province: Path, compared: tuple[Path, pd.DataFrame]
) -> None:
    _, table = compared
    assert dict(table["status"]) == {
        "=HYPERLINK(1)": "failed", "d0": "planned", "d1": "planned", "d2": "planned"
    }  # fmt: skip
    assert "neither stations nor venues" in str(table.loc["=HYPERLINK(1)", "notes"])
    for name in ("d0", "d1", "d2"):
        here = planned_here(province / name)
        assert {key: table.loc[name, key] for key in ABOUT} == here


def test_the_comparison_has_a_row_for_each_and_no_formula(
    compared: tuple[Path, pd.DataFrame],
) -> None:
    out, table = compared
    sheet = openpyxl.load_workbook(out / COMPARISON).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in cells[1:]] == [*table.index, "All districts"]
    first = sheet["A3"]
    assert (first.value, first.data_type, first.quotePrefix) == ("=HYPERLINK(1)", "s", True)
    together = dict(zip(cells[0], cells[-1], strict=True))
    assert together["Workers"] == 70 + 72 + 74
    assert together["Added set-up money (yuan)"] == table["cost_yuan"].sum()
    hours = table["worker_hours_week"]
    served = (table["effective_after"] * hours).sum() / hours.sum()
    assert together["Served with the plan"] == pytest.approx(served)
    assert "3 districts" in str(together["Notes"])


def test_what_is_finished_and_unchanged_is_not_planned_again(
    province: Path,
    compared: tuple[Path, pd.DataFrame],
    cluster: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    # given: one district changed, one half written, one as it was
    before, table = compared
    out = tmp_path / "results"
    shutil.copytree(before, out)
    changed = tmp_path / "district" / "d0"
    shutil.copytree(province / "d0", changed)
    write_list(changed / "workers.csv", "社区,外卖骑手,快递员", "西社区,90,10", "东社区,20,")
    (out / "d1" / "sites.xlsx").unlink()
    folders = [changed, province / "d1", province / "d2"]
    # when
    again = plan_many(folders, out=out, limits=LIMITS, scheduler=cluster.scheduler_address)
    # then
    assert dict(again["status"]) == {"d0": "planned", "d1": "planned", "d2": "kept"}
    assert again.loc["d0", "workers"] == 120
    figures = list(again.columns.drop(["status", "folder"]))
    assert again.loc["d2", figures].to_dict() == pytest.approx(table.loc["d2", figures].to_dict())
    assert (out / "d1" / "sites.xlsx").is_file()


@pytest.mark.parametrize(
    "changed", [{"limits": {"count": 2}}, {"season": "summer"}, {"language": "zh"}]
)
def test_other_limits_season_or_language_are_another_plan(
    province: Path, tmp_path: Path, changed: dict[str, Any]
) -> None:
    task = DistrictTask(
        folder=str(province / "d0"), out=str(tmp_path / "d0"), limits=LIMITS, language="en"
    )
    other = replace(task, **changed)
    keys = {one_module._key(each, read_settings(province / "d0")) for each in (task, other)}  # noqa: SLF001 - the rule itself
    assert len(keys) == 2


def test_a_summary_that_is_damaged_is_no_plan(
    compared: tuple[Path, pd.DataFrame], province: Path, tmp_path: Path
) -> None:
    out = tmp_path / "d2"
    shutil.copytree(compared[0] / "d2", out)
    task = DistrictTask(
        folder=str(province / "d2"), out=str(out), limits=LIMITS, language="en", run="now"
    )
    key = one_module._key(task, read_settings(province / "d2"))  # noqa: SLF001 - the rule itself
    whole = one_module._kept_row(out, key, task)  # noqa: SLF001
    assert whole is not None
    assert whole["status"] == "kept"
    text = (out / "summary.json").read_text(encoding="utf-8")
    for damaged in ("", text[:-9], "[]", text.replace('"row"', '"rows"'), '{"key": 1}'):
        (out / "summary.json").write_text(damaged, encoding="utf-8")
        assert one_module._kept_row(out, key, task) is None  # noqa: SLF001


def finished(compared: tuple[Path, pd.DataFrame], province: Path, out: Path) -> DistrictTask:
    """A finished plan of d2, copied, and the task that takes it as it is."""
    shutil.copytree(compared[0] / "d2", out)
    return DistrictTask(
        folder=str(province / "d2"), out=str(out), limits=LIMITS, language="en", run="now"
    )


@pytest.mark.parametrize(
    "damage",
    [
        {"workers": "abc"},
        {"workers": True},
        {"gap": float("nan")},
        {"stations": 10**400},
        {"status": "weird"},
        {"status": ["planned"]},
        {"proof": "sure"},
        {"name": 5},
        {"notes": None},
    ],
)
def test_a_summary_with_one_value_that_cannot_be_is_no_plan(
    compared: tuple[Path, pd.DataFrame], province: Path, tmp_path: Path, damage: dict[str, Any]
) -> None:
    task = finished(compared, province, tmp_path / "d2")
    path = tmp_path / "d2" / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    key = one_module._key(task, read_settings(province / "d2"))  # noqa: SLF001 - the rule itself
    assert one_module._kept_row(tmp_path / "d2", key, task) is not None  # noqa: SLF001
    summary["row"] |= damage
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert one_module._kept_row(tmp_path / "d2", key, task) is None  # noqa: SLF001


@pytest.mark.parametrize("ending", ["infeasible", "failed"])
def test_no_file_of_an_older_plan_stays_beside_a_row_without_a_plan(
    compared: tuple[Path, pd.DataFrame],
    province: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    # given: an older plan, whose summary is whole, and a file of somebody else
    task = finished(compared, province, tmp_path / "d2")
    out = tmp_path / "d2"
    older = {path.name for path in out.iterdir()}
    assert older <= {*one_module._PLAN_FILES, "summary.json"}  # noqa: SLF001 - each is known
    (out / "letter.txt").write_text("keep me")
    # when: the same district has no plan now
    if ending == "infeasible":
        task = replace(task, limits={"budget_yuan": 100.0, "lock": ("V甲",)}, run="")
    else:
        task = replace(task, limits={"count": 2}, run="")
        monkeypatch.setattr(one_module, "prepare", broken)
    row = plan_folder(task)
    # then
    assert row["status"] == ending
    left = {path.name for path in out.iterdir()}
    assert left == {"letter.txt", *({"summary.json"} if ending == "infeasible" else ())}


def broken(*_: object, **__: object) -> None:
    raise KeyError(PHONE)


def test_a_folder_without_a_plan_is_not_emptied(tmp_path: Path) -> None:
    out = tmp_path / "d0"
    out.mkdir()
    (out / "sites.xlsx").write_text("of somebody")
    one_module._begin(out)  # noqa: SLF001 - before a plan is made
    assert (out / "sites.xlsx").read_text() == "of somebody"


def test_the_folder_of_the_districts_takes_no_results_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "d0")
    (folder / "summary.json").write_text("my own notes")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(one_module, "prepare", broken)  # would tell another error
    row = plan_folder(DistrictTask(folder=str(folder), out=str(folder), language="en"))
    assert row["status"] == "failed"
    assert "the results would replace" in row["notes"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_no_summary_and_no_comparison_replaces_an_input(tmp_path: Path) -> None:
    folder, out = make_folder(tmp_path / "d0"), tmp_path / "out"
    toml = (folder / "district.toml").read_text(encoding="utf-8")
    for name in ("d0/summary.json", "comparison.xlsx"):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("an input")
        changed = toml.replace('path = "workers.csv"', f'path = "../out/{name}"')
        (folder / "district.toml").write_text(changed, encoding="utf-8")
        if name == COMPARISON:
            with pytest.raises(SettingsError, match="the results would replace"):
                plan_many([folder], out=out)
        else:
            row = plan_folder(DistrictTask(folder=str(folder), out=str(out / "d0"), language="en"))
            assert "the results would replace" in row["notes"]
        assert path.read_text() == "an input"


def test_an_unexpected_error_is_told_without_its_text(
    monkeypatch: pytest.MonkeyPatch,
    province: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(PHONE)

    monkeypatch.setattr(one_module, "prepare", fail)
    task = DistrictTask(folder=str(province / "d0"), out=str(tmp_path / "d0"), language="en")
    row = plan_folder(task)
    assert row["status"] == "failed"
    assert "KeyError at one.py:" in row["notes"]
    assert PHONE not in str(row) + caplog.text
    assert not (tmp_path / "d0" / "summary.json").exists()


def test_a_district_whose_results_cannot_be_written_says_so(province: Path, tmp_path: Path) -> None:
    (tmp_path / "d0").write_text("a file is here")
    row = plan_folder(
        DistrictTask(folder=str(province / "d0"), out=str(tmp_path / "d0"), language="en")
    )
    assert row["status"] == "failed"
    assert "cannot be written to" in row["notes"]


def test_stopping_leaves_the_rest_and_says_so(province: Path, cluster: Any, tmp_path: Path) -> None:  # noqa: ANN401
    table = plan_many(
        [province / "d0", province / "d1"],
        out=tmp_path,
        limits=LIMITS,
        scheduler=cluster.scheduler_address,
        stop=lambda: True,
    )
    assert list(table["status"]) == ["stopped", "stopped"]
    assert np.isnan(table["workers"]).all()
    assert (tmp_path / COMPARISON).is_file()


def test_a_task_that_kills_its_workers_is_given_up_and_the_others_go_on() -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        open_cluster(scheduler=None, workers=1) as cluster,
    ):
        ended = list(run_tasks(cluster, _end_or_square, [-1, 3, 4]))
        listening = {*_listening(), *cluster.client.submit(_listening).result()}
    assert {each.place: each.result for each in ended} == {0: None, 1: 9, 2: 16}
    # and the local cluster is seen by this machine alone: 127.0.0.1 as /proc tells it
    assert listening
    assert {place.split(":")[0] for place in listening} == {"0100007F"}


def _end_or_square(value: int) -> int:
    if value < 0:
        os._exit(1)
    return value * value


def _listening() -> list[str]:
    """The places (as /proc tells them) at which this process and its like listen."""
    own = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    lines = Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    parts = [line.split() for line in lines]
    return [part[1] for part in parts if part[3] == "0A" and f"socket:[{part[9]}]" in own]


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 0.5)
    with (
        pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9 does not answer"),
        open_cluster(scheduler="tcp://127.0.0.1:9", workers=1),
    ):
        pass


@pytest.mark.parametrize(
    "address", ["garbage", "", "127.0.0.1:8786", "tcp://", "tcp://x", "tcp://x:y", "no://x:1"]
)
def test_a_scheduler_without_an_address_is_told_before_anything_is_started(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_may_start(*_: object, **__: object) -> None:
        raise AssertionError("a client was made")

    monkeypatch.setattr(distributed, "Client", nothing_may_start)
    with (
        pytest.raises(ClusterError, match=r"--scheduler .*: expected an address"),
        open_cluster(scheduler=address, workers=1),
    ):
        pass


def test_a_folder_stands_for_itself_or_for_the_districts_inside_it(province: Path) -> None:
    named = district_folders([province, province / "d1", province / "nothing"])
    assert [path.name for path in named] == ["=HYPERLINK(1)", "d0", "d1", "d2", "nothing"]


def test_districts_of_one_name_have_results_of_their_own(tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "D", tmp_path / "b" / "d", tmp_path / "c" / "e"]
    names = list(many_module._named(folders))  # noqa: SLF001 - a rule that no result shows
    assert len({name.casefold() for name in names}) == 3
    assert names[2] == "e"
    assert list(many_module._named(folders[:1])) == ["D"]  # noqa: SLF001


def test_wrong_limits_and_no_folder_are_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="count"):
        plan_many([tmp_path], out=tmp_path, limits={"count": -1})
    with pytest.raises(InputError, match="No district folder"):
        plan_many([], out=tmp_path)
    with (
        pytest.raises(ValueError, match="workers must be at least 1"),
        open_cluster(scheduler=None, workers=0),
    ):
        pass
