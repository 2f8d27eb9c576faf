"""Values of a district -> the words that cards on a map show."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.district import District
from planner.hours import WeeklyHours, hours_text
from planner.language import Message, current_language, say

__all__ = [
    "access_text",
    "community_names",
    "host_name",
    "hours_words",
    "metres_text",
    "percent",
    "positions",
    "yes_or_no",
]


def community_names(district: District, ids: pd.Series) -> list[str]:
    """Name the community of each row; its id where it has no name."""
    names = dict(district.communities["name"]) if len(district.communities) else {}
    return [str(names.get(community, community)) for community in ids.fillna("")]


def host_name(district: District, host_id: object) -> str:
    """Name a host type in the language in use; its id where it is not among the settings."""
    for host in district.settings.hosts:
        if host.id == host_id:
            return host.name if current_language() == "zh" else host.name_en
    return str(host_id) if isinstance(host_id, str) else ""


def hours_words(hours: object) -> str:
    """Tell opening hours; nothing where there are none."""
    return hours_text(hours) if isinstance(hours, WeeklyHours) else ""


def yes_or_no(value: object) -> str:
    """Tell a truth."""
    return say("yes") if value else say("no")


def access_text(access: object) -> str:
    """Tell how a place is entered."""
    names: Mapping[object, Message | str] = {
        "open": say("open to all"),
        "registration": say("after registration"),
        "gated": say("behind a gate"),
    }
    return str(names.get(access, ""))


def percent(share: float) -> str:
    """Tell a share; nothing where there is none."""
    return f"{share:.0%}" if share == share else ""  # noqa: PLR0124 - a share of no worker-hours is not a number


def metres_text(distance_m: float) -> str:
    """Tell a distance; nothing where there is none."""
    return say("{metres} m", metres=f"{distance_m:,.0f}") if np.isfinite(distance_m) else ""


def positions(rows: pd.DataFrame) -> dict[str, object]:
    """Give longitude and latitude as a page draws them."""
    return {axis: rows[axis].to_numpy(float).round(6).tolist() for axis in ("lon", "lat")}
