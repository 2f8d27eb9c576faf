"""A district in which every name is an attack, made from the sample."""

import json
import re
import shutil
from pathlib import Path

import openpyxl
from browser_driver import SAMPLE
from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["ATTACKS", "FORMULAS", "hostile_district"]

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", "|calc", "%0A=1")
"""How a cell begins that a spreadsheet would run."""
ATTACKS = (
    '<img src=x onerror="window.evil=1;alert(1)">',
    "</script><script>window.evil=2;alert(2)</script>",
    "${window.evil=3}`${alert(3)}`",
    "{{7*7}}{% raw %}<x-evil></x-evil>",
    "</style><style>body{background:url(/evil.png)}</style>",
    "![x](http://evil.example/x.png) [x](javascript:alert(4)) :material/home: :red[x] $\\frac12$",
    "'\"-alert(5)-\"'\\",
    "--><svg onload=alert(6)><!--",
    "站\u202e点\u2066名\u200b称",
    '=HYPERLINK("http://evil.example/","x")',
    "__proto__",
    "constructor",
    "&lt;img src=x onerror=alert(7)&gt;",
    "javascript:alert(8)",
    "长" * 400,
    *FORMULAS,
)


def hostile_district(folder: Path, *, count: int = 4) -> Path:
    """Write a district folder whose plan opens `count` sites."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("plan", "*.py", "__pycache__"))
    communities, streets = _rename_areas(folder / "communities.geojson")
    replaced = {"社区": communities, "所属社区": communities, "镇街": streets, "所属镇街": streets}
    for name, column in (("stations", "驿站名称"), ("venues", "场所名称"), ("workers", "")):
        _rename_rows(folder / f"{name}.xlsx", column, replaced)
    path = folder / "district.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("清江区（虚构）", ATTACKS[0] + ATTACKS[1] + ATTACKS[2]),
        ("示例数据，全部虚构 / Sample data, all invented", "".join(ATTACKS[:5])),
        ("快递员", ATTACKS[1]),
        ("环卫工人", ATTACKS[5]),
    ):
        text = text.replace(f'"{old}"', json.dumps(new, ensure_ascii=False))
    text = re.sub(r'\[\[workers\]\]\nkind = "pings"\n(.+\n)+', "", text)
    for line in ("budget_yuan = 600000", "count = 115"):
        assert line in text
    text = text.replace(
        "count = 115", f"count = {count}\nwork_limit = 2000\ngap_share = 0.02\ntime_limit_s = 4"
    )
    path.write_text(text, encoding="utf-8")
    return folder


def _rename_areas(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give communities and street offices hostile names; tell the new name of each."""
    areas = json.loads(path.read_text(encoding="utf-8"))
    communities: dict[str, str] = {}
    streets: dict[str, str] = {}
    for at, feature in enumerate(areas["features"]):
        told = feature["properties"]
        attack = ATTACKS[at % len(ATTACKS)]
        communities[told["社区名称"]] = f"{attack}{at}"
        streets.setdefault(told["镇街"], f"{ATTACKS[len(streets)]}街")
        told["社区名称"] = communities[told["社区名称"]]
        told["镇街"] = streets[told["镇街"]]
    path.write_text(json.dumps(areas, ensure_ascii=False), encoding="utf-8")
    return communities, streets


def _rename_rows(path: Path, column: str, replaced: dict[str, dict[str, str]]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {str(cell.value): at for at, cell in enumerate(sheet[2], start=1)}
    for row in range(3, sheet.max_row + 1):
        for head in heads.keys() & replaced.keys():
            old = str(sheet.cell(row, heads[head]).value)
            _put(sheet, row, heads[head], replaced[head].get(old, old))
        if column:
            _put(sheet, row, heads[column], f"{ATTACKS[row % len(ATTACKS)]}{row}")
        if "地址" in heads:
            _put(sheet, row, heads["地址"], ATTACKS[(row + 3) % len(ATTACKS)])
    book.save(path)


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
