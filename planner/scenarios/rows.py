"""A scenario, an edit, a draft -> the texts of a row of the store, and back."""

import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from planner.errors import StoreError
from planner.language import note
from planner.scenarios.model import Draft, Edit, Scenario, Summary
from planner.scenarios.naming import given_name, named_for_reader, still_given

__all__ = [
    "LONGEST_NAME",
    "LONGEST_NOTES",
    "checked_name",
    "edit_from_object",
    "edit_object",
    "edit_text",
    "json_text",
    "moment_text",
    "place_of",
    "read_draft",
    "read_scenario",
    "read_summary",
    "scenario_values",
    "tidy",
]

LONGEST_NAME = 200
LONGEST_NOTES = 20_000
_KEPT_IN = "zh"
"""Language in which a name that the program gave is kept, whoever saves it."""


def scenario_values(scenario: Scenario) -> dict[str, Any]:
    """Give the values of a scenario that its row holds, but for id and version.

    Raises
    ------
    StoreError
        If it has no name, or a name, notes or settings that cannot be kept.
    """
    name = checked_name(scenario.name)
    given = given_name(still_given(scenario.given, name))
    notes = tidy(scenario.notes, lines=True)
    if len(notes) > LONGEST_NOTES:
        raise StoreError(
            note("Notes of a scenario have at most {most} characters.", most=LONGEST_NOTES)
        )
    return {
        "district": scenario.district,
        "place": place_of(scenario.settings),
        "name": name if given is None else given.text(_KEPT_IN),
        "given": "" if given is None else scenario.given,
        "notes": notes,
        "author": tidy(scenario.author)[:LONGEST_NAME],
        "baseline": scenario.baseline,
        "parent": scenario.parent,
        "inputs": scenario.inputs,
        "figures": None if scenario.figures is None else json_text(scenario.figures),
        "settings": _settings_text(scenario.settings),
    }


def checked_name(name: str) -> str:
    """Give a name of a scenario as it is kept.

    Raises
    ------
    StoreError
        If it is empty or too long.
    """
    kept = tidy(name)
    if not 0 < len(kept) <= LONGEST_NAME:
        raise StoreError(
            note("A scenario needs a name of at most {most} characters.", most=LONGEST_NAME)
        )
    return kept


def tidy(text: str, *, lines: bool = False) -> str:
    """Take out what no store can hold and no screen can show: control characters and halves of
    characters; a mark that turns the direction of writing as well.

    Parameters
    ----------
    text
        As a person or a sign-in gave it.
    lines
        Whether it may have several lines.
    """  # noqa: D205 - one sentence
    kept = "\n\t" if lines else ""
    shown = (
        c if c in kept or unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Zl", "Zp") else " "
        for c in text.replace("\r\n", "\n")
    )
    return "".join(shown).strip()


def _settings_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:
        raise StoreError(note("The settings of the scenario hold characters that no text has."))
    return text


def place_of(settings: str) -> str:
    """Give the name of the district that settings are for; "" where they do not tell."""
    try:
        name = tomllib.loads(settings)["district"]["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return tidy(name)[:LONGEST_NAME] if isinstance(name, str) else ""


def json_text(value: object) -> str:
    """Give a value as JSON on one line; characters that UTF-8 has not are written as numbers."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, allow_nan=False, default=_plain)
    return text


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a scenario")


def moment_text(moment: datetime) -> str:
    """Give a moment in UTC; as texts, moments have the order that they have in time.

    Raises
    ------
    ValueError
        If it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment of a scenario needs a time zone, got one without")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def edit_object(edit: Edit) -> dict[str, Any]:
    """Give an edit as plain values."""
    return {
        "kind": edit.kind,
        "at": moment_text(edit.at),
        "author": edit.author,
        "removed": list(edit.removed),
        "added": list(edit.added),
        "about": dict(edit.about),
    }


def edit_text(edit: Edit) -> str:
    """Give an edit as JSON."""
    return json_text(edit_object(edit))


def edit_from_object(plain: Mapping[str, Any]) -> Edit:
    """Give an edit again from what `edit_object` made of it."""
    return Edit(
        kind=plain["kind"],
        at=datetime.fromisoformat(plain["at"]),
        author=plain["author"],
        removed=tuple(plain["removed"]),
        added=tuple(plain["added"]),
        about=plain["about"],
    )


def _edits(texts: Sequence[str]) -> tuple[Edit, ...]:
    return tuple(edit_from_object(json.loads(text)) for text in texts)


def read_scenario(row: Mapping[str, Any], plan: str | None, edits: Sequence[str]) -> Scenario:
    """Give a scenario from its row, its plan and its edits."""
    return named_for_reader(
        Scenario(
            **_shared(row),
            figures=None if row["figures"] is None else json.loads(row["figures"]),
            settings=row["settings"],
            plan=None if plan is None else json.loads(plan),
            history=_edits(edits),
        )
    )


def read_summary(row: Mapping[str, Any], figures: Mapping[str, Any] | None) -> Summary:
    """Give what a list shows of a scenario."""
    return named_for_reader(Summary(**_shared(row), figures=figures, place=row["place"]))


def _shared(row: Mapping[str, Any]) -> dict[str, Any]:
    same = ("id", "district", "name", "notes", "author", "version", "baseline", "parent", "inputs")
    return {
        **{name: row[name] for name in same},
        "given": row["given"],
        "created": datetime.fromisoformat(row["created"]),
        "changed": datetime.fromisoformat(row["changed"]),
        "deleted": None if row["deleted"] is None else datetime.fromisoformat(row["deleted"]),
    }


def read_draft(row: Mapping[str, Any], edits: Sequence[str]) -> Draft:
    """Give a draft from its row and its edits."""
    return Draft(
        scenario=row["scenario"],
        person=row["person"],
        base_version=row["base_version"],
        chosen=tuple(json.loads(row["chosen"])),
        edits=_edits(edits),
    )
