"""A plan without seats -> one that is best where who finds no seat is not served, with a bound."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.coverage import Coverage, measure_coverage
from planner.district import District
from planner.district.settings import ServiceRules
from planner.language import Message, note
from planner.siting.goals.ladder import Effort
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.seats.seat_bound import by_seats_around, relaxed_problem
from planner.siting.seats.seat_search import SeatSearch
from planner.siting.seats.seat_town import SeatTown, seat_town, ways_of
from planner.siting.solve import solve
from planner.siting.solving.counting import is_plain
from planner.siting.there import options_there

__all__ = ["MOST_WAYS", "choose_with_seats", "seats_counted", "seats_not_counted", "why_no_seats"]

MOST_WAYS = 20_000_000
"""Ways from cells to options, times slots of the week, up to which seats are counted."""
_BOUND_SHARE = 0.2
"""Of the time that is left, for one bound."""
_MOST_BOUNDS = 3
_MOST_SHAKES = 60
"""Shakes in a row that find nothing better, after which the search ends."""
_TELL_EVERY_S = 0.5
_Marks = NDArray[np.bool_]
OnBetter = Callable[[Plan], None]


def why_no_seats(coverage: Coverage, problem: SitingProblem) -> Message | None:
    """Tell why the search can't count seats here; None: it can."""
    if not is_plain(problem):
        return seats_not_counted()
    ways = ways_of(coverage, problem)
    if ways > MOST_WAYS:
        return note(
            "The plan does not count seats: the district has {ways:,.0f} million ways times slots"
            " of the week, and up to {most:,.0f} million can be searched with seats.",
            ways=ways / 1e6,
            most=MOST_WAYS / 1e6,
        )
    return None


def seats_not_counted() -> Message:
    """Tell that seats count for worker-hours served alone, in one phase."""
    return note(
        "Seats are not counted here: the search counts them only in plans for worker-hours served"
        " alone, without phases, prices for gaps, or many possible demands at once."
    )


def seats_counted() -> Message:
    """Tell what of a plan with seats counts them."""
    return note(
        "The plan and its bound count seats: who finds no seat is not served. Gains of single"
        " measures, reasons and floors are told as if there were seats for all."
    )


def choose_with_seats(  # noqa: PLR0913 - what a search with seats needs to know
    coverage: Coverage,
    problem: SitingProblem,
    without: Callable[[Effort, OnBetter | None], Plan],
    *,
    service: ServiceRules,
    effort: Effort,
    district: District | None = None,
    on_better: OnBetter | None = None,
) -> Plan:
    """Serve the most where a worker without a seat is not served.

    The search begins with the best plan without seats, adds and exchanges options under all limits
    of the problem, everybody seated anew at each step as `measure_coverage` does, and shakes what
    it has. The bound is the lower one of that without seats and of
    `planner.siting.seats.seat_bound`.
    Floors count workers within reach of an open station, seats or not.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    problem
        Worker-hours served, built from it; nothing else may be in its sum.
    without
        Searches for a plan without seats: its effort, and who hears of better plans.
    service
        How long people stay and how often they come.
    effort
        Time, seed and limit of work; that limits the shakes too.

    Returns
    -------
    Plan
        With `counts_seats`. `served_milli` is that of `measure_coverage` with `service`. Where no
        station can be overfull, it is the plan without seats.
    """
    started_s = time.monotonic()
    town = seat_town(coverage, problem, service=service, district=district)
    if not len(town.pairs.crowded):
        return _as_counted(without(effort, on_better))
    table = _Table(coverage, problem, town, replace(service, count_seats=True), effort, on_better)
    first = without(replace(effort, end_s=time.monotonic() + 0.4 * effort.left_s), table.hear)
    if first.is_none:
        return first
    table.first = first
    return replace(table.searched(), seconds=time.monotonic() - started_s)


def _as_counted(plan: Plan) -> Plan:
    """Tell that a plan counts seats, where there are seats for all."""
    if plan.is_none:
        return plan
    return replace(plan, counts_seats=True, notes=(*plan.notes, seats_counted()))


@dataclass(slots=True)
class _Table:
    """What a search with seats works on."""

    coverage: Coverage
    problem: SitingProblem
    town: SeatTown
    service: ServiceRules
    effort: Effort
    on_better: OnBetter | None
    first: Plan | None = None
    bound_milli: int = 0
    told_s: float = 0.0

    def hear(self, plan: Plan) -> None:
        """Tell a plan of the search without seats, its seats counted."""
        if self.on_better is None or plan.is_none or not self._may_tell():
            return
        served = plan.served_milli - self.town.lost_milli(self._marks(plan))
        self.on_better(replace(plan, served_milli=served, counts_seats=True))

    def searched(self) -> Plan:
        """Search from the plan without seats."""
        first = self.first
        if first is None:
            raise ValueError("the plan without seats is missing")
        self.bound_milli = first.bound_milli
        chosen = self._marks(first)
        search = SeatSearch(
            self.problem, self.town, chosen, seed=self.effort.seed, over=self._is_over
        )
        if search.best.value < first.served_milli or first.status is not Status.OPTIMAL:
            self._bounded(search)
            search.start_from(chosen)
            self._tell(search)
            self._shaken(search)
        return self._plan(search, exact=True)

    # --- Inside -----------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return self.effort.left_s <= 0 or self.effort.stop()

    def _near(self, search: SeatSearch) -> bool:
        return search.best.value >= (1 - self.effort.gap_share) * self.bound_milli

    def _bounded(self, search: SeatSearch) -> None:
        """Lower the bound around the best choice, as long as that gives something new."""
        for _ in range(_MOST_BOUNDS):
            if self._is_over() or self._near(search):
                return
            self.effort.progress(note("Proving how much seats allow"), 0.6)
            before = self.bound_milli, search.best.value
            relaxed, offset = relaxed_problem(
                self.problem, self.town, by_seats_around(self.town, search.best.chosen)
            )
            found = solve(
                relaxed,
                time_limit_s=_BOUND_SHARE * self.effort.left_s,
                gap_share=self.effort.gap_share / 4,
                seed=self.effort.seed,
                work_limit=self.effort.work_limit,
                stop=self.effort.stop,
                explain=False,
            )
            if found.is_none or found.goal is None:
                return
            self.bound_milli = min(self.bound_milli, self._bound(found.goal.bound, offset))
            search.start_from(self._marks(found))
            self._tell(search)
            if before == (self.bound_milli, search.best.value):
                return

    def _bound(self, relaxed: float, offset: int) -> int:
        """Turn the bound of a relaxed problem into thousandths of a worker-minute a week."""
        whole = offset + math.ceil(relaxed)
        # Parts of the year are rounded cell by cell.
        parts = len(self.town.pairs.band) // max(1, len(self.coverage.slot_band))
        rounding = len(self.coverage.demand.cells) * parts if self.town.weeks > 1 else 0
        return -(-whole // self.town.weeks) + rounding

    def _shaken(self, search: SeatSearch) -> None:
        most = _MOST_SHAKES if self.effort.work_limit is None else self.effort.work_limit
        idle = 0
        while idle < most and not self._is_over() and not self._near(search):
            self.effort.progress(note("Searching with seats counted"), 0.9)
            idle = 0 if search.shake() and self.effort.work_limit is None else idle + 1
            self._tell(search)

    def _marks(self, plan: Plan) -> _Marks:
        return np.isin(np.array(self.problem.options, dtype=object), list(plan.options))

    def _may_tell(self) -> bool:
        now_s = time.monotonic()
        if now_s - self.told_s < _TELL_EVERY_S:
            return False
        self.told_s = now_s
        return True

    def _tell(self, search: SeatSearch) -> None:
        if self.on_better is not None and self._may_tell():
            self.on_better(self._plan(search, exact=False))

    def _plan(self, search: SeatSearch, *, exact: bool) -> Plan:
        """Give the best choice as a plan; exact: counted again by `measure_coverage`."""
        first, problem = self.first, self.problem
        if first is None:
            raise ValueError("the plan without seats is missing")
        chosen = search.best.chosen
        options = tuple(problem.options[k] for k in np.flatnonzero(chosen))
        plan = replace(
            first,
            options=options,
            closed=tuple(keep for keep in problem.keeps if keep not in set(options)),
            served_milli=search.best.value,
            bound_milli=max(self.bound_milli, search.best.value),
            cost_yuan=int(problem.cost_fen[chosen].sum()) / 100,
            counts_seats=True,
            notes=(*first.notes, seats_counted()),
        )
        if exact:
            there = options_there(self.coverage, plan)
            served = measure_coverage(self.coverage, there, service=self.service).served_milli
            plan = replace(plan, served_milli=served, bound_milli=max(self.bound_milli, served))
        return replace(plan, status=self._status(plan))

    def _status(self, plan: Plan) -> Status:
        if plan.gap <= self.effort.gap_share:
            return Status.OPTIMAL
        return Status.STOPPED if self.effort.stop() else Status.FEASIBLE
