"""Patterns of several sources -> one set of weights: how people of a group lie over cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hourly", "Mixture", "Pattern", "mix_patterns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hourly:
    """A pattern by the hour: 0-23 of a weekday, then of a weekend day."""

    values: NDArray[np.float32]
    """By square, shape (k, 48)."""
    at: NDArray[np.int64]
    """Square of each cell among those of `values`, -1 for none, shape (n,)."""
    within: NDArray[np.float64]
    """Share of the square that falls to each cell, shape (n,)."""

    def value(self, hour: int) -> NDArray[np.float64]:
        """Give the pattern of an hour over the cells, shape (n,)."""
        of_square = np.append(self.values[:, hour].astype(np.float64), 0.0)
        return np.asarray(of_square[self.at] * self.within, dtype=np.float64)

    def taken(self, cells: NDArray[np.int64]) -> "Hourly":
        """Give the pattern of some cells."""
        return Hourly(values=self.values, at=self.at[cells], within=self.within[cells])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Where one source says that people of a group are, over n cells."""

    kind: str
    """"survey", "points", "pings", "proxies" or "fitted"."""
    sources: tuple[int, ...]
    """Positions of the sources that it is from."""
    trust: float
    error: float
    """Standard error of a share of it that stands for much evidence, as a share of that."""
    value: NDArray[np.float64]
    """To any scale, at least 0, shape (n,)."""
    records: NDArray[np.float64]
    """Records behind each value; infinite where it is no count of records, shape (n,)."""
    hourly: Hourly | None = None

    def taken(self, cells: NDArray[np.int64]) -> "Pattern":
        """Give the pattern of some cells."""
        return Pattern(
            kind=self.kind,
            sources=self.sources,
            trust=self.trust,
            error=self.error,
            value=self.value[cells],
            records=self.records[cells],
            hourly=None if self.hourly is None else self.hourly.taken(cells),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Weights of n cells that are the parts of p places, those of one place side by side."""

    patterns: tuple[Pattern, ...]
    base: NDArray[np.float64]
    """Weights where no pattern has anything in the place; above 0 somewhere in each place."""
    base_error: NDArray[np.float64]
    """Standard error of a share by the base, as a share of it, by place, shape (p,)."""
    starts: NDArray[np.int64]
    """Where each place begins, and the end of the last, shape (p + 1,)."""

    @property
    def by_hour(self) -> bool:
        """Whether the weights differ by the hour."""
        return any(pattern.hourly is not None for pattern in self.patterns)

    @property
    def place(self) -> NDArray[np.int64]:
        """Place of each cell, shape (n,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def weights(self, hour: int | None = None) -> NDArray[np.float64]:
        """Give the share of its place that each cell has, shape (n,); the shares of a place are 1.

        Parameters
        ----------
        hour
            0-23 of a weekday, 24-47 of a weekend day; None: over the week.
        """
        place, places = self.place, len(self.starts) - 1
        shares = [_shares(_value(p, hour, place, places), place, places) for p in self.patterns]
        total, trust = np.zeros(len(place)), np.zeros(places)
        for pattern, share in zip(self.patterns, shares, strict=True):
            total += pattern.trust * share
            trust += pattern.trust * self._has(share)
        told = trust > 0
        mean = total / np.where(told, trust, 1.0)[place]
        return np.where(told[place], mean, _shares(self.base, place, places))

    def pattern_parts(self) -> NDArray[np.float64]:
        """Give how much of each place each pattern lays out, 0 to 1, shape (patterns, p)."""
        place, places = self.place, len(self.starts) - 1
        trust = np.array(
            [p.trust * self._has(_shares(p.value, place, places)) for p in self.patterns]
        ).reshape(len(self.patterns), places)
        whole = trust.sum(axis=0)
        return np.asarray(trust / np.where(whole > 0, whole, 1.0), dtype=np.float64)

    def errors(self) -> NDArray[np.float64]:
        """Give the standard error of the weight of each cell as a share of it, shape (n,).

        Each weight errs on its own by what its method usually errs, by what the patterns disagree,
        and by 1 / sqrt(records). Since the weights of a place add up to 1, what one has too much
        the others have too little; for shares w with errors e of their own, the share that
        is scaled to a sum of 1 has the squared error (1 - 2 w) e^2 + sum of w^2 e^2 of the place
        (the delta method). A place of one cell has none.
        """
        place, places = self.place, len(self.starts) - 1
        weight = self.weights()
        own = self._own_variance(weight, place, places)
        of_place = np.bincount(place, weight**2 * own, places)
        squared = (1 - 2 * weight) * own + of_place[place]
        return np.where(weight > 0, np.sqrt(np.maximum(squared, 0.0)), 0.0)

    def _own_variance(
        self, weight: NDArray[np.float64], place: NDArray[np.int64], places: int
    ) -> NDArray[np.float64]:
        """Give the squared error of each weight before the weights are scaled to a sum of 1."""
        parts = self.pattern_parts()
        usual, apart, records = (np.zeros(len(place)) for _ in range(3))
        for pattern, part in zip(self.patterns, parts, strict=True):
            share = _shares(pattern.value, place, places)
            usual += part[place] * pattern.error**2
            apart += part[place] * (share - weight) ** 2
            records += np.where(share > 0, pattern.records, 0.0)
        told = weight > 0
        apart = np.divide(apart, weight**2, out=np.zeros(len(place)), where=told)
        few = np.divide(1.0, records, out=np.zeros(len(place)), where=records > 0)
        by_base = (parts.sum(axis=0) <= 0)[place]
        return np.where(by_base, self.base_error[place] ** 2, usual + apart + few)

    def _has(self, share: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell in which places a pattern has anything, shape (p,)."""
        return np.bincount(self.place, share, len(self.starts) - 1) > 0


def mix_patterns(
    patterns: Sequence[Pattern],
    cells: NDArray[np.int64],
    starts: NDArray[np.int64],
    *,
    base: NDArray[np.float64],
    base_error: NDArray[np.float64],
) -> Mixture:
    """Gather what patterns over all cells say of some, `base` being of these alone."""
    return Mixture(
        patterns=tuple(pattern.taken(cells) for pattern in patterns),
        base=base,
        base_error=base_error,
        starts=starts,
    )


def _value(
    pattern: Pattern, hour: int | None, place: NDArray[np.int64], places: int
) -> NDArray[np.float64]:
    """Give a pattern in an hour; where it has nothing in a place then, as over the week."""
    if hour is None or pattern.hourly is None:
        return pattern.value
    value = pattern.hourly.value(hour)
    silent = np.bincount(place, value, places) <= 0
    return np.where(silent[place], pattern.value, value)


def _shares(
    value: NDArray[np.float64], place: NDArray[np.int64], places: int
) -> NDArray[np.float64]:
    """Scale values to a sum of 1 in each place; 0 where there is nothing."""
    total = np.bincount(place, value, places)
    return value / np.where(total > 0, total, 1.0)[place]
