"""What stands before every request: who may have it, and what the browser is told to keep to."""

import hashlib
import json
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, Literal
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app_pages.access.signing import rules_now, signed_in_person, still_holds
from planner.errors import SettingsError

__all__ = [
    "COOKIE",
    "Guard",
    "is_browser_mark",
    "is_signed_out",
    "mark_running",
    "running_guarded",
]

COOKIE = "planner_browser"
"""Cookie by which a browser is known again after a reload, where nobody signs in."""
_YEAR_S = 365 * 24 * 3600
_RETURN = "planner_return"
"""Cookie that remembers, while a person signs in, which page was asked for."""
_RETURN_S = 900
_PAGE = re.compile(r"/[A-Za-z0-9_-]*(\?[A-Za-z0-9_.~%&=+-]{0,1500})?")
_OPEN = re.compile(r"/?[^/]*|/static/.*|.*/_stcore/(health|host-config)|/auth/(login|logout)")
"""What somebody who has not signed in may fetch: the empty page, its scripts, and the way in."""
_MOST_SIGNED_OUT = 10_000

_POLICY = {
    "default-src": "'self'",
    # Streamlit and folium write scripts into their pages, so those are let through; attributes
    # such as onerror do nothing, and nothing is fetched from or sent to anywhere else.
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_running: dict[str, Literal["sign-in", "browser"]] = {}
_signed_out: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


class Guard:
    """Stands before the app as ASGI middleware.

    It refuses data to who has not signed in, gives a browser the mark by which it is known again,
    and adds what keeps a page to itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        sign_in: bool,
        hosts: frozenset[str] | None,
        below: str = "",
        pictures: str = "",
    ) -> None:
        self._app = app
        self._sign_in = sign_in
        self._hosts = hosts
        self._below = below.strip("/")
        policy = _POLICY | {"img-src": f"{_POLICY['img-src']} {pictures}".strip()}
        self._policy = "; ".join(f"{name} {value}" for name, value in policy.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with a refusal."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        status = self._refusal(asked)
        if status is not None:
            await _refuse(status, scope, receive, send)
            return
        if self._path(asked) == "/auth/logout":
            _remember_signed_out(asked.cookies)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(asked, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, asked: HTTPConnection) -> int | None:
        """Give the status with which a request is refused; None: it is let through."""
        if self._hosts is not None and _host(asked.headers) not in self._hosts:
            return 421
        path = self._path(asked)
        is_stream = asked.scope["type"] == "websocket"  # shows the sign-in page until then
        if is_stream and _is_foreign(asked.headers):
            return 403
        if not self._sign_in or is_stream or _OPEN.fullmatch(path):
            return None
        return None if _has_signed_in(asked.cookies) else 401

    def _path(self, asked: HTTPConnection) -> str:
        path: str = asked.scope["path"]
        return path.removeprefix(f"/{self._below}") if self._below else path

    def _complete(self, asked: HTTPConnection, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        headers.setdefault("Content-Security-Policy", self._policy)
        if self._sign_in:
            self._complete_signing(asked, headers)
        is_page = headers.get("content-type", "").startswith("text/html")
        if is_page and not is_browser_mark(asked.cookies.get(COOKIE, "")):
            mark = secrets.token_hex(16)
            headers.append("Set-Cookie", _cookie(asked, COOKIE, mark, seconds=_YEAR_S))

    def _complete_signing(self, asked: HTTPConnection, headers: MutableHeaders) -> None:
        """Keep what is fetched to the person, and lead back to where the way in was asked for."""
        path = self._path(asked)
        if headers.get("cache-control", "").startswith("public") and not path.startswith(
            "/static/"
        ):
            headers["Cache-Control"] = "private"
        if path in ("/auth/login", "/auth/logout"):
            back = _asked_from(asked, whole=path == "/auth/login")
            headers.append("Set-Cookie", _cookie(asked, _RETURN, back, seconds=_RETURN_S))
        elif path == "/oauth2callback" and "location" in headers:
            back = unquote(asked.cookies.get(_RETURN, ""))
            if _PAGE.fullmatch(back):
                headers["Location"] = back
            headers.append("Set-Cookie", _cookie(asked, _RETURN, "", seconds=0))


def mark_running(*, sign_in: bool) -> None:
    """Note that the guard stands before the app that this process runs."""
    _running["guard"] = "sign-in" if sign_in else "browser"


def running_guarded() -> Literal["sign-in", "browser"] | None:
    """Tell how people are known where the guard stands before the app; None: it does not."""
    return _running.get("guard")


def is_browser_mark(text: str) -> bool:
    """Tell whether a text has the form of the mark that a browser was given."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def is_signed_out(cookies: Mapping[str, str]) -> bool:
    """Tell whether the person left by signing out; a copy of the cookies then opens nothing."""
    with _lock:
        return _digest(cookies) in _signed_out


def _remember_signed_out(cookies: Mapping[str, str]) -> None:
    if _claims(cookies) is None:
        return  # signed by nobody: it opens nothing anyhow
    with _lock:
        _signed_out[_digest(cookies)] = None
        while len(_signed_out) > _MOST_SIGNED_OUT:
            _signed_out.popitem(last=False)


def _digest(cookies: Mapping[str, str]) -> str:
    """Tell sign-ins apart; a long one is spread over several cookies."""
    own = re.compile(rf"{USER_COOKIE_NAME}(_+\d+)?")
    parts = sorted((name, value) for name, value in cookies.items() if own.fullmatch(name))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _has_signed_in(cookies: Mapping[str, str]) -> bool:
    """Tell whether the cookies are of somebody who signed in, recently enough, and has a role."""
    if is_signed_out(cookies):
        return False
    claims = _claims(cookies)
    if not isinstance(claims, dict) or not claims.get("is_logged_in"):
        return False
    try:
        rules = rules_now()
    except SettingsError:
        return False
    return (
        still_holds(claims, rules, now=time.time()) and signed_in_person(claims, rules) is not None
    )


def _claims(cookies: Mapping[str, str]) -> Any:  # noqa: ANN401 - what JSON holds
    """Give what the signed cookie of Streamlit holds; None where nobody of ours signed it."""

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        if value is None or not (secret := get_cookie_secret()):
            return None
        return decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    try:
        found = get_cookie_with_chunks(one, USER_COOKIE_NAME)
        return json.loads(found) if found else None
    except (ValueError, TypeError, RecursionError):
        return None


def _host(headers: Headers) -> str:
    """Give the name that the browser asked for, without the port."""
    host = headers.get("host", "").lower().rstrip(".")
    name = re.fullmatch(r"\[([0-9a-f:.]+)\](?::\d+)?|([^:\[\]]*)(?::\d+)?", host)
    return (name[1] or name[2]).rstrip(".") if name else ""


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another name asks; programs that are no browser name none."""
    page = headers.get("origin")
    if page is None:
        return False
    try:
        return urlsplit(page).hostname != _host(headers)
    except ValueError:
        return True


def _asked_from(asked: HTTPConnection, *, whole: bool) -> str:
    """Give the page that a request came from: all of its address, or its language alone."""
    came = urlsplit(asked.headers.get("referer", ""))
    query = came.query
    if not whole:
        languages = parse_qs(query).get("lang", [])[:1]
        query = urlencode({"lang": languages[0]}) if languages else ""
    back = (came.path if whole else "/") + (f"?{query}" if query else "")
    return back if _PAGE.fullmatch(back) else "/"


def _cookie(asked: HTTPConnection, name: str, value: str, *, seconds: int) -> str:
    cookie = SimpleCookie({name: quote(value)})
    made = cookie[name]
    made["path"], made["max-age"] = "/", seconds
    made["httponly"], made["samesite"] = True, "Lax"
    made["secure"] = asked.url.scheme == "https"
    return made.OutputString()


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    words = {401: "Sign in first.", 421: "The planner does not answer to this name."}[status]
    headers = {**_HEADERS, "Cache-Control": "no-store"}
    await PlainTextResponse(words, status, headers)(scope, receive, send)
