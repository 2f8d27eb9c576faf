"""The program behind `planner`: its language, what it takes from the shell, how it ends."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from planner import __version__
from planner.errors import PlannerError, SettingsError
from planner.language import LANGUAGES, Message, choose_language, note, say, use_language

__all__ = [
    "FAULTS_FOUND",
    "NO_PLAN",
    "STOPPED",
    "AsJson",
    "Command",
    "District",
    "Group",
    "Season",
    "app",
    "interrupt_means_enough",
    "main",
    "named_language",
    "print_json",
    "progress_bars",
]

FAULTS_FOUND = 1
UNUSABLE = 2
NO_PLAN = 3
STOPPED = 130
_ORDER = (
    "init",
    "check",
    "demand",
    "coverage",
    "gaps",
    "score",
    "plan",
    "curve",
    "scenarios",
    "compare",
    "solve",
    "demo",
    "app",
    "pings",
    "plan-many",
)


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


class Command(_InOneLanguage, TyperCommand):
    """A command whose help is told in the language in use."""


class Group(_InOneLanguage, TyperGroup):
    """The program, or commands of one kind, whose help is told in the language in use."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's context class is private
        """Give the commands in the order in which a person needs them."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))


app = typer.Typer(
    name="planner",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

District = Annotated[
    Path, typer.Argument(metavar="DIR", help="District folder, with district.toml in it.")
]
Season = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Season whose hours hold (such as summer), or year; without it as in district.toml.",
    ),
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
    except typer.Abort:  # who was asked said no, or nobody was there to answer
        print(say("Nothing was done."), file=sys.stderr)
        return 1
    if code == STOPPED:  # what Typer makes of Ctrl-C
        if as_json:
            print_json({"error": say("Stopped."), "problems": []})
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


@contextmanager
def interrupt_means_enough(told: Message | None = None) -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the work soon; a second one ends the program at once.

    Parameters
    ----------
    told
        What is said of the first one; None: that the search ends with the best so far.
    """
    asked: list[int] = []

    def remember(number: int, _frame: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)
        print(told or say("Stopping with the best so far ..."), file=sys.stderr)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bars() -> Iterator[Callable[[Message, float], None]]:
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
    _tell_help(command)
    return command


def _tell_help(command: Any) -> None:  # noqa: ANN401 - Typer's command class is private
    """Tell the help of a command, and of all that are in it, in the language in use."""
    command.help = say((command.help or "").strip())
    for each in getattr(command, "commands", {}).values():
        _tell_help(each)


def _split_language(arguments: list[str]) -> tuple[str, list[str]]:
    """Take `--lang` out of the arguments; without it the environment says."""
    named, others = named_language(arguments)
    return named or choose_language(os.environ), others


def named_language(arguments: list[str]) -> tuple[str, list[str]]:
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
    elif "No such command" in wrong.message:
        what = note("There is no command {name}.", name=_quoted(wrong.message))
    elif "unexpected extra argument" in wrong.message:
        what = note("This is too much: {words}.", words=_quoted(wrong.message))
    elif wrong.message:
        what = note("{reason}", reason=wrong.format_message())
    else:
        what = note("A command is missing.")
    return SettingsError(note("The call is wrong. {what} See: planner --help", what=what))


def _quoted(english: str) -> str:
    """Give the words that Typer's own sentence quotes."""
    found = re.search(r"'([^']*)'|\(([^)]*)\)\s*$", english)
    return next(filter(None, found.groups()), "") if found else ""


def _expected(english: str) -> Message:
    """Tell what kind of value is wanted, from Typer's own sentence."""
    if "integer" in english:
        return note("a whole number is needed")
    if "number" in english or "float" in english:
        return note("a number is needed")
    return note("this value cannot be used")


def _refuse(wrong: PlannerError, *, as_json: bool) -> int:
    if as_json:
        print_json(
            {"error": str(wrong.message), "problems": [str(problem) for problem in wrong.problems]}
        )
    print(say("Error: {message}", message=str(wrong)), file=sys.stderr)
    return UNUSABLE


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))
