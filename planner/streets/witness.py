"""How near rows lie to the streets in each system -> which rows are surely in which system."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Verdict", "weigh"]

_SURE_NATS = 7.0  # of 2,400 files of places that were not laid out along streets, 4 came that far
_SURE_OF_ROW = 0.9
_FEWEST_ROWS = 5
_WHOLE_SHARE = 0.97
_ROUNDS = 300
_SHARPEST, _FLAT = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Rows that are in another system than declared."""

    state: int
    """Which system: a row of the ranks given to `weigh`, above 0."""
    share: float
    """Of all rows, 0 to 1."""
    likely: NDArray[np.intp]
    """Positions of the rows that are likelier in this system than in any other."""
    sure: NDArray[np.intp]
    """Positions of the rows that are so beyond doubt."""


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Rows drawn from systems: in its own one a rank u has density a * u**(a - 1), else 1."""

    shares: NDArray[np.float64]
    """Off the streets in any system, then each system."""
    sharpness: float
    log_likelihood: float


def weigh(ranks: NDArray[np.float64], witness: NDArray[np.bool_]) -> tuple[Verdict, ...]:
    """Find the systems other than the declared one that rows are surely in.

    Parameters
    ----------
    ranks
        How often chance brings a row this near to a street, above 0 to 1, shape (s systems, n
        rows); the declared system first, rows in the order of the file.
    witness
        Rows that count; the others are only judged by what these say, shape (n,).

    Returns
    -------
    tuple of Verdict
        Empty unless a mixture of systems, or runs of rows in another system (a part pasted in),
        explain the witnesses better than the declared system alone by more than chance would.

    Notes
    -----
    The mixture is fitted by expectation-maximisation; runs are found by the Viterbi path, on which
    each change of system costs the logarithm of the number of rows.
    """
    heard = ranks[:, witness]
    if heard.shape[1] < _FEWEST_ROWS:
        return ()
    declared = _fitted(heard[:1])
    mixed = _fitted(heard)
    path, run_gain = _runs(heard, mixed)
    scattered_gain = mixed.log_likelihood - declared.log_likelihood
    if max(run_gain, scattered_gain) < _SURE_NATS:
        return ()
    positions = np.flatnonzero(witness)
    if run_gain >= scattered_gain:
        return _from_runs(path, positions, witness.size)
    return _from_shares(ranks, mixed)


def _fitted(ranks: NDArray[np.float64]) -> _Mixture:
    """Fit shares and sharpness by expectation-maximisation."""
    states = len(ranks)
    shares, sharpness = np.full(states + 1, 1.0 / (states + 1)), 0.5
    surprise = -np.log(ranks)
    for _ in range(_ROUNDS):
        weighted = shares[:, None] * _density(ranks, sharpness)
        belongs = weighted / weighted.sum(axis=0)
        shares = belongs.mean(axis=1)
        spread = float((belongs[1:] * surprise).sum())
        there = float(belongs[1:].sum())
        sharpness = min(max(there / max(spread, 1e-9), _SHARPEST), _FLAT)
    likelihood = (shares[:, None] * _density(ranks, sharpness)).sum(axis=0)
    return _Mixture(shares, sharpness, float(np.log(likelihood).sum()))


def _density(ranks: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    """Give the density of each row off the streets, then in each system, shape (s + 1, n)."""
    return np.vstack([np.ones(ranks.shape[1]), sharpness * ranks ** (sharpness - 1)])


def _runs(ranks: NDArray[np.float64], mixture: _Mixture) -> tuple[NDArray[np.intp], float]:
    """Find the likeliest path of systems along the rows, and how much likelier it is than none."""
    off = mixture.shares[0]
    log_density = np.log(off + (1 - off) * _density(ranks, mixture.sharpness)[1:])
    states, rows = log_density.shape
    cost = np.log(max(rows, 2))
    score = log_density[:, 0] - cost * (np.arange(states) > 0)
    came_from = np.zeros((rows, states), dtype=np.intp)
    for row in range(1, rows):
        best = int(score.argmax())
        stays = score >= score[best] - cost
        came_from[row] = np.where(stays, np.arange(states), best)
        score = np.where(stays, score, score[best] - cost) + log_density[:, row]
    path = np.empty(rows, dtype=np.intp)
    path[-1] = score.argmax()
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path, float(score.max() - log_density[0].sum())


def _from_runs(
    path: NDArray[np.intp], positions: NDArray[np.intp], rows: int
) -> tuple[Verdict, ...]:
    """Take the rows along each run, those between two witnesses of it too."""
    nearest = np.clip(np.searchsorted(positions, np.arange(rows)), 0, len(positions) - 1)
    state_of_row = path[nearest]
    return _verdicts(
        (state, float((state_of_row == state).mean()), state_of_row == state, state_of_row == state)
        for state in np.unique(path).tolist()
    )


def _from_shares(ranks: NDArray[np.float64], mixture: _Mixture) -> tuple[Verdict, ...]:
    """Take each row by itself: the system in which it is likeliest."""
    weighted = mixture.shares[:, None] * _density(ranks, mixture.sharpness)
    belongs = weighted / weighted.sum(axis=0)
    likeliest = belongs.argmax(axis=0) - 1
    told = mixture.shares[1:] / max(float(mixture.shares[1:].sum()), 1e-9)
    return _verdicts(
        (state, share, likeliest == state, belongs[state + 1] >= _SURE_OF_ROW)
        for state, share in enumerate(told.tolist())
    )


def _verdicts(
    found: Iterable[tuple[int, float, NDArray[np.bool_], NDArray[np.bool_]]],
) -> tuple[Verdict, ...]:
    """Keep the systems other than the declared one that enough rows are in."""
    verdicts = []
    for state, share, likely, sure in found:
        if not state or likely.sum() < _FEWEST_ROWS:
            continue
        if share >= _WHOLE_SHARE:
            every = np.arange(len(likely))
            verdicts.append(Verdict(state, 1.0, every, every))
        else:
            verdicts.append(Verdict(state, share, np.flatnonzero(likely), np.flatnonzero(sure)))
    return tuple(verdicts)
