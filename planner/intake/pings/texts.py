"""Bytes of text -> rows, numbers and hashed ids, in compiled code.

A text is an array of bytes with the place where each cell begins and ends, which is how a line of
CSV and how a Parquet column of strings are both held; so the two are read by the same code.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "BLANK_ROW",
    "BROKEN_ROW",
    "GOOD_ROW",
    "Cells",
    "hash_numbers",
    "hash_texts",
    "read_floats",
    "read_pairs",
    "split_rows",
]

GOOD_ROW, BLANK_ROW, BROKEN_ROW = 0, 1, 2

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]

_QUOTE, _LINE_FEED, _RETURN, _SPACE, _MINUS, _PLUS, _DOT, _ZERO, _NINE = (
    34,
    10,
    13,
    32,
    45,
    43,
    46,
    48,
    57,
)
_MOST_DIGITS = 18
"""So many decimal digits fit a 64-bit number whatever they are."""
_EXACT_TENS = 22
"""Up to this power of ten a float64 is exact, so that one division rounds once."""


class Cells(NamedTuple):
    """The cells of one column."""

    text: _Bytes
    starts: _Places
    ends: _Places

    def shown(self, row: int) -> str:
        """Give the text of one cell."""
        return bytes(self.text[self.starts[row] : self.ends[row]]).decode(errors="replace")


@kernel
def split_rows(  # noqa: C901, PLR0912, PLR0915 - one walk over the bytes
    text: _Bytes, delimiter: int, slots: _Places, starts: _Places, ends: _Places, state: _Bytes
) -> int:
    """Split lines into the cells that are wanted.

    A double quote opens a cell only at its start, and a line with one that is not closed is broken
    by itself; a line break ends a line whatever the quotes. Empty cells beyond the last column are
    allowed, other cells are not.

    Parameters
    ----------
    text
        Whole lines; the last one need not end with a line break.
    slots
        For each column where its cell goes, -1: not wanted, shape (columns,).
    starts, ends
        Filled: where each wanted cell begins and ends, without quotes and outer spaces, shape
        (wanted, lines at least).
    state
        Filled: GOOD_ROW, BLANK_ROW or BROKEN_ROW, shape (lines at least,).

    Returns
    -------
    int
        How many lines there are.
    """
    row, at, size, columns = 0, 0, len(text), len(slots)
    while at < size:
        column, broken, blank = 0, False, True
        while True:  # a cell
            while at < size and text[at] == _SPACE:
                at += 1
            quoted = at < size and text[at] == _QUOTE
            if quoted:
                at += 1
            start = at
            if quoted:
                while at < size and text[at] != _LINE_FEED:
                    if text[at] == _QUOTE:
                        if at + 1 < size and text[at + 1] == _QUOTE:
                            at += 1
                        else:
                            break
                    at += 1
                end = at
                if at < size and text[at] == _QUOTE:
                    at += 1
                else:
                    broken = True
                while at < size and (text[at] == _SPACE or text[at] == _RETURN):
                    at += 1
                if at < size and text[at] != delimiter and text[at] != _LINE_FEED:
                    broken = True
            while at < size and text[at] != delimiter and text[at] != _LINE_FEED:
                at += 1
            if not quoted:
                end = at
                while end > start and (text[end - 1] == _SPACE or text[end - 1] == _RETURN):
                    end -= 1
            if end > start:
                blank = False
            if column < columns:
                if slots[column] >= 0:
                    starts[slots[column], row] = start
                    ends[slots[column], row] = end
            elif end > start:
                broken = True
            column += 1
            last = at >= size or text[at] == _LINE_FEED
            at += 1
            if last:
                break
        state[row] = GOOD_ROW
        if broken or column < columns:
            state[row] = BROKEN_ROW
        if blank and not broken:
            state[row] = BLANK_ROW
        row += 1
    return row


@kernel
def _float(  # noqa: C901, PLR0912, PLR0915 - one walk over the bytes
    text: _Bytes, start: int, end: int
) -> float:
    """Read a decimal number; not a number where the text is none."""
    while start < end and text[start] <= _SPACE:
        start += 1
    while end > start and text[end - 1] <= _SPACE:
        end -= 1
    negative = start < end and text[start] == _MINUS
    if start < end and (text[start] == _MINUS or text[start] == _PLUS):
        start += 1
    value, digits, places, pointed, seen = 0, 0, 0, False, False
    at = start
    while at < end:
        code = text[at]
        if _ZERO <= code <= _NINE:
            seen = True
            if digits < _MOST_DIGITS:
                value = value * 10 + (int(code) - _ZERO)
                if value > 0:
                    digits += 1
                places += 1 if pointed else 0
            elif not pointed:
                return np.nan
        elif code == _DOT and not pointed:
            pointed = True
        else:
            break
        at += 1
    if not seen:
        return np.nan
    power = -places
    if at < end and (text[at] == 101 or text[at] == 69):  # noqa: PLR2004 - e, E
        at += 1
        down = at < end and text[at] == _MINUS
        if at < end and (text[at] == _MINUS or text[at] == _PLUS):
            at += 1
        exponent, first = 0, at
        while at < end and _ZERO <= text[at] <= _NINE and exponent < 1000:  # noqa: PLR2004
            exponent = exponent * 10 + (int(text[at]) - _ZERO)
            at += 1
        if at == first:
            return np.nan
        power += -exponent if down else exponent
    if at < end:
        return np.nan
    out = float(value)
    if power < 0:
        out = out / 10.0**-power if power >= -_EXACT_TENS else out * 10.0**power
    elif power > 0:
        out = out * 10.0**power
    return -out if negative else out


@kernel
def read_floats(text: _Bytes, starts: _Places, ends: _Places) -> NDArray[np.float64]:
    """Read decimal numbers; not a number where a text is none (blank, "nan", degrees and minutes).

    The nearest float64 where a number has at most 15 digits, as positions have.
    """
    out = np.empty(len(starts), dtype=np.float64)
    for row in range(len(starts)):
        out[row] = _float(text, starts[row], ends[row])
    return out


@kernel
def read_pairs(
    text: _Bytes, starts: _Places, ends: _Places
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read two decimal numbers in one cell, separated by a comma, semicolon, bar or space."""
    first = np.empty(len(starts), dtype=np.float64)
    second = np.empty(len(starts), dtype=np.float64)
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        while start < end and (text[start] <= _SPACE or text[start] in (40, 91)):  # ( [
            start += 1
        while end > start and (text[end - 1] <= _SPACE or text[end - 1] in (41, 93)):  # ) ]
            end -= 1
        cut = start
        while cut < end and not (text[cut] in (44, 59, 124) or text[cut] <= _SPACE):  # , ; |
            cut += 1
        rest = cut
        while rest < end and (text[rest] in (44, 59, 124) or text[rest] <= _SPACE):
            rest += 1
        first[row] = _float(text, start, cut)
        second[row] = _float(text, rest, end)
    return first, second


@kernel
def _mixed(value: np.uint64) -> np.uint64:
    """Mix the bits of a number so that each depends on all (the finaliser of splitmix64)."""
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def _hash(text: _Bytes, start: int, end: int, salt: NDArray[np.uint64]) -> np.uint64:
    """Hash a text: FNV-1a from a secret start, mixed with a second secret; never 0."""
    out = salt[0]
    for at in range(start, end):
        out = (out ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
    out = _mixed(out ^ salt[1])
    return out if out != np.uint64(0) else np.uint64(1)


@kernel
def hash_texts(
    text: _Bytes, starts: _Places, ends: _Places, salt: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Hash ids with the salt of the run; 0 where there is none.

    Blank, "nan", "null" and "none" are no ids; 201.0 is 201. Two of a million ids share a hash with
    a chance of 3 in 100 million.

    References
    ----------
    FNV-1a: G. Fowler, L. C. Noll, K.-P. Vo; the finaliser: G. Steele, D. Lea and C. Flood (2014),
    Fast splittable pseudorandom number generators.
    """
    out = np.empty(len(starts), dtype=np.uint64)
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        while start < end and text[start] <= _SPACE:
            start += 1
        while end > start and text[end - 1] <= _SPACE:
            end -= 1
        out[row] = np.uint64(0)
        if not _is_no_word(text, start, end):
            out[row] = _hash(text, start, _without_zeros(text, start, end), salt)
    return out


@kernel
def _without_zeros(text: _Bytes, start: int, end: int) -> int:
    """Give where a whole number ends that is written with a decimal point, as 201.0; else `end`."""
    at = end
    while at > start and text[at - 1] == _ZERO:
        at -= 1
    if at == end or at <= start or text[at - 1] != _DOT:
        return end
    point = at - 1
    first = start + 1 if text[start] == _MINUS else start
    if point <= first:
        return end
    for place in range(first, point):
        if not _ZERO <= text[place] <= _NINE:
            return end
    return point


@kernel
def _is_no_word(text: _Bytes, start: int, end: int) -> bool:
    """Tell whether a text is blank, "nan", "null", "none" or "-", in capitals or not."""
    size = end - start
    if size == 0 or (size == 1 and text[start] == _MINUS):
        return True
    if size < 3 or size > 4 or (text[start] | 32) != 110:  # noqa: PLR2004 - n
        return False
    second, third = text[start + 1] | 32, text[start + 2] | 32
    if size == 3:  # noqa: PLR2004
        return bool(second == 97 and third == 110)  # noqa: PLR2004 - a, n
    fourth = text[start + 3] | 32
    null = second == 117 and third == 108 and fourth == 108  # noqa: PLR2004 - u, l, l
    none = second == 111 and third == 110 and fourth == 101  # noqa: PLR2004 - o, n, e
    return bool(null or none)


@kernel
def hash_numbers(
    numbers: NDArray[np.int64], missing: NDArray[np.bool_], salt: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Hash whole numbers as `hash_texts` hashes their digits; 0 where one is missing."""
    out = np.empty(len(numbers), dtype=np.uint64)
    digits = np.empty(24, dtype=np.uint8)
    for row in range(len(numbers)):
        if missing[row]:
            out[row] = np.uint64(0)
            continue
        value, at = numbers[row], 24
        negative = value < 0
        while True:
            digit = value % 10
            if negative and digit:
                digit = 10 - digit  # of the remainder of a negative number
            at -= 1
            digits[at] = np.uint8(_ZERO + digit)
            value = -((-value) // 10) if negative else value // 10
            if value == 0:
                break
        if negative:
            at -= 1
            digits[at] = np.uint8(_MINUS)
        out[row] = _hash(digits, at, 24, salt)
    return out
