"""Objectives, measures, money, distances, sites and search: forms of the page of limits."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app_pages.forms.fields import Form
from app_pages.forms.row_editor import ask_rows, rows_typed
from app_pages.limiting.widgets import (
    Part,
    Scene,
    Typed,
    ask_number,
    ask_whole,
    choose,
    value_or,
)
from app_pages.memory.keeping import settings_now
from planner.district.settings import MEASURES, OBJECTIVES, GapLimit, Levels, Limits, Objective
from planner.errors import InputError
from planner.language import note, say
from planner.report.words import measure_name, objective_name

__all__ = ["DISTANCES", "GOAL", "MEASURES_ALLOWED", "MONEY", "SEARCH", "SITES"]

_OBJECTIVE = ("kind", "weight", "tolerance_share", "target_share")
_OBJECTIVE_PX = 284
"""A name in a list of words is wider than what it stands for, which Streamlit measures."""


def _draw_goal(scene: Scene, form: Form[Typed]) -> None:
    del scene
    ask_rows(
        _objective_rows(form),
        {
            "kind": st.column_config.SelectboxColumn(
                say("Objective"),
                options=list(OBJECTIVES),
                format_func=objective_name,
                required=True,
                width=_OBJECTIVE_PX,
            ),
            "weight": st.column_config.NumberColumn(say("Weight"), min_value=0.0, default=1.0),
            "tolerance_share": st.column_config.NumberColumn(
                say("Later ones may cost (%)"), min_value=0.0, max_value=100.0, default=0.0
            ),
            "target_share": st.column_config.NumberColumn(
                say("Target (%)"), min_value=0.0, max_value=100.0, default=100.0
            ),
        },
        key=f"{form.key}_rows",
        label=say("What the plan is to achieve"),
    )
    st.session_state.setdefault(f"{form.key}_order", form.shown["one_after_the_other"])
    st.toggle(
        say("One after the other: later objectives decide only where earlier ones leave a choice"),
        key=f"{form.key}_order",
    )


def _objective_rows(form: Form[Typed]) -> list[dict[str, Any]]:
    return [
        {
            "kind": aim.kind,
            "weight": aim.weight,
            "tolerance_share": 100 * aim.tolerance_share,
            "target_share": 100 * aim.target_share,
        }
        for aim in form.shown["objectives"]
    ]


def _read_goal(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    rows = rows_typed(_objective_rows(form), _OBJECTIVE, key=f"{form.key}_rows")
    aims = tuple(
        Objective(
            kind=row["kind"] or "served",
            weight=value_or(row["weight"], 1.0),
            tolerance_share=value_or(row["tolerance_share"], 0.0) / 100,
            target_share=value_or(row["target_share"], 100.0) / 100,
        )
        for row in rows
    )
    return {
        "objectives": aims or (Objective(),),
        "one_after_the_other": st.session_state[f"{form.key}_order"],
    }


GOAL = Part("goal", "order", ("objectives", "one_after_the_other"), _draw_goal, _read_goal)


def _draw_measures(scene: Scene, form: Form[Typed]) -> None:
    key, shown = form.key, form.shown
    possible = {measure.id for measure in settings_now().measures}
    steps = [step for step in MEASURES if step in possible or step in shown["measures"]]
    choose(say("The plan may"), steps, measure_name, f"{key}_measures", shown["measures"])
    stations = scene.sites(existing=True)
    for name, title in (
        ("may_close", say("Stations that may be closed")),
        ("may_move", say("Stations that may be moved")),
    ):
        choose(title, list(stations), stations.__getitem__, f"{key}_{name}", shown[name])
    ask_whole(
        say("Relocatable stations that may be bought"), f"{key}_containers", shown["containers"]
    )


def _read_measures(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    state, key = st.session_state, form.key
    return {
        "measures": tuple(step for step in MEASURES if step in state[f"{key}_measures"]),
        "may_close": tuple(state[f"{key}_may_close"]),
        "may_move": tuple(state[f"{key}_may_move"]),
        "containers": state[f"{key}_containers"] or 0,
    }


MEASURES_ALLOWED = Part(
    "measures",
    "containers",
    ("measures", "may_close", "may_move", "containers"),
    _draw_measures,
    _read_measures,
)


_MONEY = ("budget_yuan", "budget_union_yuan", "budget_partner_yuan", "budget_year_yuan")


def _draw_money(scene: Scene, form: Form[Typed]) -> None:
    del scene
    titles = {
        "budget_yuan": say("Set-up money in all (yuan)"),
        "budget_union_yuan": say("Of it paid by the union (yuan)"),
        "budget_partner_yuan": say("Of it paid by hosts and partners (yuan)"),
        "budget_year_yuan": say("Added running cost (yuan a year)"),
    }
    columns = st.columns(2)
    for at, name in enumerate(_MONEY):
        with columns[at % 2]:
            ask_number(titles[name], f"{form.key}_{name}", form.shown[name], step=10_000.0)
    ask_whole(say("New stations at most"), f"{form.key}_count", form.shown["count"])


def _read_money(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    return {name: st.session_state[f"{form.key}_{name}"] for name in (*_MONEY, "count")}


MONEY = Part("money", "count", (*_MONEY, "count"), _draw_money, _read_money)


def _draw_distances(scene: Scene, form: Form[Typed]) -> None:
    key, shown = form.key, form.shown
    rules = settings_now().gaps
    left, right = st.columns(2)
    with left:
        ask_number(say("Least distance (m)"), f"{key}_apart", shown["min_separation_m"], step=50.0)
        for name, title in (
            ("separation_from_existing", say("From existing stations too")),
            ("separation_along_streets", say("Along the streets, not straight")),
        ):
            st.session_state.setdefault(f"{key}_{name}", shown[name])
            st.toggle(title, key=f"{key}_{name}")
        hosts = {
            host.id: scene.names.host(host.id) for host in scene.prepared.district.settings.hosts
        }
        levels: Levels | None = shown["levels"]
        choose(
            say("Host types whose stations are centres"),
            list(hosts),
            hosts.__getitem__,
            f"{key}_centres",
            levels.centre_hosts if levels else (),
        )
        ask_number(
            say("Each other new station has a centre within (m)"),
            f"{key}_within",
            levels.within_m if levels else None,
            step=100.0,
        )
    with right:
        gap: GapLimit | None = shown["gap"]
        modes = {
            "off": say("only checked"),
            "hard": say("must be kept"),
            "priced": say("each shortfall has a price"),
        }
        now = "off" if gap is None else "hard" if gap.hard else "priced"
        st.session_state.setdefault(f"{key}_gap", now)
        st.radio(
            say(
                "Largest way to an open station ({urban:,.0f} m, dense {dense:,.0f} m)",
                urban=rules.urban_m,
                dense=rules.dense_m,
            ),
            list(modes),
            format_func=modes.__getitem__,
            key=f"{key}_gap",
        )
        ask_number(
            say("Price of a shortfall (worker-hours a week)"),
            f"{key}_price",
            gap.price_hours if gap and not gap.hard else None,
            step=10.0,
            empty="–",
        )


def _read_distances(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    state, key = st.session_state, form.key
    centres, within = tuple(state[f"{key}_centres"]), state[f"{key}_within"]
    if bool(centres) != (within is not None):
        raise InputError(
            note("Centres need both: host types that are centres, and the metres to them.")
        )
    mode = state[f"{key}_gap"]
    gap = {
        "off": None,
        "hard": GapLimit(),
        "priced": GapLimit(hard=False, price_hours=value_or(state[f"{key}_price"], 0.0)),
    }[mode]
    return {
        "min_separation_m": value_or(state[f"{key}_apart"], 0.0),
        "separation_from_existing": state[f"{key}_separation_from_existing"],
        "separation_along_streets": state[f"{key}_separation_along_streets"],
        "levels": Levels(centre_hosts=centres, within_m=within) if centres else None,
        "gap": gap,
    }


DISTANCES = Part(
    "distances",
    "apart",
    (
        "min_separation_m",
        "separation_from_existing",
        "separation_along_streets",
        "levels",
        "gap",
    ),
    _draw_distances,
    _read_distances,
)


def _draw_sites(scene: Scene, form: Form[Typed]) -> None:
    key, shown = form.key, form.shown
    known = {**scene.sites(existing=False), **scene.sites(existing=True)}
    for name, title in (
        ("lock", say("Must be opened")),
        ("forbid", say("Must not be opened")),
    ):
        names = {**known, **{each: each for each in shown[name] if each not in known}}
        choose(title, list(names), names.__getitem__, f"{key}_{name}", shown[name])
    if shown["no_go"]:
        areas = {str(at): _area_name(at, ring) for at, ring in enumerate(shown["no_go"], start=1)}
        title = say("Areas where nothing may be opened; take one out to delete it")
        choose(title, list(areas), areas.__getitem__, f"{key}_no_go", list(areas))


def _area_name(at: int, ring: Sequence[tuple[float, float]]) -> str:
    """Name an area by its number, its corners and its middle."""
    corners = ring[:-1] if ring[0] == ring[-1] else ring
    lon, lat = (sum(corner[axis] for corner in corners) / len(corners) for axis in (0, 1))
    return say(
        "area {number}: {corners} corners around {lon:.4f}, {lat:.4f}",
        number=at,
        corners=len(corners),
        lon=lon,
        lat=lat,
    )


def _read_sites(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    state, key = st.session_state, form.key
    left = set(state.get(f"{key}_no_go", ()))
    return {
        "lock": tuple(state[f"{key}_lock"]),
        "forbid": tuple(state[f"{key}_forbid"]),
        "no_go": tuple(
            ring for at, ring in enumerate(form.shown["no_go"], start=1) if str(at) in left
        ),
    }


SITES = Part("sites", "lock", ("lock", "forbid", "no_go"), _draw_sites, _read_sites)


def _draw_search(scene: Scene, form: Form[Typed]) -> None:
    del scene
    key, shown = form.key, form.shown
    ask_number(say("Time limit (s)"), f"{key}_time", shown["time_limit_s"], step=10.0)
    ask_number(
        say("End when proven this near to the best (%)"),
        f"{key}_gap",
        100 * shown["gap_share"],
        step=0.1,
        form="%.3f",
    )
    ask_whole(say("Steps of the search at most"), f"{key}_work", shown["work_limit"])
    ask_whole(say("Seed of the search"), f"{key}_seed", shown["seed"])
    st.caption(say("The same seed and steps give the same plan on any machine."))


def _read_search(scene: Scene, form: Form[Typed]) -> Typed:
    del scene
    state, key, base = st.session_state, form.key, Limits()
    return {
        "time_limit_s": value_or(state[f"{key}_time"], base.time_limit_s),
        "gap_share": value_or(state[f"{key}_gap"], 100 * base.gap_share) / 100,
        "work_limit": state[f"{key}_work"],
        "seed": state[f"{key}_seed"] or 0,
    }


SEARCH = Part(
    "search",
    "seed",
    ("time_limit_s", "gap_share", "work_limit", "seed"),
    _draw_search,
    _read_search,
)
