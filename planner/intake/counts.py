"""Tables of counted people, wide or long -> one long table of group, period and workers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import Column, Kind
from planner.intake.body import Body, Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import open_table
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = [
    "Counted",
    "counts_checked",
    "in_long_form",
    "no_counts",
    "open_counts",
    "read_counts",
]

_GROUP, _PERIOD = "group=", "period="
_BY_ROW = ("workers", "headcount")
"""Columns of counts whose group another column says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A table of counts, its columns read."""

    body: Body
    faults: Faults
    read: dict[str, Any]
    """Canonical name -> values, as `read_values` gives them."""
    notes: tuple[Message, ...]


def open_counts(
    source: Source,
    columns: Sequence[Column],
    words: Words,
    renamed: Mapping[str, str],
    *,
    missing: Callable[[Grid, frozenset[str]], Message | None],
) -> Counted:
    """Open a table of counts and read its columns.

    Parameters
    ----------
    source, columns, renamed, missing
        As for `open_table`; a column for each group and each period of `words` is added.
    """
    wide = [*_wide(_GROUP, words.groups), *_wide(_PERIOD, words.periods)]
    body = open_table(source, [*columns, *wide], missing=missing, renamed=renamed)
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=words)
    return Counted(body=body, faults=faults, read=values, notes=(*body.notes, *notes))


def _wide(prefix: str, names: Mapping[str, str]) -> Iterator[Column]:
    """Make a column for each group or period, with the names that people use as its headers."""
    by_id: dict[str, list[str]] = {}
    for name, value in names.items():
        by_id.setdefault(value, []).append(name)
    for value, known in by_id.items():
        yield Column(
            name=prefix + value,
            header=known[0],
            kind=Kind.NUMBER,
            meaning=note("Number of people of the group"),
            aliases=tuple(
                alias for name in (value, *known) for alias in (name, f"{name}人数", f"{name}数")
            ),
            unit="people",
            low=0,
            high=10_000_000,
        )


def no_counts(grid: Grid, found: frozenset[str]) -> Message | None:
    """Tell that a sheet has no column of counts, or nothing where it has one."""
    by_group = any(name.startswith(_GROUP) for name in found)
    counted = any(name.startswith(_PERIOD) for name in found) or found & {"workers", "headcount"}
    if by_group or ("group" in found and counted):
        return None
    return note(
        "{table}: no column says how many workers of which group there are. Use one column for "
        "each group, or the columns 群体 (group) and 人数 (workers).",
        table=grid.label,
    )


_NO_GROUP = Rule(
    column="group",
    expected=note("a group of workers"),
    fix=note("Write the group, or delete the row."),
)
_NO_COUNT = Rule(
    expected=note("a number of people"),
    fix=note("Write how many there are (0 for none), or delete the row."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One column of counts."""

    group: str | None
    """None: the column of groups says it."""
    period: str | None
    """None: the column of periods says it, if there is one; "": the headcount."""
    workers: NDArray[np.float64]
    repeats: bool = False
    """Whether each row of a community and group may state the same number again."""


def read_counts(opened: Counted) -> list[Count]:
    """Give each column of counts; rows with no group or no count at all are faults."""
    values, faults, size = opened.read, opened.faults, opened.body.size
    counts = []
    for name, column in values.items():
        parts = dict(part.split("=", 1) for part in name.split("&") if "=" in part)
        if parts:
            counts.append(
                Count(group=parts.get("group"), period=parts.get("period"), workers=column)
            )
    if not any(count.group for count in counts):
        counts += _counts_by_row(opened)
    empty = np.ones(size, dtype=bool)
    for count in counts:
        empty &= np.isnan(count.workers)
    for name in values:
        if "=" in name or name in _BY_ROW:
            empty &= ~faults.told(name)
    by_row = () if any(count.group for count in counts) else _BY_ROW
    named = next((name for name in by_row if name in values), "")
    faults.add(empty, replace(_NO_COUNT, column=named))
    _find_odd_totals(opened, counts)
    if "group" in values and not all(count.group for count in counts):
        faults.add(np.asarray(pd.isna(values["group"])), _NO_GROUP)
    return counts


def _counts_by_row(opened: Counted) -> list[Count]:
    """Give the column of counts, and that of headcounts beside counts by period.

    Without a period the count is the headcount, and a total beside it is that of more than the row.
    """
    values, none = opened.read, np.full(opened.body.size, np.nan)
    counts = []
    if "workers" in values:
        counts.append(Count(group=None, period=None, workers=values["workers"]))
    if "headcount" in values:
        period = values.get("period", np.full(opened.body.size, None, dtype=object))
        beside = np.isnan(values.get("workers", none)) | ~pd.isna(period)
        headcount = np.where(beside, values["headcount"], np.nan)
        counts.append(Count(group=None, period="", workers=headcount, repeats=True))
    return counts


def _find_odd_totals(opened: Counted, counts: Sequence[Count]) -> None:
    """Find totals that do not agree with the counts beside them; the row is used all the same."""
    if "headcount" not in opened.read:
        return
    total = opened.read["headcount"]
    by_group = [count.workers for count in counts if count.group and not count.period]
    by_period = [count.workers for count in counts if count.period and not count.group]
    if by_group:
        parts = np.stack(by_group)
        differs = ~np.isnan(parts).all(axis=0) & (np.abs(np.nansum(parts, axis=0) - total) > _HALF)
        opened.faults.add(differs, _OTHER_SUM)
    if by_period:
        most = np.fmax.reduce(by_period)
        opened.faults.add(most > total + _HALF, _FEWER_THAN_AT_ONCE)


_HALF = 0.5
_OTHER_SUM = Rule(
    column="headcount",
    expected=note("the sum of the groups beside it"),
    fix=note("Check the numbers. Those of the groups are used, the total is not."),
    fatal=False,
)
_FEWER_THAN_AT_ONCE = Rule(
    column="headcount",
    expected=note("at least as many people as in each period"),
    fix=note("Check the numbers: nobody can be out without being counted in the total."),
    fatal=False,
)


def in_long_form(
    opened: Counted, counts: Sequence[Count], keys: Mapping[str, NDArray[Any]]
) -> pd.DataFrame:
    """Put the columns of counts under each other, in the order of the rows."""
    values, body = opened.read, opened.body
    none = np.full(body.size, "", dtype=object)
    row_group = values.get("group", none)
    row_period = np.where(pd.isna(period := values.get("period", none)), "", period)
    frames = [
        pd.DataFrame(
            {
                "at": np.arange(body.size),
                **keys,
                "group": row_group if count.group is None else count.group,
                "period": row_period if count.period is None else count.period,
                "workers": count.workers,
                "repeats": count.repeats,
                "row": body.line,
            }
        )
        for count in counts
    ]
    long = pd.concat(frames, ignore_index=True)
    long = long[long["workers"].notna()].sort_values("at", kind="stable", ignore_index=True)
    return long.astype({"group": "str", "period": "str"})


def counts_checked(opened: Counted, rows: pd.DataFrame, notes: tuple[Message, ...]) -> Checked:
    """Give the rows that can be used with what is told of the others."""
    return Checked(
        rows=rows.reset_index(drop=True),
        problems=opened.faults.problems(),
        rejected=opened.faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=notes,
        skipped=opened.body.skipped,
        origin=opened.faults.origin(),
    )
