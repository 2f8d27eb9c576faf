"""Half of the areas hidden: the fitted model beside spreading by area alone.

    python benchmarks/held_out.py [--cuts 10] [--square-m 2000] [--blocks 8] [--shuffles 20]

The areas are squares; blocks of neighbours are hidden together, so that hidden areas mostly lie
among hidden ones. The error is the share of workers put in the wrong area among those hidden, with
their total known. "told" is the error that the model itself tells from the areas that it saw.
Shuffled: the densities are dealt out to the areas by chance, so that there is nothing to find; a
model that calls itself better then is wrong.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from real_areas import DATA, Counted, counted_futian, counted_shenzhen, counted_xinwu

from planner.demand.fit import AREA, fit_counts, misplaced_share
from planner.demand.folds import spatial_folds

__all__ = ["HeldOut", "better_by_chance", "hold_out", "main"]

_FUTIAN_M, _XINWU_M = 500.0, 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Errors in the hidden half of one cut: shares of workers in the wrong area."""

    model: str
    used: bool
    """Whether the model called itself better than the mean."""
    told: float
    """What the model told of itself."""
    fitted: float
    by_area: float
    by_feature: float
    """By the one feature that is asked for."""
    hidden: int
    hidden_workers: float


def hold_out(counted: Counted, *, feature: str, seed: int, blocks: int = 8) -> HeldOut:
    """Fit on one half of the areas and hold the model against the other.

    Parameters
    ----------
    feature
        Spread by this one feature too.
    blocks
        In each half.
    """
    hidden = spatial_folds(counted.xy, folds=2, seed=seed, blocks=blocks) == 0
    seen = ~hidden
    fit = fit_counts(
        counted.features[seen],
        counted.counts[seen],
        counted.xy[seen],
        names=counted.names,
        rates=None,
        seed=seed,
    )
    features, counts = counted.features[hidden], counted.counts[hidden]
    return HeldOut(
        model=fit.model,
        used=fit.better,
        told=fit.error,
        fitted=misplaced_share(fit.predict(features), counts),
        by_area=misplaced_share(features[:, counted.names.index(AREA)], counts),
        by_feature=misplaced_share(features[:, counted.names.index(feature)], counts),
        hidden=int(hidden.sum()),
        hidden_workers=float(counts.sum()),
    )


def better_by_chance(counted: Counted, *, shuffles: int) -> int:
    """Count how often a model calls itself better where densities were dealt out by chance."""
    km2 = counted.features[:, counted.names.index(AREA)]
    called = 0
    for seed in range(shuffles):
        density = np.random.default_rng(seed).permutation(counted.counts / km2)
        fit = fit_counts(
            counted.features, density * km2, counted.xy, names=counted.names, rates=None, seed=seed
        )
        called += fit.better
    return called


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the errors of each case; 1 where the real data are not here."""
    asked = _read_arguments(arguments)
    if not DATA.is_dir():
        print("The real data are not beside the project; nothing is measured.")
        return 1
    cases = [
        (counted_shenzhen(asked.square_m), "emergency_shelters"),
        (counted_futian(_FUTIAN_M), "streets km"),
        (counted_xinwu(_XINWU_M), "streets km"),
    ]
    for counted, feature in cases:
        cuts = [
            hold_out(counted, feature=feature, seed=seed, blocks=asked.blocks)
            for seed in range(asked.cuts)
        ]
        _print(counted, feature, cuts)
        if asked.shuffles:
            called = better_by_chance(counted, shuffles=asked.shuffles)
            print(f"  shuffled: called itself better in {called} of {asked.shuffles} cases")
    return 0


def _print(counted: Counted, feature: str, cuts: Sequence[HeldOut]) -> None:
    print(
        f"\n{counted.name}: {len(counted.counts):,} areas, {counted.counts.sum():,.0f} counted, "
        f"{len(counted.names) - 1} features; {len(cuts)} cuts, {cuts[0].hidden:,} areas hidden"
    )
    print(f"  share of workers in the wrong area {'mean':>12} {'lowest':>7} {'highest':>7}")
    columns = {
        "fitted model": [cut.fitted for cut in cuts],
        "as the model told": [cut.told for cut in cuts],
        "by area alone": [cut.by_area for cut in cuts],
        f"by {feature} alone": [cut.by_feature for cut in cuts],
        "fitted where used, else area": [cut.fitted if cut.used else cut.by_area for cut in cuts],
    }
    for name, errors in columns.items():
        known = _known(errors)
        if len(known):
            print(f"  {name:<38} {known.mean():>8.3f} {known.min():>7.3f} {known.max():>7.3f}")
    nearer = sum(cut.fitted < cut.by_area for cut in cuts)
    models = ", ".join(sorted({cut.model for cut in cuts}))
    print(
        f"  the model ({models}) was nearer than area alone in {nearer} cuts, and called itself "
        f"better in {sum(cut.used for cut in cuts)}"
    )


def _known(errors: Sequence[float]) -> NDArray[np.float64]:
    values = np.array(errors, np.float64)
    return np.asarray(values[np.isfinite(values)])


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--square-m", type=float, default=2000.0, help="areas of Shenzhen")
    parser.add_argument("--blocks", type=int, default=8, help="of neighbours, in each half")
    parser.add_argument("--shuffles", type=int, default=20, help="cases with nothing to find")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
