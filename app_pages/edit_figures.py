"""What stands -> figures: served, money and number left, the three columns, limits not kept."""

from collections.abc import Mapping

import streamlit as st

from app_pages import shell
from app_pages.edit_scene import Scene
from app_pages.tables import Card, number, share, show_cards, yuan
from planner.language import say
from planner.siting.editing.left import money_left
from planner.siting.editing.live import Figures

__all__ = ["show_columns", "show_figures"]

_MILLI_MINUTES_AN_HOUR = 60_000
_MOST_BROKEN = 8


def show_figures(scene: Scene) -> None:
    """Show served worker-hours, cost and number, what is left of each, and broken limits."""
    figures, result = scene.desk.figures(), scene.result
    kept = result.plan.served_milli if result else scene.desk.session.problem.base_milli
    change = (figures.served_milli - kept) / _MILLI_MINUTES_AN_HOUR
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
        delta=_left(figures.money_left_yuan),
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
    _broken(figures)


def _left(value: float | None) -> str | None:
    return None if value is None else say("{left} left", left=f"{value:,.0f}")


def _other_budgets(scene: Scene) -> None:
    """Tell what is left of the budgets beside the one of all set-up money."""
    names = {
        "money_union": say("paid by the union"),
        "money_partner": say("paid by hosts and partners"),
        "money_year": say("running cost a year"),
    }
    told = [
        say("{budget}: {left} yuan", budget=names[each.kind], left=yuan(each.left_yuan))
        for each in money_left(scene.desk.session)
        if each.kind in names
    ]
    if told:
        st.caption(say("Money left: {budgets}", budgets="; ".join(told)))


def _broken(figures: Figures) -> None:
    if not figures.broken:
        st.success(say("All limits are kept."), icon=":material/check_circle:")
        return
    lines = "\n".join(f"- {shell.plain(str(each.text))}" for each in figures.broken[:_MOST_BROKEN])
    more = len(figures.broken) - _MOST_BROKEN
    if more > 0:
        lines += "\n- " + say("{count} more", count=more)
    st.warning(f"{say('Limits that are not kept:')}\n{lines}")


def show_columns(scene: Scene) -> None:
    """Show who is served, who is in reach and not served and why, and who is out of reach."""
    told = scene.desk.columns()
    total = max(1, told.total_milli)
    show_cards(
        [
            Card(
                title=say("Served"),
                value=share(told.served_milli / total),
                more=_hours(told.served_milli),
                strong=True,
            ),
            Card(
                title=say("Within reach, not served"),
                value=share(told.within_reach_milli / total),
                more=_reasons(told.unserved_milli) or _hours(0),
            ),
            Card(
                title=say("Out of reach"),
                value=share(told.out_of_reach_milli / total),
                more=_hours(told.out_of_reach_milli),
            ),
        ]
    )


def _reasons(unserved_milli: Mapping[str, int]) -> str:
    names = {
        "closed": say("closed"),
        "full": say("full"),
        "not_admitted": say("group not admitted"),
        "unlisted": say("not on the map"),
        "gated": say("behind a gate"),
        "maintenance": say("in maintenance"),
    }
    told = [
        say("{reason}: {hours}", reason=names[reason], hours=_hours(milli))
        for reason, milli in unserved_milli.items()
        if milli > 0
    ]
    return "; ".join(told)


def _hours(milli: int) -> str:
    return say("{hours} worker-hours", hours=number(milli / _MILLI_MINUTES_AN_HOUR))
