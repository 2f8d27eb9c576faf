"""The other pages with maps -> processor seconds of the server each time a widget is touched.

Each page is opened once and left to come to rest; then a widget is touched several times, and the
seconds until page and map are at rest again are told. The first touch of a kind, which draws what
everybody then shares, is told apart.
"""

from collections.abc import Iterable
from math import nan
from typing import NamedTuple

import psutil
from edit_browser import at_rest, cpu_s
from playwright.sync_api import Page, TimeoutError  # noqa: A004 - Playwright's own

__all__ = ["Rerun", "reruns"]


class Rerun(NamedTuple):
    """What a touch of a widget costs on one page."""

    name: str
    first_s: float
    """Processor seconds of the server, of the first of each kind."""
    seconds: list[float]
    """Of each later one."""


class _Touched(NamedTuple):
    name: str
    path: str
    view: str
    """Of the address: which views are shown."""
    key: str
    """Of the widget, a segmented control."""
    ways: tuple[int, ...]
    """Which of its buttons are pressed in turn, all of them over a map."""


_TOUCHED = (
    _Touched("data: to another view and back", "data", "", "data_view_5", (2, 0)),
    _Touched("demand: to another view and back", "demand", "", "demand_view", (1, 0)),
    _Touched("today: another table below the map", "today", "", "today_table", (1, 0)),
    _Touched("today: another map", "today", "", "today_view", (1, 2, 0)),
    _Touched(
        "compare: two maps, what differs, and back", "compare", "maps", "compare_maps", (1, 0)
    ),
    _Touched("print: other paper", "print", "", "print_paper", (1, 0)),
)
_ROUNDS = 3


def reruns(page: Page, server: psutil.Process, url: str, query: str) -> Iterable[Rerun]:
    """Touch a widget of each page several times."""
    for each in _TOUCHED:
        view = f"&view={each.view}" if each.view else ""
        page.goto(f"{url}/{each.path}?{query}{view}")
        try:
            page.wait_for_selector(f"[class*='st-key-{each.key}'] button", timeout=60_000)
        except TimeoutError:
            yield Rerun(f"{each.name}: never shown", nan, [nan])
            continue
        at_rest(page)
        page.wait_for_timeout(2000)
        taken = [_touch(page, server, each.key, way) for _ in range(_ROUNDS) for way in each.ways]
        kinds = len(each.ways)
        yield Rerun(each.name, max(taken[:kinds]), taken[kinds:])


def _touch(page: Page, server: psutil.Process, key: str, way: int) -> float:
    before = cpu_s(server)
    page.evaluate(
        "([key, way]) => document.querySelectorAll(`[class*='st-key-${key}'] button`)[way].click()",
        [key, way],
    )
    at_rest(page)
    return cpu_s(server) - before
