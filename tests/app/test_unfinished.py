"""Work that the end of a server breaks off: noted while it goes on, told after the next start."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from app_driver import app, click, has_button, healthy, open_scenario, page, words

from app_pages.access.signing import Person
from app_pages.memory.jobs import Job
from app_pages.memory.runs import Run, Runs, broken_off
from app_pages.memory.shelf import Entry
from app_pages.memory.unfinished import Notes, Unfinished, notes_of
from planner.errors import StoreError
from planner.language import note
from planner.scenarios import Scenario

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
ABOUT = Unfinished(
    kind="search",
    scenario="s" * 32,
    name="夜班",
    given="",
    place="sample",
    person="p",
    began=BEGAN.isoformat(),
    seen=BEGAN.isoformat(),
)
SCENARIO = Scenario(
    id="s" * 32, district="d" * 32, name="夜班", created=BEGAN, changed=BEGAN, settings=""
)

# streamlit-folium and Streamlit use each other's older names.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_SERVER = """
import sys, time
from dataclasses import replace
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests/app"]
from app_pages.memory.unfinished import Notes, Unfinished
about = Unfinished(**eval(sys.argv[3]))
notes = Notes(Path(sys.argv[2]))
Note = notes.begin(about)
notes.begin(replace(about, kind="curve")).over()
Note.keep(gap=0.25)
print("begun", flush=True)
time.sleep(3600)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has noted work in `tmp_path` and goes on with it."""
    values = {name: getattr(ABOUT, name) for name in Unfinished.__slots__ if name != "id"}
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", _SERVER, str(ROOT), str(tmp_path), repr(values)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "begun\n"
        yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_work_is_told_as_broken_off_once_its_server_has_ended_and_not_before(
    server: subprocess.Popen[str], tmp_path: Path, how: signal.Signals
) -> None:
    notes = Notes(tmp_path)
    assert notes.broken_off() == ()
    os.kill(server.pid, how)
    server.wait()
    (found,) = notes.broken_off()  # what was over is not told
    assert (found.kind, found.scenario, found.name, found.gap) == ("search", "s" * 32, "夜班", 0.25)
    assert found.lasted_s > 0
    assert found.ended <= datetime.now(UTC)
    assert [each.id for each in Notes(tmp_path).broken_off()] == [found.id]
    notes.forget(found.id)
    assert notes.broken_off() == Notes(tmp_path).broken_off() == ()
    assert not any((tmp_path / ".runs").iterdir())


def _left(root: Path, *abouts: Unfinished) -> Notes:
    """Leave notes as a server does that has been killed, and give those of the next one."""
    notes = Notes(root)
    for about in abouts:
        notes.begin(about)
    held = notes._hold  # noqa: SLF001 - what the system does when a process ends
    assert held is not None
    held.close()
    return Notes(root)


def test_beginning_again_ends_the_word_of_what_was_broken_off_of_the_same_kind(
    tmp_path: Path,
) -> None:
    other = replace(ABOUT, kind="curve")
    notes = _left(tmp_path, ABOUT, other)
    assert len(notes.broken_off()) == 2
    going = notes.begin(ABOUT)
    assert [each.kind for each in notes.broken_off()] == ["curve"]
    going.over()
    going.keep()  # one that comes late
    assert [each.kind for each in _left(tmp_path, replace(other, scenario="t" * 32)).broken_off()]
    assert {each.kind for each in Notes(tmp_path).broken_off()} == {"curve"}


def test_what_is_no_note_is_passed_over_and_a_disk_that_refuses_stops_no_work(
    tmp_path: Path,
) -> None:
    notes = _left(tmp_path, ABOUT)
    (kept,) = (tmp_path / ".runs").glob("*/*.json")
    text = kept.read_text(encoding="utf-8")
    earlier = (BEGAN - timedelta(seconds=1)).isoformat()
    wrongs = (
        "",
        "[1]",
        "{}",
        "{",
        "[" * 100_000,
        text.replace("search", "\\ud800"),
        text.replace('"place": "sample"', '"place": 7'),
        text[:-1] + ', "more": 1}',
        text.replace('"gap": null', '"gap": "x"'),
        re.sub('"seen": "[^"]*"', f'"seen": "{earlier}"', text),
    )
    for number, wrong in enumerate(wrongs):
        kept.with_name(f"{number}.json").write_text(wrong, encoding="utf-8")
    assert [each.id for each in notes.broken_off()] == [kept.stem]
    odd = Notes(tmp_path / "odd").begin(replace(ABOUT, place="\udcff"))  # a name that is no text
    odd.keep()
    odd.over()
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    nowhere = Notes(blocked)
    going = nowhere.begin(ABOUT)
    going.keep(gap=0.5)
    going.over()
    assert nowhere.broken_off() == ()


def test_only_the_newest_notes_are_kept(tmp_path: Path) -> None:
    many = [replace(ABOUT, scenario=f"{n:032}") for n in range(20)]
    notes = _left(tmp_path, *many)
    newest = [each.scenario for each in notes.broken_off()]
    assert sorted(newest) == [f"{n:032}" for n in range(4, 20)]
    assert len(list((tmp_path / ".runs").glob("*/*.json"))) == 16


# Runs ---------------------------------------------------------------------------------------------


def _begin(work: Callable[[Run, Job[object]], object]) -> Run:
    entry = Entry(Path(), "", Job(lambda _: None))  # type: ignore[arg-type, return-value]  # never asked for
    run = Runs().begin(
        "search", entry, SCENARIO, work, person=Person("p", "Anna", "plan"), place="sample"
    )
    assert run is not None
    return run


def _noted(space: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (space / ".runs").glob("*/*.json")]


def _fails(_run: Run, _job: Job[object]) -> object:
    raise StoreError(note("none"))


def test_a_run_is_noted_without_a_persons_name_as_long_as_it_goes_on(space: Path) -> None:
    end = threading.Event()
    run = _begin(lambda _run, _job: end.wait())
    try:
        (noted,) = _noted(space)
        assert json.loads(noted)["name"] == "夜班"
        assert "Anna" not in noted
        assert broken_off("p", None) == ()  # it goes on in this very server
    finally:
        end.set()
    assert run.job.wait(60)
    assert _noted(space) == []
    failed = _begin(_fails)
    assert failed.job.wait(60)
    assert failed.job.failed
    assert _noted(space) == []


def test_after_a_restart_the_pages_tell_what_was_broken_off_and_lead_to_beginning_again(
    opened: Path,
) -> None:
    test = page(app(district=opened.name), "today")
    kept = open_scenario(test)
    mine = replace(ABOUT, scenario=kept.id, given=kept.given, place=opened.name, robust=True)
    try:
        _left(opened.parent, mine)
        healthy(test.run())
        assert "服务停止时中断" in words(test)
        assert kept.plan is None
        (found,) = notes_of(opened.parent).broken_off()
        click(test, f"broken_again_{found.id}")
        assert "开始选址" in words(test)
        assert test.toggle(key="search_robust").value
        click(test, f"broken_forget_{found.id}")
        assert "服务停止时中断" not in words(test)
        assert not has_button(test, f"broken_again_{found.id}")
    finally:
        shutil.rmtree(opened.parent / ".runs")
