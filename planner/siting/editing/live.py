"""A siting problem and a hand that edits -> exact new figures after every edit, at once."""

from collections import deque
from collections.abc import Iterable, KeysView
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.siting.editing import live_moves as moves
from planner.siting.editing.live_limits import Broken, Table, broken_limits
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving.model import Model

__all__ = ["Figures", "LiveSession", "SwapFound"]

_MOST_UNDOS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the options that stand achieve, and what they break."""

    options: tuple[str, ...]
    """Ids of the options that stand, sorted."""
    served_milli: int
    """Base and value of the rows of demand served, whole thousandths of a worker-minute a week."""
    sum_milli: int
    """What a search maximises: also prices of shortfalls that are spared, rows served twice and the
    worth of options."""
    total_milli: int
    """Value of all demand."""
    cost_yuan: float
    """Added set-up money."""
    count: int
    """Additional openings."""
    money_left_yuan: float | None
    """Below 0 where more is spent than there is; None: no budget."""
    count_left: int | None
    """Below 0 where there are too many; None: not limited."""
    broken: tuple[Broken, ...]
    """Every limit that is not kept, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapFound:
    """An exchange of one option for another, and what it adds."""

    out: str
    new: str
    adds_milli: int
    """Change of the sum."""


class LiveSession:
    """Edits of a plan by hand, each answered with exact figures.

    What each option would change is kept current: an edit costs the rows that change, not the whole
    coverage. Edits may break limits, the person decides; each broken one is told. A session belongs
    to one thread at a time; `fork` gives another thread a session of its own, which shares only
    what never changes.

    Memory: 4 bytes for each entry of the coverage beside the problem's own, and 8 for each row and
    17 for each option in every session.

    Parameters
    ----------
    problem
        What is asked. It is not changed.
    chosen
        Ids of the options that stand at the start; they need not keep the limits.
    like
        A session of a problem with the same rows of demand under other limits: what is kept for
        each entry of the coverage is shared with it.

    Raises
    ------
    ValueError
        If `chosen` names an unknown option, or one twice.
    """

    def __init__(
        self,
        problem: SitingProblem,
        chosen: Iterable[str] = (),
        *,
        like: "LiveSession | None" = None,
    ) -> None:
        self.problem = problem
        alike = like is not None and like.problem.serves is problem.serves
        lists = like._model if like is not None and alike else None  # noqa: SLF001 - one of its own kind
        self._model: Model = moves.whole_model(problem, like=lists)
        self._table = Table.of(problem)
        self._now = moves.nothing_stands(self._model)
        self._place = {option: place for place, option in enumerate(problem.options)}
        self._done: deque[tuple[int, int]] = deque(maxlen=_MOST_UNDOS)
        self._undone: list[tuple[int, int]] = []
        for option in chosen:
            self._change(-1, self._to_add(option))

    def fork(self) -> "LiveSession":
        """Give a second session that stands where this one does, with nothing to undo."""
        other = copy(self)
        other._stand_alone()  # noqa: SLF001 - one of its own kind
        return other

    # --- What stands ----------------------------------------------------------------------------

    def figures(self) -> Figures:
        """Give the figures of what stands now."""
        problem, now = self.problem, self._now
        served, twice, worth = (int(part) for part in now.sums)
        money, count = (int(part) for part in now.spent)
        budget, most = problem.budget_fen, problem.count
        return Figures(
            options=self.chosen,
            served_milli=problem.base_milli + served - self._spared_milli(),
            sum_milli=problem.base_milli + served + twice + worth,
            total_milli=problem.total_milli - problem.priced_milli,
            cost_yuan=money / FEN_A_YUAN,
            count=count,
            money_left_yuan=None if budget is None else (budget - money) / FEN_A_YUAN,
            count_left=None if most is None else most - count,
            broken=broken_limits(problem, self._table, self._model, now),
        )

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the options that stand, sorted."""
        return tuple(self.problem.options[k] for k in np.flatnonzero(self._now.chosen))

    @property
    def options(self) -> KeysView[str]:
        """Ids of all options of the problem."""
        return self._place.keys()

    @property
    def changes_milli(self) -> NDArray[np.int64]:
        """What the sum gains by adding each option, and loses by removing one that stands.

        Shape (n,), in the order of the problem's options.
        """
        return self._now.step.copy()

    def gains(self) -> dict[str, int]:
        """Give what the sum gains by adding each option that does not stand, thousandths."""
        return self._by_id(~self._now.chosen, self._now.step)

    def losses(self) -> dict[str, int]:
        """Give what the sum loses by removing each option that stands, thousandths."""
        return self._by_id(self._now.chosen, self._now.step)

    def gain_of(self, option: str) -> int:
        """Give what adding one option gains, or removing it loses, thousandths."""
        return int(self._now.step[self._at(option)])

    def swap_gains(self, out: str) -> dict[str, int]:
        """Give the change of the sum if each option that does not stand took the place of `out`."""
        changes = moves.swap_changes(self._model, self._now, self._to_remove(out))
        return self._by_id(~self._now.chosen, changes)

    def swap_gain(self, out: str, new: str) -> int:
        """Give the change of the sum if `new` took the place of `out`, thousandths."""
        changes = moves.swap_changes(self._model, self._now, self._to_remove(out))
        return int(changes[self._to_add(new)])

    # --- Edits ----------------------------------------------------------------------------------

    def add(self, option: str) -> Figures:
        """Let an option stand."""
        return self._edit(-1, self._to_add(option))

    def remove(self, option: str) -> Figures:
        """Take an option away."""
        return self._edit(self._to_remove(option), -1)

    def swap(self, out: str, new: str) -> Figures:
        """Let `new` stand in the place of `out`; one edit to undo."""
        return self._edit(self._to_remove(out), self._to_add(new))

    def undo(self) -> Figures:
        """Take the last edit back (of at most 1,000).

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self._done:
            raise ValueError("there is no edit to undo")
        out, new = self._done.pop()
        self._undone.append((out, new))
        self._change(new, out)
        return self.figures()

    def redo(self) -> Figures:
        """Do again what was undone last.

        Raises
        ------
        ValueError
            If nothing was undone since the last edit.
        """
        if not self._undone:
            raise ValueError("there is no edit to do again")
        out, new = self._undone.pop()
        self._done.append((out, new))
        self._change(out, new)
        return self.figures()

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to do again."""
        return bool(self._undone)

    # --- Suggestions ----------------------------------------------------------------------------

    def suggest_next(self, *, for_each_yuan: bool = False) -> str | None:
        """Name the option to add next; None: none helps.

        Only options that are not forbidden and make no limit worse. While something that must be is
        missing (a quota, a floor), the one that mends most of it; else the one that gains most, in
        all or for each yuan. Ties go to the greater gain, then to the smallest id.
        """
        model, now = self._model, self._now
        score = now.step.astype(np.float64)
        if for_each_yuan:
            score /= np.maximum(1, model.cost)
        mends = self._mends()
        may_come = ~now.chosen & ~self.problem.forbidden & ((now.step > 0) | (mends > 0))
        open_to = np.flatnonzero(may_come)
        order = open_to[np.lexsort((open_to, -score[open_to], -mends[open_to]))]
        best = moves.first_within(model, now, order)
        return None if best < 0 else self.problem.options[best]

    def best_swap(self) -> SwapFound | None:
        """Find the exchange of two options that adds most, over all pairs; None: none adds.

        Only exchanges that make no limit worse; locked options stay, forbidden ones stay out. Ties
        go to the smallest ids.
        """
        outs = np.flatnonzero(self._now.chosen & ~self.problem.locked)
        out, new, adds = moves.best_swap(self._model, self._now, outs, ~self.problem.forbidden)
        if out < 0:
            return None
        ids = self.problem.options
        return SwapFound(out=ids[out], new=ids[new], adds_milli=int(adds))

    def _mends(self) -> NDArray[np.float64]:
        """Give how much of what is missing each option mends: shares of the missing, added up."""
        model, now = self._model, self._now
        mends = np.zeros(len(now.step))
        missing = np.maximum(0, model.least - now.used)
        for limit in np.flatnonzero(missing):
            weights = self._table.weights[[limit]].toarray()[0]
            mends += np.minimum(weights, missing[limit]) / missing[limit]
        lacking = np.maximum(0, model.floor_least - now.met)
        for floor in np.flatnonzero(lacking):
            gains = moves.floor_gains(model, now, int(floor))
            mends += np.minimum(gains, lacking[floor]) / lacking[floor]
        return mends

    # --- Inside ---------------------------------------------------------------------------------

    def _spared_milli(self) -> int:
        """Give the prices of the shortfalls that what stands spares; they are no demand."""
        prices = slice(len(self._now.times) - self.problem.priced_rows, None)
        return int(self.problem.value_milli[prices][self._now.times[prices] > 0].sum())

    def _stand_alone(self) -> None:
        """Let go of what a copy shares with its original, but for what never changes."""
        self._now = moves.copied(self._now)
        self._done, self._undone = deque(maxlen=_MOST_UNDOS), []

    def _edit(self, out: int, new: int) -> Figures:
        self._change(out, new)
        self._done.append((out, new))
        self._undone.clear()
        return self.figures()

    def _change(self, out: int, new: int) -> None:
        if out >= 0:
            moves.remove(self._model, self._now, out)
        if new >= 0:
            moves.add(self._model, self._now, new)

    def _at(self, option: str) -> int:
        if option not in self._place:
            raise ValueError(f"option must be one of the problem's, got {option!r}")
        return self._place[option]

    def _to_add(self, option: str) -> int:
        place = self._at(option)
        if self._now.chosen[place]:
            raise ValueError(f"option {option!r} stands already")
        return place

    def _to_remove(self, option: str) -> int:
        place = self._at(option)
        if not self._now.chosen[place]:
            raise ValueError(f"option {option!r} does not stand")
        return place

    def _by_id(self, which: NDArray[np.bool_], values: NDArray[np.int64]) -> dict[str, int]:
        ids = self.problem.options
        places = np.flatnonzero(which)
        return {ids[k]: v for k, v in zip(places, values[places].tolist(), strict=True)}
