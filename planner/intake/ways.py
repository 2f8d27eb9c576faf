"""A ready travel matrix in a table -> checked rows of site, cell and metres."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from planner.columns import TRAVEL
from planner.intake.body import Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import no_column, open_table
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_travel_table"]

_NEEDED = ("site", "cell", "cost_m")


def read_travel_table(
    path: Path,
    *,
    table: str | None = None,
    sheet: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Checked:
    """Read a travel matrix that a routing service or another program made.

    A pair that is not in the table is out of reach. A way of 0 metres is on the spot.

    Parameters
    ----------
    path
        Excel, CSV or Parquet, a row for each site and cell.
    table, sheet, renamed
        As for `read_stations`.

    Returns
    -------
    Checked
        Rows: site, cell (str), cost_m (metres, at least 0), mode ("walk", "ebike", "drive", or ""
        for any), row, at.

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    source = Source(path=path, label=table or path.name, sheet=sheet)
    body = open_table(source, TRAVEL, missing=_lacks, renamed=renamed or {})
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=Words())
    for rule in (_NO_SITE, _NO_CELL, _NO_COST):
        blank = np.asarray(pd.isna(values[rule.column]))
        faults.add(blank & ~faults.told(rule.column), rule)
    none = np.full(body.size, None, dtype=object)
    rows = pd.DataFrame(
        {
            "site": pd.Series(values["site"], dtype="str"),
            "cell": pd.Series(values["cell"], dtype="str"),
            "cost_m": values["cost_m"],
            "mode": pd.Series(values.get("mode", none), dtype="str").fillna(""),
            "row": body.line,
            "at": np.arange(body.size),
        }
    )
    faults.add_repeats(rows.loc[~faults.bad, ["site", "cell", "mode"]], _TWICE, show="cell")
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=notes)
    return Checked(
        rows=rows[~faults.bad].reset_index(drop=True),
        problems=faults.problems(),
        rejected=faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=(*body.notes, *notes),
        skipped=body.skipped,
        origin=faults.origin(),
    )


def _lacks(grid: Grid, found: frozenset[str]) -> Message | None:
    missing = next((name for name in _NEEDED if name not in found), None)
    return None if missing is None else no_column(grid, TRAVEL, missing)


_NO_SITE = Rule(
    column="site",
    expected=note("the id of a station or venue"),
    fix=note("Write the id, or delete the row."),
)
_NO_CELL = Rule(
    column="cell",
    expected=note("the id of a place, grid or community"),
    fix=note("Write the id, or delete the row."),
)
_NO_COST = Rule(
    column="cost_m",
    expected=note("a length in metres, 0 or more"),
    fix=note("Write the length; delete the row where there is no way."),
)
_TWICE = Rule(
    column="cell",
    expected=note("each site, cell and mode once"),
    fix=note("The same pair stands in an earlier row: delete one."),
)
