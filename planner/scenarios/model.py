"""A scenario: one way to plan a district, with everything that it was found from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["Draft", "Edit", "Scenario", "Summary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change that a person made by hand."""

    kind: str
    """add, remove, swap, undo, redo, lock, unlock, forbid, allow, no_go, candidate, settings,
    search, keep, rename or note."""
    at: datetime
    """With its time zone, UTC."""
    author: str
    """As `Scenario.author`."""
    removed: tuple[str, ...] = ()
    """Ids of options that it took away."""
    added: tuple[str, ...] = ()
    """Ids of options that it added."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else it changed, as plain values: a site that was locked, the corners of an area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way to plan a district. The baseline (the state of today) is one of them, and locked."""

    id: str
    """32 hexadecimal digits; "" before it is kept."""
    district: str
    """Key of the district: of its folder (`district_key`), or of several (`homes`)."""
    name: str
    """As its reader knows it: one that the program gave is told in the language in use."""
    notes: str = ""
    author: str = ""
    """The name under which a person signed in; "": nobody did."""
    created: datetime
    """With its time zone, UTC; `changed` as well."""
    changed: datetime
    version: int = 0
    """Counts the times it was saved: who saves must have seen the one before."""
    baseline: bool = False
    """Whether it is the state of today: without measures, and never changed."""
    parent: str = ""
    """Id of the scenario that it was copied from; "": none."""
    settings: str
    """All settings, as the text of a `district.toml`."""
    inputs: str = ""
    """Fingerprint of settings and files that the plan was found from; "": there is no plan."""
    plan: Mapping[str, Any] | None = None
    """As `plan.json` holds it; None: none was found yet."""
    figures: Mapping[str, Any] | None = None
    """What comparing tells, see `planner.scenarios.figures`; None where `plan` is."""
    history: tuple[Edit, ...] = ()
    """Oldest first."""
    deleted: datetime | None = None
    """When it was deleted; None: it is there."""
    given: str = ""
    """Mark of a name that the program gave, see `naming`; "": a person named it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list of scenarios shows: without settings, plan and history."""

    id: str
    district: str
    name: str
    notes: str
    author: str
    created: datetime
    changed: datetime
    version: int
    baseline: bool
    parent: str
    inputs: str
    figures: Mapping[str, Any] | None
    deleted: datetime | None
    place: str = ""
    """Name of the district, as the settings of the scenario tell it."""
    given: str = ""
    """As `Scenario.given`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Edits of one person on one scenario that were not kept as its plan yet."""

    scenario: str
    person: str
    """Key of the person, never a name: see `app_pages.access.who`."""
    base_version: int
    """The version of the scenario that the edits began from."""
    chosen: tuple[str, ...]
    """Ids of the options that stand."""
    edits: tuple[Edit, ...]
    """Oldest first: played again from the plan of the scenario, they give `chosen`."""
