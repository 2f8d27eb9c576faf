"""`planner scenarios ...`: list, show, carry elsewhere, delete and bring back what was planned."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import (
    FAULTS_FOUND,
    AsJson,
    Command,
    District,
    Group,
    app,
    interrupt_means_enough,
    print_json,
    progress_bars,
)
from planner.cli.saving import Store
from planner.cli.telling import print_plan, print_table
from planner.errors import SettingsError
from planner.language import note, say
from planner.scenarios.kinds import kind_name

# planner.scenarios.store and planner.pipeline are imported inside the commands: they need
# SQLAlchemy and Numba (a second), and `planner --help` must be quick.

__all__ = ["is_there", "scenario_object", "scenarios", "summary_object"]

_SHOWN_ID = 8
_LAST_EDITS = 10

scenarios = typer.Typer(
    name="scenarios",
    cls=Group,
    no_args_is_help=True,
    help="List, show, export, import, delete and find again the scenarios that were kept.",
)
app.add_typer(scenarios)

Name = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="Its name, its id, or the first digits of that.")
]
InDistrict = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="District folder to look in; without it all districts."),
]


@scenarios.command(name="list", cls=Command)
def list_scenarios(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="District folder; without it those of all districts."),
    ] = None,
    *,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those that were deleted instead.")
    ] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List scenarios: what each serves and costs, and whether its inputs are those of today."""
    from planner.scenarios.store import district_key, open_store  # noqa: PLC0415 - slow, see above

    kept = open_store(store)
    found = kept.list(None if folder is None else district_key(folder), deleted=deleted)
    rows = [summary_object(each, stale=_stale_in(kept, each.id, folder)) for each in found]
    if as_json:
        print_json({"store": kept.name, "scenarios": rows})
    elif not rows:
        print(say("There is no scenario here. {store} is the store.", store=kept.name))
        print(say("The scenarios of a folder that was moved: planner scenarios adopt DIR"))
    else:
        _print_list(rows, of_one=folder is not None)


@scenarios.command(cls=Command)
def show(
    name: Name,
    *,
    district: InDistrict = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show a scenario: what it serves and costs, its measures, notes and last edits."""
    found = _find(_opened(store), name, district)
    if as_json:
        print_json(scenario_object(found))
        return
    _print_scenario(found)


@scenarios.command(cls=Command)
def export(
    name: Name,
    *,
    district: InDistrict = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to write; without it one named by the scenario."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a file that is there.")
    ] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Write a scenario to one file, to be imported on another machine; nobody's name is in it."""
    from planner.pipeline import export_scenario  # noqa: PLC0415 - slow, see above

    kept = _opened(store)
    found = _find(kept, name, district)
    path = out or Path(f"{_file_name(found.name)}.scenario.json")
    if is_there(path) and not replace:
        raise SettingsError(
            note(
                "{file} is there already. Name another with --out, or write over it with"
                " --replace.",
                file=path,
            )
        )
    export_scenario(kept, found.id, path)
    if as_json:
        print_json({"id": found.id, "name": found.name, "file": str(path)})
    else:
        print(say("{name} is in {file}.", name=found.name, file=path))


@scenarios.command(name="import", cls=Command)
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    folder: District,
    *,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Keep an exported scenario as one of a district, and tell whether its inputs are the same."""
    from planner.pipeline.scenarios import import_scenario  # noqa: PLC0415 - slow, see above
    from planner.scenarios.homes import see_folder  # noqa: PLC0415
    from planner.scenarios.rows import place_of  # noqa: PLC0415

    kept = _opened(store)
    with progress_bars() as progress:
        made = import_scenario(kept, file, folder=folder, author="", progress=progress)
    see_folder(kept, folder)
    stale = _is_stale(made, folder)
    if as_json:
        place = place_of(made.settings)
        told = {**summary_object(made, stale=stale), "place": place, "district": str(folder)}
        print_json(told)
        return
    print(say("{name} is kept, with the id {id}.", name=made.name, id=made.id))
    if stale:
        print(
            say(
                "Its plan was found from other data than those in {folder} now. It is kept as it"
                " was; plan again to hold it against others.",
                folder=folder,
            )
        )


@scenarios.command(cls=Command)
def delete(
    name: Name, *, district: InDistrict = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Delete a scenario; `undelete` brings it back."""
    kept = _opened(store)
    found = _find(kept, name, district)
    kept.delete(found.id, author="")
    if as_json:
        print_json({"id": found.id, "name": found.name, "deleted": True})
    else:
        print(
            say(
                "{name} is deleted. It comes back with: planner scenarios undelete {id}",
                name=found.name,
                id=found.id,
            )
        )


@scenarios.command(cls=Command)
def undelete(
    name: Name, *, district: InDistrict = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Bring back a scenario that was deleted."""
    kept = _opened(store)
    found = _find(kept, name, district, deleted=True)
    kept.undelete(found.id)
    if as_json:
        print_json({"id": found.id, "name": found.name, "deleted": False})
    else:
        print(say("{name} is there again.", name=found.name))


@scenarios.command(cls=Command)
def replay(name: Name, folder: District, *, store: Store = None, as_json: AsJson = False) -> None:
    """Search for the plan of a scenario once more and tell whether it is the same."""
    from planner.pipeline import plan_object  # noqa: PLC0415 - slow, see above
    from planner.pipeline import replay as find_again  # noqa: PLC0415

    found = _find(_opened(store), name, folder)
    with progress_bars() as progress, interrupt_means_enough() as stop:
        again = find_again(found, folder, progress=progress, stop=stop)
    if as_json:
        plan = None if again.result is None else plan_object(again.result)
        told = {"same": again.same, "searched": again.searched, "stale": again.stale}
        lists = {"added": list(again.added), "removed": list(again.removed)}
        print_json({"id": found.id, "name": found.name, **told, **lists, "plan": plan})
    else:
        if again.result is not None:
            print_plan(again.result)
        _tell_replay(again, found.name)
    if not again.same:
        raise typer.Exit(FAULTS_FOUND)


def _tell_replay(again: Any, name: str) -> None:  # noqa: ANN401 - Replay, whose import is slow
    """Say whether a plan was found again, and what is other."""
    if again.stale:
        print(say("The data are others than those that {name} was planned from.", name=name))
    if again.same and again.searched:
        print(say("This is the very plan of {name}.", name=name))
    elif again.same:
        print(say("{name} was planned by hand: it serves what it says.", name=name))
    elif again.result is None:
        print(say("The plan of {name} cannot be counted again with these data.", name=name))
    else:
        print(
            say(
                "This is another plan than that of {name}: {added} are new, {removed} are gone.",
                name=name,
                added=", ".join(again.added) or "-",
                removed=", ".join(again.removed) or "-",
            )
        )
        print(
            say(
                "A search that ends by the clock may find another plan on another machine; one with"
                " --work-limit does not."
            )
        )


def _opened(store: str | None) -> Any:  # noqa: ANN401 - ScenarioStore, whose import is slow
    from planner.scenarios.store import open_store  # noqa: PLC0415 - slow, see above

    return open_store(store)


def _find(kept: Any, name: str, folder: Path | None, *, deleted: bool = False) -> Any:  # noqa: ANN401 - ScenarioStore and Scenario
    from planner.scenarios.lookup import named_scenario  # noqa: PLC0415 - slow, see above
    from planner.scenarios.where import district_key  # noqa: PLC0415

    key = None if folder is None else district_key(folder)
    return kept.get(named_scenario(kept, name, district=key, deleted=deleted).id)


def _is_stale(scenario: Any, folder: Path) -> bool:  # noqa: ANN401 - Scenario
    """Tell whether the files of a folder are others than those that a plan was found from."""
    from planner.district import settings_from_text  # noqa: PLC0415 - slow, see above
    from planner.district.fingerprint import fingerprint_of  # noqa: PLC0415

    now = fingerprint_of(folder, settings_from_text(scenario.settings, folder))
    return scenario.inputs not in ("", now)


def _stale_in(kept: Any, identity: str, folder: Path | None) -> bool | None:  # noqa: ANN401 - ScenarioStore
    """Do as `_is_stale`; None: there is no folder, or settings of another version."""
    try:
        return None if folder is None else _is_stale(kept.get(identity), folder)
    except SettingsError:
        return None


def summary_object(scenario: Any, *, stale: bool | None = None) -> dict[str, Any]:  # noqa: ANN401 - Scenario or Summary
    """Give what a list tells of a scenario; `stale` None: not known without the folder."""
    figures = scenario.figures
    return {
        "id": scenario.id,
        "name": scenario.name,
        "given": scenario.given,
        "place": getattr(scenario, "place", ""),
        "baseline": scenario.baseline,
        "version": scenario.version,
        "created": scenario.created.isoformat(),
        "changed": scenario.changed.isoformat(),
        "author": scenario.author,
        "notes": scenario.notes,
        "parent": scenario.parent,
        "inputs": scenario.inputs,
        "stale": stale,
        "effective_share": figures and figures["effective_share"]["after"],
        "cost_yuan": figures and figures["money"]["setup"],
        "measures": figures and len(figures["measures"]),
        "deleted": scenario.deleted and scenario.deleted.isoformat(),
    }


def scenario_object(scenario: Any) -> dict[str, Any]:  # noqa: ANN401 - Scenario
    """Give everything that is kept of a scenario."""
    from planner.scenarios.rows import edit_object, place_of  # noqa: PLC0415 - slow, see above

    return {
        **summary_object(scenario),
        "place": place_of(scenario.settings),
        "settings": scenario.settings,
        "plan": scenario.plan,
        "figures": scenario.figures,
        "history": [edit_object(edit) for edit in scenario.history],
    }


def _print_list(rows: Sequence[Mapping[str, Any]], *, of_one: bool) -> None:
    """Print a list: of one district with its inputs, else with the names of the districts."""
    columns = [say("Id"), say("Scenario"), say("Inputs") if of_one else say("The district")]
    numbers = [say("Changed"), say("Served"), say("Yuan")]
    lines = [
        [
            row["id"][:_SHOWN_ID],
            row["name"],
            _inputs(row) if of_one else row["place"],
            _moment(row["changed"]),
            "-" if row["effective_share"] is None else f"{row['effective_share']:.1%}",
            "-" if row["cost_yuan"] is None else f"{row['cost_yuan']:,.0f}",
        ]
        for row in rows
    ]
    print_table(say("Scenarios"), [*columns, *numbers], lines, texts=(0, 1, 2, 3))


def _inputs(row: Mapping[str, Any]) -> str:
    if not row["inputs"]:
        return say("no plan")
    if row["stale"] is None:
        return "-"
    return say("changed since") if row["stale"] else say("as they are now")


def _moment(text: str) -> str:
    """Tell a moment by the clock of this machine, to the minute."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def _print_scenario(scenario: Any) -> None:  # noqa: ANN401 - Scenario
    told = scenario_object(scenario)
    values = [
        (say("Id"), told["id"]),
        (say("The district"), told["place"]),
        (say("Author"), told["author"] or "-"),
        (say("Created"), _moment(told["created"])),
        (say("Changed"), _moment(told["changed"])),
        (say("Version"), str(told["version"])),
        (say("Copied from"), told["parent"][:_SHOWN_ID] or "-"),
        (say("Notes"), told["notes"] or "-"),
    ]
    if scenario.figures is not None:
        share = scenario.figures["effective_share"]
        values += [
            (say("Served today"), f"{share['before']:.1%}"),
            (say("Served with the plan"), f"{share['after']:.1%}"),
            (say("Set-up money (yuan)"), f"{scenario.figures['money']['setup']:,.0f}"),
            (say("Measures"), f"{len(scenario.figures['measures']):,}"),
        ]
    print_table(scenario.name, ["", ""], [list(pair) for pair in values], texts=(0, 1))
    if scenario.history:
        last = scenario.history[-_LAST_EDITS:]
        rows = [
            [
                _moment(edit.at.isoformat()),
                str(kind_name(edit.kind)),
                edit.author or "-",
                f"{len(edit.added):,}",
                f"{len(edit.removed):,}",
            ]
            for edit in last
        ]
        columns = [say("When"), say("What"), say("Author"), say("Added"), say("Taken away")]
        print_table(say("Last edits"), columns, rows, texts=(0, 1, 2))


def is_there(path: Path) -> bool:
    """Tell whether there is a file; why one may not be looked at is told where it is written."""
    try:
        return path.exists()
    except OSError:
        return False


def _file_name(name: str) -> str:
    """Give a name that every file system takes."""
    return re.sub(r"[^\w-]+", "-", name).strip("-_")[:60] or "scenario"
