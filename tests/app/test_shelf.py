"""What the server keeps of districts, and the documents of a plan in two languages."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app_pages.jobs import Job
from app_pages.papers import papers_of, write_papers
from app_pages.shelf import Entry, Shelf, kept_plan
from app_pages.workspace import PLAN_FOLDER
from planner.district.settings import Limits
from planner.language import current_language, use_language
from planner.pipeline import PlanResult, plan

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"


def district(folder: Path) -> Path:
    """Make a district that is read, and of which nothing can be prepared: it names no file."""
    folder.mkdir(parents=True)
    (folder / "district.toml").write_text('[district]\nname = "Town"\n', encoding="utf-8")
    return folder


def search(entry: Entry) -> threading.Event:
    """Begin a search that goes on until it is asked to stop; give what lets it end all the same."""
    end = threading.Event()

    def work(job: Job[PlanResult]) -> PlanResult:
        while not (job.should_stop() or end.wait(0.01)):
            pass
        raise RuntimeError("nobody asks for the plan")

    entry.planning = Job(work)
    return end


def test_a_search_is_stopped_where_the_files_of_its_district_change(tmp_path: Path) -> None:
    shelf = Shelf()
    folder = district(tmp_path / "town")
    before = shelf.entry(folder)
    search(before)
    (folder / "placed.csv").write_text("x", encoding="utf-8")
    after = shelf.entry(folder)
    assert after is not before
    assert before.replaced
    assert not after.replaced
    assert before.planning is not None
    assert before.planning.wait(10)


def test_a_district_that_is_searched_is_not_let_go_for_others(tmp_path: Path) -> None:
    shelf = Shelf()
    folders = [district(tmp_path / name) for name in "abcdef"]
    first = shelf.entry(folders[0])
    end = search(first)
    second = shelf.entry(folders[1])
    second.preparing.wait(10)
    for folder in folders[2:]:
        shelf.entry(folder).preparing.wait(10)
    assert shelf.entry(folders[0]) is first
    assert first.running
    assert shelf.entry(folders[1]) is not second
    end.set()


def test_the_latest_of_a_name_is_kept_and_no_other(tmp_path: Path) -> None:
    entry = Shelf().entry(district(tmp_path / "town"))
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    numbers = (1, 1, 2, 1)
    assert [entry.latest("n", n, partial(make, n)) for n in numbers] == [1, 1, 2, 1]
    assert made == [1, 2, 1]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Entry, PlanResult]:
    if not (SAMPLE / "district.toml").is_file():
        pytest.skip("the sample is not there: data/make_sample.py")
    folder = tmp_path_factory.mktemp("papers") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    entry = Shelf().entry(folder)
    assert entry.preparing.wait(120)
    return entry, plan(entry.preparing.answer(), Limits(count=2, time_limit_s=10))


@pytest.fixture
def chinese() -> Iterator[None]:
    before = current_language()
    use_language("zh")
    yield
    use_language(before)


@pytest.mark.usefixtures("chinese")
def test_two_readers_of_two_languages_each_have_documents_of_their_own(
    found: tuple[Entry, PlanResult],
) -> None:
    entry, result = found
    write_papers(result, entry)
    out = entry.folder / PLAN_FOLDER
    written = {path: path.stat().st_mtime_ns for path in out.iterdir() if path.is_file()}
    plan_before = kept_plan(entry)
    use_language("en")
    english = papers_of(result, entry)
    again = papers_of(result, entry)
    use_language("zh")
    chinese_map = papers_of(result, entry)["map.html"]
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert "现有站点".encode() in chinese_map
    assert "现有站点".encode() not in english["map.html"]
    assert again == english  # the Word document holds its time: it was not written again
    assert plan_before is not None
    assert kept_plan(entry) is plan_before


@pytest.mark.usefixtures("chinese")
def test_another_plan_has_other_documents_in_both_languages(
    found: tuple[Entry, PlanResult],
) -> None:
    entry, result = found
    write_papers(result, entry)
    use_language("en")
    first = papers_of(result, entry)["plan.json"]
    other = plan(entry.preparing.answer(), replace(result.limits, count=1))
    write_papers(other, entry)
    use_language("zh")
    papers_of(other, entry)
    use_language("en")
    assert papers_of(other, entry)["plan.json"] != first
    kept = kept_plan(entry)
    assert kept is not None
    assert kept.plan.options == other.plan.options


def test_a_search_of_files_that_are_gone_leaves_the_documents_alone(
    found: tuple[Entry, PlanResult],
) -> None:
    entry, result = found
    write_papers(result, entry)
    out = entry.folder / PLAN_FOLDER / "plan.json"
    before = out.stat().st_mtime_ns
    write_papers(result, replace(entry, replaced=True))
    assert out.stat().st_mtime_ns == before


def test_the_folder_that_is_served_is_gone_when_the_app_has_ended(tmp_path: Path) -> None:
    code = "from app_pages import embed; print(embed._folder())"
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
