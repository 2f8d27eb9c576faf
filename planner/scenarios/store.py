"""Scenarios and drafts -> a database that outlives kills, full disks and two people at once."""

import atexit
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from planner.errors import ConflictError, StoreError
from planner.scenarios.engines import WRITES, bring_up, make_engine, url_of
from planner.scenarios.failures import told_of
from planner.scenarios.model import Draft, Edit, Scenario, Summary
from planner.scenarios.naming import named_for_reader, still_given
from planner.scenarios.recent import Recent
from planner.scenarios.rows import (
    edit_text,
    moment_text,
    read_draft,
    read_summary,
    scenario_values,
)
from planner.scenarios.steps import (
    add_edit,
    baseline_id,
    bring_edits,
    conflict_message,
    drop_draft,
    hold_homes,
    home_of,
    insert_scenario,
    is_kept,
    is_same,
    keep_head,
    locked_row,
    mark,
    new_home,
    refuse_baseline,
    refuse_deleted,
    refuse_other_base,
    scenario_at,
    texts_of,
    update_scenario,
    version_of,
)
from planner.scenarios.tables import draft_edits, drafts, scenarios
from planner.scenarios.where import default_url, district_key

__all__ = ["ScenarioStore", "close_stores", "default_url", "district_key", "open_store"]

_IN_A_LIST = [c for c in scenarios.columns if c.name not in ("settings", "figures")]
_MOST_WHOLE = 24
_MOST_FIGURES = 200


class ScenarioStore:
    """The scenarios of all districts, in one database. May be used by many threads at once.

    Each call is one transaction: it is kept whole, for good, or not at all. Where the database
    cannot do it, `StoreError` says what a person can do.
    """

    def __init__(self, engine: Engine) -> None:
        self.name = _name_of(engine.url)
        """Where the store lies, for people; without a password."""
        self.file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
        """The file that it is; None: it is a database of a server."""
        self._engine = engine
        self._whole: Recent[Scenario] = Recent(_MOST_WHOLE)
        self._figures: Recent[Mapping[str, Any] | None] = Recent(_MOST_FIGURES)
        self._writer = engine.execution_options(**{WRITES: True})
        # What is read belongs together, however many statements read it. SQLite always does so.
        self._reader = engine
        if engine.dialect.name == "postgresql":
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")

    def list(self, district: str | None = None, *, deleted: bool = False) -> tuple[Summary, ...]:
        """List the scenarios of a district: the baseline first, then in the order of making.

        Parameters
        ----------
        district
            Key of a folder of the district, or its own; None: of all, one after the other.
        deleted
            True: list those that were deleted instead.
        """
        gone = scenarios.c.deleted.is_not(None) if deleted else scenarios.c.deleted.is_(None)
        query = select(*_IN_A_LIST).where(gone)
        if district is not None:
            query = query.where(scenarios.c.district == home_of(district))
        order = (scenarios.c.district, scenarios.c.baseline.desc(), scenarios.c.created)
        with self.reading() as connection:
            found = connection.execute(query.order_by(*order, scenarios.c.id)).mappings()
            rows = [dict(row) for row in found]
            return tuple(read_summary(row, self._figures_of(connection, row)) for row in rows)

    def get(self, identity: str) -> Scenario:
        """Give a scenario, also one that was deleted.

        What is in it must not be changed: others are given the same objects.

        Raises
        ------
        StoreError
            If there is none with this id.
        """
        with self.reading() as connection:
            version, district = version_of(connection, identity)
            known = self._whole.find(identity, version)
            if known is not None and known[0].district == district:
                return named_for_reader(known[0])
            return self._whole.put(identity, version, scenario_at(connection, identity))

    def add(self, scenario: Scenario) -> Scenario:
        """Keep a new scenario, made now, and give it with its id and version 1.

        A district has one baseline: adding another gives the one that is there.

        Raises
        ------
        StoreError
            If its name or settings cannot be kept.
        """
        new = _new(scenario)

        def keep(connection: Connection) -> Scenario:
            home = new_home(connection, new.district)
            there = baseline_id(connection, home) if new.baseline else None
            if there is not None:
                return scenario_at(connection, there)
            insert_scenario(connection, replace(new, district=home))
            return scenario_at(connection, new.id)

        return self._twice_if_crossed(keep)

    def begin(self, baseline: Scenario, first: Scenario) -> Scenario:
        """Keep the baseline of a district and the scenario to begin with: both or none.

        Returns
        -------
        Scenario
            The baseline that the district has. Where it had one before, nothing is kept.
        """
        base = _new(replace(baseline, baseline=True))
        copy = _new(replace(first, baseline=False, parent=base.id))

        def keep(connection: Connection) -> Scenario:
            home = new_home(connection, base.district)
            there = baseline_id(connection, home)
            if there is None:
                insert_scenario(connection, replace(base, district=home))
                insert_scenario(connection, replace(copy, district=home))
            return scenario_at(connection, there or base.id)

        return self._twice_if_crossed(keep)

    def save(self, scenario: Scenario, *, draft_of: str | None = None) -> Scenario:
        """Keep what was changed of a scenario and give it with its new version.

        Parameters
        ----------
        scenario
            With the version that was read before it was changed.
        draft_of
            A person whose draft on it has become its plan, and is dropped in the same step.

        Raises
        ------
        ConflictError
            If somebody else has saved or deleted it since it was read; `theirs` is what stands.
        StoreError
            If it is a baseline, is deleted, or its name or settings cannot be kept.
        """
        values = scenario_values(scenario)
        with self.writing() as connection:
            row = locked_row(connection, scenario.id)
            refuse_baseline(row)
            if row["version"] == scenario.version:
                refuse_deleted(row)
                kept = update_scenario(connection, scenario, values)
            else:
                kept = scenario_at(connection, scenario.id)
                if not is_same(kept, scenario):
                    raise ConflictError(conflict_message(kept), theirs=kept)
            if draft_of is not None:
                drop_draft(connection, scenario.id, draft_of)
        return kept

    def copy(self, identity: str, *, name: str, author: str, given: str = "") -> Scenario:
        """Keep a copy of a scenario under a name of its own; of the baseline as well.

        Parameters
        ----------
        identity
            What is copied.
        name
            What the copy is called.
        author
            Who makes it.
        given
            Mark of the name where the program gives it, see `naming`.

        Raises
        ------
        StoreError
            If there is none with this id, or the name cannot be kept.
        """
        with self.writing() as connection:
            hold_homes(connection)
            copied = _new(
                replace(
                    scenario_at(connection, identity),
                    name=name,
                    given=still_given(given, name),
                    author=author,
                    baseline=False,
                    parent=identity,
                )
            )
            insert_scenario(connection, copied)
            return scenario_at(connection, copied.id)

    def delete(self, identity: str, *, author: str) -> None:
        """Mark a scenario as deleted; `undelete` brings it back.

        Raises
        ------
        StoreError
            If there is none with this id, or it is a baseline.
        """
        with self.writing() as connection:
            row = locked_row(connection, identity)
            refuse_baseline(row)
            if row["deleted"] is None:
                now = moment_text(datetime.now(tz=UTC))
                mark(connection, row, deleted=now, deleted_by=author)

    def undelete(self, identity: str) -> None:
        """Bring back a scenario that was deleted.

        Raises
        ------
        StoreError
            If there is none with this id.
        """
        with self.writing() as connection:
            row = locked_row(connection, identity)
            if row["deleted"] is not None:
                mark(connection, row, deleted=None, deleted_by=None)

    def draft(self, scenario: str, person: str) -> Draft | None:
        """Give what a person has open on a scenario and did not keep; None: nothing."""
        of = (drafts.c.scenario == scenario, drafts.c.person == person)
        with self.reading() as connection:
            row = connection.execute(select(drafts).where(*of)).mappings().first()
            if row is None:
                return None
            return read_draft(dict(row), texts_of(connection, draft_edits, scenario, person))

    def keep_draft(self, draft: Draft) -> None:
        """Keep a draft whole, in the place of one that was there.

        Raises
        ------
        StoreError
            If there is no such scenario.
        """
        texts = [edit_text(edit) for edit in draft.edits]
        with self.writing() as connection:
            locked_row(connection, draft.scenario)  # one after the other keeps drafts of it
            keep_head(connection, draft)
            bring_edits(connection, draft_edits, texts, (draft.scenario, draft.person))

    def append_edit(
        self, scenario: str, person: str, base_version: int, edit: Edit, chosen: Sequence[str]
    ) -> None:
        """Add an edit to a draft, which is begun where there is none: one small row.

        Kept once however often it is asked for, so that a caller may ask again after a failure:
        also where more edits came since, or where the draft has become the plan meanwhile.

        Parameters
        ----------
        scenario, person
            Whose draft on what.
        base_version
            The version of the scenario that the draft began from.
        edit
            What was done.
        chosen
            The options that stand after it.

        Raises
        ------
        ConflictError
            If the draft that is kept began from another version: keep or drop that one first.
        StoreError
            If there is no such scenario.
        """
        text = edit_text(edit)
        head = Draft(
            scenario=scenario,
            person=person,
            base_version=base_version,
            chosen=tuple(chosen),
            edits=(),
        )

        with self.writing() as connection:
            row = locked_row(connection, scenario)  # one after the other keeps drafts of it
            if is_kept(connection, head, text, version=row["version"]):
                return
            refuse_other_base(connection, head)
            keep_head(connection, head)
            add_edit(connection, scenario, person, text)

    def drop_draft(self, scenario: str, person: str) -> None:
        """Forget what a person has open on a scenario; nothing where there is nothing."""
        with self.writing() as connection:
            drop_draft(connection, scenario, person)

    def close(self) -> None:
        """Let go of the database; the store is not used after it."""
        self._engine.dispose()

    def _figures_of(
        self, connection: Connection, row: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Read the figures of a scenario, which are large, once in each version."""
        known = self._figures.find(row["id"], row["version"])
        if known is not None:
            return known[0]
        query = select(scenarios.c.figures).where(scenarios.c.id == row["id"])
        text = connection.execute(query).scalar()
        figures = None if text is None else json.loads(text)
        return self._figures.put(row["id"], row["version"], figures)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one snapshot, whatever the number of statements; what goes wrong is told."""
        with told_of(self.name), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write all or nothing; what goes wrong is told."""
        with told_of(self.name), self._writer.begin() as connection:
            yield connection

    def _twice_if_crossed(self, keep: Callable[[Connection], Scenario]) -> Scenario:
        """Do it again where somebody else made the baseline of the district at the same time."""
        with told_of(self.name):
            try:
                with self._writer.begin() as connection:
                    return keep(connection)
            except IntegrityError:
                with self._writer.begin() as connection:
                    return keep(connection)


_File = tuple[int, int] | None
_open: dict[tuple[int, URL], tuple[ScenarioStore, _File]] = {}
"""Stores by process, since a child must not use the connections of its parent, and address; with
the file that each has open."""
_opening = threading.Lock()


def open_store(url: str | None = None) -> ScenarioStore:
    """Open the store of scenarios, made where it is missing; cheap to call again.

    Parameters
    ----------
    url
        A path of an SQLite file, `sqlite:///file` or `postgresql://user:password@host/name`; None:
        see `default_url`.

    Raises
    ------
    StoreError
        If it cannot be opened: what a person can do about it is said.
    """
    where = url_of(url or default_url())
    key = (os.getpid(), where)
    with _opening:
        known = _open.get(key)
        if known is not None and known[1] == _file_at(where):
            return known[0]
        if known is not None:  # the file was taken away or another put in its place, say a backup
            _open.pop(key)[0].close()  # copy; what is written to the old one would be lost
        engine = make_engine(where)
        store = ScenarioStore(engine)
        try:
            with told_of(store.name):
                bring_up(engine, store=store.name)
        except StoreError:
            store.close()
            raise
        _open[key] = store, _file_at(where)
        return store


def close_stores() -> None:
    """Close every store that this process has open; they can be opened again."""
    with _opening:
        for key in [key for key in _open if key[0] == os.getpid()]:
            _open.pop(key)[0].close()


atexit.register(close_stores)


def _new(scenario: Scenario) -> Scenario:
    """Give a scenario as it is when it is made: with an id, a first version, and now."""
    now = datetime.now(tz=UTC)
    return replace(scenario, id=uuid.uuid4().hex, version=1, created=now, changed=now, deleted=None)


def _file_at(url: URL) -> _File:
    """Tell which file lies at an address now; None: there is none, or it is that of a server."""
    if url.get_backend_name() != "sqlite":
        return None
    try:
        there = Path(url.database or "").stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def _name_of(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or ""))
    return url.render_as_string(hide_password=True)
