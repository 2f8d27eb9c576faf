"""Settings -> `district.toml`, in which the comments of its owner stay."""

import os
import re
import tempfile
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w
import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Item, Table

from planner.district.plain import plain_settings
from planner.district.reading import FILE_NAME, read_settings, read_text, settings_from_toml
from planner.district.settings import Settings
from planner.errors import InputError, SettingsError
from planner.language import note

__all__ = [
    "settings_from_text",
    "settings_text",
    "settings_to_toml",
    "write_file",
    "write_settings",
]

_LONGEST_LINE = 90
_WITH_DEFAULTS = (
    "streets",
    "measures",
    "demand",
    "service",
    "gaps",
    "assumptions",
    "limits",
    "score_weights",
)
"""Tables in which a value that is the default may be left out."""
OF_THE_DATA = (
    "name",
    "data_note",
    "stations",
    "venues",
    "boundary",
    "communities",
    "grids",
    "no_go",
    "travel",
    "workers",
    "streets",
)
"""Settings that tell of the data of a district: all its scenarios have them in common."""
_HEADER = re.compile(r"\[\[?[^\[\]]+\]\]?\s*(#.*)?$")


def write_settings(folder: Path, settings: Settings) -> Path:
    """Write settings to the `district.toml` of a folder; what did not change is not touched.

    Comments and the order of the file stay. The file is replaced in one step, so that a reader
    never sees half of it. Without a file, one is written with what is not a default.

    Raises
    ------
    SettingsError
        If the settings are not allowed, or the file that stands there cannot be read; it is left
        as it is.
    InputError
        If the folder cannot be written to.
    """
    path = Path(folder) / FILE_NAME
    text = read_text(path) if path.is_file() else ""
    new = settings_to_toml(settings, text)
    if new != text:
        write_file(path, new.encode())
    return path


def settings_to_toml(settings: Settings, text: str = "") -> str:
    """Give the text of a `district.toml` that holds these settings.

    Parameters
    ----------
    settings
        What a reader of the result gets.
    text
        The text that stood there before, whose comments and order are kept.

    Raises
    ------
    SettingsError
        If the settings are not allowed, or `text` holds other faults.
    """
    new = plain_settings(settings)
    before = settings_from_toml(text) if text.strip() else Settings(name="")
    old = plain_settings(before) if text.strip() else plain_settings(_defaults())
    document = tomlkit.parse(text)
    _change(document, old, new)
    written = _with_blank_lines(tomlkit.dumps(document), text)
    if settings_from_toml(written) == settings:
        return written
    return _afresh(settings, new)


def settings_text(settings: Settings) -> str:
    """Give the text of a `district.toml` in which every setting stands, also the defaults.

    It means the same whatever a later version of the program has for defaults, so it is what a
    scenario keeps.

    Raises
    ------
    SettingsError
        If the settings are not allowed.
    """
    return _checked(settings, tomli_w.dumps(plain_settings(settings)))


def settings_from_text(text: str, folder: Path | None = None) -> Settings:
    """Read settings from what `settings_text` gave.

    Parameters
    ----------
    text
        As a `district.toml` holds it.
    folder
        District whose name and files hold in place of those in the text: they belong to all
        scenarios of a district, whatever else these settle on their own. None: as the text says.

    Raises
    ------
    InputError
        If there is no such folder or it has no `district.toml`.
    SettingsError
        If the text, or the `district.toml` of the folder, is wrong.
    """
    settings = settings_from_toml(text)
    if folder is None:
        return settings
    there = read_settings(folder)
    return replace(settings, **{name: getattr(there, name) for name in OF_THE_DATA})


def _with_blank_lines(written: str, text: str) -> str:
    """Put a blank line before each table that is new."""
    lines = written.splitlines(keepends=True)
    for at in range(len(lines) - 1, 0, -1):
        if (
            _HEADER.match(lines[at])
            and lines[at - 1].strip()
            and lines[at - 1] + lines[at] not in text
        ):
            lines.insert(at, "\n")
    return "".join(lines)


def _defaults() -> Settings:
    return settings_from_toml('[district]\nname = "-"')


def _afresh(settings: Settings, new: dict[str, Any]) -> str:
    """Write everything anew: the old text is in a form that cannot be changed piece by piece."""
    document = tomlkit.document()
    _change(document, {}, new)
    return _checked(settings, tomlkit.dumps(document))


def _checked(settings: Settings, written: str) -> str:
    if settings_from_toml(written) != settings:
        raise SettingsError(
            note("These settings cannot be written to {file} unchanged.", file=FILE_NAME)
        )
    return written


def _change(
    there: MutableMapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Bring a table of the document from the old values to the new, touching only what differs."""
    for key in old.keys() - new.keys():
        there.pop(key, None)
    for key, value in new.items():
        if key not in old or old[key] != value:
            _set(there, key, old.get(key), value)


def _set(there: MutableMapping[str, Any], key: str, old: Any, new: Any) -> None:  # noqa: ANN401 - TOML values
    """Bring one value of a table from the old to the new."""
    inside = there.get(key)
    if isinstance(new, Mapping) and isinstance(inside, MutableMapping):
        _change(inside, _table(old), new)
    elif isinstance(inside, AoT) and _same_length(inside, new):
        for part, before, after in zip(inside, old, new, strict=True):
            _change(part, before, after)
    elif key in there and isinstance(_item(new), Table | AoT) == isinstance(inside, Table | AoT):
        there[key] = _item(new)
    elif key in there:  # a table in the place of a value stands elsewhere in the file
        del there[key]
        _add(there, key, _item(new, inline=key == "columns"))
    elif key in _WITH_DEFAULTS and isinstance(new, Mapping):
        _add(there, key, _item(_differing(_table(old), new)))
    else:
        _add(there, key, _item(new, inline=key == "columns"))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in new.items() if key not in old or old[key] != value}


def _add(there: MutableMapping[str, Any], key: str, item: Item) -> None:
    """Add a value behind the last one, before the comments that lead to the next table."""
    after: list[Any] = []
    if isinstance(there, Table) and not isinstance(item, Table | AoT):
        body = there.value.body
        while body and body[-1][0] is None:
            after.insert(0, body.pop())
    there[key] = item
    if isinstance(there, Table):
        there.value.body.extend(after)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _same_length(inside: AoT, value: object) -> bool:
    return isinstance(value, list) and len(inside) == len(value)


def _item(value: Any, *, inline: bool = False) -> Item:  # noqa: ANN401 - a TOML value
    """Make a TOML item: tables inside lists of values stand on one line, lists of tables apart."""
    if inline:
        return _inline(value)
    if isinstance(value, Mapping):
        table = tomlkit.table(is_super_table=_only_tables(value))
        for key, part in value.items():
            table[key] = _item(part, inline=key == "columns")
        return table
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return _list_of_tables(value)
    if isinstance(value, list):
        return _array(value)
    item: Item = tomlkit.item(value)
    return item


def _only_tables(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(part, Mapping) for part in value.values())


def _list_of_tables(values: Sequence[Mapping[str, Any]]) -> Item:
    simple = all(
        not isinstance(part, Mapping | list) for value in values for part in value.values()
    )
    if simple and set(values[0]) == {"mode", "reach_m"}:
        return _array([_inline(value) for value in values])
    tables = tomlkit.aot()
    for value in values:
        tables.append(_item(value))
    return tables


def _inline(value: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _array(values: Sequence[Any]) -> Array:
    array = tomlkit.array()
    array.extend(values)
    array.multiline(len(array.as_string()) > _LONGEST_LINE and isinstance(values[0], str))
    return array


def write_file(path: Path, content: bytes) -> None:
    """Replace a file in one step: beside it first, then in its place.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise InputError(
            note(
                "{folder} cannot be written to: {reason}",
                folder=path.parent,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
