"""Points of interest -> places that could host a station."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.district import District
from planner.district.settings import HostType
from planner.geo import to_plane

__all__ = ["HOST_OF_CLASS", "NearHost", "host_type_of", "hosts_near", "plausible_hosts"]

HOST_OF_CLASS: Mapping[str, str] = {
    "金融保险服务;银行": "bank",
    "汽车服务;加油站": "fuel",
    "汽车服务;加气站": "fuel",
    "汽车服务;其它能源站": "fuel",
    "汽车服务;充电站": "fuel",
    "政府机构及社会团体;政府机关;乡镇以下级政府": "community",
    "政府机构及社会团体;政府机关": "union",
    "政府机构及社会团体;社会团体": "union",
    "科教文化服务;文化宫": "union",
    "购物服务;便民商店/便利店": "shop",
    "购物服务;超级市场": "shop",
    "医疗保健服务;医药保健销售店": "shop",
    "餐饮服务": "shop",
    "生活服务;电讯营业厅": "phone_shop",
    "生活服务;物流速递;物流仓储场地": "logistics",
    "生活服务;物流速递": "courier_depot",
    "生活服务;邮局": "courier_depot",
    "公共设施;公共厕所": "park",
    "风景名胜;公园广场": "park",
    "community_centre": "community",
    "bank": "bank",
    "fuel": "fuel",
    "convenience": "shop",
    "supermarket": "shop",
    "pharmacy": "shop",
    "restaurant": "shop",
    "post_office": "courier_depot",
    "toilets": "park",
    "park": "park",
}
"""How the class of a point of interest begins -> the default host type that such a place is; Amap's
classes (large;medium;small), then values of OpenStreetMap. The longest beginning counts."""

_MOST = 5
"""Hosts named at one hot spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearHost:
    """A place that could host a station, near a hot spot."""

    name: str
    """As its list has it; a firm or an office, not a person."""
    host_type: str
    """Id of a host type of the settings."""
    straight_m: float
    """Straight metres from the centre of the hot spot."""
    lon: float
    """WGS-84 degrees."""
    lat: float


def host_type_of(text: str, hosts: Sequence[HostType]) -> str:
    """Tell which host type a place of some class is; "" where it is none.

    Parameters
    ----------
    text
        Classes joined by "|", each from the largest to the smallest joined by ";". A class counts
        if `HOST_OF_CLASS` knows how it begins, or one of its parts is the id, a name or another
        name of a host type.
    hosts
        Of the settings; a type that is not among them is no answer.

    Examples
    --------
    >>> from planner.district.defaults import DEFAULT_HOSTS
    >>> host_type_of("住宿服务;宾馆酒店|金融保险服务;银行;工商银行", DEFAULT_HOSTS)
    'bank'
    """
    known = {host.id for host in hosts}
    names = {
        name.casefold(): host.id
        for host in hosts
        for name in (host.id, host.name, host.name_en, *host.aliases)
    }
    for each in text.split("|"):
        begins = [start for start in HOST_OF_CLASS if each.strip().startswith(start)]
        parts = [part.strip().casefold() for part in reversed(each.split(";"))]
        found = [HOST_OF_CLASS[start] for start in sorted(begins, key=len, reverse=True)]
        found += [names[part] for part in parts if part in names]
        for host in found:
            if host in known:
                return host
    return ""


def plausible_hosts(district: District, *, projection: str) -> pd.DataFrame:
    """List the points of interest of a district whose class is that of a host type, each once.

    Returns
    -------
    pandas.DataFrame
        Columns: name, host_type, lon, lat (WGS-84), x, y (metres in `projection`); sorted by name
        and place. A place without a name is left out: nobody could ask there.
    """
    points = [
        table.rows[table.rows["kind"] == "point"]
        for table in district.workers
        if table.source.kind == "proxies"
    ]
    columns = ["name", "host_type", "lon", "lat", "x", "y"]
    points = [rows for rows in points if len(rows)]
    if not points:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    rows = pd.concat(points, ignore_index=True)
    middles = shapely.centroid(rows["geometry"].to_numpy())  # a feature may be several points
    classes = rows["of"].fillna("").astype(str)
    of_class = {each: host_type_of(each, district.settings.hosts) for each in classes.unique()}
    found = pd.DataFrame(
        {
            "name": rows["name"].fillna("").astype(str).str.strip(),
            "host_type": classes.map(of_class),
            "lon": shapely.get_x(middles),
            "lat": shapely.get_y(middles),
        }
    )
    found = found[(found["name"] != "") & (found["host_type"] != "")]
    found = found.drop_duplicates().sort_values(["name", "lon", "lat"], ignore_index=True)
    xy = to_plane(found["lon"], found["lat"], projection=projection)
    return found.assign(x=xy[:, 0], y=xy[:, 1])[columns]


def hosts_near(
    hosts: pd.DataFrame, xy: NDArray[np.float64], *, limit_m: float
) -> list[tuple[NearHost, ...]]:
    """Name up to five hosts near each place, the nearest first, equally near ones by name.

    Parameters
    ----------
    hosts
        Of `plausible_hosts`.
    xy
        Places in the plane of the hosts, metres, shape (k, 2).
    limit_m
        Longest straight way; the limit itself still counts.
    """
    if hosts.empty or not len(xy):
        return [() for _ in xy]
    at = hosts[["x", "y"]].to_numpy(np.float64)
    named = []
    for place, near in zip(xy, KDTree(at).query_ball_point(xy, limit_m), strict=True):
        rows = np.sort(np.array(near, np.int64))
        far_m = np.round(np.hypot(*(at[rows] - place).T), 3)
        first = np.argsort(far_m, kind="stable")[:_MOST]
        found = hosts.iloc[rows[first]].assign(straight_m=far_m[first]).drop(columns=["x", "y"])
        records = found.to_dict("records")
        named.append(tuple(NearHost(**{str(k): v for k, v in each.items()}) for each in records))
    return named
