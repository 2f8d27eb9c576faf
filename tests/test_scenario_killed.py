"""`kill -9` at 200 random moments of saving, on SQLite and on PostgreSQL: nothing kept is lost."""

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from scenario_stores import (
    running_postgres,
    skip_without_postgres,
    small_scenario,
    sqlite_address,
)

from planner.errors import StoreError
from planner.scenarios.store import close_stores, open_store

PROGRAM = Path(__file__).with_name("scenario_killed.py")
KILLS = 200


def _kill(address: str, seed: int) -> dict[str, int]:
    """Run the program that kills, and give its counts; it fails where anything is lost."""
    ran = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, PROGRAM, address, str(KILLS), str(seed)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    counts: dict[str, int] = json.loads(ran.stdout)
    return counts


def _fell_on_saves(counts: dict[str, int]) -> bool:
    """Tell whether the kills came while something was being kept, as they were meant to."""
    return counts["kills"] == KILLS and counts["during"] > KILLS // 10 and counts["scenarios"] > 0


def test_nothing_is_lost_by_kills_on_sqlite(tmp_path: Path) -> None:
    assert _fell_on_saves(_kill(sqlite_address(tmp_path), seed=1))


def test_nothing_is_lost_by_kills_on_postgresql() -> None:
    skip_without_postgres()
    with running_postgres() as cluster:
        assert _fell_on_saves(_kill(cluster.new_database(), seed=2))


def test_nothing_is_lost_when_the_server_itself_falls() -> None:
    skip_without_postgres()
    chance, kept = random.Random(3), []  # noqa: S311 - moments, no secrets

    def keep_on(address: str) -> None:
        try:
            while True:
                kept.append(open_store(address).add(small_scenario()).id)
        except StoreError:
            return

    with running_postgres() as cluster:
        address = cluster.new_database()
        open_store(address)
        for _ in range(3):
            person = threading.Thread(target=keep_on, args=(address,))
            person.start()
            time.sleep(chance.uniform(0.1, 0.5))
            cluster.stop("immediate")
            person.join(timeout=60)
            cluster.start()
            # The same store finds the server again by itself.
            assert {each.id for each in open_store(address).list()} >= set(kept)
        close_stores()
    assert len(kept) > 3
