"""Scenarios -> one comparison: a table, the measures that differ, and which is better at what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.demand.names import two_names
from planner.language import Message, note
from planner.scenarios.basis import unlike
from planner.scenarios.changes import Change, Changes, changes_between
from planner.scenarios.model import Scenario, Summary
from planner.scenarios.side_by_side import Row, found_nothing, rows_of
from planner.scenarios.verdict import verdict

__all__ = ["Change", "Changes", "Comparison", "Row", "Side", "compare", "comparison_object"]

_MOST_BROKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the scenarios that are compared."""

    id: str
    name: str
    baseline: bool
    state: str
    """"current", "stale" (its inputs have changed since: figures are what they were then), "none"
    (no plan was found yet) or "failed" (the search ended without a plan)."""
    figures: Mapping[str, Any] | None

    @property
    def judged(self) -> bool:
        """Whether it can be called better or worse than others."""
        return self.state == "current"

    @property
    def told_state(self) -> Message | None:
        """What is told beside its name; None: there is nothing to tell."""
        return _STATES.get(self.state)


_STATES: Mapping[str, Message] = {
    "stale": note("out of date"),
    "none": note("no plan yet"),
    "failed": note("no plan"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Scenarios side by side; the first is what the others are held against."""

    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    """Values are in the order of `sides`; those of a stale one are what they were."""
    changes: tuple[Changes, ...]
    """What each further scenario that is current does otherwise than the first, in order; empty
    where the first is not current."""
    sentences: tuple[Message, ...]
    """The best of all, where there are more than two; then what each is better at than the first, a
    paragraph a scenario; then `remarks` of single scenarios."""
    remarks: int = 0
    """So many of the last sentences tell which limits are not kept, or why one is not judged."""

    def best(self, row: Row) -> tuple[int, ...]:
        """Give the places of the scenarios that are best in a row; none where all are as good."""
        return row.best(place for place, side in enumerate(self.sides) if side.judged)


def compare(scenarios: Sequence[Scenario | Summary], *, stale: Collection[str] = ()) -> Comparison:
    """Compare scenarios; the order tells which is first, and nothing else.

    Differences that would not be seen in the table (half a tenth of a per cent, half a yuan) count
    as none.

    Parameters
    ----------
    scenarios
        At least one, each once; the first is what the others are held against.
    stale
        Ids of those whose inputs have changed since their plan was found: they stand in the table
        as what they were, and are called neither better nor worse.

    Raises
    ------
    ValueError
        If there is no scenario, or one stands there twice.
    """
    ids = [each.id for each in scenarios]
    if not ids or len(set(ids)) < len(ids):
        raise ValueError(f"scenarios must be at least one, each once, got {ids}")
    sides = tuple(_side(each, stale=each.id in stale) for each in scenarios)
    rows = rows_of([side.figures for side in sides])
    judged = [side.figures if side.judged else None for side in sides]
    names = [side.name for side in sides]
    remarks = tuple(filter(None, map(_remark, sides)))
    return Comparison(
        sides=sides,
        rows=rows,
        changes=_changes(sides),
        sentences=(*verdict(names, judged, rows), *remarks),
        remarks=len(remarks),
    )


def _side(scenario: Scenario | Summary, *, stale: bool) -> Side:
    figures = scenario.figures
    state = "stale" if stale else "current"
    if figures is None:
        state = "none"
    elif found_nothing(figures):
        state = "failed"
    return Side(
        id=scenario.id,
        name=scenario.name,
        baseline=scenario.baseline,
        state=state,
        figures=figures,
    )


def _changes(sides: Sequence[Side]) -> tuple[Changes, ...]:
    first = sides[0]
    if first.figures is None or not first.judged:
        return ()
    return tuple(
        changes_between(first.figures, side.figures, scenario=side.id)
        for side in sides[1:]
        if side.figures is not None and side.judged
    )


def _remark(side: Side) -> Message | None:
    """Say what must be known of one scenario before it is called better, or why it is not."""
    return _not_kept(side) if side.judged else _not_judged(side)


def _not_kept(side: Side) -> Message | None:
    """Say which of its own limits a plan does not keep: then it does better than it may."""
    notes = (side.figures or {}).get("notes", ())
    broken = [two_names(each["zh"], each["en"]) for each in notes if each.get("broken")]
    if not broken:
        return None
    told = note("“{name}” was changed by hand and does not keep its own limits:", name=side.name)
    for each in broken[:_MOST_BROKEN]:
        told = note("{sentences} {another}", sentences=told, another=each)
    more = len(broken) - _MOST_BROKEN
    if more > 0:
        told = note(
            "{sentences} {another}",
            sentences=told,
            another=note("{count} more limits are not kept.", count=more),
        )
    return told


def _not_judged(side: Side) -> Message:
    """Say why a scenario is called neither better nor worse."""
    if side.state == "stale":
        return note(
            "“{name}” was found from data or settings that have changed since: its figures are what"
            " they were then. Search again to compare it.",
            name=side.name,
        )
    if side.state == "failed":
        return note(
            "The search for “{name}” ended without a plan that keeps its limits.", name=side.name
        )
    return note("“{name}” has no plan yet.", name=side.name)


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """Give a comparison as plain values for JSON, its texts in the language in use."""
    return {
        "scenarios": [
            {
                "id": side.id,
                "name": side.name,
                "baseline": side.baseline,
                "state": side.state,
                "counts_otherwise": _otherwise(comparison.sides[0], side),
            }
            for side in comparison.sides
        ],
        "rows": [_row_object(comparison, row) for row in comparison.rows],
        "changes": [_changes_object(each) for each in comparison.changes],
        "sentences": [str(each) for each in comparison.sentences],
    }


def _otherwise(first: Side, side: Side) -> list[str]:
    """List at what a scenario is not counted like the first, as the keys of `basis_of`."""
    return list(unlike(first.figures or {}, side.figures or {}))


def _row_object(comparison: Comparison, row: Row) -> dict[str, Any]:
    return {
        "section": row.section,
        "key": row.key,
        "label": str(row.label),
        "form": row.form,
        "better": row.better,
        "values": list(row.values),
        "beside": [None if each is None else str(each) for each in row.beside],
        "best": [comparison.sides[place].id for place in comparison.best(row)],
    }


def _changes_object(changes: Changes) -> dict[str, Any]:
    return {
        "scenario": changes.scenario,
        "measures": [
            {
                "what": each.what,
                "option": each.option,
                "instead_of": each.instead_of,
                "site": each.site,
                "name": each.name,
                "kind": each.kind,
                "steps": list(each.steps),
                "host": str(each.host),
                "gain_hours": each.gain_hours,
                "setup_yuan": each.setup_yuan,
                "year_yuan": each.year_yuan,
                "lon": each.lon,
                "lat": each.lat,
            }
            for each in changes.listed
        ],
        "kept": changes.kept,
        "kept_gain_hours": changes.kept_gain_hours,
        "gain_hours": changes.gain_hours,
        "setup_yuan": changes.setup_yuan,
    }
