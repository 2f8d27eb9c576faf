"""One decision by hand of where may be opened -> settings with it, and without it again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from planner.district.settings import AddedSite, Settings

__all__ = [
    "Decision",
    "add_area",
    "add_candidate",
    "allow",
    "drop_area",
    "drop_candidate",
    "forbid",
    "lock",
]

Ring = tuple[tuple[float, float], ...]
_LISTS = ("lock", "forbid", "no_go", "added")
"""Lists that a decision changes; the last one is of the settings, the others of its limits."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A value that is put into a list, or taken out of it."""

    list: str
    at: int
    """Position in the list, from 0."""
    value: Any
    puts: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision puts into the lists of the settings and takes out of them, in this order."""

    kind: str
    """lock, unlock, forbid, allow, no_go or candidate: as `Edit.kind` of scenarios."""
    changes: tuple[_Change, ...]

    def done(self, settings: Settings) -> Settings:
        """Give settings with the decision; what it takes out and is not there stays out."""
        for change in self.changes:
            settings = _changed(settings, change, puts=change.puts)
        return settings

    def undone(self, settings: Settings) -> Settings:
        """Give settings without the decision: those of before, if nothing else changed since."""
        for change in reversed(self.changes):
            settings = _changed(settings, change, puts=not change.puts)
        return settings

    def plain(self) -> dict[str, Any]:
        """Give the decision as values that JSON can hold."""
        return {
            "changes": [
                {
                    "list": change.list,
                    "at": change.at,
                    "puts": change.puts,
                    "value": asdict(change.value)
                    if isinstance(change.value, AddedSite)
                    else change.value,
                }
                for change in self.changes
            ]
        }

    @classmethod
    def of_plain(cls, kind: str, plain: Mapping[str, Any]) -> "Decision | None":
        """Give a decision from what `plain` gave; None: the values are of another kind of edit."""
        changes = plain.get("changes")
        if not isinstance(changes, list):
            return None
        return cls(kind, tuple(_read_change(change) for change in changes))


def lock(settings: Settings, site: str) -> Decision:
    """Decide that a site must be opened; it is then no longer forbidden."""
    limits = settings.limits
    return Decision("lock", (*_out("forbid", limits.forbid, site), *_in("lock", limits.lock, site)))


def forbid(settings: Settings, site: str) -> Decision:
    """Decide that a site must not be opened; it is then no longer locked."""
    limits = settings.limits
    changes = (*_out("lock", limits.lock, site), *_in("forbid", limits.forbid, site))
    return Decision("forbid", changes)


def allow(settings: Settings, site: str) -> Decision:
    """Decide that a site may be opened, and need not."""
    limits = settings.limits
    kind = "unlock" if site in limits.lock else "allow"
    return Decision(kind, (*_out("lock", limits.lock, site), *_out("forbid", limits.forbid, site)))


def add_area(settings: Settings, ring: Sequence[tuple[float, float]]) -> Decision:
    """Decide that nothing may be opened in an area.

    Parameters
    ----------
    settings
        Those of before.
    ring
        Corners (lon, lat) in WGS-84.
    """
    corners: Ring = tuple((float(lon), float(lat)) for lon, lat in ring)
    return Decision("no_go", (_Change("no_go", len(settings.limits.no_go), corners, puts=True),))


def drop_area(settings: Settings, number: int) -> Decision:
    """Decide that a no-go area is none; the first one is 1.

    Raises
    ------
    ValueError
        If there is no area of this number.
    """
    areas = settings.limits.no_go
    if not 1 <= number <= len(areas):
        raise ValueError(f"number must be within 1 and {len(areas)}, got {number}")
    return Decision("no_go", (_Change("no_go", number - 1, areas[number - 1], puts=False),))


def add_candidate(settings: Settings, site: AddedSite) -> Decision:
    """Decide that there is a candidate more."""
    return Decision("candidate", (_Change("added", len(settings.added), site, puts=True),))


def drop_candidate(settings: Settings, site: str) -> Decision:
    """Decide that an added candidate is none; it is then neither locked nor forbidden."""
    at = next((at for at, each in enumerate(settings.added) if each.id == site), None)
    if at is None:
        return Decision("candidate", ())
    gone = _Change("added", at, settings.added[at], puts=False)
    return Decision("candidate", (*allow(settings, site).changes, gone))


def _in(name: str, values: Sequence[str], value: str) -> tuple[_Change, ...]:
    return () if value in values else (_Change(name, len(values), value, puts=True),)


def _out(name: str, values: Sequence[str], value: str) -> tuple[_Change, ...]:
    return (_Change(name, values.index(value), value, puts=False),) if value in values else ()


def _changed(settings: Settings, change: _Change, *, puts: bool) -> Settings:
    of_limits = change.list != "added"
    values = list(getattr(settings.limits if of_limits else settings, change.list))
    if puts:
        # Somebody else may have put a site in since; one area more is none in the way.
        if change.list == "no_go" or change.value not in values:
            values.insert(change.at, change.value)
    elif values[change.at : change.at + 1] == [change.value]:
        del values[change.at]
    elif change.value in values:
        values.remove(change.value)
    if not of_limits:
        return replace(settings, added=tuple(values))
    lists: dict[str, Any] = {change.list: tuple(values)}
    return replace(settings, limits=replace(settings.limits, **lists))


def _read_change(plain: Mapping[str, Any]) -> _Change:
    """Read a change that was plain values.

    Raises
    ------
    ValueError
        If it names a list that no decision changes.
    """
    name, value = plain["list"], plain["value"]
    if name not in _LISTS:
        raise ValueError(f"list must be one of {', '.join(_LISTS)}, got {name!r}")
    if name == "added":
        value = AddedSite(**value)
    elif name == "no_go":
        value = tuple((float(lon), float(lat)) for lon, lat in value)
    return _Change(name, int(plain["at"]), value, puts=bool(plain["puts"]))
