"""An objective that adds up over workers -> demand rows over the options of a problem."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack

from planner.coverage import Coverage
from planner.coverage.grades import decay_grades, way_ends, way_grades
from planner.coverage.levels import LeveledRows, backup_rows, leveled_rows
from planner.district import District
from planner.language import Message, note
from planner.siting.limits.demand_rows import parts_of_year
from planner.siting.problem import Aim, SitingProblem

__all__ = ["MOST_MILLI", "PARTS", "Part", "Town", "part_of", "served_part"]

MOST_MILLI = 4 * 10**15
"""Sums up to here are exact in a float too (2**53)."""
_MM = 1000
_MILLI_MINUTES_AN_HOUR = 60_000
_MOST_EXACT_WAYS = 20_000
"""Up to so many ways of groups to sites each length counts as it is."""
_STEP_MM = 25_000
_UNITS_MM = (1, 10, 100, 1000, 25_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a plan gets for the rows that its options serve, once and twice."""

    aim: Aim
    serves: csr_array
    """Booleans, shape (n options of the problem, r rows)."""
    value_milli: NDArray[np.int64]
    """Above 0, shape (r,)."""
    twice_milli: NDArray[np.int64]
    """At least 0, shape (r,)."""
    base: int
    total: int
    hour: int
    """What one worker-hour a week at the best worth counts, in the numbers above."""
    notes: tuple[Message, ...] = ()

    def achieved(self, chosen: NDArray[np.bool_]) -> int:
        """Add up what some options get, shape (n,)."""
        times = self.serves.T.astype(np.int64) @ chosen.astype(np.int64)
        once, twice = self.value_milli[times > 0], self.twice_milli[times > 1]
        return self.base + int(once.sum()) + int(twice.sum())


def served_part(problem: SitingProblem) -> Part:
    """Take the rows of a problem for worker-hours served as they are."""
    twice = np.zeros(len(problem.value_milli), np.int64)
    return Part(
        aim=problem.aim,
        serves=csr_array(problem.serves, dtype=np.bool_),
        value_milli=problem.value_milli,
        twice_milli=twice if problem.twice_milli is None else problem.twice_milli,
        base=problem.base_milli,
        total=problem.total_milli,
        hour=_MILLI_MINUTES_AN_HOUR,
        notes=(),
    )


class Town(NamedTuple):
    """Where a plan is made."""

    coverage: Coverage
    fixed: tuple[str, ...]
    """Options that are there whatever is chosen."""
    district: District | None
    """Says when the season of the demand is; None: all year."""


def part_of(kind: str, problem: SitingProblem, town: Town, *, decay: str) -> Part:
    """Build the rows of an objective that adds up over workers.

    - "served": worker-hours with an open door within reach, the maximal covering location problem
      (MCLP; Church and ReVelle 1974): the rows of the problem as they are.
    - "served_twice": worker-hours that two stations serve at once, the backup coverage problem
      (BACOP; Hogan and ReVelle 1986). Stations that stay count. So that a search sees where a first
      station prepares for a second, being served once counts a thousandth of a worker-minute a row.
    - "graded": worker-hours times the worth of the way to the nearest station, the generalized
      maximal or gradual covering problem (Church and Roberts 1983; Berman and Krass 2002; Berman,
      Krass and Drezner 2003), in steps; see `planner.coverage.grades`.
    - "p_median": mean way to the nearest open station over all worker-hours (Hakimi 1964; ReVelle
      and Swain 1970), by the radius formulation (Garcia, Labbe and Marin 2011). Who has none within
      reach counts with the longest reach of the group.

    Parameters
    ----------
    kind
        One of PARTS.
    problem
        Built for worker-hours served; gives the options.
    town
        Reach and service of every option, and what stays.
    decay
        Of "graded", one of DECAYS.

    Raises
    ------
    ValueError
        If the objective does not add up over workers.
    """
    if kind not in PARTS:
        raise ValueError(f"kind must be one of {', '.join(PARTS)}, got {kind!r}")
    if kind == "served":
        return served_part(problem)
    return _BUILDERS[kind](problem, town, decay)


def _over_year(
    problem: SitingProblem,
    town: Town,
    rows_of: Callable[[Coverage, Sequence[str], Collection[str]], LeveledRows],
) -> tuple[LeveledRows, int]:
    """Put the rows of all parts of the year side by side, each times its weeks; also all weeks."""
    table = town.coverage.options.table
    candidates = [option for option in problem.options if option in table.index]
    weeks = table["weeks"] if "weeks" in table else table["site"].map(lambda _: ())
    year = parts_of_year(
        town.coverage, [*weeks.loc[candidates], *weeks.loc[list(town.fixed)]], town.district
    )
    found = []
    for part in year:
        there, fixed = (
            [option for option in some if part.holds(weeks[option])]
            for some in (candidates, town.fixed)
        )
        rows = rows_of(town.coverage, there, fixed)
        places = np.searchsorted(np.array(problem.options, dtype=object), there)
        found.append((_spread(rows.serves, places, len(problem.options)), rows, part.share))
    times = [end - first for _, _, (first, end, _) in found]
    joined = LeveledRows(
        options=problem.options,
        serves=csr_array(hstack([serves for serves, _, _ in found])),
        value_milli=np.concatenate(
            [rows.value_milli * each for (_, rows, _), each in zip(found, times, strict=True)]
        ),
        twice_milli=np.concatenate(
            [rows.twice_milli * each for (_, rows, _), each in zip(found, times, strict=True)]
        ),
        base_milli=sum(
            rows.base_milli * each for (_, rows, _), each in zip(found, times, strict=True)
        ),
        total_milli=sum(
            rows.total_milli * each for (_, rows, _), each in zip(found, times, strict=True)
        ),
    )
    return joined, sum(times)


def _twice(problem: SitingProblem, town: Town, _: str) -> Part:
    rows, weeks = _over_year(problem, town, backup_rows)
    value = np.maximum(1, rows.value_milli)
    above = int(value.sum() - rows.value_milli.sum())
    return Part(
        aim=Aim(kind="served_twice", scale=_MILLI_MINUTES_AN_HOUR * weeks),
        serves=rows.serves,
        value_milli=value,
        twice_milli=rows.twice_milli,
        base=rows.base_milli,
        total=rows.total_milli + above,
        hour=_MILLI_MINUTES_AN_HOUR * weeks,
    )


def _graded(problem: SitingProblem, town: Town, decay: str) -> Part:
    grades = decay_grades(town.coverage, decay=decay)
    rows, weeks = _over_year(problem, town, partial(leveled_rows, grades=grades))
    unit = int(grades.most.max(initial=1)) * weeks
    smooth = decay not in ("none", "stepped")
    return _leveled_part(
        rows,
        Aim(kind="graded", scale=_MILLI_MINUTES_AN_HOUR * unit),
        hour=_MILLI_MINUTES_AN_HOUR * unit,
        notes=(note("The worth of a way is counted in steps of 1/20, to the nearest."),)
        if smooth
        else (),
    )


def _median(problem: SitingProblem, town: Town, _: str) -> Part:
    coverage = town.coverage
    longest_mm = max(
        (way.reach_m * _MM for ways in coverage.ways.values() for way in ways), default=0.0
    )
    most = MOST_MILLI // max(1, coverage.total_milli)
    fits = [unit for unit in _UNITS_MM if longest_mm / unit + 1 <= most]
    exact = sum(each.nnz for each in coverage.reach.values()) <= _MOST_EXACT_WAYS
    unit = fits[0] if fits else _UNITS_MM[-1]
    step = unit if exact else max(unit, _STEP_MM)
    ends = way_ends(coverage, step_mm=step, exact=exact)
    grades = way_grades(coverage, ends_mm=ends, unit_mm=unit)
    rows, weeks = _over_year(problem, town, partial(leveled_rows, grades=grades))
    notes = [note("Who has no open station within reach counts with the longest reach.")]
    if step > 1:
        told = f"{step / _MM:g}"
        notes.append(note("Ways are counted in steps of {step} m, rounded up.", step=told))
    reach_units = max(1, -(-round(longest_mm) // unit))
    aim = Aim(
        kind="p_median",
        minimise=True,
        offset=rows.total_milli,
        scale=max(1, coverage.total_milli * weeks * _MM // unit),
        unit="m",
    )
    return _leveled_part(
        rows, aim, hour=_MILLI_MINUTES_AN_HOUR * reach_units * weeks, notes=tuple(notes)
    )


def _leveled_part(rows: LeveledRows, aim: Aim, *, hour: int, notes: tuple[Message, ...]) -> Part:
    return Part(
        aim=aim,
        serves=rows.serves,
        value_milli=rows.value_milli,
        twice_milli=rows.twice_milli,
        base=rows.base_milli,
        total=rows.total_milli,
        hour=hour,
        notes=notes,
    )


_BUILDERS: dict[str, Callable[[SitingProblem, Town, str], Part]] = {
    "served_twice": _twice,
    "graded": _graded,
    "p_median": _median,
}
PARTS = ("served", *_BUILDERS)
"""Objectives that add up over workers."""


def _spread(serves: csr_array, places: NDArray[np.intp], n: int) -> csr_array:
    """Give the options of some rows their places in the problem."""
    if serves.shape[0] == n:
        return serves
    pairs = serves.tocoo()
    row, column = pairs.coords
    wide = coo_array((pairs.data, (places[row], column)), shape=(n, serves.shape[1]))
    spread = csr_array(wide)
    spread.sort_indices()
    return spread
