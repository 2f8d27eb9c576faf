"""`planner app`: the planner in the browser."""

import importlib.util
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from planner.bundle import app_settings_file, server_file
from planner.cli.program import Command, app, named_language
from planner.errors import SettingsError
from planner.language import note

__all__: list[str] = []

_OWN_MACHINE = "127.0.0.1"


@app.command(name="app", cls=Command)
def open_app(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of this machine.")] = 8501,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder in which districts are kept.")
    ] = None,
    address: Annotated[
        str,
        typer.Option(
            metavar="IP",
            help="Address at which other machines reach the planner; needs --secrets.",
        ),
    ] = _OWN_MACHINE,
    secrets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File that says where people sign in; without it secrets.toml of the workspace.",
        ),
    ] = None,
    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone-may-read-and-change",
            help="Let everybody who reaches the address use the planner without signing in.",
        ),
    ] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the planner in the browser, on this machine only."""
    if importlib.util.find_spec("streamlit") is None:
        raise SettingsError(
            note("The app is not installed. Install it with: pip install 'planner[app]'")
        )
    environment = dict(os.environ)
    named, _ = named_language(sys.argv[1:])
    if named:  # otherwise the app opens in Chinese, whatever the locale of the machine
        environment["PLANNER_LANG"] = named
    if workspace:
        environment["PLANNER_WORKSPACE"] = str(workspace.absolute())
    environment.pop("PLANNER_EVERYONE_MAY_READ_AND_CHANGE", None)
    if everyone:
        environment["PLANNER_EVERYONE_MAY_READ_AND_CHANGE"] = "1"
    flags = [
        *_streamlit_flags(),
        f"--server.port={port}",
        f"--server.address={address}",
        "--logger.hideWelcomeMessage=true",  # it would ask a foreign server for our own address
        *(["--server.headless=true"] if headless else []),
    ]
    if secrets:
        flags.append(f"--secrets.files={_readable(secrets)}")
    command = [sys.executable, "-m", "streamlit", "run", str(server_file()), *flags]
    raise typer.Exit(_served(command, environment))


def _served(command: list[str], environment: Mapping[str, str]) -> int:
    """Run the server until it ends; who ends the planner ends the server with it."""
    server = subprocess.Popen(command, env=environment)  # noqa: S603 - our own words
    before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _readable(secrets: Path) -> Path:
    if not secrets.is_file():
        raise SettingsError(note("There is no file {file}. Check the path.", file=secrets))
    return secrets.absolute()


def _streamlit_flags() -> list[str]:
    """Give the settings of the app: Streamlit itself looks for them in the working folder only."""
    sections = tomllib.loads(app_settings_file().read_text(encoding="utf-8"))
    return [
        f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}"
        for section, values in sections.items()
        for key, value in values.items()
        if (section, key) != ("server", "address")
    ]
