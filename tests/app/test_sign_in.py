"""Who a person is to the planner, what this person may do, and from where the app is reached."""

import asyncio
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from app_driver import ROOT, words
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import Message
from streamlit import config
from streamlit.testing.v1 import AppTest

from app_pages.access import serving
from app_pages.access.guard import Guard
from app_pages.access.signing import (
    Role,
    Rules,
    read_rules,
    role_of,
    rules_now,
    signed_in_person,
    still_holds,
)
from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError

NOW = 1_800_000_000.0
LIN = {"sub": "s-1", "iss": "https://id.example", "name": "林晓", "iat": NOW}


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give the settings of Streamlit that tests may set; they are put back afterwards."""
    told: dict[str, Any] = {"server.address": "127.0.0.1", "secrets.files": []}
    asked = config.get_option
    monkeypatch.setattr("streamlit.get_option", lambda key: told.get(key, asked(key)))
    monkeypatch.delenv(serving.EVERYONE, raising=False)
    return told


# Roles -------------------------------------------------------------------------------------------


def rules(text: str, folder: Path) -> Rules:
    path = folder / "roles.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path)


ROLES = """
claim = "office.roles"
default = "none"
[people]
"s-1" = "plan"
"Boss@Office.example" = "admin"
[values]
"union-planner" = "plan"
"""


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"sub": "s-1"}, "plan"),
        ({"sub": "S-1"}, None),
        ({"sub": "s-2"}, None),
        ({"sub": "s-2", "email": "boss@OFFICE.example", "email_verified": True}, "admin"),
        ({"sub": "s-2", "email": "boss@office.example", "email_verified": False}, None),
        ({"sub": "s-2", "email": "boss@office.example"}, None),
        ({"sub": "s-2", "office": {"roles": "view"}}, "view"),
        ({"sub": "s-2", "office": {"roles": ["view", "union-planner", "x"]}}, "plan"),
        ({"sub": "s-2", "office": {"roles": ["admin", "view"]}}, "admin"),
        ({"sub": "s-2", "office.roles": "plan"}, "plan"),
        ({"sub": "s-2", "office": {"roles": [{"admin": 1}, 3, None]}}, None),
        ({"sub": "s-2", "roles": "admin"}, None),
        # The file's word for a person counts before what the provider claims.
        ({"sub": "s-1", "office": {"roles": "admin"}}, "plan"),
    ],
)
def test_a_role_is_what_the_file_or_the_claim_says(
    claims: Mapping[str, Any], role: Role | None, tmp_path: Path
) -> None:
    assert role_of(claims, rules(ROLES, tmp_path)) == role


def test_without_a_file_of_roles_everybody_who_signed_in_may_look_and_no_more(space: Path) -> None:
    assert rules_now() == Rules()
    assert role_of({"sub": "s-1", "roles": "admin"}, rules_now()) == "view"
    space.mkdir()
    (space / "roles.toml").write_text('[people]\n"s-1" = "plan"\n', encoding="utf-8")
    assert role_of({"sub": "s-1"}, rules_now()) == "plan"


@pytest.mark.parametrize(
    "text",
    [
        '[people]\n"s-1" = "boss"\n',
        'default = "nobody"\n',
        'claims = "roles"\n',
        "hours = 0\n",
        "hours = inf\n",
        "hours = nan\n",
        'hours = "12"\n',
        "claim = 3\n",
        'people = "s-1"\n',
        'unproven_email = "no"\n',
        "[people\n",
        "\x00",
    ],
)
def test_a_file_of_roles_that_is_wrong_lets_nobody_in(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"roles\.toml"):
        rules(text, tmp_path)


def test_a_file_of_roles_that_cannot_be_reached_lets_nobody_in(space: Path) -> None:
    space.mkdir()
    (space / "roles.toml").symlink_to("roles.toml")  # as a share of the network that is away
    with pytest.raises(SettingsError, match=r"roles\.toml"):
        rules_now()


# Persons -----------------------------------------------------------------------------------------


def test_a_person_is_known_by_a_mark_that_tells_neither_name_nor_address() -> None:
    known = signed_in_person({**LIN, "email": "lin@office.example"}, Rules())
    assert known is not None
    assert re.fullmatch(r"person:[0-9a-f]{32}", known.id)
    assert known.label == "林晓"
    other = signed_in_person({**LIN, "iss": "https://other.example"}, Rules())
    assert other is not None
    assert other.id != known.id


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("lin@office.example", "lin"),
        ("  林   晓\n", "林 晓"),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("x" * 500, "x" * 60),
        ("<b>x</b>", "<b>x</b>"),
    ],
)
def test_the_name_of_a_person_holds_no_address_and_no_mark_that_is_not_seen(
    name: str, label: str
) -> None:
    known = signed_in_person({**LIN, "name": name}, Rules())
    assert known is not None
    assert known.label == label


def test_who_has_no_name_is_told_by_a_mark() -> None:
    known = signed_in_person({"sub": "s-1", "preferred_username": "lin@office.example"}, Rules())
    assert known is not None
    assert re.fullmatch(r"Person [0-9a-f]{4}", known.label)


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": 3}, {"sub": None}, {"sub": ["s-1"]}])
def test_claims_without_a_subject_are_nobody(claims: Mapping[str, Any]) -> None:
    assert signed_in_person(claims, Rules()) is None


@pytest.mark.parametrize(
    ("issued", "holds"),
    [
        (NOW, True),
        (NOW - 12 * 3600 + 1, True),
        (NOW - 12 * 3600, False),
        (NOW + 300, True),
        (NOW + 301, False),
        (True, False),
        ("1800000000", False),
        (None, False),
        (float("nan"), False),
    ],
)
def test_a_sign_in_holds_for_a_working_day(issued: object, *, holds: bool) -> None:
    assert still_holds({"iat": issued}, Rules(), now=NOW) is holds


# Where the app is reached from -------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.8"])
def test_the_own_machine_needs_no_sign_in(address: str, reached: dict[str, Any]) -> None:
    reached["server.address"] = address
    serving.refuse_unguarded(None)
    assert "127.0.0.1" in (serving.hosts(None) or ())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - what is refused
        "::",
        "192.168.1.5",
        "",
        None,
        "localhost.example",
        "127.0.0.1.example",
    ],
)
def test_another_address_needs_a_sign_in_or_a_word(
    address: str | None, reached: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached["server.address"] = address
    with pytest.raises(SettingsError, match="--everyone-may-read-and-change"):
        serving.refuse_unguarded(None)
    serving.refuse_unguarded({"redirect_uri": "https://planner.office.example/oauth2callback"})
    monkeypatch.setenv(serving.EVERYONE, "1")
    serving.refuse_unguarded(None)
    assert "evil.example" not in serving.hosts(None)
    assert "0.0.0.0" not in serving.hosts(None)  # noqa: S104 - no address of ours


def test_behind_a_proxy_the_app_answers_to_the_name_that_people_sign_in_at(
    reached: dict[str, Any],
) -> None:
    assert reached["server.address"] == "127.0.0.1"
    auth = {"redirect_uri": "https://Planner.office.example/oauth2callback"}
    assert "planner.office.example" in (serving.hosts(auth) or ())


WHOLE = {
    "redirect_uri": '"https://planner.example/oauth2callback"',
    "cookie_secret": '"0123456789abcdef0123456789abcdef"',
    "client_id": '"planner"',
    "client_secret": '"of-a-test"',
    "server_metadata_url": '"https://id.example/.well-known/openid-configuration"',
}


def secrets_file(folder: Path, **changes: str | None) -> Path:
    lines = {**WHOLE, **changes}
    text = "\n".join(f"{name} = {value}" for name, value in lines.items() if value is not None)
    path = folder / "secrets.toml"
    path.write_text(f"[auth]\n{text}\n", encoding="utf-8")
    return path


def test_whole_settings_of_sign_in_are_taken(reached: dict[str, Any], tmp_path: Path) -> None:
    path = secrets_file(tmp_path)
    reached["secrets.files"] = [str(tmp_path / "none.toml"), str(path)]
    assert serving.sign_in_settings() == tomllib.loads(path.read_text(encoding="utf-8"))["auth"]
    reached["secrets.files"] = []
    assert serving.sign_in_settings() is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_id": None}, "lacks client_id"),
        ({"client_secret": '""'}, "lacks client_secret"),
        ({"redirect_uri": "3"}, "lacks redirect_uri"),
        ({"cookie_secret": '"short"'}, "fewer than 32"),
        ({"redirect_uri": '"https://planner.example/"'}, "must end with /oauth2callback"),
        ({"redirect_uri": "not toml"}, "cannot be read"),
    ],
)
def test_settings_of_sign_in_that_are_not_whole_never_leave_the_app_open(
    changes: dict[str, str | None], told: str, reached: dict[str, Any], tmp_path: Path
) -> None:
    reached["secrets.files"] = [str(secrets_file(tmp_path, **changes))]
    with pytest.raises(SettingsError, match=told) as refused:
        serving.sign_in_settings()
    assert "0123456789abcdef" not in str(refused.value)


# The guard ---------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def asked(
    path: str,
    *,
    sign_in: bool = False,
    hosts: frozenset[str] | None = None,
    host: str = "127.0.0.1",
    cookie: str = "",
) -> Answer:
    """Ask a small app behind the guard for a path."""

    async def page(_: object) -> HTMLResponse:
        return HTMLResponse("page")

    async def data(_: object) -> PlainTextResponse:
        return PlainTextResponse("data", headers={"Cache-Control": "public"})

    app = Starlette(
        routes=[Route("/{name}", page), Route("/", page), Route("/{path:path}", data)],
        middleware=[Middleware(Guard, sign_in=sign_in, hosts=hosts)],
    )
    headers = [(b"host", host.encode())] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(m.get("body", b"") for m in sent).decode())


def test_a_browser_is_given_a_mark_once_that_no_script_can_read() -> None:
    cookie = asked("/demand").headers["set-cookie"]
    assert re.fullmatch(
        r"planner_browser=[0-9a-f]{32}; HttpOnly; Max-Age=31536000; Path=/; SameSite=Lax", cookie
    )
    assert "set-cookie" not in asked("/", cookie=cookie.partition(";")[0]).headers
    assert "set-cookie" in asked("/", cookie="planner_browser=x' OR 1").headers
    assert "set-cookie" not in asked("/component/x/data.js").headers


def test_every_answer_tells_the_browser_to_keep_to_itself() -> None:
    for path in ("/", "/component/x/data.js"):
        headers = asked(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == "'self'"
        assert policy["object-src"] == "'none'"
        assert policy["script-src-attr"] == "'none'"
        assert "http" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("page", "through"),
    [
        (None, True),
        ("http://127.0.0.1:8501", True),
        ("http://evil.example", False),
        ("http://127.0.0.1.evil.example:8501", False),
        ("http://localhost:8501", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_a_page_of_another_name_opens_no_stream(page: str | None, *, through: bool) -> None:
    headers = [(b"host", b"127.0.0.1:8501")]
    headers += [(b"origin", page.encode())] if page else []
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    reached: list[Message] = []

    async def app(*_: object) -> None:
        reached.append({"type": "reached"})

    async def send(message: Message) -> None:
        assert message["type"] == "websocket.close"

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(Guard(app, sign_in=True, hosts=None)(scope, receive, send))
    assert bool(reached) is through


OWN = frozenset({"127.0.0.1", "localhost", "::1"})


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "", "[::1].evil", "127.0.0.1:x", "a@localhost"],
)
def test_a_foreign_name_for_this_machine_is_not_answered_to(host: str) -> None:
    assert asked("/", hosts=OWN, host=host).status == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "LOCALHOST", "[::1]:8501", "localhost."])
def test_the_own_names_of_this_machine_are_answered_to(host: str) -> None:
    assert asked("/", hosts=OWN, host=host).status == 200


@given(st.text(alphabet="/.%_-abcdemnopstuvx", max_size=40))
def test_no_spelling_of_an_address_leads_past_the_sign_in(rest: str) -> None:
    assert asked(f"/component/{rest}x", sign_in=True).status == 401
    assert asked(f"/{rest}", sign_in=True).text != "data"


def test_a_refusal_is_not_kept_and_the_empty_page_is_for_everybody() -> None:
    refused = asked("/component/x/data.js", sign_in=True)
    assert (refused.status, refused.headers["cache-control"]) == (401, "no-store")
    assert refused.text == "请先登录。\nSign in first."  # nobody's language is known yet
    assert asked("/demand", sign_in=True).status == 200


# The pages ---------------------------------------------------------------------------------------


def opened(secrets: Mapping[str, Any]) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    test.query_params["lang"] = "en"
    for name, value in secrets.items():
        test.secrets[name] = value
    return test.run()


def test_pages_are_refused_where_people_sign_in_and_nothing_guards_the_maps(space: Path) -> None:
    workspace().add_sample()
    test = opened({"auth": {name: value.strip('"') for name, value in WHOLE.items()}})
    assert not test.exception
    assert "planner app --secrets FILE" in words(test).replace("\\", "")
    assert not test.button
    assert not (space / "workspace.json").exists()


def test_pages_are_refused_at_another_address_without_a_sign_in(
    space: Path, reached: dict[str, Any]
) -> None:
    reached["server.address"] = "0.0.0.0"  # noqa: S104 - what is refused
    test = opened({})
    assert not test.exception
    assert "--everyone-may-read-and-change" in words(test).replace("\\", "")
    assert not test.button
    assert not space.exists()
