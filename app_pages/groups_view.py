"""Groups, their hours and reaches, parts of the day and seasons: what is assumed, and by whom."""

import math
from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import shell
from app_pages.keeping import keep, settings_of
from app_pages.shelf import Entry
from planner.demand import two_names
from planner.district import Settings
from planner.district.settings import MODES, Group, Season, SeasonPresence, Way
from planner.language import say
from planner.pipeline import Prepared

__all__ = ["show", "tell_assumed"]

_HOURS = range(24)


def tell_assumed(entry: Entry, prepared: Prepared) -> None:
    """Say whose reach and hours nobody has confirmed, beside the button that confirms them."""
    settings = prepared.district.settings
    assumed = [_name(group) for group in settings.groups if group.assumed]
    if not assumed:
        return
    told, button = st.columns([4, 1], vertical_alignment="center")
    told.warning(
        say(
            "Reach and hours are assumptions for: {groups}. Check them under Groups and hours.",
            groups=shell.plain(say(", ").join(assumed)),
        ),
        icon=":material/help:",
    )
    if button.button(say("Confirm all"), key="confirm_assumed", width="stretch"):
        keep(entry.folder, _confirmed(settings_of(entry.folder)))


def _confirmed(settings: Settings) -> Settings:
    return replace(
        settings,
        groups=tuple(replace(group, assumed=False) for group in settings.groups),
        seasons=tuple(replace(season, assumed=False) for season in settings.seasons),
    )


def show(entry: Entry, prepared: Prepared) -> None:
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
    _edit_group(entry, group, season, counted=counted)
    with st.expander(say("Parts of the day")):
        _edit_periods(entry)
    if prepared.district.settings.seasons:
        with st.expander(say("Seasons")):
            _edit_seasons(entry)


def _edit_group(entry: Entry, group: Group, season: Season | None, *, counted: bool) -> None:
    """Show the form of one group; saving it confirms it."""
    now = _presence(group, season)
    key = f"group_{entry.fingerprint[:12]}_{group.id}_{season.id if season else ''}"
    chart, form = st.columns([3, 2], gap="medium")
    with chart:
        _show_hours(now)
        if counted:
            st.caption(
                say("Sources count this group by the hour: this table changes nothing for it.")
            )
    with form, st.form(f"{key}_form", border=True):
        reaches = _ask_reaches(group, key)
        st.session_state.setdefault(f"{key}_total", group.total_workers)
        total = st.number_input(
            say("Stated headcount in the whole district"),
            value=None,  # what is there stands in the state: so it can be emptied
            step=10.0,
            format="%.0f",
            placeholder=say("as counted"),
            key=f"{key}_total",
        )
        factor = 1.0
        if season is not None:
            factor = st.number_input(
                say("People in this season, for each one of the headcount"),
                value=now.headcount_factor,
                step=0.05,
                key=f"{key}_factor",
            )
        table = _ask_hours(now, key)
        sent = st.form_submit_button(say("Save and confirm"), type="primary")
    if sent:
        presence = SeasonPresence(
            season=season.id if season else "",
            weekday=_shares(table, "weekday"),
            weekend=_shares(table, "weekend"),
            headcount_factor=factor,
        )
        changed = replace(
            _with_presence(group, season, presence),
            ways=tuple(Way(mode=mode, reach_m=reach) for mode, reach in reaches.items() if reach),
            total_workers=total,
            assumed=False,
        )
        _save_group(entry, changed)


def _ask_reaches(group: Group, key: str) -> dict[str, float | None]:
    """Ask how far the group goes by each mode; an empty one is not used."""
    st.caption(say("Reach in metres along streets; leave empty what they do not use."))
    known = {way.mode: way.reach_m for way in group.ways}
    names = {"walk": say("On foot"), "ebike": say("By e-bike"), "drive": say("By car")}
    columns = st.columns(len(MODES))
    for mode in MODES:
        st.session_state.setdefault(f"{key}_{mode}", known.get(mode))
    return {
        mode: column.number_input(
            names[mode],
            value=None,  # as above: one that is there can be emptied
            step=100.0,
            format="%.0f",
            placeholder="–",
            key=f"{key}_{mode}",
        )
        for column, mode in zip(columns, MODES, strict=True)
    }


def _ask_hours(now: SeasonPresence, key: str) -> pd.DataFrame:
    """Ask for the share of the headcount that is out in each hour."""
    hours = pd.DataFrame(
        {
            "hour": [f"{hour:02d}–{hour + 1:02d}" for hour in _HOURS],
            "weekday": now.weekday,
            "weekend": now.weekend,
        }
    )
    edited: pd.DataFrame = st.data_editor(
        hours,
        hide_index=True,
        num_rows="fixed",
        height=248,
        column_config={
            "hour": st.column_config.TextColumn(say("Hour"), disabled=True, width="small"),
            "weekday": _share_column(say("Weekday")),
            "weekend": _share_column(say("Weekend")),
        },
        key=f"{key}_hours",
    )
    return edited


def _share_column(title: str) -> ColumnConfig:
    return st.column_config.NumberColumn(
        title, min_value=0.0, max_value=1.0, step=0.01, format="%.2f", required=True
    )


def _shares(table: pd.DataFrame, day: str) -> tuple[float, ...]:
    return tuple(round(float(share), 4) for share in table[day].fillna(math.nan))


def _save_group(entry: Entry, changed: Group) -> None:
    """Keep a group in the district folder; what is wrong is told and nothing is kept."""
    if not changed.ways:
        st.error(say("Give at least one reach: a group must get there somehow."))
        return
    settings = settings_of(entry.folder)
    groups = [changed if group.id == changed.id else group for group in settings.groups]
    keep(entry.folder, replace(settings, groups=tuple(groups)))


def _presence(group: Group, season: Season | None) -> SeasonPresence:
    """Give the hours of a group in a season: its own, else those of the whole year."""
    own = (each for each in group.seasons if season is not None and each.season == season.id)
    return next(
        own,
        SeasonPresence(
            season=season.id if season else "", weekday=group.weekday, weekend=group.weekend
        ),
    )


def _with_presence(group: Group, season: Season | None, presence: SeasonPresence) -> Group:
    if season is None:
        return replace(group, weekday=presence.weekday, weekend=presence.weekend)
    others = tuple(each for each in group.seasons if each.season != season.id)
    same = presence == replace(_presence(replace(group, seasons=()), season), season=season.id)
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


def _edit_periods(entry: Entry) -> None:
    """Let the hours be changed at which the parts of the day begin."""
    settings = settings_of(entry.folder)
    key = f"periods_{entry.fingerprint[:12]}"
    with st.form(key, border=False):
        columns = st.columns(max(len(settings.periods), 1))
        starts = [
            column.number_input(
                say("{period} begins at", period=two_names(period.name, period.name_en)),
                value=period.start_hour,
                step=1,
                key=f"{key}_{period.id}",
            )
            for column, period in zip(columns, settings.periods, strict=True)
        ]
        st.caption(say("Whole hours, 0 to 23. Each part ends where the next begins."))
        if not st.form_submit_button(say("Save")):
            return
    ends = [*starts[1:], *starts[:1]]
    periods = tuple(
        replace(period, start_hour=int(start), end_hour=int(end) or 24)
        for period, start, end in zip(settings.periods, starts, ends, strict=True)
    )
    keep(entry.folder, replace(settings, periods=periods))


def _edit_seasons(entry: Entry) -> None:
    """Let the length of each season be changed."""
    settings = settings_of(entry.folder)
    key = f"seasons_{entry.fingerprint[:12]}"
    with st.form(key, border=False):
        columns = st.columns(max(len(settings.seasons), 3))
        weeks = [
            column.number_input(
                say("{season}: weeks a year", season=_season_name(season)),
                value=float(season.weeks),
                step=1.0,
                key=f"{key}_{season.id}",
            )
            for column, season in zip(columns, settings.seasons, strict=False)
        ]
        if not st.form_submit_button(say("Save")):
            return
    seasons = tuple(
        replace(season, weeks=float(length), assumed=False)
        for season, length in zip(settings.seasons, weeks, strict=True)
    )
    keep(entry.folder, replace(settings, seasons=seasons))


def _name(group: Group) -> str:
    return str(two_names(group.name, group.name_en))


def _name_and_state(group: Group) -> str:
    return say("{group} (assumed)", group=_name(group)) if group.assumed else _name(group)


def _season_name(season: Season | None) -> str:
    return str(two_names(season.name, season.name_en)) if season else say("all year round")
