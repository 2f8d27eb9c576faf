"""What stands -> figures: served, money and number left, the three columns, limits not kept."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from app_pages import shell
from app_pages.editing.scene import Scene
from app_pages.text.tables import number, share, yuan
from planner.coverage import NearStations, cell_needs
from planner.language import say
from planner.siting.editing.left import money_left
from planner.siting.editing.live import Figures
from planner.siting.editing.live_limits import with_names

__all__ = ["show_columns", "show_figures"]

_MILLI_MINUTES_AN_HOUR = 60_000
_MOST_BROKEN = 8


def show_figures(scene: Scene) -> None:
    """Show served worker-hours, cost and number, what is left of each, and broken limits."""
    figures = scene.desk.figures()
    change = (figures.served_milli - scene.desk.kept_milli()) / _MILLI_MINUTES_AN_HOUR
    first, second = st.columns(2)
    first.metric(
        say("Served worker-hours a week"),
        number(figures.served_milli / _MILLI_MINUTES_AN_HOUR),
        delta=f"{change:+,.0f}" if round(change) else None,
    )
    second.metric(
        say("Of all worker-hours"), f"{figures.served_milli / max(1, figures.total_milli):.1%}"
    )
    first.metric(
        say("Set-up cost (yuan)"),
        yuan(figures.cost_yuan),
        delta=_money_left(figures.money_left_yuan),
        delta_color="off",
        delta_arrow="off",
    )
    second.metric(
        say("New stations"),
        number(figures.count),
        delta=_left(figures.count_left),
        delta_color="off",
        delta_arrow="off",
    )
    _other_budgets(scene)
    _broken(scene, figures)


def _left(value: float | None) -> str | None:
    if value is None or value >= 0:
        return None if value is None else say("{left} left", left=number(value))
    return say("{over} too many", over=number(-value))


def _money_left(yuan_left: float | None) -> str | None:
    if yuan_left is None or yuan_left >= 0:
        return _left(yuan_left)
    return say("{over} yuan too much", over=yuan(-yuan_left))


def _other_budgets(scene: Scene) -> None:
    """Tell what is left of the budgets beside the one of all set-up money.

    A budget that all options together do not spend is no limit, so nobody counts what is left.
    """
    limits = scene.limits
    budgets = {
        "money_union": (say("paid by the union"), limits.budget_union_yuan),
        "money_partner": (say("paid by hosts and partners"), limits.budget_partner_yuan),
        "money_year": (say("running cost a year"), limits.budget_year_yuan),
    }
    left = {each.kind: each.left_yuan for each in money_left(scene.desk.session)}
    told = [
        _budget(name, left[kind])
        if kind in left
        else say("{budget}: enough for everything that can be chosen", budget=name)
        for kind, (name, given) in budgets.items()
        if given is not None
    ]
    if told:
        st.caption(say("Money left: {budgets}", budgets=say("; ").join(told)))


def _budget(name: str, left_yuan: float) -> str:
    if left_yuan < 0:
        return say("{budget}: {over} yuan too much", budget=name, over=yuan(-left_yuan))
    return say("{budget}: {left} yuan", budget=name, left=yuan(left_yuan))


def _broken(scene: Scene, figures: Figures) -> None:
    if not figures.broken:
        st.success(say("All limits are kept."), icon=":material/check_circle:")
        return
    told = (with_names(each.text, scene.names) for each in figures.broken[:_MOST_BROKEN])
    lines = "\n".join(f"- {shell.plain(str(each))}" for each in told)
    more = len(figures.broken) - _MOST_BROKEN
    if more > 0:
        lines += "\n- " + say("{count} more", count=more)
    st.warning(f"{say('Limits that are not kept:')}\n{lines}")


def show_columns(scene: Scene) -> None:
    """Show who is served, in reach and not served and why, out of reach, and too far away."""
    told = scene.desk.columns()
    total = max(1, told.total_milli)
    reasons = [
        (_REASONS[reason](), milli) for reason, milli in told.unserved_milli.items() if milli > 0
    ]
    columns: tuple[tuple[str, str, int, list[tuple[str, int]]], ...] = (
        ("served", say("Served"), told.served_milli, []),
        ("within", say("Within reach, not served"), told.within_reach_milli, reasons),
        ("out", say("Out of reach"), told.out_of_reach_milli, []),
    )
    body = "".join(
        f'<div class="p-outcome p-outcome-{key}">'
        f'<div class="p-card-title">{escape(title)}</div>'
        f'<div class="p-card-value">{share(milli / total)}</div>'
        f'<div class="p-card-more">{escape(_hours(milli))}</div>{_lines(lines, total)}</div>'
        for key, title, milli, lines in columns
    )
    st.html(f'<div class="p-outcomes">{body}</div>')
    _too_far(scene)


def _too_far(scene: Scene) -> None:
    """Tell who lies farther from an open station than the settings allow, asked for or not."""
    prepared = scene.prepared
    # Its own settings: those of this moment may be another person's, which it is not prepared by.
    rules = prepared.district.settings.gaps
    coverage, kept = prepared.coverage, scene.entry
    needs = kept.alike.once("cell needs", lambda: cell_needs(coverage, rules=rules))
    near = kept.once("near stations", lambda: NearStations(coverage, needs))
    with scene.desk.lock:
        there = scene.desk.outcomes.there
    found = near.too_far(there)
    if found.cells:
        told = say(
            "Too far from any open station: {workers} workers in {places} places.",
            workers=number(found.workers),
            places=number(found.cells),
        )
    else:
        told = say("Nobody whom a site could serve is too far from an open station.")
    st.caption(told)


_REASONS: Mapping[str, Callable[[], str]] = {
    "closed": lambda: say("closed"),
    "full": lambda: say("full"),
    "not_admitted": lambda: say("group not admitted"),
    "unlisted": lambda: say("not on the map"),
    "gated": lambda: say("behind a gate"),
    "maintenance": lambda: say("in maintenance"),
}


def _lines(parts: Sequence[tuple[str, int]], total: int) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{share(milli / total)}</td></tr>" for name, milli in parts
    )
    return f'<table class="p-reasons">{rows}</table>' if rows else ""


def _hours(milli: int) -> str:
    return say("{hours} worker-hours", hours=number(milli / _MILLI_MINUTES_AN_HOUR))
