"""Groups, their hours and reaches, parts of the day and seasons: what is assumed, and by whom."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import shell
from app_pages.forms.fields import Form, open_form, save, tell
from app_pages.memory.keeping import editable, keep, mark_now, settings_now
from planner.demand import two_names
from planner.district import Settings
from planner.district.settings import MODES, Group, Period, Season, SeasonPresence, Way
from planner.errors import InputError
from planner.language import note, say
from planner.pipeline import Prepared

__all__ = ["show", "tell_assumed"]

_HOURS = range(24)


def tell_assumed(prepared: Prepared) -> None:
    """Say whose reach and hours nobody has confirmed, beside the button that confirms them."""
    settings = prepared.district.settings
    if settings == _confirmed(settings):
        return
    told, button = st.columns([4, 1], vertical_alignment="center")
    told.warning(
        say(
            "Assumptions: {parts}. Check them under Groups and hours, and the seats under Today.",
            parts=shell.plain(say("; ").join(_assumed(settings))),
        ),
        icon=":material/help:",
    )
    if button.button(
        say("Confirm all"), key="confirm_assumed", width="stretch", disabled=not editable()
    ):
        keep(_confirmed)


def _assumed(settings: Settings) -> list[str]:
    """Name everything that the button confirms."""
    groups = say(", ").join(_name(group) for group in settings.groups if group.assumed)
    seasons = say(", ").join(_season_name(each) for each in settings.seasons if each.assumed)
    parts = []
    if groups:
        parts.append(say("reach and hours of {groups}", groups=groups))
    if seasons:
        parts.append(say("weeks of {seasons}", seasons=seasons))
    if settings.service.assumed:
        parts.append(say("length and frequency of a stay"))
    return parts


def _confirmed(settings: Settings) -> Settings:
    return replace(
        settings,
        groups=tuple(replace(group, assumed=False) for group in settings.groups),
        seasons=tuple(replace(season, assumed=False) for season in settings.seasons),
        service=replace(settings.service, assumed=False),
    )


def show(prepared: Prepared) -> None:
    """Let reach and hours of a group be changed, the parts of the day, and the seasons."""
    groups = {group.id: group for group in prepared.district.settings.groups}
    names = {group.id: _name_and_state(group) for group in groups.values()}
    which, when = st.columns(2)
    named = which.selectbox(
        say("Group"), list(names), format_func=names.__getitem__, key="settings_group"
    )
    group = groups[named]
    seasons = {season.id: season for season in prepared.district.settings.seasons}
    times = {"": _season_name(None)}
    times |= {season.id: _season_name(season) for season in seasons.values()}
    chosen = when.selectbox(
        say("Hours of"), list(times), format_func=times.__getitem__, key="settings_season"
    )
    season = seasons.get(str(chosen))
    hours = prepared.demand.sources.loc[prepared.demand.sources["group"] == group.id, "hours"]
    counted = set(hours) == {"counts"}  # records only say how the hours of the table lie
    _edit_group(group, season, counted=counted)
    with st.expander(say("Parts of the day")):
        _edit_periods()
    if prepared.district.settings.seasons:
        with st.expander(say("Seasons")):
            _edit_seasons()


@dataclass(frozen=True, slots=True)
class _Fields:
    """What the form of one group holds."""

    reaches: tuple[tuple[str, float | None], ...]
    """Metres by each mode; None: not used."""
    total_workers: float | None
    presence: SeasonPresence


def _fields(group: Group, season: str) -> _Fields:
    known = {way.mode: way.reach_m for way in group.ways}
    reaches = tuple((mode, known.get(mode)) for mode in MODES)
    return _Fields(reaches, group.total_workers, _presence(group, season))


def _edit_group(group: Group, season: Season | None, *, counted: bool) -> None:
    """Show the form of one group; saving it confirms it."""
    wanted = season.id if season else ""
    kept = _fields(_find(settings_now(), group.id), wanted)
    form = open_form(f"group_{mark_now()}_{group.id}_{wanted}", kept, field="total")
    chart, right = st.columns([4, 3], gap="medium")
    with chart:
        _show_hours(kept.presence)
        if counted:
            st.caption(
                say("Sources count this group by the hour: this table changes nothing for it.")
            )
    with right:
        tell(form)
        with st.form(f"{form.key}_form", border=True):
            _ask_fields(form, seasonal=season is not None)
            st.form_submit_button(
                say("Save and confirm"),
                type="primary",
                on_click=_send_group,
                args=(form, group.id),
                disabled=not editable(),
            )


def _ask_fields(form: Form[_Fields], *, seasonal: bool) -> None:
    """Ask for what a group has; what is there stands in the state, so it can be emptied."""
    key, shown = form.key, form.shown
    _ask_reaches(shown, key)
    st.session_state.setdefault(f"{key}_total", shown.total_workers)
    st.number_input(
        say("Stated headcount in the whole district"),
        value=None,
        step=10.0,
        format="%.0f",
        placeholder=say("as counted"),
        key=f"{key}_total",
    )
    if seasonal:
        st.number_input(
            say("People in this season, for each one of the headcount"),
            value=shown.presence.headcount_factor,
            step=0.05,
            key=f"{key}_factor",
        )
    _ask_hours(shown.presence, key)


def _ask_reaches(shown: _Fields, key: str) -> None:
    """Ask how far the group goes by each mode; an empty one is not used."""
    st.caption(say("Reach in metres along streets; leave empty what they do not use."))
    names = {"walk": say("On foot"), "ebike": say("By e-bike"), "drive": say("By car")}
    with st.container(key="reaches"):
        for column, (mode, reach) in zip(
            st.columns(len(MODES), gap="small"), shown.reaches, strict=True
        ):
            st.session_state.setdefault(f"{key}_{mode}", reach)
            column.number_input(
                names[mode],
                value=None,
                step=100.0,
                format="%.0f",
                placeholder="–",
                key=f"{key}_{mode}",
            )


def _ask_hours(now: SeasonPresence, key: str) -> None:
    """Ask for the share of the headcount that is out in each hour."""
    hours = pd.DataFrame(
        {
            "hour": [f"{hour:02d}–{hour + 1:02d}" for hour in _HOURS],
            "weekday": now.weekday,
            "weekend": now.weekend,
        }
    )
    st.data_editor(
        hours,
        hide_index=True,
        num_rows="fixed",
        height=248,
        column_config={
            "hour": st.column_config.TextColumn(say("Hour"), disabled=True, width=70),
            "weekday": _share_column(say("Weekday")),
            "weekend": _share_column(say("Weekend")),
        },
        key=f"{key}_hours",
    )


def _share_column(title: str) -> ColumnConfig:
    return st.column_config.NumberColumn(
        title, min_value=0.0, max_value=1.0, step=0.01, format="%.2f", required=True, width=80
    )


def _send_group(form: Form[_Fields], group: str) -> None:
    """Keep what was typed into the form of a group; what is wrong is told and nothing is kept."""
    season = form.start.presence.season
    save(
        form,
        _typed(form),
        now_of=lambda settings: _fields(_find(settings, group), season),
        change=lambda settings, typed: _with_fields(settings, group, typed),
    )


def _typed(form: Form[_Fields]) -> _Fields:
    """Read the fields as they were sent."""
    state, key, shown = st.session_state, form.key, form.shown.presence
    edited = state[f"{key}_hours"]["edited_rows"]
    return _Fields(
        tuple((mode, state[f"{key}_{mode}"]) for mode in MODES),
        state[f"{key}_total"],
        SeasonPresence(
            season=shown.season,
            weekday=_shares(shown.weekday, edited, "weekday"),
            weekend=_shares(shown.weekend, edited, "weekend"),
            headcount_factor=state.get(f"{key}_factor", shown.headcount_factor),
        ),
    )


def _shares(
    before: Sequence[float], edited: Mapping[int, Mapping[str, float | None]], day: str
) -> tuple[float, ...]:
    now = [edited.get(hour, {}).get(day, share) for hour, share in enumerate(before)]
    return tuple(math.nan if share is None else round(float(share), 4) for share in now)


def _with_fields(settings: Settings, identity: str, typed: _Fields) -> Settings:
    """Put what was typed into the settings; the group is then confirmed."""
    ways = tuple(
        Way(mode=mode, reach_m=reach) for mode, reach in typed.reaches if reach is not None
    )
    if not ways:
        raise InputError(note("Give at least one reach: a group must get there somehow."))
    changed = replace(
        _with_presence(_find(settings, identity), typed.presence),
        ways=ways,
        total_workers=typed.total_workers,
        assumed=False,
    )
    groups = [changed if group.id == identity else group for group in settings.groups]
    return replace(settings, groups=tuple(groups))


def _find(settings: Settings, identity: str) -> Group:
    found = next((group for group in settings.groups if group.id == identity), None)
    if found is None:
        raise InputError(note("The district has no group {group} any more.", group=identity))
    return found


def _presence(group: Group, season: str) -> SeasonPresence:
    """Give the hours of a group in a season: its own, else those of the whole year ("")."""
    own = (each for each in group.seasons if season and each.season == season)
    usual = SeasonPresence(season=season, weekday=group.weekday, weekend=group.weekend)
    return next(own, usual)


def _with_presence(group: Group, presence: SeasonPresence) -> Group:
    if not presence.season:
        return replace(group, weekday=presence.weekday, weekend=presence.weekend)
    others = tuple(each for each in group.seasons if each.season != presence.season)
    same = presence == _presence(replace(group, seasons=()), presence.season)
    return replace(group, seasons=others if same else (*others, presence))


def _show_hours(now: SeasonPresence) -> None:
    """Draw the share that is out in each hour, weekday beside weekend."""
    bars = "".join(_bar(hour, now.weekday[hour], now.weekend[hour]) for hour in _HOURS)
    st.html(
        '<div class="p-key">'
        f'<span><i class="p-weekday"></i>{escape(say("weekday"))}</span>'
        f'<span><i class="p-weekend"></i>{escape(say("weekend"))}</span>'
        f"<span>{escape(say('Share of the headcount that is out in each hour'))}</span></div>"
        f'<div class="p-hours">{bars}</div>'
    )


def _bar(hour: int, weekday: float, weekend: float) -> str:
    tip = say(
        "{hour}: weekday {weekday}, weekend {weekend}",
        hour=f"{hour:02d}–{hour + 1:02d}",
        weekday=f"{weekday:.0%}",
        weekend=f"{weekend:.0%}",
    )
    label = f"{hour:02d}" if hour % 3 == 0 else ""
    return (
        f'<div class="p-hour" title="{escape(tip)}"><div class="p-columns">'
        f'<span class="p-weekday" style="height:{weekday:.1%}"></span>'
        f'<span class="p-weekend" style="height:{weekend:.1%}"></span></div>'
        f"<small>{label}</small></div>"
    )


def _edit_periods() -> None:
    """Let the hours be changed at which the parts of the day begin."""
    periods = settings_now().periods
    form = open_form(f"periods_{mark_now()}", _starts(periods), field=periods[0].id)
    tell(form)
    with st.form(form.key, border=False):
        columns = st.columns(len(periods))
        for column, period, start in zip(columns, periods, form.shown, strict=True):
            column.number_input(
                say("{period} begins at", period=two_names(period.name, period.name_en)),
                value=start,
                step=1,
                key=f"{form.key}_{period.id}",
            )
        st.caption(say("Whole hours, 0 to 23. Each part ends where the next begins."))
        st.form_submit_button(
            say("Save"), on_click=_send_periods, args=(form, periods), disabled=not editable()
        )


def _starts(periods: Sequence[Period]) -> tuple[int, ...]:
    return tuple(period.start_hour for period in periods)


def _send_periods(form: Form[tuple[int, ...]], periods: Sequence[Period]) -> None:
    state = st.session_state
    save(
        form,
        tuple(int(state[f"{form.key}_{period.id}"]) for period in periods),
        now_of=lambda settings: _starts(settings.periods),
        change=_with_starts,
    )


def _with_starts(settings: Settings, starts: tuple[int, ...]) -> Settings:
    ends = [*starts[1:], *starts[:1]]
    periods = tuple(
        replace(period, start_hour=start, end_hour=end or 24)
        for period, start, end in zip(settings.periods, starts, ends, strict=True)
    )
    return replace(settings, periods=periods)


def _edit_seasons() -> None:
    """Let the length of each season be changed."""
    seasons = settings_now().seasons
    form = open_form(f"seasons_{mark_now()}", _weeks(seasons), field=seasons[0].id)
    tell(form)
    with st.form(form.key, border=False):
        columns = st.columns(max(len(seasons), 3))
        for column, season, weeks in zip(columns, seasons, form.shown, strict=False):
            column.number_input(
                say("{season}: weeks a year", season=_season_name(season)),
                value=weeks,
                step=1.0,
                key=f"{form.key}_{season.id}",
            )
        st.form_submit_button(
            say("Save"), on_click=_send_seasons, args=(form, seasons), disabled=not editable()
        )


def _weeks(seasons: Sequence[Season]) -> tuple[float, ...]:
    return tuple(float(season.weeks) for season in seasons)


def _send_seasons(form: Form[tuple[float, ...]], seasons: Sequence[Season]) -> None:
    state = st.session_state
    save(
        form,
        tuple(float(state[f"{form.key}_{season.id}"]) for season in seasons),
        now_of=lambda settings: _weeks(settings.seasons),
        change=_with_weeks,
    )


def _with_weeks(settings: Settings, weeks: tuple[float, ...]) -> Settings:
    seasons = tuple(
        replace(season, weeks=length, assumed=False)
        for season, length in zip(settings.seasons, weeks, strict=True)
    )
    return replace(settings, seasons=seasons)


def _name(group: Group) -> str:
    return str(two_names(group.name, group.name_en))


def _name_and_state(group: Group) -> str:
    return say("{group} (assumed)", group=_name(group)) if group.assumed else _name(group)


def _season_name(season: Season | None) -> str:
    return str(two_names(season.name, season.name_en)) if season else say("all year round")
