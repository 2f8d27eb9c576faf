"""`planner app`: the planner in the browser."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from planner.bundle import app_file, app_settings_file
from planner.cli.program import Command, app, named_language
from planner.errors import SettingsError
from planner.language import note

__all__: list[str] = []


@app.command(name="app", cls=Command)
def open_app(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of this machine.")] = 8501,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder in which districts are kept.")
    ] = None,
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
    command = [sys.executable, "-m", "streamlit", "run", str(app_file()), *_streamlit_flags(port)]
    if headless:
        command.append("--server.headless=true")
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603 - our own words


def _streamlit_flags(port: int) -> list[str]:
    """Give the settings of the app: Streamlit itself looks for them in the working folder only."""
    sections = tomllib.loads(app_settings_file().read_text(encoding="utf-8"))
    kept = [
        f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}"
        for section, values in sections.items()
        for key, value in values.items()
    ]
    return [*kept, f"--server.port={port}", "--server.address=127.0.0.1"]
