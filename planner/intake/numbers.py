"""Columns of text -> numbers in the unit of the column, with the fault of each cell."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import UNITS, Column, Kind
from planner.intake.body import Body, Rule
from planner.intake.cells import is_blank, is_date, read_number
from planner.intake.faults import Faults
from planner.language import Message, note

__all__ = ["TYPED_AS_DATE", "bare_numbers", "read_numbers"]

TYPED_AS_DATE = note(
    "Excel took the number for a date: set the format of the cell to number and type it again."
)
_DECIMALS = 9
_EARNEST = 1_000.0


def read_numbers(body: Body, faults: Faults, name: str) -> NDArray[np.float64]:
    """Read a column of numbers.

    A number that names no unit is in the unit of the header, where that names one. What is no
    number, out of range or not whole where it must be is a fault.

    Returns
    -------
    numpy.ndarray
        Shape (n,), NaN where the cell is blank or faulty.
    """
    column = body.columns[name]
    codes, different = body.different(name)
    units = UNITS.get(column.unit, {})
    values, named = bare_numbers(different), np.zeros(len(different), dtype=bool)
    for at in np.flatnonzero(np.isnan(values)):
        values[at], named[at] = read_number(different[at], units=units)
    out = values[codes]
    if name in body.factor:
        out = np.where(named[codes], out, np.round(out * body.factor[name], _DECIMALS))
    blank = body.test(name, is_blank)
    wrong = _find_faults(body, faults, column, out, unreadable=np.isnan(out) & ~blank)
    return np.where(faults.told(name) | wrong, math.nan, out)


def bare_numbers(texts: NDArray[np.object_]) -> NDArray[np.float64]:
    """Read the texts that are plain numbers, all others as NaN; a fast way for most cells."""
    read = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    values = read.to_numpy(dtype=np.float64, copy=True)
    values[~np.isfinite(values)] = math.nan
    return values


def _find_faults(
    body: Body,
    faults: Faults,
    column: Column,
    values: NDArray[np.float64],
    *,
    unreadable: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Find the cells that are wrong, each told by what is wrong first, shape (n,)."""
    expected, most = _expected(column, highest=False), _expected(column, highest=True)
    dates = unreadable & body.test(column.name, is_date) if unreadable.any() else unreadable
    fix = _SHARE_FIX if column.unit == "share" else _CORRECT
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    broken = np.isfinite(values) & (values != np.floor(values))
    wrong = np.zeros(body.size, dtype=bool)
    for where, wanted, how in (
        (dates, expected, TYPED_AS_DATE),
        (unreadable, expected, note("Write one number.")),
        (values < low, expected, fix),
        (values > high, most, fix),
        (broken & (column.kind is Kind.WHOLE), expected, note("Write a whole number.")),
    ):
        faults.add(where & ~wrong, _rule(column, wanted, how))
        wrong |= where
    return wrong


def _rule(column: Column, expected: Message, fix: Message) -> Rule:
    """Give the rule of a column; a wrong cell of a lenient one is taken as blank."""
    if not column.lenient:
        return Rule(column=column.name, expected=expected, fix=fix)
    blank = note("Until it is mended, the cell counts as blank. {fix}", fix=fix)
    return Rule(column=column.name, expected=expected, fix=blank, fatal=False)


_CORRECT = note("Correct or delete the row.")
_SHARE_FIX = note("Write a share from 0 to 1, or per cent with the sign: 0.5 or 50%.")


def _expected(column: Column, *, highest: bool) -> Message:
    """Tell what is allowed; a bound that nobody meets in earnest only where it is broken."""
    kind = note("a whole number") if column.kind is Kind.WHOLE else note("a number")
    if column.low is None or column.high is None:
        return kind
    low, high = f"{column.low:,g}", f"{column.high:,.0f}"
    if highest or column.high < _EARNEST:
        return note("{kind} from {low} to {high}", kind=kind, low=low, high=high)
    return note("{kind}, {low} or more", kind=kind, low=low)
