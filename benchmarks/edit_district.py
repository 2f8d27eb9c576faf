"""Sizes -> an invented district folder, to measure edits by hand in the app with.

Workers stand at points around 60 centres, each point counting five groups; every sixteenth site is
an existing station. Ways are straight metres times the detour factor, so no streets are read.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.geo import to_degrees

__all__ = ["write_district"]

_SIDE_M = 24_000.0
_CENTRES = 60
_SPREAD_M = 900.0
_PROJECTION = "EPSG:32649"
_CORNER_M = (700_000.0, 2_500_000.0)
_GROUPS = ("rider", "courier", "sanitation", "driver", "guard")
_HOSTS = ("bank", "community", "shop", "park", "fuel")
_HOURS = ("08:30-17:30", "07:00-22:00", "24小时", "周一至周五9:00-17:00", "06:00-11:00 14:00-20:00")
_STATION_EVERY = 16
_SETTINGS = """\
[district]
name = "基准区（虚构）"
data_note = "基准测试数据，全部虚构 / Benchmark data, all invented"

[files.stations]
path = "stations.csv"
crs = "WGS-84"

[files.venues]
path = "venues.csv"
crs = "WGS-84"

[files.boundary]
path = "boundary.geojson"
crs = "WGS-84"

[[workers]]
kind = "points"
path = "workers.csv"
crs = "WGS-84"

[[groups]]
id = "rider"
name = "外卖骑手"
ways = [{ mode = "ebike", reach_m = 800 }, { mode = "walk", reach_m = 300 }]

[[groups]]
id = "courier"
name = "快递员"
ways = [{ mode = "walk", reach_m = 500 }]

[[groups]]
id = "sanitation"
name = "环卫工人"
ways = [{ mode = "walk", reach_m = 500 }]

[[groups]]
id = "driver"
name = "出租车司机"
ways = [{ mode = "drive", reach_m = 1500 }]

[[groups]]
id = "guard"
name = "保安"
ways = [{ mode = "walk", reach_m = 500 }]

[limits]
count = 60
budget_yuan = 900000
time_limit_s = 10
"""


def write_district(folder: Path, *, sites: int, cells: int, seed: int = 5) -> None:
    """Write `district.toml` and the files that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0.08 * _SIDE_M, 0.92 * _SIDE_M, (_CENTRES, 2))
    share = rng.dirichlet(np.full(_CENTRES, 2.0))
    (folder / "district.toml").write_text(_SETTINGS, encoding="utf-8")
    _write_boundary(folder / "boundary.geojson")
    _write_workers(folder / "workers.csv", _places(rng, centres, share, cells), rng)
    at = _places(rng, centres, share, sites)
    number = np.arange(sites)
    table = pd.DataFrame(
        {
            "id": [f"P{each:05}" for each in number],
            "name": [f"服务点{each}（虚构）" for each in number],
            "lon": at[:, 0],
            "lat": at[:, 1],
            "host_type": rng.choice(_HOSTS, sites),
            "hours": rng.choice(_HOURS, sites),
            "cost_setup_yuan": rng.integers(5, 40, sites) * 1000,
        }
    )
    stations = number % _STATION_EVERY == 0
    table[stations].to_csv(folder / "stations.csv", index=False)
    table[~stations].to_csv(folder / "venues.csv", index=False)


def _places(
    rng: np.random.Generator, centres: NDArray[np.float64], share: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Draw places in degrees: nine of ten around a centre, the rest anywhere."""
    near = size * 9 // 10
    around = centres[rng.choice(_CENTRES, near, p=share)] + rng.normal(0, _SPREAD_M, (near, 2))
    metres = np.vstack([around, rng.uniform(0, _SIDE_M, (size - near, 2))])
    metres = np.clip(metres, 1.0, _SIDE_M - 1.0) + _CORNER_M
    return np.column_stack(to_degrees(metres, projection=_PROJECTION)).round(6)


def _write_workers(path: Path, at: NDArray[np.float64], rng: np.random.Generator) -> None:
    rows = {
        "lon": np.repeat(at[:, 0], len(_GROUPS)),
        "lat": np.repeat(at[:, 1], len(_GROUPS)),
        "group": np.tile(_GROUPS, len(at)),
        "workers": rng.integers(1, 30, len(at) * len(_GROUPS)),
    }
    pd.DataFrame(rows).to_csv(path, index=False)


def _write_boundary(path: Path) -> None:
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * _SIDE_M + _CORNER_M
    lon, lat = to_degrees(corners, projection=_PROJECTION)
    ring = ",".join(f"[{x:.6f},{y:.6f}]" for x, y in zip(lon, lat, strict=True))
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        f'"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}]}}',
        encoding="utf-8",
    )
