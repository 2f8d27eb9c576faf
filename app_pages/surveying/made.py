"""Tables as the reports have them -> tables on the screen."""

from functools import partial

import streamlit as st

from app_pages import shell
from app_pages.text.tables import Column, show_table
from planner.language import say
from planner.report import Table, cell_text

__all__ = ["show_made"]


def show_made(made: Table, *, height_px: int | None = 480, with_title: bool = True) -> None:
    """Show a table of a report, with its title above it."""
    if with_title:
        st.subheader(shell.plain(made.title), anchor=False)
    if not made.rows:
        st.caption(say("Nothing to list."))
        return
    columns = [
        Column(
            key=column.key,
            title=column.label,
            show=partial(cell_text, form=column.form),
            right=column.form != "text",
            wide=column.form == "text" and column.width >= 20,  # noqa: PLR2004 - as wide as a name
            keep=column.form == "text" and column.width < 20,  # noqa: PLR2004 - as above
        )
        for column in made.columns
    ]
    values = zip(*made.rows, strict=True)
    rows = {column.key: list(each) for column, each in zip(columns, values, strict=True)}
    show_table(rows, columns, height_px=height_px)
