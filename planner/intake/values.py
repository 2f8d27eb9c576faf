"""Columns of text -> values, with the fault of each cell; positions are read elsewhere."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import Column, Kind
from planner.intake.body import Body, Rule
from planner.intake.cells import BLANKS, is_damaged, is_formula_error, plain, plain_id
from planner.intake.faults import Faults
from planner.intake.layout import lines_text
from planner.intake.numbers import read_numbers
from planner.intake.privacy import is_private, mask_all
from planner.intake.words import Words, read_words, stands_for_nothing, types_from_names
from planner.language import Message, note

__all__ = ["find_ruined_cells", "read_values", "typed_series"]

# In a text 无 is a word: a station without services has the services 无.
_TEXT_BLANKS = frozenset(word for word in BLANKS if word.isascii()) | {"—", "——"}
_LONGEST_CELL = 32_767
"""Characters that a cell of Excel can hold."""
_TEXTS = (Kind.TEXT, Kind.ID)
_NUMBERS = (Kind.NUMBER, Kind.WHOLE)
_POSITIONS = (Kind.LONGITUDE, Kind.LATITUDE, Kind.LNGLAT, Kind.LATLNG)
_OBJECTS = (Kind.HOURS, Kind.DAY, Kind.GROUPS, Kind.YES_NO)


def find_ruined_cells(body: Body, faults: Faults) -> None:
    """Find errors of formulas and texts destroyed by a wrong encoding, in every column used."""
    for name in body.text:
        column = body.columns[name]
        if column.lenient and column.kind in _NUMBERS:
            continue  # told as no number, and the row is used
        faults.add(
            body.test(name, is_formula_error),
            Rule(
                column=name,
                expected=note("a value, not the error of a formula"),
                fix=note("Mend the formula in Excel, or type the value over it."),
            ),
        )
        faults.add(
            body.test(name, _is_endless),
            Rule(
                column=name,
                expected=note("at most {n} characters", n=f"{_LONGEST_CELL:,}"),
                fix=note(
                    "Shorten the text. A double quote that is not closed may have joined rows."
                ),
            ),
        )
        faults.add(
            body.test(name, is_damaged),
            Rule(
                column=name,
                expected=note("readable text"),
                fix=note(
                    "The text was lost when the file was saved in a wrong encoding: type it again."
                ),
            ),
        )


def _is_endless(text: str) -> bool:
    return len(text) > _LONGEST_CELL


def read_values(
    body: Body, faults: Faults, *, words: Words
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """Read every column but positions.

    Returns
    -------
    tuple
        Canonical name -> values, shape (n,): numbers as float64 (NaN where blank), all else as
        objects (None where blank); and what was hidden or taken for blank.
    """
    out: dict[str, Any] = {}
    notes: list[Message] = []
    for name, column in body.columns.items():
        if column.kind in _POSITIONS:
            continue
        if column.kind in _NUMBERS:
            out[name] = read_numbers(body, faults, name)
        elif column.kind in _TEXTS:
            out[name], told = _texts(body, column)
            notes += told
        else:
            out[name] = read_words(body, faults, name, words)
        if column.kind is Kind.HOST:
            notes += types_from_names(body, out[name], words)
        if column.kind not in _TEXTS:
            notes += _worded_blanks(body, column)
    return out, tuple(notes)


def _texts(body: Body, column: Column) -> tuple[NDArray[np.object_], list[Message]]:
    if column.kind is Kind.ID:
        return _own_ids(body, column)
    texts = body.each(column.name, lambda text: None if plain(text) in _TEXT_BLANKS else text)
    texts, hidden = mask_all(texts)
    if not hidden:
        return texts, []
    told = note(
        "Column '{column}': phone numbers or the like in {n} cells were hidden.",
        column=body.header[column.name],
        n=hidden,
    )
    return texts, [told]


def _own_ids(body: Body, column: Column) -> tuple[NDArray[np.object_], list[Message]]:
    """Give the ids, None where there is none or where it is the number of a phone or a person."""
    private = body.test(column.name, is_private)
    ids = body.each(column.name, lambda text: plain_id(text) or None)
    ids[private] = None
    if not private.any():
        return ids, []
    told = note(
        "Column '{column}': phone numbers or the like cannot be ids; those in rows {rows} were "
        "taken as blank.",
        column=body.header[column.name],
        rows=lines_text(body.line[private].tolist()),
    )
    return ids, [told]


def _worded_blanks(body: Body, column: Column) -> list[Message]:
    """Tell which cells with a word such as 无 or - were taken as blank."""
    worded = (body.text[column.name] != "") & stands_for_nothing(body, column)
    if not worded.any():
        return []
    return [
        note(
            "Column '{column}': words for nothing known were taken as blank, rows {rows}.",
            column=body.header[column.name],
            rows=lines_text(body.line[worded].tolist()),
        )
    ]


def typed_series(column: Column, values: NDArray[Any] | None, size: int) -> "pd.Series[Any]":
    """Give values as a column of a table: float64, str (NaN where blank), or objects and None."""
    if column.kind in _NUMBERS:
        return pd.Series(np.full(size, np.nan) if values is None else values, dtype="float64")
    filled = np.full(size, None, dtype=object) if values is None else values
    return pd.Series(filled, dtype="object" if column.kind in _OBJECTS else "str")
