"""A comparison -> the table of figures side by side, and the measures that differ."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app_pages import shell
from app_pages.text.tables import Column, fine_share, number, share, show_table, text
from planner.language import say
from planner.report.words import kind_name, steps_text
from planner.scenarios.changes import signed
from planner.scenarios.compare import Changes, Comparison, Row, Side
from planner.scenarios.side_by_side import SECTIONS

__all__ = ["show_changes", "show_rows", "show_sentences"]


def show_sentences(comparison: Comparison) -> None:
    """Say which scenario is better at what; of many, each against the first on request."""
    told = [f"<li>{escape(str(each))}</li>" for each in comparison.sentences]
    judged = sum(side.judged for side in comparison.sides)
    if judged > 2:  # noqa: PLR2004 - of two there is one paragraph
        last = len(told) - comparison.remarks
        first = say("Each against “{name}”", name=comparison.sides[0].name)
        each = f'<ul class="p-verdict">{"".join(told[1:last])}</ul>'
        folded = f"<li><details><summary>{escape(first)}</summary>{each}</details></li>"
        told = [told[0], *told[last:], *([folded] if last > 1 else [])]
    if told:
        st.html(f'<ul class="p-verdict">{"".join(told)}</ul>')


def show_rows(comparison: Comparison) -> None:
    """Show every figure of every scenario, the best marked, with the difference to the first."""
    head = "".join(_head(side) for side in comparison.sides)
    body, section = [], ""
    for row in comparison.rows:
        if row.section != section:
            section = row.section
            title = escape(str(SECTIONS[section]))
            body.append(
                f'<tr><th scope="colgroup" colspan="{len(comparison.sides) + 1}">{title}</th></tr>'
            )
        body.append(_line(comparison, row))
    st.html(
        '<div class="p-table p-compare" tabindex="0"><table>'
        f'<thead><tr><th scope="col">{escape(say("Figure"))}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
    st.caption(
        say(
            "Shares are of worker-hours. Below each figure: the difference to “{first}”, shares in"
            " percentage points. Shaded: the best of those that can be compared.",
            first=shell.plain(comparison.sides[0].name),
        )
    )


def show_changes(comparison: Comparison) -> None:
    """List the measures that each scenario has otherwise than the first."""
    names = {side.id: side.name for side in comparison.sides}
    first = comparison.sides[0].name
    if not comparison.changes:
        st.info(say("There is nothing to hold against each other yet."), icon=":material/info:")
    for changes in comparison.changes:
        st.subheader(
            shell.plain(
                say("“{name}” against “{first}”", name=names[changes.scenario], first=first)
            ),
            anchor=False,
        )
        _show_listed(changes)


def _head(side: Side) -> str:
    chip = side.told_state
    told = f'<br><span class="p-chip">{escape(str(chip))}</span>' if chip else ""
    return f'<th scope="col" class="p-right">{escape(side.name)}{told}</th>'


def _line(comparison: Comparison, row: Row) -> str:
    best = comparison.best(row)
    cells = "".join(
        _cell(row, at, best=at in best, judged=side.judged and comparison.sides[0].judged)
        for at, side in enumerate(comparison.sides)
    )
    return f'<tr><th scope="row">{escape(str(row.label))}</th>{cells}</tr>'


def _cell(row: Row, at: int, *, best: bool, judged: bool) -> str:
    value, beside = row.values[at], row.beside[at]
    more = [] if beside is None or row.form == "text" else [str(beside)]
    change = _change(row, at) if at and judged else ""
    if change:
        more.append(change)
    shown = str(beside or "") if row.form == "text" else _shown(row.form, value)
    small = "".join(f"<small>{escape(each)}</small>" for each in more)
    hidden = f'<span class="p-hidden">{escape(say("(best)"))}</span>' if best else ""
    return f'<td class="p-right{" p-best" if best else ""}">{escape(shown)}{hidden}{small}</td>'


def _shown(form: str, value: float | None) -> str:
    if value is None:
        return "–"
    shares = {"share": share, "fine_share": fine_share}
    if form in shares:
        return shares[form](value)
    return f"{value:.3f}" if form == "index" else number(value)


def _change(row: Row, at: int) -> str:
    """Tell the difference to the first scenario; nothing where it would not be seen."""
    value, first = row.values[at], row.values[0]
    if value is None or first is None or row.same(0, at) or row.key == "gap":
        return ""
    if row.form == "share":
        return f"{100 * (value - first):+.1f}"
    return f"{value - first:+.3f}" if row.form == "index" else f"{value - first:+,.0f}"


def _show_listed(changes: Changes) -> None:
    st.caption(shell.plain(str(changes.sums)))
    if changes.of_kept:
        st.caption(shell.plain(str(changes.of_kept)))
    if not changes.listed:
        return
    whats = {"added": say("added"), "other": say("done otherwise"), "dropped": say("left out")}
    listed = changes.listed
    rows: dict[str, Sequence[object]] = {
        "what": [whats[each.what] for each in listed],
        "name": [each.name for each in listed],
        "host": [str(each.host) for each in listed],
        "kind": [kind_name(each.kind) for each in listed],
        "steps": [steps_text(each.steps) for each in listed],
        "gain": [each.gain_hours for each in listed],
        "setup": [each.setup_yuan for each in listed],
        "year": [each.year_yuan for each in listed],
    }
    columns = [
        Column(key="what", title=say("Difference"), show=text, keep=True),
        Column(key="name", title=say("Site"), show=text, wide=True),
        Column(key="host", title=say("Type"), show=text),
        Column(key="kind", title=say("Kind"), show=text, keep=True),
        Column(key="steps", title=say("Measure"), show=text),
        Column(key="gain", title=say("Served (worker-hours a week)"), show=_signed, right=True),
        Column(key="setup", title=say("Set-up money (yuan)"), show=_signed, right=True),
        Column(key="year", title=say("Running cost (yuan a year)"), show=_signed, right=True),
    ]
    show_table(rows, columns, height_px=460)


def _signed(value: object) -> str:
    return signed(value) if isinstance(value, (int, float)) else "–"
