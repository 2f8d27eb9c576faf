"""A stream of customers, and sites with a radius -> rows: who serves what, and its value.

However many customers there are, only the sets of sites that serve somebody are kept: circles cut
the plane into faces, and all customers of a face count as one row.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.streaming import faces as plane

__all__ = ["Batch", "Faces", "merge_customers"]

_THREADS = 2
_MOST_DEMAND = 4 * 10**15
"""As of a siting problem."""


class Batch(NamedTuple):
    """Some of the customers."""

    x: NDArray[np.float64]
    """Shape (b,), in any unit of length."""
    y: NDArray[np.float64]
    demand: NDArray[np.int64]
    """Whole numbers, at least 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Customers merged by the set of sites that serve them."""

    serves: csr_array
    """Booleans, shape (n sites, r faces); every face is served by a site and has some demand."""
    value: NDArray[np.int64]
    """Demand of each face, shape (r,); the order depends on the sets of sites alone."""
    out_of_reach: int
    """Demand that no site serves."""
    customers: int
    """How many there were."""


def merge_customers(
    batches: Iterable[Batch],
    site_xy: NDArray[np.float64],
    radius: float | NDArray[np.float64],
) -> Faces:
    """Add up the demand of all customers that the same sites serve, without keeping them.

    A site serves the customers within its radius (straight, the radius itself still counts; squares
    of lengths are compared in floats). A grid tells at once for most customers which sites serve
    them; only in squares that a circle cuts are distances computed. Sets are known by the sum of
    two random 64-bit words of each site. The result does not depend on the batches or their order.

    Parameters
    ----------
    batches
        At most three are held at a time.
    site_xy
        Shape (n, 2), in the unit of the customers.
    radius
        Above 0; one for all sites, or one for each, shape (n,).

    Raises
    ------
    ValueError
        If a position, radius or demand is not finite or too small, or shapes do not fit.

    References
    ----------
    J.-F. Cordeau, F. Furini and I. Ljubic (2019), Benders decomposition for very large scale
    partial set covering and maximal covering location problems, European Journal of Operational
    Research 275, 882-896: customers that the same facilities cover count as one.
    """
    sites = _sites(np.asarray(site_xy, np.float64), radius)
    found = _Found(sites, plane.grid_of(sites))
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: set[Future[None]] = set()
        for batch in batches:
            if len(waiting) == _THREADS:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
            waiting.add(pool.submit(found.take, batch))
        for one in waiting:
            one.result()
    return found.faces()


class _Part:
    """What one thread has found."""

    def __init__(self, grid: plane.Grid) -> None:
        self.inside = np.zeros(grid.squares**2, np.int64)
        self.table = plane.empty_table(plane.FIRST_SETS)
        self.customers = self.demand = 0


class _Found:
    """What all threads have found; each has a part of its own."""

    def __init__(self, sites: plane.Sites, grid: plane.Grid) -> None:
        self.sites, self.grid = sites, grid
        self.own = threading.local()
        self.parts: list[_Part] = []

    def take(self, batch: Batch) -> None:
        """Add the customers of a batch to the part of this thread."""
        _check(batch)
        if not hasattr(self.own, "part"):
            self.own.part = _Part(self.grid)
            self.parts.append(self.own.part)
        part = self.own.part
        first = 0
        while first < len(batch.x):
            part.table = plane.with_room(part.table)
            first = plane.take(self.sites, self.grid, (*batch, first), part.inside, part.table)
        part.customers += len(batch.x)
        part.demand += int(batch.demand.sum())

    def faces(self) -> Faces:
        """Put the parts together."""
        demand = sum(part.demand for part in self.parts)
        if demand > _MOST_DEMAND:
            raise ValueError(f"demand must be at most {_MOST_DEMAND} in all, got {demand}")
        inside = np.zeros(self.grid.squares**2, np.int64)
        for part in self.parts:
            inside += part.inside
        tables = [part.table for part in self.parts]
        start, serving, value = plane.rows_of(self.sites, self.grid, inside, tables)
        by_face = csr_array(
            (np.ones(len(serving), bool), serving, start), shape=(len(value), len(self.sites.x))
        )
        return Faces(
            serves=csr_array(by_face.T),
            value=value,
            out_of_reach=demand - int(value.sum()),
            customers=sum(part.customers for part in self.parts),
        )


def _sites(xy: NDArray[np.float64], radius: float | NDArray[np.float64]) -> plane.Sites:
    if xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all():  # noqa: PLR2004 - x and y
        raise ValueError(f"site_xy must be finite and have shape (n, 2), got shape {xy.shape}")
    radii = np.asarray(radius, np.float64)
    if radii.ndim and radii.shape != (len(xy),):
        raise ValueError(f"radius must be one number or {len(xy)}, got shape {radii.shape}")
    if not ((radii > 0) & np.isfinite(radii)).all():
        raise ValueError("radius must be above 0 and finite")
    return plane.sites_of(xy, np.broadcast_to(radii, len(xy)).copy())


def _check(batch: Batch) -> None:
    x, y, demand = batch
    if not (x.ndim == y.ndim == demand.ndim == 1 and len(x) == len(y) == len(demand)):
        raise ValueError("x, y and demand of a batch must be of one length")
    if x.dtype != np.float64 or y.dtype != np.float64 or demand.dtype != np.int64:
        raise ValueError("x and y of a batch must be float64, demand int64")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("x and y must be finite")
    if len(demand) and not (demand.min() >= 0 and demand.max() <= _MOST_DEMAND // len(demand)):
        raise ValueError(f"demand must be from 0 to {_MOST_DEMAND} for a batch")
