"""Addresses of the app itself under which a map finds the tiles of its base map.

The server fetches them: so a key stays here, the browser asks nobody but the app, and whoever may
not see the pages gets no tiles either (what guards the pages stands before these addresses too).
"""

import logging
import threading
from collections.abc import Callable

import anyio
import anyio.to_thread
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app_pages.mapping.tile_book import TileBook, tile_book
from planner.maps import NOTHING, TileRefusal, TileServer, TileSource, picture_type, within

__all__ = ["TILES_PATH", "are_served", "tile_routes"]

TILES_PATH = "/planner/tiles"
_LOG = logging.getLogger(__name__)
_MOST_DIGITS = 7
_MOST_AT_ONCE = 8
_LIMIT_S = 5.0
"""Longest wait for one tile, whatever hangs: the name of a server, its answer, a disk."""
_PROBE_S = 4.0
_HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
_SERVED = threading.Event()


def are_served() -> bool:
    """Tell whether this server has the addresses: only then a map offers base maps."""
    return _SERVED.is_set()


def tile_routes(book: Callable[[], TileBook] = tile_book) -> list[BaseRoute]:
    """Give the addresses: whether a base map answers, and its tiles.

    Parameters
    ----------
    book
        Gives the base maps as they are set at the moment.
    """
    _SERVED.set()

    async def answers(request: Request) -> Response:
        """Try one tile of each layer, within a short time."""
        found = book().base(request.path_params["base"])
        at = _numbers(*(request.query_params.get(name, "") for name in "zxy"))
        if found is None or at is None:
            return JSONResponse({"ok": False, "why": "unknown"}, status_code=404)
        source = book().sources[found.id]
        if isinstance(source, TileServer):
            source.wake()
        why = await _tried(source, found.layers, at)
        if why:
            _LOG.warning("The base map %s gives no tiles: %s", found.id, why)
        return JSONResponse({"ok": not why, "why": why}, headers={"Cache-Control": "no-store"})

    async def tile(request: Request) -> Response:
        """Give one picture."""
        path = request.path_params
        found = book().base(path["base"])
        at = _numbers(path["z"], path["x"], path["y"])
        if found is None or at is None or path["layer"] not in found.layers:
            return Response(status_code=404)
        return await _picture(book().sources[found.id], path["layer"], at)

    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = f"/{below}{TILES_PATH}" if below else TILES_PATH
    return [
        Route(f"{path}/{{base}}", answers),
        Route(f"{path}/{{base}}/{{layer}}/{{z}}/{{x}}/{{y}}", tile),
    ]


def _numbers(*words: str) -> tuple[int, int, int] | None:
    """Read zoom, column and row; None unless there can be such a tile."""
    if not all(word.isascii() and word.isdecimal() for word in words):
        return None
    if any(len(word) > _MOST_DIGITS for word in words):
        return None
    zoom, column, row = (int(word) for word in words)
    return (zoom, column, row) if within(zoom, column, row) else None


async def _tried(source: TileSource, layers: tuple[str, ...], at: tuple[int, int, int]) -> str:
    """Tell why a base map gives no tiles; "": it gives them."""
    for layer in layers:
        try:
            await _asked(source, layer, at, limit_s=_PROBE_S)
        except TileRefusal as refusal:
            return refusal.why
    return ""


async def _picture(source: TileSource, layer: str, at: tuple[int, int, int]) -> Response:
    try:
        found = await _asked(source, layer, at, limit_s=_LIMIT_S)
    except TileRefusal as refusal:
        return Response(refusal.why, status_code=503, headers={"Cache-Control": "no-store"})
    kind = picture_type(found) if found is not None else None
    if found is None or kind is None:
        return Response(NOTHING, media_type="image/png", headers=_HEADERS)
    return Response(found, media_type=kind, headers=_HEADERS)


async def _asked(
    source: TileSource, layer: str, at: tuple[int, int, int], *, limit_s: float
) -> bytes | None:
    """Ask a source without holding up anybody else.

    Raises
    ------
    TileRefusal
        If the source refuses, or does not answer in time.
    """
    with anyio.move_on_after(limit_s):
        return await anyio.to_thread.run_sync(
            lambda: source.tile(layer, *at), abandon_on_cancel=True, limiter=_limiter()
        )
    raise TileRefusal("slow")


_LIMITERS: dict[int, anyio.CapacityLimiter] = {}


def _limiter() -> anyio.CapacityLimiter:
    """Give the limit of this loop: tiles that hang may not take the threads of the pages."""
    return _LIMITERS.setdefault(threading.get_ident(), anyio.CapacityLimiter(_MOST_AT_ONCE))
