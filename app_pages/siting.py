"""Siting: limits, the search, the proposed sites, and the score of each candidate."""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.embed import show_map
from app_pages.jobs import Job
from app_pages.papers import write_papers
from app_pages.shelf import Entry, figures_of, ground, kept_plan
from app_pages.tables import (
    Card,
    Column,
    fine_share,
    number,
    share,
    show_cards,
    show_table,
    text,
    yuan,
)
from app_pages.waiting import ready
from planner.coverage import Figures
from planner.district import check_limits, read_settings, write_settings
from planner.district.settings import Limits, ScoreWeights
from planner.errors import PlannerError, Problem, SettingsError
from planner.language import current_language, say, use_language
from planner.maps import Drawn, base_map, cells_layer, proposed_layer, sites_layer
from planner.pipeline import PlanResult, Prepared, plan, rank
from planner.siting import Plan, Status

# The widget of each limit on the screen -> the limit (a bare text here would be drawn on the page).
_LIMITS = {
    "budget": "budget_yuan",
    "count": "count",
    "separation": "min_separation_m",
    "time": "time_limit_s",
    "lock": "lock",
    "forbid": "forbid",
}
_STEPS: Mapping[str, int | float] = {
    "budget": 10_000.0,
    "count": 1,
    "separation": 100.0,
    "time": 10.0,
}


def _ask_limits(entry: Entry, prepared: Prepared) -> Limits:
    """Ask for the limits; what is set is kept in the district folder at once.

    Raises
    ------
    SettingsError
        If what is set cannot hold; it is told and not kept, else the district would not open again.
    """
    names = _candidate_names(prepared)
    key = f"limits_{entry.folder}"
    settings = read_settings(entry.folder)
    wanted = _merged(key, settings.limits, names)
    fault: SettingsError | None = None
    try:
        check_limits(wanted, sites=prepared.options.sites.index)
        if wanted != settings.limits:
            write_settings(entry.folder, replace(settings, limits=wanted))
        _put_on_screen(key, wanted, names)
    except SettingsError as wrong:
        fault = wrong
    _draw_limits(key, names, busy=entry.running)
    if fault is not None:
        raise SettingsError(fault.message, problems=map(_as_on_screen, fault.problems)) from fault
    return wanted


def _merged(key: str, kept: Limits, names: Collection[str]) -> Limits:
    """Give the limits of the folder with what was changed on this screen since it last read them.

    Another screen may have changed the folder meanwhile: what it changed stays.
    """
    known = st.session_state.get(f"{key}_known")
    if not isinstance(known, Limits):
        return kept
    changes: dict[str, Any] = {
        field: st.session_state[f"{key}_{name}"]
        for name, field in _LIMITS.items()
        if f"{key}_{name}" in st.session_state
        and st.session_state[f"{key}_{name}"] != _on_screen(known, field, names)
    }
    for field in {"lock", "forbid"} & set(changes):
        unseen = (site for site in getattr(kept, field) if site not in names)
        changes[field] = (*unseen, *changes[field])
    return replace(kept, **changes)


def _put_on_screen(key: str, limits: Limits, names: Collection[str]) -> None:
    """Let the widgets show these limits; they are drawn after this."""
    st.session_state[f"{key}_known"] = limits
    for name, field in _LIMITS.items():
        widget, value = f"{key}_{name}", _on_screen(limits, field, names)
        if widget not in st.session_state or st.session_state[widget] != value:
            st.session_state[widget] = value


def _on_screen(limits: Limits, field: str, names: Collection[str]) -> object:
    value = getattr(limits, field)
    if isinstance(value, tuple):
        return [site for site in value if site in names]
    return value if field == "count" or value is None else float(value)


def _draw_limits(key: str, names: Mapping[str, str], *, busy: bool) -> None:
    """Draw the widgets; any number may be typed: a wrong one is told, not passed over."""
    titles = _limit_names()
    columns = st.columns(4)
    for at, (name, step) in enumerate(_STEPS.items()):
        # Money and count may be empty; a number that has a default cannot be emptied again.
        empty: dict[str, Any] = {"value": None} if name in ("budget", "count") else {}
        columns[at].number_input(
            titles[_LIMITS[name]],
            **empty,
            step=step,
            format="%d" if isinstance(step, int) else "%.0f",
            placeholder=say("no limit"),
            help=say("Straight metres between a new station and any other, new or existing.")
            if name == "separation"
            else None,
            key=f"{key}_{name}",
            disabled=busy,
        )
    for column, name in zip(st.columns(2), ("lock", "forbid"), strict=True):
        column.multiselect(
            titles[name],
            list(names),
            format_func=names.__getitem__,
            placeholder=say("none"),
            key=f"{key}_{name}",
            disabled=busy,
        )


def _limit_names() -> dict[str, str]:
    """Give what each limit is called on the screen."""
    return {
        "budget_yuan": say("Budget (yuan)"),
        "count": say("New stations at most"),
        "min_separation_m": say("Least distance (m)"),
        "time_limit_s": say("Time limit (s)"),
        "lock": say("Must be opened"),
        "forbid": say("Must not be opened"),
    }


def _as_on_screen(problem: Problem) -> Problem:
    """Name a limit as the screen does, not as `district.toml` does."""
    names = _limit_names()
    told = {
        key: names.get(name, name) if isinstance(name, str) else name
        for key, name in dict(problem.fix.values).items()
    }
    table = names.get(problem.table.removeprefix("[limits] "), problem.table)
    return replace(problem, table=table, fix=replace(problem.fix, values=told))


def _candidate_names(prepared: Prepared) -> dict[str, str]:
    sites = prepared.options.sites
    candidates = sites.loc[~sites["existing"]]
    return {
        str(site): f"{name} ({site})" if name else str(site)
        for site, name in candidates["name"].fillna("").items()
    }


def _start(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    """Begin the search; it goes on while other pages are looked at."""
    language = current_language()

    def work(job: Job[PlanResult]) -> PlanResult:
        result = plan(
            prepared, limits, progress=job.report, stop=job.should_stop, on_better=job.tell
        )
        use_language(language)  # a thread begins with the language that nobody chose
        if result.plan.status is not Status.INFEASIBLE:
            write_papers(result, entry, progress=job.report)
        return result

    entry.planning = Job(work)


@shell.fragment(run_every=0.7)
def _watch(entry: Entry) -> None:
    """Show how far the search is, and the button that ends it."""
    job = entry.planning
    if job is None or job.done:
        st.rerun()
    st.progress(job.done_share, text=shell.plain(str(job.step or say("Searching"))))
    told, button = st.columns([4, 1], vertical_alignment="center")
    best = job.best
    if isinstance(best, Plan):
        told.markdown(
            say(
                "Best so far: {served} worker-hours a week with {sites} new stations;"
                " at most {gap} from the best possible. {seconds} s.",
                served=number(best.served),
                sites=len(best.options),
                gap=fine_share(best.gap),
                seconds=number(job.seconds),
            )
        )
    else:
        told.markdown(say("Searching for {seconds} s.", seconds=number(job.seconds)))
    if button.button(
        say("Stopping ...") if job.should_stop() else say("Stop, keep the best"),
        key="stop_search",
        disabled=job.should_stop(),
        width="stretch",
    ):
        job.stop()
        st.rerun(scope="fragment")


def _result(entry: Entry, limits: Limits) -> PlanResult | None:
    """Give the plan to show: the one kept, unless a search found that none keeps these limits."""
    job = entry.planning
    if job is not None and job.done:
        try:
            found = job.answer()
        except PlannerError as error:
            shell.show_error(error)
        else:
            if found.plan.status is Status.INFEASIBLE and _same(found.limits, limits):
                return found
    return kept_plan(entry)


def _same(one: Limits, other: Limits) -> bool:
    """Tell whether two limits allow the same plans; how long the search may take is aside."""
    return replace(one, time_limit_s=other.time_limit_s) == other


def _show_figures(result: PlanResult) -> None:
    before, after, found = result.before, result.after, result.plan
    show_cards(
        [
            Card(title=say("New stations"), value=number(len(result.sites)), strong=True),
            Card(title=say("Set-up cost (yuan)"), value=yuan(found.cost_yuan)),
            Card(
                title=say("Effective coverage"),
                value=share(after.effective_share),
                more=say("today {share}", share=share(before.effective_share)),
                strong=True,
            ),
            Card(
                title=say("Nominal coverage"),
                value=share(after.nominal_share),
                more=say("today {share}", share=share(before.nominal_share)),
            ),
            Card(
                title=say("Served worker-hours a week"),
                value=number(found.served),
                more=say("no plan can exceed {bound}", bound=number(found.bound)),
            ),
            Card(
                title=say("At most from the best"),
                value=fine_share(found.gap),
                more=say(
                    "{status}, {seconds} s",
                    status=_status_name(found),
                    seconds=f"{found.seconds:,.1f}",
                ),
            ),
        ]
    )


def _status_name(found: Plan) -> str:
    if found.status is Status.OPTIMAL:
        return say("proven best") if found.gap == 0 else say("proven as near as asked for")
    return {
        Status.FEASIBLE: say("time is up"),
        Status.STOPPED: say("stopped by hand"),
        Status.INFEASIBLE: say("no plan keeps the limits"),
    }[found.status]


def _show_map(entry: Entry, prepared: Prepared, result: PlanResult | None) -> None:
    """Show the sites on one map that stands while plans change."""
    district, coverage = prepared.district, prepared.coverage
    made = base_map(district, ground=ground(entry, prepared))
    figures: Figures = result.after if result else figures_of(entry)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    layers: list[Drawn] = [
        cells_layer(district, coverage, figures),
        sites_layer(district, coverage, "existing"),
    ]
    if result:
        layers.append(proposed_layer(district, result.sites))
    show_map(made, key="siting_map", height=540, layers=layers)


def _show_sites(result: PlanResult) -> None:
    rows = result.sites.reset_index(names="id")
    rows["place"] = range(1, len(rows) + 1)
    rows["reason_text"] = [str(reason) for reason in rows["reason"]]
    hosts, areas = _host_names(result.prepared), _area_names(result.prepared)
    rows["site_text"] = [
        f"{text(name)} ({site})\n{hosts.get(host, text(host))}"
        f" · {areas.get(text(area), text(area))}"
        for site, name, host, area in zip(
            rows["id"], rows["name"], rows["host_type"], rows["community"], strict=True
        )
    ]
    columns = [
        Column(key="place", title=say("No."), show=number, right=True, keep=True),
        Column(key="site_text", title=say("Proposed site"), show=text, wide=True),
        Column(key="cost_setup_yuan", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="gain_hours", title=say("Newly served"), show=number, right=True),
        Column(key="loss_hours", title=say("Lost without it"), show=number, right=True),
        Column(key="nearest_m", title=say("Nearest station (m)"), show=number, right=True),
        Column(key="reason_text", title=say("Reason"), show=text, wide=True),
    ]
    st.caption(
        say(
            "Newly served: worker-hours a week that no station serves today."
            " Lost without it: what the whole plan would serve less."
        )
    )
    show_table(_columns(rows), columns, height_px=560)


def _show_before_after(result: PlanResult) -> None:
    chinese = current_language() == "zh"
    settings = result.prepared.district.settings
    groups = {group.id: group.name if chinese else group.name_en for group in settings.groups}
    periods = {period.id: period.name if chinese else period.name_en for period in settings.periods}
    sides = (
        (say("Group"), result.before.by_group, result.after.by_group, groups),
        (say("Part of the day"), result.before.by_period, result.after.by_period, periods),
        (
            say("Community"),
            result.before.by_community,
            result.after.by_community,
            _area_names(result.prepared),
        ),
    )
    for title, before, after, names in sides:
        _show_change(title, before, after, names)


def _show_change(
    title: str, before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str]
) -> None:
    joined = before.add_suffix("_before").join(after.add_suffix("_after"))
    joined["name"] = [names.get(text(area), text(area)) for area in joined.index]
    columns = [
        Column(key="name", title=title, show=text, wide=True),
        Column(
            key="worker_hours_week_before",
            title=say("Worker-hours a week"),
            show=number,
            right=True,
        ),
        Column(
            key="nominal_share_before", title=say("Nominal coverage today"), show=share, right=True
        ),
        Column(key="nominal_share_after", title=say("with the plan"), show=share, right=True),
        Column(
            key="effective_share_before",
            title=say("Effective coverage today"),
            show=share,
            right=True,
        ),
        Column(key="effective_share_after", title=say("with the plan"), show=share, right=True),
    ]
    show_table(_columns(joined), columns, height_px=360)


def _show_scores(entry: Entry, prepared: Prepared) -> None:
    weights = _ask_weights(entry)
    if not any(asdict(weights).values()):
        st.warning(say("At least one weight must be above 0."))
        return
    with shell.told():
        scores = entry.latest("scores", weights, lambda: rank(prepared, weights))
    names = _candidate_names(prepared)
    rows = scores.reset_index(names="id")
    rows["name"] = [names.get(str(site), str(site)) for site in rows["id"]]
    columns = [
        Column(key="rank", title=say("Rank"), show=number, right=True, keep=True),
        Column(key="name", title=say("Candidate venue"), show=text, wide=True),
        Column(key="score", title=say("Score"), show=_decimals, right=True, keep=True),
    ]
    shows = {"overlap": _share_and_part, "cost_per_hour": _yuan_and_part}
    for name, (raw, title) in _criteria().items():
        rows[name] = list(zip(rows[raw], rows[f"{name}_part"], strict=True))
        show = shows.get(name, _number_and_part)
        columns.append(Column(key=name, title=title, show=show, right=True))
    st.caption(
        say("Below each figure: its part, 0 for the worst candidate here and 1 for the best.")
    )
    show_table(_columns(rows), columns, height_px=560, most=300)


def _ask_weights(entry: Entry) -> ScoreWeights:
    """Ask how much each criterion counts; what is set is kept in the district folder."""
    settings = read_settings(entry.folder)
    now = asdict(settings.score_weights)
    with st.expander(say("Weights of the criteria")):
        columns = st.columns(3)
        for at, (name, (_, title)) in enumerate(_criteria().items()):
            now[name] = columns[at % 3].slider(
                title,
                min_value=0.0,
                max_value=1.0,
                value=float(now[name]),
                step=0.05,
                key=f"weight_{entry.folder}_{name}",
            )
    weights = ScoreWeights(**now)
    if weights != settings.score_weights and any(now.values()):
        write_settings(entry.folder, replace(settings, score_weights=weights))
    return weights


def _criteria() -> dict[str, tuple[str, str]]:
    """Give the raw column of each criterion and what it is called."""
    return {
        "newly_served": ("newly_served_hours", say("Newly served")),
        "worker_density": ("workers_km2", say("Workers per km²")),
        "distance_to_nearest": ("nearest_m", say("Nearest station (m)")),
        "overlap": ("overlap_share", say("Served already")),
        "cost_per_hour": ("yuan_per_hour", say("Yuan per worker-hour")),
        "hours_open": ("open_hours_week", say("Hours open a week")),
    }


def _number_and_part(value: object) -> str:
    raw, part = value if isinstance(value, tuple) else (None, None)
    return f"{number(raw) or '–'}\n{_decimals(part)}"


def _share_and_part(value: object) -> str:
    raw, part = value if isinstance(value, tuple) else (None, None)
    return f"{share(raw)}\n{_decimals(part)}"


def _yuan_and_part(value: object) -> str:
    raw, part = value if isinstance(value, tuple) else (None, None)
    return f"{_decimals(raw) or '–'}\n{_decimals(part)}"


def _columns(rows: pd.DataFrame) -> dict[str, list[object]]:
    return {str(name): rows[name].tolist() for name in rows}


def _decimals(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) and math.isfinite(value) else ""


def _host_names(prepared: Prepared) -> dict[object, str]:
    chinese = current_language() == "zh"
    hosts = prepared.district.settings.hosts
    return {host.id: host.name if chinese else host.name_en for host in hosts}


def _area_names(prepared: Prepared) -> dict[str, str]:
    return {str(area): str(name) for area, name in prepared.district.communities["name"].items()}


def _tell_state(entry: Entry, result: PlanResult | None, limits: Limits) -> None:
    """Say what a person must know before reading the result."""
    if result is None:
        if not entry.running:
            st.info(
                say("No plan has been made yet. Set a budget or a number of stations, then search.")
            )
    elif result.plan.status is Status.INFEASIBLE:
        st.error(say("No plan keeps these limits."), icon=":material/block:")
        st.markdown("\n".join(f"- {shell.plain(str(reason))}" for reason in result.plan.reasons))
    elif not _same(result.limits, limits):
        st.warning(
            say("The limits were changed since this plan was made. Search again to renew it."),
            icon=":material/history:",
        )


def _show_result(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    found = _result(entry, limits)
    _tell_state(entry, found, limits)
    result = None if found is None or found.plan.status is Status.INFEASIBLE else found
    if result is None:
        _show_map(entry, prepared, None)
        _show_scores(entry, prepared)
        return
    _show_figures(result)
    _show_map(entry, prepared, result)
    views = {
        "sites": say("Proposed sites ({number})", number=len(result.sites)),
        "change": say("Before and after"),
        "scores": say("Score of each candidate"),
    }
    view = shell.views(views, key="siting_view")
    if view == "sites":
        _show_sites(result)
    elif view == "change":
        _show_before_after(result)
    else:
        _show_scores(entry, prepared)


def _page() -> None:
    entry, prepared = ready()
    shell.heading(
        say("Siting: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    with st.container(border=True):
        try:
            limits = _ask_limits(entry, prepared)
        except PlannerError as error:
            shell.show_error(error)
            limits = read_settings(entry.folder).limits
        else:
            _search(entry, prepared, limits)
    _show_result(entry, prepared, limits)


def _search(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    """Show the button that begins, or how far the search is."""
    if entry.running:
        _watch(entry)
        return
    free = limits.budget_yuan is None and limits.count is None
    label = say("Search for the best plan")
    if st.button(label, key="start_search", type="primary", disabled=free):
        _start(entry, prepared, limits)
        st.rerun()
    if free:
        st.caption(say("Set a budget or a number of new stations first."))


_page()
