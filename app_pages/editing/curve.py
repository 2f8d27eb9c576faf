"""The coverage-budget curve: how much is served for how many stations, or for how much money."""

from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app_pages.editing.settings import why_not
from app_pages.memory.beside import run_beside
from app_pages.memory.jobs import Job
from app_pages.memory.shelf import Entry
from app_pages.text.tables import fine_share, number, yuan
from planner.district.settings import Limits
from planner.language import say
from planner.pipeline import PlanResult, Prepared, curve_of
from planner.siting.curves.curve import Curve, CurvePoint

__all__ = ["show_curve", "taken_choice"]

_TAKEN = "curve_taken"
_HEIGHT_PX = 270
_INK = "#1c2833"
_KINDS = ("count", "money")


def show_curve(entry: Entry, prepared: Prepared, limits: Limits, result: PlanResult | None) -> None:
    """Show the curve once it is computed; a click on a point puts its plan on the map."""
    names = {"count": say("by number"), "money": say("by money")}
    by = st.segmented_control(
        say("Curve"), _KINDS, default="count", format_func=names.__getitem__, key="curve_by"
    )
    about = entry.fingerprint, replace(limits, time_limit_s=60.0), by or "count"

    def work(job: Job[Curve]) -> Curve:
        return curve_of(
            prepared, limits, by=by or "count", progress=job.report, stop=job.should_stop
        )

    curve = run_beside(entry, "curve", about, work, label=say("Compute the curve"))
    if curve is not None:
        _draw(curve, result)


def taken_choice() -> tuple[str, ...] | None:
    """Give the options of the point that was put on the map last, once; None: none was."""
    taken: tuple[str, ...] | None = st.session_state.pop(_TAKEN, None)
    return taken


def _draw(curve: Curve, result: PlanResult | None) -> None:
    if not curve.points:
        st.error(say("No plan keeps these limits."))
        for reason in curve.reasons:
            st.markdown(f"- {reason}")
        return
    chosen = st.altair_chart(
        _chart(curve, result), key="curve_chart", on_select="rerun", width="stretch"
    )
    _tell(curve)
    point = _picked(curve, chosen)
    if point is not None:
        _offer(point)


def _rows(curve: Curve) -> pd.DataFrame:
    total = max(1, curve.total_milli)
    return pd.DataFrame(
        {
            "at": range(len(curve.points)),
            "x": [p.count if curve.by == "count" else p.cost_yuan for p in curve.points],
            "served": [p.served_milli / total for p in curve.points],
            "bound": [p.bound_milli / total for p in curve.points],
            "knee": [at == curve.knee for at in range(len(curve.points))],
        }
    )


def _chart(curve: Curve, result: PlanResult | None) -> Any:  # noqa: ANN401 - altair has many kinds of charts
    """Draw the best known, what none can exceed, the knee, and the plan that is shown."""
    title = say("New stations") if curve.by == "count" else say("Set-up cost (yuan)")
    x = alt.X("x:Q", title=title)
    share = alt.Axis(format="%")
    base = alt.Chart(_rows(curve))
    pick = alt.selection_point(fields=["at"], name="point")
    told = [
        alt.Tooltip("x:Q", title=title, format=",.0f"),
        alt.Tooltip("served:Q", title=say("Served"), format=".1%"),
        alt.Tooltip("bound:Q", title=say("No plan exceeds"), format=".1%"),
    ]
    y = alt.Y("served:Q", title=say("Share of worker-hours served"), axis=share)
    bound = base.mark_line(strokeDash=[4, 3], color="#8a949c").encode(x=x, y=alt.Y("bound:Q"))
    line = base.mark_line(color="#1f67a8").encode(x=x, y=y)
    dots = (
        base.mark_circle(color="#1f67a8", opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.condition(alt.datum.knee, alt.value(260), alt.value(70)),
            color=alt.condition(alt.datum.knee, alt.value("#c2137a"), alt.value("#1f67a8")),
            tooltip=told,
        )
        .add_params(pick)
    )
    layers = [bound, line, dots]
    if result is not None:
        layers.append(_own_point(curve, result))
    drawn: Any = alt.layer(*layers).properties(height=_HEIGHT_PX)
    return drawn.configure_axis(labelColor=_INK, titleColor=_INK)


def _own_point(curve: Curve, result: PlanResult) -> Any:  # noqa: ANN401 - as above
    opened = int((result.measures["kind"] == "new").sum())
    own = pd.DataFrame(
        {
            "x": [opened if curve.by == "count" else result.plan.cost_yuan],
            "served": [result.plan.served_milli / max(1, curve.total_milli)],
        }
    )
    mark = alt.Chart(own).mark_point(shape="diamond", size=160, color="#14212b", strokeWidth=2)
    return mark.encode(x="x:Q", y="served:Q", tooltip=alt.value(say("The plan that is shown")))


def _tell(curve: Curve) -> None:
    lines = [
        say(
            "Solid: the best plan found for each size, a plan of its own; dashed: what none exceeds"
            " (at most {gap} apart). Diamond: the plan that is shown.",
            gap=fine_share(curve.gap),
        )
    ]
    if curve.knee is not None:
        point = curve.points[curve.knee]
        lines.append(
            say(
                "Large point: from {count} new stations ({cost} yuan) on, more brings less and"
                " less.",
                count=number(point.count),
                cost=yuan(point.cost_yuan),
            )
        )
    st.caption(" ".join(lines))
    for each in curve.notes:
        st.caption(str(each))


def _picked(curve: Curve, chosen: Any) -> CurvePoint | None:  # noqa: ANN401 - Streamlit's own state
    points = chosen["selection"].get("point", []) if chosen else []
    at = points[0].get("at") if points else None
    return curve.points[int(at)] if at is not None else None


def _offer(point: CurvePoint) -> None:
    """Offer to put the plan of a point on the map, where it can be changed and kept."""
    told, button = st.columns([3, 1], vertical_alignment="center")
    told.markdown(
        say(
            "{count} new stations, {cost} yuan: {served} worker-hours a week.",
            count=number(point.count),
            cost=yuan(point.cost_yuan),
            served=number(point.served_milli / 60_000),
        )
    )
    why = why_not()
    asked = button.button(
        say("Put it on the map"),
        key="curve_load",
        width="stretch",
        disabled=bool(why),
        help=why or None,
    )
    if asked and not why:
        st.session_state[_TAKEN] = point.options
        st.rerun()
