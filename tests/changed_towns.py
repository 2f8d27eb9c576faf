"""Towns on a plane whose sites have several configurations: upgrades, moves, longer openings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from plane_towns import PERIODS, Place, demand_of, groups_of, options_of

from planner.coverage import Coverage, build_coverage
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.travel import straight_travel


@dataclass(frozen=True, kw_only=True)
class Change:
    """One more option of a town: an upgrade of a station, a move to a venue, a longer opening."""

    site: str
    steps: tuple[str, ...]
    hours: WeeklyHours = ALWAYS
    groups: tuple[str, ...] = ()
    listed: bool = True
    replaces: str = ""
    cost: float = 500.0
    weeks: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        if self.replaces:
            return "move"
        return "new" if self.steps[0] in ("open_evening", "open_24h", "container") else "upgrade"

    @property
    def measure(self) -> str:
        return self.steps[0] if self.kind == "new" else self.kind


def changed_options(places: Mapping[str, Place], changes: Mapping[str, Change]) -> Options:
    base = options_of(places)
    rows = [
        base.table.loc[change.site].to_dict()
        | {
            "measure": change.measure,
            "kind": change.kind,
            "steps": change.steps,
            "hours": change.hours,
            "groups": change.groups,
            "listed": change.listed,
            "replaces": change.replaces,
            "weeks": change.weeks,
            "season": "stay" if change.weeks else "",
            "cost_setup_yuan": change.cost,
            "cost_union_yuan": change.cost,
            "added_year_yuan": 100.0,
        }
        for change in changes.values()
    ]
    if not rows:
        return base
    more = pd.DataFrame(rows, index=list(changes), columns=base.table.columns)
    return replace(base, table=pd.concat([base.table, more]))


def option_town(
    places: Mapping[str, Place],
    changes: Mapping[str, Change],
    cells: Sequence[tuple[float, float]],
    people: Mapping[str, Sequence[float]],
    *,
    reach_m: float = 100.0,
    cutoff_m: float | None = None,
) -> Coverage:
    """Build the coverage of a town; ways on foot are known up to the cutoff."""
    demand, options = demand_of(cells, people), changed_options(places, changes)
    travel = straight_travel(
        site_xy=options.sites[["x", "y"]].to_numpy(float),
        cell_xy=demand.cells[["x", "y"]].to_numpy(float),
        site_ids=list(options.sites.index),
        cell_ids=list(demand.cells.index),
        mode="walk",
        cutoff_m=cutoff_m or reach_m,
        detour_factor=1.0,
    )
    reach = dict.fromkeys(people, reach_m)
    return build_coverage(
        demand, options, {"walk": travel}, groups=groups_of(reach), periods=PERIODS
    )
