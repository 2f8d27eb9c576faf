"""Rows of one or more objectives -> one problem in the form that the search solves.

The objectives, by their standard names:

- served: maximal covering location problem, MCLP (R. Church and C. ReVelle 1974, The maximal
  covering location problem, Papers of the Regional Science Association 32, 101-118);
- served_twice: backup coverage, BACOP (K. Hogan and C. ReVelle 1986, Concepts and applications of
  backup coverage, Management Science 32, 1434-1444);
- graded: generalized or gradual covering (O. Berman, D. Krass and Z. Drezner 2003, The gradual
  covering decay location problem on a network, European Journal of Operational Research 151,
  474-480);
- fewest_sites, least_money: location set covering, LSCP (C. Toregas, R. Swain, C. ReVelle and
  L. Bergman 1971, The location of emergency service facilities, Operations Research 19,
  1363-1373), partial where the target is below all;
- p_median: S. L. Hakimi 1964, Optimum locations of switching centers and the absolute centers and
  medians of a graph, Operations Research 12, 450-459;
- p_center: the same (vertex p-center), solved by bisection over distances (E. Minieka 1970, The
  m-center problem, SIAM Review 12, 138-139);
- p_dispersion: M. J. Kuby 1987, Programming models for facility dispersion: the p-dispersion and
  maxisum dispersion problems, Geographical Analysis 19, 315-329.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from planner.district.settings import Objective
from planner.errors import SettingsError
from planner.language import note
from planner.siting.goals.parts import MOST_MILLI, Part
from planner.siting.names import objective_name
from planner.siting.problem import About, Aim, CoverageFloors, LinearLimits, SitingProblem

__all__ = ["ALONE", "Kept", "join_limits", "mixed_problem", "part_problem", "value_of"]

ALONE = ("p_center", "p_dispersion")
"""Objectives that are one number of a plan and do not add up with others."""
_WORTH = ("fewest_sites", "least_money")
_SMALLEST_PART = 1000
"""Weights are told apart down to a thousandth."""
_MILLI_MINUTES_AN_HOUR = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a plan must still achieve of an earlier objective."""

    part: Part
    least: int
    """Of what the part adds up, its base included."""
    about: About


class _Rows(NamedTuple):
    """Rows of a problem in the making, with what they count toward its floors."""

    serves: csr_array
    value: NDArray[np.int64]
    twice: NDArray[np.int64]
    floors: csr_array
    """Shape (f floors, r)."""


def part_problem(problem: SitingProblem, part: Part, kept: Sequence[Kept] = ()) -> SitingProblem:
    """Give the problem of achieving the most of one part within the limits of a problem.

    Rows that matter to a floor alone count a thousandth of a worker-minute each.
    """
    if part.value_milli is problem.value_milli and not kept:
        return problem
    return _problem(problem, [(part, 1)], kept, aim=part.aim, worth=_whole(problem.worth_milli))


def _whole(worth: NDArray[np.int64] | None) -> list[int] | None:
    return None if worth is None else [int(each) for each in worth]


def mixed_problem(
    problem: SitingProblem,
    parts: Sequence[tuple[Objective, Part | None]],
    kept: Sequence[Kept] = (),
) -> SitingProblem:
    """Add objectives up by their weights, in worker-hours a week.

    A worker-hour served counts the weight of its objective, as does one that is served twice, or
    graded at full worth. Of a p-median, a worker-hour whose way is shorter by the longest reach of
    all counts as much. An opening (fewest_sites) or a yuan (least_money) costs as many worker-hours
    as its weight.

    Parameters
    ----------
    problem
        Gives the options and limits.
    parts
        The objectives; None where one is no part (fewest_sites, least_money).
    kept
        What earlier objectives must still achieve.

    Raises
    ------
    SettingsError
        If an objective does not add up with others.
    """
    alone = [objective.kind for objective, _ in parts if objective.kind in ALONE]
    if alone:
        raise SettingsError(
            note(
                "{objective} cannot be added up with other objectives. Set one_after_the_other, or"
                " give it alone.",
                objective=objective_name(alone[0]),
            )
        )
    shares = [
        Fraction(objective.weight).limit_denominator(_SMALLEST_PART)
        / (1 if part is None else part.hour // _MILLI_MINUTES_AN_HOUR)
        for objective, part in parts
    ]
    unit = math.lcm(*(share.denominator for share in shares))
    times = [int(share * unit) for share in shares]
    own = [0] * len(problem.options)
    if problem.worth_milli is not None:
        own = problem.worth_milli.tolist()
    counted = [_cost_of(problem, objective.kind).tolist() for objective, _ in parts]
    worth = [
        each * unit - _MILLI_MINUTES_AN_HOUR * sum(map(operator.mul, times, costs))
        for each, *costs in zip(own, *counted, strict=True)
    ]
    return _problem(
        problem,
        [(part, each) for (_, part), each in zip(parts, times, strict=True) if part is not None],
        kept,
        aim=Aim(kind="mix", scale=_MILLI_MINUTES_AN_HOUR * unit),
        worth=worth if any(worth) else None,
    )


def value_of(problem: SitingProblem, chosen: NDArray[np.bool_]) -> int:
    """Add up what a choice gets in a problem: rows, rows served twice, and worth; shape (n,)."""
    times = problem.serves.T.astype(np.int64) @ chosen.astype(np.int64)
    value = problem.base_milli + int(problem.value_milli[times > 0].sum())
    if problem.twice_milli is not None:
        value += int(problem.twice_milli[times > 1].sum())
    if problem.worth_milli is not None:
        value += int(problem.worth_milli[chosen].sum())
    return value


def join_limits(n: int, *limits: LinearLimits | None) -> LinearLimits | None:
    """Put linear limits on n options one under the other; None where there are none."""
    there = [each for each in limits if each is not None and len(each.least)]
    if not there:
        return None
    return LinearLimits(
        weights=csr_array(
            vstack([each.weights for each in there]), shape=(sum(map(_size, there)), n)
        ),
        least=np.concatenate([each.least for each in there]),
        most=np.concatenate([each.most for each in there]),
        about=tuple(about for each in there for about in each.about),
    )


def _size(limits: LinearLimits) -> int:
    return len(limits.least)


def _cost_of(problem: SitingProblem, kind: str) -> NDArray[np.int64]:
    """Give what each option counts in an objective that is no part."""
    if kind == "fewest_sites":
        return problem.counts.astype(np.int64)
    if kind == "least_money":
        return np.rint(problem.cost_yuan).astype(np.int64)
    return np.zeros(len(problem.options), np.int64)


def _problem(
    problem: SitingProblem,
    parts: Sequence[tuple[Part, int]],
    kept: Sequence[Kept],
    *,
    aim: Aim,
    worth: Sequence[int] | None,
) -> SitingProblem:
    """Put the rows of parts, each times a whole number, and of floors side by side.

    Where the sums would be too large, all are divided by one whole number, and rounded.
    """
    floors = problem.floors or CoverageFloors.none(len(problem.value_milli))
    count = len(floors.least) + len(kept)
    lost = _lost(parts, worth or ())
    blocks = [_part_rows(part, Fraction(times, lost), count) for part, times in parts]
    blocks.append(_floor_rows(problem.serves, floors.values, 0, count))
    for place, each in enumerate(kept, start=len(floors.least)):
        values = csr_array(each.part.value_milli[None, :])
        blocks.append(_floor_rows(each.part.serves, values, place, count))
    value = np.concatenate([block.value for block in blocks])
    twice = np.concatenate([block.twice for block in blocks])
    base = sum(part.base * times for part, times in parts) // lost
    total = sum(part.total * times for part, times in parts) // lost
    least = [*floors.least, *(each.least - each.part.base for each in kept)]
    return replace(
        problem,
        serves=csr_array(hstack([block.serves for block in blocks])),
        value_milli=value,
        twice_milli=twice if twice.any() else None,
        worth_milli=None
        if worth is None
        else np.array([round(Fraction(each, lost)) for each in worth], np.int64),
        base_milli=base,
        total_milli=max(total, base + int(value.sum())),
        floors=CoverageFloors(
            values=csr_array(hstack([block.floors for block in blocks])),
            least=np.array(least, np.int64),
            about=(*floors.about, *(each.about for each in kept)),
        )
        if count
        else None,
        aim=replace(aim, offset=aim.offset // lost, scale=max(1, aim.scale // lost)),
        notes=(*problem.notes, *(told for part, _ in parts for told in part.notes)),
    )


def _lost(parts: Sequence[tuple[Part, int]], worth: Sequence[int]) -> int:
    """Say by what all values must be divided so that their sums stay exact."""
    in_all = sum(part.total * times for part, times in parts) + sum(map(abs, worth))
    if in_all <= MOST_MILLI:
        return 1
    rounded_up = sum(2 * len(part.value_milli) for part, _ in parts) + len(worth)
    return -(-in_all // (MOST_MILLI - rounded_up))


def _part_rows(part: Part, times: Fraction, floors: int) -> _Rows:
    nothing = csr_array((floors, len(part.value_milli)), dtype=np.int64)
    value, twice = (_times(each, times) for each in (part.value_milli, part.twice_milli))
    return _Rows(part.serves, np.maximum(1, value), twice, nothing)


def _times(value: NDArray[np.int64], times: Fraction) -> NDArray[np.int64]:
    """Multiply whole numbers: exactly by a whole one, to the nearest by any other."""
    if times.denominator == 1:
        whole: NDArray[np.int64] = value * times.numerator
        return whole
    rounded: NDArray[np.int64] = np.rint(value * float(times)).astype(np.int64)
    return rounded


def _floor_rows(serves: csr_array, values: csr_array, first: int, floors: int) -> _Rows:
    """Keep the rows that count toward floors, at the least value that a row can have."""
    counted = np.flatnonzero(np.diff(csr_array(values.T).indptr))
    some = csr_array(values[:, counted], dtype=np.int64)
    r = len(counted)
    above = csr_array((first, r), dtype=np.int64)
    below = csr_array((floors - first - some.shape[0], r), dtype=np.int64)
    return _Rows(
        csr_array(serves[:, counted]),
        np.ones(r, np.int64),
        np.zeros(r, np.int64),
        csr_array(vstack([above, some, below])),
    )
