"""A grid with its header -> the rows of data: what is no data is skipped, and told."""

import re
from bisect import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import UNITS, Column, Kind, header_unit
from planner.intake.body import Body, Mark, Rule, Total
from planner.intake.cells import has_position
from planner.intake.grid import Flaw, Grid, Merge
from planner.intake.headers import Head, column_letter
from planner.intake.privacy import shown
from planner.language import Message, note

__all__ = ["asks_for_headers", "lines_text", "read_body"]

_TOTAL = re.compile(
    # whose total it may be stands before: 甲街道小计, 全区合计
    r"(其\s*中\s*[:：]\s*)?([^\d\s,，、。;；:：]{0,12}\s*[(（]?\s*)?"
    r"(合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|累\s*计|grand[ -]?total|sub-?[ ]?total|total)"
    r"\s*(人数|数)?\s*([(（]\s*([人名个]|[含不][^)）]{1,12})\s*[)）]|[)）])?\s*[:：]?\s*"
    r"([\d.,]+\s*[人个名家处项座条]?)?"
    r"|总\s*人?\s*数\s*([(（]\s*[人名个]\s*[)）])?\s*[:：]?\s*([\d.,]+\s*[人名个]?)?"
    r"|(总\s*)?共\s*[\d.,]+\s*[人名个]",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(备\s*注|说\s*明|注)\s*[(（]?[\d一二三四五六七八九十]*[)）]?\s*[:：]"
    r"|(填\s*[表报]|制\s*表|审\s*核|统\s*计)\s*(单位|部门)?\s*(负责)?\s*"
    r"(人|者|员|人员|单位|部门|日期|时间|说明|口径|盖章)?\s*([(（].{0,6}[)）])?\s*[:：]"
    r"|(联\s*系|负\s*责|经\s*办|复\s*核|校\s*对)\s*人?\s*[:：]"
)
_EXAMPLE = re.compile(r"(示例|样例|example)\s*[:：]", re.IGNORECASE)
"""What the name in an example row of a template begins with."""
_TOTAL_SIGN = re.compile(r"计|汇\s*总|总\s*人?\s*数|共|total", re.IGNORECASE)
_REMARK_STARTS = frozenset("备说注填制审统联负经复校")
_HEADING = re.compile(r"[(（]?[一二三四五六七八九十]+[)）]?、")
_FILLED_DOWN = frozenset(
    {Kind.TEXT, Kind.HOURS, Kind.HOST, Kind.GROUP, Kind.GROUPS, Kind.PERIOD, Kind.CHOICE}
    | {Kind.YES_NO}
)
_MOST_LINES = 12
_MOST_COLUMNS = 20
"""Columns that are not used and told by name; a layer of a map may have hundreds."""
_OTHER_DELIMITERS = ";；\t|，"


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows of a grid by what they are, counted from 0."""

    data: list[int]
    empty: list[int]
    totals: list[int]
    remarks: list[int]
    repeated: list[int]
    examples: list[int]
    numbered: list[int]
    """Rows prepared with a running number and nothing else."""


def read_body(grid: Grid, head: Head) -> Body:
    """Take the rows of data out of a sheet.

    Returns
    -------
    Body
        Rows below the header without blank rows, totals, remarks and repeated headers (all told in
        its notes). Merged cells give their text to each of their rows where that is a description;
        where it is a name, a number or a position, each row of the block is a fault. A row with
        more cells than the header is a fault, and its cells are not repeated anywhere, since a
        phone number may have moved into any of them.
    """
    sorted_rows = _sort_rows(grid, head)
    rows, width = sorted_rows.data, len(head.text)
    merged, told = _fill_merged(grid, head)
    cells = [merged.get(at, grid.rows[at]) for at in rows]
    table = [row if len(row) == width else _to_width(row, width) for row in cells]
    columns = [np.array(column, dtype=object) for column in zip(*table, strict=True)]
    columns = columns or [np.empty(0, dtype=object)] * width
    line = np.array(rows, dtype=np.int64) + grid.first_line
    beyond = np.array([any(row[width:]) for row in cells], dtype=bool)
    long = beyond & grid.delimited
    broken = np.array(
        [at in grid.flaws and len(row) < width for at, row in zip(rows, cells, strict=True)],
        dtype=bool,
    )
    broken &= grid.delimited
    whole = np.array([_is_unsplit(row, width) for row in cells], dtype=bool) & grid.delimited
    marks = [
        Mark(where=long, rule=_TOO_LONG, found=_most_cells(cells, width)),
        Mark(where=whole, rule=_UNSPLIT, found=f"1 < {width}"),
        Mark(where=broken, rule=_BROKEN, found='"'),
        *_flaws(grid, rows),
        *_block_faults(grid, head, rows),
    ]
    return Body(
        label=np.full(len(rows), grid.label, dtype=object),
        line=line,
        columns=head.columns,
        header={name: head.text[at] for name, at in head.taken.items()},
        text={name: columns[at] for name, at in head.taken.items()},
        factor=_factors(head, len(rows)),
        cells=_kept_cells(head, columns, long | whole | broken),
        geometry=None if grid.geometry is None else grid.geometry[[at - 1 for at in rows]],
        crs=grid.crs,
        marks=tuple(marks),
        totals=_totals(grid, head, sorted_rows),
        notes=(
            *grid.notes,
            *told,
            *_told(grid, head, sorted_rows),
            *_outside_told(grid, _unnamed(head, columns, beyond & ~long), line),
        ),
        skipped=len(grid.rows) - head.last - 1 - len(rows),
    )


def _to_width(row: Sequence[str], width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]


_TOO_LONG = Rule(
    expected=note("at most as many cells as the header has"),
    fix=note("A comma inside a text moves the cells after it: put the text in double quotes."),
)
_UNSPLIT = Rule(
    expected=note("cells separated as in the header"),
    fix=note("The whole row stands in one cell: separate its cells with commas."),
)


_BROKEN = Rule(
    expected=note("as many cells as the header has"),
    fix=note("A double quote in this row is not closed: delete it, or write two of them."),
)


def _flaws(grid: Grid, rows: Sequence[int]) -> list[Mark]:
    """Give what the reader of the file found, one mark for all rows with the same."""
    where: dict[Flaw, NDArray[np.bool_]] = {}
    for position, at in enumerate(rows):
        if at in grid.flaws:
            where.setdefault(grid.flaws[at], np.zeros(len(rows), dtype=bool))[position] = True
    return [Mark(where=there, rule=flaw.rule, found=flaw.found) for flaw, there in where.items()]


def _is_unsplit(row: Sequence[str], width: int) -> bool:
    """Tell whether a row is one cell that holds the delimiters of another kind of file."""
    alone = bool(row) and bool(row[0]) and not any(row[1:]) and width > 2  # noqa: PLR2004 - two cells may be one name and a blank
    return alone and any(2 * row[0].count(mark) >= width for mark in _OTHER_DELIMITERS)


def _most_cells(cells: Sequence[Sequence[str]], width: int) -> str:
    return f"{max((len(row) for row in cells), default=0)} > {width}"


def _sort_rows(grid: Grid, head: Head) -> _Sorted:
    out = _Sorted([], [], [], [], [], [], [])
    counted = {head.taken[name] for name in ("serial", "id") if name in head.taken}
    header, width = [cell for cell in head.text if cell], len(head.text)
    titles = {merge.top for merge in grid.merges if merge.right > merge.left}
    for at in range(head.last + 1, len(grid.rows)):
        row = grid.rows[at]
        if grid.geometry is not None:
            out.data.append(at)  # a shape is a row, whatever its attributes say
            continue
        into = _bin(row, out, header=header, width=width, alone=at in titles)
        if (into is out.totals or into is out.remarks) and has_position(_by_name(row, head)):
            into = out.data  # whatever a place is called
        if into is out.data and _is_number_alone(row, counted):
            into = out.numbered
        into.append(at)
    return out


def _is_number_alone(row: Sequence[str], counted: Collection[int]) -> bool:
    filled = [at for at, cell in enumerate(row) if cell]
    return len(filled) == 1 and filled[0] in counted and row[filled[0]].isdecimal()


def _by_name(row: Sequence[str], head: Head) -> dict[str, str]:
    return {name: row[at] for name, at in head.taken.items() if at < len(row)}


def _bin(
    row: Sequence[str], out: _Sorted, *, header: Sequence[str], width: int, alone: bool
) -> list[int]:
    filled = [cell for cell in row if cell]
    if not filled:
        return out.empty
    if any(_EXAMPLE.match(cell) for cell in filled[:3]):
        return out.examples
    if not any(row[:width]):  # a remark beside the table
        return out.remarks
    if any(_is_total(cell) for cell in filled[:3]):
        return out.totals
    heading = len(filled) == 1 and (alone or _HEADING.match(filled[0]))
    if heading or (filled[0][0] in _REMARK_STARTS and _REMARK.match(filled[0])):
        return out.remarks
    return out.repeated if filled == header else out.data


def _is_total(cell: str) -> bool:
    """Tell whether a cell says that its row adds others up.

    Examples
    --------
    >>> [_is_total(text) for text in ("合 计", "甲街道小计", "合计（人）", "会计室", "Total: 40")]
    [True, True, True, False, True]
    """
    return _TOTAL_SIGN.search(cell) is not None and _TOTAL.fullmatch(cell) is not None


def _totals(grid: Grid, head: Head, rows: _Sorted) -> tuple[Total, ...]:
    return tuple(
        Total(
            label=grid.label,
            line=at + grid.first_line,
            word=next(filter(_is_total, grid.rows[at])),
            above=bisect(rows.data, at),
            text=_by_name(grid.rows[at], head),
        )
        for at in rows.totals
    )


def _fill_merged(grid: Grid, head: Head) -> tuple[dict[int, list[str]], list[Message]]:
    """Give each row of a merged description its text; only the rows that change are copied."""
    changed: dict[int, list[str]] = {}
    told: dict[str, list[int]] = {}
    names = {at: name for name, at in head.taken.items()}
    for merge in grid.merges:
        name = names.get(merge.left)
        if merge.top <= head.last or name is None or not _fills_down(name, head.columns[name]):
            continue
        text = _cell(grid.rows, merge.top, merge.left)
        for at in range(merge.top + 1, min(merge.bottom + 1, len(grid.rows))):
            row = changed.setdefault(
                at, [*grid.rows[at], *[""] * (len(head.text) - len(grid.rows[at]))]
            )
            row[merge.left] = text
            told.setdefault(head.text[merge.left], []).append(at + grid.first_line)
    return changed, [
        note(
            "{table}: merged cells in column '{column}': their text was taken for rows {rows} too.",
            table=grid.label,
            column=column,
            rows=lines_text(lines),
        )
        for column, lines in told.items()
    ]


def _cell(rows: Sequence[Sequence[str]], at: int, column: int) -> str:
    return rows[at][column] if at < len(rows) and column < len(rows[at]) else ""


def _fills_down(name: str, column: Column) -> bool:
    return column.kind in _FILLED_DOWN and name != "name"


def _block_faults(grid: Grid, head: Head, rows: Sequence[int]) -> list[Mark]:
    """Find the rows of merged names, numbers and positions."""
    positions = np.array(rows)
    names = {at: name for name, at in head.taken.items()}
    marks = []
    for merge in grid.merges:
        name = names.get(merge.left)
        if merge.top <= head.last or merge.bottom == merge.top or name is None:
            continue
        if not _fills_down(name, head.columns[name]):
            where = (positions >= merge.top) & (positions <= merge.bottom)
            found = shown(_cell(grid.rows, merge.top, merge.left))
            rule = _merged_rule(head.columns[name], merge, grid.first_line)
            marks.append(Mark(where=where, rule=rule, found=found))
    return marks


def _merged_rule(column: Column, merge: Merge, first_line: int) -> Rule:
    return Rule(
        column=column.name,
        fatal=not column.lenient,
        expected=note("a cell of its own in each row"),
        fix=note(
            "Unmerge rows {first} to {last} and write each row's own value.",
            first=merge.top + first_line,
            last=merge.bottom + first_line,
        ),
    )


def _factors(head: Head, size: int) -> dict[str, NDArray[np.float64]]:
    """Give the factor of each column whose header names a unit that is not the usual one."""
    out = {}
    for name, at in head.taken.items():
        factor = UNITS.get(head.columns[name].unit, {}).get(header_unit(head.text[at]), 1.0)
        if factor != 1.0:
            out[name] = np.full(size, factor)
    return out


def _kept_cells(
    head: Head, columns: Sequence[NDArray[np.object_]], moved: NDArray[np.bool_]
) -> pd.DataFrame:
    """Give the cells for the list of rejected rows: of the columns that are read, no others.

    What a column holds that nobody knows is not known either; it may be a name or a number of a
    person.
    """
    kept: dict[str, NDArray[np.object_]] = {}
    for at in sorted(head.taken.values()):
        header = head.text[at]
        name = header if header not in kept else f"{header} ({column_letter(at)})"
        kept[name] = np.where(moved, "", columns[at])
    return pd.DataFrame(kept, index=pd.RangeIndex(len(moved)), dtype=object)


def _told(grid: Grid, head: Head, rows: _Sorted) -> list[Message]:
    """Tell what was not used."""
    label, first = grid.label, grid.first_line
    out = [*_columns_told(label, head)]
    if rows.empty:
        out.append(note("{table}: {n} blank rows skipped.", table=label, n=len(rows.empty)))
    totals = lines_text([at + first for at in rows.totals])
    remarks = lines_text([at + first for at in rows.remarks])
    repeated = lines_text([at + first for at in rows.repeated])
    if totals:
        out.append(
            note("{table}: rows {rows} are totals and were set aside.", table=label, rows=totals)
        )
    if rows.numbered:
        out.append(
            note(
                "{table}: rows {rows} hold a running number and nothing else; skipped.",
                table=label,
                rows=lines_text([at + first for at in rows.numbered]),
            )
        )
    if remarks:
        out.append(
            note(
                "{table}: rows {rows} are headings or remarks and were set aside.",
                table=label,
                rows=remarks,
            )
        )
    if rows.examples:
        out.append(
            note(
                "{table}: rows {rows} are examples of the template and were skipped.",
                table=label,
                rows=lines_text([at + first for at in rows.examples]),
            )
        )
    if repeated:
        out.append(
            note(
                "{table}: rows {rows} repeat the header and were skipped.",
                table=label,
                rows=repeated,
            )
        )
    return out


def _unnamed(
    head: Head, columns: Sequence[NDArray[np.object_]], beyond: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find the rows with cells under no header."""
    out = beyond.copy()
    for at, header in enumerate(head.text):
        if not header:
            out |= columns[at] != ""
    return out


def _outside_told(grid: Grid, where: NDArray[np.bool_], line: NDArray[np.int64]) -> list[Message]:
    if not where.any():
        return []
    return [
        note(
            "{table}: cells that stand under no header, in rows {rows}, were not used.",
            table=grid.label,
            rows=lines_text(line[where].tolist()),
        )
    ]


def _columns_told(label: str, head: Head) -> list[Message]:
    used = {*head.taken.values()}
    unknown = [
        head.text[at]
        for at in range(len(head.text))
        if head.text[at] and at not in used and at not in head.personal
    ]
    out = []
    if unknown:
        names = [*unknown[:_MOST_COLUMNS], *(["…"] if len(unknown) > _MOST_COLUMNS else [])]
        out.append(_not_used(label, names, head.missed))
    if head.personal:
        columns = ", ".join(column_letter(at) for at in head.personal)
        out.append(
            note(
                "{table}: columns {columns} hold names or phone numbers of people; not read.",
                table=label,
                columns=columns,
            )
        )
    scaled = [head.text[at] for name, at in head.taken.items() if name in _factors(head, 0)]
    if scaled:
        out.append(
            note(
                "{table}: numbers are read in the unit of the header: {columns}.",
                table=label,
                columns=", ".join(scaled),
            )
        )
    return out


def _not_used(label: str, names: Sequence[str], missed: Sequence[str]) -> Message:
    columns = ", ".join(names)
    if missed:
        return _may_hold(label, columns, ", ".join(missed))
    return note("{table}: columns not used: {columns}.", table=label, columns=columns)


def _may_hold(table: str, columns: str, missed: str) -> Message:
    return note(
        "{table}: columns not used: {columns}. If one of them holds what belongs under {missed}, "
        "give it that header in the file.",
        table=table,
        columns=columns,
        missed=missed,
    )


def asks_for_headers(message: Message) -> bool:
    """Tell whether a message asks the owner of a file to look after columns nobody knows."""
    return message.template == _may_hold("", "", "").template


def lines_text(lines: Sequence[int]) -> str:
    """Give line numbers as short text, runs joined.

    Examples
    --------
    >>> lines_text([3, 4, 5, 9])
    '3-5, 9'
    """
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and runs[-1][1] == line - 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    texts = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:_MOST_LINES]]
    return ", ".join([*texts, "…"] if len(runs) > _MOST_LINES else texts)
