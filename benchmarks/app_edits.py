"""Measure edits by hand in the app, in a real browser and with many people, each beside its goal.

    python benchmarks/app_edits.py            5,000 sites, 16,000 cells, 20 people for a minute
    python benchmarks/app_edits.py --sites 500 --cells 2000 --people 3 --minutes 0.2

The district is invented (see edit_district.py) and prepared through its folder, as any other; the
app is started with `planner app` in an own workspace. Counted as demand rows are the triples of
cell, group and slot in which somebody is; the search merges them into far fewer. Two scenarios are
there: one without a plan, which is edited, and one with a plan, to be compared with today.

- Edits: each kind that the toolbar has, its undo and redo, in one browser (see edit_browser.py):
  seconds to the last new number, to the last new pixel, and of the server's processors.
- Reruns: processor seconds of the server when a widget of another page with a map is touched (see
  edit_pages.py).
- Memory: what the server grows by for each of the further people, once each has edited.
- People: websockets without a browser, since browsers would need the machine (edit_people.py);
  first each on a scenario of their own, then all on the same one.
- Lost: presses that were answered against edits in the store.

How busy the machine was stands beside the figures: on a machine that others use too, the seconds of
a clock say little, and those of the server's processors more.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pandas as pd
import psutil
from edit_browser import Edit, Hand, at_rest, cpu_s
from edit_district import write_district
from edit_kinds import Places, edit_all
from edit_pages import reruns
from edit_people import Person, edit_together
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))  # the pages stand beside the package

from app_pages.access.signing import browser_person
from planner.coverage import Coverage
from planner.pipeline import Prepared, prepare, problem_for, result_of
from planner.pipeline.scenarios import baseline_of, first_scenario, scenario_with
from planner.scenarios.store import district_key, open_store
from planner.siting import LiveSession, SitingProblem, edited_plan

_NAME = "bench"
_EDITED, _PLANNED, _OWN = "To be edited", "With a plan", "Of person {number}"
_RESTS_S = 3.0
_SPEEDS = ("0.3", "1.0", "0.5")
"""Goals: seconds to numbers, to pixels, and of the server."""


def told(name: str, value: str, goal: str) -> None:
    """Print a figure beside its goal."""
    print(f"{name:<58}{value:>22}   goal: {goal}", flush=True)


def main() -> None:
    """Make the district, start the app, measure, print."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--sites", type=int, default=5000)
    asked.add_argument("--cells", type=int, default=16_000)
    asked.add_argument("--people", type=int, default=20)
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--every", type=float, default=3.0, help="seconds between edits")
    given = asked.parse_args()
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before", flush=True)
    with tempfile.TemporaryDirectory(prefix="planner-edits-") as made:
        home = Path(made)
        folder = home / "districts" / _NAME
        write_district(folder, sites=given.sites, cells=given.cells)
        os.environ["PLANNER_CACHE"] = str(home / "cache")
        _tell_size(folder, home)
        with _app(home) as (url, server):
            _in_a_browser(url, server, home)
            _together(url, server, home, given)
    print(f"load {os.getloadavg()[0]:.1f} after", flush=True)


def _tell_size(folder: Path, home: Path) -> None:
    """Say exactly what was counted, and prepare the district and its scenarios for the app."""
    prepared = prepare(folder)
    coverage: Coverage = prepared.coverage
    people = coverage.demand.people_milli
    rows = int(
        (people > 0).sum(axis=(1, 2)) @ np.bincount(coverage.slot_band, minlength=len(people))
    )
    problem = problem_for(prepared, prepared.district.settings.limits)
    print(
        f"{len(coverage.options.sites):,} sites, {len(coverage.options.table):,} options,"
        f" {len(coverage.demand.cells):,} cells x {len(coverage.demand.groups)} groups x"
        f" {len(coverage.slot_minutes)} slots: {rows:,} demand rows with somebody in them, merged"
        f" into {problem.serves.shape[1]:,} rows of {problem.serves.nnz:,} entries",
        flush=True,
    )
    _keep_scenarios(prepared, problem, _store(home))


def _keep_scenarios(prepared: Prepared, problem: SitingProblem, url: str) -> None:
    """Keep today, a scenario without a plan, to be edited, and one with a plan made quickly."""
    session = LiveSession(problem)
    while (found := session.suggest_next()) is not None:
        session.add(found)
    made = edited_plan(session, bound_milli=problem.total_milli)
    result = result_of(prepared, prepared.district.settings.limits, made)
    store, today = open_store(url), baseline_of(prepared)
    first = first_scenario(today, name=_EDITED)
    base = store.begin(today, first)
    store.add(scenario_with(replace(first, parent=base.id, name=_PLANNED), result, author=""))


def _query(home: Path, name: str) -> str:
    """Give the part of an address that opens a scenario of the district."""
    listed = open_store(_store(home)).list(district_key(home / "districts" / _NAME))
    identity = next(each.id for each in listed if each.name == name)
    return f"district={_NAME}&lang=en&scenario={identity}"


def _store(home: Path) -> str:
    return f"sqlite:///{(home / 'scenarios.sqlite').as_posix()}"


@contextmanager
def _app(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start the app as a person does, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "planner.cli", "app", "--headless", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--workspace", str(home / "districts")],
            env={**os.environ, "PLANNER_STORE": _store(home)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(url, started)
        inner = psutil.Process(started.pid).children(recursive=True)
        yield url, inner[-1] if inner else psutil.Process(started.pid)
    finally:
        for each in psutil.Process(started.pid).children(recursive=True):
            each.terminate()
        started.terminate()
        started.wait(30)


def _wait(url: str, started: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        try:
            with urlopen(f"{url}/_stcore/health", timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            if started.poll() is not None:
                break
            time.sleep(0.2)
    raise RuntimeError("the app did not start")


def _in_a_browser(url: str, server: psutil.Process, home: Path) -> None:
    """Measure edits and reruns of one browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/siting?{_query(home, _EDITED)}")
        page.wait_for_selector(".st-key-edit_suggest button", timeout=300_000)
        at_rest(page)
        page.wait_for_timeout(1000 * _RESTS_S)
        print(f"{'edits: numbers / pixels / server, median (worst), s':<46}{'goal: ':>10}", end="")
        print(" / ".join(_SPEEDS), flush=True)
        for name, edits in edit_all(Hand(page, server), _places(home / "districts" / _NAME)):
            _tell_edits(name, edits)
        print("reruns of other pages: server, median (worst), then the first of each kind, s")
        for each in reruns(page, server, url, _query(home, _PLANNED)):
            told(f"  {each.name}", f"{_two(each.seconds)}, {each.first_s:.2f}", "0.5 of the server")
        browser.close()


def _tell_edits(name: str, edits: list[Edit]) -> None:
    """Print one kind of edit: what is missed is marked, and how often the map was made anew."""
    columns = [[getattr(each, part) for each in edits] for part in Edit.__slots__[:3]]
    cells = [
        f"{_two(values)}{'!' if np.nanmedian(values) > float(goal) else ' '}"
        for values, goal in zip(columns, _SPEEDS, strict=True)
    ]
    anew = sum(each.drawn_anew for each in edits)
    print(
        f"  {name:<40}{len(edits):>3}x  " + "".join(f"{cell:>16}" for cell in cells),
        f"  map made anew {anew}x" if anew else "",
        flush=True,
    )


def _places(folder: Path) -> Places:
    """Give places of candidate venues far apart, each as longitude and latitude."""
    venues = pd.read_csv(folder / "venues.csv")
    some = venues.iloc[:: max(1, len(venues) // 40)]
    return list(zip(some["lon"].tolist(), some["lat"].tolist(), strict=True))


def _two(values: list[float]) -> str:
    found = [each for each in values if not np.isnan(each)]
    return f"{np.median(found):.2f} ({max(found):.2f})" if found else "-"


def _together(url: str, server: psutil.Process, home: Path, given: argparse.Namespace) -> None:
    """Measure many people at once: memory of each, how long edits take, and whether any is lost."""
    one = _query(home, _EDITED)
    edit_together(url, [one], seconds=given.every, every_s=given.every)
    for name, queries in (
        ("a scenario each", _own_scenarios(home, given.people)),
        ("all on one scenario", [one] * given.people),
    ):
        print(f"{given.people} people, {name}:")
        before, began = server.memory_info().rss, cpu_s(server)
        people = edit_together(url, queries, seconds=60 * given.minutes, every_s=given.every)
        grown = (server.memory_info().rss - before) / 1e6 / given.people
        told("  memory of a further person (MB)", f"{grown:.1f}", "150")
        seconds = [each for person in people for each in person.seconds]
        told(
            f"  95 % of {len(seconds)} edits within (s)",
            f"{np.quantile(seconds, 0.95):.2f}",
            "2.0",
        )
        for kind in sorted({each for person in people for each in person.kinds}):
            some = [
                each
                for person in people
                for each, of in zip(person.seconds, person.kinds, strict=True)
                if of == kind
            ]
            told(f"    {kind}, {len(some)}x: median / slowest (s)", _two(some), "-")
        told("  server of an edit (s)", f"{(cpu_s(server) - began) / len(seconds):.2f}", "-")
        kept = _kept(home, people)
        told("  edits answered / in the store", f"{len(seconds)} / {kept}", "none lost")


def _own_scenarios(home: Path, people: int) -> list[str]:
    """Make a scenario for each person: what is locked is of a scenario, not of a person."""
    store, folder = open_store(_store(home)), home / "districts" / _NAME
    listed = store.list(district_key(folder))
    edited = next(each.id for each in listed if each.name == _EDITED)
    names = [_OWN.format(number=number) for number in range(1, people + 1)]
    for name in names:
        store.copy(edited, name=name, author="")
    return [_query(home, name) for name in names]


def _kept(home: Path, people: list[Person]) -> int:
    """Count the edits of some people in the store."""
    store = open_store(_store(home))
    drafts = [
        store.draft(scenario.id, browser_person(person.mark, "admin").id)
        for scenario in store.list(district_key(home / "districts" / _NAME))
        for person in people
    ]
    return sum(len(draft.edits) for draft in drafts if draft is not None)


if __name__ == "__main__":
    main()
