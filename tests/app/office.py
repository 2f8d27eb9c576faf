"""An office for tests: the app as `planner app` starts it, a provider to sign in with, Chromium."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from browser_driver import PATIENCE_MS, free_port
from playwright.sync_api import Browser, BrowserContext, Page

SECRET = "0123456789abcdef" * 4


@dataclass
class Running:
    """A program of ours, ended with its children."""

    command: Sequence[str]
    log: Path
    url: str
    ready: str
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        kept = {k: v for k, v in os.environ.items() if k != "PLANNER_LANG"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                list(self.command),
                env={**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), urlopen(f"{self.url}{self.ready}", timeout=5):  # noqa: S310 - our own address
                return
            time.sleep(0.2)
        pytest.fail(self.log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)
        self.process = None

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def provider(folder: Path) -> Running:
    """Give an OpenID Connect provider of a library, on a free port."""
    port = free_port()
    return Running(
        [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)],
        folder / "provider.log",
        f"http://127.0.0.1:{port}",
        "/.well-known/openid-configuration",
        {"AUTHLIB_INSECURE_TRANSPORT": "1"},
    )


def enrol(there: Running, subject: str, **claims: object) -> None:
    """Let the provider know a person."""
    request = Request(  # noqa: S310 - our own address
        f"{there.url}/users/{quote(subject)}",
        data=json.dumps(claims).encode(),
        method="PUT",
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10):  # noqa: S310 - our own address
        pass


def planner_app(folder: Path, *flags: str, port: int | None = None) -> Running:
    """Give the app on a free port, with a workspace in a folder."""
    at = port or free_port()
    space = folder / "districts"
    space.mkdir(exist_ok=True)
    return Running(
        [
            *(sys.executable, "-m", "planner.cli", "app", "--headless"),
            *("--port", str(at), "--workspace", str(space), *flags),
        ],
        folder / "server.log",
        f"http://127.0.0.1:{at}",
        "/_stcore/health",
        {"PLANNER_CACHE": str(folder / "cache")},
    )


def secrets_for(folder: Path, there: Running, port: int) -> Path:
    """Write the file that says where people sign in."""
    path = folder / "secrets.toml"
    path.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "planner"
client_secret = "of-the-test"
server_metadata_url = "{there.url}/.well-known/openid-configuration"
""",
        encoding="utf-8",
    )
    return path


@contextlib.contextmanager
def window(browser: Browser) -> Iterator[tuple[BrowserContext, Page]]:
    """Give a browser of one person."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield context, page
    finally:
        context.close()


def answer(url: str, *, cookie: str = "", host: str = "", method: str = "GET") -> int:
    """Give the status with which an address answers to a program that is no browser."""
    headers = {**({"Cookie": cookie} if cookie else {}), **({"Host": host} if host else {})}
    asked = Request(url, headers=headers, method=method)  # noqa: S310 - our own address
    try:
        with urlopen(asked, timeout=20) as found:  # noqa: S310 - our own address
            return int(found.status)
    except HTTPError as error:
        return error.code
