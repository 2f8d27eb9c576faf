"""How sure a plan is: how often each measure is chosen while the numbers move, and at what cost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import streamlit as st

from app_pages import shell
from app_pages.memory.beside import answer_of, run_beside
from app_pages.memory.jobs import Job
from app_pages.memory.shelf import Entry
from app_pages.text.tables import Card, Column, number, share, show_cards, show_table, text
from planner.language import Message, say
from planner.pipeline import PlanResult, with_sureness
from planner.siting.doubt.robustness import Sureness

__all__ = ["show_sureness", "sureness_of"]

_DRAWS = 200
_MOST_PAIRS = 40


def sureness_of(entry: Entry, result: PlanResult) -> Mapping[str, float] | None:
    """Give how often each option is chosen, if that is known; else nothing."""
    found = answer_of("sure", _about(entry, result))
    sureness = found if isinstance(found, Sureness) else result.sureness
    return replace(result, sureness=sureness).sure


def show_sureness(entry: Entry, result: PlanResult) -> None:
    """Show the draws, or the button that begins them."""
    st.caption(
        say(
            "{draws} draws of demand (by its own error), reach, cost and closures: in each the best"
            " choice is looked for anew.",
            draws=_DRAWS,
        )
    )

    def work(job: Job[Sureness]) -> Sureness:
        told = with_sureness(result, draws=_DRAWS, progress=job.report, stop=job.should_stop)
        return cast("Sureness", told.sureness)  # alone: it stays in memory, the plan need not

    found = run_beside(
        entry, "sure", _about(entry, result), work, label=say("Tell how sure the plan is")
    )
    if found is not None:
        _show(result, found)


def _about(entry: Entry, result: PlanResult) -> object:
    return entry.fingerprint, result.limits, result.plan.options


def _show(result: PlanResult, sureness: Sureness) -> None:
    spread = sureness.quantiles["served_share"]
    regret = sureness.by_draw["regret_hours"]
    show_cards(
        [
            Card(
                title=say("Served in the draws"),
                value=f"{share(spread.iloc[0])} – {share(spread.iloc[-1])}",
                more=say("{draws} of {asked} draws", draws=sureness.draws, asked=sureness.asked),
                strong=True,
            ),
            Card(
                title=say("Mean regret (worker-hours a week)"),
                value=number(regret.mean()),
                more=say("{share} of what it serves", share=f"{sureness.regret_share:.2%}"),
            ),
            Card(
                title=say("Dearer than the budget"),
                value=share(sureness.over_budget_share),
                more=say("of the draws"),
            ),
        ]
    )
    _kinds(sureness)
    _measures(result, sureness)
    _told(say("Sites that stand in for each other"), sureness.groups)
    _told(say("What was assumed"), sureness.notes)


def _told(title: str, sentences: tuple[Message, ...]) -> None:
    if not sentences:
        return
    with st.expander(title):
        st.markdown("\n".join(f"- {shell.plain(str(each))}" for each in sentences[:_MOST_PAIRS]))


def _kinds(sureness: Sureness) -> None:
    """Show what each uncertainty alone does."""
    names = {
        "none": say("Nothing (all as expected)"),
        "demand": say("Demand"),
        "reach": say("Reach"),
        "cost": say("Cost"),
        "closures": say("Closures"),
    }
    kinds = sureness.by_kind
    rows: dict[str, list[object]] = {
        "name": [names.get(str(kind), str(kind)) for kind in kinds.index],
        "spread": kinds["spread_hours"].tolist(),
        "regret": kinds["regret_hours"].tolist(),
        "changed": kinds["changed_share"].tolist(),
    }
    columns = [
        Column(key="name", title=say("If only this moves"), show=text, wide=True),
        Column(key="spread", title=say("Spread of what is served"), show=number, right=True),
        Column(
            key="regret", title=say("Mean regret (worker-hours a week)"), show=number, right=True
        ),
        Column(key="changed", title=say("Measures that change"), show=share, right=True),
    ]
    show_table(rows, columns, height_px=220)


def _measures(result: PlanResult, sureness: Sureness) -> None:
    """Show the measures, the least sure first."""
    shares = sureness.sure_share.reindex(result.measures.index).sort_values(kind="stable")
    named = result.measures["name"].fillna("")
    rows: dict[str, list[object]] = {
        "name": [f"{named[option]} ({option})" for option in shares.index],
        "share": shares.tolist(),
        "gain": result.measures["gain_hours"].reindex(shares.index).tolist(),
    }
    columns = [
        Column(key="name", title=say("Measure"), show=text, wide=True),
        Column(key="share", title=say("How often chosen"), show=share, right=True),
        Column(key="gain", title=say("Newly served"), show=number, right=True),
    ]
    show_table(rows, columns, height_px=420)
