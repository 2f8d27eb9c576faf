"""A siting problem -> how much can be served with how much: the coverage-budget curve."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.curves.curve_bounds import Envelope
from planner.siting.curves.curve_points import Curve, CurvePoint, knee_of
from planner.siting.curves.curve_search import Sweep, limits_along
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving.clashes import clashes_of
from planner.siting.solving.counting import tidy_choice
from planner.siting.solving.search import Search, Terms
from planner.siting.solving.way_out import Why, explain_clash

__all__ = ["Curve", "CurvePoint", "coverage_curve"]

_BY = ("count", "money")
_DESCENTS = 40
"""Steps of the bound, in tens, for each point at most."""
_PATIENCE, _NOTABLE = 5, 2e-4
"""A point gets no more steps where so many tens lowered its bound by less than this share."""
_FEASIBLE_SHARE = 0.1
"""Of the time, to find out whether any plan keeps the other limits, and the most that one has."""
_BACK_SHARE = 0.25
"""Of the time, after which no plan is made smaller step by step."""
_AT_ONCE = 4
"""Points that share the time that is left: a short search finds nothing in a large city."""
_PROVEN = 1e-8
"""A gap that floats cannot close."""


def coverage_curve(  # noqa: PLR0913 - what a caller may ask of a search
    problem: SitingProblem,
    *,
    by: str = "count",
    points: int = 24,
    limits: Sequence[float] = (),
    time_limit_s: float = 55.0,
    gap_share: float = 0.0,
    seed: int = 0,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Curve], None] | None = None,
) -> Curve:
    """Find the most that can be served at every size of one limit, from nothing to saturation.

    First one plan grows from nothing: the best option is added and options are exchanged, point by
    point. Then prices of a relaxation bound all points at once, and the points with the widest gaps
    are searched one by one while there is time. Every plan keeps all other limits of the problem;
    a limit of the swept kind that it has itself is put aside. What a smaller limit allows a larger
    one allows too, so served and bound never fall.

    Parameters
    ----------
    by
        "count": additional openings; "money": added set-up money.
    points
        How many points there are to be, at least 2: half of them spread evenly over what is
        served, half over the limit. Fewer where limits fall together.
    limits
        The limits themselves, at least 0, in place of `points`: whole openings, or yuan.
    time_limit_s
        Seconds, at least 0; with 0 the plans are those of greedy and the bounds are weak.
    gap_share
        A point is searched no further once it is proven this near to the best, 0 to 1.
    on_better
        Given the curve so far, each time that it has become better.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    R. Church and C. ReVelle (1974), The maximal covering location problem, Papers of the
    Regional Science Association 32, 101-118: the curve of coverage over the number of facilities.
    """
    _check(by, points, limits, time_limit_s, gap_share)
    draw = _Drawing(problem, by=by, gap_share=gap_share, seed=seed)
    draw.end_s = draw.started_s + time_limit_s
    draw.progress, draw.stop, draw.on_better = progress, stop, on_better
    if not draw.possible():
        return draw.curve()
    draw.sweep = Sweep(draw.wide, by_money=by == "money", ended=draw.broken_off)
    wanted = _whole(limits, by) if limits else limits_along(draw.sweep, points, draw.widest)
    draw.begin(wanted)
    draw.grow()
    draw.bound()
    draw.search()
    progress(draw.said, 1.0)
    return draw.curve()


class _Drawing:
    """A curve on its way: at each limit the best choice and the best bound so far."""

    end_s: float
    progress: Progress
    stop: Stop
    on_better: Callable[[Curve], None] | None
    sweep: Sweep

    def __init__(self, problem: SitingProblem, *, by: str, gap_share: float, seed: int) -> None:
        self.started_s = time.monotonic()
        self.problem, self.by, self.gap_share, self.seed = problem, by, gap_share, seed
        money = by == "money"
        self.wide = replace(problem, budget_yuan=None) if money else replace(problem, count=None)
        self.limits: NDArray[np.int64] = np.zeros(0, np.int64)
        self.chosen: list[NDArray[np.bool_] | None] = []
        self.widest: NDArray[np.bool_] | None = None
        self.first = 0
        """Limits before this position have no plan."""
        self.served: list[int] = []
        self.bounds: list[int] = []
        self.why: Why | None = None
        self.said = note("Growing a plan from nothing")

    def possible(self) -> bool:
        """Tell whether any plan keeps the other limits; keep the reasons where none does."""
        told = clashes_of(self.wide)
        impossible = bool(told)
        if not told and (self.wide.linear is not None or self.wide.floors is not None):
            search = self._searched(self.wide, share=_FEASIBLE_SHARE)
            impossible, self.widest = search.impossible, search.chosen
        if impossible:
            self.why = explain_clash(self.wide, told, stop=self.stop)
        return not impossible

    def begin(self, limits: NDArray[np.int64]) -> None:
        """Lay out the points."""
        self.limits = limits
        most = min(self.problem.total_milli, self.sweep.reduced.most_milli)
        if self.problem.twice_milli is not None or self.problem.worth_milli is not None:
            most = self.sweep.reduced.most_milli
        self.chosen = [None] * len(limits)
        self.served, self.bounds = [-(2**62)] * len(limits), [most] * len(limits)
        if self.widest is not None:
            used = int(self.sweep.used_by(self.widest))
            if used <= limits[-1]:
                self._take(int(np.searchsorted(limits, used)), self.widest)

    def grow(self) -> None:
        """Take a first plan for every limit, each from the one before, then from the one after."""
        sizes = range(len(self.limits))
        for number, power in enumerate(self.sweep.powers):
            if number and self._used_share() > _BACK_SHARE:
                break
            self.sweep.restart(power)
            self._resize(sizes, 0.1 * number)
        if self._used_share() <= _BACK_SHARE:
            self._resize(sizes[::-1], 0.15)
        self._tell()

    def _resize(self, sizes: Sequence[int], done_share: float) -> None:
        """Let the plan grow or shrink from limit to limit."""
        for at in sizes:
            self._say(note("Growing a plan from nothing"), done_share)
            chosen = self.sweep.resized(int(self.limits[at]), exchange=not self.broken_off())
            if chosen is not None:
                self._take(at, chosen)

    def bound(self) -> None:
        """Lower the bounds of all points together, looking at one limit after the other."""
        if self.broken_off():
            return
        envelope = self.sweep.envelope(self.limits, ended=self.broken_off)
        self._take_bounds(self.sweep.whole_bounds(envelope))
        for at in range(len(self.limits)):
            self._say(note("Computing what no plan can exceed"), 0.2 + 0.3 * at / len(self.limits))
            if not self._wants(at):
                continue
            self.sweep.aim(envelope, at, self.chosen[at])
            self._descend(envelope, at)
        self._tell()

    def _descend(self, envelope: Envelope, at: int) -> None:
        """Make steps for one limit until they bring little."""
        marks: list[int] = []
        for _ in range(_DESCENTS):
            if self.broken_off() or not self._wants(at):
                return
            envelope.descend()
            self._take_bounds(self.sweep.whole_bounds(envelope))
            marks.append(self.bounds[at])
            if len(marks) > _PATIENCE and marks[-1 - _PATIENCE] - marks[-1] < _NOTABLE * marks[-1]:
                return

    def search(self) -> None:
        """Search the points one by one, those with the widest gaps first, while there is time."""
        waiting = [at for at in range(len(self.limits)) if self._wants(at)]
        begun_s = time.monotonic()
        while waiting and not self.broken_off():
            at = self._next(waiting)
            left_s = self.end_s - time.monotonic()
            used = 1 - left_s / max(1e-9, self.end_s - begun_s)
            self._say(note("Searching the points of the curve one by one"), 0.5 + 0.49 * used)
            self._search_point(at, 1 / min(_AT_ONCE, len(waiting)))
            waiting.remove(at)
            waiting = [other for other in waiting if self._wants(other)]
            self._tell()

    def _next(self, waiting: list[int]) -> int:
        """Take the middle of the points without a plan, then those with the widest gap."""
        without = [at for at in waiting if self.chosen[at] is None]
        return without[len(without) // 2] if without else max(waiting, key=self._gap)

    def _search_point(self, at: int, share: float) -> None:
        """Search one point from the plan that is known, for a share of the time that is left."""
        search = self._searched(self._problem_at(at), share=share, at=at)
        if search.impossible:
            self.first = max(self.first, at + 1)
            return
        if search.chosen is not None:
            chosen = tidy_choice(self.problem, search.chosen, self.sweep.pairs)
            if self._take(at, chosen):
                self._pass_on(at)
        bounds = np.array(self.bounds, np.int64)
        bounds[: at + 1] = np.minimum(bounds[: at + 1], search.bound_milli)
        self._take_bounds(bounds)

    def _searched(
        self, problem: SitingProblem, *, share: float, at: int = -1, gap_share: float | None = None
    ) -> Search:
        """Run a search for a share of the time that is left, from what is known of a point."""
        now_s = time.monotonic()
        terms = Terms(
            gap_share=self.gap_share if gap_share is None else gap_share,
            started_s=now_s,
            end_s=now_s + share * max(0.0, self.end_s - now_s),
            seed=self.seed,
            stop=self.stop,
        )
        search = Search(problem, terms)
        known = self.chosen[at] if at >= 0 else None
        if known is not None:
            search.chosen, search.added_milli = known.copy(), self.served[at]
        if at >= 0:
            search.take_bound(self.bounds[at])
        search.run()
        return search

    def _pass_on(self, at: int) -> None:
        """Let the plan of a point shrink and grow to its neighbours, as far as that helps."""
        chosen = self.chosen[at]
        for others in (range(at + 1, len(self.limits)), range(at - 1, -1, -1)):
            if chosen is None:
                return
            self.sweep.stand(chosen)
            for other in others:
                if self.broken_off():
                    return
                found = self.sweep.resized(int(self.limits[other]), exchange=True)
                if found is None or not self._take(other, found):
                    break

    def broken_off(self) -> bool:
        """Tell whether the time is over or the user has ended it."""
        return time.monotonic() >= self.end_s or self.stop()

    def _used_share(self) -> float:
        """Say how much of the time is used, 1 where the user has ended it."""
        if self.broken_off():
            return 1.0
        return (time.monotonic() - self.started_s) / max(1e-9, self.end_s - self.started_s)

    def curve(self) -> Curve:
        """Give what is known so far."""
        points = [
            self._point(at, chosen) for at, chosen in enumerate(self.chosen) if chosen is not None
        ]
        return Curve(
            by=self.by,
            points=tuple(points),
            knee=knee_of(points),
            total_milli=self.problem.total_milli,
            seconds=time.monotonic() - self.started_s,
            reasons=() if self.why is None else self.why.reasons,
            way_out=() if self.why is None else self.why.way_out,
            notes=(*self.problem.notes, *self._left_out()),
        )

    def _left_out(self) -> list[Message]:
        left_out = [limit for limit, c in zip(self.limits, self.chosen, strict=True) if c is None]
        if not left_out:
            return []
        if self.by == "count":
            return [
                note(
                    "No plan was found that keeps the other limits with {limit} openings or fewer.",
                    limit=int(left_out[-1]),
                )
            ]
        return [
            note(
                "No plan was found that keeps the other limits with {limit} yuan or less.",
                limit=f"{left_out[-1] / FEN_A_YUAN:,.0f}",
            )
        ]

    def _point(self, at: int, chosen: NDArray[np.bool_]) -> CurvePoint:
        problem, limit = self.problem, int(self.limits[at])
        return CurvePoint(
            limit=limit / FEN_A_YUAN if self.by == "money" else limit,
            count=int(problem.counts[chosen].sum()),
            cost_yuan=int(problem.cost_fen[chosen].sum()) / FEN_A_YUAN,
            served_milli=self.served[at],
            bound_milli=max(self.bounds[at], self.served[at]),
            options=tuple(problem.options[k] for k in np.flatnonzero(chosen)),
        )

    def _problem_at(self, at: int) -> SitingProblem:
        limit = int(self.limits[at])
        if self.by == "money":
            return replace(self.wide, budget_yuan=limit / FEN_A_YUAN)
        return replace(self.wide, count=limit)

    def _wants(self, at: int) -> bool:
        """Tell whether a point may still become better by more than is asked."""
        return at >= self.first and self._gap(at) > self.gap_share + _PROVEN

    def _gap(self, at: int) -> float:
        if self.chosen[at] is None:
            return 1.0
        bound = self.bounds[at]
        return 1 - max(0, self.served[at]) / bound if bound > 0 else 0.0

    def _take(self, at: int, chosen: NDArray[np.bool_]) -> bool:
        """Keep a choice for a limit and for larger ones, where it is the best; tell whether it is.

        Of two that are worth the same the first stays.
        """
        worth = self.sweep.worth_of(chosen)
        better = worth > self.served[at]
        for later in range(at, len(self.limits)):
            if self.served[later] >= worth:
                break
            self.chosen[later], self.served[later] = chosen, worth
        return better

    def _take_bounds(self, bounds: NDArray[np.int64]) -> None:
        """Keep bounds; what a larger limit cannot exceed a smaller one cannot either."""
        best = np.minimum(bounds, np.array(self.bounds, np.int64))
        self.bounds = np.minimum.accumulate(best[::-1])[::-1].tolist()

    def _say(self, step: Message, done_share: float) -> None:
        self.said = step
        self.progress(step, done_share)

    def _tell(self) -> None:
        if self.on_better is not None:
            self.on_better(self.curve())


def _whole(limits: Sequence[float], by: str) -> NDArray[np.int64]:
    scale = FEN_A_YUAN if by == "money" else 1
    return np.unique(np.rint(np.asarray(limits, float) * scale).astype(np.int64))


def _check(
    by: str, points: int, limits: Sequence[float], time_limit_s: float, gap_share: float
) -> None:
    if by not in _BY:
        raise ValueError(f"by must be one of {', '.join(_BY)}, got {by!r}")
    if points < 2:  # noqa: PLR2004 - nothing and saturation
        raise ValueError(f"points must be at least 2, got {points}")
    if not all(0 <= limit <= 1e13 for limit in limits):  # noqa: PLR2004 - as costs of a problem
        raise ValueError("limits must be from 0 to 1e13")
    if not time_limit_s >= 0:
        raise ValueError(f"time_limit_s must be at least 0, got {time_limit_s}")
    if not 0 <= gap_share <= 1:
        raise ValueError(f"gap_share must be from 0 to 1, got {gap_share}")
