"""A comparison -> charts, each with the figures that it is drawn from."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.text.tables import Column, number, share, show_table, text
from planner.language import say
from planner.scenarios.compare import Comparison, Side
from planner.scenarios.drawn import bars_of, heat_of, lorenz_of, names_apart, steps_of

__all__ = ["colours_of", "draw", "show_charts", "unlike_names"]

_COLOURS = ("#55636f", "#1f67a8", "#c2137a", "#9a4300", "#0a7d5a", "#75407f", "#6b5d00", "#14212b")
_DASHES = ([1, 0], [1, 0], [7, 3], [2, 2], [7, 3, 2, 3], [10, 4], [4, 4], [1, 3])
_WHITE, _BLUE = (255, 255, 255), (104, 163, 212)
"""Grounds of nobody served and of all: dark letters can be read on every shade between."""
_INK = "#2b3741"
_LABEL_PX, _ROW_PX = 320, 22
_MOST_LETTERS = 32
"""What the names of a legend may have in one line, wide letters, on the narrowest screen."""


def show_charts(comparison: Comparison, *, without: Collection[str] = ()) -> None:
    """Let one of the charts be chosen, but for those that are named in `without`."""
    sides = [side for side in comparison.sides if side.state in ("current", "stale")]
    if not sides:
        st.info(say("There is nothing to hold against each other yet."), icon=":material/info:")
        return
    charts = {
        "bars": (say("By group"), _bars),
        "heat": (say("Part of the day and group"), _heat),
        "lorenz": (say("Evenness over communities"), _lorenz),
        "steps": (say("Phases and money"), _steps),
    }
    names = {key: each[0] for key, each in charts.items() if key not in without}
    chosen = shell.views(names, key="compare_chart")
    charts[chosen][1](sides)


def colours_of(sides: Sequence[Side]) -> tuple[alt.Color, alt.StrokeDash]:
    """Give colours and dashes by which lines of scenarios are told apart, also without colour."""
    names = unlike_names(sides)
    legend = alt.Legend(
        title=None,
        orient="top",
        labelLimit=_LABEL_PX,
        columns=_columns(names),
        symbolType="stroke",  # a piece of the line, not a ring with a broken rim
        symbolSize=900,
        symbolStrokeWidth=3,
    )
    dashes = alt.Scale(domain=names, range=[_DASHES[at % 8] for at in range(len(names))])
    colour = alt.Color("name:N", scale=_scale(names), legend=legend)
    return colour, alt.StrokeDash("name:N", scale=dashes, legend=legend)


def _columns(names: Sequence[str]) -> int:
    """Give 1, names below each other, where side by side some would be cut; 0 is one line."""
    return 1 if sum(len(name) + 3 for name in names) > _MOST_LETTERS else 0


def _scale(names: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=names, range=[_COLOURS[at % 8] for at in range(len(names))])


def draw(
    chart: alt.TopLevelMixin,
    *,
    key: str,
    told: str,
    height: int = 340,
    names: Sequence[str] = (),
) -> None:
    """Show a chart that a screen reader can name; lines of its legend, if named, add height."""
    made: Any = chart
    height += _ROW_PX * len(names) * _columns(names)
    made = made.properties(height=height, description=told)
    made = made.configure_axis(labelColor=_INK, titleColor=_INK, labelFontSize=12, titleFontSize=13)
    made = made.configure_legend(labelColor=_INK, labelFontSize=13)
    st.altair_chart(made, key=key, width="stretch")


def unlike_names(sides: Sequence[Side]) -> list[str]:
    """Name scenarios so that two of the same name are told apart."""
    return names_apart([side.name for side in sides])


def _bars(sides: Sequence[Side]) -> None:
    """Draw the share served of each group, a bar a scenario."""
    names = unlike_names(sides)
    bars = [bars_of(side.figures or {}) for side in sides]
    known = {part: str(told) for each in bars for part, told, _ in each}
    parts = dict(zip(known, names_apart([*known.values()]), strict=True))
    rows = pd.DataFrame(
        [
            {"name": name, "part": parts[part], "share": value}
            for name, each in zip(names, bars, strict=True)
            for part, _, value in each
        ]
    )
    legend = alt.Legend(title=None, orient="top", labelLimit=_LABEL_PX, columns=_columns(names))
    colour = alt.Color("name:N", scale=_scale(names), legend=legend)
    chart = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            y=alt.Y("part:N", sort=[*parts.values()], title=None, axis=alt.Axis(labelLimit=220)),
            yOffset=alt.YOffset("name:N", sort=names),
            x=alt.X(
                "share:Q",
                title=say("Share of worker-hours served"),
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=colour,
            tooltip=[
                alt.Tooltip("name:N", title=say("Scenario")),
                alt.Tooltip("part:N", title=say("Group")),
                alt.Tooltip("share:Q", title=say("Served"), format=".1%"),
            ],
        )
    )
    told = say("Bars: the share of worker-hours served, by group and scenario")
    draw(chart, key="compare_bars", told=told, height=120 + 14 * len(rows) + 20 * len(parts))
    table = rows.pivot_table(index="part", columns="name", values="share", aggfunc="first")
    _tell_figures(table.reindex(index=[*parts.values()], columns=names))


def _heat(sides: Sequence[Side]) -> None:
    """Show the share served of each group in each part of the day, as a table with shades."""
    names = unlike_names(sides)
    at = st.selectbox(
        say("Scenario"),
        range(len(sides)),
        index=len(sides) - 1,
        format_func=names.__getitem__,
        key="compare_heat",
    )
    shown, first = heat_of(sides[at].figures or {}), heat_of(sides[0].figures or {})
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in shown.periods)
    body = "".join(
        f'<tr><th scope="row">{escape(str(group))}</th>'
        + "".join(
            _heat_cell(value, first.shares.get((row, column)) if at else None)
            for column in shown.period_ids
            for value in [shown.shares[(row, column)]]
        )
        + "</tr>"
        for row, group in zip(shown.group_ids, shown.groups, strict=True)
    )
    st.html(
        '<div class="p-table p-heat" tabindex="0"><table>'
        f'<thead><tr><th scope="col">{escape(say("Group"))}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    st.caption(
        say(
            "Share of the worker-hours of each group that is served in each part of the day; below"
            " it the difference to “{first}” in percentage points. “–”: nobody of the group is out"
            " then.",
            first=shell.plain(names[0]),
        )
    )


def _heat_cell(value: float | None, first: float | None) -> str:
    if value is None:
        return "<td>–</td>"
    ground = ",".join(str(round(w + value * (b - w))) for w, b in zip(_WHITE, _BLUE, strict=True))
    change = None if first is None else round(100 * (value - first), 1) or 0.0  # never -0.0
    more = "" if change is None else f"<small>{change:+.1f}</small>"
    return f'<td style="background:rgb({ground});color:#14212b">{share(value)}{more}</td>'


def _lorenz(sides: Sequence[Side]) -> None:
    """Draw how evenly those who are served lie over the communities."""
    names = unlike_names(sides)
    rows = pd.DataFrame(
        [
            {"name": name, "order": order, "demand": demand, "served": served}
            for name, side in zip(names, sides, strict=True)
            for order, (demand, served) in enumerate(lorenz_of(side.figures or {}))
        ]
    )
    if rows.empty:
        st.info(say("The district has no communities."), icon=":material/info:")
        return
    colour, dash = colours_of(sides)
    percent = alt.Axis(format="%", tickCount=5)
    lines = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X(
                "demand:Q",
                title=say("Share of worker-hours, communities with the least service first"),
                axis=percent,
            ),
            y=alt.Y("served:Q", title=say("Share of those served"), axis=percent),
            color=colour,
            strokeDash=dash,
            order="order:Q",
            tooltip=[
                alt.Tooltip("name:N", title=say("Scenario")),
                alt.Tooltip("demand:Q", title=say("Worker-hours"), format=".1%"),
                alt.Tooltip("served:Q", title=say("Served"), format=".1%"),
            ],
        )
    )
    even = pd.DataFrame({"demand": [0.0, 1.0], "served": [0.0, 1.0]})
    diagonal = (
        alt.Chart(even)
        .mark_line(color="#8a949c", strokeWidth=1, strokeDash=[2, 3])
        .encode(x="demand:Q", y="served:Q")
    )
    told = say("Lorenz curves: how evenly those who are served lie over the communities")
    draw(
        alt.layer(diagonal, lines),
        key="compare_lorenz",
        told=told,
        height=380,
        names=unlike_names(sides),
    )
    st.caption(
        say(
            "The nearer a line is to the dotted diagonal, the more alike the communities are"
            " served. The Gini coefficient is 0 on the diagonal and grows with the distance to it."
        )
    )
    _tell_gini(names, sides)


def _tell_gini(names: Sequence[str], sides: Sequence[Side]) -> None:
    """Tell the same in figures: the coefficient and the worst-served community."""
    figures = [side.figures or {} for side in sides]
    worst = [each["worst"]["after"] or {} for each in figures]
    rows: dict[str, Sequence[object]] = {
        "name": names,
        "gini": [each["gini"]["after"] for each in figures],
        "worst": [each.get("name") for each in worst],
        "share": [each.get("share") for each in worst],
        "unserved": [each.get("unserved") for each in worst],
    }
    columns = [
        Column(key="name", title=say("Scenario"), show=text, wide=True),
        Column(key="gini", title=say("Gini coefficient"), show=_three_digits, right=True),
        Column(key="worst", title=say("Worst-served community"), show=text, wide=True),
        Column(key="share", title=say("Served there"), show=share, right=True),
        Column(
            key="unserved",
            title=say("Communities in which nobody is served"),
            show=number,
            right=True,
        ),
    ]
    show_table(rows, columns)


def _three_digits(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–"


def _steps(sides: Sequence[Side]) -> None:
    """Draw what is served for how much money, phase by phase."""
    names = unlike_names(sides)
    rows = pd.DataFrame(
        [
            {"name": name, "order": order, "step": str(step), "cost": cost, "share": value}
            for name, side in zip(names, sides, strict=True)
            for order, (step, cost, value) in enumerate(steps_of(side.figures or {}))
        ]
    )
    colour, dash = colours_of(sides)
    x = alt.X(
        "cost:Q", title=say("Set-up money so far (yuan)"), axis=alt.Axis(format=",.0f", tickCount=8)
    )
    y = alt.Y(
        "share:Q",
        title=say("Share of worker-hours served"),
        axis=alt.Axis(format="%", tickCount=6),
        scale=alt.Scale(zero=False),
    )
    told = [
        alt.Tooltip("name:N", title=say("Scenario")),
        alt.Tooltip("step:N", title=say("After")),
        alt.Tooltip("cost:Q", title=say("Set-up money so far (yuan)"), format=",.0f"),
        alt.Tooltip("share:Q", title=say("Served"), format=".1%"),
    ]
    lines = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=90, filled=True))
        .encode(x=x, y=y, color=colour, strokeDash=dash, order="order:Q", tooltip=told)
    )
    what = say("Lines: the share served against the set-up money, phase by phase")
    draw(lines, key="compare_steps", told=what, names=unlike_names(sides))
    shown = {key: rows[key].tolist() for key in ("name", "step", "cost", "share")}
    columns = [
        Column(key="name", title=say("Scenario"), show=text, wide=True),
        Column(key="step", title=say("After"), show=text),
        Column(key="cost", title=say("Set-up money so far (yuan)"), show=number, right=True),
        Column(key="share", title=say("Served"), show=share, right=True),
    ]
    show_table(shown, columns, height_px=300)


def _tell_figures(table: pd.DataFrame) -> None:
    """Show the shares behind a chart, for those who do not see it."""
    with st.expander(say("The figures of this chart")):
        rows: Mapping[str, Sequence[object]] = {
            "part": [str(part) for part in table.index],
            **{f"{at}": table[name].tolist() for at, name in enumerate(table.columns)},
        }
        columns = [Column(key="part", title=say("Group"), show=text, wide=True)]
        columns += [
            Column(key=f"{at}", title=str(name), show=share, right=True)
            for at, name in enumerate(table.columns)
        ]
        show_table(rows, columns)
