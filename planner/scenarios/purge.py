"""Scenarios that were deleted long ago -> gone for good."""

import sqlite3
from contextlib import closing
from datetime import datetime

from sqlalchemy import Connection, delete, select

from planner.scenarios.failures import told_of
from planner.scenarios.model import Summary
from planner.scenarios.rows import moment_text
from planner.scenarios.store import ScenarioStore
from planner.scenarios.tables import drafts, edits, plans, scenarios

__all__ = ["deleted_before", "give_back", "purge"]

_WAIT_S = 30.0
_WAIT_FOR_READERS_MS = 2000


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


def give_back(store: ScenarioStore) -> int:
    """Give the disk the room that nothing in the file of a store needs any more.

    Others may read meanwhile, and who writes waits. A database of a server sees to it by itself.

    Returns
    -------
    int
        Bytes that the file is smaller by. While somebody reads, it stays as large until it is
        written to next.

    Raises
    ------
    StoreError
        If it cannot be done, say for want of room to write the file anew; nothing is lost.
    """
    if store.file is None:
        return 0
    with (
        told_of(store.name),
        closing(sqlite3.connect(store.file, timeout=_WAIT_S, isolation_level=None)) as file,
    ):
        (unused,) = file.execute("PRAGMA freelist_count").fetchone()
        if not unused:
            return 0
        before = store.file.stat().st_size
        file.execute("VACUUM")
        file.execute(f"PRAGMA busy_timeout = {_WAIT_FOR_READERS_MS}")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return max(0, before - store.file.stat().st_size)


def _take_out(connection: Connection, identity: str) -> None:
    """Take out a scenario; the edits of its drafts go with these, by the rule of their table."""
    for table in (drafts, edits, plans):
        connection.execute(delete(table).where(table.c.scenario == identity))
    connection.execute(delete(scenarios).where(scenarios.c.id == identity))
