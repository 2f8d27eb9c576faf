"""Limits recounted from their words alone: what may be chosen together, and what does it serve?

Written apart from `planner.siting`: plain loops over rows, no arrays of a problem.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, hypot
from types import SimpleNamespace as Row
from typing import Any

import shapely

from planner.coverage import Coverage
from planner.district import District
from planner.district.settings import Floor, Limits, Quota

WEEKS = frozenset(range(1, 53))
SOME_WEEKS = (1, 15, 30)
"""One of winter, of neither season, and of summer: nothing changes within them."""
ROUND_KM2_M = 564.19


class Recount:
    """A town and limits, against which sets of options are held."""

    def __init__(self, coverage: Coverage, limits: Limits, district: District) -> None:
        self.coverage, self.limits, self.district = coverage, limits, district
        options, sites = coverage.options.table, coverage.options.sites
        self.options = {
            str(name): Row(**{"id": str(name), "at": at} | _texts(row))
            for at, (name, row) in enumerate(
                zip(options.index, options.to_dict("records"), strict=True)
            )
        }
        self.sites = {
            str(name): Row(**{"at": at} | _texts(row))
            for at, (name, row) in enumerate(
                zip(sites.index, sites.to_dict("records"), strict=True)
            )
        }
        self.cells = [Row(**_texts(row)) for row in coverage.demand.cells.to_dict("records")]
        self.heads = coverage.demand.workers.sum(axis=1).tolist()
        self.street = {str(k): str(v) for k, v in district.communities["street"].items()}
        self.today = [row for row in self.options.values() if row.kind == "keep"]
        self.free = {*limits.may_close, *limits.may_move}
        measure = next(one for one in district.settings.measures if one.id == "container")
        self.price = measure.cost_setup_yuan

    def take(self, chosen: Collection[str]) -> None:
        """Look at a set of options, with "container#1" ... for bought containers."""
        self.picked = [self.options[name] for name in sorted(chosen) if name in self.options]
        self.bought = len(chosen) - len(self.picked)
        changed = {row.site for row in self.picked}
        self.there = [
            *(row for row in self.today if row.site not in self.free | changed),
            *self.picked,
        ]

    def allowed(self) -> bool:
        """Say whether every limit is kept."""
        return (
            self._possible()
            and self._one_of_each()
            and self._money()
            and self._apart()
            and self._places()
            and self._containers()
            and all(map(self._quota, self.limits.quotas))
            and self._levels()
            and self._gap()
            and all(map(self._floor, self.limits.floors))
        )

    def _possible(self) -> bool:
        limits = self.limits
        for row in self.picked:
            if row.kind == "keep" and row.site not in self.free:
                return False
            if row.measure == "open" and "open" not in limits.measures:
                return False
            if not set(row.steps) - {"open", "move"} <= set(limits.measures):
                return False
            if row.kind == "move" and row.replaces not in limits.may_move:
                return False
            if row.id in limits.forbid or row.site in limits.forbid:
                return False
        standing = {row.site for row in self.today} - self.free
        there = {name for row in self.picked for name in (row.site, row.id)}
        return set(limits.lock) - standing <= there

    def _one_of_each(self) -> bool:
        for week in SOME_WEEKS:
            now = [row.site for row in self.picked if there_in(week, row)]
            if len(set(now)) < len(now):
                return False
        for station in self.free:
            one = sum(station in (row.site, row.replaces) for row in self.picked)
            if one > 1 or (one == 0 and station not in self.limits.may_close):
                return False
        return True

    def _money(self) -> bool:
        limits, picked = self.limits, self.picked
        containers = self.bought * self.price
        setup = sum(row.cost_setup_yuan for row in picked) + containers
        union = sum(row.cost_union_yuan for row in picked) + containers
        year = sum(row.cost_year_yuan for row in self.there)
        year -= sum(row.cost_year_yuan for row in self.today)
        new = sum(row.kind == "new" and row.measure != "container" for row in picked)
        told = (
            (limits.budget_yuan, setup),
            (limits.budget_union_yuan, union),
            (limits.budget_partner_yuan, setup - union),
            (limits.budget_year_yuan, year),
            (limits.count, new + self.bought),
        )
        return all(most is None or spent <= most + 1e-6 for most, spent in told)

    def _apart(self) -> bool:
        least = self.limits.min_separation_m
        new = [row for row in self.there if row.kind in ("new", "move")]
        others = self.there if self.limits.separation_from_existing else new
        factor = 1.32 if self.limits.separation_along_streets else 1.0
        return not any(
            one.site != other.site
            and any(there_in(week, one) and there_in(week, other) for week in SOME_WEEKS)
            and factor * self._metres(one.site, other.site) < least
            for one in new
            for other in others
        )

    def _metres(self, one: str, other: str) -> float:
        a, b = self.sites[one], self.sites[other]
        return hypot(a.x - b.x, a.y - b.y)

    def _places(self) -> bool:
        new = [self.sites[row.site] for row in self.picked if row.kind in ("new", "move")]
        return not any(
            shapely.Polygon(ring).intersects(shapely.Point(site.lon, site.lat))
            for ring in self.limits.no_go
            for site in new
        )

    def _containers(self) -> bool:
        stays = [row for row in self.picked if row.measure == "container"]
        most = max(sum(there_in(week, row) for row in stays) for week in SOME_WEEKS)
        return most <= self.bought <= self.limits.containers

    # Quotas and levels.

    def _stations(self, kind: str) -> list[Row]:
        if kind == "container":
            return [row for row in self.there if row.measure == "container"]
        rows = [row for row in self.there if row.working and not row.weeks]
        if kind in ("all_day", "evening", "benchmark"):
            return [row for row in rows if getattr(row, kind)]
        if kind == "new":
            return [row for row in rows if row.kind == "new"]
        if kind == "centre":
            assert self.limits.levels is not None
            hosts = self.limits.levels.centre_hosts
            return [row for row in rows if self.sites[row.site].host_type in hosts]
        return rows

    def _where(self, scope: str, site: str) -> str:
        if scope == "street":
            return self.street[self.sites[site].community]
        return str(getattr(self.sites[site], scope))

    def _scopes(self, quota: Quota) -> Sequence[str]:
        if quota.which:
            return quota.which
        found = {self._where(quota.scope, site) for site in self.sites}
        return sorted(found)

    def _quota(self, quota: Quota) -> bool:
        of_kind, every = self._stations(quota.stations), self._stations("any")
        if quota.scope == "all":
            kind = self.bought if quota.stations == "container" else len(of_kind)
            return self._number(quota, kind, len(every))
        return all(
            self._number(
                quota,
                sum(self._where(quota.scope, row.site) == place for row in of_kind),
                sum(self._where(quota.scope, row.site) == place for row in every),
            )
            for place in self._scopes(quota)
        )

    def _number(self, quota: Quota, kind: int, every: int) -> bool:
        streets = len(set(self.street.values()))
        least = [0 if quota.least is None else quota.least]
        if quota.least_per_street is not None:
            least.append(ceil(Fraction(str(quota.least_per_street)) * streets))
        most = kind if quota.most is None else quota.most
        low = Fraction(str(quota.least_share or 0.0)) * every
        high = Fraction(kind if quota.most_share is None else str(quota.most_share))
        high *= 1 if quota.most_share is None else every
        return max(least) <= kind <= most and low <= kind <= high

    def _levels(self) -> bool:
        levels = self.limits.levels
        if levels is None:
            return True
        centres = self._stations("centre")
        return all(
            row in centres
            or any(self._metres(row.site, one.site) <= levels.within_m for one in centres)
            for row in self.picked
            if row.kind in ("new", "move")
        )

    # Gaps and floors.

    def shortfalls(self) -> int:
        """Count the cells that must have a station near, could have one, and have none."""
        rules = self.district.settings.gaps
        now = {row.site for row in self.there if opens(row)}
        ever = {row.site for row in self.options.values() if opens(row)}
        short = 0
        for cell, heads in zip(self.cells, self.heads, strict=True):
            around = sum(
                more
                for other, more in zip(self.cells, self.heads, strict=True)
                if hypot(other.x - cell.x, other.y - cell.y) <= ROUND_KM2_M
            )
            limit = rules.dense_m if around >= rules.dense_workers_per_km2 else rules.urban_m
            near = {
                name
                for name, site in self.sites.items()
                if round(1000 * hypot(site.x - cell.x, site.y - cell.y)) <= 1000 * limit
            }
            short += heads > rules.least_workers and bool(near & ever) and not near & now
        return short

    def _gap(self) -> bool:
        gap = self.limits.gap
        return gap is None or not gap.hard or self.shortfalls() == 0

    def served(
        self, groups: Collection[str] = (), communities: Collection[str] = ()
    ) -> tuple[Fraction, int]:
        """Add up what is served of some groups (empty: all) in some communities, and all of it."""
        coverage, served, total = self.coverage, Fraction(0), 0
        for at, group in enumerate(coverage.demand.groups):
            if groups and group not in groups:
                continue
            reach = coverage.reach[group].toarray()
            for place, cell in enumerate(self.cells):
                if communities and cell.community not in communities:
                    continue
                people = int(coverage.demand.people_milli[0, place, at])
                near = [row for row in self.there if reach[self.sites[row.site].at, place]]
                for slot, minutes in enumerate(coverage.slot_minutes.tolist()):
                    total += people * minutes
                    weeks = self._weeks(near, at, slot)
                    served += Fraction(people * minutes * len(weeks), len(WEEKS))
        return served, total

    def _weeks(self, near: Sequence[Row], group: int, slot: int) -> set[int]:
        coverage = self.coverage
        found: set[int] = set()
        for row in near:
            if coverage.failure[coverage.option_class[row.at], group, slot] == 0:
                found |= set(row.weeks or WEEKS)
        return found

    def _floor(self, floor: Floor) -> bool:
        for groups, communities in self._meant(floor):
            served, total = self.served(groups, communities)
            if served < Fraction(str(floor.least_share)) * total:
                return False
        return True

    def _meant(self, floor: Floor) -> Iterator[tuple[Collection[str], Collection[str]]]:
        if floor.each == "group":
            for one in floor.groups or self.coverage.demand.groups:
                yield (one,), floor.communities
        elif floor.each == "community":
            for one in floor.communities or sorted({cell.community for cell in self.cells}):
                yield floor.groups, (one,)
        else:
            yield floor.groups, floor.communities


def _texts(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def there_in(week: int, row: Row) -> bool:
    """Say whether an option is there in a week."""
    return not row.weeks or week in row.weeks


def opens(row: Row) -> bool:
    """Say whether an option puts an open door there, all year."""
    found = row.hours.open_minutes > 0 and row.working and row.listed and row.access != "gated"
    return bool(found and not row.weeks)
