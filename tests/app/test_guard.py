"""What the guard refuses: copies of cookies, pages of others, files that are too many."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from starlette.types import Message, Send
from streamlit.runtime import Runtime

from app_pages.access import cookies as cookies_module
from app_pages.access import left, serving
from app_pages.access.guard import Guard
from app_pages.access.signing import Person, browser_person
from app_pages.access.uploading import Uploads, _windows
from planner.errors import SettingsError

SECRET = "0123456789abcdef" * 4
USER = "_streamlit_user"
DATA = "/component/x/data.js"
OWN = frozenset({"127.0.0.1", "planner.example"})


pytestmark = pytest.mark.usefixtures("space")


@pytest.fixture(autouse=True)
def _signed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookies_module, "get_cookie_secret", lambda: SECRET)
    _windows.clear()
    left.forget_those_read()


def signed(**claims: object) -> str:
    """Give the cookie that a sign-in leaves."""
    told = {"sub": "s-1", "iss": "https://id.example", "is_logged_in": True, "iat": time.time()}
    return URLSafeTimedSerializer(SECRET, salt=USER).dumps(json.dumps(told | claims))


def ask(
    path: str,
    guard: Mapping[str, Any],
    *,
    method: str = "GET",
    answer: Mapping[str, str] | None = None,
    **headers: str,
) -> tuple[int, list[tuple[str, str]]]:
    """Ask a guard that lets its answers through from an app which gives `answer`."""

    async def app(_scope: object, _receive: object, send: Send) -> None:
        told = [(name.encode(), value.encode()) for name, value in (answer or {}).items()]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": b"data"})

    named = {"host": "127.0.0.1:8501", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    settings = {"sign_in": True, "hosts": None, **guard}
    asyncio.run(Guard(app, **settings)(scope, receive, send))
    told = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], told


def status(path: str, guard: Mapping[str, Any] | None = None, **asked: Any) -> int:  # noqa: ANN401 - as of `ask`
    return ask(path, guard or {}, **asked)[0]


# Signing out -------------------------------------------------------------------------------------


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out_whatever_stands_beside_it() -> None:
    cookie = signed()
    assert status(DATA, cookie=f"{USER}={cookie}") == 200
    assert status("/auth/logout", cookie=f"{USER}={cookie}") == 200
    for copy in (
        f"{USER}={cookie}",
        f"{USER}={cookie}; {USER}_7=x",
        f"{USER}__1=x; {USER}={cookie}",
        f'{USER}="{cookie}"',
        *(f"{USER}={cookie[:-1]}{letter}" for letter in "AQgwEIMU048cdefghijkl"),
    ):
        assert status(DATA, cookie=copy) == 401, copy
    assert status(DATA, cookie=f"{USER}={signed(iat=time.time() - 60)}") == 200


def test_who_signed_out_stays_so_after_a_restart(space: Path) -> None:
    cookie = f"{USER}={signed()}"
    status("/auth/logout", cookie=cookie)
    left.forget_those_read()
    assert status(DATA, cookie=cookie) == 401
    file = space / "signed_out"
    assert file.stat().st_mode & 0o077 == 0
    assert "s-1" not in file.read_text(encoding="ascii")


def test_a_list_of_those_who_left_that_is_damaged_loses_no_other_line(space: Path) -> None:
    one, other = f"{USER}={signed(sub='s-1')}", f"{USER}={signed(sub='s-2')}"
    status("/auth/logout", cookie=one)
    status("/auth/logout", cookie=other)
    file = space / "signed_out"
    lines = file.read_text(encoding="ascii").splitlines()
    old = f"{'0' * 64} 1000000000"
    file.write_text("\n".join([lines[0], "\x00garbage", old, lines[1][:40], lines[1]]) + "\n")
    left.forget_those_read()
    assert [status(DATA, cookie=each) for each in (one, other)] == [401, 401]
    assert file.read_text(encoding="ascii").splitlines() == lines


def test_where_the_disk_is_full_who_signs_out_is_out_until_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app_pages.access.left.os.write", full)
    cookie = f"{USER}={signed()}"
    assert status("/auth/logout", cookie=cookie) == 200
    assert status(DATA, cookie=cookie) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"is_logged_in": "yes"},
        {"is_logged_in": 1},
        {"sub": ["s-1"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": float("nan")},
    ],
)
def test_claims_of_a_wrong_kind_open_nothing(claims: Mapping[str, object]) -> None:
    assert status(DATA, cookie=f"{USER}={signed(**claims)}") == 401


@pytest.mark.parametrize("text", ["[]", "3", "null", '"s-1"', "{", "[" * 100_000])
def test_what_is_signed_and_is_no_table_of_claims_opens_nothing(text: str) -> None:
    cookie = URLSafeTimedSerializer(SECRET, salt=USER).dumps(text)
    assert status(DATA, cookie=f"{USER}={cookie}") == 401
    assert status("/auth/logout", cookie=f"{USER}={cookie}") == 200


# Pages of others ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("site", "told"), [("cross-site", 403), ("same-site", 403)])
def test_a_link_of_a_foreign_page_signs_nobody_out(site: str, told: int) -> None:
    cookie = f"{USER}={signed()}"
    assert status("/auth/logout", cookie=cookie, sec_fetch_site=site) == told
    assert status(DATA, cookie=cookie) == 200
    assert status("/auth/logout", cookie=cookie, sec_fetch_site="same-origin") == 200
    assert status(DATA, cookie=cookie) == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "ANY"])
def test_a_foreign_page_changes_nothing(method: str) -> None:
    cookie = f"{USER}={signed()}"
    asked: dict[str, Any] = {"method": method, "cookie": cookie}
    assert status("/anything/x", origin="http://evil.example", **asked) == 403
    assert status("/anything/x", origin="null", **asked) == 403
    assert status("/anything/x", origin="http://127.0.0.1:8501", **asked) == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "1.2.3.4.5", "[::g]"])
def test_who_lets_everyone_in_lets_in_no_foreign_page_that_takes_the_name_of_the_machine(
    host: str,
) -> None:
    guard = {"sign_in": False, "hosts": OWN, "any_number": True}
    assert status("/", guard, host=host) == 421
    for own in ("planner.example:8501", "192.168.7.9:8501", "[fe80::1]:8501", "127.0.0.1"):
        assert status("/", guard, host=own) == 200, own
    assert status("/", {**guard, "any_number": False}, host="192.168.7.9") == 421


def test_who_lets_everyone_in_is_known_by_the_names_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = {"server.address": "0.0.0.0", "server.allowedHosts": ["Planner.Office."]}  # noqa: S104 - an address of the test
    monkeypatch.setattr("streamlit.get_option", options.get)
    monkeypatch.setenv(serving.EVERYONE, "1")
    found = serving.hosts(None)
    assert {"planner.office", socket.gethostname().lower(), "localhost"} <= found
    auth = {"redirect_uri": "https://planner.example/oauth2callback"}
    assert serving.hosts(auth) == {"planner.example", "localhost", "127.0.0.1", "::1"}


def test_pages_without_a_guard_answer_to_the_own_names_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = {"server.address": "127.0.0.1", "server.port": 8501, "secrets.files": []}
    monkeypatch.setattr("streamlit.get_option", options.get)
    for host in (None, "localhost:8501", "127.0.0.1:8501", "[::1]:8501"):
        serving.refuse_foreign_name(host)
    for host in ("evil.example:8501", "", "192.168.7.9:8501"):
        with pytest.raises(SettingsError, match=r"http://127\.0\.0\.1:8501/"):
            serving.refuse_foreign_name(host)


# Where the way back leads, and cookies -----------------------------------------------------------


def back_from_sign_in(referer: str, **guard: str) -> str:
    """Ask for the way in from a page, and give where the way back leads."""
    below = f"/{guard['below']}" if guard.get("below") else ""
    _, told = ask(f"{below}/auth/login", guard, referer=referer)
    kept = next(value for name, value in told if "planner_return=" in value)
    _, told = ask(
        f"{below}/oauth2callback",
        guard,
        answer={"location": f"{below}/"},
        cookie=kept.partition(";")[0],
    )
    return next(value for name, value in told if name == "location")


@pytest.mark.parametrize(
    ("referer", "guard", "back"),
    [
        ("http://x/demand?lang=en", {}, "/demand?lang=en"),
        ("http://x/plan/demand?lang=en", {"below": "plan"}, "/plan/demand?lang=en"),
        ("http://x/plan/", {"below": "/plan/"}, "/plan/"),
        ("http://x/demand", {"below": "plan"}, "/plan/demand"),
        ("http://x/a/b/demand", {"below": "a/b"}, "/a/b/demand"),
        ("http://x/out/demand", {"below": "", "outer": "out"}, "/out/demand"),
        ("http://evil.example//evil.example/", {}, "/"),
        ("http://evil.example//evil.example", {"below": "plan"}, "/plan/"),
        ("http://x/plan//evil.example", {"below": "plan"}, "/plan/"),
        ("http://x/\\evil.example", {}, "/"),
        ("http://x/a?next=//evil", {}, "/"),
    ],
)
def test_the_way_back_from_signing_in_leads_to_a_page_of_the_app(
    referer: str, guard: Mapping[str, str], back: str
) -> None:
    guard = {name: value.strip("/") for name, value in guard.items()}
    assert back_from_sign_in(referer, **guard) == back


@pytest.mark.parametrize(
    "planted",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "/a/../b", "/a\r\nX: y", ""],
)
def test_a_cookie_that_was_planted_leads_nowhere_else(planted: str) -> None:
    asked: dict[str, Any] = {"answer": {"location": "/"}, "cookie": f"planner_return={planted!r}"}
    _, told = ask("/oauth2callback", {}, **asked)
    assert next(value for name, value in told if name == "location") == "/"


def test_below_a_path_nothing_more_stands_open() -> None:
    guard = {"below": "plan"}
    closed = ("/plan/component/x/data.js", "/plan/media/x.png", "/plan/plan/media/x", "/x/plan/y")
    for path in closed:
        assert status(path, guard) == 401, path
    for path in ("/plan/demand", "/plan/", "/plan/_stcore/health", "/plan/static/x.js"):
        assert status(path, guard) == 200, path


def test_where_people_come_by_https_no_cookie_goes_over_another_way() -> None:
    answer = {"set-cookie": f"{USER}=x; HttpOnly; Path=/", "content-type": "text/html"}
    _, told = ask("/", {"secure": True}, answer=answer)
    cookies = [value for name, value in told if name == "set-cookie"]
    assert len(cookies) == 2
    assert all(cookie.endswith("; Secure") for cookie in cookies)
    _, told = ask("/", {}, answer=answer)
    assert not any("Secure" in value for name, value in told if name == "set-cookie")


# Files that are brought --------------------------------------------------------------------------

LOOKER, PLANNER, OTHER = (
    Person(f"person:{at}", "", role)  # type: ignore[arg-type]  # a role of the test
    for at, role in enumerate(("view", "plan", "plan"))
)


def held(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, int], size: int = 1) -> None:
    """Let sessions hold so many files."""
    stored = {
        window: {str(at): SimpleNamespace(data=range(size)) for at in range(count)}
        for window, count in files.items()
    }
    manager = SimpleNamespace(uploaded_file_mgr=SimpleNamespace(file_storage=stored))
    monkeypatch.setattr(Runtime, "instance", classmethod(lambda _: manager))


def test_a_file_comes_to_an_own_window_alone_and_only_from_who_may_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held(monkeypatch, {})
    _windows.update(w1=PLANNER.id, w2=OTHER.id, w3=LOOKER.id, w4="")
    uploads = Uploads()
    told = {
        (window, person.id if person else ""): uploads.refusal(window, person, adds=True, size=9)
        for window in ("w1", "w2", "w3", "w4", "unknown")
        for person in (PLANNER, LOOKER, None)
    }
    let_through = {asked for asked, refused in told.items() if refused is None}
    assert let_through == {("w1", PLANNER.id), ("w4", "")}
    assert set(told.values()) == {None, 403}


def test_one_person_brings_no_more_than_so_many_files_in_all_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _windows.update(w1=PLANNER.id, w2=PLANNER.id, w3=OTHER.id)
    uploads = Uploads()
    held(monkeypatch, {"w1": 100, "w2": 99, "w3": 500})
    assert uploads.refusal("w1", PLANNER, adds=True, size=9) is None
    assert uploads.refusal("w3", OTHER, adds=True, size=9) == 413
    assert uploads.refusal("w3", OTHER, adds=False, size=9) is None
    with uploads.coming(PLANNER, size=9):
        assert uploads.refusal("w2", PLANNER, adds=True, size=9) == 413
    assert uploads.refusal("w2", PLANNER, adds=True, size=9) is None


def test_one_person_brings_no_more_than_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    _windows.update(w1=PLANNER.id)
    uploads = Uploads()
    held(monkeypatch, {"w1": 9}, size=100_000_000)
    assert uploads.refusal("w1", PLANNER, adds=True, size=100_000_000) is None
    assert uploads.refusal("w1", PLANNER, adds=True, size=100_000_001) == 413
    assert uploads.refusal("w1", PLANNER, adds=True, size=None) == 413
    with uploads.coming(PLANNER, size=1):
        assert uploads.refusal("w1", PLANNER, adds=True, size=100_000_000) == 413


def test_the_guard_asks_before_a_file_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    held(monkeypatch, {})
    mark = "a" * 32
    _windows.update(w1=browser_person(mark, "plan").id)
    asked = {"method": "PUT", "cookie": f"planner_browser={mark}"}
    guard = {"sign_in": False, "below": "plan"}
    assert status("/plan/_stcore/upload_file/w1/f", guard, **asked) == 200
    assert status("/plan/_stcore/upload_file/w2/f", guard, **asked) == 403
    assert status("/plan/_stcore/upload_file/w1/f", guard, method="PUT") == 403
    assert status("/plan/_stcore/upload_file/w1/f", guard, method="DELETE") == 403
