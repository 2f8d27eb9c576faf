"""Small scenarios, and databases to keep them in: SQLite files and a PostgreSQL of our own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from planner.scenarios import Edit, Scenario

NOW = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
_later = count()
SETTINGS = '[district]\nname = "江北"\n'


def small_scenario(name: str = "方案1", *, baseline: bool = False, plan_of: int = 3) -> Scenario:
    """Give a scenario that is not kept yet, with a plan of some options; each is made later."""
    made = NOW + timedelta(seconds=next(_later))
    return Scenario(
        id="",
        district="d" * 32,
        name=name,
        notes="甲\n乙",
        author="张三",
        created=made,
        changed=made,
        baseline=baseline,
        settings=SETTINGS,
        inputs="a" * 64,
        plan={"chosen": [f"V{n}" for n in range(plan_of)], "served": 1.5, "name": "站点"},
        figures={"workers": 12.25, "notes": [{"zh": "注", "en": "note"}]},
        history=(small_edit(0),),
    )


def small_edit(number: int, *, author: str = "张三") -> Edit:
    """Give an edit that differs from those of other numbers."""
    return Edit(
        kind="add",
        at=NOW + timedelta(seconds=number),
        author=author,
        added=(f"V{number}",),
        about={"at": [113.5, 22.5]},
    )


def sqlite_address(folder: Path) -> str:
    return f"sqlite:///{(folder / 'scenarios.sqlite').as_posix()}"


def _programs() -> Path | None:
    """Give the folder of PostgreSQL's programs; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


class Cluster:
    """A PostgreSQL of our own in a temporary folder, reached by a socket in it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        # It refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)
        self.databases = 0

    def run(self, program: str, *arguments: str) -> None:
        with (self.folder / "said").open("ab") as said:  # a pipe would be held by the server
            subprocess.run(  # noqa: S603 - programs of the database, in a folder of our own
                [self.programs / program, *arguments],
                check=True,
                stdout=said,
                stderr=said,
                user=self.user,
                cwd=self.folder,
                timeout=60,
            )

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses="
        data = str(self.folder / "data")
        said = ("-l", str(self.folder / "log"), "-o", options)
        self.run("pg_ctl", "-D", data, "-w", *said, "start")

    def no_file_beyond(self, size: int | None) -> None:
        """Let no file grow beyond so many bytes, for who connects from now on; None: any size."""
        pid = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        limit = "unlimited" if size is None else str(size)
        subprocess.run(  # noqa: S603 - as above
            ["prlimit", "--pid", pid, f"--fsize={limit}:"],  # noqa: S607 - of every Linux
            check=True,
            user=self.user,
        )

    def stop(self, how: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def new_database(self) -> str:
        """Give the address of an empty database."""
        self.databases += 1
        name = f"planner{self.databases}"
        import psycopg  # noqa: PLC0415 - an extra, see postgres_missing

        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.folder}"


def postgres_missing() -> str:
    """Say why there is no PostgreSQL to test with; "": there is one."""
    if _programs() is None:
        return "PostgreSQL is not installed"
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra, whose absence is to be told
    except ImportError:
        return "the PostgreSQL driver is not installed"
    return ""


@contextmanager
def running_postgres(*options: str) -> Iterator[Cluster]:
    """Run a PostgreSQL, made with these options of `initdb`, until the end of the block."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    cluster = Cluster(programs, folder)
    try:
        data = str(folder / "data")
        cluster.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", *options)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def skip_without_postgres() -> None:
    missing = postgres_missing()
    if missing and os.environ.get("PLANNER_REQUIRE_POSTGRESQL"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
