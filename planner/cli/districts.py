"""`planner scenarios districts` and `adopt`: whose scenarios are whose when folders move."""

from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import AsJson, Command, District, print_json
from planner.cli.saving import Store
from planner.cli.scenarios import scenarios
from planner.cli.telling import print_table
from planner.errors import StoreError
from planner.language import note, say

# The store is imported inside the commands, as in scenarios.py.

__all__ = ["home_object"]

_SHOWN_KEY = 8


@scenarios.command(cls=Command)
def districts(*, store: Store = None, as_json: AsJson = False) -> None:
    """List the districts that have scenarios, and the folders that they are known by."""
    from planner.scenarios.homes import all_homes  # noqa: PLC0415 - slow, see above
    from planner.scenarios.store import open_store  # noqa: PLC0415

    kept = open_store(store)
    found = all_homes(kept)
    if as_json:
        print_json({"store": kept.name, "districts": [home_object(each) for each in found]})
        return
    rows = [
        [home.district[:_SHOWN_KEY], home.place, f"{home.scenarios:,}", _folders(home)]
        for home in found
    ]
    columns = [say("Id"), say("The district"), say("Scenarios"), say("Folders")]
    print_table(say("Districts"), columns, rows, texts=(0, 1, 3))


@scenarios.command(cls=Command)
def adopt(
    folder: District,
    *,
    of: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DISTRICT",
            help="The folder as it was, or an id that `districts` shows; without it the one that"
            " fits by name or data.",
        ),
    ] = None,
    share: Annotated[
        bool,
        typer.Option(
            "--share", help="Also where the other folder is still there: both then have them."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Let a folder that was moved, or is on another machine, have its scenarios again."""
    from planner.district import read_settings  # noqa: PLC0415 - slow, see above
    from planner.scenarios import homes  # noqa: PLC0415
    from planner.scenarios.store import open_store  # noqa: PLC0415

    settings = read_settings(folder)  # refuses what is no district
    kept = open_store(store)
    home = _lost(kept, folder, settings) if of is None else _named(kept, of)
    there = [each.path for each in home.folders if each.is_there and not _is(folder, each.key)]
    if there and not share:
        raise StoreError(
            note(
                "The scenarios of {name} belong to {folder}, which is still there. With --share"
                " both folders have them from now on; to have them apart, export and import them.",
                name=home.place,
                folder=there[0],
            )
        )
    own = homes.home_at(kept, folder)
    if not yes and (own is None or own.district != home.district):
        if as_json:
            raise StoreError(note("With --json nothing is asked: say --yes too."))
        _tell_before(home, own, folder)
        typer.confirm(say("Do it?"), abort=True)
    new = homes.adopt(kept, home.district, folder)
    listed = [each for each in kept.list(new) if not each.baseline]
    if as_json:
        names = [{"id": each.id, "name": each.name} for each in listed]
        print_json({"district": new, "place": home.place, "scenarios": names})
        return
    print(
        say(
            "{folder} has the scenarios of {name} now: {scenarios}.",
            folder=folder,
            name=home.place,
            scenarios=say(", ").join(each.name for each in listed) or "-",
        )
    )


def _tell_before(home: Any, own: Any, folder: Path) -> None:  # noqa: ANN401 - Home, and Home or None
    """Say what adopting does, and that there is no way back but a copy of the store."""
    print(
        say(
            "{count} scenarios of {name} become those of {folder}. They were kept for:",
            count=home.scenarios,
            name=home.place,
            folder=folder,
        )
    )
    print(_folders(home))
    if own is not None and own.worked_in:
        print(
            say(
                "{count} scenarios that {folder} has already come to them.",
                count=own.scenarios,
                folder=folder,
            )
        )
    print(
        say(
            "No command takes this back. A copy of the store that is made before can be put in its"
            " place again: planner scenarios backup FILE"
        )
    )


def home_object(home: Any) -> dict[str, Any]:  # noqa: ANN401 - Home, whose import is slow
    """Give what is known of a district; `there` null: its folder is on another machine."""
    return {
        "id": home.district,
        "place": home.place,
        "scenarios": home.scenarios,
        "folders": [
            {"path": each.path, "there": each.is_there if each.here else None}
            for each in home.folders
        ],
    }


def _folders(home: Any) -> str:  # noqa: ANN401 - Home
    """Tell the folders of a district in a line each."""
    lines = []
    for each in home.folders:
        mark = say(" (gone)") if each.is_gone else "" if each.here else say(" (another machine)")
        lines.append(f"{each.path}{mark}")
    return "\n".join(lines) or say("folder not known")


def _lost(kept: Any, folder: Path, settings: Any) -> Any:  # noqa: ANN401 - ScenarioStore, Settings and Home
    """Give the one district that a folder may have been."""
    from planner.district.fingerprint import fingerprint_of  # noqa: PLC0415 - slow, see above
    from planner.scenarios.homes import lost_homes  # noqa: PLC0415

    inputs = fingerprint_of(folder, settings)
    found = lost_homes(kept, folder, name=settings.name, inputs=inputs)
    if len(found) == 1:
        return found[0]
    if found:
        raise StoreError(
            note(
                "Several districts may be this folder: {ids}. Name one with --from;"
                " `planner scenarios districts` tells where they were.",
                ids=", ".join(f"{each.place} ({each.district[:_SHOWN_KEY]})" for each in found),
            )
        )
    raise StoreError(
        note(
            "No district of the store has lost its folder and fits {folder} by name or data. Name"
            " one with --from; `planner scenarios districts` lists all.",
            folder=folder,
        )
    )


def _named(kept: Any, word: str) -> Any:  # noqa: ANN401 - ScenarioStore and Home
    """Give the district that a folder was, or whose id begins with these digits."""
    from planner.scenarios.homes import all_homes, home_at  # noqa: PLC0415 - slow, see above
    from planner.scenarios.lookup import LEAST_OF_AN_ID  # noqa: PLC0415

    home = home_at(kept, Path(word))
    if home is not None:
        return home
    found = all_homes(kept)
    begins = [
        home
        for home in found
        if len(word) >= LEAST_OF_AN_ID and home.district.startswith(word.lower())
    ]
    if len(begins) == 1:
        return begins[0]
    raise StoreError(
        note(
            "No district of the store was the folder {word} or has this id."
            " `planner scenarios districts` lists all.",
            word=word,
        )
    )


def _is(folder: Path, key: str) -> bool:
    from planner.scenarios.where import district_key  # noqa: PLC0415 - slow, see above

    return district_key(folder) == key
