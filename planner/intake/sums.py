"""Counts in long form -> each person once: headcounts that repeat, rows that add others up."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.intake.body import Rule
from planner.intake.counts import Counted
from planner.intake.faults import Faults
from planner.intake.layout import lines_text
from planner.language import Message, note

__all__ = ["COUNTED_TWICE", "find_sums", "with_headcounts_once"]

_HALF = 0.5
_OTHER_HEADCOUNT = Rule(
    column="headcount",
    expected=note("the same headcount in each row of a community and group"),
    fix=note("The first of them is used. Check the numbers."),
    fatal=False,
)
COUNTED_TWICE = Rule(
    expected=note("each community, group and period once"),
    fix=note("The same stands in an earlier row: add the numbers up, or delete one row."),
)
_SUM = Rule(
    expected=note("a whole community or its parts, not both"),
    fix=note(
        "The row is the sum of its grids or places, which are counted: delete it, or delete these."
    ),
)


def with_headcounts_once(long: pd.DataFrame, faults: Faults, keys: Sequence[str]) -> pd.DataFrame:
    """Leave out the headcounts that other rows of the same community and group state too.

    A row that counts a headcount of its own stands before those that state it beside a period. Of
    numbers that differ the first is kept, and the others are told. A row that says nothing else is
    set aside.
    """
    good = long[~faults.bad[long["at"].to_numpy()]]
    first = good.sort_values(["repeats", "at"], kind="stable").groupby(list(keys), dropna=False)
    stands = first["workers"].transform("first").reindex(good.index)
    again = good["repeats"] & (first.cumcount() > 0).reindex(good.index)
    differs = again & ((good["workers"] - stands).abs() > _HALF)
    where = np.zeros(len(faults.bad), dtype=bool)
    where[good.loc[differs, "at"].to_numpy()] = True
    faults.add(where, _OTHER_HEADCOUNT)
    once: pd.DataFrame = long.drop(index=good.index[again])
    nothing_new = np.zeros(len(faults.bad), dtype=bool)
    nothing_new[list(set(good["at"]) - set(once["at"]))] = True
    faults.add(nothing_new, replace(COUNTED_TWICE, column="headcount"))
    return once


def find_sums(long: pd.DataFrame, opened: Counted) -> tuple[Message, ...]:
    """Set aside rows of a grid or community that are the sums of its places or grids.

    Where such a row is another number, both are used, and that is told.

    Parameters
    ----------
    long
        Columns community, street, grid, place, lon, group, period, workers, at.
    """
    faults, body = opened.faults, opened.body
    both = np.zeros(body.size, dtype=bool)
    at_place = (long["place"] != "") | long["lon"].notna()
    for fine, within in (
        (at_place, ["street", "community", "grid"]),
        (at_place | (long["grid"] != ""), ["street", "community"]),
    ):
        good = ~faults.bad[long["at"].to_numpy()] & (long[within[-1]] != "")
        sums, others = _sums(long[good & ~fine], long[good & fine], within, body.size)
        faults.add(sums, replace(_SUM, column=within[-1]))
        both |= others
    both &= ~faults.bad
    if not both.any():
        return ()
    return (
        note(
            "{table}: rows {rows} count a whole community or grid, and other rows its parts: both "
            "were added up. Delete the rows if they are totals.",
            table=body.table,
            rows=lines_text(body.line[both].tolist()),
        ),
    )


def _sums(
    wholes: pd.DataFrame, parts: pd.DataFrame, within: Sequence[str], size: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which rows of a file are the sums of their parts, and which others have parts."""
    keys = [*within, "group", "period"]
    added = parts.groupby(keys)["workers"].sum().rename("parts")
    beside = wholes.join(added, on=keys)
    known = parts.drop_duplicates(list(within))[list(within)].assign(split=True)
    split = wholes[["at", *within]].merge(known, on=list(within), how="inner")["at"]
    same = (beside["workers"] - beside["parts"].fillna(0)).abs() <= _HALF
    counts = beside["workers"].groupby(beside["at"]).sum()
    whole = same.groupby(beside["at"]).all() & (counts > 0)
    has_parts = np.zeros(size, dtype=bool)
    has_parts[split.to_numpy(dtype=np.int64)] = True
    positive, equal = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    positive[counts.index[counts > 0].to_numpy(dtype=np.int64)] = True
    equal[whole.index[whole].to_numpy(dtype=np.int64)] = True
    return has_parts & equal, has_parts & positive & ~equal
