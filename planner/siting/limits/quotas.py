"""Quotas and shares -> limits on how many stations of some kind stand once a plan is carried out.

A station that stays counts; one that closes or moves away does not. Counted are stations in working
order that are there all year; of relocatable containers each that is bought, and in a community,
street or host type each stay.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.demand.names import joined
from planner.district.settings import Levels, Quota
from planner.language import Message, note
from planner.siting.limits.entering import Entering
from planner.siting.limits.scopes import Scopes
from planner.siting.limits.single_limits import LimitRow, decimal, limit_row
from planner.siting.problem import About

__all__ = ["Census", "census", "exempt_places", "quota_rows"]

_BY_COLUMN = ("all_day", "evening", "benchmark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Which stations count as what."""

    entering: Entering
    scopes: Scopes
    levels: Levels | None

    def counted(self, stations: str, scope: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Say what each option adds to the stations of a kind, and what each that stays counts.

        An upgrade of a station that stays adds what it makes of it beyond what it is.

        Parameters
        ----------
        stations, scope
            As in `Quota`.

        Returns
        -------
        options, standing
            Shape (n,), of entering options, and (k,), of stations that stay.
        """
        entering = self.entering
        options = self._kind(entering.there, stations, scope)
        standing = self._kind(entering.standing, stations, scope)
        today = dict(zip(entering.standing["site"], standing.tolist(), strict=True))
        added = np.flatnonzero(entering.upgrades_standing)
        sites = entering.there["site"].to_numpy()
        options[added] -= np.array([today.get(sites[at], 0) for at in added], np.int64)
        return options, standing

    def _kind(self, table: pd.DataFrame, stations: str, scope: str) -> NDArray[np.int64]:
        """Say which options are stations of a kind by themselves."""
        bought = table["bought"].to_numpy(bool)
        container = (table["measure"] == "container").to_numpy(bool)
        if stations == "container":
            return np.asarray(bought if scope == "all" else container & ~bought, np.int64)
        stands = table["working"].to_numpy(bool) & ~bought
        all_year = np.array([not weeks for weeks in table["weeks"]], np.bool_)
        counts = stands & all_year
        if stations in _BY_COLUMN:
            counts &= table[stations].to_numpy(bool)
        elif stations == "new":
            counts &= (table["kind"] == "new").to_numpy(bool)
        elif stations == "centre":
            hosts = self.levels.centre_hosts if self.levels is not None else ()
            counts &= self.entering.sites["host_type"].reindex(table["site"]).isin(hosts).to_numpy()
        return np.asarray(counts, np.int64)

    def where(self, scope: str, table: pd.DataFrame) -> NDArray[np.object_]:
        """Give the community, street or host type of some options; "" in the whole district."""
        if scope == "all":
            return np.full(len(table), "", dtype=object)
        return self.scopes.sites[scope].reindex(table["site"]).to_numpy(dtype=object)


def census(entering: Entering, scopes: Scopes, levels: Levels | None) -> Census:
    """Make ready to count stations."""
    return Census(entering=entering, scopes=scopes, levels=levels)


def quota_rows(counting: Census, quotas: Iterable[Quota]) -> list[LimitRow]:
    """Turn quotas into limits, one for each place of the scope and each bound.

    Raises
    ------
    ValueError
        If a quota is by street and no street is known.
    """
    rows: list[LimitRow] = []
    for quota in quotas:
        rows += _rows(counting, quota)
    return rows


def _rows(counting: Census, quota: Quota) -> list[LimitRow]:
    entering, scopes = counting.entering, counting.scopes
    if quota.scope == "street" and not scopes.streets:
        raise ValueError("quotas by street need the district, with communities that name theirs")
    kind, kind_now = counting.counted(quota.stations, quota.scope)
    every, every_now = counting.counted("any", quota.scope)
    places = [""] if quota.scope == "all" else (list(quota.which) or scopes.ids(quota.scope))
    options = counting.where(quota.scope, entering.there)
    stay = counting.where(quota.scope, entering.standing)
    rows: list[LimitRow] = []
    for place in places:
        here, now = options == place, stay == place
        where = scopes.where(quota.scope, place)
        numbers = (kind * here, int((kind_now * now).sum()))
        rows += _numbers(quota, numbers, where, _least(quota, scopes))
        rows += _shares(quota, numbers, (every * here, int((every_now * now).sum())), where)
    return rows


def exempt_places(scopes: Scopes, quotas: Iterable[Quota]) -> tuple[Message, ...]:
    """Tell the places with workers for which a quota asks a station, and where no site is at all.

    As with the largest gap, what no site can give is told and not asked for, unless a quota names
    the place.
    """
    asked = {
        quota.scope
        for quota in quotas
        if quota.scope in ("community", "street")
        and not quota.which
        and (quota.least or quota.least_per_street)
    }
    told = []
    for scope in sorted(asked):
        places = scopes.without_sites(scope)
        if places:
            named = [scopes.names.get(scope, {}).get(place, place) for place in places]
            told.append(
                note(
                    "{n} places with workers have neither a station nor a venue, so no quota is"
                    " asked of them: {places}.",
                    n=len(places),
                    places=joined(named[:_NAMED]),
                )
            )
    return tuple(told)


_NAMED = 10

_Count = tuple[NDArray[np.int64], int]
"""What each option adds to a number of stations, and how many there are in any case."""


def _least(quota: Quota, scopes: Scopes) -> int | None:
    """Give the least number of stations, the larger of both ways to say it."""
    least = [] if quota.least is None else [quota.least]
    if quota.least_per_street is not None:
        least.append(math.ceil(decimal(quota.least_per_street) * scopes.streets))
    return max(least, default=None)


def _numbers(quota: Quota, count: _Count, where: Message, least: int | None) -> list[LimitRow]:
    weights, now = count
    rows = []
    if least is not None:
        name = note(
            "at least {n} {stations} {where}",
            n=least,
            stations=_called(quota.stations),
            where=where,
        )
        rows.append(limit_row(weights, _about("quota", name), least=least - now))
    if quota.most is not None:
        name = note(
            "at most {n} {stations} {where}",
            n=quota.most,
            stations=_called(quota.stations),
            where=where,
        )
        rows.append(limit_row(weights, _about("quota", name), most=quota.most - now))
    return rows


def _shares(quota: Quota, kind: _Count, every: _Count, where: Message) -> list[LimitRow]:
    """Keep a share in whole numbers: of 3/20, 20 x the kind less 3 x all stations is at least 0."""
    rows = []
    called = _called(quota.stations)
    if quota.least_share is not None:
        a, b = decimal(quota.least_share).as_integer_ratio()
        name = note(
            "at least {share} of the stations {where} are {stations}",
            share=_percent(quota.least_share),
            where=where,
            stations=called,
        )
        about = _about("share", name, scale=b)
        rows.append(limit_row(b * kind[0] - a * every[0], about, least=a * every[1] - b * kind[1]))
    if quota.most_share is not None:
        a, b = decimal(quota.most_share).as_integer_ratio()
        name = note(
            "at most {share} of the stations {where} are {stations}",
            share=_percent(quota.most_share),
            where=where,
            stations=called,
        )
        about = _about("share", name, scale=b)
        rows.append(limit_row(b * kind[0] - a * every[0], about, most=a * every[1] - b * kind[1]))
    return rows


def _about(kind: str, name: Message, *, scale: int = 1) -> About:
    return About(kind=kind, name=name, scale=scale, unit="stations")


def _percent(share: float) -> str:
    return f"{float(decimal(share) * 100):g}%"


def _called(stations: str) -> Message:
    names: Sequence[tuple[str, Message]] = (
        ("any", note("stations")),
        ("all_day", note("stations open 24 hours")),
        ("evening", note("stations open in the evening")),
        ("benchmark", note("benchmark stations")),
        ("new", note("new stations")),
        ("container", note("containers")),
        ("centre", note("centres")),
    )
    return dict(names)[stations]
