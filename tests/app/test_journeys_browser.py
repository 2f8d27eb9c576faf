"""Whole journeys of people in Chromium: the first plan, the meeting, two at once, a reload."""

import zipfile
from pathlib import Path

import openpyxl
from browser_driver import Server, browsing, drawn_pixels, go, look, needs_browser, settled, the_map
from playwright.sync_api import Browser, Page

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
        upload(page, "uploaded_files", lists)
        page.locator(".st-key-upload_title input").fill("试点区")
        page.keyboard.press("Tab")
        settled(page)
        page.locator(".st-key-open_upload button").click()
        the_map(page)
        settled(page)
        told = page.inner_text("body")
        assert "有 1 行暂时无法使用" in told
        assert "有 1 行尚无位置" in told
        assert (card(page, "现有站点"), card(page, "户外劳动者")) == ("2", "205")
        look(page, "zh")

        # The row without a position is placed without a mouse, as the address was looked up.
        page.get_by_text("或输入坐标").click()
        page.locator(".st-key-typed_place input").fill("106.5555, 29.5622")
        page.keyboard.press("Enter")
        page.get_by_text("待定位记录（0）").wait_for()
        settled(page)
        assert card(page, "现有站点") == "3"

        # The exchanged numbers are corrected in the list, which is uploaded again.
        book = openpyxl.load_workbook(lists[0])
        sheet = book.worksheets[0]
        sheet.cell(sheet.max_row, 3).value, sheet.cell(sheet.max_row, 4).value = 106.551, 29.561
        book.save(lists[0])
        page.get_by_text("文件与坐标系", exact=True).click()
        settled(page)
        upload(page, "more_files", lists[:1])
        page.locator(".st-key-add_files button").click()
        page.get_by_text("文件中的每一行均已采用").wait_for()
        settled(page)
        assert card(page, "现有站点") == "4"

        go(page, "today")
        assert min(drawn_pixels(the_map(page))) > 1000
        go(page, "siting")
        search(page)
        assert card(page, "措施") != "0"
        assert 0 < int(card(page, "建设费用").replace(",", "")) <= 100_000
        go(page, "report")
        page.locator('[class*="st-key-download_report"] button').first.wait_for()
