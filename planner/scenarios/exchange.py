"""A scenario <-> the text of one file, to be read by people and by another machine."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NoReturn

from planner import __version__
from planner.district import Settings, settings_from_toml, settings_text
from planner.district.reading_sources import FILES
from planner.district.slow_text import MOST_LETTERS, takes_long
from planner.errors import StoreError
from planner.language import Message, note
from planner.scenarios.model import Edit, Scenario
from planner.scenarios.naming import still_given
from planner.scenarios.rows import LONGEST_NAME, LONGEST_NOTES, edit_object, moment_text
from planner.scenarios.shapes import figures_fit, is_plain, plan_fits

__all__ = ["FORMAT", "MOST_BYTES", "export_text", "read_export"]

FORMAT = 2
"""Version of the file; a newer one is refused."""
MOST_BYTES = 64_000_000
"""A larger file is refused unread."""
_WHAT = "station-planner scenario"
_MOST_EDITS = 100_000
_MOST_VALUES = 2_000_000
"""A plan of a large city holds some hundred thousand; each costs a hundred bytes of memory."""
_FINGERPRINT = re.compile(r"([0-9a-f]{64})?")
_KIND = re.compile(r"[a-z_]{1,30}")
_EDIT_LISTS = ("removed", "added")


def export_text(scenario: Scenario) -> str:
    """Give the text of a file that holds a scenario: JSON, a line of the settings on a line.

    It tells nobody's name: neither who made the scenario nor who changed it. Files that it was
    planned from are named without the folders they lie in.
    """
    held = {
        "name": scenario.name,
        "given": still_given(scenario.given, scenario.name),
        "notes": scenario.notes,
        "created": moment_text(scenario.created),
        "changed": moment_text(scenario.changed),
        "settings": _without_folders(scenario.settings).splitlines(),
        "inputs": scenario.inputs,
        "plan": scenario.plan,
        "figures": scenario.figures,
        "history": [_without_author(edit) for edit in scenario.history],
    }
    told = {
        "what": _WHAT,
        "format": FORMAT,
        "made_by": __version__,
        "sha256": _checksum(held),
        "scenario": held,
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_export(data: bytes) -> Scenario:
    """Read a scenario from the bytes of such a file; it belongs to no district yet.

    Nothing that the file says is believed: sizes, types, depth and settings are checked.

    Raises
    ------
    StoreError
        If it is no such file, of a newer version, changed or damaged.
    SettingsError
        If a name or value in its settings is not known or not allowed.
    """
    if len(data) > MOST_BYTES:
        _refuse(note("it is larger than {most} MB", most=MOST_BYTES // 1_000_000))
    if sum(map(data.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        _refuse(note("it holds more than {most} values", most=_MOST_VALUES))
    held = _opened(_parsed(data))
    settings = _lines(held)
    settings_from_toml(settings)  # refuses what it does not know
    plan, figures = held["plan"], held["figures"]
    if plan is not None and not plan_fits(plan):
        _refuse(note("its plan cannot be understood"))
    if figures is not None and not figures_fit(figures):
        _refuse(note("its figures cannot be understood"))
    name = _text(held, "name", LONGEST_NAME)
    return Scenario(
        id="",
        district="",
        name=name,
        given=still_given(_text(held, "given", LONGEST_NAME), name) if "given" in held else "",
        notes=_text(held, "notes", LONGEST_NOTES),
        created=_moment(held["created"]),
        changed=_moment(held["changed"]),
        settings=settings,
        inputs=_inputs(held),
        plan=plan,
        figures=figures,
        history=_history(held["history"]),
    )


def _checksum(held: Mapping[str, Any]) -> str:
    """Give the SHA-256 of what is held, however the file is indented."""
    text = json.dumps(held, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_author(edit: Edit) -> dict[str, Any]:
    plain = edit_object(edit)
    return {name: value for name, value in plain.items() if name != "author"}


def _without_folders(text: str) -> str:
    """Name the files of the district alone: a folder may tell who works there."""
    settings = settings_from_toml(text)
    changed = {
        name: replace(file, path=_last(file.path))
        for name in FILES
        if (file := getattr(settings, name)) is not None
    }
    streets = settings.streets
    if streets.path is not None:
        streets = replace(streets, path=_last(streets.path))
    workers = tuple(replace(source, path=_last(source.path)) for source in settings.workers)
    named: Settings = replace(settings, **changed, streets=streets, workers=workers)
    return text if named == settings else settings_text(named)


def _last(path: str) -> str:
    """Give a path as it is where it leads into the district folder, else its last name."""
    posix, windows = PurePosixPath(path), PureWindowsPath(path)
    outside = posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts
    return (windows.name or posix.name) if outside else path


def _refuse(why: Message) -> NoReturn:
    raise StoreError(
        note(
            "The file cannot be imported: {why}. Export the scenario once more and carry the file"
            " over unchanged.",
            why=why,
        )
    )


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise StoreError(_no_export()) from wrong
    if not isinstance(value, dict) or value.get("what") != _WHAT:
        raise StoreError(_no_export())
    return value


def _no_export() -> Message:
    return note(
        "The file is not a scenario of this program. Name one that `planner scenarios export` or"
        " the app wrote."
    )


def _opened(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what the file holds, once version, shape and checksum are right."""
    version = told.get("format")
    if type(version) is int and version > FORMAT:
        raise StoreError(
            note("The file was exported by a newer version of the planner. Install that version.")
        )
    if type(version) is not int or version < 1 or not is_plain(told):
        _refuse(note("it is damaged"))
    held = told.get("scenario")
    names = _HELD if version > 1 else _HELD - _SINCE_THE_SECOND
    if not isinstance(held, dict) or set(held) != names:
        _refuse(note("it is damaged"))
    if told.get("sha256") != _checksum(held):
        _refuse(note("it was changed or damaged on the way"))
    return held


_HELD = {
    "name", "given", "notes", "created", "changed", "settings", "inputs", "plan", "figures",
    "history",
}  # fmt: skip
_SINCE_THE_SECOND = {"given"}
"""A file of the first version has no mark: a name in it is one that a person gave."""


def _text(held: Mapping[str, Any], key: str, most: int) -> str:
    value = held[key]
    if not isinstance(value, str) or len(value) > most:
        _refuse_length(key, most)
    return value


def _refuse_length(what: str, most: int) -> NoReturn:
    _refuse(note("its {what} is no text of at most {most} characters", what=what, most=most))


def _lines(held: Mapping[str, Any]) -> str:
    lines = held["settings"]
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        _refuse(note("its settings are no list of lines"))
    text = "\n".join(lines) + "\n"
    if len(text) > MOST_LETTERS:
        _refuse_length("settings", MOST_LETTERS)
    if takes_long(text):
        _refuse(note("it is damaged"))
    return text


def _inputs(held: Mapping[str, Any]) -> str:
    value = held["inputs"]
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        _refuse(note("the fingerprint of its inputs is none"))
    if held["plan"] is not None and (not value or held["plan"]["fingerprint"] != value):
        _refuse(note("its plan was found from other inputs than it says"))
    return value


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    _refuse(note("a time in it is none"))


def _history(value: object) -> tuple[Edit, ...]:
    if not isinstance(value, list) or len(value) > _MOST_EDITS:
        _refuse(note("its history is no list"))
    return tuple(map(_edit, value))


def _edit(plain: object) -> Edit:
    if not isinstance(plain, dict) or set(plain) != {"kind", "at", "about", *_EDIT_LISTS}:
        _refuse(note("an edit in its history cannot be understood"))
    kind, about = plain["kind"], plain["about"]
    lists = [plain[name] for name in _EDIT_LISTS]
    wrong = (
        not isinstance(kind, str)
        or not _KIND.fullmatch(kind)
        or not isinstance(about, dict)
        or not all(isinstance(each, list) for each in lists)
        or not all(isinstance(option, str) for each in lists for option in each)
    )
    if wrong:
        _refuse(note("an edit in its history cannot be understood"))
    removed, added = map(tuple, lists)
    return Edit(
        kind=kind, at=_moment(plain["at"]), author="", removed=removed, added=added, about=about
    )
