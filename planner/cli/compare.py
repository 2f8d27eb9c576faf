"""`planner compare`: scenarios side by side, and which is better at what."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import AsJson, Command, app, print_json, progress_bars
from planner.cli.telling import print_table
from planner.errors import SettingsError
from planner.language import note, say

__all__: list[str] = []

_SETTINGS_FILE = "district.toml"
_TWO = 2


@app.command(cls=Command)
def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...",
            help="Names or ids of scenarios; one alone is held against the state of today, else the"
            " others against the first.",
        ),
    ],
    *,
    district: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="District folder; without it the current one, if it holds a district.toml.",
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where scenarios are kept; without it PLANNER_STORE or a file."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Folder for comparison.html (two maps that move together) and difference.html; or"
            " a file that ends in .docx: the document for the meeting, which proposes the plan of"
            " the first scenario (not the state of today) and holds the others against it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare scenarios: figures side by side, measures that differ, which is better at what."""
    from planner.pipeline.comparing import comparison_of  # noqa: PLC0415 - slow, see folder.py
    from planner.scenarios.compare import compare as compare_kept  # noqa: PLC0415
    from planner.scenarios.compare import comparison_object  # noqa: PLC0415

    folder = district or (Path() if (Path() / _SETTINGS_FILE).is_file() else None)
    scenarios = _named(names, folder, store)
    with progress_bars() as progress:
        if folder is None:
            found = compare_kept(scenarios)
        else:
            found = comparison_of(scenarios, folder, progress=progress)
        written = {} if out is None else _write(scenarios, _needed(folder), out, progress)
    if as_json:
        files = {name: str(path) for name, path in written.items()}
        told = {**comparison_object(found), "checked": folder is not None, "files": files}
        print_json(told)
        return
    _print(found)
    if folder is None:
        print(
            say(
                "Whether the data have changed since was not looked at: name the district folder"
                " with --district."
            )
        )
    for path in written.values():
        print(path)


def _named(names: Sequence[str], folder: Path | None, url: str | None) -> list[Any]:
    """Give the scenarios that are meant; one alone is held against the baseline of its district."""
    from planner.scenarios.lookup import named_scenario  # noqa: PLC0415 - slow, see folder.py
    from planner.scenarios.store import open_store  # noqa: PLC0415
    from planner.scenarios.where import district_key  # noqa: PLC0415

    store = open_store(url)
    key = None if folder is None else district_key(folder)
    meant = [named_scenario(store, name, district=key) for name in names]
    if len(meant) == 1 and not meant[0].baseline:
        there = store.list(meant[0].district)
        meant = [each for each in there if each.baseline] + meant
    if len({each.id for each in meant}) < len(meant):
        raise SettingsError(note("A scenario cannot be compared with itself: name each once."))
    if len({each.district for each in meant}) > 1:
        raise SettingsError(
            note("These scenarios are of different districts: name the folder with --district.")
        )
    return [store.get(each.id) for each in meant]


def _write(
    scenarios: Sequence[Any],
    folder: Path,
    out: Path,
    progress: Any,  # noqa: ANN401 - Progress of the planner
) -> Mapping[str, Path]:
    """Write a document, or the maps of two scenarios into a folder."""
    if out.suffix.lower() == ".docx":
        from planner.pipeline.meeting import (  # noqa: PLC0415 - slow, see folder.py
            meeting_of,
            write_meeting,
        )

        meeting = meeting_of(scenarios, folder, progress=progress)
        return {out.name: write_meeting(meeting, out, progress=progress)}
    from planner.pipeline.comparing import write_comparison_maps  # noqa: PLC0415 - as above

    return write_comparison_maps(_pair(scenarios), folder, out, progress=progress)


def _pair(scenarios: Sequence[Any]) -> Sequence[Any]:
    if len(scenarios) != _TWO:
        raise SettingsError(note("With --out, two scenarios are shown on maps: name two."))
    return scenarios


def _needed(folder: Path | None) -> Path:
    if folder is None:
        raise SettingsError(
            note("Maps and documents need the district: name its folder with --district.")
        )
    return folder


def _print(found: Any) -> None:  # noqa: ANN401 - Comparison, whose import is slow
    """Print the table, the measures that differ, and the sentences."""
    print_table(
        say("Comparison"),
        ["", *(_head(side) for side in found.sides)],
        [
            [str(row.label), *(_value(found, row, at) for at in range(len(found.sides)))]
            for row in found.rows
        ],
    )
    names = {side.id: side.name for side in found.sides}
    for changes in found.changes:
        _print_changes(changes, names[changes.scenario], found.sides[0].name)
    for sentence in found.sentences:
        print(sentence)


def _head(side: Any) -> str:  # noqa: ANN401 - as above
    told = side.told_state
    return say("{name} ({state})", name=side.name, state=told) if told else str(side.name)


def _value(found: Any, row: Any, at: int) -> str:  # noqa: ANN401 - as above
    """Tell one figure; the best of a row has a star."""
    from planner.siting.telling.endings import told_gap  # noqa: PLC0415 - slow, see folder.py

    value, beside = row.values[at], row.beside[at]
    if row.form == "text":
        return str(beside or "–")
    if value is None:
        return "–"
    forms = {"share": f"{value:.1%}", "index": f"{value:.3f}"}
    if row.form == "fine_share":
        return f"{told_gap(value):.2%}"
    shown = forms.get(row.form, f"{value:,.0f}")
    star = " *" if at in found.best(row) else ""
    return f"{shown}{star}" if beside is None else f"{shown}{star} {beside}"


def _print_changes(changes: Any, name: str, first: str) -> None:  # noqa: ANN401 - as above
    from planner.report.words import kind_name, steps_text  # noqa: PLC0415 - slow, see folder.py
    from planner.scenarios.changes import signed  # noqa: PLC0415 - as above

    whats = {"added": say("added"), "other": say("done otherwise"), "dropped": say("left out")}
    rows = [
        [
            whats[each.what],
            each.name,
            f"{kind_name(each.kind)} ({steps_text(each.steps)})"
            if each.steps
            else kind_name(each.kind),
            signed(each.gain_hours),
            signed(each.setup_yuan),
        ]
        for each in changes.listed
    ]
    pair = say("“{name}” against “{first}”", name=name, first=first)
    if rows:
        print_table(
            pair,
            [
                say("Difference"),
                say("Site"),
                say("Measure"),
                say("Served (worker-hours a week)"),
                say("Set-up money (yuan)"),
            ],
            rows,
            texts=(0, 1, 2),
        )
    if rows or changes.of_kept:
        print(say("{pair}: {sums}", pair=pair, sums=changes.sums))
    if changes.of_kept:
        print(changes.of_kept)
