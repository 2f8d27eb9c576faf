"""Stations and venues -> options: a site in one configuration, with its cost."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Sites and the configurations in which each can be."""

    sites: pd.DataFrame
    """Index site id. Columns: name, lon, lat, x, y (metres, district projection), host_type, community, existing (bool)."""
    table: pd.DataFrame
    """Index option id. Columns: site (site id), measure ("keep" or "open"), hours (WeeklyHours), groups (tuple of
    admitted group ids, empty: all), listed (bool), access ("open", "registration", "gated"), working (bool; false in
    maintenance: counts as nominal only), capacity, cost_setup_yuan, cost_year_yuan, assumed (int: values not in the list)."""

    def __post_init__(self) -> None:
        """Check that ids are unique and each option has a site."""
        if not (self.sites.index.is_unique and self.table.index.is_unique):
            raise ValueError("ids of sites and of options must be unique")
        if not self.table["site"].isin(self.sites.index).all():
            raise ValueError("every option needs a site")
