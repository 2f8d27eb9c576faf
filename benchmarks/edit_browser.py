"""One person in a real browser who edits by hand -> seconds to numbers, to pixels, of the server.

Every edit is made as a hand makes it: buttons are pressed, sites and corners are clicked on the
map. Both watchers stand in the browser, so that no second of the driver counts.

- Numbers: until figures, columns, broken limits, the selected site and the list of decisions
  first say what they say at the end.
- Pixels: the last change of the canvas of the map, read back forty times a second, or of its marks.
- Server: processor seconds of the server until the page and the map are at rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psutil
from playwright.sync_api import Frame, Page

__all__ = ["Edit", "Hand", "at_rest", "cpu_s"]

_QUIET_MS = 1500
_PATIENCE_MS = 60_000
_RUNNING = "[data-testid='stApp'][data-test-script-state='running']"
_WATCH_NUMBERS = """
() => {
  const kinds = '[data-testid="stMetric"], .p-outcomes, [data-testid="stAlert"],'
    + ' [data-testid="stExpander"] summary, [class*="st-key-option_"], [data-testid="stMarkdown"]';
  const told = () => {
    const bar = document.querySelector('.st-key-edit_toolbar');
    return bar && [...document.querySelectorAll(kinds)]
      .filter((each) => bar.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING)
      .filter((each) => !each.closest('[data-stale="true"]'))
      .map((each) => each.textContent).join('|');
  };
  let before = told();
  window.numbersSeen = [];
  new MutationObserver(() => {
    const now = told();
    if (now !== before) {
      before = now;
      window.numbersSeen.push([performance.timeOrigin + performance.now(), now]);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  document.addEventListener('click', () => {
    window.pressedAt = performance.timeOrigin + performance.now();
  }, true);
}
"""
_WATCH_PIXELS = """
() => {
  const all = document.createElement('canvas');
  const pen = all.getContext('2d', { willReadFrequently: true });
  const marks = () => [...document.querySelectorAll('.leaflet-overlay-pane path, .planner-area')]
    .map((each) => (each.getAttribute('d') || '') + each.textContent).join();
  let before = '';
  window.pixelsAt = null;
  window.pressedAt = null;
  const look = () => {
    const home = document.querySelector('.leaflet-container').getBoundingClientRect();
    all.width = home.width;
    all.height = home.height;
    document.querySelectorAll('canvas').forEach((each) => {
      const at = each.getBoundingClientRect();
      if (at.width) {
        pen.drawImage(each, at.x - home.x, at.y - home.y, at.width, at.height);
      }
    });
    const words = new Uint32Array(pen.getImageData(0, 0, all.width, all.height).data.buffer);
    let sum = 0;
    for (let at = 0; at < words.length; at += 1) {
      sum = (Math.imul(sum, 31) + words[at]) | 0;
    }
    const now = sum + marks();
    if (before && now !== before) {
      window.pixelsAt = performance.timeOrigin + performance.now();
    }
    before = now;
    setTimeout(look, 25);
  };
  look();
  document.addEventListener('click', () => {
    window.pressedAt = performance.timeOrigin + performance.now();
  }, true);
}
"""
_CLICK = """
([lon, lat]) => {
  const home = document.querySelector('.leaflet-container');
  const at = window.map.latLngToContainerPoint([lat, lon]);
  const box = home.getBoundingClientRect();
  const where = { clientX: box.x + at.x, clientY: box.y + at.y, bubbles: true, detail: 1 };
  for (const kind of ['mousedown', 'mouseup', 'click']) {
    home.dispatchEvent(new MouseEvent(kind, where));
  }
}
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """What one edit took, in seconds; NaN: nothing of that kind changed."""

    numbers_s: float
    pixels_s: float
    server_s: float
    drawn_anew: bool
    """Whether the map was loaded again instead of being changed."""
    first_s: float
    """To the first number that changed."""

    @property
    def at_first(self) -> "Edit":
        """The same edit, told by the first number that changed."""
        return replace(self, numbers_s=self.first_s)


def cpu_s(server: psutil.Process) -> float:
    """Give the processor seconds that a process has used."""
    used = server.cpu_times()
    return float(used.user + used.system)


def at_rest(page: Page) -> None:
    """Wait until no run of the page goes on, and none has begun for a while."""
    quiet = 0
    while quiet < _QUIET_MS:
        page.wait_for_timeout(150)
        quiet = 0 if page.query_selector(_RUNNING) else quiet + 150


class Hand:
    """A hand on the page of siting."""

    def __init__(self, page: Page, server: psutil.Process) -> None:
        self.page = page
        self.server = server
        self._frame = self._watched()
        page.evaluate(_WATCH_NUMBERS)

    def press(self, key: str) -> Edit:
        """Press the first button of the page whose key begins so."""
        return self._timed(lambda: self.button(key))

    def click(self, lon: float, lat: float) -> Edit:
        """Click on the map."""
        return self._timed(lambda: self._frame.evaluate(_CLICK, [lon, lat]))

    def button(self, key: str) -> None:
        """Press the first button of the page whose key begins so, untimed."""
        self.page.evaluate(f"document.querySelector('[class*=\"st-key-{key}\"] button').click()")

    def take(self, tool: str) -> None:
        """Take a tool into the hand, untimed."""
        self.button(f"edit_tool_{tool}")
        at_rest(self.page)

    def corners(self, ring: list[tuple[float, float]]) -> Edit:
        """Draw an area; timed from the press that closes it."""
        for lon, lat in ring:
            self._frame.evaluate(_CLICK, [lon, lat])
            self.page.wait_for_timeout(300)
        close = "document.querySelector('[data-act=close]').click()"
        return self._timed(lambda: self._frame.evaluate(close))

    def _timed(self, act: Callable[[], Any]) -> Edit:
        before = cpu_s(self.server)
        self.page.evaluate("window.pressedAt = null; window.numbersSeen = []")
        self._frame.evaluate("window.pressedAt = window.pixelsAt = null")
        act()
        pressed = self.page.evaluate("window.pressedAt") or self._frame.evaluate("window.pressedAt")
        at_rest(self.page)
        spent = cpu_s(self.server) - before
        anew = self._frame.is_detached() or not self._is_watched(self._frame)
        pixels = None if anew else self._frame.evaluate("window.pixelsAt")
        if anew:
            self._frame = self._watched()
        seen: list[tuple[float, str]] = self.page.evaluate("window.numbersSeen")
        whole = next((at for at, text in seen if text == seen[-1][1]), None)
        first = seen[0][0] if seen else None
        numbers, at_first = _since(pressed, whole), _since(pressed, first)
        return Edit(numbers, _since(pressed, pixels), spent, anew, at_first)

    def _is_watched(self, frame: Frame) -> bool:
        return bool(frame.evaluate("window.pixelsAt !== undefined"))

    def _watched(self) -> Frame:
        """Watch the map that stands now."""
        self.page.wait_for_selector("iframe[title*='folium']", timeout=2 * _PATIENCE_MS)
        frame = next(each for each in self.page.frames if "streamlit_folium" in each.url)
        frame.wait_for_function("window.map && document.querySelector('canvas')")
        frame.evaluate(_WATCH_PIXELS)
        return frame


def _since(pressed: float, at: float | None) -> float:
    return float("nan") if at is None else (at - pressed) / 1000
