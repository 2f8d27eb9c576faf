"""What a choice of options is worth and whether it keeps all limits, in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from planner.siting.model import Model

__all__ = ["keeps_limits", "times_served", "worth_of"]

_Chosen = NDArray[np.bool_]


def times_served(model: Model, chosen: _Chosen) -> NDArray[np.int64]:
    """Count the chosen options that serve each row, shape (r,)."""
    taken = np.repeat(chosen, np.diff(model.row_start))
    return np.bincount(model.rows[taken], minlength=len(model.value))


def worth_of(model: Model, chosen: _Chosen) -> int:
    """Add up what a choice is worth, thousandths of a worker-minute a week."""
    times = times_served(model, chosen)
    once, twice = int(model.value[times > 0].sum()), int(model.twice[times > 1].sum())
    return once + twice + int(model.worth[chosen].sum())


def keeps_limits(model: Model, chosen: _Chosen) -> bool:
    """Check a choice against every limit of the model."""
    foes = np.repeat(chosen, np.diff(model.foe_start)) & chosen[model.foes]
    return bool(
        int(model.cost[chosen].sum()) <= model.money
        and int(model.counts[chosen].sum()) <= model.places
        and not foes.any()
        and _keeps_linear(model, chosen)
        and _keeps_floors(model, chosen)
    )


def _keeps_linear(model: Model, chosen: _Chosen) -> bool:
    used = np.zeros(len(model.most), np.int64)
    taken = np.repeat(chosen, np.diff(model.limit_start))
    np.add.at(used, model.limits[taken], model.weights[taken])
    return bool((used >= model.least).all() and (used <= model.most).all())


def _keeps_floors(model: Model, chosen: _Chosen) -> bool:
    met = np.zeros(len(model.floor_least), np.int64)
    if len(met):
        served = times_served(model, chosen) > 0
        taken = np.repeat(served, np.diff(model.floor_start))
        np.add.at(met, model.floors[taken], model.floor_values[taken])
    return bool((met >= model.floor_least).all())
