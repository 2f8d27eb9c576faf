"""Limits of a plan, checked before anything is computed."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from planner.district.bundle import District
from planner.district.limit_parts import Wrong, ranges_kept, wrong_parts
from planner.district.settings import Limits, Quota
from planner.district.toml_table import AT_LEAST_ZERO, LENGTH_M, SHARE, Range, fault
from planner.errors import Problem, SettingsError
from planner.language import Message, note

__all__ = ["check_limits", "limit_faults", "require_a_limit"]

_RANGES = {
    "budget_yuan": AT_LEAST_ZERO,
    "budget_union_yuan": AT_LEAST_ZERO,
    "budget_partner_yuan": AT_LEAST_ZERO,
    "budget_year_yuan": AT_LEAST_ZERO,
    "count": AT_LEAST_ZERO,
    "min_separation_m": AT_LEAST_ZERO,
    "containers": AT_LEAST_ZERO,
    "contiguous_m": LENGTH_M,
    "seed": AT_LEAST_ZERO,
    "work_limit": Range(1),
    "time_limit_s": AT_LEAST_ZERO,
    "gap_share": SHARE,
}
_ALWAYS_POSSIBLE = ("open", "close")
_SHOWN = 12


def check_limits(
    limits: Limits,
    *,
    sites: Collection[str],
    stations: Collection[str] = (),
    options: Collection[str] = (),
    district: District | None = None,
) -> None:
    """Refuse limits that are out of range, contradict each other, or name a site that is not there.

    Parameters
    ----------
    limits
        Of `district.toml`, of the command line or of the screen.
    sites
        Ids of all sites.
    stations
        Ids of those that are existing stations.
    options
        Ids of all options; `lock` and `forbid` may name them beside sites.
    district
        Against which communities, streets, host types, groups and measures are checked; None: these
        are not.

    Raises
    ------
    SettingsError
        With every fault in `problems`.
    """
    faults = [
        *limit_faults(limits, where=""),
        *_unknown(limits, sites, options),
        *_misplaced(limits, sites, stations),
        *(_strangers(limits, district) if district is not None else ()),
    ]
    if faults:
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)


def require_a_limit(limits: Limits) -> None:
    """Refuse to plan where nothing ends it: no money, no count, no target.

    Raises
    ------
    SettingsError
        If there is none.
    """
    amounts = (
        limits.budget_yuan,
        limits.budget_union_yuan,
        limits.budget_partner_yuan,
        limits.budget_year_yuan,
        limits.count,
    )
    phases = [(phase.budget_yuan, phase.count) for phase in limits.phases]
    phased = bool(phases) and all(each != (None, None) for each in phases)
    targets = {aim.kind for aim in limits.objectives} & set(_ENDED_BY_A_TARGET)
    if all(amount is None for amount in amounts) and not phased and not targets:
        raise SettingsError(
            note(
                "Nothing limits the plan. Give --budget YUAN or --count N, or set budget_yuan or"
                " count under [limits] in district.toml, or in each of its phases."
            )
        )


_ENDED_BY_A_TARGET = ("fewest_sites", "least_money")


def limit_faults(limits: Limits, *, where: str) -> list[Problem]:
    """Tell limits that are out of range or contradict each other.

    Parameters
    ----------
    where
        Name of the file that they stand in, or "" for those of a command line or screen.
    """
    wrong = [*ranges_kept("", limits, _RANGES), *wrong_parts(limits)]
    return [
        *(_told(each, where) for each in wrong),
        *_contradictions(limits, where),
    ]


def _told(wrong: Wrong, where: str) -> Problem:
    return fault(_place(wrong.key, where), wrong.found, wrong.expected, fix=wrong.fix)


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


def _unknown(limits: Limits, sites: Collection[str], options: Collection[str]) -> list[Problem]:
    known = sorted(sites)
    faults = []
    for name in ("lock", "forbid", "may_close", "may_move"):
        for site in getattr(limits, name):
            chosen = name in ("lock", "forbid") and site in options
            if site not in sites and not chosen:
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
    stay = set(stations) - set(limits.may_close) - set(limits.may_move)
    faults = []
    for site in sorted(stay & set(limits.forbid)):
        expected = note("a venue; existing stations stay as they are")
        fix = note("Name the station under may_close in district.toml if the plan may close it.")
        faults.append(fault(_place("forbid", ""), site, expected, fix=fix))
    for name in ("may_close", "may_move"):
        for site in sorted((set(getattr(limits, name)) & set(sites)) - set(stations)):
            expected = note("the id of an existing station")
            fix = note("Take it out: a venue that is not opened needs no closing.")
            faults.append(fault(_place(name, ""), site, expected, fix=fix))
    return faults


def _strangers(limits: Limits, district: District) -> Iterator[Problem]:
    """Tell communities, streets, host types, groups and measures that the district lacks."""
    settings = district.settings
    known = {
        "community": [str(place) for place in district.communities.index],
        "street": _known(district, "street"),
        "host_type": [host.id for host in settings.hosts],
        "group": [group.id for group in settings.groups],
        "measure": [*_ALWAYS_POSSIBLE, *(measure.id for measure in settings.measures)],
    }
    named = [("measures", "measure", limits.measures)]
    for key, quota in _quotas(limits):
        if quota.scope in known:
            named.append((f"{key} which", quota.scope, quota.which))
    for at, floor in enumerate(limits.floors, start=1):
        named.append((f"floors {at} groups", "group", floor.groups))
        named.append((f"floors {at} communities", "community", floor.communities))
    if limits.levels is not None:
        named.append(("levels centre_hosts", "host_type", limits.levels.centre_hosts))
    for key, kind, names in named:
        for name in names:
            if name not in known[kind]:
                groups = known["group"] if key.endswith(" communities") else []
                yield _stranger(key, name, known[kind], groups=groups)
    yield from _without_places(limits, district)


def _known(district: District, name: str) -> list[str]:
    """List the communities or streets that the communities, stations and venues name, sorted."""
    places = district.communities
    found = set(map(str, places.index)) if name == "community" else set()
    for table in (places, district.stations, district.venues):
        if name in table:
            found |= {str(each) for each in table[name].dropna()}
    return sorted(found - {""})


def _without_places(limits: Limits, district: District) -> Iterator[Problem]:
    """Tell limits for each community or street where none is known: they would ask for nothing."""
    asked = [
        (f"{key} scope", quota.scope, quota.scope)
        for key, quota in _quotas(limits)
        if not quota.which
    ]
    asked += [
        (f"{key} least_per_street", f"{quota.least_per_street:g}", "street")
        for key, quota in _quotas(limits)
        if quota.least_per_street is not None
    ]
    asked += [
        (f"floors {at} each", floor.each, floor.each)
        for at, floor in enumerate(limits.floors, start=1)
        if not floor.communities
    ]
    for key, found, scope in asked:
        if scope == "community" and not _known(district, scope):
            expected = note("communities that are known")
            fix = note("Name the file under [files.communities] in district.toml.")
            yield fault(_place(key, ""), found, expected, fix=fix)
        if scope == "street" and not _known(district, scope):
            expected = note("streets that are known")
            fix = note("Fill the column street of the communities, or of the stations and venues.")
            yield fault(_place(key, ""), found, expected, fix=fix)


def _quotas(limits: Limits) -> Iterator[tuple[str, Quota]]:
    """Give each quota with where it stands."""
    for at, quota in enumerate(limits.quotas, start=1):
        yield f"quotas {at}", quota
    for at, phase in enumerate(limits.phases, start=1):
        for number, quota in enumerate(phase.quotas, start=1):
            yield f"phases {at} quotas {number}", quota


def _stranger(key: str, name: str, known: list[str], *, groups: list[str]) -> Problem:
    """Tell a name that is not known; `groups`: those that might have been meant."""
    near = get_close_matches(name, [*known, *groups], n=1)
    shown = ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
    expected: Message = note("one of: {known}", known=shown or "-")
    if groups:
        listed = ", ".join(groups)
        expected = note(
            "a community ({known}) or a group ({groups})", known=shown or "-", groups=listed
        )
    fix = note("Did you mean {name}?", name=near[0]) if near else None
    return fault(_place(key, ""), name, expected, fix=fix)


def _place(name: str, where: str) -> str:
    table, _, rest = name.partition(" ")
    if table in ("gap", "levels"):  # tables of their own
        return f"{where} [limits.{table}] {rest}".strip()
    return f"{where} [limits] {name}" if where else f"[limits] {name}"
