"""A siting problem and phases -> one problem over pairs of option and phase.

An option in a phase is an option of its own: it serves from that phase on, and until then what it
replaces serves. So one search decides on all phases at once (dynamic or multi-period maximal
covering: D. A. Schilling 1980, Dynamic location modeling for public-sector facilities, Decision
Sciences 11, 714-724; G. O. Wesolowsky 1973, Dynamic facility location, Management Science 19,
1241-1248).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from planner.language import Message, note
from planner.siting.goals.objectives import join_limits
from planner.siting.goals.phases import Phased, Rollout, limits_where, phase_weights
from planner.siting.problem import (
    FEN_A_YUAN,
    UNLIMITED,
    About,
    CoverageFloors,
    LinearLimits,
    SitingProblem,
)

__all__ = ["expand_phases"]


def expand_phases(problem: SitingProblem, rollout: Rollout) -> Phased:
    """Say what is opened in which phase, for the most over all phases, each by its weight.

    - An option that is chosen in a phase serves from that phase on; a station that it upgrades or
      moves serves as it is until then. Stations that stay as they are do so from the first one on.
    - At most one option a site over all phases.
    - Money that a phase leaves over goes to the next; openings that it leaves over do not. A phase
      without a budget ends these limits: only the budget of the whole plan holds from then on.
    - Limits of the problem hold at the end of the last phase (rules of logic, levels and containers
      at the end of each); quotas of a phase from its end on.
    - In a phase that is done, its options are chosen and nothing else is.

    Parameters
    ----------
    problem
        What is asked at the end.
    rollout
        Phases, and what they need.
    """
    return _Expansion(problem, rollout).phased()


class _Expansion:
    """One expansion: which pairs there are, and each part of the problem over them."""

    def __init__(self, problem: SitingProblem, rollout: Rollout) -> None:
        phases, before = rollout.phases, rollout.before
        self.problem, self.phases, self.growth = problem, phases, rollout.growth
        self.quotas = rollout.quotas
        self.place = {option: k for k, option in enumerate(problem.options)}
        n = len(problem.options)
        self.before = np.full(n, -1, np.int64)
        for name, kept in before.items():
            if name in self.place and kept in self.place:
                self.before[self.place[name]] = self.place[kept]
        self.keeps = np.isin(np.array(problem.options, dtype=object), list(problem.keeps))
        self.clashes: list[Message] = []
        self.done = self._done()
        allowed = self._allowed()
        option, phase = (each.astype(np.int64) for each in np.nonzero(allowed))
        ids = [
            problem.options[k] if self.keeps[k] else f"{problem.options[k]} ({phases[t].id})"
            for k, t in zip(option.tolist(), phase.tolist(), strict=True)
        ]
        order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
        self.ids = tuple(ids[place] for place in order)
        self.option, self.phase = option[order], phase[order]

    def _done(self) -> NDArray[np.int64]:
        """Give the phase in which each option was chosen for good, -1: none; shape (n,)."""
        done = np.full(len(self.problem.options), -1, np.int64)
        for t, phase in enumerate(self.phases):
            for option in phase.done or ():
                if option not in self.place:
                    self.clashes.append(
                        note(
                            "{option} was chosen in phase {phase}, but can't be chosen any more.",
                            option=option,
                            phase=phase.id,
                        )
                    )
                    continue
                done[self.place[option]] = t
        return done

    def _allowed(self) -> NDArray[np.bool_]:
        """Say which option can be chosen in which phase, shape (n, t)."""
        count = len(self.phases)
        allowed = np.repeat(~self.problem.forbidden[:, None], count, axis=1)
        allowed[:, [phase.done is not None for phase in self.phases]] = False
        if self.growth is not None and self.growth.anything_today:
            allowed[~self.growth.near_today, 0] = False
        allowed[self.done >= 0] = False
        chosen = np.flatnonzero(self.done >= 0)
        allowed[chosen, self.done[chosen]] = True
        allowed[self.keeps] = False
        allowed[self.keeps & ~self.problem.forbidden, 0] = True
        return allowed

    def phased(self) -> Phased:
        """Put all parts together."""
        problem, option = self.problem, self.option
        weights = phase_weights(self.phases)
        all_weights = int(weights.sum())
        from_then = weights[::-1].cumsum()[::-1][self.phase]
        twice, worth = problem.twice_milli, problem.worth_milli
        aim = problem.aim
        locked = (self.done[option] >= 0) | (problem.locked[option] & self.keeps[option])
        expanded = replace(
            problem,
            options=self.ids,
            sites=tuple(problem.sites[k] for k in option),
            serves=self._serves(),
            value_milli=np.concatenate([problem.value_milli * weight for weight in weights]),
            twice_milli=None
            if twice is None
            else np.concatenate([twice * weight for weight in weights]),
            worth_milli=None if worth is None else worth[option] * from_then,
            base_milli=problem.base_milli * all_weights,
            total_milli=problem.total_milli * all_weights,
            cost_yuan=problem.cost_yuan[option],
            counts=problem.counts[option],
            locked=locked,
            forbidden=np.zeros(len(option), bool),
            too_close=self._too_close(),
            keeps=tuple(problem.options[k] for k in option if self.keeps[k]),
            excluded={},
            clashes=(*problem.clashes, *self.clashes),
            linear=join_limits(len(option), *self._limits()),
            floors=self._floors(),
            aim=replace(aim, offset=aim.offset * all_weights, scale=aim.scale * all_weights),
        )
        return Phased(problem=expanded, option=option, phase=self.phase)

    def _serves(self) -> csr_array:
        """Give the rows of each phase side by side, shape (m, phases x r)."""
        serves = csr_array(self.problem.serves, dtype=np.int8)
        blocks = [self._at(serves.T, u).T for u in range(len(self.phases))]
        wide = csr_array(hstack(blocks), dtype=np.int8)
        wide.sort_indices()
        return wide

    def _at(self, weights: csr_array, u: int) -> csr_array:
        """Turn weights of options, shape (q, n), into those of pairs at the end of a phase."""
        stands = self.phase <= u
        use = np.where(stands, self.option, self.before[self.option])
        n = weights.shape[1]
        pick = csr_array(
            (np.ones((use >= 0).sum(), weights.dtype), (use[use >= 0], np.flatnonzero(use >= 0))),
            shape=(n, len(use)),
        )
        return csr_array(weights @ pick)

    def _too_close(self) -> NDArray[np.int32]:
        """Pair all phases of each two options that are too close."""
        n, m = len(self.problem.options), len(self.option)
        pairs = self.problem.too_close
        near = csr_array((np.ones(len(pairs), np.int32), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
        mine = csr_array((np.ones(m, np.int32), (np.arange(m), self.option)), shape=(m, n))
        found = csr_array(mine @ near @ mine.T).tocoo()
        both = np.sort(np.stack(found.coords, axis=1), axis=1)
        return np.unique(both, axis=0).astype(np.int32).reshape(-1, 2)

    def _floors(self) -> CoverageFloors | None:
        """Let floors hold at the end of the last phase."""
        floors = self.problem.floors
        if floors is None:
            return None
        count, rows = len(floors.least), len(self.problem.value_milli)
        earlier = csr_array((count, rows * (len(self.phases) - 1)), dtype=np.int64)
        values = csr_array(hstack([earlier, floors.values]))
        return replace(floors, values=values)

    def _limits(self) -> list[LinearLimits | None]:
        last = len(self.phases) - 1
        always = limits_where(self.problem.linear, always=True)
        found = [self._linear_at(limits_where(self.problem.linear, always=False), last)]
        found += [self._linear_at(always, u) for u in range(last + 1)]
        for t, more in enumerate(self.quotas):
            found += [self._linear_at(more, u) for u in range(t, last + 1)]
        return [*found, self._locked(), self._counts(), self._money(), self._contiguous()]

    def _linear_at(self, limits: LinearLimits | None, u: int) -> LinearLimits | None:
        if limits is None:
            return None
        return replace(limits, weights=self._at(csr_array(limits.weights), u))

    def _locked(self) -> LinearLimits | None:
        """Choose each locked option in some phase."""
        locked = np.flatnonzero(self.problem.locked & ~self.keeps & (self.done < 0))
        names = [note("{option} is locked", option=self.problem.options[k]) for k in locked]
        return self._rows(
            [(np.equal(self.option, k), 1, UNLIMITED) for k in locked],
            [About(kind="locked", name=name) for name in names],
        )

    def _counts(self) -> LinearLimits | None:
        """Open at most so many in a phase."""
        rows, about = [], []
        for t, phase in enumerate(self.phases):
            if phase.count is not None and phase.done is None:
                mine = (self.phase == t) & self.problem.counts[self.option]
                rows.append((mine, -UNLIMITED, phase.count))
                name = note(
                    "at most {count} openings in phase {phase}", count=phase.count, phase=phase.id
                )
                about.append(About(kind="count", name=name, unit="stations"))
        return self._rows(rows, about)

    def _money(self) -> LinearLimits | None:
        """Spend no more by the end of a phase than all budgets up to it."""
        rows, about = [], []
        cost, sum_fen = self.problem.cost_fen[self.option], 0
        for t, phase in enumerate(self.phases):
            if phase.budget_yuan is None:
                break
            sum_fen += round(phase.budget_yuan * FEN_A_YUAN)
            rows.append((np.where(self.phase <= t, cost, 0), -UNLIMITED, sum_fen))
            name = note(
                "at most {money} yuan by the end of phase {phase}",
                money=f"{sum_fen / FEN_A_YUAN:,.0f}",
                phase=phase.id,
            )
            about.append(About(kind="money", name=name, scale=FEN_A_YUAN, unit="yuan"))
        return self._rows(rows, about)

    def _contiguous(self) -> LinearLimits | None:
        """Ask for an earlier station near each opening that has none of today near."""
        growth = self.growth
        if growth is None:
            return None
        n, m = len(self.problem.options), len(self.option)
        asks = ~growth.near_today[self.option] & (self.done[self.option] < 0)
        asks &= ~self.keeps[self.option]
        if not growth.anything_today:
            asks &= self.phase > 0
        asked = np.flatnonzero(asks)
        mine = csr_array((np.ones(m, np.int64), (np.arange(m), self.option)), shape=(m, n))
        beside = csr_array(mine[asked] @ csr_array(growth.near, dtype=np.int64) @ mine.T).tocoo()
        row, other = beside.coords
        earlier = self.phase[other] < self.phase[asked[row]]
        row, other = row[earlier], other[earlier]
        weights = csr_array(
            (
                np.concatenate([np.ones(len(row), np.int64), -np.ones(len(asked), np.int64)]),
                (
                    np.concatenate([row, np.arange(len(asked))]),
                    np.concatenate([other, asked]),
                ),
            ),
            shape=(len(asked), m),
        )
        name = note("each opening has an earlier station near")
        return LinearLimits(
            weights=weights,
            least=np.zeros(len(asked), np.int64),
            most=np.full(len(asked), UNLIMITED, np.int64),
            about=(About(kind="contiguous", name=name),) * len(asked),
        )

    def _rows(
        self, rows: Sequence[tuple[NDArray[np.generic], int, int]], about: Sequence[About]
    ) -> LinearLimits | None:
        """Write limits of (weight of each pair, least, most)."""
        if not rows:
            return None
        return LinearLimits(
            weights=csr_array(np.stack([weight for weight, _, _ in rows]).astype(np.int64)),
            least=np.array([least for _, least, _ in rows], np.int64),
            most=np.array([most for _, _, most in rows], np.int64),
            about=tuple(about),
        )
