"""Edits by hand of each person on each scenario, which no reload, crash or restart loses.

They are in memory while the server runs, and in the store edit by edit; every window of a person
shows the same desk.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import streamlit as st

from app_pages.memory.plans import has_plan
from app_pages.memory.shelf import Entry
from planner.district.settings import Limits
from planner.errors import ConflictError, StoreError
from planner.pipeline import Prepared, ground_for, problem_for, rows_for
from planner.scenarios.model import Draft, Edit, Scenario
from planner.siting import LiveSession
from planner.siting.build import Groundwork
from planner.siting.editing.live import Figures, SwapFound
from planner.siting.editing.outcomes import LiveOutcomes, Outcomes
from planner.siting.limits.known_rows import KnownRows

__all__ = ["Base", "Desk", "Desks", "Drafts", "base_of", "desk_on", "desks", "live_of"]

_MOST_DESKS = 64
_MOST_PROBLEMS = 32
"""Each lock of each person is a problem of its own; they share their rows of demand."""
_OF_THE_SEARCH = (
    "gap_share",
    "objectives",
    "phases",
    "robust",
    "seed",
    "time_limit_s",
    "work_limit",
)
"""Limits that say how a plan is looked for, not what it must keep to."""


class Drafts(Protocol):
    """What a desk asks of the store of scenarios."""

    def draft(self, scenario: str, person: str) -> Draft | None:
        """Give the edits of a person that were not kept as the plan yet."""

    def append_edit(
        self,
        scenario: str,
        person: str,
        base_version: int,
        edit: Edit,
        chosen: Sequence[str],
    ) -> None:
        """Keep one edit more; ConflictError if the draft began from another version."""

    def keep_draft(self, draft: Draft) -> None:
        """Keep all edits of a person, in the place of those that were kept."""

    def drop_draft(self, scenario: str, person: str) -> None:
        """Forget the edits of a person."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the edits of a desk begin from."""

    scenario: str
    """Id of the scenario."""
    version: int
    """The version of it that is shown."""
    plan: tuple[str, ...]
    """Ids of the options of its plan; empty: there is none."""
    stays: frozenset[str] = frozenset()
    """Ids of the options by which stations of today stay as they are: the plan touches none of
    them. Only those of stations that may be closed are options of a problem."""


@dataclass
class Desk:
    """What one person lets stand on one scenario; every window of this person shows the same.

    Each change is an edit: it can be undone, and it is in the store before the method returns.
    Where the store refuses, `trouble` says why, and the edit is offered to it again with the next
    one. All methods may be called from several threads at once.
    """

    person: str
    base: Base
    session: LiveSession
    outcomes: LiveOutcomes
    drafts: Drafts | None = None
    """None: edits are kept in memory alone."""
    author: str = ""
    """The name under which the person signed in, for the history of the scenario."""
    edits: list[Edit] = field(default_factory=list)
    """Oldest first, since the plan was kept; undoing is an edit too."""
    trouble: StoreError | None = None
    """Why the store did not take the last edits; None: it did."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    mark: object = None
    """Tells the problem of `session` from others."""
    newest: Base = field(init=False)
    """What the scenario is by now; another than `base` where somebody saved another plan."""
    _wanted: set[str] = field(default_factory=set)
    """What stands, and beside it what the problem does not know at present."""
    _kept_milli: tuple[object, int] | None = None
    _done: list[Edit] = field(default_factory=list)
    _undone: list[Edit] = field(default_factory=list)
    _waiting: list[tuple[Edit, tuple[str, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with what the scenario is."""
        self.newest = self.base

    # --- What stands ----------------------------------------------------------------------------

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the options that stand, sorted."""
        with self.lock:
            return self.session.chosen

    @property
    def edited(self) -> bool:
        """Whether what stands differs from the plan that is kept."""
        with self.lock:
            return set(self.session.chosen) != self._stands(_whole(self.newest))

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to do again."""
        return bool(self._undone)

    def figures(self) -> Figures:
        """Give served, money, openings and broken limits of what stands."""
        with self.lock:
            return self.session.figures()

    def kept_milli(self) -> int:
        """Give what the plan that is kept serves, or today's stations, counted as edits are."""
        with self.lock:
            about = self.mark, self.newest
            if self._kept_milli is None or self._kept_milli[0] != about:
                other = self.session.fork()
                _let_stand(other, self._stands(_whole(self.newest)))
                self._kept_milli = about, other.figures().served_milli
            return self._kept_milli[1]

    def columns(self) -> Outcomes:
        """Give served, within reach but not served by reason, and out of reach."""
        with self.lock:
            return self.outcomes.outcomes

    # --- Edits ----------------------------------------------------------------------------------

    def add(self, option: str) -> bool:
        """Let an option stand; tell whether it did not before."""
        return self._change("add", (), (option,))

    def remove(self, option: str) -> bool:
        """Take an option away; tell whether it stood."""
        return self._change("remove", (option,), ())

    def swap(self, out: str, new: str) -> bool:
        """Let `new` stand in the place of `out`; one edit to undo."""
        return self._change("swap", (out,), (new,))

    def stand(self, chosen: Iterable[str], *, kind: str = "stand") -> bool:
        """Let just these options stand (of a point of the curve, say); one edit to undo."""
        with self.lock:
            now, wanted = set(self.session.chosen), self._stands(set(chosen))
            return self._change(kind, sorted(now - wanted), sorted(wanted - now))

    def back(self) -> bool:
        """Go back to the plan that is kept; one edit to undo."""
        return self.stand(_whole(self.newest), kind="back")

    def suggest(self) -> str | None:
        """Add the option that helps most within the limits; None: none helps."""
        with self.lock:
            found = self.session.suggest_next()
            if found is not None:
                self.add(found)
            return found

    def best_swap(self) -> SwapFound | None:
        """Make the exchange of two options that gains most; None: none gains."""
        with self.lock:
            found = self.session.best_swap()
            if found is not None:
                self.swap(found.out, found.new)
            return found

    def record(self, kind: str, about: Mapping[str, Any]) -> None:
        """Note a change that is not one of options (a site that was locked), so that it is undone.

        `undo` and `redo` give it back to the caller, who takes back what it stands for.
        """
        with self.lock:
            self._take(self._edit(kind, (), (), about))

    def undo(self) -> Edit | None:
        """Take the last edit back and give it; None: there is none."""
        with self.lock:
            if not self._done:
                return None
            last = self._done[-1]
            self._take(self._edit("undo", last.added, last.removed))
            return last

    def redo(self) -> Edit | None:
        """Do again what was undone last and give it; None: nothing was."""
        with self.lock:
            if not self._undone:
                return None
            last = self._undone[-1]
            self._take(self._edit("redo", last.removed, last.added))
            return last

    # --- The plan that is kept ------------------------------------------------------------------

    def kept(self, base: Base) -> None:
        """Begin anew from a scenario in which what stands has just been kept, or was given up."""
        with self.lock:
            self.base = self.newest = base
            for stack in (self.edits, self._done, self._undone, self._waiting):
                stack.clear()
            self.trouble = None
            if self.drafts is not None:
                try:
                    self.drafts.drop_draft(base.scenario, self.person)
                except StoreError as refused:
                    self.trouble = refused

    def turn_to(self, base: Base) -> None:
        """Follow a scenario that was saved meanwhile.

        Who has edited nothing, or has taken everything back, sees its plan. Who has keeps what
        stands, and the version from which it began, unless the plan is the one that it began from:
        then only settings were saved.
        """
        with self.lock:
            self.newest = base
            same = self._stands(_whole(base)) == self._stands(_whole(self.base))
            if self.edits and same:
                self.base = base
                self._send(whole=True)
            elif not self._done:
                if self.edits:
                    self.kept(base)
                self.base = base
                self._let_stand(_whole(base))

    def take_problem(self, mark: object, first: LiveSession, outcomes: LiveOutcomes) -> None:
        """Let what stands stand in another problem, that of other limits or of other sites."""
        with self.lock:
            self.mark, self.session, self.outcomes = mark, first.fork(), outcomes.fork()
            self._let_stand(self._wanted)

    @contextmanager
    def hold(self, live: tuple[object, LiveSession, LiveOutcomes]) -> Iterator[None]:
        """Let what stands stand in one problem until the end, whatever other windows do meanwhile.

        Two windows of a person may be of two problems for a moment, where one has set another reach
        and the other has not seen it: what each shows and keeps is counted by its own.

        Parameters
        ----------
        live
            As of `Desks.desk`.
        """
        with self.lock:
            if self.mark != live[0]:
                self.take_problem(*live)
            yield

    def play(self, edits: Sequence[Edit]) -> None:
        """Do edits of before again, undoing included, without keeping them once more."""
        with self.lock:
            wanted = self._wanted
            for edit in edits:
                wanted = (wanted - set(edit.removed)) | set(edit.added)
                self._stack(edit)
            self.edits.extend(edits)
            self._let_stand(wanted)

    # --- Inside ---------------------------------------------------------------------------------

    def _known(self, options: Iterable[str]) -> set[str]:
        return set(options) & self.session.options

    def _stands(self, wanted: set[str]) -> set[str]:
        """Give what the problem knows of what is wanted, no station beside its own move."""
        known = self._known(wanted)
        return known - self.outcomes.overruled(known)

    def _change(self, kind: str, removed: Sequence[str], added: Sequence[str]) -> bool:
        with self.lock:
            now = set(self.session.chosen)
            out = tuple(option for option in removed if option in now)
            new = tuple(option for option in added if option in self._known(added) - now)
            if not (out or new):
                return False
            self._take(self._edit(kind, out, new))
            return True

    def _edit(
        self,
        kind: str,
        removed: tuple[str, ...],
        added: tuple[str, ...],
        about: Mapping[str, Any] | None = None,
    ) -> Edit:
        return Edit(
            kind=kind,
            at=datetime.now(UTC),
            author=self.author,
            removed=removed,
            added=added,
            about=dict(about or {}),
        )

    def _take(self, edit: Edit) -> None:
        """Do an edit: what stands, what can be undone, and the store."""
        self._let_stand((self._wanted - set(edit.removed)) | set(edit.added))
        self._stack(edit)
        self.edits.append(edit)
        self._waiting.append((edit, self._told()))
        self._send()

    def _stack(self, edit: Edit) -> None:
        if edit.kind == "undo" and self._done:
            self._undone.append(self._done.pop())
        elif edit.kind == "redo" and self._undone:
            self._done.append(self._undone.pop())
        elif edit.kind not in ("undo", "redo"):
            self._done.append(edit)
            self._undone.clear()

    def _let_stand(self, wanted: set[str]) -> None:
        self._wanted = set(wanted)
        _let_stand(self.session, self._stands(wanted))
        self.outcomes.stand(self.session.chosen)

    def _told(self) -> tuple[str, ...]:
        """Give what the store is told to stand: without the stations that cannot be closed."""
        return tuple(sorted(self._wanted - (self.newest.stays - self.session.options)))

    def _send(self, *, whole: bool = False) -> None:
        """Give the store every edit that it does not have yet, in their order; or (`whole`) all."""
        if self.drafts is None:
            self._waiting.clear()
            return
        base = self.base
        try:
            if whole:
                self.drafts.keep_draft(self._draft())
                self._waiting.clear()
            while self._waiting:
                edit, chosen = self._waiting[0]
                self.drafts.append_edit(base.scenario, self.person, base.version, edit, chosen)
                self._waiting.pop(0)
            self.trouble = None
        except ConflictError as refused:  # the draft in the store began from another version
            self.trouble = refused
            if not whole:
                self._send(whole=True)
        except StoreError as refused:
            self.trouble = refused

    def _draft(self) -> Draft:
        return Draft(
            scenario=self.base.scenario,
            person=self.person,
            base_version=self.base.version,
            chosen=self._told(),
            edits=tuple(self.edits),
        )


class Desks:
    """The desks that were used last; one that is let go of is read from the store again."""

    def __init__(self) -> None:
        self._desks: OrderedDict[tuple[str, str], Desk] = OrderedDict()
        self._lock = threading.Lock()

    def desk(
        self,
        person: str,
        base: Base,
        live: tuple[object, LiveSession, LiveOutcomes],
        *,
        drafts: Drafts | None,
        author: str = "",
    ) -> Desk:
        """Give the desk of a person on a scenario, with every edit that the person made.

        Parameters
        ----------
        person
            Key of the person.
        base
            The scenario as it is shown.
        live
            A mark that tells problems apart, a session and outcomes of the problem; the desk takes
            forks.
        drafts
            The store; None: edits are kept in memory alone.
        author
            The name under which the person signed in.
        """
        mark, first, outcomes = live
        with self._lock:
            key = person, base.scenario
            desk = self._desks.get(key)
            if desk is None:
                desk = Desk(person, base, first.fork(), outcomes.fork(), drafts, author)
                desk.mark = mark
                _lay_out(desk)
                self._desks[key] = desk
            self._desks.move_to_end(key)
            self._keep_few()
        with desk.lock:
            if desk.mark != mark:
                desk.take_problem(mark, first, outcomes)
            # A window that began its run before the last save shows an older version.
            if desk.base != base and base.version >= desk.newest.version:
                desk.turn_to(base)
        return desk

    def forget(self, person: str, scenario: str) -> None:
        """Let go of a desk; the store still has its edits."""
        with self._lock:
            self._desks.pop((person, scenario), None)

    def _keep_few(self) -> None:
        """Let go of the desks that were used longest ago, whose edits the store has."""
        idle = [key for key, desk in self._desks.items() if desk.drafts and not desk.trouble]
        for key in idle[: max(len(self._desks) - _MOST_DESKS, 0)]:
            del self._desks[key]


def _lay_out(desk: Desk) -> None:
    """Put on a new desk the plan of its scenario, and the edits that the store has."""
    desk.turn_to(desk.base)
    draft = None
    if desk.drafts is not None:
        draft = desk.drafts.draft(desk.base.scenario, desk.person)
    if draft is not None and draft.edits:
        if draft.base_version != desk.base.version:  # the plan may be another one by now
            # What it said of stations that may be closed now is among what it began from.
            stays = desk.base.stays - desk.session.options
            version, plan = draft.base_version, _began_from(draft)
            desk.turn_to(replace(desk.base, version=version, plan=plan, stays=stays))
        desk.play(draft.edits)


def _whole(base: Base) -> set[str]:
    return {*base.plan, *base.stays}


def _let_stand(session: LiveSession, wanted: set[str]) -> None:
    now = set(session.chosen)
    for option in sorted(now - wanted):
        session.remove(option)
    for option in sorted(wanted - now):
        session.add(option)


def _began_from(draft: Draft) -> tuple[str, ...]:
    """Give what stood before the first edit of a draft."""
    stood = set(draft.chosen)
    for edit in reversed(draft.edits):
        stood = (stood - set(edit.added)) | set(edit.removed)
    return tuple(sorted(stood))


@st.cache_resource
def desks() -> Desks:
    """Give the desks of this server."""
    return Desks()


def live_of(
    entry: Entry, prepared: Prepared, limits: Limits
) -> tuple[object, LiveSession, LiveOutcomes]:
    """Give the problem of some limits with its session and outcomes, made once for everybody.

    Nothing stands in them. What the limits say of the search alone does not count.

    Raises
    ------
    SettingsError
        If the limits contradict each other.
    """
    plain = Limits()
    asked = replace(limits, **{name: getattr(plain, name) for name in _OF_THE_SEARCH})
    mark = entry.fingerprint, asked

    def make() -> tuple[LiveSession, LiveOutcomes]:
        bare = replace(asked, lock=(), forbid=(), no_go=())

        def ground() -> Groundwork:
            return entry.latest("desk ground", bare, lambda: ground_for(prepared, bare), most=8)

        rows = _rows(entry, prepared, asked, ground)
        problem = problem_for(prepared, asked, known=rows, ground=ground)
        listed = entry.alike.once("desk tally", lambda: LiveOutcomes(prepared.coverage, problem))
        counted = entry.once("desk tally", lambda: listed.on(problem, coverage=prepared.coverage))
        first = entry.latest("desk session", rows, lambda: LiveSession(problem))
        return LiveSession(problem, like=first), counted.on(problem)

    session, outcomes = entry.latest("desk", mark, make, most=_MOST_PROBLEMS)
    return mark, session, outcomes


def _rows(
    entry: Entry, prepared: Prepared, limits: Limits, ground: Callable[[], Groundwork]
) -> KnownRows:
    """Give the rows of demand, merged once; of added candidates only what they change is merged."""
    enters = limits.measures, limits.may_close, limits.may_move, limits.containers

    def merge() -> KnownRows:
        first, rows = entry.alike.latest(
            "desk rows", enters, lambda: (prepared, rows_for(prepared, ground())), most=2
        )
        if rows.coverage is prepared.coverage:
            return rows
        return rows_for(prepared, ground(), like=(first, rows))

    return entry.latest("desk rows", enters, merge, most=2)


def desk_on(
    entry: Entry,
    prepared: Prepared,
    limits: Limits,
    scenario: Scenario,
    *,
    person: tuple[str, str],
    drafts: Drafts | None,
) -> Desk:
    """Give the desk of a person (key and name) on a scenario.

    Raises
    ------
    SettingsError
        If the limits contradict each other.
    StoreError
        If the store cannot be read.
    """
    live = live_of(entry, prepared, limits)
    base = base_of(prepared, scenario, planned=has_plan(entry, scenario))
    return desks().desk(person[0], base, live, drafts=drafts, author=person[1])


def base_of(prepared: Prepared, scenario: Scenario, *, planned: bool) -> Base:
    """Give what edits of a scenario begin from; where it is not `planned`, today's stations.

    Of the scenario itself, not of the result on the screen: a part of the page that runs alone
    may have one of before another person saved.
    """
    plan = scenario.plan if planned and scenario.plan is not None else {}
    chosen, closed = (tuple(map(str, plan.get(name, ()))) for name in ("chosen", "closed"))
    table = prepared.options.table
    keeps = frozenset(map(str, table.index[table["measure"] == "keep"]))
    return Base(scenario.id, scenario.version, chosen, keeps - {*chosen, *closed})
