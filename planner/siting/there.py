"""A plan -> the options that are there once it stands."""

from planner.coverage import Coverage
from planner.siting.plan import Plan

__all__ = ["closings", "options_there"]


def options_there(coverage: Coverage, plan: Plan) -> tuple[str, ...]:
    """List the options that are there with a plan, one a site, sorted.

    A station of today stays as it is unless the plan closes, upgrades or moves it. What a plan
    chooses beside the options of sites (bought containers) is left out.
    """
    table = coverage.options.table
    chosen = [option for option in plan.options if option in table.index]
    changed = table.loc[chosen]
    changed = changed.loc[changed["measure"] != "keep"]
    gone = {*changed["site"], *changed["replaces"]}
    keeps = table.loc[table["measure"] == "keep", "site"]
    stays = keeps.loc[~keeps.isin(gone) & ~keeps.index.isin(list(plan.closed))]
    return tuple(sorted({*map(str, stays.index), *chosen}))


def closings(coverage: Coverage, plan: Plan) -> tuple[str, ...]:
    """List the options that kept a station which the plan closes: neither upgraded nor moved."""
    table = coverage.options.table
    chosen = table.loc[[option for option in plan.options if option in table.index]]
    other = {*chosen["site"], *chosen["replaces"]}
    return tuple(option for option in plan.closed if str(table["site"][option]) not in other)
