"""People of an area over its squares: off by even area, by streets, a model, records of others.

    python benchmarks/allocation.py [--cuts 4] [--cell-m 250] [--areas-m 1000 2000]

The truth is where one half of the taxis of Shenzhen was; each area's total is known. The other half
is what records can tell. "error" is the root of the summed squared errors of the squares, as a
share of the root of the summed squares of what is told: the relative standard error of a square,
larger squares counting more. The truth is itself a sample of 90 drivers: the last column takes off
half of the squared difference between the two halves, as sampling alone would give. The fitted
model learns from totals of whole areas over all drivers, the half that is the truth among them; a
district whose own totals are known is in the same place. It never sees how an area divides.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from real_areas import (
    DATA,
    Drivers,
    Squares,
    counted_shenzhen,
    cut_squares,
    driver_hours,
    futian_area,
    futian_streets,
    shenzhen_area,
)

from planner.demand.fit import fit_counts

__all__ = ["Errors", "errors_of", "main"]

_LEAST_HOURS = 1.0
"""An area counts where each half of the drivers spent more than this."""
_LEAST_SHARE = 0.02
_STEPS = (0.1, 0.3, 1.0, 3.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How far one way of spreading is off; means over the cuts."""

    misplaced: float
    """Share of people in the wrong square of their area."""
    relative: float
    without_sampling: float
    by_people: Mapping[float, float]
    """Relative error of squares with more people told than this, up to the next."""


def errors_of(
    squares: Squares, drivers: Drivers, weights: Mapping[str, Floats], *, area_m: float, cuts: int
) -> dict[str, Errors]:
    """Spread each area's total by each weight, and by the other half of the drivers ("records").

    Parameters
    ----------
    weights
        Of each square, shape (n,), by the name of the way.
    area_m
        Side of the square areas.
    cuts
        How many ways to halve the drivers; each half is the truth once.
    """
    _, area = np.unique(np.floor(squares.centre / area_m), axis=0, return_inverse=True)
    found: dict[str, list[tuple[Floats, Floats, Floats]]] = {}
    for truth, others in _halves(squares, drivers, cuts):
        total, seen = np.bincount(area, truth)[area], np.bincount(area, others)[area]
        known = (total > _LEAST_HOURS) & (seen > _LEAST_HOURS)
        for weight in weights.values():
            known &= np.bincount(area, weight)[area] > 0
        sampled = _shared(others, area, total)
        for name, weight in {**weights, "records": others}.items():
            told = _shared(weight, area, total)
            off = (told[known], truth[known], sampled[known])
            found.setdefault(name, []).append(off)
    return {name: _errors(cases) for name, cases in found.items()}


def _halves(squares: Squares, drivers: Drivers, cuts: int) -> Iterator[tuple[Floats, Floats]]:
    """Give the hours in each square of one half of the drivers and of the other, both ways."""
    numbers = np.unique(drivers.vehicle)
    for seed in range(cuts):
        chosen = np.random.default_rng(seed).permutation(numbers)[: len(numbers) // 2]
        mine = np.isin(drivers.vehicle, chosen)
        one, other = (squares.sums(drivers.xy[half], drivers.hours[half]) for half in (mine, ~mine))
        yield one, other
        yield other, one


def _shared(weight: Floats, area: NDArray[np.intp], total: NDArray[Any]) -> Floats:
    of_area = np.bincount(area, weight)[area]
    return total * weight / np.where(of_area > 0, of_area, 1.0)


def _errors(cases: Sequence[tuple[Floats, Floats, Floats]]) -> Errors:
    told, truth, sampled = (np.concatenate(part) for part in zip(*cases, strict=True))
    squared, sampling = (told - truth) ** 2, (sampled - truth) ** 2 / 2
    by_people = {}
    for low, high in zip(_STEPS, (*_STEPS[1:], np.inf), strict=True):
        mine = (told > low) & (told <= high)
        if mine.any():
            by_people[low] = _root(squared[mine], told[mine])
    return Errors(
        misplaced=float(np.abs(told - truth).sum() / 2 / truth.sum()),
        relative=_root(squared, told),
        without_sampling=_root(squared - sampling, told),
        by_people=by_people,
    )


def _root(squared: Floats, told: Floats) -> float:
    return float(np.sqrt(max(0.0, squared.sum()) / (told**2).sum()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the errors of each way; 1 where the real data are not here."""
    asked = _read_arguments(arguments)
    if not DATA.is_dir():
        print("The real data are not beside the project; nothing is measured.")
        return 1
    drivers = driver_hours()
    middle, km, highway = futian_streets()
    main_street = np.isin(highway, ["trunk", "primary", "secondary", "tertiary"])
    for name, region in (("Futian", futian_area(middle)), ("Shenzhen", shenzhen_area())):
        squares = cut_squares(shapely.make_valid(region), asked.cell_m, least_share=_LEAST_SHARE)
        weights = {"even area": squares.km2}
        if name == "Futian":
            weights["streets"] = squares.sums(middle, km)
            weights["main streets"] = squares.sums(middle[main_street], km[main_street])
        for area_m in asked.areas_m:
            if name == "Shenzhen":
                weights["fitted model"] = _fitted(area_m, asked.cell_m)
            found = errors_of(squares, drivers, weights, area_m=area_m, cuts=asked.cuts)
            print(f"\n{name}: squares of {asked.cell_m:g} m in areas of {area_m:g} m")
            _print(found)
    return 0


def _fitted(area_m: float, cell_m: float) -> Floats:
    """Fit the counts of whole areas (of all drivers) and ask the model about their squares."""
    areas = counted_shenzhen(area_m)
    fit = fit_counts(areas.features, areas.counts, areas.xy, names=areas.names, rates=None)
    return fit.predict(counted_shenzhen(cell_m, least_share=_LEAST_SHARE).features)


def _print(found: Mapping[str, Errors]) -> None:
    steps = " ".join(f">{low:g} people".rjust(12) for low in _STEPS)
    print(f"  {'by':<13} {'misplaced':>9} {'error':>6} {'without sampling':>17} {steps}")
    for name, errors in found.items():
        by_people = " ".join(
            (f"{errors.by_people[low]:.2f}" if low in errors.by_people else "-").rjust(12)
            for low in _STEPS
        )
        print(
            f"  {name:<13} {errors.misplaced:>9.2f} {errors.relative:>6.2f} "
            f"{errors.without_sampling:>17.2f} {by_people}"
        )


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cuts", type=int, default=4, help="ways to halve the drivers")
    parser.add_argument("--cell-m", type=float, default=250.0)
    parser.add_argument("--areas-m", type=float, nargs="+", default=[1000.0, 2000.0])
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
