"""Claims of who signed in -> who that is to the planner, and what this person may do."""

import functools
import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError
from planner.language import note, say

__all__ = [
    "Person",
    "Role",
    "Rules",
    "at_least",
    "browser_person",
    "read_rules",
    "role_of",
    "rules_now",
    "signed_in_person",
    "still_holds",
]

Role = Literal["view", "plan", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most that a person may do."""
_FILE = "roles.toml"
_LONGEST_NAME = 60
_AHEAD_S = 300
"""How far the clock of the provider may be ahead of the server's."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a screen."""

    id: str
    """Key under which drafts and runs are kept: never shown, never a name."""
    label: str
    """The name under which the person signed in; "": nobody did."""
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who of those who signed in may do what."""

    people: Mapping[str, Role] = field(default_factory=dict)
    """By subject, or by e-mail address in small letters."""
    claim: str = ""
    """Name of the claim that tells roles; dots lead into nested claims; "": no claim does."""
    values: Mapping[str, Role] = field(default_factory=dict)
    """What a value of the claim stands for; `view`, `plan` and `admin` stand for themselves."""
    default: Role | None = "view"
    """Of everybody else; None: they may not even look."""
    hours: float = 12.0
    """How long a sign-in holds."""
    unproven_email: bool = False
    """Whether an e-mail address counts that the provider does not call verified."""


def at_least(role: Role, needed: Role) -> bool:
    """Tell whether a role may do what another is needed for."""
    return ROLES.index(role) >= ROLES.index(needed)


def browser_person(cookie: str, role: Role) -> Person:
    """Give who sits at a browser where nobody signs in; the cookie itself is never kept."""
    return Person(f"browser:{_mark(cookie)}", "", role)


def signed_in_person(claims: Mapping[str, Any], rules: Rules) -> Person | None:
    """Give who signed in; None where the claims name nobody, or the person has no role."""
    subject, role = claims.get("sub"), role_of(claims, rules)
    if not subject or not isinstance(subject, str) or role is None:
        return None
    mark = _mark(str(claims.get("iss", "")), subject)
    return Person(f"person:{mark}", _name(claims) or say("Person {mark}", mark=mark[:4]), role)


def role_of(claims: Mapping[str, Any], rules: Rules) -> Role | None:
    """Give the role of who signed in: the file's word for the person, else the claim's, else all's.

    Where a claim holds several roles, the highest counts.
    """
    for known in _known_as(claims, rules):
        if known in rules.people:
            return rules.people[known]
    own: Mapping[str, Role] = {role: role for role in ROLES}
    told = [
        role
        for value in _values(claims, rules.claim)
        if (role := rules.values.get(value) or own.get(value))
    ]
    return max(told, key=ROLES.index) if told else rules.default


def still_holds(claims: Mapping[str, Any], rules: Rules, *, now: float) -> bool:
    """Tell whether a sign-in is recent enough; `now` in seconds since 1970."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or isinstance(issued, bool):
        return False
    return -_AHEAD_S <= now - issued < rules.hours * 3600


def rules_now() -> Rules:
    """Give the rules of `roles.toml` in the workspace as it stands; without it everybody may look.

    Raises
    ------
    SettingsError
        As `read_rules`.
    """
    path = workspace().root / _FILE
    try:
        state = path.stat()
    except FileNotFoundError:
        return Rules()
    except OSError:
        return read_rules(path)  # it is there and cannot be reached: nobody gets in
    return _kept_rules(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4)
def _kept_rules(path: Path, _changed_ns: int, _size: int) -> Rules:
    return read_rules(path)


def read_rules(path: Path) -> Rules:
    """Read `roles.toml`.

    Raises
    ------
    SettingsError
        If it cannot be read, or names something that is not known: then nobody gets in.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise SettingsError(
            note("{file} cannot be read. Correct it: it says who may do what.", file=path)
        ) from None
    try:
        return _rules(given)
    except (TypeError, ValueError, AttributeError):
        raise SettingsError(
            note(
                "{file} says something else than it can."
                " It takes people and values (tables of view, plan or admin), claim, default"
                " (view, plan, admin or none), hours (above 0) and unproven_email (true or false).",
                file=path,
            )
        ) from None


def _rules(given: Mapping[str, Any]) -> Rules:
    known = dict(given)
    people = {_spelled(name): _role(role) for name, role in known.pop("people", {}).items()}
    values = {name: _role(role) for name, role in known.pop("values", {}).items()}
    default = known.pop("default", "view")
    rules = Rules(
        people=people,
        claim=_of(str, known.pop("claim", "")),
        values=values,
        default=None if default == "none" else _role(default),
        hours=float(_of(int | float, known.pop("hours", 12.0))),
        unproven_email=_of(bool, known.pop("unproven_email", False)),
    )
    if known or not 0 < rules.hours < float("inf"):
        raise ValueError(f"unknown names {sorted(known)}, or hours {rules.hours} out of range")
    return rules


def _of(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a value of TOML, and what it must be
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind}")
    return value


def _role(value: object) -> Role:
    for role in ROLES:
        if value == role:
            return role
    raise ValueError(f"a role is one of {', '.join(ROLES)}, got {value!r}")


def _known_as(claims: Mapping[str, Any], rules: Rules) -> Iterator[str]:
    subject, email = claims.get("sub"), claims.get("email")
    if isinstance(subject, str):
        yield _spelled(subject)
    # Whoever may type any address into a profile must not become another by it.
    proven = claims.get("email_verified") in (True, "true") or rules.unproven_email
    if isinstance(email, str) and proven:
        yield _spelled(email)


def _spelled(name: str) -> str:
    """Spell an e-mail address in one way; a subject is taken as it is."""
    return name.strip().casefold() if "@" in name else name


def _values(claims: Mapping[str, Any], claim: str) -> list[str]:
    value: object = claims.get(claim)
    if value is None and claim:
        value = claims
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    found = value if isinstance(value, list | tuple) else [value]
    return [each for each in found if isinstance(each, str)]


def _name(claims: Mapping[str, Any]) -> str:
    """Give the name that a person goes by: no address, no marks that turn text around."""
    for key in ("name", "nickname", "given_name"):
        value = claims.get(key)
        if isinstance(value, str):
            seen = "".join(c for c in value if unicodedata.category(c)[0] != "C")
            if name := " ".join(seen.partition("@")[0].split())[:_LONGEST_NAME]:
                return name
    return ""


def _mark(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
