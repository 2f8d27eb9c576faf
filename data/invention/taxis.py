"""Invented GPS records of taxis on a weekday and a Saturday, along the invented streets."""
# ruff: noqa: PLR2004 - the numbers are the invention itself

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from invention.draft import Street, Xy
from invention.terrain import TOWNS, busy

__all__ = ["DAYS", "Track", "make_tracks"]

DAYS = (("2025-03-12", 1.0), ("2025-03-15", 0.8))
"""A Wednesday and a Saturday, and the share of the taxis that are out."""
_TAXIS = 96
_EVERY_S = 120.0
_HOUR_S = 3600.0
_SPEED_KMH = {"primary": 38.0, "secondary": 34.0, "tertiary": 28.0, "unclassified": 30.0}
_SMALL_KMH = 20.0
_CLOSED = ("motorway", "footway", "steps", "track")
_PLACES = 260
"""Where passengers get in and out."""
_RANKS_IN_TOWNS = {"老城": 6, "东岸新区": 3}
"""Ranks in a town; 1 where it is not named."""
_SHIFTS = (  # share of the taxis, work in hours of the day, hour of the meal
    (0.45, ((6.0, 18.0),), 11.8),
    (0.3, ((8.5, 21.5),), 12.4),
    (0.25, ((0.0, 3.5), (16.5, 24.0)), 18.6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The records of one taxi on one day."""

    taxi: int
    """1 and up."""
    date: str
    time_s: NDArray[np.int64]
    """Seconds since midnight, ascending, shape (k,)."""
    xy: NDArray[np.float64]
    """Metres of the invented plane, shape (k, 2)."""


def make_tracks(streets: Sequence[Street], seed: int) -> list[Track]:
    """Let taxis drive from passenger to passenger, wait at ranks, and eat there.

    GPS errs by some 6 m, and one record in thirty is lost.
    """
    rng = np.random.default_rng(seed + 17)
    roads = _Roads(streets, rng)
    tracks = []
    for taxi in range(1, _TAXIS + 1):
        shift = int(rng.choice(len(_SHIFTS), p=[share for share, *_ in _SHIFTS]))
        for date, out in DAYS:
            if rng.random() < out:
                tracks.append(_day(roads, rng, taxi=taxi, date=date, shift=shift))
    return tracks


def _day(roads: "_Roads", rng: np.random.Generator, *, taxi: int, date: str, shift: int) -> Track:
    _, work, meal = _SHIFTS[shift]
    times, places = [], []
    for number, (start, end) in enumerate(work):
        begin = start + (rng.uniform(-0.7, 0.7) if start else 0.0)
        until = end + (rng.uniform(-0.7, 0.7) if end < 24 else 0.0)
        eats = number == len(work) - 1
        drive = _Drive(roads=roads, rng=rng, at=int(rng.integers(_PLACES)), now_s=begin * _HOUR_S)
        drive.work(until * _HOUR_S, meal_s=(meal + rng.uniform(-0.5, 0.7)) * _HOUR_S if eats else 0)
        at = np.arange(drive.time_s[0], min(until * _HOUR_S, 24 * _HOUR_S - 1), _EVERY_S)
        at = at[rng.random(len(at)) > 1 / 30]
        xy = np.array(drive.xy)
        times.append(at)
        places.append(np.column_stack([np.interp(at, drive.time_s, side) for side in xy.T]))
    time_s, xy = np.concatenate(times), np.concatenate(places)
    return Track(
        taxi=taxi, date=date, time_s=time_s.astype(np.int64), xy=xy + rng.normal(0, 6.0, xy.shape)
    )


class _Roads:
    """Roads for cars, with the quickest ways between places and ranks."""

    def __init__(self, streets: Sequence[Street], rng: np.random.Generator) -> None:
        open_roads = [s for s in streets if not s.highway.startswith(_CLOSED)]
        nodes = sorted({end for s in open_roads for end in (s.line[0], s.line[-1])})
        number = {node: k for k, node in enumerate(nodes)}
        self._lines: dict[tuple[int, int], tuple[tuple[Xy, ...], float]] = {}
        for street in open_roads:
            here, there = number[street.line[0]], number[street.line[-1]]
            speed = _SPEED_KMH.get(street.highway, _SMALL_KMH) / 3.6
            self._lines[here, there] = (street.line, speed)
            if street.oneway != "yes":
                self._lines[there, here] = (street.line[::-1], speed)
        seconds = [_metres(line)[-1] / speed for line, speed in self._lines.values()]
        ends = np.array(list(self._lines))
        graph = csr_array((seconds, (ends[:, 0], ends[:, 1])), shape=(len(nodes),) * 2)
        _, part = connected_components(graph, connection="strong")
        joined = part == np.bincount(part).argmax()
        self._xy = np.array(nodes)
        stops = self._stops(joined, rng)
        self.ranks = range(_PLACES, len(stops))
        self._stops_at = stops
        seconds_to, self._came_from = dijkstra(graph, indices=stops, return_predecessors=True)
        self.seconds = np.asarray(seconds_to[:, stops], dtype=np.float64)
        self._drawn = busy(*self._xy[stops[:_PLACES]].T) + 0.05

    def _stops(self, joined: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
        """Choose junctions where people get in and out, then the ranks."""
        x, y = self._xy.T
        lively = joined * (busy(x, y) + 0.012)
        chosen = [rng.choice(len(x), _PLACES, replace=False, p=lively / lively.sum())]
        for town in TOWNS:
            away = np.hypot(x - town.x, y - town.y)
            near = joined * (away < 0.6 * town.radius_m) * busy(x, y) ** 2
            count = _RANKS_IN_TOWNS.get(town.name, 1)
            chosen.append(rng.choice(len(x), count, replace=False, p=near / near.sum()))
        return np.concatenate(chosen).astype(np.int64)

    def next_stop(self, at: int, rng: np.random.Generator) -> int:
        """Choose where the next passengers want to go: to busy places, most of them near."""
        seconds = self.seconds[at, :_PLACES]
        weight = self._drawn * np.exp(-seconds / 700.0) * (seconds > 120.0)
        return int(rng.choice(_PLACES, p=weight / weight.sum()))

    def way(self, here: int, there: int) -> Iterator[tuple[Xy, float]]:
        """Walk the quickest way: each corner and the seconds from the one before."""
        chain = [int(self._stops_at[there])]
        while chain[-1] != self._stops_at[here]:
            chain.append(int(self._came_from[here, chain[-1]]))
        chain.reverse()
        for ends in pairwise(chain):
            line, speed = self._lines[ends]
            seconds = np.diff(_metres(line), prepend=0.0) / speed
            yield from zip(line[1:], seconds[1:].tolist(), strict=True)

    def place(self, stop: int) -> Xy:
        """Give the point of a stop."""
        x, y = self._xy[self._stops_at[stop]]
        return float(x), float(y)


@dataclass(slots=True, kw_only=True)
class _Drive:
    """A taxi at work: where it was when."""

    roads: _Roads
    rng: np.random.Generator
    at: int
    now_s: float
    time_s: list[float] = field(default_factory=list)
    xy: list[Xy] = field(default_factory=list)

    def work(self, until_s: float, *, meal_s: float) -> None:
        """Drive until the shift ends; eat at a rank once, 0: not in this part of the shift."""
        self._be(self.roads.place(self.at), 0.0)
        while self.now_s < until_s:
            if 0 < meal_s <= self.now_s:
                self._rest(self.rng.uniform(28, 50))
                meal_s = 0.0
            elif self.rng.random() < 0.2:
                self._rest(self.rng.uniform(4, 24))
            self._go(self.roads.next_stop(self.at, self.rng))
            self._wait(self.rng.uniform(0.5, 4.0))

    def _rest(self, minutes: float) -> None:
        """Go to one of the two nearest ranks and wait there."""
        ranks = sorted(self.roads.ranks, key=lambda rank: (self.roads.seconds[self.at, rank], rank))
        self._go(ranks[int(self.rng.random() < 0.3)])
        self._wait(minutes)

    def _go(self, stop: int) -> None:
        """Drive, slower where and when there is traffic."""
        hour = self.now_s / _HOUR_S % 24
        slow = 1.5 if 7 <= hour < 9 or 17 <= hour < 19 else 1.2
        slow *= self.rng.uniform(0.9, 1.25)
        for place, seconds in self.roads.way(self.at, stop):
            self._be(place, slow * seconds)
        self.at = stop

    def _wait(self, minutes: float) -> None:
        self._be(self.roads.place(self.at), 60 * minutes)

    def _be(self, place: Xy, after_s: float) -> None:
        self.now_s += after_s
        self.time_s.append(self.now_s)
        self.xy.append(place)


def _metres(line: Sequence[Xy]) -> NDArray[np.float64]:
    """Give the metres from the start of a line to each of its corners."""
    steps = np.hypot(*np.diff(np.array(line), axis=0).T)
    metres: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(steps)])
    return metres
