"""Scenarios and drafts -> a database that outlives kills, full disks and two people at once."""

import atexit
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from planner.errors import ConflictError, StoreError
from planner.language import Message, note
from planner.scenarios.engines import WRITES, bring_up, make_engine, url_of
from planner.scenarios.failures import told_of
from planner.scenarios.model import Draft, Edit, Scenario, Summary
from planner.scenarios.rows import (
    edit_text,
    json_text,
    moment_text,
    read_draft,
    read_scenario,
    read_summary,
    scenario_values,
)
from planner.scenarios.tables import draft_edits, drafts, edits, plans, scenarios
from planner.scenarios.where import default_url, district_key

__all__ = ["ScenarioStore", "close_stores", "default_url", "district_key", "open_store"]

_Kept = TypeVar("_Kept")
_IN_A_LIST = [column for column in scenarios.columns if column.name != "settings"]


class ScenarioStore:
    """The scenarios of all districts, in one database. May be used by many threads at once.

    Each call is one transaction: it is kept whole, for good, or not at all. Where the database
    cannot do it, `StoreError` says what a person can do.
    """

    def __init__(self, engine: Engine) -> None:
        self.name = _name_of(engine.url)
        """Where the store lies, for people; without a password."""
        self._engine = engine
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
            Key of the district; None: of all, one after the other.
        deleted
            True: list those that were deleted instead.
        """
        gone = scenarios.c.deleted.is_not(None) if deleted else scenarios.c.deleted.is_(None)
        query = select(*_IN_A_LIST).where(gone)
        if district is not None:
            query = query.where(scenarios.c.district == district)
        order = (scenarios.c.district, scenarios.c.baseline.desc(), scenarios.c.created)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(*order, scenarios.c.id)).mappings()
            return tuple(read_summary(dict(row)) for row in rows)

    def get(self, identity: str) -> Scenario:
        """Give a scenario, also one that was deleted.

        Raises
        ------
        StoreError
            If there is none with this id.
        """
        with self._reading() as connection:
            return _scenario(connection, identity)

    def add(self, scenario: Scenario) -> Scenario:
        """Keep a new scenario and give it with its id and version 1.

        A district has one baseline: adding another gives the one that is there.

        Raises
        ------
        StoreError
            If its name or settings cannot be kept.
        """
        now = datetime.now(tz=UTC)
        new = replace(scenario, id=uuid.uuid4().hex, version=1, changed=now, deleted=None)

        def keep(connection: Connection) -> Scenario:
            there = _baseline_id(connection, new.district) if new.baseline else None
            if there is not None:
                return _scenario(connection, there)
            _insert(connection, new)
            return _scenario(connection, new.id)

        return self._twice_if_crossed(keep, new.id)

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
        with self._writing() as connection:
            kept = _locked_row(connection, scenario.id)
            _refuse_baseline(kept)
            if kept["version"] != scenario.version:
                theirs = _scenario(connection, scenario.id)
                if not _is_same(theirs, scenario):
                    raise ConflictError(_conflict(theirs), theirs=theirs)
            else:
                if kept["deleted"] is not None:
                    raise StoreError(
                        note(
                            "{name} was deleted. Bring it back before changing it.",
                            name=kept["name"],
                        )
                    )
                _update(connection, scenario, values)
            if draft_of is not None:
                _drop_draft(connection, scenario.id, draft_of)
            return _scenario(connection, scenario.id)

    def copy(self, identity: str, *, name: str, author: str) -> Scenario:
        """Keep a copy of a scenario under a name of its own; of the baseline as well.

        Raises
        ------
        StoreError
            If there is none with this id, or the name cannot be kept.
        """
        now = datetime.now(tz=UTC)
        with self._writing() as connection:
            copied = replace(
                _scenario(connection, identity),
                id=uuid.uuid4().hex,
                name=name,
                author=author,
                created=now,
                changed=now,
                version=1,
                baseline=False,
                parent=identity,
                deleted=None,
            )
            _insert(connection, copied)
            return _scenario(connection, copied.id)

    def delete(self, identity: str, *, author: str) -> None:
        """Mark a scenario as deleted; `undelete` brings it back.

        Raises
        ------
        StoreError
            If there is none with this id, or it is a baseline.
        """
        with self._writing() as connection:
            row = _locked_row(connection, identity)
            _refuse_baseline(row)
            if row["deleted"] is None:
                _mark(connection, row, deleted=moment_text(datetime.now(tz=UTC)), by=author)

    def undelete(self, identity: str) -> None:
        """Bring back a scenario that was deleted.

        Raises
        ------
        StoreError
            If there is none with this id.
        """
        with self._writing() as connection:
            row = _locked_row(connection, identity)
            if row["deleted"] is not None:
                _mark(connection, row, deleted=None, by=None)

    def draft(self, scenario: str, person: str) -> Draft | None:
        """Give what a person has open on a scenario and did not keep; None: nothing."""
        of = (drafts.c.scenario == scenario, drafts.c.person == person)
        with self._reading() as connection:
            row = connection.execute(select(drafts).where(*of)).mappings().first()
            if row is None:
                return None
            return read_draft(dict(row), _texts(connection, draft_edits, scenario, person))

    def keep_draft(self, draft: Draft) -> None:
        """Keep a draft whole, in the place of one that was there.

        Raises
        ------
        StoreError
            If there is no such scenario.
        """
        texts = [edit_text(edit) for edit in draft.edits]

        def keep(connection: Connection) -> None:
            _keep_head(connection, draft)
            _bring_edits(connection, draft_edits, texts, (draft.scenario, draft.person))

        self._twice_if_crossed(keep, draft.scenario)

    def append_edit(
        self, scenario: str, person: str, base_version: int, edit: Edit, chosen: Sequence[str]
    ) -> None:
        """Add an edit to a draft, which is begun where there is none: one small row.

        Kept once however often it is asked for, so that a caller may ask again after a failure.

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

        def keep(connection: Connection) -> None:
            _refuse_other_base(connection, head)
            _keep_head(connection, head)
            of = (draft_edits.c.scenario == scenario, draft_edits.c.person == person)
            last = connection.execute(
                select(draft_edits.c.number, draft_edits.c.edit)
                .where(*of)
                .order_by(draft_edits.c.number.desc())
                .limit(1)
            ).first()
            if last is None or last.edit != text:
                number = 0 if last is None else last.number + 1
                row = {"scenario": scenario, "person": person, "number": number, "edit": text}
                connection.execute(insert(draft_edits).values(row))

        self._twice_if_crossed(keep, scenario)

    def drop_draft(self, scenario: str, person: str) -> None:
        """Forget what a person has open on a scenario; nothing where there is nothing."""
        with self._writing() as connection:
            _drop_draft(connection, scenario, person)

    def close(self) -> None:
        """Let go of the database; the store is not used after it."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_of(self.name), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told_of(self.name), self._writer.begin() as connection:
            yield connection

    def _twice_if_crossed(self, keep: Callable[[Connection], _Kept], identity: str) -> _Kept:
        """Do it again where somebody else made the same row at the same time."""
        with told_of(self.name):
            try:
                with self._writer.begin() as connection:
                    return keep(connection)
            except IntegrityError:
                pass
            try:
                with self._writer.begin() as connection:
                    return keep(connection)
            except IntegrityError as wrong:  # the row that a draft is of is not there
                raise _unknown(identity) from wrong


_open: dict[tuple[int, URL], ScenarioStore] = {}
"""Stores by process, since a child must not use the connections of its parent, and address."""
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
        store = _open.get(key)
        if store is not None and _is_there(where):
            return store
        if store is not None:  # the file was taken away; what is written now would go nowhere
            _open.pop(key).close()
        engine = make_engine(where)
        store = ScenarioStore(engine)
        try:
            with told_of(store.name):
                bring_up(engine, store=store.name)
        except StoreError:
            store.close()
            raise
        _open[key] = store
        return store


def close_stores() -> None:
    """Close every store that this process has open; they can be opened again."""
    with _opening:
        for key in [key for key in _open if key[0] == os.getpid()]:
            _open.pop(key).close()


atexit.register(close_stores)


def _is_there(url: URL) -> bool:
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _name_of(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or ""))
    return url.render_as_string(hide_password=True)


def _scenario(connection: Connection, identity: str) -> Scenario:
    row = connection.execute(select(scenarios).where(scenarios.c.id == identity)).mappings().first()
    if row is None:
        raise _unknown(identity)
    plan = connection.execute(select(plans.c.plan).where(plans.c.scenario == identity)).scalar()
    return read_scenario(dict(row), plan, _texts(connection, edits, identity))


def _unknown(identity: str) -> StoreError:
    return StoreError(
        note("There is no scenario {id}. `planner scenarios list` shows all of them.", id=identity)
    )


def _texts(connection: Connection, table: Table, scenario: str, person: str = "") -> list[str]:
    """Give the edits of a scenario or a draft, oldest first."""
    query = select(table.c.edit).where(*_of(table, scenario, person)).order_by(table.c.number)
    return list(connection.execute(query).scalars())


def _of(table: Table, scenario: str, person: str) -> list[Any]:
    of = [table.c.scenario == scenario]
    return of if "person" not in table.c else [*of, table.c.person == person]


def _baseline_id(connection: Connection, district: str) -> str | None:
    of = (scenarios.c.district == district, scenarios.c.baseline)
    return connection.execute(select(scenarios.c.id).where(*of)).scalar()


def _locked_row(connection: Connection, identity: str) -> dict[str, Any]:
    """Give the short part of a row that nobody else changes until this transaction ends."""
    columns = [scenarios.c[name] for name in ("id", "name", "version", "baseline", "deleted")]
    query = select(*columns).where(scenarios.c.id == identity).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise _unknown(identity)
    return dict(row)


def _refuse_baseline(row: Mapping[str, Any]) -> None:
    if row["baseline"]:
        raise StoreError(
            note(
                "{name} is the state of today and stays as it is. Make a copy and change that.",
                name=row["name"],
            )
        )


def _conflict(theirs: Scenario) -> Message:
    if theirs.deleted is not None:
        return note(
            "Somebody else has deleted {name} in the meantime. Keep yours as a copy, or bring it"
            " back first.",
            name=theirs.name,
        )
    return note(
        "Somebody else has saved {name} in the meantime. Look at theirs, or keep yours as a copy:"
        " both are there then.",
        name=theirs.name,
    )


def _is_same(theirs: Scenario, mine: Scenario) -> bool:
    """Tell whether a version is what was to be saved: it was, and the answer did not arrive."""
    return (
        theirs.version == mine.version + 1
        and theirs.deleted is None
        and scenario_values(theirs) == scenario_values(mine)
        and json_text(theirs.plan) == json_text(mine.plan)
        and list(map(edit_text, theirs.history)) == list(map(edit_text, mine.history))
    )


def _insert(connection: Connection, scenario: Scenario) -> None:
    values = scenario_values(scenario) | {
        "id": scenario.id,
        "version": scenario.version,
        "created": moment_text(scenario.created),
        "changed": moment_text(scenario.changed),
    }
    connection.execute(insert(scenarios).values(values))
    _keep_parts(connection, scenario)


def _update(connection: Connection, scenario: Scenario, values: Mapping[str, Any]) -> None:
    """Write what may change of a scenario; where it belongs and when it was made stays."""
    for_good = ("district", "baseline", "parent")
    changed = {name: value for name, value in values.items() if name not in for_good} | {
        "version": scenario.version + 1,
        "changed": moment_text(datetime.now(tz=UTC)),
    }
    connection.execute(update(scenarios).where(scenarios.c.id == scenario.id).values(changed))
    _keep_parts(connection, scenario)


def _keep_parts(connection: Connection, scenario: Scenario) -> None:
    """Write plan and history where they differ from what is kept."""
    of = plans.c.scenario == scenario.id
    kept = connection.execute(select(plans.c.plan).where(of)).scalar()
    plan = None if scenario.plan is None else json_text(scenario.plan)
    if kept != plan:
        connection.execute(delete(plans).where(of))
    if plan is not None and kept != plan:
        connection.execute(insert(plans).values(scenario=scenario.id, plan=plan))
    texts = [edit_text(edit) for edit in scenario.history]
    _bring_edits(connection, edits, texts, (scenario.id,))


def _bring_edits(
    connection: Connection, table: Table, texts: Sequence[str], of: tuple[str, ...]
) -> None:
    """Bring the edits that are kept to these: what is the same already is not written again."""
    kept = _texts(connection, table, *of)
    pairs = zip(kept, texts, strict=False)
    same = next((at for at, (old, new) in enumerate(pairs) if old != new), None)
    first = min(len(kept), len(texts)) if same is None else same
    if first < len(kept):
        later = table.c.number >= first
        connection.execute(delete(table).where(*_of(table, *of, *[""] * (2 - len(of))), later))
    head = dict(zip(("scenario", "person"), of, strict=False))
    rows = [head | {"number": n, "edit": texts[n]} for n in range(first, len(texts))]
    if rows:
        connection.execute(insert(table), rows)


def _mark(
    connection: Connection, row: Mapping[str, Any], *, deleted: str | None, by: str | None
) -> None:
    """Mark as deleted or not; a new version, so that who saves an older one is told."""
    values = {"deleted": deleted, "deleted_by": by, "version": row["version"] + 1}
    connection.execute(update(scenarios).where(scenarios.c.id == row["id"]).values(values))


def _keep_head(connection: Connection, draft: Draft) -> None:
    """Write what a draft has beside its edits."""
    values = {"base_version": draft.base_version, "chosen": json_text(draft.chosen)}
    of = _of(drafts, draft.scenario, draft.person)
    if connection.execute(update(drafts).where(*of).values(values)).rowcount == 0:
        head = {"scenario": draft.scenario, "person": draft.person}
        connection.execute(insert(drafts).values(head | values))


def _refuse_other_base(connection: Connection, draft: Draft) -> None:
    of = _of(drafts, draft.scenario, draft.person)
    kept = connection.execute(select(drafts.c.base_version).where(*of).with_for_update()).scalar()
    if kept is not None and kept != draft.base_version:
        theirs = _scenario(connection, draft.scenario)
        raise ConflictError(
            note(
                "Edits of {name} are kept that began from another version of it. Keep them as a"
                " copy or drop them first.",
                name=theirs.name,
            ),
            theirs=theirs,
        )


def _drop_draft(connection: Connection, scenario: str, person: str) -> None:
    for table in (draft_edits, drafts):
        connection.execute(delete(table).where(*_of(table, scenario, person)))
