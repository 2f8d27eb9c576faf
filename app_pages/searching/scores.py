"""The score of each candidate venue, and the weights of its criteria."""

import math
from dataclasses import asdict, replace

import pandas as pd
import streamlit as st

from app_pages import shell
from app_pages.memory.keeping import editable, mark_now, save_settings, settings_now, tell_refused
from app_pages.memory.shelf import Entry
from app_pages.text.tables import Column, Table, number, share, show_made, table_of, text
from planner.district.settings import ScoreWeights
from planner.errors import PlannerError
from planner.language import current_language, say
from planner.pipeline import Prepared, rank
from planner.scoring import raw_criteria

__all__ = ["show_scores"]


def show_scores(entry: Entry, prepared: Prepared) -> None:
    """Show each candidate with every part of its score."""
    weights = _ask_weights()
    if not any(asdict(weights).values()):
        st.warning(say("At least one weight must be above 0."))
        return
    with shell.told():
        scores = entry.latest(
            "scores", weights, lambda: rank(prepared, weights, known=_listed(entry, prepared))
        )
    table = entry.latest(
        "score table",
        (weights, current_language()),
        lambda: _table(prepared, scores),
        most=2,
    )
    st.caption(
        say("Below each figure: its part, 0 for the worst candidate here and 1 for the best.")
    )
    show_made(table, height_px=560)


def _table(prepared: Prepared, scores: pd.DataFrame) -> Table:
    """Make the table, which takes longer than all else beside an edit."""
    sites = prepared.options.sites
    names = {str(site): f"{name} ({site})" for site, name in sites["name"].fillna("").items()}
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
    return table_of({str(name): rows[name].tolist() for name in rows}, columns, most=300)


def _listed(entry: Entry, prepared: Prepared) -> pd.DataFrame:
    """Give the raw criteria of the venues of the lists, which candidates added by hand leave."""
    added = [site.id for site in prepared.district.settings.added]
    return entry.alike.once("raw criteria", lambda: raw_criteria(prepared.coverage, without=added))


def _ask_weights() -> ScoreWeights:
    """Ask how much each criterion counts; what is set is kept in the scenario."""
    settings = settings_now()
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
                disabled=not editable(),
                key=f"weight_{mark_now()}_{name}",
            )
    weights = ScoreWeights(**now)
    if weights != settings.score_weights and any(now.values()):
        _keep_weights(weights)
    return weights


def _keep_weights(weights: ScoreWeights) -> None:
    try:
        save_settings(lambda now: replace(now, score_weights=weights))
    except PlannerError as refused:
        tell_refused(refused)


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


def _decimals(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) and math.isfinite(value) else ""
