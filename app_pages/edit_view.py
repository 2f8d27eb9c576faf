"""Edits of a plan by hand on the map, each answered with exact figures at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from app_pages import shell
from app_pages.curve_view import show_curve, taken_choice
from app_pages.embed import show_map
from app_pages.papers import write_papers
from app_pages.pins import show_pins
from app_pages.shelf import Entry, figures_of, ground, problem_of
from app_pages.sure_view import sureness_of
from app_pages.tables import Column, number, share, show_table, text, yuan
from planner.coverage import Figures, measure_coverage
from planner.district import projection_of
from planner.district.settings import Limits
from planner.geo import to_plane
from planner.language import note, say
from planner.maps import Drawn, base_map, cells_layer, chosen_layer, measures_layer, sites_layer
from planner.pipeline import PlanResult, Prepared, result_of
from planner.report.words import steps_text
from planner.siting import LiveSession, edited_plan
from planner.siting.editing.live import Figures as LiveFigures
from planner.siting.there import options_there

__all__ = ["show_editing"]

_MAP, _TOLD = "siting_map", "live_told"
_NEAR_M = 1500.0
"""A click farther than this from every site means none."""
_MILLI_MINUTES_AN_HOUR = 60_000


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the toolbar, the map and the figures all need."""

    entry: Entry
    prepared: Prepared
    limits: Limits
    result: PlanResult | None
    session: LiveSession

    @property
    def edited(self) -> bool:
        """Whether it differs from the plan that is kept."""
        kept = self.result.plan.options if self.result else ()
        return set(self.session.chosen) != set(kept) & set(self.session.problem.options)


def show_editing(
    entry: Entry, prepared: Prepared, limits: Limits, result: PlanResult | None
) -> None:
    """Show the map with the toolbar and the live figures beside it."""
    with shell.told():
        session = _session(entry, limits, result)
    _edit(_Desk(entry, prepared, limits, result, session))


def _session(entry: Entry, limits: Limits, result: PlanResult | None) -> LiveSession:
    """Give this person's session on the plan that is shown; a new plan begins a new one."""
    base: tuple[object, LiveSession] = problem_of(entry, limits, result)
    mark, first = base
    wanted = taken_choice()
    kept = st.session_state.get("live")
    if wanted is None and isinstance(kept, tuple):
        of, session = kept
        if of == mark:
            return session  # type: ignore[no-any-return]  # what stands below
        if _same_but_limits(of, mark):
            wanted = session.chosen
    if wanted is None:
        session = first.fork()
    else:
        known = set(first.problem.options)
        session = LiveSession(first.problem, [option for option in wanted if option in known])
    st.session_state["live"] = (mark, session)
    return session


def _same_but_limits(one: object, other: object) -> bool:
    """Tell whether two marks of `problem_of` are of one plan of one district."""
    return isinstance(one, tuple) and isinstance(other, tuple) and one[::2] == other[::2]


@shell.fragment
def _edit(desk: _Desk) -> None:
    """Draw toolbar, map and figures; an edit runs this part alone.

    The figures of the session come first: they are there at once, the map needs coverage measured.
    """
    known = st.session_state.get(_MAP)
    if isinstance(known, Mapping):
        _take_click(desk, known.get("last_clicked"))
    _toolbar(desk)
    if _TOLD in st.session_state:
        st.toast(str(st.session_state.pop(_TOLD)))
    shown, told = st.columns([3, 2], gap="medium")
    with told:
        _selected(desk)
        _figures(desk)
    with shown:
        _map(desk)
    with told:
        _outcomes(desk)
        show_curve(desk.entry, desk.prepared, desk.limits, desk.result)


def _toolbar(desk: _Desk) -> None:
    """Draw the buttons that change what stands."""
    session = desk.session
    bar = st.container(horizontal=True)
    running = desk.entry.running
    _button(
        bar,
        say("Suggest next"),
        "suggest",
        lambda: _suggest(session),
        help_text=say("Adds what gains most and breaks no limit."),
    )
    _button(
        bar,
        say("Best swap"),
        "swap",
        lambda: _swap(session),
        help_text=say("Exchanges the one pair that gains most, over all pairs."),
    )
    _button(bar, say("Undo"), "undo", session.undo, off=not session.can_undo)
    _button(bar, say("Redo"), "redo", session.redo, off=not session.can_redo)
    _button(
        bar,
        say("Back to the plan"),
        "back",
        lambda: st.session_state.pop("live", None),
        off=not desk.edited,
        whole=True,
    )
    _button(
        bar,
        say("Keep as the plan"),
        "keep",
        lambda: _keep(desk),
        off=not desk.edited or running,
        whole=True,
    )


def _button(  # noqa: PLR0913 - what a button may have
    where: Any,  # noqa: ANN401 - a column
    label: str,
    key: str,
    act: Callable[[], object],
    *,
    off: bool = False,
    whole: bool = False,
    help_text: str | None = None,
) -> None:
    """Draw a button; what it does is done first, or (`whole`) then the whole page runs again."""
    pressed = where.button(
        label,
        key=f"edit_{key}",
        disabled=off,
        help=help_text,
        width="content",
        on_click=None if whole else act,
    )
    if pressed and whole:
        act()
        st.rerun()


def _suggest(session: LiveSession) -> None:
    found = session.suggest_next()
    if found is None:
        st.session_state[_TOLD] = note(
            "Nothing can be added within the limits that gains anything."
        )
    else:
        session.add(found)
        st.session_state["live_site"] = found


def _swap(session: LiveSession) -> None:
    found = session.best_swap()
    if found is None:
        st.session_state[_TOLD] = note("No exchange of two gains anything.")
    else:
        session.swap(found.out, found.new)
        st.session_state["live_site"] = found.new


def _keep(desk: _Desk) -> None:
    """Write what stands as the plan of the district, with its documents."""
    found = desk.result.plan if desk.result else None
    # Edits are counted without seats: a bound with seats says nothing of them.
    known = found is not None and not found.counts_seats
    bound = found.bound_milli if found and known else desk.session.problem.total_milli
    with shell.told(), st.spinner(say("Writing the results")):
        plan = edited_plan(desk.session, bound_milli=bound)
        write_papers(result_of(desk.prepared, desk.limits, plan), desk.entry)


def _map(desk: _Desk) -> None:
    """Draw what stands; a click chooses the site that lies nearest."""
    district, coverage = desk.prepared.district, desk.prepared.coverage
    made = base_map(district, ground=ground(desk.entry, desk.prepared), asks=True)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    layers: list[Drawn] = [
        cells_layer(district, coverage, _coverage(desk)),
        sites_layer(district, coverage, "existing"),
    ]
    if desk.result is not None and not desk.edited:
        sure = sureness_of(desk.entry, desk.result)
        layers.append(measures_layer(district, desk.result.measures, sure=sure))
    elif desk.session.chosen:
        layers.append(chosen_layer(district, coverage, desk.session.chosen))
    clicked = show_map(made, key=_MAP, height=560, layers=layers, clicks=True)
    if _take_click(desk, clicked.get("last_clicked")):
        st.rerun()


def _take_click(desk: _Desk, at: Mapping[str, float] | None) -> bool:
    """Choose the site nearest to a click, if it is a new one; tell whether another is chosen."""
    if not at or st.session_state.get("live_click") == at:
        return False
    st.session_state["live_click"] = at
    option = _nearest(desk, at["lng"], at["lat"])
    if option is None:
        return False
    st.session_state["live_site"] = option
    return True


def _nearest(desk: _Desk, lon: float, lat: float) -> str | None:
    """Find the option of a site nearest to a place; what stands goes before what could."""
    table, sites = desk.prepared.options.table, desk.prepared.options.sites
    known = [option for option in desk.session.problem.options if option in table.index]
    if not known:
        return None
    at = to_plane([lon], [lat], projection=projection_of(desk.prepared.district))[0]
    of_option = table["site"].loc[known]
    xy = sites.loc[of_option, ["x", "y"]].to_numpy(float)
    metres = np.hypot(*(xy - at).T)
    nearest = float(metres.min())
    if nearest > _NEAR_M:
        return None
    here = [known[k] for k in np.flatnonzero(metres <= nearest)]
    standing = set(desk.session.chosen)
    return next((option for option in here if option in standing), here[0])


def _selected(desk: _Desk) -> None:
    """Show the site that was clicked, with what each of its options would change."""
    option = st.session_state.get("live_site")
    if option not in set(desk.session.problem.options):
        st.caption(say("Click a site on the map to add it, take it away, or see what it gains."))
        return
    table = desk.prepared.options.table
    site = table["site"].get(option, "")
    name = desk.prepared.options.sites["name"].get(site, "") or site
    with st.container(border=True):
        st.markdown(f"**{shell.plain(str(name))}** ({shell.plain(str(site))})")
        for each in _options_of(desk, str(site)):
            _option_row(desk, each)
        if desk.result is not None and option in desk.result.measures.index and not desk.edited:
            st.caption(shell.plain(str(desk.result.measures["reason"][option])))
        show_pins(desk.entry, desk.prepared, str(site))


def _options_of(desk: _Desk, site: str) -> list[str]:
    table = desk.prepared.options.table
    here = table.index[table["site"] == site]
    known = set(desk.session.problem.options)
    return [str(option) for option in here if option in known]


def _option_row(desk: _Desk, option: str) -> None:
    """Show one option of a site with what it changes, and the button that adds or removes it."""
    session, row = desk.session, desk.prepared.options.table.loc[option]
    stands = option in set(session.chosen)
    hours = session.gain_of(option) / _MILLI_MINUTES_AN_HOUR
    label = steps_text(tuple(row["steps"])) or say("Stay as it is")
    told, button = st.columns([3, 1], vertical_alignment="center")
    change = (
        say("without it {hours} worker-hours a week less", hours=number(hours))
        if stands
        else say("adds {hours} worker-hours a week", hours=number(hours))
    )
    told.markdown(
        shell.plain(
            say(
                "{what}: {cost} yuan, {change}",
                what=label,
                cost=yuan(row["cost_setup_yuan"]),
                change=change,
            )
        )
    )
    button.button(
        say("Take away") if stands else say("Add"),
        key=f"option_{option}",
        width="stretch",
        on_click=_take_away if stands else _stand_instead,
        args=(desk, option),
    )


def _take_away(desk: _Desk, option: str) -> None:
    desk.session.remove(option)


def _stand_instead(desk: _Desk, option: str) -> None:
    """Let an option stand in the place of another one of its site, if one stands."""
    session = desk.session
    site = str(desk.prepared.options.table["site"][option])
    beside = [each for each in _options_of(desk, site) if each in set(session.chosen)]
    if beside:
        session.swap(beside[0], option)
    else:
        session.add(option)


def _figures(desk: _Desk) -> None:
    """Show what stands in figures: served, money and number left, limits that are broken."""
    figures, result = desk.session.figures(), desk.result
    kept = result.plan.served_milli if result else desk.session.problem.base_milli
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
    _broken(figures)


def _left(value: float | None) -> str | None:
    return None if value is None else say("{left} left", left=f"{value:,.0f}")


def _broken(figures: LiveFigures) -> None:
    if not figures.broken:
        st.success(say("All limits are kept."), icon=":material/check_circle:")
        return
    lines = "\n".join(f"- {shell.plain(str(each.text))}" for each in figures.broken[:8])
    more = len(figures.broken) - 8
    if more > 0:
        lines += "\n- " + say("{count} more", count=more)
    st.warning(f"{say('Limits that are not kept:')}\n{lines}")


def _outcomes(desk: _Desk) -> None:
    """Show who is served, who is in reach and not served and why, and who is out of reach."""
    whole = _coverage(desk).whole
    names = {
        "closed": say("closed"),
        "full": say("full"),
        "not_admitted": say("group not admitted"),
        "unlisted": say("not on the map"),
        "gated": say("behind a gate"),
        "maintenance": say("in maintenance"),
    }
    parts = [
        (say("Served"), float(whole["effective_share"])),
        *(
            (say("In reach, but {reason}", reason=name), float(whole[f"{reason}_share"]))
            for reason, name in names.items()
        ),
        (say("Out of reach"), float(whole["out_of_reach_share"])),
    ]
    shown = [(name, part) for at, (name, part) in enumerate(parts) if part > 0 or at == 0]
    hours = float(whole["worker_hours_week"])
    rows: dict[str, list[object]] = {
        "name": [name for name, _ in shown],
        "hours": [part * hours for _, part in shown],
        "share": [part for _, part in shown],
    }
    columns = [
        Column(key="name", title=say("Who"), show=text, wide=True),
        Column(key="hours", title=say("Worker-hours a week"), show=number, right=True),
        Column(key="share", title=say("Share"), show=share, right=True),
    ]
    show_table(rows, columns)


def _coverage(desk: _Desk) -> Figures:
    """Measure coverage with what stands; the plan's own and today's are known."""
    if desk.result is None and not desk.session.chosen:
        return figures_of(desk.entry)
    if desk.result is not None and not desk.edited:
        return desk.result.after
    plan = edited_plan(desk.session, bound_milli=desk.session.problem.total_milli)
    there = options_there(desk.prepared.coverage, plan)
    rules = replace(desk.prepared.district.settings.service, count_seats=False)
    return desk.entry.latest(
        "figures of edits",
        there,
        lambda: measure_coverage(desk.prepared.coverage, there, service=rules),
        most=16,
    )
