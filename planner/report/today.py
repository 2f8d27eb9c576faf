"""What is known of the stations that are there -> tables: coverage, gaps, losses, service areas."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.coverage import Coverage, Figures, GapCheck
from planner.density import HotSpots, NearHost
from planner.district import District
from planner.errors import Problem
from planner.language import Message, say
from planner.report.model import Names
from planner.report.tables import Column, Table, make_table, number_or_none, shares_of

__all__ = [
    "TodayReport",
    "gap_cells",
    "gap_totals",
    "keyed_rows",
    "nearest",
    "outcomes",
    "room",
    "seats",
    "service_area_table",
    "shut_for_a_day",
    "spot_table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayReport:
    """Everything that is told of the stations that are there."""

    district: District
    coverage: Coverage
    figures: Figures
    gaps: GapCheck
    small: pd.DataFrame
    """Stations with too little or unknown room, as `small_stations` lists them."""
    nearest: tuple[pd.DataFrame, ...]
    """Ways to the nearest station, the second nearest ..., as `nearest_stations` gives them."""
    seats: pd.DataFrame
    """As `seat_use` gives it."""
    losses: pd.DataFrame
    """As `station_losses` gives them."""
    areas: pd.DataFrame
    """As `service_areas` gives them."""
    spots: HotSpots
    """Where many workers are close together."""
    notes: tuple[Message, ...]
    """What was assumed."""
    problems: tuple[Problem, ...]
    """Every fault of the files."""

    @property
    def names(self) -> Names:
        """Names of groups, periods, host types and communities."""
        return Names(self.district)


def _station_names(coverage: Coverage) -> dict[str, str]:
    """Name the station of each option."""
    sites, table = coverage.options.sites, coverage.options.table
    names = dict(zip(sites.index.tolist(), sites["name"].tolist(), strict=True))
    pairs = zip(table.index.tolist(), table["site"].tolist(), strict=True)
    return {str(option): str(names[site]) for option, site in pairs}


def outcomes(report: TodayReport, level: str) -> Table:
    """Tell the three columns: served, within reach but not served and why, out of reach.

    Parameters
    ----------
    report
        What is told.
    level
        "group", "period", "day_period" or "community".
    """
    figures = {
        "group": report.figures.by_group,
        "period": report.figures.by_period,
        "day_period": report.figures.by_day_period,
        "community": report.figures.by_community,
    }[level]
    rows = [
        (
            _row_name(report, level, identity),
            row["workers"],
            row["worker_hours_week"],
            *shares_of(
                row,
                (
                    row["effective_share"],
                    row["nominal_share"] - row["effective_share"],
                    *(row[f"{reason}_share"] for reason in _reasons()),
                    row["out_of_reach_share"],
                    row["backup_share"],
                    row["graded_share"],
                ),
            ),
        )
        for identity, row in figures.iterrows()
    ]
    people = say("Workers") if level in {"group", "community"} else say("Workers out at one time")
    columns = (
        Column(key="name", label=_level_name(level), width=24),
        Column(key="workers", label=people, form="whole"),
        Column(key="hours", label=say("Worker-hours a week"), form="whole"),
        Column(key="served", label=say("Served"), form="share"),
        Column(key="unserved", label=say("In reach, not served"), form="share"),
        *(
            Column(key=reason, label=label, form="share", width=10)
            for reason, label in _reasons().items()
        ),
        Column(key="out", label=say("Out of reach"), form="share"),
        Column(key="backup", label=say("Served by two"), form="share"),
        Column(key="graded", label=say("Graded by the way"), form="share"),
    )
    return make_table(_level_title(level), columns, rows)


def nearest(district: District, ways: Sequence[pd.DataFrame]) -> Table:
    """Tell how far workers have to the nearest, second nearest ... station that serves them.

    The ways are those of `nearest_stations`, the nearest first.
    """
    names = Names(district)
    rows = [
        (
            names.group(group) if group else say("all groups"),
            names.period(period) if period else say("the whole week"),
            number,
            row["worker_hours_week"],
            row["share"],
            number_or_none(row["mean_way_m"]),
            number_or_none(row["median_way_m"]),
            number_or_none(row["way_95_m"]),
        )
        for number, table in enumerate(ways, start=1)
        for (group, period), row in keyed_rows(table)
        if row["worker_hours_week"] > 0
    ]
    columns = (
        Column(key="name", label=say("Group"), width=24),
        Column(key="period", label=say("Period"), width=20),
        Column(key="n", label=say("n-th nearest"), form="whole", width=8),
        Column(key="hours", label=say("Worker-hours a week"), form="whole"),
        Column(key="share", label=say("Have one in reach"), form="share"),
        Column(key="mean", label=say("Mean way (m)"), form="whole"),
        Column(key="median", label=say("Half have at most (m)"), form="whole"),
        Column(key="most", label=say("95 % have at most (m)"), form="whole"),
    )
    return make_table(say("Way to the nearest open station"), columns, rows)


def seats(report: TodayReport) -> Table:
    """Tell for whom each station has a seat, and who is turned away; then the same by group."""
    stations = _station_names(report.coverage)
    rows = [
        (
            station,
            stations.get(station) or say("all stations"),
            report.names.group(group) if group else say("all groups"),
            report.names.period(period) if period else say("the whole week"),
            *(number_or_none(row[key]) for key in ("seats", "room", "wanted", "served")),
            number_or_none(row["turned_away"]),
            row["turned_away_hours_week"],
        )
        for (station, group, period), row in keyed_rows(report.seats)
        if row["wanted"] > 0 and (pd.notna(row["room"]) or not station)
    ]
    columns = (
        Column(key="id", label=say("Id"), width=10),
        Column(key="name", label=say("Name"), width=30),
        Column(key="group", label=say("Group"), width=22),
        Column(key="period", label=say("Period"), width=20),
        Column(key="seats", label=say("Seats"), form="whole"),
        Column(key="room", label=say("Workers it can serve at a time"), form="whole"),
        Column(key="wanted", label=say("Turn to it (workers at a time)"), form="decimal"),
        Column(key="served", label=say("Have a seat"), form="decimal"),
        Column(key="turned_away", label=say("Turned away"), form="decimal"),
        Column(key="hours", label=say("Turned away (worker-hours a week)"), form="decimal"),
    )
    return make_table(say("Seats"), columns, rows)


def shut_for_a_day(district: District, coverage: Coverage, losses: pd.DataFrame) -> Table:
    """Tell what is lost if each station shuts for a day, most first, as `station_losses` says."""
    names, stations = Names(district), _station_names(coverage)
    rows = [
        (
            str(identity),
            stations.get(str(identity), ""),
            row["weekday_hours"],
            row["weekend_hours"],
            row["share"],
            names.group(row["group"]) if row["group"] else "",
            row["group_workers"],
        )
        for identity, row in losses.iterrows()
    ]
    columns = (
        Column(key="id", label=say("Id"), width=10),
        Column(key="name", label=say("Name"), width=30),
        Column(key="weekday", label=say("Lost on a weekday (worker-hours)"), form="decimal"),
        Column(key="weekend", label=say("Lost on a weekend day (worker-hours)"), form="decimal"),
        Column(key="share", label=say("Share of all demand, shut all week"), form="share"),
        Column(key="group", label=say("Group that loses most"), width=22),
        Column(key="people", label=say("At most at one time (workers)"), form="decimal"),
    )
    return make_table(say("If a station shuts for a day"), columns, rows)


def service_area_table(district: District, coverage: Coverage, areas: pd.DataFrame) -> Table:
    """Tell whom each station serves: each worker goes to the nearest that is open to them.

    The areas are those of `service_areas`.
    """
    names, stations = Names(district), _station_names(coverage)
    groups = {each: names.group(each) for each in areas.index.unique("group")}
    periods = {each: names.period(each) for each in areas.index.unique("period")}
    nobody = say("(nobody serves them)")
    parts = ("workers", "worker_hours_week", "mean_way_m", "farthest_way_m")
    rows = [
        (
            station,
            stations.get(station) or nobody,
            groups[group],
            periods[period],
            workers,
            hours,
            number_or_none(mean_m),
            number_or_none(farthest_m),
        )
        for (station, group, period), workers, hours, mean_m, farthest_m in zip(
            areas.index.tolist(), *(areas[name].tolist() for name in parts), strict=True
        )
    ]
    columns = (
        Column(key="id", label=say("Id"), width=10),
        Column(key="name", label=say("Name"), width=30),
        Column(key="group", label=say("Group"), width=22),
        Column(key="period", label=say("Period"), width=20),
        Column(key="workers", label=say("Workers out at one time"), form="decimal"),
        Column(key="hours", label=say("Worker-hours a week"), form="decimal"),
        Column(key="mean", label=say("Mean way (m)"), form="whole"),
        Column(key="far", label=say("Farthest way (m)"), form="whole"),
    )
    return make_table(say("Service areas"), columns, rows)


def spot_table(
    district: District, spots: HotSpots, *, most: int | None = None, most_hosts: int | None = None
) -> Table:
    """List the hot spots, most unserved workers first, and where a host must be looked for.

    Parameters
    ----------
    district
        Names what ids stand for.
    spots
        What is told.
    most, most_hosts
        Longest list of spots, and of hosts for each; None: all.
    """
    names = Names(district)
    rows = [
        (
            number,
            str(row["name"]),
            str(row["street"]),
            names.group(row["group"]),
            row["workers"],
            row["unserved_share"],
            row["unserved_workers"],
            int(row["candidates"]),
            say("look for a host here") if row["look_for_host"] else "",
            say("; ").join(_host(names, host) for host in row["nearest_hosts"][:most_hosts]),
            row["radius_m"],
            row["lon"],
            row["lat"],
        )
        for number, (_, row) in enumerate(spots.table.iloc[:most].iterrows(), start=1)
    ]
    columns = (
        Column(key="number", label=say("No."), form="whole", width=7),
        Column(key="name", label=say("Hot spot"), width=22),
        Column(key="street", label=say("Street office"), width=14),
        Column(key="group", label=say("Mostly"), width=20),
        Column(key="workers", label=say("Workers"), form="whole"),
        Column(key="share", label=say("Not served today"), form="share"),
        Column(key="unserved", label=say("Workers not served"), form="whole"),
        Column(key="candidates", label=say("Candidates in reach"), form="whole"),
        Column(key="advice", label=say("Advice"), width=18),
        Column(key="hosts", label=say("Possible hosts nearby"), width=48),
        Column(key="radius", label=say("Radius (m)"), form="whole"),
        Column(key="lon", label=say("Longitude (WGS-84)"), form="degrees", width=14),
        Column(key="lat", label=say("Latitude (WGS-84)"), form="degrees", width=14),
    )
    return make_table(say("Hot spots of workers"), columns, rows)


def _host(names: Names, host: NearHost) -> str:
    return say(
        "{name} ({kind}, {metres:,.0f} m)",
        name=host.name,
        kind=names.host(host.host_type),
        metres=host.straight_m,
    )


def gap_totals(district: District, gaps: GapCheck, level: str) -> Table:
    """Tell the maximum-gap check by "community" or "street", most workers in gaps first."""
    names = Names(district)
    rows = [
        (
            _area_name(names, level, identity),
            *(row[key] for key in ("workers", "served_workers", "gap_workers", "exempt_workers")),
            int(row["gap_cells"]),
            row["served_share"],
            _farthest(row["farthest_m"], gaps.searched_m),
        )
        for identity, row in getattr(gaps, f"by_{level}").iterrows()
    ]
    name = say("Community") if level == "community" else say("Street office")
    columns = (
        Column(key="name", label=name, width=24),
        Column(key="workers", label=say("Workers"), form="whole"),
        Column(key="near", label=say("Open station near enough"), form="whole"),
        Column(key="gap", label=say("Too far from any (gap)"), form="whole"),
        Column(key="exempt", label=say("No site could serve"), form="whole"),
        Column(key="cells", label=say("Places too far"), form="whole"),
        Column(key="share", label=say("Share near enough"), form="share"),
        Column(key="far", label=say("Farthest way (m)"), form="whole", width=14),
    )
    titles = {
        "community": say("Maximum gap by community"),
        "street": say("Maximum gap by street office"),
    }
    return make_table(titles[level], columns, rows)


def _farthest(way_m: float, searched_m: float) -> float | str | None:
    """Give the farthest way; where one is longer than was looked for, say longer than what."""
    return f">{searched_m:,.0f}" if math.isinf(way_m) else number_or_none(way_m)


def gap_cells(
    district: District, coverage: Coverage, gaps: GapCheck, *, most: int | None = None
) -> Table:
    """List the places that are too far from an open station, most workers first.

    Parameters
    ----------
    district
        Names what ids stand for.
    coverage
        Of which the gaps were checked.
    gaps
        What is told.
    most
        Longest list; None: all. Those that no site could serve follow the gaps.
    """
    found = pd.concat([gaps.gaps, gaps.exempt]).iloc[:most]
    names, stations = Names(district), _station_names(coverage)
    states = {"gap": say("gap"), "exempt": say("no site could serve it")}
    cells = coverage.demand.cells
    rows = [
        (
            str(identity),
            names.community(row["community"]),
            row["street"],
            row["workers"],
            row["workers_km2"],
            say("dense") if row["dense"] else say("urban"),
            row["limit_m"],
            number_or_none(row["nearest_m"]),
            stations.get(str(row["candidate"]), ""),
            number_or_none(row["candidate_m"]),
            states[row["state"]],
            float(cells["lon"][str(identity)]),
            float(cells["lat"][str(identity)]),
        )
        for identity, row in found.iterrows()
    ]
    columns = (
        Column(key="name", label=say("Place"), width=14),
        Column(key="community", label=say("Community"), width=18),
        Column(key="street", label=say("Street office"), width=14),
        Column(key="workers", label=say("Workers"), form="decimal"),
        Column(key="density", label=say("Workers per km² around"), form="whole"),
        Column(key="class", label=say("Density class")),
        Column(key="limit", label=say("Limit (m)"), form="whole"),
        Column(key="nearest", label=say("To the nearest open station (m)"), form="whole"),
        Column(key="candidate", label=say("Nearest candidate"), width=24),
        Column(key="candidate_m", label=say("To it (m)"), form="whole"),
        Column(key="state", label=say("Finding"), width=16),
        Column(key="lon", label=say("Longitude (WGS-84)"), form="degrees", width=14),
        Column(key="lat", label=say("Latitude (WGS-84)"), form="degrees", width=14),
    )
    return make_table(say("Places too far from an open station"), columns, rows)


def room(district: District, small: pd.DataFrame) -> Table:
    """List the stations with too little room, then those whose room is not known.

    They are those of `small_stations`.
    """
    names, least = Names(district), district.settings.gaps.least_area_m2
    rows = [
        (
            str(identity),
            str(row["name"]),
            names.community(row["community"]),
            number_or_none(row["area_m2"]),
            say("below {least:g} m²", least=least) if row["known"] else say("area not known"),
        )
        for identity, row in small.iterrows()
    ]
    columns = (
        Column(key="id", label=say("Id"), width=10),
        Column(key="name", label=say("Name"), width=30),
        Column(key="community", label=say("Community"), width=18),
        Column(key="area", label=say("Area (m²)"), form="decimal"),
        Column(key="finding", label=say("Finding"), width=16),
    )
    return make_table(say("Stations with too little room"), columns, rows)


def keyed_rows(table: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.Series]]:
    """Give the rows of a table with several keys; `iterrows` would not say that keys are texts."""
    for key, (_, row) in zip(table.index.tolist(), table.iterrows(), strict=True):
        yield tuple(map(str, key)), row


def _reasons() -> dict[str, str]:
    return {
        "closed": say("closed"),
        "full": say("full"),
        "not_admitted": say("group not admitted"),
        "unlisted": say("not on the map"),
        "gated": say("behind a gate"),
        "maintenance": say("in maintenance"),
    }


def _level_name(level: str) -> str:
    names = {"group": say("Group"), "community": say("Community")}
    return names.get(level, say("Period"))


def _level_title(level: str) -> str:
    titles = {
        "group": say("Coverage by group"),
        "period": say("Coverage by period"),
        "day_period": say("Coverage by day and period"),
        "community": say("Coverage by community"),
    }
    return titles[level]


def _row_name(report: TodayReport, level: str, identity: object) -> str:
    if level == "group":
        return report.names.group(identity)
    if level == "period":
        return report.names.period(identity)
    if isinstance(identity, tuple):
        day, period = identity
        days = {"weekday": say("weekday"), "weekend": say("weekend")}
        return f"{days[str(day)]} {report.names.period(period)}"
    return report.names.community(identity) or say("Outside every community")


def _area_name(names: Names, level: str, identity: object) -> str:
    if level == "street":
        return str(identity) or say("(none)")
    return names.community(identity) or say("Outside every community")
