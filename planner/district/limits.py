"""Limits of a plan, checked before anything is computed."""

from collections.abc import Collection
from difflib import get_close_matches

from planner.district.settings import Limits
from planner.district.toml_table import SHARE, Range, fault
from planner.errors import Problem, SettingsError
from planner.language import note

__all__ = ["check_limits", "limit_faults", "require_a_limit"]

_RANGES = {
    "budget_yuan": Range(0),
    "count": Range(0),
    "min_separation_m": Range(0),
    "time_limit_s": Range(0, above_low=True),
    "gap_share": SHARE,
}


def check_limits(limits: Limits, *, sites: Collection[str], stations: Collection[str] = ()) -> None:
    """Refuse limits that are out of range, contradict each other, or name a site that is not there.

    Parameters
    ----------
    limits
        Of `district.toml`, of the command line or of the screen.
    sites
        Ids of all sites.
    stations
        Ids of those that are existing stations.

    Raises
    ------
    SettingsError
        With every fault in `problems`.
    """
    faults = [
        *limit_faults(limits, where=""),
        *_unknown(limits, sites),
        *_misplaced(limits, sites, stations),
    ]
    if faults:
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)


def require_a_limit(limits: Limits) -> None:
    """Refuse to plan without either money or a count.

    Raises
    ------
    SettingsError
        If neither is given.
    """
    if limits.budget_yuan is None and limits.count is None:
        raise SettingsError(
            note(
                "Neither a budget nor a count is given. Give --budget YUAN or --count N, or set"
                " budget_yuan or count under [limits] in district.toml."
            )
        )


def limit_faults(limits: Limits, *, where: str) -> list[Problem]:
    """Tell limits that are out of range or contradict each other.

    Parameters
    ----------
    where
        Name of the file that they stand in, or "" for those of a command line or screen.
    """
    faults = [
        fault(_place(name, where), value, allowed.told())
        for name, allowed in _RANGES.items()
        if (value := getattr(limits, name)) is not None and allowed.number(value) is None
    ]
    return [*faults, *_contradictions(limits, where)]


def _contradictions(limits: Limits, where: str) -> list[Problem]:
    pairs = (
        ("lock", "forbid", note("a site that is not forbidden as well")),
        ("lock", "may_close", note("a site that may not be closed as well")),
    )
    faults = []
    for name, other, expected in pairs:
        both = sorted(set(getattr(limits, name)) & set(getattr(limits, other)))
        if both:
            fix = note("Take it out of one of them: {one}, {other}.", one=name, other=other)
            faults.append(fault(_place(name, where), ", ".join(both), expected, fix=fix))
    return faults


def _unknown(limits: Limits, sites: Collection[str]) -> list[Problem]:
    known = sorted(sites)
    faults = []
    for name in ("lock", "forbid", "may_close"):
        for site in getattr(limits, name):
            if site not in sites:
                near = get_close_matches(site, known, n=1)
                fix = (
                    note("Did you mean {name}?", name=near[0])
                    if near
                    else note("Ids stand in the first column of sites.xlsx and on the map.")
                )
                expected = note("the id of a station or venue of this district")
                faults.append(fault(_place(name, ""), site, expected, fix=fix))
    return faults


def _misplaced(limits: Limits, sites: Collection[str], stations: Collection[str]) -> list[Problem]:
    """Tell stations that are forbidden though they stay, and venues that are to be closed."""
    stay = set(stations) - set(limits.may_close)
    faults = []
    for site in sorted(stay & set(limits.forbid)):
        expected = note("a venue; existing stations stay as they are")
        fix = note("Name the station under may_close in district.toml if the plan may close it.")
        faults.append(fault(_place("forbid", ""), site, expected, fix=fix))
    for site in sorted((set(limits.may_close) & set(sites)) - set(stations)):
        expected = note("the id of an existing station")
        fix = note("Take it out: a venue that is not opened needs no closing.")
        faults.append(fault(_place("may_close", ""), site, expected, fix=fix))
    return faults


def _place(name: str, where: str) -> str:
    return f"{where} [limits] {name}" if where else f"[limits] {name}"
