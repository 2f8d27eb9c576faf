"""Entering options and limits -> what is locked, forbidden and excluded, and rules of stations."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.district import District
from planner.district.settings import Limits
from planner.language import Message, note
from planner.siting.limits.entering import Entering
from planner.siting.limits.single_limits import LimitRow, limit_row
from planner.siting.problem import About

__all__ = ["Settled", "exclusive", "inside_no_go", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the limits say of single options and sites."""

    locked: NDArray[np.bool_]
    """Shape (n,)."""
    forbidden: NDArray[np.bool_]
    excluded: Mapping[str, Message]
    """Option id -> why it is forbidden although nobody asked for it."""
    clashes: tuple[Message, ...]
    rows: tuple[LimitRow, ...]
    pairs: NDArray[np.int64]
    """Options that exclude each other beside those of one place, shape (q, 2), the smaller
    first."""


def settle(
    entering: Entering,
    limits: Limits,
    reasons: Mapping[int, Message],
    *,
    pairs: NDArray[np.int64] | None = None,
) -> Settled:
    """Say which options are locked, forbidden or excluded.

    A site that is locked and has one option has it locked; of several one must be chosen. A station
    that may move but not close stays, is upgraded or moves.

    Parameters
    ----------
    reasons
        Why the place of an option rules it out: its place among the options -> reason.
    pairs
        What `exclusive` gave; None: it is asked.
    """
    there = entering.there
    ids, sites = (each.to_numpy(object) for each in (there.index, there["site"]))
    banned = set(limits.forbid)  # looked up one by one: numpy compares all with all
    forbidden = np.array(
        [not banned.isdisjoint(each) for each in zip(ids, sites, strict=True)], bool
    )
    barred = np.isin(np.arange(len(ids)), list(reasons))
    locked = np.zeros(len(ids), np.bool_)
    rows: list[LimitRow] = []
    clashes: list[Message] = []
    standing = set(entering.standing["site"])
    for name in sorted(set(limits.lock)):
        wanted = sites == name if name in entering.sites.index else ids == name
        if name in standing:
            continue
        usable = wanted & ~forbidden
        if not (usable & ~barred).any():
            clashes.append(_why_not(name, wanted, forbidden, reasons))
        if usable.sum() == 1:
            locked |= usable
        elif usable.any():
            rows.append(limit_row(usable, _about_lock(name), least=1))
    excluded = {ids[at]: reason for at, reason in sorted(reasons.items()) if not locked[at]}
    rows += _stays_or_moves(entering, limits)
    return Settled(
        locked=locked,
        forbidden=forbidden | (barred & ~locked),
        excluded=excluded,
        clashes=tuple(clashes),
        rows=tuple(rows),
        pairs=exclusive(entering) if pairs is None else pairs,
    )


def _about_lock(name: str) -> About:
    return About(
        kind="lock", name=note("one of the measures at {site}, which is locked", site=name)
    )


def _why_not(
    name: str,
    wanted: NDArray[np.bool_],
    forbidden: NDArray[np.bool_],
    reasons: Mapping[int, Message],
) -> Message:
    """Say why nothing that is locked can be chosen."""
    for at in np.flatnonzero(wanted & ~forbidden):
        if int(at) in reasons:
            return note("{site} is locked, but {reason}", site=name, reason=reasons[int(at)])
    if wanted.any():
        return note("{site} is locked, but all that could be done there is forbidden.", site=name)
    return note(
        "{site} is locked, but none of the measures that the plan may use is possible there.",
        site=name,
    )


def _stays_or_moves(entering: Entering, limits: Limits) -> list[LimitRow]:
    """Let each station stay, be upgraded or move, one of them; or close, where it may."""
    there = entering.there
    moving = set(there["replaces"]) - {""}
    rows = []
    for station in sorted(entering.free):
        may_close = station in limits.may_close
        if may_close and station not in moving:
            continue  # options of one place exclude each other anyway
        one = ((there["site"] == station) | (there["replaces"] == station)).to_numpy()
        about = About(
            kind="one_of",
            name=note("station {station} stays, is upgraded or moves", station=station),
            may_relax=False,
        )
        rows.append(limit_row(one, about, least=0 if may_close else 1, most=1))
    return rows


def exclusive(entering: Entering) -> NDArray[np.int64]:
    """Pair what one station can become, and stays with what else is at their site."""
    there = entering.there
    moving, apart_at = _places_by(there["replaces"]), set(there["site"][there["season"] != ""])
    moving.pop("", None)
    pairs = [np.zeros((0, 2), np.int64)]
    at_site = _places_by(there["site"]) if moving or apart_at else {}
    for station, leaves in moving.items():
        one, other = np.triu_indices(len(leaves), k=1)
        rest = at_site.get(station, np.zeros(0, np.int64))
        pairs.append(np.column_stack([leaves[one], leaves[other]]))
        pairs.append(np.array(np.meshgrid(leaves, rest), np.int64).reshape(2, -1).T)
    weeks, place = there["weeks"].to_numpy(), there["place"].to_numpy()
    for site in sorted(apart_at):
        apart = [
            (a, b)
            for a, b in combinations(at_site[site].tolist(), 2)
            if place[a] != place[b] and _overlap(weeks[a], weeks[b])
        ]
        pairs.append(np.array(apart, np.int64).reshape(-1, 2))
    return np.sort(np.concatenate(pairs), axis=1)


def _places_by(names: pd.Series) -> dict[str, NDArray[np.int64]]:
    """Give the places at which each name stands, names sorted."""
    known, of_name = np.unique(names.to_numpy(object).astype(str), return_inverse=True)
    order = np.argsort(of_name, kind="stable")
    ends = np.cumsum(np.bincount(of_name, minlength=len(known)))
    parts = np.split(order.astype(np.int64), ends[:-1]) if len(known) else []
    return dict(zip(known.tolist(), parts, strict=True))


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def inside_no_go(
    entering: Entering, limits: Limits, district: District | None
) -> dict[int, Message]:
    """Say of each new option that lies where nothing may be opened so; the border lies inside."""
    areas: list[BaseGeometry] = [shapely.Polygon(ring) for ring in limits.no_go]
    if district is not None and district.no_go is not None:
        areas.append(district.no_go)
    opens = np.flatnonzero(entering.opens)
    if not areas or not len(opens):
        return {}
    where = entering.sites.loc[entering.there["site"].iloc[opens], ["lon", "lat"]].to_numpy(float)
    area = shapely.union_all(areas)
    shapely.prepare(area)
    inside = shapely.intersects(area, shapely.points(where))
    reason = note("it lies in an area where nothing may be opened.")
    return {int(at): reason for at in opens[inside]}
