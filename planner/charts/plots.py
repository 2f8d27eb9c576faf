"""Figures -> charts of coverage by group and by period."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from planner.charts.paper import (
    STYLE,
    ChartStyle,
    Picture,
    Words,
    draw_png,
    labels,
    words_in_use,
)
from planner.coverage import Figures
from planner.demand import two_names
from planner.district import District
from planner.language import Message, note

__all__ = ["before_after_chart", "group_chart", "period_chart"]

_NOBODY = "–"
"""In the place of a share where nobody is out."""


def group_chart(district: District, figures: Figures, *, style: ChartStyle = STYLE) -> Picture:
    """Draw nominal beside effective coverage for each group and the whole, as a PNG."""
    words = words_in_use()
    names = [*_group_names(district, figures), note("All groups")]
    rows = pd.concat([figures.by_group, figures.whole.to_frame().T])
    figure, axes = _bar_axes(names, words, style)
    _bars(axes, rows["nominal_share"], 0.0, 0.72, style.nominal)
    _bars(axes, rows["effective_share"], 0.0, 0.42, style.effective)
    for place, (_, row) in enumerate(rows.iterrows()):
        label = note(
            "effective {effective:.0%}, nominal {nominal:.0%}",
            effective=row["effective_share"],
            nominal=row["nominal_share"],
        )
        told = words.tell(label) if row["worker_hours_week"] > 0 else _NOBODY
        _label(axes, row["nominal_share"], place, told, style)
    handles = [
        Patch(color=style.nominal, label=words.tell(note("Nominal: a station within reach"))),
        Patch(color=style.effective, label=words.tell(note("Effective: and open to them then"))),
    ]
    _legend_below(axes, handles)
    return draw_png(figure, words, style)


def before_after_chart(
    district: District, before: Figures, after: Figures, *, style: ChartStyle = STYLE
) -> Picture:
    """Draw effective coverage today beside that with the plan, by group and whole, as a PNG."""
    words = words_in_use()
    names = [*_group_names(district, before), note("All groups")]
    tables = [pd.concat([each.by_group, each.whole.to_frame().T]) for each in (before, after)]
    old, new = (table["effective_share"] for table in tables)
    there = (tables[0]["worker_hours_week"] > 0).tolist()
    figure, axes = _bar_axes(names, words, style)
    for shares, offset, colour in ((old, -0.19, style.today), (new, 0.19, style.planned)):
        _bars(axes, shares, offset, 0.36, colour)
        for place, share in enumerate(shares):
            told = f"{share:.0%}" if there[place] else _NOBODY
            _label(axes, share, place + offset, told, style)
    handles = [
        Patch(color=style.today, label=words.tell(note("Effective coverage today"))),
        Patch(color=style.planned, label=words.tell(note("Effective coverage with the plan"))),
    ]
    _legend_below(axes, handles)
    return draw_png(figure, words, style)


def period_chart(district: District, figures: Figures, *, style: ChartStyle = STYLE) -> Picture:
    """Draw a heat table, as a PNG: for each period the shares served and not served, and why."""
    words = words_in_use()
    columns = _columns(figures)
    values = figures.by_period[list(columns)].to_numpy(float)
    there = (figures.by_period["worker_hours_week"] > 0).tolist()
    figure = Figure(figsize=(style.width_inches, 1.0 + 0.42 * len(values)), layout="constrained")
    axes = figure.add_subplot()
    ground = LinearSegmentedColormap.from_list(
        "unserved to served", [style.share_colours[0], "#ffffff", style.share_colours[-1]]
    )
    good = np.isin(list(columns), ["nominal_share", "effective_share"])
    axes.imshow(np.where(good, values, -values), cmap=ground, vmin=-1, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(values):
        colour = "#ffffff" if share > 0.75 else style.text  # noqa: PLR2004 - dark ground
        told = f"{share:.0%}" if there[row] else _NOBODY
        axes.text(column, row, told, color=colour, fontsize=9, ha="center", va="center")
    axes.set_xticks(
        range(len(columns)), [_wrapped(words.tell(label)) for label in columns.values()]
    )
    axes.set_yticks(range(len(values)), labels(_period_names(district, figures), words))
    axes.tick_params(length=0, labelsize=9, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return draw_png(figure, words, style)


def _columns(figures: Figures) -> dict[str, Message]:
    """Give the shares that are told of each period; of full stations only where seats count."""
    columns = {
        "nominal_share": note("Nominal"),
        "effective_share": note("Effective"),
        "closed_share": note("Shut"),
        "full_share": note("Full"),
        "not_admitted_share": note("Not admitted"),
        "unlisted_share": note("Not on the map"),
        "gated_share": note("Behind a gate"),
        "maintenance_share": note("In maintenance"),
        "out_of_reach_share": note("No station within reach"),
    }
    if not (figures.by_period["full_share"] > 0).any():
        del columns["full_share"]
    return columns


def _group_names(district: District, figures: Figures) -> list[Message]:
    known = {group.id: two_names(group.name, group.name_en) for group in district.settings.groups}
    return [known.get(str(name), two_names(str(name), "")) for name in figures.by_group.index]


def _period_names(district: District, figures: Figures) -> list[Message]:
    known = {p.id: two_names(p.name, p.name_en) for p in district.settings.periods}
    return [known.get(str(name), two_names(str(name), "")) for name in figures.by_period.index]


def _bar_axes(names: Sequence[Message], words: Words, style: ChartStyle) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(style.width_inches, 1.0 + 0.45 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_yticks(range(len(names)), labels(names, words))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.25)
    ticks = (0, 0.25, 0.5, 0.75, 1)
    axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.tick_params(length=0, labelsize=9)
    axes.grid(axis="x", color="#e3e6e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    return figure, axes


def _bars(axes: Axes, shares: pd.Series, offset: float, height: float, colour: str) -> None:
    axes.barh(np.arange(len(shares)) + offset, shares.to_numpy(float), height, color=colour)


def _label(axes: Axes, share: float, place: float, text: str, style: ChartStyle) -> None:
    axes.text(share + 0.01, place, text, va="center", fontsize=8, color=style.text)


def _legend_below(axes: Axes, handles: Sequence[Patch]) -> None:
    axes.legend(
        handles=list(handles),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.08),
        ncols=2,
        frameon=False,
        fontsize=9,
    )


def _wrapped(label: str) -> str:
    """Break a long label between words."""
    return "\n".join(textwrap.wrap(label, 12)) or label
