"""The text of `district.toml` -> Settings, every name and value checked."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from planner.district.defaults import DEFAULT_PERIODS
from planner.district.limits import limit_faults
from planner.district.reading_groups import read_groups, read_hosts, read_periods, read_seasons
from planner.district.reading_limits import read_limits
from planner.district.reading_measures import read_measures
from planner.district.reading_rules import (
    read_added,
    read_assumptions,
    read_demand,
    read_gaps,
    read_service,
    read_streets,
    read_weights,
)
from planner.district.reading_sources import FILES, read_file, read_source
from planner.district.settings import Period, Season, Settings
from planner.district.slow_text import takes_long
from planner.district.toml_table import TomlTable, fault
from planner.errors import InputError, Problem, SettingsError
from planner.language import Message, note

__all__ = ["FILE_NAME", "read_settings", "read_text", "settings_from_toml"]

FILE_NAME = "district.toml"

_DAY_HOURS = 24
_MOST_WEEKS = 53
_TOP = (
    "district",
    "files",
    "workers",
    "streets",
    "groups",
    "periods",
    "seasons",
    "hosts",
    "measures",
    "added",
    "demand",
    "service",
    "gaps",
    "assumptions",
    "limits",
    "score_weights",
)


def read_settings(folder: Path) -> Settings:
    """Read the settings of a district folder; what it does not name is the default.

    Raises
    ------
    InputError
        If there is no such folder or it has no `district.toml`.
    SettingsError
        If the file is not TOML, or a name or value in it is not known or not allowed; all faults
        are in `problems`.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        what = note("There is no folder {folder}.", folder=folder)
        if Path(folder).is_dir():
            what = note("The folder {folder} has no {file}.", folder=folder, file=FILE_NAME)
        hint = note("To make a new district run: planner init {folder}", folder=folder)
        raise InputError(note("{what} {hint}", what=what, hint=hint))
    return settings_from_toml(read_text(path))


def read_text(path: Path) -> str:
    """Read the text of a `district.toml`.

    Raises
    ------
    SettingsError
        If it is not in UTF-8.
    InputError
        If it cannot be opened.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            note("{file} is not in UTF-8. Save it again with the encoding UTF-8.", file=FILE_NAME)
        ) from error
    except OSError as error:
        raise InputError(
            note("{file} cannot be read: {reason}", file=path, reason=error.strerror)
        ) from error


def settings_from_toml(text: str) -> Settings:
    r"""Read settings from the text of a `district.toml`.

    Raises
    ------
    SettingsError
        As `read_settings`.

    Examples
    --------
    >>> settings_from_toml('[district]\nname = "江北"\n[limits]\ncount = 5').limits.count
    5
    """
    if takes_long(text):
        raise SettingsError(
            note(
                "{file} is too large, or has a name of too many parts. It was not read.",
                file=FILE_NAME,
            )
        )
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    # TOMLDecodeError is a ValueError, as is a number of thousands of digits; RecursionError is of
    # brackets in brackets without end.
    except (ValueError, RecursionError) as error:
        raise SettingsError(_not_toml(error)) from error
    top = TomlTable(values, FILE_NAME, [])
    settings = _settings(top)
    if top.faults:
        raise SettingsError(
            note("{file} has {n} faults:", file=FILE_NAME, n=len(top.faults)), problems=top.faults
        )
    return settings


def _not_toml(error: Exception) -> Message:
    at = re.search(r"line (\d+), column (\d+)", str(error))
    where = note("the end of the file")
    if at:
        where = note("line {line}, column {column}", line=at[1], column=at[2])
    elif not isinstance(error, (tomllib.TOMLDecodeError, RecursionError)):
        where = note("a number of thousands of digits")
    return note(
        "{file} cannot be understood at {where}. Look at quotation marks, brackets and names that "
        "stand twice; write folders with / and not \\.",
        file=FILE_NAME,
        where=where,
    )


def _settings(top: TomlTable) -> Settings:
    top.only(_TOP)
    district = _inside(top, "district")
    district.only(("name", "data_note", "season"))
    files = _inside(top, "files")
    files.only(FILES)
    seasons = read_seasons(top.tables("seasons"))
    groups = read_groups(top.tables("groups"), seasons)
    group_ids = [group.id for group in groups]
    hosts = read_hosts(_inside(top, "hosts"))
    settings = Settings(
        name=district.needed_text("name"),
        data_note=_data_note(district),
        season=district.text("season", among=[season.id for season in seasons]) or None,
        stations=read_file(files, "stations"),
        venues=read_file(files, "venues"),
        boundary=read_file(files, "boundary"),
        communities=read_file(files, "communities"),
        grids=read_file(files, "grids"),
        no_go=read_file(files, "no_go"),
        travel=read_file(files, "travel"),
        workers=tuple(read_source(table, group_ids) for table in top.tables("workers")),
        streets=read_streets(_inside(top, "streets")),
        groups=groups,
        periods=read_periods(top.tables("periods")) or DEFAULT_PERIODS,
        seasons=seasons,
        hosts=hosts,
        measures=read_measures(_inside(top, "measures"), [host.id for host in hosts]),
        added=tuple(read_added(table, hosts) for table in top.tables("added")),
        demand=read_demand(_inside(top, "demand")),
        service=read_service(_inside(top, "service")),
        gaps=read_gaps(_inside(top, "gaps")),
        assumptions=read_assumptions(_inside(top, "assumptions")),
        limits=read_limits(_inside(top, "limits")),
        score_weights=read_weights(_inside(top, "score_weights")),
    )
    told = [problem.table for problem in top.faults]
    top.faults.extend(
        problem for problem in _contradictions(settings) if not _is_told(problem.table, told)
    )
    return settings


def _is_told(place: str, told: Iterable[str]) -> bool:
    """Tell whether a place, or something in it, was found wrong when it was read."""
    return any(other == place or other.startswith(f"{place} ") for other in told)


def _contradictions(settings: Settings) -> list[Problem]:
    """Tell what contradicts itself across the tables."""
    return [
        *limit_faults(settings.limits, where=FILE_NAME),
        *_twice("[[added]] id", (site.id for site in settings.added)),
        *_twice("[[groups]] id", (group.id for group in settings.groups)),
        *_twice("[[periods]] id", (period.id for period in settings.periods)),
        *_twice("[[seasons]] id", (season.id for season in settings.seasons)),
        *_gaps_of_the_day(settings.periods),
        *_too_long_a_year(settings.seasons),
    ]


def _too_long_a_year(seasons: Iterable[Season]) -> list[Problem]:
    """Tell seasons that are longer than a year together."""
    weeks = sum(season.weeks for season in seasons)
    if weeks <= _MOST_WEEKS:
        return []
    expected = note("seasons of {most} weeks together at most", most=_MOST_WEEKS)
    return [fault(f"{FILE_NAME} [[seasons]] weeks", f"{weeks:g}", expected)]


def _data_note(district: TomlTable) -> str:
    """Read the note of the data; an empty one is no note."""
    value = district.values.get("data_note")
    if isinstance(value, str) and not value.strip():
        return ""
    return district.text("data_note")


def _inside(top: TomlTable, key: str) -> TomlTable:
    return top.table(key) or TomlTable({}, f"{FILE_NAME} [{key}]", top.faults)


def _hours_of(period: Period) -> list[int]:
    length = (period.end_hour - period.start_hour) % _DAY_HOURS or _DAY_HOURS
    return [(period.start_hour + step) % _DAY_HOURS for step in range(length)]


def _gaps_of_the_day(periods: Iterable[Period]) -> list[Problem]:
    """Tell the hours that no period has, or more than one."""
    hours = [hour for period in periods for hour in _hours_of(period)]
    wrong = [hour for hour in range(_DAY_HOURS) if hours.count(hour) != 1]
    if not wrong:
        return []
    found = ", ".join(f"{hour}:00 x {hours.count(hour)}" for hour in wrong)
    expected = note("each hour of the day in exactly one period")
    return [fault(f"{FILE_NAME} [[periods]]", found, expected)]


def _twice(where: str, ids: Iterable[str]) -> list[Problem]:
    found = [identity for identity in ids if identity]
    return [
        fault(f"{FILE_NAME} {where}", identity, note("each id once"))
        for identity in dict.fromkeys(found)
        if found.count(identity) > 1
    ]
