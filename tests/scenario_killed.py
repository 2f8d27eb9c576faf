"""A program that keeps scenarios until it is killed, and the one that kills it.

python tests/scenario_killed.py ADDRESS KILLS SEED: forks a child that keeps scenarios,
kills it at a random moment, opens the store afresh, looks at all that was kept, and so on. What
the child has kept it says on a pipe, after each step.
Ends with 0 and a line of counts if nothing was lost.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from scenario_stores import small_edit, small_scenario  # noqa: E402 - found by the line above

from planner.scenarios import Scenario  # noqa: E402
from planner.scenarios.store import ScenarioStore, close_stores, open_store  # noqa: E402

_LONGEST_S = 0.035
_SCENARIOS = 3


def _content(number: int) -> dict[str, object]:
    """Give a plan of which half would be seen: each part tells the number."""
    return {"number": number, "chosen": [f"V{number}-{n}" for n in range(number % 400)]}


def _whole(scenario: Scenario) -> bool:
    """Tell whether all parts of a scenario are of one save."""
    number = (scenario.plan or {}).get("number")
    return (
        isinstance(number, int)
        and scenario.plan == _content(number)
        and scenario.name == f"of {number}"
        and scenario.notes == "x" * (number % 1000)
        and scenario.figures == {"number": number}
        and scenario.history == tuple(map(small_edit, range(number % 7)))
    )


def _of(scenario: Scenario, number: int) -> Scenario:
    return replace(
        scenario,
        name=f"of {number}",
        notes="x" * (number % 1000),
        plan=_content(number),
        figures={"number": number},
        history=tuple(map(small_edit, range(number % 7))),
    )


class _Child:
    """Keeps scenarios without end; says what it is going to keep, and that it was kept."""

    def __init__(self, store: ScenarioStore, saying: int, first: int) -> None:
        self.store, self.saying, self.number = store, saying, first
        self.chance = random.Random(first)  # noqa: S311 - moments and choices, no secrets

    def say(self, what: str, identity: str) -> None:
        os.write(self.saying, json.dumps([what, identity, self.number]).encode() + b"\n")

    def go_on(self) -> None:
        acts = (self.save, self.save, self.edit, self.edit, self.hide)
        while True:
            self.number += 1
            there = self.store.list()
            if len(there) + len(self.store.list(deleted=True)) < _SCENARIOS:
                self.say("added", self.store.add(_of(small_scenario(), self.number)).id)
            elif there:
                self.chance.choice(acts)(self.chance.choice(there).id)
            else:
                self.store.undelete(self.store.list(deleted=True)[0].id)

    def save(self, identity: str) -> None:
        wanted = _of(self.store.get(identity), self.number)
        self.say("saving", identity)
        self.store.save(wanted)
        self.say("saved", identity)

    def edit(self, identity: str) -> None:
        self.say("editing", identity)
        self.store.append_edit(identity, "p", 1, small_edit(self.number), [str(self.number)])
        self.say("edited", identity)

    def hide(self, identity: str) -> None:
        self.say("deleting", identity)
        self.store.delete(identity, author="")
        self.store.undelete(identity)
        self.say("back", identity)


class _Known:
    """What must be in the store by what the children said."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.may_be: dict[str, int] = {}
        self.edits: dict[str, list[int]] = {}
        self.may_be_edit: dict[str, int] = {}

    def hear(self, lines: list[list[object]]) -> None:
        self.may_be, self.may_be_edit = {}, {}
        for what, identity, number in lines:
            assert isinstance(identity, str)
            assert isinstance(number, int)
            if what in ("added", "saved"):
                self.numbers[identity] = number
                self.may_be.pop(identity, None)
            elif what == "saving":
                self.may_be[identity] = number
            elif what == "editing":
                self.may_be_edit[identity] = number
            elif what == "edited":
                self.edits.setdefault(identity, []).append(number)
                self.may_be_edit.pop(identity, None)

    def look(self, store: ScenarioStore) -> None:
        """Hold what is kept against what was said; take over what was kept but not said."""
        there = [each.id for each in (*store.list(), *store.list(deleted=True))]
        for identity in there:
            kept = store.get(identity)
            assert _whole(kept), f"half of a save: {kept.name}"
            number = int((kept.plan or {})["number"])
            allowed = {self.numbers.get(identity, number), self.may_be.get(identity)}
            assert number in allowed, f"{identity} has {number}, expected one of {allowed}"
            self.numbers[identity] = number
        lost = set(self.numbers) - set(there)
        assert not lost, f"lost: {lost}"
        for identity in {*self.edits, *self.may_be_edit}:
            draft = store.draft(identity, "p")
            found = [int(edit.added[0][1:]) for edit in draft.edits] if draft else []
            wanted = self.edits.get(identity, [])
            maybe = [*wanted, self.may_be_edit.get(identity, -1)]
            assert found in (wanted, maybe), f"edits of {identity}: {found} of {maybe}"
            self.edits[identity] = found


def _killed_child(address: str, first: int, after_s: float) -> list[list[object]]:
    """Let a child keep scenarios for so long; give what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _Child(open_store(address), writing, first).go_on()
        finally:
            os._exit(1)  # it is to be killed, so this is a fault
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        first_word = said.readline()  # it has begun
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        lines = [first_word, *said.readlines()]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    # A line is one short write, so each is whole.
    return [json.loads(line) for line in lines if line]


def main(address: str, kills: int, seed: int) -> None:
    chance, known, said, during = random.Random(seed), _Known(), 0, 0  # noqa: S311 - as above
    open_store(address)  # everything is imported now
    for kill in range(kills):
        close_stores()
        lines = _killed_child(address, kill * 1_000_000, chance.uniform(0, _LONGEST_S))
        said += len(lines)
        known.hear(lines)
        during += lines[-1][0] in ("saving", "editing", "deleting")
        known.look(open_store(address))
    store = open_store(address)
    kept = len(store.list()) + len(store.list(deleted=True))
    close_stores()
    print(json.dumps({"kills": kills, "during": during, "said": said, "scenarios": kept}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
