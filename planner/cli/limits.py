"""Words on the command line -> the limits of a plan."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from planner.errors import SettingsError
from planner.language import note

__all__ = ["floor_of", "gap_of", "quota_of", "with_words"]


def quota_of(words: str) -> Mapping[str, Any]:
    """Read SCOPE:STATIONS:LEAST, such as `community:any:1` or `all:all_day:15%`.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    parts = words.split(":")
    if len(parts) == 3:  # noqa: PLR2004 - scope, stations, least
        scope, stations, least = parts
        share = _share(least)
        if share is not None:
            return {"scope": scope, "stations": stations, "least_share": share}
        if least.isdecimal():
            return {"scope": scope, "stations": stations, "least": int(least)}
    raise _unreadable("--quota", words, "community:any:1, all:all_day:15%")


def floor_of(words: str, *, groups: Sequence[str]) -> Mapping[str, Any]:
    """Read WHO:SHARE; WHO is a group, a community, `group` or `community` (each of them) or empty.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    who, _, least = words.rpartition(":")
    share = _share(least)
    if share is None:
        raise _unreadable("--floor", words, "rider:40%, community:20%, :50%")
    if who in ("group", "community"):
        return {"each": who, "least_share": share}
    if not who:
        return {"least_share": share}
    return {("groups" if who in groups else "communities"): (who,), "least_share": share}


def gap_of(words: str) -> Mapping[str, Any] | None:
    """Read `off`, `hard`, or the worker-hours a week that each shortfall counts.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    if words == "off":
        return None
    if words == "hard":
        return {"hard": True}
    price = _number(words)
    if price is None or price < 0:
        raise _unreadable("--max-gap", words, "off, hard, 50")
    return {"hard": False, "price_hours": price}


def with_words(
    limits: Any,  # noqa: ANN401 - Limits, whose import is slow
    given: Mapping[str, Any],
    *,
    groups: Sequence[str],
) -> Any:  # noqa: ANN401
    """Give limits with what the command line names instead; what it leaves out stays.

    Parameters
    ----------
    limits
        As district.toml has them.
    given
        `quotas`, `floors`, `gap` and `objective` as words, `target` as a share, everything else as
        a field of Limits; None: not named.
    groups
        Ids of the groups of workers.

    Raises
    ------
    SettingsError
        If a word cannot be read.
    """
    from planner.district.settings import Floor, GapLimit, Objective, Quota  # noqa: PLC0415 - slow

    named = {name: value for name, value in given.items() if value is not None}
    readers: Mapping[str, Callable[[Any], Any]] = {
        "quotas": lambda words: tuple(Quota(**quota_of(each)) for each in words),
        "floors": lambda words: tuple(Floor(**floor_of(each, groups=groups)) for each in words),
        "gap": lambda words: GapLimit(**found) if (found := gap_of(words)) is not None else None,
        "objective": lambda kinds: tuple(Objective(kind=kind) for kind in kinds),
    }
    target = named.pop("target", None)
    changed = {
        ("objectives" if name == "objective" else name): readers.get(name, _as_it_is)(value)
        for name, value in named.items()
    }
    limits = replace(limits, **changed)
    if "move" in named.get("measures", ()) and not limits.may_move:
        raise _idle("--measure move", "--may-move ID")
    if "close" in named.get("measures", ()) and not limits.may_close:
        raise _idle("--measure close", "--may-close ID")
    if target is not None:
        if not {aim.kind for aim in limits.objectives} & {"fewest_sites", "least_money"}:
            raise _idle("--target", "--objective fewest_sites, --objective least_money")
        aims = tuple(replace(each, target_share=target) for each in limits.objectives)
        limits = replace(limits, objectives=aims)
    return limits


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - any field of Limits
    return value


def _share(words: str) -> float | None:
    """Read `15%` or `0.15`; a whole number without a sign of per cent is none."""
    if words.endswith("%"):
        number = _number(words[:-1])
        # Of 33.3%, 33.3 / 100 would be the float beside 0.333.
        return None if number is None else float(Decimal(repr(number)) / 100)
    return _number(words) if "." in words else None


def _number(words: str) -> float | None:
    try:
        number = float(words)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _idle(option: str, needed: str) -> SettingsError:
    return SettingsError(
        note(
            "{option} changes nothing without one of: {needed}. Add it, or leave {option} out.",
            option=option,
            needed=needed,
        )
    )


def _unreadable(option: str, words: str, examples: str) -> SettingsError:
    return SettingsError(
        note(
            "{option} {words} cannot be read. It looks like this: {examples}.",
            option=option,
            words=words,
            examples=examples,
        )
    )
