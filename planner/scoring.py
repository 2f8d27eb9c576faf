"""Coverage -> a score of each candidate, every part of it visible."""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from planner.coverage import Coverage, cells_near, of_cells
from planner.district.settings import ScoreWeights
from planner.language import Message, note

__all__ = ["SCORE_COLUMNS", "raw_criteria", "score_candidates"]

_MILLI_MINUTES_AN_HOUR = 60_000
_M2_A_KM2 = 1e6
_SMALLEST_SPACING_M = 1.0

SCORE_COLUMNS: Mapping[str, Message] = {
    "rank": note("Rank"),
    "score": note("Score, 0 to 1"),
    "newly_served_hours": note("Newly served, worker-hours a week"),
    "workers_km2": note("Workers in the catchment for each km²"),
    "nearest_m": note("Straight metres to the nearest station"),
    "overlap_share": note("Share of what it could serve that is served today"),
    "yuan_per_hour": note("Set-up yuan for each worker-hour newly served a week"),
    "open_hours_week": note("Hours open a week"),
    "newly_served_part": note("Newly served, scaled 0 to 1"),
    "worker_density_part": note("Worker density, scaled 0 to 1"),
    "distance_to_nearest_part": note("Distance to the nearest station, scaled 0 to 1"),
    "overlap_part": note("Little overlap, scaled 0 to 1"),
    "cost_per_hour_part": note("Little money for each worker-hour, scaled 0 to 1"),
    "hours_open_part": note("Hours open, scaled 0 to 1"),
}
"""What each column of `score_candidates` holds, for people."""

_RAW = {
    "newly_served": ("newly_served_hours", 1),
    "worker_density": ("workers_km2", 1),
    "distance_to_nearest": ("nearest_m", 1),
    "overlap": ("overlap_share", -1),
    "cost_per_hour": ("yuan_per_hour", -1),
    "hours_open": ("open_hours_week", 1),
}
"""Weight -> its raw criterion and whether more (1) or less (-1) of it is better."""


def score_candidates(
    coverage: Coverage, *, weights: ScoreWeights, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Rank candidates by a weighted sum of six criteria, each alone beside the stations of today.

    Raw criteria of a candidate k:

    - newly_served_hours: worker-hours a week that k serves and no station of today does;
    - workers_km2: for each group, its workers within reach of k over the area from which they come,
      summed over groups. The area is the convex hull of k and the cells in reach, widened all
      around by half the usual spacing of cells (median distance to the next cell), so that a single
      cell has an area too;
    - nearest_m: straight metres to the nearest station of today; NaN where there is none;
    - overlap_share: of the worker-hours that k could serve, the share that stations of today serve
      already; 1 where it could serve none;
    - yuan_per_hour: set-up yuan for each worker-hour a week newly served; NaN where there is none;
    - open_hours_week.

    A part is the raw value scaled over all candidates, (value - least) / (most - least), or
    (most - value) / (most - least) where less is better, so 1 is the best candidate and 0 the
    worst. Where all are equal the criterion tells nothing and each part is 0; a NaN has part 0. The
    score is the sum of the parts times the weights, which are scaled to a sum of 1. A part depends
    on which candidates are compared: a score says which is better here, not how good one is.

    Parameters
    ----------
    coverage
        Reach and service of every option; stations of today are the "keep" options.
    weights
        At least 0, not all 0.
    known
        What `raw_criteria` gave of some of the candidates, which were the same then; the others
        alone are computed. None: all are.

    Returns
    -------
    pandas.DataFrame
        Index option id of each candidate, best first, ties by id. Columns: those of
        `SCORE_COLUMNS`; rank counts from 1.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or all are 0.

    References
    ----------
    C. L. Hwang and K. Yoon (1981), Multiple Attribute Decision Making, Springer: simple additive
    weighting with linear scale transformation.
    J. Steiner (1840), Ueber parallele Flaechen: the area of a convex body widened by b is
    area + perimeter * b + pi * b**2.
    """
    shares = _scaled_weights(weights)
    table = coverage.options.table
    opens = table["measure"].to_numpy() == "open"
    candidates = sorted(map(str, table.index[opens]))
    today = table["measure"].to_numpy() == "keep"
    stations = sorted(map(str, table.index[today]))
    if known is None:
        raw = _raw(coverage, candidates, stations)
    else:
        fresh = _raw(coverage, sorted(set(candidates) - set(known.index)), stations)
        raw = pd.concat([known, fresh] if len(fresh) else [known]).loc[candidates]
        raw.index = pd.Index(candidates, dtype=object)
    parts = pd.DataFrame(
        {
            f"{name}_part": _part(raw[column].to_numpy(float), sign)
            for name, (column, sign) in _RAW.items()
        },
        index=raw.index,
    )
    score = sum(
        (share * parts[f"{name}_part"] for name, share in shares.items()),
        start=pd.Series(0.0, index=raw.index),
    )
    ranked = pd.concat([score.rename("score"), raw, parts], axis=1)
    # Equal to a billionth is equal: the last digit of a sum must not decide a rank.
    order = np.lexsort((np.arange(len(ranked)), -np.round(ranked["score"].to_numpy(), 9)))
    ranked = ranked.iloc[order]
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    return ranked[list(SCORE_COLUMNS)]


def raw_criteria(coverage: Coverage, *, without: Collection[str] = ()) -> pd.DataFrame:
    """Give the raw criteria of the candidates, but for some sites.

    Each is of its candidate and of the stations of today alone: other candidates do not matter.
    """
    table = coverage.options.table
    measure, site = table["measure"].to_numpy(), table["site"]
    opens = (measure == "open") & ~site.isin(list(without)).to_numpy()
    candidates = sorted(map(str, table.index[opens]))
    return _raw(coverage, candidates, sorted(map(str, table.index[measure == "keep"])))


def _scaled_weights(weights: ScoreWeights) -> dict[str, float]:
    given: dict[str, float] = asdict(weights)
    for name, weight in given.items():
        if not 0 <= weight < math.inf:
            raise ValueError(f"weight {name} must be at least 0 and finite, got {weight}")
    total = math.fsum(given.values())
    if not 0 < total < math.inf:
        raise ValueError("one weight at least must be above 0")
    return {name: weight / total for name, weight in given.items()}


def _part(raw: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """Scale to 0 (worst) to 1 (best); equal values and NaN get 0."""
    known = np.isfinite(raw)
    part = np.zeros(len(raw))
    if known.any():
        value = sign * raw[known]
        spread = value.max() - value.min()
        if spread > 0:
            part[known] = (value - value.min()) / spread
    return part


def _raw(coverage: Coverage, candidates: list[str], today: list[str]) -> pd.DataFrame:
    options = coverage.options.table.loc[candidates]
    newly = _served_hours(coverage, candidates, today)
    could = _served_hours(coverage, candidates, [])
    cost = options["cost_setup_yuan"].to_numpy(float)
    some, any_ = newly > 0, could > 0
    return pd.DataFrame(
        {
            "newly_served_hours": newly,
            "workers_km2": _workers_km2(coverage, candidates),
            "nearest_m": _nearest_m(coverage, candidates, today),
            "overlap_share": np.where(any_, 1 - newly / np.where(any_, could, 1.0), 1.0),
            "yuan_per_hour": np.where(some, cost / np.where(some, newly, 1.0), np.nan),
            "open_hours_week": [hours.open_minutes / 60 for hours in options["hours"]],
        },
        index=pd.Index(candidates, dtype=object),
    )


def _served_hours(
    coverage: Coverage, candidates: list[str], fixed: list[str]
) -> NDArray[np.float64]:
    """Sum what each candidate alone adds to fixed options, worker-hours a week, shape (n,)."""
    sites = set(coverage.options.table["site"].loc[candidates])
    rows = of_cells(coverage, cells_near(coverage, sites)).merged_rows(candidates, fixed=fixed)
    milli: NDArray[np.int64] = rows.serves.astype(np.int64) @ rows.value_milli
    return milli / _MILLI_MINUTES_AN_HOUR


def _plane(coverage: Coverage, options: list[str]) -> NDArray[np.float64]:
    sites = coverage.options.table["site"].loc[options]
    xy: NDArray[np.float64] = coverage.options.sites.loc[sites, ["x", "y"]].to_numpy(float)
    return xy


def _nearest_m(coverage: Coverage, candidates: list[str], today: list[str]) -> NDArray[np.float64]:
    if not today or not candidates:
        return np.full(len(candidates), np.nan)
    distance_m: NDArray[np.float64] = KDTree(_plane(coverage, today)).query(
        _plane(coverage, candidates)
    )[0]
    return distance_m


def _workers_km2(coverage: Coverage, candidates: list[str]) -> NDArray[np.float64]:
    """Sum over groups the workers within reach over the area of their catchment, shape (n,)."""
    xy = coverage.demand.cells[["x", "y"]].to_numpy(float)
    site_xy = _plane(coverage, candidates)
    sites = coverage.options.sites.index.get_indexer(
        pd.Index(coverage.options.table["site"].loc[candidates].to_numpy())
    )
    widened_m = _spacing_m(xy) / 2
    density = np.zeros(len(candidates))
    areas: dict[int, NDArray[np.float64]] = {}
    for group, name in enumerate(coverage.demand.groups):
        reach = coverage.reach[name]
        if id(reach) not in areas:
            areas[id(reach)] = _areas_m2(reach[sites], xy, site_xy, widened_m)
        workers = reach[sites].astype(float) @ coverage.demand.workers[:, group]
        density += workers / areas[id(reach)] * _M2_A_KM2
    return density


def _spacing_m(xy: NDArray[np.float64]) -> float:
    """Median distance from a cell to the next one elsewhere; a metre at least."""
    places = np.unique(xy, axis=0)
    if len(places) < 2:  # noqa: PLR2004 - one place has no neighbour
        return _SMALLEST_SPACING_M
    distance_m = KDTree(places).query(places, k=2)[0][:, 1]
    return max(_SMALLEST_SPACING_M, float(np.median(distance_m)))


def _areas_m2(
    reach: csr_array, xy: NDArray[np.float64], site_xy: NDArray[np.float64], widened_m: float
) -> NDArray[np.float64]:
    """Measure the widened hull of each site and the cells in its reach, shape (n,)."""
    n = reach.shape[0]
    owner = np.concatenate([np.repeat(np.arange(n), np.diff(reach.indptr)), np.arange(n)])
    points = np.concatenate([xy[reach.indices], site_xy])
    order = np.argsort(owner, kind="stable")
    hulls = shapely.convex_hull(shapely.multipoints(points[order], indices=owner[order]))
    # The hull of places in a line is that line: gone round, it is passed twice.
    flat = shapely.get_type_id(hulls) != shapely.GeometryType.POLYGON
    around = np.where(flat, 2, 1) * shapely.length(hulls)
    area_m2: NDArray[np.float64] = shapely.area(hulls) + around * widened_m + math.pi * widened_m**2
    return area_m2
