"""Columns of words -> hours, host types, groups, periods and choices, with the fault of each."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.columns import HOST_UNITS, Column, Kind, header_key
from planner.hours import WeeklyHours, day_of_year, read_hours
from planner.intake.body import Body, Rule
from planner.intake.cells import is_blank, is_date, word_key
from planner.intake.faults import Faults
from planner.intake.privacy import shown
from planner.language import Message, note

__all__ = ["Words", "read_words", "stands_for_nothing", "types_from_names"]

_EVERYBODY = frozenset(
    ["全部", "所有", "不限", "全体", "所有人", "户外劳动者", "所有户外劳动者", "全部群体", "all"]
)
_OUTDOOR = re.compile(
    r"(.*等)?(所有|全部|全体|各类|广大)?户外(劳动者|工作者|从业者|作业者|作业人员|职工|工人)(群体|人群)?"
    r"((和|及|与|以及|、)(新就业(形态)?(劳动者|群体|人员)|市民|群众|居民)(群体)?)?"
)
"""Everybody who works out of doors, also after some who are named: 环卫工、快递员等户外劳动者."""
_BETWEEN = re.compile(r"[,、;/|+&。·]+|等$|[和及与](?=.)")
"""What stands between the groups of a list; spaces are gone before."""
_UNITS = frozenset(map(header_key, HOST_UNITS))
_PARTS = re.compile(r"[;|]")
_EXAMPLES = 3
"""Names of hosts that are told with the type taken from each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names that people give to host types, groups and periods, each with its id."""

    host_types: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """How the words of a column are read: `read` raises ValueError for a word it does not know."""

    read: Callable[[str], object]
    rule: Rule


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Stands in the place of a value that could not be read."""

    reason: Message | None
    """Why, where the reader says so."""


def read_words(body: Body, faults: Faults, name: str, words: Words) -> NDArray[np.object_]:
    """Read a column of words.

    An unknown word is a fault; in a lenient column where no word at all is known, one fault of the
    whole column.

    Returns
    -------
    numpy.ndarray
        Shape (n,), None where the cell is blank or faulty: WeeklyHours, id, tuple of ids (empty:
        all groups), canonical choice or bool.
    """
    column = body.columns[name]
    if column.kind is Kind.HOST and header_key(body.header[name]) in _UNITS:
        column = replace(column, lenient=True)  # a name that tells no type is no fault of the row
    reader = _reader(column, words)
    nothing = stands_for_nothing(body, column)
    values = body.each(name, lambda text: _read(reader, text))
    values[nothing] = None
    wrong = np.array([isinstance(value, _Unknown) for value in values], dtype=bool)
    if column.lenient and wrong.any() and (wrong | nothing).all():
        different = shown(", ".join(dict.fromkeys(body.text[name][wrong])))
        faults.add_column(_unused_column(reader.rule), found=different)
    else:
        fixes = [_fix(reader.rule, value) for value in values]
        faults.add(wrong, reader.rule, fixes=fixes)
    values[wrong] = None
    return values


def _read(reader: _Reader, text: str) -> object:
    try:
        return reader.read(text)
    except ValueError as error:
        reason = error.args[0] if error.args else None
        return _Unknown(reason if isinstance(reason, Message) else None)


def _fix(rule: Rule, value: object) -> Message:
    """Add the reason that the reader gives to the fix of the rule."""
    if isinstance(value, _Unknown) and value.reason is not None:
        return note("The text is not clear: {reason}. {fix}", reason=value.reason, fix=rule.fix)
    return rule.fix


def stands_for_nothing(body: Body, column: Column) -> NDArray[np.bool_]:
    """Tell which cells are blank or hold a word such as - or 无 that is no choice of the column."""
    known = {word_key(word) for words in column.choices.values() for word in words}
    return body.test(column.name, lambda text: is_blank(text) and word_key(text) not in known)


def _reader(column: Column, words: Words) -> _Reader:
    if column.kind in {Kind.HOURS, Kind.DAY}:
        return _hours_reader(column) if column.kind is Kind.HOURS else _day_reader(column)
    if column.kind is Kind.HOST:
        return _name_of_host_reader(column, words.host_types)
    if column.kind is Kind.PERIOD:
        return _name_reader(column, words.periods, note("a period of the district's settings"))
    if column.kind is Kind.GROUP:
        return _name_reader(column, words.groups, note("a group of the district's settings"))
    if column.kind is Kind.GROUPS:
        return _groups_reader(column, words.groups)
    return _choice_reader(column)


def _hours_reader(column: Column) -> _Reader:
    def read(text: str) -> WeeklyHours:
        if is_date(text):
            raise ValueError(note("it is a date; Excel may have made it one"))
        return read_hours(text)

    return _Reader(
        read=read,
        rule=Rule(
            column=column.name,
            expected=note("opening hours, such as 周一至周五 8:30-12:00 14:30-18:00 or 24小时"),
            fix=note("Write days and times in this way, or leave the cell blank."),
        ),
    )


def _day_reader(column: Column) -> _Reader:
    return _Reader(
        read=day_of_year,
        rule=Rule(
            column=column.name,
            expected=note("a day of the year, such as 11-15 or 11月15日"),
            fix=note("Write month and day in this way, or leave the cell blank."),
            fatal=not column.lenient,
        ),
    )


def _choice_reader(column: Column) -> _Reader:
    by_word = {word_key(word): value for value, words in column.choices.items() for word in words}

    def read(text: str) -> object:
        value = _look_up(by_word, text)
        return value == "yes" if column.kind is Kind.YES_NO else value

    accepted = ", ".join(_example(words) for words in column.choices.values())
    return _Reader(
        read=read,
        rule=Rule(
            column=column.name,
            expected=note("one of: {words}", words=accepted),
            fix=note("Choose one of these words."),
            fatal=not column.lenient,
        ),
    )


def _example(words: Sequence[str]) -> str:
    """Give the first Chinese word beside the English one."""
    return next((f"{word} ({words[0]})" for word in words if not word.isascii()), words[0])


def _look_up(by_word: Mapping[str, str], text: str) -> str:
    key = word_key(text)
    if key not in by_word:
        raise ValueError(text)
    return by_word[key]


def _by_word(mapping: Mapping[str, str]) -> dict[str, str]:
    return {word_key(value): value for value in mapping.values()} | {
        word_key(name): value for name, value in mapping.items()
    }


def _first_names(mapping: Mapping[str, str]) -> str:
    return ", ".join(_first_name(mapping).values())


def _first_name(mapping: Mapping[str, str]) -> dict[str, str]:
    """Give one name for each id, the first that is told."""
    first: dict[str, str] = {}
    for name, value in mapping.items():
        first.setdefault(value, name)
    return first


def _host_reader(column: Column, host_types: Mapping[str, str]) -> _Reader:
    by_word = _by_word(host_types)

    def read(text: str) -> str:
        # A map service writes "big;middle;small", several kinds with a bar between them.
        parts = [text, *(part for kind in text.split("|") for part in reversed(kind.split(";")))]
        known = [by_word[key] for part in parts if (key := word_key(part)) in by_word]
        if not known:
            raise ValueError(text)
        return known[0]

    lenient_fix = note(
        "The row is used without a host type. Use one of these, or add it to district.toml."
    )
    strict_fix = note(
        "Use one of these, leave it blank, or add it to district.toml with its cost and hours."
    )
    return _Reader(
        read=read,
        rule=Rule(
            column=column.name,
            expected=note(
                "a host type of the district's settings: {names}", names=_first_names(host_types)
            ),
            fix=lenient_fix if column.lenient else strict_fix,
            fatal=not column.lenient,
        ),
    )


def _name_of_host_reader(column: Column, host_types: Mapping[str, str]) -> _Reader:
    """Read the type of a host, or a longer name in which it stands: 建设银行解放碑支行."""
    whole, every = _host_reader(column, host_types), _by_word(host_types)
    by_word = {word: kind for word, kind in every.items() if not word.isascii()}

    def read(text: str) -> object:
        try:
            return whole.read(text)
        except ValueError:
            key = word_key(text)
            # The longest, and of two the later: 解放碑社区 and 银行 in 解放碑社区银行.
            known = [(len(word), key.rfind(word), word) for word in by_word if word in key]
            if not known:
                raise
            return by_word[max(known)[2]]

    return replace(whole, read=read)


def types_from_names(body: Body, values: NDArray[np.object_], words: Words) -> list[Message]:
    """Tell that types of hosts were taken from longer names, with the first three."""
    said, types = _by_word(words.host_types), _first_name(words.host_types)
    pairs = zip(body.text["host_type"], values, strict=True)
    longer = {
        name: types[kind]
        for name, kind in pairs
        if kind and not said.keys() & {word_key(part) for part in _PARTS.split(name)}
    }
    if not longer:
        return []
    examples = [f"{shown(name)} = {kind}" for name, kind in list(longer.items())[:_EXAMPLES]]
    return [
        note(
            "Column '{column}': host types were taken from longer names, such as {examples}. Where "
            "one is wrong, write the type itself.",
            column=body.header["host_type"],
            examples=", ".join(examples),
        )
    ]


def _unused_column(rule: Rule) -> Rule:
    """Turn the fault of each row into one of the whole column."""
    fix = note(
        "No word of this column is known, so it was not used. Use these names, or add yours to "
        "district.toml."
    )
    return Rule(column=rule.column, expected=rule.expected, fix=fix, fatal=False)


def _name_reader(column: Column, mapping: Mapping[str, str], what: Message) -> _Reader:
    by_word = _by_word(mapping)
    return _Reader(
        read=lambda text: _look_up(by_word, text),
        rule=Rule(
            column=column.name,
            expected=note("{what}: {names}", what=what, names=_first_names(mapping)),
            fix=note("Use one of these, or add it to district.toml."),
        ),
    )


def _groups_reader(column: Column, groups: Mapping[str, str]) -> _Reader:
    by_word = _by_word(groups)
    # The longest name first: one name may begin another, or hold a comma itself.
    longest = sorted(map(re.escape, by_word), key=len, reverse=True)
    known = re.compile("|".join(longest) if longest else r"(?!)")

    def read(text: str) -> tuple[str, ...]:
        rest = word_key(text)
        if rest in _EVERYBODY or _OUTDOOR.fullmatch(rest):
            return ()
        found: dict[str, None] = {}
        while rest:
            match = known.match(rest)
            between = None if match else _BETWEEN.match(rest)
            if match:
                found[by_word[match[0]]] = None
            elif between is None:
                raise ValueError(text)
            rest = rest[(match or between).end() :]  # type: ignore[union-attr]  # one of them is there
        return tuple(found)

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
