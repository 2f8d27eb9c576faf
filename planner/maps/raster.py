"""A surface in metres -> a picture that lies on the map, with the scale of its colours."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from planner.density import Surface
from planner.geo import to_degrees, to_plane
from planner.language import say
from planner.maps.layers import Raster
from planner.maps.style import STYLE

__all__ = ["density_layer", "indexed_png", "round_top"]

_MOST_PIXELS = 1000
"""Of the longer side of the picture."""
_FINER = 3
"""Pixels of the picture for one of the surface, where the picture is small enough."""
_NODES = 25
"""Points of a side at which the projection is computed; between them it is as good as linear."""
_COLOURS = 255


def density_layer(
    surface: Surface, *, name: str, top: float | None = None, show: bool = True
) -> Raster:
    """Draw workers per km2 as a smooth picture, see-through where nobody is.

    The colour goes with the square root of the density, so that quiet parts are seen beside the
    core; what lies above the top of the scale has the darkest colour.

    Parameters
    ----------
    surface
        Workers per km2 in squares of the plane.
    name
        Of the layer.
    top
        Density at the dark end of the scale, above 0; None: a round number above nearly all of the
        surface.
    show
        Whether it is there at first.
    """
    top = round_top(surface.values) if top is None else top
    values, bounds = _upright(surface)
    strength = np.sqrt(np.clip(values / top, 0.0, 1.0))
    index = np.ceil(strength * _COLOURS).astype(np.uint8)
    index[strength * _COLOURS < 1] = 0  # hardly anybody: see-through
    picture = base64.b64encode(indexed_png(index, _palette())).decode()
    payload = {
        "image": f"data:image/png;base64,{picture}",
        "bounds": bounds,
        "opacity": STYLE.density_opacity,
    }
    part = {"title": say("Workers per km²"), "place": 1, "ramp": _ramp(top)}
    return Raster(payload, name=name, legend=[part], show=show)


def round_top(values: NDArray[np.float64]) -> float:
    """Give the smallest of 1, 2, 5 times a power of ten that 99.5 % of the densities keep to.

    Examples
    --------
    >>> round_top(np.array([0.0, 3.0, 140.0]))
    200.0
    >>> round_top(np.zeros(3))
    1.0
    """
    there = values[values > 0]
    if not len(there):
        return 1.0
    most = float(np.quantile(there, 0.995))
    power = 10.0 ** np.floor(np.log10(most))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= most * (1 - 1e-9)))


def indexed_png(index: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Write a picture with a palette as PNG.

    Parameters
    ----------
    index
        Place in the palette of each pixel, shape (rows, columns), the upper row first.
    palette
        Red, green, blue and opacity of 0 to 255, shape (k, 4), k at most 256.

    References
    ----------
    Portable Network Graphics (PNG) Specification, third edition, W3C.
    """
    rows, columns = index.shape
    unfiltered = np.zeros((rows, columns + 1), np.uint8)  # each row begins with its filter: none
    unfiltered[:, 1:] = index
    header = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def _palette() -> NDArray[np.uint8]:
    """Give 256 colours: the first is see-through, the next are pale and thin, the last dark."""
    share = np.linspace(0.0, 1.0, _COLOURS)
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in STYLE.density_colours])
    at = np.linspace(0.0, 1.0, len(stops))
    colours = np.column_stack([np.interp(share, at, stops[:, part]) for part in range(3)])
    opacity = 255 * np.clip(share / 0.18, 0.0, 1.0)
    return (
        np.vstack([np.zeros((1, 4)), np.column_stack([colours, opacity])]).round().astype(np.uint8)
    )


def _ramp(top: float) -> dict[str, object]:
    """Tell the colours of the scale, and which densities stand beside them."""
    marks = [(share, top * share**2) for share in (0.0, 0.5, 1.0)]
    labels = [f"{value:,.4g}" for _, value in marks]
    labels[-1] = say("{density} and more", density=labels[-1])
    ticks = [{"at": share, "label": label} for (share, _), label in zip(marks, labels, strict=True)]
    return {"colours": list(STYLE.density_colours), "ticks": ticks}


def _upright(surface: Surface) -> tuple[NDArray[np.float64], list[list[float]]]:
    """Turn a surface so that its rows run east, the upper row first, as a web map lies.

    Returns
    -------
    values, bounds
        Densities on an even grid of the Mercator plane, and the corners [[south, west], [north,
        east]] in degrees.
    """
    west, south, east, north = _corners(surface)
    rows, columns = surface.values.shape
    scale = min(_FINER, _MOST_PIXELS / max(rows, columns))
    shape = (max(2, round(rows * scale)), max(2, round(columns * scale)))
    lon = west + (np.arange(shape[1]) + 0.5) / shape[1] * (east - west)
    low, high = _mercator(south), _mercator(north)
    lat = _latitude(high - (np.arange(shape[0]) + 0.5) / shape[0] * (high - low))
    x, y = _plane(surface, lon, lat)
    at = [
        (y - surface.south_m) / surface.pixel_m - 0.5,
        (x - surface.west_m) / surface.pixel_m - 0.5,
    ]
    values = map_coordinates(surface.values, at, order=1, mode="constant", cval=0.0)
    return values, [[south, west], [north, east]]


def _corners(surface: Surface) -> tuple[float, float, float, float]:
    """Give west, south, east, north in degrees of a frame around the surface."""
    rows, columns = surface.values.shape
    share = np.linspace(0.0, 1.0, _NODES)
    x = surface.west_m + share * columns * surface.pixel_m
    y = surface.south_m + share * rows * surface.pixel_m
    rim = np.vstack(
        [
            np.column_stack([x, np.full(_NODES, y[0])]),
            np.column_stack([x, np.full(_NODES, y[-1])]),
            np.column_stack([np.full(_NODES, x[0]), y]),
            np.column_stack([np.full(_NODES, x[-1]), y]),
        ]
    )
    lon, lat = to_degrees(rim, projection=surface.projection)
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _plane(
    surface: Surface, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the metres of every pixel, interpolated between few that are computed."""
    few_lon = np.linspace(lon[0], lon[-1], _NODES)
    few_lat = np.linspace(lat[0], lat[-1], _NODES)
    grid_lon, grid_lat = np.meshgrid(few_lon, few_lat)
    xy = to_plane(grid_lon.ravel(), grid_lat.ravel(), projection=surface.projection)
    column = (lon - lon[0]) / (lon[-1] - lon[0]) * (_NODES - 1)
    row = (lat - lat[0]) / (lat[-1] - lat[0]) * (_NODES - 1)
    at = np.meshgrid(row, column, indexing="ij")
    x, y = (
        map_coordinates(part.reshape(_NODES, _NODES), at, order=1, mode="nearest") for part in xy.T
    )
    return x, y


def _mercator(lat: float) -> float:
    return float(np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)))


def _latitude(mercator: NDArray[np.float64]) -> NDArray[np.float64]:
    latitude: NDArray[np.float64] = np.degrees(2 * np.arctan(np.exp(mercator)) - np.pi / 2)
    return latitude
