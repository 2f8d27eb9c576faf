"""Long work of everybody at this server: begun once, looked at and ended from any page."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import streamlit as st

from app_pages.access.who import Person, may
from app_pages.memory.jobs import Job
from app_pages.memory.saving import Clash
from app_pages.memory.shelf import Entry
from app_pages.memory.unfinished import Note, Unfinished, notes_of
from app_pages.spaces.workspace import workspace
from planner.district.settings import Limits
from planner.errors import PlannerError
from planner.language import Message
from planner.scenarios import Scenario
from planner.scenarios.naming import given_name
from planner.siting import Plan

__all__ = ["Run", "Runs", "broken_off", "runs", "stop_run"]

_MOST_ENDED = 16
_NOTED_EVERY_S = 5.0


@dataclass(eq=False)
class Run:
    """One long step: what it does, for which scenario, and who asked for it."""

    kind: str
    """search, curve or sure."""
    scenario: str
    """Id of the scenario."""
    name: Message | str
    """Of the scenario, when it began; one that the program gave is told in the language in use."""
    place: str
    """Short name of the district."""
    person: str
    """Key of who began it."""
    author: str
    """The name under which this person signed in; "": nobody did."""
    about: object
    """What the answer depends on."""
    job: Job[object]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    clash: Clash | None = None
    """What could not be kept, since somebody else had kept another plan meanwhile."""
    trouble: PlannerError | None = None
    """Why the answer could not be kept."""
    seen: bool = False
    """Whether the person was told that it has ended."""
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def going(self) -> bool:
        """Whether it still goes on."""
        return not self.job.done


class Runs:
    """All runs of a server: those that go on, and those that ended last."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._begun: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def begun(self, kind: str, scenario: str) -> int:
        """Give how many runs of a kind have begun for a scenario: for a button to remember."""
        with self._lock:
            return self._begun.get((kind, scenario), 0)

    def begin(  # noqa: PLR0913 - what a run is
        self,
        kind: str,
        entry: Entry,
        scenario: Scenario,
        work: Callable[[Run, Job[object]], object],
        *,
        person: Person,
        place: str,
        about: object = None,
        seen: int | None = None,
    ) -> Run | None:
        """Begin a run, unless this very one goes on already: then that one is given.

        Parameters
        ----------
        kind
            search, curve or sure. A scenario has one search at a time; of the others, one about
            each thing.
        entry
            What it computes from: it ends if that is gone.
        scenario
            What it is for.
        work
            Given the run and its job.
        person, place
            Who asks, and in which district.
        about
            What the answer depends on.
        seen
            `begun` when the button was drawn: where another run has begun since, the click was the
            second of a double click or came from a window that stood still, and nothing begins.
        """
        with self._lock:
            going = self._going(kind, scenario.id, about)
            if going is not None:
                return going
            count = self._begun.get((kind, scenario.id), 0)
            if seen is not None and seen != count:
                return self._last(kind, scenario.id)
            self._begun[kind, scenario.id] = count + 1
            run = _run_of(kind, scenario, work, person, place, about)
            entry.work[:] = [*(job for job in entry.work if not job.done), run.job]
            self._runs.append(run)
            self._forget()
            return run

    def latest(self, kind: str, scenario: str, about: object = None) -> Run | None:
        """Give the last run of a kind for a scenario; with `about`, of that alone."""
        with self._lock:
            return self._last(kind, scenario, about)

    def searching(self, scenario: str) -> bool:
        """Tell whether a plan is being looked for."""
        found = self.latest("search", scenario)
        return found is not None and found.going

    def shown_to(self, person: str, scenario: str | None) -> tuple[Run, ...]:
        """Give a person's own runs and those of others for a scenario, the newest first."""
        with self._lock:
            found = [run for run in self._runs if run.person == person or run.scenario == scenario]
        return tuple(reversed(found))

    def _going(self, kind: str, scenario: str, about: object) -> Run | None:
        last = self._last(kind, scenario, None if kind == "search" else about)
        return last if last is not None and last.going else None

    def _last(self, kind: str, scenario: str, about: object = None) -> Run | None:
        for run in reversed(self._runs):
            if (run.kind, run.scenario) == (kind, scenario) and about in (None, run.about):
                return run
        return None

    def _forget(self) -> None:
        """Let go of the runs that ended longest ago, but of none that asks for a decision."""
        ended = [run for run in self._runs if not run.going and run.clash is None]
        for run in ended[: max(len(ended) - _MOST_ENDED, 0)]:
            self._runs.remove(run)


def _run_of(
    kind: str,
    scenario: Scenario,
    work: Callable[[Run, Job[object]], object],
    person: Person,
    place: str,
    about: object,
) -> Run:
    made: list[tuple[Run, Note]] = []
    ready = threading.Event()

    def begin(job: Job[object]) -> object:
        ready.wait()
        run, noted = made[0]
        try:
            answer = work(run, job)
        except PlannerError:
            noted.over()
            raise
        noted.over()
        return answer

    run = Run(
        kind=kind,
        scenario=scenario.id,
        name=given_name(scenario.given) or scenario.name,
        place=place,
        person=person.id,
        author=person.label,
        about=about,
        job=cast("Job[object]", Job(begin)),
    )
    noted = notes_of(workspace().root).begin(_about(run, scenario))
    made.append((run, noted))
    ready.set()
    threading.Thread(target=_note, args=(run, noted), daemon=True).start()
    return run


def _about(run: Run, scenario: Scenario) -> Unfinished:
    began = run.began.isoformat()
    return Unfinished(
        kind=run.kind,
        scenario=run.scenario,
        name=scenario.name,
        given=scenario.given,
        place=run.place,
        person=run.person,
        began=began,
        seen=began,
        robust=isinstance(run.about, Limits) and run.about.robust,
    )


def _note(run: Run, noted: Note) -> None:
    """Note how far a run is, again and again, until it has ended.

    One that fails is noted a moment longer: work fails, too, where the server is about to end.
    """
    while not run.job.wait(_NOTED_EVERY_S):
        best = run.job.best
        noted.keep(gap=best.gap if isinstance(best, Plan) else None)
    if run.job.failed:
        time.sleep(_NOTED_EVERY_S)
    noted.over()


def broken_off(person: str, scenario: str | None) -> tuple[Unfinished, ...]:
    """Give what the end of a server broke off of a person, or of anybody for a scenario."""
    found = notes_of(workspace().root).broken_off()
    return tuple(each for each in found if each.person == person or each.scenario == scenario)


def stop_run(run: Run) -> None:
    """End a run with the best so far, whatever the page offered: for who may plan alone."""
    if may("plan"):
        run.job.stop()


@st.cache_resource
def runs() -> Runs:
    """Give the runs of this server."""
    return Runs()
