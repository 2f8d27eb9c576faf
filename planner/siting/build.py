"""Coverage and limits -> the siting problem in arrays."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.coverage import Coverage
from planner.district.settings import Limits
from planner.language import Message, note
from planner.siting.problem import SitingProblem

__all__ = ["build_problem"]

_TOUCHING_M = 1e-6
"""Two sites count as exactly the minimum separation apart where they lack less than this."""


def build_problem(coverage: Coverage, limits: Limits) -> SitingProblem:
    """Turn coverage and limits into arrays.

    Existing stations stay, unless `may_close` names them: then keeping them is an option, free of
    cost and not counted. Every other option can be opened. Two sites must lie at least the minimum
    separation apart, in straight metres in the plane of the district, exactly that far being far
    enough; a candidate nearer to a station that stays is excluded, and existing stations among
    themselves are exempt.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    limits
        What a plan must keep to. Neither count nor budget: everything may be opened.

    Returns
    -------
    SitingProblem
        Options sorted by id, so that the order of the input never changes a plan. `clashes` names
        each locked site that lies too near to a station that stays.

    Raises
    ------
    ValueError
        If a limit is out of range, names a site that is not there, or contradicts another: locked
        and forbidden, to be closed though it is a venue, forbidden though it is a station that
        stays.
    """
    _check_numbers(limits)
    table = coverage.options.table
    existing = _existing(coverage)
    _check_names(limits, coverage.options.sites.index, set(table["site"][existing]))
    free = set(limits.may_close)
    stays = existing & ~table["site"].isin(free).to_numpy()
    usual = table["measure"].isin(["keep", "open"]).to_numpy()
    options = sorted(map(str, table.index[usual & ~stays]))
    there = table.loc[options]
    keeps = there["measure"].to_numpy() == "keep"
    locked = there["site"].isin(limits.lock).to_numpy()
    forbidden = there["site"].isin(limits.forbid).to_numpy()
    standing = table.loc[sorted(map(str, table.index[stays]))]
    pairs, near = _too_close(coverage, limits, there, standing)
    clashes = tuple(
        note("{site} is locked, but {reason}", site=options[k], reason=near[k])
        for k in sorted(near)
        if locked[k]
    )
    excluded = {options[k]: reason for k, reason in near.items() if not locked[k]}
    rows = coverage.merged_rows(options, fixed=standing.index)
    return SitingProblem(
        options=tuple(options),
        sites=tuple(map(str, there["site"])),
        serves=rows.serves,
        value_milli=rows.value_milli,
        base_milli=rows.base_milli,
        total_milli=rows.total_milli,
        cost_yuan=np.where(keeps, 0.0, there["cost_setup_yuan"].to_numpy(float)),
        counts=~keeps,
        budget_yuan=limits.budget_yuan,
        count=limits.count,
        locked=locked,
        forbidden=forbidden | np.isin(options, list(excluded)),
        too_close=pairs,
        keeps=tuple(np.array(options, dtype=object)[keeps]),
        excluded=excluded,
        clashes=clashes,
    )


def _check_numbers(limits: Limits) -> None:
    if limits.budget_yuan is not None and not 0 <= limits.budget_yuan < math.inf:
        raise ValueError(f"budget_yuan must be at least 0 and finite, got {limits.budget_yuan}")
    if limits.count is not None and limits.count < 0:
        raise ValueError(f"count must be at least 0, got {limits.count}")
    if not 0 <= limits.min_separation_m < math.inf:
        raise ValueError(
            f"min_separation_m must be at least 0 and finite, got {limits.min_separation_m}"
        )


def _check_names(limits: Limits, sites: pd.Index, existing: set[str]) -> None:
    known = set(map(str, sites))
    for name in ("lock", "forbid", "may_close"):
        _refuse(set(getattr(limits, name)) - known, f"{name} names sites that are not there")
    _refuse(set(limits.lock) & set(limits.forbid), "locked and forbidden at the same time")
    _refuse(set(limits.may_close) - existing, "may_close names sites that are no existing station")
    stay = existing - set(limits.may_close)
    _refuse(set(limits.forbid) & stay, "forbid names stations that stay (allow may_close first)")


def _refuse(sites: set[str], fault: str) -> None:
    if sites:
        raise ValueError(f"{fault}: {', '.join(sorted(sites)[:5])}")


def _existing(coverage: Coverage) -> NDArray[np.bool_]:
    """Mark the options that keep an existing station as it is, in the order of options.table."""
    table, sites = coverage.options.table, coverage.options.sites
    stands = sites["existing"].loc[table["site"]].to_numpy(bool)
    marked: NDArray[np.bool_] = stands & (table["measure"].to_numpy() == "keep")
    return marked


def _too_close(
    coverage: Coverage, limits: Limits, there: pd.DataFrame, standing: pd.DataFrame
) -> tuple[NDArray[np.int32], dict[int, Message]]:
    """Find pairs of options that are too close, and options too close to a station that stays."""
    apart_m = limits.min_separation_m - _TOUCHING_M
    opens = np.flatnonzero(there["measure"].to_numpy() != "keep")
    if apart_m <= 0 or not len(opens):
        return np.zeros((0, 2), np.int32), {}
    where = _plane(coverage, there["site"])
    new = KDTree(where[opens])
    pairs = [opens[new.query_pairs(apart_m, output_type="ndarray").astype(np.int64)]]
    near: dict[int, Message] = {}
    if limits.separation_from_existing:
        keeps = np.flatnonzero(there["measure"].to_numpy() == "keep")
        if len(keeps):
            found = KDTree(where[keeps]).query_ball_tree(new, apart_m)
            beside = [(keeps[k], opens[o]) for k, close in enumerate(found) for o in close]
            pairs.append(np.array(beside, np.int64).reshape(-1, 2))
        near = _near_standing(coverage, there.iloc[opens], standing, limits.min_separation_m)
        near = {int(opens[k]): reason for k, reason in near.items()}
    together = np.sort(np.concatenate(pairs).reshape(-1, 2), axis=1)
    sites = there["site"].to_numpy()
    other = sites[together[:, 0]] != sites[together[:, 1]]  # one site: excluded by itself
    return np.unique(together[other], axis=0).astype(np.int32), near


def _near_standing(
    coverage: Coverage, new: pd.DataFrame, standing: pd.DataFrame, least_m: float
) -> dict[int, Message]:
    """Say of each new option that lies too near to a station that stays, to which."""
    if standing.empty:
        return {}
    distance_m, nearest = KDTree(_plane(coverage, standing["site"])).query(
        _plane(coverage, new["site"])
    )
    return {
        int(k): note(
            "it is {distance} m from station {station}, nearer than the minimum separation of"
            " {least} m.",
            distance=f"{distance_m[k]:,.0f}",
            station=str(standing["site"].iloc[nearest[k]]),
            least=f"{least_m:,.0f}",
        )
        for k in np.flatnonzero(distance_m < least_m - _TOUCHING_M)
    }


def _plane(coverage: Coverage, sites: pd.Series) -> NDArray[np.float64]:
    """Give the metres of sites in the plane of the district, shape (n, 2)."""
    xy: NDArray[np.float64] = coverage.options.sites.loc[sites, ["x", "y"]].to_numpy(float)
    return xy
