"""Scenarios that were deleted long ago -> gone for good."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from planner.scenarios.model import Summary
from planner.scenarios.rows import moment_text
from planner.scenarios.store import ScenarioStore
from planner.scenarios.tables import drafts, edits, plans, scenarios

__all__ = ["deleted_before", "purge"]


def deleted_before(store: ScenarioStore, moment: datetime) -> tuple[Summary, ...]:
    """Give the scenarios of all districts that were deleted before a moment.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    return tuple(
        each
        for each in store.list(deleted=True)
        if each.deleted is not None and each.deleted < moment
    )


def purge(store: ScenarioStore, moment: datetime) -> int:
    """Take out for good what was deleted before a moment, with its plan, edits and drafts.

    What is brought back at the same time stays.

    Returns
    -------
    int
        How many scenarios.

    Raises
    ------
    StoreError
        If it cannot be done; nothing is taken out then.
    """
    old = scenarios.c.deleted < moment_text(moment)
    with store.writing() as connection:
        query = select(scenarios.c.id).where(old, ~scenarios.c.baseline).with_for_update()
        gone = list(connection.execute(query).scalars())
        for identity in gone:
            _take_out(connection, identity)
    return len(gone)


def _take_out(connection: Connection, identity: str) -> None:
    """Take out a scenario; the edits of its drafts go with these, by the rule of their table."""
    for table in (drafts, edits, plans):
        connection.execute(delete(table).where(table.c.scenario == identity))
    connection.execute(delete(scenarios).where(scenarios.c.id == identity))
