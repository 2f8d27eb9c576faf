"""People who edit by hand at once -> how long each edit took, over the app's own websocket.

A person here is what a browser is to the server: a cookie of its own, a websocket, the page run
once, then an edit every few seconds: most open a station, some lock or forbid the one that they
opened last, or take their last edit back. A lock and what undoes it are kept for the scenario, and
everything that follows on the page counts. Nothing is drawn, so the machine is the server's alone.
"""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.request import urlopen

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

__all__ = ["Person", "edit_together"]

_COOKIE = "planner_browser"
_WIDGETS = re.compile(r"-(edit_suggest|edit_undo|pin_lock|pin_forbid)(_\w+)?$")
_MIX = {"edit_suggest": 7, "pin_lock": 1, "pin_forbid": 1, "edit_undo": 1}
"""How many of ten edits are of each kind."""
_PATIENCE_S = 300.0
_FIRST_RUNS = 40


@dataclass
class Person:
    """One of the people, and what was measured."""

    mark: str
    """By which the server knows the browser again."""
    seconds: list[float] = field(default_factory=list)
    """From the press to the end of the run that answers it, of each edit."""
    kinds: list[str] = field(default_factory=list)
    """Of each edit, in the same order."""
    widgets: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Id of each widget that edits, and whether it is switched on."""
    fragment: str = ""
    page: str = ""
    """Mark of the page, without which one that runs again would be the first of the app."""


def edit_together(url: str, queries: list[str], *, seconds: float, every_s: float) -> list[Person]:
    """Let people edit for a while, each every few seconds.

    Parameters
    ----------
    url
        Of the app, without a stroke at the end.
    queries
        Of the address that each of them opens on the page of siting.
    """
    return asyncio.run(_all(url, queries, (seconds, every_s)))


async def _all(url: str, queries: list[str], pace: tuple[float, float]) -> list[Person]:
    begin, ready = asyncio.Event(), asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(_one(url, query, number, pace, (begin, ready)))
        for number, query in enumerate(queries)
    ]
    for _ in tasks:
        await ready.acquire()
    begin.set()
    return list(await asyncio.gather(*tasks))


async def _one(
    url: str,
    query: str,
    number: int,
    pace: tuple[float, float],
    together: tuple[asyncio.Event, asyncio.Semaphore],
) -> Person:
    begin, ready = together
    person = Person(await asyncio.to_thread(_new_browser, url))
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with websockets.connect(
        address,
        subprotocols=[websockets.Subprotocol("streamlit")],
        additional_headers={"Cookie": f"{_COOKIE}={person.mark}"},
        origin=websockets.Origin(url),
        max_size=None,
    ) as line:
        await _open(line, query, person)
        ready.release()
        await begin.wait()
        await _edit(line, query, person, (*pace, number))
    return person


def _new_browser(url: str) -> str:
    with urlopen(f"{url}/", timeout=60) as answer:  # noqa: S310 - our own server
        cookies = SimpleCookie(answer.headers["Set-Cookie"])
    return cookies[_COOKIE].value


async def _open(line: websockets.ClientConnection, query: str, person: Person) -> None:
    """Run the page until its buttons are there."""
    for _ in range(_FIRST_RUNS):
        await line.send(_asked(query).SerializeToString())
        await _answer(line, person)
        if "edit_suggest" in person.widgets:
            return
        await asyncio.sleep(1.0)
    raise RuntimeError("the page never showed the button")


async def _edit(
    line: websockets.ClientConnection, query: str, person: Person, pace: tuple[float, float, int]
) -> None:
    seconds, every_s, number = pace
    chance = random.Random(number)  # noqa: S311 - what somebody presses, and when, is no secret
    begun = time.monotonic()
    for edit in range(int(seconds / every_s)):
        due = begun + every_s * (edit + chance.random())
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        kind = _kind(person, chance)
        asked = _asked(query)
        asked.rerun_script.fragment_id = person.fragment
        asked.rerun_script.page_script_hash = person.page
        touched = asked.rerun_script.widget_states.widgets.add()
        touched.id, is_on = person.widgets[kind]
        if kind.startswith("pin_"):
            touched.bool_value = not is_on
        else:
            touched.trigger_value = True
        sent = time.monotonic()
        await line.send(asked.SerializeToString())
        await _answer(line, person)
        person.seconds.append(time.monotonic() - sent)
        person.kinds.append(kind)


def _kind(person: Person, chance: random.Random) -> str:
    """Choose what is done next; whoever takes all edits back has none that could be lost."""
    kind = chance.choices(list(_MIX), list(_MIX.values()))[0]
    backs = person.kinds.count("edit_undo")
    may = kind in person.widgets and (kind != "edit_undo" or 2 * backs + 1 < len(person.kinds))
    return kind if may else "edit_suggest"


def _asked(query: str) -> BackMsg:
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = "siting"
    return asked


async def _answer(line: websockets.ClientConnection, person: Person) -> None:
    """Read until everything has run that follows, and note where the widgets are."""
    early = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            told = ForwardMsg()
            told.ParseFromString(await line.recv())
            kind = told.WhichOneof("type")
            if kind == "delta":
                _note(told, person)
            elif kind == "navigation":
                person.page = told.navigation.page_script_hash
            elif kind == "script_finished" and told.script_finished != early:
                return


def _note(told: ForwardMsg, person: Person) -> None:
    element = told.delta.new_element
    kind = element.WhichOneof("type")
    if kind not in ("button", "checkbox"):
        return
    widget = getattr(element, kind)
    found = _WIDGETS.search(widget.id)
    if found:
        is_on = kind == "checkbox" and (widget.value if widget.set_value else widget.default)
        person.widgets[found[1]] = widget.id, is_on
        person.fragment = told.delta.fragment_id
