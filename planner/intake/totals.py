"""Rows of totals of a table of counts -> faults where their rows do not add up to them."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.columns import UNITS
from planner.intake.body import Body, Rule, Total
from planner.intake.cells import is_blank, read_number, word_key
from planner.intake.counts import Counted
from planner.language import note

__all__ = ["find_wrong_totals"]

_HALF = 0.5
_NEAR = 8
"""Totals before and after one that it may count from or up to."""
_PART = re.compile(r"小计|本页|sub|^.+(街道|镇|乡|社区|村|网格)", re.IGNORECASE)
"""Totals of the rows since the total before."""
_OTHERWISE = re.compile(r"其中|[(（]\s*[含不]")
"""Totals of something else than the rows of the table."""
_SHARED = ("street", "community", "grid", "group")

_Rows = NDArray[np.intp]


def find_wrong_totals(opened: Counted) -> None:
    """Note the totals that their rows do not add up to; the rows are used, a total never is.

    A total may be that of all rows, of those between it and any other total, or of those that
    share its other words, with or without the rows set aside: only one that is none of these is
    told, with the sum that it should be by its word. Where a number could not be read nothing is
    added up, nor where people are counted once in several rows.
    """
    body, names = opened.body, _added_up(opened)
    for label in dict.fromkeys(total.label for total in body.totals):
        rows = np.flatnonzero(body.label == label)
        totals = [total for total in body.totals if total.label == label]
        edges = [0, *(total.above for total in totals), len(rows)]
        for at, total in enumerate(totals, start=1):
            if not _OTHERWISE.search(total.word):
                scopes = [_alike(body, total, some) for some in _scopes(rows, edges, at)]
                for name in names:
                    _compare(opened, name, total, scopes)


def _added_up(opened: Counted) -> list[str]:
    """Name the columns whose numbers count each person once."""
    read = opened.read
    if "hour" in read or any(value is not None for value in read.get("period", ())):
        return []
    by_group = any("group=" in name for name in read)
    return [
        name
        for name in read
        if "=" in name or name == "workers" or (by_group and name == "headcount")
    ]


def _scopes(rows: _Rows, edges: Sequence[int], at: int) -> Iterator[_Rows]:
    """Give all rows, then those between a total and others before and after it, nearest first."""
    yield rows
    own = edges[at]
    for edge in [*edges[max(at - _NEAR, 0) : at][::-1], 0, *edges[at + 1 : at + _NEAR]]:
        if edge != own:
            yield rows[min(edge, own) : max(edge, own)]


def _compare(opened: Counted, name: str, total: Total, scopes: Sequence[_Rows]) -> None:
    """Note a total that is the sum of none of several sets of rows, the first of them all rows."""
    body, numbers, whole = opened.body, opened.read[name], scopes[0]
    stated, named = read_number(total.text.get(name, ""), units=UNITS["people"])
    unread = np.isnan(numbers[whole]) & ~body.test(name, is_blank)[whole]
    if np.isnan(stated) or unread.any() or not len(whole):
        return
    if name in body.factor and not named:
        stated *= body.factor[name][whole[0]]
    good = ~opened.faults.bad
    if any(
        abs(np.nansum(numbers[some]) - stated) <= _HALF
        for rows in scopes
        for some in (rows, rows[good[rows]])
    ):
        return
    meant = scopes[1] if _PART.search(total.word) and len(scopes) > 1 else whole
    rule = Rule(
        column=name,
        expected=note("{sum}, the sum of the rows", sum=f"{np.nansum(numbers[meant]):,.10g}"),
        fix=note("Check the numbers. Those of the rows are used, the total is not."),
        fatal=False,
    )
    opened.faults.add_outside(rule, found=f"{stated:,.10g}", label=total.label, line=total.line)


def _alike(body: Body, total: Total, rows: _Rows) -> _Rows:
    """Give the rows that share the other words of a total; all of them where none does."""
    shared = np.ones(len(rows), dtype=bool)
    for name in _SHARED:
        word = total.text.get(name, "")
        if word and word != total.word:
            cells = body.each(name, word_key)[rows]
            shared &= cells == word_key(word)
    return rows[shared] if shared.any() else rows
