"""Bridges over the river, tunnels through the ridges, and a motorway with few exits."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from shapely import contains_xy

from invention.draft import Draft, Xy, rounded, wet
from invention.terrain import LAND

__all__ = ["draw_bridges", "draw_motorway", "draw_tunnels"]

_BRIDGES = (  # share of the river's line at which the bridge stands, class, name
    (0.335, "secondary", "西港大桥"),
    (0.418, "primary", "南门大桥"),
    (0.487, "primary", "清江一桥"),
    (0.528, "footway", "老渡口人行桥"),
    (0.585, "primary", "清江二桥"),
    (0.745, "secondary", "上溪大桥"),
)
_HALF_BRIDGE_M = 300
_NEAR_A_TOWN_M = 400
_TUNNELS = (((-4300, 1200), (-7400, 1500), "西山隧道"), ((6600, -1500), (9400, -1100), "东岭隧道"))
_MOTORWAY = (
    (-3600, 11900), (-3300, 8300), (-4700, 4300), (-4950, 900), (-4600, -2300), (-3600, -4600),
    (-2500, -7200), (-2900, -11900),
)  # fmt: skip
_EXITS = (24, 52, 78, 104, 128)
_MAIN = ("primary", "secondary", "tertiary")


def draw_bridges(draft: Draft) -> list[Xy]:
    """Cross the river at right angles; give the ends too far from a town to be tied to it."""
    line, loose = LAND.river_line, []
    for share, highway, name in _BRIDGES:
        middle = np.array(line.interpolate(share, normalized=True).coords[0])
        ahead = np.array(line.interpolate(share + 0.002, normalized=True).coords[0]) - middle
        across = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
        heads = [rounded(middle + sign * _HALF_BRIDGE_M * across) for sign in (-1, 1)]
        joints = [draft.nearest(head) for head in heads]
        for head, (joint, away) in zip(heads, joints, strict=True):
            if away < _NEAR_A_TOWN_M and not wet(head, joint):
                draft.add(joint, head, highway=highway, name=name)
            else:
                loose.append(head)
        draft.add(heads[0], rounded(middle), heads[1], highway=highway, name=name)
    return loose


def draw_tunnels(draft: Draft) -> None:
    """Join the towns on both sides of a ridge by a straight road below it."""
    for here, there, name in _TUNNELS:
        draft.add(draft.nearest(here)[0], draft.nearest(there)[0], highway="primary", name=name)


def draw_motorway(draft: Draft) -> None:
    """Draw two carriageways, each one-way, tied to the nearest main road at five exits."""
    curve = CubicSpline(np.arange(len(_MOTORWAY)), np.array(_MOTORWAY, dtype=float))
    middle: NDArray[np.float64] = curve(np.linspace(0, len(_MOTORWAY) - 1, 160))
    ahead = np.gradient(middle, axis=0)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.hypot(*ahead.T)[:, None]
    inside = np.flatnonzero(contains_xy(LAND.boundary, *middle.T))
    joints = {k: draft.nearest(middle[k], among=_MAIN)[0] for k in _EXITS}
    for turn in (1, -1):
        order = inside[::turn]
        points = {int(k): rounded(middle[k] + 13 * turn * across[k]) for k in order}
        piece: list[Xy] = []
        for k, point in points.items():
            piece.append(point)
            if k in joints or k == order[-1]:
                draft.add(*piece, highway="motorway", oneway="yes", name="绕城高速（虚构）")
                piece = [point]
        for k, joint in joints.items():
            draft.add(points[k], joint, highway="motorway_link", oneway="no")
