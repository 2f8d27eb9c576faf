"""Servers of tiles on this machine that answer, refuse, send elsewhere or never answer."""

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvicorn
from PIL import Image
from starlette.applications import Starlette


def picture(colour: tuple[int, int, int] = (200, 220, 200), kind: str = "PNG") -> bytes:
    """Give a tile of one colour."""
    held = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(held, kind)
    return held.getvalue()


Answer = Callable[[BaseHTTPRequestHandler], None]


def with_picture(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, picture())


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def tile_server(answer: Answer = with_picture) -> Iterator[tuple[str, list[str]]]:
    """Run a server; give its address with {z}/{x}/{y}, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with contextlib.suppress(OSError):  # who asked has gone
                answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{{z}}/{{x}}/{{y}}.png", asked
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """Take connections and never answer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/{{z}}/{{x}}/{{y}}.png"


@contextlib.contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Run an app in a thread; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
