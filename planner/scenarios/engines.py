"""The address of a store -> an engine whose writes last, brought up to the newest tables."""

import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from planner.errors import StoreError
from planner.language import Message, note
from planner.scenarios.tables import HEAD, VERSION_TABLE
from planner.scenarios.where import resolved

__all__ = ["WRITES", "bring_up", "make_engine", "url_of"]

WRITES = "planner_writes"
"""Option of a connection that is going to write: SQLite is then asked for the right at once, since
one that has read already cannot wait for it."""
_OF_A_FILE = "sqlite:///"
_WAIT_S = 30
_MOST_CONNECTIONS = 24
_migrating = threading.Lock()
"""Alembic keeps what it does in a global."""


def url_of(address: str) -> URL:
    """Understand the address of a store: a URL, or the path of an SQLite file.

    Raises
    ------
    StoreError
        If it is neither, or of a database that scenarios cannot be kept in.
    """
    if "://" not in address or address.startswith(_OF_A_FILE):
        return _url_of_file(address.removeprefix(_OF_A_FILE))
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as wrong:  # ValueError: of a port that is no number
        raise StoreError(_no_address(address.partition("://")[0])) from wrong
    kind = url.get_backend_name()
    if kind == "postgres":
        kind = "postgresql"
    # With an @ in its password that is not written as %40, a part of it would be told as the host.
    if kind == "postgresql" and url.database and "@" not in (url.host or ""):
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(_no_address(kind))


def _url_of_file(path: str) -> URL:
    """Take a path as it is: % and ? have no meaning in it, since folders may be called so."""
    file = resolved(path).as_posix()
    is_text = not any("\ud800" <= character <= "\udfff" for character in file)
    if path in ("", ":memory:") or not is_text:
        raise StoreError(_no_address("sqlite"))
    return URL.create("sqlite", database=file)


def _no_address(kind: str) -> Message:
    return note(
        "Scenarios cannot be kept at an address of {kind}. Name a file (sqlite:///folder/file) or a"
        " database (postgresql://user:password@host/name).",
        kind=kind,
    )


def make_engine(url: URL) -> Engine:
    """Make an engine for one store; nothing is opened yet.

    Raises
    ------
    StoreError
        If the driver of the database is not installed, or there can be no folder for the file.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    try:
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=_MOST_CONNECTIONS - 8,
            connect_args={"connect_timeout": _WAIT_S},
        )
    except ModuleNotFoundError as wrong:
        raise StoreError(
            note(
                "PostgreSQL needs a driver that is not installed. Run: pip install"
                ' "planner[postgres]"'
            )
        ) from wrong


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise StoreError(
            note(
                "There can be no store of scenarios in {folder} ({reason}). Name another with"
                " --store or PLANNER_STORE.",
                folder=folder,
                reason=wrong.strerror or type(wrong).__name__,
            )
        ) from wrong
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=_MOST_CONNECTIONS - 8,
        connect_args={"timeout": _WAIT_S},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own class
    """Let what was committed last: also when the machine is switched off the moment after."""
    connection.isolation_level = None  # Python begins no transactions of its own; see below
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def bring_up(engine: Engine, *, store: str) -> None:
    """Make the tables of a new store, or bring those of an older version up to this one.

    Two programs may do it at once: each does all or nothing, and one of them finds it done.

    Raises
    ------
    StoreError
        If a newer version of the planner has written the store.
    """
    if _version(engine) == HEAD:
        return
    try:
        _migrate(engine, store=store)
    except DBAPIError:
        if _version(engine) != HEAD:
            raise


def _version(engine: Engine) -> str | None:
    """Give the newest migration that a store has; None: it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
        return None if found is None else str(found)


def _migrate(engine: Engine, *, store: str) -> None:
    # Slow to import, and needed once in the life of a store.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    version = _version(engine)
    if version is not None and version not in known:
        raise StoreError(
            note(
                "The store {store} was written by a newer version of the planner. Nothing was"
                " changed. Install that version here too, or name another store with --store or"
                " PLANNER_STORE.",
                store=store,
            )
        )
    writer = engine.execution_options(**{WRITES: True})
    with _migrating, writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
