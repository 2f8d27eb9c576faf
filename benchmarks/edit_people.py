"""People who edit by hand at once -> how long each edit took, over the app's own websocket.

A person here is what a browser is to the server: a cookie of its own, a websocket, the page run
once, then a press of the button "suggest next" every few seconds. Nothing is drawn, so the machine
is the server's alone.
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
_BUTTON = re.compile(r"edit_suggest$")
_PATIENCE_S = 300.0
_FIRST_RUNS = 40


@dataclass
class Person:
    """One of the people, and what was measured."""

    mark: str
    """By which the server knows the browser again."""
    seconds: list[float] = field(default_factory=list)
    """From the press to the end of the run that answers it, of each edit."""
    button: str = ""
    fragment: str = ""


def edit_together(
    url: str, query: str, *, people: int, seconds: float, every_s: float
) -> list[Person]:
    """Let so many people edit for a while, each every few seconds.

    Parameters
    ----------
    url
        Of the app, without a stroke at the end.
    query
        Of the address that they open on the page of siting.
    """
    return asyncio.run(_all(url, query, people, (seconds, every_s)))


async def _all(url: str, query: str, people: int, pace: tuple[float, float]) -> list[Person]:
    begin, ready = asyncio.Event(), asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(_one(url, query, number, pace, (begin, ready)))
        for number in range(people)
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
    """Run the page until the button is there."""
    for _ in range(_FIRST_RUNS):
        await line.send(_asked(query).SerializeToString())
        await _answer(line, person)
        if person.button:
            return
        await asyncio.sleep(1.0)
    raise RuntimeError("the page never showed the button")


async def _edit(
    line: websockets.ClientConnection, query: str, person: Person, pace: tuple[float, float, int]
) -> None:
    seconds, every_s, number = pace
    chance = random.Random(number)  # noqa: S311 - when somebody presses is no secret
    begun = time.monotonic()
    for edit in range(int(seconds / every_s)):
        due = begun + every_s * (edit + chance.random())
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asked = _asked(query)
        asked.rerun_script.fragment_id = person.fragment
        pressed = asked.rerun_script.widget_states.widgets.add()
        pressed.id, pressed.trigger_value = person.button, True
        sent = time.monotonic()
        await line.send(asked.SerializeToString())
        await _answer(line, person)
        person.seconds.append(time.monotonic() - sent)


def _asked(query: str) -> BackMsg:
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = "siting"
    return asked


async def _answer(line: websockets.ClientConnection, person: Person) -> None:
    """Read until the run has ended, and note where the button is."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            told = ForwardMsg()
            told.ParseFromString(await line.recv())
            kind = told.WhichOneof("type")
            if kind == "delta":
                _note(told, person)
            elif kind == "script_finished":
                return


def _note(told: ForwardMsg, person: Person) -> None:
    element = told.delta.new_element
    if element.WhichOneof("type") == "button" and _BUTTON.search(element.button.id):
        person.button, person.fragment = element.button.id, told.delta.fragment_id
