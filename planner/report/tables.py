"""A report -> its tables, in the language in use, for Excel and Word alike."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from planner.district.settings import Way
from planner.hours import hours_text
from planner.language import Message, note, say
from planner.report.model import PlanReport
from planner.report.words import kind_name, steps_text
from planner.siting.limits.entering import BOUGHT

__all__ = [
    "Column",
    "Table",
    "cell_text",
    "comparison",
    "counted_kinds",
    "existing_stations",
    "gaps",
    "make_table",
    "measures_table",
    "money_by_host",
    "money_by_payer",
    "number_or_none",
    "phase_table",
    "plain_text",
    "reaches",
    "reasons",
    "rest_table",
    "shares_of",
    "today",
]

_Money = tuple[str, float, float, float, float, float]
"""Name, measures, set-up money, the union's part, the partners' part, added running cost a year."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    key: str
    label: str
    form: str = "text"
    """"text", "whole" (a number, thousands apart), "decimal" (one digit behind the point), "share"
    (0 to 1, told in per cent), "points" (a difference of shares, told in percentage points),
    "degrees"; "figure" for numbers that are text already."""
    width: int = 12
    """Characters of Latin letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for a person to read."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    """Text, numbers, or None where nothing is known."""

    def only(self, *keys: str) -> "Table":
        """Give the table with some of its columns, in the order asked for."""
        place = {column.key: position for position, column in enumerate(self.columns)}
        kept = [place[key] for key in keys]
        return replace(
            self,
            columns=tuple(self.columns[position] for position in kept),
            rows=tuple(tuple(row[position] for position in kept) for row in self.rows),
        )

    def sized(self, widths: Mapping[str, int]) -> "Table":
        """Give the table with other widths of some columns, in letters."""
        return replace(self, columns=tuple(_sized(column, widths) for column in self.columns))


def _sized(column: Column, widths: Mapping[str, int]) -> Column:
    return replace(column, width=widths.get(column.key, column.width))


def cell_text(value: object, form: str) -> str:
    """Tell a value of a table as text, in the form of its column; a dash for nothing."""
    if value is None:
        return "—"
    if not isinstance(value, (int, float)):
        return plain_text(value)
    forms = {"whole": ",.0f", "decimal": ",.1f", "share": ".1%", "degrees": ".6f"}
    if form == "points":
        return f"{round(100 * value, 1) or 0.0:+.1f}"  # what rounds to nothing is never -0.0
    return format(value, forms[form]) if form in forms else str(value)


def plain_text(text: object) -> str:
    """Give text as XML can hold it: without control characters, on one line."""
    return " ".join(_UNPRINTABLE.sub("", str(text)).split())


def measures_table(report: PlanReport) -> Table:
    """List every measure of a plan: what opens, is upgraded, moves or closes.

    What opens and moves comes first, numbered as on the map. Columns without anything in them
    (phases, how sure) are left out.
    """
    phased = any(report.measures["phase"].astype(bool))
    columns = [
        column
        for column in _measure_columns()
        if (column.key != "phase" or phased) and (column.key != "sure" or report.sure is not None)
    ]
    rows = [
        tuple(_measure_cell(report, column.key, number, str(identity), row) for column in columns)
        for number, (identity, row) in enumerate(report.measures.iterrows(), start=1)
    ]
    rows += [
        tuple(_purchase_cell(column.key, len(rows) + 1, row) for column in columns)
        for row in _bought_row(report)
    ]
    return make_table(say("Measures"), columns, rows)


def _purchase_cell(key: str, number: int, bought: _Money) -> object:
    """Tell the purchase of relocatable stations as the last of the measures."""
    name, count, setup, union, _, year = bought
    known: dict[str, object] = {
        "number": number,
        "kind": kind_name("new"),
        "steps": name,
        "name": say("{count:,.0f} relocatable stations", count=count),
        "setup": setup,
        "union": union,
        "year": year,
    }
    form_is_text = key in ("id", "host", "community", "hours", "phase", "reason")
    return known.get(key, "" if form_is_text else None)


def _measure_cell(
    report: PlanReport, key: str, number: int, identity: str, row: pd.Series
) -> object:
    names = report.names
    texts: dict[str, Callable[[], object]] = {
        "number": lambda: number,
        "id": lambda: identity,
        "kind": lambda: kind_name(row["kind"]),
        "steps": lambda: steps_text(row["steps"]),
        "name": lambda: _text(row["name"]),
        "host": lambda: names.host(row["host_type"]),
        "community": lambda: names.community(row["community"]),
        "hours": lambda: hours_text(row["hours"]) if row["kind"] != "close" else "",
        "phase": lambda: _phase_name(report, row["phase"]),
        "sure": lambda: (report.sure or {}).get(identity),
        "reason": lambda: str(row["reason"]),
    }
    if key in texts:
        return texts[key]()
    return number_or_none(row[_NUMBERS[key]])


_NUMBERS = {
    "setup": "cost_setup_yuan",
    "union": "cost_union_yuan",
    "year": "added_year_yuan",
    "gain": "gain_hours",
    "loss": "loss_hours",
    "nearest": "nearest_m",
    "lon": "lon",
    "lat": "lat",
}


def _phase_name(report: PlanReport, identity: object) -> str:
    known = {phase.id: phase for phase in report.limits.phases}
    found = known.get(str(identity))
    return report.names.phase(found) if found else ""


def _measure_columns() -> tuple[Column, ...]:
    number, identity, name, host, community, hours = _site_columns()
    return (
        number,
        Column(key="kind", label=say("Kind")),
        Column(key="steps", label=say("Measure"), width=24),
        identity,
        name,
        host,
        community,
        hours,
        Column(key="phase", label=say("Phase"), width=14),
        Column(key="setup", label=say("Set-up cost (yuan)"), form="whole"),
        Column(key="union", label=say("Of it paid by the union (yuan)"), form="whole"),
        Column(key="year", label=say("Added running cost (yuan a year)"), form="whole"),
        Column(key="gain", label=say("Newly served (worker-hours a week)"), form="whole", width=14),
        Column(
            key="loss", label=say("Lost without it (worker-hours a week)"), form="whole", width=14
        ),
        Column(key="sure", label=say("How often chosen"), form="share"),
        Column(
            key="nearest", label=say("To the nearest existing station (m)"), form="whole", width=14
        ),
        Column(key="reason", label=say("Reason for the choice"), width=60),
        *_position_columns(),
    )


def rest_table(report: PlanReport) -> Table:
    """Say of everything that could be done and is not, why not; most gain first."""
    names, described = report.names, report.coverage.options.described
    shown = described[["name", "steps", "host_type", "community"]]
    known = shown.join(report.rest, how="inner")
    rows = [
        (
            str(identity),
            _text(row["name"]),
            steps_text(row["steps"]),
            names.host(row["host_type"]),
            names.community(row["community"]),
            number_or_none(row["cost_yuan"]),
            number_or_none(row["gain_hours"]),
            number_or_none(row["exchange_hours"]),
            str(row["reason"]),
        )
        for identity, row in known.sort_values(
            "gain_hours", ascending=False, kind="stable"
        ).iterrows()
    ]
    columns = (
        Column(key="id", label=say("Id"), width=14),
        Column(key="name", label=say("Name"), width=30),
        Column(key="steps", label=say("Measure"), width=24),
        Column(key="host", label=say("Host type"), width=16),
        Column(key="community", label=say("Community"), width=16),
        Column(key="setup", label=say("Set-up cost (yuan)"), form="whole"),
        Column(key="gain", label=say("Would add (worker-hours a week)"), form="whole", width=14),
        Column(
            key="exchange",
            label=say("Its best exchange changes (worker-hours a week)"),
            form="whole",
            width=16,
        ),
        Column(key="reason", label=say("Why not chosen"), width=60),
    )
    return make_table(say("Not chosen"), columns, rows)


def phase_table(report: PlanReport) -> Table:
    """Tell what stands at the end of each phase."""
    rows = [
        (
            _phase_name(report, identity),
            int(row["measures"]),
            int(row["opened"]),
            float(row["cost_yuan"]),
            float(row["all_cost_yuan"]),
            float(row["served_hours"]),
            float(row["share"]),
        )
        for identity, row in report.by_phase.iterrows()
    ]
    columns = (
        Column(key="name", label=say("Phase"), width=16),
        Column(key="measures", label=say("Measures"), form="whole"),
        Column(key="opened", label=say("Of them openings and moves"), form="whole"),
        Column(key="cost", label=say("Set-up cost (yuan)"), form="whole"),
        Column(key="all", label=say("Set-up cost so far (yuan)"), form="whole"),
        Column(key="served", label=say("Served at its end (worker-hours a week)"), form="whole"),
        Column(key="share", label=say("Effective coverage at its end"), form="share"),
    )
    return make_table(say("Phases"), columns, rows)


def counted_kinds(report: PlanReport) -> str:
    """Count the measures of each kind, in words: "3 new, 2 upgrades"."""
    count = report.measures["kind"].value_counts()
    told = [
        str(words)
        for kind, words in (
            (
                "new",
                _counted(
                    int(count.get("new", 0)),
                    note("open 1 station"),
                    note("open {count:,} stations", count=count.get("new", 0)),
                ),
            ),
            (
                "upgrade",
                _counted(
                    int(count.get("upgrade", 0)),
                    note("upgrade 1 station"),
                    note("upgrade {count:,} stations", count=count.get("upgrade", 0)),
                ),
            ),
            (
                "move",
                _counted(
                    int(count.get("move", 0)),
                    note("move 1 station"),
                    note("move {count:,} stations", count=count.get("move", 0)),
                ),
            ),
            (
                "close",
                _counted(
                    int(count.get("close", 0)),
                    note("close 1 station"),
                    note("close {count:,} stations", count=count.get("close", 0)),
                ),
            ),
        )
        if count.get(kind, 0)
    ]
    return say(", ").join(told) if told else say("no measure")


def _counted(count: int, one: Message, several: Message) -> Message:
    return one if count == 1 else several


def money_by_payer(report: PlanReport) -> Table:
    """Add up the money by kind of measure, who pays it, and the running cost that it adds."""
    measures = report.measures
    sums = {
        kind: measures.loc[measures["kind"] == kind]
        for kind in ("new", "upgrade", "move", "close")
        if (measures["kind"] == kind).any()
    }
    rows = [_money_row(kind_name(kind), rows) for kind, rows in sums.items()]
    rows += _bought_row(report)
    columns = (
        Column(key="kind", label=say("Kind"), width=16),
        Column(key="count", label=say("Measures"), form="whole"),
        Column(key="setup", label=say("Set-up cost (yuan)"), form="whole"),
        Column(key="union", label=say("Of it paid by the union (yuan)"), form="whole"),
        Column(key="partner", label=say("Of it paid by hosts and partners (yuan)"), form="whole"),
        Column(key="year", label=say("Added running cost (yuan a year)"), form="whole"),
    )
    sums_of_all = [sum(float(row[at]) for row in rows) for at in range(1, len(columns))]
    whole = (say("Total"), *sums_of_all)
    return make_table(say("Money by measure and payer"), columns, [*rows, whole])


def _bought_row(report: PlanReport) -> list[_Money]:
    """Tell the money for relocatable stations, which are bought once for all their stays."""
    count = sum(option.startswith(BOUGHT) for option in report.plan.options)
    price = {measure.id: measure for measure in report.district.settings.measures}.get("container")
    if not count or price is None:
        return []
    setup = count * price.cost_setup_yuan
    union = setup * (1.0 if price.union_share is None else price.union_share)
    name = say("Relocatable stations bought")
    return [(name, float(count), setup, union, setup - union, 0.0)]


def _money_row(name: str, measures: pd.DataFrame) -> _Money:
    setup = float(measures["cost_setup_yuan"].astype(float).sum())
    union = float(measures["cost_union_yuan"].astype(float).sum())
    year = float(measures["added_year_yuan"].astype(float).sum())
    return (name, float(len(measures)), setup, union, setup - union, year)


def existing_stations(report: PlanReport) -> Table:
    """List the stations that are there today, as the plan takes them."""
    names = report.names
    rows = [
        (
            number,
            str(identity),
            _text(row["name"]),
            names.host(row["host_type"]),
            names.community(row["community"]),
            hours_text(row["hours"]),
            row["hours"].open_minutes / 60,
            _groups(report, row["groups"]),
            say("yes") if row["listed"] else say("no"),
            _access(row["access"]),
            _condition(row),
            int(row["assumed"]),
            number_or_none(row["lon"]),
            number_or_none(row["lat"]),
        )
        for number, (identity, row) in enumerate(report.existing.iterrows(), start=1)
    ]
    return make_table(say("Existing stations"), _existing_columns(), rows)


def _existing_columns() -> tuple[Column, ...]:
    return (
        *_site_columns(),
        Column(key="open", label=say("Hours open a week"), form="whole"),
        Column(key="groups", label=say("Admits"), width=20),
        Column(key="listed", label=say("On the public map")),
        Column(key="access", label=say("Access"), width=14),
        Column(key="condition", label=say("Condition"), width=14),
        Column(key="assumed", label=say("Values assumed"), form="whole"),
        *_position_columns(),
    )


def _site_columns() -> tuple[Column, ...]:
    return (
        Column(key="number", label=say("No."), form="whole", width=7),
        Column(key="id", label=say("Id"), width=10),
        Column(key="name", label=say("Name"), width=30),
        Column(key="host", label=say("Host type"), width=16),
        Column(key="community", label=say("Community"), width=16),
        Column(key="hours", label=say("Opening hours"), width=28),
    )


def _position_columns() -> tuple[Column, ...]:
    return (
        Column(key="lon", label=say("Longitude (WGS-84)"), form="degrees", width=14),
        Column(key="lat", label=say("Latitude (WGS-84)"), form="degrees", width=14),
    )


def comparison(report: PlanReport, *levels: str) -> Table:
    """Set today beside the plan.

    Parameters
    ----------
    report
        What is told.
    levels
        Any of "whole", "group", "period", "community"; one after the other in the table.
    """
    rows: list[tuple[object, ...]] = []
    for level in levels:
        before, after = _of_level(report, level)
        pairs = zip(before.iterrows(), after.iterrows(), strict=True)
        for (identity, old), (_, new) in pairs:
            shares = (
                old["nominal_share"],
                new["nominal_share"],
                old["effective_share"],
                new["effective_share"],
                new["effective_share"] - old["effective_share"],
                old["out_of_reach_share"],
                new["out_of_reach_share"],
            )
            rows.append(
                (
                    _level_name(level),
                    _row_name(report, level, identity),
                    old["workers"],
                    old["worker_hours_week"],
                    *shares_of(old, shares),
                )
            )
    return make_table(say("Today and with the plan"), _comparison_columns(levels), rows)


def _comparison_columns(levels: Sequence[str]) -> tuple[Column, ...]:
    people = say("Workers (in periods: at one time)")
    if len(levels) == 1:
        people = _people_label(levels[0])
    return (
        Column(key="level", label=say("By")),
        Column(key="name", label=say("Name"), width=24),
        Column(key="workers", label=people, form="whole"),
        Column(key="hours", label=say("Worker-hours a week"), form="whole"),
        Column(key="nominal_before", label=say("Nominal today"), form="share"),
        Column(key="nominal_after", label=say("Nominal with the plan"), form="share"),
        Column(key="before", label=say("Effective today"), form="share"),
        Column(key="after", label=say("Effective with the plan"), form="share"),
        Column(key="change", label=say("Change (percentage points)"), form="points"),
        Column(key="out_before", label=say("Out of reach today"), form="share"),
        Column(key="out_after", label=say("Out of reach with the plan"), form="share"),
    )


def today(report: PlanReport, level: str) -> Table:
    """Tell today's coverage of one level: nominal beside effective."""
    figures, _ = _of_level(report, level)
    rows = [
        (
            _row_name(report, level, identity),
            row["workers"],
            row["worker_hours_week"],
            *shares_of(
                row,
                (
                    row["nominal_share"],
                    row["effective_share"],
                    row["nominal_share"] - row["effective_share"],
                    row["out_of_reach_share"],
                ),
            ),
        )
        for identity, row in figures.iterrows()
    ]
    columns = (
        Column(key="name", label=_level_name(level), width=24),
        Column(key="workers", label=_people_label(level), form="whole"),
        Column(key="hours", label=say("Worker-hours a week"), form="whole"),
        Column(key="nominal", label=say("Nominal coverage"), form="share"),
        Column(key="effective", label=say("Effective coverage"), form="share"),
        Column(key="unserved", label=say("In reach, not served"), form="share"),
        Column(key="out", label=say("Out of reach"), form="share"),
    )
    return make_table(say("Coverage today"), columns, rows)


def _people_label(level: str) -> str:
    return say("Workers out at one time") if level == "period" else say("Workers")


def reasons(report: PlanReport) -> Table:
    """Tell why worker-hours are not served, today and with the plan."""
    labels = {
        "closed_share": say("In reach, but shut at that time"),
        "full_share": say("In reach, but full"),
        "not_admitted_share": say("In reach, but the group is not admitted"),
        "unlisted_share": say("In reach, but not on the public map"),
        "gated_share": say("In reach, but behind a gate"),
        "maintenance_share": say("In reach, but in maintenance"),
        "out_of_reach_share": say("No station in reach"),
    }
    rows = [
        (label, float(report.before.whole[key]), float(report.after.whole[key]))
        for key, label in labels.items()
        if key != "full_share" or report.district.settings.service.count_seats
    ]
    columns = (
        Column(key="reason", label=say("Why workers find no open door"), width=36),
        Column(key="before", label=say("Share of worker-hours today"), form="share"),
        Column(key="after", label=say("With the plan"), form="share"),
    )
    return make_table(say("Why workers find no open door"), columns, rows)


def gaps(report: PlanReport) -> Table:
    """Set the maximum-gap check of today beside that of the plan."""
    labels = {
        "served_workers": say("Open station near enough"),
        "gap_workers": say("Too far from any (gap)"),
        "exempt_workers": say("No site could serve"),
    }
    rows = [
        (label, float(report.gaps_today.whole[key]), float(report.gaps_after.whole[key]))
        for key, label in labels.items()
    ]
    columns = (
        Column(key="finding", label=say("Finding"), width=30),
        Column(key="before", label=say("Workers today"), form="whole"),
        Column(key="after", label=say("Workers with the plan"), form="whole"),
    )
    return make_table(say("Maximum gap to an open station"), columns, rows)


def reaches(report: PlanReport) -> Table:
    """Tell how far each group goes to a station, and whether that is an assumption."""
    workers = report.before.by_group["workers"]
    rows = [
        (
            report.names.group(group.id),
            float(workers[group.id]),
            say(", ").join(_way(way) for way in group.ways),
            say("assumed") if group.assumed else say("confirmed"),
        )
        for group in report.district.settings.groups
        if group.id in workers.index
    ]
    columns = (
        Column(key="name", label=say("Group"), width=24),
        Column(key="workers", label=say("Workers"), form="whole"),
        Column(key="reach", label=say("Reach along streets"), width=40),
        Column(key="basis", label=say("Basis"), width=14),
    )
    return make_table(say("Groups and their reach"), columns, rows)


def _way(way: Way) -> str:
    modes = {"walk": say("on foot"), "ebike": say("by e-bike"), "drive": say("by car")}
    return say("{mode} {metres:,.0f} m", mode=modes[way.mode], metres=way.reach_m)


def money_by_host(report: PlanReport) -> Table:
    """Add up the money of all measures by host type, dearest first, with a line for the whole."""
    measures = report.measures.assign(
        host=[report.names.host(host) for host in report.measures["host_type"]]
    )
    sums = [_money_row(str(host), part) for host, part in measures.groupby("host", sort=True)]
    rows = [*sorted(sums, key=lambda row: -row[2]), *_bought_row(report)]
    columns = (
        Column(key="host", label=say("Host type"), width=24),
        Column(key="measures", label=say("Measures"), form="whole"),
        Column(key="setup", label=say("Set-up cost (yuan)"), form="whole"),
        Column(key="year", label=say("Added running cost (yuan a year)"), form="whole"),
    )
    whole = (say("Total"), *(sum(float(row[at]) for row in rows) for at in (1, 2, 5)))
    shown = [(row[0], row[1], row[2], row[5]) for row in rows]
    return make_table(say("Money by host type"), columns, [*shown, whole])


def _of_level(report: PlanReport, level: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    if level == "whole":
        return report.before.whole.to_frame().T, report.after.whole.to_frame().T
    tables = {
        "group": (report.before.by_group, report.after.by_group),
        "period": (report.before.by_period, report.after.by_period),
        "community": (report.before.by_community, report.after.by_community),
    }
    return tables[level]


def _level_name(level: str) -> str:
    names = {
        "whole": say("District"),
        "group": say("Group"),
        "period": say("Period"),
        "community": say("Community"),
    }
    return names[level]


def _row_name(report: PlanReport, level: str, identity: object) -> str:
    names = report.names
    if level == "group":
        return names.group(identity)
    if level == "period":
        return names.period(identity)
    if level == "community":
        return names.community(identity) or say("Outside every community")
    return report.district.settings.name


def shares_of(row: pd.Series, shares: Sequence[float]) -> Sequence[float | None]:
    """Give the shares of a row of `Figures`; None each where nobody is out, so none is a share."""
    return shares if row["worker_hours_week"] > 0 else [None] * len(shares)


def make_table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Table:
    """Make a table whose text XML can hold."""
    cleaned = [
        tuple(plain_text(value) if isinstance(value, str) else value for value in row)
        for row in rows
    ]
    return Table(title=title, columns=tuple(columns), rows=tuple(cleaned))


def _groups(report: PlanReport, groups: Sequence[str]) -> str:
    if not groups:
        return say("all groups")
    return say(", ").join(report.names.group(group) for group in groups)


def _access(access: object) -> str:
    words = {
        "open": say("open to all"),
        "registration": say("after registration"),
        "gated": say("behind a gate"),
    }
    return words.get(str(access), str(access))


def _condition(row: pd.Series) -> str:
    if not row["stays"]:
        return say("to be closed")
    return say("in use") if row["working"] else say("in maintenance")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def number_or_none(value: object) -> float | None:
    """Give a number, None where there is none or it is not finite."""
    if value is None or value is pd.NA:
        return None
    number = float(str(value))
    return number if math.isfinite(number) else None
