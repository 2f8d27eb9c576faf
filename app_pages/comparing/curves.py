"""Scenarios -> their coverage-budget curves in one plot, computed where somebody asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.charts.plots import colours_of, draw, unlike_names
from app_pages.comparing.sides import prepared_for
from app_pages.memory import scenario as scenarios
from app_pages.memory.jobs import Job
from app_pages.memory.plans import kept_plan
from app_pages.memory.runs import Run, runs, stop_run
from app_pages.memory.saving import save_over
from app_pages.spaces.workspace import Place
from app_pages.text.tables import Column, number, share, show_table, text
from planner.errors import PlannerError
from planner.language import current_language, say, use_language
from planner.pipeline import Prepared, curve_object, curve_of
from planner.pipeline.choose import PlanResult
from planner.scenarios import Scenario, Summary
from planner.scenarios.compare import Comparison, Side
from planner.scenarios.drawn import plan_at
from planner.scenarios.figures import with_curve
from planner.siting.curves.curve import Curve

__all__ = ["show_curves"]

_Curve = Mapping[str, Any]


def show_curves(place: Place, chosen: Sequence[Summary], comparison: Comparison) -> None:
    """Show the curves that are known, and offer to compute the others."""
    names = {"money": say("by money"), "count": say("by number")}
    by = st.segmented_control(
        say("Curve"), list(names), default="money", format_func=names.__getitem__,
        key="compare_curve_by",
    ) or "money"  # fmt: skip
    st.caption(
        say(
            "Each line: the best plans that were found under the limits of a scenario, by number of"
            " new stations or sum of money. Diamonds: the plans themselves."
        )
    )
    sides = [side for side in comparison.sides if side.judged]
    summaries = {each.id: each for each in chosen}
    waiting = []
    known: dict[str, _Curve] = {}
    for side in sides:
        if side.baseline or not (side.figures or {}).get("plan"):
            continue
        curve = (side.figures or {}).get("curves", {}).get(by)
        if curve is None:
            waiting.append(summaries[side.id])
        else:
            known[side.id] = curve
    if known:
        _draw(sides, known, by)
    for summary in waiting:
        _offer(place, summary, by)
    if not known and not waiting:
        st.info(
            say("None of these scenarios has a plan for the data as they are now."),
            icon=":material/info:",
        )


def _offer(place: Place, summary: Summary, by: str) -> None:
    """Offer to compute a curve, or show how far it is."""
    run = runs().latest("curve", summary.id, _about(summary, by))
    if run is not None and run.going:
        _watch(run, f"{summary.id}_{by}")
        return
    if run is not None and run.trouble is not None:
        shell.show_error(run.trouble)
    elif run is not None and run.job.failed:
        with shell.told():
            run.job.answer()
    st.button(
        say("Compute the curve of “{name}”", name=shell.plain(summary.name)),
        key=f"compare_curve_{summary.id}_{by}",
        icon=":material/show_chart:",
        disabled=not may("plan"),
        on_click=_begin,
        args=(place, summary, by),
    )


def _about(summary: Summary, by: str) -> tuple[str, str, str]:
    """Tell apart what a curve depends on: the inputs and the plan, whose limits hold."""
    served = (summary.figures or {}).get("served_milli", {}).get("after")
    return summary.inputs, f"{served}", by


def _begin(place: Place, summary: Summary, by: str) -> None:
    """Compute a curve in the server and keep it with the scenario."""
    if not may("plan"):
        return
    try:
        scenario = scenarios.scenario_of(summary)
        entry, prepared = prepared_for(place, summary)
        result = kept_plan(entry, prepared, scenario)
    except PlannerError as error:
        st.session_state["scenario_told"] = error.message
        return
    if result is not None:
        work = _work(scenario, prepared, result, by)
        about = _about(summary, by)
        runs().begin("curve", entry, scenario, work, person=person(), place=place.id, about=about)


def _work(scenario: Scenario, prepared: Prepared, result: PlanResult, by: str) -> Any:  # noqa: ANN401 - work of a run
    language = current_language()

    def work(run: Run, job: Job[object]) -> Curve:
        use_language(language)  # a thread begins with the language that nobody chose
        curve = curve_of(prepared, result.limits, by=by, progress=job.report, stop=job.should_stop)
        if not job.should_stop():
            _keep(run, scenario, curve_object(prepared, curve))
        return curve

    return work


def _keep(run: Run, scenario: Scenario, curve: Mapping[str, Any]) -> None:
    """Keep a curve with the figures that it belongs to; a plan that came meanwhile has its own."""
    try:
        now = scenarios.store().get(scenario.id)
        if now.plan != scenario.plan or now.figures is None:
            return
        save_over(scenarios.store(), now, replace(now, figures=with_curve(now.figures, curve)))
    except PlannerError as error:
        run.trouble = error


@shell.fragment(run_every=0.7)
def _watch(run: Run, mark: str) -> None:
    """Show how far a curve is, and the button that ends it."""
    if run.job.done:
        scenarios.look_again()
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center")
    step = str(run.job.step or say("Computing"))
    bar.progress(
        run.job.done_share, text=shell.plain(say("{name}: {step}", name=run.name, step=step))
    )
    button.button(
        say("Stopping ...") if run.job.should_stop() else say("Stop"),
        key=f"compare_stop_{mark}",
        disabled=run.job.should_stop() or not may("plan"),
        width="stretch",
        on_click=stop_run,
        args=(run,),
    )


def _draw(sides: Sequence[Side], known: Mapping[str, _Curve], by: str) -> None:
    """Draw all curves in one plot, and the plans as points."""
    names = dict(zip((side.id for side in sides), unlike_names(sides), strict=True))
    lines = pd.DataFrame(
        [
            {
                "name": names[identity],
                "x": point["cost_yuan" if by == "money" else "count"],
                "share": point["effective_share"],
            }
            for identity, curve in known.items()
            for point in curve["points"]
        ]
    )
    points = [(names[side.id], *plan_at(side.figures or {}, by)) for side in sides]
    plans = pd.DataFrame(points, columns=["name", "x", "share"])
    colour, dash = colours_of(sides)
    title = say("Set-up money (yuan)") if by == "money" else say("New stations")
    x = alt.X("x:Q", title=title, axis=alt.Axis(format=",.0f", tickCount=8))
    y = alt.Y(
        "share:Q",
        title=say("Share of worker-hours served"),
        axis=alt.Axis(format="%", tickCount=6),
        scale=alt.Scale(zero=False),
    )
    told = [
        alt.Tooltip("name:N", title=say("Scenario")),
        alt.Tooltip("x:Q", title=title, format=",.0f"),
        alt.Tooltip("share:Q", title=say("Served"), format=".1%"),
    ]
    curves = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2.5, point=True)
        .encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=told)
    )
    marks = (
        alt.Chart(plans)
        .mark_point(shape="diamond", size=170, filled=True, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=told)
    )
    what = say("Lines: the share served at every number of new stations or sum of money")
    draw(
        alt.layer(curves, marks),
        key="compare_curves",
        told=what,
        height=380,
        names=unlike_names(sides),
    )
    with st.expander(say("The figures of this chart")):
        columns = [
            Column(key="name", title=say("Scenario"), show=text, wide=True),
            Column(key="x", title=title, show=number, right=True),
            Column(key="share", title=say("Served"), show=share, right=True),
        ]
        show_table({key: lines[key].tolist() for key in ("name", "x", "share")}, columns)
