"""Sites and the configurations in which each can be."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Sites and the configurations in which each can be."""

    sites: pd.DataFrame
    """Index site id. Columns: name, lon, lat, x, y (metres, district projection), host_type,
    community, existing (bool), street (name of the street office of its community, else as the
    list says, "" where nobody does), area_m2 (NaN where unknown). It shares no column with
    `table`, so that the two can be joined."""
    table: pd.DataFrame
    """Index option id; first a "keep" of each station, then an "open" of each venue, in the order
    of the lists, both with the id of their site, then all else. Columns:

    site (site id; of a move the venue);
    measure: "keep", "open", "open_evening", "open_24h", "container", "upgrade" or "move". Each
    existing station has exactly one "keep", each venue that can be opened at its standard hours
    exactly one "open";
    kind: "keep", "new", "upgrade" or "move" (a station closes where its "keep" is left out);
    steps: tuple of MEASURES ids that lead to it, empty for "keep";
    replaces: id of the station that a move takes away, else "". It can be chosen with no option of
    that station;
    hours (WeeklyHours), groups (tuple of admitted group ids, empty: all), listed (bool), access
    ("open", "registration", "gated"), working (bool; false in maintenance: counts as nominal only),
    capacity (people, NaN where unknown);
    weeks: tuple of the weeks of the year, 1 to 52, in which it is there, ascending; empty: all of
    them (see `planner.hours.weeks_between`; week 1 begins on 1 January). Reach and service of
    `planner.coverage` are those of these weeks: who plans over the year counts each part apart;
    season: id of the season of a container's stay, "" for all year;
    cost_setup_yuan: added set-up money in all; of a container's stay that of the stay alone, since
    the container is bought once for all its stays (the measure "container" says for how much);
    cost_union_yuan: the part of it that the union pays;
    cost_year_yuan: what running it costs a year; added_year_yuan: what of that is added to today
    (of a move, after what the station cost; below 0 where it saves);
    all_day (bool): open 24 hours every day; evening (bool): open until 21:00 or later on each of
    Monday to Friday; benchmark (bool): as the list of sites says;
    assumed (int): values of the site that are not in the list."""

    def __post_init__(self) -> None:
        """Check that ids are unique and each option has a site."""
        if not (self.sites.index.is_unique and self.table.index.is_unique):
            raise ValueError("ids of sites and of options must be unique")
        sites = pd.Index(self.table["site"].to_numpy(object))
        if (self.sites.index.get_indexer(sites) < 0).any():
            raise ValueError("every option needs a site")
        both = sorted(set(self.sites.columns) & set(self.table.columns))
        if both:
            raise ValueError(f"sites and options must not share columns, both have {both}")

    @property
    def described(self) -> pd.DataFrame:
        """The table of options with what is known of the site of each, but its plane position."""
        return self.table.join(self.sites.drop(columns=["x", "y"]), on="site")
