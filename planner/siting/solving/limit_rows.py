"""A siting problem -> every limit of it as a row that can be left out or relaxed by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from planner.language import note
from planner.siting.problem import FEN_A_YUAN, UNLIMITED, About, SitingProblem
from planner.siting.solving.programs import Program, units_of
from planner.siting.solving.reduce import conflict_pairs, same_rows

__all__ = ["LimitRows", "limit_rows", "program_of"]

_Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRows:
    """Limits over the options, and over the rows of demand that count toward a floor."""

    rows: csr_array
    """Whole numbers, shape (q, n options + s rows of demand)."""
    least: _Reals
    most: _Reals
    unit: _Reals
    """What one option does in the limit, in the mean of those that do anything, shape (q,)."""
    about: tuple[About, ...]
    place: NDArray[np.int64]
    """Position in what the limit comes from: option, pair, linear limit, floor; shape (q,)."""
    source: tuple[str, ...]
    """"money", "count", "locked", "forbidden", "apart", "linear", "floor", or "rule": what nobody
    can relax."""
    options: int


@dataclass(frozen=True, slots=True)
class _Part:
    source: str
    rows: csr_array
    least: _Reals
    most: _Reals
    about: Sequence[About]
    place: NDArray[np.int64] | None = None
    by_option: csr_array | None = None
    """What each option does in each limit, where that are not the rows themselves."""

    @property
    def places(self) -> NDArray[np.int64]:
        return np.arange(len(self.least)) if self.place is None else self.place

    @property
    def unit(self) -> _Reals:
        done = self.rows if self.by_option is None else self.by_option
        count = np.maximum(1, np.diff(done.indptr))
        mean: _Reals = np.maximum(1.0, abs(done).sum(axis=1) / count)
        return mean


def limit_rows(problem: SitingProblem) -> LimitRows:
    """Write every limit of a problem as a row: least <= weights of the chosen <= most.

    Options that are excluded for a reason of their own (`SitingProblem.excluded`) and options of
    one site are rules, as are the linear limits that may not be relaxed.
    """
    n = len(problem.options)
    parts = [*_sums(problem), *_choices(problem), *_pairs(problem), *_linear(problem)]
    parts, shown = [part for part in parts if part.rows.shape[0]], 0
    if problem.floors is not None:
        demand, floors = _floors(problem)
        shown = demand.rows.shape[1] - n
        parts = [_wider(part, shown) for part in parts] + [demand, floors]
    return LimitRows(
        rows=csr_array(vstack([part.rows for part in parts]))
        if parts
        else csr_array((0, n + shown), dtype=np.int64),
        least=np.concatenate([np.zeros(0), *(part.least for part in parts)]),
        most=np.concatenate([np.zeros(0), *(part.most for part in parts)]),
        unit=np.concatenate([np.zeros(0), *(part.unit for part in parts)]),
        about=tuple(about for part in parts for about in part.about),
        place=np.concatenate([np.zeros(0, np.int64), *(part.places for part in parts)]),
        source=tuple(
            part.source if about.may_relax else "rule" for part in parts for about in part.about
        ),
        options=n,
    )


def _at_most(most: Sequence[float]) -> tuple[_Reals, _Reals]:
    return np.full(len(most), -np.inf), np.array(most, np.float64)


def _sums(problem: SitingProblem) -> list[_Part]:
    parts = []
    if problem.budget_fen is not None:
        about = About(
            kind="money",
            name=note(
                "the budget of {budget} yuan", budget=f"{problem.budget_fen / FEN_A_YUAN:,.0f}"
            ),
            scale=FEN_A_YUAN,
            unit="yuan",
        )
        rows = csr_array(problem.cost_fen[None, :])
        parts.append(_Part("money", rows, *_at_most([problem.budget_fen]), [about]))
    if problem.count is not None:
        about = About(
            kind="count",
            name=note("openings: at most {count}", count=problem.count),
            unit="stations",
        )
        rows = csr_array(problem.counts[None, :].astype(np.int64))
        parts.append(_Part("count", rows, *_at_most([problem.count]), [about]))
    return parts


def _choices(problem: SitingProblem) -> list[_Part]:
    n = len(problem.options)
    each = csr_array(eye_array(n, dtype=np.int64))
    locked = np.flatnonzero(problem.locked)
    out = np.flatnonzero(problem.forbidden)
    ids = problem.options
    return [
        _Part(
            "locked",
            each[locked],
            np.ones(len(locked)),
            np.ones(len(locked)),
            [
                About(kind="locked", name=note("{option} is locked", option=ids[k]))
                for k in locked.tolist()
            ],
            locked,
        ),
        _Part(
            "forbidden",
            each[out],
            np.zeros(len(out)),
            np.zeros(len(out)),
            [
                About(
                    kind="forbidden",
                    name=note("{option} is forbidden", option=ids[k]),
                    may_relax=ids[k] not in problem.excluded,
                )
                for k in out.tolist()
            ],
            out,
        ),
    ]


def _pairs(problem: SitingProblem) -> list[_Part]:
    pairs = conflict_pairs(problem)
    ids, sites = problem.options, problem.sites
    abouts = []
    for one, other in pairs.tolist():
        names = {"one": ids[one], "other": ids[other]}
        abouts.append(
            About(kind="one_of", name=note("one of {one} and {other}", **names), may_relax=False)
            if _bases(ids[one], sites[one]) & _bases(ids[other], sites[other])
            else About(
                kind="apart",
                name=note("{one} and {other} at least the minimum separation apart", **names),
            )
        )
    rows = csr_array(
        (
            np.ones(2 * len(pairs), np.int64),
            pairs.ravel(),
            np.arange(0, 2 * len(pairs) + 1, 2),
        ),
        shape=(len(pairs), len(ids)),
    )
    return [_Part("apart", rows, *_at_most(np.ones(len(pairs)).tolist()), abouts)]


def _bases(option: str, place: str) -> set[str]:
    """Give what an option takes the place of: its site and, of a move, the station that leaves.

    The place of a stay in a season is its site with the season behind it.
    """
    if "+container@" in option:
        return {place, place.rpartition("@")[0]}
    leaves, arrow, _ = option.partition(">")
    return {place, leaves} if arrow and option.endswith(f">{place}") else {place}


def _linear(problem: SitingProblem) -> list[_Part]:
    linear = problem.linear
    if linear is None:
        return []
    rows = csr_array(linear.weights, dtype=np.int64)
    order = _by_name(linear.about)
    low = order[linear.least[order] > -UNLIMITED]
    high = order[linear.most[order] < UNLIMITED]
    return [
        _Part(
            "linear",
            rows[low],
            linear.least[low].astype(np.float64),
            np.full(len(low), np.inf),
            [linear.about[i] for i in low],
            low,
        ),
        _Part(
            "linear",
            rows[high],
            *_at_most(linear.most[high].tolist()),
            [linear.about[i] for i in high],
            high,
        ),
    ]


def _by_name(abouts: Sequence[About]) -> NDArray[np.int64]:
    """Order limits by kind and name, so that their order in the input changes no answer."""
    names = [(about.kind, about.name.text("en")) for about in abouts]
    return np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)


def _floors(problem: SitingProblem) -> tuple[_Part, _Part]:
    """Give when each row of demand is served, and what each floor counts."""
    floors = problem.floors
    assert floors is not None  # noqa: S101 - asked for only where there are floors
    n = len(problem.options)
    values = csr_array(floors.values, dtype=np.int64)
    counted = np.unique(values.indices)
    serves, order, first = same_rows(csr_array(problem.serves, dtype=np.int8)[:, counted])
    shown = serves.shape[1]
    group = np.repeat(np.arange(shown), np.diff(first, append=len(order)))
    merged = csr_array((np.ones(len(order), np.int64), (order, group)), shape=(len(counted), shown))
    toward = csr_array(values[:, counted] @ merged)
    served = csr_array(serves.T).astype(np.int64)
    rule = About(kind="served", name=note("what is served"), may_relax=False)
    demand = _Part(
        "rule",
        csr_array(hstack([-served, eye_array(shown, dtype=np.int64)])),
        np.full(shown, -np.inf),
        np.zeros(shown),
        [rule] * shown,
    )
    order = _by_name(floors.about)
    least = floors.least[order].astype(np.float64)
    toward = _at_most_the_floor(toward[order], floors.least[order])
    wide = csr_array(hstack([csr_array((len(least), n), dtype=np.int64), toward]))
    return demand, _Part(
        "floor",
        wide,
        least,
        np.full(len(least), np.inf),
        [floors.about[i] for i in order],
        order,
        by_option=csr_array(toward @ served),
    )


def _at_most_the_floor(toward: csr_array, least: NDArray[np.int64]) -> csr_array:
    """Count no row for more than its floor asks: what is lacking stays the same.

    So a floor that is tiny beside its values is not lost in the tolerance of HiGHS.
    """
    capped = toward.copy()
    capped.data = np.minimum(capped.data, np.repeat(np.maximum(0, least), np.diff(capped.indptr)))
    capped.eliminate_zeros()
    return capped


def _wider(part: _Part, columns: int) -> _Part:
    rows = csr_array(hstack([part.rows, csr_array((part.rows.shape[0], columns), dtype=np.int64)]))
    return replace(part, rows=rows)


def program_of(limits: LimitRows, slack: csr_array, cost: NDArray[np.float64]) -> Program:
    """Write limits as a program; each column of `slack` relaxes limits at a cost."""
    units = units_of(limits.rows)
    small = diags_array(1 / units)
    every, relaxed = limits.rows.shape[1], slack.shape[1]
    return Program(
        cost=np.concatenate([np.zeros(every), cost]),
        lower=np.zeros(every + relaxed),
        upper=np.concatenate([np.ones(every), np.full(relaxed, np.inf)]),
        rows=csr_array(hstack([small @ limits.rows, small @ slack])),
        least=limits.least / units,
        most=limits.most / units,
        whole=limits.options,
    )
