"""One step in an open transaction: what is read or written of scenarios and drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from planner.errors import ConflictError, StoreError
from planner.language import Message, note
from planner.scenarios.model import Draft, Scenario
from planner.scenarios.naming import given_name, named_for_reader, told_name
from planner.scenarios.rows import edit_text, json_text, moment_text, read_scenario, scenario_values
from planner.scenarios.tables import draft_edits, drafts, edits, folders, plans, scenarios

__all__ = [
    "add_edit",
    "baseline_id",
    "bring_edits",
    "conflict_message",
    "drop_draft",
    "hold_homes",
    "home_of",
    "insert_scenario",
    "is_kept",
    "is_same",
    "keep_head",
    "locked_row",
    "mark",
    "new_home",
    "of_row",
    "refuse_baseline",
    "refuse_deleted",
    "refuse_other_base",
    "scenario_at",
    "texts_of",
    "update_scenario",
    "version_of",
]


def scenario_at(connection: Connection, identity: str) -> Scenario:
    """Read a whole scenario.

    Raises
    ------
    StoreError
        If there is none with this id.
    """
    row = connection.execute(select(scenarios).where(scenarios.c.id == identity)).mappings().first()
    if row is None:
        raise _unknown(identity)
    plan = connection.execute(select(plans.c.plan).where(plans.c.scenario == identity)).scalar()
    return read_scenario(dict(row), plan, texts_of(connection, edits, identity))


def version_of(connection: Connection, identity: str) -> tuple[int, str]:
    """Read the version of a scenario, and its district: a folder that moves makes no new version.

    Raises
    ------
    StoreError
        If there is none with this id.
    """
    query = select(scenarios.c.version, scenarios.c.district).where(scenarios.c.id == identity)
    row = connection.execute(query).first()
    if row is None:
        raise _unknown(identity)
    return int(row.version), str(row.district)


def _unknown(identity: str) -> StoreError:
    """Say that there is no such scenario."""
    return StoreError(
        note("There is no scenario {id}. `planner scenarios list` shows all of them.", id=identity)
    )


def texts_of(connection: Connection, table: Table, scenario: str, person: str = "") -> list[str]:
    """Give the edits of a scenario or a draft, oldest first."""
    query = select(table.c.edit).where(*of_row(table, scenario, person)).order_by(table.c.number)
    return list(connection.execute(query).scalars())


def of_row(table: Table, scenario: str, person: str) -> list[Any]:
    """Give the conditions of the rows of a scenario, or of a person's draft of it."""
    of = [table.c.scenario == scenario]
    return of if "person" not in table.c else [*of, table.c.person == person]


def home_of(key: str) -> ColumnElement[str]:
    """Give the district that a folder's key leads to: its own, unless it was told otherwise."""
    told = select(func.min(folders.c.district)).where(folders.c.folder == key).scalar_subquery()
    return func.coalesce(told, key)


def new_home(connection: Connection, key: str) -> str:
    """Give the district that a new scenario of a folder goes to; it stays so until it is kept."""
    hold_homes(connection)
    return str(connection.execute(select(home_of(key))).scalar())


def hold_homes(connection: Connection, *, alone: bool = False) -> None:
    """Let folders stay with their districts until this transaction ends.

    Parameters
    ----------
    connection
        In a transaction that writes. On SQLite it has the whole store to itself already.
    alone
        Whether it is going to change where folders belong: it waits for all who make scenarios.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(_HOMES_LOCK)))


_HOMES_LOCK = 0x706C616E  # any number that other programs of the database do not use: "plan"


def baseline_id(connection: Connection, district: str) -> str | None:
    """Give the id of the baseline of a district; None: it has none."""
    of = (scenarios.c.district == district, scenarios.c.baseline)
    return connection.execute(select(scenarios.c.id).where(*of)).scalar()


def locked_row(connection: Connection, identity: str) -> dict[str, Any]:
    """Give the short part of a row that nobody else changes until this transaction ends."""
    columns = [scenarios.c[name] for name in _OF_A_LOCK]
    query = select(*columns).where(scenarios.c.id == identity).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise _unknown(identity)
    given = given_name(row["given"])
    return dict(row) if given is None else {**row, "name": given}


def refuse_baseline(row: Mapping[str, Any]) -> None:
    """Let nothing change a baseline.

    Raises
    ------
    StoreError
        If the row is one.
    """
    if row["baseline"]:
        raise StoreError(
            note(
                "{name} is locked: the state of today is never changed. Make a copy of it and"
                " change that.",
                name=row["name"],
            )
        )


def refuse_deleted(row: Mapping[str, Any]) -> None:
    """Let nothing change what was deleted.

    Raises
    ------
    StoreError
        If the row was.
    """
    if row["deleted"] is not None:
        raise StoreError(
            note("{name} was deleted. Bring it back before changing it.", name=row["name"])
        )


def conflict_message(theirs: Scenario) -> Message:
    """Say what another person did to a scenario, and how both can be kept."""
    if theirs.deleted is not None:
        return note(
            "Somebody else has deleted {name} in the meantime. Keep yours as a copy, or bring it"
            " back first.",
            name=told_name(theirs),
        )
    return note(
        "Somebody else has saved {name} in the meantime. Look at theirs, or keep yours as a copy:"
        " both are there then.",
        name=told_name(theirs),
    )


def is_same(theirs: Scenario, mine: Scenario) -> bool:
    """Tell whether a version is what was to be saved: it was, and the answer did not arrive."""
    return (
        theirs.version == mine.version + 1
        and theirs.deleted is None
        and scenario_values(theirs) == scenario_values(mine)
        and json_text(theirs.plan) == json_text(mine.plan)
        and list(map(edit_text, theirs.history)) == list(map(edit_text, mine.history))
    )


def insert_scenario(connection: Connection, scenario: Scenario) -> None:
    """Write a new scenario with its plan and history."""
    values = scenario_values(scenario) | {
        "id": scenario.id,
        "version": scenario.version,
        "created": moment_text(scenario.created),
        "changed": moment_text(scenario.changed),
    }
    connection.execute(insert(scenarios).values(values))
    _keep_parts(connection, scenario)


def update_scenario(
    connection: Connection, scenario: Scenario, values: Mapping[str, Any]
) -> Scenario:
    """Write what may change of a scenario and give it as it stands then.

    The district that it is of, its parent and when it was made stay as they are.
    """
    kept = replace(
        scenario,
        **{name: values[name] for name in ("name", "given", "notes", "author")},
        version=scenario.version + 1,
        changed=datetime.now(tz=UTC),
    )
    changed = {name: value for name, value in values.items() if name not in _FOR_GOOD} | {
        "version": kept.version,
        "changed": moment_text(kept.changed),
    }
    connection.execute(update(scenarios).where(scenarios.c.id == scenario.id).values(changed))
    _keep_parts(connection, kept)
    return named_for_reader(kept)


_OF_A_LOCK = ("id", "name", "given", "version", "baseline", "deleted")
_FOR_GOOD = ("district", "baseline", "parent")


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
    bring_edits(connection, edits, texts, (scenario.id,))


def bring_edits(
    connection: Connection, table: Table, texts: Sequence[str], of: tuple[str, ...]
) -> None:
    """Bring the edits that are kept to these: what is the same already is not written again."""
    kept = texts_of(connection, table, *of)
    pairs = zip(kept, texts, strict=False)
    same = next((at for at, (old, new) in enumerate(pairs) if old != new), None)
    first = min(len(kept), len(texts)) if same is None else same
    if first < len(kept):
        later = table.c.number >= first
        connection.execute(delete(table).where(*of_row(table, *of, *[""] * (2 - len(of))), later))
    head = dict(zip(("scenario", "person"), of, strict=False))
    rows = [head | {"number": n, "edit": texts[n]} for n in range(first, len(texts))]
    if rows:
        connection.execute(insert(table), rows)


def mark(connection: Connection, row: Mapping[str, Any], **values: object) -> None:
    """Change marks of a scenario; a new version, so that who saves an older one is told."""
    changed = {**values, "version": row["version"] + 1}
    connection.execute(update(scenarios).where(scenarios.c.id == row["id"]).values(changed))


def keep_head(connection: Connection, draft: Draft) -> None:
    """Write what a draft has beside its edits."""
    values = {"base_version": draft.base_version, "chosen": json_text(draft.chosen)}
    of = of_row(drafts, draft.scenario, draft.person)
    if connection.execute(update(drafts).where(*of).values(values)).rowcount == 0:
        head = {"scenario": draft.scenario, "person": draft.person}
        connection.execute(insert(drafts).values(head | values))


def refuse_other_base(connection: Connection, draft: Draft) -> None:
    """Let no edit be added to a draft that began from another version.

    Raises
    ------
    ConflictError
        If the draft that is kept did.
    """
    of = of_row(drafts, draft.scenario, draft.person)
    kept = connection.execute(select(drafts.c.base_version).where(*of)).scalar()
    if kept is not None and kept != draft.base_version:
        theirs = scenario_at(connection, draft.scenario)
        raise ConflictError(
            note(
                "Edits of {name} are kept that began from another version of it. Keep them as a"
                " copy or drop them first.",
                name=told_name(theirs),
            ),
            theirs=theirs,
        )


def add_edit(connection: Connection, scenario: str, person: str, text: str) -> None:
    """Add an edit to the end of a draft."""
    query = select(func.max(draft_edits.c.number)).where(*of_row(draft_edits, scenario, person))
    last = connection.execute(query).scalar()
    number = 0 if last is None else last + 1
    row = {"scenario": scenario, "person": person, "number": number, "edit": text}
    connection.execute(insert(draft_edits).values(row))


def is_kept(connection: Connection, draft: Draft, text: str, *, version: int) -> bool:
    """Tell whether an edit is in a draft, or in the scenario that the draft has become.

    Two edits of a person never have the same text: each tells its moment, to the microsecond.
    """
    there = (*of_row(draft_edits, draft.scenario, draft.person), draft_edits.c.edit == text)
    asked: Select[Any] | CompoundSelect[Any] = select(draft_edits.c.number).where(*there)
    if version != draft.base_version:  # the scenario was saved since, perhaps with this very edit
        in_plan = (edits.c.scenario == draft.scenario, edits.c.edit == text)
        asked = union_all(asked, select(edits.c.number).where(*in_plan))
    return connection.execute(asked.limit(1)).first() is not None


def drop_draft(connection: Connection, scenario: str, person: str) -> None:
    """Forget a draft; its edits go with it, by the rule of their table."""
    connection.execute(delete(drafts).where(*of_row(drafts, scenario, person)))
