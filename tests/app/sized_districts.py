"""District folders of any size, with names as long as they get: what screens must hold."""

import csv
from pathlib import Path

LONG = (
    "重庆市沙坪坝区天星桥街道小龙坎社区新时代文明实践站暨户外劳动者综合服务驿站（二十四小时智能型）"
)
"""As long as names in lists of unions are."""
_TOML = """[district]
name = "{name}"
data_note = "{name}"

[files.venues]
path = "venues.csv"
crs = "WGS-84"
{stations}
[[workers]]
kind = "points"
path = "workers.csv"
crs = "WGS-84"

[limits]
budget_yuan = 100000
time_limit_s = 5
"""
_STATIONS = """
[files.stations]
path = "stations.csv"
crs = "WGS-84"
"""


def write_district(folder: Path, *, stations: int, name: str = LONG) -> Path:
    """Write a district with so many stations, a venue for each ten of them, and workers around."""
    folder.mkdir(parents=True)
    text = _TOML.format(name=name, stations=_STATIONS if stations else "")
    (folder / "district.toml").write_text(text, encoding="utf-8")
    if stations:
        _write(folder / "stations.csv", _sites("S", stations))
    _write(folder / "venues.csv", _sites("V", max(12, stations // 10), shift=0.0004))
    header = ("名称", "经度", "纬度", "群体", "人数")
    rows = [
        (f"{LONG}{at}", *_place(at, side=20, shift=0.001), group, 3 + at % 7)
        for at in range(400)
        for group in ("外卖骑手", "环卫工人")
    ]
    _write(folder / "workers.csv", [header, *rows])
    return folder


def _sites(letter: str, number: int, *, shift: float = 0.0) -> list[tuple[object, ...]]:
    header = ("编号", "名称", "经度", "纬度", "类型", "开放时间")
    kinds = ("银行网点", "加油站", "党群服务中心")
    hours = ("周一至周五 9:00-17:00", "24小时", "8:30-12:00 14:00-17:30")
    side = max(2, round(number**0.5))
    rows = [
        (
            *(f"{letter}{at}", f"{LONG}{letter}{at}", *_place(at, side=side, shift=shift)),
            *(kinds[at % 3], hours[at % 3]),
        )
        for at in range(number)
    ]
    return [header, *rows]


def _place(at: int, *, side: int, shift: float) -> tuple[float, float]:
    """Spread places over a square of 0.1 degrees."""
    column, row = at % side, at // side
    return round(106.5 + 0.1 * column / side + shift, 6), round(29.5 + 0.1 * row / side + shift, 6)


def _write(path: Path, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
