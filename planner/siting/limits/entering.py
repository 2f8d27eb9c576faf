"""Options and limits -> the options that a plan chooses among, and the stations that stay."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.district import District
from planner.district.settings import Limits
from planner.hours import WeeklyHours

__all__ = ["BOUGHT", "Entering", "entering"]

BOUGHT = "container#"
"""How the id of a bought container begins; a number follows."""
_NEVER = WeeklyHours(())
_IMPLIED = ("open", "move", "close")
"""Steps that need no leave of `measures`, because a station is named for them or opens as usual at
the place that it moves to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """What a plan can choose among."""

    there: pd.DataFrame
    """Options in the order of the problem; index option id, sorted. The columns of `Options.table`,
    and place (options of one place exclude each other: the site, and the season of a stay) and
    bought (bool: a container that is bought, which serves nobody by itself)."""
    standing: pd.DataFrame
    """Options that keep a station which neither closes nor moves, sorted by id, likewise."""
    free: frozenset[str]
    """Existing stations that the plan may close or move."""
    sites: pd.DataFrame
    """Of all options, see `Options`."""

    @property
    def keeps(self) -> NDArray[np.bool_]:
        """Options that keep a station as it is, shape (n,)."""
        return np.asarray(self.there["kind"] == "keep", np.bool_)

    @property
    def opens(self) -> NDArray[np.bool_]:
        """Options that put a station where none is, shape (n,)."""
        placed = self.there["kind"].isin(["new", "move"]) & ~self.there["bought"]
        return np.asarray(placed, np.bool_)

    @property
    def upgrades_standing(self) -> NDArray[np.bool_]:
        """Options that add to a station which stays in any case, shape (n,)."""
        there = self.there
        added = (there["kind"] == "upgrade") & ~there["site"].isin(self.free)
        return np.asarray(added, np.bool_)

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Options that are an additional opening, shape (n,).

        A container is one however often it moves, so it counts where it is bought.
        """
        new = (self.there["kind"] == "new") & (self.there["measure"] != "container")
        return np.asarray(new, np.bool_)


def entering(coverage: Coverage, limits: Limits, district: District | None) -> Entering:
    """Find the options that a plan can choose among.

    An existing station that may neither close nor move stays, and its upgrades add to it; of one
    that may, keeping it is an option. Of all others those enter whose every step is among the
    measures of the limits; a move also needs leave to move its station. Where containers may stay
    somewhere, as many can be bought as the limits say.

    Raises
    ------
    ValueError
        If containers enter and their price is not known, because no district is given.
    """
    table, sites = _told_apart(coverage.options.table), coverage.options.sites
    free = frozenset(limits.may_close) | frozenset(limits.may_move)
    existing = sites["existing"].loc[table["site"]].to_numpy(bool)
    keep = existing & (table["kind"] == "keep").to_numpy()
    allowed = {*limits.measures, *_IMPLIED}
    possible = np.array([set(steps) <= allowed for steps in table["steps"]], np.bool_)
    as_usual = (table["measure"] != "open").to_numpy() | ("open" in limits.measures)
    moves = (table["kind"] == "move").to_numpy()
    may = ~moves | table["replaces"].isin(limits.may_move).to_numpy()
    freed = table["site"].isin(free).to_numpy()
    enters = np.where(keep, freed, ~(existing & keep) & possible & as_usual & may)
    there, standing = table[enters], table[keep & ~freed]
    if (there["measure"] == "container").any():
        there = _with_bought(there, limits, district)
    return Entering(
        there=there.loc[sorted(map(str, there.index))],
        standing=standing.loc[sorted(map(str, standing.index))],
        free=free,
        sites=sites,
    )


def _told_apart(table: pd.DataFrame) -> pd.DataFrame:
    """Add the place of each option; stays at one site in different seasons are different places."""
    season = table["season"].astype(str).to_numpy(dtype=object)
    site = table["site"].astype(str).to_numpy(dtype=object)
    place = np.where(season != "", site + "@" + season, site)
    return table.assign(place=place, bought=False)


def _bought_ids(there: pd.DataFrame, containers: int) -> list[str]:
    """Name the containers that can be bought: one a stay is enough; ids of others are passed over.

    Each has as many digits, so that their order is that of their numbers.
    """
    many = min(containers, int((there["measure"] == "container").sum()))
    digits = len(str(max(1, many)))
    taken = {*map(str, there.index), *map(str, there["place"])}
    named = (f"{BOUGHT}{number:0{digits}d}" for number in range(1, many + len(taken) + 1))
    return list(islice((name for name in named if name not in taken), many))


def _with_bought(there: pd.DataFrame, limits: Limits, district: District | None) -> pd.DataFrame:
    """Add the containers that can be bought."""
    if district is None:
        raise ValueError("containers need the district, which says what one costs")
    measure = next(each for each in district.settings.measures if each.id == "container")
    ids = _bought_ids(there, limits.containers)
    share = 1.0 if measure.union_share is None else measure.union_share
    values: dict[str, object] = {
        "site": ids,
        "place": ids,
        "bought": True,
        "measure": "buy",
        "kind": "new",
        "replaces": "",
        "season": "",
        "cost_setup_yuan": measure.cost_setup_yuan,
        "cost_union_yuan": measure.cost_setup_yuan * share,
        "added_year_yuan": 0.0,
        "working": False,
        "listed": False,
        "access": "gated",
        "all_day": False,
        "evening": False,
        "benchmark": False,
    }
    bought = pd.DataFrame(values, index=pd.Index(ids, dtype=object))
    bought["hours"] = pd.Series([_NEVER] * len(ids), index=bought.index, dtype=object)
    for name in ("steps", "weeks", "groups"):
        bought[name] = pd.Series([()] * len(ids), index=bought.index, dtype=object)
    return pd.concat([there, bought]) if ids else there
