"""Relocatable containers -> limits that no more stand at a time than are bought."""

import numpy as np

from planner.hours import YEAR_WEEKS
from planner.language import note
from planner.siting.limits.entering import Entering
from planner.siting.limits.single_limits import LimitRow, limit_row
from planner.siting.problem import About

__all__ = ["container_rows"]


def container_rows(entering: Entering) -> list[LimitRow]:
    """Let no more containers stand in each week of the year than are bought.

    Weeks beyond the season that is planned for count as well: what stands then is bought too.
    """
    there = entering.there
    bought = there["bought"].to_numpy(bool)
    stays = (there["measure"] == "container").to_numpy(bool) & ~bought
    if not stays.any():
        return []
    weeks = there["weeks"].to_numpy()
    about = About(
        kind="containers",
        name=note("no more containers stand at a time than are bought"),
        may_relax=False,
    )
    held = {
        tuple(stays & np.array([not own or week in own for own in weeks], np.bool_))
        for week in range(1, YEAR_WEEKS + 1)
    }
    # What holds less than another part asks for nothing more.
    most = [one for one in held if not any(one != other and _within(one, other) for other in held)]
    return [limit_row(np.array(one, np.int64) - bought, about, most=0) for one in sorted(most)]


def _within(one: tuple[bool, ...], other: tuple[bool, ...]) -> bool:
    return bool((np.array(one) <= np.array(other)).all())
