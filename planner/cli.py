"""planner ...: parse, call, print."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from planner import __version__
from planner.bundle import app_file, app_settings_file, sample_folder
from planner.errors import PlannerError, Problem, SettingsError
from planner.language import (
    LANGUAGES,
    Message,
    choose_language,
    note,
    say,
    use_language,
)

# planner.pipeline is imported inside the commands: it needs Numba, GeoPandas and HiGHS (seconds),
# and `planner --help` must be quick.

__all__ = ["main"]

FAULTS_FOUND = 1
UNUSABLE = 2
NO_PLAN = 3
STOPPED = 130
EXACT_SHARE = 1e-6
"""A gap below this is what floats can prove."""


class _InOneLanguage:
    """Mixed into Typer's command classes, whose own words are English only."""

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401 - Typer's context class is private
        """Give the line of usage in the language in use."""
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        return usage.replace("Usage: ", say("Usage: "), 1)

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - Typer's context class is private
        """Give the parameters, their help in the language in use."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "help", None):
                param.help = say(param.help)
        return params


class _Command(_InOneLanguage, TyperCommand):
    """A command whose help is told in the language in use."""


class _Group(_InOneLanguage, TyperGroup):
    """The program, whose help is told in the language in use."""


app = typer.Typer(
    name="planner",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

District = Annotated[
    Path, typer.Argument(metavar="DIR", help="District folder, with district.toml in it.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    language, given = _split_language(list(sys.argv[1:] if arguments is None else arguments))
    use_language(language)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    as_json = "--json" in given
    try:
        code = _command()(args=given, prog_name="planner", standalone_mode=False)
    except TyperException as wrong:
        return _refuse(_usage_message(wrong), as_json=as_json)
    except PlannerError as wrong:
        return _refuse(wrong, as_json=as_json)
    if code == STOPPED:  # what Typer makes of Ctrl-C
        if as_json:
            _print_json({"error": say("Stopped."), "problems": []})
        print(say("Stopped."), file=sys.stderr)
    return int(code or 0)


@app.callback(invoke_without_command=True)
def _program(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    lang: Annotated[
        str, typer.Option("--lang", metavar="zh|en", help="Language: zh (Chinese) or en (English).")
    ] = "",
) -> None:
    """Find where outdoor workers lack an open door, and what to open for the money there is."""
    if lang:  # a language that is known was taken out before, see _split_language
        raise SettingsError(note("--lang {lang}: expected zh or en.", lang=lang))
    if version:
        print(f"planner {__version__}")
        raise typer.Exit


@app.command(cls=_Command)
def init(folder: District) -> None:
    """Write a new district folder: district.toml and Excel templates to fill in."""
    from planner.district import init_district  # noqa: PLC0415 - see above

    written = init_district(folder)
    print(say("Written to {folder}:", folder=folder))
    for path in written:
        print(f"  {path.name}")
    print(say("Fill in the Excel files, then run: planner check {folder}", folder=folder))


@app.command(cls=_Command)
def check(
    folder: District,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Folder for rejected.xlsx; without it the district folder."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read all files and list every fault: file, row, column, found, expected, fix."""
    from planner.pipeline import check_object, prepare, write_rejected_rows  # noqa: PLC0415 - see above

    with _progress() as progress:
        prepared = prepare(folder, progress=progress)
    try:
        rejected = write_rejected_rows(prepared, out or folder)
    except SettingsError as unwritable:  # the faults are what was asked for
        rejected = None
        print(unwritable, file=sys.stderr)
    if as_json:
        _print_json(check_object(prepared, rejected))
    else:
        _print_problems(prepared.problems)
        _print_notes(prepared.notes)
        if rejected:
            print(say("Rows set aside, with the reasons: {path}", path=rejected))
    if prepared.problems:
        raise typer.Exit(FAULTS_FOUND)


@app.command(cls=_Command)
def coverage(folder: District, *, as_json: AsJson = False) -> None:
    """Show who is served today: nominal beside effective, by group, period and community."""
    from planner.pipeline import cover, coverage_object, prepare  # noqa: PLC0415 - see above

    with _progress() as progress:
        prepared = prepare(folder, progress=progress)
    figures = cover(prepared)
    told = coverage_object(prepared, figures)
    if as_json:
        _print_json(told)
        return
    _tell_data_note(prepared.district.settings.data_note)
    print(
        say(
            "{workers:,.0f} workers, {hours:,.0f} worker-hours a week: {nominal:.1%} within reach"
            " of a station (nominal), {effective:.1%} find an open door (effective).",
            workers=figures.workers,
            hours=figures.worker_hours_week,
            nominal=figures.nominal_share,
            effective=figures.effective_share,
        )
    )
    for title, part in (
        (say("By group"), "by_group"),
        (say("By period"), "by_period"),
        (say("By community"), "by_community"),
    ):
        _print_figures(title, told[part].values())
    _tell_rows_set_aside(len(prepared.district.rejected))


@app.command(cls=_Command)
def score(
    folder: District,
    *,
    top: Annotated[int, typer.Option(min=1, help="How many candidates to list.")] = 20,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER", help="Weight of a criterion; may be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rank the candidate venues; every part of the score is shown."""
    from planner.pipeline import prepare, rank, score_object  # noqa: PLC0415 - see above

    with _progress() as progress:
        prepared = prepare(folder, progress=progress)
    ranked = rank(prepared, _weights(prepared.district.settings.score_weights, weight or []))
    if as_json:
        _print_json(score_object(prepared, ranked))
        return
    _tell_data_note(prepared.district.settings.data_note)
    _print_scores(score_object(prepared, ranked.head(top))["candidates"])


@app.command(cls=_Command)
def plan(
    folder: District,
    *,
    budget: Annotated[
        float | None, typer.Option(metavar="YUAN", help="Added set-up money in yuan.")
    ] = None,
    count: Annotated[int | None, typer.Option(metavar="N", help="Additional openings.")] = None,
    min_separation: Annotated[
        float | None,
        typer.Option(metavar="M", help="Straight metres between a new station and any other."),
    ] = None,
    lock: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Site that must be opened.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Site that must not be opened.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds the search may take.")
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="End when proven this near to the best, 0 to 1."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Folder for the results; without it DIR/plan."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose what to open for the money there is, with a proof of how good that is."""
    given: dict[str, Any] = {
        "budget_yuan": budget,
        "count": count,
        "min_separation_m": min_separation,
        "time_limit_s": time_limit,
        "gap_share": gap,
        "lock": tuple(lock) if lock else None,
        "forbid": tuple(forbid) if forbid else None,
    }
    _run_plan(folder, given, out or folder / "plan", as_json=as_json)


@app.command(cls=_Command)
def demo(
    *,
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="Folder for the results of the sample.")
    ] = Path("demo-out"),
    as_json: AsJson = False,
) -> None:
    """Run the main job on the embedded sample district (invented data)."""
    _run_plan(sample_folder(), {}, out, as_json=as_json)


@app.command(name="app", cls=_Command)
def open_app(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of this machine.")] = 8501,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder in which districts are kept.")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the planner in the browser, on this machine only."""
    if importlib.util.find_spec("streamlit") is None:
        raise SettingsError(
            note("The app is not installed. Install it with: pip install 'planner[app]'")
        )
    environment = dict(os.environ)
    named, _ = _named_language(sys.argv[1:])
    if named:  # otherwise the app opens in Chinese, whatever the locale of the machine
        environment["PLANNER_LANG"] = named
    if workspace:
        environment["PLANNER_WORKSPACE"] = str(workspace.absolute())
    command = [sys.executable, "-m", "streamlit", "run", str(app_file()), *_streamlit_flags(port)]
    if headless:
        command.append("--server.headless=true")
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603 - our own words


def _streamlit_flags(port: int) -> list[str]:
    """Give the settings of the app: Streamlit itself looks for them in the working folder only."""
    sections = tomllib.loads(app_settings_file().read_text(encoding="utf-8"))
    kept = [
        f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}"
        for section, values in sections.items()
        for key, value in values.items()
    ]
    return [*kept, f"--server.port={port}", "--server.address=127.0.0.1"]


def _run_plan(folder: Path, given: Mapping[str, Any], out: Path, *, as_json: bool) -> None:
    from planner.district import read_settings  # noqa: PLC0415 - see above
    from planner.district.limits import limit_faults, require_a_limit  # noqa: PLC0415
    from planner.district.settings import Limits  # noqa: PLC0415
    from planner.pipeline import plan as choose  # noqa: PLC0415
    from planner.pipeline import plan_object, prepare, refuse_inputs, write_outputs  # noqa: PLC0415 - see above
    from planner.siting import Status  # noqa: PLC0415

    changed = {name: value for name, value in given.items() if value is not None}
    # Wrong or missing limits are told before the files are read.
    settings = read_settings(folder)
    limits = replace(settings.limits, **changed)
    if faults := limit_faults(Limits(**changed), where=""):
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)
    require_a_limit(limits)
    refuse_inputs(folder, settings, out)
    with _progress() as progress:
        prepared = prepare(folder, progress=progress)
        with _interrupt_means_enough() as stop:
            result = choose(prepared, limits, progress=progress, stop=stop)
        infeasible = result.plan.status is Status.INFEASIBLE
        written = {} if infeasible else write_outputs(result, out, progress=progress)
    if as_json:
        _print_json(plan_object(result))
    elif infeasible:
        _print_infeasible(result.plan.reasons)
    else:
        _print_plan(result)
        print(
            say(
                "Written to {folder}: {files}",
                folder=out,
                files=", ".join(p.name for p in written.values()),
            )
        )
    if infeasible:
        raise typer.Exit(NO_PLAN)


@contextmanager
def _interrupt_means_enough() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the search with the best so far; a second one ends the program."""
    asked: list[int] = []

    def remember(number: int, _frame: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)
        print(say("Stopping with the best so far ..."), file=sys.stderr)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress() -> Iterator[Callable[[Message, float], None]]:
    """Show a bar for each step on standard error; silent where that is not a terminal."""
    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:

        def show(step: Message, done_share: float) -> None:
            name = str(step)
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=1.0)
            bars.update(tasks[name], completed=done_share)

        yield show


def _command() -> Any:  # noqa: ANN401 - Typer's command class is private
    """Build the command tree with every word of it in the language in use."""
    rich_utils.ARGUMENTS_PANEL_TITLE = say("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("Options")
    rich_utils.COMMANDS_PANEL_TITLE = say("Commands")
    rich_utils.REQUIRED_LONG_STRING = say("[required]")
    rich_utils.DEFAULT_STRING = say("[default: {}]")
    command = typer.main.get_command(app)
    for each in (command, *command.commands.values()):  # type: ignore[attr-defined] # it is the group
        each.help = say((each.help or "").strip())
    return command


def _split_language(arguments: list[str]) -> tuple[str, list[str]]:
    """Take `--lang` out of the arguments; without it the environment says."""
    named, others = _named_language(arguments)
    return named or choose_language(os.environ), others


def _named_language(arguments: list[str]) -> tuple[str, list[str]]:
    """Give the language that `--lang` names, wherever it stands ("": none), and the rest."""
    for at, argument in enumerate(arguments):
        named, size = argument.removeprefix("--lang="), 1
        if argument == "--lang" and at + 1 < len(arguments):
            named, size = arguments[at + 1], 2
        if argument.startswith("--lang") and named in LANGUAGES:
            return named, arguments[:at] + arguments[at + size :]
    return "", arguments


def _usage_message(wrong: TyperException) -> PlannerError:
    """Tell a wrong call in the language in use; Typer's own sentences are English."""
    param = getattr(wrong, "param", None)
    name = param and (param.metavar if param.param_type_name == "argument" else param.opts[0])
    if name and not wrong.message:
        what = note("{name} is missing.", name=name)
    elif name:
        what = note("{name}: {expected}.", name=name, expected=_expected(wrong.message))
    elif getattr(wrong, "option_name", None):
        what = note(
            "There is no such option, or its value is missing: {name}.",
            name=getattr(wrong, "option_name", ""),
        )
    else:
        what = note("{reason}", reason=wrong.format_message())
    return SettingsError(note("The call is wrong. {what} See: planner --help", what=what))


def _expected(english: str) -> Message:
    """Tell what kind of value is wanted, from Typer's own sentence."""
    if "integer" in english:
        return note("a whole number is needed")
    if "number" in english or "float" in english:
        return note("a number is needed")
    return note("this value cannot be used")


def _refuse(wrong: PlannerError, *, as_json: bool) -> int:
    if as_json:
        _print_json(
            {"error": str(wrong.message), "problems": [str(problem) for problem in wrong.problems]}
        )
    print(say("Error: {message}", message=str(wrong)), file=sys.stderr)
    return UNUSABLE


def _weights(base: Any, given: Sequence[str]) -> Any:  # noqa: ANN401 - ScoreWeights, whose import is slow
    names = {field.name for field in fields(base)}
    changed: dict[str, float] = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            changed[name] = float(number)
        except ValueError as wrong:
            raise SettingsError(
                note(
                    "--weight {text}: a number must follow the '=', for example newly_served=0.5.",
                    text=text,
                )
            ) from wrong
        if name not in names or not 0 <= changed[name] < float("inf"):
            raise SettingsError(
                note(
                    "--weight {text}: expected one of {names} and a number of at least 0.",
                    text=text,
                    names=", ".join(sorted(names)),
                )
            )
    return replace(base, **changed)


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _tell_data_note(text: str) -> None:
    if text:
        print(text)


def _tell_rows_set_aside(rows: int) -> None:
    if rows:
        print(say("{rows} rows were set aside; `planner check` lists why.", rows=rows))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(markup=False, highlight=False).print(table)


def _print_problems(problems: Sequence[Problem]) -> None:
    if not problems:
        print(say("No faults were found."))
        return
    print(say("{count} faults:", count=len(problems)))
    for problem in problems:
        print(f"- {problem}")


def _print_notes(notes: Sequence[Message]) -> None:
    if notes:
        print(say("Assumed:"))
    for each in notes:
        print(f"- {each}")


def _print_figures(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    columns = [
        "",
        say("Workers"),
        say("Worker-hours a week"),
        say("Nominal"),
        say("Effective"),
        say("In reach, not served"),
        say("Out of reach"),
    ]
    told = [
        [
            row["name"] or say("(none)"),
            f"{row.get('workers', row.get('workers_present')):,.0f}",
            f"{row['worker_hours_week']:,.0f}",
            f"{row['nominal_share']:.1%}",
            f"{row['effective_share']:.1%}",
            f"{row['nominal_share'] - row['effective_share']:.1%}",
            f"{row['out_of_reach_share']:.1%}",
        ]
        for row in rows
    ]
    _table(title, columns, told)


def _print_scores(candidates: Sequence[Mapping[str, Any]]) -> None:
    """Print the criteria and, below, the part of each in the score, 0 to 1."""
    if not candidates:
        print(say("There is no candidate venue."))
        return
    raw = {
        "newly_served_hours": say("Gain, h/week"),
        "workers_km2": say("Workers/km2"),
        "nearest_m": say("Nearest, m"),
        "overlap_share": say("Overlap"),
        "yuan_per_hour": say("Yuan/h"),
        "open_hours_week": say("Open, h/week"),
    }
    parts = {
        "newly_served_part": say("Gain"),
        "worker_density_part": say("Density"),
        "distance_to_nearest_part": say("Nearest"),
        "overlap_part": say("Overlap"),
        "cost_per_hour_part": say("Cost"),
        "hours_open_part": say("Hours"),
    }
    for title, columns in (
        (say("Candidates by score: criteria"), raw),
        (say("Candidates by score: scaled parts, 0 to 1"), parts),
    ):
        _table(
            title,
            [say("Site"), say("Score"), *columns.values()],
            [
                [f"{c['id']} {c['name']}", *(_number(c[name]) for name in ("score", *columns))]
                for c in candidates
            ],
        )


def _number(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
    return str(value)


def _print_infeasible(reasons: Sequence[Message]) -> None:
    print(say("No plan meets the limits:"), file=sys.stderr)
    for reason in reasons:
        print(f"- {reason}", file=sys.stderr)


def _print_plan(result: Any) -> None:  # noqa: ANN401 - PlanResult, whose import is slow
    from planner.pipeline import report_of  # noqa: PLC0415 - see above

    _tell_data_note(result.prepared.district.settings.data_note)
    print(
        say(
            "{count} new stations for {cost:,.0f} yuan: {after:.1%} of worker-hours find an"
            " open door (today {before:.1%}); {served:,.0f} of at most {bound:,.0f} worker-hours a"
            " week.",
            count=len(result.sites),
            cost=result.plan.cost_yuan,
            after=result.after.effective_share,
            before=result.before.effective_share,
            served=result.plan.served,
            bound=result.plan.bound,
        )
    )
    print(
        say(
            "Status: {status}. The plan is at most {gap:.2%} short of the best under the same"
            " limits. {seconds:.1f} s.",
            status=_status(result.plan),
            gap=result.plan.gap,
            seconds=result.plan.seconds,
        )
    )
    _tell_rows_set_aside(len(result.prepared.district.rejected))
    names = report_of(result).names
    _table(
        say("New stations (the reasons are in sites.xlsx)"),
        [say("Site"), say("Host"), say("Yuan"), say("Gain, worker-hours a week")],
        [
            [
                f"{index} {row['name']}",
                names.host(row["host_type"]),
                f"{row['cost_setup_yuan']:,.0f}",
                f"{row['gain_hours']:,.0f}",
            ]
            for index, row in result.sites.iterrows()
        ],
    )


def _status(plan: Any) -> Message:  # noqa: ANN401 - Plan, whose import is slow
    """Tell how the search ended; "optimal" means as near as was asked for."""
    if plan.status == "optimal" and plan.gap > EXACT_SHARE:
        return note("proven as near to the best as was asked for")
    return note(plan.status.value)


if __name__ == "__main__":
    sys.exit(main())
