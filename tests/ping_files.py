"""Invented GPS records, and a recount of people's time in plain Python."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from planner.demand.pings import PingBins, bin_pings
from planner.district.settings import PingRules
from planner.geo import local_projection, to_degrees

PLANE = local_projection(114.05, 22.55)
CELL_M = 250
START_S = 1_083_801_600
"""Monday 2024-05-06 00:00, in seconds since 1990."""
MONDAY = "2024-05-06"

Record = tuple[str, int, int, int]
"""Person, seconds after Monday 00:00, x and y in whole metres."""


def clock(second: int) -> str:
    """Write seconds after Monday 00:00 as a date and time."""
    days, rest = divmod(second, 86_400)
    return f"2024-05-{6 + days:02d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def write_records(path: Path, records: Iterable[Record], *, ids: bool = True) -> Path:
    """Write records as CSV in WGS-84; places are half a centimetre inside their centimetre."""
    rows = list(records)
    xy = [(x + 0.005, y + 0.005) for _, _, x, y in rows]
    lon, lat = to_degrees(np.array(xy).reshape(-1, 2), projection=PLANE)
    lines = ["person,time,lon,lat" if ids else "time,lon,lat"]
    for (who, second, _, _), east, north in zip(rows, lon, lat, strict=True):
        lines.append(f"{who + ',' if ids else ''}{clock(second)},{east:.9f},{north:.9f}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def bin_records(
    paths: Sequence[Path], *, rules: PingRules | None = None, cell_m: float = CELL_M
) -> PingBins:
    """Bin files that `write_records` wrote."""
    return bin_pings(
        paths,
        columns={},
        crs="WGS-84",
        rules=rules or PingRules(),
        projection=PLANE,
        boundary=None,
        cell_m=cell_m,
    )


@dataclass
class Recount:
    """What the recount found; milliseconds by (column, row, hour of 48)."""

    person: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    stay: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    records: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    set_aside: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    people: int = 0


def recount(records: Iterable[Record], rules: PingRules) -> Recount:
    """Divide people's time as decision 10 says, one person and one second after the other."""
    out = Recount()
    own: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for who, second, x, y in records:
        own[who].append((second, x, y))
    for rows in own.values():
        places = sorted(set(rows))
        out.set_aside["repeated"] += len(rows) - len(places)
        chain = _chain(places, rules, out)
        out.people += bool(chain)
        _divide(chain, _stays(chain, rules), rules, out)
    return out


def _chain(
    places: list[tuple[int, int, int]], rules: PingRules, out: Recount
) -> list[tuple[int, int, int, bool]]:
    """Drop jumps; each record left says whether it begins anew."""
    slack = 60 if all(second % 60 == 0 for second, _, _ in places) else 1

    def reachable(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
        way = math.hypot(other[1] - one[1], other[2] - one[2])
        return way <= 50 + rules.most_speed_kmh / 3.6 * (other[0] - one[0] + slack)

    kept: list[tuple[int, int, int, bool]] = []
    refused: list[tuple[int, int, int]] = []
    for place in places:
        if kept and not reachable(kept[-1], place):
            refused = [*refused, place] if refused and reachable(refused[-1], place) else [place]
            if len(refused) < 3:
                out.set_aside["jump"] += 1
                continue
            kept.append((*place, True))
        else:
            kept.append((*place, not kept))
        refused = []
    return kept


def _joined(one: tuple[int, ...], other: tuple[int, ...], rules: PingRules) -> bool:
    return not other[3] and other[0] - one[0] <= rules.most_gap_min * 60


def _stays(chain: list[tuple[int, int, int, bool]], rules: PingRules) -> list[int]:
    mark, number, start = [0] * len(chain), 0, 0
    while start < len(chain):
        end = start + 1
        while (
            end < len(chain)
            and _joined(chain[end - 1], chain[end], rules)
            and math.dist(chain[start][1:3], chain[end][1:3]) <= rules.stay_radius_m
        ):
            end += 1
        if end > start + 1 and chain[end - 1][0] - chain[start][0] >= rules.stay_min * 60:
            number += 1
            mark[start:end] = [number] * (end - start)
            start = end
        else:
            begun = chain[start][0]
            while start < len(chain) and chain[start][0] == begun:
                start += 1
    return mark


def _divide(
    chain: list[tuple[int, int, int, bool]], stay: list[int], rules: PingRules, out: Recount
) -> None:
    for at, (second, x, y, _) in enumerate(chain):
        square = (x // CELL_M, y // CELL_M)
        out.records[square] += 1
        before = at > 0 and _joined(chain[at - 1], chain[at], rules)
        after = at + 1 < len(chain) and _joined(chain[at], chain[at + 1], rules)
        here = 1000 * second
        earlier = 500 * (chain[at - 1][0] + second) if at else here - 30_000
        later = 500 * (second + chain[at + 1][0]) if at + 1 < len(chain) else here + 30_000
        if not before and not after:
            _spend(out.person, square, max(earlier, here - 30_000), min(later, here + 30_000))
        for joined, other, start, end in (
            (before, at - 1, earlier, here),
            (after, at + 1, here, later),
        ):
            if joined:
                _spend(out.person, square, start, end)
                if stay[at] and stay[at] == stay[other]:
                    _spend(out.stay, square, start, end)


def _spend(
    sums: dict[tuple[int, int, int], int], square: tuple[int, int], start: int, end: int
) -> None:
    for hour in range(start // 3_600_000, -(-end // 3_600_000)):
        time = min(end, (hour + 1) * 3_600_000) - max(start, hour * 3_600_000)
        slot = hour % 24 + (24 if hour // 24 % 7 >= 5 else 0)
        if time > 0:
            sums[(*square, slot)] += time


def milliseconds(bins: PingBins, *, stay: bool = False) -> Mapping[tuple[int, int, int], int]:
    """Give the hours of bins as whole milliseconds, as a recount has them."""
    hours = bins.stay_hours if stay else bins.person_hours
    return {
        (int(column), int(row), slot): round(float(hours[at, slot]) * 3_600_000)
        for at, (column, row) in enumerate(bins.squares)
        for slot in range(48)
        if hours[at, slot]
    }
