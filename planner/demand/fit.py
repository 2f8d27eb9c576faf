"""Counts and features of areas -> a fitted model of people, with its error in areas not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from planner.demand.fit_models import (
    MODELS,
    Areas,
    Fitting,
    Model,
    mean_density,
    one_thread,
    per_unit,
)
from planner.demand.folds import spatial_folds
from planner.language import Message, note

__all__ = ["AREA", "LEAST_AREAS", "Fit", "fit_counts", "misplaced_share"]

AREA = "km2"
"""The name of the feature that is the size of the area; with it, densities are fitted."""
LEAST_AREAS = 12
"""With fewer there is no fold of at least four areas, in three."""
_MANY_AREAS = 30
_FEW_FOLDS, _MANY_FOLDS = 3, 5
_BOOSTED_FROM = 60
"""With fewer areas a tree hardly finds a leaf (at least 20 areas each)."""
_REPEATS = 3
"""How many ways the plane is cut into folds."""
_SURE = 0.95
"""How sure it must be that the model is nearer to the counts than the mean."""
_FLOOR_SHARE = 1e-3
"""Of the mean density: where a model says less, its deviance is taken for this much."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A model of the people in an area, and how far it is off in areas that it has not seen."""

    model: str
    """"poisson" or "boosted"; "mean" where nothing could be fitted."""
    error: float
    """Share of the workers that are put in the wrong area, in areas that the model has not seen, 0
    to 1; NaN where nothing was tested."""
    error_mean: float
    """The same when workers are spread by the size of areas alone (evenly over areas where
    no feature is named `AREA`)."""
    error_rates: float
    """The same by the stated rates; NaN where none are given or they give nobody."""
    deviance: float
    """Mean Poisson deviance of an area that the model has not seen; NaN where nothing was
    tested."""
    deviance_mean: float
    """The same of the mean."""
    better: bool
    """Whether the model is clearly nearer to the counts than the mean, and than stated rates."""
    folds: int
    """Parts of the plane, each predicted from the others; 0 where nothing was tested."""
    areas: int
    told: Message
    """The whole as one sentence for the user."""
    _model: Model = field(repr=False)
    _reading: "_Reading" = field(repr=False)

    def predict(self, features: Floats) -> Floats:
        """Give the people of areas with these features.

        Parameters
        ----------
        features
            The same columns as were fitted, in the same units, finite and at least 0, shape (n, f).
            With a column `AREA` the areas may have any size, and one of size 0 holds nobody;
            without it they are taken to be as large as those counted.

        Returns
        -------
        numpy.ndarray
            People, finite and at least 0, shape (n,). Over the areas that were fitted they add up
            to those counted.

        Raises
        ------
        ValueError
            If the columns are not as many, or a value is negative or not finite.
        """
        there, areas = self._reading.areas(_checked(features, "features"))
        people = np.zeros(len(there))
        if there.any():
            with one_thread():
                people[there] = self._model(areas)
        return people


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a table of features becomes densities."""

    width: int
    """Columns of the table."""
    size: int | None
    """The column that is the size of the area; None: all areas are alike."""
    others: NDArray[np.int64]
    """The other columns, by name."""
    mean_size: float
    mean_density: Floats
    """Of the other columns, for each unit of `mean_size`."""

    @staticmethod
    def of(features: Floats, names: Sequence[str]) -> "_Reading":
        """Read the means from the counted areas."""
        size = list(names).index(AREA) if AREA in names else None
        by_name = sorted(range(len(names)), key=lambda column: names[column])
        others = np.array([column for column in by_name if column != size], np.int64)
        sizes = np.ones(len(features)) if size is None else features[:, size]
        mean_size = float(sizes.mean())
        total = (sizes / mean_size).sum()
        return _Reading(
            features.shape[1], size, others, mean_size, features[:, others].sum(axis=0) / total
        )

    def areas(self, features: Floats) -> tuple[NDArray[np.bool_], Areas]:
        """Give which rows have a size, and what there is in them."""
        if features.ndim != 2 or features.shape[1] != self.width:  # noqa: PLR2004 a table
            raise ValueError(f"features must have {self.width} columns, got {features.shape}")
        sizes = np.ones(len(features)) if self.size is None else features[:, self.size]
        size = sizes / self.mean_size
        there = size > 0
        others = features[there][:, self.others]
        return there, Areas(per_unit(others, size[there], self.mean_density), size[there])


@dataclass(frozen=True, slots=True)
class _Case:
    """The checked arguments, areas in an order that does not depend on that given."""

    areas: Areas
    counts: Floats
    xy: Floats
    reading: _Reading
    by_rates: Floats
    """People by the stated rates, shape (a,); all 0 where none are stated."""


@dataclass(frozen=True, slots=True)
class _Tested:
    """What one cut of the plane showed; people as told for areas left out, shape (a,)."""

    fold: NDArray[np.int64]
    fitted: Floats
    """By the model that is chosen without the fold."""
    mean: Floats
    ways: Floats
    """By each way to fit, shape (w ways, a)."""


def fit_counts(
    features: Floats,
    counts: Floats,
    xy: Floats,
    *,
    names: Sequence[str],
    rates: Floats | None,
    seed: int = 0,
) -> Fit:
    """Fit people to what there is in their area, and test it on areas that it has not seen.

    Parameters
    ----------
    features
        What there is in each counted area (units of POI, hectares, kilometres ...), finite and at
        least 0, shape (a areas, f).
    counts
        People counted in each area, finite and at least 0, shape (a,).
    xy
        A point of each area, metres in a plane, shape (a, 2).
    names
        Of the features, all different. One named `AREA` is the size of the area: then densities
        are fitted, and the mean that the model must beat is a constant density.
    rates
        People for each unit of each feature, finite and at least 0, shape (f,); None: none stated.
    seed
        For the cuts of the plane; same areas, in any order, and seed: same model.

    Returns
    -------
    Fit
        Of Poisson regressions and boosted trees the one that is nearest in areas left out. The
        choice itself is made again for each fold without looking at it, so that the error is that
        of the whole procedure. Fewer than `LEAST_AREAS` areas, nobody counted, or features
        that are the same everywhere: nothing is fitted, `better` is false and `predict` tells the
        mean.

    Raises
    ------
    ValueError
        If shapes do not agree, a name occurs twice, a value is negative or not finite, or an area
        has size 0.

    Notes
    -----
    `better` asks that the fitted model puts fewer workers in the wrong area than the mean does, by
    a corrected t-test over folds and cuts (Nadeau and Bengio 2003, Inference for the generalization
    error, Machine Learning 52, 239-281), that its Poisson deviance is below that of the mean, and
    that by the same test stated rates put more in the wrong area. How the models were chosen:
    docs/decisions/0012-fitted-model.md.
    """
    case = _case(features, counts, xy, names, rates)
    why_not = _why_not(case)
    if why_not is not None:
        return _not_fitted(case, why_not)
    folds = _FEW_FOLDS if len(case.counts) < _MANY_AREAS else _MANY_FOLDS
    ways = [
        (name, way)
        for name, fittings in MODELS.items()
        for way in fittings
        if name != "boosted" or len(case.counts) >= _BOOSTED_FROM
    ]
    with one_thread():
        tested = [
            _test(case, [way for _, way in ways], folds, seed + repeat)
            for repeat in range(_REPEATS)
        ]
        off = [np.mean([_deviance(case, t.ways[w]) for t in tested]) for w in range(len(ways))]
        name, way = ways[int(np.argmin(off))]
        model = _keeping_total(_fit(way, case.areas, case.counts, seed), case)
    return _judged(case, name, model, tested)


def misplaced_share(told: Floats, counts: Floats) -> float:
    """Give the share of workers that are told in the wrong area, with the same total; 0 to 1.

    Half of the sum of absolute differences: a worker put in the wrong area is one too many there
    and one too few where they are. NaN where nobody is counted or told.

    Examples
    --------
    >>> misplaced_share(np.array([1.0, 1.0]), np.array([30.0, 10.0]))
    0.25
    """
    return float(np.abs(_off(told, counts)).sum() / 2)


def _off(told: Floats, counts: Floats) -> Floats:
    """Give by how much the share of each area is told wrong."""
    if told.sum() <= 0 or counts.sum() <= 0:
        return np.full(len(counts), np.nan)
    off: Floats = told / told.sum() - counts / counts.sum()
    return off


def _case(
    features: Floats, counts: Floats, xy: Floats, names: Sequence[str], rates: Floats | None
) -> _Case:
    """Check the arguments and put the areas into one order."""
    features, counts = _checked(features, "features"), _checked(counts, "counts")
    xy = np.asarray(xy, np.float64)
    if features.ndim != 2 or features.shape[1] != len(names):  # noqa: PLR2004 a table
        raise ValueError(f"features must have {len(names)} columns, got shape {features.shape}")
    if counts.shape != (len(features),) or xy.shape != (len(features), 2):
        raise ValueError(
            f"counts and xy must have one row for each of {len(features)} areas, got "
            f"{counts.shape} and {xy.shape}"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"names must be different, got {list(names)}")
    if not np.isfinite(xy).all() or not np.isfinite(counts.sum()):
        raise ValueError("xy must be finite, and so must the sum of counts")
    if AREA in names and (features[:, list(names).index(AREA)] <= 0).any():
        raise ValueError(f"features named {AREA!r} must be above 0 in every counted area")
    stated = np.zeros(len(names)) if rates is None else _checked(rates, "rates")
    if stated.shape != (len(names),):
        raise ValueError(f"rates must be one for each of {len(names)} names, got {stated.shape}")
    order = np.lexsort((*features.T, counts, *xy.T))
    features = features[order]
    reading = _Reading.of(features, names)
    areas = reading.areas(features)[1]
    return _Case(areas, counts[order], xy[order], reading, features @ stated)


def _checked(values: Floats, name: str) -> Floats:
    values = np.asarray(values, np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError(f"{name} must be finite and at least 0")
    return values


def _why_not(case: _Case) -> Message | None:
    """Tell why nothing can be fitted; None where it can."""
    if len(case.counts) < LEAST_AREAS:
        return note(
            "Workers are counted in {areas} areas; a model is fitted from {least} areas on.",
            areas=len(case.counts),
            least=LEAST_AREAS,
        )
    if not case.counts.any():
        return note("Nobody is counted in any area, so no model is fitted.")
    if not np.ptp(case.areas.density, axis=0).any():
        return note("The features are equally dense in all counted areas, so no model is fitted.")
    return None


def _not_fitted(case: _Case, why: Message) -> Fit:
    nothing = float("nan")
    model = _keeping_total(mean_density(case.areas, case.counts), case)
    return Fit(
        model="mean",
        error=nothing,
        error_mean=nothing,
        error_rates=nothing,
        deviance=nothing,
        deviance_mean=nothing,
        better=False,
        folds=0,
        areas=len(case.counts),
        told=why,
        _model=model,
        _reading=case.reading,
    )


def _test(case: _Case, ways: Sequence[Fitting], folds: int, seed: int) -> _Tested:
    """Tell each fold from the others, by a way that is chosen among the others in the same manner.

    Models that leave two folds out serve twice: to choose the way for the one by how they tell the
    other.
    """
    fold = spatial_folds(case.xy, folds=folds, seed=seed)
    alone = np.zeros((len(ways), len(fold)))
    beside = np.zeros((folds, len(ways), len(fold)))
    mean = np.zeros(len(fold))
    for first in range(folds):
        for second in range(first, folds):
            seen = (fold != first) & (fold != second)
            for number, way in enumerate(ways):
                told = _fit(way, case.areas[seen], case.counts[seen], seed)(case.areas[~seen])
                if first == second:
                    alone[number, ~seen] = told
                else:
                    _keep_both(beside[:, number], fold, (first, second), told)
        seen = fold != first
        mean[~seen] = mean_density(case.areas[seen], case.counts[seen])(case.areas[~seen])
    fitted = np.zeros(len(fold))
    for left_out in range(folds):
        others = fold != left_out
        off = [_deviance(case, beside[left_out, way], others) for way in range(len(ways))]
        fitted[~others] = alone[int(np.argmin(off)), ~others]
    return _Tested(fold, fitted, mean, alone)


def _keep_both(
    beside: Floats, fold: NDArray[np.int64], left_out: tuple[int, int], told: Floats
) -> None:
    """Keep in row i what is told for the areas of fold j, and in row j for those of i."""
    first, second = left_out
    of_told = fold[(fold == first) | (fold == second)]
    beside[first, fold == second] = told[of_told == second]
    beside[second, fold == first] = told[of_told == first]


def _fit(way: Fitting, areas: Areas, counts: Floats, seed: int) -> Model:
    # A logarithm of no people is nothing that could be fitted.
    return way(areas, counts, seed=seed) if counts.any() else mean_density(areas, counts)


def _keeping_total(model: Model, case: _Case) -> Model:
    """Scale a model so that the people of the counted areas add up to those counted."""
    told = float(model(case.areas).sum())
    factor = float(case.counts.sum()) / told if told > 0 else 1.0
    return lambda areas: factor * model(areas)


def _deviance(case: _Case, told: Floats, wanted: NDArray[np.bool_] | None = None) -> float:
    """Give the mean Poisson deviance of an area, over some areas or all."""
    among = np.ones(len(told), bool) if wanted is None else wanted
    counts, size = case.counts[among], case.areas.size[among]
    floor = _FLOOR_SHARE * float(case.counts.mean()) * size
    expected = np.maximum(told[among], floor)
    log_ratio = np.log(np.where(counts > 0, counts, expected) / expected)
    return float(2 * (counts * log_ratio - counts + expected).mean())


def _judged(case: _Case, name: str, model: Model, tested: Sequence[_Tested]) -> Fit:
    counts = case.counts
    error = float(np.mean([misplaced_share(t.fitted, counts) for t in tested]))
    error_mean = float(np.mean([misplaced_share(t.mean, counts) for t in tested]))
    error_rates = misplaced_share(case.by_rates, counts)
    deviance = float(np.mean([_deviance(case, t.fitted) for t in tested]))
    deviance_mean = float(np.mean([_deviance(case, t.mean) for t in tested]))
    means = [t.mean for t in tested]
    nearer = deviance < deviance_mean and _clearly_nearer(counts, tested, means)
    stated = bool(case.by_rates.any())
    better = nearer and not (
        stated and not _clearly_nearer(counts, tested, [case.by_rates] * len(tested))
    )
    return Fit(
        model=name,
        error=error,
        error_mean=error_mean,
        error_rates=error_rates,
        deviance=deviance,
        deviance_mean=deviance_mean,
        better=better,
        folds=int(tested[0].fold.max()) + 1,
        areas=len(counts),
        told=_verdict(len(counts), (error, error_mean, error_rates), nearer=nearer, better=better),
        _model=model,
        _reading=case.reading,
    )


def _clearly_nearer(counts: Floats, tested: Sequence[_Tested], others: Sequence[Floats]) -> bool:
    """Test whether the model puts fewer workers in the wrong area than others, one a cut, do."""
    gain = []
    for cut, other in zip(tested, others, strict=True):
        by_area = np.abs(_off(other, counts)) - np.abs(_off(cut.fitted, counts))
        gain += [float(by_area[cut.fold == fold].sum()) for fold in np.unique(cut.fold)]
    folds = len(gain) / len(tested)
    # Folds of several cuts share their areas: the variance is that of the mean, and as much again
    # for each fold held against those it was told from.
    variance = float(np.var(gain, ddof=1)) * (1 / len(gain) + 1 / (folds - 1))
    return bool(np.mean(gain) > float(stdtrit(len(gain) - 1, _SURE)) * variance**0.5)


def _verdict(
    areas: int, errors: tuple[float, float, float], *, nearer: bool, better: bool
) -> Message:
    """Tell the errors (of the model, the mean, the rates) and what follows from them."""
    error, error_mean, error_rates = errors
    measured = note(
        "Fitted to {areas} counted areas: in areas not seen, {error:.0%} of the workers are put in "
        "the wrong area; by size of area alone {error_mean:.0%}.",
        areas=areas,
        error=error,
        error_mean=error_mean,
    )
    if np.isfinite(error_rates):
        measured = note(
            "{measured} Without a model, by the features and their rates, {error_rates:.0%}.",
            measured=measured,
            error_rates=error_rates,
        )
    if not nearer:
        return note("{measured} The model is not clearly better.", measured=measured)
    if not better:
        return note("{measured} The model is not clearly nearer than the rates.", measured=measured)
    return note("{measured} The model is better.", measured=measured)
