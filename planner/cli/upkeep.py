"""`planner scenarios backup` and `purge`: what who looks after a store does now and then."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.program import AsJson, Command, print_json
from planner.cli.saving import Store
from planner.cli.scenarios import is_there, scenarios
from planner.errors import SettingsError
from planner.language import note, say

# The store is imported inside the commands, as in scenarios.py.

__all__: list[str] = []

_MOST_DAYS = 36_500


@scenarios.command(cls=Command)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a file that is there.")
    ] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store to one file, also while it is in use."""
    from planner.scenarios.backup import back_up  # noqa: PLC0415 - slow, see above
    from planner.scenarios.store import open_store  # noqa: PLC0415

    if is_there(file) and not replace:
        raise SettingsError(
            note(
                "{file} is there already. Name another, or write over it with --replace.", file=file
            )
        )
    kept = open_store(store)
    back_up(kept, file)
    if as_json:
        print_json({"store": kept.name, "file": str(file)})
        return
    print(say("{store} is copied to {file}.", store=kept.name, file=file))
    print(
        say(
            "To go back to it: end the planner, delete the files beside the store that end in -wal"
            " and -shm, and put the copy in the place of the store."
        )
    )


@scenarios.command(cls=Command)
def purge(
    *,
    older_than: Annotated[
        int,
        typer.Option(
            metavar="DAYS",
            min=0,
            max=_MOST_DAYS,
            help="Those deleted longer ago than so many days.",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Take deleted scenarios out for good; `undelete` does not bring them back then."""
    from planner.scenarios import purge as purging  # noqa: PLC0415 - slow, see above
    from planner.scenarios.store import open_store  # noqa: PLC0415

    kept = open_store(store)
    moment = datetime.now(tz=UTC) - timedelta(days=older_than)
    found = purging.deleted_before(kept, moment)
    if found and not yes:
        if as_json:
            raise SettingsError(note("With --json nothing is asked: say --yes too."))
        names = say(", ").join(f"{each.name} ({each.place})" for each in found)
        print(say("{count} scenarios go for good: {names}", count=len(found), names=names))
        typer.confirm(say("Take them out?"), abort=True)
    count = purging.purge(kept, moment) if found else 0
    if not as_json:
        print(say("{count} scenarios were taken out for good.", count=count))
    freed = purging.give_back(kept)
    if as_json:
        print_json({"store": kept.name, "purged": count, "freed_bytes": freed})
    elif freed:
        print(say("The file of the store is {kb} kB smaller.", kb=f"{freed / 1000:,.0f}"))
