"""What a plan changes for whom: today beside the plan."""

import math
from collections.abc import Mapping

import pandas as pd

from app_pages.text.tables import Column, number, share, show_table, text
from planner.language import current_language, say
from planner.pipeline import PlanResult

__all__ = ["show_before_after"]


def show_before_after(result: PlanResult) -> None:
    """Show coverage by group, by part of the day and by community, before and after."""
    chinese = current_language() == "zh"
    settings = result.prepared.district.settings
    areas = result.prepared.district.communities["name"]
    groups = {group.id: group.name if chinese else group.name_en for group in settings.groups}
    periods = {period.id: period.name if chinese else period.name_en for period in settings.periods}
    sides = (
        (say("Group"), result.before.by_group, result.after.by_group, groups),
        (say("Part of the day"), result.before.by_period, result.after.by_period, periods),
        (
            say("Community"),
            result.before.by_community,
            result.after.by_community,
            {str(area): str(name) for area, name in areas.items()},
        ),
    )
    for title, before, after, names in sides:
        _show_change(title, before, after, names)


def _show_change(
    title: str, before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str]
) -> None:
    joined = before.add_suffix("_before").join(after.add_suffix("_after"))
    shares = [name for name in joined if str(name).endswith(("_share_before", "_share_after"))]
    joined.loc[joined["worker_hours_week_before"] <= 0, shares] = math.nan  # of nobody none is one
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
    show_table({str(name): joined[name].tolist() for name in joined}, columns, height_px=360)
