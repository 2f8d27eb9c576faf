"""A list of settings as a table that a person may add rows to, change and delete."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from planner.language import say

__all__ = ["ask_rows", "rows_typed"]

Row = Mapping[str, Any]


def ask_rows(
    rows: Sequence[Row], columns: Mapping[str, ColumnConfig], *, key: str, label: str
) -> None:
    """Draw the table; what is typed is read with `rows_typed` and the same rows and key.

    Parameters
    ----------
    rows
        What stands there now, each with a value for each column.
    columns
        Column -> how it is shown.
    key
        Of the widget.
    label
        What the table is about.
    """
    st.markdown(f"**{label}**")
    table = pd.DataFrame([dict(row) for row in rows], columns=list(columns), dtype=object)
    st.data_editor(
        table,
        hide_index=True,
        num_rows="dynamic",
        width="stretch",
        column_config=dict(columns),
        key=key,
    )
    st.caption(say("Click below the last row to add one; tick rows at the left to delete them."))


def rows_typed(rows: Sequence[Row], columns: Sequence[str], *, key: str) -> list[dict[str, Any]]:
    """Read the table as it was sent; a row in which nothing stands is none."""
    state = st.session_state[key]
    changed = {int(at): values for at, values in state["edited_rows"].items()}
    gone = set(state["deleted_rows"])
    kept = [{**row, **changed.get(at, {})} for at, row in enumerate(rows) if at not in gone]
    told = [*kept, *({name: row.get(name) for name in columns} for row in state["added_rows"])]
    return [row for row in told if any(value not in (None, "") for value in row.values())]
