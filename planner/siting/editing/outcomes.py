"""Options that a hand lets stand -> who is served, who is not and why, who is out of reach."""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import CellShares, ChangingTally, Coverage
from planner.coverage.factors import REASONS
from planner.coverage.tally import PLACE
from planner.siting.problem import SitingProblem

__all__ = ["LiveOutcomes", "Outcomes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What becomes of all demand, whole thousandths of a worker-minute a week."""

    served_milli: int
    unserved_milli: dict[str, int]
    """Within reach but not served, by reason, in the order of REASONS; reasons of nobody are left
    out. Seats are not counted, so nobody is told "full"."""
    out_of_reach_milli: int

    @property
    def within_reach_milli(self) -> int:
        """Within reach but not served, all reasons together."""
        return sum(self.unserved_milli.values())

    @property
    def total_milli(self) -> int:
        """All demand."""
        return self.served_milli + self.within_reach_milli + self.out_of_reach_milli


class LiveOutcomes:
    """The three columns and the share of each cell, kept current while options come and go.

    Equal to `measure_coverage` with seats not counted and every way as good, after any sequence of
    edits; an edit costs the cells within reach of the sites that it changes. It belongs to one
    thread at a time; `fork` gives another one that shares what never changes.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    problem
        What is edited, built from `coverage`; nothing of it is chosen at first.
    """

    def __init__(self, coverage: Coverage, problem: SitingProblem) -> None:
        self._tally = ChangingTally(coverage)
        self._read()
        self._ask(problem)
        self.stand(())

    def _read(self) -> None:
        """Read the sites of the options of a coverage."""
        options = self._tally.coverage.options
        table, sites = options.table, options.sites.index
        self._keep = table["measure"].to_numpy() == "keep"
        self._site = sites.get_indexer(pd.Index(table["site"].to_numpy())).astype(np.int64)
        self._replaces = sites.get_indexer(pd.Index(table["replaces"].to_numpy())).astype(np.int64)

    def _ask(self, problem: SitingProblem) -> None:
        """Take over which options a problem has, and which of them keep a station."""
        self._asked = problem.options, problem.keeps
        table = self._tally.coverage.options.table
        self._option = _places(table, problem.options)
        kept = _places(table, problem.keeps)
        self._may_close = np.zeros(len(table), np.bool_)
        self._may_close[kept[kept >= 0]] = True
        self._places = {str(option): place for place, option in enumerate(problem.options)}

    def on(self, problem: SitingProblem, *, coverage: Coverage | None = None) -> "LiveOutcomes":
        """Give one of another problem in which nothing is chosen.

        Parameters
        ----------
        coverage
            Of that problem, where it is another: one that differs in candidates alone. None: it is
            the same.
        """
        other = self.fork()
        other.stand(())
        if coverage is not None and coverage is not self._tally.coverage:
            other._tally = other._tally.on(coverage)  # noqa: SLF001 - one of its own kind
            other._read()  # noqa: SLF001 - as above
            other._ask(problem)  # noqa: SLF001 - as above
        elif (problem.options, problem.keeps) != self._asked:
            other._ask(problem)  # noqa: SLF001 - as above
        other.stand(())
        return other

    def fork(self) -> "LiveOutcomes":
        """Give a second one that stands where this one does."""
        other = copy(self)
        other._tally = self._tally.fork()  # noqa: SLF001 - one of its own kind
        return other

    def stand(self, chosen: Collection[str]) -> bool:
        """Let just these options of the problem stand; tell whether anything changed.

        As `options_there`: a station of today stays unless it is upgraded, moved or (where the plan
        may close it) left out.

        Parameters
        ----------
        chosen
            Ids of options of the problem.

        Raises
        ------
        ValueError
            If one is not known.
        """
        standing = self._standing(chosen)
        gone = self._gone(standing)
        stays = self._keep & ~gone & (standing | ~self._may_close)
        return self._tally.stand(standing | stays)

    def overruled(self, chosen: Collection[str]) -> set[str]:
        """Give those of some options that keep a station which another of them upgrades or moves.

        Raises
        ------
        ValueError
            If one is not known.
        """
        standing = self._standing(chosen)
        places = np.flatnonzero(standing & self._keep & self._gone(standing))
        return set(map(str, self._tally.coverage.options.table.index[places]))

    def _standing(self, chosen: Collection[str]) -> NDArray[np.bool_]:
        strange = [option for option in chosen if option not in self._places]
        if strange:
            raise ValueError(f"chosen names {strange[0]!r}, which the problem does not know")
        places = self._option[[self._places[option] for option in chosen]]
        standing = np.zeros(len(self._keep), np.bool_)
        standing[places[places >= 0]] = True
        return standing

    def _gone(self, standing: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the options of stations that are upgraded or moved."""
        changed = np.flatnonzero(standing & ~self._keep)
        gone = np.zeros(len(self._tally.coverage.options.sites) + 1, np.bool_)
        gone[self._site[changed]] = True
        gone[self._replaces[changed]] = True  # -1, none: the last, which is no site
        marked: NDArray[np.bool_] = gone[self._site]
        return marked

    @property
    def there(self) -> tuple[str, ...]:
        """Ids of the options that are there, stations of today included, sorted."""
        table = self._tally.coverage.options.table
        return tuple(sorted(map(str, table.index[self._tally.standing])))

    @property
    def outcomes(self) -> Outcomes:
        """What becomes of all demand."""
        sums = self._tally.by_cell.sum(axis=0).tolist()
        return Outcomes(
            served_milli=sums[PLACE["served"]],
            unserved_milli={
                reason: sums[PLACE[reason]] for reason in REASONS if sums[PLACE[reason]]
            },
            out_of_reach_milli=sums[PLACE["out_of_reach"]],
        )

    @property
    def shares(self) -> CellShares:
        """What becomes of the worker-hours of each cell."""
        return self._tally.shares


def _places(table: pd.DataFrame, options: Collection[str]) -> NDArray[np.int64]:
    """Give the place of each option in a table of options, -1: it is none of a site."""
    found = table.index.get_indexer(pd.Index(list(options), dtype=object))
    return np.asarray(found, np.int64)
