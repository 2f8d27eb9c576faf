"""Where areas lie -> folds of neighbours, so that a model is tested away from what it has seen."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["spatial_folds"]


def spatial_folds(
    xy: NDArray[np.float64], *, folds: int, seed: int, blocks: int = 2
) -> NDArray[np.int64]:
    """Deal areas out to folds by blocks of neighbours.

    Parameters
    ----------
    xy
        A point of each area, metres, shape (a, 2).
    folds
        How many, at least 2.
    seed
        Turns the plane before it is cut, so that another seed gives other blocks.
    blocks
        Of each fold, at least 1.

    Returns
    -------
    numpy.ndarray
        The fold of each area, 0 to `folds` - 1, shape (a,). The plane is halved again and again
        across the longer side of what is left until there are blocks enough, of nearly equal
        numbers of areas; each fold gets `blocks` of them, by chance. Points on a cut go by
        their other coordinate, then by their order.

    Raises
    ------
    ValueError
        If `folds` is below 2, `blocks` below 1, or there are fewer areas than blocks.

    References
    ----------
    D. R. Roberts et al. (2017), Cross-validation strategies for data with temporal, spatial,
    hierarchical, or phylogenetic structure, Ecography 40, 913-929.
    """
    if folds < 2 or blocks < 1 or len(xy) < folds * blocks:  # noqa: PLR2004 one fold is no test
        raise ValueError(
            f"folds must be at least 2, blocks at least 1 and both together at most {len(xy)} "
            f"blocks, got {folds} folds of {blocks} blocks"
        )
    chance = np.random.default_rng(seed)
    angle = chance.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    block = np.zeros(len(xy), np.int64)
    # Whole millimetres: equal places stay equal after the turn.
    _halve(np.round(xy @ turn, 3), np.arange(len(xy)), folds * blocks, block)
    return np.asarray(chance.permutation(np.repeat(np.arange(folds), blocks))[block])


def _halve(
    xy: NDArray[np.float64], members: NDArray[np.int64], blocks: int, block: NDArray[np.int64]
) -> None:
    """Add to the number of each member in `block` which of the `blocks` it lies in, from 0 on."""
    if blocks == 1:
        return
    across = int(np.argmax(np.ptp(xy[members], axis=0)))
    order = members[np.lexsort((xy[members, 1 - across], xy[members, across]))]
    low = blocks // 2
    cut = round(len(order) * low / blocks)
    block[order[cut:]] += low
    _halve(xy, order[:cut], low, block)
    _halve(xy, order[cut:], blocks - low, block)
