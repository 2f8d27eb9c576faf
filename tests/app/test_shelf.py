"""What the server keeps of districts, and the documents of a plan in two languages."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from app_pages.memory.jobs import Job
from app_pages.memory.shelf import Entry, Shelf
from app_pages.reporting.papers import papers_of
from planner.district import read_settings
from planner.district.settings import (
    DemandRules,
    GapRules,
    Limits,
    ScoreWeights,
    ServiceRules,
)
from planner.language import current_language, use_language
from planner.pipeline import PlanResult, plan
from planner.scenarios import Scenario

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"


def district(folder: Path) -> Path:
    """Make a district that is read, and of which nothing can be prepared: it names no file."""
    folder.mkdir(parents=True)
    (folder / "district.toml").write_text('[district]\nname = "Town"\n', encoding="utf-8")
    return folder


def search(entry: Entry) -> Job[object]:
    """Begin work that goes on until it is asked to stop."""

    def work(job: Job[object]) -> object:
        while not job.should_stop():
            time.sleep(0.01)
        raise RuntimeError("nobody asks for the plan")

    job = Job(work)
    entry.work.append(job)
    return job


def entry_of(shelf: Shelf, folder: Path, **changes: object) -> Entry:
    """Ask for a district under its own settings, with some changed."""
    return shelf.entry(folder, replace(read_settings(folder), **changes))  # type: ignore[arg-type]  # fields of Settings


def test_a_search_is_stopped_where_the_files_of_its_district_change(tmp_path: Path) -> None:
    shelf = Shelf()
    folder = district(tmp_path / "town")
    before = entry_of(shelf, folder)
    job = search(before)
    (folder / "placed.csv").write_text("x", encoding="utf-8")
    after = entry_of(shelf, folder)
    assert after is not before
    assert before.replaced
    assert not after.replaced
    assert job.wait(10)


def test_a_search_goes_on_where_another_scenario_has_other_settings(tmp_path: Path) -> None:
    shelf = Shelf()
    folder = district(tmp_path / "town")
    before = entry_of(shelf, folder)
    job = search(before)
    other = entry_of(shelf, folder, service=ServiceRules(count_seats=True))
    assert other is not before
    assert not before.replaced
    assert not job.wait(0.1)
    assert entry_of(shelf, folder) is before
    job.stop()


def test_scenarios_with_other_limits_share_what_is_computed_and_no_others_do(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    folder = district(tmp_path / "town")
    one = entry_of(shelf, folder)
    assert entry_of(shelf, folder, limits=Limits(count=3)) is one
    assert entry_of(shelf, folder, score_weights=ScoreWeights(overlap=0.5)) is one
    others = (
        {"service": ServiceRules(count_seats=True)},
        {"demand": DemandRules(bandwidth_m=700.0)},
        {"season": "winter"},
        {"groups": read_settings(folder).groups[1:]},
    )
    entries = [one, *(entry_of(shelf, folder, **each) for each in others)]
    assert len({id(each) for each in entries}) == len(entries)


def test_ways_are_not_taken_from_where_a_smaller_gap_let_them_end_sooner(tmp_path: Path) -> None:
    shelf = Shelf()
    folder = district(tmp_path / "town")
    one = entry_of(shelf, folder)
    assert entry_of(shelf, folder, service=ServiceRules(count_seats=True)).base == one.base
    assert entry_of(shelf, folder, gaps=GapRules(urban_m=3000.0)).base != one.base


def test_districts_under_many_settings_are_let_go_of_but_not_where_work_goes_on(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    folders = [district(tmp_path / f"town{number}") for number in range(6)]
    first = entry_of(shelf, folders[0])
    job = search(first)
    second = entry_of(shelf, folders[1])
    for folder in folders[2:]:
        assert entry_of(shelf, folder).preparing.wait(10)
    assert second.preparing.wait(10)
    entry_of(shelf, folders[5])
    assert entry_of(shelf, folders[0]) is first
    assert entry_of(shelf, folders[1]) is not second
    job.stop()


def test_the_latest_of_a_name_is_kept_and_no_other(tmp_path: Path) -> None:
    entry = entry_of(Shelf(), district(tmp_path / "town"))
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    numbers = (1, 1, 2, 1)
    assert [entry.latest("n", n, partial(make, n)) for n in numbers] == [1, 1, 2, 1]
    assert made == [1, 2, 1]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> PlanResult:
    if not (SAMPLE / "district.toml").is_file():
        pytest.skip("the sample is not there: data/make_sample.py")
    folder = tmp_path_factory.mktemp("papers") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    entry = entry_of(Shelf(), folder)
    assert entry.preparing.wait(120)
    return plan(entry.preparing.answer(), Limits(count=2, time_limit_s=10))


def scenario(letter: str, version: int = 1) -> Scenario:
    now = datetime.now(UTC)
    return Scenario(
        id=letter * 32,
        district="d" * 32,
        name=letter,
        created=now,
        changed=now,
        version=version,
        settings="",
    )


@pytest.fixture
def chinese() -> Iterator[None]:
    before = current_language()
    use_language("zh")
    yield
    use_language(before)


@pytest.mark.usefixtures("chinese")
def test_each_scenario_version_and_language_has_documents_of_its_own(
    found: PlanResult, space: Path
) -> None:
    first = papers_of(found, scenario("a"))
    use_language("en")
    english = papers_of(found, scenario("a"))
    assert papers_of(found, scenario("a")) == english  # Word holds its time: not written again
    use_language("zh")
    assert "现有站点".encode() in first["map.html"]
    assert "现有站点".encode() not in english["map.html"]
    other = plan(found.prepared, replace(found.limits, count=1))
    papers_of(other, scenario("b"))
    assert papers_of(found, scenario("a")) == first
    newer = papers_of(other, scenario("a", 2))
    assert newer["plan.json"] != first["plan.json"]
    folders = sorted(
        str(path.relative_to(space / ".papers")) for path in (space / ".papers").glob("*/*")
    )
    assert folders == [f"{'a' * 32}/2-zh", f"{'b' * 32}/1-zh"]


@pytest.mark.skipif(os.name == "nt", reason="folders of Windows have other rights")
def test_nobody_else_of_the_machine_looks_into_the_documents(
    found: PlanResult, space: Path
) -> None:
    papers_of(found, scenario("a"))
    assert (space / ".papers" / ("a" * 32)).stat().st_mode & 0o077 == 0


def test_the_folder_that_is_served_is_gone_when_the_app_has_ended(tmp_path: Path) -> None:
    code = "from app_pages.mapping import embed; print(embed._folder())"
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    served = Path(ran.stdout.strip())
    assert served.parent == tmp_path
    assert not served.exists()
