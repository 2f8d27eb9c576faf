"""The kind of an edit -> what a person calls it."""

from planner.language import Message, note

__all__ = ["EDIT_KINDS", "kind_name"]

EDIT_KINDS = {
    "add": note("added by hand"),
    "remove": note("taken out by hand"),
    "swap": note("swapped by hand"),
    "undo": note("undone"),
    "redo": note("done again"),
    "lock": note("locked"),
    "unlock": note("lock or ban lifted"),
    "forbid": note("forbidden"),
    "allow": note("allowed again"),
    "no_go": note("no-go area drawn"),
    "candidate": note("candidate added"),
    "settings": note("settings changed"),
    "search": note("searched"),
    "keep": note("edits kept as the plan"),
    "rename": note("renamed"),
    "note": note("notes changed"),
}
"""Every kind that `Edit.kind` may be."""


def kind_name(kind: str) -> Message:
    """Name a kind of edit, also one of another version."""
    return EDIT_KINDS.get(kind) or note("another edit")
