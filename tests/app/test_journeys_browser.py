"""Whole journeys of people in Chromium: the first plan, the meeting, two at once, a reload."""

import re
import zipfile
from pathlib import Path

import openpyxl
from browser_driver import (
    SAMPLE,
    Server,
    amount,
    browsing,
    choose_view,
    click_a_proposed_site,
    copied,
    drawn_pixels,
    go,
    look,
    needs_browser,
    settled,
    the_map,
)
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = needs_browser

Row = dict[str, str | float]

STATIONS: list[Row] = [
    {"名称": "清泉路驿站", "经度": 106.5501, "纬度": 29.5601, "类型": "银行网点"},
    {"名称": "东门驿站", "经度": "106.5610，29.5688", "类型": "加油站", "开放时间": "24小时"},
    {"名称": "老城驿站", "详细地址": "老城路5号", "类型": "党群服务中心"},
    {"名称": "颠倒驿站", "经度": 29.561, "纬度": 106.551, "类型": "银行网点"},
]
"""As a person fills it in: hours left blank, both numbers in one cell, no position, exchanged."""
VENUES: list[Row] = [
    {"名称": f"候选{at}号", "经度": 106.545 + 0.002 * at, "纬度": 29.553 + 0.002 * at}
    for at in range(8)
]
WORKERS: list[Row] = [
    {"社区": "清泉社区", "经度": 106.5512, "纬度": 29.5605, "环卫工人": 25, "外卖骑手": 40},
    {"社区": "南湖社区", "经度": "106.5530,29.5580", "外卖骑手": "约60"},
    {"社区": "西湖社区", "地点": "西湖商圈", "经度": 106.5471, "纬度": 29.5552, "快递员": 80},
    {"社区": "合计", "外卖骑手": 100},
]


def fill_in(path: Path, rows: list[Row]) -> None:
    """Write rows below the examples of a template."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headers = [str(cell.value) for cell in sheet[1]]
    for row in rows:
        assert set(row) <= set(headers)
        sheet.append([row.get(header) for header in headers])
    book.save(path)


def downloaded_template(page: Page, folder: Path) -> list[Path]:
    """Download the template, unpack it, and fill its three lists in."""
    with page.expect_download() as waiting:
        page.locator(".st-key-download_template button").click()
    packed = folder / waiting.value.suggested_filename
    waiting.value.save_as(packed)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    lists = [folder / "district" / f"{name}.xlsx" for name in ("stations", "venues", "workers")]
    for path, rows in zip(lists, (STATIONS, VENUES, WORKERS), strict=True):
        fill_in(path, rows)
    return lists


def upload(page: Page, key: str, files: list[Path]) -> None:
    """Choose files as the dialog of the browser does."""
    page.locator(f'[class*="st-key-{key}"] input[type=file]').set_input_files(files)
    settled(page)


def card(page: Page, title: str) -> str:
    """Give the figure of a card by its title."""
    cards = page.locator(".p-card").filter(has_text=title)
    return cards.first.locator(".p-card-value").inner_text()


def search(page: Page) -> None:
    """Begin a search and wait for its plan."""
    page.locator(".st-key-start_search button").click()
    page.locator(".p-card.p-strong").first.wait_for()
    page.locator(".st-key-start_search button").wait_for()
    settled(page)


def test_a_newcomer_gets_the_first_plan_from_the_template(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    with browsing(chromium, server.url) as page:
        page.goto(server.url)
        settled(page)
        lists = downloaded_template(page, tmp_path)
        open_lists(page, lists)
        told = page.inner_text("body")
        assert "有 1 行暂时无法使用" in told
        assert "有 1 行尚无位置" in told
        assert (card(page, "现有站点"), card(page, "户外劳动者")) == ("2", "205")
        look(page, "zh")
        type_a_position(page, "106.5555, 29.5622")
        assert card(page, "现有站点") == "3"
        correct_and_upload_again(page, lists[0])
        assert card(page, "现有站点") == "4"
        go(page, "today")
        assert min(drawn_pixels(the_map(page))) > 1000
        go(page, "siting")
        search(page)
        assert card(page, "措施") != "0"
        assert 0 < amount(card(page, "建设费用")) <= 100_000
        go(page, "report")
        page.locator('[class*="st-key-download_report"] button').first.wait_for()


def open_lists(page: Page, lists: list[Path]) -> None:
    """Upload filled lists, give the district a name, and open it."""
    upload(page, "uploaded_files", lists)
    page.locator(".st-key-upload_title input").fill("试点区")
    page.keyboard.press("Tab")
    settled(page)
    page.locator(".st-key-open_upload button").click()
    the_map(page)
    settled(page)


def type_a_position(page: Page, typed: str) -> None:
    """Place the row that has an address alone, without a mouse on the map."""
    page.get_by_text("或输入坐标").click()
    page.locator(".st-key-typed_place input").fill(typed)
    page.keyboard.press("Enter")
    page.get_by_text("待定位记录（0）").wait_for()
    settled(page)


def correct_and_upload_again(page: Page, path: Path) -> None:
    """Exchange the two numbers of the last row, and upload the list under its name."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.cell(sheet.max_row, 3).value, sheet.cell(sheet.max_row, 4).value = 106.551, 29.561
    book.save(path)
    page.get_by_text("文件与坐标系", exact=True).click()
    settled(page)
    upload(page, "more_files", [path])
    page.locator(".st-key-add_files button").click()
    page.get_by_text("文件中的每一行均已采用").wait_for()
    settled(page)


# The meeting, two people, a reload -----------------------------------------------------------


def small(server: Server, name: str) -> str:
    """Put a copy of the sample with six stations to choose into the workspace; give its address."""
    folder = copied(SAMPLE, server.space / name)
    text = (folder / "district.toml").read_text(encoding="utf-8")
    limits = "[limits]\ncount = 6\ntime_limit_s = 3.0\ngap_share = 0.05\n"
    text = re.sub(r"(?s)\[limits\].*?(?=\n\[|\Z)", limits, text)
    (folder / "district.toml").write_text(text, encoding="utf-8")
    return f"{server.url}siting?lang=zh&district={name}"


def siting(page: Page, address: str) -> None:
    """Open the page of siting by its address."""
    page.goto(address)
    settled(page)
    the_map(page)
    settled(page)


def served(page: Page) -> int:
    """Give the worker-hours a week that what stands now serves."""
    return amount(page.locator('[data-testid="stMetricValue"]').first.inner_text())


def drop_a_site(page: Page) -> None:
    """Click a proposed site on the map and take it away."""
    click_a_proposed_site(page)
    page.locator('[class*="st-key-option_"] button').first.click()
    page.locator(".st-key-edit_undo button:enabled").first.wait_for()
    settled(page)


def keep_edits(page: Page) -> None:
    """Keep what stands as the plan of the scenario."""
    page.locator(".st-key-edit_keep button:enabled").first.click()
    settled(page)


def open_scenario(page: Page) -> Locator:
    """Give the field that names the open scenario."""
    return page.locator('[data-testid="stSidebar"] input[role="combobox"]').first


def copy_scenario(page: Page, name: str) -> None:
    """Copy the open scenario under another name, and open the copy."""
    page.locator(".st-key-scenario_panel button").first.click()
    field = page.locator('[class*="st-key-scenario_copy_name"] input')
    field.fill(name)
    page.locator(".st-key-scenario_copy button").first.click()
    expect(open_scenario(page)).to_have_value(name)
    settled(page)
    page.keyboard.press("Escape")


def test_the_meeting_drops_one_locks_another_compares_and_exports(
    server: Server, chromium: Browser
) -> None:
    address = small(server, "meeting")
    with browsing(chromium, server.url) as page:
        siting(page, address)
        search(page)
        best = served(page)
        copy_scenario(page, "会议方案")
        the_map(page)
        drop_a_site(page)
        assert served(page) < best
        click_a_proposed_site(page)
        page.locator('[class*="st-key-pin_lock_"] label').first.click()
        settled(page)
        assert page.locator('[class*="st-key-pin_lock_"] input').first.is_checked()
        keep_edits(page)
        kept = served(page)
        assert kept < best
        go(page, "compare")
        page.locator(".p-table").first.wait_for()
        told = page.inner_text('[data-testid="stMain"]')
        assert "会议方案" in told
        assert "方案1" in told
        look(page, "zh")
        go(page, "report")
        with page.expect_download() as waiting:
            page.locator('[class*="st-key-download_report"] button').first.click()
        assert waiting.value.suggested_filename.endswith(".docx")
        page.locator(".st-key-scenario_panel button").first.click()
        with page.expect_download() as exported:
            page.locator(".st-key-scenario_export button").first.click()
        assert exported.value.suggested_filename == "会议方案.scenario"


def test_of_two_people_on_one_scenario_the_second_is_told_and_keeps_both(
    server: Server, chromium: Browser
) -> None:
    address = small(server, "together")
    with browsing(chromium, server.url) as one, browsing(chromium, server.url) as two:
        siting(one, address)
        search(one)
        siting(two, address)
        drop_a_site(one)
        drop_a_site(two)
        drop_a_site(two)
        page_of_two = served(two)
        keep_edits(one)
        keep_edits(two)
        two.locator(".st-key-clash_mine button").first.wait_for()
        assert "保存" in two.locator('[data-testid="stAlert"]').first.inner_text()
        two.locator(".st-key-clash_mine button").first.click()
        settled(two)
        two.locator(".st-key-clash_mine").wait_for(state="detached")
        assert served(two) == page_of_two
        assert "副本" in open_scenario(two).input_value()
        one.reload()
        settled(one)
        go(one, "compare")
        shown = one.inner_text('[data-testid="stMain"]')
        assert "方案1" in shown


def test_a_reload_in_the_middle_loses_no_edit_and_a_second_window_has_it_too(
    server: Server, chromium: Browser
) -> None:
    address = small(server, "reload")
    with browsing(chromium, server.url) as page:
        siting(page, address)
        search(page)
        choose_view(page, "siting_view", 1)
        best = served(page)
        drop_a_site(page)
        edited = served(page)
        assert edited < best
        page.reload()
        settled(page)
        the_map(page)
        assert served(page) == edited
        assert page.locator(".st-key-edit_undo button").first.is_enabled()
        second = page.context.new_page()
        second.set_default_timeout(90_000)
        siting(second, page.url)
        assert served(second) == edited
        second.locator(".st-key-edit_undo button:enabled").first.click()
        settled(second)
        assert served(second) == best
        # The first window shows what the second did with its next run.
        page.reload()
        settled(page)
        assert served(page) == best
