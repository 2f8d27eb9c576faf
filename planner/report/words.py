"""What objectives, measures and kinds of measures are called."""

from collections.abc import Mapping, Sequence

from planner.language import Message, note, say

__all__ = [
    "gap_words",
    "kind_name",
    "measure_name",
    "objective_name",
    "quota_subject",
    "scope_name",
    "steps_text",
    "unit_name",
]

_OBJECTIVES: Mapping[str, Message] = {
    "served": note("Worker-hours served (maximal covering)"),
    "served_twice": note("Worker-hours served by two stations (backup coverage)"),
    "graded": note("Worker-hours served, nearer counts more (gradual covering)"),
    "fewest_sites": note("Fewest new stations for a target (set covering)"),
    "least_money": note("Least money for a target (set covering)"),
    "p_median": note("Shortest mean way to an open station (p-median)"),
    "p_center": note("Shortest longest way to an open station (p-center)"),
    "p_dispersion": note("New stations as far apart as possible (p-dispersion)"),
    "mix": note("Several parts added up (weighted mix)"),
}
_MEASURES: Mapping[str, Message] = {
    "open": note("Open at usual hours"),
    "open_evening": note("Open until the evening"),
    "open_24h": note("Open around the clock"),
    "container": note("Place a relocatable station"),
    "extend_evening": note("Extend hours to the evening"),
    "extend_24h": note("Extend hours to 24 hours"),
    "list": note("Put on the public map"),
    "open_gate": note("Open the gate, or move the table to it"),
    "admit": note("Admit all groups"),
    "enlarge": note("Add seats"),
    "move": note("Move to another venue"),
    "close": note("Close"),
}
_KINDS: Mapping[str, Message] = {
    "new": note("New"),
    "upgrade": note("Upgrade"),
    "move": note("Move"),
    "close": note("Close"),
    "keep": note("Stay as it is"),
}
_SCOPES: Mapping[str, Message] = {
    "all": note("whole district"),
    "community": note("each community"),
    "street": note("each street office"),
    "host_type": note("each host type"),
}
_SUBJECTS: Mapping[str, Message] = {
    "any": note("stations"),
    "all_day": note("stations open 24 hours"),
    "evening": note("stations open in the evening"),
    "benchmark": note("benchmark stations"),
    "new": note("new stations"),
    "container": note("relocatable stations"),
    "centre": note("centres"),
}
_UNITS: Mapping[str, Message] = {
    "hours a week": note("worker-hours a week"),
    "stations": note("stations"),
    "yuan": note("yuan"),
    "m": note("metres"),
}


def objective_name(kind: object) -> str:
    """Name an objective; an unknown one stands for itself."""
    return str(_OBJECTIVES.get(str(kind), kind))


def measure_name(identity: object) -> str:
    """Name one step of MEASURES."""
    return str(_MEASURES.get(str(identity), identity))


def steps_text(steps: Sequence[str]) -> str:
    """Name the steps of one measure, one after the other."""
    return say(", ").join(measure_name(step) for step in steps)


def kind_name(kind: object) -> str:
    """Name a kind of measure: new, upgrade, move, close."""
    return str(_KINDS.get(str(kind), kind))


def scope_name(scope: object) -> str:
    """Name where a quota holds."""
    return str(_SCOPES.get(str(scope), scope))


def quota_subject(stations: object) -> str:
    """Name what a quota counts."""
    return str(_SUBJECTS.get(str(stations), stations))


def unit_name(unit: object) -> str:
    """Name the unit of a goal."""
    return str(_UNITS.get(str(unit), unit))


def gap_words(*, hard: bool, price_hours: float) -> str:
    """Tell how the largest distance is kept."""
    if hard:
        return say("must be kept")
    return say("each shortfall counts {hours:,.0f} worker-hours a week", hours=price_hours)
