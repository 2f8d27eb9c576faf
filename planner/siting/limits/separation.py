"""Sites and the minimum separation -> options that may not stand beside each other."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from planner.district.settings import Limits
from planner.language import Message, note
from planner.siting.limits.entering import Entering

__all__ = ["Beside", "Ruler", "beside", "pairs_once"]

_TOUCHING_M = 1e-6
"""Two sites count as exactly the minimum separation apart where they lack less than this."""


class Beside(NamedTuple):
    """What stands too near to what."""

    pairs: NDArray[np.int64]
    """Options that may not both be chosen, the smaller first, shape (q, 2)."""
    near: dict[int, Message]
    """Place of an option -> to which station that stays it is too near."""


class Ruler(NamedTuple):
    """How the distance of two sites is measured."""

    ways_mm: csr_array | None
    """Ways on foot between sites along the streets, both in the order of `Options.sites`; an absent
    one is longer than any separation. None: straight."""
    detour: float
    """Metres for each straight metre, where there are no ways."""


class _Near(NamedTuple):
    """Pairs of places in two lists of sites that are nearer than the separation."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    metres: NDArray[np.float64]


def beside(entering: Entering, limits: Limits, ruler: Ruler) -> Beside:
    """Find the options that are nearer than the minimum separation.

    New stations keep it among each other and, unless the limits say otherwise, against the stations
    of today, which are exempt among themselves. Exactly that far is far enough: straight, less than
    a thousandth of a millimetre does not count; along streets, whole millimetres are compared.
    """
    nothing = Beside(np.zeros((0, 2), np.int64), {})
    there = entering.there
    opens = np.flatnonzero(entering.opens)
    if limits.min_separation_m <= 0 or not len(opens):
        return nothing
    new = _sites_of(there, opens)
    among = _nearer(entering, limits, ruler, new, new)
    once = among.one < among.other  # each pair of sites is found both ways
    among = _Near(among.one[once], among.other[once], among.metres[once])
    pairs = [_expanded(among, there, new, new)]
    near: dict[int, Message] = {}
    if limits.separation_from_existing:
        stand = np.flatnonzero(~entering.opens & ~there["bought"].to_numpy(bool))
        stand = stand[~entering.upgrades_standing[stand]]
        old = _sites_of(there, stand)
        pairs.append(_expanded(_nearer(entering, limits, ruler, old, new), there, old, new))
        near = _near_standing(entering, limits, ruler, new)
    found = np.sort(np.concatenate(pairs), axis=1)
    return Beside(pairs_once(found, len(there)), near)


def pairs_once(pairs: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Give pairs of n options in order, each once: as one number each, far quicker than by rows."""
    codes = np.unique(pairs[:, 0] * max(n, 1) + pairs[:, 1])
    return np.column_stack(np.divmod(codes, max(n, 1)))


def _sites_of(there: pd.DataFrame, places: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Give the options at each site, sites sorted."""
    names = there["site"].astype(str).to_numpy(dtype=object)[places]
    order = np.argsort(names.astype(str), kind="stable")
    sites, first = np.unique(names[order].astype(str), return_index=True)
    parts = np.split(places[order], first[1:]) if len(sites) else []
    return dict(zip(map(str, sites), parts, strict=True))


def _nearer(
    entering: Entering,
    limits: Limits,
    ruler: Ruler,
    one: dict[str, NDArray[np.int64]],
    other: dict[str, NDArray[np.int64]],
) -> _Near:
    """Find the pairs of sites, not the same, that are nearer than the separation."""
    first, second = list(one), list(other)
    if not first or not second:
        nothing = np.zeros(0, np.int64)
        return _Near(nothing, nothing, np.zeros(0))
    if ruler.ways_mm is not None:
        near = _near_along_streets(entering, limits, ruler.ways_mm, first, second)
    else:
        near = _near_straight(entering, limits, ruler.detour, first, second)
    at = {site: place for place, site in enumerate(second)}
    twin = np.array([at.get(site, -1) for site in first], np.int64)
    kept = near.other != twin[near.one]
    return _Near(*(values[kept] for values in near))


def _near_straight(
    entering: Entering, limits: Limits, detour: float, first: list[str], second: list[str]
) -> _Near:
    xy = [entering.sites.loc[ids, ["x", "y"]].to_numpy(float) * detour for ids in (first, second)]
    apart_m = limits.min_separation_m - _TOUCHING_M
    pairs = KDTree(xy[0]).sparse_distance_matrix(KDTree(xy[1]), apart_m, output_type="ndarray")
    return _Near(pairs["i"].astype(np.int64), pairs["j"].astype(np.int64), pairs["v"])


def _near_along_streets(
    entering: Entering, limits: Limits, ways_mm: csr_array, first: list[str], second: list[str]
) -> _Near:
    """Take the ways that are shorter, in whichever direction."""
    apart_mm = round(limits.min_separation_m * 1000)
    rows, columns = (entering.sites.index.get_indexer(pd.Index(ids)) for ids in (first, second))
    there = ways_mm[rows][:, columns].tocoo()
    back = ways_mm[columns][:, rows].tocoo()
    table = pd.DataFrame(
        {
            "one": np.concatenate([there.row, back.col]).astype(np.int64),
            "other": np.concatenate([there.col, back.row]).astype(np.int64),
            "mm": np.concatenate([there.data, back.data]),
        }
    )
    least = table[table["mm"] < apart_mm].groupby(["one", "other"])["mm"].min()
    one, other = (
        least.index.get_level_values(name).to_numpy(np.int64) for name in ("one", "other")
    )
    return _Near(one, other, least.to_numpy(np.float64) / 1000)


def _expanded(
    near: _Near,
    there: pd.DataFrame,
    one: dict[str, NDArray[np.int64]],
    other: dict[str, NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Pair every option of one site with every option of the other, shape (q, 2).

    Options that are never there in the same weeks of the year do not disturb each other.
    """
    start, listed = _laid_out(one)
    start_other, listed_other = _laid_out(other)
    size = np.diff(start)[near.one]
    size_other = np.diff(start_other)[near.other]
    count = size * size_other
    pair = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    left = listed[start[near.one][pair] + within // size_other[pair]]
    right = listed_other[start_other[near.other][pair] + within % size_other[pair]]
    together = _together(there, left, right)
    return np.column_stack([left[together], right[together]])


def _laid_out(sites: dict[str, NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sizes = [len(options) for options in sites.values()]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return start, np.concatenate([np.zeros(0, np.int64), *sites.values()])


def _together(
    there: pd.DataFrame, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell whether two options are ever there in one week, for each pair."""
    weeks = there["weeks"].to_numpy()
    kinds = {part: number for number, part in enumerate(dict.fromkeys(weeks))}
    if set(kinds) <= {()}:
        return np.ones(len(one), np.bool_)
    meet = np.array([[_meet(a, b) for b in kinds] for a in kinds], np.bool_)
    kind = np.array([kinds[part] for part in weeks], np.int64)
    return meet[kind[one], kind[other]]


def _near_standing(
    entering: Entering, limits: Limits, ruler: Ruler, new: dict[str, NDArray[np.int64]]
) -> dict[int, Message]:
    """Say of each new option that lies too near to a station that it meets, to the nearest."""
    standing = {str(site): np.zeros(1, np.int64) for site in entering.standing["site"]}
    near = _nearer(entering, limits, ruler, dict(sorted(standing.items())), new)
    if not len(near.one):
        return {}
    stations, places = sorted(standing), list(new.values())
    stays = dict(zip(entering.standing["site"], entering.standing["weeks"], strict=True))
    weeks = entering.there["weeks"].to_numpy()
    found: dict[int, Message] = {}
    for at in np.lexsort((near.one, near.metres, near.other)):
        station = stations[near.one[at]]
        late = [int(place) for place in places[near.other[at]] if int(place) not in found]
        met = [place for place in late if _meet(stays[station], weeks[place])]
        if met:
            found |= dict.fromkeys(met, _told(station, near.metres[at], limits))
    return found


def _meet(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Tell whether weeks (empty: all) have one in common."""
    return not one or not other or bool({*one} & {*other})


def _told(station: str, metres: float, limits: Limits) -> Message:
    values = {
        "distance": f"{metres:,.0f}",
        "station": station,
        "least": f"{limits.min_separation_m:,.0f}",
    }
    if limits.separation_along_streets:
        return note(
            "it is {distance} m along the streets from station {station}, nearer than the minimum"
            " separation of {least} m.",
            **values,
        )
    return note(
        "it is {distance} m from station {station}, nearer than the minimum separation of"
        " {least} m.",
        **values,
    )
