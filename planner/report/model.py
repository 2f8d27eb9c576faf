"""What a report is written from: a plan, what it changes, and everything it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from planner.coverage import Coverage, Figures, GapCheck
from planner.demand import two_names
from planner.density import HotSpots
from planner.district import District
from planner.district.settings import Limits, Phase
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
    measures: pd.DataFrame
    """Every measure: what opens and moves first (as `sites`), then upgrades, then closings; index
    option id. Columns as of `sites`, and kind, steps, phase, cost_union_yuan, added_year_yuan."""
    rest: pd.DataFrame
    """Why each other option is not chosen, most gain first; index option id. Columns: reason,
    gain_hours, exchange_hours, exchange_with, cost_yuan."""
    by_phase: pd.DataFrame
    """What stands at the end of each phase; index phase id. Columns: measures, opened, cost_yuan,
    all_cost_yuan, served_hours, share."""
    notes: tuple[Message, ...]
    """What was assumed."""
    problems: tuple[Problem, ...]
    """Every fault of the files."""
    sure: Mapping[str, float] | None = None
    """How often each measure was chosen while demand, reach and cost moved, 0 to 1; None: not
    asked."""
    scenario: str = ""
    """Name of the scenario that the plan is of; "": none is told."""
    made_on: date | None = None
    """Told on the title of the document."""

    @property
    def existing(self) -> pd.DataFrame:
        """Stations that are there today, in the order of their list.

        Index option id. Columns: those of the options and of their sites, and stays (bool): whether
        the plan keeps the station.
        """
        described = self.coverage.options.described
        stations = described.loc[described["measure"] == "keep"]
        gone = self.measures.index[self.measures["kind"] == "close"]
        moved = self.measures["replaces"][self.measures["kind"] == "move"]
        return stations.assign(stays=~stations.index.isin([*gone, *moved]))

    @property
    def cost_year_yuan(self) -> float:
        """Added running cost a year of all measures, as far as it is known."""
        return float(self.measures["added_year_yuan"].astype(float).sum())

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

    def phase(self, phase: Phase) -> str:
        """Name a phase of a plan."""
        return str(two_names(phase.name or phase.id, phase.name_en))

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
