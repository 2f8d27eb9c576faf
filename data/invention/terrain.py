"""An invented land: a river, two ridges, hills and nine towns, in metres from a centre."""
# ruff: noqa: PLR2004 - the numbers are the invention itself

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from shapely import LineString, Polygon

__all__ = ["LAND", "TOWNS", "Land", "Town", "busy", "noise", "slope"]

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A built-up place with its own grid of streets."""

    name: str
    x: float
    y: float
    radius_m: float
    spacing_m: float
    turn_deg: float
    """How far the grid is turned from north, degrees."""
    weight: float
    """How busy it is, 1 for the old town."""


TOWNS = (
    Town(name="老城", x=-1100, y=300, radius_m=3500, spacing_m=104, turn_deg=24, weight=1.0),
    Town(name="东岸新区", x=4500, y=-1700, radius_m=2350, spacing_m=138, turn_deg=-9, weight=0.62),
    Town(name="大学城", x=-8700, y=1600, radius_m=1750, spacing_m=165, turn_deg=8, weight=0.36),
    Town(name="北坪", x=-1500, y=7300, radius_m=1150, spacing_m=128, turn_deg=40, weight=0.28),
    Town(name="南湾", x=700, y=-7600, radius_m=1200, spacing_m=130, turn_deg=-28, weight=0.26),
    Town(name="西港", x=-5100, y=-5600, radius_m=1000, spacing_m=140, turn_deg=15, weight=0.22),
    Town(name="上溪", x=4000, y=8500, radius_m=800, spacing_m=120, turn_deg=33, weight=0.12),
    Town(name="柳岭", x=4900, y=-6900, radius_m=720, spacing_m=118, turn_deg=-40, weight=0.1),
    Town(name="桐垭", x=9900, y=-1000, radius_m=760, spacing_m=120, turn_deg=5, weight=0.1),
)

_RIVER = [
    (-7800, -14500),
    (-5300, -11000),
    (-4900, -8400),
    (-6700, -5700),
    (-4300, -3100),
    (-300, -3900),
    (2500, -1200),
    (1300, 2500),
    (2700, 5500),
    (6500, 5900),
    (9300, 8600),
    (14500, 10500),
]


def noise(x: Points, y: Points, *, wave_m: float, seed: int) -> Points:
    """Give a smooth function of place, about -1 to 1: ten waves in ten directions."""
    rng = np.random.default_rng(seed)
    total = np.zeros(np.broadcast(x, y).shape)
    for _ in range(10):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        length = wave_m * rng.uniform(0.6, 1.7)
        total += np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    wavy: Points = total / np.sqrt(10.0)
    return wavy


def busy(x: Points, y: Points) -> Points:
    """Tell how busy a place is, 0 to about 1.3: most in the middle of towns, 0 outside."""
    total = np.zeros_like(x)
    for town in TOWNS:
        away = np.hypot(x - town.x, y - town.y) / town.radius_m
        total += town.weight * np.exp(-1.6 * away**2) * (away < 1.3)
    lively: Points = total * (1 + 0.35 * noise(x, y, wave_m=900, seed=61)).clip(0.2)
    return lively


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """River, heights and border of the invented district."""

    river_line: LineString
    """The middle of the river, from the south-west to the north-east."""
    river: Polygon
    boundary: Polygon

    def height_m(self, x: Points, y: Points) -> Points:
        """Give the height above the river in metres."""
        waviness = noise(x, y, wave_m=5200, seed=11)
        west = 380 * np.exp(-(((x + 6000 - 0.16 * y + 350 * waviness) / 900) ** 2))
        east = 420 * np.exp(-(((x - 7700 - 0.12 * y - 400 * waviness) / 950) ** 2))
        saddles = 0.75 + 0.25 * noise(x, y, wave_m=4000, seed=12)
        hills = 60 * (1 + noise(x, y, wave_m=2300, seed=13)) + 18 * noise(x, y, wave_m=700, seed=14)
        flat = np.ones_like(x)
        for town in TOWNS:
            squared = ((x - town.x) ** 2 + (y - town.y) ** 2) / (1.15 * town.radius_m) ** 2
            flat *= 1 - 0.93 * np.exp(-(squared**1.5))
        gorge = 1 - 0.9 * np.exp(-((self.to_river_m(x, y) / 700) ** 2))
        height: Points = ((west + east) * saddles * np.sqrt(flat) + hills * flat) * gorge
        return height

    def to_river_m(self, x: Points, y: Points) -> Points:
        """Give the distance to the middle of the river in metres."""
        line = np.asarray(self.river_line.coords)
        nearest = np.full(np.shape(x), np.inf)
        for px, py in line[::2]:
            nearest = np.minimum(nearest, (x - px) ** 2 + (y - py) ** 2)
        metres: Points = np.sqrt(nearest)
        return metres


def _river_line() -> LineString:
    at = np.arange(len(_RIVER), dtype=float)
    curve = CubicSpline(at, np.asarray(_RIVER, dtype=float))
    return LineString(curve(np.linspace(0, at[-1], 420)))


def _river(line: LineString) -> Polygon:
    """Widen the middle line: 130 m to 200 m on each side, more in the bends."""
    middle = np.asarray(line.coords)
    ahead = np.gradient(middle, axis=0)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.hypot(*ahead.T)[:, None]
    half = 165 + 35 * noise(middle[:, 0], middle[:, 1], wave_m=2500, seed=15)[:, None]
    return Polygon(np.vstack([middle + half * across, (middle - half * across)[::-1]])).buffer(0)


def _boundary() -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    x, y = np.cos(angle), np.sin(angle)
    radius = 11_350 * (
        1 + 0.07 * noise(x, y, wave_m=1.6, seed=21) + 0.02 * noise(x, y, wave_m=0.4, seed=22)
    )
    return Polygon(np.column_stack([1.04 * radius * x, 0.98 * radius * y]))


def _make_land() -> Land:
    line = _river_line()
    return Land(river_line=line, river=_river(line), boundary=_boundary())


LAND = _make_land()


def slope(x: Points, y: Points) -> Points:
    """Tell how steep the ground is: metres up for each metre ahead, over 30 m."""
    here = LAND.height_m(x, y)
    steep: Points = np.hypot(LAND.height_m(x + 30, y) - here, LAND.height_m(x, y + 30) - here) / 30
    return steep
