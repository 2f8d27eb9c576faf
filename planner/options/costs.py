"""A measure and the hosts of some sites -> where it is possible, and what it costs there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.district.settings import HostCost, Measure

__all__ = ["Costs", "Measures", "union_shares"]

_NOTHING = Measure(id="open", cost_setup_yuan=0.0, cost_year_yuan=0.0)
"""What opening a venue costs beyond the venue itself where the settings do not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one measure costs at each of n sites; all arrays have shape (n,)."""

    possible: NDArray[np.bool_]
    setup_yuan: NDArray[np.float64]
    union_yuan: NDArray[np.float64]
    """The union's part of the set-up money of the measure itself."""
    year_yuan: NDArray[np.float64]
    share: NDArray[np.float64]
    """Of set-up money, what the union pays where this measure is taken, 0 to 1."""


class Measures:
    """The measures of a district by id."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._by_id: Mapping[str, Measure] = {"open": _NOTHING} | {
            measure.id: measure for measure in measures
        }

    def get(self, identity: str) -> Measure | None:
        """Give a measure that is possible somewhere, else nothing."""
        measure = self._by_id.get(identity)
        return measure if measure is not None and measure.possible else None

    def costs(self, identity: str, rows: pd.DataFrame) -> Costs:
        """Give the costs of a measure at the sites of a list.

        Parameters
        ----------
        identity
            One of MEASURES.
        rows
            Of `District.stations` or `District.venues`.
        """
        measure = self.get(identity)
        if measure is None:
            nothing = np.zeros(len(rows))
            return Costs(
                possible=nothing > 0,
                setup_yuan=nothing,
                union_yuan=nothing,
                year_yuan=nothing,
                share=nothing,
            )
        at = {host.host: host for host in measure.hosts}
        codes, kinds = pd.factorize(rows["host_type"])
        each = [at.get(str(kind), _elsewhere(measure)) for kind in kinds]
        setup = np.array([host.cost_setup_yuan for host in each])[codes]
        share = union_shares(rows, measure)
        return Costs(
            possible=np.array([host.possible for host in each], dtype=bool)[codes],
            setup_yuan=setup,
            union_yuan=setup * share,
            year_yuan=np.array([host.cost_year_yuan for host in each])[codes],
            share=share,
        )


def _elsewhere(measure: Measure) -> HostCost:
    """Give what a measure costs at a host type that it does not name."""
    return HostCost(
        host="",
        cost_setup_yuan=measure.cost_setup_yuan,
        cost_year_yuan=measure.cost_year_yuan,
        possible=measure.id != "container",
    )


def union_shares(rows: pd.DataFrame, measure: Measure) -> NDArray[np.float64]:
    """Give the union's share of set-up money: as the list says, else the measure, else all.

    Returns
    -------
    numpy.ndarray
        0 to 1, shape (n,).
    """
    usual = 1.0 if measure.union_share is None else measure.union_share
    return np.asarray(rows["union_share"].astype(float).fillna(usual), np.float64)
