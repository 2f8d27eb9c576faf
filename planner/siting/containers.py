"""Relocatable containers -> limits that no more stand at a time than are bought."""

from collections.abc import Sequence

import numpy as np

from planner.language import note
from planner.siting.demand_rows import YearPart
from planner.siting.entering import Entering
from planner.siting.problem import About
from planner.siting.single_limits import LimitRow, limit_row

__all__ = ["container_rows"]


def container_rows(entering: Entering, year: Sequence[YearPart]) -> list[LimitRow]:
    """Let no more containers stand in each part of the year than are bought."""
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
    held = {tuple(stays & np.array([part.holds(own) for own in weeks], np.bool_)) for part in year}
    # What holds less than another part asks for nothing more.
    most = [one for one in held if not any(one != other and _within(one, other) for other in held)]
    return [limit_row(np.array(one, np.int64) - bought, about, most=0) for one in sorted(most)]


def _within(one: tuple[bool, ...], other: tuple[bool, ...]) -> bool:
    return bool((np.array(one) <= np.array(other)).all())
