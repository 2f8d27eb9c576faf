"""Measure edits by hand in the app, in a real browser and with many people, each beside its goal.

    python benchmarks/app_edits.py            5,000 sites, 16,000 cells, 20 people for a minute
    python benchmarks/app_edits.py --sites 500 --cells 2000 --people 3 --minutes 0.2

The district is invented (see edit_district.py) and prepared through its folder, as any other; the
app is started with `planner app` in an own workspace. Counted as demand rows are the triples of
cell, group and slot in which somebody is; the search merges them into far fewer.

- Numbers: from the press of a button to other text in the first figure, by a MutationObserver.
- Pixels: from the press to the last change of the canvas of the map, read back in every frame.
- Server time: processor seconds of the server over ten edits of one browser.
- Memory: what the server grows by for each of the further people, once each has edited.
- People: websockets without a browser, since browsers would need the machine (edit_people.py).
- Lost: presses that were answered against edits in the store.
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
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import psutil
from edit_district import write_district
from edit_people import Person, edit_together
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))  # the pages stand beside the package

from app_pages.access.signing import browser_person
from planner.coverage import Coverage
from planner.pipeline import prepare, problem_for
from planner.scenarios.store import district_key, open_store

_NAME = "bench"
_QUERY = f"district={_NAME}&lang=en"
_QUIET_S = 2.0
_EDITS = 10
_OBSERVE = """
() => {
  const told = () => document.querySelector('[data-testid="stMetricValue"]').textContent;
  const before = told();
  window.numbersAt = null;
  const watch = new MutationObserver(() => {
    if (told() !== before) {
      window.numbersAt = performance.timeOrigin + performance.now();
      watch.disconnect();
    }
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
  const button = document.querySelector('.st-key-edit_suggest button');
  window.pressedAt = performance.timeOrigin + performance.now();
  button.click();
}
"""
_WATCH_PIXELS = """
() => {
  const small = document.createElement('canvas');
  small.width = small.height = 160;
  const pen = small.getContext('2d', { willReadFrequently: true });
  let before = '';
  window.pixelsAt = null;
  const look = () => {
    pen.clearRect(0, 0, 160, 160);
    document.querySelectorAll('canvas.leaflet-zoom-animated').forEach((each) => {
      pen.drawImage(each, 0, 0, 160, 160);
    });
    const now = pen.getImageData(0, 0, 160, 160).data.join();
    if (before && now !== before) {
      window.pixelsAt = performance.timeOrigin + performance.now();
    }
    before = now;
    requestAnimationFrame(look);
  };
  look();
}
"""


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
        _tell_size(folder)
        with _app(home) as (url, server):
            _in_a_browser(url, server)
            _together(url, server, home, given)
    print(f"load {os.getloadavg()[0]:.1f} after", flush=True)


def _tell_size(folder: Path) -> None:
    """Say exactly what was counted, and prepare the district for the app."""
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


@contextmanager
def _app(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start the app as a person does, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = f"sqlite:///{(home / 'scenarios.sqlite').as_posix()}"
    command = [sys.executable, "-m", "planner.cli", "app", "--headless", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--workspace", str(home / "districts")],
            env={**os.environ, "PLANNER_STORE": store},
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


def _in_a_browser(url: str, server: psutil.Process) -> None:
    """Measure numbers, pixels and server time of one browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/siting?{_QUERY}")
        page.wait_for_selector(".st-key-edit_suggest button", timeout=300_000)
        page.wait_for_selector("iframe[title*='folium']", timeout=120_000)
        frame = next(each for each in page.frames if "streamlit_folium" in each.url)
        frame.wait_for_function("document.querySelector('canvas.leaflet-zoom-animated')")
        page.wait_for_timeout(8000)
        frame.evaluate(_WATCH_PIXELS)
        numbers, pixels, server_s = [], [], []
        for _ in range(_EDITS + 1):
            one = _edit(page, frame, server)
            numbers.append(one[0])
            pixels.append(one[1])
            server_s.append(one[2])
        browser.close()
    first, rest = slice(0, 1), slice(1, None)  # the first compiles and draws what all others share
    told("edit to new numbers, median / worst (s)", _two(numbers[rest]), "0.3")
    told("edit to the last new pixels, median / worst (s)", _two(pixels[rest]), "1.0")
    told("server time of a rerun, median / worst (s)", _two(server_s[rest]), "0.5")
    told("  the first edit of a district (s)", _two([*numbers[first], *pixels[first]]), "-")


def _edit(page: Page, frame: object, server: psutil.Process) -> tuple[float, float, float]:
    """Press the button once; give seconds to numbers, to pixels, and of the server's processors."""
    frame.evaluate("window.pixelsAt = null")  # type: ignore[attr-defined]  # a frame of Playwright
    before = sum(server.cpu_times()[:2])
    page.evaluate(_OBSERVE)
    page.wait_for_function("window.numbersAt !== null", timeout=60_000)
    while True:
        page.wait_for_timeout(200)
        at = frame.evaluate("window.pixelsAt")  # type: ignore[attr-defined]  # as above
        now = page.evaluate("performance.timeOrigin + performance.now()")
        pressed, numbers = page.evaluate("[window.pressedAt, window.numbersAt]")
        if now - max(at or 0, numbers) > 1000 * _QUIET_S:
            break
    spent = sum(server.cpu_times()[:2]) - before
    return (numbers - pressed) / 1000, ((at or np.nan) - pressed) / 1000, spent


def _two(values: list[float]) -> str:
    return f"{np.median(values):.2f} / {max(values):.2f}"


def _together(url: str, server: psutil.Process, home: Path, given: argparse.Namespace) -> None:
    """Measure many people at once: memory of each, how long edits take, and whether any is lost."""
    edit_together(url, _QUERY, people=1, seconds=given.every, every_s=given.every)
    before = server.memory_info().rss
    people = edit_together(
        url, _QUERY, people=given.people, seconds=60 * given.minutes, every_s=given.every
    )
    grown = (server.memory_info().rss - before) / 1e6 / given.people
    seconds = [each for person in people for each in person.seconds]
    told("memory of a further person (MB)", f"{grown:.1f}", "150")
    told(
        f"{given.people} people, 95 % of {len(seconds)} edits within (s)",
        f"{np.quantile(seconds, 0.95):.2f}",
        "2.0",
    )
    told("  median / slowest (s)", _two(seconds), "-")
    kept = _kept(home, people)
    told("edits answered / in the store", f"{len(seconds)} / {kept}", "none lost")


def _kept(home: Path, people: list[Person]) -> int:
    """Count the edits of some people in the store."""
    store = open_store(f"sqlite:///{(home / 'scenarios.sqlite').as_posix()}")
    drafts = [
        store.draft(scenario.id, browser_person(person.mark, "admin").id)
        for scenario in store.list(district_key(home / "districts" / _NAME))
        for person in people
    ]
    return sum(len(draft.edits) for draft in drafts if draft is not None)


if __name__ == "__main__":
    main()
