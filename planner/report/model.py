"""What a report is written from: a plan, what it changes, and everything it rests on."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from planner.coverage import Coverage, Figures, GapCheck
from planner.demand import two_names
from planner.density import HotSpots
from planner.district import District
from planner.district.settings import Limits
from planner.errors import Problem
from planner.language import Message
from planner.siting import Plan

__all__ = ["Names", "PlanReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A plan with all that a document tells of it."""

    district: District
    coverage: Coverage
    limits: Limits
    plan: Plan
    before: Figures
    """Who is served today."""
    after: Figures
    """Who is served with the plan."""
    spots: HotSpots
    """Where many workers are close together."""
    gaps_today: GapCheck
    """Who has no open station near enough today."""
    gaps_after: GapCheck
    """Who has none with the plan."""
    sites: pd.DataFrame
    """New openings in the order to be told; index option id. Columns: name, lon, lat, host_type,
    community, hours, cost_setup_yuan, cost_year_yuan, gain_hours, loss_hours, nearest_m, reason."""
    notes: tuple[Message, ...]
    """What was assumed."""
    problems: tuple[Problem, ...]
    """Every fault of the files."""
    made_on: date | None = None
    """Told on the title of the document."""

    @property
    def existing(self) -> pd.DataFrame:
        """Stations that are there today, in the order of their list.

        Index option id. Columns: those of the options and of their sites, and stays (bool): whether
        the plan keeps the station.
        """
        options = self.coverage.options
        kept = options.table.loc[options.table["measure"] == "keep"]
        stations = kept.join(options.sites.drop(columns=["x", "y"]), on="site")
        return stations.assign(stays=~stations.index.isin(list(self.plan.closed)))

    @property
    def cost_year_yuan(self) -> float:
        """Running cost a year of the new openings, as far as it is known."""
        return float(self.sites["cost_year_yuan"].astype(float).sum())

    @property
    def names(self) -> "Names":
        """Names of groups, periods, host types and communities."""
        return Names(self.district)


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, in the language in use; an id that has no name stands for itself."""

    district: District

    def group(self, identity: object) -> str:
        """Name a group of workers."""
        known = {group.id: group for group in self.district.settings.groups}
        found = known.get(str(identity))
        return str(two_names(found.name, found.name_en)) if found else str(identity)

    def period(self, identity: object) -> str:
        """Name a part of the day, with its hours."""
        known = {period.id: period for period in self.district.settings.periods}
        found = known.get(str(identity))
        if found is None:
            return str(identity)
        name = two_names(found.name, found.name_en)
        return f"{name} {found.start_hour:02d}:00–{found.end_hour:02d}:00"

    def season(self, identity: object) -> str:
        """Name a season."""
        known = {season.id: season for season in self.district.settings.seasons}
        found = known.get(str(identity))
        return str(two_names(found.name, found.name_en)) if found else str(identity)

    def street(self, identity: object) -> str:
        """Name a town or street office; "" where none is known."""
        return identity if isinstance(identity, str) else ""

    def host(self, identity: object) -> str:
        """Name a host type; "" where none is known."""
        known = {host.id: host for host in self.district.settings.hosts}
        found = known.get(str(identity))
        if found is None:
            return identity if isinstance(identity, str) else ""
        return str(two_names(found.name, found.name_en))

    def community(self, identity: object) -> str:
        """Name a community; "" where a place lies in none."""
        communities = self.district.communities
        if identity in communities.index:
            return str(communities["name"][identity])
        return identity if isinstance(identity, str) else ""
