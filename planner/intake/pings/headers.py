"""Headers or the first rows of a file of records -> which column holds what."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.columns import header_key
from planner.intake.pings.clocks import read_times
from planner.intake.pings.moments import TIME_ONLY
from planner.intake.pings.texts import read_floats
from planner.intake.pings.zones import UTC_ONLY

__all__ = [
    "BINS_HEADERS",
    "NAMES",
    "columns_by_content",
    "columns_by_header",
    "is_whole",
    "missing_headers",
]

NAMES = ("id", "time", "date", "lon", "lat", "lnglat", "latlng")
BINS_HEADERS = frozenset({"lon", "lat", "day", "hour", "person_hours", "stay_hours", "records"})
"""Of a file that `write_bins` wrote."""


def _keys(text: str) -> tuple[str, ...]:
    return tuple(header_key(word) for word in text.split())


# The surest first. An order has an id of its own, which is nobody's.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": _keys(
        "id person_id personid person worker_id worker courier_id courierid courier rider_id "
        "rider driver_id driverid driver vehicle_id vehicleid vehiclenum vehicle_num vehicle "
        "car_id carid taxi_id taxiid taxi device_id deviceid device imei user_id userid user uid "
        "mmsi plate 人员编号 人员id 人员 骑手编号 骑手id 骑手 快递员编号 快递员id 快递员 司机编号 "
        "司机id 司机 车辆编号 车辆id 车辆 车牌号 车牌号码 车牌 设备编号 设备id 设备号 设备 "
        "终端编号 终端号 终端 工号 用户编号 用户id 用户 手机号 手机号码 手机 电话"
    ),
    "time": _keys(
        "time datetime timestamp date_time gps_time gpstime locate_time record_time ts t "
        "时间 定位时间 gps时间 上报时间 采集时间 记录时间 时间戳 日期时间 "
        "delivery_time accept_time pickup_time order_time create_time "
        "送达时间 签收时间 完成时间 下单时间 接单时间 取货时间 订单时间 创建时间"
    ),
    "date": _keys("date day 日期 gps日期 记录日期 ds"),
    "lon": _keys(
        "lon lng long longitude 经度 东经 gps经度 x x坐标 lon_wgs84 lng_wgs84 lon_gcj02 lng_gcj02 "
        "gps_lng gps_lon delivery_gps_lng delivery_lng accept_gps_lng "
        "送达经度 下单经度 高德经度 百度经度"
    ),
    "lat": _keys(
        "lat latitude 纬度 北纬 gps纬度 y y坐标 lat_wgs84 lat_gcj02 "
        "gps_lat delivery_gps_lat delivery_lat accept_gps_lat 送达纬度 下单纬度 高德纬度 百度纬度"
    ),
    "lnglat": _keys(
        "lnglat lonlat location 经纬度 坐标 位置坐标 gps坐标 lng,lat lon,lat 经度,纬度"
    ),
    "latlng": _keys("latlng latlon lat,lng lat,lon 纬度,经度 纬经度"),
}
_CHINA = (73.0, 3.0, 136.0, 54.0)
_AROUND_DEGREES = 0.2
_MOST_OF = 0.6
"""Share of the rows that must look like what a column is taken for."""


def columns_by_header(headers: Sequence[str], declared: Mapping[str, str]) -> dict[str, int]:
    """Find the columns by their headers: those that are declared, then by alias.

    A declared number is the number of a column, from 1, where no header reads so. A column serves
    once; a date beside a time is looked for only where the two have columns of their own.
    """
    keys = [header_key(header) for header in headers]
    found: dict[str, int] = {}
    for name in NAMES:
        if name in declared and (at := _declared(headers, keys, declared[name])) is not None:
            found[name] = at
    for name in NAMES:
        if name not in found and not _stands_in(name, found):
            at = next((keys.index(key) for key in _ALIASES[name] if key in keys), None)
            if at is not None and at not in found.values():
                found[name] = at
    return found


def _stands_in(name: str, found: Mapping[str, int]) -> bool:
    """Tell whether a position is there already in another form."""
    if name in ("lnglat", "latlng"):
        return is_whole({**found, "time": 0})
    return name in ("lon", "lat") and ("lnglat" in found or "latlng" in found)


def _declared(headers: Sequence[str], keys: Sequence[str], wanted: str) -> int | None:
    if wanted in headers:
        return list(headers).index(wanted)
    if header_key(wanted) in keys:
        return keys.index(header_key(wanted))
    number = int(wanted) if re.fullmatch(r"\d{1,4}", wanted) else 0
    return number - 1 if 1 <= number <= len(headers) else None


def missing_headers(headers: Sequence[str], declared: Mapping[str, str]) -> list[str]:
    """Give the declared headers that the file does not have."""
    keys = [header_key(header) for header in headers]
    return [
        wanted
        for name, wanted in declared.items()
        if name in NAMES and _declared(headers, keys, wanted) is None
    ]


def is_whole(columns: Mapping[str, int]) -> bool:
    """Tell whether there are columns for a time and a position."""
    place = {"lon", "lat"} <= columns.keys() or "lnglat" in columns or "latlng" in columns
    return place and ("time" in columns or "date" in columns)


def columns_by_content(
    rows: Sequence[Sequence[str]], near: tuple[float, float, float, float] | None
) -> dict[str, int]:
    """Find the columns of a file without headers by what stands in them.

    Longitude and latitude are two columns side by side whose numbers lie near the district (in
    China where none is given); the time is the first column of times; the first column, if it is
    none of these, names the person or vehicle.

    Parameters
    ----------
    rows
        Cells of the first rows, all of one length.
    near
        West, south, east, north of the district, WGS-84 degrees.
    """
    west, south, east, north = near or _CHINA
    cells = [list(column) for column in zip(*rows, strict=True)]
    numbers = [_numbers(column) for column in cells]
    around = _AROUND_DEGREES
    is_lon = [_share((west - around < v) & (v < east + around)) > _MOST_OF for v in numbers]
    is_lat = [_share((south - around < v) & (v < north + around)) > _MOST_OF for v in numbers]
    broken = [_share(v != np.rint(v)) > _MOST_OF for v in numbers]  # whole numbers are no degrees
    found: dict[str, int] = {}
    for at in range(len(cells) - 1):
        if broken[at] and broken[at + 1] and not found:
            if is_lon[at] and is_lat[at + 1]:
                found = {"lon": at, "lat": at + 1}
            elif is_lat[at] and is_lon[at + 1]:
                found = {"lat": at, "lon": at + 1}
    place = set(found.values())
    times = (at for at, column in enumerate(cells) if _times(column) > _MOST_OF)
    time = next((at for at in times if at not in place), None)
    if time is not None:
        found["time"] = time
    if len(found) == 3 and 0 not in found.values():  # noqa: PLR2004 - a time and a position
        found["id"] = 0
    return found


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0


def _numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    return read_floats(*joined_cells(cells))


def _times(cells: Sequence[str]) -> float:
    return _share(read_times(*joined_cells(cells), 0, UTC_ONLY)[1] >= TIME_ONLY)


def joined_cells(
    cells: Sequence[str],
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Lay texts out as bytes with the places where each begins and ends."""
    raw = [cell.encode() for cell in cells]
    ends = np.cumsum([len(cell) for cell in raw], dtype=np.int64)
    starts = ends - np.array([len(cell) for cell in raw], dtype=np.int64)
    return np.frombuffer(b"".join(raw), dtype=np.uint8), starts, ends
