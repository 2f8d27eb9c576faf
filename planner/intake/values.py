"""Columns of text -> numbers, hours, groups and choices, with the fault of each cell."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import UNITS, Column, Kind
from planner.hours import WeeklyHours, read_hours
from planner.intake.body import Body, Rule
from planner.intake.cells import (
    group_parts,
    is_blank,
    is_damaged,
    is_date,
    is_formula_error,
    plain,
    read_number,
    word_key,
)
from planner.intake.faults import Faults
from planner.intake.layout import lines_text
from planner.intake.privacy import mask_all, shown
from planner.language import Message, note

__all__ = [
    "Words",
    "blank_cells",
    "find_ruined_cells",
    "note_taken_as_blank",
    "read_values",
    "typed_series",
]

_EVERYBODY = frozenset(
    {
        "全部",
        "所有",
        "不限",
        "全体",
        "所有人",
        "户外劳动者",
        "各类户外劳动者",
        "所有户外劳动者",
        "全部群体",
        "all",
    }
)
_TEXT_BLANKS = frozenset({"", "nan", "null", "none", "-", "--", "---", "—", "——", "/"})
_SHAPES = (Kind.LONGITUDE, Kind.LATITUDE, Kind.LNGLAT, Kind.LATLNG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names that people give to host types, groups and periods, each with its id."""

    host_types: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)


def typed_series(column: Column, values: NDArray[Any] | None, size: int) -> "pd.Series[Any]":
    """Give values as a column of a table: float64, str (NaN where blank), or objects and None."""
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return pd.Series(np.full(size, np.nan) if values is None else values, dtype="float64")
    filled = np.full(size, None, dtype=object) if values is None else values
    whole = column.kind in (Kind.HOURS, Kind.GROUPS, Kind.YES_NO)
    return pd.Series(filled, dtype="object" if whole else "str")


def blank_cells(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which cells say that there is nothing: empty, 无, -, nan ..."""
    return _each(texts, is_blank).astype(bool)


def find_ruined_cells(body: Body, faults: Faults) -> None:
    """Find errors of formulas and texts destroyed by a wrong encoding, in every column used."""
    for name, texts in body.text.items():
        faults.add(_each(texts, is_formula_error).astype(bool), _formula_rule(name))
        faults.add(_each(texts, is_damaged).astype(bool), _damage_rule(name))


def _formula_rule(name: str) -> Rule:
    return Rule(
        column=name,
        expected=note("a value, not the error of a formula"),
        fix=note("Mend the formula in Excel, or type the value over it."),
    )


def _damage_rule(name: str) -> Rule:
    return Rule(
        column=name,
        expected=note("readable text"),
        fix=note("The text was lost when the file was saved in a wrong encoding: type it again."),
    )


def read_values(
    body: Body, faults: Faults, *, words: Words
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """Read every column but positions.

    Returns
    -------
    tuple
        Canonical name -> values, shape (n,): numbers as float64 (NaN where blank), all else as
        objects (None where blank); and what was taken for what.
    """
    out: dict[str, Any] = {}
    notes: list[Message] = []
    for name, column in body.columns.items():
        if column.kind not in _SHAPES:
            out[name] = _read_column(body, faults, name, words, notes)
    return out, tuple(notes)


def _read_column(
    body: Body, faults: Faults, name: str, words: Words, notes: list[Message]
) -> NDArray[Any]:
    column, texts = body.columns[name], body.text[name]
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return _numbers(body, faults, name)
    if column.kind in (Kind.TEXT, Kind.ID):
        return _texts(body, column, texts, notes)
    return _words(faults, texts, _reader(column, words), column)


def _each(texts: NDArray[np.object_], read: Callable[[str], Any]) -> NDArray[Any]:
    """Apply to each different text once."""
    codes, different = pd.factorize(texts)
    values = np.empty(len(different), dtype=object)
    values[:] = [read(text) for text in different]
    return values[codes]


def _texts(
    body: Body, column: Column, texts: NDArray[np.object_], notes: list[Message]
) -> NDArray[np.object_]:
    if column.kind is Kind.TEXT:
        texts, hidden = mask_all(texts)
        if hidden:
            notes.append(
                note(
                    "Column '{column}': phone numbers or the like in {n} cells were hidden.",
                    column=body.header[column.name],
                    n=hidden,
                )
            )
    return _each(texts, lambda text: None if plain(text) in _TEXT_BLANKS else text)


def _numbers(body: Body, faults: Faults, name: str) -> NDArray[np.float64]:
    column, texts = body.columns[name], body.text[name]
    units = UNITS.get(column.unit, {})
    codes, different = pd.factorize(texts)
    # Most cells are bare numbers; the others are read one by one, each different text once.
    bare = pd.to_numeric(pd.Series(different, dtype=object), errors="coerce").to_numpy(
        dtype=float, copy=True
    )
    bare[~np.isfinite(bare)] = math.nan
    rest = [
        math.nan if at else read_number(text, units=units)
        for at, text in zip(~np.isnan(bare), different, strict=True)
    ]
    stated = np.array([is_blank(text) for text in different], dtype=bool)
    factor = body.factor.get(name, 1.0)
    values = np.where(
        np.isnan(bare[codes]), np.array(rest, dtype=float)[codes], np.round(bare[codes] * factor, 9)
    )
    blank = stated[codes]
    _number_faults(faults, column, texts, values, blank)
    return np.where(blank | faults.told(name), math.nan, values)


def _number_faults(
    faults: Faults,
    column: Column,
    texts: NDArray[np.object_],
    values: NDArray[np.float64],
    blank: NDArray[np.bool_],
) -> None:
    unreadable = np.isnan(values) & ~blank
    dates = np.zeros(len(texts), dtype=bool)
    dates[unreadable] = [is_date(text) for text in texts[unreadable]]
    name, expected = column.name, _expected_number(column)
    faults.add(dates, Rule(column=name, expected=expected, fix=_FORMATTED_AS_DATE))
    faults.add(unreadable, Rule(column=name, expected=expected, fix=note("Write one number.")))
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    outside = (values < low) | (values > high)
    fix = _SHARE_FIX if column.unit == "share" else note("Correct or delete the row.")
    faults.add(outside, Rule(column=name, expected=expected, fix=fix))
    if column.kind is Kind.WHOLE:
        broken = ~np.isnan(values) & (values != np.floor(values))
        faults.add(broken, Rule(column=name, expected=expected, fix=note("Write a whole number.")))


_FORMATTED_AS_DATE = note(
    "Excel took the number for a date: set the format of the cell to number and type it again."
)
_SHARE_FIX = note("Write a share from 0 to 1, or per cent with the sign: 0.5 or 50%.")


def _expected_number(column: Column) -> Message:
    kind = note("a whole number") if column.kind is Kind.WHOLE else note("a number")
    if column.high is None or column.low is None:
        return kind
    return note(
        "{kind} from {low} to {high}", kind=kind, low=f"{column.low:,g}", high=f"{column.high:,.0f}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """How the words of a column are read: `read` raises ValueError for a word it does not know."""

    read: Callable[[str], object]
    rule: Rule


def _reader(column: Column, words: Words) -> _Reader:
    if column.kind is Kind.HOURS:
        return _Reader(read=_hours, rule=_hours_rule(column))
    if column.kind in (Kind.CHOICE, Kind.YES_NO):
        return _choice_reader(column)
    if column.kind is Kind.HOST:
        return _host_reader(column, words.host_types)
    if column.kind is Kind.PERIOD:
        return _name_reader(column, words.periods, note("a period of the district's settings"))
    if column.kind is Kind.GROUP:
        return _name_reader(column, words.groups, note("a group of the district's settings"))
    return _groups_reader(column, words.groups)


def _words(
    faults: Faults, texts: NDArray[np.object_], reader: _Reader, column: Column
) -> NDArray[np.object_]:
    nothing = _stands_for_nothing(column, texts)

    def read(text: str) -> tuple[object, bool]:
        try:
            return reader.read(text), False
        except ValueError:
            return None, True

    pairs = _each(texts, read)
    wrong = np.array([pair[1] for pair in pairs], dtype=bool) & ~nothing
    if column.lenient and wrong.any() and (wrong | nothing).all():
        faults.add_column(_unused_column(reader.rule), found=_different(texts[wrong]))
    else:
        faults.add(wrong, reader.rule)
    values = np.empty(len(texts), dtype=object)
    values[:] = [pair[0] for pair in pairs]
    return values


def _unused_column(rule: Rule) -> Rule:
    """Turn the fault of each row into one of the whole column."""
    fix = note("No word of this column is known, so it was not used. {fix}", fix=_ADD_HOSTS)
    return Rule(column=rule.column, expected=rule.expected, fix=fix, fatal=False)


_ADD_HOSTS = note("Use the names of the settings, or add these to district.toml.")


def _different(texts: NDArray[np.object_]) -> str:
    """Give some of the different texts, as they are told in a fault."""
    return shown(", ".join(dict.fromkeys(texts)))


def _stands_for_nothing(column: Column, texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which cells are blank or hold a word such as - or 无 that is no choice of the column."""
    known = {word_key(word) for words in column.choices.values() for word in words}

    def blank(text: str) -> bool:
        return is_blank(text) and word_key(text) not in known

    return _each(texts, blank).astype(bool)


def _hours(text: str) -> WeeklyHours:
    if is_date(text):
        raise ValueError(text)
    return read_hours(text)


def _hours_rule(column: Column) -> Rule:
    return Rule(
        column=column.name,
        expected=note("opening hours, such as 周一至周五 8:30-12:00 14:30-18:00 or 24小时"),
        fix=note("Write days and times in this way, or leave the cell blank."),
    )


def _choice_reader(column: Column) -> _Reader:
    by_word = {word_key(word): value for value, words in column.choices.items() for word in words}

    def read(text: str) -> object:
        value = _look_up(by_word, text)
        return value == "yes" if column.kind is Kind.YES_NO else value

    accepted = ", ".join(_example_word(words) for words in column.choices.values())
    return _Reader(
        read=read,
        rule=Rule(
            column=column.name,
            expected=note("one of: {words}", words=accepted),
            fix=note("Choose one of these words."),
        ),
    )


def _example_word(words: Sequence[str]) -> str:
    """Give the first Chinese word beside the English one."""
    return next((f"{word} ({words[0]})" for word in words if not word.isascii()), words[0])


def _look_up(by_word: Mapping[str, str], text: str) -> str:
    key = word_key(text)
    if key not in by_word:
        raise ValueError(text)
    return by_word[key]


def _names(mapping: Mapping[str, str]) -> dict[str, str]:
    return {word_key(name): value for name, value in mapping.items()} | {
        word_key(value): value for value in mapping.values()
    }


def _first_names(mapping: Mapping[str, str]) -> str:
    """Give one name for each id, the first that is told."""
    first: dict[str, str] = {}
    for name, value in mapping.items():
        if name != value:
            first.setdefault(value, name)
    return ", ".join(first.get(value, value) for value in dict.fromkeys(mapping.values()))


def _host_reader(column: Column, host_types: Mapping[str, str]) -> _Reader:
    by_word = _names(host_types)

    def read(text: str) -> str:
        # A map service writes "big;middle;small", several kinds with a bar between them.
        parts = [text, *(part for kind in text.split("|") for part in reversed(kind.split(";")))]
        known = [by_word[key] for part in parts if (key := word_key(part)) in by_word]
        if not known:
            raise ValueError(text)
        return known[0]

    fix = (
        note("The row is used without a host type. Use one of these, or add it to district.toml.")
        if column.lenient
        else note("Use one of these, or add it to district.toml with its cost and hours.")
    )
    expected = note(
        "a host type of the district's settings: {names}", names=_first_names(host_types)
    )
    return _Reader(
        read=read,
        rule=Rule(column=column.name, expected=expected, fix=fix, fatal=not column.lenient),
    )


def _name_reader(column: Column, mapping: Mapping[str, str], what: Message) -> _Reader:
    by_word = _names(mapping)
    return _Reader(
        read=lambda text: _look_up(by_word, text),
        rule=Rule(
            column=column.name,
            expected=note("{what}: {names}", what=what, names=_first_names(mapping)),
            fix=note("Use one of these, or add it to district.toml."),
        ),
    )


def _groups_reader(column: Column, groups: Mapping[str, str]) -> _Reader:
    by_word = _names(groups)

    def read(text: str) -> tuple[str, ...]:
        if word_key(text) in _EVERYBODY:
            return ()
        whole = by_word.get(word_key(text))
        found = [whole] if whole else [_look_up(by_word, part) for part in group_parts(text)]
        return tuple(dict.fromkeys(found))

    return _Reader(
        read=read,
        rule=Rule(
            column=column.name,
            expected=note(
                "groups of the district's settings with commas between them: {names}",
                names=_first_names(groups),
            ),
            fix=note("Use these names, or leave the cell blank where all are admitted."),
        ),
    )


def note_taken_as_blank(body: Body) -> list[Message]:
    """Tell which cells with a word such as 无 or - were taken as blank."""
    out = []
    for name, column in body.columns.items():
        if column.kind in (Kind.TEXT, Kind.ID, *_SHAPES):
            continue
        texts = body.text[name]
        worded = (texts != "") & _stands_for_nothing(column, texts)
        if worded.any():
            out.append(
                note(
                    "Column '{column}': words for nothing known were taken as blank, rows {rows}.",
                    column=body.header[name],
                    rows=lines_text(body.line[worded].tolist()),
                )
            )
    return out
