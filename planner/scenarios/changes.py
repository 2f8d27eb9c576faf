"""Figures of two scenarios -> which measures differ, what that gains and what it costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.demand.names import two_names
from planner.language import Message, note

__all__ = ["Change", "Changes", "changes_between", "signed"]

_ORDER = ("added", "other", "dropped")
_SEEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One measure that a scenario has and another has not, or has in another form."""

    what: str
    """"added", "dropped", or "other": both do something at the site, but not the same."""
    option: str
    """Of the measure; of the one that is dropped where it is."""
    instead_of: str
    """Of what stood there, where it is another one; ""."""
    site: str
    name: str
    kind: str
    """new, move, upgrade or close, of the option."""
    steps: tuple[str, ...]
    host: Message
    gain_hours: float
    """Worker-hours a week that the measure is credited with, less those of what it stands in the
    place of; of a dropped one below 0 where it served somebody."""
    setup_yuan: float
    """What it costs more to set up, likewise."""
    year_yuan: float | None
    """What it costs more a year; None: not known."""
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All measures that a scenario has otherwise than the first."""

    scenario: str
    """Id of the scenario."""
    listed: tuple[Change, ...]
    """Added ones first, then others, then dropped ones; of each the most gained or lost first."""
    kept: int
    """Measures that both have."""
    kept_gain_hours: float
    """What these are credited with more than in the first: what others serve is no longer theirs,
    or has become theirs. With the gains listed it adds up to `gain_hours`."""
    gain_hours: float
    """Worker-hours a week served more than by the measures of the first."""
    setup_yuan: float
    """Set-up money more than of the first, with what is bought beside measures."""

    @property
    def sums(self) -> Message:
        """Tell how many measures differ, and what all of them serve and cost more."""
        return note(
            "{count:,} measures differ, {kept:,} are the same; difference in all: {gain}"
            " worker-hours a week served by measures, {yuan} yuan of set-up money.",
            count=len(self.listed),
            kept=self.kept,
            gain=signed(self.gain_hours),
            yuan=signed(self.setup_yuan),
        )

    def largest(self, most: int) -> tuple[Change, ...]:
        """Give so many of those listed by which most is gained or lost, in their order."""
        ranked = sorted(self.listed, key=lambda each: (-abs(each.gain_hours), each.option))
        taken = {each.option for each in ranked[:most]}
        return tuple(each for each in self.listed if each.option in taken)

    @property
    def of_kept(self) -> Message | None:
        """Tell what measures of both are credited with more or less; None: with the same."""
        if abs(self.kept_gain_hours) < _SEEN:
            return None
        return note(
            "Measures in both are credited with {gain} worker-hours a week: others now serve some"
            " of the same workers, or no longer do, or the two are not counted alike.",
            gain=signed(self.kept_gain_hours),
        )


def changes_between(
    first: Mapping[str, Any], then: Mapping[str, Any], *, scenario: str = ""
) -> Changes:
    """List what a scenario does otherwise than another one.

    Two measures are the same where their option is: the same site in the same configuration.

    Parameters
    ----------
    first, then
        As `scenario_figures` gives them.
    scenario
        Id of `then`.
    """
    old = {each["option"]: each for each in first["measures"]}
    new = {each["option"]: each for each in then["measures"]}
    gone: dict[str, list[Mapping[str, Any]]] = {}
    for option, each in old.items():
        if option not in new:
            gone.setdefault(each["site"], []).append(each)
    listed = []
    for option, each in new.items():
        if option not in old:
            here = gone.get(each["site"])
            listed.append(_change(each, here.pop(0) if here else None))
    listed += [_dropped(each) for left in gone.values() for each in left]
    both = [option for option in new if option in old]
    kept_gain = math.fsum(
        _of(new[each], "gain_hours") - _of(old[each], "gain_hours") for each in both
    )
    return Changes(
        scenario=scenario,
        listed=tuple(sorted(listed, key=_rank)),
        kept=len(both),
        kept_gain_hours=kept_gain,
        gain_hours=math.fsum([kept_gain, *(each.gain_hours for each in listed)]),
        setup_yuan=then["money"]["setup"] - first["money"]["setup"],
    )


def signed(value: float) -> str:
    """Tell a whole number with its sign; what rounds to nothing has none."""
    return f"{value:+,.0f}" if round(value) else "0"


def _rank(each: Change) -> tuple[int, float, str]:
    return (_ORDER.index(each.what), -abs(each.gain_hours), each.option)


def _change(each: Mapping[str, Any], before: Mapping[str, Any] | None) -> Change:
    nothing: Mapping[str, Any] = {"option": "", "gain_hours": 0.0, "setup": 0.0, "year": 0.0}
    was = nothing if before is None else before
    return _told(
        each,
        what="added" if before is None else "other",
        instead_of=was["option"],
        figures=(
            _of(each, "gain_hours") - _of(was, "gain_hours"),
            _of(each, "setup") - _of(was, "setup"),
            None if each["year"] is None or was["year"] is None else each["year"] - was["year"],
        ),
    )


def _dropped(each: Mapping[str, Any]) -> Change:
    year = None if each["year"] is None else -each["year"]
    return _told(
        each,
        what="dropped",
        instead_of="",
        figures=(-_of(each, "gain_hours"), -_of(each, "setup"), year),
    )


def _told(
    each: Mapping[str, Any],
    *,
    what: str,
    instead_of: str,
    figures: tuple[float, float, float | None],
) -> Change:
    gain, setup, year = figures
    return Change(
        what=what,
        option=each["option"],
        instead_of=instead_of,
        site=each["site"],
        name=each["name"],
        kind=each["kind"],
        steps=tuple(each["steps"]),
        host=two_names(each["host_name"], each["host_name_en"]),
        gain_hours=gain,
        setup_yuan=setup,
        year_yuan=year,
        lon=each["lon"],
        lat=each["lat"],
    )


def _of(each: Mapping[str, Any], name: str) -> float:
    value = each[name]
    return 0.0 if value is None else float(value)
