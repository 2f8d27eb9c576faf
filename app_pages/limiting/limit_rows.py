"""Quotas, floors and phases: tables of the page of limits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages.forms.fields import Form
from app_pages.forms.row_editor import ask_rows, rows_typed
from app_pages.limiting.widgets import (
    Part,
    Scene,
    Typed,
    ask_number,
    percent,
    share_of,
    value_or,
    whole_or_none,
)
from planner.district.settings import Floor, Phase, Quota
from planner.language import say
from planner.report.words import quota_subject, scope_name

__all__ = ["PHASES", "SHARES"]

_SCOPES = ("all", "community", "street", "host_type")
_SUBJECTS = ("any", "all_day", "evening", "benchmark", "new", "container", "centre")
_QUOTA = ("scope", "which", "stations", "least", "most", "least_share", "most_share", "per_street")
_FLOOR = ("whom", "least_share")
_PHASE = ("name", "budget_yuan", "count", "weight")
_ALL, _EACH_GROUP, _EACH_COMMUNITY = "", "each:group", "each:community"
_GROUP, _COMMUNITY = "group:", "community:"


def _draw_shares(scene: Scene, form: Form[Typed]) -> None:
    ask_rows(
        _quota_rows(form.shown["quotas"]),
        {
            "scope": st.column_config.SelectboxColumn(
                say("For"), options=list(_SCOPES), format_func=scope_name, required=True
            ),
            "which": st.column_config.TextColumn(
                say("Only these (ids)"), help=say("Ids with commas between them; empty: each.")
            ),
            "stations": st.column_config.SelectboxColumn(
                say("What counts"),
                options=list(_SUBJECTS),
                format_func=quota_subject,
                default="any",
            ),
            "least": st.column_config.NumberColumn(say("At least"), min_value=0, step=1),
            "most": st.column_config.NumberColumn(say("At most"), min_value=0, step=1),
            "least_share": _percent_column(say("At least (%)")),
            "most_share": _percent_column(say("At most (%)")),
            "per_street": st.column_config.NumberColumn(
                say("For each street office at least"), min_value=0.0
            ),
        },
        key=f"{form.key}_quotas",
        label=say("How many stations of a kind there must be"),
    )
    whom = _whom(scene)
    ask_rows(
        _floor_rows(form.shown["floors"]),
        {
            "whom": st.column_config.SelectboxColumn(
                say("Of whom"),
                options=list(whom),
                format_func=lambda each: whom.get(str(each), str(each)),
                required=True,
            ),
            "least_share": _percent_column(say("Served at least (%)"), required=True),
        },
        key=f"{form.key}_floors",
        label=say("Who must be served"),
    )


def _percent_column(title: str, *, required: bool = False) -> ColumnConfig:
    return st.column_config.NumberColumn(title, min_value=0.0, max_value=100.0, required=required)


def _whom(scene: Scene) -> dict[str, str]:
    district = scene.prepared.district
    return {
        _ALL: say("all workers"),
        _EACH_GROUP: say("each group"),
        _EACH_COMMUNITY: say("each community"),
        **{f"{_GROUP}{g.id}": scene.names.group(g.id) for g in district.settings.groups},
        **{f"{_COMMUNITY}{c}": scene.names.community(c) for c in district.communities.index},
    }


def _quota_rows(quotas: Sequence[Quota]) -> list[dict[str, Any]]:
    return [
        {
            "scope": quota.scope,
            "which": ", ".join(quota.which),
            "stations": quota.stations,
            "least": quota.least,
            "most": quota.most,
            "least_share": percent(quota.least_share),
            "most_share": percent(quota.most_share),
            "per_street": quota.least_per_street,
        }
        for quota in quotas
    ]


def _floor_rows(floors: Sequence[Floor]) -> list[dict[str, Any]]:
    return [{"whom": _whom_of(each), "least_share": percent(each.least_share)} for each in floors]


def _whom_of(floor: Floor) -> str:
    if floor.each:
        return f"each:{floor.each}"
    if floor.groups:
        return f"{_GROUP}{floor.groups[0]}"
    return f"{_COMMUNITY}{floor.communities[0]}" if floor.communities else _ALL


def _read_shares(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    quotas = rows_typed(_quota_rows(form.shown["quotas"]), _QUOTA, key=f"{form.key}_quotas")
    floors = rows_typed(_floor_rows(form.shown["floors"]), _FLOOR, key=f"{form.key}_floors")
    before = {_whom_of(each): each for each in form.shown["floors"]}
    return {
        "quotas": tuple(_quota(row) for row in quotas),
        "floors": tuple(_floor(row, before) for row in floors),
    }


def _quota(row: Mapping[str, Any]) -> Quota:
    words = str(row["which"] or "").replace("，", ",").split(",")
    return Quota(
        scope=row["scope"] or "all",
        which=tuple(word.strip() for word in words if word.strip()),
        stations=row["stations"] or "any",
        least=whole_or_none(row["least"]),
        most=whole_or_none(row["most"]),
        least_share=share_of(row["least_share"]),
        most_share=share_of(row["most_share"]),
        least_per_street=row["per_street"],
    )


def _floor(row: Mapping[str, Any], before: Mapping[str, Floor]) -> Floor:
    whom, share = row["whom"] or _ALL, share_of(row["least_share"]) or 0.0
    if whom in before:  # may name several groups or communities, which the table shows as one
        return replace(before[whom], least_share=share)
    if whom.startswith("each:"):
        return Floor(least_share=share, each=whom.removeprefix("each:"))
    if whom.startswith(_GROUP):
        return Floor(least_share=share, groups=(whom.removeprefix(_GROUP),))
    if whom.startswith(_COMMUNITY):
        return Floor(least_share=share, communities=(whom.removeprefix(_COMMUNITY),))
    return Floor(least_share=share)


SHARES = Part("shares", "quotas", ("quotas", "floors"), _draw_shares, _read_shares)


def _draw_phases(scene: Scene, form: Form[Typed]) -> None:
    del scene
    ask_rows(
        _phase_rows(form.shown["phases"]),
        {
            "name": st.column_config.TextColumn(say("Phase"), required=True),
            "budget_yuan": st.column_config.NumberColumn(
                say("Set-up money (yuan)"), min_value=0.0, format="localized"
            ),
            "count": st.column_config.NumberColumn(
                say("New stations at most"), min_value=0, step=1
            ),
            "weight": st.column_config.NumberColumn(
                say("Weight of a worker-hour"), min_value=0.0, default=1.0
            ),
        },
        key=f"{form.key}_rows",
        label=say("Phases, one after the other"),
    )
    st.caption(
        say(
            "What is left of the money of a phase goes to the next. Quotas of a phase are set in"
            " district.toml."
        )
    )
    ask_number(
        say("What opens in a phase has a station of before within (m)"),
        f"{form.key}_contiguous",
        form.shown["contiguous_m"],
        step=100.0,
    )


def _phase_rows(phases: Sequence[Phase]) -> list[dict[str, Any]]:
    return [{name: getattr(phase, name) for name in _PHASE} for phase in phases]


def _read_phases(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    before: tuple[Phase, ...] = form.shown["phases"]
    rows = rows_typed(_phase_rows(before), _PHASE, key=f"{form.key}_rows")
    known = {phase.name: phase for phase in before}
    return {
        "phases": tuple(_phase(at, row, known) for at, row in enumerate(rows, start=1)),
        "contiguous_m": st.session_state[f"{form.key}_contiguous"],
    }


def _phase(at: int, row: Mapping[str, Any], known: Mapping[str, Phase]) -> Phase:
    name = str(row["name"] or at)
    phase = known.get(name, Phase(id=str(at), name=name))
    return replace(
        phase,
        id=str(at),
        budget_yuan=row["budget_yuan"],
        count=whole_or_none(row["count"]),
        weight=value_or(row["weight"], 1.0),
    )


PHASES = Part("phases", "contiguous", ("phases", "contiguous_m"), _draw_phases, _read_phases)
