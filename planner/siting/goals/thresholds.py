"""Objectives that are one number of a plan -> a ladder of such numbers, from the best up.

Each rung is a problem of its own within all limits: serve the most with so many openings, so much
money, no way longer, no two stations nearer. `planner.siting.goals.ladder` finds the best rung.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from planner.coverage import Coverage
from planner.district.settings import GapRules
from planner.errors import SettingsError
from planner.language import Message, note
from planner.siting.goals.ladder import Ladder
from planner.siting.goals.objectives import join_limits
from planner.siting.names import amount_in_words
from planner.siting.plan import Plan
from planner.siting.problem import FEN_A_YUAN, UNLIMITED, About, LinearLimits, SitingProblem
from planner.travel import TravelMatrix

__all__ = [
    "center_ladder",
    "fewest_ladder",
    "money_ladder",
    "needed_for",
]

_MM = 1000
_NO_WAY = 2**31 - 1
_TOUCHING_M = 1e-6
_TILE_MARGIN = 1e-9
_MOST_GUESSED = 20_000_000
"""Up to so many pairs of option and cell, ways longer than were computed are estimated."""
_GUESS_STEP_MM = 10_000
_MOST_SITES = 3000
"""Up to so many sites every distance between two of them is a rung; above, every metre."""


def needed_for(problem: SitingProblem, target_share: float) -> int:
    """Give the value that a share of what could be served at all is, rounded up.

    What could be served is what the options that may be chosen serve together with the stations
    that stay, money and conflicts set aside.
    """
    reached = np.zeros(len(problem.value_milli), bool)
    reached[problem.serves[np.flatnonzero(~problem.forbidden)].indices] = True
    could = problem.base_milli + int(problem.value_milli[reached].sum())
    return min(could, int(np.ceil(target_share * could)))


def fewest_ladder(problem: SitingProblem, target_share: float) -> Ladder:
    """Ask for ever fewer openings that serve a share of what could be served (set covering)."""
    counted = int(problem.counts.sum())
    most = counted if problem.count is None else min(counted, problem.count)
    place = {option: k for k, option in enumerate(problem.options)}

    def rung_of(plan: Plan, rung: int) -> int:
        return min(rung, sum(bool(problem.counts[place[option]]) for option in plan.options))

    return Ladder(
        values=range(most + 1),
        problem_at=lambda rung: replace(problem, count=rung),
        needed_milli=needed_for(problem, target_share),
        rung_of=rung_of,
        told=lambda value: amount_in_words(value, "stations"),
        relative=False,
    )


def money_ladder(problem: SitingProblem, target_share: float) -> tuple[Ladder, int]:
    """Ask for ever less money that serves a share of what could be served (set covering).

    Returns
    -------
    Ladder, int
        Its values are whole units of money; the unit in fen, of which every cost is a multiple.
    """
    cost = problem.cost_fen
    unit = int(np.gcd.reduce(cost)) or 1
    most = int(cost.sum()) if problem.budget_fen is None else problem.budget_fen

    def rung_of(plan: Plan, rung: int) -> int:
        return min(rung, -(-round(plan.cost_yuan * FEN_A_YUAN) // unit))

    return (
        Ladder(
            values=range(most // unit + 1),
            problem_at=lambda rung: replace(problem, budget_yuan=rung * unit / FEN_A_YUAN),
            needed_milli=needed_for(problem, target_share),
            rung_of=rung_of,
            told=lambda value: amount_in_words(value * unit / FEN_A_YUAN, "yuan"),
        ),
        unit,
    )


def center_ladder(
    problem: SitingProblem,
    coverage: Coverage,
    fixed: Collection[str],
    *,
    rules: tuple[GapRules, float],
) -> Ladder:
    """Ask for ever shorter longest ways on foot to an open station (p-center).

    Cells with more workers than the rules of gaps say count. A station counts if it opens at some
    time, works, is listed and not gated, as where gaps are checked. Values are whole millimetres.
    Ways that are longer than were computed are estimated, straight metres times the detour factor
    rounded up to 10 m, but never below what was computed; in a district so large that it would
    take too long, cells that have no way to anything are exempt.

    Parameters
    ----------
    rules
        Of gaps, and metres along streets for each straight metre.

    Raises
    ------
    SettingsError
        If there are no ways on foot, or no cell counts.
    """
    near = _Near(problem, coverage, fixed, rules)
    values = near.lengths()
    longest = near.cutoff_mm

    def problem_at(rung: int) -> SitingProblem:
        limits = near.limits(int(values[rung]))
        notes = (near.guessed(),) if values[rung] > longest else ()
        return replace(
            problem,
            linear=join_limits(len(problem.options), problem.linear, limits),
            notes=(*problem.notes, *notes),
        )

    def rung_of(plan: Plan, rung: int) -> int:
        return min(rung, int(np.searchsorted(values, near.longest_mm(plan))))

    return Ladder(
        values=values,
        problem_at=problem_at,
        needed_milli=0,
        rung_of=rung_of,
        told=lambda value: amount_in_words(value / _MM, "m"),
    )


class _Near:
    """Ways on foot from the cells that count to options and to stations that stay."""

    def __init__(
        self,
        problem: SitingProblem,
        coverage: Coverage,
        fixed: Collection[str],
        rules: tuple[GapRules, float],
    ) -> None:
        gaps, self.detour = rules
        walk = coverage.travel.get("walk")
        if walk is None:
            raise SettingsError(
                note("The longest way needs ways on foot, and no group of the district walks.")
            )
        milli = np.rint(coverage.demand.workers * 1000).astype(np.int64).sum(axis=1)
        self.problem, self.cutoff_mm = problem, round(walk.cutoff_m * _MM)
        cells = np.flatnonzero(milli > round(1000 * gaps.least_workers))
        options, rows = (_open_rows(coverage, some) for some in (problem.options, sorted(fixed)))
        by_site = self._ways(walk, coverage, cells, len(options))
        self.usable = (options >= 0) & ~problem.forbidden
        ways = by_site[np.maximum(options, 0)].tocsr()
        self.option = np.repeat(np.arange(len(options)), np.diff(ways.indptr))
        self.cell, self.way_mm = ways.indices.astype(np.int64), ways.data.astype(np.int64)
        kept = self.usable[self.option]
        self.option, self.cell, self.way_mm = (
            each[kept] for each in (self.option, self.cell, self.way_mm)
        )
        standing = by_site[rows[rows >= 0]].tocoo()
        self.fixed_mm = np.full(len(cells), _NO_WAY, np.int64)
        np.minimum.at(self.fixed_mm, standing.coords[1], standing.data.astype(np.int64))
        self.best_mm = self.fixed_mm.copy()
        np.minimum.at(self.best_mm, self.cell, self.way_mm)

    def _ways(
        self, walk: TravelMatrix, coverage: Coverage, cells: NDArray[np.int64], options: int
    ) -> csr_array:
        """Give the ways from cells to all sites, estimated where they are too long; (s, c)."""
        known = csr_array(walk.length_mm[:, cells])
        if options * len(cells) > _MOST_GUESSED:
            return known
        sites = coverage.options.sites[["x", "y"]].to_numpy(float)
        homes = coverage.demand.cells[["x", "y"]].to_numpy(float)[cells]
        straight = cdist(sites, homes) * (self.detour * _MM)
        guessed = np.maximum(
            np.ceil(straight / _GUESS_STEP_MM) * _GUESS_STEP_MM, self.cutoff_mm + 1
        )
        row = np.repeat(np.arange(len(sites)), np.diff(known.indptr))
        guessed[row, known.indices] = known.data
        all_pairs = np.minimum(guessed, _NO_WAY - 1).astype(np.int32)
        each = np.tile(np.arange(len(cells), dtype=np.int32), len(sites))
        start = np.arange(len(sites) + 1) * len(cells)
        return csr_array((all_pairs.ravel(), each, start), shape=all_pairs.shape)

    def guessed(self) -> Message:
        """Say which ways are estimates."""
        return note(
            "Ways on foot longer than {cutoff} m were not computed; they are estimated as {factor}"
            " times the straight line.",
            cutoff=f"{self.cutoff_mm / _MM:,.0f}",
            factor=f"{self.detour:g}",
        )

    def lengths(self) -> NDArray[np.int64]:
        """Give every length that the longest way can have, ascending."""
        there = self.best_mm < _NO_WAY
        if not there.any():
            raise SettingsError(note("No cell that must have a station has any way to one."))
        least = int(self.best_mm[there].max())
        fixed = self.fixed_mm[self.fixed_mm < _NO_WAY]
        lengths: NDArray[np.int64] = np.unique(np.concatenate([self.way_mm, fixed]))
        return lengths[lengths >= least]

    def limits(self, length_mm: int) -> LinearLimits:
        """Ask that each cell has an option within a way, unless a station that stays is."""
        lacks = (self.fixed_mm > length_mm) & (self.best_mm < _NO_WAY)
        mine = lacks[self.cell] & (self.way_mm <= length_mm)
        sets = _distinct_sets(
            self.cell[mine], self.option[mine], (len(self.fixed_mm), len(self.problem.options))
        )
        about = About(
            kind="gap",
            name=note("a station within {length} m of each cell", length=f"{length_mm / _MM:,.0f}"),
        )
        return LinearLimits(
            weights=sets,
            least=np.ones(sets.shape[0], np.int64),
            most=np.full(sets.shape[0], UNLIMITED, np.int64),
            about=(about,) * sets.shape[0],
        )

    def longest_mm(self, plan: Plan) -> int:
        """Measure the longest way that a plan leaves to a cell that can be helped."""
        chosen = np.isin(np.array(self.problem.options, dtype=object), list(plan.options))
        nearest = self.fixed_mm.copy()
        mine = chosen[self.option]
        np.minimum.at(nearest, self.cell[mine], self.way_mm[mine])
        return int(nearest[self.best_mm < _NO_WAY].max())


def _open_rows(coverage: Coverage, options: Collection[str]) -> NDArray[np.int64]:
    """Give the row of each option's site in the ways, -1 where it is no station open all year."""
    table = coverage.options.table.reindex(pd.Index(list(options), dtype=object))
    sites = coverage.options.sites.index.get_indexer(pd.Index(table["site"].fillna("")))
    opens = [getattr(hours, "open_minutes", 0) > 0 for hours in table["hours"]]
    counts = (
        np.array(opens, bool)
        & table["working"].eq(True).to_numpy(bool)  # noqa: FBT003 - compared, not passed
        & table["listed"].eq(True).to_numpy(bool)  # noqa: FBT003 - compared, not passed
        & (table["access"] != "gated").to_numpy(bool)
    )
    if "weeks" in table:
        counts &= np.array([not isinstance(own, tuple) or not own for own in table["weeks"]], bool)
    return np.where(counts, sites, -1).astype(np.int64)


def _distinct_sets(
    row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]
) -> csr_array:
    """Give each set of columns that a row has once, in an order of the sets alone."""
    words = np.random.default_rng(20_240_601).integers(-(2**62), 2**62, shape[1])
    sums = np.zeros(shape[0], np.int64)
    np.add.at(sums, row, words[column])  # wraps around
    there = np.unique(row)
    _, first = np.unique(sums[there], return_index=True)
    table = csr_array((np.ones(len(row), np.int64), (row, column)), shape=shape)
    return csr_array(table[there[first]])
