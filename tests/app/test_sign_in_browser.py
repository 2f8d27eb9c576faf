"""Signing in as people meet it: a provider of a library, the app, Chromium, other programs."""

import http.client
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_driver import SAMPLE, free_port, idle, needs_browser
from itsdangerous import URLSafeTimedSerializer
from office import (
    SECRET,
    Running,
    answer,
    enrol,
    planner_app,
    provider,
    secrets_for,
    window,
)
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = needs_browser

ADDRESS = "boss@office.example"
NAMES = {"s-look": "林晓", "s-plan": "陈一鸣", "s-boss": "周总", "s-other": "周总"}
GUARDED = (
    "/component/app_pages.mapping.embed.served/data/0123456789abcdef.js",
    "/component/app_pages.mapping.embed.served/leaflet.js",
    "/media/0123456789abcdef.png",
    "/planner/tiles/osm/base/1/1/1",
    "/planner/tiles/osm",
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "//component/app_pages.mapping.embed.served/data/0123456789abcdef.js",
    "/component%2Fapp_pages.mapping.embed.served%2Fdata%2F0123456789abcdef.js",
    "/static/../component/app_pages.mapping.embed.served/leaflet.js",
)


@dataclass
class Office:
    app: Running
    provider: Running
    space: Path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    space = folder / "districts"
    shutil.copytree(SAMPLE, space / "sample", ignore=shutil.ignore_patterns("plan", "*.py"))
    (space / "roles.toml").write_text(
        f'claim = "office.roles"\n[people]\n"{ADDRESS}" = "admin"\n', encoding="utf-8"
    )
    there = provider(folder)
    port = free_port()
    app = planner_app(folder, "--secrets", str(secrets_for(folder, there, port)), port=port)
    try:
        there.start()
        enrol(there, "s-look", name=NAMES["s-look"], email="look@office.example")
        enrol(there, "s-plan", name=NAMES["s-plan"], office={"roles": ["other", "plan"]})
        enrol(there, "s-boss", name=NAMES["s-boss"], email=ADDRESS, email_verified=True)
        enrol(there, "s-other", name=NAMES["s-other"], email=ADDRESS, email_verified=False)
        app.start()
        yield Office(app, there, space)
    finally:
        app.stop()
        there.stop()


def sign_in(office: Office, page: Page, subject: str, *, at: str = "/?lang=en") -> None:
    page.goto(office.app.url + at)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{office.app.url}/**")
    page.locator('[data-testid="stSidebarNav"] a').first.wait_for()
    idle(page)


def cookies_of(context: BrowserContext) -> str:
    return "; ".join(f"{each['name']}={each['value']}" for each in context.cookies())


def signed(claims: dict[str, object], *, secret: str = SECRET) -> str:
    """Give the cookie that Streamlit would have made of claims."""
    name = "_streamlit_user"
    return f"{name}={URLSafeTimedSerializer(secret, salt=name).dumps(json.dumps(claims))}"


def raw_status(url: str, path: str) -> int:
    """Ask for a path exactly as it is written."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_who_has_not_signed_in_gets_the_way_in_and_nothing_else(
    office: Office, chromium: Browser
) -> None:
    statuses = {path: raw_status(office.app.url, path) for path in GUARDED}
    assert {path for path, status in statuses.items() if status not in (400, 401)} == set()
    assert answer(f"{office.app.url}/_stcore/upload_file/a/b", method="PUT") == 401
    with window(chromium) as (_, page):
        for at in ("/?lang=en", "/siting?lang=en&district=sample"):
            page.goto(office.app.url + at)
            page.get_by_role("button", name="Sign in").wait_for()
            idle(page)
            assert "Sample" not in page.inner_text("body")
            assert page.locator('[data-testid="stSidebarNav"] a').count() == 0
            assert page.locator("iframe").count() == 0
        page.get_by_text("中文").click()
        page.get_by_role("button", name="登录").wait_for()
    assert not (office.space / "workspace.json").exists()


def test_a_person_comes_back_to_the_page_that_was_asked_for(
    office: Office, chromium: Browser
) -> None:
    with window(chromium) as (_, page):
        sign_in(office, page, "s-look", at="/demand?lang=en&district=sample")
        assert page.url.startswith(f"{office.app.url}/demand?lang=en&district=sample")
        assert NAMES["s-look"] in page.inner_text('[data-testid="stSidebar"]')


def test_data_of_a_map_is_for_who_signed_in_and_only_as_long_as_that_holds(
    office: Office, chromium: Browser
) -> None:
    with window(chromium) as (context, page):
        fetched: list[str] = []
        context.on("request", lambda asked: fetched.append(asked.url))
        sign_in(office, page, "s-look", at="/today?lang=en&district=sample")
        page.frame_locator("iframe").locator("#map_div[data-planner-waiting='0']").wait_for()
        data = next(url for url in fetched if "/app_pages.mapping.embed.served/data/" in url)
        own = cookies_of(context)
        assert answer(data) == 401
        assert answer(data, cookie=own) == 200
        assert answer(data, cookie=own, host="evil.example") == 421
        now = time.time()
        good = {"sub": "s-look", "iss": office.provider.url, "is_logged_in": True, "iat": now}
        assert answer(data, cookie=signed(good)) == 200
        assert answer(data, cookie=signed(good)[:-1]) == 401
        assert answer(data, cookie=signed(good, secret="f" * 64)) == 401
        assert answer(data, cookie=signed({**good, "iat": now - 13 * 3600})) == 401
        assert answer(data, cookie=signed({**good, "iat": now + 3600})) == 401
        assert answer(data, cookie=signed({**good, "is_logged_in": False})) == 401
        assert answer(data, cookie=signed({**good, "sub": ""})) == 401
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="End session").click()
        page.get_by_role("button", name="Sign in").wait_for()
        assert "_streamlit_user" not in cookies_of(context)
        assert answer(data, cookie=own) == 401


def test_a_second_window_is_signed_out_with_the_first(office: Office, chromium: Browser) -> None:
    with window(chromium) as (context, page):
        sign_in(office, page, "s-look")
        second = context.new_page()
        second.goto(f"{office.app.url}/demand?lang=en&district=sample")
        second.locator('[data-testid="stSidebarNav"] a').first.wait_for()
        idle(second)
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="End session").click()
        page.get_by_role("button", name="Sign in").wait_for()
        second.locator('[data-testid="stSidebarNav"] a').nth(2).click()
        second.get_by_role("button", name="Sign in").wait_for()


def test_a_person_of_the_file_of_roles_looks_after_the_planner(
    office: Office, chromium: Browser
) -> None:
    with window(chromium) as (_, page):
        sign_in(office, page, "s-boss", at="/?lang=en&district=sample")
        told = page.inner_text('[data-testid="stSidebar"]').splitlines()
        assert {NAMES["s-boss"], "looks after the planner"} <= set(told)


def enabled(page: Page, key: str) -> bool:
    found = page.locator(f".st-key-{key} :is(button, input)").first
    found.wait_for(state="attached")
    return found.is_enabled()


@pytest.mark.parametrize(("subject", "may_plan"), [("s-look", False), ("s-plan", True)])
def test_who_may_only_look_is_offered_no_change(
    office: Office, chromium: Browser, subject: str, *, may_plan: bool
) -> None:
    with window(chromium) as (_, page):
        sign_in(office, page, subject, at="/siting?lang=en&district=sample")
        toolbar = ("start_search", "edit_tool_add", "edit_tool_area", "edit_suggest", "edit_swap")
        assert {key: enabled(page, key) for key in toolbar} == dict.fromkeys(toolbar, may_plan)
        page.locator(".st-key-scenario_panel button").first.click()
        panel = ("scenario_copy", "scenario_describe", "scenario_delete", "scenario_file")
        assert {key: enabled(page, key) for key in panel} == dict.fromkeys(panel, may_plan)
        assert enabled(page, "scenario_export")
        page.keyboard.press("Escape")
        page.locator('[data-testid="stSidebarNav"] a').nth(3).click()
        save = page.locator('[data-testid="stFormSubmitButton"] button').first
        save.wait_for()
        idle(page)
        assert save.is_enabled() is may_plan


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(
    office: Office, chromium: Browser
) -> None:
    file = office.space / "roles.toml"
    before = file.read_text(encoding="utf-8")
    with window(chromium) as (_, page):
        sign_in(office, page, "s-plan", at="/siting?lang=en&district=sample")
        suggest = page.locator(".st-key-edit_suggest button").first
        suggest.wait_for()
        idle(page)
        try:
            file.write_text(f'{before}"s-plan" = "view"\n', encoding="utf-8")
            suggest.click()
            page.get_by_text("your role is “view”").first.wait_for()
            idle(page)
            assert page.locator(".st-key-edit_undo button").first.is_disabled()
            # One part of the page alone is run by a tool of the toolbar, another by the curve.
            file.write_text('default = "none"\n', encoding="utf-8")
            page.locator('[class*="st-key-curve_by"] button').nth(1).click()
            page.get_by_text("you have no role here").wait_for()
            assert page.locator("iframe").count() == 0
        finally:
            file.write_text(before, encoding="utf-8")


def test_nothing_of_a_person_but_the_name_of_an_author_stands_in_a_log_or_a_file(
    office: Office,
) -> None:
    kept = [office.app.log, *(path for path in office.space.rglob("*") if path.is_file())]
    kept = [path for path in kept if path.name != "roles.toml"]
    marks = [ADDRESS, "look@office.example", *NAMES, "eyJ", SECRET]
    assert any(path.name == "scenarios.sqlite" for path in kept)
    for path in kept:
        held = path.read_bytes()
        if not path.name.startswith("scenarios.sqlite"):  # it has the names of authors
            assert [name for name in NAMES.values() if name.encode() in held] == [], path
        assert [mark for mark in marks if mark.encode() in held] == [], path
    assert "Traceback" not in office.app.said
