"""Streets of towns: a turned and bent grid with main roads, missing pieces, stairs and lanes."""
# ruff: noqa: PLR2004 - the shares and distances are the invention itself

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy

from invention.draft import Draft, Xy, rounded, wet
from invention.terrain import LAND, TOWNS, Town, noise, slope

__all__ = ["draw_lanes", "draw_town", "open_up"]

_Floats = NDArray[np.float64]
_PATHS = ("footway", "steps")


def draw_town(draft: Draft, town: Town, rng: np.random.Generator) -> None:
    """Draw a grid: each sixth line a main road, each third a collector, not all of the rest."""
    points = _grid(town, rng)
    for (i, j), here in points.items():
        for along, (di, dj) in ((True, (1, 0)), (False, (0, 1))):
            there = points.get((i + di, j + dj))
            if there is None or wet(here, there):
                continue
            highway, name = _rank(town, j if along else i, along=along)
            if highway == "residential":
                _draw_small(draft, town, (here, there), rng)
            else:
                draft.add(here, there, highway=highway, name=name)


def _draw_small(draft: Draft, town: Town, ends: tuple[Xy, Xy], rng: np.random.Generator) -> None:
    """Draw a small street, at times one-way, or stairs, or nothing: less and less to the edge."""
    (x, y), _ = ends
    away = float(np.hypot(x - town.x, y - town.y)) / town.radius_m
    if rng.random() >= 0.2 + 0.3 * away:
        oneway = "yes" if rng.random() < 0.12 else "no"
        turned = ends[::-1] if oneway == "yes" and rng.random() < 0.5 else ends
        draft.add(*turned, highway="residential", oneway=oneway)
    elif rng.random() < 0.16:
        along = np.subtract(ends[1], ends[0])
        bow = ends[0] + rng.uniform(0.3, 0.7) * along
        bow += rng.uniform(-0.15, 0.15) * np.array([-along[1], along[0]])
        kind = "steps" if rng.random() < 0.45 else "footway"
        draft.add(ends[0], rounded(bow), ends[1], highway=kind)


def _grid(town: Town, rng: np.random.Generator) -> dict[tuple[int, int], Xy]:
    """Give the crossings of a town's grid that lie on dry, gentle ground inside the town."""
    half = int(1.35 * town.radius_m / town.spacing_m)
    lines = np.arange(-half, half + 1)
    i, j = (a.ravel() for a in np.meshgrid(lines, lines))
    turn = np.deg2rad(town.turn_deg)
    x = town.x + town.spacing_m * (i * np.cos(turn) - j * np.sin(turn))
    y = town.y + town.spacing_m * (i * np.sin(turn) + j * np.cos(turn))
    jitter = rng.normal(0, 0.075 * town.spacing_m, (2, len(i)))
    bend = 1.5 * town.spacing_m
    x += bend * noise(x, y, wave_m=2600, seed=31) + jitter[0]
    y += bend * noise(x, y, wave_m=2600, seed=32) + jitter[1]
    away = np.hypot(x - town.x, y - town.y) / town.radius_m
    ragged = 0.17 * noise(x, y, wave_m=1500, seed=33)
    inside = (away + ragged < 1) & _buildable(x, y) & (_nearest_town(x, y) == TOWNS.index(town))
    return {
        (int(a), int(b)): rounded((px, py))
        for a, b, px, py in zip(i[inside], j[inside], x[inside], y[inside], strict=True)
    }


def _nearest_town(x: _Floats, y: _Floats) -> NDArray[np.int64]:
    away = [np.hypot(x - town.x, y - town.y) / town.radius_m for town in TOWNS]
    nearest: NDArray[np.int64] = np.argmin(away, axis=0).astype(np.int64)
    return nearest


def _buildable(x: _Floats, y: _Floats) -> NDArray[np.bool_]:
    """Tell where a town can stand: in the district, 60 m from the water, slopes below 22 %."""
    dry = LAND.boundary.buffer(-150).difference(LAND.river.buffer(60))
    gentle: NDArray[np.bool_] = slope(x, y) < 0.22
    return gentle & np.asarray(contains_xy(dry, x, y), dtype=np.bool_)


def _rank(town: Town, line: int, *, along: bool) -> tuple[str, str]:
    """Give the class and name of a line of the grid."""
    name = f"{town.name}{'横' if along else '纵'}{line // 6 + 10}"
    if line % 12 == 0:
        return "primary", f"{name}大道"
    if line % 6 == 0:
        return "secondary", f"{name}路"
    return ("tertiary" if line % 3 == 0 else "residential"), ""


def open_up(draft: Draft) -> None:
    """Make a street of a path where else a quarter could not be driven to."""
    drawn = draft.streets
    paths = [s for s in drawn if s.highway in _PATHS]
    roads = nx.Graph((s.line[0], s.line[-1]) for s in drawn if s.highway not in _PATHS)
    for path in paths:
        here, there = path.line[0], path.line[-1]
        parts = [nx.node_connected_component(roads, end) for end in (here, there) if end in roads]
        if len(parts) == 2 and there not in parts[0]:
            roads.add_edge(here, there)
            draft.remove(path)
            draft.add(*path.line, highway="residential")


def draw_lanes(draft: Draft, rng: np.random.Generator) -> None:
    """Let lanes lead from the middle of a fifth of the small streets to a dead end in the block."""
    small = [
        s for s in draft.streets if s.highway in ("residential", "tertiary") and s.oneway == "no"
    ]
    for index in rng.permutation(len(small))[: len(small) // 5]:
        street = small[index]
        here, there = street.line
        along = np.subtract(there, here)
        middle = rounded(np.add(here, there) / 2 + rng.normal(0, 2, 2))
        side = np.array([-along[1], along[0]]) * rng.choice([-1, 1]) * rng.uniform(0.22, 0.42)
        end = rounded(middle + side + rng.normal(0, 5, 2))
        if np.hypot(*along) >= 60 and not wet(middle, end):
            draft.remove(street)
            draft.add(here, middle, highway=street.highway, name=street.name)
            draft.add(middle, there, highway=street.highway, name=street.name)
            draft.add(middle, end, highway="service")
