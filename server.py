"""The app with the guard before it: what `planner app` starts."""

import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.starlette import App

from app_pages.access import serving
from app_pages.access.guard import Guard, mark_running
from app_pages.access.signing import rules_now
from app_pages.mapping.tile_routes import tile_routes
from app_pages.text.logged import log_safely
from planner.errors import PlannerError
from planner.language import LANGUAGES, say, use_language

ROUTES: list[BaseRoute] = [*tile_routes()]
"""What the app serves beside its pages; where people sign in, only to who did."""


def _guard() -> Middleware:
    """Set up the guard, or end with what a person can mend."""
    log_safely()
    language = os.environ.get("PLANNER_LANG", "")
    use_language(language if language in LANGUAGES else "zh")
    try:
        serving.with_safe_options()
        serving.with_secrets_of_workspace()
        auth = serving.sign_in_settings()
        serving.refuse_unguarded(auth)
        rules_now()
    except PlannerError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    mark_running(sign_in=auth is not None)
    return Middleware(
        Guard,
        sign_in=auth is not None,
        hosts=serving.hosts(auth),
        any_number=auth is None and serving.everyone_may(),
        below=st.get_option("server.baseUrlPath") or "",
        outer=serving.outer_path(auth),
        secure=auth is not None and str(auth["redirect_uri"]).startswith("https:"),
    )


@asynccontextmanager
async def _announced(_: App) -> AsyncIterator[None]:
    """Say where the planner is once it can be reached, and open the browser if wanted."""
    address = serving.own_address()
    sys.stdout.write(
        f"{say('The planner is open at {address} (Ctrl+C ends it).', address=address)}\n"
    )
    sys.stdout.flush()
    if not st.get_option("server.headless"):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    yield


app = App(
    Path(__file__).with_name("app.py"),
    routes=ROUTES,
    middleware=[_guard()],
    lifespan=_announced,
)
