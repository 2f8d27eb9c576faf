"""Tags of a street -> who may use it, in which direction; the rule is the tables of this module."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.streets.graph import MODE_BITS, THROUGH_ONLY

__all__ = ["HIGHWAYS", "TAGS", "Permitted", "kinds_of_nobody", "permitted", "values_of"]

WALK, EBIKE, DRIVE = MODE_BITS["walk"], MODE_BITS["ebike"], MODE_BITS["drive"]
ALL = WALK | EBIKE | DRIVE

TAGS = (
    "highway", "oneway", "junction", "area", "access", "vehicle", "motor_vehicle", "motorcar",
    "bicycle", "foot", "motorroad", "service",
)  # fmt: skip
"""The tags (or columns of a file) that decide; any of them may be missing."""

HIGHWAYS: Mapping[str, int] = {
    "motorway": DRIVE,
    "motorway_link": DRIVE,
    # Urban trunk roads in China have pavements and lanes for e-bikes; their ramps have neither.
    "trunk": ALL,
    "trunk_link": EBIKE | DRIVE,
    "primary": ALL,
    "primary_link": ALL,
    "secondary": ALL,
    "secondary_link": ALL,
    "tertiary": ALL,
    "tertiary_link": ALL,
    "unclassified": ALL,
    "residential": ALL,
    "living_street": ALL,
    "road": ALL,
    "service": ALL,
    "services": ALL,
    "track": ALL,
    "busway": 0,
    "elevator": WALK,
    "cycleway": WALK | EBIKE,
    "path": WALK | EBIKE,
    "pedestrian": WALK,
    "footway": WALK,
    "bridleway": WALK,
    "steps": WALK,
    "corridor": WALK,
    "crossing": WALK,
    # The classes of Chinese road layers (城市道路 and 公路).
    "高速": DRIVE,
    "高速公路": DRIVE,
    "城市快速路": DRIVE,
    "快速路": DRIVE,
    "国道": ALL,
    "省道": ALL,
    "县道": ALL,
    "乡道": ALL,
    "一级公路": ALL,
    "二级公路": ALL,
    "三级公路": ALL,
    "四级公路": ALL,
    "城市主干路": ALL,
    "城市次干路": ALL,
    "城市支路": ALL,
    "主干路": ALL,
    "主干道": ALL,
    "次干路": ALL,
    "次干道": ALL,
    "支路": ALL,
    "街道": ALL,
    "村道": ALL,
    "内部道路": ALL,
    "小区道路": ALL,
    "巷道": WALK | EBIKE,
    "非机动车道": WALK | EBIKE,
    "自行车道": WALK | EBIKE,
    "步行街": WALK,
    "人行道": WALK,
    "步行道": WALK,
    "人行天桥": WALK,
    "地下通道": WALK,
}
"""Who may use a kind of street when no other tag says so. A kind that is not here (under
construction, proposed, a platform, a race track) is nobody's; a blank one is an ordinary road."""

_UNTOLD = ALL  # a street of unknown kind
_MOTORWAYS = frozenset({"motorway", "motorway_link", "高速", "高速公路"})
_CLOSED = frozenset(
    {
        "no",
        "private",
        "emergency",
        "military",
        "construction",
        "forestry",
        "agricultural",
        "use_sidepath",
        "dismount",
    }
)
_OPEN = frozenset(
    {
        "yes",
        "designated",
        "permissive",
        "official",
        "destination",
        "customers",
        "delivery",
        "public",
    }
)

# From the wide to the narrow: what a later tag says overrules an earlier one.
_NARROWER: Mapping[int, tuple[str, ...]] = {
    WALK: ("motorroad", "access", "foot"),
    EBIKE: ("motorroad", "area", "service", "access", "vehicle", "bicycle"),
    DRIVE: ("area", "service", "access", "vehicle", "motor_vehicle", "motorcar"),
}
# `access` and `vehicle` only ever close: "access=yes" does not open steps to cars.
_MAY_OPEN: Mapping[int, frozenset[str]] = {
    WALK: frozenset({"foot"}),
    EBIKE: frozenset({"bicycle"}),
    DRIVE: frozenset({"motor_vehicle", "motorcar"}),
}
# Never, whatever else is tagged.
_NEVER: Mapping[int, frozenset[str]] = {
    WALK: _MOTORWAYS,
    EBIKE: _MOTORWAYS,
    DRIVE: frozenset(
        {"footway", "cycleway", "path", "pedestrian", "steps", "corridor", "bridleway", "crossing"}
    ),
}
_CLOSED_SERVICES = frozenset({"emergency_access", "private"})

# One-ways bind driving alone. Walkers go both ways; so do e-bikes: in China most one-way signs are
# for motor vehicles, and the two carriageways of a wide road (two one-way lines on the map) each
# have a lane for e-bikes, along which riders also go the short way back.
_ALONG = frozenset({"yes", "true", "1", "ft", "f", "y", "是", "单行", "单向"})
_AGAINST = frozenset({"-1", "reverse", "tf", "t", "逆向"})
_BOTH = frozenset({"no", "false", "0", "n", "b", "否", "双向", "双行"})
_ROUND = frozenset({"roundabout", "circular"})
# OpenStreetMap draws each carriageway of a motorway; a Chinese layer may draw both as one line.
_ONE_WAY_KINDS = frozenset({"motorway", "motorway_link"})


class Permitted(NamedTuple):
    """MODE_BITS of those who may use each street, with THROUGH_ONLY on motorways."""

    forward: NDArray[np.uint8]
    """Along the drawn direction, shape (m,)."""
    backward: NDArray[np.uint8]
    """Against it, shape (m,)."""


def permitted(tags: pd.DataFrame) -> Permitted:
    """Tell who may use each street, and which way.

    Parameters
    ----------
    tags
        One row a street and a text column for each of `TAGS` that is known; "" or missing: not
        tagged. Several values in one cell ("residential;path", "['residential', 'path']": parts of
        one chain) must all permit it.

    Returns
    -------
    Permitted
        Bits in each direction, in the order of `tags`. Driving keeps to one-ways: `oneway`, else
        the direction of a roundabout, a motorway or its ramp. E-bikes and walkers go both ways.
    """
    bits = np.zeros(len(tags), dtype=np.uint8)
    for mode, closing in _NARROWER.items():
        bits |= np.where(_may_use(tags, mode, closing), np.uint8(mode), np.uint8(0))
    along, against = _directions(tags)
    forward = np.where(along, bits, bits & ~np.uint8(DRIVE))
    backward = np.where(against, bits, bits & ~np.uint8(DRIVE))
    passing = np.where(_any(tags, "highway", _MOTORWAYS.__contains__), THROUGH_ONLY, 0)
    return Permitted(
        forward=_marked(forward, passing.astype(np.uint8)),
        backward=_marked(backward, passing.astype(np.uint8)),
    )


def kinds_of_nobody(tags: pd.DataFrame) -> pd.Series:
    """Count the streets of each kind that is not in `HIGHWAYS`, most first; index: the kind."""
    if "highway" not in tags:
        return pd.Series(dtype=np.int64)
    return tags["highway"][~_known(tags)].astype(str).value_counts()


def _marked(bits: NDArray[np.uint8], passing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    marked: NDArray[np.uint8] = np.where(bits != 0, bits | passing, bits)
    return marked


def _may_use(tags: pd.DataFrame, mode: int, order: tuple[str, ...]) -> NDArray[np.bool_]:
    never = _NEVER[mode]
    usable = _holds(
        tags, "highway", lambda kind: bool(HIGHWAYS.get(kind, 0) & mode), blank=bool(_UNTOLD & mode)
    )
    for tag in order:
        if tag in {"motorroad", "area"}:  # the rim of a square is for walkers alone
            usable &= ~_any(tags, tag, lambda value: value == "yes")
        elif tag == "service":
            usable &= ~_any(tags, tag, _CLOSED_SERVICES.__contains__)
        else:
            usable &= ~_any(tags, tag, _CLOSED.__contains__)
            if tag in _MAY_OPEN[mode]:
                usable |= _holds(tags, tag, _OPEN.__contains__) & _known(tags)
    return usable & ~_any(tags, "highway", never.__contains__)


def _directions(tags: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which way driving goes: along the drawn direction, against it."""
    along = _any(tags, "oneway", _ALONG.__contains__)
    against = _any(tags, "oneway", _AGAINST.__contains__)
    told = along | against | _any(tags, "oneway", _BOTH.__contains__)
    implied = _any(tags, "junction", _ROUND.__contains__) | _any(
        tags, "highway", _ONE_WAY_KINDS.__contains__
    )
    along = along | (~told & implied)
    return ~against, ~along


def _known(tags: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which streets exist: a way of a kind that is nobody's is not opened by another tag."""
    return _holds(tags, "highway", HIGHWAYS.__contains__, blank=True)


def _holds(
    tags: pd.DataFrame, column: str, test: Callable[[str], bool], *, blank: bool = False
) -> NDArray[np.bool_]:
    """Tell where every value of a cell passes; each distinct text is tested once."""
    return _tested(tags, column, lambda values: all(map(test, values)), blank=blank)


def _any(tags: pd.DataFrame, column: str, test: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Tell where some value of a cell passes."""
    return _tested(tags, column, lambda values: any(map(test, values)), blank=False)


def _tested(
    tags: pd.DataFrame, column: str, test: Callable[[tuple[str, ...]], bool], *, blank: bool
) -> NDArray[np.bool_]:
    if column not in tags:
        return np.full(len(tags), blank)
    codes, distinct = pd.factorize(tags[column], use_na_sentinel=True)
    answers = np.empty(len(distinct) + 1, dtype=np.bool_)
    answers[-1] = blank  # the code of a missing value is -1
    for place, text in enumerate(distinct):
        values = values_of(text)
        answers[place] = test(values) if values else blank
    found: NDArray[np.bool_] = answers[codes]
    return found


def values_of(cell: object) -> tuple[str, ...]:
    """Take a cell apart: "['path', 'steps']" and "path;steps" are two values."""
    text = str(cell).strip().strip("[]").replace(";", ",")
    parts = (part.strip().strip("'\"").strip().lower() for part in text.split(","))
    told = (part.removesuffix(".0") for part in parts)  # a column of numbers with gaps: 1.0
    return tuple(part for part in told if part and part not in {"nan", "none", "<na>"})
