"""A folder that was moved, or lies on another machine -> the scenarios that are its own."""

import stat
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from planner.errors import StoreError
from planner.language import note
from planner.scenarios.model import Summary
from planner.scenarios.rows import moment_text, tidy
from planner.scenarios.steps import hold_homes, new_home
from planner.scenarios.store import ScenarioStore
from planner.scenarios.tables import drafts, edits, folders, scenarios
from planner.scenarios.where import district_key, resolved, this_machine

__all__ = [
    "Home",
    "KnownFolder",
    "adopt",
    "all_homes",
    "home_at",
    "is_begun_only",
    "lost_homes",
    "see_folder",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFolder:
    """A folder in which a district was seen."""

    key: str
    path: str
    here: bool
    """Whether it was seen on this machine."""

    @property
    def is_there(self) -> bool:
        """Whether there is a folder at this path now, be it that of another machine.

        One that may not be looked at counts as there: nothing is taken away from it.
        """
        try:
            return stat.S_ISDIR(Path(self.path).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True

    @property
    def is_gone(self) -> bool:
        """Whether it lay on this machine and does no longer; of others nothing is known."""
        return self.here and not self.is_there


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A district as the store knows it."""

    district: str
    """Its key."""
    place: str
    """Its name."""
    scenarios: int
    """How many it has, without the state of today and those that were deleted."""
    worked_in: bool
    """Whether there is more than what a new district begins with, as it was made."""
    inputs: str
    """Fingerprint of the data and settings that the state of today was measured with."""
    folders: tuple[KnownFolder, ...]
    """Where it was seen; nothing of a district of an older version that was not opened since."""


def see_folder(store: ScenarioStore, folder: Path) -> None:
    """Note where a district lies, so that it can be found again when its folder is moved.

    Raises
    ------
    StoreError
        If it cannot be kept.
    """
    path, key, machine = str(resolved(folder)), district_key(folder), this_machine()
    if tidy(path) != path:  # half of a character, which no database holds, or one that turns text
        return
    of = (folders.c.folder == key, folders.c.machine == machine)
    with store.reading() as connection:
        if connection.execute(select(folders.c.folder).where(*of)).first() is not None:
            return
    with store.writing() as connection:
        home = _home_alone(connection, key)
        if connection.execute(select(folders.c.folder).where(*of)).first() is None:
            _put_folder(connection, key=key, path=path, district=home)


def all_homes(store: ScenarioStore) -> tuple[Home, ...]:
    """Give every district of the store, in the order of their names.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    with store.reading() as connection:
        return _homes(connection)


def home_at(store: ScenarioStore, folder: Path) -> Home | None:
    """Give the district that a path is a folder of, also one that is gone; None: of none.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    key, found = district_key(folder), all_homes(store)
    known = (home for home in found if key in {home.district, *(each.key for each in home.folders)})
    return next(known, None)


def _homes(connection: Connection) -> tuple[Home, ...]:
    columns = [scenarios.c[name] for name in _OF_A_HOME]
    drafted = exists().where(drafts.c.scenario == scenarios.c.id).label("drafted")
    rows = connection.execute(select(*columns, drafted).order_by(scenarios.c.created)).all()
    known = _folders(connection)
    by_district = defaultdict(list)
    for row in rows:
        by_district[row.district].append(row)
    homes = [_home(district, rows, known) for district, rows in by_district.items()]
    return tuple(sorted(homes, key=lambda home: (home.place, home.district)))


_OF_A_HOME = ("district", "place", "baseline", "inputs", "deleted", "version", "given")


def _home(district: str, rows: list[Any], known: dict[str, list[KnownFolder]]) -> Home:
    today = next((row for row in rows if row.baseline), None)
    there = [row for row in rows if not row.baseline and row.deleted is None]
    return Home(
        district=district,
        place=(today or rows[-1]).place,
        scenarios=len(there),
        worked_in=any(
            row.version > 1 or row.inputs or row.drafted or not row.given for row in there
        ),
        inputs="" if today is None else today.inputs,
        folders=tuple(known.get(district, ())),
    )


def _folders(connection: Connection) -> dict[str, list[KnownFolder]]:
    machine, found = this_machine(), defaultdict(list)
    for row in connection.execute(select(folders).order_by(folders.c.path)):
        one = KnownFolder(key=row.folder, path=row.path, here=row.machine == machine)
        found[row.district].append(one)
    return found


def is_begun_only(listed: Collection[Summary]) -> bool:
    """Tell whether nothing but what a new district begins with is there, as it was made."""
    return all(each.baseline or (each.version == 1 and not each.inputs) for each in listed)


def lost_homes(store: ScenarioStore, folder: Path, *, name: str, inputs: str) -> tuple[Home, ...]:
    """Give the districts that a folder may have been before it was moved or copied to here.

    They have its name or its very data, and none of their folders lies on this machine: the
    folder of a district that does is another one, though it may be a copy. Those of which no
    folder is known, and those in which nothing was done, are left out.

    Parameters
    ----------
    store
        Where scenarios are kept.
    folder
        What was opened.
    name
        Of the district.
    inputs
        Fingerprint of its data and settings; "": not known.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    key = district_key(folder)
    return tuple(
        home
        for home in all_homes(store)
        if home.worked_in
        and home.folders
        and key not in (home.district, *(each.key for each in home.folders))
        and (home.place == name or home.inputs == inputs != "")
        and not any(each.is_there for each in home.folders)
    )


def adopt(store: ScenarioStore, district: str, folder: Path) -> str:
    """Let a folder have the scenarios of a district; what it has itself goes there too.

    Folders of the district that lay on this machine and are gone lose it: whatever is put in
    their place later begins anew. Those that are there, or on another machine, keep it.

    Parameters
    ----------
    store
        Where scenarios are kept.
    district
        Key of the district.
    folder
        What is to be a folder of it.

    Returns
    -------
    str
        The key of the district from now on.

    Raises
    ------
    StoreError
        If there is no such district, or the folder shares its own scenarios with another.
    """
    key, path = district_key(folder), str(resolved(folder))
    with store.writing() as connection:
        own = _home_alone(connection, key)
        home = next((each for each in _homes(connection) if each.district == district), None)
        if home is None:
            raise StoreError(note("There is no district {id} in the store.", id=district))
        kept = {each.key for each in home.folders if not each.is_gone}
        gone = {each.key for each in home.folders} - kept
        if own == district:
            return district
        _refuse_shared(connection, key, own)
        connection.execute(delete(folders).where(folders.c.folder.in_(gone)))
        new = _under_a_key_of_its_own(connection, district) if district in gone else district
        _bring_over(connection, own, new)
        connection.execute(delete(folders).where(folders.c.folder == key))
        _put_folder(connection, key=key, path=path, district=new)
    return new


def _home_alone(connection: Connection, key: str) -> str:
    """Give the district of a folder, and let nobody make or move scenarios meanwhile."""
    hold_homes(connection, alone=True)
    return new_home(connection, key)


def _put_folder(connection: Connection, *, key: str, path: str, district: str) -> None:
    row = {"folder": key, "machine": this_machine(), "path": path, "district": district}
    now = moment_text(datetime.now(tz=UTC))
    connection.execute(insert(folders).values(**row, seen=now))


def _refuse_shared(connection: Connection, key: str, own: str) -> None:
    """Let no folder take scenarios away from another that has them too."""
    others = select(folders.c.path).where(folders.c.district == own, folders.c.folder != key)
    there = connection.execute(others).scalars().first()
    if there is not None:
        raise StoreError(
            note(
                "This folder has its scenarios together with {folder}, so they cannot be put to"
                " those of another district. Export those that are meant and import them there.",
                folder=there,
            )
        )


def _under_a_key_of_its_own(connection: Connection, district: str) -> str:
    """Give a district a key that is that of no folder."""
    new = uuid.uuid4().hex
    for table in (scenarios, folders):
        changed = update(table).where(table.c.district == district).values(district=new)
        connection.execute(changed)
    return new


def _bring_over(connection: Connection, own: str, new: str) -> None:
    """Put the scenarios of a folder to those of the district that it is a folder of from now on.

    A second state of today becomes a scenario that was deleted, and so does what was made when
    the folder was opened and never touched: both can be brought back.
    """
    of = scenarios.c.district == own
    has_one = select(scenarios.c.id).where(scenarios.c.district == new, scenarios.c.baseline)
    if connection.execute(has_one).first() is not None:
        untouched = (
            scenarios.c.given != "",
            scenarios.c.version == 1,
            scenarios.c.inputs == "",
            ~exists().where(drafts.c.scenario == scenarios.c.id),
            ~exists().where(edits.c.scenario == scenarios.c.id),
        )
        idle = update(scenarios).where(of, or_(scenarios.c.baseline, and_(*untouched)))
        now = moment_text(datetime.now(tz=UTC))
        gone = {"deleted": now, "deleted_by": "", "baseline": False}
        live = idle.where(scenarios.c.deleted.is_(None))
        connection.execute(live.values(**gone, version=scenarios.c.version + 1))
    connection.execute(update(scenarios).where(of).values(district=new))
