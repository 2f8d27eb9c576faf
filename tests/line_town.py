"""A district folder on a line of streets: one station, two venues, two gathering places."""

from pathlib import Path

STATIONS = "编号,站点名称,经度,纬度,类型,开放时间\n"
HEADER = '[district]\nname = "测试区"\n'
FILES = """
[files.stations]
path = "stations.csv"
crs = "WGS-84"
[files.venues]
path = "venues.csv"
crs = "WGS-84"
[[workers]]
kind = "points"
path = "workers.csv"
crs = "WGS-84"
[[groups]]
id = "courier"
"""


def line_town(folder: Path) -> Path:
    """Write a district of two venues, one station and two gathering places on a line of streets."""
    folder.mkdir()
    (folder / "district.toml").write_text(HEADER + FILES, encoding="utf-8")
    (folder / "stations.csv").write_text(
        STATIONS + "S1,一号站,106.500,29.500,银行网点,9:00-17:00\n", encoding="utf-8"
    )
    (folder / "venues.csv").write_text(
        "编号,场所名称,经度,纬度,类型,营业时间,建站费用（元）\n"
        "V1,东头商店,106.510,29.500,沿街商户,24小时,3000\n"
        "V2,西头商店,106.480,29.500,沿街商户,24小时,2000\n",
        encoding="utf-8",
    )
    (folder / "workers.csv").write_text(
        "名称,经度,纬度,快递员\n东市场,106.5101,29.5,40\n西市场,106.4801,29.5,10\n",
        encoding="utf-8",
    )
    return folder
