"""Figures and lists -> tables and cards in HTML, every text escaped; quick to import."""

import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from html import escape
from itertools import islice
from typing import TypeGuard

import streamlit as st

from planner.language import current_language, say

__all__ = [
    "Card",
    "Column",
    "Table",
    "day",
    "decimal",
    "fine_share",
    "join_known",
    "moment",
    "money",
    "number",
    "share",
    "show_cards",
    "show_made",
    "show_outcomes",
    "show_table",
    "table_of",
    "text",
    "yuan",
]


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
"""Not those of the machine's own language, which need not be English."""

_WHOLE = re.compile(r"\d?\d:\d\d[–-]\d?\d:\d\d|\bSet-up\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One key figure."""

    title: str
    value: str
    more: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    key: str
    title: str
    show: Callable[[object], str]
    right: bool = False
    wide: bool = False
    long: bool = False
    """Sentences: what is below is read line by line, so the table rather scrolls."""
    keep: bool = False
    """On one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table in HTML."""

    head: str
    body: str
    shown: int
    rows: int
    """How many there are, of which the first `shown` stand in it."""


def text(value: object) -> str:
    """Show a text; nothing where there is none."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - not a number


def join_known(*texts: str) -> str:
    """Put texts in a row with a dot between those that are there."""
    return " · ".join(filter(None, texts))


def number(value: object) -> str:
    """Show a number without decimals, thousands parted."""
    return f"{value:,.0f}" if _is_number(value) else ""


def decimal(value: object) -> str:
    """Show a number with one decimal, thousands parted."""
    return f"{value:,.1f}" if _is_number(value) else ""


def yuan(value: object) -> str:
    """Show money where the unit stands beside it already, as in the header of a column."""
    return number(value)


def money(value: object) -> str:
    """Show money with its unit."""
    return say("{amount} yuan", amount=number(value)) if _is_number(value) else ""


def day(value: date) -> str:
    """Show a day: 2026年3月5日, or 5 March 2026."""
    if current_language() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime, *, zone: tzinfo | None = None) -> str:
    """Show a moment to the minute, in a time zone; without one, that of the app's machine."""
    here = value.astimezone(zone)
    return f"{day(here)} {here:%H:%M}"


def share(value: object) -> str:
    """Show a share of 0 to 1 as a percentage with one decimal."""
    return f"{value:.1%}" if _is_number(value) else "–"


def fine_share(value: object) -> str:
    """Show how far from the best as a percentage with two decimals, never less than it is."""
    from planner.siting.telling.endings import told_gap  # noqa: PLC0415 - loads the solver

    return f"{told_gap(value):.2%}" if _is_number(value) else "–"


def show_cards(cards: Iterable[Card]) -> None:
    """Show key figures side by side."""
    body = "".join(
        f'<div class="p-card{" p-strong" if card.strong else ""}">'
        f'<div class="p-card-title">{escape(card.title)}</div>'
        f'<div class="p-card-value">{escape(card.value)}</div>'
        f'<div class="p-card-more">{escape(card.more)}</div></div>'
        for card in cards
    )
    st.html(f'<div class="p-cards">{body}</div>')


def show_table(
    rows: Mapping[str, Sequence[object]],
    columns: Sequence[Column],
    *,
    height_px: int | None = None,
    most: int = 500,
) -> None:
    """Show a table; long texts wrap, a long table scrolls under its header.

    Parameters
    ----------
    rows
        The values of each column, all of one length; only the columns named are shown.
    columns
        What to show, in this order.
    height_px
        Where the table begins to scroll.
    most
        Rows shown at most; how many there are in all is said below.
    """
    show_made(table_of(rows, columns, most=most), height_px=height_px)


def table_of(
    rows: Mapping[str, Sequence[object]], columns: Sequence[Column], *, most: int = 500
) -> Table:
    """Make a table, to be shown once or often; see `show_table`."""
    head = "".join(
        f'<th class="{_classes(column)}">{_unbroken(column.title)}</th>' for column in columns
    )
    lines = zip(*(rows[column.key] for column in columns), strict=True)
    body = "".join(f"<tr>{_cells(line, columns)}</tr>" for line in islice(lines, most))
    count = len(rows[columns[0].key])
    return Table(head=head, body=body, shown=min(most, count), rows=count)


def show_made(table: Table, *, height_px: int | None = None) -> None:
    """Show a table that was made; see `show_table`."""
    _show_html_table(table.head, table.body, height_px=height_px)
    if table.rows > table.shown:
        st.caption(
            say(
                "The first {shown} of {rows} rows.",
                shown=number(table.shown),
                rows=number(table.rows),
            )
        )


def show_outcomes(
    figures: Mapping[str, Mapping[str, float]],
    names: Mapping[str, str],
    *,
    title: str,
    height_px: int | None = None,
    graded: bool = False,
) -> None:
    """Show who is served, who is within reach but not served and why, and who is out of reach.

    Parameters
    ----------
    figures
        Id -> a row of one of the tables of `Figures`.
    names
        What each id is called.
    title
        Of the first column.
    height_px
        Where the table begins to scroll.
    graded
        Whether the share that fades with the way stands beside the others.
    """
    titles = [
        (title, "p-name"),
        (say("Workers"), "p-right"),
        (say("Worker-hours a week"), "p-right"),
        (say("Served"), "p-right"),
        (say("In reach, not served"), "p-right"),
        (say("Out of reach"), "p-right"),
        *([(say("Graded by the way"), "p-right")] if graded else []),
        (say("Served twice"), "p-right"),
        (say("Share of worker-hours"), "p-bar-head"),
        (say("Why not served within reach"), "p-wide"),
    ]
    head = "".join(f'<th class="{style}">{_unbroken(words)}</th>' for words, style in titles)
    body = "".join(
        _outcome_row(names.get(key, key), row, graded=graded) for key, row in figures.items()
    )
    _show_html_table(head, body, height_px=height_px)


def _outcome_row(name: str, row: Mapping[str, float], *, graded: bool) -> str:
    served, out = row["effective_share"], row["out_of_reach_share"]
    unserved = max(row["nominal_share"] - served, 0.0)
    reasons = _reasons()
    told = [
        f'<span class="p-keep">{escape(reasons[reason])} {share(row[f"{reason}_share"])}</span>'
        for reason in sorted(reasons, key=lambda reason: -row[f"{reason}_share"])
        if row[f"{reason}_share"] >= 0.0005  # noqa: PLR2004 - what would be shown as 0.0 %
    ]
    parts = "".join(
        f'<span class="{style}" style="width:{part:.2%}"></span>'
        for style, part in (("p-served", served), ("p-unserved", unserved), ("p-out", out))
    )
    tip = say(
        "served {served}, within reach but not served {unserved}, out of reach {out}",
        served=share(served),
        unserved=share(unserved),
        out=share(out),
    )
    shown = share if row["worker_hours_week"] > 0 else _no_share
    cells = [
        f'<td class="p-name">{_unbroken(name)}</td>',
        f'<td class="p-right">{number(row["workers"])}</td>',
        f'<td class="p-right">{number(row["worker_hours_week"])}</td>',
        f'<td class="p-right p-bold">{shown(served)}</td>',
        f'<td class="p-right">{shown(unserved)}</td>',
        f'<td class="p-right">{shown(out)}</td>',
        *([f'<td class="p-right">{shown(row["graded_share"])}</td>'] if graded else []),
        f'<td class="p-right">{shown(row["backup_share"])}</td>',
        f'<td><div class="p-bar" title="{escape(tip)}">{parts}</div></td>',
        f'<td class="p-wide">{" ".join(told)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _no_share(_value: object) -> str:
    """Show that there is no share of nothing: nobody is out."""
    return share(None)


def _reasons() -> dict[str, str]:
    return {
        "closed": say("shut then"),
        "full": say("no seat left"),
        "not_admitted": say("group not admitted"),
        "unlisted": say("not on the map"),
        "gated": say("behind a gate"),
        "maintenance": say("under maintenance"),
    }


def _cells(values: Sequence[object], columns: Sequence[Column]) -> str:
    return "".join(
        f'<td class="{_classes(column)}">{_unbroken(column.show(value))}</td>'
        for value, column in zip(values, columns, strict=True)
    )


def _unbroken(words: str) -> str:
    """Escape words; a line does not end within a time of day, nor within a short word."""
    return _WHOLE.sub(r'<span class="p-whole">\g<0></span>', escape(words))


def _classes(column: Column) -> str:
    return " ".join(
        name
        for name, wanted in (
            ("p-right", column.right),
            ("p-wide", column.wide),
            ("p-long", column.long),
            ("p-keep", column.keep),
        )
        if wanted
    )


def _show_html_table(head: str, body: str, *, height_px: int | None) -> None:
    style = f' style="max-height:{height_px}px"' if height_px else ""
    name = escape(say("Table; the arrow keys scroll it"))
    st.html(
        f'<div class="p-table" tabindex="0" role="group" aria-label="{name}"{style}><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, numbers.Real) and math.isfinite(value)
