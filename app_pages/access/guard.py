"""What stands before every request: who may have it, and what the browser is told to keep to."""

import re
import secrets
from http.cookies import SimpleCookie
from typing import Literal
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages.access.cookies import (
    COOKIE,
    is_browser_mark,
    remember_signed_out,
    sender_of,
    signed_in_sender,
)
from app_pages.access.serving import host_of, is_number
from app_pages.access.uploading import Uploads
from planner.language import LANGUAGES, note

__all__ = ["Guard", "mark_running", "running_guarded"]

_YEAR_S = 365 * 24 * 3600
_RETURN = "planner_return"
"""Cookie that remembers, while a person signs in, which page was asked for."""
_RETURN_S = 900
_PAGE = re.compile(r"/[A-Za-z0-9_-]*(\?[A-Za-z0-9_.~%&=+-]{0,1500})?")
_OPEN = re.compile(r"/?[^/]*|/static/.*|.*/_stcore/(health|host-config)|/auth/(login|logout)")
"""What somebody who has not signed in may fetch: the empty page, its scripts, and the way in."""
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]*)/[^/]*")
_READING = ("GET", "HEAD", "OPTIONS")

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

_REFUSALS = {
    401: note("Sign in first."),
    403: note("You may not do this here."),
    413: note("These are more or larger files than one person may bring at once."),
    421: note("The planner does not answer to this name."),
}

_running: dict[str, Literal["sign-in", "browser"]] = {}


class Guard:
    """Stands before the app as ASGI middleware.

    It refuses data to who has not signed in, gives a browser the mark by which it is known again,
    and adds what keeps a page to itself.

    Parameters
    ----------
    app
        What it guards.
    sign_in
        Whether people sign in.
    hosts
        The names that the app answers to; None: any.
    any_number
        Whether it also answers to every address in numbers: of those no foreign page can be.
    below
        Path below which the app is served; "": none.
    outer
        The same as the browser sees it, which a proxy may have changed; None: as `below`.
    secure
        Whether browsers reach the app by HTTPS alone.
    """

    def __init__(  # noqa: PLR0913 - how a server is set up
        self,
        app: ASGIApp,
        *,
        sign_in: bool,
        hosts: frozenset[str] | None,
        any_number: bool = False,
        below: str = "",
        outer: str | None = None,
        secure: bool = False,
    ) -> None:
        self._app = app
        self._sign_in = sign_in
        self._hosts = hosts
        self._any_number = any_number
        self._below = below.strip("/")
        self._outer = self._below if outer is None else outer.strip("/")
        self._secure = secure
        self._uploads = Uploads()
        self._policy = "; ".join(f"{name} {value}" for name, value in _POLICY.items())

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
            remember_signed_out(asked.cookies)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(asked, MutableHeaders(scope=message))
            await send(message)

        upload = _UPLOAD.fullmatch(self._path(asked))
        if upload and scope.get("method") not in _READING:
            await self._upload(upload[1], scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    async def _upload(self, window: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file come to a window of who sends it, or refuse it."""
        asked = HTTPConnection(scope)
        person = sender_of(asked.cookies, sign_in=self._sign_in)
        told = asked.headers.get("content-length", "")
        size = int(told) if re.fullmatch(r"[0-9]{1,15}", told) else None
        adds = scope.get("method") != "DELETE"
        status = self._uploads.refusal(window, person, adds=adds, size=size)
        if status is not None:
            await _refuse(status, scope, receive, send)
            return
        with self._uploads.coming(person, size=size if adds else 0):
            await self._app(scope, receive, send)

    def _refusal(self, asked: HTTPConnection) -> int | None:
        """Give the status with which a request is refused; None: it is let through."""
        if not self._answers_to(_host(asked.headers)):
            return 421
        path = self._path(asked)
        is_stream = asked.scope["type"] == "websocket"  # shows the sign-in page until then
        changes = is_stream or asked.scope.get("method") not in _READING
        if (changes and _is_foreign(asked.headers)) or _ends_from_elsewhere(path, asked.headers):
            return 403
        if not self._sign_in or is_stream or _OPEN.fullmatch(path):
            return None
        return None if signed_in_sender(asked.cookies) else 401

    def _answers_to(self, host: str) -> bool:
        if self._hosts is None or host in self._hosts:
            return True
        return self._any_number and is_number(host)

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
            headers.append("Set-Cookie", _cookie(COOKIE, mark, seconds=_YEAR_S))
        if self._secure or asked.url.scheme == "https":
            _keep_cookies_to_https(headers)

    def _complete_signing(self, asked: HTTPConnection, headers: MutableHeaders) -> None:
        """Keep what is fetched to the person, and lead back to where the way in was asked for."""
        path = self._path(asked)
        if headers.get("cache-control", "").startswith("public") and not path.startswith(
            "/static/"
        ):
            headers["Cache-Control"] = "private"
        if path in ("/auth/login", "/auth/logout"):
            back = self._asked_from(asked, whole=path == "/auth/login")
            headers.append("Set-Cookie", _cookie(_RETURN, back, seconds=_RETURN_S))
        elif path == "/oauth2callback" and "location" in headers:
            back = unquote(asked.cookies.get(_RETURN, ""))
            if not _PAGE.fullmatch(back):
                back = "/"
            headers["Location"] = f"/{self._outer}{back}" if self._outer else back
            headers.append("Set-Cookie", _cookie(_RETURN, "", seconds=0))

    def _asked_from(self, asked: HTTPConnection, *, whole: bool) -> str:
        """Give the page that a request came from: all of its address, or its language alone."""
        came = urlsplit(asked.headers.get("referer", ""))
        query = came.query
        if not whole:
            languages = parse_qs(query).get("lang", [])[:1]
            query = urlencode({"lang": languages[0]}) if languages else ""
        page = came.path.removeprefix(f"/{self._outer}") if self._outer else came.path
        back = (page if whole else "/") + (f"?{query}" if query else "")
        return back if _PAGE.fullmatch(back) else "/"


def mark_running(*, sign_in: bool) -> None:
    """Note that the guard stands before the app that this process runs."""
    _running["guard"] = "sign-in" if sign_in else "browser"


def running_guarded() -> Literal["sign-in", "browser"] | None:
    """Tell how people are known where the guard stands before the app; None: it does not."""
    return _running.get("guard")


def _host(headers: Headers) -> str:
    """Give the name that the browser asked for, without the port."""
    return host_of(headers.get("host", ""))


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another name asks; programs that are no browser name none."""
    page = headers.get("origin")
    if page is None:
        return False
    try:
        return urlsplit(page).hostname != _host(headers)
    except ValueError:
        return True


def _ends_from_elsewhere(path: str, headers: Headers) -> bool:
    """Tell whether a page of another name would end somebody's sign-in by a link."""
    return path == "/auth/logout" and headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _cookie(name: str, value: str, *, seconds: int) -> str:
    cookie = SimpleCookie({name: quote(value)})
    made = cookie[name]
    made["path"], made["max-age"] = "/", seconds
    made["httponly"], made["samesite"] = True, "Lax"
    return made.OutputString()


def _keep_cookies_to_https(headers: MutableHeaders) -> None:
    """Let no cookie of an answer go over a connection that others can read."""
    cookies = headers.getlist("set-cookie")
    if cookies:
        del headers["set-cookie"]
    for cookie in cookies:
        is_so = re.search(r";\s*secure\b", cookie, re.IGNORECASE)
        headers.append("Set-Cookie", cookie if is_so else f"{cookie}; Secure")


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    # Which language is read is not known here, so it is told in each.
    words = [_REFUSALS[status].text(language) for language in LANGUAGES]
    headers = {**_HEADERS, "Cache-Control": "no-store"}
    await PlainTextResponse("\n".join(words), status, headers)(scope, receive, send)
