"""A grid of text -> its header: where it stands, and which column is which."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from planner.columns import MISSED, UNITS, Column, header_key, header_unit, is_personal
from planner.intake.cells import read_number
from planner.intake.grid import Grid, Merge
from planner.intake.privacy import is_private, mask

__all__ = ["Head", "column_letter", "find_head"]

_SEARCHED = 40
"""Rows from the top in which a header is looked for."""
_UNITS = frozenset(unit for units in UNITS.values() for unit in units)
_DEEPEST = 4
"""Rows that a merged header may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the header stands and what each column is."""

    first: int
    """First and last row of the header, counted from 0."""
    last: int
    taken: Mapping[str, int]
    """Canonical name -> position of the column."""
    columns: Mapping[str, Column]
    """Canonical name -> what the column holds."""
    text: tuple[str, ...]
    """What each column is called in the file, private numbers hidden; "" without a header."""
    personal: tuple[int, ...]
    """Positions of the columns that are never read."""
    missed: tuple[str, ...] = ()
    """Headers of columns that count for much and that the file does not have."""


class _Names:
    """Finds the canonical name of a header."""

    def __init__(self, columns: Sequence[Column], renamed: Mapping[str, str]) -> None:
        self.columns = {column.name: column for column in columns}
        self._known: dict[str, tuple[str, int]] = {}
        for column in columns:
            if column.name not in renamed:
                for rank, header in enumerate(column.headers):
                    self._known.setdefault(header_key(header), (column.name, rank))
        for name, header in renamed.items():
            self._known[header_key(header)] = (name, -1)

    def find(self, text: str) -> tuple[str, int] | None:
        """Give the canonical name and how sure it is (the smaller the surer)."""
        return self._known.get(header_key(text)) if text else None

    def is_personal(self, text: str) -> bool:
        """Tell whether a header says, or holds, what is never read; a counted group is neither."""
        hit = self.find(text)
        counted = hit is not None and "=" in hit[0]
        return not counted and (is_personal(text) or (hit is None and is_private(text)))

    def agree(self, upper: str, lower: str, span: bool) -> bool:  # noqa: FBT001 - called by map
        """Tell whether two cells may be two levels of one header, the upper spanning columns."""
        above, below = self.find(upper), self.find(lower)
        if not lower or above is None:
            return True
        if below is None:
            return is_personal(lower)
        wide = "=" in above[0] and "=" in below[0]
        return above[0] == below[0] or wide or span

    def column(self, name: str) -> Column:
        """Give what a column holds; a group and a period together hold what the group does."""
        return replace(self.columns[name.partition("&")[0]], name=name)


def find_head(
    grid: Grid, columns: Sequence[Column], *, renamed: Mapping[str, str] | None = None
) -> Head | None:
    """Find the header of a table among title rows, merged cells and rows of units.

    Parameters
    ----------
    grid
        The sheet.
    columns
        What the table may hold.
    renamed
        Canonical name -> header in this file, in place of the known aliases.

    Returns
    -------
    Head or None
        None where no row has a known header. The header row is the first of those with the most
        known headers; rows beside it that hold headers too (merged headers, an English row) belong
        to it. The header of a map file is its first row, whatever it holds.
    """
    names = _Names(columns, renamed or {})
    if grid.geometry is not None:
        return _head(0, 0, grid, names)
    rows = _filled(grid)
    hits = [len({hit[0] for cell in row if (hit := names.find(cell))}) for row in rows]
    if not any(hits):
        return None
    first = last = hits.index(max(hits))
    while first > 0 and last - first + 1 < _DEEPEST and _joined(first - 1, rows, names):
        first -= 1
    while last + 1 < len(rows) and last - first + 1 < _DEEPEST and _joined(last, rows, names):
        last += 1
    if last + 1 < len(rows) and _is_units(rows[last + 1]):
        last += 1
    return _head(first, last, grid, names)


def _filled(grid: Grid) -> list[list[str]]:
    """Copy the top of the sheet with each merged block filled with its one text."""
    rows = [list(row) for row in grid.rows[:_SEARCHED]]
    for merge in grid.merges:
        if merge.top < len(rows) and merge.left < len(rows[merge.top]):
            _fill(rows, merge, rows[merge.top][merge.left])
    return rows


def _fill(rows: list[list[str]], merge: Merge, text: str) -> None:
    for row in rows[merge.top : merge.bottom + 1]:
        # A merged title may be wider than the table; what is beyond the row is not filled.
        for column in range(merge.left, min(merge.right + 1, len(row))):
            row[column] = text


def _joined(at: int, rows: Sequence[Sequence[str]], names: _Names) -> bool:
    """Tell whether a row and the one below it are two levels of one header.

    Both hold a known header, the lower one holds no number, and in each column they agree: a row
    of data has texts of its own under the headers.
    """
    upper, lower = _even(rows[at], rows[at + 1])
    if upper == lower:
        return False  # a header that is repeated
    known = [any(names.find(cell) for cell in row) for row in (upper, lower)]
    numbers = any(math.isfinite(read_number(cell, units={})[0]) for cell in lower)
    spans = [column > 0 and upper[column] == upper[column - 1] for column in range(len(upper))]
    spans = [a or b for a, b in zip(spans, [*spans[1:], False], strict=True)]
    return all(known) and not numbers and all(map(names.agree, upper, lower, spans))


def _is_units(row: Sequence[str]) -> bool:
    """Tell whether a row holds the units of the columns and nothing else."""
    cells = [_unit(cell) for cell in row if cell]
    return bool(cells) and all(cell in _UNITS for cell in cells)


def _unit(text: str) -> str:
    return header_unit(text) or header_unit(f"({text})")


def _even(upper: Sequence[str], lower: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give two rows the same length; a heading with blanks to its right stands above these too."""
    width = max(len(upper), len(lower))
    above, below = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    return _spread(above, below), below


@dataclass(frozen=True, slots=True)
class _Hit:
    name: str
    rank: int
    text: str


def _head(first: int, last: int, grid: Grid, names: _Names) -> Head:
    levels = _levels(first, last, grid)
    units = levels.pop() if len(levels) > 1 and _is_units(levels[-1]) else []
    width = max(len(row) for row in levels)
    stacks = [[row[at] if at < len(row) else "" for row in levels] for at in range(width)]
    personal = tuple(at for at, stack in enumerate(stacks) if any(map(names.is_personal, stack)))
    hits = {at: hit for at, stack in enumerate(stacks) if (hit := _match(stack, names))}
    taken: dict[str, int] = {}
    for at, hit in hits.items():
        if at not in personal and (hit.name not in taken or hit.rank < hits[taken[hit.name]].rank):
            taken[hit.name] = at
    return Head(
        first=first,
        last=last,
        taken=taken,
        columns={name: names.column(name) for name in taken},
        text=tuple(
            mask(_with_unit(hits[at].text if at in hits else _lowest(stack), units[at : at + 1]))
            for at, stack in enumerate(stacks)
        ),
        personal=personal,
        missed=_missed(names, taken),
    )


def _missed(names: _Names, taken: Mapping[str, int]) -> tuple[str, ...]:
    """Give the headers that a file might hold under other words."""
    by_row = "group" in taken and not any(name.startswith("group=") for name in taken)
    return tuple(
        column.header
        for name, column in names.columns.items()
        if name not in taken
        and (name in MISSED or (name.startswith("group=") and not by_row))
        and not any(name in joint.split("&") for joint in taken)
    )


def _levels(first: int, last: int, grid: Grid) -> list[list[str]]:
    """Give the rows of the header, a heading over several columns standing above each of them."""
    rows = _filled(grid)[first : last + 1]
    if grid.merges:
        return rows
    # A merged heading that went through CSV stands above its first column alone.
    return [*(_spread(upper, lower) for upper, lower in pairwise(rows)), rows[-1]]


def _spread(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    out: list[str] = []
    for at in range(max(len(upper), len(lower))):
        own = upper[at] if at < len(upper) else ""
        below = lower[at] if at < len(lower) else ""
        left = out[-1] if out else ""
        out.append(left if not own and below and not is_personal(left) else own)
    return out


def _match(stack: Sequence[str], names: _Names) -> _Hit | None:
    """Match the levels of one column, the lowest first; a group above a period means both."""
    found = [_Hit(*hit, text) for text in reversed(stack) if (hit := names.find(text))]
    if not found:
        return None
    joint = {hit.name.partition("=")[0]: hit for hit in reversed(found) if "=" in hit.name}
    if len(joint) > 1:
        name = "&".join(joint[kind].name for kind in sorted(joint))
        return _Hit(name, 0, " ".join(dict.fromkeys(text for text in stack if text)))
    return _Hit(found[0].name, found[0].rank, _said(found))


def _said(found: Sequence[_Hit]) -> str:
    """Give the header by which a column is told: the upper of two in different languages."""
    same = [hit.text for hit in found if hit.name == found[0].name]
    return next((text for text in same if header_unit(text)), same[-1])


def _with_unit(text: str, below: Sequence[str]) -> str:
    """Add the unit that stands in a row below the header, as if it stood in brackets."""
    unit = _unit(below[0]) if below else ""
    return f"{text} ({unit})" if unit and not header_unit(text) else text


def _lowest(stack: Sequence[str]) -> str:
    return next((text for text in reversed(stack) if text), "")


def column_letter(at: int) -> str:
    """Give the letter that a table program shows for a column counted from 0.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
