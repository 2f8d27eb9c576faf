"""Figures of scenarios -> charts that stand side by side in a document."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, PercentFormatter

from planner.charts.paper import (
    STYLE,
    ChartStyle,
    Picture,
    Words,
    draw_png,
    labels,
    short,
    words_in_use,
)
from planner.language import Message, note, visible
from planner.scenarios.drawn import (
    Heat,
    as_today,
    bars_of,
    curve_in,
    heat_of,
    lorenz_of,
    names_apart,
    plan_at,
    steps_of,
)

__all__ = ["Drawn", "bars_chart", "curve_chart", "heat_chart", "lorenz_chart", "steps_chart"]

_FEW = 2
_WIDE_INCHES, _TALL_INCHES = 6.3, 3.4
"""Not much more than on paper, so that letters can be read there."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One scenario in a chart."""

    name: Message | str
    figures: Any
    """As `planner.scenarios.figures.scenario_figures` gives them."""


def heat_chart(figures: Any, *, style: ChartStyle = STYLE) -> Picture | None:  # noqa: ANN401 - JSON
    """Draw the share served of each group in each period, with what a plan changes below each.

    None where there is one group and one period: a figure says as much.
    """
    shown, today = heat_of(figures), heat_of(as_today(figures))
    if len(shown.groups) * len(shown.periods) < _FEW:
        return None
    words = words_in_use()
    tall = 0.9 + 0.5 * len(shown.groups)
    figure = Figure(figsize=(_WIDE_INCHES, tall), layout="constrained")
    axes = figure.add_subplot()
    values = np.array(
        [[shown.shares[row, column] for column in shown.period_ids] for row in shown.group_ids],
        dtype=float,
    )
    ground = LinearSegmentedColormap.from_list("served", ["#ffffff", style.share_colours[3]])
    axes.imshow(
        np.ma.masked_invalid(values),
        cmap=ground.with_extremes(bad="#eeeeee"),
        vmin=0,
        vmax=1,
        aspect="auto",
    )
    for (row, column), value in np.ndenumerate(values):
        _heat_cell(axes, (row, column), value, _change(shown, today, row, column), style)
    axes.set_xticks(
        range(len(shown.periods)), [_wrapped(name) for name in labels(shown.periods, words)]
    )
    axes.set_yticks(range(len(shown.groups)), labels(shown.groups, words))
    axes.tick_params(length=0, labelsize=9, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return draw_png(figure, words, style)


def _change(shown: Heat, today: Heat, row: int, column: int) -> float | None:
    at = shown.group_ids[row], shown.period_ids[column]
    then, now = shown.shares[at], today.shares[at]
    return None if then is None or now is None else then - now


def _heat_cell(
    axes: Axes, at: tuple[int, int], value: float, change: float | None, style: ChartStyle
) -> None:
    row, column = at
    if not np.isfinite(value):
        axes.text(column, row, "–", color=style.text, fontsize=9, ha="center", va="center")
        return
    axes.text(
        column, row - 0.16, f"{value:.0%}", color=style.text, fontsize=9.5, ha="center", va="center"
    )
    told = "" if change is None else f"{round(100 * change):+d}"
    axes.text(column, row + 0.24, told, color=style.outline, fontsize=7.5, ha="center", va="center")


def bars_chart(drawn: Sequence[Drawn], *, style: ChartStyle = STYLE) -> Picture:
    """Draw the share served of the whole and of each group, a bar a scenario."""
    words = words_in_use()
    bars = [bars_of(each.figures) for each in drawn]
    parts = {part: name for rows in bars for part, name, _ in rows}
    legend = _names(drawn, words)
    thick = 0.8 / len(drawn)
    tall = 1.0 + len(parts) * (0.22 + 0.15 * len(drawn))
    figure = Figure(figsize=(_WIDE_INCHES, tall), layout="constrained")
    axes = figure.add_subplot()
    handles = []
    for place, rows in enumerate(bars):
        table = {part: share for part, _, share in rows}
        colour = style.side_colours[place % len(style.side_colours)]
        offset = (place - (len(drawn) - 1) / 2) * thick
        for at, part in enumerate(parts):
            share = table.get(part)
            if share is None:
                continue
            axes.barh(at + offset, share, thick * 0.92, color=colour)
            axes.text(
                share + 0.008, at + offset, f"{share:.0%}", va="center", fontsize=7,
                color=style.text,
            )  # fmt: skip
        handles.append(Patch(color=colour, label=words.tell(legend[place])))
    axes.set_yticks(range(len(parts)), labels([*parts.values()], words))
    axes.set_ylim(len(parts) - 0.45, -0.55)
    axes.set_xlim(0, 1.08)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _quiet(axes, "x")
    _legend(figure, axes, handles)
    return draw_png(figure, words, style)


def lorenz_chart(drawn: Sequence[Drawn], *, style: ChartStyle = STYLE) -> Picture | None:
    """Draw how evenly those who are served lie over communities, a line a scenario.

    None where no scenario has two communities.
    """
    lines = [(each, lorenz_of(each.figures)) for each in drawn]
    if not any(len(points) > _FEW for _, points in lines):
        return None
    words = words_in_use()
    names = _names(drawn, words)
    figure = Figure(figsize=(4.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#8a949c", linewidth=1, linestyle=(0, (1, 2)))
    for place, (each, points) in enumerate(lines):
        if points:
            x, y = zip(*points, strict=True)
            label = _with_gini(names[place], each.figures, words)
            axes.plot(x, y, label=label, **_line(place, style))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel(
        words.tell(note("Share of worker-hours, communities with the least service first")),
        fontsize=9,
    )
    axes.set_ylabel(words.tell(note("Share of those served")), fontsize=9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _quiet(axes, "both")
    _legend(figure, axes)
    return draw_png(figure, words, style)


def _with_gini(name: str, figures: Any, words: Words) -> str:  # noqa: ANN401 - JSON
    """Name a line, with its Gini coefficient where one is known."""
    gini = figures["gini"]["before" if figures["plan"] is None else "after"]
    if gini is None:
        return words.tell(name)
    return words.tell(note("{name} (Gini {gini:.3f})", name=name, gini=gini))


def steps_chart(drawn: Sequence[Drawn], *, style: ChartStyle = STYLE) -> Picture | None:
    """Draw what is served for how much money, phase by phase; None where there is no plan."""
    lines = [(each, steps_of(each.figures)) for each in drawn]
    if not any(len(steps) > 1 for _, steps in lines):
        return None
    words = words_in_use()
    figure, axes = _money_axes(words)
    names = _names(drawn, words)
    for place, (_, steps) in enumerate(lines):
        cost, share = [step[1] for step in steps], [step[2] for step in steps]
        marker, told = _MARKERS[place % len(_MARKERS)], words.tell(names[place])
        axes.plot(cost, share, label=told, marker=marker, **_line(place, style))
        if len(drawn) == 1:
            for name, x, y in steps:
                told = f"{words.tell(short(name.text(words.language)))}\n{y:.1%}"
                axes.annotate(
                    told, (x, y), textcoords="offset points", xytext=(5, -16), fontsize=8,
                    color=style.text,
                )  # fmt: skip
    _quiet(axes, "both")
    if len(drawn) > 1:
        _legend(figure, axes)
    return draw_png(figure, words, style)


def curve_chart(drawn: Sequence[Drawn], *, by: str, style: ChartStyle = STYLE) -> Picture | None:
    """Draw the coverage-budget curves that are kept with scenarios, and the plans as diamonds.

    Parameters
    ----------
    drawn
        Of one alone, what no plan exceeds is dashed.
    by
        "count" or "money".
    style
        Colours and size.

    Returns
    -------
    bytes or None
        None where no scenario keeps such a curve.
    """
    lines = [(each, curve_in(each.figures, by)) for each in drawn]
    if not any(points for _, points in lines):
        return None
    words = words_in_use()
    figure, axes = _money_axes(words)
    if by == "count":
        axes.set_xlabel(words.tell(note("New stations")), fontsize=9)
    names = _names(drawn, words)
    for place, (each, points) in enumerate(lines):
        look, name = _line(place, style), words.tell(names[place])
        if points:
            x, share, bound = zip(*points, strict=True)
            axes.plot(x, share, label=name, marker=".", **look)
            if len(drawn) == 1:
                told = words.tell(note("What no plan exceeds"))
                axes.plot(x, bound, color=style.outline, linewidth=1, linestyle="--", label=told)
        size, share_of_plan = plan_at(each.figures, by)
        axes.plot(
            size, share_of_plan, marker="D", markersize=9, color=look["color"], linestyle="none",
            label=_plan_label(name, words, alone=len(drawn) == 1, has_line=bool(points)),
        )  # fmt: skip
    _quiet(axes, "both")
    _legend(figure, axes)
    return draw_png(figure, words, style)


def _plan_label(name: str, words: Words, *, alone: bool, has_line: bool) -> str | None:
    """Name the mark of a plan where no line of its colour has the name already."""
    if alone:
        return words.tell(note("The plan"))
    return None if has_line else name


_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES: tuple[Any, ...] = ("-", "-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)))


def _line(place: int, style: ChartStyle) -> dict[str, Any]:
    """Give the look of the line of a scenario; no two are alike, also without colour."""
    colours = style.side_colours
    return {
        "color": colours[place % len(colours)],
        "linestyle": _DASHES[place % len(_DASHES)],
        "linewidth": 2.0,
    }


def _money_axes(words: Words) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDE_INCHES, _TALL_INCHES), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(words.tell(note("Set-up money (yuan)")), fontsize=9)
    axes.set_ylabel(words.tell(note("Share of worker-hours served")), fontsize=9)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.margins(x=0.08, y=0.14)
    return figure, axes


def _quiet(axes: Axes, grid: Any) -> None:  # noqa: ANN401 - a word that matplotlib knows
    axes.tick_params(length=0, labelsize=8.5)
    axes.grid(axis=grid, color="#e3e6e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)


def _legend(figure: Figure, axes: Axes, handles: Sequence[Patch] | None = None) -> None:
    known = list(handles) if handles else axes.get_legend_handles_labels()[0]
    figure.legend(handles=known, loc="outside lower center", ncols=2, frameon=False, fontsize=8.5)


def _names(drawn: Sequence[Drawn], words: Words) -> list[str]:
    """Name scenarios as a legend can hold them, no two alike; _ first would leave one out."""
    told = (e.name.text(words.language) if isinstance(e.name, Message) else e.name for e in drawn)
    told_short = names_apart([short(visible(" ".join(name.split()))) for name in told])
    return [f" {name}" if name.startswith("_") else name for name in told_short]


def _wrapped(label: str) -> str:
    """Break a long label between words."""
    return "\n".join(textwrap.wrap(label, 12)) or label
