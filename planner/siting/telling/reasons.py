"""A row of the list of measures -> one readable sentence on it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand import joined, two_names
from planner.language import Message, note
from planner.options import Options

__all__ = ["STEPS", "Telling", "names_of", "top_of"]

STEPS: Mapping[str, Message] = {
    "open": note("New station"),
    "open_evening": note("New station that is open into the evening"),
    "open_24h": note("New station that is open 24 hours"),
    "container": note("Container station"),
    "extend_evening": note("Hours extended into the evening"),
    "extend_24h": note("Hours extended to 24 hours"),
    "list": note("Put on the map"),
    "open_gate": note("Gate opened, or its table moved to the gate"),
    "admit": note("Opened to more groups"),
    "enlarge": note("Enlarged"),
    "move": note("Moved to another venue"),
    "close": note("Closed"),
}
"""What is done, for the head of a sentence; ids of MEASURES."""


def names_of(options: Options) -> dict[str, Message | str]:
    """Call each option and each site by the name of the site and its id, or its id alone."""
    names = options.sites["name"]
    called = {str(site): _called(str(name), str(site)) for site, name in names.items()}
    sites = options.table["site"]
    return called | {
        str(option): _called(str(names[site]), str(option)) for option, site in sites.items()
    }


def _called(name: str, identity: str) -> Message | str:
    known = name and name != identity and name.lower() != "nan"
    return note("{name} ({id})", name=two_names(name, name), id=identity) if known else identity


def top_of(parts: Mapping[str, float]) -> str:
    """Give the largest part; of equal ones the first in the order of the settings."""
    return max(parts, key=lambda name: parts[name], default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Tells rows of the list of measures with these names."""

    groups: Mapping[str, Message]
    periods: Mapping[str, Message]
    options: Mapping[str, Message | str]

    def reason(self, row: pd.Series) -> Message:
        """Tell in one or two sentences what a measure does and what is lost without it."""
        what, does = self._what(row), self._does(row)
        without, near = self._without(row), self._near(row)
        if near is None:
            return note("{what}: {does}. {without}.", what=what, does=does, without=without)
        return note(
            "{what}: {does}; {near}. {without}.", what=what, does=does, near=near, without=without
        )

    def _name(self, identity: object) -> Message | str:
        return self.options.get(str(identity), str(identity))

    def _what(self, row: pd.Series) -> Message:
        if row["kind"] == "move":
            return note("Moved here from {station}", station=self._name(row["replaces"]))
        return joined([STEPS[step] for step in row["steps"]] or [note("Change")])

    def _does(self, row: pd.Series) -> Message:
        """Tell who newly finds an open door, or no longer finds one."""
        if not row["by_group"]:
            return (
                note("nobody loses an open door by it")
                if row["kind"] == "close"
                else note("nobody newly finds an open door by it alone")
            )
        group = row["top_group"]
        values = {
            "hours": f"{max(0.0, row['gain_hours'] + row['taken_hours']):,.0f}",
            "taken": f"{row['taken_hours']:,.0f}",
            "group": self.groups.get(group, group),
            "share": f"{row['by_group'][group]:.0%}",
            "when": self._when(row),
        }
        if not row["new_workers"]:
            return note(
                "{taken} worker-hours a week are no longer served, most of them {group} ({share}),"
                " most at {when}",
                **_but(values, "hours"),
            )
        values["workers"] = f"{row['new_workers']:,.0f}"
        if row["taken_hours"] > 0:
            return note(
                "{workers} workers newly find an open door, {hours} worker-hours a week, most of"
                " them {group} ({share}), most at {when}, and {taken} worker-hours are"
                " no longer served",
                **values,
            )
        return note(
            "{workers} workers newly find an open door, {hours} worker-hours a week, most of them"
            " {group} ({share}), most at {when}",
            **_but(values, "taken"),
        )

    def _when(self, row: pd.Series) -> Message | str:
        """Tell the time of day with half of it, else the period with most.

        Never both: the period counts worker-hours, so a long one may lie beside the shortest time.
        """
        period = str(row["top_period"])
        return str(row["top_hours"]) or self.periods.get(period, period)

    def _near(self, row: pd.Series) -> Message | None:
        if not row["nearest_site"]:
            return None
        station, metres = self._name(row["nearest_site"]), f"{row['nearest_m']:,.0f}"
        if row["kind"] == "close":
            return note(
                "the nearest station that is left is {station}, {metres} m away",
                station=station,
                metres=metres,
            )
        if np.isfinite(row["nearest_walk_m"]):
            return note(
                "the nearest other station so far is {station}, {metres} m away"
                " (at most {walk} m on foot)",
                station=station,
                metres=metres,
                walk=f"{row['nearest_walk_m']:,.0f}",
            )
        return note(
            "the nearest other station so far is {station}, {metres} m away",
            station=station,
            metres=metres,
        )

    def _without(self, row: pd.Series) -> Message:
        if row["kind"] == "close":
            return self._closing(row)
        loss = f"{row['loss_hours']:,.0f}"
        if not row["instead"]:
            return note("Without it the plan serves {loss} worker-hours a week less", loss=loss)
        values = {
            "loss": loss,
            "instead": self._name(row["instead"]),
            "less": f"{abs(row['instead_hours']):,.0f}",
            "cost": f"{abs(row['instead_cost_yuan']):,.0f}",
        }
        if row["instead_hours"] < 0:
            return self._better(row, values)
        if row["instead_cost_yuan"] < 0:
            return note(
                "Without it the plan serves {loss} worker-hours a week less; with {instead}, the"
                " next best instead, {less} less for {cost} yuan less",
                **values,
            )
        return note(
            "Without it the plan serves {loss} worker-hours a week less; with {instead}, the next"
            " best instead, {less} less for {cost} yuan more",
            **values,
        )

    def _better(self, row: pd.Series, values: Mapping[str, Message | str]) -> Message:
        """Tell of a site that would serve more in its place: the plan was changed by hand."""
        if row["instead_cost_yuan"] < 0:
            return note(
                "Without it the plan serves {loss} worker-hours a week less; with {instead} instead"
                " it would serve {less} more than now, for {cost} yuan less",
                **values,
            )
        return note(
            "Without it the plan serves {loss} worker-hours a week less; with {instead} instead"
            " it would serve {less} more than now, for {cost} yuan more",
            **values,
        )

    def _closing(self, row: pd.Series) -> Message:
        more = f"{abs(row['loss_hours']):,.0f}"
        if row["added_year_yuan"] < 0:
            return note(
                "It saves {saved} yuan a year; kept open, it would serve {more} worker-hours a week"
                " more",
                saved=f"{-row['added_year_yuan']:,.0f}",
                more=more,
            )
        return note("Kept open, it would serve {more} worker-hours a week more", more=more)


def _but(values: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in values.items() if key != name}
