"""Features and counts of areas -> models that tell people from features."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["MODELS", "Areas", "Fitting", "Model", "mean_density", "one_thread", "per_unit"]

Floats = NDArray[np.float64]

_LARGEST = 1e12
"""No feature is taken to be more times its mean than this."""
_ROUNDS, _RATE, _LEAVES, _LEAST_IN_LEAF = 60, 0.05, 8, 20
"""Of boosting: few small steps, since counted areas are hundreds and not thousands (measured:
docs/decisions/0012-fitted-model.md)."""


@dataclass(frozen=True, slots=True)
class Areas:
    """What is known of a areas, all of it for each unit of their size."""

    density: Floats
    """Features for each unit of size, each as a multiple of its mean over the counted areas, shape
    (a, f)."""
    size: Floats
    """Above 0; mean 1 over the counted areas, shape (a,)."""

    def __getitem__(self, wanted: NDArray[np.bool_]) -> "Areas":
        """Give some of the areas."""
        return Areas(self.density[wanted], self.size[wanted])


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the libraries below to one thread.

    On arrays this small, threads that wait for one another cost far more than they save (two
    minutes in place of two seconds on a busy machine).
    """
    # Loading takes half a second, which only a fitted model should cost; it goes before the limit,
    # which holds for what is loaded.
    import sklearn.ensemble  # noqa: PLC0415
    import sklearn.linear_model  # noqa: F401, PLC0415
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    with threadpool_limits(limits=1):
        yield


class Model(Protocol):
    """People for each unit of size, from features."""

    def __call__(self, areas: Areas, /) -> Floats:
        """Give people in each area, at least 0, shape (a,)."""


class Fitting(Protocol):
    """A way to make a model."""

    def __call__(self, areas: Areas, counts: Floats, /, *, seed: int) -> Model:
        """Fit people in each area; `counts` has shape (a,), all at least 0, one of them above."""


def mean_density(areas: Areas, counts: Floats) -> Model:
    """Take people to be as dense everywhere as on the mean: spreading by area alone."""
    mean = float(counts.sum() / areas.size.sum())
    return lambda wanted: mean * wanted.size


@dataclass(frozen=True, slots=True)
class _Scale:
    """Brings features to logarithms of mean 0 and deviation 1, and holds them in the range seen."""

    low: Floats
    high: Floats
    middle: Floats
    spread: Floats

    @staticmethod
    def of(density: Floats) -> "_Scale":
        logs = np.log1p(density)
        spread = logs.std(axis=0)
        return _Scale(
            low=logs.min(axis=0),
            high=logs.max(axis=0),
            middle=logs.mean(axis=0),
            spread=np.where(spread > 0, spread, 1.0),
        )

    def __call__(self, density: Floats) -> Floats:
        logs = np.clip(np.log1p(density), self.low, self.high)
        scaled: Floats = (logs - self.middle) / self.spread
        return scaled


@dataclass(frozen=True, slots=True)
class _Poisson:
    """Poisson regression on logarithms of features; a log link, held back by a ridge."""

    ridge: float

    def __call__(self, areas: Areas, counts: Floats, *, seed: int) -> Model:
        del seed  # the best answer is one
        # Half a second that only a fitted model should cost.
        from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415

        scale = _Scale.of(areas.density)
        rate = counts / areas.size
        unit, densest = float(np.average(rate, weights=areas.size)), float(rate.max())
        regression = PoissonRegressor(alpha=self.ridge, max_iter=1000)
        regression.fit(scale(areas.density), rate / unit, sample_weight=areas.size)

        def people(wanted: Areas) -> Floats:
            told = unit * regression.predict(scale(wanted.density))
            # A log link runs away outside what it has seen: nowhere is denser than the densest.
            capped: Floats = wanted.size * np.minimum(told, densest)
            return capped

        return people


def poisson(ridge: float) -> Fitting:
    """Make a Poisson regression on log(1 + feature / its mean), with a ridge of this strength."""
    return _Poisson(ridge)


def boosted(areas: Areas, counts: Floats, *, seed: int) -> Model:
    """Fit small trees, one after the other, to what the earlier ones leave (Poisson loss)."""
    # Half a second that only a fitted model should cost.
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415

    rate = counts / areas.size
    unit = float(np.average(rate, weights=areas.size))
    trees = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=_RATE,
        max_iter=_ROUNDS,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=_LEAST_IN_LEAF,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    trees.fit(areas.density, rate / unit, sample_weight=areas.size)

    def people(wanted: Areas) -> Floats:
        told: Floats = unit * wanted.size * trees.predict(wanted.density)
        return told

    return people


MODELS: Mapping[str, tuple[Fitting, ...]] = {
    "poisson": (poisson(0.1), poisson(1.0), poisson(10.0)),
    "boosted": (boosted,),
}
"""The ways to fit by the name of the model; those of one name differ in how much they are held
back."""


def per_unit(features: Floats, size: Floats, mean: Floats) -> Floats:
    """Give features for each unit of size as multiples of their mean; at most `_LARGEST`."""
    with np.errstate(over="ignore"):
        density = features / np.where(mean > 0, mean, 1.0) / size[:, None]
    return np.minimum(density, _LARGEST)
